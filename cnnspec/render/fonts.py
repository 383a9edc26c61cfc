"""How wide a text is, from a table of DejaVu Sans advances, so that boxes fit without any font at hand.

DejaVu Sans (with Verdana) is the widest of the sans-serif fonts in common use: a box that fits it fits the others.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache

from cnnspec.render import advances

FAMILY = "DejaVu Sans, Verdana, Helvetica, Arial, sans-serif"
#: Height above and below the baseline, in em.
ASCENT, DESCENT = 0.76, 0.24
_EM = 2048
ELLIPSIS = "…"
#: How several uses of a block are named behind its name: ``2 to 6``.
_USES = r"\d+ to \d+"


@cache
def _table(bold: bool) -> dict[str, int]:
    runs, signs = (advances.BOLD, advances.BOLD_SIGNS) if bold else (advances.REGULAR, advances.REGULAR_SIGNS)
    table = {chr(first + at): int(width) for first, run in runs.items() for at, width in enumerate(run.split())}
    table.update((item[0], int(item[1:])) for item in signs.split())
    return table


def _advance(character: str, table: dict[str, int]) -> int:
    known = table.get(character)
    if known is not None:
        return known
    return 0 if unicodedata.combining(character) else _EM  # an unknown character is at most as wide as it is high


@lru_cache(maxsize=4096)
def text_width(text: str, size: float, bold: bool = False) -> float:
    """The width of a text in pixels.

    Args:
        text: one line.
        size: font size in pixels (em).
        bold: in the bold face.
    """
    table = _table(bold)
    return sum(_advance(character, table) for character in text) * size / _EM


def fit_text(text: str, size: float, width: float, bold: bool = False) -> str:
    """The text, cut with an ellipsis if it is wider than ``width`` pixels."""
    if len(text) <= 4096 and text_width(text, size, bold) <= width:
        return text
    table, room, kept = _table(bold), width * _EM / size - _advance(ELLIPSIS, _table(bold)), 0
    for character in text:
        room -= _advance(character, table)
        if room < 0:
            break
        kept += 1
    return text[:kept].rstrip() + ELLIPSIS


def wrap_name(text: str, size: float, width: float, bold: bool = True) -> list[str]:
    """A name in lines, broken behind a / or a blank; what is too long for a line also behind a _, a comma or a bracket.

    The numbers of several uses, ``2 to 6``, stay together. Only a piece that has no such place and is wider than a line is cut.
    """
    lines = [""]
    for part in re.findall(rf"[^/ ]*{_USES}$|[^/ ]*[/ ]|[^/ ]+", text):
        pieces = [part]
        if text_width(part.rstrip(), size, bold) > width:
            pieces = re.split(r"(?<=[_,(])(?!\d+[/ ]?$)", part)
        for piece in pieces:
            if lines[-1] and text_width((lines[-1] + piece).rstrip(), size, bold) > width:
                lines.append("")
            lines[-1] += piece
    return [fit_text(line.rstrip(), size, width, bold) for line in lines]


def wrap_words(text: str, size: float, width: float, *, bold: bool = False) -> Iterator[str]:
    """The text in lines of that width, broken at blanks; a word that is wider is cut."""
    line = ""
    for word in text.split(" "):
        longer = f"{line} {word}" if line else word
        if line and text_width(longer, size, bold) > width:
            yield fit_text(line, size, width, bold)
            longer = word
        line = longer
    yield fit_text(line, size, width, bold)
