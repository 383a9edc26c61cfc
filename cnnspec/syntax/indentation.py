"""A forgotten ``}`` by the indentation: the braces balance nowhere, but the lines say where one was meant.

The parser itself takes the next ``}`` for the one that is missing, and misses one at the end of the file. Where the lines
are indented, they tell better: a ``}`` at the margin of the model does not close the ``repeat`` that is indented below it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnspec.diagnostics.catalogue import brackets
from cnnspec.diagnostics.diagnostic import Edit

if TYPE_CHECKING:
    from cnnspec.diagnostics import Diagnostic, Source
    from cnnspec.syntax.lexer import Tokens
    from cnnspec.syntax.tables import Tables

#: How many braces are put in before the text is left to itself, and how long it may be.
MOST_BRACES = 20
MOST_TOKENS = 20_000


def close_by_indentation(source: Source, tokens: Tokens, tables: Tables) -> Diagnostic | None:
    """Put the first ``}`` that the indentation asks for among the tokens; what is to be said of it, if it asks for one."""
    found = _find(source, tokens, tables)
    if found is None:
        return None
    opener, line = found
    end = tokens.ends[line - 2]
    margin = _margin(source, tokens, opener)
    span = source.span(tokens.starts[opener], tokens.ends[opener])
    behind = _behind_comment(source, end)
    fix = (Edit(source.span(behind, behind), f"\n{margin}}}"),)
    _insert(tokens, line, (tables.symbols["RBRACE"], tables.symbols["_NEWLINE"]), end)
    return brackets.unclosed_bracket(source.span(tokens.starts[line + 2], tokens.ends[line + 2]), span, "}", fix)


def _find(source: Source, tokens: Tokens, tables: Tables) -> tuple[int, int] | None:
    """A ``{`` that is closed by the ``}`` of a line with a smaller margin, and the first line at its own margin or left of it."""
    symbols, kinds = tables.symbols, tokens.kinds
    opened: list[int] = []
    for index, kind in enumerate(kinds):
        if kind == symbols["LBRACE"]:
            opened.append(index)
        elif kind == symbols["RBRACE"] and opened:
            opener = opened.pop()
            margin = _margin(source, tokens, opener)
            begins_line = kinds[index - 1] == symbols["_NEWLINE"]
            if begins_line and opened and len(_margin(source, tokens, index)) < len(margin):
                lines = (at + 1 for at in range(opener + 1, index) if kinds[at] == symbols["_NEWLINE"])
                return opener, next(at for at in lines if len(_margin(source, tokens, at)) <= len(margin))
    return None


def _margin(source: Source, tokens: Tokens, index: int) -> str:
    """The blanks before the line of a token."""
    text = source.text
    line = end = text.rfind("\n", 0, tokens.starts[index]) + 1
    while text[end : end + 1] in (" ", "\t"):
        end += 1
    return text[line:end]


def _behind_comment(source: Source, offset: int) -> int:
    """The end of the line, behind the comment that may stand on it."""
    end = source.text.find("\n", offset)
    return end if end >= 0 and source.text[offset:end].strip().startswith("#") else offset


def _insert(tokens: Tokens, at: int, kinds: tuple[int, ...], offset: int) -> None:
    """Put tokens without a text among the others."""
    for step, kind in enumerate(kinds):
        tokens.kinds.insert(at + step, kind)
        tokens.starts.insert(at + step, offset)
        tokens.ends.insert(at + step, offset)
    tokens.illegal = {index + len(kinds) * (index >= at): wrong for index, wrong in tokens.illegal.items()}
