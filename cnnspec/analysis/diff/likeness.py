"""How much alike items are: what it costs to say that two of them correspond, and which blocks may be looked into."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from cnnspec.analysis.diff.levels import Level
from cnnspec.analysis.diff.order import EDIT
from cnnspec.analysis.diff.sides import Item, Side


class Likeness:
    """Prices of pairs, each worked out once: what they hold decides, and the names of blocks."""

    def __init__(self, before: Side, after: Side) -> None:
        self.before = before
        self.after = after
        self._prices: dict[tuple[object, object], int | None] = {}

    def price(self, item: Item, other: Item) -> int | None:
        """The edits that make one item the other, as a price; None where they are two different things."""
        key = (item.scope and item.scope.label, item.content), (other.scope and other.scope.label, other.content)
        if key not in self._prices:
            self._prices[key] = self._weigh(item, other)
        return self._prices[key]

    def _weigh(self, item: Item, other: Item) -> int | None:
        """Of two blocks of one name at least as many edits as layers that only one of them holds."""
        if item.content == other.content:
            return 0
        if item.scope is None and other.scope is None:
            return _weigh_layers(self.before, self.after, item.first, other.first)
        if item.scope is None or other.scope is None:
            return None
        ours, theirs = self.before.count_labels(item), self.after.count_labels(other)
        edits = max(1, (ours - theirs).total(), (theirs - ours).total())
        if item.scope.label == other.scope.label:
            return EDIT * edits
        if item.scope.label in block_names(other.children) or other.scope.label in block_names(item.children):
            return None
        return EDIT * edits + 2 if _are_alike(self.before, item, self.after, other) else None


def _weigh_layers(before: Side, after: Side, at: int, other: int) -> int | None:
    layer, found = before.network.nodes[at].layer, after.network.nodes[other].layer
    if layer.kind == found.kind:
        return EDIT + 2 * sum(getattr(layer, name) != getattr(found, name) for name in type(layer).model_fields)
    return EDIT + 100 if layer.family == found.family else None


def _are_alike(before: Side, item: Item, after: Side, other: Item) -> bool:
    """Whether blocks of different names are one block that was renamed and changed: most of it, or of its kernels, is alike.

    Or they hold the same kinds, each as often.
    """
    ours, theirs = before.count_labels(item), after.count_labels(other)
    if before.count_kinds(item) == after.count_kinds(other):
        return True
    kernels = before.only_weighted(item), after.only_weighted(other)
    if not kernels[0] or not kernels[1]:
        return _likeness(ours, theirs) >= 1 / 2
    return _likeness(*kernels) >= 1 / 2 or _likeness(ours, theirs) >= 3 / 4


def _likeness(ours: Counter[int], theirs: Counter[int]) -> float:
    """What they have in common, of all that they have: 1 for the same, 0 for nothing."""
    return 2 * (ours & theirs).total() / (ours.total() + theirs.total())


def open_blocks(ours: Level, theirs: Level) -> tuple[Sequence[Item], Sequence[Item]] | None:
    """The items with some blocks replaced by what they hold: those that the other side has without the block around.

    All blocks of one name are opened on both sides, for any of them may be the one that was written out. None where there
    is nothing to open: every block has a partner, or nothing on the other side that resembles it.
    """
    labels = _resembling(ours, theirs) | _resembling(theirs, ours)
    if not labels:
        return None
    return _open(ours.items, labels), _open(theirs.items, labels)


def _resembling(level: Level, other: Level) -> set[str]:
    """Names of blocks without a partner of which half the kinds, or one of the blocks, are alone on the other side too."""
    alone = [other.items[at] for at in other.free]
    kinds = Counter(kind for item in alone if item.scope is None for kind in other.side.count_kinds(item))
    blocks = block_names(alone)
    found: set[str] = set()
    for at in level.free:
        item = level.items[at]
        if item.scope is None:
            continue
        held = level.side.count_kinds(item)
        if 2 * (held & kinds).total() >= held.total() or block_names(item.children) & blocks:
            found.add(item.scope.label)
            kinds -= held
    return found


def _open(items: Sequence[Item], labels: set[str]) -> Sequence[Item]:
    opened: list[Item] = []
    for item in items:
        if item.scope is not None and item.scope.label in labels:
            item.opened = True
            opened += item.children
        else:
            opened.append(item)
    return opened


def block_names(items: Sequence[Item]) -> set[str]:
    """The names of the blocks among them; a pass of a repeat has none."""
    return {item.scope.label for item in items if item.scope is not None and item.scope.kind == "block"}
