"""What no message may hold: names of the grammar, and Python's way of writing its values."""

from __future__ import annotations

import re
from functools import cache

from cnnspec.syntax.tables import load_tables

#: How Python shows objects, and what its errors begin with.
_PYTHON = re.compile(
    r"<class |<[\w.]+ object| at 0x[0-9a-f]+|\b(?:Token|Tree|Word|Quoted|Dims|Span|Ratio|CallValue)\(|Traceback|\w+Error\b"
    r"|\[\s*'|\(\s*'|\{\s*'|\(\d+, ?\)|\b(?:True|False|None|NoneType|inf|nan)\b"
)


@cache
def grammar_names() -> frozenset[str]:
    """The names of terminals and rules that are no words of English: those in capitals or with a ``_``."""
    names = {name.strip("_$") for name in load_tables().symbols}
    return frozenset(name for name in names if (name.isupper() and len(name) > 2) or "_" in name)


def words_of_machinery(message: str, text: str) -> set[str]:
    """The names of the grammar and traces of Python in a message about a text, where the text does not hold them itself."""
    words = set(re.findall(r"\w+", message))
    found = {name for name in grammar_names() & words if not re.search(rf"\b{name}\b", text)}
    return found | {trace for trace in _PYTHON.findall(message) if trace not in text}
