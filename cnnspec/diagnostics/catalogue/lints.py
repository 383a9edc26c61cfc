"""What is probably a mistake, or true and worth knowing, in a network that is sound."""

from __future__ import annotations

from cnnspec.diagnostics.catalogue import code
from cnnspec.diagnostics.diagnostic import Diagnostic, Label, Severity
from cnnspec.diagnostics.span import Span

WARNING, INFO = Severity.WARNING, Severity.INFO


@code("rows-dropped", INFO)
def rows_dropped(span: Span, *, layer: str, dropped: str, extents: str, reach: str, stepped_over: bool) -> Diagnostic:
    fitting = "padding=same reads them; so does an input whose extents fit the stride"
    return Diagnostic(
        "rows-dropped",
        INFO,
        f"{dropped} of {extents} {reach} no window of {layer}",
        span,
        help="the stride is longer than the kernel and steps over them: a kernel as long would read them"
        if stepped_over
        else fitting,
    )


@code("keras-incompatible", INFO)
def keras_incompatible(span: Span, *, layer: str, extension: str) -> Diagnostic:
    what = f"Keras has no {extension}" if extension == layer else f"Keras does not have {extension} of {layer}"
    return Diagnostic("keras-incompatible", INFO, f"{what}; it is an extension of this language", span)


@code("constraint-axis", INFO)
def constraint_axis(span: Span, *, layer: str, constraint: str, axes: str) -> Diagnostic:
    return Diagnostic(
        "constraint-axis",
        INFO,
        f"{constraint} of {layer} without axis takes norms along axis 0, the kernel's first extent, not of each filter",
        span,
        help=f"for a norm per filter write {constraint}(…, axis={axes})",
    )


@code("data-format-mixed", WARNING)
def data_format_mixed(span: Span, *, layer: str, first: Span) -> Diagnostic:
    return Diagnostic(
        "data-format-mixed",
        WARNING,
        f"{layer} is written channels_last in a network of which other layers say channels_first",
        span,
        labels=(Label(first, "channels_first here"),),
        help="data_format changes only how shapes are written; say it at every convolution and pooling, or at none",
    )
