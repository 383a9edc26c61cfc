"""IDX files, the format of MNIST: a magic number, the sizes, then the bytes (LeCun, Cortes and Burges).

The header is ``0 0 8 d`` (d dimensions of unsigned bytes) and d big-endian 32-bit sizes. A file is read only up to the
size it must have, so that neither a long file nor one that unpacks without end costs memory.
"""

from __future__ import annotations

import gzip
import struct
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cnnspec.train.data.errors import DataError, DataUnavailable

GET_AGAIN = "get the file again, or leave out --data-dir to download it"


def content_size(shape: tuple[int, ...]) -> int:
    """Bytes of an unpacked file: 4 + 4·d of the header and a byte per value."""
    size = 4 + 4 * len(shape)
    count = 1
    for extent in shape:
        count *= extent
    return size + count


def header(shape: tuple[int, ...]) -> bytes:
    """The first bytes of a file of that shape."""
    return struct.pack(f">BBBB{len(shape)}I", 0, 0, 8, len(shape), *shape)


def read_content(path: Path, size: int, way_out: str = GET_AGAIN) -> bytes:
    """The unpacked bytes of a file, gzipped or not: at most one more than ``size``.

    Raises:
        DataError: it cannot be read, or its packing is damaged.
    """
    try:
        with path.open("rb") as file:
            packed = file.read(2) == b"\x1f\x8b"
            file.seek(0)
            if not packed:
                return file.read(size + 1)
            with gzip.GzipFile(fileobj=file) as unpacked:
                return unpacked.read(size + 1)
    except EOFError:
        raise DataError(path, "is cut off: its gzip data ends too early", way_out) from None
    except (gzip.BadGzipFile, zlib.error) as error:
        raise DataError(path, f"is damaged: its gzip data does not unpack ({error})", way_out) from None
    except OSError as error:
        raise DataError(path, f"cannot be read: {error.strerror or error}", "check its permissions") from None
    except MemoryError:
        raise DataUnavailable(f"no memory for the {size:,} bytes of {path}", "close other programs") from None


def parse(path: Path, content: bytes, shape: tuple[int, ...], way_out: str = GET_AGAIN) -> NDArray[np.uint8]:
    """The array in the content of a file that must have the given shape.

    Raises:
        DataError: the magic number, a size in the header or the length is wrong.
    """
    size = content_size(shape)
    start = 4 + 4 * len(shape)
    what = "images" if len(shape) > 1 else "labels"
    if content[:4] != header(shape)[:4]:
        found = content[:4].hex(" ") or "nothing"
        expected = header(shape)[:4].hex(" ")
        raise DataError(path, f"is no IDX file of {what}: it begins with {found}, not {expected}", way_out)
    if len(content) < start:
        raise DataError(path, f"is cut off inside its header of {start} bytes", way_out)
    stated = struct.unpack(f">{len(shape)}I", content[4:start])
    if stated != shape:
        raise DataError(path, f"states {_times(stated)} {what}, where {_times(shape)} are expected", way_out)
    if len(content) < size:
        raise DataError(path, f"is cut off: it holds {len(content):,} bytes of {size:,}", way_out)
    if len(content) > size:
        raise DataError(path, f"goes on after the {size:,} bytes that its header states", way_out)
    return np.frombuffer(content, np.uint8, offset=start).reshape(shape)


def _times(shape: tuple[int, ...]) -> str:
    return "×".join(f"{extent:,}" for extent in shape)
