"""Convolutions, depthwise, separable and transposed ones, and fixed filters."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812
from typing_extensions import override

from cnnspec.backends.torch_modules.functions import equip
from cnnspec.backends.torch_modules.layout import Layout, kernel_axes
from cnnspec.backends.torch_modules.module import LayerModule
from cnnspec.backends.torch_modules.padding import Pad, padding_for_convolution, torch_amounts, windows
from cnnspec.backends.torch_modules.table import Place, lowers
from cnnspec.layers.base import Layer
from cnnspec.layers.window import TransposedAxis

_CONVOLVE = {1: F.conv1d, 2: F.conv2d, 3: F.conv3d}
_TRANSPOSE = {1: F.conv_transpose1d, 2: F.conv_transpose2d, 3: F.conv_transpose3d}


class Convolution(LayerModule):
    """A kernel that slides over the map: (N, C, …) → (N, filters, …)."""

    weight: Tensor
    bias: Tensor | None

    def __init__(self, layer: Layer, place: Place, groups: int, padding_mode: str = "zeros") -> None:
        super().__init__(layer)
        axes = windows(place.axes)
        self.convolve = _CONVOLVE[len(axes)]
        self.stride = tuple(axis.stride for axis in axes)
        self.dilation = tuple(axis.dilation for axis in axes)
        self.groups = groups
        self.padding, self.pad = padding_for_convolution(axes, padding_mode)
        self.register_parameter("weight", None)
        self.register_parameter("bias", None)

    @override
    def core(self, x: Tensor) -> Tensor:
        return self.slide(x, self.weight, self.bias)

    def slide(self, x: Tensor, kernel: Tensor, bias: Tensor | None) -> Tensor:
        """A kernel at every place of the padded map, and a bias."""
        if self.pad is not None:
            x = self.pad(x)
        return self.convolve(x, kernel, bias, self.stride, self.padding, self.dilation, self.groups)


class PartialConvolution(Convolution):
    """A convolution whose filters read only some channels: ``weight`` (pairs, k…) has the kernels that exist, no others.

    Zeros stand for the others while it runs; nothing trains or saves them.
    """

    pairs: Tensor

    def __init__(self, layer: Any, place: Place) -> None:
        super().__init__(layer, place, 1, layer.padding_mode)
        self.channels = (layer.filters, place.channels)
        self.register_buffer("pairs", torch.tensor(_pairs(layer, place)), persistent=False)

    @override
    def core(self, x: Tensor) -> Tensor:
        taps = self.weight.shape[1:]
        whole = self.weight.new_zeros(self.channels[0] * self.channels[1], *taps).index_copy(0, self.pairs, self.weight)
        return self.slide(x, whole.reshape(*self.channels, *taps), self.bias)


def _pairs(layer: Any, place: Place) -> tuple[int, ...]:
    """The places of the connected pairs in an array (filters, channels), row by row."""
    return tuple(filter_ * place.channels + c for filter_, row in enumerate(layer.connections) for c in row)


@lowers("Conv1D", "Conv2D", "Conv3D")
def lower_convolution(layer: Any, place: Place) -> LayerModule:
    """Keras's kernel (k…, in/groups, filters) lies as (filters, in/groups, k…)."""
    if layer.connections is not None:
        return _lower_partial(layer, place)
    module = Convolution(layer, place, layer.groups, layer.padding_mode)
    _hold(module, place, kernel_axes(layer.rank))
    equip(module, layer.activation, place.rank)
    return module


def _lower_partial(layer: Any, place: Place) -> LayerModule:
    module = PartialConvolution(layer, place)
    kernel, *bias = place.facts.params
    module.hold_as("weight", kernel, Layout.of_pairs(kernel.shape, kernel_axes(layer.rank), _pairs(layer, place)))
    for param in bias:
        module.hold("bias", param)
    equip(module, layer.activation, place.rank)
    return module


@lowers("DepthwiseConv1D", "DepthwiseConv2D")
def lower_depthwise(layer: Any, place: Place) -> LayerModule:
    """Keras's kernel (k…, in, multiplier) lies as (in·multiplier, 1, k…): a group for each input channel."""
    module = Convolution(layer, place, place.channels, layer.padding_mode)
    rank = layer.rank
    joined = (place.channels * layer.depth_multiplier, 1, *layer.kernel_size)
    _hold(module, place, (rank, rank + 1, *range(rank)), joined)
    equip(module, layer.activation, place.rank)
    return module


class SeparableConvolution(Convolution):
    """``weight`` on each channel by itself, then ``pointwise`` on all of them: (N, C, …) → (N, filters, …)."""

    pointwise: Tensor

    @override
    def core(self, x: Tensor) -> Tensor:
        return self.convolve(self.slide(x, self.weight, None), self.pointwise, self.bias)


