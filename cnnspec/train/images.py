"""Pictures and matrices that a user hands to a network: read within limits, and made like the data it was trained on."""

from __future__ import annotations

import math
import warnings
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnspec.train.data.dataset import Images
from cnnspec.train.data.errors import DataError
from cnnspec.train.data.resize import bilinear, to_bytes

#: Bytes that a text or .npy file may have, and values that a matrix may have.
MOST_BYTES, MOST_VALUES = 64 * 2**20, 16 * 2**20

PICTURES = frozenset({".png", ".jpg", ".jpeg"})

#: Shares of red, green and blue in the brightness of a pixel (ITU-R BT.601).
_BRIGHTNESS = (0.299, 0.587, 0.114)


def read_values(path: Path) -> NDArray[Any]:
    """The numbers of a picture, a ``.npy`` file or a text matrix, as they are.

    Returns:
        height × width, or height × width × channels: uint8 of a picture, the file's own type of ``.npy``, float64 of a text.

    Raises:
        DataError: the file cannot be read, is of another form, or is larger than the limits.
    """
    size = _size(path)
    if path.suffix.lower() in PICTURES:
        from cnnspec.train.data.decode import decode

        return decode(path)
    if size > MOST_BYTES:
        raise DataError(path, f"has {size:,} bytes; {MOST_BYTES:,} are allowed", "give a smaller one")
    if path.suffix.lower() == ".npy":
        return _read_npy(path)
    try:
        text = path.read_bytes().decode("utf-8")
    except UnicodeDecodeError:
        raise DataError(path, "is no picture (.png, .jpg), no .npy file and no text", "give one of these") from None
    try:
        return parse_matrix(text)
    except ValueError as error:
        way_out = "write rows as lines, values divided by blanks or commas; a picture needs the suffix .png or .jpg"
        raise DataError(path, f"is no matrix: {error}", way_out) from None


def read_image(path: Path) -> Images:
    """A picture as uint8, height × width × channels.

    Numbers of a ``.npy`` file or a text are taken as they are if all lie between 0 and 255, and times 255 if they are
    fractions between 0 and 1.

    Raises:
        DataError: as :func:`read_values`; or the numbers are those of no picture.
    """
    values = read_values(path)
    image = values[..., None] if values.ndim == 2 else values
    if image.dtype == np.uint8:
        return image
    low, high = float(image.min()), float(image.max())
    if low < 0 or high > 255:
        problem = f"holds values from {low:g} to {high:g}, where a picture has 0 to 255"
        raise DataError(path, problem, "bring them into that range")
    fractions = high <= 1 and bool((image != np.floor(image)).any())
    return to_bytes(image.astype(np.float64) * (255 if fractions else 1))


def _size(path: Path) -> int:
    try:
        if path.is_dir():
            raise DataError(path, "is a folder", "name one file")
        return path.stat().st_size
    except FileNotFoundError:
        raise DataError(path, "does not exist", "check the path") from None
    except OSError as error:
        raise DataError(path, f"cannot be read: {error.strerror or error}", "check its permissions") from None


def _read_npy(path: Path) -> NDArray[Any]:
    way_out = "np.save(path, array) writes a matrix of numbers"
    try:
        with warnings.catch_warnings(action="ignore"):
            mapped: Any = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError, SyntaxError, TypeError) as error:
        raise DataError(path, f"is no intact .npy file: {error}", way_out) from None
    if not hasattr(mapped, "dtype"):
        mapped.close()
        raise DataError(path, "is an archive of several arrays", "save the one array with np.save")
    if mapped.dtype.kind not in "biuf" or mapped.ndim not in (2, 3) or not 0 < mapped.size <= MOST_VALUES:
        problem = f"has the shape {mapped.shape} and the type {mapped.dtype}, not height × width (× channels) of numbers"
        raise DataError(path, problem, way_out)
    values: NDArray[Any] = np.array(mapped)
    if values.dtype.kind == "f" and not np.isfinite(values).all():
        raise DataError(path, "holds values that are not finite", way_out)
    return values.astype(np.uint8) if values.dtype.kind == "b" else values


