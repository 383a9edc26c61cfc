"""A whole check in a terminal: diagnostics and tables file by file, then a line that sums up."""

from __future__ import annotations

from cnnspec.analysis.report import FileReport, Report
from cnnspec.diagnostics import Diagnostic, Severity
from cnnspec.diagnostics.writers.columns import Style
from cnnspec.diagnostics.writers.summary import summarize

#: More files have one table together, unless more is asked for.
_MAX_TABLES = 4


def write_report(report: Report, style: Style, *, quiet: bool = False, verbose: bool = False) -> str:
    """Every diagnostic, a table per model with its claims, and a summary.

    Many files have one table, a row per model, before the diagnostics: what is wrong stands at the end of a long log.
    ``quiet`` leaves errors alone and no tables; ``verbose`` adds infos and what else is known of a model.
    """
    together = len(report.files) > _MAX_TABLES and not verbose
    parts: list[str] = []
    if together and not quiet:
        from cnnspec.render.text_list import write_list

        parts.append(write_list(report, style, claims=True))
    for file, found in zip(report.files, shown(report, quiet=quiet, verbose=verbose), strict=True):
        parts.append(_write_diagnostics(found, style))
        if not (quiet or together):
            parts.append(_write_tables(file, style, verbose=verbose))
    summary = write_summary(report)
    if summary and not (quiet and report.passes):
        parts.append(f"{summary}\n")
    return "\n".join(part for part in parts if part)


def write_summary(report: Report) -> str:
    """``2 errors, 1 warning``; of several files, how many there are and how many of them are sound."""
    parts: list[str] = []
    if len(report.files) > 1:
        sound = "all" if report.ok else f"{sum(file.ok for file in report.files):,}"
        parts.append(f"{len(report.files):,} files checked: {sound} sound")
    if report.fixed is not None:
        parts.append(f"{len(report.fixed):,} fixed" if report.fixed else "nothing to fix")
    if found := summarize(report.diagnostics, report.fixable):
        parts.append(found)
    return "; ".join(parts)


def shown(report: Report, *, quiet: bool, verbose: bool) -> list[list[Diagnostic]]:
    """What is told of each file: errors and warnings, and whatever makes its check fail.

    ``verbose`` adds infos, ``quiet`` leaves out warnings that make nothing fail.
    """
    usual = {Severity.ERROR} if quiet else {Severity.ERROR, Severity.WARNING}
    return [
        [d for d in found if verbose or d.severity in usual or d.severity in file.grave]
        for file, found in zip(report.files, report.by_file, strict=True)
    ]


def _write_diagnostics(diagnostics: list[Diagnostic], style: Style) -> str:
    if not diagnostics:
        return ""
    from cnnspec.diagnostics.writers.text import write_diagnostics

    return write_diagnostics(diagnostics, style)


def _write_tables(file: FileReport, style: Style, *, verbose: bool) -> str:
    from cnnspec.render.text import write_file

    if not file.models and not file.diagnostics:
        return style.line(f"{file.path} states no model: it is sound, and there is no table to show") + "\n"
    return write_file(file, style, details=verbose)
