"""Layers that only arrange values: in channels-last order, whatever the tensor's."""

from __future__ import annotations

from typing import Any

from torch import Tensor
from torch.nn import functional as F  # noqa: N812
from typing_extensions import override

from cnnspec.backends.torch_modules.layout import to_channels_first, torch_axis
from cnnspec.backends.torch_modules.module import LayerModule
from cnnspec.backends.torch_modules.padding import Pad, torch_amounts, windows
from cnnspec.backends.torch_modules.table import Place, lowers
from cnnspec.layers.base import Layer
from cnnspec.layers.shape import Shape


def _order(rank: int) -> tuple[int, ...]:
    """The permutation that puts channels last."""
    return (0, *range(2, rank + 2), 1)


def _same_in_both_orders(shape: Shape) -> bool:
    """Whether a map lies the same channels first and last: it has one channel, or one position."""
    return shape.channels == 1 or all(isinstance(n, int) and n == 1 for n in shape.extents)


class Flatten(LayerModule):
    """All values in a row, in Keras's order: (N, C, …) → (N, …·C); of a map in ``channels_last`` memory a view."""

    def __init__(self, layer: Layer, shape: Shape) -> None:
        super().__init__(layer)
        self.order = None if _same_in_both_orders(shape) else _order(shape.rank)

    @override
    def core(self, x: Tensor) -> Tensor:
        return x.flatten(1) if self.order is None else x.permute(self.order).flatten(1)


@lowers("Flatten")
def lower_flatten(layer: Any, place: Place) -> LayerModule:
    """Permuted unless no value could change its place."""
    return Flatten(layer, place.inputs[0])


class Reshape(LayerModule):
    """The values, read in Keras's order, in another shape."""

    def __init__(self, layer: Layer, before: Shape, after: Shape) -> None:
        super().__init__(layer)
        self.order = None if _same_in_both_orders(before) else _order(before.rank)
        unknown = [not isinstance(dim, int) for dim in after.dims]
        if sum(unknown) > 1:
            raise ValueError(f"more than one extent of {after} is unknown")
        # −1 also where a known size would do, so that the batch may stay unknown to an export.
        self.target = tuple(-1 if missing else int(dim) for dim, missing in zip(after.dims, unknown, strict=True))  # type: ignore[arg-type]

    @override
    def core(self, x: Tensor) -> Tensor:
        if self.order is not None:
            x = x.permute(self.order)
        elif x.dim() > 2:
            x = x.flatten(1)
        return to_channels_first(x.reshape(x.shape[0], *self.target))


@lowers("Reshape")
def lower_reshape(layer: Any, place: Place) -> LayerModule:
    """The target is the shape that the facts worked out, −1 resolved."""
    return Reshape(layer, place.inputs[0], place.facts.output)


class Permute(LayerModule):
    """The axes in another order."""

    def __init__(self, layer: Layer, order: tuple[int, ...]) -> None:
        super().__init__(layer)
        self.order = order

    @override
    def core(self, x: Tensor) -> Tensor:
        return x.permute(self.order)


@lowers("Permute")
def lower_permute(layer: Any, place: Place) -> LayerModule:
    """Keras counts from 1, the batch apart, channels last; (2, 1, 3) turns an image over."""
    rank = place.rank
    last = (0, *layer.dims)  # channels-last axes of the input, in the order of the output
    first = [torch_axis(axis, rank) for axis in last]
    return Permute(layer, (0, first[-1], *first[1:-1]) if rank else (0, 1))


class Identity(LayerModule):
    """What comes in."""

    @override
    def core(self, x: Tensor) -> Tensor:
        return x


@lowers("Identity")
def lower_identity(layer: Any, place: Place) -> LayerModule:
    """Nothing to do."""
    return Identity(layer)


class PadOrCrop(LayerModule):
    """Zeros around a map, or its border taken away."""

    def __init__(self, layer: Layer, pad: Pad) -> None:
        super().__init__(layer)
        self.pad = pad

    @override
    def core(self, x: Tensor) -> Tensor:
        return self.pad(x)


@lowers("ZeroPad1D", "ZeroPad2D", "ZeroPad3D", "Crop1D", "Crop2D", "Crop3D")
def lower_pad_or_crop(layer: Any, place: Place) -> LayerModule:
    """The amounts are those of the window: negative ones are taken away."""
    pairs = [(int(axis.before), int(axis.after)) for axis in windows(place.axes)]  # type: ignore[arg-type]
    return PadOrCrop(layer, Pad(torch_amounts(pairs)))


class UpSampling(LayerModule):
    """A map made larger by whole factors, by repetition or between half-pixel centres."""

    def __init__(self, layer: Layer, factors: tuple[int, ...], interpolation: str) -> None:
        super().__init__(layer)
        self.factors = factors
        self.mode = "nearest" if interpolation == "nearest" else {1: "linear", 2: "bilinear", 3: "trilinear"}[len(factors)]
        self.corners = None if interpolation == "nearest" else False

    @override
    def core(self, x: Tensor) -> Tensor:
        size = [n * factor for n, factor in zip(x.shape[2:], self.factors, strict=True)]
        return F.interpolate(x, size, mode=self.mode, align_corners=self.corners)


@lowers("UpSampling1D", "UpSampling2D", "UpSampling3D")
def lower_upsampling(layer: Any, place: Place) -> LayerModule:
    """Factors and interpolation are those of the window."""
    magnified: list[Any] = list(place.axes)
    return UpSampling(layer, tuple(axis.factor for axis in magnified), magnified[0].interpolation)