def parse_matrix(text: str) -> NDArray[np.float64]:
    """The matrix of a text: rows are lines or divided by ``;``, values by blanks or commas; brackets may stand around.

    Raises:
        ValueError: a value is no finite number, the rows differ in length, or there is nothing.
    """
    if len(text) > MOST_BYTES:
        raise ValueError(f"it has {len(text):,} characters; {MOST_BYTES:,} are allowed")
    lines = [line.partition("#")[0] for line in text.lstrip("\ufeff").splitlines()]
    written = "\n".join(lines).replace("]", "\n").translate(str.maketrans(",[\t;", "   \n"))
    rows: list[list[float]] = []
    for words in filter(None, (row.split() for row in written.split("\n"))):
        rows.append([_number(word, len(rows) + 1) for word in words])
        if len(rows[-1]) != len(rows[0]):
            raise ValueError(f"row {len(rows)} has {len(rows[-1])} values, row 1 has {len(rows[0])}")
    if not rows:
        raise ValueError("there are no numbers in it")
    if len(rows) * len(rows[0]) > MOST_VALUES:
        raise ValueError(f"it has {len(rows) * len(rows[0]):,} values; {MOST_VALUES:,} are allowed")
    return np.array(rows, np.float64)


def _number(word: str, row: int) -> float:
    shown = word if len(word) <= 20 else f"{word[:20]}…"
    try:
        value = float(word)
    except ValueError:
        raise ValueError(f"{shown!r} in row {row} is no number") from None
    if not math.isfinite(value):
        raise ValueError(f"{shown!r} in row {row} is not finite")
    return value


def as_digit(image: Images, shape: tuple[int, int, int], *, invert: bool = True) -> tuple[Images, tuple[str, ...]]:
    """A picture made like the images of a data set with a black ground, and what was done to it.

    Args:
        image: uint8, height × width × channels.
        shape: (height, width, channels) of the data set's images.
        invert: dark writing on a light ground is turned into light on dark, as MNIST and the digits have it.

    Returns:
        uint8 of ``shape``, and a phrase for every change: ``colours to gray``, ``inverted, because …``.
    """
    done: list[str] = []
    height, width = shape[:2]
    values = _shrunk(image, max(image.shape[0] // height, image.shape[1] // width))
    if values.shape[-1] != shape[-1]:
        values = _with_channels(values, shape[-1], done)
    if invert and _ground(values) > 127.5:
        values = 255 - values
        done.append("inverted, because its border is light: the network was trained on light figures on a dark ground")
    if image.shape[0] * width != image.shape[1] * height:
        values = _filled(values, height / width)
        done.append(f"filled with its ground to the proportions {height}:{width}, so that nothing is distorted")
    if image.shape[:2] != shape[:2]:
        done.append(f"resized from {image.shape[0]}×{image.shape[1]} to {height}×{width}")
        values = bilinear(values, height, width)
    return to_bytes(values), tuple(done)


def _with_channels(values: NDArray[np.float64], channels: int, done: list[str]) -> NDArray[np.float64]:
    if values.shape[-1] == 3 and channels == 1:
        done.append("colours to gray (0.299 red + 0.587 green + 0.114 blue)")
        return values @ np.array(_BRIGHTNESS)[:, None]
    if values.shape[-1] == 1:
        done.append(f"gray repeated for {channels} channels")
        return np.repeat(values, channels, axis=-1)
    done.append(f"{values.shape[-1]} channels averaged" + (f" and repeated for {channels}" if channels > 1 else ""))
    return np.repeat(values.mean(axis=-1, keepdims=True), channels, axis=-1)


def _ground(values: NDArray[np.float64]) -> float:
    """The median of the border's pixels: what the figure stands on."""
    edges = (values[0], values[-1], values[:, 0], values[:, -1])
    return float(np.median(np.concatenate([edge.reshape(-1) for edge in edges])))


def _filled(values: NDArray[np.float64], ratio: float) -> NDArray[np.float64]:
    """Rows or columns of the ground added on both sides until height/width is ``ratio``."""
    height, width = values.shape[:2]
    rows, columns = max(0, round(width * ratio) - height), max(0, round(height / ratio) - width)
    sides = ((rows // 2, rows - rows // 2), (columns // 2, columns - columns // 2), (0, 0))
    return np.pad(values, sides, constant_values=_ground(values))


def _shrunk(image: Images, block: int) -> NDArray[np.float64]:
    """Means of ``block`` × ``block`` pixels: thin lines do not get lost, and what follows needs little memory."""
    height, width, channels = image.shape
    rows, columns = min(max(block, 1), height), min(max(block, 1), width)
    cut = image[: height // rows * rows, : width // columns * columns]
    return cut.reshape(height // rows, rows, width // columns, columns, channels).mean(axis=(1, 3), dtype=np.float64)
