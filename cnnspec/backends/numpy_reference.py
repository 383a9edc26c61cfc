"""Networks in NumPy: slow, and plain enough to follow with a pencil.

This is what the fast form is tested against, and a lesson. Values are channels last, (height, width, channels), and in
float64; weights are in Keras's layout. Every layer is one function of one sample, and does what the lecture draws: a
window is laid on every position, what lies under it becomes one row of a matrix (im2col), and a convolution is that
matrix times the matrix of kernels.

Dropout does nothing here and batch normalisation uses its moving statistics: this is how a trained network is applied.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib import import_module
from itertools import product
from math import prod
from typing import Any

import numpy as np

from cnnspec.backends.numpy_activations import apply_activation
from cnnspec.backends.numpy_table import COMPUTATIONS, Array, Use, computes
from cnnspec.ir import Network, Node
from cnnspec.layers.base import Layer
from cnnspec.layers.input import Input
from cnnspec.layers.shape import Shape
from cnnspec.layers.window import Axis, TransposedAxis

for _family in ("merging", "normalisation", "shapes"):  # each enters its layers into the table; windows and weights are here
    import_module(f"cnnspec.backends.numpy_{_family}")


def covered_kinds() -> frozenset[str]:
    """The kinds of layers that this reference computes."""
    return frozenset(COMPUTATIONS)


def covers(network: Network) -> list[Layer]:
    """The layers of a network that this reference does not cover; none of them if it can compute all."""
    return [node.layer for node in network.nodes if not isinstance(node.layer, Input) and node.layer.kind not in COMPUTATIONS]


def forward(network: Network, weights: Mapping[str, Array], inputs: Array | Mapping[str, Array]) -> dict[str, Array]:
    """The outputs of all layers by their paths, the inputs' included.

    Args:
        network: the network.
        weights: arrays by layer and name, ``conv2d_1/kernel``, in Keras's layout.
        inputs: a batch, (N, height, width, channels); of several inputs one batch each, by their names.

    Raises:
        NotImplementedError: a layer that the reference does not cover.
    """
    values: list[Array] = []
    for node in network.nodes:
        if isinstance(node.layer, Input):
            batch = inputs[node.path] if isinstance(inputs, Mapping) else inputs
            values.append(np.asarray(batch, dtype=np.float64))
        else:
            values.append(_apply(network, node, weights, [values[at] for at in node.inputs]))
    return {node.path: value for node, value in zip(network.nodes, values, strict=True)}


def _apply(network: Network, node: Node, weights: Mapping[str, Array], batches: Sequence[Array]) -> Array:
    if node.layer.kind not in COMPUTATIONS:
        raise NotImplementedError(f"the NumPy reference has no {node.layer.kind}")
    compute = COMPUTATIONS[node.layer.kind]
    facts = node.layer.facts(*(Shape(batch.shape[1:]) for batch in batches))
    owner = node.path if node.shares is None else network.nodes[node.shares].path
    own = {param.name: np.asarray(weights[f"{owner}/{param.name}"], dtype=np.float64) for param in facts.params}
    use = Use(node.layer, facts.window, own)
    return np.stack([compute(use, *samples) for samples in zip(*batches, strict=True)])


# Windows: everything that slides starts here.


def positions(axes: Sequence[Axis], shape: Sequence[int]) -> tuple[int, ...]:
    """How many places the window takes along each axis."""
    return tuple(int(axis.positions(n)) for axis, n in zip(axes, shape, strict=False))  # type: ignore[arg-type]


def pad(x: Array, axes: Sequence[Axis], fill: float = 0, mode: str = "zeros", beyond: float | None = None) -> Array:
    """The map with its padding, so large that the last window fits.

    ``fill`` stands in the padding, unless ``mode`` copies the input into it; ``beyond`` stands where the last window
    reaches over the padded end (``ceil_mode``).
    """
    stated = [(int(axis.before), int(axis.after)) for axis in axes]  # type: ignore[arg-type]
    needed = [(count - 1) * axis.stride + axis.effective for count, axis in zip(positions(axes, x.shape), axes, strict=True)]
    padded = _put_around(x, stated, fill, mode)
    missing = [(0, max(size - int(n), 0)) for size, n in zip(needed, padded.shape, strict=False)]
    return np.pad(padded, [*missing, (0, 0)], constant_values=fill if beyond is None else beyond)


def _put_around(x: Array, amounts: Sequence[tuple[int, int]], fill: float, mode: str) -> Array:
    around = [*amounts, (0, 0)]
    match mode:
        case "replicate":
            return np.pad(x, around, mode="edge")
        case "reflect":
            return np.pad(x, around, mode="reflect")
        case "circular":
            return np.pad(x, around, mode="wrap")
        case _:
            return np.pad(x, around, constant_values=fill)


def starts(axes: Sequence[Axis], counts: Sequence[int]) -> Iterator[tuple[slice, ...]]:
    """What each window covers, place by place: from i·s in steps of the dilation."""
    for place in product(*(range(count) for count in counts)):
        yield tuple(
            slice(i * axis.stride, i * axis.stride + axis.effective, axis.dilation) for i, axis in zip(place, axes, strict=True)
        )


def im2col(x: Array, axes: Sequence[Axis], **padding: Any) -> Array:
    """One row per place of the window, in the row what lies under it: (places, k…, channels)."""
    counts = positions(axes, x.shape)
    padded = pad(x, axes, **padding)
    return np.stack([padded[window] for window in starts(axes, counts)])


# Convolutions.


@computes("Conv1D", "Conv2D", "Conv3D")
def convolve(use: Use, x: Array) -> Array:
    """X_col · W for each group of channels, plus the bias, then the activation."""
    layer, kernel = use.layer, connect(use.layer, use.weights["kernel"])
    counts = positions(use.axes, x.shape)
    rows = im2col(x, use.axes, mode=layer.padding_mode)
    parts = zip(np.split(rows, layer.groups, axis=-1), np.split(kernel, layer.groups, axis=-1), strict=True)
    answers = [_rows_of(row) @ part.reshape(-1, part.shape[-1]) for row, part in parts]
    return _finish(use, np.concatenate(answers, axis=-1).reshape(*counts, -1))


def connect(layer: Any, kernel: Array) -> Array:
    """The kernel, with zeros where a filter does not read a channel."""
    if layer.connections is None:
        return kernel
    return kernel * np.array([[c in row for row in layer.connections] for c in range(kernel.shape[-2])])


def _rows_of(patches: Array) -> Array:
    return patches.reshape(len(patches), -1)


def _finish(use: Use, sums: Array) -> Array:
    """The bias of every filter, and the activation."""
    return apply_activation(use.layer.activation, sums + use.weights["bias"] if "bias" in use.weights else sums)


@computes("DepthwiseConv1D", "DepthwiseConv2D")
def convolve_depthwise(use: Use, x: Array) -> Array:
    """Each channel c with its own kernels j: the answers stand in the order c·multiplier + j."""
    return _finish(use, _filter_each_channel(use, x, use.weights["kernel"]))


def _filter_each_channel(use: Use, x: Array, kernel: Array) -> Array:
    *taps, channels, multiplier = kernel.shape
    counts = positions(use.axes, x.shape)
    rows = im2col(x, use.axes, mode=use.layer.padding_mode).reshape(-1, prod(taps), channels)
    answers = np.einsum("ptc,tcj->pcj", rows, kernel.reshape(-1, channels, multiplier))
    return answers.reshape(*counts, channels * multiplier)


@computes("SeparableConv1D", "SeparableConv2D")
def convolve_separable(use: Use, x: Array) -> Array:
    """Each channel with its own kernels, then at every position a matrix that mixes the channels."""
    between = _filter_each_channel(use, x, use.weights["depthwise_kernel"])
    pointwise = use.weights["pointwise_kernel"]
    return _finish(use, between @ pointwise.reshape(pointwise.shape[-2:]))


@computes("Conv1DTranspose", "Conv2DTranspose", "Conv3DTranspose")
def convolve_transposed(use: Use, x: Array) -> Array:
    """Each input position adds its kernel, times its value, into the output; then both ends are cut or lengthened."""
    axes: tuple[TransposedAxis, ...] = use.axes
    kernel = use.weights["kernel"]  # (k…, filters, in)
    extents = x.shape[:-1]
    full = np.zeros([(n - 1) * axis.stride + axis.effective for n, axis in zip(extents, axes, strict=True)] + [kernel.shape[-2]])
    for place in np.ndindex(*extents):
        window = tuple(
            slice(i * axis.stride, i * axis.stride + axis.effective, axis.dilation) for i, axis in zip(place, axes, strict=True)
        )
        full[window] += kernel @ x[place]
    return _finish(use, cut(full, [(axis.before, axis.after) for axis in axes]))


def cut(x: Array, amounts: Sequence[tuple[int, int]]) -> Array:
    """Without so many positions at the start and the end of each axis; with zeros there where the number is negative."""
    longer = [(max(-before, 0), max(-after, 0)) for before, after in amounts]
    x = np.pad(x, [*longer, (0, 0)])
    return x[tuple(slice(max(before, 0), n - max(after, 0)) for (before, after), n in zip(amounts, x.shape, strict=False))]


@computes("Filter2D")
def filter_channels(use: Use, x: Array) -> Array:
    """The same constants on every channel, as they are written: nothing is flipped."""
    matrix = np.array(use.layer.matrix) * use.layer.scale
    answers = np.einsum("pabc,ab->pc", im2col(x, use.axes), matrix)
    return answers.reshape(*positions(use.axes, x.shape), x.shape[-1])


# Pooling.


def _taps(patches: Array) -> Array:
    """(places, k…, channels) → (places, taps, channels)."""
    return patches.reshape(len(patches), -1, patches.shape[-1])


@computes("MaxPool1D", "MaxPool2D", "MaxPool3D")
def pool_maximum(use: Use, x: Array) -> Array:
    """The greatest value under the window, channel by channel; padding is −∞ and never wins."""
    under = _taps(im2col(x, use.axes, fill=-np.inf))
    return under.max(axis=1).reshape(*positions(use.axes, x.shape), x.shape[-1])


@computes("AvgPool1D", "AvgPool2D", "AvgPool3D")
def pool_average(use: Use, x: Array) -> Array:
    """The sum under the window, over the number of values that count: those of the input, or padding too."""
    sums = _taps(im2col(x, use.axes)).sum(axis=1)
    padding_counts = 1.0 if use.layer.count_include_pad else 0.0
    counted = _taps(im2col(np.ones_like(x), use.axes, fill=padding_counts, beyond=0.0)).sum(axis=1)
    return (sums / counted).reshape(*positions(use.axes, x.shape), x.shape[-1])


@computes("Subsampling2D")
def subsample(use: Use, x: Array) -> Array:
    """The sum under the window, times the map's coefficient, plus its bias."""
    sums = _taps(im2col(x, use.axes)).sum(axis=1) * use.weights["coefficient"]
    return _finish(use, sums.reshape(*positions(use.axes, x.shape), x.shape[-1]))


