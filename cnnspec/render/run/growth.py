"""How the first filters of a run became what they are: a row for each epoch, a column for each filter, one scale for all."""

from __future__ import annotations

from collections.abc import Sequence

from cnnspec.layers.arithmetic import group_digits
from cnnspec.render.display import Box, Group, Image, Item, Paint, Picture, Rectangle, Text
from cnnspec.render.fonts import text_width
from cnnspec.render.run.layout import SMALL, TINY, framed, heading, panel, scale
from cnnspec.render.run.records import Tile
from cnnspec.render.run.scales import colour_pixels, grey, grey_pixels, show_value

#: The most epochs that are drawn.
MOST_EPOCHS = 12
#: The side of a kernel, and the room between two.
SIDE, GAP = 34.0, 6.0


def growth_picture(model: str, layer: str, epochs: Sequence[int], filters: Sequence[Sequence[Sequence[Tile]]]) -> Picture:
    """The filters of one layer after some epochs.

    Args:
        model: its name.
        layer: the layer's path.
        epochs: ascending; 0 is before training.
        filters: for each epoch, for each filter, a tile per input channel.
    """
    rows = chosen_rows(len(epochs))
    finite = [v for row in filters for tiles in row for tile in tiles for v in tile.values if v is not None and v - v == 0]
    bound = max((abs(value) for value in finite), default=0.0)
    key = f"{model}.growth"
    lines = [f"weights from {show_value(min(finite, default=0.0))} to {show_value(max(finite, default=0.0))}, the same scale"]
    if len(filters[0][0]) not in (1, 3):
        lines.append("of each filter its first input channel")
    head = heading(key, layer, f"{layer} ", "· its filters over the epochs, from before training on", lines)
    bar = scale(key, layer, show_value(-bound), show_value(bound), lambda share: (grey(2 * share - 1, 1),), middle="0")
    body = _grid(layer, [epochs[at] for at in rows], [filters[at] for at in rows], bound)
    group = panel("growth", key, layer, f"{layer}: filters over the epochs", [head, bar, body])
    description = f"The filters of {layer} of {model} after {len(rows)} epochs from {epochs[0]} to {epochs[-1]}."
    return framed(key, [group], f"{model}: first filters by epoch", description)


def chosen_rows(count: int) -> list[int]:
    """At most twelve of so many epochs, the first and the last among them, closer at the beginning, where most changes."""
    if count <= MOST_EPOCHS:
        return list(range(count))
    return sorted({round(count ** (at / (MOST_EPOCHS - 1))) - 1 for at in range(MOST_EPOCHS)})


def _grid(layer: str, epochs: Sequence[int], filters: Sequence[Sequence[Sequence[Tile]]], bound: float) -> list[Item]:
    tile = filters[0][0][0]
    side = max(1.0, float(int(SIDE // max(tile.rows, tile.columns)))) if max(tile.rows, tile.columns) <= SIDE else 1.0
    wide, high = tile.columns * side, tile.rows * side
    named = max(text_width("epoch", SMALL), *(text_width(group_digits(epoch), SMALL) for epoch in epochs)) + 8
    across = max(wide, text_width("000", TINY)) + GAP
    items: list[Item] = [
        Text(named - 8, -5.0, "epoch", SMALL, False, "end", "soft"),
        *(
            Text(named + number * across + wide / 2, -5.0, str(number), TINY, False, "middle", "soft")
            for number in range(len(filters[0]))
        ),
    ]
    for row, (epoch, shown) in enumerate(zip(epochs, filters, strict=True)):
        top = row * (max(high, SMALL) + GAP)
        items.append(Text(named - 8, top + high / 2 + 3.5, group_digits(epoch), SMALL, False, "end"))
        for number, tiles in enumerate(shown):
            box = Box(named + number * across, top, named + number * across + wide, top + high)
            items.append(_filter(layer, epoch, number, tiles, box, bound))
    return items


def _filter(layer: str, epoch: int, number: int, tiles: Sequence[Tile], box: Box, bound: float) -> Group:
    key = f"{layer}.epoch{epoch}.filter{number}"
    title = f"{layer}, filter {number} {f'after epoch {epoch}' if epoch else 'before training'}"
    pixels = colour_pixels(tiles, bound) if len(tiles) == 3 else grey_pixels(tiles[0], bound)
    image = Image(box, tiles[0].columns, tiles[0].rows, pixels, f"{key}.weights", layer, title)
    frame = Rectangle(box, Paint(None, "frame", 0.5), f"{key}.frame", layer, title)
    return Group("filter", key, layer, title, (image, frame), box, {"filter": str(number), "epoch": str(epoch)})
