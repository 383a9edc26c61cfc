"""Where the stages of a maps picture go, and the windows on them at the arithmetically exact place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import log2

from cnnspec.analysis.report import ModelReport
from cnnspec.layers.shape import Shape
from cnnspec.render.display import Box, Group, Item, Paint, Path, Picture, Point, Rectangle, Step, Text
from cnnspec.render.figure import figure
from cnnspec.render.fonts import text_width
from cnnspec.render.maps.stages import DrawnAxis, Stage, stages_of
from cnnspec.render.palette import family_role

#: The longest side of the largest map, the shortest of the smallest, and how strongly size follows extents.
LARGEST, SMALLEST, POWER = 124.0, 13.0, 0.6
RIBBON = 9.0
#: At most so many sheets, so far apart, and a stack at most so deep.
MOST_SHEETS, SHEET, DEEPEST = 16, 5.0, 44.0
BAR, TALLEST = 11.0, 124.0
#: Between stages and between texts.
APART, BETWEEN = 26.0, 12.0
SIZE, LINE = 10.0, 13.0
#: Which output cell is shown, as a share of the output's rows and columns.
CELL = (0.3, 0.72)


@dataclass(slots=True)
class Placed:
    """A stage with its size; ``front`` is the front sheet, ``scale`` pixels a unit along (height, width)."""

    stage: Stage
    width: float
    height: float
    sheets: int
    shift: float
    x: float = 0.0
    y: float = 0.0

    @property
    def box(self) -> Box:
        return Box(self.x, self.y, self.x + self.full_width, self.y + self.full_height)

    @property
    def depth(self) -> float:
        return self.shift * (self.sheets - 1)

    @property
    def full_width(self) -> float:
        return self.width + self.depth

    @property
    def full_height(self) -> float:
        return self.height + self.depth

    @property
    def front(self) -> Box:
        return Box(self.x + self.depth, self.y + self.depth, self.x + self.full_width, self.y + self.full_height)

    @property
    def text_width(self) -> float:
        return max(text_width(text, SIZE, at == 0) for at, text in enumerate(self.stage.above))

    def cells(self, rows: tuple[int, int], columns: tuple[int, int]) -> Box:
        """The box of positions rows × columns (inclusive) on the front sheet; a sequence has one row."""
        extents = [int(extent) for extent in self.stage.shape.extents]  # type: ignore[arg-type]
        height, width = (1, extents[0]) if len(extents) == 1 else (extents[0], extents[1])
        front = self.front
        down, across = front.height / height, front.width / width
        return Box(
            front.left + columns[0] * across,
            front.top + rows[0] * down,
            front.left + (columns[1] + 1) * across,
            front.top + (rows[1] + 1) * down,
        )


def maps_picture(report: ModelReport) -> Picture:
    """Feature maps as stacks of squares from left to right, after figure 2 of LeCun et al. 1998.

    Raises:
        RenderError: the network is no chain of one- or two-dimensional layers of known size.
    """
    placed = _place(stages_of(report))
    items: list[Item] = []
    for number, one in enumerate(placed):
        if number:
            items.append(_full_connection(placed[number - 1], one) if not one.stage.axes else _rails(placed[number - 1], one))
    items = [item for item in items if isinstance(item, Group) and item.items]
    items += [_stack(one) for one in placed]
    items += [_window(before, after) for before, after in pairwise(placed) if _slides(after.stage)]
    bottom = max(one.front.bottom for one in placed) + 22
    items += [_operation(before, after, bottom) for before, after in pairwise(placed)]
    return figure(report, items, "feature maps", "The feature maps of {} from left to right")


def _slides(stage: Stage) -> bool:
    """Whether its units see a window of the stage before that can be drawn."""
    return bool(stage.axes) and bool(stage.shape.extents)


def _measure(stage: Stage, largest: dict[int, int]) -> Placed:
    rank = stage.shape.rank
    channels = int(stage.shape.channels)  # type: ignore[arg-type]
    if not rank:
        return Placed(stage, BAR, min(TALLEST, 26 + 8.5 * log2(channels)), 1, 0.0)
    sheets = min(channels, MOST_SHEETS)
    shift = min(SHEET, DEEPEST / max(sheets - 1, 1))
    extents = [int(extent) for extent in stage.shape.extents]  # type: ignore[arg-type]
    longest = max(extents)
    scale = max(SMALLEST, LARGEST * (longest / largest[rank]) ** POWER) / longest
    if rank == 1:
        return Placed(stage, extents[0] * scale, RIBBON, sheets, shift)
    return Placed(stage, extents[1] * scale, extents[0] * scale, sheets, shift)


def _place(stages: list[Stage]) -> list[Placed]:
    """Sizes, then places from left to right so that no stage, no label and no operation's text meets the next."""
    largest: dict[int, int] = {}
    for stage in stages:
        for extent in stage.shape.extents:
            largest[stage.shape.rank] = max(largest.get(stage.shape.rank, 1), int(extent))  # type: ignore[arg-type]
    placed = [_measure(stage, largest) for stage in stages]
    for number, one in enumerate(placed[1:], 1):
        before = placed[number - 1]
        between = max(before.text_width, before.full_width) / 2 + max(one.text_width, one.full_width) / 2 + BETWEEN
        gap = max(APART, between - before.full_width / 2 - one.full_width / 2)
        gap = max(gap, *(_wanted(placed, at) for at in (number - 1, number)))
        one.x = before.x + before.full_width + gap
    tallest = max(one.full_height for one in placed)
    for one in placed:
        one.y = (tallest - one.full_height) / 2
    return placed


