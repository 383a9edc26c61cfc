"""Claims: ``expect`` and ``::``."""

from __future__ import annotations

from collections.abc import Iterable

from cnnspec.diagnostics.catalogue import code
from cnnspec.diagnostics.diagnostic import Applicability, Diagnostic, Edit, Label, Severity
from cnnspec.diagnostics.span import Span
from cnnspec.diagnostics.suggest import closest, is_slip, listing

ERROR = Severity.ERROR


@code("shape-claim-false")
def shape_claim_false(span: Span, *, claimed: str, actual: str, written: str, layer: str, origin: Span) -> Diagnostic:
    return Diagnostic(
        "shape-claim-false",
        ERROR,
        f"the claim {claimed} is false: {layer} gives {actual}",
        span,
        here=f"is {actual}",
        labels=(Label(origin, f"this gives {actual}"),) if origin.line != span.line else (),
        help=f"correct the claim to `:: {written}`, or the layers before it",
        fix=(Edit(span, written),),
    )


@code("claim-false")
def claim_false(
    span: Span,
    *,
    claim: str,
    actual: str,
    uses: tuple[Span, ...] = (),
    repair: Edit | None = None,
    repaired: str = "",
    notes: tuple[str, ...] = (),
) -> Diagnostic:
    several = " is " in actual
    said = actual if several else f"is {actual}"
    correct = f"the claim to `{repaired}`" if repaired else "the claim"
    return Diagnostic(
        "claim-false",
        ERROR,
        f"the claim {claim} is false" + ("" if actual == "false" else f": {said if several else f'it {said}'}"),
        span,
        here=said,
        labels=tuple(Label(use, "in this use") for use in uses[-3:]),
        notes=notes,
        help=f"correct {correct}, or the network; cnnspec explain shows where the figure comes from",
        fix=(repair,) if repair is not None else (),
    )


@code("claim-invalid")
def claim_invalid(span: Span, *, reason: str, way_out: str) -> Diagnostic:
    return Diagnostic("claim-invalid", ERROR, reason, span, help=way_out)


@code("claim-unknown-quantity")
def claim_unknown_quantity(
    span: Span, *, name: str, choices: Iterable[str], way_out: str = "", elsewhere: str | None = None
) -> Diagnostic:
    names = list(choices)
    nearest = None if way_out else elsewhere or closest(name, names)
    return Diagnostic(
        "claim-unknown-quantity",
        ERROR,
        f"{name} is no quantity that can be claimed here",
        span,
        help=way_out or _suggest(name, nearest, names, elsewhere),
        fix=(Edit(span, nearest),) if nearest and "(" not in nearest else (),
        applicability=Applicability.safe_if(is_slip(name, nearest, names)),
    )


def _suggest(name: str, nearest: str | None, names: list[str], elsewhere: str | None) -> str:
    if elsewhere and elsewhere != closest(name, names):
        return f"what is called {name} elsewhere is {elsewhere} here"
    return f"did you mean {nearest}?" if nearest else f"there are {listing(names, 40)}"


@code("claim-hopeless", Severity.WARNING)
def claim_hopeless(span: Span, *, name: str, stated: float, low: float | None, high: float | None, share: bool) -> Diagnostic:
    limit = f"at most {high:,}" if high is not None and stated >= high else f"at least {low:,}"
    percent = share and 1 < stated <= 100
    return Diagnostic(
        "claim-hopeless",
        Severity.WARNING,
        f"no run can make this claim true: {name} is {limit}",
        span,
        help=f"{stated:g} % is written {stated / 100:g}" if percent else f"compare {name} with a value that it can have",
    )


@code("claim-layer-unknown")
def claim_layer_unknown(span: Span, *, name: str, choices: Iterable[str]) -> Diagnostic:
    names = list(choices)
    nearest = closest(name, names)
    return Diagnostic(
        "claim-layer-unknown",
        ERROR,
        f"there is no layer or value {name} in this scope",
        span,
        help=f"did you mean {nearest}?" if nearest else f"for example {listing(names, 8)}",
    )


@code("claim-layer-ambiguous")
def claim_layer_ambiguous(span: Span, *, name: str, choices: Iterable[str]) -> Diagnostic:
    names = list(choices)
    return Diagnostic(
        "claim-layer-ambiguous",
        ERROR,
        f"{name} could be {listing(names, 6)}",
        span,
        help=f'write more of the path in quotes, such as "{names[0]}"',
    )
