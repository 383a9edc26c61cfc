"""What would change in a file, as a patch."""

from __future__ import annotations

import re

# Only this ends a line of a spec; others that Unicode knows may stand in comments.
_LINE = re.compile(r"[^\n]*\n|[^\n]+")


def write_difference(path: str, before: str, after: str, change: str) -> str:
    """A unified difference of two texts of a file, the second marked with what changes it; empty where they are equal."""
    from difflib import unified_diff

    name = "standard input" if path == "-" else path
    lines = unified_diff(_LINE.findall(before), _LINE.findall(after), name, f"{name} ({change})")
    return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)
