"""The training loop: everything else is data (the recipe), a callback or a metric.

The data set is one tensor of bytes on the device, a batch is a slice of a permuted index, and nothing in a step waits for
the device: losses and hits are added up there and read once an epoch (by a progress bar, at most five times a second).
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from cnnspec.diagnostics import SpecError
from cnnspec.diagnostics.catalogue.runs import checkpoint_mismatch, training_diverged
from cnnspec.train.batches import Samples, mix
from cnnspec.train.callbacks import Callback, LazyLogs
from cnnspec.train.checkpoint import Checkpoint, CheckpointError
from cnnspec.train.crowding import Crowding
from cnnspec.train.devices import evaluation_batch, reseed
from cnnspec.train.divergence import first_layer_not_finite
from cnnspec.train.interruption import Interruption, TrainingInterrupted
from cnnspec.train.objective import Means, Objective, measure
from cnnspec.train.plots import FirstFilters, write_plots, write_verdicts
from cnnspec.train.preparing import Batches, Parts
from cnnspec.train.progress import Progress
from cnnspec.train.result import TrainingResult
from cnnspec.train.run_folder import now
from cnnspec.train.session import Session
from cnnspec.train.step import Step
from cnnspec.train.verdicts import Gathering

#: Judges claims by a run's figures, and gives them as JSON.
Judge = Callable[[Mapping[str, float]], Sequence[Mapping[str, object]]]

#: The least seconds between two of the run's own checkpoints, so that short epochs are not spent on the disk. One is
#: always written at the end and when training is interrupted. Within an epoch they are rarer.
CHECKPOINT_PERIOD = 2.0
PERIOD_WITHIN_EPOCH = 30.0

#: The most that writing them may take of the time: where one takes long, the next one follows later.
SHARE_OF_SAVING = 0.01


class Good(NamedTuple):
    """Weights that were sound: those at the start of an epoch, or where the run went on within it."""

    weights: Mapping[str, Tensor]
    epoch: int
    step: int


class Loop:
    """One training run over a session and its samples."""

    def __init__(self, session: Session, data: Parts, callbacks: Sequence[Callback], progress: Progress) -> None:
        self.session = session
        self.data = data
        self.callbacks = callbacks
        for at, callback in enumerate(callbacks):
            callback.session = session
            session.parts[f"callback_{at}_{type(callback).__name__}"] = callback
        self.batch_callbacks = [callback for callback in callbacks if callback.hooks_batches()]
        self.test_batch_callbacks = [callback for callback in callbacks if callback.hooks_test_batches()]
        self.progress = progress
        session.say = progress.say
        self.interruption = Interruption(patient=session.processes.size > 1)
        self.objective = Objective(session.module, session.recipe.smoothed_loss, session.recipe.metrics)
        self.step = Step(session, self.objective)
        self.filters = FirstFilters(session) if session.folder is not None else None
        if self.filters is not None:
            session.parts["first_filters"] = self.filters
        self.means = session.parts["means"] = Means(self.objective, session.steps_per_epoch, session.device)
        #: On a processor a look at the loss costs nothing, so that a bad step is never taken.
        self.looks = session.device.type == "cpu"
        self.crowding = Crowding.of(session.device)
        self.images, self.training_seconds = 0, 0.0
        self.good = Good({}, 0, 0)
        self.saved_at, self.saving_seconds, self.saved_place = -math.inf, 0.0, (-1, -1)
        self.ended = False

    def run(self, data_name: str, judge: Judge | None = None, checkpoint: Checkpoint | None = None) -> TrainingResult:
        """All epochs, then the test; from a checkpoint on where one is given."""
        session, started = self.session, time.perf_counter()
        try:
            with self.interruption:
                self.begin(checkpoint)
                while session.epoch < session.recipe.epochs and not session.stopped:
                    self.run_epoch(session.epoch)
                self.end()
                gathering = Gathering(self.objective, session.recipe.loss)
                test = self.evaluate(self.data.test, gathering)
        finally:
            self.progress.close()
            session.module.eval()
            session.module.pool_first(on=False)
        seconds = time.perf_counter() - started
        if session.folder is not None and isinstance(self.data.test, Samples) and self.data.test.images.dtype is torch.uint8:
            write_verdicts(session, gathering.read(session.class_names), self.data.test, data_name)
        return self.finish(data_name, test, seconds, judge)

    def begin(self, checkpoint: Checkpoint | None) -> None:
        """Tell everyone that training starts, and go back to where a checkpoint was taken."""
        session, self.saved_at = self.session, time.perf_counter() - CHECKPOINT_PERIOD
        self.progress.begin(session.network.name, len(self.data.train), session.recipe.epochs, str(session.device))
        for callback in self.callbacks:
            callback.on_train_begin({})
        if checkpoint is not None:
            self.go_on_from(checkpoint)
        self.follow_first()
        if self.filters is not None:
            self.filters.take(session.epoch)
        for warning in session.warnings:
            self.progress.warn(warning)

    def go_on_from(self, checkpoint: Checkpoint) -> None:
        """Take up the states of all parts."""
        session = self.session
        try:
            session.go_on_from(checkpoint)
            self.means.require(session.batch)
        except CheckpointError as error:
            place = session.folder.path.as_posix() if session.folder is not None else session.network.name
            raise SpecError((checkpoint_mismatch(place, reason=str(error)),)) from None
        if session.processes.rank:
            reseed(mix(mix(session.seed, session.processes.rank), session.step))
        done = f"{session.epoch:,} epochs" + (f" and {session.batch:,} steps" if session.batch else "")
        self.progress.say(f"going on after {done}")

    def end(self) -> None:
        """Save what training came to, and what the ends of callbacks make of it: earlier weights, or averaged ones.

        Weights that a callback brought back do not belong to the optimizer's state. They are saved by themselves, and
        more epochs go on from those before.
        """
        session = self.session
        if self.saved_place != (session.epoch, session.batch):
            self.save()
        before = session.weights()
        if session.average is not None:
            session.average.finish()
        for callback in self.callbacks:
            callback.on_train_end(session.history[-1] if session.history else {})
        self.follow_first()
        if session.stopped:
            self.progress.say(session.stopped)
        self.ended = True
        after = session.module.state_dict()
        if any(not torch.equal(tensor, after[name]) for name, tensor in before.items()):
            session.save(weights_only=True)

    def run_epoch(self, epoch: int) -> None:
        """Train for an epoch or what is left of it, validate, and tell everyone."""
        session = self.session
        self.good = Good(session.weights(), epoch, session.step)
        if session.batch == 0:
            self.begin_epoch(epoch)
        self.progress.begin_epoch(epoch + 1, self.means.samples)
        before, started = self.images, time.perf_counter()
        figures = self.train_epoch(epoch)
        seconds = time.perf_counter() - started
        self.training_seconds += seconds
        if self.data.validation is not None:
            figures.update({f"val_{name}": value for name, value in self.evaluate(self.data.validation).items()})
        session.epoch, session.batch = epoch + 1, 0
        session.history.append(figures)
        if self.filters is not None:
            self.filters.take(session.epoch)
        self.means.clear()
        rate = (self.images - before) / seconds
        row = {**figures, "learning_rate": session.optimizer.learning_rate, "seconds": seconds, "images_per_second": rate}
        if session.folder is not None:
            session.folder.append_metrics({"epoch": epoch + 1, **row})
        for callback in self.callbacks:
            callback.on_epoch_end(epoch, figures)
        self.follow_first()
        self.progress.end_epoch(epoch + 1, row)
        self.save_if_due(CHECKPOINT_PERIOD)

    def begin_epoch(self, epoch: int) -> None:
        """Start an epoch from its beginning; dropout and noise depend on the epoch, not on what ran before it."""
        self.reseed(epoch)
        for callback in self.callbacks:
            callback.on_epoch_begin(epoch, {})
        self.follow_first()

    def reseed(self, epoch: int) -> None:
        """Seed Torch's generators for an epoch; each process draws numbers of its own."""
        seed, rank = mix(self.session.seed, epoch + 1), self.session.processes.rank
        reseed(mix(seed, rank) if rank else seed)

    def follow_first(self) -> None:
        """Take over what callbacks of the first process did to the weights and the learning rate."""
        processes = self.session.processes
        processes.copy(self.session.module)
        processes.agree(self.session, None)

    def train_epoch(self, epoch: int) -> dict[str, float]:
        """One pass over the training set, or what is left of it; returns the epoch's mean figures."""
        session, step, means, processes = self.session, self.step, self.means, self.session.processes
        session.module.train()
        batches = self.data.train.shuffled(
            session.recipe.batch_size, session.seed, epoch, skip=session.batch, share=processes.share
        )
        for batch, (x, labels) in enumerate(batches, session.batch):
            for callback in self.batch_callbacks:
                callback.on_train_batch_begin(batch, {})
            values, share = step.evaluate(x, processes.share(labels))
            values, loss, descended = processes.join(values, share, len(labels))
            means.add(loss, self.objective.hits(values, labels), len(labels))
            if self.looks and not math.isfinite(loss.item()):
                self.give_up(batch, x)
            step.update(descended)
            session.step += 1
            session.batch = batch + 1
            self.images += len(labels)
            logs = LazyLogs(means.read)
            for callback in self.batch_callbacks:
                callback.on_train_batch_end(batch, logs)
            if not self.crowding.done and (remark := self.crowding.look()) is not None:
                self.progress.say(remark)
            if self.progress.due():
                self.progress.show(means.samples, means.read)
            if (signal := processes.agree(session, self.interruption.requested)) is not None:
                self.interrupt(signal)
            if session.stopped:
                break
            self.save_if_due(PERIOD_WITHIN_EPOCH)
        bad = means.first_bad()
        if bad is not None:
            self.give_up(bad, None)
        return means.read()

    def evaluate(self, samples: Batches, gathering: Gathering | None = None) -> dict[str, float]:
        """Loss and metrics on samples, without training; what each is taken for is gathered where that is asked for."""
        for callback in self.callbacks:
            callback.on_test_begin({})
        size = evaluation_batch(self.session.device)
        means = Means(self.objective, samples.batches(size), self.session.device)
        figures = measure(self.objective, self.watched(samples.in_order(size), means), means, gathering and gathering.add)
        for callback in self.callbacks:
            callback.on_test_end(figures)
        return figures

    def watched(self, batches: Iterator[tuple[Tensor, Tensor]], means: Means) -> Iterator[tuple[Tensor, Tensor]]:
        """The same batches with the hooks around each, unless a signal asks to stop."""
        for number, batch in enumerate(batches):
            if self.interruption.requested is not None:
                self.interrupt(self.interruption.requested)
            for callback in self.test_batch_callbacks:
                callback.on_test_batch_begin(number, {})
            yield batch
            logs = LazyLogs(means.read)
            for callback in self.test_batch_callbacks:
                callback.on_test_batch_end(number, logs)

    # --- checkpoints -------------------------------------------------------------------------------------------------

    def save_if_due(self, period: float) -> None:
        """Write a checkpoint if one was asked for, or the last one is older than the period."""
        pause = max(period, self.saving_seconds / SHARE_OF_SAVING)
        if self.session.save_wanted or time.perf_counter() - self.saved_at >= pause:
            self.save()

    def save(self) -> None:
        """Write a checkpoint, and note in ``run.json`` how far it is."""
        started = time.perf_counter()
        self.session.save()
        self.record_progress()
        self.session.save_wanted = False
        self.saved_at = time.perf_counter()
        self.saving_seconds = self.saved_at - started
        self.saved_place = (self.session.epoch, self.session.batch)

    def record_progress(self, **values: object) -> None:
        """Note in ``run.json`` how far it is."""
        session = self.session
        if session.folder is not None:
            train = session.history[-1] if session.history else {}
            session.folder.update(epochs=session.epoch, steps=session.step, train=train, **values)

    # --- endings -----------------------------------------------------------------------------------------------------

    def interrupt(self, number: int) -> None:
        """Save what was reached and end by the signal that asked for it."""
        session = self.session
        if not self.ended:
            self.save()
        self.draw()
        out = session.folder.path if session.folder is not None else None
        raise TrainingInterrupted(number, out=out, epoch=session.epoch, step=session.step)

    def give_up(self, batch: int, x: Tensor | None) -> None:
        """End because the loss of a batch is not a finite number, with the weights of the last epoch that was sound."""
        session, good = self.session, self.good
        layer = first_layer_not_finite(session, x)
        rate, loss = session.optimizer.learning_rate, self.means.loss_at(batch)
        session.restore(good.weights, epoch=good.epoch - 1)
        session.step = good.step
        session.save(weights_only=True)  # they are not those of the optimizer's state
        self.record_progress()
        kept = f"the weights after epoch {good.epoch:,}" if good.epoch else "the weights it began with"
        problem = training_diverged(
            session.network.name, loss=loss, epoch=session.epoch + 1, step=batch + 1, layer=layer, learning_rate=rate, kept=kept
        )
        raise SpecError((problem,))

    def draw(self) -> None:
        """Write what is known so far as pictures into the run's folder."""
        if self.filters is not None:
            write_plots(self.session, self.filters)

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
            warnings=session.warnings,
        )
        if judge is not None:
            result = result.with_claims(judge(result.figures))
        if session.folder is not None:
            ending = {"status": "finished", "ended": now()}
            outcome = {key: value for key, value in result.to_json().items() if key not in ("out", "model", "data")}
            session.folder.update(**outcome, **ending, steps=session.step, restored=session.restored)
        return result
