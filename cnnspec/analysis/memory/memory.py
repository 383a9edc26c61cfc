"""The memory of a model: worked out once in elements, then for any batch, optimizer and precision in bytes."""

from __future__ import annotations

from collections.abc import Iterable

from cnnspec.analysis.memory.kept import KeptArray, find_kept
from cnnspec.analysis.memory.need import Need
from cnnspec.analysis.memory.peak import Peak, find_peak
from cnnspec.analysis.memory.precision import FLOAT32, Precision
from cnnspec.analysis.report import ModelReport
from cnnspec.analysis.rest import collector_at_rest
from cnnspec.analysis.rows import add_up
from cnnspec.layers.arithmetic import Size
from cnnspec.record import record


@record
class InferenceMemory:
    """Bytes of a forward pass: the weights, and the most values that are there at one time."""

    batch: int
    precision: Precision
    parameters: int
    values: Size

    @property
    def total(self) -> Size:
        """Weights and values together, at the peak."""
        return self.values + self.parameters


@record
class TrainingMemory:
    """Bytes of a step of training.

    Attributes:
        batch, precision: what they are for.
        optimizer: its name, with the arguments that were given.
        parameters: weights, statistics too.
        copies: the weights in the precision that layers compute in, where it is another.
        gradients: one for each weight that is trained.
        slots: the numbers that the optimizer keeps for each weight that is trained.
        activations: what layers keep for the backward pass.
    """

    batch: int
    precision: Precision
    optimizer: str
    parameters: int
    copies: int
    gradients: int
    slots: int
    activations: Size

    @property
    def fixed(self) -> int:
        """All that is there whatever the batch, but for statistics of a layer."""
        return self.parameters + self.copies + self.gradients + self.slots

    @property
    def total(self) -> Size:
        """Everything together."""
        return self.activations + self.fixed


@record
class Memory:
    """The memory of a model for inference and for training, on the same terms."""

    inference: InferenceMemory
    training: TrainingMemory


@record
class ModelMemory:
    """What decides how much memory a model takes.

    Attributes:
        trainable, non_trainable: its parameters.
        peak: the most values that inference holds at one time.
        kept: what training keeps for the backward pass.
    """

    trainable: int
    non_trainable: int
    peak: Peak
    kept: tuple[KeptArray, ...]

    def inference(self, batch: int = 1, precision: Precision = FLOAT32) -> InferenceMemory:
        """Bytes of a forward pass over a batch."""
        parameters = (self.trainable + self.non_trainable) * precision.bytes
        return InferenceMemory(batch, precision, parameters, self.peak.elements * (batch * precision.bytes))

    def inference_need(self, precision: Precision = FLOAT32) -> Need:
        """The same for batches of any size."""
        one = self.inference(1, precision)
        return Need(one.parameters, one.values)

    def training(self, batch: int = 1, optimizer: str = "SGD", slots: int = 0, precision: Precision = FLOAT32) -> TrainingMemory:
        """Bytes of a step of training.

        Args:
            batch: samples of a step.
            optimizer: its name, to be shown.
            slots: numbers that it keeps for each weight.
            precision: that layers compute in.
        """
        kept = self.activations(precision)
        weights = self.trainable + self.non_trainable
        return TrainingMemory(
            batch=batch,
            precision=precision,
            optimizer=optimizer,
            parameters=weights * precision.master,
            copies=weights * precision.copy,
            gradients=self.trainable * precision.master,
            slots=slots * self.trainable * precision.master,
            activations=kept.at(batch),
        )

    def training_need(self, slots: int = 0, precision: Precision = FLOAT32) -> Need:
        """The same for batches of any size."""
        kept = self.activations(precision)
        return Need(kept.fixed + self.training(0, slots=slots, precision=precision).fixed, kept.each)

    def activations(self, precision: Precision = FLOAT32) -> Need:
        """Bytes that are kept for the backward pass, for batches of any size."""
        each = _bytes((kept for kept in self.kept if kept.array.batched), precision)
        return Need(_bytes((kept for kept in self.kept if not kept.array.batched), precision), each)


def _bytes(kept: Iterable[KeptArray], precision: Precision) -> Size:
    return add_up([item.array.elements * precision.bytes_of(item.array.kind) for item in kept])


def analyse_memory(report: ModelReport) -> ModelMemory | None:
    """The memory of a model; None where an error leaves part of it unknown, or nothing of it."""
    totals = report.totals
    if totals.trainable is None or totals.non_trainable is None or not report.rows:
        return None
    with collector_at_rest():
        return ModelMemory(totals.trainable, totals.non_trainable, find_peak(report), find_kept(report))
