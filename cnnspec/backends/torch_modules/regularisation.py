"""Layers that act in training only."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812
from typing_extensions import override

from cnnspec.backends.torch_modules.initialisation import generator_for
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


class MaskedDropout(LayerModule):
    """Dropout whose decision holds along some axes (of a channel, of a position, of the batch), or has a seed of its own.

    ``noise`` is the shape of the decisions in the module's order; None takes the input's extent. With a seed the n-th
    call in training always draws the same decisions.
    """

    def __init__(self, layer: Layer, rate: float, noise: tuple[int | None, ...], seed: int | None) -> None:
        super().__init__(layer)
        self.rate = rate
        self.noise = noise
        self.seed = seed
        self.calls = 0

    @override
    def core(self, x: Tensor) -> Tensor:
        if not self.training or self.rate == 0:
            return x
        shape = [n if size is None else size for n, size in zip(x.shape, self.noise, strict=True)]
        if self.seed is None:
            return x * F.dropout(x.new_ones(shape), self.rate)
        return x * self._draw(shape, x)

    def _draw(self, shape: list[int], x: Tensor) -> Tensor:
        assert self.seed is not None
        generator = torch.Generator(x.device).manual_seed(generator_for(self.seed, str(self.calls)).initial_seed())
        self.calls += 1
        kept = torch.rand(shape, generator=generator, device=x.device) >= self.rate
        return kept.to(x.dtype) / (1 - self.rate) if self.rate < 1 else kept.to(x.dtype)


@lowers("Dropout")
def lower_dropout(layer: Any, place: Place) -> LayerModule:
    """``noise_shape`` is in Keras's order, the batch first."""
    if layer.noise_shape is None and layer.seed is None:
        return Dropout(layer, layer.rate)
    noise = layer.noise_shape or (None,) * (place.rank + 2)
    return MaskedDropout(layer, layer.rate, (noise[0], noise[-1], *noise[1:-1]), layer.seed)


@lowers("SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D")
def lower_spatial_dropout(layer: Any, place: Place) -> LayerModule:
    """Whole channels are dropped."""
    return MaskedDropout(layer, layer.rate, (None, None, *[1] * place.rank), layer.seed)
