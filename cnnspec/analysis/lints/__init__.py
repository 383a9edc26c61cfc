"""Findings about sound networks: probable mistakes, and what is true and worth knowing. Each is a fold over facts."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence

from cnnspec.analysis.lints.activations import lint_activations
from cnnspec.analysis.lints.conventions import lint_conventions
from cnnspec.analysis.lints.dead import lint_unused_values
from cnnspec.analysis.lints.dilation import lint_dilation
from cnnspec.analysis.lints.fields import lint_fields
from cnnspec.analysis.lints.inputs import lint_inputs
from cnnspec.analysis.lints.subject import AtEveryUse, Place, Subject
from cnnspec.analysis.lints.weights import lint_weights
from cnnspec.analysis.lints.windows import lint_windows
from cnnspec.diagnostics import Diagnostic, Severity, Span
from cnnspec.record import replace

#: What each layer says of itself on its input, which holds whatever is wrong elsewhere.
OF_LAYERS = (lint_windows, lint_dilation, lint_conventions)
#: What layers say of each other; a network with an error would say what is not so.
OF_NETWORKS = (lint_weights, lint_activations, lint_unused_values, lint_fields)


def lint_models(subjects: Sequence[Subject], out: Callable[[Diagnostic], None], *, sound: bool = True) -> None:
    """Report what is worth knowing about the models of a file; what stands in a block used often is reported once.

    Args:
        subjects: the models.
        out: takes the findings.
        sound: whether the file could be resolved; else only what layers say of themselves is looked at.
    """
    findings = [tuple(_find(subject, sound)) for subject in subjects]
    steady = [{(item.diagnostic.code, item.place) for item in found if isinstance(item, AtEveryUse)} for found in findings]
    told: set[tuple[str, Span]] = set()
    for subject, found in zip(subjects, findings, strict=True):
        for item in found:
            if isinstance(item, Diagnostic):
                diagnostic = item
            elif all(_agrees(item, *other) for other in zip(subjects, steady, strict=True)):
                diagnostic = item.diagnostic
            else:
                continue
            if diagnostic.severity is Severity.WARNING:
                if (diagnostic.code, diagnostic.span) in told:
                    continue
                told.add((diagnostic.code, diagnostic.span))
            here = all(subject.source in (None, edit.span.source) for edit in diagnostic.fix)
            out(diagnostic if here else replace(diagnostic, fix=()))


def _agrees(item: AtEveryUse, other: Subject, steady: Collection[tuple[str, Place]]) -> bool:
    """Whether another model shows the same wherever it uses the block."""
    return (item.diagnostic.code, item.place) in steady or item.place not in other.all_places


def _find(subject: Subject, sound: bool) -> Iterator[Diagnostic | AtEveryUse]:
    model = subject.model
    yield from lint_inputs(model)
    for lint in OF_LAYERS:
        yield from lint(subject)
    if not sound or model.broken or None in model.shapes:
        return
    for lint in OF_NETWORKS:
        yield from lint(subject)
