"""Claims that a careful author would make of a model: those that are true, and that are not made yet."""

from __future__ import annotations

import re
from collections.abc import Iterator
from math import ceil, log10

from cnnspec.analysis.check import Checked, check_source
from cnnspec.analysis.claims.places import Places
from cnnspec.analysis.claims.registry import QUANTITIES, UNITS
from cnnspec.analysis.claims.wording import write_digits, write_value
from cnnspec.analysis.report import ModelReport, Row
from cnnspec.diagnostics import Source
from cnnspec.layers.arithmetic import Size
from cnnspec.record import record
from cnnspec.resolve.result import ResolvedModel
from cnnspec.syntax import tree
from cnnspec.syntax.parser import parse

#: A side of the pictures that an open input is asked about, if the model does not ask for another.
_SIDE = 256
_NAME = re.compile(r"[a-z_][A-Za-z0-9_]*")


@record
class Suggestion:
    """What may be claimed of a model: conditions, in the form the formatter gives them."""

    model: str
    claims: tuple[str, ...]


def suggest_claims(checked: Checked) -> tuple[Suggestion, ...]:
    """Claims for every sound model of a file, and no others, each of which holds where it is pasted at the end of its model."""
    source = checked.resolution.source
    proposed = [
        Suggestion(report.name, tuple(_propose(model, report)) if report.ok and not model.broken else ())
        for model, report in zip(checked.resolution.models, checked.report.models, strict=True)
    ]
    pasted = check_source(Source(source.path, paste(source, tuple(proposed)), is_file=source.is_file))
    sound = {report.name for report in checked.report.models if report.ok}
    return tuple(
        Suggestion(one.model, _true_ones(one, report))
        for one, report in zip(proposed, pasted.report.models, strict=True)
        if one.model in sound
    )


def _true_ones(proposed: Suggestion, pasted: ModelReport) -> tuple[str, ...]:
    """Those that hold: another value may hide the name of a layer."""
    holding = {claim.text for claim in pasted.claims if claim.holds}
    return tuple(claim for claim in proposed.claims if claim in holding)


def paste(source: Source, suggestions: tuple[Suggestion, ...]) -> str:
    """The text with claims at the end of their models."""
    text = source.text
    models = [item for item in parse(source).file.items if isinstance(item, tree.ModelDefinition)]
    for definition, suggestion in reversed(list(zip(models, suggestions, strict=True))):
        end = definition.span.end - 1
        text = f"{text[:end]}\n{write_claims(suggestion.claims)}{text[end:]}" if suggestion.claims else text
    return text


def write_claims(claims: tuple[str, ...]) -> str:
    """Claims as statements of a model."""
    return "".join(f"  expect {claim}\n" for claim in claims)


# --- what is proposed -------------------------------------------------------------------------------------------------


def _propose(model: ResolvedModel, report: ModelReport) -> Iterator[str]:
    """Conditions on figures of which no claim speaks yet."""
    made = [claim.text for claim in report.claims]
    for quantity, condition in (*_of_model(model, report), *_of_last(model, report)):
        if not any(_speaks_of(quantity, text) for text in made):
            yield condition


def _speaks_of(quantity: str, claim: str) -> bool:
    """Whether a quantity is named in a claim; ``params(stem)`` does not speak of ``params``."""
    end = r"(?![\w.(])" if quantity in QUANTITIES and QUANTITIES[quantity].sums else r"(?![\w.])"
    return re.search(rf"(?<![\w.]){re.escape(quantity)}{end}", claim) is not None


def _of_model(model: ResolvedModel, report: ModelReport) -> Iterator[tuple[str, str]]:
    totals = report.totals
    if totals.params != totals.trainable:
        yield from _equals("params.trainable", totals.trainable)
    yield from _equals("params", totals.params)
    yield from _equals("macs", totals.macs)
    yield from _equals("depth", totals.depth)
    if len(model.network.outputs) == 1 and (shape := model.shapes[model.network.outputs[0]]) is not None:
        dims = tuple(int(dim) if isinstance(dim, int) else None for dim in shape.dims)
        yield from _equals("output", dims if any(dims) else None)
    if (size := _fitting_size(model)) is not None:
        yield "takes", f"takes({size})"
    yield from _memory(report)


def _equals(quantity: str, value: Size | tuple[int | None, ...] | None) -> Iterator[tuple[str, str]]:
    written = write_value(value) if value else None
    if written is not None:
        yield quantity, f"{quantity} == {written}"


def _memory(report: ModelReport) -> Iterator[tuple[str, str]]:
    """At most what two digits can say."""
    from cnnspec.analysis.memory.memory import analyse_memory

    memory = analyse_memory(report)
    size = None if memory is None else memory.inference().total
    if isinstance(size, int) and size > 0:
        unit = next((name for name in ("GB", "MB", "KB") if size >= UNITS[name]), "B")
        step = 10.0 ** (int(log10(size / UNITS[unit])) - 1)
        digits = max(0, -round(log10(step)))
        yield "memory.inference", f"memory.inference <= {ceil(size / UNITS[unit] / step) * step:.{digits}f} {unit}"


def _fitting_size(model: ResolvedModel) -> str | None:
    """A size that an open model takes."""
    shapes = [shape for node, shape in zip(model.network.nodes, model.shapes, strict=True) if not node.inputs]
    if model.allowed is None or len(shapes) != 1 or shapes[0] is None:
        return None
    found = model.allowed.nearest(dict.fromkeys(model.allowed.symbols, _SIDE))
    values = next(iter(found), None)
    if values is None:
        return None
    extents = [extent if isinstance(extent, int) else values.get(str(extent), _SIDE) for extent in shapes[0].extents]
    return "x".join(str(int(extent)) for extent in extents)


def _of_last(model: ResolvedModel, report: ModelReport) -> Iterator[tuple[str, str]]:
    """What the units of the last layer that gives a map see."""
    maps = (row for row in reversed(report.rows) if row.output_shape is not None and row.output_shape.rank)
    last = next((row for row in maps if not row.is_input and not row.shared), None)
    if last is None or last.field is None:
        return
    name = _name_of(model, last)
    size = write_value(last.field.size)
    figures = [claim.actual for claim in report.claims if claim.text.startswith("receptive_field(")]
    if size is not None and last.field.size not in figures:
        yield f"receptive_field({name})", f"receptive_field({name}) == {size}"
    if last.coverage is not None:
        compared = "== 1" if last.coverage == 1 else f"~= {write_digits(last.coverage)}"
        yield f"coverage({name})", f"coverage({name}) {compared}"


def _name_of(model: ResolvedModel, row: Row) -> str:
    """How a claim names a layer: as the scope that results in it, where the model names one, else by its path."""
    path, places = model.network.nodes[row.index].path, Places(model)
    outer = path.partition("/")[0]
    name = outer if outer in places.scopes and places.result(places.scopes[outer]) == row.index else path
    return name if _NAME.fullmatch(name) else f'"{name}"'
