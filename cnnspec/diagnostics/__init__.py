"""Spans, diagnostics, their catalogue and their writers."""

from cnnspec.diagnostics.diagnostic import Applicability, Diagnostic, Edit, Label, MachineError, Severity, SpecError, apply_edits
from cnnspec.diagnostics.span import Position, Source, Span

__all__ = [
    "Applicability",
    "Diagnostic",
    "Edit",
    "Label",
    "MachineError",
    "Position",
    "Severity",
    "Source",
    "Span",
    "SpecError",
    "apply_edits",
]
