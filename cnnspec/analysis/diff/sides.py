"""The two networks of a comparison, each as a tree of scopes, with numbers for whatever is alike in both.

A structure (a layer with its arguments, a layer with all it reads, the content of a block) is a tuple, and equal tuples
get the same number. So two structures are compared by their numbers, whatever their size. Names are no part of any.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cached_property

from cnnspec.analysis.depth import is_weighted
from cnnspec.analysis.report import ModelReport
from cnnspec.ir import Network, Scope
from cnnspec.layers.base import Layer
from cnnspec.layers.input import Input


class Numbering:
    """Gives every structure a number, equal ones the same, in the order in which they are first met."""

    def __init__(self) -> None:
        self._numbers: dict[object, int] = {}

    def __call__(self, structure: object) -> int:
        return self._numbers.setdefault(structure, len(self._numbers))


class Item:
    """A layer, or a block with all it holds, as one thing to find a partner for.

    Attributes:
        first, last: its nodes are ``first … last − 1``.
        scope: what states it; None for a layer.
        children: the items of a block; none for a layer.
        content: the number of what it is inside, alike for blocks that differ in names alone.
        reads: nodes outside that it reads, in the order of the text; of a layer, one for each input.
        commutative: a layer whose inputs may change places.
        partner: the item of the other side that it corresponds to.
        opened: a block whose items find their partners as if it were not there.
    """

    __slots__ = ("children", "commutative", "content", "first", "last", "opened", "partner", "reads", "scope")

    def __init__(self, first: int, last: int, scope: Scope | None, children: tuple[Item, ...]) -> None:
        self.first = first
        self.last = last
        self.scope = scope
        self.children = children
        self.content = -1
        self.reads: tuple[int, ...] = ()
        self.commutative = False
        self.partner: Item | None = None
        self.opened = False

    @property
    def size(self) -> int:
        """The number of its layers."""
        return self.last - self.first

    @property
    def nodes(self) -> range:
        return range(self.first, self.last)


class Side:
    """One of two networks that are compared.

    Attributes:
        labels: per node, the number of its layer: kind and arguments, no name.
        items: the model's layers and blocks, outermost.
        partners: nodes of the other side by the nodes of this one that they correspond to.
    """

    def __init__(self, report: ModelReport, number: Numbering) -> None:
        self.report = report
        self.network: Network = report.network
        self._number = number
        self.labels = _label_layers([node.layer for node in self.network.nodes], number)
        self.items = _find_items(self.network)
        self.partners: dict[int, int] = {}
        for item in self.items:
            self._describe(item)

    @cached_property
    def weighted(self) -> frozenset[int]:
        """Nodes that have a kernel of weights: the layers that give a network its character."""
        return frozenset(row.index for row in self.report.rows if row.facts is not None and is_weighted(row.facts))

    def path(self, item: Item) -> str:
        """Its path inside the model."""
        return item.scope.path if item.scope is not None else self.network.nodes[item.first].path

    def name(self, item: Item) -> str:
        """The last part of its path."""
        return self.path(item).rpartition("/")[2]

    def count_labels(self, item: Item) -> Counter[int]:
        """How often each layer stands in an item, the same arguments taken together."""
        return Counter(self.labels[node] for node in item.nodes)

    def only_weighted(self, item: Item) -> Counter[int]:
        """The same of its layers with a kernel alone."""
        return Counter(self.labels[node] for node in item.nodes if node in self.weighted)

    def count_kinds(self, item: Item) -> Counter[str]:
        """How often each kind of layer stands in an item."""
        return Counter(self.network.nodes[node].layer.kind for node in item.nodes)

    def _describe(self, item: Item) -> None:
        """Work out the content of an item and of those in it, and what they read."""
        for child in item.children:
            self._describe(child)
        if item.scope is None:
            node = self.network.nodes[item.first]
            item.reads, item.commutative = node.inputs, node.layer.commutative
            item.content = self._number((self.labels[item.first], node.shares is None))
            return
        outside: dict[int, int] = {}
        seen = sweep_down(self.network, self.labels, item.nodes, self._number, outside)
        item.reads = tuple(outside)
        item.content = self._number(("content", tuple(sorted(seen.values())), seen[item.last - 1]))


def sweep_down(
    network: Network, labels: Sequence[int], nodes: range, number: Numbering, outside: dict[int, int]
) -> dict[int, int]:
    """Number every node by its layer and everything that flows into it from within a stretch of nodes.

    What flows in from before the stretch counts by the order in which it is first read; ``outside`` keeps that order.
    """
    seen: dict[int, int] = {}
    for at in nodes:
        node = network.nodes[at]
        sources = [seen[s] if s in seen else ~outside.setdefault(s, len(outside)) for s in node.inputs]
        if node.layer.commutative:
            sources.sort()
        shared = None if node.shares is None else seen.get(node.shares, -1)
        seen[at] = number(("reads", labels[at], tuple(sources), shared))
    return seen


def _label_layers(layers: Sequence[Layer], number: Numbering) -> list[int]:
    known: dict[int, int] = {}  # many nodes hold one and the same layer
    labels: list[int] = []
    for layer in layers:
        found = known.get(id(layer))
        if found is None:
            found = known[id(layer)] = number(_without_symbols(layer))
        labels.append(found)
    return labels


def _without_symbols(layer: Layer) -> object:
    """What makes layers equal; the unknown extents of an input are called after it, and names do not count."""
    if isinstance(layer, Input):
        return ("Input", tuple(None if isinstance(dim, str) else dim for dim in layer.shape))
    return layer


def _find_items(network: Network) -> tuple[Item, ...]:
    """The tree of blocks and passes of repeats; the scope of a named flow only names it, and its layers stand for themselves."""
    scopes = [scope for scope in network.scopes if scope.kind != "flow"]
    at = 0

    def inside(first: int, last: int) -> Iterator[Item]:
        nonlocal at
        node = first
        while node < last:
            if at < len(scopes) and scopes[at].first == node and scopes[at].last <= last:
                scope = scopes[at]
                at += 1
                yield Item(scope.first, scope.last, scope, tuple(inside(scope.first, scope.last)))
                node = scope.last
            else:
                yield Item(node, node + 1, None, ())
                node += 1

    return tuple(inside(0, len(network.nodes)))
