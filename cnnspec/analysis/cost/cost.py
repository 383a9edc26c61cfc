"""The whole cost of a model on given terms: what it takes, whether that fits, how long it lasts at least."""

from __future__ import annotations

from cnnspec.analysis.cost.devices import Device
from cnnspec.analysis.cost.fit import Fit, fit_inference, fit_training
from cnnspec.analysis.cost.roofline import Roofline, bound
from cnnspec.analysis.cost.work import Work, infer, train
from cnnspec.analysis.memory.memory import InferenceMemory, ModelMemory, TrainingMemory, analyse_memory
from cnnspec.analysis.memory.terms import InferenceTerms, TrainingTerms
from cnnspec.analysis.report import ModelReport
from cnnspec.record import record
from cnnspec.resolve.result import ResolvedModel


@record
class Passage:
    """One of inference and training: its work layer by layer, what fits, and the times on a device.

    ``fit`` is None where no limit is given or sizes are open, ``roofline`` where there is no device.
    """

    works: tuple[Work, ...]
    fit: Fit | None
    roofline: Roofline | None


@record
class Cost:
    """What a model costs.

    Attributes:
        report, memory: of the model.
        inference_terms, training_terms: what it is worked out for.
        inference_memory, training_memory: bytes on these terms.
        inference, training: work, fit and times.
        device: the one that was asked for.
        limit: bytes of memory that there are.
    """

    report: ModelReport
    memory: ModelMemory
    inference_terms: InferenceTerms
    training_terms: TrainingTerms
    inference_memory: InferenceMemory
    training_memory: TrainingMemory
    inference: Passage
    training: Passage
    device: Device | None
    limit: int | None


def work_out_cost(
    model: ResolvedModel,
    report: ModelReport,
    inference: InferenceTerms,
    training: TrainingTerms,
    *,
    limit: int | None = None,
    device: Device | None = None,
) -> Cost | None:
    """The cost of a model; None where an error leaves part of it unknown.

    Args:
        model, report: the model.
        inference, training: batch, precision and optimizer of either.
        limit: bytes of memory; the device's own without it.
        device: what the times are for.
    """
    memory = analyse_memory(report)
    if memory is None:
        return None
    limit = limit if limit is not None else device.memory if device is not None else None
    forward = infer(report, inference.batch, inference.bytes)
    step = train(report, training.batch, training.bytes, training.slots)
    fits = (None, None) if limit is None else (
        fit_inference(memory, inference, limit),
        fit_training(model, report, memory, training, limit),
    )  # fmt: skip
    return Cost(
        report=report,
        memory=memory,
        inference_terms=inference,
        training_terms=training,
        inference_memory=inference.of(memory),
        training_memory=training.of(memory),
        inference=Passage(tuple(forward), fits[0], _bound(forward, device, inference.precision)),
        training=Passage(tuple(step), fits[1], _bound(step, device, training.precision)),
        device=device,
        limit=limit,
    )


def _bound(works: list[Work], device: Device | None, precision: str) -> Roofline | None:
    """The times, where all sizes are known."""
    known = all(isinstance(work.operations, int) and isinstance(work.bytes, int) for work in works)
    return bound(works, device, precision) if device is not None and known else None
