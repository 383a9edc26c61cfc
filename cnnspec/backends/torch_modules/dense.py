"""Dense layers, and units that measure distances."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812
from typing_extensions import override

from cnnspec.backends.torch_modules.functions import equip
from cnnspec.backends.torch_modules.module import LayerModule
from cnnspec.backends.torch_modules.table import Place, lowers
from cnnspec.layers.base import Layer


class Dense(LayerModule):
    """Every output is a weighted sum of all inputs: (N, in) → (N, units)."""

    weight: Tensor
    bias: Tensor | None

    def __init__(self, layer: Layer) -> None:
        super().__init__(layer)
        self.register_parameter("weight", None)
        self.register_parameter("bias", None)

    @override
    def core(self, x: Tensor) -> Tensor:
        return F.linear(x, self.weight, self.bias)


@lowers("Dense")
def lower_dense(layer: Any, place: Place) -> LayerModule:
    """Keras's kernel (in, units) lies as (units, in)."""
    module = Dense(layer)
    kernel, *bias = place.facts.params
    module.hold("weight", kernel, (1, 0))
    for param in bias:
        module.hold("bias", param)
    equip(module, layer.activation, 0)
    return module


class Distances(LayerModule):
    """The squared distance of the input to each unit's code, a buffer that is not saved: (N, in) → (N, units)."""

    codes: Tensor

    def __init__(self, layer: Any, place: Place) -> None:
        super().__init__(layer)
        codes = torch.tensor(layer.codes_for(place.channels), dtype=torch.get_default_dtype())
        self.register_buffer("codes", codes, persistent=False)

    @override
    def core(self, x: Tensor) -> Tensor:
        return (x.unsqueeze(1) - self.codes).square().sum(2)


@lowers("RBF")
def lower_rbf(layer: Any, place: Place) -> LayerModule:
    """Nothing is learned."""
    return Distances(layer, place)
