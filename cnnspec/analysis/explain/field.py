"""Where a receptive field comes from: the step from the layer before, and the whole chain from the input."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import prod

from cnnspec.analysis.explain.lines import (
    Equation,
    Line,
    Table,
    equate,
    join_names,
    local_path,
    multiply,
    per_axis,
    quotient,
    show_axes,
    show_share,
)
from cnnspec.analysis.explain.subject import Subject
from cnnspec.analysis.receptive_field import AxisField, Seen, Sight, Sights, as_sliding, hull
from cnnspec.analysis.report import ModelReport, ReceptiveField, Row
from cnnspec.layers.arithmetic import Traced, lift
from cnnspec.layers.shape import AXIS_NAMES
from cnnspec.layers.window import Axis
from cnnspec.resolve.result import ResolvedModel


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
    if len(row.inputs) > 1:
        yield from _explain_merge(subject)
    elif subject.axes:
        yield from _explain_step(subject, here)
    else:
        yield f"The layer looks at each position alone, so the field is that of {join_names(row.inputs)}."
    field = subject.sights.field(row.index)
    assert field is not None
    if len(field.size) and field.smallest != field.size:
        yield f"Along the smallest path it is {show_axes(field.smallest)}."
    table = chain_table(subject.model, subject.sights, row.index)
    if len(table.rows) > 2:
        yield table
    yield from _explain_coverage(subject, field)
    yield from _explain_unread(subject, field)


def _table_of_inputs(row: Row) -> Table:
    """The field on every input, where a model has several."""
    rows: list[tuple[str, ...]] = []
    for name, field in row.fields.items():
        if field is None:
            rows.append((name, "–", "–", "–"))
        else:
            rows.append((name, show_axes(field.size), show_axes(field.jump), show_axes(field.start)))
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
    return f"Unknown: behind {nodes[index].path} the field differs from unit to unit."


def _traced(field: AxisField) -> AxisField:
    start = lift(field.start) if isinstance(field.start, int) else field.start
    return AxisField(lift(field.size), lift(field.jump), start, lift(field.smallest))


def _explain_step(subject: Subject, here: tuple[AxisField, ...]) -> Iterator[Line]:
    before = subject.sights.seen[subject.model.network.nodes[subject.row.index].inputs[0]]
    assert not isinstance(before, Sight)
    windows = [as_sliding(axis) for axis in subject.axes]
    after = [_traced(field).through(axis) for field, axis in zip(before, windows, strict=True) if axis is not None]
    dilated = any(axis.dilation > 1 for axis in windows if axis is not None)
    name = subject.row.inputs[0]
    yield f"R' = R + (k − 1)·{'d·' if dilated else ''}J, J' = J·s, S' = S − p·J, with R, J and S of {name}."
    yield from per_axis([equate(field.size, "size R'") for field in after])
    yield from per_axis([equate(field.jump, "jump J'") for field in after])
    starts = [field.start for field in after if field.start is not None]
    if len(starts) == len(after):
        yield from per_axis([equate(start, "start S'") for start in starts])
    assert [int(field.size) for field in after] == [int(field.size) for field in here]


def _explain_merge(subject: Subject) -> Iterator[Line]:
    row, sights = subject.row, subject.sights
    nodes = subject.model.network.nodes
    branches = list(dict.fromkeys(nodes[row.index].inputs))
    fields = [(branch, seen) for branch in branches if not isinstance(seen := sights.seen[branch], Sight)]
    yield "The field is the hull of what the branches see: from the first pixel of any to the last of any."
    rows = [
        (nodes[branch].path, show_axes([int(f.size) for f in seen]), show_axes([int(f.jump) for f in seen]), _starts(seen))
        for branch, seen in fields
    ]
    yield Table(("branch", "field R", "jump J", "start S"), tuple(rows), (False, True, True, True))
    yield from per_axis([_hull_equation([seen[axis] for _, seen in fields]) for axis in range(len(fields[0][1]))])
    if row.index in sights.gated:
        left_out = [nodes[b].path for b in branches if b not in {branch for branch, _ in fields}]
        yield f"Left out, because it has seen everything (a gate): {join_names(left_out)}."
    for found in sights.disagreements:
        if found.index == row.index and found.kind == "centre":
            offset = (max(found.values) - min(found.values)) / 2
            axis = AXIS_NAMES[len(subject.output.extents)][found.axis]
            yield f"The branches are misaligned by {offset:g} pixels along the {axis}."


def _hull_equation(fields: Sequence[AxisField]) -> Equation:
    """The last pixel of any branch minus the first of any, plus 1."""
    merged = hull(fields)
    assert merged is not None
    size = int(merged.size)
    starts = [int(field.start) for field in fields if isinstance(field.start, int)]
    if len(starts) < len(fields):
        return Equation(str(size), size, "size")
    last = max(start + int(field.size) - 1 for start, field in zip(starts, fields, strict=True))
    return equate(lift(last) - lift(min(starts)) + 1, "size")


def _starts(seen: Sequence[AxisField]) -> str:
    return show_axes([int(field.start) if isinstance(field.start, int) else None for field in seen])


@dataclass(frozen=True, slots=True)
class _Stop:
    """A layer on the chain from the input, and its windows."""

    index: int
    axes: tuple[Axis, ...]


def chain_table(model: ResolvedModel, sights: Sights, index: int) -> Table:
    """The layers with windows from the input to here, along the largest branch of every merge.

    Columns: kernel, stride and dilation, the jump and size behind the layer, and how many positions of that layer one
    unit here sees: the lecture's count from the top (left out where branches have met in between).
    """
    stops, merged = _chain(model, sights, index)
    dilated = any(axis.dilation > 1 for stop in stops for axis in stop.axes)
    here = sights.seen[index]
    back = [] if merged or isinstance(here, Sight) else _from_the_top(stops, len(here))
    from_top = ["one unit here sees"] if back else []
    heads = ["layer", "k", "s", *(["d"] if dilated else []), "jump J", "field R", "start S", *from_top]
    rows: list[tuple[str, ...]] = []
    for at, stop in enumerate(stops):
        seen = sights.seen[stop.index]
        assert not isinstance(seen, Sight)
        cells = [model.network.nodes[stop.index].path]
        cells.append(show_axes([axis.kernel for axis in stop.axes]) if stop.axes else "")
        cells.append(show_axes([axis.stride for axis in stop.axes]) if stop.axes else "")
        if dilated:
            cells.append(show_axes([axis.dilation for axis in stop.axes]) if stop.axes else "")
        cells += [show_axes([int(f.jump) for f in seen]), show_axes([int(f.size) for f in seen]), _starts(seen)]
        rows.append((*cells, *([show_axes(back[at])] if back else [])))
    return Table(tuple(heads), tuple(rows), (False, *([True] * (len(heads) - 1))))


def _chain(model: ResolvedModel, sights: Sights, index: int) -> tuple[list[_Stop], bool]:
    """The chain, input first, and whether branches meet on it."""
    stops: list[_Stop] = []
    merged = False
    at = index
    while True:
        inputs, facts = model.network.nodes[at].inputs, model.facts[at]
        if not inputs:
            stops.append(_Stop(at, ()))
            return stops[::-1], merged
        if facts is not None and isinstance(facts.window, tuple):
            axes = tuple(axis for item in facts.window if (axis := as_sliding(item)) is not None)
            stops.append(_Stop(at, axes))
        elif len(inputs) > 1 or at == index:
            stops.append(_Stop(at, ()))
        merged |= len(inputs) > 1
        at = max(inputs, key=lambda source: _extent(sights.seen[source]))


def _extent(seen: Seen) -> int:
    """How large a field is; a branch without one is never followed where another has one."""
    if isinstance(seen, Sight):
        return 0
    return prod(int(field.size) for field in seen)


def _from_the_top(stops: Sequence[_Stop], rank: int) -> list[list[int]]:
    """Per stop, the positions of its output that one unit of the last sees, by walking the windows backward."""
    stretches = [(0, 0)] * rank
    sizes = [[1] * rank]
    for stop in reversed(stops[1:]):
        if stop.axes:
            stretches = [_plain(axis).reads(*stretch) for axis, stretch in zip(stop.axes, stretches, strict=True)]
        sizes.append([last - first + 1 for first, last in stretches])
    return sizes[::-1]


def _plain(axis: Axis) -> Axis:
    """The axis with its padding left out: it moves a stretch, and its length stays."""
    return Axis(axis.kernel, axis.stride, axis.dilation)


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


def _explain_unread(subject: Subject, field: ReceptiveField) -> Iterator[Line]:
    """What of the input no unit of the layer sees at its end: S + (n − 1)·J + R of N."""
    shape = subject.model.shapes[subject.source]
    if shape is None or len(shape.extents) != len(field.size):
        return
    reach: list[Equation] = []
    unread: list[int] = []
    for axis, (extent, count) in enumerate(zip(shape.extents, subject.output.extents, strict=True)):
        start = field.start[axis]
        if not isinstance(extent, int) or not isinstance(count, int) or start is None:
            return
        seen = _reach(field, axis, start, int(count))
        unread.append(max(int(extent) - int(seen), 0))
        reach.append(equate(seen, f"of {extent} pixels seen"))
    if any(unread):
        yield from per_axis(reach)
        names = AXIS_NAMES[len(unread)]
        parts = [f"{left} along the {name}" for left, name in zip(unread, names, strict=True) if left]
        yield f"No unit sees the last {join_names(parts)}."


def _reach(field: ReceptiveField, axis: int, start: int, count: int) -> Traced:
    """How far the last unit sees: R + (n − 1)·J, and S where padding shifts it."""
    seen = lift(field.size[axis]) + (lift(count) - 1) * lift(field.jump[axis])
    return seen + start if start else seen


def model_table(report: ModelReport) -> Table:
    """Kernel, stride, field, jump, start and coverage of every layer at which the field changes."""
    rows: list[tuple[str, ...]] = []
    for row in report.rows:
        before = [report.rows[source] for source in report.network.nodes[row.index].inputs]
        if before and all(other.field == row.field and other.sees_all == row.sees_all for other in before):
            continue
        if row.field is None and not row.sees_all:
            rows.append((local_path(row), *_window(row), "?", "?", "?", ""))
        elif row.field is None:
            rows.append((local_path(row), *_window(row), "all", "", "", ""))
        else:
            field = row.field
            covered = "" if row.coverage is None else show_share(row.coverage)
            rows.append(
                (local_path(row), *_window(row), show_axes(field.size), show_axes(field.jump), show_axes(field.start), covered)
            )
    heads = ("layer", "k", "s", "field R", "jump J", "start S", "coverage")
    return Table(heads, tuple(rows), (False, *([True] * 6)))


def _window(row: Row) -> tuple[str, str]:
    if row.facts is None or not isinstance(row.facts.window, tuple):
        return "", ""
    axes = [axis for axis in row.facts.window if isinstance(axis, Axis)]
    if len(axes) < len(row.facts.window):
        return "", ""
    return show_axes([axis.kernel for axis in axes]), show_axes([axis.stride for axis in axes])
