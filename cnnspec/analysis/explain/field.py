"""Where a receptive field comes from: the step from the layer before, and the whole chain from the input."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cnnspec.analysis.axis_field import AxisField, Field, as_sliding, hull
from cnnspec.analysis.explain.border import explain_border, explain_unseen
from cnnspec.analysis.explain.chain import chain_table, show_sizes
from cnnspec.analysis.explain.lines import (
    Equation,
    Line,
    Table,
    equate,
    join_names,
    multiply,
    name_axes,
    per_axis,
    quotient,
    show_axes,
)
from cnnspec.analysis.explain.subject import Subject
from cnnspec.analysis.explain.turns import explain_turns
from cnnspec.analysis.phases import Phases
from cnnspec.analysis.receptive_field import Sight
from cnnspec.analysis.report import ReceptiveField, Row
from cnnspec.layers.arithmetic import lift, show_size
from cnnspec.layers.window import AnyAxis, Apart, Axis, Digit, Joined, Magnified, Rearranged


def explain_field(subject: Subject) -> Iterator[Line]:
    """The field's size, jump and start, the chain, coverage, and what of the input stays unread."""
    row, seen = subject.row, subject.sights.seen
    here = seen[row.index]
    if row.fields:
        yield _table_of_inputs(row)
        yield f"What follows is the field on {subject.model.network.nodes[subject.source].path}."
    if here is Sight.WHOLE:
        yield "Every unit sees the whole input, by construction."
        return
    if isinstance(here, Sight):
        yield _why_unknown(subject)
        return
    yield from _explain_here(subject, here)
    field = subject.sights.field(row.index)
    assert field is not None
    if field.smallest not in ((), field.size):
        yield f"Along the smallest path it is {show_axes(field.smallest)}."
    table = chain_table(subject.model, subject.sights, row.index)
    if len(table.rows) > 2:
        yield table
    yield from _explain_coverage(subject, field)
    yield from explain_border(subject, here)
    yield from explain_unseen(subject, here)


def _explain_here(subject: Subject, here: tuple[Field, ...]) -> Iterator[Line]:
    """The step from what the layer reads to the layer."""
    window, inputs = subject.facts.window, subject.row.inputs
    if len(inputs) > 1:
        yield from _explain_merge(subject, here)
    elif isinstance(window, Rearranged):
        yield from _explain_routes(subject, window)
    elif not subject.axes:
        yield f"The layer looks at each position alone, so the field is that of {join_names(inputs)}."
    else:
        before = subject.sights.seen[subject.model.network.nodes[subject.row.index].inputs[0]]
        assert not isinstance(before, Sight)
        if any(isinstance(field, Phases) for field in (*before, *here)):
            yield from explain_turns(subject, here)
        else:
            yield from _explain_step(subject, before, here)


def _table_of_inputs(row: Row) -> Table:
    """The field on every input, where a model has several."""
    rows: list[tuple[str, ...]] = []
    for name, field in row.fields.items():
        rows.append((name, *_three(field)))
    return Table(("input", "field R", "jump J", "start S"), tuple(rows), (False, True, True, True))


def _why_unknown(subject: Subject) -> str:
    seen = subject.sights.seen
    nodes = subject.model.network.nodes
    index = subject.row.index
    while True:
        before = [source for source in nodes[index].inputs if seen[source] is Sight.UNKNOWN]
        if not before:
            break
        index = before[0]
    found = [item for item in subject.sights.disagreements if item.index == index and item.kind == "jump"]
    if found:
        return (
            f"Unknown: in the branches of {nodes[index].path} neighbours stand {' and '.join(map(str, found[0].values))} pixels "
            "apart, so no one size holds for all its units."
        )
    facts = subject.model.facts[index]
    if facts is not None and isinstance(facts.window, Joined):
        return f"Unknown: the maps that {nodes[index].path} puts side by side see differently."
    return f"Unknown: behind {nodes[index].path} the field differs from unit to unit."


def _traced(field: AxisField) -> AxisField:
    start = lift(field.start) if isinstance(field.start, int) else field.start
    return AxisField(lift(field.size), lift(field.jump), start, lift(field.smallest), field.along)


def _explain_step(subject: Subject, before: Sequence[Field], here: Sequence[Field]) -> Iterator[Line]:
    windows = [None if field.along is None else as_sliding(subject.axes[field.along]) for field in before]
    pairs = [(field, axis) for field, axis in zip(before, windows, strict=True) if isinstance(field, AxisField)]
    after = [_traced(field) if axis is None else _traced(field).through(axis) for field, axis in pairs]
    dilated = any(axis.dilation > 1 for axis in windows if axis is not None)
    name = subject.row.inputs[0]
    yield f"R' = R + (k − 1)·{'d·' if dilated else ''}J, J' = J·s, S' = S − p·J, with R, J and S of {name}."
    yield from per_axis([equate(field.size, "size R'") for field in after])
    yield from per_axis([equate(field.jump, "jump J'") for field in after])
    starts = [field.start for field in after if field.start is not None]
    if len(starts) == len(after):
        yield from per_axis([equate(start, "start S'") for start in starts])
        pairs_known = [(field.start, field.size) for field in after if isinstance(field.start, int)]
        if len(pairs_known) == len(after):
            yield from per_axis([_middle(int(start), int(size)) for start, size in pairs_known])
    assert [int(field.size) for field in after] == [int(field.size) for field in here if isinstance(field, AxisField)]


