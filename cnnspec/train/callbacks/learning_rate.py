"""Callbacks that set the learning rate."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, SupportsFloat

from typing_extensions import override

from cnnspec.recipe import callbacks as declared
from cnnspec.recipe.callbacks import direction
from cnnspec.recipe.schedule import Schedule
from cnnspec.train.callbacks.base import Callback, Logs
from cnnspec.train.callbacks.decisions import Best, Plateau
from cnnspec.train.callbacks.watching import require_figure

if TYPE_CHECKING:
    from cnnspec.train.state import State


class LearningRateScheduler(Callback):
    """Sets the learning rate before every epoch.

    Args:
        schedule: as a recipe declares it, a factor of the optimizer's rate over the epochs; or any function of the epoch
            (from 0) and the rate before it.
    """

    def __init__(self, schedule: declared.LearningRateScheduler | Schedule | Callable[[int, float], SupportsFloat]) -> None:
        self.schedule = schedule.schedule if isinstance(schedule, declared.LearningRateScheduler) else schedule

    @override
    def on_epoch_begin(self, epoch: int, logs: Logs) -> None:
        rate = self.rate(epoch)
        try:
            value = math.nan if isinstance(rate, str) else float(rate)
        except TypeError:
            value = math.nan
        if not 0 <= value < math.inf:
            raise ValueError(f"the schedule of LearningRateScheduler gives {rate!r} for epoch {epoch}, which is no learning rate")
        self.session.optimizer.learning_rate = value

    def rate(self, epoch: int) -> SupportsFloat:
        """What the schedule says of an epoch."""
        if isinstance(self.schedule, Schedule):
            recipe = self.session.recipe
            return recipe.optimizer.learning_rate * self.schedule.factor(epoch, recipe.epochs)
        return self.schedule(epoch, self.session.optimizer.learning_rate)


class ReduceLROnPlateau(Callback):
    """Multiplies the learning rate by ``factor`` when a figure has not improved for ``patience`` epochs."""

    def __init__(self, declaration: declared.ReduceLROnPlateau) -> None:
        self.arguments = declaration
        self._reset()

    def _reset(self) -> None:
        wanted = self.arguments
        best = Best(direction(wanted.monitor, wanted.mode), wanted.min_delta)
        self.decision = Plateau(best, wanted.factor, wanted.patience, wanted.cooldown, wanted.min_lr)

    @override
    def on_train_begin(self, logs: Logs) -> None:
        require_figure(self.session, self.arguments.word, self.arguments.monitor)
        self._reset()

    @override
    def on_epoch_end(self, epoch: int, logs: Logs) -> None:
        optimizer = self.session.optimizer
        optimizer.learning_rate = self.decision.decide(logs[self.arguments.monitor], optimizer.learning_rate)

    @override
    def state(self) -> State:
        return self.decision.state()

    @override
    def restore(self, state: State) -> None:
        self.decision.restore(state)
