"""Levels: the items that find their partners together, and the graph between them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property

from cnnspec.analysis.diff.sides import Item, Numbering, Side


class Level:
    """Items of one side that find their partners together: those of the model, or of one block."""

    def __init__(self, side: Side, items: Sequence[Item], canonical: Callable[[int], int]) -> None:
        self.side = side
        self.items = items
        self.owner = {node: at for at, item in enumerate(items) for node in item.nodes}
        self._canonical = canonical

    @property
    def free(self) -> list[int]:
        """Places of the items without a partner."""
        return [at for at, item in enumerate(self.items) if item.partner is None]

    @cached_property
    def branches(self) -> bool:
        """Whether this is more than one layer after the other."""
        return any(len(readers) > 1 for readers in self.readers) or any(len(sources) > 1 for sources in self.sources)

    @cached_property
    def sources(self) -> list[tuple[tuple[int, int], ...]]:
        """Per item, what it reads: the place of an item of the level and the node, counted from its end.

        What stands outside of the level is at −1, told apart by its partner.
        """
        return [tuple(self._source(source) for source in item.reads) for item in self.items]

    def _source(self, source: int) -> tuple[int, int]:
        at = self.owner.get(source)
        return (-1, self._canonical(source)) if at is None else (at, source - self.items[at].last)

    @cached_property
    def readers(self) -> list[tuple[tuple[int, int, int], ...]]:
        """Per item, what reads it: the place of an item, the input that it reads it with, the distance from its own end.

        Outputs of the network are at −2, readers outside of the level all at −1.
        """
        found: list[set[tuple[int, int, int]]] = [set() for _ in self.items]
        network = self.side.network
        for position, node in enumerate(network.outputs):
            if node in self.owner:
                found[self.owner[node]].add((-2, position, node - self.items[self.owner[node]].last))
        for node, at in self.owner.items():
            if any(reader not in self.owner for reader in network.readers[node]):
                found[at].add((-1, 0, 0))
        for at, sources in enumerate(self.sources):
            for slot, (source, distance) in enumerate(sources):
                if source >= 0:
                    found[source].add((at, -1 if self.items[at].commutative else slot, distance))
        return [tuple(items) for items in found]

    def above(self, at: int) -> list[Item]:
        """The items that one reads."""
        return [self.items[source] for source, _ in self.sources[at] if source >= 0]

    def below(self, at: int) -> list[Item]:
        """The items that read one."""
        return [self.items[reader] for reader, _, _ in self.readers[at] if reader >= 0]

    def upstream(self, number: Numbering, colours: Sequence[int] = ()) -> list[int]:
        """Per item, the number of what it is and what flows into it: all of it, or, with colours, only the nearest."""
        seen: list[int] = []
        for at, item in enumerate(self.items):
            known = colours or seen
            keys = [(known[source] if source >= 0 else -1, distance) for source, distance in self.sources[at]]
            own = colours[at] if colours else item.content
            seen.append(number(("from", own, tuple(sorted(keys) if item.commutative else keys))))
        return seen

    def downstream(self, number: Numbering, colours: Sequence[int] = ()) -> list[int]:
        """Per item, the number of what it is and what its result flows to: all of it, or, with colours, only the nearest."""
        seen = [0] * len(self.items)
        known = colours or seen
        for at in range(len(self.items) - 1, -1, -1):
            keys = [(known[reader] if reader >= 0 else reader, slot, away) for reader, slot, away in self.readers[at]]
            own = colours[at] if colours else self.items[at].content
            seen[at] = number(("to", own, tuple(sorted(keys))))
        return seen


#: An item by its place in a level.
Place = tuple[Level, int]


def pair(item: Item, other: Item) -> None:
    """Let two items correspond."""
    item.partner, other.partner = other, item


def compare_neighbours(place: Place, other: Place) -> tuple[bool, bool]:
    """Of the items that two items read and are read by: whether some correspond, and whether some could but do not."""
    agreeing = opposing = False
    for ours, theirs in (
        (place[0].above(place[1]), other[0].above(other[1])),
        (place[0].below(place[1]), other[0].below(other[1])),
    ):
        partners = {item.partner for item in ours if item.partner is not None}
        known = {item for item in theirs if item.partner is not None}
        agreeing |= bool(partners & known)
        opposing |= bool(partners - known) and bool(known - partners)
    return agreeing, opposing


def let_last_be_alone(level: Level) -> None:
    """Of several alike one after the other, take the last as those that were added or removed."""
    start = 0
    for at, item in enumerate(level.items):
        if level.sources[at] != ((at - 1, -1),):
            start = at  # a run of layers, each of which reads the one before, begins anew
        if item.partner is None:
            continue
        first = level.items[start]
        if start < at and first.content == item.content and first.partner is None:
            pair(item.partner, first)
            item.partner = None
            start += 1
        else:
            start = at + 1


def content_of(_: Level, item: Item) -> object:
    """What it is, names apart."""
    return item.content


def block_or_layer(_: Level, item: Item) -> object:
    """The block's name or the layer with its arguments."""
    return item.scope.label if item.scope is not None else item.content


def name_of_kind(level: Level, item: Item) -> object:
    """The block's name or the layer's kind."""
    return item.scope.label if item.scope is not None else level.side.network.nodes[item.first].layer.kind