def _middle(start: int, size: int) -> Equation:
    """S + (R − 1)/2 of the first unit: a pixel, or the border of two at .5."""
    middle = start + (size - 1) / 2
    shown = "−" * (middle < 0) + f"{abs(middle):,.1f}".removesuffix(".0")
    return Equation(f"{show_size(start)} + ({show_size(size)} − 1)/2 = {shown}", middle, "centre")


def _explain_merge(subject: Subject, here: Sequence[Field]) -> Iterator[Line]:
    row, sights = subject.row, subject.sights
    nodes = subject.model.network.nodes
    gates = sights.gates.get(row.index, frozenset())
    branches = [branch for branch in dict.fromkeys(nodes[row.index].inputs) if branch not in gates]
    branches = [branch for branch in branches if sights.field(branch) is not None]
    hulls = False
    if isinstance(subject.facts.window, Joined):
        yield "The maps stand side by side, and what their units see goes on from one to the next."
    elif isinstance(subject.facts.window, Apart):
        yield "A unit reads all along the axes that are summed over, and along the others what stands at its place."
    else:
        hulls = True
        yield "The field is the hull of what the branches see: from the first pixel of any to the last of any."
    yield Table(
        ("branch", "field R", "jump J", "start S"),
        tuple((nodes[branch].path, *_three(sights.field(branch))) for branch in branches),
        (False, True, True, True),
    )
    seen = [fields for branch in branches if not isinstance(fields := sights.seen[branch], Sight)]
    if any(isinstance(field, Phases) for fields in (*seen, here) for field in fields):
        yield from explain_turns(subject, here)
    elif hulls:
        yield from per_axis([_hull_equation([fields[axis] for fields in seen]) for axis in range(len(here))])
    if gates:
        left_out = join_names([nodes[branch].path for branch in sorted(gates)])
        yield f"Left out, because it has seen everything (a gate): {left_out}."
    for found in sights.disagreements:
        if found.index == row.index and found.kind == "centre":
            offset = float(max(found.values) - min(found.values)) / 2
            yield f"The branches are misaligned by {offset:g} pixels along the {name_axes(len(here))[found.axis]}."


def _three(field: ReceptiveField | None) -> tuple[str, str, str]:
    """Size, jump and start for a table."""
    if field is None:
        return "–", "–", "–"
    return show_sizes(field), show_axes(field.jump), show_axes(field.start)


def _hull_equation(fields: Sequence[Field]) -> Equation:
    """The last pixel of any branch minus the first of any, plus 1."""
    uniform = [field for field in fields if isinstance(field, AxisField)]
    merged = hull(uniform)
    assert merged is not None
    size = int(merged.size)
    starts = [int(field.start) for field in uniform if isinstance(field.start, int)]
    if len(starts) < len(fields):
        return Equation(str(size), size, "size")
    last = max(start + int(field.size) - 1 for start, field in zip(starts, uniform, strict=True))
    return equate(lift(last) - lift(min(starts)) + 1, "size")


def _explain_routes(subject: Subject, window: Rearranged) -> Iterator[Line]:
    """Where the positions of a map go that is permuted or reshaped."""
    old, new = name_axes(len(window.routes)), name_axes(subject.output.rank)
    yield "Values change places and stay what they are, so units see what they saw there."
    for name, route in zip(old, window.routes, strict=True):
        if route is None:
            yield f"What stood along the {name} stands among the channels: each unit sees all of it."
        else:
            yield f"What stood along the {name} stands along the {new[route.along]}{_describe_steps(route.steps)}."


def _describe_steps(axis: AnyAxis) -> str:
    match axis:
        case Magnified() if axis.factor > 1:
            return f", each position {axis.factor} times"
        case Axis() if axis.stride > 1:
            return f", {axis.stride} positions together"
        case Digit():
            return f", position ⌊a/{axis.repeat}⌋ mod {axis.count} at a" + (f", {axis.span} together" if axis.span > 1 else "")
        case _:
            return ""


def _explain_coverage(subject: Subject, field: ReceptiveField) -> Iterator[Line]:
    shape = subject.model.shapes[subject.source]
    if shape is None or subject.row.coverage is None:
        return
    area, whole = multiply(field.size), multiply(n for n in shape.extents if isinstance(n, int))
    yield equate(area, "pixels in the field")
    if int(area) > int(whole):
        yield f"That is more than the {whole.equation} pixels of the input: coverage is 100 %."
    else:
        yield equate(whole, "pixels of the input")
        yield quotient(int(area), int(whole), "coverage", percent=True)