def _wanted(placed: list[Placed], at: int) -> float:
    """How wide both gaps beside a stage must be for the texts centred below them not to meet."""
    if not 0 < at < len(placed) - 1:
        return 0.0
    texts = _operation_width(placed[at].stage) / 2 + _operation_width(placed[at + 1].stage) / 2
    return texts + BETWEEN - placed[at].full_width


def _operation_width(stage: Stage) -> float:
    return max(text_width(text, SIZE) for text in stage.below)


def _outline(box: Box) -> tuple[Step, ...]:
    corners = ((box.left, box.top), (box.right, box.top), (box.right, box.bottom), (box.left, box.bottom))
    sides: list[Step] = [("L", (corner,)) for corner in corners[1:]]
    return (("M", (corners[0],)), *sides, ("Z", ()))


def _stack(one: Placed) -> Group:
    """The sheets, back to front, each but the front one only as far as it shows; labels above."""
    stage, front = one.stage, one.front
    steps: list[Step] = []
    for sheet in range(one.sheets - 1):
        left, top = one.x + sheet * one.shift, one.y + sheet * one.shift
        right, bottom, d = left + one.width, top + one.height, one.shift
        inner = ((left, bottom), (left, top), (right, top), (right, top + d), (left + d, top + d), (left + d, bottom))
        steps.append(("M", (inner[0],)))
        steps.extend(("L", (corner,)) for corner in inner[1:])
        steps.append(("Z", ()))
    steps += _outline(front)
    role = family_role(stage.row.layer.family)
    sheets = Path(tuple(steps), Paint(role, "label", 0.8), f"{stage.path}.sheets", stage.path, stage.title)
    items: list[Item] = [sheets]
    middle = (one.box.left + one.box.right) / 2
    top = one.y - 7 - LINE * (len(stage.above) - 1)
    items += [
        Text(middle, top + LINE * at, text, SIZE, at == 0, "middle", "ink" if at == 0 else "soft")
        for at, text in enumerate(stage.above)
    ]
    channels = int(stage.shape.channels)  # type: ignore[arg-type]
    if stage.shape.rank and channels > MOST_SHEETS:
        items.append(Text(one.x - 3, one.y + 3, "…", 11, True, "end"))
    data = {"sheets": str(one.sheets), "channels": str(channels)}
    return Group("stage", stage.path, stage.path, stage.title, tuple(items), None, data)


def _line(a: Point, b: Point) -> tuple[Step, ...]:
    return (("M", (a,)), ("L", (b,)))


