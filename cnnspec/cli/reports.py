"""A check's report in each format that ``cnnspec check --format`` knows."""

from __future__ import annotations

from collections.abc import Callable

from cnnspec.analysis.report import Report
from cnnspec.cli.terminal import Terminal


def _text(report: Report, terminal: Terminal) -> str:
    from cnnspec.render.text_report import write_report

    return write_report(report, terminal.out, quiet=terminal.quiet, verbose=terminal.verbose)


def _json(report: Report, terminal: Terminal) -> str:
    import json

    from cnnspec.analysis.to_json import report_to_json

    return json.dumps(report_to_json(report), indent=2, allow_nan=False) + "\n"


def _github(report: Report, terminal: Terminal) -> str:
    from cnnspec.diagnostics.writers.github import write_commands
    from cnnspec.render.text_report import shown, write_summary

    commands = write_commands(shown(report.diagnostics, quiet=terminal.quiet, verbose=terminal.verbose))
    summary = write_summary(report)
    return commands + (f"{summary}\n" if summary and not terminal.quiet else "")


def _sarif(report: Report, terminal: Terminal) -> str:
    import json

    from cnnspec import __version__
    from cnnspec.diagnostics.writers.sarif import diagnostics_to_sarif

    log = diagnostics_to_sarif(report.diagnostics, [file.path for file in report.files], version=__version__)
    return json.dumps(log, indent=2) + "\n"


#: The first is what is written where no format is asked for.
WRITERS: dict[str, Callable[[Report, Terminal], str]] = {
    "text": _text,
    "json": _json,
    "github": _github,
    "sarif": _sarif,
}
