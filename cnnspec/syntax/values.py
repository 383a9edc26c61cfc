"""Explainers for what stands in parentheses and behind `=`: arguments, sizes, numbers, conditions."""

from __future__ import annotations

import re

from cnnspec.diagnostics.catalogue import brackets, foreign, syntax
from cnnspec.diagnostics.diagnostic import Edit
from cnnspec.syntax.place import Mend, Mistake, Place

_BLANK_DIMS = re.compile(r"(?:[0-9][0-9_]*|\?)(?:[ \t]*[xX][ \t]*(?:[0-9][0-9_]*|\?|(?=[xX])))+")
_MIXED_DIMS = re.compile(r"(?:[0-9]+|\?|[A-Za-z_]\w*?)(?:x(?:[0-9]+|\?|[A-Za-z_]\w*?))+(?!\w)")


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
    first, behind = at, end
    if place.word() == "[" and place.matching(at) == end - 1 and place.tokens.ends[at - 1] == place.tokens.starts[at]:
        first, behind = at + 1, end - 1  # Conv2D[6, 5x5]
    elif place.word_at(end - 1) == ")" and _closes_nothing(place, at, end):
        behind = end - 1  # Conv2D 6, 5x5)
    corrected = f"{name}({_join_arguments(place, first, behind)})"
    edit = Edit(place.source.span(place.tokens.ends[at - 1], place.tokens.ends[end - 1]), corrected[len(name) :])
    return Mistake(brackets.missing_parentheses(place.span_of(at, end), name, (edit,), corrected))


def _closes_nothing(place: Place, first: int, behind: int) -> bool:
    """Whether more is closed than opened in a run of tokens."""
    kinds = place.tokens.kinds[first:behind]
    return sum(kind in place.parser.closers for kind in kinds) > sum(kind in place.parser.openers for kind in kinds)


def braces_for_parentheses(place: Place) -> Mistake | None:
    """``Conv2D{6, 5x5}``."""
    opener = place.at - 1
    name = place.word(-2)
    if place.word(-1) != "{" or not place.is_named(opener - 1, "NAME") or not name[:1].isupper() or not place.is_number(place.at):
        return None
    closer = place.matching(opener)
    if closer is None or place.word_at(place.first) in ("model", "block", "train"):
        return None
    corrected = f"{name}({_join_arguments(place, place.at, closer)})"
    span = place.span_of(opener, closer + 1)
    edit = Edit(place.source.span(place.tokens.ends[opener - 1], span.end), corrected[len(name) :])
    return Mistake(brackets.missing_parentheses(span, name, (edit,), corrected), skip_to=closer + 1, covers=True)


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


def superfluous_comma(place: Place) -> Mistake | None:
    """``Conv2D(6,, 5x5)``, ``Conv2D(, 6)``."""
    if place.word() != "," or place.innermost not in ("(", "[") or place.word_at(place.previous) not in (",", "(", "["):
        return None
    fix = (Edit(place.span(), ""),)
    return Mistake(syntax.superfluous_text(place.span(), fix, "no value stands before it"), Mend(skip=1))


def colon(place: Place) -> Mistake | None:
    """``Conv2D(6, activation: relu)``, ``block ConvBN(filters: int)``."""
    equal = place.symbols["EQUAL"]
    if place.word() != ":" or place.innermost != "(" or not place.is_name(place.at - 1) or not place.fits(equal):
        return None
    if place.word_at(place.first) not in ("model", "block"):
        return Mistake(foreign.foreign_operator(place.span(), "="), Mend(insert=(equal,), skip=1))
    if not place.is_name(place.at + 1):
        return None
    fix = (Edit(place.source.span(place.tokens.ends[place.at - 1], place.tokens.ends[place.at + 1]), ""),)
    span = place.span_of(place.at, place.at + 2)
    return Mistake(syntax.superfluous_text(span, fix, "a parameter has no type"), Mend(skip=2))


def times(place: Place) -> Mistake | None:
    """``Dense(20) x 3``."""
    star = place.symbols["STAR"]
    if place.word() not in ("x", "X") or not place.is_named(place.at + 1, "INT") or not place.fits(star):
        return None
    if place.innermost or place.is_number(place.at - 1):
        return None
    return Mistake(foreign.foreign_operator(place.span(), "*"), Mend(insert=(star,), skip=1))


# --- numbers and units ----------------------------------------------------------------------------------------------

_UNITS = {
    **{unit.lower(): unit for unit in ("B", "KB", "MB", "GB", "TB", "KiB", "MiB", "GiB", "TiB")},
    **{f"{long}byte": unit for long, unit in {"kilo": "KB", "mega": "MB", "giga": "GB", "tera": "TB"}.items()},
    **{f"{long}bibyte": unit for long, unit in {"ki": "KiB", "me": "MiB", "gi": "GiB", "te": "TiB"}.items()},
    **dict(zip("kmgt", ("KB", "MB", "GB", "TB"), strict=True)),
}
_FACTORS = {"k": 1_000, "K": 1_000, "M": 1_000_000, "m": 1_000_000, "G": 1_000_000_000, "B": 1_000_000_000}


def number(place: Place) -> Mistake | None:
    """``2 gb``, ``1k``, ``1_``, ``7,850``, ``1%``."""
    at = place.at
    if place.word(-1) == "%" and place.is_named(at - 2, "INT", "FLOAT") and place.kind() in (place.newline, place.end):
        percent = place.span_of(at - 2, at)
        return Mistake(syntax.malformed_number(percent, ": a share is written as a part of 1", _share(place.word(-2))))
    if not place.is_named(at - 1, "INT", "FLOAT"):
        return None
    glued = place.tokens.ends[at - 1] == place.tokens.starts[at]
    if place.word() == "," and not place.innermost and glued:
        return _grouped(place)
    if not place.is_named(at, "NAME"):
        return None
    if place.word_at(place.first) == "expect" and "memory" in map(place.word_at, range(place.first, at)):
        return Mistake(syntax.unknown_unit(place.span(), _UNITS.get(place.word().lower().rstrip("s"), "")))
    return _glued(place) if glued else None


def _share(text: str) -> str:
    """A percentage as a part of 1."""
    return f"{float(text.replace('_', '')) / 100:.10g}"


def _grouped(place: Place) -> Mistake | None:
    """``7,850``: commas between groups of three digits."""
    match = re.match(r"[0-9]{1,3}(?:,[0-9]{3})+(?![0-9_.])", place.text[place.tokens.starts[place.at - 1] :])
    if match is None:
        return None
    span = place.source.span(start := place.tokens.starts[place.at - 1], start + match.end())
    return Mistake(syntax.malformed_number(span, ": digits are grouped by `_`", match[0].replace(",", "_")))


def _glued(place: Place) -> Mistake:
    """Letters behind digits."""
    digits, letters = place.word(-1), place.word()
    span = place.span_of(place.at - 1, place.at + 1)
    if not letters.strip("_"):
        return Mistake(syntax.malformed_number(span, "", digits))
    factor = _FACTORS.get(letters)
    whole = factor is not None and place.is_named(place.at - 1, "INT")
    corrected = f"{int(digits.replace('_', '')) * (factor or 1):_}" if whole else ""
    return Mistake(syntax.malformed_number(span, "", corrected))


def value(place: Place) -> Mistake | None:
    """``filters=`` and nothing behind it."""
    sign = place.previous
    if place.word_at(sign) != "=" or sign < 1:
        return None
    if place.kind() in (place.newline, place.end) or place.word() in (",", ")", "]", "}", "|"):
        return Mistake(syntax.missing_value(place.span_of(sign, sign + 1), place.word_at(sign - 1)))
    return None
