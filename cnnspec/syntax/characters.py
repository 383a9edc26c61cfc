"""Characters that belong to no terminal: what was meant by them, and what cannot be seen at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnspec.diagnostics.catalogue import syntax
from cnnspec.syntax.lexer import ILLEGAL

if TYPE_CHECKING:
    from cnnspec.diagnostics import Diagnostic, Source
    from cnnspec.syntax import tree
    from cnnspec.syntax.lexer import Tokens
    from cnnspec.syntax.tables import Tables


def read_odd(source: Source, at: int, tables: Tables, tokens: Tokens) -> int:
    """Read what begins with a character of no terminal; where to go on."""
    tokens.illegal[len(tokens.kinds)] = syntax.unknown_character(source.span(at, at + 1), source.text[at])
    tokens.add(ILLEGAL, at, at + 1)
    return at + 1


def find_invisible(source: Source, comments: list[tree.Comment]) -> list[Diagnostic]:
    return []


def to_ascii(text: str) -> str:
    return text
