"""A map as a sheet of cells of which only some stretches are shown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil

from cnnspec.analysis.reading import Interval
from cnnspec.layers.arithmetic import group_digits
from cnnspec.render.display import Box, Point, Step, Text
from cnnspec.render.fonts import text_width

#: The room for positions that are left out, the size of the numbers of positions, and their distance from the sheet.
LEFT_OUT, NUMBERS, BESIDE = 15.0, 8.0, 4.0
#: From one line of the hatching to the next, and where three dots stand around their middle.
HATCH, DOTS = 4.0, (-3.5, 0.0, 3.5)


@dataclass(frozen=True, slots=True)
class Ruler:
    """One side of a sheet: where its positions begin and end, in cells of one size from 0."""

    shown: tuple[Interval, ...]
    cell: float

    @property
    def length(self) -> float:
        return self.edge(self.shown[-1][1] + 1)

    def edge(self, position: int) -> float:
        """Where a position begins; one that is left out, in the middle of the room for what is left out."""
        before = 0.0
        for first, last in self.shown:
            if position < first:
                return before - LEFT_OUT / 2
            if position <= last + 1:
                return before + (position - first) * self.cell
            before += (last - first + 1) * self.cell + LEFT_OUT
        return before - LEFT_OUT

    def end(self, position: int) -> float:
        """Where a position ends."""
        for first, last in self.shown:
            if first <= position <= last:
                return self.edge(position) + self.cell
        return self.edge(position)

    def pieces(self, stretches: Iterable[Interval]) -> list[tuple[float, float]]:
        """Where what is shown of these positions begins and ends."""
        found: list[tuple[float, float]] = []
        for start, stop in stretches:
            parts = [(max(start, first), min(stop, last)) for first, last in self.shown]
            found += [(self.edge(low), self.end(high)) for low, high in parts if low <= high]
        return found

    def gaps(self) -> list[tuple[float, float]]:
        """The rooms for what is left out."""
        return [(self.end(before[1]), self.edge(after[0])) for before, after in pairwise(self.shown)]

    def left_out(self) -> list[Interval]:
        """The positions that are left out."""
        return [(before[1] + 1, after[0] - 1) for before, after in pairwise(self.shown)]


@dataclass(frozen=True, slots=True)
class Sheet:
    """Cells in rows and columns, from the point (left, top) on."""

    rows: Ruler
    columns: Ruler
    left: float
    top: float

    @property
    def box(self) -> Box:
        return Box(self.left, self.top, self.left + self.columns.length, self.top + self.rows.length)

    def hull(self, rows: Interval, columns: Interval) -> Box:
        """The box from the first of these positions to the last."""
        return Box(
            self.left + self.columns.edge(columns[0]),
            self.top + self.rows.edge(rows[0]),
            self.left + self.columns.end(columns[1]),
            self.top + self.rows.end(rows[1]),
        )

    def boxes(self, rows: Iterable[Interval], columns: Iterable[Interval]) -> list[Box]:
        """What is shown of these rows and columns, box by box."""
        across = self.columns.pieces(columns)
        return [
            Box(self.left + left, self.top + top, self.left + right, self.top + bottom)
            for top, bottom in self.rows.pieces(rows)
            for left, right in across
        ]

    def grid(self) -> tuple[Step, ...]:
        """The lines between cells and around them, where cells are shown."""
        lines: list[tuple[Point, Point]] = []
        down, across = (_spans(ruler) for ruler in (self.rows, self.columns))
        for left, right in across:
            lines += [((left, at), (right, at)) for top, bottom in down for at in _marks(top, bottom, self.rows.cell)]
        for top, bottom in down:
            lines += [((at, top), (at, bottom)) for left, right in across for at in _marks(left, right, self.columns.cell)]
        return lines_of([((a[0] + self.left, a[1] + self.top), (b[0] + self.left, b[1] + self.top)) for a, b in lines])

    def dots(self) -> tuple[Step, ...]:
        """Three dots in each room for what is left out, next to the cells of every stretch."""
        found: list[tuple[Point, Point]] = []
        middles = [(low + high) / 2 for low, high in _spans(self.rows)]
        centres = [(low + high) / 2 for low, high in _spans(self.columns)]
        for low, high in self.columns.gaps():
            found += [_dot((low + high) / 2 + by, middle) for middle in middles for by in DOTS]
        for low, high in self.rows.gaps():
            found += [_dot(centre, (low + high) / 2 + by) for centre in centres for by in DOTS]
        return lines_of([((a[0] + self.left, a[1] + self.top), (b[0] + self.left, b[1] + self.top)) for a, b in found])

    def numbers(self, extents: tuple[int, int], *, below: bool = False, rows: bool = True, right: bool = False) -> list[Text]:
        """The positions at the ends of every stretch of the map, above or below its columns and left or right of its rows."""
        base = self.box.bottom + BESIDE + 0.76 * NUMBERS if below else self.top - BESIDE
        texts: list[Text] = []
        named = _named(self.columns, extents[1])
        for at in named:
            x = self.left + (self.columns.edge(at) + self.columns.end(at)) / 2
            text = Text(x, base, group_digits(at), NUMBERS, False, "middle", "soft")
            if texts and texts[-1].box.right + 2 > text.box.left:
                if at != named[-1]:
                    continue
                texts.pop()  # the last position says how long the map is
            texts.append(text)
        if rows:
            lines = [self.top + (self.rows.edge(at) + self.rows.end(at)) / 2 for at in _named(self.rows, extents[0])]
            beside, anchor = (self.box.right + BESIDE, "start") if right else (self.left - BESIDE, "end")
            last = float("-inf")
            for at, y in zip(_named(self.rows, extents[0]), lines, strict=True):
                if y - last >= NUMBERS:
                    texts.append(Text(beside, y + 0.36 * NUMBERS, group_digits(at), NUMBERS, False, anchor, "soft"))
                    last = y
        return texts

    def room(self, extents: tuple[int, int]) -> float:
        """How much room the numbers of its rows take."""
        return max(text_width(group_digits(at), NUMBERS) for at in _named(self.rows, extents[0])) + BESIDE


def _named(ruler: Ruler, extent: int) -> list[int]:
    """The first and the last position of the map in every stretch."""
    found: dict[int, None] = {}
    for first, last in ruler.shown:
        low, high = max(first, 0), min(last, extent - 1)
        if low <= high:
            found.update({low: None, high: None})
    return list(found)


def _spans(ruler: Ruler) -> list[tuple[float, float]]:
    return ruler.pieces(ruler.shown)


def _marks(low: float, high: float, cell: float) -> list[float]:
    return [low + at * cell for at in range(round((high - low) / cell) + 1)]


def _dot(x: float, y: float) -> tuple[Point, Point]:
    return (x - 0.7, y), (x + 0.7, y)


def dots_between(middles: Sequence[Point]) -> tuple[Step, ...]:
    """Three dots in a row around each of these points."""
    return lines_of([_dot(x + by, y) for x, y in middles for by in DOTS])


def lines_of(lines: Sequence[tuple[Point, Point]]) -> tuple[Step, ...]:
    """Straight pieces as the steps of a path."""
    steps: list[Step] = []
    for a, b in lines:
        steps.append(("M", (a,)))
        steps.append(("L", (b,)))
    return tuple(steps)


def boxes_of(boxes: Sequence[Box]) -> tuple[Step, ...]:
    """Boxes as the steps of a path."""
    steps: list[Step] = []
    for box in boxes:
        steps.append(("M", ((box.left, box.top),)))
        steps.extend(("L", (corner,)) for corner in ((box.right, box.top), (box.right, box.bottom), (box.left, box.bottom)))
        steps.append(("Z", ()))
    return tuple(steps)


def hatch_of(boxes: Sequence[Box]) -> tuple[Step, ...]:
    """Diagonals x + y = c over boxes, c a multiple of one step, so that boxes side by side fit together."""
    lines: list[tuple[Point, Point]] = []
    for box in boxes:
        for number in range(ceil((box.left + box.top) / HATCH), int((box.right + box.bottom) / HATCH) + 1):
            c = number * HATCH
            left, right = max(box.left, c - box.bottom), min(box.right, c - box.top)
            if right - left > 0.1:
                lines.append(((left, c - left), (right, c - right)))
    return lines_of(lines)
