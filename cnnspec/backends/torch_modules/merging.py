"""Layers of several inputs."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from string import ascii_lowercase
from typing import Any, Final

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812
from typing_extensions import override

from cnnspec.backends.torch_modules.layout import to_channels_first, to_channels_last, torch_axis
from cnnspec.backends.torch_modules.module import LayerModule, Merge
from cnnspec.backends.torch_modules.table import Place, lowers
from cnnspec.layers.axes import find_axis
from cnnspec.layers.base import Layer

#: What Keras divides by at least where it gives vectors the length 1.
LEAST_LENGTH: Final = 1e-7


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


class Dot(Merge):
    """The sum of products along one axis of each input, channels last; 0 is the batch, so that axes are Keras's."""

    def __init__(self, layer: Any, axes: tuple[int, int], dims: tuple[int, int]) -> None:
        super().__init__(layer)
        self.axes = axes
        self.normalise = layer.normalize
        letters = iter(ascii_lowercase)
        left, right = (
            ["N", *("K" if at == axis else next(letters) for at in range(1, n + 1))] for axis, n in zip(axes, dims, strict=True)
        )
        kept = [letter for letter in (*left, *right[1:]) if letter != "K"]
        self.equation = f"{''.join(left)},{''.join(right)}->{''.join(kept)}"

    @override
    def core(self, *inputs: Tensor) -> Tensor:
        parts = [to_channels_last(x) for x in inputs]
        if self.normalise:
            parts = [F.normalize(x, dim=axis, eps=LEAST_LENGTH) for x, axis in zip(parts, self.axes, strict=True)]
        product = torch.einsum(self.equation, *parts)
        return to_channels_first(product) if product.dim() > 1 else product.unsqueeze(1)


@lowers("Dot")
def lower_dot(layer: Any, place: Place) -> LayerModule:
    """Negative axes are counted from the end of each input."""
    first, second = (find_axis(layer.kind, "axes", axis, shape) + 1 for axis, shape in zip(layer.axes, place.inputs, strict=True))
    return Dot(layer, (first, second), (place.inputs[0].rank + 1, place.inputs[1].rank + 1))
