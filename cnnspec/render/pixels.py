"""Pixels as a PNG file, without any library: the same bytes on every run."""

from __future__ import annotations

import struct
import zlib

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
    channels, stride = len(pixels) // (columns * rows), len(pixels) // rows
    lines = b"".join(b"\0" + pixels[row * stride : (row + 1) * stride] for row in range(rows))
    header = struct.pack(">IIBBBBB", columns, rows, 8, _COLOUR_TYPES[channels], 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(lines, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in parts)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
