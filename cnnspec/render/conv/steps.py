"""What a picture of a sliding window shows: the units of a few steps, what each reads, and which positions are left out."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from math import prod

from cnnspec.analysis.explain.lines import Equation, equate, per_axis, trace_shape
from cnnspec.analysis.explain.size import size_formula
from cnnspec.analysis.reading import Interval
from cnnspec.analysis.report import ModelReport, Row
from cnnspec.layers.arithmetic import group_digits
from cnnspec.layers.shape import Shape
from cnnspec.layers.window import Axis
from cnnspec.render.errors import RenderError
from cnnspec.render.flow.operations import DrawnAxis, drawn_axes
from cnnspec.render.graph.view import inner_path
from cnnspec.render.receptive_field.pyramid import find_layer

#: A map is shown in full up to so many positions a side; a longer stretch that must be seen shows its ends.
MOST_POSITIONS, LONGEST_STRETCH, END = 14, 12, 4
#: So many slices of a volume are shown, and of those under the window of a single unit and of one of several.
MOST_SLICES, MOST_TOUCHED, FEW_TOUCHED = 7, 5, 3
#: What the positions of each axis are called.
_PARTS = ("slice", "row", "column")
#: So many steps are shown one after the other.
MOST_STEPS = 36


@dataclass(frozen=True)
class Track:
    """One axis along which a window slides.

    Attributes:
        axis: how it slides.
        extent, outputs: positions of the input and of the output.
        units: the outputs whose steps are shown, ascending.
        sliced: its positions are the slices of a volume, each a sheet of its own.
    """

    axis: DrawnAxis
    extent: int
    outputs: int
    units: tuple[int, ...]
    sliced: bool = False

    def taps(self, unit: int) -> Sequence[int]:
        """The positions that one output reads, padding included; an axis that has none reads only what is there."""
        taps = self.axis.taps(unit)
        return taps if isinstance(self.axis, Axis) else [at for at in taps if 0 <= at < self.extent]

    def reads(self, unit: int) -> Interval | None:
        """The first and the last of them; None where the gaps of a transposed kernel leave nothing."""
        taps = self.taps(unit)
        return (taps[0], taps[-1]) if taps else None

    @cached_property
    def whole(self) -> Interval:
        """The input with its padding, and with what windows reach beyond it."""
        if not isinstance(self.axis, Axis):
            return 0, self.extent - 1
        end = self.axis.reads(self.outputs - 1, self.outputs - 1)[1]
        before, after = int(self.axis.before), int(self.axis.after)  # type: ignore[arg-type]
        return min(0, -before), max(self.extent - 1, end, self.extent - 1 + after)

    @cached_property
    def inputs(self) -> tuple[Interval, ...]:
        """The stretches of the input that are shown, padding included."""
        low, high = self.whole
        if self.sliced:
            most = MOST_TOUCHED if len(self.units) == 1 else FEW_TOUCHED
            every = [self.taps(unit) for unit in self.units]
            touched = [at for taps in every for at in (taps if len(taps) <= most else (taps[0], taps[-1]))]
            return cut((low, high), [(at, at) for at in (low, *touched, high)], MOST_SLICES)
        seen = [read for read in map(self.reads, self.units) if read is not None]
        borders = [(low, 0), (self.extent - 1, high)]
        return cut((low, high), [*seen, *borders])

    @cached_property
    def made(self) -> tuple[Interval, ...]:
        """The stretches of the output that are shown."""
        last = self.outputs - 1
        units = [(unit, unit) for unit in self.units]
        if self.sliced:
            return cut((0, last), [(0, 0), *units, (last, last)], MOST_SLICES)
        return cut((0, last), [(0, 2), (last - 1, last), *units])

    @cached_property
    def unread(self) -> tuple[Interval, ...]:
        """Stretches of the shown input, padding apart, that no unit reads."""
        shown = (at for first, last in self.inputs for at in range(max(first, 0), min(last, self.extent - 1) + 1))
        return runs([at for at in shown if not self.is_read(at)])

    def is_read(self, position: int) -> bool:
        """Whether any unit reads the position; windows move on, so that only a few can."""
        units = range(self.outputs)
        first = bisect_left(units, position, key=lambda unit: self.axis.reads(unit, unit)[1])
        last = bisect_right(units, position, key=lambda unit: self.axis.reads(unit, unit)[0])
        return any(position in self.axis.taps(unit) for unit in range(first, last))


@dataclass(frozen=True, slots=True)
class Slide:
    """A layer whose window slides, and the steps that are shown.

    Attributes:
        row: the layer.
        given: the shape of its input.
        tracks: one per spatial axis.
        steps: the units shown, in the order in which they are made.
    """

    row: Row
    given: Shape
    tracks: tuple[Track, ...]
    steps: tuple[tuple[int, ...], ...]

    @property
    def path(self) -> str:
        return inner_path(self.row)

    @property
    def output(self) -> Shape:
        assert self.row.output_shape is not None
        return self.row.output_shape

    @property
    def count(self) -> int:
        """The number of steps from the first unit to the last."""
        return prod(track.outputs for track in self.tracks)

    def number_of(self, unit: Sequence[int]) -> int:
        """Which step makes the unit, from 1: row by row."""
        number = 0
        for track, at in zip(self.tracks, unit, strict=True):
            number = number * track.outputs + at
        return number + 1

    def taps(self, unit: Sequence[int]) -> tuple[Sequence[int], ...]:
        """The positions that the unit reads, per axis."""
        return tuple(track.taps(at) for track, at in zip(self.tracks, unit, strict=True))

    def reads(self, unit: Sequence[int]) -> tuple[Interval, ...] | None:
        """Per axis the first position that the unit reads and the last; None for nothing."""
        taps = self.taps(unit)
        return tuple((axis[0], axis[-1]) for axis in taps) if all(taps) else None

    def say_reads(self, unit: Sequence[int]) -> str:
        """``rows 0 to 4, columns 1 to 5``; a unit that the gaps of a transposed kernel leave out reads nothing."""
        reads = self.reads(unit)
        if reads is None:
            return "nothing"
        if len(reads) == 1:
            return show_stretch(reads[0])
        nouns = (
            f"{noun}{'' if first == last else 's'}" for noun, (first, last) in zip(_PARTS[-len(reads) :], reads, strict=True)
        )
        return ", ".join(f"{noun} {show_stretch(read)}" for noun, read in zip(nouns, reads, strict=True))

    def formulas(self) -> list[str]:
        """The size rule in letters, once for each kind."""
        return list(dict.fromkeys(size_formula(self.row.layer, track.axis) for track in self.tracks))

    def equations(self) -> list[Equation]:
        """The size rule with this layer's numbers, axes that agree together."""
        shapes = [shape for shape in self.row.input_shapes if shape is not None]
        traced = self.row.layer.facts(*map(trace_shape, shapes)).output
        return per_axis([equate(size) for size in traced.extents])


