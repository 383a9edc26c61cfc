"""Diagnostics as workflow commands of GitHub Actions, which shows them beside the lines of a pull request.

::

    ::error file=specs/net.cnn,line=3,endLine=3,col=13,endColumn=16,title=kernel-exceeds-input::Conv2D needs 9×9, …

A command is one line. In its message ``%`` and line breaks are percent-encoded, in its properties ``:`` and ``,`` too
(GitHub, Workflow commands for GitHub Actions).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from cnnspec.diagnostics.diagnostic import Diagnostic, Severity
from cnnspec.diagnostics.span import Span
from cnnspec.diagnostics.writers.columns import harmless
from cnnspec.diagnostics.writers.places import project_folder, relative_path

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}
_IN_MESSAGE = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_IN_PROPERTY = _IN_MESSAGE | str.maketrans({":": "%3A", ",": "%2C"})


def write_commands(diagnostics: Iterable[Diagnostic], folder: Path | None = None) -> str:
    """A line per diagnostic; files are named relative to ``folder``, the project's unless given."""
    folder = folder or project_folder()
    return "".join(f"{write_command(diagnostic, folder)}\n" for diagnostic in diagnostics)


def write_command(diagnostic: Diagnostic, folder: Path) -> str:
    """One diagnostic: its place and code as properties, then its message, its notes and its help."""
    properties = [*_place(diagnostic.span, folder), ("title", diagnostic.code)]
    written = ",".join(f"{name}={_encode(value, _IN_PROPERTY)}" for name, value in properties)
    text = _encode("\n".join(_lines(diagnostic)), _IN_MESSAGE)
    return f"::{_COMMANDS[diagnostic.severity]} {written}::{text}"


def _lines(diagnostic: Diagnostic) -> Iterator[str]:
    """The message, with its place where no property can say it, the notes and the help."""
    source, begin = diagnostic.span.source, diagnostic.span.begin
    place = f"{source.path}:{begin.line}:{begin.column}: " if source.path and not source.is_file else ""
    yield place + diagnostic.message
    yield from (f"note: {note}" for note in diagnostic.notes)
    if diagnostic.help:
        yield f"help: {diagnostic.help}"


def _place(span: Span, folder: Path) -> Iterator[tuple[str, str]]:
    """File, lines and columns; no columns for several lines, where GitHub knows none."""
    source = span.source
    if not source.is_file:
        return
    yield "file", relative_path(source.path, folder) or source.path
    if not source.text:
        return
    begin, finish = span.begin, span.last
    yield "line", str(begin.line)
    yield "endLine", str(finish.line)
    if begin.line == finish.line:
        yield "col", str(begin.column)
        yield "endColumn", str(finish.column)


def _encode(text: str, table: dict[int, str]) -> str:
    """The text on one line: breaks encoded, other characters that could act on a log written as their numbers."""
    return "".join(char if char in "\r\n" else harmless(char) for char in text).translate(table)
