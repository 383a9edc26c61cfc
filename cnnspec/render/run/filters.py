"""The filters style: the learned kernels of a run as Krizhevsky drew them.

One grey scale for a layer, 0 in the middle, a weight is a square with sharp edges. Filters that read one channel stand in
rows; those that read red, green and blue are in colour; deeper ones stand as columns, an input channel to each row.
"""

from __future__ import annotations

from collections.abc import Sequence

from cnnspec.layers.arithmetic import group_digits
from cnnspec.render.display import Box, Group, Image, Item, Paint, Picture, Rectangle, Text
from cnnspec.render.fonts import text_width
from cnnspec.render.graph.faces import count_of
from cnnspec.render.run.layout import TINY, WIDEST, framed, heading, panel, scale, stacked
from cnnspec.render.run.records import Kernels, Tile
from cnnspec.render.run.scales import colour_pixels, grey, grey_pixels, show_value

#: How many filters are shown where each is one tile, and how many filters and input channels of deeper layers.
MOST_FILTERS, MOST_SHOWN = 96, 16
#: The side of a kernel, shown alone and among others, and the room between them.
ALONE, AMONG, GAP = 44.0, 26.0, 7.0
#: The least and the greatest size of one weight.
LEAST, GREATEST = 2.0, 12.0


def shown_counts(inputs: int, filters: int) -> tuple[int, int]:
    """How many input channels and filters of a layer are drawn."""
    if inputs in (1, 3):
        return inputs, min(filters, MOST_FILTERS)
    return min(inputs, MOST_SHOWN), min(filters, MOST_SHOWN)


def filters_picture(model: str, layers: Sequence[Kernels], of: str) -> Picture:
    """The kernels of some layers under each other.

    Args:
        model: its name.
        layers: at least one.
        of: whose weights they are, for the description.
    """
    items = stacked([filters_panel(kernels) for kernels in layers])
    counted = count_of(sum(kernels.filters for kernels in layers), "filter")
    description = f"The learned kernels of {of}: {counted} of {count_of(len(layers), 'layer')}, 0 in the middle of the scale."
    return framed(model, items, f"{model}: filters", description)


def filters_panel(kernels: Kernels) -> Group:
    """The kernels of one layer with the range of its weights."""
    layer, key = kernels.layer, f"{kernels.layer}.filters"
    bound = max(abs(kernels.low), abs(kernels.high))
    per = f"of {count_of(kernels.inputs, 'input channel')}"
    counted = f"{count_of(kernels.filters, 'filter')} {per}"
    lines = [f"weights from {show_value(kernels.low)} to {show_value(kernels.high)}", *_left_out(kernels)]
    ends = (show_value(-bound), show_value(bound))
    bar = scale(key, layer, *ends, lambda share: (grey(2 * share - 1, 1),), middle="0")
    body = _alone(kernels, bound) if _single(kernels) else _grid(kernels, bound)
    head = heading(key, layer, f"{layer} ", f"· {kernels.title} · {counted}", lines)
    return panel("filters", key, layer, f"{layer}: {counted}, {lines[0]}", [head, bar, body])


def _single(kernels: Kernels) -> bool:
    """Whether a filter is one tile: it reads one channel, or three colours."""
    return kernels.inputs in (1, 3)


def _left_out(kernels: Kernels) -> list[str]:
    """What is not drawn."""
    found: list[str] = []
    inputs, filters = len(kernels.shown[0]), len(kernels.shown)
    if filters < kernels.filters:
        found.append(f"the first {filters} of {group_digits(kernels.filters)} filters")
    if inputs < kernels.inputs:
        found.append(f"the first {inputs} of {group_digits(kernels.inputs)} input channels")
    return [f"shown: {', '.join(found)}"] if found else []


def _side(tile: Tile, wanted: float) -> float:
    """The size of one weight: a whole number of pixels."""
    return float(int(max(LEAST, min(GREATEST, wanted // max(tile.rows, tile.columns)))))


def _alone(kernels: Kernels, bound: float) -> list[Item]:
    """Each filter a tile with its number below."""
    first = kernels.shown[0][0]
    side = _side(first, ALONE)
    wide, high = first.columns * side, first.rows * side
    # The number needs room, also below a kernel of one column.
    across, down = max(wide, text_width("000", TINY)) + GAP, high + TINY + 3 + GAP
    columns = max(1, min(16, int((WIDEST + GAP) // across)))
    found: list[Item] = []
    for number, tiles in enumerate(kernels.shown):
        row, column = divmod(number, columns)
        x, y = column * across, row * down
        box = Box(x, y, x + wide, y + high)
        found.append(_filter(kernels, number, tiles, box, bound))
        found.append(Text(box.centre[0], box.bottom + TINY + 1, str(number), TINY, False, "middle", "soft"))
    return found


def _filter(kernels: Kernels, number: int, tiles: Sequence[Tile], box: Box, bound: float) -> Group:
    key, layer, tile = f"{kernels.layer}.filter{number}", kernels.layer, tiles[0]
    pixels = colour_pixels(tiles, bound) if len(tiles) == 3 else grey_pixels(tile, bound)
    title = f"{layer}, filter {number}: {_range(tiles)}"
    image = Image(box, tile.columns, tile.rows, pixels, f"{key}.weights", layer, title)
    frame = Rectangle(box, Paint(None, "frame", 0.5), f"{key}.frame", layer, title)
    return Group("filter", key, layer, title, (image, frame), box, {"filter": str(number)})


def _range(tiles: Sequence[Tile]) -> str:
    values = [value for tile in tiles for value in tile.values if value is not None]
    return f"weights from {show_value(min(values))} to {show_value(max(values))}"


def _grid(kernels: Kernels, bound: float) -> list[Item]:
    """A column for each filter, a row for each input channel."""
    tile = kernels.shown[0][0]
    side = _side(tile, AMONG)
    wide, high, gap = tile.columns * side, tile.rows * side, max(side, 3.0)
    named = text_width("input 000", TINY) + 6
    found: list[Item] = [Text(named - 6, -6.0, "filter", TINY, False, "end", "soft")]
    for number, tiles in enumerate(kernels.shown):
        x = named + number * (max(wide, text_width("000", TINY)) + gap)
        box = Box(x, 0.0, x + wide, len(tiles) * (high + side) - side)
        found.append(Text(box.centre[0], -6.0, str(number), TINY, False, "middle", "soft"))
        found.append(_column(kernels, number, tiles, box, bound))
    for number in range(len(kernels.shown[0])):
        middle = number * (high + side) + high / 2
        found.append(Text(named - 6, middle + 3, f"input {number}" if number == 0 else str(number), TINY, False, "end", "soft"))
    return found


def _column(kernels: Kernels, number: int, tiles: Sequence[Tile], box: Box, bound: float) -> Group:
    """One filter: its tiles under each other as one image, a clear row of pixels between two."""
    key, layer, tile = f"{kernels.layer}.filter{number}", kernels.layer, tiles[0]
    clear = bytes(2 * tile.columns)
    pixels = clear.join(grey_pixels(one, bound) for one in tiles)
    rows = len(tiles) * (tile.rows + 1) - 1
    title = f"{layer}, filter {number}: {_range(tiles)} on the inputs shown"
    image = Image(box, tile.columns, rows, pixels, f"{key}.weights", layer, title)
    return Group("filter", key, layer, title, (image,), box, {"filter": str(number)})
