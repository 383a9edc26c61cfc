"""``cnnspec check FILE…``"""

from __future__ import annotations

from collections.abc import Mapping

import click

from cnnspec.analysis.report import FileReport, Report
from cnnspec.cli.group import Command
from cnnspec.cli.options import common, formats, network_options, recipe_option
from cnnspec.cli.process import SOUND, UNSOUND
from cnnspec.cli.terminal import Terminal
from cnnspec.diagnostics import Diagnostic, Severity


@click.command("check", cls=Command, example="cnnspec check specs/lenet5.cnn\ncnnspec check --format json specs > report.json")
@click.argument("files", nargs=-1, required=True, metavar="FILE…")
@network_options
@recipe_option
@formats("text", "json")
@common
def command(
    files: tuple[str, ...],
    model: str | None,
    recipe: str | None,
    settings: Mapping[str, str],
    input: tuple[int, ...] | None,
    max_nodes: int | None,
    format_: str,
) -> int:
    """Find what is wrong with specs; print a table of every model and judge its claims.

    A FILE may be a folder, which stands for every .cnn in it, or - for standard input.
    """
    from cnnspec import api

    report = api.check(*files, model=model, recipe=recipe, settings=settings, input=input, max_nodes=max_nodes)
    terminal = Terminal.current()
    terminal.write(_json(report) if format_ == "json" else _text(report, terminal))
    return SOUND if report.ok else UNSOUND


def _json(report: Report) -> str:
    import json

    from cnnspec.analysis.to_json import report_to_json

    return json.dumps(report_to_json(report), indent=2, allow_nan=False) + "\n"


def _text(report: Report, terminal: Terminal) -> str:
    from cnnspec.diagnostics.writers.summary import summarize

    parts = [part for file in report.files if (part := _file(file, terminal))]
    summary = summarize(report.diagnostics)
    if len(report.files) > 1 and not terminal.quiet:
        parts.append(f"{len(report.files)} files checked: {summary or 'all sound'}\n")
    elif summary:
        parts.append(f"{summary}\n")
    return "\n".join(parts)


def _file(file: FileReport, terminal: Terminal) -> str:
    from cnnspec.render.text import write_file

    least = {Severity.ERROR} if terminal.quiet else {Severity.ERROR, Severity.WARNING}
    shown = [d for d in file.diagnostics if terminal.verbose or d.severity in least]
    tables = "" if terminal.quiet else write_file(file, terminal.out, details=terminal.verbose)
    if not (file.models or file.diagnostics or terminal.quiet):
        tables = terminal.out.plain(f"{file.path} states no model: it is sound, and there is no table to show") + "\n"
    return "\n".join(part for part in (_diagnostics(shown, terminal), tables) if part)


def _diagnostics(shown: list[Diagnostic], terminal: Terminal) -> str:
    if not shown:
        return ""
    from cnnspec.diagnostics.writers.text import write_diagnostics

    return write_diagnostics(shown, terminal.out)
