"""The figures of a run's epochs, read back from its ``metrics.csv``, which may be anyone's."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

#: The most epochs that are read, and bytes, and signs of a name.
MOST_EPOCHS, MOST_BYTES, LONGEST = 10_000, 4 * 2**20, 60
#: Columns that are no figures of the training itself.
_LEFT_OUT = frozenset({"epoch", "learning_rate", "seconds", "images_per_second"})


def read_history(path: Path) -> list[dict[str, float]]:
    """The figures of every epoch of a ``metrics.csv``, without those of time; what is no number is not a figure."""
    try:
        with path.open(encoding="utf-8", errors="replace", newline="") as file:
            lines = file.read(MOST_BYTES).splitlines()
    except OSError:
        return []
    rows: list[dict[str, float]] = []
    for cells in _cells(lines):
        values = {name[:LONGEST]: _figure(cell) for name, cell in cells.items() if name not in _LEFT_OUT}
        figures = {name: value for name, value in values.items() if value is not None}
        if figures and len(rows) < MOST_EPOCHS:
            rows.append(figures)
    return rows


def _cells(lines: Sequence[str]) -> Iterator[dict[str, str]]:
    """The rows by the names of their columns, up to one that is no row of a table."""
    try:
        for row in csv.DictReader(lines):
            named = cast("Mapping[Any, Any]", row)  # None holds the cells beyond the last column
            yield {name: cell for name, cell in named.items() if isinstance(name, str) and isinstance(cell, str)}
    except csv.Error:  # a cell of more than 128 KB, or what else is no table
        return


def _figure(value: str) -> float | None:
    """A figure; one that is not finite stays what it is, and breaks its curve."""
    try:
        number = float(value)
    except ValueError:
        return None
    return number if not math.isfinite(number) or abs(number) < 1e18 else math.inf
