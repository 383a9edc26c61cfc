"""Where the brackets of a file stand: the tree does not say."""

from __future__ import annotations

from bisect import bisect_left

from cnnspec.diagnostics.span import Source
from cnnspec.syntax.lexer import scan
from cnnspec.syntax.tables import load_tables


class Brackets:
    """The pairs of ``( )``, ``[ ]`` and ``{ }`` of a sound file, by their offsets.

    Attributes:
        closing: where each closes, by where it opens.
        opening: where each opens, by where it closes.
        with_comma: where those open whose last item has a comma behind it.
    """

    def __init__(self, source: Source) -> None:
        tables = load_tables()
        tokens = scan(source, tables)
        symbols = tables.symbols
        newline, comma = symbols["_NEWLINE"], symbols["COMMA"]
        closers = {symbols["RPAR"], symbols["RSQB"], symbols["RBRACE"]}
        starts: dict[int, list[int]] = {symbols[name]: [] for name in ("LPAR", "LSQB", "LBRACE")}
        self._parentheses, self._braces = starts[symbols["LPAR"]], starts[symbols["LBRACE"]]
        self.closing: dict[int, int] = {}
        self.with_comma: set[int] = set()
        opened: list[int] = []
        last = newline
        for kind, start in zip(tokens.kinds, tokens.starts, strict=True):
            if kind in starts:
                opened.append(start)
                starts[kind].append(start)
            elif kind in closers:
                opener = opened.pop()
                self.closing[opener] = start
                if last == comma:
                    self.with_comma.add(opener)
            last = kind if kind != newline else last
        self.opening = {closer: opener for opener, closer in self.closing.items()}

    def brace(self, start: int) -> int:
        """The first brace that opens at an offset or behind it."""
        return self._braces[bisect_left(self._braces, start)]

    def parenthesis(self, start: int, end: int) -> int | None:
        """The first parenthesis that opens between two offsets."""
        at = bisect_left(self._parentheses, start)
        return self._parentheses[at] if at < len(self._parentheses) and self._parentheses[at] < end else None
