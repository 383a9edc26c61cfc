"""Layers of several inputs, in NumPy."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce

import numpy as np

from cnnspec.backends.numpy_table import Array, Computation, Use, computes


def _align(inputs: tuple[Array, ...]) -> list[Array]:
    """Values of lower rank with axes of size 1 before their channels: a vector c becomes 1×1×c."""
    rank = max(x.ndim for x in inputs)
    return [x.reshape(*x.shape[:-1], *[1] * (rank - x.ndim), x.shape[-1]) for x in inputs]


def _elementwise(operation: Callable[[Array, Array], Array]) -> Computation:
    def compute(use: Use, *inputs: Array) -> Array:
        return reduce(operation, _align(inputs))

    return compute


computes("Add")(_elementwise(np.add))
computes("Subtract")(_elementwise(np.subtract))
computes("Multiply")(_elementwise(np.multiply))
computes("Maximum")(_elementwise(np.maximum))
computes("Minimum")(_elementwise(np.minimum))


@computes("Average")
def average(use: Use, *inputs: Array) -> Array:
    """The mean of the inputs."""
    return reduce(np.add, _align(inputs)) / len(inputs)


@computes("Concat")
def concatenate(use: Use, *inputs: Array) -> Array:
    """One after the other along an axis."""
    axis = use.layer.axis if use.layer.axis < 0 else use.layer.axis - 1
    return np.concatenate(inputs, axis=axis)
