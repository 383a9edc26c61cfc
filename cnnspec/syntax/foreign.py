"""Explainers for what is right in another language: Python, Keras, Torch, C."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cnnspec.diagnostics.catalogue import foreign, syntax
from cnnspec.diagnostics.diagnostic import Edit
from cnnspec.syntax.place import Mend, Mistake, Place

if TYPE_CHECKING:
    from cnnspec.diagnostics import Span

#: What a word at the start of a statement gives away, and what to write instead.
_PYTHON_STATEMENTS = {
    "import": ("nothing is imported: every layer is known by its name", 'the blocks of another file come with `use "file.cnn"`'),
    "from": ("nothing is imported: every layer is known by its name", 'the blocks of another file come with `use "file.cnn"`'),
    "def": ("a file states layers, not functions", "a reusable piece is `block Name(parameter) { … }`"),
    "class": ("a file states layers, not classes", "a network is `model Name { … }`, a reusable piece `block Name { … }`"),
    "self": ("there is no `self`: a layer is stated where it is applied", "name it with `name = Layer(…)`"),
    "super": ("there is no `super`: a layer is stated where it is applied", "delete this line"),
    "return": ("nothing is returned: a block's result is its last value", "delete this line, or name outputs with `output a, b`"),
    "for": ("there are no loops", "several layers are repeated by `repeat n as i { … }`, one by `Layer * n`"),
    "while": ("there are no loops", "several layers are repeated by `repeat n as i { … }`, one by `Layer * n`"),
    "print": ("nothing is printed by a file", "`cnnspec check` shows every shape; `expect` claims one"),
    "assert": ("a claim begins with `expect`", "write `expect …`, such as `expect params == 44_426`"),
    "pass": ("nothing needs no word: an empty branch or `{ }` passes its input on", "delete this line"),
    "with": ("a file states layers, not Python", "delete this line"),
}
_MODULES = ("nn", "layers", "keras", "tf", "torch", "F")


def python_statement(place: Place) -> Mistake | None:
    """``import torch``, ``def forward(self, x):``, ``model.add(…)``, ``model = Sequential([…])``."""
    first = place.first
    word = place.word_at(first)
    if word == "model" and place.word_at(first + 1) in (".", "="):
        return _model_object(place, first)
    if word not in _PYTHON_STATEMENTS or place.word_at(first + 1) in ("->", "::", ""):
        return None
    if place.word_at(first + 1) == "=" and word != "self":
        return None
    message, advice = _PYTHON_STATEMENTS[word]
    end = place.line_end(first)
    suite = place.suite_end(first) if place.word_at(end - 1) == ":" else end
    if place.word_at(end - 1) == "{" and suite == end and end - 1 >= place.at:
        suite = end - 1  # what stands in the braces is read on its own
    fix = (Edit(place.span_of(first, end), ""),) if word in ("import", "from", "super", "pass") else ()
    if word in ("import", "from"):
        advice = f"delete this line; {advice}"
        while place.word_at(suite + 1) in ("import", "from") and place.kind_at(suite) == place.newline:
            behind = place.line_end(suite + 1)
            fix = (*fix, Edit(place.span_of(suite + 1, behind), ""))
            suite = behind
        advice = advice.replace("this line", "these lines", len(fix) > 1)
    return Mistake(foreign.python_code(place.span_of(first, first + 1), message, advice, fix), skip_to=suite)


def _model_object(place: Place, first: int) -> Mistake:
    """Keras's Sequential, as an object that layers are added to."""
    message = "a model is no object: its layers stand in `model Name { … }`, one a line"
    opener = first + 3
    closer = place.matching(opener) if place.word_at(first + 2) == "add" and place.word_at(opener) == "(" else None
    span = place.span_of(first, first + 1)
    if closer is None or place.level != "body":
        end = max(place.statement_end(first), place.at)
        if any(item.message == message for item in place.parser.diagnostics):
            return Mistake(None, skip_to=end)  # said once, of the whole script
        return Mistake(foreign.python_code(span, message, "state the layers in `model Name { … }`", ()), skip_to=end)
    fix = (
        Edit(place.source.span(span.start, _layer_start(place, opener + 1)), ""),
        Edit(place.span_of(closer, closer + 1), ""),
    )
    return Mistake(foreign.python_code(span, message, "write the layer alone", fix))


def _layer_start(place: Place, index: int) -> int:
    """Where a layer's own name begins behind ``layers.`` and the like."""
    while place.word_at(index) in _MODULES and place.word_at(index + 1) == ".":
        index += 2
    return place.tokens.starts[index]


