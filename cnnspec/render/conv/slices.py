"""Both maps of a layer along three axes: volumes as their slices side by side, each a sheet with its part of the window."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import ceil

from cnnspec.analysis.reading import Interval
from cnnspec.layers.window import Axis, TransposedAxis
from cnnspec.render.conv.pair import GAP, LARGEST, beside_map, ground, made_before, outline, whole
from cnnspec.render.conv.sheet import BESIDE, HATCH, NUMBERS, Ruler, Sheet, boxes_of, dots_between, lines_of
from cnnspec.render.conv.steps import Slide, Track, runs, show_stretch
from cnnspec.render.display import Box, Group, Item, Paint, Path, Point, Polygon, Rectangle, Text, arrow_head
from cnnspec.render.fonts import text_width
from cnnspec.render.palette import family_role

#: The room of all slices, the smallest side of a cell, the least room between slices, and that between both maps.
WIDTH, HEIGHT, SMALLEST, BETWEEN, ACROSS = 560.0, 90.0, 5.0, 6.0, 36.0
#: How far below the slices the line runs that leads to the unit.
BUS = 9.0
#: The room for slices that are left out, and from one line of a label to the next; both whole steps of the hatching where
#: that keeps it the same in every slice.
LEFT_OUT, LINE = 4 * HATCH, 10.0


@dataclass(frozen=True, slots=True)
class Strip:
    """Slices of a volume side by side, each a sheet of the same rows and columns.

    Attributes:
        shown: the positions of the slices that are drawn, as stretches.
        first: the sheet of the first of them.
        pitch: from a slice to the next.
    """

    shown: tuple[Interval, ...]
    first: Sheet
    pitch: float

    @property
    def slices(self) -> list[int]:
        """The positions that are drawn."""
        return [at for first, last in self.shown for at in range(first, last + 1)]

    def sheet(self, position: int) -> Sheet:
        """One that is drawn."""
        gaps = sum(last < position for _, last in self.shown)
        left = self.first.left + self.slices.index(position) * self.pitch + gaps * LEFT_OUT
        return Sheet(self.first.rows, self.first.columns, left, self.first.top)

    @property
    def box(self) -> Box:
        return self.first.box.union(self.sheet(self.slices[-1]).box)

    def dots(self) -> Path | None:
        """Three dots in each room for slices that are left out."""
        ends = [(self.sheet(before[1]).box.right, self.sheet(after[0]).box.left) for before, after in pairwise(self.shown)]
        middle = self.first.box.centre[1]
        steps = dots_between([((low + high) / 2, middle) for low, high in ends])
        return Path(steps, Paint(None, "soft", 1.4), "", "", "") if steps else None


@dataclass(frozen=True, slots=True)
class Slices:
    """Both maps of a layer as slices, the output's in one row behind the input's, or in a row below it."""

    slide: Slide
    given: Strip
    made: Strip
    below: bool = False

    @property
    def depth(self) -> Track:
        return self.slide.tracks[0]

    @property
    def plane(self) -> tuple[Track, Track]:
        """Rows and columns."""
        return self.slide.tracks[1], self.slide.tracks[2]

    @property
    def head(self) -> float:
        """Where words above the input stand, clear of its labels."""
        return self._label(self.given.first) - (LINE if has_slices(self.slide) else 0.0) - NUMBERS - LINE

    @property
    def label(self) -> float:
        """Where a word above the output stands, clear of its labels."""
        return self.head - 2.0

    @property
    def extents(self) -> tuple[int, int]:
        """Rows and columns of the input."""
        return self.plane[0].extent, self.plane[1].extent

    @property
    def outputs(self) -> tuple[int, int]:
        """Rows and columns of the output."""
        return self.plane[0].outputs, self.plane[1].outputs

    @property
    def room(self) -> float:
        """How much room stands left of the output, for the numbers of its rows."""
        return self.made.first.room(self.outputs)

    def with_output_at(self, left: float, top: float) -> Slices:
        """The same with the output somewhere else."""
        return replace(self, made=replace(self.made, first=replace(self.made.first, left=left, top=top)))

    def windows(self, step: Sequence[int]) -> list[Box]:
        """The window on each drawn slice that it touches."""
        reads = self.slide.reads(step)
        if reads is None:
            return []
        touched = set(self.depth.taps(step[0]))
        return [self.given.sheet(at).hull(reads[1], reads[2]) for at in self.given.slices if at in touched]

    def unit(self, step: Sequence[int]) -> Box:
        return self.made.sheet(step[0]).hull((step[1], step[1]), (step[2], step[2]))

    def input_group(self, step: Sequence[int], key: str, title: str) -> Group:
        """The input, slice by slice."""
        items: list[Item] = [self._input_slice(at, step, f"{key}.slice{at}", title) for at in self.given.slices]
        items += self._around(self.given, f"{key}.", self.depth.inputs)
        items += self.given.first.numbers(self.extents)
        return Group("input", f"{key}.input", self.slide.path, title, tuple(items))

    def _input_slice(self, at: int, step: Sequence[int], key: str, title: str) -> Group:
        """The cells of a slice, hatched where they are padding, greyed what no unit reads, and the window if it touches them."""
        sheet, path, reads = self.given.sheet(at), self.slide.path, self.slide.reads(step)
        shown, on_map = (sheet.rows.shown, sheet.columns.shown), 0 <= at < self.depth.extent
        items: list[Item] = []
        if on_map and any(first <= at <= last for first, last in self.depth.unread):
            items.append(
                Path(boxes_of(sheet.boxes(*whole(self.extents))), Paint("unread"), f"{key}.unread", path, "read by no unit")
            )
        elif on_map:
            items += ground(sheet, self.plane, self.extents, key, path, title)
        taps = self.depth.taps(step[0])
        touched = reads is not None and at in taps
        if touched:
            rows, columns = (runs(track.taps(place)) for track, place in zip(self.plane, step[1:], strict=True))
            items.append(Path(boxes_of(sheet.boxes(rows, columns)), Paint("field"), f"{key}.taps", path, title))
        beside = beside_map(sheet, self.extents) if on_map else sheet.boxes(*shown)
        drawn = outline(sheet, f"{key}.", path, self.extents if on_map else None, beside)
        items.append(Group("sheet", f"{key}.sheet", path, "a slice of the input", tuple(drawn), stencil=True))
        x, base = sheet.box.centre[0], self._label(sheet)
        items.append(Text(x, base, say_slice(at), NUMBERS, touched, "middle", "ink" if touched else "soft"))
        if reads is not None and touched:
            items.append(Rectangle(sheet.hull(reads[1], reads[2]), Paint(None, "window", 1.6), f"{key}.window", path, title))
            if has_slices(self.slide):
                tap = tap_of(self.depth, step[0], at)
                items.append(Text(x, base - LINE, f"kernel {tap}", NUMBERS, False, "middle", "soft"))
        return Group("slice", key, path, f"{say_slice(at)} of the input", tuple(items), None, {"slice": str(at)})

    def output_group(self, step: Sequence[int], key: str, title: str) -> Group:
        """The output, slice by slice: what earlier steps made, and the unit of this one."""
        items: list[Item] = [self._output_slice(at, step, f"{key}.output-slice{at}", title) for at in self.made.slices]
        items += self._around(self.made, f"{key}.output-", self.depth.made)
        items += self.made.first.numbers(self.outputs, below=self.below)
        items.append(Rectangle(self.unit(step), Paint("mark.card", "mark.card", 0.6), f"{key}.unit", self.slide.path, title))
        return Group("output", f"{key}.output", self.slide.path, title, tuple(items))

    def _output_slice(self, at: int, step: Sequence[int], key: str, title: str) -> Group:
        sheet, path = self.made.sheet(at), self.slide.path
        items: list[Item] = [Path(boxes_of(sheet.boxes(*whole(self.outputs))), Paint("card"), f"{key}.output-map", path, title)]
        cells = sheet.boxes(*whole(self.outputs))
        earlier = cells if at < step[0] else made_before(sheet, self.outputs, (step[1], step[2])) if at == step[0] else []
        if earlier:
            role = family_role(self.slide.row.layer.family)
            items.append(Path(boxes_of(earlier), Paint(role), f"{key}.made", path, "made by earlier steps"))
        drawn = outline(sheet, f"{key}.", path, self.outputs)
        items.append(Group("sheet", f"{key}.sheet", path, "a slice of the output", tuple(drawn), stencil=True))
        x, here = sheet.box.centre[0], at == step[0]
        base = sheet.box.bottom + BESIDE + NUMBERS + LINE if self.below else self._label(sheet)
        items.append(Text(x, base, say_slice(at), NUMBERS, here, "middle", "ink" if here else "soft"))
        return Group("slice", key, path, f"{say_slice(at)} of the output", tuple(items), None, {"slice": str(at)})

    def rays(self, step: Sequence[int], key: str, title: str) -> list[Item]:
        """From every window down to one line, and along it to the unit: what they read is added up; none for nothing."""
        unit, bottom = self.unit(step), self.given.box.bottom
        if self.below:
            return self.lead(step, (unit.centre[0], unit.top), bottom + BUS, key, title)
        return self.lead(step, (unit.centre[0], unit.bottom), max(bottom, self.made.box.bottom) + BUS, key, title)

    def lead(self, step: Sequence[int], tip: Point, low: float, key: str, title: str) -> list[Item]:
        """From every window down to a line at one height, and along it to a point above or below."""
        windows, path, x = self.windows(step), self.slide.path, tip[0]
        if not windows:
            return []
        lines = [((box.centre[0], box.bottom), (box.centre[0], low)) for box in windows]
        ends = [x, *(box.centre[0] for box in windows)]
        lines += [((min(ends), low), (max(ends), low)), ((x, low), tip)]
        head = Polygon(arrow_head(tip, (x, low), 4.0), Paint("window"), f"{key}.tip", path, title)
        return [Path(lines_of(lines), Paint(None, "window", 1.0), f"{key}.rays", path, title), head]

    def _label(self, sheet: Sheet) -> float:
        """Where the name of a slice of the input stands, above the numbers of its columns."""
        return sheet.top - BESIDE - NUMBERS - 5.0

    def _around(self, strip: Strip, name: str, shown: tuple[Interval, ...]) -> list[Item]:
        """Dots for the slices that are left out."""
        dots, hidden = strip.dots(), Ruler(shown, 1.0).left_out()
        words = "left out: " + ", ".join(map(show_stretch, hidden))
        return [] if dots is None else [Path(dots.steps, dots.paint, f"{name}slices-left-out", self.slide.path, words)]


def say_slice(at: int) -> str:
    """``slice −1``."""
    return f"slice {show_stretch((at, at))}"


def has_slices(slide: Slide) -> bool:
    """Whether a kernel slides that has slices of its own."""
    return (
        len(slide.tracks) == 3
        and slide.row.layer.family == "convolution"
        and isinstance(slide.tracks[0].axis, Axis | TransposedAxis)
    )


def tap_of(depth: Track, unit: int, position: int) -> int:
    """The slice of the kernel that meets a slice of the input when a unit is made."""
    if isinstance(depth.axis, TransposedAxis):
        return (unit + depth.axis.before - position * depth.axis.stride) // depth.axis.dilation
    return depth.taps(unit).index(position)


def lay_out_slices(
    slide: Slide, width: float = WIDTH, height: float = HEIGHT, smallest: float = SMALLEST, *, below: bool = False
) -> Slices:
    """Where the slices stand: the input's from the origin on, the output's behind or below them; cells are as large as fit.

    Args:
        slide: of a layer along three axes.
        width: the room of a row.
        height: the room of the slices in it.
        smallest: the least side of a cell, whatever the room.
        below: the output has a row of its own.
    """
    depth, rows, columns = slide.tracks
    given, made = (depth.inputs, rows.inputs, columns.inputs), (depth.made, rows.made, columns.made)
    fits = [(height - Ruler(down, 0.0).length) / _cells(down) for _, down, _ in (given, made)]
    fits += [_fit(width, row) for row in (((given,), (made,)) if below else ((given, made),))]
    cell = float(min(max(int(min(fits)), smallest), LARGEST))
    kernel = "kernel 0" if has_slices(slide) else ""
    first = _strip(given[0], Sheet(Ruler(given[1], cell), Ruler(given[2], cell), 0.0, 0.0), kernel)
    left, top = (0.0, first.box.bottom + GAP) if below else (first.box.right + ACROSS, 0.0)
    second = _strip(made[0], Sheet(Ruler(made[1], cell), Ruler(made[2], cell), left, top), "")
    return Slices(slide, first, second, below)


#: What is shown of a map: slices, rows and columns.
Shown = tuple[tuple[Interval, ...], tuple[Interval, ...], tuple[Interval, ...]]


def _fit(width: float, row: Sequence[Shown]) -> float:
    """The largest cells with which the slices of these maps fit into a row."""
    free = width - ACROSS * (len(row) - 1) - sum((len(shown) - 1) * LEFT_OUT for shown, _, _ in row)
    free -= sum(_cells(shown) * (BETWEEN + Ruler(across, 0.0).length) for shown, _, across in row)
    return free / sum(_cells(shown) * _cells(across) for shown, _, across in row)


def _strip(shown: tuple[Interval, ...], first: Sheet, kernel: str) -> Strip:
    """Slices so far apart that their names do not touch."""
    words = [kernel, *(say_slice(at) for stretch in shown for at in stretch)]
    slot = max(first.columns.length, *(text_width(line, NUMBERS, True) for line in words))
    return Strip(shown, first, ceil((slot + BETWEEN) / HATCH) * HATCH)


def _cells(stretches: Sequence[Interval]) -> int:
    return sum(last - first + 1 for first, last in stretches)
