"""The average of the weights that the recipe's ``ema`` asks for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

if TYPE_CHECKING:
    from cnnspec.train.state import State

#: Torch's operations over lists of tensors have no public names.
_torch: Any = torch


class WeightAverage:
    """Keras's moving average of the trained weights: ``a ← w`` in the first step, then ``a ← ema·a + (1 − ema)·w``.

    Moving statistics of normalisations are averages of their own and stay as they are. :meth:`show` puts the averages into
    the module in the weights' place and keeps these, :meth:`hide` takes them back; both do nothing the second time.

    Attributes:
        decay: the recipe's ``ema``.
        averages: a tensor for each parameter.
        shown: whether the module holds the averages now.
    """

    def __init__(self, decay: float, parameters: Iterable[tuple[str, Tensor]]) -> None:
        pairs = list(parameters)
        self.decay = decay
        self.names = [name for name, _ in pairs]
        self.parameters = [parameter for _, parameter in pairs]
        self.averages = [parameter.detach().clone() for parameter in self.parameters]
        self.steps = 0
        self.shown = False

    @torch.no_grad()
    def update(self) -> None:
        """Take in the weights after a step, before constraints act on them, as Keras does."""
        if not self.parameters:
            return
        if self.steps == 0:
            _torch._foreach_copy_(self.averages, self.parameters)
        else:
            _torch._foreach_lerp_(self.averages, self.parameters, 1 - self.decay)
        self.steps += 1

    def show(self) -> None:
        """Put the averages in the place of the weights."""
        if not self.shown:
            self._exchange()

    def hide(self) -> None:
        """Put the weights back."""
        if self.shown:
            self._exchange()

    @torch.no_grad()
    def _exchange(self) -> None:
        for parameter, average in zip(self.parameters, self.averages, strict=True):
            kept = parameter.detach().clone()
            parameter.copy_(average)
            average.copy_(kept)
        self.shown = not self.shown

    @torch.no_grad()
    def finish(self) -> None:
        """End with the averages as the weights."""
        self.hide()
        if self.parameters and self.steps:
            _torch._foreach_copy_(self.parameters, self.averages)

    def state(self) -> State:
        """The averages by the weights' names, and whether they have changed places with these."""
        tensors = dict(zip(self.names, self.averages, strict=True))
        return {**{f"average/{name}": tensor for name, tensor in tensors.items()}, "steps": self.steps, "shown": self.shown}

    @torch.no_grad()
    def restore(self, state: State) -> None:
        """Take up a state of :meth:`state`."""
        for name, average in zip(self.names, self.averages, strict=True):
            stored = state[f"average/{name}"]
            if stored.shape != average.shape:
                raise ValueError(f"{name} is {tuple(stored.shape)} there and {tuple(average.shape)} here")
            average.copy_(stored)
        self.steps, self.shown = int(state["steps"]), bool(state["shown"])
