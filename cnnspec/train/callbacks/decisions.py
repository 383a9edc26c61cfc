"""What callbacks decide, apart from what they do: numbers go in, an answer comes out.

The decisions are Keras's, to which tests hold them on recorded series. One is not: any number is better than none. Keras takes
the first value for the best whatever it is, and nothing ever beats a NaN: from then on its EarlyStopping counts every epoch
as a failure, and its ModelCheckpoint keeps that model for good.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from ctypes import c_float
from typing import Any, Literal

#: The least and the greatest: what "better" means.
Direction = Literal["min", "max"]


def single(value: float) -> float:
    """A number rounded to float32, in which Keras compares: a change of exactly ``min_delta`` is not more than it.

    (In float64, 0.8 − 0.7 is more than 0.1.)
    """
    return c_float(value).value


class Best:
    """The best value so far: the first one, then what is better by more than ``min_delta``.

    Args:
        direction: whether the smaller or the greater is better.
        min_delta: the least change that counts; its sign does not.
        start: a value that has to be beaten from the start.
    """

    def __init__(self, direction: Direction, min_delta: float = 0.0, start: float | None = None) -> None:
        self.direction = direction
        self.min_delta = abs(min_delta)
        self.value = start

    def beats(self, value: float, reference: float | None) -> bool:
        """Whether a value is better than a reference by more than the least change."""
        if reference is None:
            return True
        if math.isnan(reference):
            return not math.isnan(value)
        if self.direction == "min":
            return single(value + self.min_delta) < single(reference)
        return single(value - self.min_delta) > single(reference)

    def take(self, value: float) -> bool:
        """Keep a value if it is the best so far, and say whether it is."""
        if not self.beats(value, self.value):
            return False
        self.value = value
        return True


class Stopping:
    """When EarlyStopping ends training, and whose weights are the best.

    The first epoch that is watched never stops training; ``wait`` only starts anew where the best value and the baseline are
    both beaten.
    """

    def __init__(self, best: Best, patience: int, baseline: float | None = None, start_from_epoch: int = 0) -> None:
        self.best, self.patience, self.baseline, self.start_from_epoch = best, patience, baseline, start_from_epoch
        self.wait = 0
        self.best_epoch: int | None = None

    def decide(self, epoch: int, value: float) -> tuple[bool, bool]:
        """Whether to keep this epoch's (from 0) weights as the best, and whether to stop."""
        if epoch < self.start_from_epoch:
            return False, False
        self.wait += 1
        if not self.best.take(value):
            return False, self.wait >= self.patience and epoch > 0
        self.best_epoch = epoch
        if self.baseline is None or self.best.beats(value, self.baseline):
            self.wait = 0
        return True, False

    def state(self) -> dict[str, Any]:
        """What has been counted."""
        return {"best": self.best.value, "wait": self.wait, "best_epoch": self.best_epoch}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on counting from there."""
        self.best.value = number_or_none(state["best"])
        self.wait = int(state["wait"])
        self.best_epoch = None if state["best_epoch"] is None else int(state["best_epoch"])


class Plateau:
    """When ReduceLROnPlateau makes the learning rate smaller, and how small: ``max(rate·factor, min_lr)``.

    After a reduction ``cooldown`` epochs pass in which nothing is counted, though the best value is still looked for.
    """

    def __init__(self, best: Best, factor: float, patience: int, cooldown: int, min_lr: float) -> None:
        self.best, self.factor, self.patience, self.cooldown, self.min_lr = best, factor, patience, cooldown, min_lr
        self.wait, self.cooling = 0, 0

    def decide(self, value: float, rate: float) -> float:
        """The learning rate after an epoch with this value."""
        if self.cooling > 0:
            self.cooling -= 1
            self.wait = 0
        if self.best.take(value):
            self.wait = 0
        elif self.cooling == 0:
            self.wait += 1
            if self.wait >= self.patience and single(rate) > single(self.min_lr):
                self.cooling, self.wait = self.cooldown, 0
                return max(rate * self.factor, self.min_lr)
        return rate

    def state(self) -> dict[str, Any]:
        """What has been counted."""
        return {"best": self.best.value, "wait": self.wait, "cooling": self.cooling}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on counting from there."""
        self.best.value = number_or_none(state["best"])
        self.wait, self.cooling = int(state["wait"]), int(state["cooling"])


class EverySteps:
    """Whether a number of steps has passed since it was last so, across epochs."""

    def __init__(self, steps: int) -> None:
        self.steps, self.since = steps, 0

    def due(self) -> bool:
        """Count a step, and say whether it is time."""
        self.since = (self.since + 1) % self.steps
        return self.since == 0


def number_or_none(value: object) -> float | None:
    """A number of a state, or None.

    Raises:
        TypeError: it is neither.
    """
    if value is None or (isinstance(value, (int, float)) and not isinstance(value, bool)):
        return value
    raise TypeError(f"{value!r} is not a number")
