"""Optimizers with Keras's update rules, as fused or foreach Torch operations.

Each step is a handful of calls over lists of tensors: no arithmetic per parameter in Python and no synchronisation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from torch import Tensor

from cnnspec.recipe import optimizers as declared
from cnnspec.train.optimizers.base import Optimizer
from cnnspec.train.optimizers.moments import Adam, Adamax, Nadam
from cnnspec.train.optimizers.plain import SGD, Lion
from cnnspec.train.optimizers.scaled import Adadelta, Adagrad, RMSprop

__all__ = ["FORMS", "SGD", "Adadelta", "Adagrad", "Adam", "Adamax", "Lion", "Nadam", "Optimizer", "RMSprop", "make_optimizer"]

#: The Torch form of each declaration.
FORMS: Mapping[type[declared.Optimizer], Callable[..., Optimizer[Any]]] = {
    declared.SGD: SGD,
    declared.RMSprop: RMSprop,
    declared.Adam: Adam,
    declared.AdamW: Adam,
    declared.Nadam: Nadam,
    declared.Adamax: Adamax,
    declared.Adagrad: Adagrad,
    declared.Adadelta: Adadelta,
    declared.Lion: Lion,
}


def make_optimizer(
    declaration: declared.Optimizer, parameters: Iterable[tuple[str, Tensor]], clip_norm: float | None = None
) -> Optimizer:
    """The Torch form of a recipe's optimizer for these parameters.

    Args:
        declaration: the recipe's ``optimizer``.
        parameters: with their names.
        clip_norm: the recipe's key of that name.
    """
    return FORMS[type(declaration)](declaration, parameters, clip_norm)
