"""Explainers for our own words and signs in the wrong place."""

from __future__ import annotations

import re

from cnnspec.diagnostics.catalogue import brackets, statements, syntax
from cnnspec.diagnostics.diagnostic import Edit
from cnnspec.syntax.place import Mend, Mistake, Place

_STATEMENTS = ("let", "input", "output", "share", "expect", "if", "repeat")
_BLANK_DIMS = re.compile(r"(?:[0-9][0-9_]*|\?)(?:[ \t]*[xX][ \t]*(?:[0-9][0-9_]*|\?|(?=[xX])))+")
_MIXED_DIMS = re.compile(r"(?:[0-9]+|\?|[A-Za-z_]\w*?)(?:x(?:[0-9]+|\?|[A-Za-z_]\w*?))+(?!\w)")


def slip_of(word: str, keywords: tuple[str, ...]) -> str | None:
    """The keyword that a word is a slip of: another case, or a letter or two wrong."""
    if word in keywords or len(word) < 2:
        return None
    if word.lower() in keywords:
        return word.lower()
    from difflib import get_close_matches

    close = get_close_matches(word.lower(), [keyword for keyword in keywords if len(keyword) > 2], 1, 0.75)
    return close[0] if close else None


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


def dims(place: Place) -> Mistake | None:
    """``28 x 28 x 1``, ``5X5``, ``(5, 5)``, ``5xk``."""
    if place.word() == ",":
        return _tuple_dims(place)
    if place.is_number(place.at - 1) and place.is_named(place.at, "NAME"):
        start = place.tokens.starts[place.at - 1]
        match = _BLANK_DIMS.match(place.text, start)
        if match and match.end() > place.tokens.starts[place.at]:
            corrected = re.sub(r"[ \t]*[xX][ \t]*", "x", match[0])
            return Mistake(syntax.malformed_dims(place.source.span(start, match.end()), corrected))
        mixed = _MIXED_DIMS.match(place.text, start)
        if (
            mixed
            and mixed.end() > place.tokens.starts[place.at]
            and place.tokens.ends[place.at - 1] == place.tokens.starts[place.at]
        ):
            corrected = f"[{', '.join(mixed[0].split('x'))}]"
            return Mistake(syntax.malformed_dims(place.source.span(start, mixed.end()), corrected))
    return None


def _tuple_dims(place: Place) -> Mistake | None:
    """A Python tuple: parentheses that hold sizes and belong to no name."""
    if not place.brackets or place.innermost != "(":
        return None
    opener = place.brackets[-1].token
    if place.is_name(opener - 1):
        return None
    closer = place.matching(opener)
    if closer is None or closer - opener > 40:
        return None
    parts = [place.word_at(index) for index in range(opener + 1, closer) if place.word_at(index) != ","]
    if "->" in parts or not parts:
        return None
    plain = all(place.is_named(index, "INT", "QMARK", "COMMA") for index in range(opener + 1, closer))
    if plain and len(parts) > 1:
        corrected = "x".join(parts)
    else:
        inside = place.text[place.tokens.ends[opener] : place.tokens.starts[closer]].strip().rstrip(",").strip()
        corrected = f"[{inside}]"
    span = place.span_of(opener, closer + 1)
    readable = plain and len(parts) > 1 and "#" not in span.text
    mend = Mend(insert=(place.symbols["DIMS"],), fold=closer) if readable else None
    return Mistake(syntax.malformed_dims(span, corrected), mend, structural=readable)


def equals(place: Place) -> Mistake | None:
    """``expect params = 5``, ``if strides = 1 {``."""
    if place.word() != "=" or place.word_at(place.first) not in ("expect", "if", "else"):
        return None
    return Mistake(syntax.single_equals(place.span()), Mend(insert=(place.symbols["COMPARISON"],), skip=1))


def comparison(place: Place) -> Mistake | None:
    """``1 < n < 5``."""
    if not place.is_named(place.at, "COMPARISON"):
        return None
    depth = 0
    for index in range(place.at - 1, place.first, -1):
        depth += (place.tokens.kinds[index] in place.parser.closers) - (place.tokens.kinds[index] in place.parser.openers)
        if depth < 0 or (depth == 0 and place.word_at(index) in ("and", "or", "not", ",")):
            return None
        if depth == 0 and place.is_named(index, "COMPARISON"):
            if index + 1 == place.at:
                return None
            middle = place.span_of(index + 1, place.at).text
            start = place.tokens.starts[place.at]
            fix = (place.insertion(start, f"and {middle} "),) if "\n" not in middle else ()
            return Mistake(syntax.chained_comparison(place.span(), middle, fix))
    return None


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


