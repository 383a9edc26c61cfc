"""One unit of a layer on one input: what lies under its window, each product, and how they become its value.

Plain numbers come in (:class:`Unit`; a backend reads them off the arrays), a derivation goes out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import prod
from typing import Final, Literal

from cnnspec.analysis.explain.lines import (
    Equation,
    Explanation,
    Grid,
    Grids,
    Line,
    Section,
    Table,
    join_names,
    local_path,
    name_axes,
)
from cnnspec.analysis.explain.numbers import show_number, show_quotient, show_sum, show_weighted
from cnnspec.analysis.report import Row
from cnnspec.layers.arithmetic import Traced, group_digits

#: Channels of the input whose patches are written out; of the others only the sums, unless all are asked for.
FIRST_PATCHES: Final = 3
#: Terms of a sum that are written one by one; the last stands for all others, unless all are asked for.
MOST_TERMS: Final = 64
#: A sum with more products leaves out those that are 0; with more still it is one of numbers, unless all are asked for.
MOST_WITH_ZEROS: Final = 12
MOST_PRODUCTS: Final = 30
#: Columns of a grid of the values of a vector.
_COLUMNS: Final = 8


@dataclass(frozen=True, slots=True)
class Reach:
    """What a window reads along one axis.

    Attributes:
        positions: of the input, in the order of the taps; those outside 0 to extent − 1 are padding.
        extent: of the input.
        first: the arithmetic of the first position.
        taps: places in the kernel, where they are not all of them in their order (transposed convolutions).
    """

    positions: tuple[int, ...]
    extent: int
    first: Traced | None = None
    taps: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True)
class Patch:
    """What lies under the window in one channel.

    Attributes:
        label: whose values they are: ``channel 0``.
        shape: taps along every axis.
        values: row by row.
        outside: which of them are padding.
        weights: what they are multiplied with; None where they are taken as they are.
        total: the sum of the products, or of the values.
        factor: what the sum is multiplied with; None for nothing.
    """

    label: str
    shape: tuple[int, ...]
    values: tuple[float, ...]
    outside: tuple[bool, ...]
    weights: tuple[float, ...] | None
    total: float
    factor: float | None = None

    @property
    def answer(self) -> float:
        """What it adds to the unit's value."""
        return self.total if self.factor is None else self.total * self.factor


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit with all that makes its value.

    Attributes:
        place: its position in the map; empty for a vector.
        channel: its channel; the unit's number in a vector.
        how: a sum of the patches' answers; the greatest or the mean of one patch; its value as it is.
        reaches: one for each axis of the window.
        patches: one for each channel that is read.
        divisor: what the sum of a mean is divided by.
        bias, activation: None where there is none.
        combined: the value before the activation.
        result: the value.
        remarks: what else is to be said.
    """

    place: tuple[int, ...]
    channel: int
    how: Literal["sum", "max", "mean", "value"]
    reaches: tuple[Reach, ...]
    patches: tuple[Patch, ...]
    combined: float
    result: float
    divisor: int | None = None
    bias: float | None = None
    activation: str | None = None
    remarks: tuple[str, ...] = ()


def explain_units(row: Row, units: Sequence[Unit], notes: Sequence[str], *, full: bool = False) -> Explanation:
    """The derivation of the values of units at one place: channels of one map.

    Args:
        row: their layer.
        units: of one place, each of another channel.
        notes: where input and weights are from.
        full: all patches and all terms.
    """
    first = units[0]
    sections = [Section("", (*(f"{note[:1].upper()}{note[1:]}." for note in notes), *first.remarks))]
    window = tuple(_explain_window(row, first))
    if window:
        sections.append(Section("Window", window))
    for unit in units:
        name = "" if len(units) == 1 else f" of channel {group_digits(unit.channel)}"
        sections += _explain_value(row, unit, name, full)
    what = f"channel{'s' if len(units) > 1 else ''}" if row.output_shape is not None and row.output_shape.rank else "unit"
    numbers = join_names([group_digits(unit.channel) for unit in units])
    place = f" at {', '.join(map(str, first.place))}" if first.place else ""
    title = f"{local_path(row)}{place}, {what} {numbers} · {row.kind} {row.layer.summary()}"
    return Explanation(title.rstrip(), tuple(sections))


# --- where it reads -------------------------------------------------------------------------------------------------


def _explain_window(row: Row, unit: Unit) -> Iterator[Line]:
    if not unit.reaches:
        return
    named = zip(name_axes(len(unit.reaches)), unit.reaches, strict=True)
    rows: list[tuple[str, ...]] = []
    for name, reach in named:
        first = "" if reach.first is None else reach.first.equation
        taps = "" if reach.taps is None else _show_places(reach.taps)
        padding = _show_places([at for at in reach.positions if not 0 <= at < reach.extent])
        rows.append((name, first, _show_places(reach.positions), taps, padding))
    heads = ("along", "first, a·s − p", "positions", "of the kernel", "of them padding")
    used = [at for at in range(len(heads)) if at in (0, 2) or any(cells[at] for cells in rows)]
    yield f"Of {join_names(row.inputs)} ({join_names([str(shape) for shape in row.input_shapes])}) it reads:"
    yield Table(tuple(heads[at] for at in used), tuple(tuple(cells[at] for at in used) for cells in rows))
    outside = list(zip(*(patch.outside for patch in unit.patches), strict=True))
    padding = sum(map(any, outside))
    if padding:
        yield f"{group_digits(padding)} of {group_digits(len(outside))} values are padding; they stand in brackets."


def _show_places(places: Sequence[int]) -> str:
    """``5 to 7``; ``0, 2 and 4``; the first and the last of many."""
    texts = [group_digits(at) for at in places]
    if len(places) > 2 and all(b - a == 1 for a, b in pairwise(places)):
        return f"{texts[0]} to {texts[-1]}"
    return join_names(texts) if len(texts) <= 6 else f"{texts[0]}, {texts[1]} … {texts[-1]}"


# --- how it becomes a value -----------------------------------------------------------------------------------------


def _explain_value(row: Row, unit: Unit, name: str, full: bool) -> Iterator[Section]:
    shown = unit.patches if full else unit.patches[:FIRST_PATCHES]
    for patch in shown:
        lines = tuple(_explain_patch(unit, patch, full))
        yield Section(f"{patch.label[:1].upper()}{patch.label[1:]}{name and f' for{name[3:]}'}", lines)
    left = len(unit.patches) - len(shown)
    lines = list(_combine(row, unit, full))
    if left:
        lines.insert(0, f"The patches of the other {group_digits(left)} channels are written out with -v.")
    yield Section(f"Value{name}", tuple(lines))


def _explain_patch(unit: Unit, patch: Patch, full: bool) -> Iterator[Line]:
    grids = [Grid("values", _cells(patch, patch.values))]
    if patch.weights is not None:
        products = tuple(v * w for v, w in zip(patch.values, patch.weights, strict=True))
        grids.append(Grid("kernel", _layout(patch.shape, [show_number(weight) for weight in patch.weights])))
        grids.append(Grid("products", _cells(patch, products)))
    yield Grids(tuple(grids))
    if patch.weights is not None:
        yield _add_products(list(zip(patch.values, patch.weights, strict=True)), patch.total, full)
    elif unit.how in ("sum", "mean") and len(patch.values) > 1:
        inside = [v for v, out in zip(patch.values, patch.outside, strict=True) if not out] or [0.0]
        yield Equation(show_sum(inside, patch.total, None if full else MOST_TERMS), patch.total, "sum of the values")
    if patch.factor is not None:
        yield Equation(show_weighted([(patch.total, patch.factor)], patch.answer), patch.answer, "times its weight")


def _add_products(terms: list[tuple[float, float]], total: float, full: bool) -> Equation:
    """The sum with its products; of many those that are not 0."""
    label = "sum of the products"
    if len(terms) > MOST_WITH_ZEROS:
        kept = [term for term in terms if term[0] and term[1]] or terms[:1]
        label += ", zeros left out" if len(kept) < len(terms) else ""
        terms = kept
    if len(terms) > MOST_PRODUCTS and not full:
        return Equation(show_sum([v * w for v, w in terms], total, MOST_TERMS), total, label)
    return Equation(show_weighted(terms, total), total, label)


def _combine(row: Row, unit: Unit, full: bool) -> Iterator[Line]:
    answers = [patch.answer for patch in unit.patches]
    most = None if full else MOST_TERMS
    match unit.how:
        case "max":
            yield from _explain_greatest(row, unit)
        case "mean":
            assert unit.divisor is not None
            yield Equation(show_quotient(answers[0], unit.divisor, unit.combined), unit.combined, "sum over the number of values")
        case "sum" if len(answers) > 1 or unit.bias is not None:
            total = sum(answers)
            if len(answers) > 1:
                yield Equation(show_sum(answers, total, most), total, _sum_label(row, len(answers)))
            if unit.bias is not None:
                yield Equation(show_sum([total, unit.bias], unit.combined, None), unit.combined, "with the bias")
        case _:
            pass
    if unit.activation is not None:
        yield Equation(show_number(unit.result), unit.result, f"{unit.activation} of {show_number(unit.combined)}")
    else:
        yield Equation(show_number(unit.result), unit.result, "value")


def _sum_label(row: Row, count: int) -> str:
    return f"sum over {count:,} channels" if len(row.inputs) == 1 else "sum of the inputs"


def _explain_greatest(row: Row, unit: Unit) -> Iterator[Line]:
    (patch,) = unit.patches
    winner = max(range(len(patch.values)), key=patch.values.__getitem__)
    place: list[int] = []
    for reach, size in zip(reversed(unit.reaches), reversed(patch.shape), strict=True):
        winner, at = divmod(winner, size)
        place.append(reach.positions[at])
    alike = sum(value == unit.combined for value in patch.values)
    others = f", the first of {alike} alike" if alike > 1 else ""
    where = ", ".join(map(group_digits, reversed(place)))
    yield f"The greatest is {show_number(unit.combined)}, at {where} of {join_names(row.inputs)}{others}."


def _cells(patch: Patch, values: Sequence[float]) -> tuple[tuple[str, ...], ...]:
    """The numbers in rows; what is padding in brackets."""
    texts = [show_number(value) for value in values]
    return _layout(patch.shape, [f"({text})" if out else text for text, out in zip(texts, patch.outside, strict=True)])


def _layout(shape: Sequence[int], cells: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    """Cells in rows of the last axis; a vector in rows of eight; the slices of a volume one below the other."""
    columns = shape[-1] if len(shape) > 1 or prod(shape) <= _COLUMNS else _COLUMNS
    rows = [tuple(cells[start : start + columns]) for start in range(0, len(cells), columns)]
    if len(shape) < 3:
        return tuple(rows)
    height = shape[-2]
    parts = [rows[start : start + height] for start in range(0, len(rows), height)]
    return tuple(row for number, part in enumerate(parts) for row in (*([()] if number else []), *part))
