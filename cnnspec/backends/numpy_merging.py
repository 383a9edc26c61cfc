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


@computes("Dot")
def multiply_along(use: Use, first: Array, second: Array) -> Array:
    """The sum of products along one axis of each input; of two vectors one number."""
    axes = [axis % (x.ndim + 1) - 1 for axis, x in zip(use.layer.axes, (first, second), strict=True)]
    if use.layer.normalize:
        first, second = (x / _length(x, axis) for x, axis in zip((first, second), axes, strict=True))
    return np.atleast_1d(np.tensordot(first, second, axes=(axes[0], axes[1])))


def _length(x: Array, axis: int) -> Array:
    return np.maximum(np.sqrt((x**2).sum(axis=axis, keepdims=True)), 1e-7)
