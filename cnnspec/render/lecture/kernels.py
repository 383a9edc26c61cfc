"""Kernels at work: a picture, and beside it what each fixed filter makes of it, with the kernel's numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence

from cnnspec.render.display import Box, Group, Image, Item, Paint, Picture, Rectangle, Text
from cnnspec.render.figure import MARGIN, around_all, shifted
from cnnspec.render.fonts import fit_text
from cnnspec.render.graph.faces import count_of
from cnnspec.render.lecture.cells import cell_size, matrix_group, take_factor
from cnnspec.render.lecture.records import Filtered, Matrix, Sheet

#: Font sizes; the longest side of a picture, the room for a kernel beside it, between panels, and between their parts.
HEAD, SMALL, TINY = 11.0, 9.0, 8.0
SIDE, KERNEL, ACROSS, DOWN, BESIDE = 150.0, 92.0, 22.0, 20.0, 8.0
#: As many panels stand in a row at most.
MOST_COLUMNS = 4


def kernels_picture(name: str, original: Sheet, results: Sequence[Filtered]) -> Picture:
    """The original and the results side by side.

    Args:
        name: of the original.
        original: the picture as the networks read it.
        results: at least one, all of about the same proportions.
    """
    panels = [_panel("original", name, original, ()), *(_panel(one.name, one.name, one.sheet, one.kernels) for one in results)]
    items = arrange(panels)
    said = "; ".join(f"{one.name} shows {one.sheet.said}" for one in results)
    title = f"{name}: {count_of(len(results), 'filter')} applied"
    description = f"{name} and what {count_of(len(results), 'network')} of fixed filters make of it: {said}."
    return _framed(items, title, description)


def arrange(panels: Sequence[Group]) -> list[Group]:
    """Panels in rows, all columns equally wide."""
    columns = min(MOST_COLUMNS, math.ceil(math.sqrt(len(panels))))
    boxes = [around_all(panel) for panel in panels]
    wide = max(box.width for box in boxes) + ACROSS
    placed: list[Group] = []
    top = 0.0
    for first in range(0, len(panels), columns):
        row = range(first, min(first + columns, len(panels)))
        for at in row:
            moved = shifted(panels[at], (at - first) * wide - boxes[at].left, top - boxes[at].top)
            assert isinstance(moved, Group)
            placed.append(moved)
        top += max(boxes[at].height for at in row) + DOWN
    return placed


def _panel(key: str, name: str, sheet: Sheet, kernels: Sequence[Matrix]) -> Group:
    """A name, the picture below it with what its greys stand for, and the kernels at its right."""
    title = f"{name}: {sheet.said}"
    picture = sheet_group(key, key, title, sheet)
    box = picture.box
    assert box is not None
    items: list[Item] = [
        Text(0.0, -7.0, fit_text(name, HEAD, SIDE, True), HEAD, True),
        picture,
        Text(0.0, box.bottom + SMALL + 3, fit_text(sheet.said, SMALL, SIDE), SMALL, fill="soft"),
    ]
    top = 0.0
    for number, matrix in enumerate(kernels):
        group = _kernel(f"{key}.kernel{number}", key, name, matrix)
        items.append(shifted(group, SIDE + BESIDE, top - around_all(group).top))
        top += around_all(group).height + BESIDE
    hull = Box(0.0, -7.0 - HEAD, SIDE + BESIDE + KERNEL, max(box.bottom + SMALL + 6, top))
    return Group("panel", f"{key}.panel", key, title, tuple(items), hull, {"filter": name})


def sheet_group(key: str, layer: str, title: str, sheet: Sheet, side: float = SIDE) -> Group:
    """A map as an image with a frame, its longer side so long, at the origin."""
    scale = side / max(sheet.rows, sheet.columns)
    box = Box(0.0, 0.0, sheet.columns * scale, sheet.rows * scale)
    image = Image(box, sheet.columns, sheet.rows, sheet.pixels, f"{key}.pixels", layer, title)
    frame = Rectangle(box, Paint(None, "frame", 0.75), f"{key}.frame", layer, title)
    return Group("sheet", f"{key}.sheet", layer, title, (image, frame), box)


def _kernel(key: str, layer: str, name: str, matrix: Matrix) -> Group:
    """The numbers of a kernel, a factor of all of them below."""
    parts, whole = take_factor(matrix)
    cell = cell_size([whole], TINY)
    title = f"the kernel of {name}"
    group = matrix_group(key, layer, title, whole, cell=cell, size=TINY)
    room = KERNEL / around_all(group).width
    if room < 1:  # many columns: smaller cells with smaller numbers
        group = matrix_group(key, layer, title, whole, cell=(cell[0] * room, cell[1] * room), size=TINY * room)
    if parts == 1:
        return group
    base = around_all(group).bottom + TINY + 3
    return Group("kernel", f"{key}.scaled", layer, title, (group, Text(0.0, base, f"times 1/{parts}", TINY, fill="soft")))


def _framed(items: Sequence[Item], title: str, description: str) -> Picture:
    box = around_all(Group("all", "", "", "", tuple(items)))
    moved = tuple(shifted(item, MARGIN - box.left, MARGIN - box.top) for item in items)
    return Picture("kernels", box.width + 2 * MARGIN, box.height + 2 * MARGIN, title, description, moved)
