"""One unit of a layer in NumPy: what lies under its window and what that is multiplied with, number by number.

The same formulas as in :mod:`~cnnspec.backends.numpy_reference`, for one position of the output. All channels there are
summed up, because a softmax needs them all; one is written out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from itertools import product
from math import prod
from typing import Any

import numpy as np

from cnnspec.analysis.explain.unit import Patch, Reach, Unit
from cnnspec.backends.numpy_activations import apply_activation
from cnnspec.backends.numpy_reference import connect, pad
from cnnspec.backends.numpy_table import Array
from cnnspec.layers.arithmetic import lift
from cnnspec.layers.base import Facts, Layer
from cnnspec.layers.window import Adaptive, Axis, TransposedAxis


@dataclass(frozen=True, slots=True)
class Case:
    """A layer, its facts on these inputs, its weights by Keras's names, and the place of the unit."""

    layer: Any
    facts: Facts
    weights: Mapping[str, Array]
    inputs: tuple[Array, ...]
    place: tuple[int, ...]

    @property
    def x(self) -> Array:
        return self.inputs[0]


#: Writes out one channel at the case's place.
Writer = Callable[[Case, int], Unit]
WRITERS: dict[str, Writer] = {}


def writes(*kinds: str) -> Callable[[Writer], Writer]:
    """Enter a function as what writes out a unit of these kinds."""

    def enter(writer: Writer) -> Writer:
        WRITERS.update(dict.fromkeys(kinds, writer))
        return writer

    return enter


def written_kinds() -> frozenset[str]:
    """The kinds of layers whose units can be written out."""
    return frozenset(WRITERS)


def write_unit(
    layer: Layer, facts: Facts, weights: Mapping[str, Array], inputs: Sequence[Array], place: Sequence[int], channel: int
) -> Unit:
    """One unit of a layer of :func:`written_kinds`.

    Args:
        layer: the layer.
        facts: its facts on inputs of these shapes.
        weights: its arrays in Keras's layout, by Keras's names.
        inputs: one sample of each input, channels last.
        place: the unit's position; empty for a vector.
        channel: its channel.
    """
    values = {name: np.asarray(array, dtype=np.float64) for name, array in weights.items()}
    samples = tuple(np.asarray(sample, dtype=np.float64) for sample in inputs)
    return WRITERS[layer.kind](Case(layer, facts, values, samples, tuple(place)), channel)


def _finish(case: Case, channel: int, reaches: Sequence[Reach], patches: Sequence[Patch], sums: Array, **more: Any) -> Unit:
    """The bias of every channel, then the activation over all of them."""
    bias = case.weights.get("bias")
    before = sums if bias is None else sums + bias
    activation = getattr(case.layer, "activation", None)
    after = apply_activation(activation, before)
    word = None if activation is None or activation.word == "linear" else activation.word
    own = None if bias is None else float(bias[channel])
    values = float(before[channel]) + 0.0, float(after[channel]) + 0.0  # no −0
    return Unit(case.place, channel, "sum", tuple(reaches), tuple(patches), *values, bias=own, activation=word, **more)


# --- windows --------------------------------------------------------------------------------------------------------


def _sliding(case: Case, **padding: Any) -> tuple[Array, Array, tuple[Reach, ...]]:
    """What lies under a sliding window (k…, channels), which positions of it are padding (k…), and the reaches."""
    axes: tuple[Axis, ...] = case.facts.window  # type: ignore[assignment]
    padded = pad(case.x, axes, **padding)
    spans = zip(case.place, axes, strict=True)
    window = tuple(slice(at * axis.stride, at * axis.stride + axis.effective, axis.dilation) for at, axis in spans)
    reaches = tuple(_reach(axis, at, n) for axis, at, n in zip(axes, case.place, case.x.shape, strict=False))
    return padded[window], _outside(reaches), reaches


def _reach(axis: Axis, at: int, extent: int) -> Reach:
    first = lift(at) * axis.stride - int(axis.before)  # type: ignore[arg-type]
    return Reach(tuple(axis.taps(at)), int(extent), first)


def _outside(reaches: Sequence[Reach]) -> Array:
    places = product(*(reach.positions for reach in reaches))
    flags = [any(not 0 <= at < reach.extent for at, reach in zip(place, reaches, strict=True)) for place in places]
    return np.array(flags, dtype=bool).reshape([len(reach.positions) for reach in reaches])


