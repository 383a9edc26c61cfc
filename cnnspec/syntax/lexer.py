"""Text to tokens: where each begins and ends and which terminal it is, in three arrays and no objects.

What belongs to no terminal is handed to :mod:`cnnspec.syntax.characters`, which says what was meant (``'same'`` is a
string in the wrong quotes) or that nothing can be made of it.
"""

from __future__ import annotations

import re
from array import array
from itertools import islice
from typing import TYPE_CHECKING

from cnnspec.record import field, replace, state
from cnnspec.syntax import tree
from cnnspec.syntax.limits import MAX_MISTAKES, MAX_NAME, MAX_NUMBER, MAX_STATEMENTS, MAX_STRING, MAX_TOKENS

if TYPE_CHECKING:
    from cnnspec.diagnostics import Diagnostic, Source
    from cnnspec.syntax.tables import Tables

#: Characters of ASCII that no line of text holds; other scripts' are looked for only in texts that leave ASCII.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|\r(?!\n)")

#: The terminal of a token that nothing can be made of; ``Tokens.illegal`` says why.
ILLEGAL = -1


@state
class Tokens:
    """All tokens of a text. The last one is the end of the text.

    ``too_many`` says that the text goes on behind the last token that it may have. ``illegal`` holds, for each token of
    no terminal, what is wrong with it (None: that is reported already); the parser reports it where it meets the token.
    ``diagnostics`` are mistakes that were mended on the way: the token that was meant stands in their place.
    """

    kinds: list[int] = field(default_factory=list[int])
    starts: array[int] = field(default_factory=lambda: array("L"))
    ends: array[int] = field(default_factory=lambda: array("L"))
    comments: list[tree.Comment] = field(default_factory=list[tree.Comment])
    illegal: dict[int, Diagnostic | None] = field(default_factory=dict[int, "Diagnostic | None"])
    diagnostics: list[Diagnostic] = field(default_factory=list["Diagnostic"])
    too_many: bool = False

    def add(self, kind: int, start: int, end: int) -> None:
        """Append a token."""
        self.kinds.append(kind)
        self.starts.append(start)
        self.ends.append(end)


def copy_of(tokens: Tokens) -> Tokens:
    """The same tokens in arrays of their own."""
    return replace(tokens, kinds=tokens.kinds[:], starts=tokens.starts[:], ends=tokens.ends[:], illegal=dict(tokens.illegal))


def scan(source: Source, tables: Tables, max_statements: int = MAX_STATEMENTS) -> Tokens:
    """Cut a text into tokens. Blanks are dropped, comments set aside, runs of newlines made one.

    Of a text that is longer than the language allows no token is left, only the diagnostic that says so; one with more
    odd characters than mistakes are reported is cut off there.
    """
    tokens = Tokens()
    text, at, odd = source.text, 0, 0
    while 0 <= at < len(text) and odd <= MAX_MISTAKES:
        at = _scan_plain(source, text, at, tables, tokens)
        if at >= 0:
            from cnnspec.syntax.characters import read_odd

            at = read_odd(source, at, tables, tokens)
            odd += 1
    crossed = _find_excess(tokens, tables, max_statements)
    if crossed is not None:
        at, what, limit = crossed
        return _refuse(source, tokens.starts[at] if at < len(tokens.starts) else at, what, limit, tables)
    tokens.add(tables.symbols["$END"], len(text), len(text))
    if not text.isascii() or _CONTROL.search(text):
        from cnnspec.syntax.invisible import find_invisible

        tokens.diagnostics.extend(find_invisible(source, tokens.comments))
    return tokens


def _find_excess(tokens: Tokens, tables: Tables, max_statements: int) -> tuple[int, str, int] | None:
    """The token at which a limit of the whole text is crossed, what there are too many of, and the limit."""
    kinds = tokens.kinds
    if tokens.too_many:
        return max(len(kinds) - 1, 0), "words and signs", MAX_TOKENS
    separators = (tables.symbols["_NEWLINE"], tables.arrow, tables.symbols["VBAR"])
    if sum(map(kinds.count, separators)) <= max_statements:
        return None
    places = (at for at, kind in enumerate(kinds) if kind in separators)
    return next(islice(places, max_statements, None)), "statements, steps and branches", max_statements


