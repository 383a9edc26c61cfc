"""The memory of a model with its arithmetic: the peak of inference, and the parts of training."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cnnspec.analysis.explain.lines import Line, Section, add, equate, join_names, local_path
from cnnspec.analysis.memory.kept import KeptArray
from cnnspec.analysis.memory.memory import InferenceMemory, ModelMemory, TrainingMemory, analyse_memory
from cnnspec.analysis.memory.precision import Precision
from cnnspec.analysis.report import ModelReport
from cnnspec.analysis.rows import add_up
from cnnspec.layers.arithmetic import Size, Traced, lift, show_size
from cnnspec.layers.upkeep import Kind

#: As many values that are alive at the peak are named.
_MOST_NAMED = 6
_UNITS = ("bytes", "KiB", "MiB", "GiB", "TiB")


def explain_memory(report: ModelReport) -> Iterator[Section]:
    """A model's memory for one sample, in float32, trained by SGD."""
    memory = analyse_memory(report)
    if memory is None:
        return
    yield Section("Memory of inference", tuple(explain_inference(report, memory, memory.inference())))
    if not memory.trainable:
        return
    more = "cnnspec cost works it out for other batches, optimizers and precisions, and says what would fit."
    yield Section("Memory of training", (*explain_training(memory, memory.training()), more))


def explain_inference(report: ModelReport, memory: ModelMemory, found: InferenceMemory) -> Iterator[Line]:
    """Weights, and the most values that are there at one time."""
    params = memory.trainable + memory.non_trainable
    peak, each = memory.peak, found.precision.bytes
    yield equate(_times(each, params), f"weights, bytes ({found.precision.name})")
    yield equate(_sum([storage.elements for storage in peak.alive]), f"values while {local_path(report.rows[peak.index])} runs")
    yield f"These are {join_names(_name_alive(report, memory))}: at no other layer are there more at one time."
    yield equate(_times(found.batch * each, peak.elements) if found.batch == 1 else _of_batch(found), "their bytes")
    yield equate(_sum([found.parameters, found.values]), f"inference{show_bytes(found.total)}")


def _of_batch(found: InferenceMemory) -> Size:
    """batch·bytes·values."""
    each = found.precision.bytes
    if not isinstance(found.values, int):
        return found.values
    return lift(found.batch) * each * (int(found.values) // (found.batch * each))


def _name_alive(report: ModelReport, memory: ModelMemory) -> list[str]:
    """The values that are there at the peak, the greatest by name."""
    alive = [f"{local_path(report.rows[s.index])} ({show_size(s.elements)})" for s in memory.peak.alive]
    return alive if len(alive) <= _MOST_NAMED else [*alive[: _MOST_NAMED - 1], f"{len(alive) - _MOST_NAMED + 1} more"]


def explain_training(memory: ModelMemory, found: TrainingMemory) -> Iterator[Line]:
    """Weights, gradients, slots, and what is kept for the backward pass."""
    params, master = memory.trainable + memory.non_trainable, found.precision.master
    yield equate(_times(master, params), "weights, bytes (float32)")
    if found.copies:
        yield equate(_times(found.precision.copy, params), f"their copy in {found.precision.name}")
    yield equate(_times(master, memory.trainable), "gradients")
    if found.slots:
        numbers = found.slots // (memory.trainable * master)
        yield equate(_times(numbers * master, memory.trainable), f"slots of {found.optimizer}, {_numbers(numbers)} each")
    else:
        yield f"{found.optimizer} keeps no numbers of its own."
    yield from _explain_kept(memory, found)
    parts = [found.parameters, found.copies, found.gradients, found.slots, found.activations]
    yield equate(_sum([part for part in parts if part != 0]), f"training{show_bytes(found.total)}")


def _numbers(count: int) -> str:
    return "a number" if count == 1 else f"{count} numbers"


def _explain_kept(memory: ModelMemory, found: TrainingMemory) -> Iterator[Line]:
    """What is kept of a sample, by the bytes of its numbers, and of a batch."""
    batched = [kept for kept in memory.kept if kept.array.batched]
    fixed = [kept for kept in memory.kept if not kept.array.batched]
    need = memory.activations(found.precision)
    yield equate(_by_kind(batched, found.precision), "kept of each sample")
    if fixed:
        yield equate(_by_kind(fixed, found.precision), "kept of each batch (statistics)")
    if isinstance(need.each, int) and isinstance(need.fixed, int) and found.batch > 1:
        samples = lift(found.batch) * int(need.each)
        yield equate(samples + int(need.fixed) if fixed else samples, "kept for the backward pass")


def _by_kind(kept: Sequence[KeptArray], precision: Precision) -> Size:
    """4·values + 8·places + …"""
    kinds: tuple[Kind, ...] = ("value", "float32", "int64", "bool")
    by_bytes: dict[int, list[Size]] = {}
    for kind in kinds:
        sizes = [item.array.elements for item in kept if item.array.kind == kind]
        if sizes:
            by_bytes.setdefault(precision.bytes_of(kind), []).extend(sizes)
    return _sum([_times(each, add_up(sizes)) for each, sizes in by_bytes.items()])


def _times(factor: int, size: Size) -> Size:
    return lift(factor) * int(size) if isinstance(size, int) else size * factor


def _sum(sizes: Sequence[Size]) -> Size:
    """The sum with its terms, of formulas the formula."""
    if not sizes:
        return lift(0)
    numbers = [size if isinstance(size, Traced) else int(size) for size in sizes if isinstance(size, int)]
    return add(numbers) if len(numbers) == len(sizes) else add_up(sizes)


def show_bytes(size: Size) -> str:
    """``, 1.4 MiB`` behind a label; nothing for a formula, or for less than a KiB."""
    return f", {format_bytes(int(size))}" if isinstance(size, int) and size >= 1024 else ""


def format_bytes(count: int) -> str:
    """``11.2 MiB``: in the greatest unit of which there is at least one, 1 KiB being 1024 bytes."""
    amount, unit = float(count), 0
    while amount >= 1024 and unit < len(_UNITS) - 1:
        amount, unit = amount / 1024, unit + 1
    return (
        f"{count:,} bytes" if unit == 0 else f"{amount:.3g} {_UNITS[unit]}" if amount < 999.5 else f"{amount:,.0f} {_UNITS[unit]}"
    )
