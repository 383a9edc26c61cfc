"""ModelCheckpoint: the model in files of its own, always or only the best."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typing_extensions import override

from cnnspec.diagnostics import SpecError
from cnnspec.diagnostics.catalogue.runs import callback_needs_folder
from cnnspec.recipe import callbacks as declared
from cnnspec.recipe.callbacks import direction
from cnnspec.recipe.template import fill
from cnnspec.train.callbacks.base import Callback, Logs
from cnnspec.train.callbacks.decisions import Best, EverySteps, number_or_none
from cnnspec.train.callbacks.watching import require_figure
from cnnspec.train.checkpoint import SUFFIX

if TYPE_CHECKING:
    from cnnspec.train.state import State


class ModelCheckpoint(Callback):
    """Saves to a file of its own in the run's folder, after epochs or after a number of steps, always or only the best."""

    def __init__(self, declaration: declared.ModelCheckpoint) -> None:
        self.arguments = declaration
        self._reset()

    def _reset(self) -> None:
        wanted = self.arguments
        self.best = Best(direction(wanted.monitor, wanted.mode), start=wanted.initial_value_threshold)
        self.steps = EverySteps(wanted.save_freq if isinstance(wanted.save_freq, int) else 1)

    @override
    def hooks_batches(self) -> bool:
        return self.arguments.acts_between_epochs()

    @override
    def on_train_begin(self, logs: Logs) -> None:
        if self.session.folder is None:
            raise SpecError((callback_needs_folder(self.arguments.path, name=self.arguments.word),))
        if self.arguments.save_best_only:
            require_figure(self.session, self.arguments.word, self.arguments.monitor, between_epochs=self.hooks_batches())
        self._reset()

    @override
    def on_train_batch_end(self, batch: int, logs: Logs) -> None:
        if self.steps.due():
            self._save(self.session.epoch, logs, batch)

    @override
    def on_epoch_end(self, epoch: int, logs: Logs) -> None:
        if not self.hooks_batches():
            self._save(epoch, logs)

    def _save(self, epoch: int, logs: Logs, batch: int | None = None) -> None:
        if self.arguments.save_best_only and not self.best.take(logs[self.arguments.monitor]):
            return
        path = fill_path(self.arguments.path, epoch + 1, logs, batch)
        self.session.save_to(path, weights_only=self.arguments.save_weights_only, figures=dict(logs))

    @override
    def state(self) -> State:
        return {"best": self.best.value, "since": self.steps.since}

    @override
    def restore(self, state: State) -> None:
        self.best.value = number_or_none(state["best"])
        self.steps.since = int(state["since"])


def fill_path(template: str, epoch: int, logs: Logs, batch: int | None = None) -> str:
    """The path with ``{epoch}``, ``{batch}`` (both from 1) and the figures filled in, ending in ``.safetensors``."""
    figures = {} if "{" not in template else {**logs, "epoch": epoch, **({} if batch is None else {"batch": batch + 1})}
    path = fill(template, figures)
    return path if path.endswith(SUFFIX) else f"{path}{SUFFIX}"
