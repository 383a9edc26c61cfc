"""Which layers of two networks correspond.

Blocks are matched before what they hold, so that one that was added is added as a whole. On each level, from certain to
likely: what stands in the same context (all that flows into it is the same, or all that it flows to); then what is alike
in the order of the text; then what is alike in another order, which a branch that changed places is, or a layer that moved.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from cnnspec.analysis.diff.isomorphism import find_isomorphism
from cnnspec.analysis.diff.levels import (
    Level,
    Place,
    block_or_layer,
    compare_neighbours,
    content_of,
    let_last_be_alone,
    name_of_kind,
    pair,
)
from cnnspec.analysis.diff.likeness import Likeness, open_blocks
from cnnspec.analysis.diff.order import EDIT, align
from cnnspec.analysis.diff.sides import Item, Numbering, Side

#: Places of items in the sequences of a level.
Pairs = list[tuple[int, int]]


def match(before: Side, after: Side, number: Numbering) -> None:
    """Find the partner of every layer that has one, as ``partners`` of both sides."""
    found = find_isomorphism(before, after, number)
    if found is not None:
        for at, other in found.items():
            _join(before, after, at, other)
        return
    _Matcher(before, after, number).match()


def _join(before: Side, after: Side, at: int, other: int) -> None:
    before.partners[at] = other
    after.partners[other] = at


class _Matcher:
    def __init__(self, before: Side, after: Side, number: Numbering) -> None:
        self.before = before
        self.after = after
        self.number = number
        self.likeness = Likeness(before, after)

    def match(self) -> None:
        self._match_items(self.before.items, self.after.items)
        self._match_moved()

    def _match_items(self, before: Sequence[Item], after: Sequence[Item]) -> None:
        """Match the items of two levels, then what those that correspond hold."""
        while True:
            ours = Level(self.before, before, lambda node: node if node in self.before.partners else -1)
            theirs = Level(self.after, after, lambda node: self.after.partners.get(node, -1))
            self._match_contexts(ours, theirs)
            if ours.branches or theirs.branches:
                self._match_neighbourhoods(ours, theirs)
            self._match_in_order(ours, theirs)
            opened = open_blocks(ours, theirs)
            if opened is None:
                break
            for item in (*before, *after):  # with more to choose from, other pairs may be better
                item.partner = None
            before, after = opened
        let_last_be_alone(theirs)
        let_last_be_alone(ours)
        for item in before:
            if item.partner is not None:
                self._settle(item, item.partner)

    def _settle(self, item: Item, other: Item) -> None:
        item.partner, other.partner = other, item
        if item.scope is None:
            _join(self.before, self.after, item.first, other.first)
        else:
            self._match_items(item.children, other.children)

    # --- by context --------------------------------------------------------------------------------------------

    def _match_contexts(self, ours: Level, theirs: Level) -> None:
        """All that flows in and all that it flows to alike; then one of them, and the nearest of the other.

        One alone would be no proof: a layer that was put before a branch has the context of that branch's first layer.
        """
        above, below = (
            [level.upstream(self.number) for level in (ours, theirs)],
            [level.downstream(self.number) for level in (ours, theirs)],
        )
        contents = [[item.content for item in level.items] for level in (ours, theirs)]
        near_above = [level.upstream(self.number, colours) for level, colours in zip((ours, theirs), contents, strict=True)]
        near_below = [level.downstream(self.number, colours) for level, colours in zip((ours, theirs), contents, strict=True)]
        for one, other in ((above, below), (above, near_below), (near_above, below)):
            self._match_equal(ours, theirs, *(list(zip(a, b, strict=True)) for a, b in zip(one, other, strict=True)))

    def _match_neighbourhoods(self, ours: Level, theirs: Level) -> None:
        """What stands in a neighbourhood that there is once on either side; first of equal contents, then of blocks' names.

        In a chain the order tells as much. Between branches it does not, for they may have changed places.
        """
        for name in (content_of, block_or_layer):
            for radius in (3, 2):
                keys: list[dict[int, int]] = []
                for level in (ours, theirs):
                    colours = self._colour(level, [self.number(name(level, item)) for item in level.items], radius)
                    count = Counter(colours[at] for at in level.free)
                    keys.append({colours[at]: at for at in level.free if count[colours[at]] == 1})
                for colour, at in keys[0].items():
                    if colour in keys[1]:
                        pair(ours.items[at], theirs.items[keys[1][colour]])

    def _colour(self, level: Level, colours: Sequence[int], radius: int) -> Sequence[int]:
        for _ in range(radius):
            above, below = level.upstream(self.number, colours), level.downstream(self.number, colours)
            colours = [self.number((above[at], below[at])) for at in range(len(colours))]
        return colours

    def _match_equal(self, ours: Level, theirs: Level, keys: Sequence[object], other_keys: Sequence[object]) -> None:
        waiting: dict[object, list[int]] = {}
        for at in reversed(theirs.free):
            waiting.setdefault(other_keys[at], []).append(at)
        for at in ours.free:
            if candidates := waiting.get(keys[at]):
                pair(ours.items[at], theirs.items[candidates.pop()])

    # --- by likeness -------------------------------------------------------------------------------------------

    def _match_in_order(self, ours: Level, theirs: Level) -> None:
        """Align what has no partner yet; then again what is left, in which only what fits its neighbours finds one."""
        price = self._price
        while (left := ours.free) and (right := theirs.free):
            pairs = self._align(ours, theirs, left, right, price)
            for at, other in pairs:
                pair(ours.items[at], theirs.items[other])
            if not pairs:
                return
            price = self._price_of_leftovers

    def _align(
        self, ours: Level, theirs: Level, left: list[int], right: list[int], price: Callable[[Place, Place], int | None]
    ) -> Pairs:
        pairs = align(
            [ours.items[at].size for at in left],
            [theirs.items[at].size for at in right],
            lambda row, column: price((ours, left[row]), (theirs, right[column])),
        )
        if pairs is None:
            return list(self._pair_alike(ours, theirs, left, right))
        return [(left[row], right[column]) for row, column in pairs]

    def _pair_alike(self, ours: Level, theirs: Level, left: list[int], right: list[int]) -> Iterator[tuple[int, int]]:
        """Where an alignment would take too long: the first of a content with the first of the same, then of a kind."""
        taken: set[int] = set()
        for name in (content_of, name_of_kind):
            waiting: dict[object, list[int]] = {}
            for at in reversed(right):
                if ~at not in taken:
                    waiting.setdefault(name(theirs, theirs.items[at]), []).append(at)
            for at in left:
                candidates = waiting.get(name(ours, ours.items[at]))
                if at not in taken and candidates:
                    other = candidates.pop()
                    taken |= {at, ~other}
                    yield at, other

    def _price(self, place: Place, other: Place) -> int | None:
        """What it costs to say that two items correspond; None where they do not."""
        item, found = place[0].items[place[1]], other[0].items[other[1]]
        price = self.likeness.price(item, found)
        if price is None:
            return None
        if item.content == found.content:
            agreeing, opposing = compare_neighbours(place, other)
            return EDIT - 1 if opposing and not agreeing else 0  # it moved
        return price if self.before.name(item) == self.after.name(found) else price + 1

    def _price_of_leftovers(self, place: Place, other: Place) -> int | None:
        price = self._price(place, other)
        if price is None or place[0].items[place[1]].content == other[0].items[other[1]].content:
            return price
        agreeing, opposing = compare_neighbours(place, other)
        return price if agreeing and not opposing else None

    # --- across blocks -----------------------------------------------------------------------------------------

    def _match_moved(self) -> None:
        """Partners for what was moved out of its block or into another one: equal blocks, then equal layers."""
        waiting: dict[int, list[Item]] = {}
        for other in reversed(list(_without_partner(self.after.items))):
            waiting.setdefault(other.content, []).append(other)
        for item in list(_without_partner(self.before.items)):
            if (candidates := waiting.get(item.content)) and self._may_move(item, candidates[-1]):
                self._settle(item, candidates.pop())

    def _may_move(self, item: Item, other: Item) -> bool:
        """Layers without a kernel are too much alike to be followed anywhere but to where they fit."""
        if not self.before.weighted.isdisjoint(item.nodes):
            return True
        readers = self.before.network.readers[item.last - 1], self.after.network.readers[other.last - 1]
        return any(
            {self.before.partners.get(node, -1) for node in ours} & set(theirs)
            for ours, theirs in ((item.reads, other.reads), readers)
        )


def _without_partner(items: Sequence[Item]) -> Iterator[Item]:
    """Blocks, outermost, and layers outside of them that have no partner."""
    for item in items:
        if item.partner is not None or item.opened:
            yield from _without_partner(item.children)
        else:
            yield item
