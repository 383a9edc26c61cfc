"""Both maps of a layer as two sheets of cells: the input with the window on it, the output as far as it is made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from cnnspec.analysis.reading import Interval
from cnnspec.render.conv.sheet import Ruler, Sheet, boxes_of, hatch_of, lines_of
from cnnspec.render.conv.steps import Slide, Track, runs, show_stretch
from cnnspec.render.display import Box, Group, Item, Paint, Path, Rectangle
from cnnspec.render.palette import family_role

#: Between input and output; how wide a map should be, and the smallest and largest side of a cell.
GAP, WIDTH, SMALLEST, LARGEST = 26.0, 190.0, 7.0, 16.0

#: Rows and columns, as stretches.
Cells = tuple[Sequence[Interval], Sequence[Interval]]


@dataclass(frozen=True, slots=True)
class Pair:
    """Both maps of a layer as sheets; a sequence is a sheet of one row.

    Attributes:
        tracks: rows and columns; None for the row of a sequence.
        across: the output stands right of the input, not below it.
        head, label: where words above the input and the output stand, clear of their numbers.
    """

    slide: Slide
    tracks: tuple[Track | None, Track]
    given: Sheet
    made: Sheet
    across: bool = False
    head: ClassVar[float] = -16.0
    label: ClassVar[float] = -8.0

    @property
    def extents(self) -> tuple[int, int]:
        return _count(self.tracks[0], "extent"), self.tracks[1].extent

    @property
    def outputs(self) -> tuple[int, int]:
        return _count(self.tracks[0], "outputs"), self.tracks[1].outputs

    @property
    def room(self) -> float:
        """How much room stands left of the output, for the numbers of its rows."""
        return self.made.room(self.outputs)

    def with_output_at(self, left: float, top: float) -> Pair:
        """The same with the output somewhere else."""
        return replace(self, made=replace(self.made, left=left, top=top))

    def unit(self, step: Sequence[int]) -> tuple[int, int]:
        """Row and column of a unit."""
        return (0, step[0]) if len(step) == 1 else (step[0], step[1])

    def reads(self, step: Sequence[int]) -> tuple[Interval, Interval] | None:
        """Rows and columns from the first that the unit reads to the last; None for nothing."""
        reads = self.slide.reads(step)
        return None if reads is None else (reads[0] if len(reads) == 2 else (0, 0), reads[-1])

    def taps(self, step: Sequence[int]) -> Cells:
        """The rows and the columns that the unit reads, as stretches."""
        row, column = self.unit(step)
        rows = ((0, 0),) if self.tracks[0] is None else runs(self.tracks[0].taps(row))
        return rows, runs(self.tracks[1].taps(column))

    def window(self, step: Sequence[int]) -> Box | None:
        """The window on the input; None where the unit reads nothing."""
        reads = self.reads(step)
        return None if reads is None else self.given.hull(*reads)

    def input_group(self, step: Sequence[int], key: str, title: str) -> Group:
        """The input: its cells, hatched padding, greyed what no unit reads, and the window."""
        sheet, path = self.given, self.slide.path
        items: list[Item] = [*ground(sheet, self.tracks, self.extents, key, path, title)]
        window = self.window(step)
        if window is not None:
            items.append(Path(boxes_of(sheet.boxes(*self.taps(step))), Paint("field"), f"{key}.taps", path, title))
        items.append(self._sheet(sheet, f"{key}.", self.extents, beside_map(sheet, self.extents)))
        if window is not None:
            items.append(Rectangle(window, Paint(None, "window", 1.6), f"{key}.window", path, title))
        return Group("input", f"{key}.input", path, title, tuple(items))

    def output_group(self, step: Sequence[int], key: str, title: str) -> Group:
        """The output: what earlier steps made, and the unit of this one."""
        sheet, path = self.made, self.slide.path
        row, column = self.unit(step)
        items: list[Item] = [Path(boxes_of(sheet.boxes(*whole(self.outputs))), Paint("card"), f"{key}.output-map", path, title)]
        if earlier := made_before(sheet, self.outputs, (row, column)):
            role = family_role(self.slide.row.layer.family)
            items.append(Path(boxes_of(earlier), Paint(role), f"{key}.made", path, "made by earlier steps"))
        items.append(self._sheet(sheet, f"{key}.output-", self.outputs, below=True))
        unit = sheet.hull((row, row), (column, column))
        items.append(Rectangle(unit, Paint("mark.card", "mark.card", 0.6), f"{key}.unit", path, title))
        return Group("output", f"{key}.output", path, title, tuple(items))

    def rays(self, step: Sequence[int], key: str, title: str) -> list[Item]:
        """From the near corners of the window to those of the unit; none for a unit that reads nothing."""
        window = self.window(step)
        if window is None:
            return []
        row, column = self.unit(step)
        unit = self.made.hull((row, row), (column, column))
        if self.across:
            lines = [
                ((window.right, window.top), (unit.left, unit.top)),
                ((window.right, window.bottom), (unit.left, unit.bottom)),
            ]
        else:
            lines = [
                ((window.left, window.bottom), (unit.left, unit.top)),
                ((window.right, window.bottom), (unit.right, unit.top)),
            ]
        return [Path(lines_of(lines), Paint(None, "window", 0.7), f"{key}.rays", self.slide.path, title)]

    def _sheet(
        self, sheet: Sheet, name: str, extents: tuple[int, int], beside: Sequence[Box] = (), *, below: bool = False
    ) -> Group:
        """What is the same in every step: the lines between cells, hatched padding, dots for what is left out, positions."""
        path = self.slide.path
        numbers = sheet.numbers(extents, below=below, rows=self.tracks[0] is not None, right=below and self.across)
        items = (*outline(sheet, name, path, extents, beside), *numbers)
        return Group("sheet", f"{name}sheet", path, "the output" if below else "the input", items, stencil=True)


def _count(track: Track | None, what: str) -> int:
    return 1 if track is None else int(getattr(track, what))


def lay_out_pair(slide: Slide) -> Pair:
    """Where the sheets of a step stand: the input at the origin, the output below it.

    Both begin at one line, so that no ray crosses the numbers left of them.
    """
    columns = slide.tracks[-1]
    rows = slide.tracks[0] if len(slide.tracks) == 2 else None
    cell = _cell(slide, [track.inputs for track in slide.tracks])
    other = max(cell, min(10.0, _cell(slide, [track.made for track in slide.tracks])))
    given = Sheet(Ruler(((0, 0),) if rows is None else rows.inputs, cell), Ruler(columns.inputs, cell), 0.0, 0.0)
    down, across = Ruler(((0, 0),) if rows is None else rows.made, other), Ruler(columns.made, other)
    return Pair(slide, (rows, columns), given, Sheet(down, across, 0.0, given.box.bottom + GAP))


def _cell(slide: Slide, shown: Sequence[tuple[Interval, ...]]) -> float:
    if len(slide.tracks) == 1:
        return LARGEST
    most = max(sum(last - first + 1 for first, last in stretches) for stretches in shown)
    return float(min(max(WIDTH // most, SMALLEST), LARGEST))


# One sheet


def whole(extents: tuple[int, int]) -> Cells:
    """All rows and columns of a map."""
    return ((0, extents[0] - 1),), ((0, extents[1] - 1),)


def ground(
    sheet: Sheet, tracks: tuple[Track | None, Track], extents: tuple[int, int], key: str, path: str, title: str
) -> list[Path]:
    """The cells of the input, and greyed those in rows and columns that no unit reads."""
    rows, columns = whole(extents)
    found = [Path(boxes_of(sheet.boxes(rows, columns)), Paint("card"), f"{key}.map", path, title)]
    unread = [track.unread if track is not None else () for track in tracks]
    if grey := [*sheet.boxes(unread[0], columns), *sheet.boxes(rows, unread[1])]:
        found.append(Path(boxes_of(grey), Paint("unread"), f"{key}.unread", path, "read by no unit"))
    return found


def beside_map(sheet: Sheet, extents: tuple[int, int]) -> list[Box]:
    """The cells beside the map: above and below it along all columns, left and right of its rows."""
    shown = sheet.rows.shown, sheet.columns.shown
    beside = [((shown[axis][0][0], -1), (extents[axis], shown[axis][-1][1])) for axis in (0, 1)]
    return [*sheet.boxes(beside[0], shown[1]), *sheet.boxes(whole(extents)[0], beside[1])]


def outline(sheet: Sheet, name: str, path: str, extents: tuple[int, int] | None, beside: Sequence[Box] = ()) -> list[Item]:
    """The lines between cells, hatched padding, the map's edge where it has one, and dots for what is left out."""
    items: list[Item] = [Path(sheet.grid(), Paint(None, "frame", 0.5), f"{name}grid", path, "positions")]
    if beside:
        items.append(Path(hatch_of(beside), Paint(None, "frame", 0.6), f"{name}padding", path, "padding"))
    if extents is not None:
        items.append(Path(boxes_of(sheet.boxes(*whole(extents))), Paint(None, "line", 1.0), f"{name}edge", path, "the map"))
    if dots := sheet.dots():
        items.append(Path(dots, Paint(None, "soft", 1.4), f"{name}left-out", path, _left_out(sheet)))
    return items


def _left_out(sheet: Sheet) -> str:
    return "left out: " + ", ".join(show_stretch(one) for ruler in (sheet.rows, sheet.columns) for one in ruler.left_out())


def made_before(sheet: Sheet, outputs: tuple[int, int], unit: tuple[int, int]) -> list[Box]:
    """The cells of the output that are made before a unit: the rows above it, and what stands left of it."""
    row, column = unit
    return [*sheet.boxes(((0, row - 1),), ((0, outputs[1] - 1),)), *sheet.boxes(((row, row),), ((0, column - 1),))]
