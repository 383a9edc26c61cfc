"""Rules of a mean gradient over its size: Adam, AdamW, Nadam and Adamax."""

from __future__ import annotations

from collections.abc import Iterable
from math import sqrt
from typing import Any

import torch
from torch import Tensor
from typing_extensions import override

from cnnspec.recipe import optimizers as declared
from cnnspec.train.optimizers.base import Optimizer, Slots

#: Torch's operations over lists of tensors and its fused steps have no public names.
_torch: Any = torch


class Adam(Optimizer["declared.Adam | declared.AdamW"]):
    """Adaptive moments, through Torch's fused kernel; AdamW differs by its decay of weights alone.

    ``m ← β₁·m + (1 − β₁)·g``, ``v ← β₂·v + (1 − β₂)·g²``, ``w ← w − η·√(1 − β₂ᵗ)/(1 − β₁ᵗ)·m/(√v + ε)``; amsgrad divides by
    the greatest v so far. Torch writes the step as ``η/(1 − β₁ᵗ)·m/(√v/√(1 − β₂ᵗ) + ε′)``, which is the same for
    ``ε′ = ε/√(1 − β₂ᵗ)``.
    """

    def __init__(
        self,
        rule: declared.Adam | declared.AdamW,
        parameters: Iterable[tuple[str, Tensor]],
        clip_norm: float | None = None,
    ) -> None:
        super().__init__(rule, parameters, clip_norm)
        self._count = torch.zeros((), device=self.parameters[0].device if self.parameters else None)

    @override
    def update(self, weights: list[Tensor], gradients: list[Tensor], slots: Slots) -> None:
        rule = self.rule
        self._count.fill_(self.iterations)  # not a new tensor: copying a number to a GPU would wait for it
        _torch._fused_adam_(
            weights,
            gradients,
            slots["momentum"],
            slots["velocity"],
            slots.get("velocity_max", []),
            [self._count] * len(weights),
            lr=self.learning_rate,
            beta1=rule.beta_1,
            beta2=rule.beta_2,
            weight_decay=0.0,
            eps=rule.epsilon / sqrt(1 - rule.beta_2**self.iterations),
            amsgrad=rule.amsgrad,
            maximize=False,
        )


class Nadam(Optimizer[declared.Nadam]):
    """Adam with Nesterov's momentum and Keras's schedule of it, ``u_t = β₁·(1 − 0.96ᵗ/2)``, ``P_t = u_1·…·u_t``.

    ``w ← w − η·(u_(t+1)·m/(1 − P_(t+1)) + (1 − u_t)·g/(1 − P_t))/(√(v/(1 − β₂ᵗ)) + ε)`` with Adam's m and v.
    """

    def __init__(self, rule: declared.Nadam, parameters: Iterable[tuple[str, Tensor]], clip_norm: float | None = None) -> None:
        super().__init__(rule, parameters, clip_norm)
        self._product, self._reached = 1.0, 0

    def _momentum_at(self, step: int) -> float:
        return self.rule.beta_1 * (1 - 0.5 * 0.96**step)

    def _product_at(self, step: int) -> float:
        """u_1·…·u_t: it follows from t alone, so that no checkpoint has to hold it."""
        if step < self._reached:
            self._product, self._reached = 1.0, 0
        while self._reached < step:
            self._reached += 1
            self._product *= self._momentum_at(self._reached)
        return self._product

    @override
    def update(self, weights: list[Tensor], gradients: list[Tensor], slots: Slots) -> None:
        rule, step = self.rule, self.iterations
        momentum, velocity = slots["momentum"], slots["velocity"]
        now, following = self._momentum_at(step), self._momentum_at(step + 1)
        product = self._product_at(step)
        _torch._foreach_lerp_(momentum, gradients, 1 - rule.beta_1)
        _torch._foreach_mul_(velocity, rule.beta_2)
        _torch._foreach_addcmul_(velocity, gradients, gradients, value=1 - rule.beta_2)
        mean = _torch._foreach_mul(momentum, following / (1 - product * following))
        _torch._foreach_add_(mean, gradients, alpha=(1 - now) / (1 - product))
        size = _torch._foreach_div(velocity, 1 - rule.beta_2**step)
        _torch._foreach_sqrt_(size)
        _torch._foreach_add_(size, rule.epsilon)
        _torch._foreach_addcdiv_(weights, mean, size, value=-self.learning_rate)


class Adamax(Optimizer[declared.Adamax]):
    """``m ← m + (1 − β₁)·(g − m)``, ``u ← max(β₂·u, |g|)``, ``w ← w − η/(1 − β₁ᵗ)·m/(u + ε)``."""

    @override
    def update(self, weights: list[Tensor], gradients: list[Tensor], slots: Slots) -> None:
        rule, momentum, norm = self.rule, slots["momentum"], slots["norm"]
        _torch._foreach_lerp_(momentum, gradients, 1 - rule.beta_1)
        _torch._foreach_mul_(norm, rule.beta_2)
        _torch._foreach_maximum_(norm, _torch._foreach_abs(gradients))
        divisor = _torch._foreach_add(norm, rule.epsilon)
        rate = self.learning_rate / (1 - rule.beta_1**self.iterations)
        _torch._foreach_addcdiv_(weights, momentum, divisor, value=-rate)
