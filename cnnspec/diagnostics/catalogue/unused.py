"""Names that nothing uses."""

from __future__ import annotations

from cnnspec.diagnostics.catalogue import code
from cnnspec.diagnostics.diagnostic import Applicability, Diagnostic, Edit, Severity
from cnnspec.diagnostics.span import Span

WARNING, SAFE = Severity.WARNING, Applicability.SAFE


@code("unused-block", WARNING)
def unused_block(span: Span, *, name: str) -> Diagnostic:
    return Diagnostic(
        "unused-block", WARNING, f"no model of this file uses the block {name}", span, help="use it, or leave it out"
    )


@code("unused-parameter", WARNING)
def unused_parameter(span: Span, *, name: str, owner: str) -> Diagnostic:
    return Diagnostic(
        "unused-parameter",
        WARNING,
        f"{owner} never uses its parameter {name}",
        span,
        help="use it, or leave it out here and wherever it is given",
    )


@code("unused-constant", WARNING)
def unused_constant(span: Span, *, name: str, fix: tuple[Edit, ...] = ()) -> Diagnostic:
    return Diagnostic(
        "unused-constant", WARNING, f"nothing uses the constant {name}", span, help="leave it out", fix=fix, applicability=SAFE
    )


@code("unused-share", WARNING)
def unused_share(span: Span, *, name: str, fix: tuple[Edit, ...] = ()) -> Diagnostic:
    return Diagnostic(
        "unused-share",
        WARNING,
        f"the shared layer {name} is never applied",
        span,
        help=f"apply it, `-> {name}`, or leave it out",
        fix=fix,
        applicability=SAFE,
    )


@code("unused-use", WARNING)
def unused_use(span: Span, *, path: str, fix: tuple[Edit, ...] = ()) -> Diagnostic:
    return Diagnostic(
        "unused-use", WARNING, f'nothing of "{path}" is used here', span, help="leave it out", fix=fix, applicability=SAFE
    )


@code("unused-index", WARNING)
def unused_index(span: Span, *, name: str, fix: tuple[Edit, ...] = ()) -> Diagnostic:
    return Diagnostic(
        "unused-index",
        WARNING,
        f"the repeat never uses its index {name}",
        span,
        help=f"leave out `as {name}`",
        fix=fix,
        applicability=SAFE,
    )
