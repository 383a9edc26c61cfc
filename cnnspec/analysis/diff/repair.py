"""Second thoughts about layers that read something else: another partner may explain it, or that one of them moved."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cnnspec.analysis.diff.sides import Item, Side
from cnnspec.analysis.diff.wiring import Wiring

#: How many layers are looked at, counted once for every alternative, before things stay as they are.
MOST_WORK = 200_000

#: A change of partners: pairs to be made, in whose place others are given up.
_Exchange = tuple[tuple[int, int], ...]


class Repair:
    """Improves a matching step by step, as long as fewer layers read something else."""

    def __init__(self, wiring: Wiring) -> None:
        self.wiring = wiring
        self.before: Side = wiring.before
        self.after: Side = wiring.after
        self.work = MOST_WORK

    def run(self) -> None:
        """First other partners, then moves."""
        while self._exchange_partners():
            pass
        while self._find_move():
            pass

    def _cost(self) -> int:
        """Layers that read something else; one without a partner counts like one that was changed."""
        self.work -= len(self.before.partners)
        alone = len(self.before.network.nodes) + len(self.after.network.nodes) - 2 * len(self.before.partners)
        return len(self.wiring.disagreeing()) + (not self.wiring.outputs_agree()) + alone

    # --- other partners ----------------------------------------------------------------------------------------

    def _exchange_partners(self) -> bool:
        """Make the first exchange that leaves fewer layers that read something else; whether there was one."""
        suspects = self.wiring.disagreeing()
        if not suspects:
            return False
        cost = self._cost()
        for exchange in self._exchanges(suspects):
            if self.work < 0:
                return False
            undo = self._apply(exchange)
            if self._cost() < cost:
                return True
            self._restore(undo)
        return False

    def _exchanges(self, suspects: Sequence[int]) -> Iterator[_Exchange]:
        """Equal layers around those that read something else: pairs of them crosswise, or with one that has no partner."""
        near = list(dict.fromkeys(node for at in suspects for node in (at, *self.before.network.nodes[at].inputs)))
        others = {self.after.partners[other]: other for other in self._near_partners(suspects) if other in self.after.partners}
        paired = dict.fromkeys([*(at for at in near if at in self.before.partners), *others])
        free = [at for at in range(len(self.before.network.nodes)) if at not in self.before.partners]
        other_free = [at for at in range(len(self.after.network.nodes)) if at not in self.after.partners]
        for one in free:
            yield from (((one, other),) for other in other_free if self.after.labels[other] == self.before.labels[one])
        for at in paired:
            partner, label = self.before.partners[at], self.before.labels[at]
            yield from (((at, other),) for other in other_free if self.after.labels[other] == label)
            yield from (((one, partner),) for one in free if self.before.labels[one] == label)
            for one in paired:
                if one > at and self.before.labels[one] == label:
                    yield (at, self.before.partners[one]), (one, partner)

    def _near_partners(self, suspects: Sequence[int]) -> Iterator[int]:
        for at in suspects:
            other = self.before.partners[at]
            yield other
            yield from self.after.network.nodes[other].inputs

    def _apply(self, exchange: _Exchange) -> tuple[dict[int, int], dict[int, int]]:
        """Make the pairs; returns the partners as they were."""
        ours, theirs = self.before.partners, self.after.partners
        undo = dict(ours), dict(theirs)
        for at, other in exchange:
            if at in ours:
                theirs.pop(ours.pop(at))
            if other in theirs:
                ours.pop(theirs.pop(other))
            ours[at], theirs[other] = other, at
        self.wiring.forget()
        return undo

    def _restore(self, undo: tuple[dict[int, int], dict[int, int]]) -> None:
        self.before.partners, self.after.partners = undo
        self.wiring.forget()

    # --- moves -------------------------------------------------------------------------------------------------

    def _find_move(self) -> bool:
        """Take the layer or block as moved that leaves the fewest that read something else; whether that was worth it.

        A move is a change itself, so it must explain at least two.
        """
        suspects = self.wiring.disagreeing()
        if len(suspects) < 2:
            return False
        blocks = {self.before.path(item): item.nodes for item in self._blocks_around(self.before.items, suspects)}
        layers = {self.before.network.nodes[at].path: range(at, at + 1) for at in suspects}
        best, worth = "", self._cost() - 1
        candidates = layers | blocks
        for path, nodes in candidates.items():
            if self.work < 0:
                return False
            self.wiring.move(nodes, path)
            left = self._cost()
            self.wiring.move_back(nodes)
            if left < worth:
                best, worth = path, left
        if best:
            self.wiring.move(candidates[best], best)
        return bool(best)

    def _blocks_around(self, items: Sequence[Item], nodes: Sequence[int]) -> Iterator[Item]:
        """Blocks that hold one of these nodes and are the same inside as the block of their partners; outer before inner."""
        for item in items:
            if item.scope is not None and any(at in item.nodes for at in nodes):
                if self._is_same_inside(item):
                    yield item
                yield from self._blocks_around(item.children, nodes)

    def _is_same_inside(self, item: Item) -> bool:
        other = item.partner
        if other is None or other.content != item.content or any(at in self.wiring.moved for at in item.nodes):
            return False
        return {self.before.partners.get(at) for at in item.nodes} == set(other.nodes)