def build_slide(report: ModelReport, layer: str | None = None, unit: Sequence[int] | None = None, *, many: bool = False) -> Slide:
    """The steps of a layer.

    Args:
        report: the model.
        layer: the end of a layer's path; the first convolution, else the first layer with a window, unless named.
        unit: the only unit to show; the first, the second, the first of the second row and the last, unless named.
        many: show all units of a small map, and of a large one those at its beginning and at its ends.

    Raises:
        RenderError: there is no such layer or unit, the layer slides no window, or its sizes are not known.
    """
    return slide_of(report.rows[find_layer(report, layer)] if layer is not None else first_sliding(report), unit, many=many)


def slide_of(row: Row, unit: Sequence[int] | None = None, *, many: bool = False) -> Slide:
    """The steps of a row; the errors of :func:`build_slide`."""
    given = known_input(row)
    axes = drawn_axes(row)
    if len(axes) != given.rank or not axes:
        raise RenderError(f"{inner_path(row)} ({row.kind}) slides no window over its input", "name a layer that does: --layer")
    if len(axes) > len(_PARTS):
        raise RenderError(f"{inner_path(row)} slides along {len(axes)} axes, and slices show three", "--style graph draws it")
    assert row.output_shape is not None
    outputs = [int(n) for n in row.output_shape.extents]  # type: ignore[arg-type]
    steps = _many_steps(outputs) if many else _steps(outputs) if unit is None else [_check_unit(row, outputs, unit)]
    tracks = tuple(
        Track(axis, int(n), count, tuple(sorted({step[at] for step in steps})), at < len(axes) - 2)  # type: ignore[arg-type]
        for at, (axis, n, count) in enumerate(zip(axes, given.extents, outputs, strict=True))
    )
    return Slide(row, given, tracks, tuple(steps))


