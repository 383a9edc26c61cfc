"""Values that reach no output."""

from __future__ import annotations

from collections.abc import Iterator

from cnnspec.analysis.lints.subject import Subject
from cnnspec.diagnostics import Diagnostic


def lint_unused_values(subject: Subject) -> Iterator[Diagnostic]:
    """The last of the values that nothing needs, each at its place."""
    ends = [at for at in sorted(subject.unused) if not subject.readers[at]]
    for index in subject.places_here(ends):
        from cnnspec.diagnostics.catalogue.lints import input_unused, unused_value

        node, span = subject.nodes[index], subject.mark(index)
        if not node.inputs:
            yield input_unused(span, name=node.path)
            continue
        lost = sum(row.trainable for row in subject.report.rows if row.index in subject.unused)
        yield unused_value(span, layer=node.name, params=lost)
