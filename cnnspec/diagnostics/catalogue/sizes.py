"""What is asked of sizes that a file leaves open with ``?``."""

from __future__ import annotations

from collections.abc import Sequence

from cnnspec.diagnostics.catalogue import code
from cnnspec.diagnostics.diagnostic import Diagnostic, Label, Severity
from cnnspec.diagnostics.span import Span

ERROR, INFO = Severity.ERROR, Severity.INFO


@code("size-condition", INFO)
def size_condition(span: Span, *, layer: str, merges: bool, conditions: Sequence[str], arithmetic: tuple[str, ...]) -> Diagnostic:
    """A layer that takes some sizes of an open input: one that ``merges`` maps of equal sizes, or one that slides a window."""
    asked = "; ".join(conditions)
    message = f"the inputs of {layer} have equal sizes only for {asked}" if merges else f"{layer} needs an input with {asked}"
    return Diagnostic("size-condition", INFO, message, span, notes=arithmetic)


@code("size-condition-broken")
def size_condition_broken(
    span: Span,
    *,
    layer: str,
    merges: bool,
    asked: Sequence[str],
    size: str,
    arithmetic: tuple[str, ...],
    conditions: Sequence[str],
    way_out: str = "",
    given: Label | None = None,
) -> Diagnostic:
    """A size given for an open input that a layer does not take.

    ``asked`` is what this layer asks, ``conditions`` what the whole model does.
    """
    why = f"the inputs of {layer} differ" if merges else f"{layer} needs {'; '.join(asked)}"
    notes = (*arithmetic, f"the model takes {'; '.join(conditions)}")
    labels = (given,) if given is not None else ()
    message = f"an input of {size} does not fit: {why}"
    return Diagnostic("size-condition-broken", ERROR, message, span, labels=labels, notes=notes, help=way_out or None)


@code("no-size-fits")
def no_size_fits(
    span: Span, *, layer: str, own: str, before: Sequence[str], arithmetic: tuple[str, ...], earlier: tuple[Span, str] | None
) -> Diagnostic:
    """A layer that leaves no size of the input; ``earlier`` is a place that asks for something else, and what."""
    message = f"no input fits: {layer} needs {own}"
    if before:
        message += f", but the layers before it need {'; '.join(before)}"
    labels = () if earlier is None else (Label(earlier[0], f"this needs {earlier[1]}"),)
    return Diagnostic("no-size-fits", ERROR, message, span, labels=labels, notes=arithmetic)


@code("size-too-complex")
def size_too_complex(span: Span, *, layer: str, most: int) -> Diagnostic:
    """A size whose formula has grown past all use."""
    return Diagnostic(
        "size-too-complex",
        ERROR,
        f"the size of what {layer} gives is a formula of more than {most} parts, or of a divisor past all sizes",
        span,
        notes=("each stride multiplies a divisor; branches joined along an axis and pooled again make the formula longer",),
        help="an input of a known size keeps every size a number",
    )
