"""Plain words for the mistakes that people make.

:func:`explain` asks a list of explainers in turn; each knows one kind of mistake and answers None for all others. They
look at the text around the token that fits nowhere (:class:`Place`), never at the grammar's names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnspec.diagnostics.catalogue import syntax
from cnnspec.syntax.place import Mend, Mistake, Place

if TYPE_CHECKING:
    from collections.abc import Callable

    from cnnspec.syntax.parser import Parser


def explain(parser: Parser) -> Mistake:
    """Say what is wrong with the current token, and what was meant if that is clear."""
    place = Place(parser)
    for explainer in _explainers():
        mistake = explainer(place)
        if mistake is not None:
            return mistake
    return _explain_by_what_fits(place)


def _explainers() -> tuple[Callable[[Place], Mistake | None], ...]:
    """The most special first."""
    from cnnspec.syntax import arrows, foreign, heads, leftovers, misplaced, structure, values

    return (
        leftovers.conflict,
        structure.forgotten_brace,
        foreign.python_statement,
        heads.keyword_as_name,
        foreign.comment,
        foreign.operator,
        foreign.functional_call,
        foreign.arithmetic,
        foreign.expression,
        heads.use_without_quotes,
        heads.brace_on_next_line,
        heads.colon_for_brace,
        heads.parentheses_for_braces,
        heads.malformed_name,
        heads.missing_name,
        heads.missing_operand,
        heads.superfluous,
        arrows.misplaced,
        structure.unclosed_line,
        structure.unmatched,
        structure.statement_outside,
        misplaced.keyword_slip,
        values.dims,
        values.equals,
        values.comparison,
        misplaced.count_in_front,
        misplaced.flow_in_parentheses,
        arrows.dangling,
        misplaced.otherwise,
        arrows.bar,
        misplaced.branch,
        misplaced.constant,
        values.braces_for_parentheses,
        values.arguments,
        values.times,
        values.number,
        heads.missing_brace,
        arrows.number_as_layer,
        arrows.name_behind,
        misplaced.second_statement,
        misplaced.trailing_comma,
        misplaced.braces,
        values.superfluous_comma,
        values.colon,
        values.comma,
        values.value,
    )


#: Plain words for what may stand at a place, by terminal; one word may stand for several.
_WORDS = (
    ("NAME", "a name"),
    ("INT", "a number"),
    ("STRING", "a string"),
    ("LPAR", "("),
    ("RPAR", ")"),
    ("LSQB", "["),
    ("RSQB", "]"),
    ("LBRACE", "{"),
    ("RBRACE", "}"),
    ("COMMA", "a comma"),
    ("EQUAL", "="),
    ("COLON", ":"),
    ("_NEWLINE", "the end of the line"),
)


def _explain_by_what_fits(place: Place) -> Mistake:
    """Nothing more special is known: say what could stand here."""
    tables = place.parser.tables
    possible = [words for name, words in _WORDS if place.fits(tables.symbols[name])]
    if place.fits(tables.arrow):
        possible.append("->")
    if "a name" in possible and "a number" in possible:
        possible = ["a value", *(words for words in possible if words not in ("a name", "a number", "a string", "(", "["))]
    kind = place.kind()
    if kind == tables.symbols["$END"]:
        what = "the end of the file"
    elif kind == place.newline:
        what = "the end of the line"
    else:
        word = place.word()
        if place.is_number(place.at - 1) and place.tokens.ends[place.at - 1] == place.tokens.starts[place.at]:
            word = place.word(-1) + word
        what = f"`{word}`" if len(word) <= 40 else f"`{word[:37]}…`"
    return Mistake(syntax.unexpected_text(place.span(), what, tuple(possible) if len(possible) <= 6 else ()))


__all__ = ["Mend", "Mistake", "Place", "explain"]
