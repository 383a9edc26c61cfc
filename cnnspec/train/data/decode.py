"""Decoding PNG and JPEG pictures within limits."""

from __future__ import annotations

import warnings
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import numpy as np
from PIL import Image, UnidentifiedImageError

from cnnspec.train.data.dataset import Images
from cnnspec.train.data.errors import DataError

#: Pixels that a picture may have, and bytes that its file may have.
MOST_PIXELS, MOST_BYTES = 50_000_000, 256 * 2**20

_WAY_OUT = "save it again as PNG or JPEG"


def decode(path: Path, mode: Literal["L", "RGB"] | None = None) -> Images:
    """The bytes of a picture, height × width × channels: 1 for gray ones, 3 for others, or as ``mode`` says.

    Raises:
        DataError: it is no PNG or JPEG, is damaged, or is larger than the limits, which is found before it is decoded.
    """
    with _refusals(path), _open(path) as picture:
        wanted = mode or ("L" if is_gray(picture.mode) else "RGB")
        values = np.asarray(picture if picture.mode == wanted else picture.convert(wanted), dtype=np.uint8)
    return values[..., None] if wanted == "L" else values


def look(path: Path) -> tuple[int, int, bool]:
    """Height, width and whether it is gray, from the picture's header.

    Raises:
        DataError: as for :func:`decode`, as far as the header shows it.
    """
    with _refusals(path), _open(path) as picture:
        return picture.height, picture.width, is_gray(picture.mode)


def is_gray(mode: str) -> bool:
    """Whether one of Pillow's modes has no colour: one bit, gray of 8 or more bits."""
    return mode == "1" or mode[0] in "LI"


def _open(path: Path) -> Image.Image:
    if path.stat().st_size > MOST_BYTES:
        raise DataError(path, f"has {path.stat().st_size:,} bytes; {MOST_BYTES:,} are allowed", "scale it down")
    picture = Image.open(path, formats=("PNG", "JPEG"))
    if picture.width * picture.height > MOST_PIXELS:
        picture.close()
        size = f"{picture.height:,}×{picture.width:,}"
        raise DataError(path, f"would unpack to {size} pixels; {MOST_PIXELS:,} are allowed", "scale it down")
    return picture


@contextmanager
def _refusals(path: Path) -> Generator[None]:
    """Turns Pillow's warnings of huge pictures, and its many exceptions, into a :class:`DataError`."""
    try:
        with warnings.catch_warnings(action="error", category=Image.DecompressionBombWarning):
            yield
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise DataError(path, f"would unpack to more than {MOST_PIXELS:,} pixels", "scale it down") from None
    except UnidentifiedImageError:
        raise DataError(path, "is no PNG or JPEG picture", _WAY_OUT) from None
    except (OSError, SyntaxError, ValueError) as error:
        raise DataError(path, f"cannot be decoded: {error}", _WAY_OUT) from None
