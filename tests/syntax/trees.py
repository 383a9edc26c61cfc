"""What a tree says, without its spans."""

from __future__ import annotations

from dataclasses import fields, is_dataclass

from cnnspec.diagnostics import Source, Span


def plain(node: object) -> object:
    """Nested tuples of names and values; spans, sources and comments are left out."""
    if is_dataclass(node) and not isinstance(node, Span | Source):
        return (
            type(node).__name__,
            *(
                plain(getattr(node, f.name))
                for f in fields(node)
                if f.name not in ("span", "operator_span", "source", "comments")
            ),
        )
    if isinstance(node, tuple):
        return tuple(plain(item) for item in node)
    return node
