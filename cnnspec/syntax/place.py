"""The place of a mistake: the tokens around it, what is open there, and what would fit."""

from __future__ import annotations

from bisect import bisect_left
from functools import cached_property
from typing import TYPE_CHECKING

from cnnspec.diagnostics.diagnostic import Edit
from cnnspec.record import record
from cnnspec.syntax.recovery import accepts, indent, statement_height, statement_start

if TYPE_CHECKING:
    from cnnspec.diagnostics import Diagnostic, Span
    from cnnspec.syntax.parser import Bracket, Parser


@record
class Mend:
    """What was meant: ``insert`` these terminals before the current token, then leave out ``skip`` tokens.

    With ``restart`` the statement is taken back to its start first, and its first token is read as ``restart``.
    With ``fold`` the innermost open bracket, up to that token, is read as one token: the one to insert.
    """

    insert: tuple[int, ...] = ()
    skip: int = 0
    restart: int | None = None
    fold: int | None = None


@record
class Mistake:
    """An explanation; without a diagnostic it is the shadow of a mistake that was reported before.

    A structural mistake (about braces, or a tuple that stands for itself) is reported even behind another one in its
    statement. ``skip_to`` is the token up to which the text belongs to the mistake; if it ``covers`` the statement, that
    ends there with all that it opened.
    """

    diagnostic: Diagnostic | None
    mend: Mend | None = None
    structural: bool = False
    skip_to: int | None = None
    covers: bool = False


class Place:
    """A view of the parser at the token that fits nowhere."""

    def __init__(self, parser: Parser) -> None:
        self.parser = parser
        self.source = parser.source
        self.text = parser.source.text
        self.tokens = parser.tokens
        self.at = parser.at
        self.symbols = parser.tables.symbols
        self.newline = self.symbols["_NEWLINE"]
        self.end = self.symbols["$END"]

    # --- tokens ---

    def kind(self, offset: int = 0) -> int | None:
        """The terminal of a token near the current one."""
        index = self.at + offset
        return self.tokens.kinds[index] if 0 <= index < len(self.tokens.kinds) else None

    def word(self, offset: int = 0) -> str:
        """The text of a token near the current one; empty outside of the text."""
        return self.word_at(self.at + offset)

    def word_at(self, index: int) -> str:
        """The text of a token."""
        if not 0 <= index < len(self.tokens.kinds):
            return ""
        return self.text[self.tokens.starts[index] : self.tokens.ends[index]]

    def kind_at(self, index: int) -> int | None:
        """The terminal of a token."""
        return self.kind(index - self.at)

    def span(self, offset: int = 0) -> Span:
        """The span of a token near the current one."""
        return self.span_of(self.at + offset, self.at + offset + 1)

    def span_of(self, first: int, behind: int) -> Span:
        """The span of the tokens from ``first`` to the one before ``behind``."""
        return self.source.span(self.tokens.starts[first], self.tokens.ends[behind - 1])

    def insertion(self, offset: int, text: str) -> Edit:
        """The edit that puts a text at an offset of the source."""
        return Edit(self.source.span(offset, offset), text)

    def is_named(self, index: int, *names: str) -> bool:
        """Whether a token is of one of these terminals."""
        return 0 <= index < len(self.tokens.kinds) and self.tokens.kinds[index] in {self.symbols[name] for name in names}

    def is_name(self, index: int) -> bool:
        """Whether a token can name something: a plain name, or a unit of memory."""
        return self.is_named(index, "NAME", "B", "KB", "MB", "GB", "TB", "KIB", "MIB", "GIB", "TIB")

    def is_number(self, index: int) -> bool:
        """Whether a token is a number, dims or ``?``."""
        return self.is_named(index, "INT", "FLOAT", "DIMS", "QMARK")

    def begins_line(self, index: int) -> bool:
        """Whether a token is the first of its line."""
        return index == 0 or self.tokens.kinds[index - 1] == self.newline

    def line_end(self, index: int) -> int:
        """The token that ends the line: a newline or the end of the text."""
        kinds = self.tokens.kinds
        while kinds[index] not in (self.newline, self.end):
            index += 1
        return index

    @property
    def previous(self) -> int:
        """The token before the current one; newlines that are blanks are passed over."""
        index = self.at - 1
        while index > 0 and self.tokens.kinds[index] == self.newline and self.innermost in ("(", "["):
            index -= 1
        return index

    def statement_end(self, index: int) -> int:
        """The end of the line at which nothing is open that was opened on the way."""
        depth, kinds = 0, self.tokens.kinds
        while kinds[index] != self.end and (depth > 0 or kinds[index] != self.newline):
            depth += (kinds[index] in self.parser.openers) - (kinds[index] in self.parser.closers)
            index += 1
        return index

    def suite_end(self, index: int) -> int:
        """The end of what is indented below the line of a token, as Python would have it."""
        end, margin = self.line_end(index), len(self.line_indent(index))
        while self.tokens.kinds[end] == self.newline and self.tokens.kinds[end + 1] != self.end:
            if len(self.line_indent(end + 1)) <= margin:
                break
            end = self.line_end(end + 1)
        return end

    def behind_comment(self, offset: int) -> int:
        """The end of the line, behind the comment that may stand on it."""
        end = self.text.find("\n", offset)
        end = len(self.text) if end < 0 else end
        return end if self.text[offset:end].strip().startswith("#") else offset

    def matching(self, opener: int) -> int | None:
        """The token that closes a bracket, if there is one."""
        depth, kinds = 0, self.tokens.kinds
        for index in range(opener, len(kinds)):
            if kinds[index] in self.parser.openers:
                depth += 1
            elif kinds[index] in self.parser.closers:
                depth -= 1
                if depth == 0:
                    return index
        return None

    def is_closed_behind(self, index: int) -> bool:
        """Whether a } stands behind a token that closes none of the braces behind it."""
        depth, kinds = 0, self.tokens.kinds
        for kind in kinds[index:]:
            depth += (kind == self.symbols["LBRACE"]) - (kind == self.symbols["RBRACE"])
            if depth < 0:
                return True
        return False

    # --- the statement ---

    @cached_property
    def first(self) -> int:
        """The first token of the statement that the current token is in."""
        return bisect_left(self.tokens.starts, statement_start(self.parser))

    @cached_property
    def level(self) -> str:
        """``file``, ``body`` (of a model, block, branch …) or ``recipe``."""
        row = self.parser.tables.actions[self.parser.states[statement_height(self.parser) - 1]]
        if self.symbols["model"] in row:
            return "file"
        return "recipe" if self.symbols["setting"] in row else "body"

    @cached_property
    def brackets(self) -> list[Bracket]:
        """The brackets that this statement opened."""
        height = statement_height(self.parser)
        return [bracket for bracket in self.parser.brackets if bracket.height >= height]

    @property
    def innermost(self) -> str:
        """The innermost bracket that this statement opened, or nothing."""
        return self.sign(self.brackets[-1]) if self.brackets else ""

    def sign(self, bracket: Bracket) -> str:
        """An open bracket as a sign, also where a mend has put it in."""
        return {self.symbols["LPAR"]: "(", self.symbols["LSQB"]: "["}.get(bracket.kind, "{")

    def fits(self, *kinds: int) -> bool:
        """Whether these terminals could stand here."""
        return accepts(self.parser, len(self.parser.states), list(kinds))

    def line_indent(self, index: int) -> str:
        """The blanks before the line of a token."""
        start = self.text.rfind("\n", 0, self.tokens.starts[index]) + 1
        return self.text[start : start + indent(self.parser, index)]
