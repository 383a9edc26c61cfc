"""The cost of a model as sections: every total with its arithmetic."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from cnnspec.analysis.cost.cost import Cost, Passage
from cnnspec.analysis.cost.devices import Device
from cnnspec.analysis.cost.fit import Fit, Remedy
from cnnspec.analysis.cost.roofline import Bound, Roofline
from cnnspec.analysis.cost.work import STEP
from cnnspec.analysis.explain.lines import Explanation, Line, Section, Table, equate, local_path, quotient
from cnnspec.analysis.explain.memory import explain_inference, explain_training, format_bytes
from cnnspec.analysis.memory.kept import KeptArray
from cnnspec.analysis.memory.precision import Precision
from cnnspec.layers.arithmetic import Size, lift, show_size

#: As many rows of a table are shown, the greatest, unless all are asked for.
MOST_ROWS: Final = 10


def explain_cost(cost: Cost, *, sources: Sequence[str] = (), full: bool = False) -> Explanation:
    """The sections of a cost.

    Args:
        cost: what was worked out.
        sources: where the batch and the optimizer come from, as sentences.
        full: all rows of tables, not only the greatest.
    """
    inference, training = cost.inference_memory, cost.training_memory
    sections = [Section("", tuple(_introduce(cost, sources)))]
    sections.append(Section("Operations", tuple(_explain_operations(cost))))
    sections.append(Section("Memory of inference", tuple(explain_inference(cost.report, cost.memory, inference))))
    if _trains(cost):
        sections.append(Section("Memory of training", tuple(explain_training(cost.memory, training))))
        sections.append(Section("Kept for the backward pass", tuple(_list_kept(cost, full))))
    if cost.limit is not None:
        sections.append(Section(f"In {_limit(cost.limit)} of memory", tuple(_explain_fits(cost))))
    if cost.device is not None:
        sections += _explain_times(cost, cost.device, full)
    return Explanation(f"{cost.report.name} · cost", tuple(sections))


def _introduce(cost: Cost, sources: Sequence[str]) -> Iterator[Line]:
    inference, training = cost.inference_memory, cost.training_memory
    if not _trains(cost):
        yield f"Inference of {_samples(inference.batch)} in {inference.precision.name}; nothing is trained."
        return
    yield (
        f"Inference of {_samples(inference.batch)} in {inference.precision.name}; training on {_samples(training.batch)} a step "
        f"by {training.optimizer} in {training.precision.name}."
    )
    yield from sources


def _trains(cost: Cost) -> bool:
    return cost.memory.trainable > 0


def _limit(count: int) -> str:
    """In units of 1000 where that comes out even, as makers of devices write it."""
    return f"{count // 10**9:,} GB" if count % 10**9 == 0 else format_bytes(count)


def _samples(batch: int) -> str:
    return "one sample" if batch == 1 else f"{batch:,} samples"


def _explain_operations(cost: Cost) -> Iterator[Line]:
    """Of one sample."""
    totals = cost.report.totals
    macs, elementwise, backward = totals.macs, totals.elementwise, totals.macs_backward
    if isinstance(macs, int) and isinstance(elementwise, int) and isinstance(backward, int):
        yield equate(2 * lift(int(macs)) + int(elementwise), "a sample forward: 2·MACs + elementwise")
        if _trains(cost):
            yield equate(2 * lift(int(backward)) + int(elementwise), "a sample backward")
        return
    yield f"multiply-accumulates: {show_size(macs)}"
    yield f"elementwise operations: {show_size(elementwise)}"


# --- what is kept -------------------------------------------------------------------------------------------------------


def _list_kept(cost: Cost, full: bool) -> Iterator[Line]:
    kept = [item for item in cost.memory.kept if item.array.batched]
    precision = cost.training_memory.precision
    shown = kept if full else _greatest(kept, precision)
    yield Table(("layer", "what", "values", "bytes"), tuple(_kept_row(cost, item, precision) for item in shown), _KEPT)
    if len(shown) < len(kept):
        yield f"{len(kept) - len(shown)} more of each sample; -v lists all."


_KEPT: Final = (False, False, True, True)


def _greatest(kept: list[KeptArray], precision: Precision) -> list[KeptArray]:
    """The rows with the most bytes, in the order of the layers."""

    def weight(item: KeptArray) -> int:
        size = item.array.elements
        return int(size) * precision.bytes_of(item.array.kind) if isinstance(size, int) else 0

    chosen = sorted(kept, key=weight, reverse=True)[:MOST_ROWS]
    return [item for item in kept if any(item is other for other in chosen)]


def _kept_row(cost: Cost, item: KeptArray, precision: Precision) -> tuple[str, ...]:
    size = item.array.elements
    return (
        local_path(cost.report.rows[item.index]),
        item.array.what,
        show_size(size),
        show_size(size * precision.bytes_of(item.array.kind)),
    )


# --- what fits ----------------------------------------------------------------------------------------------------------


def _explain_fits(cost: Cost) -> Iterator[Line]:
    if cost.inference.fit is None or cost.training.fit is None:
        yield "Sizes are open: give one with --input to know what fits."
        return
    passages = (("inference", cost.inference.fit), ("training", cost.training.fit))
    for what, fit in passages if _trains(cost) else passages[:1]:
        yield from _explain_fit(what, fit)
        if fit.remedies:
            yield from _explain_remedies(fit)


def _explain_fit(what: str, fit: Fit) -> Iterator[Line]:
    verdict = "fits" if fit.fits else "does not fit"
    yield f"{what.capitalize()} with a batch of {fit.batch:,} {verdict}: {format_bytes(fit.total)}."
    if fit.need.each != 0:
        yield equate(_largest(fit), f"largest batch of {what}") if fit.largest else _too_large(what, fit)


def _largest(fit: Fit) -> Size:
    return (lift(fit.limit) - int(fit.need.fixed)) // int(fit.need.each)  # type: ignore[arg-type]


def _too_large(what: str, fit: Fit) -> str:
    one = format_bytes(int(fit.need.at(1)))  # type: ignore[arg-type]
    return f"Not even one sample fits: {what} of one takes {one}."


def _explain_remedies(fit: Fit) -> Iterator[Line]:
    rows = [("as it is", format_bytes(fit.total), _batch(fit.largest), _devices(fit.devices))]
    rows += [_remedy_row(remedy) for remedy in fit.remedies]
    yield Table(
        ("what would help", f"batch of {fit.batch:,}", "largest batch", "devices"), tuple(rows), (False, True, True, True)
    )
    yield from (f"{remedy.what} cannot be: {remedy.reason}." for remedy in fit.remedies if remedy.reason)
    if fit.largest:
        whole = f"split over {_devices(fit.devices)} devices, so does one of {fit.batch:,}"
        yield f"A batch of {fit.largest:,} fits as it is; {whole}."


def _remedy_row(remedy: Remedy) -> tuple[str, ...]:
    if remedy.total is None:
        return remedy.what, "–", "–", "–"
    return remedy.what, format_bytes(remedy.total), _batch(remedy.largest), _devices(remedy.devices)


def _batch(largest: int) -> str:
    return f"{largest:,}" if largest else "none"


def _devices(count: int | None) -> str:
    return "–" if count is None else f"{count:,}"


# --- time ---------------------------------------------------------------------------------------------------------------


def _explain_times(cost: Cost, device: Device, full: bool) -> Iterator[Section]:
    passages = (
        ("inference", cost.inference, cost.inference_memory.batch),
        ("a step of training", cost.training, cost.training_memory.batch),
    )
    for what, passage, batch in passages if _trains(cost) else passages[:1]:
        lines = tuple(_explain_passage(cost, passage, device, batch, full))
        yield Section(f"Time of {what} on {device.title}, at least", lines)


def _explain_passage(cost: Cost, passage: Passage, device: Device, batch: int, full: bool) -> Iterator[Line]:
    roofline = passage.roofline
    if roofline is None:
        yield "Sizes are open: give one with --input to know the times."
        return
    yield from _explain_ridge(roofline, device)
    bounds = roofline.bounds
    shown = bounds if full else _slowest(bounds)
    yield Table(_TIMES, tuple(_time_row(cost, item) for item in shown), (False, True, True, True, False, True))
    if len(shown) < len(bounds):
        yield f"{len(bounds) - len(shown)} more take {_seconds(roofline.seconds - sum(b.seconds for b in shown))}; -v lists all."
    computing, moving = roofline.seconds_by("compute"), roofline.seconds_by("memory")
    yield (
        f"Together {_seconds(roofline.seconds)} for {_samples(batch)}: {_seconds(computing)} bound by the arithmetic, "
        f"{_seconds(moving)} by the memory."
    )
    if roofline.seconds:
        yield f"That is at most {_rate(batch / roofline.seconds)} samples a second."


_TIMES: Final = ("layer", "operations", "bytes", "op/byte", "bound by", "time")


def _explain_ridge(roofline: Roofline, device: Device) -> Iterator[Line]:
    peak = device.peak(roofline.precision)
    yield quotient(peak, device.bandwidth, "operations a byte from which the arithmetic is the bound")
    if not device.knows(roofline.precision):
        yield f"{device.title} has no figure for {roofline.precision}: the peak is that of float32."
    if device.source:
        yield f"Peak {_scaled(peak)}FLOP/s and {_scaled(device.bandwidth)}B/s as in {device.source}."


def _slowest(bounds: Sequence[Bound]) -> list[Bound]:
    chosen = {id(item) for item in sorted(bounds, key=lambda item: -item.seconds)[:MOST_ROWS]}
    return [item for item in bounds if id(item) in chosen]


def _time_row(cost: Cost, item: Bound) -> tuple[str, ...]:
    work = item.work
    name = STEP if work.index is None else local_path(cost.report.rows[work.index])
    intensity = "–" if work.intensity is None else f"{work.intensity:,.1f}"
    operations, moved = (_scaled(int(size)).rstrip() for size in (work.operations, work.bytes))  # type: ignore[arg-type]
    return name, operations, f"{moved}B" if moved[-1:].isalpha() else f"{moved} B", intensity, item.by, _seconds(item.seconds)


def _scaled(amount: int) -> str:
    """``236 M``, ``4.8 T``, with a blank behind a plain number."""
    for factor, prefix in ((10**15, "P"), (10**12, "T"), (10**9, "G"), (10**6, "M"), (10**3, "k")):
        if amount >= factor:
            return f"{amount / factor:.4g} {prefix}"
    return f"{amount} "


def _seconds(seconds: float) -> str:
    """``3.21 ms``."""
    for factor, unit in ((1, "s"), (1e-3, "ms"), (1e-6, "µs")):
        if seconds >= factor:
            return f"{seconds / factor:.3g} {unit}" if seconds / factor < 1000 else f"{seconds / factor:,.0f} {unit}"
    return f"{seconds * 1e9:.3g} ns"


def _rate(rate: float) -> str:
    if rate < 1000:
        return f"{rate:.3g}"
    unit = 10 ** (len(str(int(rate))) - 3)
    return f"{round(rate / unit) * unit:,}"
