"""Whether a network fits into a given memory, the largest batch that does, and what would help if it does not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from cnnspec.analysis.cost.changes import Part, Unfit, find_parts, find_strided, with_longer_stride, without
from cnnspec.analysis.memory.memory import ModelMemory
from cnnspec.analysis.memory.need import Need
from cnnspec.analysis.memory.terms import InferenceTerms, TrainingTerms
from cnnspec.analysis.report import ModelReport
from cnnspec.record import record
from cnnspec.resolve.result import ResolvedModel

#: The half precision that is offered: its range is that of float32.
_HALF: Final = "bfloat16"
#: As many changes of one sort are tried.
_TRIALS = 4


@record
class Remedy:
    """Something that takes less memory: its name, what it comes to at the batch that was asked for, and what fits then.

    Attributes:
        what: ``stride 2×2 in conv2d_1``.
        total: bytes at the batch; None where it cannot be done.
        largest: the greatest batch that fits.
        devices: of how many devices each would fit its share of the batch; None where even one sample does not.
        reason: why it cannot be done.
    """

    what: str
    total: int | None = None
    largest: int = 0
    devices: int | None = None
    reason: str = ""


@record
class Fit:
    """How a need stands to a limit, both in bytes; all sizes are known.

    Attributes:
        limit: what there is.
        need: what a batch takes.
        batch: the batch that was asked for.
        remedies: where it does not fit, what would help.
    """

    limit: int
    need: Need
    batch: int
    remedies: tuple[Remedy, ...] = ()

    @property
    def total(self) -> int:
        """The bytes of the batch that was asked for."""
        return _known(self.need.at(self.batch))

    @property
    def fits(self) -> bool:
        return self.total <= self.limit

    @property
    def largest(self) -> int:
        """The greatest batch that fits, 0 where not one sample does."""
        return self.need.largest_batch(self.limit) or 0

    @property
    def devices(self) -> int | None:
        """Into how many equal devices the batch would have to be split; None where not one sample fits."""
        return -(-self.batch // self.largest) if self.largest else None


def fit_inference(memory: ModelMemory, terms: InferenceTerms, limit: int) -> Fit | None:
    """How inference stands to a limit, with 16 bits as the remedy where it does not fit; None where sizes are open."""
    found = _fit(terms.need(memory), terms.batch, limit)
    if found is None or found.fits or terms.bytes.mixed:
        return found
    half = InferenceTerms(batch=terms.batch, precision=_HALF)
    return Fit(limit, found.need, terms.batch, (_judge(f"16 bits ({_HALF})", half.need(memory), terms.batch, limit),))


def fit_training(model: ResolvedModel, report: ModelReport, memory: ModelMemory, terms: TrainingTerms, limit: int) -> Fit | None:
    """How training stands to a limit, with the remedies where it does not fit; None where sizes are open."""
    found = _fit(terms.need(memory), terms.batch, limit)
    if found is None or found.fits:
        return found
    return Fit(limit, found.need, terms.batch, tuple(_remedies(model, report, memory, terms, limit)))


def _fit(need: Need, batch: int, limit: int) -> Fit | None:
    if not isinstance(need.fixed, int) or not isinstance(need.each, int):
        return None
    return Fit(limit, need, batch)


def _remedies(
    model: ResolvedModel, report: ModelReport, memory: ModelMemory, terms: TrainingTerms, limit: int
) -> Iterator[Remedy]:
    """The lecture's: 16 bits, a stride in the first layer, fewer layers."""
    if not terms.bytes.mixed:
        half = TrainingTerms(batch=terms.batch, optimizer=terms.optimizer, precision=_HALF)
        yield _judge(f"16 bits ({_HALF})", half.need(memory), terms.batch, limit)
    yield from _longer_strides(model, report, terms, limit)
    yield from _fewer_layers(model, report, memory, terms, limit)


def _longer_strides(model: ResolvedModel, report: ModelReport, terms: TrainingTerms, limit: int) -> Iterator[Remedy]:
    """Twice the stride in the first convolution; where the rest does not take that, in the first one where it does."""
    for tried, index in enumerate(find_strided(report)[:_TRIALS]):
        row = report.rows[index]
        doubled = "×".join(str(2 * step) for step in row.layer.strides)  # type: ignore[attr-defined]
        what = f"strides={doubled} in {report.network.nodes[index].path}"
        try:
            changed = with_longer_stride(model, index)
        except Unfit as path:
            if not tried:
                yield Remedy(what, reason=f"{path} would not take what comes to it")
        else:
            yield _judge(what, terms.need(changed), terms.batch, limit)
            return


def _fewer_layers(
    model: ResolvedModel, report: ModelReport, memory: ModelMemory, terms: TrainingTerms, limit: int
) -> Iterator[Remedy]:
    """Without the part that saves the most, of the heaviest that can be left out as they stand."""
    weights = _weigh(memory, terms)
    heaviest = sorted(find_parts(report), key=lambda part: -sum(weights.get(at, 0) for at in range(part.first, part.last)))
    tried = [_judge(f"without {part.name}", need, terms.batch, limit) for part, need in _try(model, report, heaviest, terms)]
    if tried:
        yield min(tried, key=lambda remedy: remedy.total or 0)
    else:
        yield Remedy("fewer layers", reason="none can be left out as it stands")


def _try(model: ResolvedModel, report: ModelReport, parts: Sequence[Part], terms: TrainingTerms) -> Iterator[tuple[Part, Need]]:
    """What the network takes without each of the parts, a few of them."""
    for part in parts[:_TRIALS]:
        try:
            yield part, terms.need(without(model, report, part))
        except Unfit:
            continue


def _weigh(memory: ModelMemory, terms: TrainingTerms) -> dict[int, int]:
    """Bytes that are kept of the outputs and arrays of each layer, of one sample."""
    found: dict[int, int] = {}
    for kept in memory.kept:
        if kept.array.batched:
            found[kept.index] = found.get(kept.index, 0) + _known(kept.array.elements) * terms.bytes.bytes_of(kept.array.kind)
    return found


def _judge(what: str, need: Need, batch: int, limit: int) -> Remedy:
    fit = Fit(limit, need, batch)
    return Remedy(what, fit.total, fit.largest, fit.devices)


def _known(size: object) -> int:
    assert isinstance(size, int)
    return int(size)
