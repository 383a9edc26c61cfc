"""Rules whose step is a gradient or a sign: SGD and Lion."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from typing_extensions import override

from cnnspec.recipe import optimizers as declared
from cnnspec.train.optimizers.base import Optimizer, Slots

#: Torch's operations over lists of tensors have no public names.
_torch: Any = torch


class SGD(Optimizer[declared.SGD]):
    """Stochastic gradient descent.

    ``w ← w − η·g``; with momentum ``v ← μ·v − η·g``, ``w ← w + v``; Nesterov ``w ← w + μ·v − η·g`` with the new v.
    """

    @override
    def update(self, weights: list[Tensor], gradients: list[Tensor], slots: Slots) -> None:
        momentum = self.rule.momentum
        if not momentum:
            _torch._foreach_add_(weights, gradients, alpha=-self.learning_rate)
            return
        velocity = slots["velocity"]
        _torch._foreach_mul_(velocity, momentum)
        _torch._foreach_add_(velocity, gradients, alpha=-self.learning_rate)
        if self.rule.nesterov:
            _torch._foreach_add_(weights, velocity, alpha=momentum)
            _torch._foreach_add_(weights, gradients, alpha=-self.learning_rate)
        else:
            _torch._foreach_add_(weights, velocity)


class Lion(Optimizer[declared.Lion]):
    """Steps of one size: ``w ← w − η·sign(β₁·m + (1 − β₁)·g)``, then ``m ← β₂·m + (1 − β₂)·g``."""

    @override
    def update(self, weights: list[Tensor], gradients: list[Tensor], slots: Slots) -> None:
        momentum, rule = slots["momentum"], self.rule
        step = _torch._foreach_mul(momentum, rule.beta_1)
        _torch._foreach_add_(step, gradients, alpha=1 - rule.beta_1)
        _torch._foreach_sign_(step)
        _torch._foreach_add_(weights, step, alpha=-self.learning_rate)
        _torch._foreach_mul_(momentum, rule.beta_2)
        _torch._foreach_add_(momentum, gradients, alpha=1 - rule.beta_2)
