"""Activations that stand as layers of their own."""

from __future__ import annotations

from typing import Any, ClassVar

import torch
from torch import Tensor
from typing_extensions import override

from cnnspec.backends.torch_modules.functions import equip
from cnnspec.backends.torch_modules.module import LayerModule
from cnnspec.backends.torch_modules.table import Place, lowers
from cnnspec.layers.base import Layer


class Function(LayerModule):
    """A function of the values: it has no core."""

    hollow: ClassVar[bool] = True

    @override
    def core(self, x: Tensor) -> Tensor:
        return x


class PReLU(LayerModule):
    """x where it is positive, else a trained slope times x, the slope one per element or shared along axes."""

    weight: Tensor

    def __init__(self, layer: Layer) -> None:
        super().__init__(layer)
        self.register_parameter("weight", None)

    @override
    def core(self, x: Tensor) -> Tensor:
        return torch.where(x > 0, x, self.weight * x)


@lowers("PReLU")
def lower_prelu(layer: Any, place: Place) -> LayerModule:
    """Keras's slopes (…, channels) lie as (channels, …)."""
    module = PReLU(layer)
    (slope,) = place.facts.params
    rank = place.rank
    module.hold("weight", slope, (rank, *range(rank)))
    return module


@lowers(
    "ReLU", "LeakyReLU", "ELU", "SELU", "GELU", "SiLU", "Mish", "Sigmoid", "HardSigmoid", "HardSwish", "Tanh", "Softplus",
    "Softmax", "Activation",
)  # fmt: skip
def lower_activation(layer: Any, place: Place) -> LayerModule:
    """The function that the layer names."""
    module = Function(layer)
    equip(module, layer.function, place.rank, owned=False)
    return module
