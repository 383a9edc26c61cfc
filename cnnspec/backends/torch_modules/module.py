"""The base of all built layers: arrays of weights, a core, and an activation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor, nn
from typing_extensions import override

from cnnspec.backends.torch_modules.layout import Layout
from cnnspec.layers.base import Layer
from cnnspec.layers.param import Param

Function = Callable[[Tensor], Tensor]


@dataclass(frozen=True, slots=True)
class Slot:
    """One array of a layer: the attribute that holds it, what the layer says of it, and how its axes lie there."""

    attribute: str
    param: Param
    layout: Layout


class LayerModule(nn.Module):
    """One layer, built: ``forward`` is the activation of the core.

    Attributes:
        slots: its arrays of weights.
        activation: the function at the end, None for the identity.
        probabilities: ``softmax`` (over the channels) or ``sigmoid`` where that is the function at the end.
        keeps_maximum: the function at the end may change places with a maximum and leave values and gradients as they
            are, bit by bit. Only a cut at zero does: where it joins different values it has no gradient; the strictly
            rising ones join neighbours by rounding, and then the maximum may be another element.
        takes_maximum: it is a max pooling of which every window holds at least one element of the input.
        hollow: its core is the identity.
    """

    hollow: ClassVar[bool] = False
    takes_maximum: bool = False

    def __init__(self, layer: Layer) -> None:
        super().__init__()
        self.layer = layer
        self.slots: tuple[Slot, ...] = ()
        self.activation: Function | None = None
        self.probabilities: str | None = None
        self.keeps_maximum = False

    def hold(
        self, attribute: str, param: Param, axes: tuple[int, ...] | None = None, joined: tuple[int, ...] | None = None
    ) -> None:
        """Make room for one array: a parameter, or a buffer for a moving statistic."""
        self.hold_as(attribute, param, Layout.of(param.shape, axes, joined))

    def hold_as(self, attribute: str, param: Param, layout: Layout) -> None:
        """Make room for one array in a layout of its own."""
        empty = torch.empty(layout.torch)
        if param.role == "statistic":
            self.register_buffer(attribute, empty)
        else:
            self.register_parameter(attribute, nn.Parameter(empty, requires_grad=param.trainable))
        self.slots = (*self.slots, Slot(attribute, param, layout))

    def core(self, x: Tensor) -> Tensor:
        """Everything before the activation."""
        raise NotImplementedError

    def activate(self, x: Tensor) -> Tensor:
        """The function at the end."""
        return x if self.activation is None else self.activation(x)

    @override
    def forward(self, x: Tensor) -> Tensor:
        x = self.core(x)
        return x if self.activation is None else self.activation(x)

    @override
    def extra_repr(self) -> str:
        return self.layer.summary()


class Merge(LayerModule):
    """A layer of several inputs."""

    @override
    def core(self, *inputs: Tensor) -> Tensor:  # type: ignore[override]
        raise NotImplementedError

    @override
    def forward(self, *inputs: Tensor) -> Tensor:  # type: ignore[override]
        return self.core(*inputs)


def child_of(module: nn.Module, name: str) -> Any:
    """The module that another one holds under a name, whatever the name."""
    return module._modules[name]  # pyright: ignore[reportPrivateUsage]


class Scope(nn.Module):
    """What the text states as one thing: a block, a pass of a repeat, a named flow. It only holds its layers."""

    def place(self, name: str, module: nn.Module) -> None:
        """Put a module under a name. Any name of the language will do, also one that ``nn.Module`` has (``half``)."""
        self._modules[name] = module

    def holds(self, name: str) -> bool:
        """Whether something stands under a name."""
        return name in self._modules

    @override
    def train(self, mode: bool = True) -> Scope:
        # Not super().train(): it assigns self.training, which Torch refuses where a layer is called "training".
        self.__dict__["training"] = mode
        for child in self.children():
            child.train(mode)
        return self

    @override
    def forward(self, *inputs: Tensor) -> Tensor:
        raise NotImplementedError("a scope holds layers; call the network")
