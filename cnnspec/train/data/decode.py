"""Decoding PNG and JPEG pictures within limits."""

from __future__ import annotations

import struct
import warnings
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from cnnspec.train.data.dataset import Images
from cnnspec.train.data.errors import DataError

#: Pixels that a picture may have, and bytes that its file may have.
MOST_PIXELS, MOST_BYTES = 50_000_000, 256 * 2**20

#: The EXIF tag that says how a camera was held, and its values for a quarter turn.
ORIENTATION, LYING = 0x0112, (5, 6, 7, 8)

_WAY_OUT = "save it again as PNG or JPEG"


def decode(path: Path, mode: Literal["L", "RGB"] | None = None) -> Images:
    """The bytes of a picture, height × width × channels: 1 for gray ones, 3 for others, or as ``mode`` says.

    What is transparent becomes white, as paper is; 16 bits become 8; a photo is turned upright as its camera says.

    Raises:
        DataError: it is no PNG or JPEG, is damaged, or is larger than the limits, which is found before it is decoded.
    """
    with _refusals(path):
        with _open(path) as picture:
            if picture.format == "PNG":  # its checksums are only compared where that is asked for
                picture.verify()
        with _open(path) as picture:
            wanted = mode or ("L" if is_gray(picture.mode) else "RGB")
            plain = _upright(_opaque(_eight_bits(picture)))
            values = np.asarray(plain if plain.mode == wanted else plain.convert(wanted), dtype=np.uint8)
    return values[..., None] if wanted == "L" else values


def look(path: Path) -> tuple[int, int, bool]:
    """Height, width and whether it is gray, from the picture's header.

    Raises:
        DataError: as for :func:`decode`, as far as the header shows it.
    """
    with _refusals(path), _open(path) as picture:
        height, width = picture.height, picture.width
        if picture.getexif().get(ORIENTATION) in LYING:
            height, width = width, height
        return height, width, is_gray(picture.mode)


def is_gray(mode: str) -> bool:
    """Whether one of Pillow's modes has no colour: one bit, gray of 8 or more bits."""
    return mode == "1" or mode[0] in "LI"


def _eight_bits(picture: Image.Image) -> Image.Image:
    """Gray of 16 bits in 8: Pillow itself would cut all values above 255."""
    if picture.mode[0] != "I":
        return picture
    values = np.asarray(picture).astype(np.int64).clip(0, 65_535)
    return Image.fromarray(((values + 128) // 257).astype(np.uint8))


def _opaque(picture: Image.Image) -> Image.Image:
    """The picture on white where it is transparent."""
    if not picture.has_transparency_data:
        return picture
    layer = picture.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", layer.size, "white"), layer)


def _upright(picture: Image.Image) -> Image.Image:
    """A photo turned as its camera was held."""
    return ImageOps.exif_transpose(picture)


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
    except (OSError, SyntaxError, ValueError, LookupError, TypeError, struct.error) as error:
        raise DataError(path, f"cannot be decoded: {error}", _WAY_OUT) from None
