"""Explainers for braces, brackets and the heads of what stands in them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, cast

from cnnspec.diagnostics.catalogue import brackets, statements
from cnnspec.diagnostics.catalogue.arguments import unquoted_path
from cnnspec.diagnostics.diagnostic import Edit
from cnnspec.syntax import tree
from cnnspec.syntax.place import Mend, Mistake, Place
from cnnspec.syntax.recovery import begins_statement

if TYPE_CHECKING:
    from cnnspec.diagnostics import Span
    from cnnspec.syntax.parser import Bracket

_CLOSERS = {"(": ")", "[": "]", "{": "}"}
_ITEMS = ("model", "block", "train", "use")
_HEADS = ("model", "block", "train", "if", "else", "repeat")


def forgotten_brace(place: Place) -> Mistake | None:
    """The end of the file, or the next model, although a brace is still open."""
    parser = place.parser
    at_end = place.kind() == place.end
    if not parser.brackets or not (at_end or _begins_item(place, place.at)):
        return None
    brace = parser.tables.symbols["LBRACE"]
    if parser.brackets[-1].kind != brace:
        return None if not at_end else _unclosed_here(place)
    opened = [bracket for bracket in parser.brackets if bracket.kind == brace]
    suspect = opened[-1]
    opener = place.span_of(suspect.token, suspect.token + 1)
    previous = place.tokens.ends[place.at - 2 if place.kind(-1) == place.newline and place.at > 1 else place.at - 1]
    braces = "".join(f"\n{place.line_indent(bracket.token)}}}" for bracket in reversed(opened))
    span = place.span()
    closers = tuple(place.symbols["RBRACE"] for _ in opened)
    mend = Mend(insert=closers if at_end else (*closers, place.newline))
    behind = _behind_comments(place, previous)
    diagnostic = brackets.unclosed_bracket(span, opener, "}", (place.insertion(behind, braces),))
    # A brace that was put in for a head without one needs no partner in the text.
    return Mistake(diagnostic if opener.text == "{" else None, mend, structural=True)


def _behind_comments(place: Place, offset: int) -> int:
    """The end of the line, behind the comment that may stand on it."""
    end = place.text.find("\n", offset)
    end = len(place.text) if end < 0 else end
    return end if place.text[offset:end].strip().startswith("#") else offset


def _begins_item(place: Place, index: int) -> bool:
    """Whether a model, block, recipe or use begins here."""
    if not place.begins_line(index) or place.word_at(index) not in _ITEMS:
        return False
    return place.is_name(index + 1) or place.is_named(index + 1, "STRING")


def _unclosed_here(place: Place) -> Mistake:
    """A ( or [ that is open at the end of the file."""
    bracket = place.parser.brackets[-1]
    opener = place.span_of(bracket.token, bracket.token + 1)
    end = place.tokens.ends[_last_token_before(place, place.at)]
    closers = "".join(_CLOSERS[place.sign(b)] for b in reversed(place.brackets))
    fix = (place.insertion(end, closers),) if closers and "}" not in closers else ()
    diagnostic = brackets.unclosed_bracket(place.source.span(end, end), opener, _CLOSERS[opener.text], fix)
    return Mistake(diagnostic, structural=False)


def _last_token_before(place: Place, index: int) -> int:
    """The last token before another that is no newline."""
    index -= 1
    while index > 0 and place.tokens.kinds[index] == place.newline:
        index -= 1
    return index


def unclosed_line(place: Place) -> Mistake | None:
    """A ( or [ that was forgotten before this token, or before an earlier line that clearly begins a statement."""
    still_open = place.brackets
    if not still_open or still_open[-1].kind == place.symbols["LBRACE"]:
        return None
    opened = [bracket for bracket in still_open if bracket.kind != place.symbols["LBRACE"]]
    for index in range(opened[0].token + 1, place.at + 1):
        if not place.begins_line(index):
            continue
        still_open = [bracket for bracket in opened if bracket.token < index]
        if still_open and begins_statement(place.parser, index, still_open[-1].token):
            return _closed_before(place, index, still_open)
    arrows = (place.parser.tables.arrow, place.parser.tables.double_colon)
    if place.kind() in (*arrows, place.symbols["LBRACE"], place.symbols["RBRACE"], place.symbols["VBAR"], place.end):
        if _is_parenthesised_flow(place):
            return None
        return _closed_before(place, place.at, opened)
    return None


def _is_parenthesised_flow(place: Place) -> bool:
    """Whether the statement begins with the parenthesis that is open."""
    return place.word_at(place.first) == "(" or place.word_at(place.brackets[0].token - 1) in ("=", "->")


def _closed_before(place: Place, index: int, opened: list[Bracket]) -> Mistake:
    """Close what is open in front of a token."""
    tokens = [bracket.token for bracket in opened]
    last = _last_token_before(place, index)
    end = place.tokens.ends[last]
    closers = "".join(_CLOSERS[place.word_at(token)] for token in reversed(tokens))
    opener = place.span_of(tokens[-1], tokens[-1] + 1)
    span = place.source.span(end - 1, end) if index != place.at or place.begins_line(index) else place.span()
    diagnostic = brackets.unclosed_bracket(span, opener, _CLOSERS[opener.text], (place.insertion(end, closers),))
    kinds = tuple(place.parser.tables.scanner_kind(closer) for closer in closers)
    if index == place.at and place.fits(*kinds):
        behind = (place.newline,) if place.begins_line(index) and place.fits(*kinds, place.newline) else ()
        return Mistake(diagnostic, Mend(insert=(*kinds, *behind)))
    return Mistake(diagnostic)


def unmatched(place: Place) -> Mistake | None:
    """A closing bracket that closes nothing, or the wrong one."""
    word = place.word()
    if place.kind() not in place.parser.closers:
        return None
    still_open = place.parser.brackets
    opener = place.sign(still_open[-1]) if still_open else ""
    if word != "}" and place.brackets and opener in "([" and _CLOSERS[opener] != word:
        right = _CLOSERS[opener]
        kind = place.parser.tables.scanner_kind(right)
        span = place.span_of(still_open[-1].token, still_open[-1].token + 1)
        return Mistake(brackets.unmatched_bracket(place.span(), span, right), Mend(insert=(kind,), skip=1))
    if word == "}" and still_open:
        return None
    if word != "}" and any(place.sign(bracket) + word in ("()", "[]") for bracket in place.brackets):
        return None
    alone = place.begins_line(place.at) and place.kind(1) == place.newline
    return Mistake(brackets.unmatched_bracket(place.span(), None, ""), Mend(skip=2 if alone else 1), structural=word == "}")


def use_without_quotes(place: Place) -> Mistake | None:
    """``use resnet``, ``use std/resnet.cnn``."""
    if place.word_at(place.first) != "use" or place.at != place.first + 1 or not place.is_name(place.at):
        return None
    start = place.tokens.starts[place.at]
    match = re.match(r"[\w./-]+", place.text[start:])
    path = match[0] if match else place.word()
    written = path if path.endswith(".cnn") else f"{path}.cnn"
    span = place.source.span(start, start + len(path))
    return Mistake(unquoted_path(span, argument="what follows use", word=written))


def brace_on_next_line(place: Place) -> Mistake | None:
    """``model X`` and the brace on the line below."""
    if place.kind() != place.newline or place.word(1) != "{" or not place.fits(place.symbols["LBRACE"]):
        return None
    if place.word_at(place.first) not in _HEADS:
        return None
    gap = place.source.span(place.tokens.ends[place.at - 1], place.tokens.starts[place.at + 1])
    fix = (Edit(gap, " "),) if not gap.text.strip() else ()
    return Mistake(brackets.missing_brace(place.span(1), _head(place), fix), Mend(skip=1))


def colon_for_brace(place: Place) -> Mistake | None:
    """``model X:`` as in Python, with what belongs to it indented below."""
    if place.word() != ":" or not place.fits(place.symbols["LBRACE"]):
        return None
    if place.word_at(place.first) not in _HEADS and place.word(1) not in ("", "\n", "{"):
        return None
    if place.word(1) == "{":
        return Mistake(brackets.missing_brace(place.span(), _head(place), (Edit(place.span(), ""),)), Mend(skip=1))
    end = place.line_end(place.at)
    margin = place.line_indent(place.at)
    while place.tokens.kinds[end] == place.newline and place.tokens.kinds[end + 1] != place.end:
        if len(place.line_indent(end + 1)) <= len(margin):
            break
        end = place.line_end(end + 1)
    behind = _behind_comments(place, place.tokens.ends[end - 1])
    fix = (
        Edit(place.source.span(place.tokens.ends[place.at - 1], place.tokens.ends[place.at]), " {"),
        place.insertion(behind, f"\n{margin}}}"),
    )
    return Mistake(brackets.missing_brace(place.span(), _head(place), fix), skip_to=end)


def missing_brace(place: Place) -> Mistake | None:
    """A head that ends with its line."""
    if place.kind() not in (place.newline, place.end) or not place.fits(place.symbols["LBRACE"]):
        return None
    if place.word_at(place.first) not in _HEADS:
        return None
    end = place.tokens.ends[place.at - 1]
    span: Span = place.source.span(end, end)
    return Mistake(brackets.missing_brace(span, _head(place), ()), Mend(insert=(place.symbols["LBRACE"],)))


def _head(place: Place) -> str:
    """The statement's keyword and the name behind it."""
    word = place.word_at(place.first)
    return f"{word} {place.word_at(place.first + 1)}" if word in _ITEMS else word


def missing_name(place: Place) -> Mistake | None:
    """``model {``, ``block 3x3(filters)``, ``let = 5``."""
    keyword = place.word(-1)
    examples = {"model": "LeNet", "block": "ConvBN", "train": "LeNet", "let": "width", "share": "encoder", "as": "lecture"}
    if keyword not in examples or not place.is_named(place.at - 1, *(word.upper() for word in examples)):
        return None
    if place.is_name(place.at):
        return None
    return Mistake(statements.missing_name(place.span(), keyword, examples[keyword]))


def statement_outside(place: Place) -> Mistake | None:
    """A layer, a claim or a setting at the top of the file."""
    first = place.first
    if place.level != "file" or first != place.at or not place.begins_line(first):
        return None
    word = place.word_at(first)
    if place.is_named(first + 1, "NAME", "STRING") and _slip(word):
        return None
    if word in (*_ITEMS, "else", "}", ")", "]", "|") or place.parser.brackets or place.kind() == place.end:
        return None
    last = _end_of_outside(place, first)
    closer = _unmatched_behind(place, first) if _is_shadow(place) else None
    if closer is not None:
        return Mistake(None, skip_to=place.line_end(closer))
    span = place.span_of(first, place.line_end(first)) if place.kind() != place.newline else place.span()
    behind = _behind_comments(place, place.tokens.ends[last - 1])
    fix = (place.insertion(place.tokens.starts[first], "model Main {\n"), place.insertion(behind, "\n}"))
    return Mistake(statements.statement_outside_model(span, fix), skip_to=last)


def _unmatched_behind(place: Place, first: int) -> int | None:
    """The } that closes nothing behind a token and before the next model, block, recipe or use."""
    depth, kinds = 0, place.tokens.kinds
    for index in range(first, len(kinds)):
        if place.begins_line(index) and place.word_at(index) in _ITEMS:
            return None
        depth += (kinds[index] in place.parser.openers) - (kinds[index] in place.parser.closers)
        if depth < 0:
            return index
    return None


def _is_shadow(place: Place) -> bool:
    """Whether the model before has a mistake already: it was closed too early, and this is the rest of it."""
    diagnostics, last = place.parser.diagnostics, place.parser.values[-1]
    if not isinstance(last, list) or not last or not diagnostics:
        return False
    items = cast("list[tree.Item]", last)
    sound = [item for item in items[-5:] if not isinstance(item, tree.Broken)]
    return diagnostics[-1].span.start >= (sound[-1] if sound else items[0]).span.start


def _slip(word: str) -> str | None:
    """The keyword of an item that a word is a slip of."""
    from cnnspec.syntax.misplaced import slip_of

    return slip_of(word, (*_ITEMS, "let"))


def _end_of_outside(place: Place, first: int) -> int:
    """The end of the lines up to the next model, block, recipe, use or let."""
    end = place.statement_end(first)
    while place.tokens.kinds[end] == place.newline and place.tokens.kinds[end + 1] != place.end:
        word = place.word_at(end + 1)
        if word in (*_ITEMS, "let", "}") or (place.is_named(end + 2, "NAME", "STRING") and _slip(word)):
            break
        end = place.statement_end(end + 1)
    return end
