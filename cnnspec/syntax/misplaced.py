"""Explainers for our own words and signs in the wrong place."""

from __future__ import annotations

from cnnspec.diagnostics.catalogue import brackets, statements, syntax
from cnnspec.diagnostics.diagnostic import Edit
from cnnspec.syntax.place import Mend, Mistake, Place

_STATEMENTS = ("let", "input", "output", "share", "expect", "if", "repeat")


def closest_keyword(word: str, keywords: tuple[str, ...]) -> str | None:
    """The keyword that a word is in another case, or with a letter or two wrong."""
    if word.lower() in keywords:
        return word.lower()
    from difflib import get_close_matches

    close = get_close_matches(word.lower(), [keyword for keyword in keywords if len(keyword) > 2], 1, 0.75)
    return close[0] if close else None


#: What other languages call what a keyword stands for.
_OTHER_WORDS = {
    "model": ("network", "net", "cnn", "architecture", "graph"),
    "block": ("module", "function", "macro", "fn", "func", "layer", "component"),
    "train": ("training", "fit", "recipe", "learn", "experiment"),
    "use": ("include", "require", "using"),
    "let": ("const", "var", "val", "set", "define", "param"),
    "expect": ("claim", "ensure", "require", "check"),
}


def slip_of(word: str, keywords: tuple[str, ...]) -> str | None:
    """The keyword that a word is a slip of, or that another language has the word for."""
    if word in keywords or len(word) < 2:
        return None
    for keyword, others in _OTHER_WORDS.items():
        if keyword in keywords and word.lower() in others:
            return keyword
    return closest_keyword(word, keywords)


def keyword_slip(place: Place) -> Mistake | None:
    """``modle LeNet {``, ``Input 28x28x1``, ``expct params == 5``."""
    first = place.first
    if not place.is_named(first, "NAME") or place.at > first + 2:
        return None
    if place.level == "file":
        keyword = slip_of(place.word_at(first), ("model", "block", "train", "use", "let"))
        following = place.is_named(first + 1, "NAME", "STRING")
    else:
        keyword = slip_of(place.word_at(first), _STATEMENTS if place.level == "body" else ("let", "expect"))
        following = place.word_at(first + 1) not in ("(", "=", "->", "::", ".", "{", "*", "\n", "", "}", "|")
    if keyword is None or not following or place.at not in (first, first + 1):
        return None
    return Mistake(
        statements.keyword_typo(place.span_of(first, first + 1), keyword), Mend(restart=place.parser.tables.keywords[keyword])
    )


def count_in_front(place: Place) -> Mistake | None:
    """``3 * Conv2D(8, 3x3)``."""
    at = place.at
    if at != place.first or not place.is_named(at, "INT") or place.word(1) != "*" or not place.is_named(at + 2, "NAME"):
        return None
    end = at + 2
    while place.word_at(end + 1) == "." and place.is_named(end + 2, "NAME"):
        end += 2
    if place.word_at(end + 1) == "(":
        closer = place.matching(end + 1)
        end = closer if closer is not None else end
    layer = place.span_of(at + 2, end + 1)
    fix = (
        Edit(place.source.span(place.tokens.starts[at], layer.start), ""),
        place.insertion(layer.end, f" * {place.word()}"),
    )
    corrected = f"{layer.text} * {place.word()}" if len(layer.text) < 60 and "\n" not in layer.text else f"… * {place.word()}"
    return Mistake(statements.misplaced_repeat(place.span_of(at, at + 2), corrected, fix))


def flow_in_parentheses(place: Place) -> Mistake | None:
    """``(Conv2D(8, 3x3) -> ReLU) * 2``."""
    opener = place.at
    if place.word() != "(":
        if not place.brackets or place.word() not in ("->", "::") or place.innermost != "(":
            return None
        opener = place.brackets[-1].token
        if place.is_named(opener - 1, "NAME") and place.tokens.ends[opener - 1] == place.tokens.starts[opener]:
            return None
    if place.level != "body" or (opener != place.first and place.word_at(opener - 1) not in ("=", "->", "|", "(")):
        return None
    closer = place.matching(opener)
    if closer is None:
        return Mistake(brackets.parenthesised_flow(place.span_of(opener, opener + 1), "", ()))
    inside = place.source.span(place.tokens.ends[opener], place.tokens.starts[closer]).text.strip()
    if "\n" in inside:
        return Mistake(brackets.parenthesised_flow(place.span_of(opener, opener + 1), "", ()))
    if place.word_at(closer + 1) == "*" and place.is_named(closer + 2, "INT", "NAME"):
        count = place.word_at(closer + 2)
        corrected, behind = f"repeat {count} {{ {inside} }}", closer + 3
        if opener != place.first or not (place.kind_at(behind) in (place.newline, place.end) or place.word_at(behind) in "}|"):
            return Mistake(brackets.parenthesised_flow(place.span_of(opener, opener + 1), corrected, ()))
    else:
        corrected, behind = inside, closer + 1
    fix = (Edit(place.span_of(opener, behind), corrected),)
    return Mistake(brackets.parenthesised_flow(place.span_of(opener, opener + 1), corrected, fix))


