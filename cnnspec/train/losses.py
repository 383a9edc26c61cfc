"""The Torch forms of the losses: the mean over a batch of what :mod:`cnnspec.recipe.losses` states.

Values are the network's outputs, or, in a fused form, those before its final softmax or sigmoid. Labels are integers, or
rows of targets.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional

from cnnspec.recipe import losses as declared

#: Keras keeps probabilities this far from 0 and 1 before it takes their logarithm.
EPSILON = 1e-7

#: From values and labels to the mean loss.
LossForm = Callable[[Tensor, Tensor], Tensor]


def loss_of(loss: declared.Loss, final: str | None) -> tuple[LossForm, bool]:
    """The loss as a function of values and labels, and whether the values are those before the final function.

    Args:
        loss: the recipe's.
        final: ``softmax`` or ``sigmoid`` where the network ends in it, else None: then its values are logits.
    """
    if not loss.activation:
        return (lambda values, labels: _plain(loss, values, one_hot(labels, values))), False
    fused = final == loss.activation and not loss.takes_logits
    if fused or loss.takes_logits or final is None:
        return (lambda values, labels: _on_logits(loss, values, labels)), fused
    return (lambda values, labels: _on_probabilities(loss, values, one_hot(labels, values))), False


def _on_logits(loss: declared.Loss, values: Tensor, labels: Tensor) -> Tensor:
    smoothing = loss.smoothing or 0.0
    match loss:
        case declared.CategoricalCrossentropy() | declared.SparseCategoricalCrossentropy():
            return functional.cross_entropy(values, labels, label_smoothing=smoothing)
        case declared.BinaryCrossentropy():
            return functional.binary_cross_entropy_with_logits(values, _halved(one_hot(labels, values), smoothing))
        case declared.CategoricalFocalCrossentropy():
            logarithms = values.log_softmax(dim=1)
            return _categorical_focal(loss, logarithms.exp(), logarithms, _spread(one_hot(labels, values), smoothing))
        case declared.BinaryFocalCrossentropy():
            targets = _halved(one_hot(labels, values), smoothing)
            entropy = functional.binary_cross_entropy_with_logits(values, targets, reduction="none")
            return _binary_focal(loss, values.sigmoid(), entropy, targets)
        case _:
            raise TypeError(f"no Torch form of the loss {loss!r}")


def _on_probabilities(loss: declared.Loss, values: Tensor, targets: Tensor) -> Tensor:
    """As in Keras: shares are divided by their sum, and all are kept from 0 and 1."""
    smoothing = loss.smoothing or 0.0
    match loss:
        case declared.CategoricalCrossentropy() | declared.SparseCategoricalCrossentropy():
            return -(_spread(targets, smoothing) * _shares(values).log()).sum(dim=1).mean()
        case declared.BinaryCrossentropy():
            return functional.binary_cross_entropy(values.clamp(EPSILON, 1 - EPSILON), _halved(targets, smoothing))
        case declared.CategoricalFocalCrossentropy():
            shares = _shares(values)
            return _categorical_focal(loss, shares, shares.log(), _spread(targets, smoothing))
        case declared.BinaryFocalCrossentropy():
            halved, kept = _halved(targets, smoothing), values.clamp(EPSILON, 1 - EPSILON)
            return _binary_focal(loss, values, functional.binary_cross_entropy(kept, halved, reduction="none"), halved)
        case _:
            raise TypeError(f"no Torch form of the loss {loss!r}")


def _plain(loss: declared.Loss, values: Tensor, targets: Tensor) -> Tensor:
    """The losses that take the outputs as they are."""
    match loss:
        case declared.MeanSquaredError():
            return functional.mse_loss(values, targets)
        case declared.MeanAbsoluteError():
            return functional.l1_loss(values, targets)
        case declared.Huber(delta=delta):
            return functional.huber_loss(values, targets, delta=delta)
        case declared.LogCosh():
            error = values - targets
            return (error + functional.softplus(-2 * error) - math.log(2)).mean()
        case declared.Poisson():
            return (values - targets * (values + EPSILON).log()).mean()
        case declared.KLDivergence():
            kept = targets.clamp(EPSILON, 1)
            return (kept * (kept / values.clamp(EPSILON, 1)).log()).sum(dim=1).mean()
        case declared.Hinge():
            return (1 - (2 * targets - 1) * values).clamp(min=0).mean()
        case declared.SquaredHinge():
            return (1 - (2 * targets - 1) * values).clamp(min=0).square().mean()
        case declared.CategoricalHinge():
            right, wrong = (targets * values).sum(dim=1), ((1 - targets) * values).amax(dim=1)
            return (wrong - right + 1).clamp(min=0).mean()
        case declared.CosineSimilarity():
            return -(functional.normalize(targets, dim=1) * _normal(values)).sum(dim=1).mean()
        case _:
            raise TypeError(f"no Torch form of the loss {loss!r}")


def _normal(values: Tensor) -> Tensor:
    """Rows of length 1, as Keras finds them: no row is divided by less than √10⁻¹²."""
    return values * values.square().sum(dim=1, keepdim=True).clamp(min=1e-12).rsqrt()


def _shares(values: Tensor) -> Tensor:
    return (values / values.sum(dim=1, keepdim=True)).clamp(EPSILON, 1 - EPSILON)


def _spread(targets: Tensor, smoothing: float) -> Tensor:
    return targets * (1 - smoothing) + smoothing / targets.shape[1] if smoothing else targets


def _halved(targets: Tensor, smoothing: float) -> Tensor:
    return targets * (1 - smoothing) + smoothing / 2 if smoothing else targets


def _categorical_focal(
    loss: declared.CategoricalFocalCrossentropy, shares: Tensor, logarithms: Tensor, targets: Tensor
) -> Tensor:
    return -(loss.alpha * _power(1 - shares, loss.gamma) * targets * logarithms).sum(dim=1).mean()


def _binary_focal(loss: declared.BinaryFocalCrossentropy, values: Tensor, entropy: Tensor, targets: Tensor) -> Tensor:
    right = targets * values + (1 - targets) * (1 - values)
    found = _power(1 - right, loss.gamma) * entropy
    if loss.apply_class_balancing:
        found = (targets * loss.alpha + (1 - targets) * (1 - loss.alpha)) * found
    return found.mean()


def _power(base: Tensor, gamma: float) -> Tensor:
    """base^gamma of what is no less than 0 but for rounding, where a root would be NaN."""
    return base.clamp(min=0).pow(gamma)


def one_hot(labels: Tensor, values: Tensor) -> Tensor:
    """Targets of the shape of the values: a row of 0 and one 1 for each label, the label itself for a single unit."""
    if labels.dim() == 2:
        return labels.to(values.dtype)
    if values.shape[1] == 1:
        return labels.to(values.dtype)[:, None]
    return (labels[:, None] == torch.arange(values.shape[1], device=labels.device)).to(values.dtype)
