"""A named array of weights: the one place a count of parameters comes from."""

from __future__ import annotations

from typing import Literal

from cnnspec.layers.arithmetic import Traced, lift, product
from cnnspec.record import record

Role = Literal["kernel", "bias", "scale", "offset", "statistic"]


@record
class Param:
    """One array of weights, in Keras's layout (a Conv2D kernel is (kh, kw, in/groups, filters)).

    ``trainable`` is false for moving statistics, and for all of a layer with ``trainable=false``. ``initializer``,
    ``regularizer`` and ``constraint`` are the declarations of :mod:`cnnspec.layers.weights`.
    """

    name: str
    shape: tuple[int, ...]
    role: Role
    trainable: bool = True
    initializer: object = None
    regularizer: object = None
    constraint: object = None

    @property
    def count(self) -> int:
        """The product of the shape."""
        return int(product([int(n) for n in self.shape]))  # type: ignore[arg-type]

    @property
    def arithmetic(self) -> Traced:
        """The count with its factors: ``3·3·32·64``."""
        return lift(product([lift(n) for n in self.shape]))  # type: ignore[arg-type]
