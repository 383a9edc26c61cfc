"""Where something stands in a source text."""

from __future__ import annotations

from bisect import bisect_right
from functools import cached_property
from typing import NamedTuple

from typing_extensions import override

from cnnspec.record import field, record


class Position(NamedTuple):
    """A place in a text: line and column count from 1, offset from 0, all in Unicode characters."""

    line: int
    column: int
    offset: int


class Source:
    """One text and the path it is known by (``-`` for standard input); equal to nothing but itself.

    ``is_file`` says whether the path is that of a file: not of standard input, of an option or of text from Python.
    """

    def __init__(self, path: str, text: str, *, is_file: bool | None = None) -> None:
        self.path = path
        self.text = text
        self.is_file = path not in ("", "-") if is_file is None else is_file

    @override
    def __repr__(self) -> str:
        return f"Source(path={self.path!r})"

    @cached_property
    def line_starts(self) -> list[int]:
        """Offsets at which the lines begin."""
        starts = [0]
        find = self.text.find
        at = find("\n")
        while at >= 0:
            starts.append(at + 1)
            at = find("\n", at + 1)
        return starts

    def position(self, offset: int) -> Position:
        """The line and column of an offset."""
        line = bisect_right(self.line_starts, offset)
        return Position(line, offset - self.line_starts[line - 1] + 1, offset)

    def line(self, number: int) -> str:
        """The text of a line (from 1), without its end."""
        starts = self.line_starts
        end = starts[number] - 1 if number < len(starts) else len(self.text)
        return self.text[starts[number - 1] : end].rstrip("\r")

    def span(self, start: int, end: int) -> Span:
        """The span from one offset to another (exclusive)."""
        return Span(self, start, end)


@record
class Span:
    """A stretch of a source, ``end`` exclusive; lines and columns are worked out only when asked for."""

    source: Source = field(repr=False)
    start: int
    end: int

    @property
    def path(self) -> str:
        return self.source.path

    @property
    def begin(self) -> Position:
        return self.source.position(self.start)

    @property
    def finish(self) -> Position:
        return self.source.position(self.end)

    @property
    def last(self) -> Position:
        """Where it ends, on the line of its last character: the break behind that line does not count."""
        finish = self.finish
        if finish.column == 1 and self.end > self.start:
            return self.source.position(self.end - 1)
        return finish

    @property
    def line(self) -> int:
        return bisect_right(self.source.line_starts, self.start)

    @property
    def text(self) -> str:
        return self.source.text[self.start : self.end]

    def to(self, other: Span) -> Span:
        """The span from the start of this one to the end of the other."""
        return Span(self.source, self.start, max(self.end, other.end))

    def to_json(self) -> dict[str, object]:
        """The keys of ``cnnspec check --format json``."""
        begin, finish = self.begin, self.finish
        return {"path": self.path, "start": begin._asdict(), "end": finish._asdict()}
