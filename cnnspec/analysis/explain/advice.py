"""What to try with a model: changes whose effect was computed by the layers' own facts, and where to look next."""

from __future__ import annotations

from collections.abc import Iterator

from cnnspec.analysis.explain.lines import Line, equate, local_path, show_axes, show_share
from cnnspec.analysis.explain.subject import Subject
from cnnspec.analysis.receptive_field import Sight, as_report, see_instead
from cnnspec.analysis.report import ModelReport, ReceptiveField, Row
from cnnspec.layers.arithmetic import group_digits, lift
from cnnspec.layers.base import Facts, LayerError
from cnnspec.layers.registry import layer_class
from cnnspec.layers.window import WholeInput
from cnnspec.resolve.result import ResolvedModel
from cnnspec.schema.declaration import BindError

#: A dense layer with more than this share of the parameters, and a convolution with more of the work, are looked at.
_LARGE = 0.3


def advise(model: ResolvedModel, report: ModelReport) -> Iterator[Line]:
    """Less for the largest dense layer and the costliest convolution, more for a field that leaves much unseen."""
    if not report.ok or not report.rows:
        return
    yield from _shrink_dense(model, report)
    yield from _save_work(model, report)
    yield from _widen_field(model, report)
    if report.resolution is not None and any(row.unproductive for row in report.rows):
        least = show_axes(report.resolution.minimum)
        yield f"An input of {least} pixels or more gives every convolution something to add."


def _shrink_dense(model: ResolvedModel, report: ModelReport) -> Iterator[Line]:
    """Global pooling in place of Flatten before the largest dense layer."""
    whole = report.totals.params
    row = max((row for row in report.rows if _is_dense(row)), key=lambda row: row.params, default=None)
    if row is None or not whole or row.params < _LARGE * whole:
        return
    (source,) = model.network.nodes[row.index].inputs
    flat = report.rows[source]
    before = flat.input_shapes[0] if flat.kind == "Flatten" else None
    if before is None or not 1 <= before.rank <= 3 or all(n == 1 for n in before.extents):
        return
    pooling = f"GlobalAvgPool{before.rank}D"
    facts = row.layer.facts(layer_class(pooling)().facts(before).output)
    fewer = sum(param.count for param in facts.params)
    yield (
        f"{local_path(row)} has {show_share(row.params / whole)} of all parameters. {pooling} in place of {local_path(flat)} "
        f"would leave it {group_digits(fewer)} of {group_digits(row.params)}:"
    )
    yield equate(lift(whole) - row.params + fewer, "parameters then")


def _is_dense(row: Row) -> bool:
    return (
        row.facts is not None and isinstance(row.facts.window, WholeInput) and any(p.role == "kernel" for p in row.facts.params)
    )


def _save_work(model: ResolvedModel, report: ModelReport) -> Iterator[Line]:
    """Stride 2 in the costliest convolution."""
    whole = report.totals.macs
    counted = [row for row in report.rows if isinstance(row.macs, int) and row.field is not None]
    row = max(counted, key=lambda row: int(row.macs or 0), default=None)  # type: ignore[arg-type]
    if row is None or not isinstance(whole, int) or not isinstance(row.macs, int) or row.macs < _LARGE * whole:
        return
    facts = _instead(model, report, row, strides=2)
    if facts is None or not isinstance(facts.macs, int) or facts.macs >= row.macs:
        return
    yield (
        f"{local_path(row)} does {show_share(row.macs / whole)} of the work. With strides=2 it would take "
        f"{group_digits(facts.macs)} of {group_digits(row.macs)} multiply-accumulates, and leave {facts.output} to what follows."
    )


def _instead(model: ResolvedModel, report: ModelReport, row: Row, **arguments: object) -> Facts | None:
    """The facts of a layer with other arguments; None where it does not take them, or nothing changes."""
    subject = Subject.of(model, report, row.index)
    now = row.layer.changed()
    if subject is None or len(subject.given) > 1 or not set(arguments) <= set(type(row.layer).model_fields):
        return None
    try:
        made = type(row.layer).bind((), {**now, **arguments})
        return None if made == row.layer else made.facts(*subject.given)
    except (BindError, LayerError):
        return None


def _widen_field(model: ResolvedModel, report: ModelReport) -> Iterator[Line]:
    """Dilation in the last convolution, where its units see little of the input."""
    dilated = [row for row in report.rows if row.field is not None and "dilation_rate" in type(row.layer).model_fields]
    row = dilated[-1] if dilated else None
    if row is None or row.coverage is None or row.coverage > 0.5:
        return
    facts = _instead(model, report, row, dilation_rate=2)
    field = None if facts is None else _field_with(model, report, row, facts)
    if facts is None or field is None or row.field is None or field.size == row.field.size:
        return
    yield (
        f"A unit of {local_path(row)} sees {show_share(row.coverage)} of the input. With dilation_rate=2 its field would be "
        f"{show_axes(field.size)} in place of {show_axes(row.field.size)}, without a further weight; its output {facts.output}."
    )


def _field_with(model: ResolvedModel, report: ModelReport, row: Row, facts: Facts) -> ReceptiveField | None:
    subject = Subject.of(model, report, row.index)
    if subject is None:
        return None
    seen = see_instead(model, subject.sights, row.index, facts)
    return None if isinstance(seen, Sight) else as_report(seen, facts.output.extents)
