"""Data sets that cannot be read, and machines that cannot provide them."""

from __future__ import annotations

from cnnspec.diagnostics.catalogue import code
from cnnspec.diagnostics.diagnostic import Diagnostic, Severity
from cnnspec.diagnostics.span import Source

ERROR = Severity.ERROR


@code("data-unusable")
def data_unusable(path: str, *, problem: str, way_out: str) -> Diagnostic:
    return Diagnostic("data-unusable", ERROR, f"{path} {problem}", Source(path, "").span(0, 0), help=way_out)


@code("data-unavailable")
def data_unavailable(*, problem: str, way_out: str, details: tuple[str, ...] = ()) -> Diagnostic:
    return Diagnostic("data-unavailable", ERROR, problem, Source("", "").span(0, 0), notes=details, help=way_out)
