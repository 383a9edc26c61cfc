"""The window of a layer on a slide: both maps as large as half a slide allows, with the words below them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from cnnspec.layers.arithmetic import group_digits
from cnnspec.render.conv.draw import legend, notes, products, title_of
from cnnspec.render.conv.pair import GAP, Pair
from cnnspec.render.conv.sheet import BESIDE, LEFT_OUT, NUMBERS, Ruler, Sheet
from cnnspec.render.conv.slices import Slices, lay_out_slices
from cnnspec.render.conv.steps import Slide, Track
from cnnspec.render.display import Group, Item, Picture
from cnnspec.render.figure import around_all, shifted
from cnnspec.render.page.markup import Markup, join, tag

#: The room of a picture, in its own units: with numbers of positions 8 high, they are 14 pixels on a slide 1280 wide.
_WIDTH, _HEIGHT = 322.0, 216.0
_SMALLEST, _LARGEST, _EDGE = 4.0, 30.0, 4.0
#: What stands around the slices of volumes: above and below them, and left of them.
_LABELS, _NUMBERS = 92.0, 20.0
_WHOLE: Final = ((0, 0),)


def window_picture(slide: Slide) -> Picture:
    """The input and the output at the first step of a slide: maps side by side, sequences and volumes one below the other."""
    maps, step = spread(slide), slide.steps[0]
    key, title = f"{slide.path}.{'-'.join(map(str, step))}", title_of(slide, step)
    items: list[Item] = [maps.input_group(step, key, title), maps.output_group(step, key, title), *maps.rays(step, key, title)]
    box = around_all(Group("all", "", "", "", tuple(items)))
    moved = tuple(shifted(item, _EDGE - box.left, _EDGE - box.top) for item in items)
    return Picture(slide.path, box.width + 2 * _EDGE, box.height + 2 * _EDGE, title, f"{title}: {products(slide, step)}.", moved)


def spread(slide: Slide) -> Pair | Slices:
    """Both maps with cells as large as there is room for."""
    if len(slide.tracks) == 3:
        return lay_out_slices(slide, _WIDTH - _NUMBERS, (_HEIGHT - _LABELS) / 2, _SMALLEST, below=True)
    columns, rows = slide.tracks[-1], slide.tracks[0] if len(slide.tracks) == 2 else None
    cell = _cell(rows, columns)
    given = Sheet(Ruler(_WHOLE if rows is None else rows.inputs, cell), Ruler(columns.inputs, cell), 0.0, 0.0)
    across = rows is not None
    left, top = (given.box.right + GAP, 0.0) if across else (0.0, given.box.bottom + GAP)
    made = Sheet(Ruler(_WHOLE if rows is None else rows.made, cell), Ruler(columns.made, cell), left, top)
    return Pair(slide, (rows, columns), given, made, across)


def _cell(rows: Track | None, columns: Track) -> float:
    """The side of a cell, so that both maps and the numbers beside them fit."""
    beside = 2 * (BESIDE + NUMBERS * 2 + _EDGE)
    wide, high = [*map(_length, (columns.inputs, columns.made))], [*map(_length, (rows.inputs, rows.made))] if rows else []
    if rows is None:
        fits = [(_WIDTH - gaps - beside) / count for count, gaps in wide]
    else:
        (given, before), (made, after) = wide
        fits = [(_WIDTH - before - after - GAP - beside) / (given + made)]
        fits += [(_HEIGHT - gaps - 2 * (BESIDE + NUMBERS)) / count for count, gaps in high]
    return max(min(*fits, _LARGEST), _SMALLEST)


def _length(stretches: Sequence[tuple[int, int]]) -> tuple[int, float]:
    """The cells of a side, and the room for what is left out between them."""
    return sum(last - first + 1 for first, last in stretches), LEFT_OUT * (len(stretches) - 1)


def write_caption(slide: Slide) -> Markup:
    """Which step it is, what the unit reads, what the colours mean, what is left out."""
    step = slide.steps[0]
    number, count = group_digits(slide.number_of(step)), group_digits(slide.count)
    told = f"unit {','.join(map(str, step))} reads {slide.say_reads(step)}: {products(slide, step)}"
    swatches = [
        tag("span", tag("i", class_=f"b-{paint.fill}" if key != "padding" else "hatched"), words)
        for key, paint, words in legend(slide)
    ]
    left = "; ".join(notes(slide))
    return tag(
        "div",
        tag("p", tag("b", f"step {number} of {count}"), f" · {told}"),
        tag("p", swatches, class_="legend"),
        join(tag("p", left)) if left else None,
        class_="caption",
    )
