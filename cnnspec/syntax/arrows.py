"""Explainers for ``->``, ``::`` and what is put in their place."""

from __future__ import annotations

from cnnspec.diagnostics.catalogue import foreign, statements, syntax
from cnnspec.diagnostics.diagnostic import Edit
from cnnspec.syntax.place import Mend, Mistake, Place


def misplaced(place: Place) -> Mistake | None:
    """``input 28x28x1 -> ReLU``, ``ReLU :: 8x8x3 -> ReLU``, ``ReLU -> -> ReLU``, ``input -> ReLU``."""
    tables = place.parser.tables
    if place.kind() != tables.arrow or place.begins_line(place.at):
        return None
    first = place.first
    if place.kind(-1) == tables.arrow:
        fix = (Edit(place.source.span(place.tokens.ends[place.at - 1], place.tokens.ends[place.at]), ""),)
        reason = "two `->` stand side by side, with no layer between them"
        return Mistake(statements.misplaced_arrow(place.span(), reason, "take one of them away", fix), Mend(skip=1))
    if place.word_at(first) == "input":
        return _behind_input(place, first)
    if not place.innermost and tables.double_colon in place.tokens.kinds[first : place.at]:
        return _next_line(place, "a claim ends its flow, and what follows takes the value that it claims")
    return None


def _behind_input(place: Place, first: int) -> Mistake:
    """A flow that begins with the keyword, or with the input's shape."""
    if place.at > first + 1:
        return _next_line(place, "an input is a statement of its own, and what follows takes its value")
    reason = "`input` states a shape; it does not stand for the value"
    if place.begins_line(first) and place.word_at(_line_before(place, first)) == "input":
        fix = (Edit(place.source.span(place.tokens.starts[first], place.tokens.starts[place.at + 1]), ""),)
        return Mistake(statements.misplaced_arrow(place.span_of(first, place.at), reason, "leave it out", fix))
    advice = "give the input a name: `input image: 28x28x1`, then `image -> …`"
    return Mistake(statements.misplaced_arrow(place.span_of(first, place.at), reason, advice, ()))


def _next_line(place: Place, reason: str) -> Mistake:
    """A new line in place of the arrow."""
    advice = "begin a new line instead"
    if place.kind(1) == place.newline:
        return Mistake(statements.misplaced_arrow(place.span(), reason, advice, ()))
    gap = place.source.span(place.tokens.ends[place.at - 1], place.tokens.starts[place.at + 1])
    fix = (Edit(gap, "\n" + place.line_indent(place.first)),)
    mend = Mend(insert=(place.newline,), skip=1) if place.fits(place.newline) else None
    return Mistake(statements.misplaced_arrow(place.span(), reason, advice, fix), mend)


def _line_before(place: Place, index: int) -> int:
    """The first token of the line before that of a token."""
    at = index - 1
    while at > 0 and place.tokens.kinds[at - 1] != place.newline:
        at -= 1
    return max(at, 0)


# --- at the start or the end of a line ------------------------------------------------------------------------------


def dangling(place: Place) -> Mistake | None:
    """``->`` or ``::`` at the start or the end of a line."""
    tables = place.parser.tables
    signs = (tables.arrow, tables.double_colon)
    if place.kind() in signs and place.at == place.first:
        return _at_start(place)
    if place.kind(-1) not in signs:
        return None
    sign, at = place.span(-1), place.at
    joins = place.kind(1) == place.symbols["NAME"] if place.kind(-1) == tables.arrow else place.is_number(at + 1)
    if place.kind() == place.newline and joins:
        gap = place.source.span(sign.end, place.tokens.starts[at + 1])
        fix = (Edit(gap, " "),) if not gap.text.strip() else ()
        return Mistake(statements.dangling_arrow(sign, False, fix), Mend(skip=1))
    if place.kind() in (place.newline, place.end, place.symbols["RBRACE"], place.symbols["VBAR"]):
        start = place.tokens.ends[at - 2]
        return Mistake(statements.dangling_arrow(sign, False, (Edit(place.source.span(start, sign.end), ""),)))
    return None


def _at_start(place: Place) -> Mistake:
    """An arrow that goes on from the line before, or from nothing."""
    at, symbols = place.at, place.symbols
    behind = place.tokens.starts[at + 1] if place.kind(1) != place.newline else place.tokens.ends[at]
    removal = (Edit(place.source.span(place.tokens.starts[at], behind), ""),)
    goes_on = place.begins_line(at) and at > 1 and place.kind(-2) not in (symbols["LBRACE"], symbols["VBAR"])
    mend = Mend(skip=1) if place.kind() == place.parser.tables.arrow else None
    if not goes_on:
        return Mistake(statements.dangling_arrow(place.span(), True, removal), Mend(skip=1))
    before = _line_before(place, at)
    if place.kind_at(before) == place.parser.tables.arrow:
        return Mistake(None, mend)  # reported with the first of these lines
    is_flow = place.is_named(before, "NAME", "LSQB", "RBRACE")
    fix = removal if not is_flow else _joined(place, at)
    rest = () if is_flow else _joined_rest(place, at)
    return Mistake(statements.dangling_arrow(place.span(), True, (*fix, *rest)), mend)


def _joined(place: Place, at: int) -> tuple[Edit, ...]:
    """The line and those below that begin with an arrow too, put behind the line before; nothing where comments stand."""
    gap = place.source.span(place.tokens.ends[at - 2], place.tokens.starts[at])
    return () if gap.text.strip() else (Edit(gap, " "), *_joined_rest(place, at))


def _joined_rest(place: Place, at: int) -> tuple[Edit, ...]:
    """The lines below that begin with an arrow too, put behind this one."""
    end = place.statement_end(at)
    return _joined(place, end + 1) if place.kind_at(end + 1) == place.parser.tables.arrow else ()


# --- what is put in their place -------------------------------------------------------------------------------------


def bar(place: Place) -> Mistake | None:
    """``Conv2D(8, 3x3) | ReLU``, as in a shell."""
    tables = place.parser.tables
    if place.word() != "|" or place.innermost or place.begins_line(place.at) or place.at == place.first:
        return None
    if not place.is_named(place.at + 1, "NAME") or not place.word(1)[:1].isupper() or not place.fits(tables.arrow):
        return None
    return Mistake(foreign.foreign_operator(place.span(), "->"), Mend(insert=(tables.arrow,), skip=1))


def number_as_layer(place: Place) -> Mistake | None:
    """``Flatten -> 10``."""
    if place.kind(-1) != place.parser.tables.arrow or not place.is_named(place.at, "INT", "FLOAT", "DIMS", "STRING"):
        return None
    note = "behind `->` stands a layer, a block or a shared one, such as `Dense(10)`"
    return Mistake(syntax.unexpected_text(place.span(), f"`{place.word()[:40]}`", note=note))


def name_behind(place: Place) -> Mistake | None:
    """``Conv2D(8, 3x3) = x``."""
    first, at = place.first, place.at
    if place.word() != "=" or place.level != "body" or place.innermost or place.at < first + 2:
        return None
    ends = place.kind(2) in (place.newline, place.end)
    if not place.is_name(at + 1) or not ends or place.word_at(first + 1) == "=":
        return None
    name, flow = place.word(1), place.span_of(first, at)
    if "\n" in flow.text:
        return None
    fix = (
        place.insertion(flow.start, f"{name} = "),
        Edit(place.source.span(flow.end, place.tokens.ends[at + 1]), ""),
    )
    return Mistake(statements.misplaced_name(place.span(1), name, f"{name} = {flow.text}", fix))
