"""Feature maps as stacks of sheets, back sheets to the upper left; maps with a depth as stacks of cubes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, log2

from cnnspec.layers.arithmetic import group_digits
from cnnspec.layers.shape import Shape
from cnnspec.render.display import Box, Group, Item, Paint, Path, Point, Polygon, Step, Text
from cnnspec.render.flow.captions import Captions
from cnnspec.render.flow.cuboid import BACKWARDS, Cuboid, outline
from cnnspec.render.flow.draw import draw_texts
from cnnspec.render.flow.standing import SIZE, Standing, known_shape, merge_of, role_of, shown_row
from cnnspec.render.fonts import text_width
from cnnspec.render.graph.faces import Faces, merges_inside
from cnnspec.render.graph.view import Frame, View

#: The longest side of the largest map, of the largest cube, the shortest of the smallest, and how strongly size follows extents.
LARGEST, LARGEST_CUBE, SMALLEST, POWER = 124.0, 84.0, 13.0, 0.6
RIBBON = 9.0
#: At most so many sheets, so far apart, and a stack at most so deep.
MOST_SHEETS, SHEET, DEEPEST = 16, 5.0, 44.0
BAR, TALLEST = 11.0, 124.0
#: Size of the "…" of a stack that has more maps than sheets, and the room of a line above a stack.
DOTS, ABOVE = 11.0, 15.0
#: How far above the line that leaves a stack an arc over it ends.
CLEAR = 9.0


@dataclass(slots=True, kw_only=True)
class Stack(Standing):
    """Sheets, bars or cubes.

    Attributes:
        side: width and height of one sheet.
        back: how far a cube's back is moved, to the right and upwards.
        sheets, shift: how many sheets there are, and how far each is moved to the right and downwards.
        label: what is written above.
    """

    side: tuple[float, float]
    back: float = 0.0
    sheets: int = 1
    shift: float = 0.0
    label: str = ""

    @property
    def depth(self) -> float:
        """How far the front sheet is moved from the last one."""
        return self.shift * (self.sheets - 1)

    @property
    def width(self) -> float:
        return self.side[0] + self.back + self.depth

    @property
    def height(self) -> float:
        return self.side[1] + self.back + self.depth

    @property
    def above(self) -> float:
        return self.tag_room + self.mark_room + (ABOVE if self.label else 0.0)

    @property
    def shoulders(self) -> tuple[Point, Point]:
        first = self.sheet(0)
        sheets = [self.sheet(number) for number in range(self.sheets)]
        last = [sheet.box for sheet in sheets if sheet.box.top <= self.axis - CLEAR] or [first.box]  # above what leaves it
        return (first.left + first.across + 3, first.box.top), (last[-1].right - 1.5, last[-1].top)

    @property
    def crown(self) -> Point:
        last = self.sheet(0)
        return last.left + last.across + last.along / 2, self.box.top

    @property
    def more(self) -> bool:
        """Whether there are more maps than sheets."""
        return self.shape.rank > 0 and int(self.shape.channels) > self.sheets  # type: ignore[arg-type]

    @property
    def lead(self) -> float:
        room = max(0.0, (text_width(self.label, SIZE) - self.width) / 2)
        return max(room, text_width("…", DOTS, True) + 3 if self.more else 0.0)

    @property
    def overhang(self) -> float:
        return max(0.0, (text_width(self.label, SIZE) - self.width) / 2)

    def sheet(self, number: int) -> Cuboid:
        """A sheet, 0 at the back, as a cuboid without a depth; its ``along`` are columns."""
        left, top = self.x + number * self.shift, self.box.top + self.back + number * self.shift
        return Cuboid(left, top, self.side[0], self.side[1], self.back)

    @property
    def front(self) -> Box:
        """The front of the front sheet."""
        sheet = self.sheet(self.sheets - 1)
        return Box(sheet.left, sheet.top, sheet.left + sheet.along, sheet.top + sheet.height)

    def cells(self, rows: tuple[int, int], columns: tuple[int, int]) -> Box:
        """The box of positions rows × columns (inclusive) on the front sheet; a sequence has one row."""
        extents = [int(extent) for extent in self.shape.extents]  # type: ignore[arg-type]
        height, width = (1, extents[0]) if len(extents) == 1 else (extents[0], extents[1])
        front = self.front
        down, across = front.height / height, front.width / width
        return Box(
            front.left + columns[0] * across,
            front.top + rows[0] * down,
            front.left + (columns[1] + 1) * across,
            front.top + (rows[1] + 1) * down,
        )

    def entering(self, y: float) -> float:
        """The left edge of the first sheet that reaches down to the line."""
        first = self.sheet(0)
        below = y - first.top - first.height
        met = self.sheet(min(ceil(below / self.shift), self.sheets - 1) if below > 0 and self.shift else 0)
        return met.left + max(0.0, met.top - y)

    def leaving(self, y: float) -> float:
        """The right edge of the last sheet that reaches up to the line."""
        first = self.sheet(0)
        over = y - (first.top - first.across)
        last = self.sheet(min(floor(over / self.shift), self.sheets - 1) if self.shift else 0)
        return last.box.right - max(0.0, y - (last.top + last.height - last.across))


def measured(shape: Shape, largest: dict[int, int]) -> tuple[tuple[float, float], float, int, float]:
    """Side and back of one sheet, how many there are, and how far apart they lie.

    Args:
        shape: extents and channels.
        largest: per number of spatial axes, the largest extent of the picture.
    """
    channels, rank = int(shape.channels), shape.rank  # type: ignore[arg-type]
    if not rank:
        return (BAR, min(TALLEST, 26 + 8.5 * log2(channels))), 0.0, 1, 0.0
    sheets = min(channels, MOST_SHEETS)
    shift = min(SHEET, DEEPEST / max(sheets - 1, 1))
    extents = [int(extent) for extent in shape.extents]  # type: ignore[arg-type]
    longest = max(extents)
    most = LARGEST_CUBE if rank == 3 else LARGEST
    scale = max(SMALLEST, most * (longest / largest[rank]) ** POWER) / longest
    if rank == 1:
        return (extents[0] * scale, RIBBON), 0.0, sheets, shift
    height, width = extents[-2] * scale, extents[-1] * scale
    return (width, height), extents[0] * scale * BACKWARDS if rank == 3 else 0.0, sheets, shift


def largest_extents(shapes: Sequence[Shape]) -> dict[int, int]:
    """Per number of spatial axes, the largest extent."""
    largest: dict[int, int] = {}
    for shape in shapes:
        for extent in shape.extents:
            largest[shape.rank] = max(largest.get(shape.rank, 1), int(extent))  # type: ignore[arg-type]
    return largest


def size_text(shape: Shape) -> str:
    """``6@28×28``, of a vector its length."""
    channels = int(shape.channels)  # type: ignore[arg-type]
    extents = "×".join(str(int(extent)) for extent in shape.extents)  # type: ignore[arg-type]
    return f"{channels}@{extents}" if extents else group_digits(channels)


def stacks_of(view: View, frames: Sequence[Frame]) -> list[Standing]:
    """What each card of a view is drawn as.

    Raises:
        RenderError: a size is unknown, or there are more than three spatial axes.
    """
    faces, captions = Faces(view), Captions(view, frames)
    shapes = [known_shape(card.rows[-1], "maps") for card in view.cards]
    largest = largest_extents(shapes)
    found: list[Standing] = []
    for at, (card, shape) in enumerate(zip(view.cards, shapes, strict=True)):
        face = faces.of(at)
        lines = captions.of(at, face, shape)
        if card.kind == "merge":
            found.append(merge_of(card, shape, face, lines))
            continue
        side, back, sheets, shift = measured(shape, largest)
        found.append(
            Stack(
                card=card,
                row=shown_row(card),
                shape=shape,
                kind=("bar", "ribbons", "sheets", "cubes")[shape.rank],
                role=role_of(card),
                title=face.title,
                lines=lines,
                data={**face.data, "shape": str(shape)},
                side=side,
                back=back,
                sheets=sheets,
                shift=shift,
                label=size_text(shape),
                merges=merges_inside(view, card),
            )
        )
    return found


def draw_stack(stack: Standing, rays: Sequence[Path]) -> Group:
    """The sheets, the label above and the texts below."""
    assert isinstance(stack, Stack)
    items = draw_sheets(stack, "3 2" if stack.card.run is not None else "")
    middle = (stack.box.left + stack.box.right) / 2
    items.append(Text(middle, stack.box.top - 5 - stack.tag_room - stack.mark_room, stack.label, SIZE, anchor="middle"))
    items += [*draw_texts(stack, stack.axis + stack.below), *draw_dots(stack)]
    kind = "block" if stack.card.run is not None else "stage"
    return Group(kind, stack.path, stack.path, stack.title, tuple(items), None, stack_data(stack))


def stack_data(stack: Stack) -> dict[str, str]:
    """Attributes that say what a stack shows."""
    return {**stack.data, "sheets": str(stack.sheets), "channels": str(stack.shape.channels)}


def draw_sheets(stack: Stack, dash: str = "") -> list[Item]:
    """The sheets, back to front, each but the front one only as far as it shows."""
    return _cubes(stack, dash) if stack.back else _flat(stack, dash)


def draw_dots(stack: Stack) -> list[Item]:
    """Dots where there are more maps than sheets."""
    return [Text(stack.x - 3, stack.box.top + stack.back + 3, "…", DOTS, True, "end")] if stack.more else []


def _flat(stack: Stack, dash: str) -> list[Item]:
    """One path for all sheets; where the front one is dashed, another for it."""
    behind: list[Step] = []
    for number in range(stack.sheets - 1):
        sheet, d = stack.sheet(number), stack.shift
        left, top, right, bottom = sheet.left, sheet.top, sheet.left + sheet.along, sheet.top + sheet.height
        behind += outline(((left, bottom), (left, top), (right, top), (right, top + d), (left + d, top + d), (left + d, bottom)))
    front = outline(stack.sheet(stack.sheets - 1).front())
    parts = [(behind, ""), (front, dash)] if dash and behind else [((*behind, *front), dash)]
    return [
        Path(tuple(steps), Paint(stack.role, "label", 0.8, dashes), f"{stack.path}.sheets", stack.path, stack.title)
        for steps, dashes in parts
    ]


def _cubes(stack: Stack, dash: str) -> list[Item]:
    items: list[Item] = []
    for number in range(stack.sheets):
        cube = stack.sheet(number)
        for name, points in ((".top", cube.upper()), ("", cube.front()), (".side", cube.side())):
            paint = Paint(stack.role + name, "label", 0.8, dash if number == stack.sheets - 1 else "")
            items.append(Polygon(points, paint, f"{stack.path}{name or '.front'}", stack.path, stack.title))
    return items
