"""Panels under each other: a heading with a line below it and, at its right, the scale of its colours; then the panel's body."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce

from cnnspec.render.display import Box, Group, Image, Item, Paint, Picture, Rectangle, Text
from cnnspec.render.figure import around_all, shifted
from cnnspec.render.fonts import fit_text, text_width
from cnnspec.render.run.scales import ramp

#: Font sizes, the room under a heading, between panels, around the picture; the scale's size.
HEAD, SMALL, TINY = 11.0, 10.0, 8.0
UNDER, BETWEEN, MARGIN = 10.0, 26.0, 14.0
SCALE_WIDTH, SCALE_HEIGHT, STEPS = 96.0, 8.0, 64
#: The widest a panel grows.
WIDEST = 720.0


def heading(key: str, layer: str, lead: str, text: str, lines: Sequence[str]) -> list[Item]:
    """A bold beginning with more behind it, and lines below; the baseline of the first is at 0."""
    room = WIDEST - text_width(lead, HEAD, True)
    items: list[Item] = [
        Text(0.0, 0.0, fit_text(text, HEAD, max(room, 60.0)), HEAD, lead=fit_text(lead, HEAD, WIDEST - 80, True))
    ]
    return items + [
        Text(0.0, 14.0 * number, fit_text(line, SMALL, WIDEST), SMALL, fill="soft") for number, line in enumerate(lines, 1)
    ]


def scale(key: str, layer: str, low: str, high: str, colour: Callable[[float], Sequence[int]], middle: str = "") -> list[Item]:
    """A bar of all colours with what its ends mean, from the point (0, 0) on to the right."""
    left = text_width(low, SMALL) + 6
    bar = Box(left, -SCALE_HEIGHT, left + SCALE_WIDTH, 0.0)
    pixels = ramp(colour, STEPS)
    items: list[Item] = [
        Text(0.0, 0.0, low, SMALL, fill="soft"),
        Image(bar, STEPS, 1, pixels, f"{key}.scale", layer, f"from {low} to {high}"),
        Rectangle(bar, Paint(None, "frame", 0.75), f"{key}.scale.frame", layer, f"from {low} to {high}"),
        Text(bar.right + 6, 0.0, high, SMALL, fill="soft"),
    ]
    if middle:
        items.append(Text(bar.centre[0], -SCALE_HEIGHT - 3, middle, TINY, False, "middle", "soft"))
    return items


def placed(items: Sequence[Item], dx: float, dy: float) -> list[Item]:
    """The items somewhere else."""
    return [shifted(item, dx, dy) for item in items]


def hull(items: Sequence[Item]) -> Box:
    """The box around items, and around the room of groups."""
    boxes = [around_all(item) for item in items]
    boxes += [item.box for item in items if isinstance(item, Group) and item.box is not None]
    return reduce(Box.union, boxes)


def panel(kind: str, key: str, layer: str, title: str, parts: Sequence[Sequence[Item]]) -> Group:
    """Parts under each other, each at the left, as one group."""
    found: list[Item] = []
    bottom = 0.0
    for part in parts:
        if part:
            box = hull(part)
            found += placed(part, 0.0, bottom - box.top)
            bottom += box.height + UNDER
    return Group(kind, key, layer, title, tuple(found), hull(found))


def stacked(groups: Sequence[Group], between: float = BETWEEN) -> list[Item]:
    """Groups under each other."""
    found: list[Item] = []
    bottom = 0.0
    for group in groups:
        box = around_all(group)
        found.append(shifted(group, 0.0, bottom - box.top))
        bottom += box.height + between
    return found


def framed(key: str, items: Sequence[Item], title: str, description: str) -> Picture:
    """The items as a picture with a margin."""
    box = hull(items)
    moved = tuple(placed(items, MARGIN - box.left, MARGIN - box.top))
    return Picture(key, box.width + 2 * MARGIN, box.height + 2 * MARGIN, title, description, moved)
