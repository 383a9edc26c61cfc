"""One line of a source with marks under it.

The line is laid out as cells, one per character, so that a mark stands under its characters whatever their width: a tab
reaches to the next stop, East Asian characters take two columns, combining marks none, and a character that could move
the cursor is written as its number.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from functools import lru_cache

from cnnspec.diagnostics.writers.columns import TAB, Style, character_width, show_character, text_width, to_ascii, wrap
from cnnspec.record import record

_LABEL = ("1", "34")


@record
class Mark:
    """A stretch of one line, from column ``start`` to ``end`` (exclusive, both from 1), and what is written under it."""

    line: int
    start: int
    end: int
    text: str
    primary: bool


@record
class _Cells:
    """A line as it is shown: the text of every character and the column (from 0) at which it begins, one past the end."""

    texts: list[str]
    starts: list[int]

    @property
    def width(self) -> int:
        return self.starts[-1]

    def column(self, character: int) -> int:
        """The column of a character counted from 1; past the end of the line one column each."""
        at = character - 1
        last = len(self.texts)
        return self.starts[at] if at <= last else self.width + at - last

    def cut(self, low: int, high: int) -> str:
        """The columns from ``low`` to ``high``, blanks where a wide character is cut."""
        parts: list[str] = []
        first, last = max(bisect_right(self.starts, low) - 1, 0), bisect_left(self.starts, high)
        for text, start in zip(self.texts[first:last], self.starts[first:last], strict=False):
            size = text_width(text)
            if start >= low and start + size <= high:
                parts.append(text)
            elif start < high and start + size > low:
                parts.append(" " * (min(start + size, high) - max(start, low)))
        return "".join(parts)


@lru_cache(maxsize=4)  # many diagnostics may speak of one long line
def _cells(line: str, unicode: bool) -> _Cells:
    texts: list[str] = []
    starts = [0]
    for char in line:
        if char == "\t":
            text = " " * (TAB - starts[-1] % TAB)
        else:
            text = show_character(char)
            if not unicode:
                text = to_ascii(text)
        texts.append(text)
        starts.append(starts[-1] + (text_width(text) if len(text) != 1 else character_width(text)))
    return _Cells(texts, starts)


def draw_line(line: str, marks: list[Mark], room: int, style: Style, color: tuple[str, ...]) -> Iterator[tuple[str, list[str]]]:
    """The line and the rows under it; twice or more where it is so long that its marks do not fit into one cut of it."""
    cells = _cells(line.rstrip(), style.unicode)
    waiting = sorted(marks, key=lambda mark: (not mark.primary, mark.start))
    while waiting:
        low, high = _window(cells, waiting[0], room)
        inside = [m for m in waiting if m is waiting[0] or (low <= cells.column(m.start) and cells.column(m.end) <= high)]
        waiting = [m for m in waiting if m not in inside]
        yield _cut_text(cells, low, high, style), _rows(cells, inside, (low, high), room, style, color)


def _window(cells: _Cells, mark: Mark, room: int) -> tuple[int, int]:
    """The columns to show: all, or a cut of a long line with the mark in it."""
    if cells.width <= room:
        return 0, max(cells.width, cells.column(mark.end))
    start, end = cells.column(mark.start), cells.column(mark.end)
    spare = max(room - (end - start), room // 3)
    low = max(start - spare // 2, 0)  # blank columns behind a mark near the end leave room for its text
    if start < room // 2 and end <= room:
        low = 0
    return low, low + room


def _cut_text(cells: _Cells, low: int, high: int, style: Style) -> str:
    text = cells.cut(low, high)
    dots = "…" if style.unicode else "..."
    if low > 0:
        text = dots + text[len(dots) :]
    if high < cells.width:
        text = text[: len(text) - len(dots)] + dots
    return text.rstrip()


@record
class _Placed:
    """A mark in columns of the cut."""

    start: int
    end: int
    text: str
    primary: bool


def _rows(
    cells: _Cells, marks: list[Mark], window: tuple[int, int], room: int, style: Style, color: tuple[str, ...]
) -> list[str]:
    low, high = window
    placed: list[_Placed] = []
    for mark in marks:
        start = max(cells.column(mark.start), low) - low
        end = min(cells.column(mark.end), high) - low
        placed.append(_Placed(start, max(end, start + 1), style.plain(mark.text), mark.primary))
    placed.sort(key=lambda mark: (mark.start, mark.end))
    underline = _underline(placed, style, color)
    texts = [mark for mark in placed if mark.text]
    if not texts:
        return [underline]
    last = max(texts, key=lambda mark: (mark.end, mark.start))
    farthest = max(mark.end for mark in placed)
    if farthest + 1 + text_width(last.text) <= room and last.end == farthest:
        texts = [mark for mark in texts if mark is not last]
        underline = f"{underline} {style.paint(last.text, *_color(last, color))}"
    return [underline, *_hanging(texts, room, style, color)]


def _underline(placed: list[_Placed], style: Style, color: tuple[str, ...]) -> str:
    owners: list[_Placed | None] = [None] * max(mark.end for mark in placed)
    for mark in sorted(placed, key=lambda mark: mark.primary):
        owners[mark.start : mark.end] = [mark] * (mark.end - mark.start)
    parts: list[str] = []
    at = 0
    while at < len(owners):
        owner, begin = owners[at], at
        while at < len(owners) and owners[at] is owner:
            at += 1
        size = at - begin
        parts.append(" " * size if owner is None else style.paint(("^" if owner.primary else "-") * size, *_color(owner, color)))
    return "".join(parts)


def _hanging(texts: list[_Placed], room: int, style: Style, color: tuple[str, ...]) -> list[str]:
    """Texts that do not stand beside their mark hang below it on a line, the rightmost first."""
    rows: list[str] = []
    rest = list(texts)
    if rest:
        rows.append(_bars(rest, style, color))
    while rest:
        mark = rest.pop()
        left = [other for other in rest if other.start < mark.start]
        indent = min(mark.start, max(room - max(text_width(mark.text), 1), 0)) if room - mark.start < 24 else mark.start
        if left and indent < mark.start:
            indent = min(mark.start, max(other.start for other in left) + 2)
        for line in wrap(mark.text, max(room - indent, 12)):
            lead = _bars([o for o in left if o.start < indent], style, color, up_to=indent)
            rows.append(f"{lead}{style.paint(line, *_color(mark, color))}")
    return rows


def _bars(marks: list[_Placed], style: Style, color: tuple[str, ...], up_to: int | None = None) -> str:
    by_start = {mark.start: mark for mark in marks}
    end = max(by_start, default=-1) + 1 if up_to is None else up_to
    return "".join(style.paint("|", *_color(by_start[at], color)) if at in by_start else " " for at in range(end))


def _color(mark: _Placed, color: tuple[str, ...]) -> tuple[str, ...]:
    return color if mark.primary else _LABEL
