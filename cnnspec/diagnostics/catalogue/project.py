"""What is wrong with ``[tool.cnnspec]`` in pyproject.toml."""

from __future__ import annotations

from collections.abc import Sequence

from cnnspec.diagnostics.catalogue import code
from cnnspec.diagnostics.diagnostic import Diagnostic, Severity
from cnnspec.diagnostics.span import Span
from cnnspec.diagnostics.suggest import closest, listing

ERROR = Severity.ERROR
_LEFT_ASIDE = ("the file is left aside, and specs are checked as if there were none",)


@code("project-not-toml")
def project_not_toml(span: Span, *, reason: str) -> Diagnostic:
    return Diagnostic(
        "project-not-toml",
        ERROR,
        f"this is no TOML: {reason[:1].lower()}{reason[1:]}",
        span,
        notes=_LEFT_ASIDE,
        help="put it right; --isolated checks without the settings of a project",
    )


@code("project-key")
def project_key(span: Span, *, name: str, choices: Sequence[str]) -> Diagnostic:
    nearest = closest(name, choices)
    return Diagnostic(
        "project-key",
        ERROR,
        f"there is no setting called {name}",
        span,
        notes=_LEFT_ASIDE,
        help=f"did you mean {nearest}?" if nearest else f"there are {listing(choices)}",
    )


@code("project-value")
def project_value(span: Span, *, name: str, wanted: str, value: str) -> Diagnostic:
    shown = value if len(value) <= 60 else f"{value[:60]}…"
    return Diagnostic(
        "project-value", ERROR, f"{name} must be {wanted}, not {shown}", span, notes=_LEFT_ASIDE, help=f"give it {wanted}"
    )


@code("project-code")
def project_code(span: Span, *, reason: str) -> Diagnostic:
    return Diagnostic(
        "project-code",
        ERROR,
        reason.partition(";")[0],
        span,
        notes=_LEFT_ASIDE,
        help=reason.partition("; ")[2] or "docs/lints.md has all codes; a pattern is a code, its first words, or all",
    )
