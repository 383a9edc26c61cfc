"""Everything about one layer: where each of its numbers comes from."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from cnnspec.analysis.claims.wording import say_figures
from cnnspec.analysis.explain.alternatives import explain_alternatives
from cnnspec.analysis.explain.field import explain_field
from cnnspec.analysis.explain.lines import Explanation, Line, Section, equate, local_path, trace_shape
from cnnspec.analysis.explain.operations import explain_kept, explain_operations
from cnnspec.analysis.explain.remarks import home_of, list_remarks
from cnnspec.analysis.explain.size import explain_dropped, explain_elements, explain_flattening, explain_size
from cnnspec.analysis.explain.subject import Findings, Subject
from cnnspec.analysis.explain.weights import (
    explain_connections,
    explain_dense_instead,
    explain_im2col,
    explain_macs,
    explain_params,
)
from cnnspec.analysis.report import ModelReport, Row
from cnnspec.diagnostics import Diagnostic
from cnnspec.layers.base import Layer
from cnnspec.layers.registry import page_of
from cnnspec.resolve.result import ResolvedModel

#: The sections of a layer, in order; one that has nothing to say is left out.
_SECTIONS: tuple[tuple[str, Callable[[Subject], Iterable[Line]]], ...] = (
    ("Output size", explain_size),
    ("Parameters", explain_params),
    ("Multiply-accumulates", explain_macs),
    ("Elementwise operations", explain_operations),
    ("Connections", explain_connections),
    ("Receptive field", explain_field),
    ("im2col", explain_im2col),
    ("Activations", explain_elements),
    ("Kept for the backward pass", explain_kept),
    ("A dense layer between the same shapes", explain_dense_instead),
    ("What would change", explain_alternatives),
)


def explain_layer(
    model: ResolvedModel,
    report: ModelReport,
    index: int,
    *,
    remarks: Sequence[Diagnostic] = (),
    findings: Findings | None = None,
) -> Explanation:
    """The derivation of every number of a layer or input.

    Args:
        model, report: the model and its figures.
        index: the layer's row.
        remarks: what ``check`` says of it.
        findings: what was found for other layers of the same model; what is found here is added.
    """
    row = report.rows[index]
    sections = [Section("", tuple(_introduce(report, row)))]
    subject = Subject.of(model, report, index, findings)
    if row.is_input:
        sections.append(Section("Size", tuple(_explain_input(row))))
    elif subject is None:
        sections.append(Section("Unknown", ("An error makes this layer's figures unknown: see cnnspec check.",)))
    else:
        sections += _explain(subject)
    claims = tuple(_list_claims(model, report, row))
    if claims:
        sections.append(Section("Claims", claims))
    if remarks:
        sections.append(Section("Remarks", tuple(list_remarks(remarks, home_of(model)))))
    return Explanation(show_title(row), tuple(sections))


def show_title(row: Row) -> str:
    """``conv2d_2 · Conv2D 3×3, 64, valid, relu``, with the path inside the model."""
    summary = str(row.output_shape) if row.is_input and row.output_shape is not None else row.layer.summary()
    return f"{local_path(row)} · {row.kind} {summary}".rstrip()


def _explain(subject: Subject) -> Iterator[Section]:
    for heading, explain in _sections_of(subject):
        lines = tuple(explain(subject))
        if lines:
            yield Section(heading, lines)


def _sections_of(subject: Subject) -> Iterator[tuple[str, Callable[[Subject], Iterable[Line]]]]:
    for heading, explain in _SECTIONS:
        yield heading, explain
        if heading == "Output size" and subject.row.layer.family == "pooling":
            yield "Values dropped", explain_dropped
        if heading == "Output size" and subject.row.kind == "Flatten":
            yield "Order of the values", explain_flattening


def _introduce(report: ModelReport, row: Row) -> Iterator[Line]:
    """What the layer does, what it reads, who reads it, where it stands."""
    yield "What flows into the network." if row.is_input else _describe(type(row.layer))
    if row.layer.family == "convolution" and row.facts is not None and row.facts.params:
        yield "As in all networks this is a cross-correlation: the kernel is not flipped as in mathematics."
    if row.inputs:
        shapes = zip(row.inputs, row.input_shapes, strict=True)
        yield f"It reads {', '.join(f'{name} ({shape})' if shape is not None else name for name, shape in shapes)}."
    readers = [local_path(report.rows[reader]) for reader in report.network.readers[row.index]]
    if readers:
        yield f"Its result goes to {', '.join(readers)}."
    if row.index in report.network.outputs:
        yield "Its result is an output of the model."
    later = [local_path(other) for other in report.rows if report.network.nodes[other.index].shares == row.index]
    if later:
        yield f"Its weights are used again by {', '.join(later)}."
    used = f", in a block used at line {', '.join(map(str, row.used_at))}" if row.used_at else ""
    yield f"It stands at line {row.line}{used}."


def _describe(kind: type[Layer]) -> str:
    """What the layer does, and what its relatives of other ranks do too."""
    parent = kind.__mro__[1]
    docs = [kind.__doc__, parent.__doc__ if parent.__name__ == page_of(kind.kind) else None]
    return " ".join(" ".join(doc.split("\n\n")[0].replace("``", "").split()) for doc in docs if doc)


def _explain_input(row: Row) -> Iterator[Line]:
    if row.output_shape is not None:
        yield equate(trace_shape(row.output_shape).elements, "values")


def _list_claims(model: ResolvedModel, report: ModelReport, row: Row) -> Iterator[str]:
    """The claim about the shape on the layer's line, and the claims that name it or a scope whose result it is."""
    call = model.origins[row.index].call
    for claim in report.shape_claims:
        if claim.span.source is call.source and claim.line == row.line and claim.actual == row.output_shape:
            yield f"line {claim.line}: :: {claim.text} {_verdict(claim.holds)}"
    paths = [report.network.nodes[row.index].path, row.name]
    paths += [scope.path for scope in report.network.scopes if scope.last == row.index + 1]
    named = re.compile(rf"(?<![\w/])({'|'.join(map(re.escape, paths))})(?![\w/])")
    for claim in report.claims:
        if named.search(claim.text):
            found = claim.reason or (say_figures(claim.figures) if claim.figures and " == " not in claim.text else "")
            yield f"line {claim.line}: {claim.text} {_verdict(claim.holds)}" + (f" ({found})" if found else "")


def _verdict(holds: bool | None) -> str:
    return {True: "holds", False: "does not hold", None: "was not checked"}[holds]
