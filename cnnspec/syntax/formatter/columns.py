"""What stands below one another: the claims of neighbouring lines, then their comments."""

from __future__ import annotations

from collections.abc import Callable

from cnnspec.record import state
from cnnspec.syntax.formatter.breaking import WIDTH

#: Blanks before a column.
GAP = 2


@state
class Line:
    """A line to be written: its code, the claim and the comment that are aligned."""

    code: str
    claim: str = ""
    comment: str = ""

    @property
    def opens(self) -> bool:
        """Whether braces open at its end; the comment behind them is about what they hold."""
        return self.code.endswith("{")

    @property
    def indent(self) -> int:
        """The blanks before the code."""
        return len(self.code) - len(self.code.lstrip(" "))


def align(lines: list[Line]) -> list[str]:
    """The finished lines."""
    for run in _runs(lines, lambda line: line.claim):
        column = _claim_column(run)
        for line in run:
            line.code = line.code.ljust(max(column, len(line.code) + GAP)) + line.claim
    for run in _runs(lines, lambda line: line.comment):
        column = max((len(line.code) for line in run if not line.opens), default=0) + GAP
        for line in run:
            line.code = line.code.ljust(len(line.code) + GAP if line.opens else column) + line.comment
    return [line.code.rstrip() for line in lines]


def _runs(lines: list[Line], cell: Callable[[Line], str]) -> list[list[Line]]:
    """The lines that have something in a column, those of one indentation with no blank line between them together."""
    runs: list[list[Line]] = []
    last: Line | None = None
    for line in lines:
        if not line.code.strip():
            last = None
            continue
        if last is None or last.indent != line.indent:
            runs.append([])
        if cell(line):
            runs[-1].append(line)
        last = line
    return [run for run in runs if run]


def _claim_column(run: list[Line]) -> int:
    """Where the claims of neighbouring lines begin. A line so long that it would push another's off the page stands aside."""
    for widest in sorted({len(line.code) for line in run}, reverse=True):
        column = widest + GAP
        if all(column + len(line.claim) <= WIDTH for line in run if len(line.code) <= widest):
            return column
    return 0
