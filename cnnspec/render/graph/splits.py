"""Inner splits: branches that meet among themselves before they meet the rest get a point of their own to start from.

In ``Concat { | Add { | a | b } | c }`` all of a, b and c read one card. To keep a, b and their Add together beside c, a
split without a size is put above a and b; the edges to them run through it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from cnnspec.render.graph.nesting import Nesting, nest


@dataclass(slots=True)
class Split:
    """A split to be put in: below which item, and what begins under it (items and further splits)."""

    above: int
    units: list[Split | int]
    first: int


@dataclass(slots=True)
class _Cluster:
    """Siblings that belong together: they meet in the last of them.

    ``out`` are the siblings that read from it, ``leaves`` says that something beyond the stack does.
    """

    units: list[Split | int]
    size: int
    first: int
    out: set[int]
    leaves: bool
    fed: bool  # reads siblings outside


@dataclass(slots=True)
class Splitting:
    """A graph with splits put in, in topological order; item 0 is the root.

    Attributes:
        inputs: per item what it reads.
        place: per old item its new number.
        through: per pair (reader, source) of old items, the new numbers of the splits that the edge runs through.
    """

    inputs: list[list[int]]
    place: list[int]
    through: dict[tuple[int, int], list[int]] = field(default_factory=dict[tuple[int, int], list[int]])


def put_splits_in(inputs: Sequence[Sequence[int]]) -> Splitting:
    """The graph with a split wherever siblings meet among themselves beside others."""
    tree = nest(inputs)
    splits, enclosing, around = _number(_find_splits(tree, inputs))
    starts: dict[int, list[int]] = {}
    for number, split in enumerate(splits):
        starts.setdefault(split.first, []).append(number)
    result = Splitting([[]], [0] * len(inputs))
    split_place: list[int] = [0] * len(splits)
    for item in range(1, len(inputs)):
        for number in starts.get(item, ()):
            outer = enclosing[number]
            split_place[number] = len(result.inputs)
            result.inputs.append([result.place[splits[number].above] if outer is None else split_place[outer]])
        result.place[item] = len(result.inputs)
        reads: list[int] = []
        for source in inputs[item] or ((0,) if item in around else ()):
            reads.append(result.place[source])
            if source == tree.parent[item] and item in around:
                way: list[int] = []
                number = around[item]
                while number is not None:
                    way.append(split_place[number])
                    number = enclosing[number]
                result.through[item, source] = way[::-1]
                reads[-1] = way[0]
        result.inputs.append(reads)
    return result


def _number(tops: list[Split]) -> tuple[list[Split], list[int | None], dict[int, int | None]]:
    """All splits, outer before inner; per split the one around it; per item that begins under a split, that split."""
    splits: list[Split] = []
    enclosing: list[int | None] = []
    around: dict[int, int | None] = {}
    pending: list[tuple[Split | int, int | None]] = [(split, None) for split in reversed(tops)]
    while pending:
        unit, outer = pending.pop()
        if isinstance(unit, int):
            around[unit] = outer
            continue
        splits.append(unit)
        enclosing.append(outer)
        pending.extend((part, len(splits) - 1) for part in reversed(unit.units))
    return splits, enclosing, around


def _find_splits(tree: Nesting, inputs: Sequence[Sequence[int]]) -> list[Split]:
    count = len(inputs)
    out: list[set[int]] = [set() for _ in range(count)]  # per item, the siblings that read from its block
    escape = [count] * count  # per item, the least depth of a stack that its block's edges lead to
    for item in range(1, count):
        above = tree.parent[item]
        for source in inputs[item]:
            escape[source] = min(escape[source], tree.depth[above])
            if source != above:
                out[tree.ancestor(source, tree.depth[above] + 1)].add(item)
    for item in range(count - 1, 0, -1):
        escape[tree.parent[item]] = min(escape[tree.parent[item]], escape[item])
    found: list[Split] = []
    for above, stack in enumerate(tree.stacks):
        if len(stack) > 1 and sum(len(layer) for layer in stack) > 2:
            found += _cluster(tree, inputs, above, out, escape)
    return found


def _cluster(tree: Nesting, inputs: Sequence[Sequence[int]], above: int, out: list[set[int]], escape: list[int]) -> list[Split]:
    stack, depth = tree.stacks[above], tree.depth[above]
    up_to = [0]
    for layer in stack:
        up_to.append(up_to[-1] + len(layer))
    clusters: dict[int, _Cluster] = {}
    leader: dict[int, int] = {}  # union-find: the sibling in which an item's cluster meets

    def find(item: int) -> int:
        while leader[item] != item:
            leader[item] = item = leader[leader[item]]
        return item

    for item in sorted(item for layer in stack for item in layer):
        siblings = [tree.ancestor(source, depth + 1) for source in inputs[item] if source != above]
        own = clusters[item] = _Cluster([item], 1, item, out[item], escape[item] < depth, bool(siblings))
        leader[item] = item
        parts = [clusters[root] for root in dict.fromkeys(find(sibling) for sibling in siblings)]
        if not parts or any(part.leaves or part.fed or part.out != {item} for part in parts):
            continue
        parts.sort(key=lambda part: part.first)
        beside = up_to[tree.layer[item] + 1] > 1 + sum(part.size for part in parts)
        _merge(own, parts, above, beside)
        for sibling in siblings:
            leader[find(sibling)] = item
    tops = [cluster for item, cluster in clusters.items() if leader[item] == item]
    return [unit for cluster in tops for unit in cluster.units if isinstance(unit, Split)]


def _merge(own: _Cluster, parts: list[_Cluster], above: int, beside: bool) -> None:
    """Join clusters in the one that reads them, under a split if there is something beside them."""
    item = own.units[0]
    own.fed = False
    own.size += sum(part.size for part in parts)
    own.first = parts[0].first
    only = parts[0].units[0]
    if beside and len(parts) == 1 and len(parts[0].units) == 1 and isinstance(only, Split):
        only.units.append(item)  # the split that is there is above them all
        own.units = [only]
        return
    own.units = [unit for part in parts for unit in part.units] + [item]
    if beside:
        own.units = [Split(above, own.units, own.first)]
