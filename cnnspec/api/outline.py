"""What a run would be: data, steps, parameters, memory, learning rates, callbacks and the time, before anything is trained."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from math import ceil
from typing import TYPE_CHECKING, Any

from cnnspec.analysis.claims.wording import show_bytes
from cnnspec.analysis.explain.lines import Explanation, Line, Section, Table
from cnnspec.analysis.memory.memory import analyse_memory
from cnnspec.analysis.memory.precision import PRECISIONS
from cnnspec.recipe.data import DataFacts, Images, Npz
from cnnspec.schema.values import show

if TYPE_CHECKING:
    from cnnspec.api.planning import Plan
    from cnnspec.train.probe import Probe

#: As many epochs' learning rates are listed; of longer runs those at even distances.
MOST_RATES = 12


@dataclass(frozen=True, slots=True)
class Outline:
    """The plan of a run; None where a figure cannot be known.

    Attributes:
        model, recipe, data: names.
        train, validation, test: samples.
        batch_size, epochs, steps_per_epoch, steps: how it goes.
        parameters, trainable: of the network.
        memory: bytes of a step, as the analyzer states them.
        memory_limit: bytes of the machine or its GPU.
        largest_batch: what fits into those.
        learning_rates: at the start of each epoch.
        callbacks: as they are written.
        seconds: about how long it takes.
        step_seconds, image_seconds, probed_steps, device, threads: what that was estimated by.
        reason: why there is no estimate, "" where there is one.
    """

    model: str
    recipe: str
    data: str
    train: int | None
    validation: int | None
    test: int | None
    batch_size: int
    epochs: int
    steps_per_epoch: int | None
    steps: int | None
    parameters: int | None
    trainable: int | None
    optimizer: str
    precision: str
    memory: int | None
    memory_limit: int | None
    largest_batch: int | None
    schedule: str
    learning_rates: tuple[float, ...]
    callbacks: tuple[str, ...]
    seconds: float | None = None
    step_seconds: float | None = None
    image_seconds: float | None = None
    probed_steps: int = 0
    device: str = ""
    threads: int | None = None
    reason: str = ""

    def to_json(self) -> dict[str, Any]:
        """The keys of ``cnnspec train --dry-run --format json``."""
        return {**asdict(self), "learning_rates": list(self.learning_rates), "callbacks": list(self.callbacks)}


def outline(planned: Plan, *, device: str = "auto", threads: int | None = None, timed: bool = True) -> Outline:
    """Find what a run of the plan would be. Nothing is written, downloaded or kept.

    Args:
        planned: from :func:`cnnspec.api.planning.plan`.
        device, threads: as in training.
        timed: take a few steps on noise to estimate the time, where Torch is installed.

    Raises:
        SpecError: the data is missing where it was said to be, or damaged.
        MachineError: the device is not there, or the batch does not fit into its memory.
    """
    recipe, facts = planned.recipe, find_facts(planned)
    kept = None if facts.train is None else recipe.validation_size(facts.train)
    train = None if facts.train is None or kept is None else facts.train - kept
    per_epoch = None if train is None else ceil(train / recipe.batch_size)
    probe, reason = _probe(planned, facts, device, threads) if timed else (None, "no steps were taken")
    tested = (facts.test or 0) + (kept or 0) * recipe.epochs
    steps = None if per_epoch is None else per_epoch * recipe.epochs
    return Outline(
        model=planned.model.name,
        recipe=planned.resolved.name,
        data=facts.name,
        train=train,
        validation=kept,
        test=facts.test,
        batch_size=recipe.batch_size,
        epochs=recipe.epochs,
        steps_per_epoch=per_epoch,
        steps=steps,
        optimizer=show(recipe.optimizer.as_value()),
        precision=recipe.precision,
        **_memory(planned, device),
        schedule=show(recipe.schedule.as_value()),
        learning_rates=tuple(recipe.schedule.rates(recipe.optimizer.learning_rate, recipe.epochs)),
        callbacks=tuple(show(callback.as_value()) for callback in recipe.callbacks),
        seconds=None if probe is None or steps is None else probe.estimate(steps, tested),
        step_seconds=None if probe is None else probe.step,
        image_seconds=None if probe is None else probe.image,
        probed_steps=0 if probe is None else probe.steps,
        device="" if probe is None else probe.device,
        threads=None if probe is None else probe.threads,
        reason=reason,
    )


def find_facts(planned: Plan) -> DataFacts:
    """What is known of the plan's data; files of one's own are looked at, nothing is downloaded or decoded."""
    source = planned.recipe.data
    if isinstance(source, Images):
        from cnnspec.train.data.folder import look_at_folder
        from cnnspec.train.data.load import resolve_inside

        place = resolve_inside(planned.data_folder, source.path, confine=not planned.own_folder)
        return look_at_folder(place, source.facts().name, planned.recipe.resize)
    if isinstance(source, Npz):
        from cnnspec.train.data.load import load_dataset

        return load_dataset(source, base=planned.data_folder, confine=not planned.own_folder).facts
    return source.facts()


def _memory(planned: Plan, device: str) -> dict[str, Any]:
    """Parameters and bytes, by the analyzer."""
    found, recipe = analyse_memory(planned.spec.model(planned.model.name)), planned.recipe
    if found is None:
        return dict.fromkeys(("parameters", "trainable", "memory", "memory_limit", "largest_batch"))
    slots = len(recipe.optimizer.slots) + (1 if recipe.ema is not None else 0)
    need, limit = found.training_need(slots, PRECISIONS[recipe.precision]), machine_memory(device)
    total = need.at(recipe.batch_size)
    return {
        "parameters": found.trainable + found.non_trainable,
        "trainable": found.trainable,
        "memory": int(total) if isinstance(total, int) else None,
        "memory_limit": limit,
        "largest_batch": None if limit is None else need.largest_batch(limit),
    }


def machine_memory(device: str) -> int | None:
    """Bytes of the GPU where the run would use one, else of the machine; None where the system does not say."""
    if device != "cpu" and find_spec("torch") is not None:
        import torch

        if torch.cuda.is_available():
            return int(torch.cuda.mem_get_info()[1])
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return None


def _probe(planned: Plan, facts: DataFacts, device: str, threads: int | None) -> tuple[Probe | None, str]:
    if find_spec("torch") is None:
        return None, "Torch is not installed, so that no steps could be taken"
    if facts.shape is None or facts.train is None:
        return None, "the data's images are not known"
    from cnnspec.train.probe import probe_steps

    return probe_steps(planned.model.network, planned.recipe, facts, device=device, threads=threads), ""


# --- as text --------------------------------------------------------------------------------------------------------


def explain_outline(found: Outline) -> Explanation:
    """The sections of an outline."""
    sections = [
        Section("", tuple(_introduce(found))),
        Section("Memory", tuple(_explain_memory(found))),
        Section("Learning rate", tuple(_explain_rates(found))),
    ]
    if found.callbacks:
        sections.append(Section("Callbacks", found.callbacks))
    sections.append(Section("Time", tuple(_explain_time(found))))
    return Explanation(f"{found.recipe} · plan", tuple(sections))


def _introduce(found: Outline) -> Iterator[Line]:
    parts = ((found.train, "to train on"), (found.validation, "to validate"), (found.test, "to test"))
    samples = [f"{count:,} {what}" for count, what in parts if count]
    yield f"{found.model} on {found.data}: {', '.join(samples) or 'samples are not known'}."
    if found.steps_per_epoch is not None and found.steps is not None:
        epochs = "1 epoch" if found.epochs == 1 else f"{found.epochs:,} epochs"
        yield f"{found.steps_per_epoch:,} steps of {found.batch_size:,} an epoch, {found.steps:,} in {epochs}."
    if found.parameters is not None and found.trainable is not None:
        rest = "all trained" if found.parameters == found.trainable else f"{found.trainable:,} of them trained"
        yield f"{found.parameters:,} parameters, {rest}."


def _explain_memory(found: Outline) -> Iterator[Line]:
    if found.memory is None:
        yield "It cannot be known before the sizes that are open."
        return
    yield (
        f"A step of {found.batch_size:,} takes about {show_bytes(found.memory, 'MiB')} with {found.optimizer} in "
        f"{found.precision}, without what libraries work in."
    )
    if found.memory_limit is not None and found.largest_batch is not None:
        yield f"Into {show_bytes(found.memory_limit, 'GiB')} fits a batch of {found.largest_batch:,}."


def _explain_rates(found: Outline) -> Iterator[Line]:
    rates = found.learning_rates
    if len(set(rates)) == 1:
        yield f"{found.schedule}: {rates[0]:g} in every epoch."
        return
    yield f"{found.schedule}; at the start of an epoch:"
    last, shown = len(rates) - 1, min(len(rates), MOST_RATES)
    chosen = sorted({at * last // (shown - 1) for at in range(shown)})
    rows = tuple((f"{at + 1:,}", f"{rates[at]:.4g}") for at in chosen)
    yield Table(("epoch", "learning rate"), rows, (True, True))


def _explain_time(found: Outline) -> Iterator[Line]:
    if found.seconds is None or found.step_seconds is None or found.image_seconds is None:
        yield f"It was not estimated: {found.reason or 'the number of steps is not known'}."
        return
    threads = "1 thread" if found.threads == 1 else f"{found.threads} threads"
    yield f"About {duration(found.seconds)}, without reading the data, callbacks and checkpoints."
    yield (
        f"Estimated by {found.probed_steps} steps on images of noise, {1e3 * found.step_seconds:.3g} ms each (median), and a "
        f"test of {1e6 * found.image_seconds:.3g} µs an image, on {found.device} with {threads}."
    )


def duration(seconds: float) -> str:
    """In the largest unit of which there is at least one: ``12 s``, ``4.5 min``, ``2.1 h``."""
    if seconds < 60:
        return f"{seconds:.2g} s" if seconds < 10 else f"{seconds:.0f} s"
    return f"{seconds / 60:.2g} min" if seconds < 3600 else f"{seconds / 3600:.2g} h"