def otherwise(place: Place) -> Mistake | None:
    """``else`` on its own line, ``elif``, ``else if`` without ``if``."""
    word, at = place.word(), place.at
    if word not in ("else", "elif", "elsif", "elseif"):
        if place.word(-1) not in ("elif", "elsif", "elseif") or at - 1 != place.first:
            return None
        word, at = place.word(-1), at - 1
    elif place.is_named(at, "NAME") and place.word(1) in ("(", "=", ".", "->"):
        return None
    meant = "else" if word == "else" else "else if"
    brace = at - 2 if place.begins_line(at) else at - 1
    span = place.span_of(at, at + 1)
    if not place.is_named(brace, "RBRACE"):
        return Mistake(statements.misplaced_else(span, ()))
    gap = place.source.span(place.tokens.ends[brace], place.tokens.ends[at])
    blank = gap.text.removesuffix(word)
    fix = (Edit(gap, f" {meant}"),) if not blank.strip() else ()
    symbols = place.symbols
    mend = None
    if at == place.at and not place.begins_line(at):
        mend = Mend(insert=(symbols["ELSE"], symbols["IF"]), skip=1)
    return Mistake(statements.misplaced_else(span, fix), mend)


def branch(place: Place) -> Mistake | None:
    """A ``|`` outside of a merge, and a merge whose branches have none."""
    if place.word() == "|" and not place.innermost.strip("{"):
        said = place.parser.diagnostics[-1:]
        if said and said[0].code == "branch-outside-merge" and said[0].span.text == "|":
            return Mistake(None)  # the other branches of the merge that was not opened
        return Mistake(brackets.branch_outside_merge(place.span()))
    at = place.at
    if place.begins_line(at) and at > 1:
        at -= 1
    if place.word_at(at - 1) == "{" and place.fits(place.symbols["VBAR"], place.kind() or 0):
        fix, skip_to = _bars(place, at - 1)
        mend = Mend(insert=(place.symbols["VBAR"],)) if skip_to is None else None
        return Mistake(brackets.branch_outside_merge(place.span(), fix), mend, skip_to=skip_to, covers=skip_to is not None)
    return None


def _bars(place: Place, opener: int) -> tuple[tuple[Edit, ...], int | None]:
    """A ``|`` before each statement in the braces of a merge, and behind what to go on; before the first where some have one."""
    first = (place.insertion(place.tokens.starts[place.at], "| "),)
    closer = place.matching(opener)
    if closer is None:
        return first, None
    fix, depth = list(first), 0
    for index in range(place.at, closer):
        kind = place.kind_at(index)
        depth += (kind in place.parser.openers) - (kind in place.parser.closers)
        if depth == 0 and place.word_at(index) == "|":
            return first, None
        if depth == 0 and place.word_at(index) == ",":
            fix.append(Edit(place.span_of(index, index + 1), " |"))
        elif depth == 0 and kind == place.newline and index + 1 < closer:
            fix.append(place.insertion(place.tokens.starts[index + 1], "| "))
    return tuple(fix), (closer + 1 if len(fix) > 1 else None)


def constant(place: Place) -> Mistake | None:
    """``width = 64`` among layers."""
    first = place.first
    if place.level != "body" or not place.is_named(first, "NAME") or place.word_at(first + 1) != "=" or place.innermost:
        return None
    if place.at == first + 2 and place.is_named(
        place.at, "INT", "FLOAT", "DIMS", "STRING", "TRUE", "FALSE", "NONE", "SIGN", "NOT"
    ):
        return Mistake(statements.constant_needs_let(place.span(), place.span_of(first, first + 1)), Mend(restart=None))
    if place.is_named(place.at, "SIGN", "DIVISION", "POWER", "COMPARISON", "AND", "OR"):
        return Mistake(statements.constant_needs_let(place.span(), place.span_of(first, first + 1)))
    return None


def second_statement(place: Place) -> Mistake | None:
    """A statement behind another on its line."""
    at = place.at
    kind = place.kind()
    if kind is None or not place.fits(place.newline, kind) or place.begins_line(at):
        return None
    if place.is_named(at, "NAME"):
        following = place.word(1)
        alone = following in ("(", "->", "=", "{", "::", "\n", "", "}", "|", ".", "*") or place.word()[:1].isupper()
        if not alone and not (place.is_named(at + 1, "NAME") and following[:1].isupper()):
            return None
    elif place.word() != "[" and kind not in place.parser.tables.keywords.values():
        return None
    margin = place.line_indent(at)
    line = place.text.rfind("\n", 0, place.tokens.starts[at]) + 1
    before = place.text[line : place.tokens.starts[at]]
    margin += "  " * max(0, before.count("{") - before.count("}"))
    gap = place.source.span(place.tokens.ends[at - 1], place.tokens.starts[at])
    return Mistake(
        statements.two_statements_on_one_line(place.span(), (Edit(gap, "\n" + margin),)), Mend(insert=(place.newline,))
    )


def trailing_comma(place: Place) -> Mistake | None:
    """``MaxPool2D,``, ``input 28x28x1,``: the layers of a Python list stand with commas between."""
    if place.innermost or place.level == "file":
        return None
    if place.word_at(place.first) in ("input", "output"):
        if place.word(-1) != "," or place.kind() not in (place.newline, place.end):
            return None
        return Mistake(statements.semicolon(place.span(-1), place.span(-1), ""))
    if place.word() != "," or (place.kind(1) not in (place.newline, place.end) and place.word(1) != "}"):
        return None
    return Mistake(statements.semicolon(place.span(), place.span(), ""), Mend(skip=1))


def braces(place: Place) -> Mistake | None:
    """``{ | path | path }`` behind no layer."""
    if place.word() != "{" or place.at != place.first or place.level != "body":
        return None
    note = "braces stand behind a model, a block, `if`, `repeat`, or a layer that merges: `Add { | … | … }`"
    return Mistake(syntax.unexpected_text(place.span(), "`{`", note=note))