@computes("GlobalMaxPool1D", "GlobalMaxPool2D", "GlobalMaxPool3D")
def pool_all_maximum(use: Use, x: Array) -> Array:
    """The greatest value of each channel."""
    return x.max(axis=tuple(range(x.ndim - 1)), keepdims=use.layer.keepdims)


@computes("GlobalAvgPool1D", "GlobalAvgPool2D", "GlobalAvgPool3D")
def pool_all_average(use: Use, x: Array) -> Array:
    """The mean of each channel."""
    return x.mean(axis=tuple(range(x.ndim - 1)), keepdims=use.layer.keepdims)


def _share_out(use: Use, x: Array, summarise: Callable[..., Array]) -> Array:
    """Output a of o along an axis of n reads the positions from ⌊a·n/o⌋ to ⌈(a + 1)·n/o⌉ − 1."""
    for at, count in enumerate(use.layer.output_size):
        n = int(x.shape[at])
        edges = [(a * n // count, -(-(a + 1) * n // count)) for a in range(count)]
        x = np.stack([summarise(x.take(range(first, past), axis=at), axis=at) for first, past in edges], axis=at)
    return x


@computes("AdaptiveMaxPool1D", "AdaptiveMaxPool2D", "AdaptiveMaxPool3D")
def pool_adaptive_maximum(use: Use, x: Array) -> Array:
    """The greatest value of each window: along one axis after the other."""
    return _share_out(use, x, np.max)


@computes("AdaptiveAvgPool1D", "AdaptiveAvgPool2D", "AdaptiveAvgPool3D")
def pool_adaptive_average(use: Use, x: Array) -> Array:
    """The mean of each window: along one axis after the other."""
    return _share_out(use, x, np.mean)


# Dense layers.


@computes("Dense")
def multiply_dense(use: Use, x: Array) -> Array:
    """Every unit is a weighted sum of all inputs."""
    return _finish(use, x @ use.weights["kernel"])


@computes("RBF")
def measure_distances(use: Use, x: Array) -> Array:
    """The squared distance of the input to each unit's code."""
    return ((x - np.array(use.layer.codes_for(len(x)))) ** 2).sum(axis=1)
