"""Check a text in one call."""

from __future__ import annotations

from textwrap import dedent

from cnnspec.analysis.check import Checked, check_source
from cnnspec.diagnostics import Severity, Source
from cnnspec.resolve.resolve import Settings


def check(text: str, path: str = "net.cnn", **settings: object) -> Checked:
    """The report of a dedented text."""
    return check_source(Source(path, dedent(text)), Settings(**settings))  # type: ignore[arg-type]


def codes(text: str, **settings: object) -> list[str]:
    """The codes of its errors and warnings, in order."""
    diagnostics = check(text, **settings).report.diagnostics
    return [diagnostic.code for diagnostic in diagnostics if diagnostic.severity is not Severity.INFO]


def rows(text: str, model: int = 0, **settings: object) -> dict[str, str]:
    """Output shapes by path, of a sound text."""
    checked = check(text, **settings)
    assert checked.report.ok, [d.message for d in checked.report.diagnostics]
    report = checked.report.models[model]
    return {report.network.nodes[row.index].path: str(row.output_shape) for row in report.rows}
