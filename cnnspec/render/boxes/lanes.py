"""Which column each skip runs down, beside the boxes."""

from __future__ import annotations

from collections.abc import Sequence

from cnnspec.record import record


@record
class Lane:
    """A skip from one box, down a column, to one or more later boxes.

    Attributes:
        column: the number of the column, from the boxes outwards.
        source: the box it comes from.
        targets: the boxes it leads to, in order.
    """

    column: int
    source: int
    targets: tuple[int, ...]


def find_lanes(edges: Sequence[tuple[int, int]], most: int) -> tuple[list[Lane], list[tuple[int, int]]]:
    """A lane for the edges of each box that lead further than to the next, and the edges for which no column is free.

    The skips of one box share a lane. A column is free again below the last box that its lane leads to.

    Args:
        edges: (source, target) with source < target.
        most: how many columns there are.
    """
    further: dict[int, list[int]] = {}
    for source, target in sorted(edges):
        if target > source + 1:
            further.setdefault(source, []).append(target)
    lanes: list[Lane] = []
    left: list[tuple[int, int]] = []
    busy: list[int] = []  # per column, the box above whose bottom it is taken
    for source, targets in further.items():
        column = next((at for at, until in enumerate(busy) if until <= source), len(busy))
        if column >= most:
            left += [(source, target) for target in targets]
            continue
        busy[column : column + 1] = [targets[-1]]
        lanes.append(Lane(column, source, tuple(targets)))
    return lanes, left
