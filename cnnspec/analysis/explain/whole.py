"""A whole model on a page: each layer with its arithmetic, the sums with their terms, the receptive fields."""

from __future__ import annotations

from collections.abc import Iterator

from cnnspec.analysis.explain.backward import explain_backward_sum
from cnnspec.analysis.explain.chain import model_table
from cnnspec.analysis.explain.lines import Explanation, Line, Section, Table, add, equate, has_steps, local_path, per_axis
from cnnspec.analysis.explain.memory import explain_memory
from cnnspec.analysis.explain.overview import explain_input, explain_unread
from cnnspec.analysis.explain.subject import Subject
from cnnspec.analysis.explain.weights import sum_of
from cnnspec.analysis.report import ModelReport, Row
from cnnspec.layers.arithmetic import Size, lift, show_size
from cnnspec.resolve.result import ResolvedModel


def explain_model(model: ResolvedModel, report: ModelReport) -> Explanation:
    """The derivation of a model's figures, a line a layer."""
    sections = [Section("", tuple(_introduce(report))), Section("Layers", (_layer_table(model, report),))]
    sections.append(Section("Parameters", tuple(_explain_params(report))))
    sections.append(Section("Multiply-accumulates", tuple(_explain_macs(report))))
    sections.append(Section("Elementwise operations", tuple(_explain_elementwise(report))))
    sections.append(Section("Connections", tuple(_explain_connections(report))))
    sections.append(Section("Activations", tuple(_explain_activations(report))))
    sections += explain_memory(report)
    sections.append(Section("Receptive fields", (model_table(report), *_explain_fields(report))))
    return Explanation(report.name, tuple(sections))


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


def _layer_table(model: ResolvedModel, report: ModelReport) -> Table:
    rows: list[tuple[str, ...]] = []
    for row in report.rows:
        subject = Subject.of(model, report, row.index)
        name = local_path(row)
        shape = "?" if row.output_shape is None else str(row.output_shape)
        if subject is None:
            rows.append((name, shape, "", "", ""))
        else:
            rows.append((name, shape, _size(subject), _params(subject), _macs(subject)))
    return Table(("layer", "output", "size", "parameters", "MACs"), tuple(rows), (False,) * 5)


def _size(subject: Subject) -> str:
    """The arithmetic of the extents, or of a vector's length; nothing where the size is the input's."""
    traced = subject.traced.output
    if subject.axes:
        equations = per_axis([equate(size) for size in traced.extents])
        return "; ".join(item.text if len(equations) == 1 else f"{item.label} {item.text}" for item in equations)
    return equate(traced.channels).text if has_steps(traced.channels) else ""


def _params(subject: Subject) -> str:
    params = subject.traced.params
    if not params:
        return ""
    if subject.owner is not None:
        return f"those of {local_path(subject.owner)}"
    if len(params) > 1 and len({param.shape for param in params}) == 1:
        return (lift(len(params)) * lift(params[0].count)).equation
    return add(param.arithmetic for param in params).equation


def _macs(subject: Subject) -> str:
    macs = subject.traced.macs
    return "" if isinstance(macs, int) and not macs else equate(macs).text


def _explain_params(report: ModelReport) -> Iterator[Line]:
    if report.totals.params is None:
        yield "Unknown because of an error: see cnnspec check."
        return
    yield from sum_of([row.params for row in report.rows], "parameters")
    if report.totals.non_trainable:
        yield from sum_of([row.trainable for row in report.rows], "trained")
        yield from sum_of([row.non_trainable for row in report.rows], "not trained")
    shared = [local_path(row) for row in report.rows if row.shared and row.facts is not None and row.facts.params]
    if shared:
        yield f"Shared weights count once, at their first use; used again by {', '.join(shared)}."


def _explain_macs(report: ModelReport) -> Iterator[Line]:
    yield from _explain_sizes([row.macs for row in report.rows], report.totals.macs, "multiply-accumulates")
    if isinstance(report.totals.macs, int):
        yield equate(2 * lift(int(report.totals.macs)), "FLOPs")
        yield from explain_backward_sum(report)


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
        yield f"At {', '.join(gated)} a branch that has seen everything (a gate) is left out."
    yield from explain_input(report)
    yield from explain_unread(report)
