"""Where the braces of a file stand: the tree does not say."""

from __future__ import annotations

from bisect import bisect_left

from cnnspec.diagnostics.span import Source
from cnnspec.syntax.lexer import scan
from cnnspec.syntax.tables import load_tables


class Braces:
    """The pairs of ``{`` and ``}`` of a sound file.

    Attributes:
        closing: where the brace closes that opens at an offset.
    """

    def __init__(self, source: Source) -> None:
        tables = load_tables()
        tokens = scan(source, tables)
        opener, closer = tables.symbols["LBRACE"], tables.symbols["RBRACE"]
        opened: list[int] = []
        self.closing: dict[int, int] = {}
        for kind, start in zip(tokens.kinds, tokens.starts, strict=True):
            if kind == opener:
                opened.append(start)
            elif kind == closer:
                self.closing[opened.pop()] = start
        self._opening = sorted(self.closing)
        self._closers = {closer: opener for opener, closer in self.closing.items()}

    def after(self, offset: int) -> int:
        """The first brace that opens at an offset or behind it."""
        return self._opening[bisect_left(self._opening, offset)]

    def of(self, end: int) -> int:
        """Where the braces open that end at an offset."""
        return self._closers[end - 1]
