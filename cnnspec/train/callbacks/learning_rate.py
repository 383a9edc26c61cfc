"""Callbacks that set the learning rate."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typing_extensions import override

from cnnspec.recipe import callbacks as declared
from cnnspec.recipe.callbacks import direction
from cnnspec.train.callbacks.base import Callback, Logs
from cnnspec.train.callbacks.decisions import Best, Plateau
from cnnspec.train.callbacks.watching import require_figure

if TYPE_CHECKING:
    from cnnspec.train.state import State


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
