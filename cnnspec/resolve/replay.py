"""A block that is used again in the same way: its nodes are copied, not worked out a second time.

A use of a block sees nothing but its arguments, the values that flow in, and the constants of its file. With equal
arguments and inputs of equal shape it makes the same nodes, but for their paths, their places in the network and the
uses around them. Deep networks are a few blocks used many times, so that most of their nodes come from here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnspec.ir import Node, Scope
from cnnspec.layers.base import Facts
from cnnspec.layers.extent import Extent
from cnnspec.layers.shape import Shape
from cnnspec.record import record
from cnnspec.resolve.result import Origin, ShapeClaim
from cnnspec.resolve.values import Block, LayerValue, Ratio, SharedLayer, UnknownType, Value
from cnnspec.schema.values import is_list

if TYPE_CHECKING:
    from collections.abc import Hashable

    from cnnspec.resolve.body import Body


class _Unlike(Exception):
    """A content of which no later use can be sure to mean the same."""


@record
class Expansion:
    """What a use of a block made. Nodes, groups and paths count from its beginning; -1 - n is the n-th input.

    ``entries`` are the uses of blocks and passes of repeats in it, ``groups`` the numbers of groups it took.
    """

    nodes: tuple[tuple[str, Node, tuple[int, ...], int | None], ...]
    facts: tuple[Facts | None, ...]
    origins: tuple[Origin, ...]
    scopes: tuple[tuple[str, Scope], ...]
    shape_claims: tuple[ShapeClaim, ...]
    result: int
    outside: int
    entries: int
    groups: int


def key_of(inner: Body, block: Block, inputs: tuple[Value, ...]) -> Hashable | None:
    """What two uses of a block must have in common to make the same nodes; None where that cannot be known.

    Args:
        inner: the body of the block, its parameters and inputs bound.
        block: the block.
        inputs: what flows in.
    """
    shapes = tuple(value.shape for value in inputs)
    if inner.sharing is not None or not all(_is_settled(shape) for shape in shapes):
        return None
    contents = ((name, binding.content) for name, binding in inner.scope.names.items())
    try:
        arguments = tuple((name, _freeze(content)) for name, content in contents if not isinstance(content, Value))
    except _Unlike:
        return None
    return id(block.definition), arguments, shapes, inner.chain, inner.depth, inner.silent_claims


def _is_settled(shape: Shape | None) -> bool:
    """Whether all extents are numbers; what merges ask of open ones is noted for each use."""
    return shape is not None and not any(isinstance(dim, Extent) for dim in shape.dims)


def _freeze(content: object) -> Hashable:
    """A key of a bound content: equal for equal meaning, and for the same places in the text."""
    match content:
        case LayerValue(target=target, name=name, given=given):
            layer = id(target.definition) if isinstance(target, Block) else target
            return layer, name, tuple([(item.name, _freeze(item.value), id(item.tree)) for item in given])
        case Block(definition=definition):
            return id(definition)
        case UnknownType() | SharedLayer() | Value():
            raise _Unlike
        case Ratio():
            return Ratio, content.division
        case _ if is_list(content):
            return tuple([_freeze(item) for item in content])
        case _:
            return type(content), content  # 1, 1.0 and true are equal, but not alike


class Recorder:
    """Watches one use of a block, to keep what it made.

    Args:
        inner: the body of the block, before its statements are run, its own scope of nodes opened.
    """

    def __init__(self, inner: Body) -> None:
        builder = inner.builder
        self._inner = inner
        self._node, self._scope, self._group = len(builder.nodes), len(builder.scopes), builder.groups
        self._entries, self._reported = builder.budget.entries, builder.reported
        self._claims, self._shape_claims = len(inner.outcome.claims), len(inner.outcome.shape_claims)

    def keep(self, inputs: tuple[Value, ...], result: Value | None) -> Expansion | None:
        """What the use made; None where something was reported or claimed that speaks of this use alone."""
        builder, outcome = self._inner.builder, self._inner.outcome
        if result is None or builder.reported != self._reported or len(outcome.claims) != self._claims:
            return None
        places = {value.node: -1 - at for at, value in enumerate(inputs)}
        if len(places) != len(inputs):
            return None
        first, length = self._node, len(self._inner.prefix)
        places.update((at, at - first) for at in range(first, len(builder.nodes)))
        return Expansion(
            nodes=tuple(
                (node.path[length:], node, tuple([places[at] for at in node.inputs]), _minus(node.shares, first))
                for node in builder.nodes[first:]
            ),
            facts=tuple(builder.facts[first:]),
            origins=tuple(builder.origins[first:]),
            scopes=tuple((scope.path[length:], scope) for scope in self._relative(builder.scopes[self._scope :])),
            shape_claims=tuple(outcome.shape_claims[self._shape_claims :]),
            result=places[result.node],
            outside=len(self._inner.uses),
            entries=builder.budget.entries - self._entries,
            groups=builder.groups - self._group,
        )

    def _relative(self, scopes: list[Scope]) -> list[Scope]:
        return [_move(scope, scope.path, -self._node, -self._group) for scope in scopes if scope.path]


def _minus(at: int | None, first: int) -> int | None:
    return None if at is None else at - first


def _move(scope: Scope, path: str, nodes: int, groups: int) -> Scope:
    return Scope(
        path=path,
        kind=scope.kind,
        label=scope.label,
        first=scope.first + nodes,
        last=scope.last + nodes,
        group=None if scope.group is None else scope.group + groups,
        arguments=scope.arguments,
    )


def replay(expansion: Expansion, inner: Body, inputs: tuple[Value, ...]) -> Value | None:
    """Make the nodes of an earlier use again; None where the limits do not allow so many."""
    builder, budget = inner.builder, inner.builder.budget
    if budget.nodes + len(expansion.nodes) > budget.limit or budget.entries + expansion.entries > budget.limit:
        return None
    budget.nodes += len(expansion.nodes)
    budget.entries += expansion.entries
    first, prefix, uses, outside = len(builder.nodes), inner.prefix, inner.uses, expansion.outside
    places = [value.node for value in inputs]
    for (path, node, sources, shares), facts, origin in zip(expansion.nodes, expansion.facts, expansion.origins, strict=True):
        read = tuple([first + at if at >= 0 else places[-1 - at] for at in sources])
        made = Node(path=prefix + path, layer=node.layer, inputs=read, shares=None if shares is None else first + shares)
        around = (*uses, *origin.uses[outside:])
        place = Origin(origin.call, origin.callee, origin.arguments, around, origin.named)
        builder.append(made, facts, place)
    builder.scopes += [_move(scope, prefix + path, first, builder.groups) for path, scope in expansion.scopes]
    builder.groups += expansion.groups
    inner.outcome.shape_claims += expansion.shape_claims
    at = expansion.result
    return inputs[-1 - at] if at < 0 else Value(first + at, builder.shapes[first + at])
