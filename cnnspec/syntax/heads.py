"""Explainers for heads: the keyword that begins a statement, the name behind it, the brace at its end."""

from __future__ import annotations

import re

from cnnspec.diagnostics.catalogue import brackets, statements, syntax
from cnnspec.diagnostics.catalogue.arguments import unquoted_path
from cnnspec.diagnostics.diagnostic import Edit
from cnnspec.syntax.place import Mend, Mistake, Place

_ITEMS = ("model", "block", "train", "use")
_HEADS = ("model", "block", "train", "if", "else", "repeat")
_KEYWORDS = (*_HEADS, "use", "let", "input", "output", "share", "expect", "as", "and", "or", "not")

#: Keywords with which a name begins, and a name that could be one.
_NAMED = {"model": "LeNet", "block": "ConvBN", "train": "LeNet", "let": "width", "share": "encoder", "as": "lecture"}

#: What follows a keyword, and how that looks.
_OPERANDS = {
    "input": ("a shape", "input 28x28x1"),
    "output": ("names of values", "output classes, boxes"),
    "expect": ("a claim", "expect params == 44_426"),
    "repeat": ("a count", "repeat 3 { … }"),
    "if": ("a condition", "if strides != 1 { … }"),
    "use": ("a path in quotes", 'use "std/resnet.cnn"'),
}


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


# --- braces ---------------------------------------------------------------------------------------------------------


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
    colon = place.source.span(place.tokens.ends[place.at - 1], place.tokens.ends[place.at])
    fix = (Edit(colon, " {"), *_closer(place))
    return Mistake(brackets.missing_brace(place.span(), _head(place), fix), skip_to=place.suite_end(place.at))


def _closer(place: Place) -> tuple[Edit, ...]:
    """A ``}`` behind what is indented below the line, where none stands there already."""
    if place.is_closed_behind(place.at) and not place.parser.brackets:
        return ()
    end = place.suite_end(place.first)
    behind = place.behind_comment(place.tokens.ends[end - 1])
    return (place.insertion(behind, f"\n{place.line_indent(place.first)}}}"),)


def parentheses_for_braces(place: Place) -> Mistake | None:
    """``model Net (`` and statements, as if they were arguments."""
    opener = place.first + 2
    if place.word_at(place.first) not in ("model", "block", "train") or place.word_at(opener) != "(":
        return None
    closer = place.matching(opener)
    begins = place.kind_at(opener + 1) == place.newline
    if closer is None or not begins or place.word_at(closer + 1) == "{" or not place.begins_line(closer):
        return None
    fix = (Edit(place.span_of(opener, opener + 1), "{"), Edit(place.span_of(closer, closer + 1), "}"))
    return Mistake(brackets.missing_brace(place.span_of(opener, opener + 1), _head(place), fix), skip_to=closer + 1)


def missing_brace(place: Place) -> Mistake | None:
    """A head that ends with its line, or is followed by a layer."""
    if not place.fits(place.symbols["LBRACE"]) or place.word_at(place.first) not in _HEADS:
        return None
    if place.kind() in (place.newline, place.end):
        end = place.tokens.ends[place.at - 1]
        fix = (place.insertion(end, " {"), *_closer(place))
        mend = Mend(insert=(place.symbols["LBRACE"],))
        return Mistake(brackets.missing_brace(place.source.span(end, end), _head(place), fix), mend)
    if place.word_at(place.first) in ("if", "else", "repeat") and _begins_layer(place):
        behind = place.statement_end(place.at)
        while place.word_at(behind - 1) == "}" and place.is_closed_behind(behind - 1):
            behind -= 1  # that brace closes what is around
        fix = (
            place.insertion(place.tokens.starts[place.at], "{ "),
            place.insertion(place.tokens.ends[behind - 1], " }"),
        )
        return Mistake(brackets.missing_brace(place.span(), _head(place), fix))
    return None


def _begins_layer(place: Place) -> bool:
    """Whether the current token is the name of a layer or begins a list of values."""
    return place.word() == "[" or (place.is_named(place.at, "NAME") and place.word()[:1].isupper())


def _head(place: Place) -> str:
    """The statement's keyword and the name behind it."""
    word = place.word_at(place.first)
    return f"{word} {place.word_at(place.first + 1)}" if word in _ITEMS else word


