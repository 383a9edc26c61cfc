"""The display list: what a picture consists of, before any file format.

A style builds a :class:`Picture` of groups, rectangles, polygons, paths, pixels and texts, and one writer per format writes it.
Everything is frozen and knows its geometry, so a test can find overlaps, cut texts and edges through foreign cards.
Lengths are pixels, x to the right and y down. Colours are roles of a :class:`~cnnspec.render.palette.Palette`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from cnnspec.render.fonts import ASCENT, DESCENT, text_width

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle with sides parallel to the axes."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def height(self) -> float:
        return self.bottom - self.top

    @property
    def centre(self) -> Point:
        return (self.left + self.right) / 2, (self.top + self.bottom) / 2

    def union(self, other: Box) -> Box:
        """The smallest box around both."""
        return Box(
            min(self.left, other.left), min(self.top, other.top), max(self.right, other.right), max(self.bottom, other.bottom)
        )

    def grown(self, by: float) -> Box:
        """Larger by that much on every side."""
        return Box(self.left - by, self.top - by, self.right + by, self.bottom + by)

    def contains(self, other: Box, slack: float = 0.01) -> bool:
        """Whether the other box lies inside."""
        return (
            self.left - slack <= other.left
            and self.top - slack <= other.top
            and other.right <= self.right + slack
            and other.bottom <= self.bottom + slack
        )

    def overlaps(self, other: Box, slack: float = 0.01) -> bool:
        """Whether the two have more than a border in common."""
        return (
            self.left < other.right - slack
            and other.left < self.right - slack
            and self.top < other.bottom - slack
            and other.top < self.bottom - slack
        )

    def meets_segment(self, a: Point, b: Point, slack: float = 0.01) -> bool:
        """Whether the segment from a to b enters the inside of the box (Liang and Barsky)."""
        low, high = 0.0, 1.0
        for start, end, near, far in (
            (a[0], b[0], self.left + slack, self.right - slack),
            (a[1], b[1], self.top + slack, self.bottom - slack),
        ):
            step = end - start
            if step == 0:
                if not near < start < far:
                    return False
                continue
            first, second = sorted(((near - start) / step, (far - start) / step))
            low, high = max(low, first), min(high, second)
            if low >= high:
                return False
        return True


def around(points: tuple[Point, ...]) -> Box:
    """The box around points."""
    xs, ys = [x for x, _ in points], [y for _, y in points]
    return Box(min(xs), min(ys), max(xs), max(ys))


@dataclass(frozen=True, slots=True)
class Paint:
    """How a shape is filled and outlined: roles of the palette, None for nothing; ``dash`` is ``"4 3"``."""

    fill: str | None = None
    stroke: str | None = None
    width: float = 1.0
    dash: str = ""


@dataclass(frozen=True, slots=True)
class Rectangle:
    """A rectangle, with corners rounded by ``radius``."""

    box: Box
    paint: Paint
    key: str
    layer: str
    title: str
    radius: float = 0.0


@dataclass(frozen=True, slots=True)
class Ellipse:
    """An ellipse that fills its box."""

    box: Box
    paint: Paint
    key: str
    layer: str
    title: str


@dataclass(frozen=True, slots=True)
class Polygon:
    """A closed polygon."""

    points: tuple[Point, ...]
    paint: Paint
    key: str
    layer: str
    title: str

    @property
    def box(self) -> Box:
        return around(self.points)


#: A step of a path: M and L with one point, Q (quadratic) with two, Z with none.
Step = tuple[Literal["M", "L", "Q", "Z"], tuple[Point, ...]]


@dataclass(frozen=True, slots=True)
class Path:
    """Lines and quadratic curves."""

    steps: tuple[Step, ...]
    paint: Paint
    key: str
    layer: str
    title: str

    @property
    def box(self) -> Box:
        return around(tuple(point for _, points in self.steps for point in points))

    def segments(self) -> Iterator[tuple[Point, Point]]:
        """The path as straight pieces; a curve is the two sides of its control polygon, which contain it."""
        at = first = (0.0, 0.0)
        for letter, points in self.steps:
            if letter == "M":
                at = first = points[0]
                continue
            for point in points if letter != "Z" else (first,):
                yield at, point
                at = point


@dataclass(frozen=True, slots=True)
class Text:
    """One line of text; (x, y) is its anchor on the baseline. ``lead`` is a bold beginning before ``text``."""

    x: float
    y: float
    text: str
    size: float = 11.0
    bold: bool = False
    anchor: Literal["start", "middle", "end"] = "start"
    fill: str = "ink"
    lead: str = ""

    @property
    def box(self) -> Box:
        width = text_width(self.lead, self.size, True) + text_width(self.text, self.size, self.bold)
        left = self.x - {"start": 0.0, "middle": width / 2, "end": width}[self.anchor]
        return Box(left, self.y - ASCENT * self.size, left + width, self.y + DESCENT * self.size)


@dataclass(frozen=True, slots=True)
class Image:
    """Pixels stretched over a box: each is a cell with sharp edges, nothing between two of them is made up.

    Attributes:
        box: the room that all pixels fill.
        columns, rows: how many pixels there are.
        pixels: row by row; one byte each is grey, two are grey and opacity, three RGB, four RGB and opacity.
    """

    box: Box
    columns: int
    rows: int
    pixels: bytes = field(repr=False)
    key: str
    layer: str
    title: str

    @property
    def channels(self) -> int:
        """Bytes a pixel."""
        return len(self.pixels) // (self.columns * self.rows)

    def __post_init__(self) -> None:
        cells = self.columns * self.rows
        if cells < 1 or len(self.pixels) not in (cells, 2 * cells, 3 * cells, 4 * cells):
            raise ValueError(f"{len(self.pixels)} bytes are no {self.columns}×{self.rows} pixels")

    def colour(self, column: int, row: int) -> tuple[int, int, int] | None:
        """Red, green and blue of a pixel, 0 to 255; None where it is more clear than opaque."""
        start = (row * self.columns + column) * self.channels
        values = self.pixels[start : start + self.channels]
        if self.channels in (2, 4) and values[-1] < 128:
            return None
        return (values[0], values[1], values[2]) if self.channels > 2 else (values[0], values[0], values[0])

    def cell(self, column: int, row: int) -> Box:
        """Where a pixel is."""
        wide, high = self.box.width / self.columns, self.box.height / self.rows
        left, top = self.box.left + column * wide, self.box.top + row * high
        return Box(left, top, left + wide, top + high)


Shape = Rectangle | Ellipse | Polygon | Path | Image


@dataclass(frozen=True, slots=True)
class Group:
    """Things that belong together: a card, an edge, a frame.

    ``kind`` says what it is (written as ``data-kind``), ``key`` is its id, ``layer`` the path it speaks of; ``data`` are
    further data attributes, ``box`` the room that belongs to it: its texts must lie inside. What is in a ``stencil`` may be
    drawn again elsewhere in the picture: a format that can do so then writes it once. A group with a ``frame``, its number
    from 0 and how many there are, is shown alone among them, one after the other; where nothing moves, the first is.
    """

    kind: str
    key: str
    layer: str
    title: str
    items: tuple[Group | Shape | Text, ...]
    box: Box | None = None
    data: Mapping[str, str] = field(default_factory=dict[str, str])
    stencil: bool = False
    frame: tuple[int, int] | None = None


Item = Group | Shape | Text


@dataclass(frozen=True, slots=True)
class Picture:
    """A whole picture: its size, a title, one sentence that describes it, and what is drawn, back to front."""

    key: str
    width: float
    height: float
    title: str
    description: str
    items: tuple[Item, ...]

    @property
    def box(self) -> Box:
        return Box(0.0, 0.0, self.width, self.height)

    def walk(self) -> Iterator[tuple[Item, Group | None]]:
        """Everything in drawing order, groups before what is in them, with the group around it."""
        pending: list[tuple[Item, Group | None]] = [(item, None) for item in reversed(self.items)]
        while pending:
            item, parent = pending.pop()
            yield item, parent
            if isinstance(item, Group):
                pending.extend((inner, item) for inner in reversed(item.items))

    def groups(self, kind: str) -> list[Group]:
        """The groups of one kind."""
        return [item for item, _ in self.walk() if isinstance(item, Group) and item.kind == kind]


def rounded_line(points: list[Point], radius: float) -> tuple[Step, ...]:
    """A line through points with its corners rounded; points in a row that do not turn are dropped."""
    corners = _turning(points)
    steps: list[Step] = [("M", (corners[0],))]
    for before, corner, after in zip(corners, corners[1:], corners[2:], strict=False):
        r = min(radius, _distance(before, corner) / 2, _distance(corner, after) / 2)
        steps.append(("L", (_towards(corner, before, r),)))
        steps.append(("Q", (corner, _towards(corner, after, r))))
    if len(corners) > 1:
        steps.append(("L", (corners[-1],)))
    return tuple(steps)


def _turning(points: list[Point]) -> list[Point]:
    kept: list[Point] = []
    for point in points:
        if kept and _distance(kept[-1], point) < 1e-6:
            continue
        if len(kept) > 1 and _straight(kept[-2], kept[-1], point):
            kept.pop()
        kept.append(point)
    return kept


def _straight(a: Point, b: Point, c: Point) -> bool:
    turn = (b[0] - a[0]) * (c[1] - b[1]) - (b[1] - a[1]) * (c[0] - b[0])
    onward = (b[0] - a[0]) * (c[0] - b[0]) + (b[1] - a[1]) * (c[1] - b[1])
    return abs(turn) < 1e-6 and onward >= 0


def _distance(a: Point, b: Point) -> float:
    return ((a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2) ** 0.5


def _towards(start: Point, end: Point, by: float) -> Point:
    length = _distance(start, end) or 1.0
    return start[0] + (end[0] - start[0]) * by / length, start[1] + (end[1] - start[1]) * by / length


def arrow_head(tip: Point, before: Point, size: float = 6.0) -> tuple[Point, ...]:
    """The three corners of an arrow head that ends at ``tip``, coming from ``before``."""
    length = _distance(before, tip) or 1.0
    dx, dy = (tip[0] - before[0]) / length, (tip[1] - before[1]) / length
    base = (tip[0] - dx * size, tip[1] - dy * size)
    half = size * 0.45
    return tip, (base[0] - dy * half, base[1] + dx * half), (base[0] + dy * half, base[1] - dx * half)


def top_rounded(box: Box, radius: float) -> tuple[Step, ...]:
    """The outline of a box whose two upper corners are rounded."""
    left, top, right, bottom = box.left, box.top, box.right, box.bottom
    return (
        ("M", ((left, bottom),)),
        ("L", ((left, top + radius),)),
        ("Q", ((left, top), (left + radius, top))),
        ("L", ((right - radius, top),)),
        ("Q", ((right, top), (right, top + radius))),
        ("L", ((right, bottom),)),
        ("Z", ()),
    )
