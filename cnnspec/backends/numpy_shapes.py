"""Layers that arrange values, in NumPy."""

from __future__ import annotations

import numpy as np

from cnnspec.backends.numpy_table import Array, Use, computes
from cnnspec.layers.axes import resolve_axis
from cnnspec.layers.shape import Shape
from cnnspec.layers.window import Magnified


@computes("Flatten")
def flatten(use: Use, x: Array) -> Array:
    """Row by row, and at each position channel by channel."""
    return x.reshape(-1)


@computes("Reshape")
def reshape(use: Use, x: Array) -> Array:
    """The same order of values in another shape."""
    return x.reshape(use.layer.target_shape)


@computes("Permute")
def permute(use: Use, x: Array) -> Array:
    """The axes in another order; the file counts them from 1."""
    return x.transpose([axis - 1 for axis in use.layer.dims])


@computes(
    "Identity", "Dropout", "SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D", "DropPath", "GaussianNoise",
    "ActivityRegularization",
)  # fmt: skip
def keep(use: Use, x: Array) -> Array:
    """What comes in. Dropout and noise act in training only."""
    return x


@computes("ZeroPad1D", "ZeroPad2D", "ZeroPad3D")
def pad_zeros(use: Use, x: Array) -> Array:
    """Zeros around the map."""
    return np.pad(x, [*use.layer.padding, (0, 0)])


@computes("Crop1D", "Crop2D", "Crop3D")
def crop(use: Use, x: Array) -> Array:
    """The map without its border."""
    return x[tuple(slice(before, n - after) for (before, after), n in zip(use.layer.cropping, x.shape, strict=False))]


@computes("UpSampling1D", "UpSampling2D", "UpSampling3D")
def magnify(use: Use, x: Array) -> Array:
    """Each value repeated, or the way between two neighbours gone in even steps."""
    for at, axis in enumerate(use.axes):
        x = np.repeat(x, axis.factor, axis=at) if axis.interpolation == "nearest" else _interpolate(x, at, axis)
    return x


def _interpolate(x: Array, at: int, axis: Magnified) -> Array:
    """The centre of output pixel i is at (i + ½)/f − ½ of the input; beyond the first and last centre nothing changes."""
    n = int(x.shape[at])
    centres: Array = np.clip((np.arange(n * axis.factor) + 0.5) / axis.factor - 0.5, 0, n - 1)
    left: Array = np.floor(centres).astype(int)
    share: Array = (centres - left).reshape([-1 if i == at else 1 for i in range(x.ndim)])
    return (1 - share) * x.take(left, axis=at) + share * x.take(np.minimum(left + 1, n - 1), axis=at)


@computes("Slice")
def cut_out(use: Use, x: Array) -> Array:
    """The part that Python's own slice names."""
    axis = resolve_axis(use.layer.kind, "axis", use.layer.axis, Shape(x.shape))
    return x[(slice(None),) * axis + (slice(use.layer.start, use.layer.stop),)]


@computes("ChannelShuffle")
def deal_out(use: Use, x: Array) -> Array:
    """The first channel of every group, then the second of every group, and so on."""
    groups = np.split(x, use.layer.groups, axis=-1)
    return np.stack(groups, axis=-1).reshape(x.shape)


@computes("PixelShuffle")
def lay_out(use: Use, x: Array) -> Array:
    """Channel c·f² + i·f + j becomes channel c at row i and column j of the cell."""
    factor, rank = use.layer.factor, x.ndim - 1
    y = np.empty([n * factor for n in x.shape[:-1]] + [x.shape[-1] // factor**rank])
    for number, place in enumerate(np.ndindex(*[factor] * rank)):
        y[tuple(slice(start, None, factor) for start in place)] = x[..., number :: factor**rank]
    return y
