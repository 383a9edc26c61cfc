"""TensorBoard: figures, the graph, and weights as histograms and pictures, for TensorBoard to draw."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

from typing_extensions import override

from cnnspec.backends.torch_modules import weights_keras
from cnnspec.diagnostics import SpecError
from cnnspec.diagnostics.catalogue.runs import callback_needs_folder
from cnnspec.recipe import callbacks as declared
from cnnspec.train.callbacks.base import Callback, Logs
from cnnspec.train.callbacks.paths import inner_path
from cnnspec.train.callbacks.readiness import require_ready
from cnnspec.train.events import EventFile, Messages
from cnnspec.train.files import cut_back

if TYPE_CHECKING:
    from cnnspec.train.state import State

#: The folders of event files in ``log_dir``, which TensorBoard shows as two runs.
TRAIN, VALIDATION = "train", "validation"

_NAME = re.compile(r"events\.out\.tfevents\.\d{1,20}\.cnnspec")


class TensorBoard(Callback):
    """Writes Keras's tags: ``epoch_loss`` and ``batch_loss`` of training and validation, each in a folder of its own,
    ``evaluation_loss_vs_iterations`` after each validation and the test, ``conv2d_1/kernel/histogram`` and ``…/image``.

    Steps of epochs count from 0 and those of batches from 1, as there.
    """

    def __init__(self, declaration: declared.TensorBoard) -> None:
        self.arguments = declaration
        self.files: dict[str, EventFile] = {}
        self.epoch_began, self.batch_began, self.step_began = 0.0, 0.0, 0

    @override
    def hooks_batches(self) -> bool:
        return self.arguments.update_steps > 0

    @override
    def on_train_begin(self, logs: Logs) -> None:
        wanted = self.arguments
        if self.session.folder is None:
            raise SpecError((callback_needs_folder(wanted.log_dir, name=wanted.word),))
        require_ready([wanted], ())
        self._open(f"events.out.tfevents.{int(time.time())}.cnnspec")
        if not self.session.resumed:
            self._clear()
        if wanted.write_graph and not self.session.resumed:
            self.files[TRAIN].add_graph(self.session.network)
            self.files[TRAIN].flush()

    def _open(self, name: str) -> None:
        folder, wanted = self.session.folder, self.arguments
        assert folder is not None, "without one training does not begin"
        home, messages = inner_path(folder.path, wanted.log_dir, wanted.word), Messages()
        self.files = {part: EventFile(folder, home / part / name, messages) for part in (TRAIN, VALIDATION)}

    def _clear(self) -> None:
        """Take away what a run left here that broke off before its first checkpoint."""
        for file in self.files.values():
            for old in file.path.parent.glob("events.out.tfevents.*.cnnspec"):
                old.unlink()

    @override
    def on_epoch_begin(self, epoch: int, logs: Logs) -> None:
        self.epoch_began, self.step_began = time.perf_counter(), self.session.step

    @override
    def on_train_batch_begin(self, batch: int, logs: Logs) -> None:
        self.batch_began = time.perf_counter()

    @override
    def on_train_batch_end(self, batch: int, logs: Logs) -> None:
        step = self.session.step
        if step % self.arguments.update_steps:
            return
        figures = dict(logs)
        if self.arguments.write_steps_per_second:
            figures["steps_per_second"] = 1 / max(time.perf_counter() - self.batch_began, 1e-9)
        self.files[TRAIN].add(step, {f"batch_{name}": value for name, value in figures.items()})

    @override
    def on_epoch_end(self, epoch: int, logs: Logs) -> None:
        own = {name: value for name, value in logs.items() if not name.startswith("val_")}
        own["learning_rate"] = self.session.optimizer.learning_rate
        if self.arguments.write_steps_per_second and self.epoch_began:
            steps = self.session.step - self.step_began
            own["steps_per_second"] = steps / max(time.perf_counter() - self.epoch_began, 1e-9)
        others = {name.removeprefix("val_"): value for name, value in logs.items() if name.startswith("val_")}
        self.files[TRAIN].add(epoch, {f"epoch_{name}": value for name, value in own.items()})
        self.files[VALIDATION].add(epoch, {f"epoch_{name}": value for name, value in others.items()})
        if self.arguments.histogram_freq and epoch % self.arguments.histogram_freq == 0:
            self._add_weights(epoch)
        self._flush()

    def _add_weights(self, epoch: int) -> None:
        file = self.files[TRAIN]
        for name, weights in weights_keras(self.session.module).items():
            file.add(epoch, {f"{name}/histogram": file.histogram(weights)})
            if self.arguments.write_images:
                file.add(epoch, {f"{name}/image": file.picture(weights)})

    @override
    def on_test_end(self, logs: Logs) -> None:
        figures = {f"evaluation_{name}_vs_iterations": value for name, value in logs.items()}
        self.files[VALIDATION].add(self.session.step, figures)
        self._flush()

    def _flush(self) -> None:
        for file in self.files.values():
            file.flush()

    @override
    def state(self) -> State:
        self._flush()
        name = self.files[TRAIN].path.name
        return {"name": name, **{part: file.size for part, file in self.files.items()}}

    @override
    def restore(self, state: State) -> None:
        name = str(state["name"])
        if not _NAME.fullmatch(name):
            raise ValueError(f"{name!r} is not the name of an event file")
        self._open(name)
        for part, file in self.files.items():
            cut_back(file.path, int(state[part]))
