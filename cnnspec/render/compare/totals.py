"""The figures of both networks below the rows, with their differences: those of ``cnnspec diff``."""

from __future__ import annotations

from collections.abc import Sequence

from cnnspec.analysis.diff.records import ModelDiff
from cnnspec.render.display import Box, Group, Item, Paint, Path, Text, rounded_line
from cnnspec.render.fonts import text_width, wrap_words
from cnnspec.render.graph.faces import FACT
from cnnspec.render.svg import clean
from cnnspec.render.text_diff_figures import figure_rows

LINE, APART = 15.0, 18.0
#: How much of the width each column may take.
SHARES = (0.18, 0.24, 0.24, 0.22, 0.12)


#: A row: the lines of each cell.
_Row = tuple[list[str], ...]


def figures_table(diff: ModelDiff, left: float, right: float, top: float) -> Group:
    """The figures as a table: before, after, the difference and its share; bold where they differ.

    The columns are as wide as their widest figure; where that is more than there is, each has its share, and a formula goes on
    in a line below.
    """
    assert diff.after is not None
    heads = ("", "before", "after", "difference", "")
    cells = [heads, *(tuple(clean(text) for text in row) for row in figure_rows(diff))]
    room = right - left - APART * (len(heads) - 1)
    rows: list[_Row] = [tuple([text] for text in row) for row in cells]
    if sum(_widths(rows)) > room:
        rows = [tuple(_lines(text, room * share) for text, share in zip(row, SHARES, strict=True)) for row in cells]
    widths = _widths(rows)
    start = (left + right - sum(widths) - APART * (len(widths) - 1)) / 2
    ends = [start + sum(widths[: at + 1]) + APART * at for at in range(len(widths))]
    items: list[Item] = [_rule(diff, start, ends[-1], top + LINE + 3)]
    y = top + LINE - 1
    for number, row in enumerate(rows):
        items.append(_line(row, number, start, ends, y))
        y += LINE * max(map(len, row)) + (5 if number == 0 else 0)
    box = Box(start, top, ends[-1], y - LINE + 4)
    return Group("totals", f"{diff.after.name}.totals", diff.after.name, "The figures of both networks", tuple(items), box)


def _lines(text: str, width: float) -> list[str]:
    """A figure in lines, of which all but the first begin with a sign."""
    whole = text.replace("+ ", "+\N{NO-BREAK SPACE}").replace("− ", "−\N{NO-BREAK SPACE}")
    return [line.replace("\N{NO-BREAK SPACE}", " ") for line in wrap_words(whole, FACT, width, bold=True)]


def _widths(rows: Sequence[_Row]) -> list[float]:
    return [max(text_width(line, FACT, bold=True) for cell in column for line in cell) for column in zip(*rows, strict=True)]


def _rule(diff: ModelDiff, left: float, right: float, y: float) -> Path:
    assert diff.after is not None
    return Path(
        rounded_line([(left, y), (right, y)], 0),
        Paint(None, "line", 0.8),
        f"{diff.after.name}.rule",
        diff.after.name,
        "The figures of both networks",
    )


def _line(row: _Row, number: int, start: float, ends: list[float], y: float) -> Group:
    differs = number > 0 and (row[1] != row[2] or any(row[3]))
    fill = "soft" if number == 0 else "ink"
    cells = [" ".join(lines) for lines in row]
    texts = [Text(start, y, cells[0], FACT, differs)] if cells[0] else []
    for end, lines in zip(ends[1:], row[1:], strict=True):
        texts += [Text(end, y + LINE * at, line, FACT, differs, "end", fill) for at, line in enumerate(lines) if line]
    box = Box(start, y - 11, ends[-1], y + LINE * (max(map(len, row)) - 1) + 4)
    return Group("figure", f"figure{number}", cells[0] or "totals", ", ".join(filter(None, cells)), tuple(texts), box)