def first_sliding(report: ModelReport) -> Row:
    """The first convolution; the first layer with a window where there is none.

    Raises:
        RenderError: no layer has a window.
    """
    sliding = [row for row in report.rows if drawn_axes(row)]
    if not sliding:
        raise RenderError(f"no layer of {report.name} slides a window over its input", "--style graph draws every network")
    return next((row for row in sliding if row.layer.family == "convolution"), sliding[0])


def known_input(row: Row) -> Shape:
    """The shape of what the layer reads first.

    Raises:
        RenderError: it is an input, or a size is not known.
    """
    name = inner_path(row)
    if row.is_input:
        raise RenderError(f"{name} is an input and reads nothing", "name a layer: --layer")
    given = row.input_shapes[0] if row.input_shapes else None
    if given is None or row.facts is None or row.output_shape is None:
        raise RenderError(f"the sizes of {name} are unknown because of an error", "cnnspec check says which")
    unknown = next((shape for shape in (given, row.output_shape) if not shape.known), None)
    if unknown is not None:
        raise RenderError(f"positions are counted, but {name} reads or makes {unknown}", "give --input, as in 28x28")
    return given


def _steps(outputs: Sequence[int]) -> list[tuple[int, ...]]:
    """The first unit, the second, the first of the second row or slice, the last; of a sequence the first three and the last."""
    last, rest = tuple(n - 1 for n in outputs), (0,) * (len(outputs) - 1)
    wanted = [(0,), (1,), (2,), last] if not rest else [(0, *rest), (*rest, 1), (1, *rest), last]
    return sorted({unit for unit in wanted if all(at < n for at, n in zip(unit, outputs, strict=True))})


def _many_steps(outputs: Sequence[int]) -> list[tuple[int, ...]]:
    """All units, row by row; where those are too many, the crossings of the first slices, rows and columns and the last."""
    sides: list[Sequence[int]] = [range(n) for n in outputs]
    if prod(outputs) > MOST_STEPS:
        ends = {1: [(10, 2)], 2: [(2, 1), (4, 2)], 3: [(2, 1), (2, 1), (3, 1)]}[len(outputs)]
        shown = zip(outputs, ends, strict=True)
        sides = [sorted({*range(min(first, n)), *range(max(n - last, 0), n)}) for n, (first, last) in shown]
    return list(product(*sides))


def _check_unit(row: Row, outputs: Sequence[int], unit: Sequence[int]) -> tuple[int, ...]:
    if len(unit) == len(outputs) and all(0 <= at < n for at, n in zip(unit, outputs, strict=True)):
        return tuple(unit)
    ranges = ", ".join(f"0 to {n - 1:,}" for n in outputs)
    given = ",".join(map(str, unit))
    raise RenderError(f"{inner_path(row)} is {row.output_shape} and has no unit at {given}", f"positions: {ranges}")


def cut(whole: Interval, wanted: Iterable[Interval], most: int = MOST_POSITIONS) -> tuple[Interval, ...]:
    """The stretches of a whole that are shown: all of it where it is short, else what is wanted, in order.

    Of a long stretch the ends are shown. At least two positions are left out at a time.
    """
    low, high = whole
    if high - low < most:
        return (whole,)
    kept: list[Interval] = []
    for first, last in sorted(end for stretch in wanted for end in _ends((max(stretch[0], low), min(stretch[1], high)))):
        if kept and first <= kept[-1][1] + 2:
            kept[-1] = kept[-1][0], max(kept[-1][1], last)
        else:
            kept.append((first, last))
    return tuple(kept)


def _ends(stretch: Interval) -> list[Interval]:
    first, last = stretch
    if last - first < LONGEST_STRETCH:
        return [stretch] if first <= last else []
    return [(first, first + END - 1), (last - END + 1, last)]


def show_stretch(stretch: Interval) -> str:
    """``−1 to 3``; of a single position that alone."""
    first, last = (f"−{group_digits(-at)}" if at < 0 else group_digits(at) for at in stretch)
    return first if first == last else f"{first} to {last}"


def runs(positions: Sequence[int]) -> tuple[Interval, ...]:
    """Ascending positions as stretches without a gap."""
    found: list[Interval] = []
    for at in positions:
        if found and found[-1][1] == at - 1:
            found[-1] = found[-1][0], at
        else:
            found.append((at, at))
    return tuple(found)


def outside(tracks: Sequence[Track], taps: Sequence[Sequence[int]]) -> int:
    """How many of the positions that a unit reads lie beside the input: on padding."""
    inside = prod(sum(0 <= at < track.extent for at in axis) for track, axis in zip(tracks, taps, strict=True))
    return prod(map(len, taps)) - inside
