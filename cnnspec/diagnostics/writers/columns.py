"""What a text looks like in a terminal: how wide it is, which characters are harmless, how it wraps.

Everything that draws with characters counts columns here, so that marks stand under what they mark whatever the text
is made of.
"""

from __future__ import annotations

import os
from functools import cache
from typing import TextIO

from cnnspec.record import record

#: A tab reaches to the next multiple of this.
TAB = 4

_ASCII = {
    "×": "x",
    "·": "*",
    "−": "-",
    "–": "-",
    "—": "-",
    "…": "...",
    "≤": "<=",
    "≥": ">=",
    "≠": "!=",
    "≈": "~=",
    "→": "->",
    "⌊": "floor(",
    "⌋": ")",
    "⌈": "ceil(",
    "⌉": ")",
    "√": "sqrt",
    "Σ": "sum ",
    "∞": "inf",
    "∗": "*",
    "²": "^2",
    "³": "^3",
    "½": "1/2",
    "α": "alpha",
    "β": "beta",
    "ε": "epsilon",
    "λ": "lambda",
    "σ": "sigma",
    "✓": "ok",
    "✗": "NO",
    "│": "|",
    "█": "#",
    "─": "-",
    "“": '"',
    "”": '"',
    "’": "'",
    "\u202f": " ",
    "\u00a0": " ",
}
_ASCII_TABLE = str.maketrans(_ASCII)


@record
class Style:
    """How to write for one stream: its width in columns, whether it takes colours, whether it takes more than ASCII."""

    width: int = 80
    color: bool = False
    unicode: bool = True

    def plain(self, text: str) -> str:
        """The text with control characters shown and, where the stream wants it, in ASCII."""
        return harmless(text) if self.unicode else to_ascii(harmless(text))

    def line(self, text: str) -> str:
        """The text as :meth:`plain` has it, on one line: names of files may hold anything."""
        return self.plain(text.replace("\n", show_character("\n")) if "\n" in text else text)

    def paint(self, text: str, *codes: str) -> str:
        """The text in a colour, where the stream takes colours."""
        return f"\x1b[{';'.join(codes)}m{text}\x1b[0m" if self.color and text and codes else text


def to_ascii(text: str) -> str:
    """The text with the signs of formulas spelled in ASCII and everything else escaped: ``3×3`` is ``3x3``."""
    if text.isascii():
        return text
    return text.translate(_ASCII_TABLE).encode("ascii", "backslashreplace").decode("ascii")


def harmless(text: str) -> str:
    """The text with every character that could move the cursor or hide something written as ``<U+001B>``."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() or char == "\n" else show_character(char) for char in text)


def show_character(char: str) -> str:
    """One character as it is written: a tab is one blank here, what cannot be seen is its number."""
    if char == "\t":
        return " "
    if char.isprintable() or (ord(char) >= 0x80 and _is_blank(char)):
        return char
    return f"<U+{ord(char):04X}>"


def _is_blank(char: str) -> bool:
    """Blanks other than the space are not printable to Python, but they only advance the cursor."""
    return char in "\u00a0\u3000"


def text_width(text: str) -> int:
    """The columns that a text takes."""
    if text.isascii() or max(text) < "\u0300":
        return len(text)
    return sum(map(character_width, text))


@cache
def character_width(char: str) -> int:
    """0 for a combining mark, 2 for a wide character, else 1."""
    if char < "\u0300":
        return 1
    import unicodedata

    if unicodedata.combining(char) or unicodedata.category(char) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def fit(text: str, width: int, *, ellipsis: str = "…") -> str:
    """The text, its middle left out where it is wider than ``width``."""
    if text_width(text) <= width:
        return text
    room = max(width - len(ellipsis), 1)
    head = _take(text, (room + 1) // 2)
    tail = _take(text[::-1], room // 2)[::-1]
    return head + ellipsis + tail


def _take(text: str, width: int) -> str:
    used = 0
    for at, char in enumerate(text):
        used += character_width(char)
        if used > width:
            return text[:at]
    return text


def pad(text: str, width: int, *, right: bool = False) -> str:
    """The text with blanks up to ``width``, before it where ``right``."""
    blanks = " " * max(width - text_width(text), 0)
    return blanks + text if right else text + blanks


def wrap(text: str, width: int) -> list[str]:
    """The text in lines of at most ``width`` columns, broken at blanks; a word that is wider stands alone.

    Breaks in the text are kept, and so are the blanks at the start of its lines.
    """
    lines: list[str] = []
    for paragraph in text.split("\n"):
        words = paragraph.lstrip(" ")
        line = " " * (len(paragraph) - len(words))
        used, begun = len(line), False
        for word in words.split(" "):
            size = text_width(word)
            if begun and used + 1 + size > width:
                lines.append(line)
                line, used = word, size
            elif begun:
                line, used = f"{line} {word}", used + 1 + size
            else:
                line, used, begun = line + word, used + size, True
        lines.append(line)
    return lines


def takes_unicode(encoding: str | None) -> bool:
    """Whether a stream of this encoding can write the signs of the texts."""
    if not encoding:
        return False
    if encoding.lower().replace("-", "") == "utf8":
        return True
    try:
        "×·−–⌊⌋⌈⌉≥→✓✗…".encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def terminal_width(stream: TextIO, default: int = 80) -> int:
    """The columns to write in: ``COLUMNS``, else those of the terminal, else 80; at least 40, at most 160."""
    stated = os.environ.get("COLUMNS", "")
    if stated.isdigit() and int(stated) > 0:
        width = int(stated)
    else:
        try:
            width = os.get_terminal_size(stream.fileno()).columns
        except (OSError, ValueError):  # not a terminal, or not a file at all
            width = default
    return min(max(width or default, 40), 160)
