"""Derivations as plain data: what ``cnnspec explain FILE LAYER`` says, each piece kept once for all layers.

A section, a line or a row of a table that several layers have in common stands once; the layers hold its number.
"""

from __future__ import annotations

from collections.abc import Sequence

from cnnspec.analysis.explain import Equation, Explanation, Line, Table
from cnnspec.analysis.explain.lines import Grids
from cnnspec.layers.base import Note


class Pool:
    """Pieces by number, each once."""

    def __init__(self) -> None:
        self.pieces: list[object] = []
        self._numbers: dict[object, int] = {}

    def keep(self, key: object, piece: object) -> int:
        """The number of a piece; pieces of one key are the same."""
        found = self._numbers.get(key)
        if found is None:
            found = self._numbers[key] = len(self.pieces)
            self.pieces.append(piece)
        return found


def pack_explanation(explanation: Explanation, pool: Pool) -> list[object]:
    """The title, then per section its heading and the numbers of its lines."""
    return [
        explanation.title,
        *([section.heading, *(_line(line, pool) for line in section.lines)] for section in explanation.sections),
    ]


def _line(line: Line, pool: Pool) -> int:
    match line:
        case Equation(text, _, label):
            return pool.keep(("e", label, text), ["e", label, text])
        case Note(title, text):
            return pool.keep(("e", title, text), ["e", title, text])
        case Table():
            return pool.keep(
                line, ["t", list(line.columns), [int(n) for n in line.numeric], _runs(line.rows, pool), int(line.stacked)]
            )
        case Grids(grids):
            return pool.keep(line, ["g", *([grid.title, *(list(row) for row in grid.rows)] for grid in grids)])
        case _:
            return pool.keep(line, line)


def _runs(rows: Sequence[tuple[str, ...]], pool: Pool) -> list[int]:
    """The numbers of the rows as runs: first, count, first, count…"""
    runs: list[int] = []
    for row in rows:
        number = pool.keep(("r", row), list(row))
        if runs and runs[-2] + runs[-1] == number:
            runs[-1] += 1
        else:
            runs += [number, 1]
    return runs