def _patch(label: str, values: Array, outside: Array, weights: Array | None = None, factor: float | None = None) -> Patch:
    total = float(values.sum() if weights is None else (values * weights).sum())
    flat = None if weights is None else tuple(weights.ravel().tolist())
    return Patch(label, values.shape, tuple(values.ravel().tolist()), tuple(outside.ravel().tolist()), flat, total, factor)


@writes("Conv1D", "Conv2D", "Conv3D")
def _write_convolution(case: Case, channel: int) -> Unit:
    layer, kernel = case.layer, connect(case.layer, case.weights["kernel"])
    under, outside, reaches = _sliding(case, mode=layer.padding_mode)
    groups, filters = layer.groups, kernel.shape[-1]
    parts = zip(np.split(under, groups, axis=-1), np.split(kernel, groups, axis=-1), strict=True)
    sums = np.concatenate([part.reshape(-1) @ weights.reshape(-1, weights.shape[-1]) for part, weights in parts])
    first = channel // (filters // groups) * kernel.shape[-2]
    read = range(kernel.shape[-2]) if layer.connections is None else layer.connections[channel]
    patches = [_patch(f"channel {first + c:,}", under[..., first + c], outside, kernel[..., c, channel]) for c in read]
    remark = f"In {groups} groups: filter {channel:,} reads channels {first:,} to {first + len(read) - 1:,}."
    return _finish(case, channel, reaches, patches, sums, remarks=(remark,) if groups > 1 else ())


@writes("DepthwiseConv1D", "DepthwiseConv2D")
def _write_depthwise(case: Case, channel: int) -> Unit:
    kernel = case.weights["kernel"]
    under, outside, reaches = _sliding(case, mode=case.layer.padding_mode)
    source, number = divmod(channel, kernel.shape[-1])
    sums = (under[..., None] * kernel).sum(axis=tuple(range(kernel.ndim - 2))).reshape(-1)
    patch = _patch(f"channel {source:,}", under[..., source], outside, kernel[..., source, number])
    return _finish(case, channel, reaches, [patch], sums)


@writes("SeparableConv1D", "SeparableConv2D")
def _write_separable(case: Case, channel: int) -> Unit:
    kernel = case.weights["depthwise_kernel"]
    under, outside, reaches = _sliding(case, mode=case.layer.padding_mode)
    between = (under[..., None] * kernel).sum(axis=tuple(range(kernel.ndim - 2))).reshape(-1)
    mixing = case.weights["pointwise_kernel"].reshape(len(between), -1)
    multiplier = kernel.shape[-1]
    patches: list[Patch] = []
    for at in range(len(between)):
        source, number = divmod(at, multiplier)
        label = f"channel {source:,}" + (f", kernel {number}" if multiplier > 1 else "")
        weights = kernel[..., source, number]
        patches.append(_patch(label, under[..., source], outside, weights, float(mixing[at, channel])))
    return _finish(case, channel, reaches, patches, between @ mixing)


@writes("Conv1DTranspose", "Conv2DTranspose", "Conv3DTranspose")
def _write_transposed(case: Case, channel: int) -> Unit:
    axes: tuple[TransposedAxis, ...] = case.facts.window  # type: ignore[assignment]
    kernel = case.weights["kernel"]  # (k…, filters, in)
    reaches = [_writers(axis, at, int(n)) for axis, at, n in zip(axes, case.place, case.x.shape, strict=False)]
    under = case.x[np.ix_(*(reach.positions for reach in reaches))]
    laid = kernel[np.ix_(*(reach.taps or () for reach in reaches))]
    sums = np.einsum("pc,pfc->f", under.reshape(-1, under.shape[-1]), laid.reshape(-1, *laid.shape[-2:]))
    outside = np.zeros(under.shape[:-1], dtype=bool)
    patches = [_patch(f"channel {c:,}", under[..., c], outside, laid[..., channel, c]) for c in range(under.shape[-1])]
    remark = "Each position of the input writes its kernel, times its value, into the output; these write here."
    return _finish(case, channel, reaches, patches, sums, remarks=(remark,))


