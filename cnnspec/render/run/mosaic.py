"""The maps of a layer as one sheet of pixels: a page holds many of them, and one image costs less than thirty."""

from __future__ import annotations

from collections.abc import Sequence

from cnnspec.record import record
from cnnspec.render.run.records import Activations
from cnnspec.render.run.scales import map_pixels

#: How wide a sheet is shown, the side of a tile and of a unit in it, and how tall a row of a curve.
SHEET, TILE, UNIT, IN_A_ROW = 680, 60, 10, 64


@record
class Mosaic:
    """Pixels, four bytes each, and how large each is to be shown."""

    columns: int
    rows: int
    pixels: bytes
    side: int


def mosaic_of(found: Activations) -> Mosaic:
    """The channels that are shown, as tiles in rows, a clear line between two.

    Units are squares, 64 to a row; of a curve every value is one, its channels stand under each other.
    """
    if found.rank == 0:
        values = found.shown[0].tile.values
        padded = (*values, *((None,) * (-len(values) % IN_A_ROW))) if len(values) > IN_A_ROW else values
        wide = min(IN_A_ROW, len(values))
        return _lay_out(found, [[padded[at : at + wide]] for at in range(0, len(padded), wide)], 1, 0, UNIT)
    tiles = [
        [channel.tile.values[row * channel.tile.columns : (row + 1) * channel.tile.columns] for row in range(channel.tile.rows)]
        for channel in found.shown
    ]
    wide, high = found.shown[0].tile.columns, found.shown[0].tile.rows
    side = max(1, min(12, TILE // max(wide, high)))
    in_a_row = 1 if found.rank == 1 else max(1, min(len(tiles), (SHEET + side) // ((wide + 1) * side)))
    return _lay_out(found, tiles, in_a_row, 1, side)


def _lay_out(found: Activations, tiles: Sequence[Sequence[Sequence[float | None]]], in_a_row: int, gap: int, side: int) -> Mosaic:
    wide, high = len(tiles[0][0]), len(tiles[0])
    columns, down = in_a_row * (wide + gap) - gap, -(-len(tiles) // in_a_row)
    rows = down * (high + gap) - gap
    sheet = bytearray(4 * columns * rows)
    for number, tile in enumerate(tiles):
        top, left = number // in_a_row * (high + gap), number % in_a_row * (wide + gap)
        for at, values in enumerate(tile):
            start = 4 * ((top + at) * columns + left)
            colours = map_pixels(values, found.low, found.high)
            for place in range(len(values)):
                if values[place] is not None:
                    sheet[start + 4 * place : start + 4 * place + 4] = colours[3 * place : 3 * place + 3] + b"\xff"
    return Mosaic(columns, rows, bytes(sheet), side)