def comment(place: Place) -> Mistake | None:
    """``// …``, ``/* … */``, ``-- …``, ``% …``, triple quotes."""
    start = _foreign_comment_start(place)
    if start is None:
        return None
    text = place.text
    line_end = text.find("\n", start)
    line_end = len(text) if line_end < 0 else line_end
    mark = next(mark for mark in _COMMENT_MARKS if text.startswith(mark, start))
    closer = text.find(_CLOSED_BY[mark], start + len(mark)) if mark in _CLOSED_BY else -1
    span = place.source.span(start, start + len(mark))
    fix: tuple[Edit, ...] = (Edit(span, "#"),) if mark not in _CLOSED_BY else ()
    behind = line_end
    if closer >= 0:
        behind = closer + len(mark)
        rest = text.find("\n", behind)
        if not text[behind : len(text) if rest < 0 else rest].strip():
            fix = (Edit(place.source.span(start, behind), _as_comment(text[start + len(mark) : closer])),)
    skip_to = place.at
    while place.tokens.starts[skip_to] < behind and place.tokens.kinds[skip_to] != place.end:
        skip_to += 1
    # Behind a whole statement the comment is just left out, and with it its line where it stands alone; in a statement it
    # takes that with it.
    alone = start <= place.tokens.starts[place.first]
    if alone and place.tokens.kinds[skip_to] == place.newline:
        skip_to += 1
    mend = Mend() if alone or place.fits(place.newline) else None
    return Mistake(foreign.foreign_comment(span, fix), mend, skip_to=skip_to)


#: What begins a comment in other languages, and what ends it there before the end of the line.
_COMMENT_MARKS = ("//", "/*", '"""', "--", "%")
_CLOSED_BY = {"/*": "*/", '"""': '"""'}


def _foreign_comment_start(place: Place) -> int | None:
    """Where the comment begins that the current token is the first of, or is in."""
    offset = place.tokens.starts[place.at]
    if place.text.startswith(("//", "/*", '"""'), offset):
        return offset
    if place.at == place.first and place.begins_line(place.at) and place.text.startswith(("--", "%"), offset):
        return offset
    line = place.text.rfind("\n", 0, offset) + 1
    match = re.search(r'(?:^|[ \t])(//|/\*|""")', place.text[line:offset])
    return line + match.start(1) if match else None


def _as_comment(text: str) -> str:
    """Each line behind a ``#``."""
    return "\n".join(f"# {line.strip(' *')}".rstrip() for line in text.strip().splitlines()) or "#"


def operator(place: Place) -> Mistake | None:
    """``||``, ``=>``, ``==>``, ``===``, ``<>``: operators that other languages spell with our characters."""
    tokens, at, symbols = place.tokens, place.at, place.symbols
    start = tokens.starts[at]
    arrow, comparison = place.parser.tables.arrow, symbols["COMPARISON"]
    if place.text.startswith("||", start) and _in_condition(place):
        return _replaced(place, at, at + 2, "or", symbols["OR"])
    if place.text.startswith("=>", start) or place.text.startswith("=>", start - 1):
        first = at if place.text.startswith("=>", start) else at - 1
        if first == at and place.word(-1).endswith("=") and tokens.ends[at - 1] == start:
            first = at - 1
        if _in_condition(place):
            return _replaced(place, at, at + 2, ">=", comparison) if first == at else None
        return _replaced(place, first, at + 2 if first == at else at + 1, "->", arrow)
    if place.word() == "=" and place.word(-1) == "==" and tokens.ends[at - 1] == start:
        span = place.span_of(at - 1, at + 1)
        return Mistake(foreign.foreign_operator(span, "=="), Mend(skip=1))
    if place.word() == ">" and place.word(-1) == "<" and tokens.ends[at - 1] == start:
        return Mistake(foreign.foreign_operator(place.span_of(at - 1, at + 1), "!="))
    if place.text.startswith("==>", start):
        return _replaced(place, at, at + 2, "->", arrow)
    if place.word() == ":" and place.level == "recipe" and place.at == place.first + 1:
        return _replaced(place, place.at, place.at + 1, "=", symbols["EQUAL"])
    if place.word() == ":" and place.word(1) == "=":
        return _replaced(place, at, at + 2, "=", symbols["EQUAL"])
    if (
        place.word() == ":"
        and place.fits(place.parser.tables.double_colon)
        and (place.is_number(at + 1) or place.word(1) in ("[", "("))
    ):
        return _replaced(place, at, at + 1, "::", place.parser.tables.double_colon)
    if (place.word(), place.word(1)) in (("-", ">"), (">", ">")) and place.fits(arrow):
        return _replaced(place, at, at + 2, "->", arrow)
    if place.word() == "-" and place.word(1) == "->":
        return _replaced(place, at, at + 2, "->", arrow)
    return None


def _in_condition(place: Place) -> bool:
    """Whether the statement is one of a condition."""
    return place.word_at(place.first) in ("expect", "if", "let")


