"""Layers that multiply by a factor and add an offset."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from typing_extensions import override

from cnnspec.backends.torch_modules.module import LayerModule
from cnnspec.backends.torch_modules.table import Place, lowers
from cnnspec.layers.base import Layer

#: What Keras's Normalization divides by at least.
LEAST_DEVIATION = 1e-7


class Scale(LayerModule):
    """Each channel times its weight, plus its bias: (N, C, …) → the same."""

    weight: Tensor
    bias: Tensor | None

    def __init__(self, layer: Layer) -> None:
        super().__init__(layer)
        self.register_parameter("bias", None)

    @override
    def core(self, x: Tensor) -> Tensor:
        y = x * self.weight
        return y if self.bias is None else y + self.bias


@lowers("Scale")
def lower_scale(layer: Any, place: Place) -> LayerModule:
    """γ lies as (C, 1, 1), so that it meets the channels."""
    module = Scale(layer)
    for param in place.facts.params:
        name = "weight" if param.name == "gamma" else param.name
        module.hold(name, param, joined=(*param.shape, *[1] * place.rank))
    return module


def _spread(values: Any, kept: tuple[int, ...], count: int) -> Tensor:
    """Numbers for the dimensions ``kept`` of a channels-last sample of ``count``, so that they meet a channels-first one."""
    array = torch.tensor(values, dtype=torch.get_default_dtype())
    sizes = iter((*[1] * (len(kept) - array.dim()), *array.shape))
    return array.reshape([next(sizes) if at in kept else 1 for at in range(count)]).movedim(-1, 0)


class Rescaling(LayerModule):
    """x·scale + offset: numbers as they are, lists as buffers that are not saved."""

    scale: float | Tensor
    offset: float | Tensor

    def __init__(self, layer: Any, count: int) -> None:
        super().__init__(layer)
        for name, values in (("scale", layer.scale), ("offset", layer.offset)):
            if isinstance(values, tuple):
                self.register_buffer(name, _spread(values, tuple(range(count)), count), persistent=False)
            else:
                setattr(self, name, values)

    @override
    def core(self, x: Tensor) -> Tensor:
        return x * self.scale + self.offset


@lowers("Rescaling")
def lower_rescaling(layer: Any, place: Place) -> LayerModule:
    """Lists are for the last axes, the channels."""
    return Rescaling(layer, place.rank + 1)


class Normalization(LayerModule):
    """(x − mean)/√variance, or the way back; the numbers are the file's, or those of the state dict."""

    mean: Tensor
    variance: Tensor

    def __init__(self, layer: Any) -> None:
        super().__init__(layer)
        self.back = layer.invert

    @override
    def core(self, x: Tensor) -> Tensor:
        deviation = self.variance.sqrt().clamp(min=LEAST_DEVIATION)
        return self.mean + x * deviation if self.back else (x - self.mean) / deviation


@lowers("Normalization")
def lower_normalization(layer: Any, place: Place) -> LayerModule:
    """Mean and variance lie so that they meet a channels-first map: (C, 1, 1)."""
    module = Normalization(layer)
    shape, count = place.inputs[0], place.rank + 1
    kept = layer.kept(shape)
    if not place.facts.params:
        module.register_buffer("mean", _spread(layer.mean, kept, count), persistent=False)
        module.register_buffer("variance", _spread(layer.variance, kept, count), persistent=False)
        return module
    order = (count - 1, *range(count - 1))
    joined = tuple(int(shape.dims[at]) if at in kept else 1 for at in order)  # type: ignore[arg-type]
    axes = tuple(kept.index(at) for at in order if at in kept)
    mean, variance, counter = place.facts.params
    module.hold("mean", mean, axes, joined)
    module.hold("variance", variance, axes, joined)
    module.hold("count", counter)
    return module
