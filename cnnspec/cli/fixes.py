"""``cnnspec check --fix``: what is written where."""

from __future__ import annotations

from codecs import BOM_UTF8
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cnnspec import api
from cnnspec.cli.differences import write_difference
from cnnspec.cli.files import write_output
from cnnspec.cli.process import SOUND, UNSOUND
from cnnspec.cli.reports import WRITERS
from cnnspec.cli.terminal import Terminal, write_errors
from cnnspec.diagnostics import Source
from cnnspec.syntax.reading import STANDARD_INPUT

if TYPE_CHECKING:
    from cnnspec.analysis.report import FileReport, Report
    from cnnspec.api.checking import CheckOptions


def fix_files(files: tuple[str, ...], format_: str, *, show_diff: bool, options: CheckOptions) -> int:
    """Fix files, or show the difference that it would make; the exit status is that of what remains.

    Raises:
        UsageError: two things would be written to standard output.
    """
    text_only = show_diff or STANDARD_INPUT in files
    if text_only and format_ != "text":
        what = "--diff" if show_diff else "a fixed standard input"
        raise click.UsageError(f"{what} is written to standard output, and so would be --format {format_}")
    terminal = Terminal.current()
    fixes = api.fix(*files, write=None if show_diff else _write, **options)
    for before, after in fixes.texts:
        if show_diff:
            terminal.write(write_difference(before.path, before.text, after.text, "fixed"))
        elif before.path == STANDARD_INPUT:
            write_output(STANDARD_INPUT, after.text)
    if text_only:
        _write_remainder(fixes.report, terminal, would=show_diff)
    else:
        _log_fixed(fixes.report.files, terminal)
        terminal.write(WRITERS[format_](fixes.report, terminal))
    return SOUND if fixes.report.passes else UNSOUND


def _write(source: Source) -> None:
    if source.path != STANDARD_INPUT:
        write_output(source.path, _byte_order_mark(source.path) + source.text.encode("utf-8"))


def _byte_order_mark(path: str) -> bytes:
    """The mark that the file begins with, if it does: it is no part of the text, and stays."""
    with Path(path).open("rb") as stream:
        return BOM_UTF8 if stream.read(len(BOM_UTF8)) == BOM_UTF8 else b""


def _log_fixed(files: tuple[FileReport, ...], terminal: Terminal) -> None:
    """A line per file that was changed."""
    for file in files:
        if file.fixed:
            terminal.log(f"fixed {_name(file.path)}: {_count_codes(file)}")


def _name(path: str) -> str:
    return "standard input" if path == STANDARD_INPUT else Terminal.current().out.line(path)


def _count_codes(file: FileReport) -> str:
    """``2 unknown-argument, 1 semicolon``."""
    return ", ".join(f"{count:,} {code}" for code, count in Counter(d.code for d in file.fixed or ()).items())


def _write_remainder(report: Report, terminal: Terminal, *, would: bool) -> None:
    """What is left, to standard error; of a change that was not made only how much."""
    from cnnspec.diagnostics.writers.summary import summarize
    from cnnspec.render.text_report import shown

    left = summarize(report.diagnostics, report.fixable)
    if would:
        count = len(report.fixed or ())
        terminal.log(f"{count:,} would be fixed" + (f"; {left} would remain" if left else ""))
        return
    _log_fixed(report.files, terminal)
    write_errors([d for found in shown(report, quiet=terminal.quiet, verbose=terminal.verbose) for d in found])
    if left:
        terminal.log(left)
