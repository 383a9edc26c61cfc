"""What lints say of a few statements."""

from __future__ import annotations

from cnnspec.diagnostics import Diagnostic, Severity, apply_edits
from support.checking import check


def model(statements: str, size: str = "32x32x8") -> str:
    """A model of the statements."""
    return f"model Net {{\n  input {size}\n{statements}\n}}\n"


def said(text: str, code: str, **settings: object) -> list[Diagnostic]:
    """What is said of a sound text with one code."""
    diagnostics = check(text, **settings).report.diagnostics
    assert not [d.message for d in diagnostics if d.severity is Severity.ERROR], text
    return [d for d in diagnostics if d.code == code]


def repaired(text: str, code: str) -> str:
    """The text after the fixes of a code, one at a time as an editor makes them."""
    for _ in range(30):
        fix = next((d.fix for d in check(text).report.diagnostics if d.code == code and d.fix), None)
        if fix is None:
            break
        text = apply_edits(text, fix)
    return text
