"""Bilinear resizing with half-pixel centres, in NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def bilinear(images: NDArray[np.uint8] | NDArray[np.floating[Any]], height: int, width: int) -> NDArray[np.float64]:
    """Resize: output pixel i samples the input at (i + ½)·n/m − ½, held inside the image, between its two neighbours.

    The same values as ``torch.nn.functional.interpolate(mode="bilinear", align_corners=False)``.

    Args:
        images: … × height × width × channels.
        height, width: of the result.

    Returns:
        float64, … × height × width × channels.
    """
    rows = _along(images.astype(np.float64), -3, height)
    return _along(rows, -2, width)


def _along(values: NDArray[np.float64], axis: int, size: int) -> NDArray[np.float64]:
    n = values.shape[axis]
    if n == size:
        return values
    centres = np.clip((np.arange(size) + 0.5) * n / size - 0.5, 0, n - 1)
    low = np.floor(centres).astype(np.intp)
    high = np.minimum(low + 1, n - 1)
    shape = [1] * values.ndim
    shape[axis] = size
    fraction = (centres - low).reshape(shape)
    return np.take(values, low, axis) * (1 - fraction) + np.take(values, high, axis) * fraction


def to_bytes(values: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Values rounded to 0…255, halves up on every machine."""
    return np.clip(np.floor(values + (0.5 + 1e-9)), 0, 255).astype(np.uint8)
