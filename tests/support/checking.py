"""Check a text in one call."""

from __future__ import annotations

from textwrap import dedent

from cnnspec.analysis.check import Checked, check_source
from cnnspec.diagnostics import Diagnostic, Severity, Source
from cnnspec.diagnostics.catalogue import load_all
from cnnspec.resolve.resolve import Settings


def check(text: str, path: str = "net.cnn", **settings: object) -> Checked:
    """The report of a dedented text."""
    return check_source(Source(path, dedent(text)), Settings(**settings))  # type: ignore[arg-type]


def codes(text: str, **settings: object) -> list[str]:
    """The codes of its errors and warnings, in order; not of warnings about sound networks and unused names."""
    diagnostics = check(text, **settings).report.diagnostics
    return [diagnostic.code for diagnostic in diagnostics if diagnostic.severity is not Severity.INFO and not is_lint(diagnostic)]


def findings(text: str, **settings: object) -> list[str]:
    """The codes of all that is said of it, in order, infos too."""
    return [diagnostic.code for diagnostic in check(text, **settings).report.diagnostics]


def is_lint(diagnostic: Diagnostic) -> bool:
    """Whether it speaks of what can be built all the same."""
    return load_all()[diagnostic.code][1].__module__.endswith((".lints", ".unused"))


def rows(text: str, model: int = 0, **settings: object) -> dict[str, str]:
    """Output shapes by path, of a sound text."""
    checked = check(text, **settings)
    assert checked.report.ok, [d.message for d in checked.report.diagnostics]
    report = checked.report.models[model]
    return {report.network.nodes[row.index].path: str(row.output_shape) for row in report.rows}
