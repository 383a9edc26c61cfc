"""Dense layers."""

from __future__ import annotations

from typing import Any

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
