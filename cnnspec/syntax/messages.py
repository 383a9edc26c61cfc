"""Plain words for the mistakes that people make."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnnspec.diagnostics.catalogue import syntax

if TYPE_CHECKING:
    from cnnspec.diagnostics import Diagnostic
    from cnnspec.syntax.parser import Parser


@dataclass(frozen=True, slots=True)
class Mend:
    """What was meant: tokens to put in before the current one, then tokens to leave out.

    ``then`` are tokens that must fit behind, for the mend to be right.
    """

    insert: tuple[int, ...] = ()
    skip: int = 0
    then: tuple[int, ...] = ()
    rewind: int | None = None


@dataclass(frozen=True, slots=True)
class Mistake:
    """An explanation. A structural mistake (a brace) is reported even behind another one in its statement."""

    diagnostic: Diagnostic
    mend: Mend | None = None
    structural: bool = False


def explain(parser: Parser) -> Mistake:
    """Say what is wrong with the current token."""
    tokens = parser.tokens
    span = parser.source.span(tokens.starts[parser.at], tokens.ends[parser.at])
    symbols = parser.tables.symbols
    if tokens.kinds[parser.at] == symbols["$END"] and parser.brackets:
        return Mistake(
            syntax.unexpected_text(span, "the end of the file", ()), Mend(insert=(symbols["RBRACE"],)), structural=True
        )
    return Mistake(syntax.unexpected_text(span, f"`{span.text}`", ()))