def _writers(axis: TransposedAxis, at: int, extent: int) -> Reach:
    """The inputs i and taps j with i·s + d·j = a + p."""
    pairs = [(i, (at + axis.before - i * axis.stride) // axis.dilation) for i in axis.taps(at) if 0 <= i < extent]
    return Reach(tuple(i for i, _ in pairs), extent, None, tuple(j for _, j in pairs))


@writes("Filter2D")
def _write_filter(case: Case, channel: int) -> Unit:
    matrix, scale = np.array(case.layer.matrix, dtype=np.float64), float(case.layer.scale)
    under, outside, reaches = _sliding(case)
    patch = _patch(f"channel {channel:,}", under[..., channel], outside, matrix, None if scale == 1 else scale)
    remark = "The kernel lies as it is written: mathematics would flip it first, networks do not."
    sums = np.einsum("abc,ab->c", under, matrix) * scale
    return _finish(case, channel, reaches, [patch], sums, remarks=(remark,))


# --- pooling --------------------------------------------------------------------------------------------------------


@writes("MaxPool1D", "MaxPool2D", "MaxPool3D")
def _write_maximum(case: Case, channel: int) -> Unit:
    under, outside, reaches = _sliding(case, fill=-np.inf)
    return _greatest(case, channel, reaches, under[..., channel], outside)


@writes("AvgPool1D", "AvgPool2D", "AvgPool3D")
def _write_mean(case: Case, channel: int) -> Unit:
    under, outside, reaches = _sliding(case)
    counted = ~outside
    if case.layer.count_include_pad:  # what lies behind the padding, under the last window of ceil_mode, never counts
        axes: tuple[Axis, ...] = case.facts.window  # type: ignore[assignment]
        ends = zip(axes, reaches, strict=True)
        stated = [[-int(a.before) <= at < r.extent + int(a.after) for at in r.positions] for a, r in ends]  # type: ignore[arg-type]
        counted = np.array([all(flags) for flags in product(*stated)]).reshape(outside.shape)
    return _mean(case, channel, reaches, under[..., channel], outside, int(counted.sum()))


@writes("Subsampling2D")
def _write_subsampling(case: Case, channel: int) -> Unit:
    under, outside, reaches = _sliding(case)
    coefficients = case.weights["coefficient"]
    patch = _patch(f"channel {channel:,}", under[..., channel], outside, None, float(coefficients[channel]))
    return _finish(case, channel, reaches, [patch], under.sum(axis=(0, 1)) * coefficients)


def _greatest(case: Case, channel: int, reaches: Sequence[Reach], values: Array, outside: Array) -> Unit:
    value = float(values.max())
    patch = _patch(f"channel {channel:,}", values, outside)
    return Unit(case.place, channel, "max", tuple(reaches), (patch,), value, value)


def _mean(case: Case, channel: int, reaches: Sequence[Reach], values: Array, outside: Array, divisor: int) -> Unit:
    value = float(values.sum() / divisor)
    patch = _patch(f"channel {channel:,}", values, outside)
    remarks = ("Padding counts neither in the sum nor in the number of values.",) if divisor < values.size else ()
    return Unit(case.place, channel, "mean", tuple(reaches), (patch,), value, value, divisor=divisor, remarks=remarks)


def _shared_out(case: Case) -> tuple[Array, tuple[Reach, ...]]:
    """What windows read that share the map out; all of it where there is one."""
    extents = case.x.shape[:-1]
    place = case.place or (0,) * len(extents)
    counts = getattr(case.layer, "output_size", (1,) * len(extents))
    axes = [Adaptive(count, int(n)) for count, n in zip(counts, extents, strict=True)]
    reaches = tuple(Reach(tuple(axis.taps(at)), int(n)) for axis, at, n in zip(axes, place, extents, strict=True))
    return case.x[np.ix_(*(reach.positions for reach in reaches))], reaches


@writes(*(f"{name}MaxPool{rank}D" for name in ("Global", "Adaptive") for rank in "123"))
def _write_wide_maximum(case: Case, channel: int) -> Unit:
    under, reaches = _shared_out(case)
    return _greatest(case, channel, reaches, under[..., channel], np.zeros(under.shape[:-1], dtype=bool))


@writes(*(f"{name}AvgPool{rank}D" for name in ("Global", "Adaptive") for rank in "123"))
def _write_wide_mean(case: Case, channel: int) -> Unit:
    under, reaches = _shared_out(case)
    return _mean(case, channel, reaches, under[..., channel], np.zeros(under.shape[:-1], dtype=bool), prod(under.shape[:-1]))


# --- dense layers ---------------------------------------------------------------------------------------------------


@writes("Dense")
def _write_dense(case: Case, channel: int) -> Unit:
    kernel = case.weights["kernel"]
    patch = _patch("the input", case.x, np.zeros(len(case.x), dtype=bool), kernel[:, channel])
    return _finish(case, channel, (), [patch], case.x @ kernel)


import_module("cnnspec.backends.numpy_pointwise_units")  # enters the layers without a window
