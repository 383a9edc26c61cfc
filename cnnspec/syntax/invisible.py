"""Characters that cannot be seen."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from itertools import islice
from typing import TYPE_CHECKING

from cnnspec.diagnostics.catalogue import characters
from cnnspec.diagnostics.diagnostic import Edit
from cnnspec.syntax.lexer import ILLEGAL
from cnnspec.syntax.limits import MAX_MISTAKES

if TYPE_CHECKING:
    from cnnspec.diagnostics import Diagnostic, Source, Span
    from cnnspec.syntax import tree
    from cnnspec.syntax.lexer import Tokens
    from cnnspec.syntax.tables import Tables

_BIDI = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_HIDDEN = (
    "\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f-\\x9f\u00a0\u00ad\u034f\u115f\u1160\u1680\u17b4\u17b5\u180b-\u180f\u2000-\u200d"
    "\u2028\u2029\u202f\u205f-\u2065\u206a-\u206f\u3000\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff"
)
INVISIBLE = re.compile(f"[{_BIDI}{_HIDDEN}]+|\r(?!\n)")
_BIDI_ONLY = re.compile(f"[{_BIDI}]")

_LINE_ENDS = "\r\u2028\u2029\x0b\x0c"
_WORD_PART = re.compile(r"[A-Za-z0-9_]+")


def read_invisible(source: Source, at: int, tables: Tables, tokens: Tokens) -> int:
    """Go on behind a character that cannot be seen; all of them are reported by :func:`find_invisible`.

    Where it ends a line elsewhere it does here too. In a word it makes that a token of which nothing is said but this.
    """
    newline, name = tables.symbols["_NEWLINE"], tables.symbols["NAME"]
    if source.text[at] in _LINE_ENDS and tokens.kinds and tokens.kinds[-1] != newline:
        tokens.add(newline, at, at + 1)
    end = at + 1
    while match := INVISIBLE.match(source.text, end):
        end = match.end()
    rest = _WORD_PART.match(source.text, end)
    glued = tokens.kinds and tokens.ends[-1] == at and tokens.kinds[-1] in (name, ILLEGAL)
    if rest is None or not glued or unicodedata.category(source.text[at]) == "Zs":
        return end
    tokens.kinds[-1], tokens.ends[-1] = ILLEGAL, rest.end()
    tokens.illegal[len(tokens.kinds) - 1] = None
    return rest.end()


def find_invisible(source: Source, comments: list[tree.Comment]) -> list[Diagnostic]:
    """Every kind of characters that cannot be seen, at its first place: bidi controls anywhere, the others outside comments."""
    starts = [comment.span.start for comment in comments]
    found: dict[str, list[Span]] = {}
    for match in islice(INVISIBLE.finditer(source.text), MAX_MISTAKES + 1):
        index = bisect_right(starts, match.start()) - 1
        in_comment = index >= 0 and match.start() < comments[index].span.end
        if in_comment and not _BIDI_ONLY.search(match[0]):
            continue
        found.setdefault(match[0][0], []).append(source.span(*match.span()))
    return [_diagnose(character, spans) for character, spans in found.items()]


def _diagnose(character: str, spans: list[Span]) -> Diagnostic:
    """One diagnostic for all places of a character."""
    name = "carriage return" if character == "\r" else unicodedata.name(character, "control character").lower()
    blank = "\n" if character in _LINE_ENDS else " " if unicodedata.category(character) == "Zs" else ""
    fix = tuple(Edit(span, blank * (len(span.text) if blank == " " else 1)) for span in spans)
    return characters.invisible_character(spans[0], f"{name} (U+{ord(character):04X})", fix)
