"""Shapes behind statements: what ``cnnspec fmt --annotate`` adds.

Every flow on a line of its own that claims no shape gets the one it has. What it has at all uses of its block and in all
passes of its repeat is written, ``?`` stands for extents that differ or that an input leaves open. A claim that is there is
left as it is, for ``check`` to judge.
"""

from __future__ import annotations

from collections.abc import Mapping

from cnnspec.diagnostics import Source
from cnnspec.layers.registry import LONG_NAMES
from cnnspec.layers.shape import Shape
from cnnspec.resolve.resolve import resolve_source
from cnnspec.syntax import tree
from cnnspec.syntax.formatter import format_source

#: A flow by its start and end in the text.
Place = tuple[int, int]


def annotate_source(source: Source) -> str:
    """The text in canonical form, with the shape of every statement.

    A claim can make a line too long, so that it is cut in two statements, of which the first has no claim yet: this goes on
    until nothing is added.

    Raises:
        SpecError: the text has a mistake of syntax.
    """
    text, before = format_source(source, LONG_NAMES), ""
    while text != before:
        before, formatted = text, Source(source.path, text, is_file=source.is_file)
        text = format_source(formatted, LONG_NAMES, find_claims(formatted))
    return text


def find_claims(source: Source) -> Mapping[Place, str]:
    """The shape of every flow of a file, as a claim states it; without those of which nothing can be said."""
    found: dict[Place, set[Shape | None]] = {}

    def watch(flow: tree.Flow, shape: Shape | None) -> None:
        if flow.span.source is source and flow.claim is None:
            found.setdefault((flow.span.start, flow.span.end), set()).add(shape)

    resolve_source(source, watch=watch)
    claims = {place: write_shape(shapes) for place, shapes in found.items()}
    return {place: claim for place, claim in claims.items() if claim}


def write_shape(shapes: set[Shape | None]) -> str:
    """``24x24x6``: what several shapes have in common, ``?`` where they differ; nothing where that is all, or one is unknown."""
    known = [shape.dims for shape in shapes if shape is not None]
    if len(known) < len(shapes) or len({len(dims) for dims in known}) != 1:
        return ""
    parts = [same[0] if isinstance(same[0], int) and len(set(same)) == 1 else None for same in zip(*known, strict=True)]
    return "" if not any(parts) else "x".join("?" if part is None else str(int(part)) for part in parts)
