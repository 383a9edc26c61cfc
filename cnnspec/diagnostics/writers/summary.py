"""How many diagnostics of each severity there are, in words."""

from __future__ import annotations

from collections.abc import Sequence

from cnnspec.diagnostics.diagnostic import Diagnostic, Severity


def summarize(diagnostics: Sequence[Diagnostic], fixable: int = 0) -> str:
    """``2 errors, 1 warning (1 fixable with --fix)``; empty for none. Infos are not counted."""
    parts: list[str] = []
    for severity in (Severity.ERROR, Severity.WARNING):
        count = sum(d.severity is severity for d in diagnostics)
        if count:
            parts.append(f"{count:,} {severity}{'s' if count > 1 else ''}")
    return ", ".join(parts) + (f" ({fixable:,} fixable with --fix)" if fixable else "")
