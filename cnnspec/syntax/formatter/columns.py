"""What stands below one another: the claims, then the comments of neighbouring lines."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from cnnspec.syntax.formatter.breaking import WIDTH


@dataclass(slots=True)
class Line:
    """A line to be written: its code, the claim that is aligned, the comment that is aligned."""

    code: str
    claim: str = ""
    comment: str = ""

    @property
    def indent(self) -> int:
        """The blanks before the code."""
        return len(self.code) - len(self.code.lstrip(" "))


def align(lines: list[Line]) -> list[str]:
    """Put the claims of neighbouring lines below one another, then their comments."""
    for run in _runs(lines, lambda line: line.claim):
        column = max(len(line.code) for line in run) + 2
        if any(column + len(line.claim) > WIDTH for line in run):
            column = 0
        for line in run:
            line.code = line.code.ljust(column or len(line.code) + 2) + line.claim
    for run in _runs(lines, lambda line: line.comment if line.code.strip() else ""):
        column = max(len(line.code) for line in run) + 2
        for line in run:
            line.code = line.code.ljust(column) + line.comment
    return [line.code.rstrip() for line in lines]


def _runs(lines: list[Line], column: Callable[[Line], str]) -> list[list[Line]]:
    """The lines that have something in a column, those of one indentation with no blank line between them together."""
    runs: list[list[Line]] = []
    last: Line | None = None
    for line in lines:
        if not line.code.strip():
            last = None
            continue
        if last is None or last.indent != line.indent:
            runs.append([])
        if column(line):
            runs[-1].append(line)
        last = line
    return [run for run in runs if run]
