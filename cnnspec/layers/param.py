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
    ``regularizer`` and ``constraint`` are the declarations of :mod:`cnnspec.layers.weights`. ``connected`` is the number of
    pairs of an input channel and a filter that have weights, where not all pairs have: elsewhere the array holds nothing.
    """

    name: str
    shape: tuple[int, ...]
    role: Role
    trainable: bool = True
    initializer: object = None
    regularizer: object = None
    constraint: object = None
    connected: int | None = None

    @property
    def factors(self) -> tuple[int, ...]:
        """What the count is a product of: the shape, or its positions and the connected pairs."""
        return self.shape if self.connected is None else (*self.shape[:-2], self.connected)

    @property
    def count(self) -> int:
        """The number of weights."""
        return int(product([int(n) for n in self.factors]))  # type: ignore[arg-type]

    @property
    def arithmetic(self) -> Traced:
        """The count with its factors: ``3·3·32·64``."""
        return lift(product([lift(n) for n in self.factors]))  # type: ignore[arg-type]

    @property
    def fans(self) -> tuple[float, float] | None:
        """The inputs of a filter and the outputs of an input channel on average, where the shape does not say them."""
        if self.connected is None:
            return None
        *_, channels, filters = self.shape
        return self.count / filters, self.count / channels
