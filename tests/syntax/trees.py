"""What a tree says, without its spans."""

from __future__ import annotations

from cnnspec.diagnostics import Source, Span


def plain(node: object) -> object:
    """Nested tuples of names and values; spans, sources and comments are left out."""
    if isinstance(node, tuple):
        return tuple(plain(item) for item in node)
    names = getattr(type(node), "__match_args__", ())
    if names and not isinstance(node, Span | Source):
        kept = (name for name in names if name not in ("span", "operator_span", "source", "comments"))
        return (type(node).__name__, *(plain(getattr(node, name)) for name in kept))
    return node
