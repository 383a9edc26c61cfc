"""The mark on a closed block of the skips and branches inside it: an arc over it, with the sign of each kind of merge."""

from __future__ import annotations

from cnnspec.render.display import Box, Ellipse, Group, Item, Paint, Path, Point, Polygon, Text, arrow_head, rounded_line
from cnnspec.render.flow.standing import BEND, MARK_APART, MARK_RADIUS, SIZE, TAG_APART, Standing, mark_text, marks_width
from cnnspec.render.graph.faces import SIGNS, merges_text

#: How far above a block the arc is, and where it goes inwards above one that is narrower.
OVER, SHORT = 14.0, 5.0
#: The head of the arc.
HEAD = 5.0


def draw_mark(one: Standing) -> Group | None:
    """The mark of a closed block; None where nothing comes together in it.

    Where there are several merges of a kind, ``×4`` is written beside its sign.
    """
    if not one.merges:
        return None
    path, title = one.path, f"inside {one.path}: {merges_text(one.merges)}"
    level = one.box.top - one.tag_room - OVER
    points = _arc(one, level)
    end, before = points[-1], points[-2]
    tip = arrow_head(end, before, HEAD)
    arc = rounded_line([*points[:-1], (end[0], end[1] - HEAD / 2)], BEND)
    items: list[Item] = [
        Path(arc, Paint(None, "line", 1.2), f"{path}.arc", path, title),
        Polygon(tip, Paint("line"), f"{path}.arc.head", path, title),
    ]
    x = sum(x for x, y in points if y == level) / 2 - _signs_width(one) / 2
    for kind, count in one.merges.items():
        items += _sign(one, kind, count, (x + MARK_RADIUS, level))
        x += marks_width({kind: count}) + MARK_APART
    return Group("mark", f"{path}.mark", path, title, tuple(items), None, {"merges": merges_text(one.merges)})


def _arc(one: Standing, level: float) -> list[Point]:
    """From the block over it and back onto it: wider than the block where its signs are, and ending beside its tags.

    The number behind the last sign stands above the arc, and may reach on beyond its end.
    """
    left, right = one.shoulders
    middle, half = (left[0] + right[0]) / 2, _signs_width(one) / 2 + BEND
    if right[0] - left[0] < 2 * half:
        middle = one.box.centre[0]
    tags = TAG_APART * len(one.tags) / 2 + 3 if one.tags else 0.0
    start, end = min(left[0], middle - half, one.crown[0] - tags), max(right[0], middle + half, one.crown[0] + tags)
    short = one.box.top - SHORT
    up = [left] if start == left[0] else [(start, short)]
    down = [right] if end == right[0] else [(end, short)]
    if not one.tags:  # which are joined to the block in between
        up = [left, (left[0], short), *up] if start < left[0] else up
        down = [*down, (right[0], short), right] if end > right[0] else down
    return [*up, (start, level), (end, level), *down]


def _signs_width(one: Standing) -> float:
    """The width of the signs up to the end of the last circle."""
    *before, last = one.merges
    return marks_width({**{kind: one.merges[kind] for kind in before}, last: 1})


def _sign(one: Standing, kind: str, count: int, centre: Point) -> list[Item]:
    (x, y), path = centre, one.path
    title = f"inside {path}: {merges_text({kind: count})}"
    circle = Box(x - MARK_RADIUS, y - MARK_RADIUS, x + MARK_RADIUS, y + MARK_RADIUS)
    sign = SIGNS.get(kind, "•")
    items: list[Item] = [
        Ellipse(circle, Paint("merging", "line"), f"{path}.{kind}", path, title),
        Text(x, y + 3.3, sign, SIZE, True, "middle", "label"),
    ]
    text = mark_text(count)
    return [*items, Text(circle.right + 1, y - 3.5, text, SIZE)] if text else items
