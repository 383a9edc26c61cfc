"""Whether two networks are one architecture under other names, whatever the order of their statements."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

from cnnspec.analysis.diff.sides import Numbering, Side, sweep_down
from cnnspec.ir import Network

#: The greatest number of layers with doubles that are searched for a correspondence where a single pass does not find it.
MOST_SEARCHED: Final = 100


def find_isomorphism(before: Side, after: Side, number: Numbering) -> dict[int, int] | None:
    """The correspondence of all nodes, if the two are the same layers connected in the same way; else None.

    Every node gets a colour: what it is, what flows into it and what its result flows to, all the way. Networks with
    other colours differ. Where the colours agree, nodes of one colour are alike, and going down from the inputs each
    takes the first partner of its colour that reads the partners of what it reads itself. Only where symmetric parts are
    entangled can that lead astray, and then a search decides.
    """
    if len(before.network.nodes) != len(after.network.nodes):
        return None
    ours, theirs = _colour(before, number), _colour(after, number)
    if sorted(ours) != sorted(theirs):
        return None
    found = _pair_downwards(before.network, after.network, ours, theirs)
    if found is not None and is_isomorphism(before, after, found):
        return found
    if sum(count for count in Counter(ours).values() if count > 1) > MOST_SEARCHED:
        return None
    return _search(before.network, after.network, ours, theirs)


def is_isomorphism(before: Side, after: Side, pairs: dict[int, int]) -> bool:
    """Whether a correspondence of all nodes keeps layers, connections, shared weights and outputs."""
    ours, theirs = before.network, after.network
    if len(set(pairs.values())) != len(ours.nodes) or [pairs[at] for at in ours.outputs] != list(theirs.outputs):
        return False
    for at, node in enumerate(ours.nodes):
        other = theirs.nodes[pairs[at]]
        sources, expected = [pairs[source] for source in node.inputs], list(other.inputs)
        if node.layer.commutative:
            sources, expected = sorted(sources), sorted(expected)
        shares = None if node.shares is None else pairs[node.shares]
        if before.labels[at] != after.labels[pairs[at]] or sources != expected or shares != other.shares:
            return False
    return True


def _colour(side: Side, number: Numbering) -> list[int]:
    """Two sweeps down and up: the second also tells nodes apart by what stands beside what they are connected with."""
    colours: Sequence[int] = side.labels
    for _ in range(2):
        down = sweep_down(side.network, colours, range(len(colours)), number, {})
        up = _sweep_up(side.network, colours, number)
        colours = [number((down[at], up[at])) for at in range(len(colours))]
    return list(colours)


def _sweep_up(network: Network, labels: Sequence[int], number: Numbering) -> list[int]:
    """Number every node by its layer and everything that its result flows to."""
    count = len(network.nodes)
    readers: list[list[tuple[int, int]]] = [[] for _ in range(count)]
    for position, at in enumerate(network.outputs):
        readers[at].append((-1, position))
    seen = [0] * count
    for at in range(count - 1, -1, -1):
        node = network.nodes[at]
        seen[at] = number(("read by", labels[at], tuple(sorted(readers[at]))))
        for slot, source in enumerate(node.inputs):
            readers[source].append((seen[at], 0 if node.layer.commutative else slot))
        if node.shares is not None:
            readers[node.shares].append((seen[at], -1))
    return seen


def _pair_downwards(before: Network, after: Network, ours: Sequence[int], theirs: Sequence[int]) -> dict[int, int] | None:
    free: dict[tuple[int, tuple[int, ...], int | None], list[int]] = {}
    for at in range(len(theirs) - 1, -1, -1):
        node = after.nodes[at]
        free.setdefault((theirs[at], _key(node.inputs, node.layer.commutative), node.shares), []).append(at)
    pairs: dict[int, int] = {}
    for at, node in enumerate(before.nodes):
        sources = _key([pairs[source] for source in node.inputs], node.layer.commutative)
        candidates = free.get((ours[at], sources, None if node.shares is None else pairs[node.shares]))
        if not candidates:
            return None
        pairs[at] = candidates.pop()
    return pairs


def _key(sources: Sequence[int], commutative: bool) -> tuple[int, ...]:
    return tuple(sorted(sources)) if commutative else tuple(sources)


def _search(before: Network, after: Network, ours: Sequence[int], theirs: Sequence[int]) -> dict[int, int] | None:
    """Search for a correspondence: the algorithm VF2, kept to nodes of one colour and to edges into the same input."""
    from networkx.algorithms import isomorphism

    vf2: Any = isomorphism
    matcher = vf2.DiGraphMatcher(
        _to_graph(before, ours),
        _to_graph(after, theirs),
        node_match=vf2.categorical_node_match("colour", None),
        edge_match=vf2.categorical_edge_match("roles", None),
    )
    return dict(matcher.mapping) if matcher.is_isomorphic() else None


def _to_graph(network: Network, colours: Sequence[int]) -> Any:
    from networkx import DiGraph

    roles: dict[tuple[int, int], list[int]] = {}
    for at, node in enumerate(network.nodes):
        for slot, source in enumerate(node.inputs):
            roles.setdefault((source, at), []).append(0 if node.layer.commutative else slot)
        if node.shares is not None:
            roles.setdefault((node.shares, at), []).append(-1)
    new_graph: Any = DiGraph
    graph = new_graph()
    for at, colour in enumerate(colours):
        graph.add_node(at, colour=colour)
    for (source, at), found in roles.items():
        graph.add_edge(source, at, roles=tuple(sorted(found)))
    return graph