def arrow(place: Place) -> Mistake | None:
    """``->`` or ``::`` at the start or the end of a line."""
    tables = place.parser.tables
    signs = (tables.arrow, tables.double_colon)
    at = place.at
    if place.kind() in signs and at == place.first:
        if place.begins_line(at) and at > 1 and place.kind(-2) not in (place.symbols["LBRACE"], place.symbols["VBAR"]):
            gap = place.source.span(place.tokens.ends[at - 2], place.tokens.starts[at])
            fix = (Edit(gap, " "),) if not gap.text.strip() else ()
            mend = Mend(skip=1) if place.kind() == tables.arrow else None
            return Mistake(statements.dangling_arrow(place.span(), True, fix), mend)
        behind = place.tokens.starts[at + 1] if place.kind(1) != place.newline else place.tokens.ends[at]
        return Mistake(
            statements.dangling_arrow(place.span(), True, (Edit(place.source.span(place.tokens.starts[at], behind), ""),)),
            Mend(skip=1),
        )
    if place.kind(-1) not in signs:
        return None
    sign = place.span(-1)
    if place.kind() == place.newline and place.kind(1) == place.symbols["NAME"]:
        gap = place.source.span(sign.end, place.tokens.starts[at + 1])
        fix = (Edit(gap, " "),) if not gap.text.strip() else ()
        return Mistake(statements.dangling_arrow(sign, False, fix), Mend(skip=1))
    if place.kind() in (place.newline, place.end, place.symbols["RBRACE"], place.symbols["VBAR"]):
        start = place.tokens.ends[at - 2]
        return Mistake(statements.dangling_arrow(sign, False, (Edit(place.source.span(start, sign.end), ""),)))
    return None


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
    """A ``|`` outside of a merge, and a merge whose first branch has none."""
    if place.word() == "|" and not place.innermost.strip("{"):
        return Mistake(brackets.branch_outside_merge(place.span()))
    at = place.at
    if place.begins_line(at) and at > 1:
        at -= 1
    if place.word_at(at - 1) == "{" and place.fits(place.symbols["VBAR"], place.kind() or 0):
        return Mistake(brackets.branch_outside_merge(place.span()), Mend(insert=(place.symbols["VBAR"],)))
    return None


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


def arguments(place: Place) -> Mistake | None:
    """``Conv2D 6 5x5``: what follows a layer's name are its arguments."""
    at = place.at
    name = place.word(-1)
    if place.innermost or place.level == "file" or not place.is_named(at - 1, "NAME") or not name[:1].isupper():
        return None
    lower = place.is_named(at, "NAME") and not place.word()[:1].isupper() and place.word(1) not in ("->", "::", "(")
    begins = place.is_number(at) or place.is_named(at, "STRING", "TRUE", "FALSE", "NONE") or lower or (place.word() == "[")
    if not begins:
        return None
    stops = (place.parser.tables.arrow, place.parser.tables.double_colon, place.newline, place.end)
    end, depth = at, 0
    while place.kind_at(end) not in stops and (depth or place.word_at(end) not in ("}", "|", "{")):
        depth += (place.kind_at(end) in place.parser.openers) - (place.kind_at(end) in place.parser.closers)
        end += 1
    corrected = f"{name}({_join_arguments(place, at, end)})"
    edit = Edit(place.source.span(place.tokens.ends[at - 1], place.tokens.ends[end - 1]), corrected[len(name) :])
    return Mistake(brackets.missing_parentheses(place.span_of(at, end), name, (edit,), corrected))


def _join_arguments(place: Place, first: int, behind: int) -> str:
    """The arguments with commas where a value follows a value."""
    text, depth = place.word_at(first), 0
    for index in range(first + 1, behind):
        word, previous = place.word_at(index), place.word_at(index - 1)
        depth += (place.kind_at(index - 1) in place.parser.openers) - (place.kind_at(index - 1) in place.parser.closers)
        joined = re.fullmatch(r"[\w.?\"]+.*|[)\]]", previous) and re.fullmatch(r'[\w?"\[].*', word, re.DOTALL)
        called = word in ("(", ".") or previous == "."
        if joined and not called and depth == 0:
            text += ", " + word
        elif previous == ",":
            text += " " + word
        else:
            text += word
    return text.rstrip(",")


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
    """``MaxPool2D,``: the layers of a Python list stand with commas between."""
    if place.word() != "," or place.innermost or place.level == "file" or place.word_at(place.first) in ("input", "output"):
        return None
    if place.kind(1) not in (place.newline, place.end) and place.word(1) != "}":
        return None
    return Mistake(statements.semicolon(place.span(), place.span(), ""), Mend(skip=1))


def comma(place: Place) -> Mistake | None:
    """Two values in a call or list without a comma between them."""
    kind = place.kind()
    if not place.innermost or kind is None or not place.fits(place.symbols["COMMA"], kind):
        return None
    if place.word() in (")", "]", "}") or place.tokens.ends[place.at - 1] == place.tokens.starts[place.at]:
        return None
    return Mistake(
        brackets.missing_comma(place.span(), place.span_of(place.previous, place.previous + 1)),
        Mend(insert=(place.symbols["COMMA"],)),
    )


def value(place: Place) -> Mistake | None:
    """``filters=`` and nothing behind it."""
    sign = place.previous
    if place.word_at(sign) != "=" or sign < 1:
        return None
    if place.kind() in (place.newline, place.end) or place.word() in (",", ")", "]", "}", "|"):
        return Mistake(syntax.missing_value(place.span_of(sign, sign + 1), place.word_at(sign - 1)))
    return None
