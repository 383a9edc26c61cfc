"""What all optimizers share: parameters, slots, clipping, decay of weights, and a state that can be kept and taken up."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from typing import Any, Generic

import torch
from torch import Tensor
from typing_extensions import TypeVar

from cnnspec.recipe import optimizers as declared
from cnnspec.train.optimizers.clipping import Clipping

#: Torch's operations over lists of tensors have no public names.
_torch: Any = torch

Rule = TypeVar("Rule", bound=declared.Optimizer, default=declared.Optimizer)
Slots = Mapping[str, list[Tensor]]


class Optimizer(ABC, Generic[Rule]):
    """Base of the optimizers: named parameters, a learning rate that callbacks may change, and state in named slots.

    A step clips the gradients, lets weights decay, then applies the rule, as Keras does. A parameter without a gradient
    is left out of the step with all that belongs to it, as there.

    Attributes:
        rule: the recipe's declaration.
        names: the parameters' names, for checkpoints.
        learning_rate: used by the next step.
        iterations: steps taken.
        slots: per slot (``velocity``…), a tensor for each parameter.
    """

    #: What a slot is filled with before the first step, where that is not zero.
    filling: float = 0.0

    def __init__(self, rule: Rule, parameters: Iterable[tuple[str, Tensor]], clip_norm: float | None = None) -> None:
        pairs = list(parameters)
        self.rule = rule
        self.names = [name for name, _ in pairs]
        self.parameters = [parameter for _, parameter in pairs]
        self.learning_rate = rule.learning_rate
        self.iterations = 0
        self.clipping = Clipping.of(rule, clip_norm)
        self.decay: float = getattr(rule, "weight_decay", None) or 0.0
        self.slots: dict[str, list[Tensor]] = {slot: self._filled() for slot in rule.slots}

    def _filled(self) -> list[Tensor]:
        return [torch.full_like(parameter, self.filling, requires_grad=False) for parameter in self.parameters]

    @torch.no_grad()
    def step(self) -> None:
        """Move the parameters by one step along their gradients."""
        weights, gradients, slots = self._moved()
        if not gradients:
            return
        self.iterations += 1
        self.clipping.apply(gradients)
        if self.decay:
            _torch._foreach_mul_(weights, 1 - self.decay * self.learning_rate)
        self.update(weights, gradients, slots)

    def _moved(self) -> tuple[list[Tensor], list[Tensor], Slots]:
        """The parameters that have gradients, these, and the slots of the same."""
        gradients = [parameter.grad for parameter in self.parameters if parameter.grad is not None]
        if len(gradients) == len(self.parameters):
            return self.parameters, gradients, self.slots
        at = [index for index, parameter in enumerate(self.parameters) if parameter.grad is not None]
        slots = {slot: [tensors[index] for index in at] for slot, tensors in self.slots.items()}
        return [self.parameters[index] for index in at], gradients, slots

    @abstractmethod
    def update(self, weights: list[Tensor], gradients: list[Tensor], slots: Slots) -> None:
        """Apply the rule to parallel lists; gradients are not changed, slots are."""

    def zero_grad(self) -> None:
        """Forget the gradients."""
        for parameter in self.parameters:
            parameter.grad = None

    def state(self) -> dict[str, Any]:
        """The slots as tensors named ``slot/parameter``, the learning rate and the number of steps."""
        slots = {
            f"{slot}/{name}": tensor
            for slot, tensors in self.slots.items()
            for name, tensor in zip(self.names, tensors, strict=True)
        }
        return {**slots, "learning_rate": self.learning_rate, "iterations": self.iterations}

    @torch.no_grad()
    def restore(self, state: Mapping[str, Any]) -> None:
        """Take up the state of :meth:`state`.

        Raises:
            KeyError: a slot's tensor is missing.
            ValueError: one has another shape.
        """
        for name, tensor in self.state().items():
            if isinstance(tensor, Tensor):
                if tensor.shape != state[name].shape:
                    raise ValueError(f"{name} is {tuple(state[name].shape)} there and {tuple(tensor.shape)} here")
                tensor.copy_(state[name])
        self.learning_rate, self.iterations = float(state["learning_rate"]), int(state["iterations"])
