"""Layers that act in training only."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812
from typing_extensions import override

from cnnspec.backends.torch_modules.initialisation import generator_for
from cnnspec.backends.torch_modules.module import LayerModule
from cnnspec.backends.torch_modules.shapes import Identity
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


def _own_generator(seed: int, calls: int, x: Tensor) -> torch.Generator:
    """The generator of one call of a layer that has a seed of its own."""
    return torch.Generator(x.device).manual_seed(generator_for(seed, str(calls)).initial_seed())


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
        generator = _own_generator(self.seed, self.calls, x)
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


@lowers("DropPath")
def lower_drop_path(layer: Any, place: Place) -> LayerModule:
    """Whole samples are dropped."""
    return MaskedDropout(layer, layer.rate, (None, *[1] * (place.rank + 1)), layer.seed)


class GaussianNoise(LayerModule):
    """x plus normal noise; with a seed the n-th call in training always draws the same."""

    def __init__(self, layer: Any) -> None:
        super().__init__(layer)
        self.deviation = layer.stddev
        self.seed = layer.seed
        self.calls = 0

    @override
    def core(self, x: Tensor) -> Tensor:
        if not self.training or self.deviation == 0:
            return x
        return x + self.deviation * (torch.randn_like(x) if self.seed is None else self._draw(x))

    def _draw(self, x: Tensor) -> Tensor:
        generator = _own_generator(self.seed, self.calls, x)
        self.calls += 1
        return torch.randn(x.shape, generator=generator, device=x.device, dtype=x.dtype)


@lowers("GaussianNoise")
def lower_gaussian_noise(layer: Any, place: Place) -> LayerModule:
    """The noise has the input's shape."""
    return GaussianNoise(layer)


@lowers("ActivityRegularization")
def lower_activity_regularization(layer: Any, place: Place) -> LayerModule:
    """Nothing to do: the network takes the penalty of every layer that states one."""
    return Identity(layer)
