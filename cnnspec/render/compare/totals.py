"""The figures of both networks below the rows, with their differences: those of ``cnnspec diff``."""

from __future__ import annotations

from collections.abc import Sequence

from cnnspec.analysis.diff.records import ModelDiff
from cnnspec.render.display import Box, Group, Item, Paint, Path, Text, rounded_line
from cnnspec.render.fonts import fit_text, text_width
from cnnspec.render.graph.faces import FACT
from cnnspec.render.svg import clean
from cnnspec.render.text_diff_figures import figure_rows

LINE, APART = 15.0, 18.0
#: How much of the width each column may take.
SHARES = (0.18, 0.24, 0.24, 0.22, 0.12)


def figures_table(diff: ModelDiff, left: float, right: float, top: float) -> Group:
    """The figures as a table, a line each: before, after, the difference and its share; bold where they differ.

    The columns are as wide as their widest figure; where that is more than there is, each has its share and is cut.
    """
    assert diff.after is not None
    heads = ("", "before", "after", "difference", "")
    rows = [heads, *(tuple(clean(text) for text in row) for row in figure_rows(diff))]
    room = right - left - APART * (len(heads) - 1)
    if sum(_widths(rows)) > room:
        rows = [
            tuple(fit_text(text, FACT, room * share, bold=True) for text, share in zip(row, SHARES, strict=True)) for row in rows
        ]
    widths = _widths(rows)
    start = (left + right - sum(widths) - APART * (len(widths) - 1)) / 2
    ends = [start + sum(widths[: at + 1]) + APART * at for at in range(len(widths))]
    items: list[Item] = [_rule(diff, start, ends[-1], top + LINE + 3)]
    for number, row in enumerate(rows):
        y = top + LINE * (number + 1) + (4 if number else -1)
        items.append(_line(row, number, start, ends, y))
    box = Box(start, top, ends[-1], top + LINE * len(rows) + 8)
    return Group("totals", f"{diff.after.name}.totals", diff.after.name, "The figures of both networks", tuple(items), box)


def _widths(rows: Sequence[Sequence[str]]) -> list[float]:
    return [max(text_width(text, FACT, bold=True) for text in column) for column in zip(*rows, strict=True)]


def _rule(diff: ModelDiff, left: float, right: float, y: float) -> Path:
    assert diff.after is not None
    return Path(
        rounded_line([(left, y), (right, y)], 0),
        Paint(None, "line", 0.8),
        f"{diff.after.name}.rule",
        diff.after.name,
        "The figures of both networks",
    )


def _line(row: tuple[str, ...], number: int, start: float, ends: list[float], y: float) -> Group:
    differs = number > 0 and (row[1] != row[2] or bool(row[3]))
    fill = "soft" if number == 0 else "ink"
    texts = [Text(start, y, row[0], FACT, differs)] if row[0] else []
    texts += [Text(end, y, text, FACT, differs, "end", fill) for end, text in zip(ends[1:], row[1:], strict=True) if text]
    box = Box(start, y - 11, ends[-1], y + 4)
    return Group("figure", f"figure{number}", row[0] or "totals", ", ".join(filter(None, row)), tuple(texts), box)
