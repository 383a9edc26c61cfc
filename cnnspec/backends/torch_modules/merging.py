"""Layers of several inputs."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from typing import Any

import torch
from torch import Tensor
from typing_extensions import override

from cnnspec.backends.torch_modules.layout import torch_axis
from cnnspec.backends.torch_modules.module import LayerModule, Merge
from cnnspec.backends.torch_modules.table import Place, lowers
from cnnspec.layers.base import Layer


def align(inputs: tuple[Tensor, ...], dims: int) -> list[Tensor]:
    """Values of lower rank with axes of size 1 before the channels, which are Torch's last: (N, C) → (N, C, 1, 1)."""
    return [x.reshape(*x.shape, *[1] * (dims - x.dim())) if x.dim() < dims else x for x in inputs]


class Elementwise(Merge):
    """One operation, taken along the inputs; axes of size 1 are repeated."""

    def __init__(self, layer: Layer, place: Place, operation: Callable[..., Tensor], mean: bool = False) -> None:
        super().__init__(layer)
        self.operation = operation
        ranks = {shape.rank for shape in place.inputs}
        self.dims = max(ranks) + 2 if len(ranks) > 1 else None
        self.divisor = len(place.inputs) if mean else None

    @override
    def core(self, *inputs: Tensor) -> Tensor:
        parts = inputs if self.dims is None else align(inputs, self.dims)
        merged = reduce(self.operation, parts)
        return merged if self.divisor is None else merged / self.divisor


_OPERATIONS: dict[str, Callable[..., Tensor]] = {
    "Add": torch.add,
    "Subtract": torch.sub,
    "Multiply": torch.mul,
    "Average": torch.add,
    "Maximum": torch.maximum,
    "Minimum": torch.minimum,
}


@lowers(*_OPERATIONS)
def lower_elementwise(layer: Any, place: Place) -> LayerModule:
    """Element by element, with Keras's broadcasting."""
    return Elementwise(layer, place, _OPERATIONS[layer.kind], mean=layer.kind == "Average")


class Concat(Merge):
    """The inputs one after the other along an axis."""

    def __init__(self, layer: Layer, dim: int) -> None:
        super().__init__(layer)
        self.dim = dim

    @override
    def core(self, *inputs: Tensor) -> Tensor:
        return torch.cat(inputs, self.dim)


@lowers("Concat")
def lower_concat(layer: Any, place: Place) -> LayerModule:
    """Keras's axis, mapped to the module's order."""
    return Concat(layer, torch_axis(layer.axis, place.rank))
