"""What a tree says, without its spans."""

from __future__ import annotations

from cnnspec.diagnostics import Source, Span
from cnnspec.record import replace
from cnnspec.syntax import tree


def plain(node: object) -> object:
    """Nested tuples of names and values; spans, sources and comments are left out."""
    if isinstance(node, tuple):
        return tuple(plain(item) for item in node)
    names = getattr(type(node), "__match_args__", ())
    if names and not isinstance(node, Span | Source):
        kept = (name for name in names if name not in ("span", "operator_span", "source", "comments"))
        return (type(node).__name__, *(plain(getattr(node, name)) for name in kept))
    return node


def apart(node: object) -> object:
    """The same tree with every flow that has no name cut into its steps: ``A -> B`` into ``A`` and ``B``."""
    if isinstance(node, tuple):
        cut = (piece for item in node for piece in (_steps(item) if isinstance(item, tree.Flow) else [item]))
        return tuple(apart(piece) for piece in cut)
    names = getattr(type(node), "__match_args__", ())
    if names and not isinstance(node, Span | Source):
        return replace(node, **{name: apart(getattr(node, name)) for name in names})
    return node


def _steps(flow: tree.Flow) -> list[tree.Flow]:
    """A flow's steps as flows; the first has the sources, the last the claim."""
    if flow.target is not None or len(flow.steps) < 2:
        return [flow]
    first = tree.Flow(None, flow.sources, flow.steps[:1], None, flow.span)
    middle = [tree.Flow(None, None, (step,), None, flow.span) for step in flow.steps[1:-1]]
    return [first, *middle, tree.Flow(None, None, flow.steps[-1:], flow.claim, flow.span)]
