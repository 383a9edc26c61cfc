"""A whole model on a page: each layer with its arithmetic, the sums with their terms, the receptive fields."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cnnspec.analysis.explain.advice import advise
from cnnspec.analysis.explain.backward import explain_backward_sum
from cnnspec.analysis.explain.chain import model_table
from cnnspec.analysis.explain.lines import Explanation, Line, Section, equate, local_path, name_some
from cnnspec.analysis.explain.memory import explain_memory
from cnnspec.analysis.explain.overview import explain_input, explain_unread
from cnnspec.analysis.explain.remarks import home_of, list_claims, list_remarks
from cnnspec.analysis.explain.shares import share_out
from cnnspec.analysis.explain.walk import walk_layers
from cnnspec.analysis.explain.weights import sum_of
from cnnspec.analysis.report import ModelReport, Row
from cnnspec.diagnostics import Diagnostic
from cnnspec.layers.arithmetic import Size, lift, show_size
from cnnspec.resolve.result import ResolvedModel


def explain_model(
    model: ResolvedModel, report: ModelReport, *, purpose: Sequence[str] = (), remarks: Sequence[Diagnostic] = ()
) -> Explanation:
    """The derivation of a model's figures, a line a layer, and what else is to be said of it.

    Args:
        model, report: the model and its figures.
        purpose: what it is for, in paragraphs.
        remarks: what ``check`` says of it.
    """
    sections = [
        *(Section("", (paragraph,)) for paragraph in purpose),
        Section("", tuple(_introduce(report))),
        Section("Layers", (walk_layers(model, report),)),
        Section("Parameters", tuple(_explain_params(report))),
        Section("Multiply-accumulates", tuple(_explain_macs(report))),
        Section("Elementwise operations", tuple(_explain_elementwise(report))),
        Section("Connections", tuple(_explain_connections(report))),
        Section("Activations", tuple(_explain_activations(report))),
        *explain_memory(report),
        Section("Receptive fields", (model_table(report), *_explain_fields(report))),
        Section("Claims", tuple(list_claims(report.claims))),
        Section("Remarks", tuple(list_remarks(remarks, home_of(model)))),
        Section("What to try", tuple(advise(model, report))),
    ]
    return Explanation(report.name, tuple(section for section in sections if section.lines))


def _introduce(report: ModelReport) -> Iterator[Line]:
    inputs = [_name_shape(row) for row in report.rows if row.is_input]
    outputs = [report.rows[index] for index in report.network.outputs]
    layers = sum(not row.is_input for row in report.rows)
    yield f"From {', '.join(inputs)} to {', '.join(map(_name_shape, outputs))} in {layers} layers."
    if report.totals.depth is not None:
        yield f"The longest path passes {report.totals.depth} layers with weights (depth)."
    if report.conditions:
        yield f"It takes {'; '.join(report.conditions)}: see `cnnspec explain size-condition`."


def _name_shape(row: Row) -> str:
    return f"{row.name} {'?' if row.output_shape is None else row.output_shape}"


def _explain_params(report: ModelReport) -> Iterator[Line]:
    if report.totals.params is None:
        yield "Unknown because of an error: see cnnspec check."
        return
    yield from sum_of([row.params for row in report.rows], "parameters")
    if report.totals.non_trainable:
        yield from sum_of([row.trainable for row in report.rows], "trained")
        yield from sum_of([row.non_trainable for row in report.rows], "not trained")
    yield from share_out(report, [row.params for row in report.rows], "parameters")
    shared = [local_path(row) for row in report.rows if row.shared and row.facts is not None and row.facts.params]
    if shared:
        yield f"Shared weights count once, at their first use; used again by {name_some(shared)}."


def _explain_macs(report: ModelReport) -> Iterator[Line]:
    yield from _explain_sizes([row.macs for row in report.rows], report.totals.macs, "multiply-accumulates")
    if isinstance(report.totals.macs, int):
        yield equate(2 * lift(int(report.totals.macs)), "FLOPs")
        yield from explain_backward_sum(report)
        yield from share_out(report, [row.macs for row in report.rows], "MACs")


def _explain_elementwise(report: ModelReport) -> Iterator[Line]:
    found = [row.elementwise for row in report.rows]
    yield from _explain_sizes(found, report.totals.elementwise, "additions, products, comparisons, functions")


def _explain_connections(report: ModelReport) -> Iterator[Line]:
    links = [row.connections for row in report.rows]
    yield from _explain_sizes(links, report.totals.connections, "links to units, biases too")


def _explain_activations(report: ModelReport) -> Iterator[Line]:
    layers: list[Row] = [row for row in report.rows if not row.is_input]
    yield from _explain_sizes(
        [row.activation_elements for row in layers], report.totals.activation_elements, "values, each layer's output once"
    )


def _explain_sizes(sizes: list[Size | None], result: Size | None, label: str) -> Iterator[Line]:
    numbers = [int(size) for size in sizes if isinstance(size, int)]
    if result is None:
        yield "Unknown because of an error: see cnnspec check."
    elif isinstance(result, int) and len(numbers) == len(sizes):
        yield from sum_of(numbers, label)
    else:
        yield f"{label}: {show_size(result)}"


def _explain_fields(report: ModelReport) -> Iterator[Line]:
    gated = [local_path(row) for row in report.rows if row.gated]
    if gated:
        yield f"At {name_some(gated)} a branch that has seen everything (a gate) is left out."
    yield from explain_input(report)
    yield from explain_unread(report)
