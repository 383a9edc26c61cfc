"""What one unit sees of every layer below it, as a table from the top down; of several models side by side."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import zip_longest

from cnnspec.analysis.axis_field import as_sliding
from cnnspec.analysis.explain.chain import show_sizes, show_window
from cnnspec.analysis.explain.lines import (
    Explanation,
    Line,
    Section,
    Table,
    equate,
    join_names,
    multiply,
    name_some,
    per_axis,
    quotient,
    show_share,
)
from cnnspec.analysis.reading import Interval, first_source
from cnnspec.analysis.receptive_field import Sights, coverage, see_input
from cnnspec.analysis.report import ModelReport, ReceptiveField
from cnnspec.analysis.top_down import Level, below, highest_unit, look_down, read_down
from cnnspec.layers.arithmetic import Size, group_digits, lift
from cnnspec.layers.window import Axis
from cnnspec.resolve.result import ResolvedModel


@dataclass(frozen=True)
class Top:
    """The layer whose unit looks down, and its model; ``unit`` is the position of one of its units."""

    model: ResolvedModel
    report: ModelReport
    index: int
    unit: tuple[int, ...] | None = None

    @classmethod
    def of(cls, model: ResolvedModel, report: ModelReport, index: int | None, unit: Sequence[int] | None = None) -> Top | None:
        """The top at a node, the last one whose units see a part of the input unless given; None where there is none."""
        if index is None and report.rows:
            index = highest_unit(model, see_input(model, 0))
        return None if index is None else cls(model, report, index, None if unit is None else tuple(unit))

    @property
    def name(self) -> str:
        return self.model.network.nodes[self.index].path

    @cached_property
    def sights(self) -> Sights:
        """What every node sees of the first input below the top."""
        return see_input(self.model, first_source(self.model, self.index))

    @cached_property
    def levels(self) -> list[Level]:
        """The layers below with windows, merges and inputs, the top first."""
        return look_down(self.model, self.sights, self.index)

    @cached_property
    def above(self) -> frozenset[int]:
        """The nodes between the inputs and the top, and itself."""
        return frozenset(below(self.model, self.index, self.sights))

    @cached_property
    def by_index(self) -> Mapping[int, Level]:
        return {level.index: level for level in self.levels}

    @cached_property
    def read(self) -> Mapping[int, tuple[Interval, ...]]:
        """What the unit reads of each node; nothing where no unit was named."""
        return {} if self.unit is None else read_down(self.model, self.sights, self.index, self.unit)


def explain_top_down(tops: Sequence[Top]) -> Explanation:
    """The table of one model with the arithmetic of each step, or that of several side by side."""
    if len(tops) == 1:
        return _explain_one(tops[0])
    title = f"What one unit sees, from the top down: {join_names([f'{top.name} of {top.model.name}' for top in tops])}"
    sections = [Section("", (_side_by_side(tops),))]
    sections += [Section(f"{top.model.name}: of the input", tuple(_explain_inputs(top))) for top in tops]
    return Explanation(title, tuple(sections))


def _explain_one(top: Top) -> Explanation:
    who = "one unit" if top.unit is None else f"the unit at {', '.join(map(str, top.unit))}"
    title = f"{top.model.name}: what {who} of {top.name} sees, from the top down"
    rule = "r positions of a layer read (r − 1)·s + e of the one below, where e = d·(k − 1) + 1."
    heading = "Of the inputs" if sum(row.is_input for row in top.report.rows) > 1 else "Of the input"
    gates = sorted({gate for at in top.above for gate in top.sights.gates.get(at, ())})
    names = name_some([top.model.network.nodes[gate].path for gate in gates])
    left_out = [f"Left out, because they have seen everything (gates): {names}."] if gates else []
    return Explanation(title, (Section("", (rule, _table(top), *left_out)), Section(heading, tuple(_explain_inputs(top)))))


def _table(top: Top) -> Table:
    heads = ["layer", "k", "s", "output", "sees", "from above", *(["positions"] if top.unit is not None else []), "share"]
    rows: list[tuple[str, ...]] = []
    for level in top.levels:
        row, facts = top.report.rows[level.index], top.model.facts[level.index]
        windows = show_window(facts.window) if row.inputs and facts is not None and isinstance(facts.window, tuple) else ("", "")
        shape = "?" if row.output_shape is None else str(row.output_shape)
        cells = [top.model.network.nodes[level.index].path, *windows, shape, _sizes(top, level), _step(top, level)]
        if top.unit is not None:
            cells.append(_positions(top.read.get(level.index)))
        rows.append((*cells, _share(top, level)))
    numeric = [head in ("k", "s", "sees", "share") for head in heads]
    return Table(tuple(heads), tuple(rows), tuple(numeric))


def _sizes(top: Top, level: Level) -> str:
    if level.field is None:
        return "1" if level.index == top.index else "all" if level.sees_all else "?"
    return show_sizes(level.field)


def _step(top: Top, level: Level) -> str:
    """(r − 1)·s + e of the one window that reads the layer; nothing where several do, or units take turns."""
    above = _window_above(top, level.index)
    if above is None or level.field is None or level.field.sizes:
        return ""
    reader, axes = above
    field = reader.field
    if field is None or field.sizes or len(field.size) != len(axes):
        return ""
    steps = [(lift(r) - 1) * axis.stride + axis.effective for r, axis in zip(field.size, axes, strict=True)]
    if tuple(map(int, steps)) != level.field.size:
        return ""
    equations = per_axis([equate(step) for step in steps])
    return "; ".join(one.text if len(equations) == 1 else f"{one.label}: {one.text}" for one in equations)


def _window_above(top: Top, index: int) -> tuple[Level, tuple[Axis, ...]] | None:
    """The level whose sliding window reads a node's map, perhaps behind layers that look at each position alone."""
    while True:
        readers = [reader for reader in top.model.network.readers[index] if reader in top.above]
        if len(readers) != 1:
            return None
        (index,) = readers
        facts = top.model.facts[index]
        if index in top.by_index and facts is not None:
            if not isinstance(facts.window, tuple) or len(top.model.network.nodes[index].inputs) > 1:
                return None
            axes = tuple(axis for axis in map(as_sliding, facts.window) if axis is not None)
            return (top.by_index[index], axes) if len(axes) == len(facts.window) else None


