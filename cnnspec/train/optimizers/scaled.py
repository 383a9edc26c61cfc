"""Rules that divide a gradient by the size of those before it: RMSprop, Adagrad and Adadelta."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor
from typing_extensions import override

from cnnspec.recipe import optimizers as declared
from cnnspec.train.optimizers.base import Optimizer, Slots

#: Torch's operations over lists of tensors have no public names.
_torch: Any = torch


def _rooted(values: list[Tensor], epsilon: float) -> list[Tensor]:
    """√(values + ε), as new tensors."""
    roots = _torch._foreach_add(values, epsilon)
    _torch._foreach_sqrt_(roots)
    return roots


class RMSprop(Optimizer[declared.RMSprop]):
    """Root mean square propagation.

    ``v ← ρ·v + (1 − ρ)·g²``, step ``η·g/√(v + ε)``: the root is over both (Torch's own adds ε after it). Centered:
    ``a ← ρ·a + (1 − ρ)·g`` and ``√(v − a² + ε)``. With momentum ``m ← μ·m + step``, ``w ← w − m``.
    """

    @override
    def update(self, weights: list[Tensor], gradients: list[Tensor], slots: Slots) -> None:
        rule, velocity = self.rule, slots["velocity"]
        _torch._foreach_mul_(velocity, rule.rho)
        _torch._foreach_addcmul_(velocity, gradients, gradients, value=1 - rule.rho)
        divisor = self._divisor(gradients, slots)
        if rule.momentum:
            momentum = slots["momentum"]
            _torch._foreach_mul_(momentum, rule.momentum)
            _torch._foreach_addcdiv_(momentum, gradients, divisor, value=self.learning_rate)
            _torch._foreach_add_(weights, momentum, alpha=-1)
        else:
            _torch._foreach_addcdiv_(weights, gradients, divisor, value=-self.learning_rate)

    def _divisor(self, gradients: list[Tensor], slots: Slots) -> list[Tensor]:
        rule, velocity = self.rule, slots["velocity"]
        if not rule.centered:
            return _rooted(velocity, rule.epsilon)
        average = slots["average"]
        _torch._foreach_mul_(average, rule.rho)
        _torch._foreach_add_(average, gradients, alpha=1 - rule.rho)
        variance = _torch._foreach_addcmul(velocity, average, average, value=-1)
        # Rounding alone can make a variance negative, and the root of that would be NaN.
        _torch._foreach_clamp_min_(variance, 0.0)
        return _rooted(variance, rule.epsilon)


class Adagrad(Optimizer[declared.Adagrad]):
    """``a ← a + g²``, ``w ← w − η·g/√(a + ε)``: the root is over both."""

    def __init__(self, rule: declared.Adagrad, parameters: Iterable[tuple[str, Tensor]], clip_norm: float | None = None) -> None:
        self.filling = rule.initial_accumulator_value
        super().__init__(rule, parameters, clip_norm)

    @override
    def update(self, weights: list[Tensor], gradients: list[Tensor], slots: Slots) -> None:
        accumulator = slots["accumulator"]
        _torch._foreach_addcmul_(accumulator, gradients, gradients)
        _torch._foreach_addcdiv_(weights, gradients, _rooted(accumulator, self.rule.epsilon), value=-self.learning_rate)


class Adadelta(Optimizer[declared.Adadelta]):
    """``v ← ρ·v + (1 − ρ)·g²``, ``d = √(x + ε)/√(v + ε)·g``, ``x ← ρ·x + (1 − ρ)·d²``, ``w ← w − η·d``."""

    @override
    def update(self, weights: list[Tensor], gradients: list[Tensor], slots: Slots) -> None:
        rule, velocity, moved = self.rule, slots["accumulated_grad"], slots["accumulated_delta"]
        _torch._foreach_mul_(velocity, rule.rho)
        _torch._foreach_addcmul_(velocity, gradients, gradients, value=1 - rule.rho)
        delta = _rooted(moved, rule.epsilon)
        _torch._foreach_mul_(delta, gradients)
        _torch._foreach_div_(delta, _rooted(velocity, rule.epsilon))
        _torch._foreach_mul_(moved, rule.rho)
        _torch._foreach_addcmul_(moved, delta, delta, value=1 - rule.rho)
        _torch._foreach_add_(weights, delta, alpha=-self.learning_rate)