# --- names and what follows a keyword -------------------------------------------------------------------------------


def missing_name(place: Place) -> Mistake | None:
    """``model {``, ``let = 5``, ``share Dense(8)``."""
    if place.word_at(place.first) == "share" and place.at == place.first + 2 and place.word() != "=":
        return Mistake(statements.missing_name(place.span(-1), "share", "encoder"))
    keyword = place.word(-1)
    if keyword not in _NAMED or not place.is_named(place.at - 1, *(word.upper() for word in _NAMED)):
        return None
    if place.is_name(place.at):
        return None
    if place.word() == ":" and place.kind(1) == place.newline:  # YAML
        span = place.span_of(place.first, place.at + 1)
        return Mistake(statements.statement_outside_model(span, (), language="YAML"), skip_to=place.suite_end(place.first))
    return Mistake(statements.missing_name(place.span(), keyword, _NAMED[keyword]))


def malformed_name(place: Place) -> Mistake | None:
    """``model LeNet-5 {``, ``model Le Net {``, ``model "LeNet" {``, ``batch-size = 64``."""
    first = place.first
    if place.word_at(first) in ("model", "block", "train") and place.at in (first + 1, first + 2):
        start, stop = first + 1, place.at
        while place.word_at(stop) not in ("{", "(", "=", ":", "as", "") and place.kind_at(stop) != place.newline:
            stop += 1
    elif place.level == "recipe" and place.word() == "-" and place.at == first + 1 and place.word_at(first + 3) == "=":
        start, stop = first, first + 3
    else:
        return None
    if stop <= place.at:
        return None
    span = place.span_of(start, stop)
    corrected = re.sub(r"[^A-Za-z0-9]+", "_", span.text).strip("_")
    if not re.fullmatch(r'"?[\w .-]+"?', span.text) or not corrected.isidentifier():
        return None
    return Mistake(statements.malformed_name(span, corrected))


def keyword_as_name(place: Place) -> Mistake | None:
    """``output = Dense(10)``, ``input = 28x28x1``."""
    first = place.first
    if place.word() != "=" or place.at != first + 1 or place.word_at(first) not in _KEYWORDS:
        return None
    if place.word_at(first) == "input" and place.is_number(first + 2):
        gap = place.source.span(place.tokens.ends[first], place.tokens.starts[first + 2])
        return Mistake(syntax.superfluous_text(place.span(), (Edit(gap, " "),)), Mend(skip=1))
    suggestion = {"output": "out", "input": "image", "model": "net", "block": "stage"}.get(place.word_at(first), "x")
    return Mistake(statements.keyword_as_name(place.span_of(first, first + 1), suggestion))


def missing_operand(place: Place) -> Mistake | None:
    """``expect``, ``repeat {``, ``let width`` and nothing more."""
    first, keyword = place.first, place.word_at(place.first)
    if place.kind() not in (place.newline, place.end) and place.word() not in ("{", "}"):
        return None
    if keyword == "let" and place.at == first + 2:
        example = f"let {place.word_at(first + 1)} = 64"
        return Mistake(syntax.missing_operand(place.span(-1), example.rpartition(" = ")[0], "a value", example))
    if place.at != first + 1 or keyword not in _OPERANDS:
        return None
    what, example = _OPERANDS[keyword]
    return Mistake(syntax.missing_operand(place.span(-1), keyword, what, example))


def superfluous(place: Place) -> Mistake | None:
    """``repeat 3 times {``, ``if deep then {``, ``model Net = {``, ``expect: params == 5``."""
    first = place.first
    before_brace = place.word(1) == "{" and place.word_at(first) in _HEADS and place.fits(place.symbols["LBRACE"])
    behind_keyword = (
        place.word() == ":" and place.at == first + 1 and place.word_at(first) in ("input", "output", "expect", "let")
    )
    if not (before_brace and (place.is_named(place.at, "NAME") or place.word() == "=")) and not behind_keyword:
        return None
    start = place.tokens.ends[place.at - 1]
    fix = (Edit(place.source.span(start, place.tokens.ends[place.at]), ""),)
    return Mistake(syntax.superfluous_text(place.span(), fix), Mend(skip=1))