def _full_connection(before: Placed, after: Placed) -> Group:
    """Two lines from the ends of one stage to the ends of the next: everything is connected."""
    a, b = before.front, after.front
    title = f"{after.stage.path} sees all of {before.stage.path}"
    key = f"{before.stage.path}--{after.stage.path}"
    paint = Paint(None, "line", 0.8)
    steps = (*_line((a.right, a.top), (b.left, b.top)), *_line((a.right, a.bottom), (b.left, b.bottom)))
    line = Path(steps, paint, f"{key}.line", after.stage.path, title)
    return Group("connection", key, after.stage.path, title, (line,), None, {"from": before.stage.path})


def _rails(before: Placed, after: Placed) -> Group:
    """Nothing but a place for the window's lines; a vector that a sliding layer makes is joined like a dense one."""
    if after.stage.shape.extents:
        return Group("connection", f"{before.stage.path}--{after.stage.path}", after.stage.path, "", ())
    return _full_connection(before, after)


def shown_cell(stage: Stage) -> tuple[int, ...]:
    """The output cell whose window is drawn, per spatial axis."""
    before = stage.row.input_shapes[0]
    assert before is not None
    return cell_inside(stage.axes, before, stage.shape, CELL if stage.shape.rank == 2 else CELL[1:])


def cell_inside(axes: Sequence[DrawnAxis], before: Shape, after: Shape, shares: Sequence[float]) -> tuple[int, ...]:
    """Per spatial axis, the output nearest to a share of the way whose window lies inside the input, if there is one."""
    found: list[int] = []
    for axis, out, share, extent in zip(axes, after.extents, shares, before.extents, strict=True):
        count, n = int(out), int(extent)  # type: ignore[arg-type]
        wanted = round(share * (count - 1))
        inside = [at for at in range(count) if axis.reads(at, at)[0] >= 0 and axis.reads(at, at)[1] < n]
        found.append(min(inside, key=lambda at: (abs(at - wanted), at)) if inside else wanted)
    return tuple(found)


def _window(before: Placed, after: Placed) -> Group:
    """What one unit reads: its window on the stage before, and two lines to its cell."""
    stage = after.stage
    cell = shown_cell(stage)
    reads = [axis.reads(at, at) for axis, at in zip(stage.axes, cell, strict=True)]
    if stage.shape.rank == 1:
        window, target = before.cells((0, 0), reads[0]), after.cells((0, 0), (cell[0], cell[0]))
    else:
        window = before.cells(reads[0], reads[1])
        target = after.cells((cell[0], cell[0]), (cell[1], cell[1]))
    path = stage.path
    at = "×".join(str(index) for index in cell)
    where = " × ".join(f"{low} to {high}" for low, high in reads)
    title = f"unit {at} of {path} reads {where} of {before.stage.path}"
    paint = Paint(None, "mark", 1.2)
    lines = (
        *_line((window.right, window.top), (target.left, target.top)),
        *_line((window.right, window.bottom), (target.left, target.bottom)),
    )
    items = (
        Path(lines, Paint(None, "window", 0.8), f"{path}.rays", path, title),
        Rectangle(window, paint, f"{path}.window", path, title),
        Rectangle(target, Paint("mark", "mark", 0.6), f"{path}.cell", path, title),
    )
    data = {"cell": " ".join(map(str, cell)), "reads": " ".join(f"{low}:{high}" for low, high in reads)}
    return Group("window", f"{path}.view", path, title, items, None, data)


def _operation(before: Placed, after: Placed, top: float) -> Group:
    """What leads from one stage to the next, centred below the gap between them."""
    stage = after.stage
    x = (before.box.right + after.box.left) / 2
    tick = Path(_line((x, top - 12), (x, top - 5)), Paint(None, "line", 0.8), f"{stage.path}.tick", stage.path, stage.title)
    texts = [
        Text(x, top + 8 + LINE * at, text, SIZE, False, "middle", "ink" if at == 0 else "soft")
        for at, text in enumerate(stage.below)
    ]
    return Group("operation", f"{stage.path}.operation", stage.path, stage.title, (tick, *texts))
