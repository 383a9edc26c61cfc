"""The canonical text of a file: two blanks a level, one statement a line, claims and comments in columns.

The tree says what is written, the tokens where its braces stand, the comments what must not be lost. Formatting twice
changes nothing more, and the formatted text has the same tree.

``statements`` and ``flows`` write the tree from top to bottom, and each comment where they come to it (``comments``).
``expressions`` makes texts whose brackets can be opened, ``breaking`` breaks them into lines, ``columns`` aligns these.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping

from cnnspec.diagnostics.diagnostic import SpecError
from cnnspec.diagnostics.span import Source
from cnnspec.syntax.formatter.statements import Writer
from cnnspec.syntax.parser import parse

_NO_NAMES: Mapping[str, str] = {}
# Two hundred levels of braces and brackets take more frames than Python allows by default.
_FRAMES = 10_000


def format_source(source: Source, short_names: Mapping[str, str] = _NO_NAMES) -> str:
    """Write a file in canonical form.

    Args:
        source: The file.
        short_names: Long names of layers and the short ones to write instead.

    Raises:
        SpecError: the file has a mistake of syntax; nothing is said about its form then.
    """
    result = parse(source)
    if result.diagnostics:
        raise SpecError(result.diagnostics)
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(max(limit, _FRAMES))
    try:
        return Writer(result.file, short_names).write()
    finally:
        sys.setrecursionlimit(limit)
