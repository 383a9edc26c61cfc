"""Callbacks: Keras's hooks, and what the callbacks of a recipe do at them."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from typing_extensions import override

from cnnspec.diagnostics import SpecError
from cnnspec.diagnostics.catalogue.recipes import monitor_unknown, path_leaves_folder
from cnnspec.diagnostics.catalogue.runs import callback_needs_folder
from cnnspec.diagnostics.span import Source
from cnnspec.recipe import callbacks as declared
from cnnspec.recipe.callbacks import direction
from cnnspec.recipe.paths import path_problem
from cnnspec.recipe.template import fill
from cnnspec.train.checkpoint import SUFFIX

if TYPE_CHECKING:
    from torch import Tensor

    from cnnspec.train.session import Session

Logs = Mapping[str, float]


class Callback:
    """Base of callbacks, with Keras's hooks; ``self.session`` is the training it belongs to.

    Epochs and batches count from 0. ``logs`` holds the figures so far; looking into those of a batch waits for the
    device, so that a hook which does not look costs next to nothing. Hooks of batches that are not overridden are never
    called.
    """

    session: Session

    def on_train_begin(self, logs: Logs) -> None:
        """Before the first epoch."""

    def on_train_end(self, logs: Logs) -> None:
        """After the last epoch, also where something stopped training early."""

    def on_epoch_begin(self, epoch: int, logs: Logs) -> None:
        """Before an epoch."""

    def on_epoch_end(self, epoch: int, logs: Logs) -> None:
        """After an epoch and its validation; ``logs`` has the figures of both."""

    def on_train_batch_begin(self, batch: int, logs: Logs) -> None:
        """Before a step."""

    def on_train_batch_end(self, batch: int, logs: Logs) -> None:
        """After a step; ``logs`` has the means of the epoch so far."""

    def on_test_begin(self, logs: Logs) -> None:
        """Before validation and before the test."""

    def on_test_end(self, logs: Logs) -> None:
        """After validation and after the test."""

    def hooks_batches(self) -> bool:
        """Whether the hooks of batches have anything to do."""
        own = type(self)
        return own.on_train_batch_begin is not Callback.on_train_batch_begin or (
            own.on_train_batch_end is not Callback.on_train_batch_end
        )


class LazyLogs(Mapping[str, float]):
    """Figures that are read from the device when someone looks."""

    def __init__(self, read: Callable[[], dict[str, float]]) -> None:
        self._read = read
        self._figures: dict[str, float] | None = None

    @property
    def figures(self) -> dict[str, float]:
        if self._figures is None:
            self._figures = self._read()
        return self._figures

    @override
    def __getitem__(self, name: str) -> float:
        return self.figures[name]

    @override
    def __iter__(self) -> Iterator[str]:
        return iter(self.figures)

    @override
    def __len__(self) -> int:
        return len(self.figures)


class Best:
    """Keras's notion of the best value so far: better by more than ``min_delta``, starting from a threshold."""

    def __init__(self, monitor: str, mode: str, min_delta: float = 0.0, start: float | None = None) -> None:
        self.monitor = monitor
        self.sign = -1.0 if direction(monitor, mode) == "min" else 1.0
        self.min_delta = abs(min_delta)
        self.value = start if start is not None else -self.sign * math.inf

    def beats(self, value: float, reference: float) -> bool:
        """Whether a value is better than a reference by more than the least change; NaN never is."""
        return self.sign * value - self.min_delta > self.sign * reference

    def take(self, value: float) -> bool:
        """Keep a value if it is the best so far, and say whether it is."""
        if not self.beats(value, self.value):
            return False
        self.value = value
        return True


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


class CSVLogger(Callback):
    """Writes a row per epoch: epoch (from 0, as Keras does), then the figures in alphabetical order."""

    def __init__(self, declaration: declared.CSVLogger) -> None:
        self.arguments = declaration
        self.keys: list[str] | None = None
        self.needs_header = True

    @override
    def on_train_begin(self, logs: Logs) -> None:
        path = self._path()
        self.keys = None
        self.needs_header = not (self.arguments.append and path.is_file() and path.stat().st_size > 0)
        path.parent.mkdir(parents=True, exist_ok=True)
        if not self.arguments.append:
            path.write_bytes(b"")

    def _path(self) -> Path:
        if self.session.folder is None:
            raise SpecError((callback_needs_folder(self.arguments.path, name=self.arguments.word),))
        return inner_path(self.session.folder.path, self.arguments.path, self.arguments.word)

    @override
    def on_epoch_end(self, epoch: int, logs: Logs) -> None:
        rows: list[list[object]] = []
        if self.keys is None:
            self.keys = sorted(logs)
            if self.needs_header:
                rows.append(["epoch", *self.keys])
        rows.append([epoch, *(logs.get(key, "NA") for key in self.keys)])
        text = io.StringIO()
        csv.writer(text, delimiter=self.arguments.separator).writerows(rows)
        path, folder = self._path(), self.session.folder
        assert folder is not None, "without one there is no path"
        folder.append(path, text.getvalue().encode())


def inner_path(folder: Path, path: str, owner: str) -> Path:
    """A path of a callback inside the run's folder.

    Raises:
        SpecError: it would leave the folder.
    """
    problem = path_problem(path)
    if problem:
        span = Source(str(folder), "").span(0, 0)
        raise SpecError((path_leaves_folder(span, owner=owner, path=path, reason=problem, folder="the run's folder"),))
    return folder / path


def require_figure(session: Session, owner: str, name: str, *, between_epochs: bool = False) -> None:
    """Refuse, before the run, to watch a figure that it does not measure (between epochs: only those of training)."""
    choices = tuple(n for n in session.recipe.metric_names if not (between_epochs and n.startswith("val_")))
    if name not in choices:
        span = Source(session.network.name, "").span(0, 0)
        raise SpecError((monitor_unknown(span, owner=owner, name=name, choices=choices),))


#: What does the work of each declaration. TerminateOnNaN is part of the loop, so that it costs nothing.
FORMS: dict[type[declared.Callback], Callable[[Any], Callback]] = {
    declared.EarlyStopping: EarlyStopping,
    declared.ModelCheckpoint: ModelCheckpoint,
    declared.CSVLogger: CSVLogger,
}


def make_callbacks(declarations: Iterable[declared.Callback]) -> list[Callback]:
    """The callbacks of a recipe, in its order."""
    worked = (declaration for declaration in declarations if not isinstance(declaration, declared.TerminateOnNaN))
    return [FORMS[type(declaration)](declaration) for declaration in worked]
