"""Pooling: over windows and over the whole map."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812
from typing_extensions import override

from cnnspec.backends.torch_modules.functions import equip
from cnnspec.backends.torch_modules.module import LayerModule
from cnnspec.backends.torch_modules.padding import Pad, Padding, PadToSame, torch_amounts, windows
from cnnspec.backends.torch_modules.table import Place, lowers
from cnnspec.layers.base import Layer
from cnnspec.layers.padded_copy import hangs_over, known_pairs, pads_alike
from cnnspec.layers.shape import Shape
from cnnspec.layers.window import Axis, same_padding

# Not F.max_pool2d: that is a closure, which cannot be pickled.
_MAX = {1: torch.max_pool1d, 2: torch.max_pool2d, 3: torch.max_pool3d}
_AVERAGE = {1: F.avg_pool1d, 2: F.avg_pool2d, 3: F.avg_pool3d}
_ADAPTIVE_AVERAGE: dict[int, Callable[..., Tensor]] = {
    1: F.adaptive_avg_pool1d,
    2: F.adaptive_avg_pool2d,
    3: F.adaptive_avg_pool3d,
}
_ADAPTIVE_MAX: dict[int, Callable[..., tuple[Tensor, Tensor]]] = {
    1: F.adaptive_max_pool1d_with_indices,
    2: F.adaptive_max_pool2d_with_indices,
    3: F.adaptive_max_pool3d_with_indices,
}


@cache
def _ceil_amounts(axes: tuple[Axis, ...], extents: tuple[int, ...]) -> tuple[int, ...]:
    pairs: list[tuple[int, int]] = []
    for axis, n in zip(axes, extents, strict=True):
        before, positions = int(axis.before), int(axis.positions(n))  # type: ignore[arg-type]
        pairs.append((before, (positions - 1) * axis.stride + axis.effective - n - before))
    return torch_amounts(pairs)


class PadToCeil:
    """Pads the end so that exactly the windows of ``ceil_mode`` fit."""

    def __init__(self, axes: tuple[Axis, ...], value: float) -> None:
        self.axes = axes
        self.value = value

    def __call__(self, x: Tensor) -> Tensor:
        return F.pad(x, _ceil_amounts(self.axes, tuple(int(n) for n in x.shape[2:])), "constant", self.value)


class _Windows(LayerModule):
    """What pooling over windows needs: the window, and padding inside Torch's own operation wherever that is possible.

    Torch pads both ends alike, by at most half the window, or lets the last window hang over the end (``ceil_mode``), which
    pads the end alone. For all else the map is padded before.

    Args:
        layer: the declaration.
        axes: the window.
        extents: of the input.
        value: what stands in the padding.
        hang: padding at the end may become a window that hangs over.
        roomy: Torch's own operation can pad this map.
    """

    def __init__(
        self,
        layer: Layer,
        axes: tuple[Axis, ...],
        extents: Sequence[object],
        value: float,
        *,
        hang: bool = True,
        roomy: bool = True,
    ) -> None:
        super().__init__(layer)
        self.axes = axes
        self.kernel = tuple(axis.kernel for axis in axes)
        self.stride = tuple(axis.stride for axis in axes)
        self.padding = (0,) * len(axes)
        self.ceil = False
        self.pad: Padding | PadToCeil | None = None
        pairs = known_pairs(axes)
        if pairs is None:
            self.pad = PadToSame(axes, value=value)
        elif pads_alike(axes, pairs) and roomy:
            self.padding = tuple(before for before, _ in pairs)
            self.ceil = any(axis.rule == "ceil" for axis in axes)
        elif (hang or not any(after for _, after in pairs)) and roomy and hangs_over(axes, pairs, extents):
            self.ceil = True
        elif all(axis.rule != "ceil" for axis in axes):
            self.pad = Pad(torch_amounts(pairs), value=value)
        else:
            self.pad = PadToCeil(axes, value)


class MaxPool(_Windows):
    """The greatest value of each window; padding never is."""

    def __init__(self, layer: Layer, axes: tuple[Axis, ...], extents: Sequence[object]) -> None:
        super().__init__(layer, axes, extents, float("-inf"))
        self.pool = _MAX[len(axes)]
        self.takes_maximum = _no_window_of_padding_alone(axes)

    @override
    def core(self, x: Tensor) -> Tensor:
        if self.pad is not None:
            x = self.pad(x)
        return self.pool(x, self.kernel, self.stride, self.padding, 1, self.ceil)


def _no_window_of_padding_alone(axes: tuple[Axis, ...]) -> bool:
    pairs = known_pairs(axes)
    if pairs is None:
        return True  # same: every window holds an element
    return all(before < axis.effective and after < axis.effective for axis, (before, after) in zip(axes, pairs, strict=True))


@lowers("MaxPool1D", "MaxPool2D", "MaxPool3D")
def lower_max_pool(layer: Any, place: Place) -> LayerModule:
    """Padded with −∞."""
    return MaxPool(layer, windows(place.axes), place.inputs[0].extents)


class AvgPool(_Windows):
    """The mean of each window, over its elements of the input alone or over padding too."""

    def __init__(self, layer: Layer, axes: tuple[Axis, ...], extents: Sequence[object], count_padding: bool) -> None:
        # Torch leaves what hangs over out of the divisor, and its avg_pool3d refuses a map smaller than the window.
        roomy = len(axes) < 3 or all(isinstance(n, int) and n >= axis.kernel for n, axis in zip(extents, axes, strict=True))
        super().__init__(layer, axes, extents, 0.0, hang=not count_padding, roomy=roomy)
        self.pool = _AVERAGE[len(axes)]
        self.count_padding = count_padding

    @override
    def core(self, x: Tensor) -> Tensor:
        if self.pad is None:
            return self.pool(x, self.kernel, self.stride, self.padding, self.ceil, self.count_padding)
        means = self.pool(self.pad(x), self.kernel, self.stride)
        extents = tuple(int(n) for n in x.shape[2:])
        return means * _corrections(self.axes, extents, self.count_padding).to(x.device, x.dtype)


@cache
def _corrections(axes: tuple[Axis, ...], extents: tuple[int, ...], count_padding: bool) -> Tensor:
    """Per window, its taps over the number of those that count."""
    table = torch.ones((), dtype=torch.float64, device="cpu")  # kept for all devices, whatever Torch's default is now
    for axis, n in zip(axes, extents, strict=True):
        counts = torch.tensor(_counts(axis, n, count_padding), dtype=torch.float64, device="cpu")
        table = table.unsqueeze(-1) * (axis.kernel / counts)
    return table


def _counts(axis: Axis, n: int, count_padding: bool) -> list[int]:
    if not isinstance(axis.before, int):
        axis = same_padding(n, axis.kernel, axis.stride, axis.dilation)
    before, after = int(axis.before), int(axis.after)  # type: ignore[arg-type]
    first, past = (-before, n + after) if count_padding else (0, n)
    starts = [i * axis.stride - before for i in range(int(axis.positions(n)))]  # type: ignore[arg-type]
    return [max(min(start + axis.kernel, past) - max(start, first), 1) for start in starts]


@lowers("AvgPool1D", "AvgPool2D", "AvgPool3D")
def lower_average_pool(layer: Any, place: Place) -> LayerModule:
    """Padding stays out of the divisor unless ``count_include_pad``."""
    return AvgPool(layer, windows(place.axes), place.inputs[0].extents, layer.count_include_pad)


class Subsampling(_Windows):
    """The sum of each window, times a coefficient and plus a bias for each channel."""

    coefficient: Tensor
    bias: Tensor

    def __init__(self, layer: Layer, axes: tuple[Axis, ...], extents: Sequence[object]) -> None:
        super().__init__(layer, axes, extents, 0.0)

    @override
    def core(self, x: Tensor) -> Tensor:
        if self.pad is not None:
            x = self.pad(x)
        sums = F.avg_pool2d(x, self.kernel, self.stride, self.padding, self.ceil, True, divisor_override=1)
        shape = (-1, *[1] * len(self.kernel))
        return sums * self.coefficient.reshape(shape) + self.bias.reshape(shape)


@lowers("Subsampling2D")
def lower_subsampling(layer: Any, place: Place) -> LayerModule:
    """Zeros in the padding add nothing to a sum."""
    module = Subsampling(layer, windows(place.axes), place.inputs[0].extents)
    for param in place.facts.params:
        module.hold(param.name, param)
    equip(module, layer.activation, place.rank)
    return module


class GlobalPool(LayerModule):
    """One number per channel: (N, C, …) → (N, C), or (N, C, 1…) with ``keepdims``."""

    def __init__(self, layer: Layer, shape: Shape, maximum: bool, keepdims: bool) -> None:
        super().__init__(layer)
        self.axes = tuple(range(2, 2 + shape.rank))
        self.reduce = torch.amax if maximum else torch.mean
        self.keepdims = keepdims

    @override
    def core(self, x: Tensor) -> Tensor:
        return self.reduce(x, self.axes, self.keepdims)


@lowers("GlobalAvgPool1D", "GlobalAvgPool2D", "GlobalAvgPool3D")
def lower_global_average(layer: Any, place: Place) -> LayerModule:
    """The mean over the map."""
    return GlobalPool(layer, place.inputs[0], False, layer.keepdims)


@lowers("GlobalMaxPool1D", "GlobalMaxPool2D", "GlobalMaxPool3D")
def lower_global_maximum(layer: Any, place: Place) -> LayerModule:
    """The greatest value of the map; where several are equal they share the gradient, as in TensorFlow."""
    return GlobalPool(layer, place.inputs[0], True, layer.keepdims)


class AdaptiveAvgPool(LayerModule):
    """The mean of windows that share the map out: (N, C, …) → (N, C, o…)."""

    def __init__(self, layer: Any) -> None:
        super().__init__(layer)
        self.output_size: tuple[int, ...] = layer.output_size
        self.pool = _ADAPTIVE_AVERAGE[layer.rank]

    @override
    def core(self, x: Tensor) -> Tensor:
        return self.pool(x, self.output_size)


@lowers("AdaptiveAvgPool1D", "AdaptiveAvgPool2D", "AdaptiveAvgPool3D")
def lower_adaptive_average(layer: Any, place: Place) -> LayerModule:
    """Torch's own: its windows are the layer's."""
    return AdaptiveAvgPool(layer)


class AdaptiveMaxPool(LayerModule):
    """The greatest value of windows that share the map out: (N, C, …) → (N, C, o…)."""

    takes_maximum = True

    def __init__(self, layer: Any) -> None:
        super().__init__(layer)
        self.output_size: tuple[int, ...] = layer.output_size
        self.pool = _ADAPTIVE_MAX[layer.rank]

    @override
    def core(self, x: Tensor) -> Tensor:
        return self.pool(x, self.output_size)[0]


@lowers("AdaptiveMaxPool1D", "AdaptiveMaxPool2D", "AdaptiveMaxPool3D")
def lower_adaptive_maximum(layer: Any, place: Place) -> LayerModule:
    """Torch's own: its windows are the layer's."""
    return AdaptiveMaxPool(layer)
