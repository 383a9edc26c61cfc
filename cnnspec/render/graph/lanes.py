"""Side lanes: where an edge passes by cards that are none of its business.

An edge from deep in one stack to a later layer of another passes, level by level, beside what lies below its source.
Each level is a :class:`Lane` beside some layers of one stack, as near to them as other lanes allow.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from cnnspec.render.graph.nesting import Nesting

#: Between a lane and what it passes, and between two lanes.
LANE = 10.0


@dataclass(slots=True)
class Lane:
    """Beside layers ``first``..``last`` of a stack, for the edges of one source; ``wraps`` frames enclose it.

    ``distance`` is measured from the stack's axis, away from the reading side.
    """

    stack: int
    first: int
    last: int
    source: int
    wraps: int = 0
    distance: float = 0.0
    targets: list[int] = field(default_factory=list[int])


class Lanes:
    """The lanes of all edges of a graph."""

    def __init__(self, tree: Nesting) -> None:
        self.tree = tree
        self.of_stack: list[dict[int, Lane]] = [{} for _ in tree.parent]
        # Per item, the nearest item at or above it below which its stack goes on.
        self._open = list(range(len(tree.parent)))
        for item in range(1, len(tree.parent)):
            above = tree.parent[item]
            if tree.layer[item] == len(tree.stacks[above]) - 1:
                self._open[item] = self._open[above]

    def route(self, source: int, target: int) -> list[Lane]:
        """The lanes an edge takes, from its source downwards; none where the way is free."""
        tree = self.tree
        above = tree.parent[target]
        before = tree.layer[target] - 1
        if source == above:
            return [self._lane(above, 0, before, source, target)] if before >= 0 else []
        way: list[Lane] = []
        branch = tree.ancestor(source, tree.depth[above] + 1)
        if tree.stacks[source]:
            way.append(self._lane(source, 0, len(tree.stacks[source]) - 1, source, target))
        item = self._open[source]
        while tree.depth[item] > tree.depth[branch]:
            stack = tree.parent[item]
            way.append(self._lane(stack, tree.layer[item] + 1, len(tree.stacks[stack]) - 1, source, target))
            item = self._open[stack]
        if tree.layer[branch] + 1 <= before:
            way.append(self._lane(above, tree.layer[branch] + 1, before, source, target))
        return way

    def _lane(self, stack: int, first: int, last: int, source: int, target: int) -> Lane:
        lane = self.of_stack[stack].setdefault(source, Lane(stack, first, last, source))
        lane.last = max(lane.last, last)
        lane.targets.append(target)
        return lane

    def place(self, stack: int, sides: Sequence[float], wrap: float) -> float:
        """Give the lanes of a stack their distances, short ones inside; the largest distance taken, frames included.

        Args:
            stack: the item whose stack it is.
            sides: how far each layer reaches on the lanes' side.
            wrap: the room that a frame around a lane takes.
        """
        lanes = self.of_stack[stack]
        if not lanes:
            return 0.0
        skyline = Skyline(sides)
        for lane in sorted(lanes.values(), key=lambda lane: (lane.last - lane.first, -lane.first, lane.source)):
            lane.distance = skyline.highest(lane.first, lane.last) + LANE
            skyline.raise_to(lane.first, lane.last, lane.distance + lane.wraps * wrap)
        return skyline.highest(0, len(sides) - 1)


class Skyline:
    """Heights over positions: the highest of a range, and raising a range, each in logarithmic time."""

    def __init__(self, heights: Sequence[float]) -> None:
        self.size = 1
        while self.size < len(heights):
            self.size *= 2
        self.best = [0.0] * self.size + [*heights, *[0.0] * (self.size - len(heights))]
        self.floor = [0.0] * (2 * self.size)
        for at in range(self.size - 1, 0, -1):
            self.best[at] = max(self.best[2 * at], self.best[2 * at + 1])

    def highest(self, first: int, last: int) -> float:
        """The highest position of first..last."""
        left, right = first + self.size, last + self.size
        found = max(self.best[left], self.best[right])
        while left != right:
            found = max(found, self.floor[left], self.floor[right])
            if left // 2 == right // 2:
                break
            if left % 2 == 0:
                found = max(found, self.best[left + 1])
            if right % 2 == 1:
                found = max(found, self.best[right - 1])
            left, right = left // 2, right // 2
        at = left // 2
        while at:
            found = max(found, self.floor[at])
            at //= 2
        return found

    def raise_to(self, first: int, last: int, height: float) -> None:
        """Raise every position of first..last to at least a height."""
        left, right = first + self.size, last + self.size + 1
        ends = (left, right - 1)
        while left < right:
            if left % 2:
                self._lift(left, height)
                left += 1
            if right % 2:
                right -= 1
                self._lift(right, height)
            left, right = left // 2, right // 2
        for end in ends:
            at = end // 2
            while at:
                self.best[at] = max(self.best[2 * at], self.best[2 * at + 1], self.floor[at])
                at //= 2

    def _lift(self, at: int, height: float) -> None:
        self.best[at] = max(self.best[at], height)
        self.floor[at] = max(self.floor[at], height)
