"""Characters that cannot be read, or not be seen."""

from __future__ import annotations

from cnnspec.diagnostics.catalogue import code
from cnnspec.diagnostics.catalogue.syntax import shown
from cnnspec.diagnostics.diagnostic import Applicability, Diagnostic, Edit, Severity
from cnnspec.diagnostics.span import Span

ERROR = Severity.ERROR


#: Controls that show a text in another order than it is read in: whoever removes one should see what it hid.
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


@code("unknown-character")
def unknown_character(span: Span, name: str, looks_like: str = "") -> Diagnostic:
    """A character that the language has no use for, or one that only looks like one of its own."""
    if looks_like:
        return Diagnostic(
            "unknown-character",
            ERROR,
            f"`{shown(span.text)}` holds {name}, which only looks like a character of the language",
            span,
            help=f"write `{looks_like}`",
            fix=(Edit(span, looks_like),),
            applicability=Applicability.SAFE,
        )
    return Diagnostic("unknown-character", ERROR, f"`{shown(span.text)}` ({name}) has no meaning here", span)


@code("invisible-character")
def invisible_character(span: Span, name: str, fix: tuple[Edit, ...]) -> Diagnostic:
    """A bidi control anywhere, or another invisible character outside comments; ``fix`` mends each place that has it."""
    replacement = fix[0].text
    advice = "put a newline" if "\n" in replacement else "put a blank"
    more = f", and in {len(fix) - 1:,} more place{'s' if len(fix) > 2 else ''}" if len(fix) > 1 else ""
    they = "each" if more else "it"
    return Diagnostic(
        "invisible-character",
        ERROR,
        f"an invisible character stands here{more}: {name}",
        span,
        help=f"{advice} in {'the place of each' if more else 'its place'}" if replacement else f"take {they} away",
        fix=fix,
        applicability=Applicability.safe_if(not _BIDI & set(span.text)),
    )


@code("unterminated-string")
def unterminated_string(span: Span, fix: tuple[Edit, ...], word: str = "") -> Diagnostic:
    """A string whose second quote is missing; ``word`` stands there without quotes."""
    return Diagnostic(
        "unterminated-string",
        ERROR,
        'this string does not end on its line: its second `"` is missing',
        span,
        help=f"write `{word}`: words stand without quotes" if word else 'close it with `"`',
        fix=fix,
    )
