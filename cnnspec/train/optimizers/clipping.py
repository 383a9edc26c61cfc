"""Clipping of gradients, on the device and without waiting for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import torch
from torch import Tensor

from cnnspec.recipe import optimizers as declared

#: Torch's operations over lists of tensors have no public names.
_torch: Any = torch


@dataclass(frozen=True, slots=True)
class Clipping:
    """How gradients are clipped before a step; at most one of the three is given.

    Attributes:
        each: the greatest Euclidean norm of each gradient: g ← g·c/max(‖g‖, c).
        together: the greatest norm of all gradients as one vector; a norm that is not finite makes all of them NaN.
        value: the greatest size of an element.
    """

    each: float | None = None
    together: float | None = None
    value: float | None = None

    @classmethod
    def of(cls, rule: declared.Optimizer, clip_norm: float | None = None) -> Self:
        """The clipping that a recipe asks for, by its optimizer's arguments or its own ``clip_norm``."""
        each, together, value = (getattr(rule, name, None) for name in ("clipnorm", "global_clipnorm", "clipvalue"))
        return cls(each, together if clip_norm is None else clip_norm, value)

    def apply(self, gradients: list[Tensor]) -> None:
        """Clip gradients in place."""
        if self.each is not None:
            _torch._foreach_mul_(gradients, [self.each / norm.clamp(min=self.each) for norm in norms_of(gradients)])
        elif self.together is not None:
            norm = global_norm(gradients)
            # The difference is zero for a finite norm and NaN for any other.
            _torch._foreach_mul_(gradients, self.together / norm.clamp(min=self.together) + (norm - norm))
        elif self.value is not None:
            _torch._foreach_clamp_min_(gradients, -self.value)
            _torch._foreach_clamp_max_(gradients, self.value)


def norms_of(gradients: list[Tensor]) -> list[Tensor]:
    """The Euclidean norm of each tensor."""
    return list(_torch._foreach_norm(gradients))


def global_norm(gradients: list[Tensor]) -> Tensor:
    """The Euclidean norm of all tensors as one vector."""
    return _torch.linalg.vector_norm(torch.stack(norms_of(gradients)))
