"""Judges of geometry: each lists what is wrong with a picture, from its display list alone."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import combinations
from math import hypot

from cnnspec.render.display import Box, Ellipse, Group, Item, Path, Picture, Point, Polygon, Rectangle, Shape, Text, around
from cnnspec.render.palette import Palette, contrast

#: Groups that stand for layers, in any style.
CARDS = ("card", "block", "merge", "stage", "volume")
#: Groups whose lines lead from card to card.
LINES = ("edge", "turn")


def cards(picture: Picture) -> list[Group]:
    return [item for item, _ in picture.walk() if isinstance(item, Group) and item.kind in CARDS]


def texts(picture: Picture) -> list[Text]:
    return [item for item, _ in picture.walk() if isinstance(item, Text)]


def body(card: Group) -> Box:
    """The room of a card: its box, or all of its shapes."""
    if card.box is not None:
        return card.box
    boxes = [item.box for item in card.items if not isinstance(item, (Text, Group))]
    found = boxes[0]
    for box in boxes[1:]:
        found = found.union(box)
    return found


def _near(boxes: Sequence[tuple[str, Box]], slack: float) -> Iterator[tuple[str, str]]:
    """Pairs of boxes that overlap, by a sweep from left to right."""
    order = sorted(range(len(boxes)), key=lambda at: boxes[at][1].left)
    live: list[int] = []
    for at in order:
        box = boxes[at][1]
        live = [other for other in live if boxes[other][1].right > box.left + slack]
        yield from ((boxes[other][0], boxes[at][0]) for other in live if boxes[other][1].overlaps(box, slack))
        live.append(at)


def overlapping_texts(picture: Picture) -> list[str]:
    return [f"{a} / {b}" for a, b in _near([(text.lead + text.text, text.box) for text in texts(picture)], 0.6)]


def overlapping_cards(picture: Picture) -> list[str]:
    return [
        f"{a} and {b}" for a, b in _near([(card.key, body(card)) for card in (*cards(picture), *picture.groups("tag"))], 0.05)
    ]


def texts_outside(picture: Picture) -> list[str]:
    """Texts that leave the box of their group, or the picture."""
    found: list[str] = []
    for item, parent in picture.walk():
        if isinstance(item, Text):
            room = parent.box if parent is not None and parent.box is not None else picture.box
            if not room.contains(item.box, 0.5) or not picture.box.contains(item.box):
                found.append(item.text)
    return found


def shapes_outside(picture: Picture) -> list[str]:
    return [item.key for item, _ in picture.walk() if not isinstance(item, (Group, Text)) and not picture.box.contains(item.box)]


def _segments(picture: Picture) -> Iterator[tuple[Group, Path, Point, Point]]:
    for item, _ in picture.walk():
        if isinstance(item, Group) and item.kind in LINES:
            for line in item.items:
                if isinstance(line, Path):
                    for a, b in line.segments():
                        yield item, line, a, b


def lines_through_cards(picture: Picture) -> list[str]:
    """Lines that enter a card which is neither their source nor their target; a turn may touch none but the ends of its rows."""
    found: list[str] = []
    boxes = [(card, body(card)) for card in cards(picture)]
    for group, line, a, b in _segments(picture):
        ends = (group.data.get("from"), group.data.get("into"), group.layer)
        low, high, left, right = min(a[1], b[1]), max(a[1], b[1]), min(a[0], b[0]), max(a[0], b[0])
        found += [
            f"{line.key} through {card.key}"
            for card, box in boxes
            if box.top < high + 1 and box.bottom > low - 1 and box.left < right + 1 and box.right > left - 1
            if card.layer not in ends and box.meets_segment(a, b, 0.6)
        ]
    return found


def lines_through_texts(picture: Picture) -> list[str]:
    """Lines that run through a text; the sign of a merge is where they end."""
    signs = {text.text for card in picture.groups("merge") for text in card.items if isinstance(text, Text) and text.size == 14}
    words = [text for text in texts(picture) if text.text not in signs or text.size != 14]
    boxes = [(text, text.box) for text in words]
    return [
        f"{line.key} through {text.text}"
        for _, line, a, b in _segments(picture)
        for text, box in boxes
        if box.top < max(a[1], b[1]) + 1 and box.bottom > min(a[1], b[1]) - 1
        if box.meets_segment(a, b, 0.5)
    ]


def rays_through_texts(picture: Picture) -> list[str]:
    """Rays of windows that run through a text."""
    boxes = [(text.text, text.box) for text in texts(picture)]
    return [
        f"{item.key} through {text}"
        for item, _ in picture.walk()
        if isinstance(item, Path) and item.key.endswith(".rays")
        for a, b in item.segments()
        for text, box in boxes
        if box.meets_segment(a, b, 0.5)
    ]


def marks_in_the_way(picture: Picture) -> list[str]:
    """Marks that meet a text, a foreign card, a line, a ray, a tag or each other, and arcs that meet their own number."""
    return [meeting for mark in picture.groups("mark") for meeting in _meetings(picture, mark)]


def _meetings(picture: Picture, mark: Group) -> Iterator[str]:
    own = {id(item) for item in mark.items}
    others = [(text.text, text.box) for text in texts(picture) if id(text) not in own]
    others += [(card.key, body(card)) for card in cards(picture) if card.layer != mark.layer]
    others += [(tag.key, body(tag)) for tag in picture.groups("tag")]
    others += [(item.key, item.box) for other in picture.groups("mark") if other is not mark
               for item in other.items if not isinstance(item, (Text, Group))]  # fmt: skip
    rays = [item for item, _ in picture.walk() if isinstance(item, Path) and item.key.endswith(".rays")]
    lines = [(line.key, a, b) for _, line, a, b in _segments(picture)]
    lines += [(ray.key, a, b) for ray in rays for a, b in ray.segments()]
    for item in mark.items:
        sides = list(item.segments()) if isinstance(item, Path) else []
        boxes = [around(side).grown(0.5) for side in sides] or [item.box]
        numbers = [(text.text, text.box) for text in mark.items if isinstance(text, Text) and text.text[0] == "×" != text.text]
        for key, box in (*others, *(numbers if sides else [])):
            if any(box.meets_segment(*side, 0.5) for side in sides) or (not sides and box.overlaps(boxes[0], 0.5)):
                yield f"{item} and {key}"
        for key, a, b in lines:
            if any(box.meets_segment(a, b) for box in boxes):
                yield f"{item} and {key}"


def hanging_arcs(picture: Picture) -> list[str]:
    """Marks of merges whose arc does not begin and end on the block that they speak of; beside tags it may end above it."""
    tagged = {tag.layer for tag in picture.groups("tag")}
    blocks = {card.layer: card for card in cards(picture)}
    found: list[str] = []
    for mark in (mark for mark in picture.groups("mark") if mark.layer not in tagged):
        arc, head = mark.items[:2]
        assert isinstance(arc, Path)
        assert isinstance(head, Polygon)
        start, tip = arc.steps[0][1][0], head.points[0]
        sides = [side for item in blocks[mark.layer].items for side in _sides(item)]
        found += [f"{mark.key} at {end}" for end in (start, tip) if not any(_apart(end, *side) < 2 for side in sides)]
    return found


def _sides(item: Item) -> list[tuple[Point, Point]]:
    """The outline of a shape."""
    if isinstance(item, Path):
        return list(item.segments())
    if isinstance(item, Polygon):
        return list(zip(item.points, (*item.points[1:], item.points[0]), strict=True))
    if isinstance(item, Rectangle):
        box = item.box
        corners = [(box.left, box.top), (box.right, box.top), (box.right, box.bottom), (box.left, box.bottom)]
        return list(zip(corners, (*corners[1:], corners[0]), strict=True))
    return []


def _apart(point: Point, a: Point, b: Point) -> float:
    """How far a point is from a straight piece."""
    along = (b[0] - a[0], b[1] - a[1])
    square = along[0] ** 2 + along[1] ** 2
    share = ((point[0] - a[0]) * along[0] + (point[1] - a[1]) * along[1]) / square if square else 0.0
    share = min(max(share, 0.0), 1.0)
    return hypot(point[0] - a[0] - share * along[0], point[1] - a[1] - share * along[1])


def askew_frames(picture: Picture) -> list[str]:
    """Frames that cross each other, or that a card crosses."""
    frames = picture.groups("frame")
    found = [
        f"{frame.key} and {card.key}"
        for frame in frames
        for card in cards(picture)
        if frame.box is not None
        if frame.box.overlaps(body(card), 0.1) and not frame.box.contains(body(card), 0.1)
    ]
    for a, b in combinations(frames, 2):
        assert a.box is not None
        assert b.box is not None
        if a.box.overlaps(b.box, 0.1) and not a.box.contains(b.box, 0.1) and not b.box.contains(a.box, 0.1):
            found.append(f"{a.key} and {b.key}")
    return found


def cut_texts(picture: Picture) -> list[str]:
    """Texts that an ellipsis cuts; one that stands alone between the sheets of a stack, or for whole parts, is none."""
    return [text.text for text in texts(picture) if re.search(r"[^\s/]…|…[^\s/]", text.text)]


def ambiguous_frames(picture: Picture) -> list[str]:
    """Frames side by side within the same frame that are named the same."""
    frames = [(group.layer, " ".join(item.text for item in group.items if isinstance(item, Text) and item.bold))
              for group in picture.groups("frame")]  # fmt: skip
    paths = {path for path, _ in frames}
    met: set[tuple[str, str]] = set()
    found: list[str] = []
    for path, name in frames:
        around = path.rpartition("/")[0]
        while around and around not in paths:
            around = around.rpartition("/")[0]
        found += [path] if (around, name) in met else []
        met.add((around, name))
    return found


JUDGES = (
    overlapping_texts, overlapping_cards, texts_outside, shapes_outside, lines_through_cards, lines_through_texts,
    rays_through_texts, marks_in_the_way, hanging_arcs, askew_frames, cut_texts, ambiguous_frames,
)  # fmt: skip


# Empty space


def ink(picture: Picture) -> Iterator[Box]:
    """The room of everything that is seen; of an outline without a filling, its sides."""
    for item, _ in picture.walk():
        if isinstance(item, Path) and item.paint.fill is None:
            yield from (Box(min(a[0], b[0]), min(a[1], b[1]), max(a[0], b[0]), max(a[1], b[1])) for a, b in item.segments())
        elif isinstance(item, Rectangle) and item.paint.fill is None:
            box = item.box
            yield Box(box.left, box.top, box.right, box.top)
            yield Box(box.left, box.bottom, box.right, box.bottom)
            yield Box(box.left, box.top, box.left, box.bottom)
            yield Box(box.right, box.top, box.right, box.bottom)
        elif not isinstance(item, Group):
            yield item.box


def margins(picture: Picture) -> tuple[float, float, float, float]:
    """How far the ink is from the left, the top, the right and the bottom."""
    boxes = list(ink(picture))
    return (
        min(box.left for box in boxes),
        min(box.top for box in boxes),
        picture.width - max(box.right for box in boxes),
        picture.height - max(box.bottom for box in boxes),
    )


def widest_gap(picture: Picture, axis: int) -> float:
    """The widest band without ink, from left to right (0) or from top to bottom (1)."""
    spans = sorted((box.left, box.right) if axis == 0 else (box.top, box.bottom) for box in ink(picture))
    reach, widest = spans[0][1], 0.0
    for start, end in spans:
        widest = max(widest, start - reach)
        reach = max(reach, end)
    return widest


def filled(picture: Picture, cell: float = 48.0) -> float:
    """The share of squares of that side in which something is drawn."""
    across, down = max(1, round(picture.width / cell)), max(1, round(picture.height / cell))
    width, height = picture.width / across, picture.height / down
    seen: set[tuple[int, int]] = set()
    for box in ink(picture):
        for column in range(int(box.left // width), min(int(box.right // width), across - 1) + 1):
            for row in range(int(box.top // height), min(int(box.bottom // height), down - 1) + 1):
                seen.add((column, row))
    return len(seen) / (across * down)


# Texts that can be read


def smallest_text(picture: Picture) -> float:
    return min(text.size for text in texts(picture))


def _grounds(picture: Picture) -> Iterator[tuple[Text, str]]:
    """Every text with the role of what it stands on: the last filled shape drawn before it that reaches its middle."""
    drawn: list[tuple[Box, Shape]] = []
    for item, _ in picture.walk():
        if isinstance(item, Text):
            x, y = item.box.centre
            below = [shape for box, shape in drawn if box.left <= x <= box.right and box.top <= y <= box.bottom]
            below = [shape for shape in below if _reaches(shape, (x, y))]
            yield item, str(below[-1].paint.fill) if below else "paper"
        elif isinstance(item, (Rectangle, Ellipse, Polygon, Path)) and item.paint.fill is not None:
            drawn.append((item.box, item))


def _reaches(shape: Item, point: Point) -> bool:
    """Whether a point lies in a shape; exactly for polygons."""
    if not isinstance(shape, Polygon):
        return True
    inside = False
    for a, b in zip(shape.points, (*shape.points[1:], shape.points[0]), strict=True):
        if (a[1] > point[1]) != (b[1] > point[1]) and point[0] < a[0] + (point[1] - a[1]) * (b[0] - a[0]) / (b[1] - a[1]):
            inside = not inside
    return inside


def faint_texts(picture: Picture, palette: Palette, *, dark: bool) -> list[str]:
    """Texts whose contrast with their ground is below 7:1."""
    colours = {**palette.light, **palette.dark} if dark else palette.light
    return [
        f"{text.text}: {text.fill} on {ground}"
        for text, ground in _grounds(picture)
        if contrast(colours[text.fill], colours[ground]) < 7
    ]