def _replaced(place: Place, first: int, behind: int, meant: str, kind: int) -> Mistake:
    """The operator in our spelling, read as that one."""
    mend = Mend(insert=(kind,), skip=behind - first) if first == place.at else None
    return Mistake(foreign.foreign_operator(place.span_of(first, behind), meant), mend)


def arithmetic(place: Place) -> Mistake | None:
    """``x + shortcut``: values are merged by layers."""
    merge = {"+": "Add", "-": "Subtract"}.get(place.word())
    first = place.first
    start = first + 2 if place.word_at(first + 1) == "=" else first
    names = place.is_named(start, "NAME") and place.at == start + 1 and place.is_named(place.at + 1, "NAME")
    if merge is None or not names or place.level != "body" or place.kind(2) not in (place.newline, place.end):
        return None
    corrected = f"[{place.word(-1)}, {place.word(1)}] -> {merge}"
    fix = (Edit(place.span_of(place.at - 1, place.at + 2), corrected),)
    return Mistake(
        foreign.python_code(place.span(), "values are merged by a layer, not by an operator", f"write `{corrected}`", fix)
    )


def functional_call(place: Place) -> Mistake | None:
    """``x = layers.Conv2D(32, 3)(x)``: Keras applies a layer by calling it."""
    if place.word() != "(" or place.word(-1) != ")" or place.innermost or place.level == "recipe":
        return None
    first, closer = place.first, place.matching(place.at)
    message = "a layer is not called on a value: values flow to it by `->`"
    fix: tuple[Edit, ...] = ()
    value = place.source.span(place.tokens.ends[place.at], place.tokens.starts[closer]).text if closer else ""
    if closer is not None and re.fullmatch(r"\w+|\[[\w, ]+\]", value) and place.word_at(first + 1) == "=":
        target = place.word_at(first)
        layer = place.source.span(place.tokens.starts[first], _layer_start(place, first + 2))
        source = "" if target == value else f"{target} = {value} -> "
        fix = (Edit(layer, source), Edit(place.span_of(place.at, closer + 1), ""))
    span: Span = place.span_of(place.at, (closer or place.at) + 1)
    advice = "write the layer alone on its line" if fix and fix[0].text == "" else "write `value -> Layer(…)`"
    if fix and fix[0].text:
        advice = f"write `{fix[0].text}{place.source.span(fix[0].span.end, place.tokens.starts[place.at]).text}`"
        advice = advice if len(advice) < 90 and "\n" not in advice else f"write `{fix[0].text}…`"
    return Mistake(foreign.python_code(span, message, advice, fix))


def expression(place: Place) -> Mistake | None:
    """``64 if deep else 32``, ``[n for n in …]``, ``{"name": "SGD"}``, ``f"…"``, ``width += 1``, ``…``."""
    word, before = place.word(), place.word(-1)
    if word == "if" and place.innermost and place.at > place.first:
        return _python(place, place.span(), "a value has no condition", "decide between statements: `if deep { … } else { … }`")
    if word == "for" and place.innermost:
        return _python(
            place, place.span(), "there are no loops in a list", "write its items out, or repeat layers: `repeat n as i { … }`"
        )
    if word == "{" and (before in ("=", "(", ",", "[", ":")) and place.at > place.first and not place.fits(place.kind() or 0):
        closer = place.matching(place.at)
        advice = "what has arguments is written as a call, `SGD(learning_rate=0.01)`; a list stands in [ ]"
        skip_to = place.at if closer is None else closer + 1
        return _python(place, place.span(), "there are no dictionaries", advice, skip_to=skip_to)
    if (
        place.is_named(place.at, "STRING")
        and before in ("f", "r", "b", "u")
        and place.tokens.ends[place.at - 1] == place.span().start
    ):
        fix = (Edit(place.span(-1), ""),)
        diagnostic = foreign.python_code(place.span(-1), "nothing stands before a string", f"take the `{before}` away", fix)
        return Mistake(diagnostic)
    if word in ("+", "-", "*", "/") and place.word(1) == "=" and place.at == place.first + 1:
        sign = place.span_of(place.at, place.at + 2)
        return _python(place, sign, "a name keeps its value", "give the new value a name of its own: `let wider = width + 32`")
    if word == "?" and place.innermost and place.is_name(place.at - 1):
        return _python(place, place.span(), "a value has no condition", "decide between statements: `if deep { … } else { … }`")
    if place.text.startswith("...", place.tokens.starts[place.at]) and place.at == place.first:
        dots = place.source.span(start := place.tokens.starts[place.at], start + 3)
        return Mistake(syntax.superfluous_text(dots, (Edit(dots, ""),)), Mend(), skip_to=place.line_end(place.at) + 1)
    return None


def _python(place: Place, span: Span, message: str, advice: str, skip_to: int | None = None) -> Mistake:
    """A mistake that only its author can mend."""
    return Mistake(foreign.python_code(span, message, advice, ()), skip_to=skip_to)
