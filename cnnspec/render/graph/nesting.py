"""How cards nest: what lies between a split and its merge belongs to the split.

The immediate dominator of a card is the last card that every path to it passes. A card's *stack* is what it dominates
immediately, in layers: layer 0 reads the card itself, the branches side by side; a later layer reads earlier ones, the
merges. A chain is a stack of one below a stack of one. Such boxes in boxes never overlap, whatever the network.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

ROOT = 0  #: The virtual card above all inputs; card i of the view is item i + 1 here.


@dataclass(frozen=True, slots=True)
class Nesting:
    """The dominator tree of a graph with its stacks; items are numbered from 1, item 0 is the root.

    Attributes:
        parent: the immediate dominator per item.
        layer: the layer in the parent's stack.
        stacks: per item, its layers of items.
    """

    parent: list[int]
    layer: list[int]
    stacks: list[list[list[int]]]
    depth: list[int]
    jump: list[int]

    def ancestor(self, item: int, depth: int) -> int:
        """The ancestor of an item at a depth of at most its own."""
        while self.depth[item] > depth:
            item = self.jump[item] if self.depth[self.jump[item]] >= depth else self.parent[item]
        return item


def nest(inputs: Sequence[Sequence[int]]) -> Nesting:
    """The nesting of a graph in topological order; ``inputs[i]`` are the items that item i reads, ``inputs[0]`` is empty.

    With jump pointers a common ancestor takes logarithmic time, so that long skips stay cheap.
    """
    count = len(inputs)
    tree = Nesting([0] * count, [0] * count, [[] for _ in range(count)], [0] * count, [0] * count)
    for item in range(1, count):
        sources = inputs[item] or (ROOT,)
        above = sources[0]
        for source in sources[1:]:
            above = _common(tree, above, source)
        _hang(tree, item, above)
        level = 0
        for source in sources:
            if source != above:
                level = max(level, tree.layer[tree.ancestor(source, tree.depth[item])] + 1)
        tree.layer[item] = level
        stack = tree.stacks[above]
        while len(stack) <= level:
            stack.append([])
        stack[level].append(item)
    return tree


def _hang(tree: Nesting, item: int, above: int) -> None:
    tree.parent[item] = above
    tree.depth[item] = tree.depth[above] + 1
    once, twice = tree.jump[above], tree.jump[tree.jump[above]]
    even = tree.depth[above] - tree.depth[once] == tree.depth[once] - tree.depth[twice]
    tree.jump[item] = twice if even else above


def _common(tree: Nesting, a: int, b: int) -> int:
    depth = min(tree.depth[a], tree.depth[b])
    a, b = tree.ancestor(a, depth), tree.ancestor(b, depth)
    while a != b:
        if tree.jump[a] != tree.jump[b]:
            a, b = tree.jump[a], tree.jump[b]
        else:
            a, b = tree.parent[a], tree.parent[b]
    return a
