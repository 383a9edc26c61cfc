"""A check's report in each format that ``cnnspec check --format`` knows."""

from __future__ import annotations

from collections.abc import Callable

from cnnspec.analysis.report import Report
from cnnspec.cli.process import SOUND, UNSOUND
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

    told = shown(report, quiet=terminal.quiet, verbose=terminal.verbose)
    commands = write_commands(diagnostic for found in told for diagnostic in found)
    summary = write_summary(report)
    return commands + (f"{summary}\n" if summary and not terminal.quiet else "")


def _sarif(report: Report, terminal: Terminal) -> str:
    import json

    from cnnspec import __version__
    from cnnspec.diagnostics.writers.sarif import diagnostics_to_sarif

    checked = [file.path for file in report.files]
    status = SOUND if report.passes else UNSOUND
    log = diagnostics_to_sarif(report.diagnostics, checked, version=__version__, exit_code=status)
    return json.dumps(log, indent=2) + "\n"


#: The first is what is written where no format is asked for.
WRITERS: dict[str, Callable[[Report, Terminal], str]] = {
    "text": _text,
    "json": _json,
    "github": _github,
    "sarif": _sarif,
}
