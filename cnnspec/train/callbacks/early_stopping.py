"""EarlyStopping: the end of training when a figure no longer improves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typing_extensions import override

from cnnspec.recipe import callbacks as declared
from cnnspec.train.callbacks.base import Callback, Logs
from cnnspec.train.callbacks.watching import Best, require_figure

if TYPE_CHECKING:
    from torch import Tensor


class EarlyStopping(Callback):
    """Stops when a figure has not improved for ``patience`` epochs; with ``restore_best_weights`` it goes back to the best.

    Keras's decisions: the first epoch never stops training; ``wait`` only starts anew where the best value and the baseline
    are both beaten; the best weights are restored however training ended.
    """

    def __init__(self, declaration: declared.EarlyStopping) -> None:
        self.arguments = declaration
        self._reset()

    def _reset(self) -> None:
        self.best = Best(self.arguments.monitor, self.arguments.mode, self.arguments.min_delta)
        self.wait, self.best_epoch, self.stopped_epoch = 0, 0, 0
        self.best_weights: dict[str, Tensor] | None = None

    @override
    def on_train_begin(self, logs: Logs) -> None:
        require_figure(self.session, self.arguments.word, self.arguments.monitor)
        self._reset()

    @override
    def on_epoch_end(self, epoch: int, logs: Logs) -> None:
        if epoch < self.arguments.start_from_epoch:
            return
        current, baseline = logs[self.arguments.monitor], self.arguments.baseline
        if self.arguments.restore_best_weights and self.best_weights is None:
            self._keep(epoch)
        self.wait += 1
        if self.best.take(current):
            self._keep(epoch)
            if baseline is None or self.best.beats(current, baseline):
                self.wait = 0
        elif self.wait >= self.arguments.patience and epoch > 0:
            self.stopped_epoch = epoch
            since = "epoch" if self.wait == 1 else f"{self.wait} epochs"
            self.session.stop(f"EarlyStopping: {self.arguments.monitor} has not improved for {since}")

    def _keep(self, epoch: int) -> None:
        self.best_epoch = epoch
        if self.arguments.restore_best_weights:
            self.best_weights = self.session.weights()

    @override
    def on_train_end(self, logs: Logs) -> None:
        if self.best_weights is not None:
            self.session.restore(self.best_weights, epoch=self.best_epoch)
