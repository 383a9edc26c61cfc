"""Regularizers and constraints in Torch: what weights cost, and what they are made to fulfil.

Axes are those of Keras's layout, whatever the tensor's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from cnnspec.backends.torch_modules.module import LayerModule, Slot
from cnnspec.layers.weights import Constraint, MaxNorm, MinMaxNorm, NonNeg, Regularizer, UnitNorm

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cnnspec.backends.torch_modules.network import BuiltNetwork

#: What Keras adds to a norm that it divides by.
EPSILON = 1e-7


def penalty_of(regularizer: Regularizer, values: Tensor) -> Tensor:
    """λ₁·Σ|w| + λ₂·Σw²."""
    absolute, square = regularizer.strengths
    total = values.new_zeros(())
    if absolute:
        total = total + absolute * values.abs().sum()
    if square:
        total = total + square * values.square().sum()
    return total


def has_penalty(module: BuiltNetwork) -> bool:
    """Whether anything is ever added to the loss."""
    in_weights = any(slot.param.regularizer is not None for _, slot in _trained(module))
    return in_weights or any(getattr(node.layer, "activity_regularizer", None) is not None for node in module.network.nodes)


def penalty(module: BuiltNetwork) -> Tensor:
    """The sum of all regularizers: of the trainable weights, and of the outputs of the last call.

    The part of the outputs is given once for each call; it is divided by the batch. Shared weights count once.
    """
    terms = module.take_activity_penalties()
    for owner, slot in _trained(module):
        if isinstance(slot.param.regularizer, Regularizer):
            terms.append(penalty_of(slot.param.regularizer, getattr(owner, slot.attribute)))
    if terms:
        return torch.stack(terms).sum()
    first = next(iter(module.parameters()), None)
    return torch.zeros(()) if first is None else first.new_zeros(())


def has_constraints(module: BuiltNetwork) -> bool:
    """Whether a step of the optimizer must be followed by :func:`apply_constraints`."""
    return any(slot.param.constraint is not None for _, slot in _trained(module))


@torch.no_grad()
def apply_constraints(module: BuiltNetwork) -> None:
    """Make every constrained array of trainable weights fulfil its constraint, in place."""
    for owner, slot in _trained(module):
        if isinstance(slot.param.constraint, Constraint):
            weight: Tensor = getattr(owner, slot.attribute)
            constrained = constrain(slot.param.constraint, slot.layout.to_keras(weight))
            weight.copy_(slot.layout.to_torch(constrained))


def _trained(module: BuiltNetwork) -> Iterator[tuple[LayerModule, Slot]]:
    for owner in module.modules():
        if isinstance(owner, LayerModule):
            for slot in owner.slots:
                if slot.param.trainable and slot.param.role != "statistic":
                    yield owner, slot


def constrain(constraint: Constraint, weight: Tensor) -> Tensor:
    """The array, in Keras's layout, as the constraint wants it."""
    match constraint:
        case NonNeg():
            return weight.clamp(min=0)
        case MaxNorm(max_value=most, axis=axis):
            norm = _norm(weight, axis)
            return weight * (norm.clamp(0, most) / (EPSILON + norm))
        case UnitNorm(axis=axis):
            return weight / (EPSILON + _norm(weight, axis))
        case MinMaxNorm(min_value=least, max_value=most, rate=rate, axis=axis):
            norm = _norm(weight, axis)
            wanted = rate * norm.clamp(least, most) + (1 - rate) * norm
            return weight * (wanted / (EPSILON + norm))
        case _:
            raise TypeError(f"no Torch form of the constraint {constraint!r}")


def _norm(weight: Tensor, axis: Any) -> Tensor:
    return weight.square().sum(dim=tuple(axis), keepdim=True).sqrt()