def _positions(intervals: Sequence[Interval] | None) -> str:
    """``4 to 21``; ``4 to 21 × 0 to 17``; ``none``."""
    if intervals is None:
        return "none"
    texts = [group_digits(a) if a == b else f"{group_digits(a)} to {group_digits(b)}" for a, b in intervals]
    return texts[0] if len(set(texts)) == 1 else " × ".join(texts)


def _share(top: Top, level: Level) -> str:
    shape = top.model.shapes[level.index]
    share = None if shape is None else coverage(level.field, shape.extents)
    return "" if share is None else show_share(share)


def _side_by_side(tops: Sequence[Top]) -> Table:
    """For each model a column of layers and one of sizes; the units stand on one line."""
    heads = [head for top in tops for head in (top.model.name, "sees")]
    columns = [[(top.model.network.nodes[level.index].path, _sizes(top, level)) for level in top.levels] for top in tops]
    rows = [tuple(cell for pair in line for cell in pair) for line in zip_longest(*columns, fillvalue=("", ""))]
    return Table(tuple(heads), tuple(rows), (False, True) * len(tops))


def _explain_inputs(top: Top) -> Iterator[Line]:
    """The pixels seen of every input, and their share."""
    levels = [level for level in top.levels if top.report.rows[level.index].is_input]
    for level in levels:
        name = top.model.network.nodes[level.index].path
        shape = top.model.shapes[level.index]
        if level.field is None or shape is None:
            yield f"All of {name} is seen, by construction." if level.sees_all else f"What is seen of {name} is not known."
            continue
        yield from _explain_area(f" of {name}" if len(levels) > 1 else "", level.field, shape.extents)


def _explain_area(of: str, field: ReceptiveField, extents: Sequence[Size]) -> Iterator[Line]:
    if any(len(sizes) > 1 for sizes in field.sizes):
        yield f"Units take turns: they see {show_sizes(field)} pixels along an axis; what follows is the largest."
    area = multiply(field.size)
    yield equate(area, f"pixels seen{of}")
    known = [int(n) for n in extents if isinstance(n, int)]
    if len(known) < len(extents):
        return
    whole = multiply(known)
    if int(area) > int(whole):
        yield f"That is more than the {whole.equation} there are{of}: the rest is padding."
        return
    yield equate(whole, f"pixels there are{of}")
    yield quotient(int(area), int(whole), f"share{of}", percent=True)
