"""Layers that act in training only."""

from __future__ import annotations

from typing import Any

from torch import Tensor
from torch.nn import functional as F  # noqa: N812
from typing_extensions import override

from cnnspec.backends.torch_modules.module import LayerModule
from cnnspec.backends.torch_modules.table import Place, lowers
from cnnspec.layers.base import Layer


class Dropout(LayerModule):
    """Each value is zero with probability ``rate``; the others are divided by 1 − rate."""

    def __init__(self, layer: Layer, rate: float) -> None:
        super().__init__(layer)
        self.rate = rate

    @override
    def core(self, x: Tensor) -> Tensor:
        return F.dropout(x, self.rate, self.training)


class SharedDropout(LayerModule):
    """Dropout whose decision holds along some axes: of a channel, of a position, of the batch.

    ``noise`` is the shape of the decisions in the module's order; None takes the input's extent.
    """

    def __init__(self, layer: Layer, rate: float, noise: tuple[int | None, ...]) -> None:
        super().__init__(layer)
        self.rate = rate
        self.noise = noise

    @override
    def core(self, x: Tensor) -> Tensor:
        if not self.training or self.rate == 0:
            return x
        shape = [n if size is None else size for n, size in zip(x.shape, self.noise, strict=True)]
        return x * F.dropout(x.new_ones(shape), self.rate)


@lowers("Dropout")
def lower_dropout(layer: Any, place: Place) -> LayerModule:
    """``noise_shape`` is in Keras's order, with or without the batch."""
    noise = layer.noise_shape
    if noise is None:
        return Dropout(layer, layer.rate)
    full = tuple(noise) if len(noise) == place.rank + 2 else (None, *noise)
    return SharedDropout(layer, layer.rate, (full[0], full[-1], *full[1:-1]))


@lowers("SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D")
def lower_spatial_dropout(layer: Any, place: Place) -> LayerModule:
    """Whole channels are dropped."""
    return SharedDropout(layer, layer.rate, (None, None, *[1] * place.rank))
