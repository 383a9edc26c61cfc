"""EarlyStopping: the end of training when a figure no longer improves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from typing_extensions import override

from cnnspec.recipe import callbacks as declared
from cnnspec.recipe.callbacks import direction
from cnnspec.train.callbacks.base import Callback, Logs
from cnnspec.train.callbacks.decisions import Best, Stopping
from cnnspec.train.callbacks.watching import require_figure

if TYPE_CHECKING:
    from torch import Tensor

    from cnnspec.train.state import State

#: Before the names of the best weights in a state.
_WEIGHTS = "weights/"


class EarlyStopping(Callback):
    """Stops when a figure has not improved for ``patience`` epochs; with ``restore_best_weights`` it goes back to the best.

    The best weights are restored however training ended.
    """

    def __init__(self, declaration: declared.EarlyStopping) -> None:
        self.arguments = declaration
        self._reset()

    def _reset(self) -> None:
        wanted = self.arguments
        best = Best(direction(wanted.monitor, wanted.mode), wanted.min_delta)
        self.decision = Stopping(best, wanted.patience, wanted.baseline, wanted.start_from_epoch)
        self.best_weights: dict[str, Tensor] | None = None

    @override
    def on_train_begin(self, logs: Logs) -> None:
        require_figure(self.session, self.arguments.word, self.arguments.monitor)
        self._reset()

    @override
    def on_epoch_end(self, epoch: int, logs: Logs) -> None:
        keep, stop = self.decision.decide(epoch, logs[self.arguments.monitor])
        if keep and self.arguments.restore_best_weights:
            self.best_weights = self.session.weights()
        if stop:
            wait = self.decision.wait
            since = "epoch" if wait == 1 else f"{wait} epochs"
            self.session.stop(f"EarlyStopping: {self.arguments.monitor} has not improved for {since}")

    @override
    def on_train_end(self, logs: Logs) -> None:
        if self.best_weights is not None and self.decision.best_epoch is not None:
            self.session.restore(self.best_weights, epoch=self.decision.best_epoch)

    @override
    def state(self) -> State:
        weights: dict[str, Any] = {f"{_WEIGHTS}{name}": tensor for name, tensor in (self.best_weights or {}).items()}
        return {**self.decision.state(), **weights}

    @override
    def restore(self, state: State) -> None:
        self.decision.restore(state)
        found = {name.removeprefix(_WEIGHTS): value.clone() for name, value in state.items() if name.startswith(_WEIGHTS)}
        self.best_weights = found or None
