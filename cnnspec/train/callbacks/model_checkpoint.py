"""ModelCheckpoint: the model in files of its own, always or only the best."""

from __future__ import annotations

from typing_extensions import override

from cnnspec.diagnostics import SpecError
from cnnspec.diagnostics.catalogue.runs import callback_needs_folder
from cnnspec.recipe import callbacks as declared
from cnnspec.recipe.template import fill
from cnnspec.train.callbacks.base import Callback, Logs
from cnnspec.train.callbacks.watching import Best, require_figure
from cnnspec.train.checkpoint import SUFFIX


class ModelCheckpoint(Callback):
    """Saves to a file of its own in the run's folder, after epochs or after a number of steps, always or only the best."""

    def __init__(self, declaration: declared.ModelCheckpoint) -> None:
        self.arguments = declaration
        self.best = Best(declaration.monitor, declaration.mode, start=declaration.initial_value_threshold)
        self.epoch, self.since = 0, 0

    @override
    def hooks_batches(self) -> bool:
        return self.arguments.save_freq != "epoch"

    @override
    def on_train_begin(self, logs: Logs) -> None:
        if self.session.folder is None:
            raise SpecError((callback_needs_folder(self.arguments.path, name=self.arguments.word),))
        if self.arguments.save_best_only:
            require_figure(self.session, self.arguments.word, self.arguments.monitor, between_epochs=self.hooks_batches())

    @override
    def on_epoch_begin(self, epoch: int, logs: Logs) -> None:
        self.epoch = epoch

    @override
    def on_train_batch_end(self, batch: int, logs: Logs) -> None:
        self.since += 1
        if self.since == self.arguments.save_freq:
            self.since = 0
            self._save(logs)

    @override
    def on_epoch_end(self, epoch: int, logs: Logs) -> None:
        if not self.hooks_batches():
            self._save(logs)

    def _save(self, logs: Logs) -> None:
        if self.arguments.save_best_only and not self.best.take(logs[self.arguments.monitor]):
            return
        path = fill_path(self.arguments.path, self.epoch + 1, logs)
        self.session.save_to(path, weights_only=self.arguments.save_weights_only, figures=dict(logs))


def fill_path(template: str, epoch: int, logs: Logs) -> str:
    """The path with ``{epoch}`` and the figures filled in, ending in ``.safetensors``."""
    path = fill(template, {**logs, "epoch": epoch})
    return path if path.endswith(SUFFIX) else f"{path}{SUFFIX}"
