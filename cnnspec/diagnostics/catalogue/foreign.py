"""What is right in another language."""

from __future__ import annotations

import re

from cnnspec.diagnostics.catalogue import code
from cnnspec.diagnostics.catalogue.syntax import in_brackets, line_before, shown
from cnnspec.diagnostics.diagnostic import Applicability, Diagnostic, Edit, Severity
from cnnspec.diagnostics.span import Span

ERROR = Severity.ERROR


#: Signs that begin a comment in another language, and compute in this one.
_ARITHMETIC = ("//", "--", "%")

#: The start of a statement in which layers flow.
_FLOW = re.compile(r"\s*(?:\w+\s*=\s*)?(?:[\w.]+\s*->\s*|\[[^\]]*\]\s*->\s*)?[A-Z]")


@code("python-code")
def python_code(span: Span, message: str, advice: str | None, fix: tuple[Edit, ...]) -> Diagnostic:
    """Python, Keras or Torch code; the message and the advice depend on which."""
    notes = (advice,) if advice and not fix else ()
    return Diagnostic("python-code", ERROR, message, span, notes=notes, help=advice if fix else None, fix=fix)


@code("python-constant")
def python_constant(span: Span, word: str) -> Diagnostic:
    """``True``, ``False``, ``None``."""
    lower = word.lower()
    return Diagnostic(
        "python-constant",
        ERROR,
        f"`{shown(word)}` is written `{lower}`",
        span,
        help=f"write `{lower}`",
        fix=(Edit(span, lower),),
        applicability=Applicability.SAFE,
    )


@code("foreign-operator")
def foreign_operator(span: Span, meant: str, replacement: str | None = None) -> Diagnostic:
    """``&&``, ``=>``, ``≤``: an operator of another language or script."""
    return Diagnostic(
        "foreign-operator",
        ERROR,
        f"`{shown(span.text)}` is written `{meant}`",
        span,
        help=f"write `{meant}`",
        fix=(Edit(span, meant if replacement is None else replacement),),
        applicability=Applicability.safe_if(span.text != "|"),  # which may be meant to begin a branch
    )


def _may_compute(span: Span) -> bool:
    """Whether a sign of arithmetic could be meant as such: in brackets, and behind a value that is no layer."""
    line = line_before(span)
    statement = line[max(map(line.rfind, "{}|")) + 1 :]
    return in_brackets(span) or (bool(statement.strip()) and _FLOW.match(statement) is None)


@code("foreign-comment")
def foreign_comment(span: Span, fix: tuple[Edit, ...]) -> Diagnostic:
    """``// …``, ``/* … */`` and triple quotes."""
    return Diagnostic(
        "foreign-comment",
        ERROR,
        f"`{shown(span.text)}` begins no comment; a comment begins with `#`",
        span,
        help="begin the comment with `#`" if fix else None,
        fix=fix,
        applicability=Applicability.safe_if(span.text not in _ARITHMETIC or not _may_compute(span)),
    )


@code("wrong-quotes")
def wrong_quotes(span: Span, text: str) -> Diagnostic:
    """``'best'``."""
    quoted = f'"{text}"'
    return Diagnostic(
        "wrong-quotes",
        ERROR,
        'a string stands in double quotes, "…"',
        span,
        help=f"write `{quoted}`" if len(quoted) < 60 else "use double quotes",
        fix=(Edit(span, quoted),),
        applicability=Applicability.safe_if(len(quoted) == len(span.text)),  # a double quote inside is left out
    )
