"""The canonical text of a file. Formatting twice changes nothing more, and what the file says stays what it is.

The words of a file decide its form, never its blanks and line breaks, so that two people who write the same network
write the same text. Three things are the author's: comments, empty lines (one where there were any), and a list with a
comma behind its last item, which keeps an item a line (a kernel by its rows).

- Two blanks a level, one statement a line. A definition has its braces on lines of their own.
- ``if``, ``repeat`` and a merge stay on one line if that is short (80 columns) and each pair of braces holds one flow at
  most, and no more braces; of a merge's branches one alone says something: ``Multiply { | | Dense(8) -> Sigmoid }``.
- A line has 100 columns at most: as many as two versions beside each other or a slide can show. A claim counts, a comment
  behind it does not.
- A flow that does not fit is written as several statements: ``A -> B`` without a name says what ``A`` and ``B`` below it
  say. There are as few as possible, they begin with calls rather than with words (``Conv2D(…) -> norm -> ReLU`` stays
  together), and they are about as wide as each other. A name (``stem = A -> B``) is that of all steps, so that such a flow
  stays whole. A value's name is never moved to the start of a line, where it would be a source.
- Whatever else does not fit opens its brackets, the widest first: its items on one line, or else one a line with a comma
  behind each. What stands beside the one list that is open stays beside it: ``Filter2D([`` … ``], scale=1 / 16)``. Operands
  are broken before their operators, in parentheses.
- Neighbouring lines have their claims below one another, then their comments, and settings their ``=``. A line that would
  push another's claim off the page stands aside.
- A comment stays on its line, or above what it stood above. Brackets and braces that hold one are opened.
- Layers have their short names, strings and numbers their spelling; parentheses stay where they are around operands, and
  go where they are around everything.

How it is done: ``brackets`` finds the brackets in the tokens, for the tree does not know them. ``expressions`` makes texts
(``texts``) whose brackets can be opened, and ``comments`` hangs comments on their items. ``statements`` and ``flows`` walk
the tree and write lines: ``breaking`` opens brackets, ``cutting`` cuts flows, ``columns`` aligns what is written.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping

from cnnspec.diagnostics.diagnostic import SpecError
from cnnspec.diagnostics.span import Source
from cnnspec.syntax.formatter.statements import Writer
from cnnspec.syntax.parser import parse

_NO_NAMES: Mapping[str, str] = {}
_NO_CLAIMS: Mapping[tuple[int, int], str] = {}
# Two hundred levels of braces and brackets take more frames than Python allows by default.
_FRAMES = 10_000


def format_source(
    source: Source, short_names: Mapping[str, str] = _NO_NAMES, claims: Mapping[tuple[int, int], str] = _NO_CLAIMS
) -> str:
    """Write a file in canonical form.

    Args:
        source: The file.
        short_names: Long names of layers and the short ones to write instead.
        claims: Shapes to claim behind flows, by the start and the end of the flow; those that stand on lines of their own
            and claim nothing yet get them.

    Raises:
        SpecError: the file has a mistake of syntax; nothing is said about its form then.
    """
    result = parse(source)
    if result.diagnostics:
        raise SpecError(result.diagnostics)
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(max(limit, _FRAMES))
    try:
        return Writer(result.file, short_names, claims).write()
    finally:
        sys.setrecursionlimit(limit)
