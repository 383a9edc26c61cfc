"""Mistakes of syntax: what the text says cannot be read."""

from __future__ import annotations

from cnnspec.diagnostics.catalogue import code
from cnnspec.diagnostics.diagnostic import Applicability, Diagnostic, Edit, Severity
from cnnspec.diagnostics.span import Span

ERROR = Severity.ERROR


def shown(text: str, width: int = 40) -> str:
    """A text of the file as part of a message: one line, and not too long."""
    line = " ".join(text.split())
    return line if len(line) <= width else f"{line[: width - 1]}…"


def moves_only(fix: tuple[Edit, ...]) -> bool:
    """Whether a fix changes nothing but blanks."""
    return bool(fix) and all(edit.text and not edit.text.strip() and not edit.span.text.strip() for edit in fix)


def in_brackets(span: Span) -> bool:
    """Whether a bracket is open that was opened earlier on the line."""
    line = line_before(span)
    return sum(map(line.count, "([")) > sum(map(line.count, ")]"))


def line_before(span: Span, most: int = 1_000) -> str:
    """What stands on the line before a place, of a very long line the end."""
    text, nearest = span.source.text, max(span.start - most, 0)
    return text[max(text.rfind("\n", nearest, span.start) + 1, nearest) : span.start]


def line_behind(span: Span, most: int = 1_000) -> str:
    """What stands on the line behind a place, of a very long line the beginning."""
    text, furthest = span.source.text, span.end + most
    end = text.find("\n", span.end, furthest)
    return text[span.end : furthest if end < 0 else end]


@code("unexpected-text")
def unexpected_text(span: Span, what: str, expected: tuple[str, ...] = (), note: str = "") -> Diagnostic:
    """Text that fits nowhere, where no more special cause is known; ``note`` says what could be meant."""
    notes = (f"possible here: {', '.join(expected)}",) if expected else ()
    return Diagnostic("unexpected-text", ERROR, f"{what} does not fit here", span, notes=(note,) if note else notes)


@code("superfluous-text")
def superfluous_text(span: Span, fix: tuple[Edit, ...], reason: str = "") -> Diagnostic:
    """``repeat 3 times {``, ``model Net = {``, ``expect: …``, ``Conv2D(6,, 5x5)``: without it the text is sound."""
    text = "this line" if "`" in span.text else f"`{shown(span.text)}`"
    message = f"{text} does not belong here" + (f": {reason}" if reason else "")
    return Diagnostic("superfluous-text", ERROR, message, span, help=f"take {text.replace('`', 'the `', 1)} away", fix=fix)


@code("missing-value")
def missing_value(span: Span, name: str) -> Diagnostic:
    """``filters=`` and nothing behind it."""
    return Diagnostic("missing-value", ERROR, f"`{shown(name)}` is given no value", span, here="a value is missing here")


@code("missing-operand")
def missing_operand(span: Span, keyword: str, what: str, example: str) -> Diagnostic:
    """``repeat {``, ``expect`` and nothing behind it."""
    return Diagnostic(
        "missing-operand",
        ERROR,
        f"`{keyword}` is followed by {what}",
        span,
        here=f"{what} is missing here",
        notes=(f"for example `{example}`",),
    )


@code("malformed-number")
def malformed_number(span: Span, reason: str, corrected: str) -> Diagnostic:
    """``7,850``, ``1k``, ``1_``, ``5%``."""
    return Diagnostic(
        "malformed-number",
        ERROR,
        f"`{shown(span.text)}` is no number{reason}",
        span,
        help=f"write `{corrected}`" if corrected else None,
        notes=() if corrected else ("a number is written 7850, 7_850, 0.5 or 1e-3",),
        fix=(Edit(span, corrected),) if corrected else (),
    )


@code("unknown-unit")
def unknown_unit(span: Span, meant: str) -> Diagnostic:
    """``2 gb``."""
    return Diagnostic(
        "unknown-unit",
        ERROR,
        f"`{shown(span.text)}` is no unit of memory",
        span,
        notes=("KB, MB, GB and TB count in 1000, KiB, MiB, GiB and TiB in 1024",),
        help=f"write `{meant}`" if meant else None,
        fix=(Edit(span, meant),) if meant else (),
    )


@code("single-equals")
def single_equals(span: Span) -> Diagnostic:
    """``expect params = 10``."""
    return Diagnostic(
        "single-equals",
        ERROR,
        "`=` gives a name; `==` compares",
        span,
        help="write `==`",
        fix=(Edit(span, "=="),),
        applicability=Applicability.SAFE,
    )


@code("chained-comparison")
def chained_comparison(span: Span, middle: str, fix: tuple[Edit, ...]) -> Diagnostic:
    """``1 < n < 5``."""
    return Diagnostic(
        "chained-comparison",
        ERROR,
        "comparisons do not chain; join two of them with `and`",
        span,
        help=f"write `… and {shown(middle)} {span.text} …`",
        fix=fix,
        applicability=Applicability.SAFE,
    )


@code("malformed-dims")
def malformed_dims(span: Span, corrected: str) -> Diagnostic:
    """``28 x 28 x 1``, ``(5, 5)``, ``28×28``, ``5X5``, ``input 28, 28, 1``."""
    return Diagnostic(
        "malformed-dims",
        ERROR,
        f"sizes are written in one piece with x between, or as a list: `{shown(corrected, 70)}`",
        span,
        help=f"write `{shown(corrected, 70)}`",
        fix=(Edit(span, corrected),),
        applicability=Applicability.safe_if("(" in span.text or "[" not in corrected),  # `5xmax` has two readings
    )


@code("nesting-too-deep")
def nesting_too_deep(span: Span, limit: int) -> Diagnostic:
    """Brackets, braces or operands inside one another."""
    return Diagnostic("nesting-too-deep", ERROR, f"this is nested deeper than {limit} levels", span)


@code("expression-too-long")
def expression_too_long(span: Span, limit: int) -> Diagnostic:
    """A chain of operators."""
    return Diagnostic("expression-too-long", ERROR, f"this expression has more than {limit:,} terms", span)


@code("name-too-long")
def name_too_long(span: Span, length: int, limit: int) -> Diagnostic:
    """A name over the limit."""
    return Diagnostic("name-too-long", ERROR, f"this name has {length:,} characters; {limit:,} are allowed", span)


@code("string-too-long")
def string_too_long(span: Span, length: int, limit: int) -> Diagnostic:
    """A string over the limit."""
    return Diagnostic("string-too-long", ERROR, f"this string has {length:,} characters; {limit:,} are allowed", span)


@code("number-too-large")
def number_too_large(span: Span, text: str) -> Diagnostic:
    """A number that does not fit."""
    shown = text if len(text) <= 24 else f"{text[:20]}… ({len(text):,} characters)"
    return Diagnostic("number-too-large", ERROR, f"{shown} does not fit into 64 bits", span)


@code("too-many-mistakes")
def too_many_mistakes(span: Span, limit: int) -> Diagnostic:
    """The text is probably something else than a spec."""
    return Diagnostic("too-many-mistakes", ERROR, f"after {limit:,} mistakes the rest of the file was not read", span)