@lowers("SeparableConv1D", "SeparableConv2D")
def lower_separable(layer: Any, place: Place) -> LayerModule:
    """Keras's kernels (k…, in, multiplier) and (1…, in·multiplier, filters) lie as those of two convolutions."""
    module = SeparableConvolution(layer, place, place.channels, layer.padding_mode)
    rank = layer.rank
    depthwise, pointwise, *bias = place.facts.params
    module.hold(
        "weight", depthwise, (rank, rank + 1, *range(rank)), (place.channels * layer.depth_multiplier, 1, *layer.kernel_size)
    )
    module.hold("pointwise", pointwise, kernel_axes(rank))
    for param in bias:
        module.hold("bias", param)
    equip(module, layer.activation, place.rank)
    return module


def _hold(module: LayerModule, place: Place, axes: tuple[int, ...], joined: tuple[int, ...] | None = None) -> None:
    kernel, *bias = place.facts.params
    module.hold("weight", kernel, axes, joined)
    for param in bias:
        module.hold("bias", param)


class TransposedConvolution(LayerModule):
    """Each input writes a kernel's worth of outputs: (N, C, …) → (N, filters, …).

    Torch crops the same amount at both ends and can leave ``output_padding`` uncropped at the end. What it cannot do
    (more off the end than off the start, zeros before the start) is done after it.
    """

    weight: Tensor
    bias: Tensor | None

    def __init__(self, layer: Layer, axes: tuple[TransposedAxis, ...]) -> None:
        super().__init__(layer)
        self.transpose = _TRANSPOSE[len(axes)]
        self.stride = tuple(axis.stride for axis in axes)
        self.dilation = tuple(axis.dilation for axis in axes)
        splits = [_split_cut(axis) for axis in axes]
        self.padding = tuple(padding for padding, _, _ in splits)
        self.output_padding = tuple(added for _, added, _ in splits)
        rest = [left for _, _, left in splits]
        self.finish = Pad(torch_amounts(rest)) if any(pair != (0, 0) for pair in rest) else None
        # Zeros that are put on get the bias as every other output does, so it comes after them.
        self.bias_after = any(amount > 0 for pair in rest for amount in pair)
        self.register_parameter("weight", None)
        self.register_parameter("bias", None)

    @override
    def core(self, x: Tensor) -> Tensor:
        bias = None if self.bias_after else self.bias
        y = self.transpose(x, self.weight, bias, self.stride, self.padding, self.output_padding, 1, self.dilation)
        if self.finish is not None:
            y = self.finish(y)
        if self.bias_after and self.bias is not None:
            y = y + self.bias.reshape(-1, *[1] * len(self.stride))
        return y


class FixedFilter(LayerModule):
    """One kernel of constants on every channel: a buffer that is not saved, for nothing in it is learned."""

    kernel: Tensor

    def __init__(self, layer: Any, place: Place) -> None:
        super().__init__(layer)
        axes = windows(place.axes)
        self.stride = tuple(axis.stride for axis in axes)
        self.padding, self.pad = padding_for_convolution(axes, "zeros")
        self.channels = place.channels
        kernel = torch.tensor(layer.matrix, dtype=torch.float64) * layer.scale
        repeated = kernel.to(torch.get_default_dtype()).expand(self.channels, 1, *kernel.shape).contiguous()
        self.register_buffer("kernel", repeated, persistent=False)

    @override
    def core(self, x: Tensor) -> Tensor:
        if self.pad is not None:
            x = self.pad(x)
        return F.conv2d(x, self.kernel, None, self.stride, self.padding, 1, self.channels)


@lowers("Filter2D")
def lower_filter(layer: Any, place: Place) -> LayerModule:
    """The matrix times ``scale``, as it is written: networks do not flip it."""
    return FixedFilter(layer, place)


def _split_cut(axis: TransposedAxis) -> tuple[int, int, tuple[int, int]]:
    """Torch's padding and output padding of one axis, and what is left to put on (or take off) at both ends."""
    kept = axis.before - axis.after
    if axis.before >= 0 and 0 <= kept < max(axis.stride, axis.dilation):
        return axis.before, kept, (0, 0)
    padding = max(min(axis.before, axis.after), 0)
    return padding, 0, (padding - axis.before, padding - axis.after)


@lowers("Conv1DTranspose", "Conv2DTranspose", "Conv3DTranspose")
def lower_transposed(layer: Any, place: Place) -> LayerModule:
    """Keras's kernel (k…, filters, in) lies as (in, filters, k…)."""
    axes = tuple(axis for axis in place.axes if isinstance(axis, TransposedAxis))
    module = TransposedConvolution(layer, axes)
    _hold(module, place, kernel_axes(layer.rank))
    equip(module, layer.activation, place.rank)
    return module
