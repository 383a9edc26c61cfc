"""How many diagnostics of each severity there are, in words."""

from __future__ import annotations

from collections.abc import Sequence

from cnnspec.diagnostics.diagnostic import Diagnostic, Severity


def summarize(diagnostics: Sequence[Diagnostic]) -> str:
    """``2 errors, 1 warning (1 fixable with --fix)``; empty for none. Infos are not counted."""
    counted = [d for d in diagnostics if d.severity is not Severity.INFO]
    parts: list[str] = []
    for severity in (Severity.ERROR, Severity.WARNING):
        count = sum(d.severity is severity for d in counted)
        if count:
            parts.append(f"{count:,} {severity}{'s' if count > 1 else ''}")
    fixable = sum(d.fixable for d in counted)
    return ", ".join(parts) + (f" ({fixable:,} fixable with --fix)" if fixable else "")
