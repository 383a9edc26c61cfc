"""Mistakes of syntax: what the text says cannot be read."""

from __future__ import annotations

from cnnspec.diagnostics.catalogue import code
from cnnspec.diagnostics.diagnostic import Diagnostic, Edit, Severity
from cnnspec.diagnostics.span import Span


@code("unexpected-text")
def unexpected_text(span: Span, what: str, expected: tuple[str, ...]) -> Diagnostic:
    """Nothing more special is known."""
    return Diagnostic("unexpected-text", Severity.ERROR, f"{what} does not fit here", span)


@code("nesting-too-deep")
def nesting_too_deep(span: Span, limit: int) -> Diagnostic:
    """Brackets, braces or operands inside one another."""
    return Diagnostic("nesting-too-deep", Severity.ERROR, f"this is nested deeper than {limit} levels", span)


@code("expression-too-long")
def expression_too_long(span: Span, limit: int) -> Diagnostic:
    """A chain of operators."""
    return Diagnostic("expression-too-long", Severity.ERROR, f"this expression has more than {limit:,} terms", span)


@code("name-too-long")
def name_too_long(span: Span, length: int, limit: int) -> Diagnostic:
    """A name over the limit."""
    return Diagnostic("name-too-long", Severity.ERROR, f"this name has {length:,} characters; {limit} are allowed", span)


@code("string-too-long")
def string_too_long(span: Span, length: int, limit: int) -> Diagnostic:
    """A string over the limit."""
    return Diagnostic("string-too-long", Severity.ERROR, f"this string has {length:,} characters; {limit:,} are allowed", span)


@code("number-too-large")
def number_too_large(span: Span, text: str) -> Diagnostic:
    """A number that does not fit."""
    return Diagnostic("number-too-large", Severity.ERROR, f"{text[:30]} does not fit into 64 bits", span)


@code("python-constant")
def python_constant(span: Span, word: str) -> Diagnostic:
    """True, False, None."""
    return Diagnostic(
        "python-constant", Severity.ERROR, f"`{word}` is written `{word.lower()}`", span, fix=(Edit(span, word.lower()),)
    )


@code("unknown-character")
def unknown_character(span: Span, text: str) -> Diagnostic:
    """A character of no terminal."""
    return Diagnostic("unknown-character", Severity.ERROR, f"`{text}` is no character of the language", span)


@code("invisible-character")
def invisible_character(span: Span, name: str) -> Diagnostic:
    """Bidi controls and other invisible characters."""
    return Diagnostic("invisible-character", Severity.ERROR, f"an invisible character: {name}", span, fix=(Edit(span, ""),))
