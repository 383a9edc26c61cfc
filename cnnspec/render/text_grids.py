"""Grids of numbers in characters: as many side by side as there is room for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest

from cnnspec.analysis.explain.lines import Grid
from cnnspec.diagnostics.writers.columns import Style, pad, text_width, wrap

_GAP = "   "


def write_grids(grids: Sequence[Grid], style: Style, room: int) -> Iterator[str]:
    """The titles, and below them the rows with their columns aligned at the right."""
    row: list[list[str]] = []
    for block in (_block(grid, style) for grid in grids):
        if row and sum(_width(part) + len(_GAP) for part in row) + _width(block) > room:
            yield from _beside(row, room)
            yield ""
            row = []
        row.append(block)
    yield from _beside(row, room)


def _width(block: Sequence[str]) -> int:
    return max(map(text_width, block), default=0)


def _beside(blocks: Sequence[Sequence[str]], room: int) -> Iterator[str]:
    """Blocks side by side; the lines of one that is too wide by itself are broken."""
    widths = [_width(block) for block in blocks]
    for line in zip_longest(*blocks, fillvalue=""):
        text = _GAP.join(pad(part, width) for part, width in zip(line, widths, strict=True)).rstrip()
        yield from wrap(text, room) if len(blocks) == 1 else [text]


def _block(grid: Grid, style: Style) -> list[str]:
    rows = [[style.plain(cell) for cell in row] for row in grid.rows]
    count = max(map(len, rows), default=0)
    widths = [max((text_width(row[at]) for row in rows if at < len(row)), default=0) for at in range(count)]
    lines = [" ".join(pad(cell, width, right=True) for cell, width in zip(row, widths, strict=False)) for row in rows]
    return [style.plain(grid.title), *lines]
