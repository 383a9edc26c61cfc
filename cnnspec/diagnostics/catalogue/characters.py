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
def invisible_character(span: Span, name: str, replacement: str) -> Diagnostic:
    """A bidi control anywhere, or another invisible character outside comments."""
    advice = "put a blank in its place" if replacement == " " else "take it away"
    return Diagnostic(
        "invisible-character",
        ERROR,
        f"an invisible character stands here: {name}",
        span,
        help=advice,
        fix=(Edit(span, replacement),),
        applicability=Applicability.safe_if(not _BIDI & set(span.text)),
    )


@code("unterminated-string")
def unterminated_string(span: Span, fix: tuple[Edit, ...]) -> Diagnostic:
    """A string whose second quote is missing."""
    return Diagnostic(
        "unterminated-string",
        ERROR,
        'this string does not end on its line: its second `"` is missing',
        span,
        help='close it with `"`',
        fix=fix,
    )
