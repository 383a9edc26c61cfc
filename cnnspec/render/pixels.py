"""Pixels as a PNG file, without any library: the same bytes on every run."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence

#: PNG's colour types by the bytes of a pixel: grey, grey and opacity, RGB, RGB and opacity.
_COLOUR_TYPES = {1: 0, 2: 4, 3: 2, 4: 6}


def encode_png(columns: int, rows: int, pixels: bytes) -> bytes:
    """A PNG file of 8 bits a channel.

    Args:
        columns, rows: the size.
        pixels: row by row; one to four bytes each, as in :class:`~cnnspec.render.display.Image`.

    Source:
        Portable Network Graphics, 2nd edition, ISO/IEC 15948:2003, sections 5, 9 and 11.
    """
    channels = len(pixels) // (columns * rows)
    plain = _write(columns, rows, _COLOUR_TYPES[channels], pixels)
    colours = sorted({pixels[at : at + channels] for at in range(0, len(pixels), channels)}) if channels > 2 else []
    if not colours or len(colours) > 256:
        return plain
    # A table of colours is smaller where they come again often.
    places = {colour: at for at, colour in enumerate(colours)}
    indices = bytes(places[pixels[at : at + channels]] for at in range(0, len(pixels), channels))
    table = [(b"PLTE", b"".join(colour[:3] for colour in colours))]
    table += [(b"tRNS", bytes(colour[3] for colour in colours))] if channels == 4 else []
    return min(plain, _write(columns, rows, 3, indices, table), key=len)


def _write(columns: int, rows: int, colour_type: int, pixels: bytes, table: Sequence[tuple[bytes, bytes]] = ()) -> bytes:
    stride = len(pixels) // rows
    lines = b"".join(b"\0" + pixels[row * stride : (row + 1) * stride] for row in range(rows))
    header = struct.pack(">IIBBBBB", columns, rows, 8, colour_type, 0, 0, 0)
    parts = ((b"IHDR", header), *table, (b"IDAT", zlib.compress(lines, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in parts)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