def _refuse(source: Source, at: int, what: str, limit: int, tables: Tables) -> Tokens:
    """The tokens of a text that is not read: none but its end."""
    from cnnspec.diagnostics.catalogue.files import file_too_long

    tokens = Tokens()
    tokens.add(tables.symbols["$END"], len(source.text), len(source.text))
    tokens.diagnostics.append(file_too_long(source.span(at, at), what, limit))
    return tokens


def _scan_plain(source: Source, text: str, at: int, tables: Tables, tokens: Tokens) -> int:
    """Scan up to the first character of no terminal; its place, or −1 at the end of the text or of what is read of it."""
    groups, keywords = tables.groups, tables.keywords
    symbols = tables.symbols
    name, newline, comment, blanks = symbols["NAME"], symbols["_NEWLINE"], symbols["COMMENT"], symbols["BLANKS"]
    checked = {symbols["STRING"]: MAX_STRING, symbols["INT"]: 18, symbols["FLOAT"]: 4, symbols["DIMS"]: 18}
    kinds, add_kind, add_start, add_end = tokens.kinds, tokens.kinds.append, tokens.starts.append, tokens.ends.append
    last = kinds[-1] if kinds else newline
    end = at
    for match in islice(tables.scanner.finditer(text, at), max(MAX_TOKENS - len(kinds) - len(tokens.comments), 0)):
        kind = groups[match.lastindex or 0]  # every alternative is a group
        start, end = match.span()
        if kind == blanks:
            continue
        if kind == name:
            kind = keywords.get(match[0], name)
            if kind == name and (end - start > MAX_NAME or match[0] in _PYTHON_WORDS):
                kind = _check_name(source, start, end, tables, tokens)
        elif kind == newline:
            if last == newline and kinds:
                continue
        elif kind == comment:
            tokens.comments.append(tree.Comment(match[0], source.span(start, end)))
            continue
        elif kind == ILLEGAL:
            return start
        elif kind in checked and end - start > checked[kind]:
            kind = _check_literal(source, start, end, kind, tables, tokens)
        add_kind(kind)
        add_start(start)
        add_end(end)
        last = kind
    tokens.too_many = end < len(text)
    return -1


_PYTHON_WORDS = {"True": "TRUE", "False": "FALSE", "None": "NONE"}


def _check_name(source: Source, start: int, end: int, tables: Tables, tokens: Tokens) -> int:
    """A name that is too long, or a constant in Python's spelling."""
    from cnnspec.diagnostics.catalogue import foreign, syntax

    word = source.text[start:end]
    if word in _PYTHON_WORDS:
        tokens.diagnostics.append(foreign.python_constant(source.span(start, end), word))
        return tables.symbols[_PYTHON_WORDS[word]]
    tokens.illegal[len(tokens.kinds)] = syntax.name_too_long(source.span(start, end), end - start, MAX_NAME)
    return ILLEGAL


def _check_literal(source: Source, start: int, end: int, kind: int, tables: Tables, tokens: Tokens) -> int:
    """A string that is too long, or a number that does not fit into 64 bits."""
    from cnnspec.diagnostics.catalogue import syntax

    span, text = source.span(start, end), source.text[start:end]
    if kind == tables.symbols["STRING"]:
        if end - start - 2 <= MAX_STRING:
            return kind
        tokens.illegal[len(tokens.kinds)] = syntax.string_too_long(span, end - start - 2, MAX_STRING)
        return ILLEGAL
    if kind == tables.symbols["FLOAT"]:
        sound = float(text) != float("inf")
    else:
        sound = all(part == "?" or (len(part) <= MAX_NAME and int(part) <= MAX_NUMBER) for part in text.split("x"))
    if sound and (end - start <= MAX_NAME or kind == tables.symbols["DIMS"]):
        return kind
    tokens.illegal[len(tokens.kinds)] = syntax.number_too_large(span, text)
    return ILLEGAL
