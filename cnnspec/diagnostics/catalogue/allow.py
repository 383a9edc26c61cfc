"""What is wrong with comments that allow a warning or an info."""

from __future__ import annotations

from collections.abc import Sequence

from cnnspec.diagnostics.catalogue import code
from cnnspec.diagnostics.diagnostic import Applicability, Diagnostic, Edit, Severity
from cnnspec.diagnostics.span import Span
from cnnspec.diagnostics.suggest import closest, listing

WARNING = Severity.WARNING


@code("allow-malformed", WARNING)
def allow_malformed(span: Span, *, text: str) -> Diagnostic:
    return Diagnostic(
        "allow-malformed",
        WARNING,
        f"{text[:60]} allows nothing",
        span,
        help="write `# cnnspec: allow CODE, CODE`, and the reason behind it in parentheses",
    )


@code("allow-unknown", WARNING)
def allow_unknown(span: Span, *, name: str, choices: Sequence[str]) -> Diagnostic:
    nearest = closest(name, choices)
    return Diagnostic(
        "allow-unknown",
        WARNING,
        f"there is no warning and no info called {name}",
        span,
        help=f"did you mean {nearest}?" if nearest else "commas stand between codes only; put the reason in parentheses",
        fix=(Edit(span, nearest),) if nearest else (),
    )


@code("allow-error", WARNING)
def allow_error(span: Span, *, name: str) -> Diagnostic:
    return Diagnostic(
        "allow-error",
        WARNING,
        f"{name} is an error, and errors cannot be allowed",
        span,
        help=f"leave it out; `cnnspec explain {name}` says how to do without it",
    )


@code("allow-unused", WARNING)
def allow_unused(span: Span, *, names: Sequence[str], fix: tuple[Edit, ...] = ()) -> Diagnostic:
    return Diagnostic(
        "allow-unused",
        WARNING,
        f"there is no {' and no '.join(names) if len(names) < 3 else listing(names)} here to be allowed",
        span,
        help=f"leave {'it' if len(names) == 1 else 'them'} out",
        fix=fix,
        applicability=Applicability.SAFE,
    )
