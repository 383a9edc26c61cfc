"""What stands beside the picture of a layer: the arithmetic of its numbers, as much as a slide has room for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import ceil
from typing import Final

from cnnspec.analysis.explain import Equation, Explanation, Line
from cnnspec.layers.base import Note
from cnnspec.render.page.markup import Markup, tag

#: Sections in the order in which they are shown, each with the rows that it may take.
_SECTIONS: Final = (
    ("Output size", 6),
    ("Size", 3),
    ("Parameters", 7),
    ("Multiply-accumulates", 3),
    ("Receptive field", 8),
)
#: Rows of a slide, and how many characters fit into one.
_ROWS: Final = 24
_WIDE, _LABEL, _EQUATION = 62, 27, 32


def write_words(explanation: Explanation, taken: int = 0) -> Iterator[Markup]:
    """The sections of a layer; of each the first lines, whole ones only. ``taken`` rows are kept free."""
    sections = {section.heading: section.lines for section in explanation.sections}
    left = float(_ROWS - taken)
    for heading, most in _SECTIONS:
        lines = list(_fitting(sections.get(heading, ()), min(most, left - 1.6)))
        if lines:
            left -= 1.6 + sum(map(_rows, lines))
            yield tag("section", tag("h3", heading), map(_write, lines))


def _fitting(lines: Sequence[Line], room: float) -> Iterator[Line]:
    for line in lines:
        rows = _rows(line)
        if rows and rows <= room:
            room -= rows
            yield line


def _rows(line: Line) -> int:
    """The rows that a line takes; none for what a slide leaves out."""
    match line:
        case Equation(text, _, label) | Note(label, text):
            return max(ceil(len(text) / _EQUATION), ceil(len(label) / _LABEL), 1)
        case str():
            return ceil(len(line) / _WIDE)
        case _:
            return 0


def _write(line: Line) -> Markup:
    match line:
        case Equation(text, _, label) | Note(label, text):
            return tag("div", tag("span", label), tag("code", text), class_="equation")
        case _:
            return tag("p", str(line))
