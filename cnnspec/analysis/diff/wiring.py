"""Whether corresponding layers read the same, what was added or removed in between apart."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from cnnspec.analysis.diff.sides import Side
from cnnspec.record import record


@record
class _Feed:
    """What reaches an input: the nearest nodes with partners that it comes from, as nodes of the first network.

    ``direct`` means that there is nothing in between: the input reads just that node.
    """

    nodes: frozenset[int]
    direct: bool


class Wiring:
    """Compares what layers read, once partners are known.

    A layer that moved is looked through on both sides, as one that was added or removed: what read it before and what
    reads it now are no changes of their own.
    """

    def __init__(self, before: Side, after: Side) -> None:
        self.before = before
        self.after = after
        self.moved: dict[int, str] = {}  # nodes of ``before``, with the path of the block or layer that moved
        self._origins: dict[int, dict[int, frozenset[int]]] = {0: {}, 1: {}}

    def move(self, nodes: Iterable[int], path: str) -> None:
        """Take nodes of the first network, with their partners, as moved together: a layer, or the block of that path."""
        self.moved |= dict.fromkeys(nodes, path)
        self.forget()

    def move_back(self, nodes: Iterable[int]) -> None:
        """Take nodes as not moved."""
        for node in nodes:
            del self.moved[node]
        self.forget()

    def forget(self) -> None:
        """Look anew, for partners have changed."""
        self._origins = {0: {}, 1: {}}

    def reads_same(self, at: int) -> bool:
        """Whether a layer of the first network and its partner read the same."""
        node = self.before.network.nodes[at]
        other = self.after.network.nodes[self.before.partners[at]]
        return self._same(node.inputs, other.inputs, ordered=not (node.layer.commutative or other.layer.commutative))

    def shares_same(self, at: int) -> bool:
        """Whether a layer of the first network and its partner have weights of their own or share those of the same.

        One that shared the weights of a layer that is gone, or shares those of a new one, has not changed itself.
        """
        ours = self.before.network.nodes[at].shares
        theirs = self.after.network.nodes[self.before.partners[at]].shares
        ours_stays = ours is not None and self._stays(0, ours)
        theirs_stays = theirs is not None and self._stays(1, theirs)
        if ours is not None and theirs is not None:
            return not (ours_stays and theirs_stays) or self.before.partners[ours] == theirs
        return not (ours_stays or theirs_stays)

    def outputs_agree(self) -> bool:
        """Whether the networks return the same."""
        return self._same(self.before.network.outputs, self.after.network.outputs, ordered=True)

    def disagreeing(self) -> list[int]:
        """The nodes of the first network that read something else now; not those that moved."""
        return [at for at in sorted(self.before.partners) if at not in self.moved and not self.reads_same(at)]

    def _same(self, ours: Sequence[int], theirs: Sequence[int], ordered: bool) -> bool:
        left = [self._feed(0, at) for at in ours]
        right = [self._feed(1, at) for at in theirs]
        if ordered and not _same_order(left, right):
            return False
        _cancel(left, right, lambda a, b: a == b and a.direct)
        _cancel(left, right, lambda a, b: not (a.direct and b.direct) and bool(a.nodes & b.nodes))
        return not any(feed.direct for feed in (*left, *right))

    def _stays(self, side: int, at: int) -> bool:
        """Whether a node has a partner and has not moved."""
        if side == 0:
            return at in self.before.partners and at not in self.moved
        return at in self.after.partners and self.after.partners[at] not in self.moved

    def _feed(self, side: int, at: int) -> _Feed:
        return _Feed(self._origin(side, at), self._stays(side, at))

    def _origin(self, side: int, at: int) -> frozenset[int]:
        """The nearest nodes that stay, going up from one; itself if it stays. As nodes of the first network."""
        known = self._origins[side]
        network = (self.before if side == 0 else self.after).network
        waiting = [at]
        while waiting:
            node = waiting[-1]
            sources = () if self._stays(side, node) else network.nodes[node].inputs
            missing = [source for source in sources if source not in known]
            if missing:
                waiting += missing
                continue
            waiting.pop()
            if self._stays(side, node):
                known[node] = frozenset((node if side == 0 else self.after.partners[node],))
            else:
                known[node] = frozenset[int]().union(*(known[source] for source in sources))
        return known[at]


def _same_order(left: Sequence[_Feed], right: Sequence[_Feed]) -> bool:
    """Whether what both read directly comes in the same order."""
    ours, theirs = ([feed for feed in feeds if feed.direct] for feeds in (left, right))
    return [feed for feed in ours if feed in theirs] == [feed for feed in theirs if feed in ours]


def _cancel(left: list[_Feed], right: list[_Feed], alike: Callable[[_Feed, _Feed], bool]) -> None:
    """Take away what is alike on both sides, one for one."""
    for feed in tuple(left):
        other = next((other for other in right if alike(feed, other)), None)
        if other is not None:
            left.remove(feed)
            right.remove(other)
