"""Explainers for brackets and braces that are too few or too many, and for what stands outside of all."""

from __future__ import annotations

import re
from bisect import bisect_left
from typing import TYPE_CHECKING, cast

from cnnspec.diagnostics.catalogue import brackets, statements
from cnnspec.diagnostics.diagnostic import Edit
from cnnspec.syntax import tree
from cnnspec.syntax.place import Mend, Mistake, Place
from cnnspec.syntax.recovery import begins_statement

if TYPE_CHECKING:
    from cnnspec.syntax.parser import Bracket

_CLOSERS = {"(": ")", "[": "]", "{": "}"}
_ITEMS = ("model", "block", "train", "use")


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
    if not at_end and (nested := _nested_item(place, suspect)):
        return nested
    opener = place.span_of(suspect.token, suspect.token + 1)
    previous = place.tokens.ends[place.at - 2 if place.kind(-1) == place.newline and place.at > 1 else place.at - 1]
    braces = "".join(f"\n{place.line_indent(bracket.token)}}}" for bracket in reversed(opened))
    span = place.span()
    closers = tuple(place.symbols["RBRACE"] for _ in opened)
    mend = Mend(insert=closers if at_end else (*closers, place.newline))
    behind = place.behind_comment(previous)
    diagnostic = brackets.unclosed_bracket(span, opener, "}", (place.insertion(behind, braces),))
    # A brace that was put in for a head without one needs no partner in the text.
    return Mistake(diagnostic if opener.text == "{" else None, mend, structural=True)


def _nested_item(place: Place, around: Bracket) -> Mistake | None:
    """A model, block, recipe or use that stands in a model, as its indentation says."""
    at = place.at
    if len(place.line_indent(at)) <= len(place.line_indent(around.token)):
        return None
    stop = place.statement_end(at)
    if not place.is_closed_behind(stop):
        return None
    start = place.tokens.starts[
        bisect_left(place.tokens.starts, place.text.rfind("\n", 0, place.tokens.starts[around.token]) + 1)
    ]
    item = place.source.span(place.text.rfind("\n", 0, place.tokens.starts[at]) + 1, place.tokens.starts[stop] + 1)
    fix = (Edit(item, ""), place.insertion(start, item.text))
    span = place.span_of(at, at + 2)
    return Mistake(statements.nested_definition(span, place.word(), fix), structural=True, skip_to=stop, covers=True)


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
    if _may_be_further_in(place, tokens[-1], last):
        return Mistake(brackets.unclosed_bracket(span, opener, _CLOSERS[opener.text], ()))
    diagnostic = brackets.unclosed_bracket(span, opener, _CLOSERS[opener.text], (place.insertion(end, closers),))
    kinds = tuple(place.parser.tables.scanner_kind(closer) for closer in closers)
    if index == place.at and place.fits(*kinds):
        behind = (place.newline,) if place.begins_line(index) and place.fits(*kinds, place.newline) else ()
        return Mistake(diagnostic, Mend(insert=(*kinds, *behind)))
    return Mistake(diagnostic)


def _may_be_further_in(place: Place, opener: int, last: int) -> bool:
    """Whether a call with several arguments ends here: what is missing may be its own parenthesis, before one of them."""
    if place.word_at(last) != ")":
        return False
    inner = next((at for at in range(last, opener, -1) if place.matching(at) == last and place.word_at(at) == "("), None)
    return inner is not None and any(place.word_at(at) == "," for at in range(inner, last))


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
    closer = _unmatched_behind(place, first)
    if closer is not None and first > 1 and place.word_at(first - 2) == "}":
        early = place.span_of(first - 2, first - 1)
        line = place.source.span(place.tokens.ends[first - 3], early.end)
        fix = (Edit(line if not line.text.strip(" \t\n}") else early, ""),)
        return Mistake(statements.statement_outside_model(span, fix, closer=early), skip_to=place.line_end(closer))
    language = _language(place, first)
    if language or not _is_statement(place, first):
        return Mistake(statements.statement_outside_model(span, (), language=language), skip_to=last)
    behind = place.behind_comment(place.tokens.ends[last - 1])
    fix = (place.insertion(place.tokens.starts[first], "model Main {\n"), place.insertion(behind, "\n}"))
    return Mistake(statements.statement_outside_model(span, fix), skip_to=last)


def _is_statement(place: Place, first: int) -> bool:
    """Whether a line reads like a statement of a model."""
    if not place.is_named(first, "NAME"):
        return place.word_at(first) in ("input", "output", "share", "expect", "if", "repeat", "[")
    at = first + 2 if place.word_at(first + 1) == "=" else first
    follows = place.word_at(at + 1) in ("(", "->", "::", "{", "*") or place.kind_at(at + 1) in (place.newline, place.end)
    return place.is_named(at, "NAME") and place.word_at(at)[:1].isupper() and follows


def _language(place: Place, first: int) -> str:
    """What another format a text at the top of a file looks like; nothing if none."""
    line = place.text[place.tokens.starts[first] :].split("\n", 1)[0].strip()
    if line.startswith("{") or line == "[":
        return "JSON"
    if line.startswith("<"):
        return "XML"
    if re.fullmatch(r"\[+[\w.]+\]+", line):
        return "an INI or TOML file"
    if re.fullmatch(r"(layer|layers) *\{", line) or (re.match(r'\w+: *"', line) and re.search(r"(?m)^layers? *\{", place.text)):
        return "a Caffe prototxt"
    return "YAML" if re.match(r"(- +)?[\w-]+:( |$)", line) else ""


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
