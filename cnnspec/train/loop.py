"""The training loop: everything else is data (the recipe), a callback or a metric.

The data set is one tensor of bytes on the device, a batch is a slice of a permuted index, and nothing in a step waits for
the device: losses and hits are added up there and read once an epoch (by a progress bar, at most five times a second).
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from cnnspec.backends.torch_modules import apply_constraints, build_module, has_constraints
from cnnspec.diagnostics import SpecError
from cnnspec.diagnostics.catalogue.runs import training_diverged
from cnnspec.ir import Network
from cnnspec.recipe.recipe import Recipe
from cnnspec.train.batches import Samples, epoch_order, mix, to_device
from cnnspec.train.callbacks import Callback, LazyLogs, make_callbacks
from cnnspec.train.devices import choose_device, evaluation_batch, memory_named, reseed, seeded
from cnnspec.train.interruption import Interruption, TrainingInterrupted
from cnnspec.train.objective import Means, Objective, measure
from cnnspec.train.optimizers import make_optimizer
from cnnspec.train.plots import draw_curves
from cnnspec.train.progress import Progress
from cnnspec.train.recipe_record import recipe_to_json
from cnnspec.train.result import TrainingResult
from cnnspec.train.run_folder import PLOTS, RunFolder, now
from cnnspec.train.session import Session

if TYPE_CHECKING:
    from cnnspec.train.data.dataset import Dataset

#: Judges claims by a run's figures, and gives them as JSON.
Judge = Callable[[Mapping[str, float]], Sequence[Mapping[str, object]]]

#: Seconds between two of the run's own checkpoints, so that short epochs are not spent on the disk. One is always
#: written at the end and when training is interrupted.
CHECKPOINT_PERIOD = 2.0


def train(
    network: Network,
    recipe: Recipe,
    dataset: Dataset,
    *,
    device: str = "auto",
    out: Path | None = None,
    seed: int | None = None,
    epochs: int | None = None,
    batch_size: int | None = None,
    callbacks: Sequence[Callback] = (),
    progress: Progress | None = None,
    source: str | None = None,
    arguments: Mapping[str, object] | None = None,
    threads: int | None = None,
    data_folder: Path | None = None,
    judge: Judge | None = None,
) -> TrainingResult:
    """Train a network as its recipe says, and test it once at the end.

    Args:
        network, recipe: of a sound file.
        dataset: what the recipe names.
        device: ``auto``, ``cpu``, ``cuda``…
        out: the run's folder, new or empty; None keeps nothing.
        seed, epochs, batch_size: instead of the recipe's.
        callbacks: besides the recipe's.
        progress: what is told how far it is; None says nothing.
        source: the text of the file, for ``spec.cnn`` of the folder.
        arguments: how the run was called, for ``run.json``.
        threads: of Torch on a processor; its own choice unless given.
        data_folder: from which the paths of the recipe's data count, for ``run.json``.
        judge: judges the recipe's claims by the final figures; what it returns is kept with them.

    Raises:
        SpecError: the loss became NaN or infinite, a callback watches what is not measured, or the folder is not empty.
        MachineError: disk, memory, device or a lock.
        TrainingInterrupted: Ctrl-C or SIGTERM; the step was finished and everything saved.
        ValueError: the network does not take the data's images.
    """
    given = {"seed": seed, "epochs": epochs, "batch_size": batch_size}
    recipe = recipe.model_copy(update={name: value for name, value in given.items() if value is not None})
    place = choose_device(device)
    with ExitStack() as stack:
        stack.enter_context(seeded(mix(recipe.seed, 0), place, threads))
        session, data = prepare_session(network, recipe, dataset, place)
        if out is not None:
            record = describe_run(session, data, dataset, arguments or {}, data_folder)
            session.folder = stack.enter_context(RunFolder(out, record, source))
        stack.enter_context(memory_named(network.name, recipe.batch_size))
        loop = Loop(session, data, [*make_callbacks(recipe.callbacks), *callbacks], progress or Progress())
        return loop.run(dataset.name, judge)


class Parts:
    """The samples of a run: to train on, to validate on (or None), to test on."""

    def __init__(self, train: Samples, validation: Samples | None, test: Samples) -> None:
        self.train, self.validation, self.test = train, validation, test


def prepare_session(network: Network, recipe: Recipe, dataset: Dataset, device: torch.device) -> tuple[Session, Parts]:
    """Build the network, its optimizer and its samples on the device."""
    from cnnspec.train.data.prepare import prepare

    module = build_module(network, seed=recipe.seed)
    module.pool_first()
    module.to(device)
    if any(parameter.dim() == 4 for parameter in module.parameters()):
        module.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    preparation = prepare(recipe, dataset, tuple(module.input_shapes[0].to_json()))
    kept = len(dataset.train_images) - recipe.validation_size(len(dataset.train_images))

    def samples(images: Any, labels: Any) -> Samples:
        return to_device(images, labels, preparation, device)

    validation = samples(dataset.train_images[kept:], dataset.train_labels[kept:]) if recipe.validates else None
    parts = Parts(
        samples(dataset.train_images[:kept], dataset.train_labels[:kept]),
        validation,
        samples(dataset.test_images, dataset.test_labels),
    )
    trained = [(name, parameter) for name, parameter in module.named_parameters() if parameter.requires_grad]
    session = Session(
        network=network,
        recipe=recipe,
        module=module,
        optimizer=make_optimizer(recipe.optimizer, trained),
        preparation=preparation,
        class_names=dataset.class_names,
        seed=recipe.seed,
        device=device,
        steps_per_epoch=math.ceil(len(parts.train) / recipe.batch_size),
    )
    return session, parts


def describe_run(
    session: Session, data: Parts, dataset: Dataset, arguments: Mapping[str, object], data_folder: Path | None = None
) -> dict[str, object]:
    """What ``run.json`` says from the start."""
    import platform
    import sys

    # By its name: the package itself stands above this floor.
    version = sys.modules["cnnspec"].__version__
    return {
        "model": session.network.name,
        "data": {
            "name": dataset.name,
            "origin": Path(dataset.origin).resolve() if dataset.origin and Path(dataset.origin).exists() else dataset.origin,
            "folder": None if data_folder is None else data_folder.resolve(),
            "sha256": dataset.checksum,
            "train": len(data.train),
            "validation": len(data.validation) if data.validation is not None else 0,
            "test": len(data.test),
            "class_names": list(dataset.class_names),
        },
        "recipe": recipe_to_json(session.recipe),
        "arguments": dict(arguments),
        "seed": session.seed,
        "device": str(session.device),
        "threads": torch.get_num_threads(),
        "versions": {"cnnspec": version, "python": platform.python_version(), "torch": torch.__version__},
        "preparation": session.preparation.to_json(),
    }


class Loop:
    """One training run over a session and its samples."""

    def __init__(self, session: Session, data: Parts, callbacks: Sequence[Callback], progress: Progress) -> None:
        self.session = session
        self.data = data
        self.callbacks = callbacks
        self.batch_callbacks = [callback for callback in callbacks if callback.hooks_batches()]
        for callback in callbacks:
            callback.session = session
        self.progress = progress
        self.interruption = Interruption()
        self.objective = Objective(session.module, session.recipe.loss, session.recipe.metrics)
        self.constrained = has_constraints(session.module)
        #: On a processor a look at the loss costs nothing, so that a bad step is never taken.
        self.looks = session.device.type == "cpu"
        self.images, self.training_seconds = 0, 0.0
        self.good: dict[str, Tensor] = {}
        self.saved_at = -math.inf

    def run(self, data_name: str, judge: Judge | None = None) -> TrainingResult:
        """All epochs, then the test."""
        session, started = self.session, time.perf_counter()
        try:
            with self.interruption:
                self.progress.begin(session.network.name, len(self.data.train), session.recipe.epochs, str(session.device))
                for callback in self.callbacks:
                    callback.on_train_begin({})
                while session.epoch < session.recipe.epochs and not session.stopped:
                    self.run_epoch(session.epoch)
                for callback in self.callbacks:
                    callback.on_train_end(session.history[-1] if session.history else {})
                if session.stopped:
                    self.progress.say(session.stopped)
                self.save(always=True)
                test = self.evaluate(self.data.test)
        finally:
            self.progress.close()
            session.module.eval()
            session.module.pool_first(on=False)
        return self.finish(data_name, test, time.perf_counter() - started, judge)

    def run_epoch(self, epoch: int) -> None:
        """Train for an epoch, validate, and tell everyone."""
        session = self.session
        self.good = session.weights()
        for callback in self.callbacks:
            callback.on_epoch_begin(epoch, {})
        self.progress.begin_epoch(epoch + 1)
        before, started = self.images, time.perf_counter()
        figures = self.train_epoch(epoch)
        seconds = time.perf_counter() - started
        self.training_seconds += seconds
        if self.data.validation is not None:
            figures.update({f"val_{name}": value for name, value in self.evaluate(self.data.validation).items()})
        session.epoch = epoch + 1
        session.history.append(figures)
        rate = (self.images - before) / seconds
        row = {**figures, "learning_rate": session.optimizer.learning_rate, "seconds": seconds, "images_per_second": rate}
        if session.folder is not None:
            session.folder.append_metrics({"epoch": epoch + 1, **row})
        for callback in self.callbacks:
            callback.on_epoch_end(epoch, figures)
        self.progress.end_epoch(epoch + 1, row)
        self.save()

    def train_epoch(self, epoch: int) -> dict[str, float]:
        """One pass over the training set, the last batch smaller if need be; returns the epoch's mean figures."""
        session, samples, size = self.session, self.data.train, self.session.recipe.batch_size
        module, objective, optimizer = session.module, self.objective, session.optimizer
        reseed(mix(session.seed, epoch + 1))  # dropout and noise depend on the epoch, not on what ran before it
        order = epoch_order(len(samples), session.seed, epoch, session.device)
        means = Means(objective, session.steps_per_epoch, session.device)
        module.train()
        for batch, start in enumerate(range(0, len(samples), size)):
            if self.batch_callbacks:
                self.call_batch_hooks("on_train_batch_begin", batch, {})
            x, labels = samples.take(order[start : start + size])
            values = objective.values(x)
            loss = objective.loss(values, labels)
            means.add(loss.detach(), objective.hits(values.detach(), labels), len(labels))
            if self.looks and not math.isfinite(loss.item()):
                self.give_up(means, batch, x)
            if loss.requires_grad:  # with every layer frozen there is nothing to move, as in Keras
                optimizer.zero_grad()
                loss.backward()  # pyright: ignore[reportUnknownMemberType]
                optimizer.step()
            if self.constrained:
                apply_constraints(module)
            session.step += 1
            self.images += len(labels)
            if self.batch_callbacks:
                self.call_batch_hooks("on_train_batch_end", batch, LazyLogs(means.read))
            if self.progress.due():
                self.progress.show(start + len(labels), means.read)
            if self.interruption.requested is not None:
                self.interrupt()
            if session.stopped:
                break
        bad = means.first_bad()
        if bad is not None:
            self.give_up(means, bad, None)
        return means.read()

    def call_batch_hooks(self, hook: str, batch: int, logs: Mapping[str, float]) -> None:
        """Call one of the hooks of batches where it is overridden."""
        for callback in self.batch_callbacks:
            getattr(callback, hook)(batch, logs)

    def evaluate(self, samples: Samples) -> dict[str, float]:
        """Loss and metrics on samples, without training."""
        for callback in self.callbacks:
            callback.on_test_begin({})
        size = evaluation_batch(self.session.device)
        batches = self.interruptible(samples.in_order(size))
        figures = measure(self.objective, batches, math.ceil(len(samples) / size), self.session.device)
        for callback in self.callbacks:
            callback.on_test_end(figures)
        return figures

    def interruptible(self, batches: Iterator[tuple[Tensor, Tensor]]) -> Iterator[tuple[Tensor, Tensor]]:
        """The same batches, unless a signal asks to stop."""
        for batch in batches:
            if self.interruption.requested is not None:
                self.interrupt()
            yield batch

    # --- endings -----------------------------------------------------------------------------------------------------

    def save(self, *, always: bool = False) -> None:
        """Write a checkpoint if the last one is old enough."""
        if always or time.perf_counter() - self.saved_at >= CHECKPOINT_PERIOD:
            self.session.save()
            self.saved_at = time.perf_counter()
            self.record_progress()

    def record_progress(self, **values: object) -> None:
        """Note in ``run.json`` how far it is."""
        session = self.session
        if session.folder is not None:
            train = session.history[-1] if session.history else {}
            session.folder.update(epochs=session.epoch, steps=session.step, train=train, **values)

    def interrupt(self) -> None:
        """Save what was reached and end by the signal that asked for it."""
        session, number = self.session, self.interruption.requested
        assert number is not None
        self.save(always=True)
        self.draw()
        out = session.folder.path if session.folder is not None else None
        raise TrainingInterrupted(number, out=out, epoch=session.epoch, step=session.step)

    def give_up(self, means: Means, batch: int, x: Tensor | None) -> None:
        """End because the loss of a batch is not a finite number, with the weights of the last epoch that was sound."""
        session = self.session
        layer = first_layer_not_finite(session, x)
        rate = session.optimizer.learning_rate
        session.restore(self.good, epoch=session.epoch - 1)
        session.step = session.epoch * session.steps_per_epoch
        self.save(always=True)
        kept = f"the weights after epoch {session.epoch:,}" if session.epoch else "the weights it began with"
        problem = training_diverged(
            session.network.name,
            loss=means.loss_at(batch),
            epoch=session.epoch + 1,
            step=batch + 1,
            layer=layer,
            learning_rate=rate,
            kept=kept,
        )
        raise SpecError((problem,))

    def draw(self) -> None:
        """Write the curves into the run's folder."""
        session = self.session
        if session.folder is not None and session.history:
            session.folder.write(f"{PLOTS}/curves.svg", draw_curves(session.network.name, session.history).encode())

    def finish(self, data_name: str, test: dict[str, float], seconds: float, judge: Judge | None) -> TrainingResult:
        """Put together what it came to."""
        session = self.session
        self.draw()
        result = TrainingResult(
            model=session.network.name,
            data=data_name,
            epochs=session.epoch,
            train=session.history[-1] if session.history else {},
            test=test,
            seconds=seconds,
            images_per_second=self.images / max(self.training_seconds, 1e-9),
            device=str(session.device),
            out=session.folder.path if session.folder is not None else None,
            history=tuple(session.history),
            stopped=session.stopped,
            module=session.module,
        )
        if judge is not None:
            result = result.with_claims(judge(result.figures))
        if session.folder is not None:
            ending = {"status": "finished", "ended": now()}
            outcome = {key: value for key, value in result.to_json().items() if key not in ("out", "model", "data")}
            session.folder.update(**outcome, **ending, steps=session.step, restored=session.restored)
        return result


@torch.no_grad()
def first_layer_not_finite(session: Session, x: Tensor | None) -> str:
    """Which layer first gives a value that is not finite, or holds such a weight; "" if none does."""
    if x is not None:
        for path, value in session.module.trace(x).items():
            if not torch.isfinite(value).all():
                return f"{path} is the first layer with an output that is not finite"
        return "the outputs of all layers are finite, their loss is not"
    for name, weight in session.module.named_parameters():
        if not torch.isfinite(weight).all():
            return f"{name.rpartition('.')[0].replace('.', '/')} is the first layer with weights that are not finite"
    return ""
