"""The alignment of two sequences at the least cost, in time that grows with their difference rather than their product."""

from __future__ import annotations

from collections.abc import Callable, Sequence

#: What it costs to leave one layer without a partner, or to change one. Finer preferences cost so little that all of them
#: together weigh less.
EDIT = 2**24

#: The greatest number of pairs that are weighed against each other.
MOST_CELLS = 600_000

Cost = Callable[[int, int], "int | None"]

_PAIR, _LEFT, _RIGHT = 0, 1, 2


def align(left: Sequence[int], right: Sequence[int], cost: Cost) -> list[tuple[int, int]] | None:
    """Pair items of two sequences, in order, so that what is paired and what is left over cost the least together.

    Every path through the table of pairs that strays from its diagonal pays for each step away. So the table is worked
    out near the diagonal first, and further from it until nothing outside can be cheaper (E. Ukkonen, "Algorithms for
    approximate string matching", 1985). Of equally good alignments it is the one that pairs early items and leaves later ones
    over: of two blocks and three alike, the third was added.

    Args:
        left, right: the sizes of the items: an item without a partner costs ``EDIT`` times its size.
        cost: of a pair, by the places of its items; None where they cannot be a pair.

    Returns:
        The pairs in order; None where the sequences are too long and too different.
    """
    apart = abs(len(left) - len(right))
    smallest = min((*left, *right), default=1)
    width = 8
    while True:
        whole = width >= min(len(left), len(right))
        if (len(left) + 1) * min(2 * width + apart + 1, len(right) + 1) > MOST_CELLS:
            return None
        total, pairs = _align_near(left, right, cost, width)
        if whole or total <= EDIT * smallest * (2 * (width + 1) + apart):
            return pairs
        width *= 4


def _align_near(left: Sequence[int], right: Sequence[int], cost: Cost, width: int) -> tuple[int, list[tuple[int, int]]]:
    """The best alignment within ``width`` of the diagonals that the two ends lie on, and what it costs."""
    rows, columns = len(left), len(right)
    low, high = min(0, columns - rows) - width, max(0, columns - rows) + width
    infinite = EDIT * (sum(left) + sum(right) + 1)
    moves: list[tuple[int, bytearray]] = []
    previous: list[int] = []
    previous_first = 0
    for row in range(rows + 1):
        first, last = max(0, row + low), min(columns, row + high)
        current: list[int] = []
        step = bytearray()
        for column in range(first, last + 1):
            best, move = (0, _PAIR) if row == column == 0 else (infinite, _LEFT)
            above = column - previous_first
            if row and 0 <= above < len(previous) and previous[above] + EDIT * left[row - 1] < best:
                best, move = previous[above] + EDIT * left[row - 1], _LEFT
            if column > first and current[-1] + EDIT * right[column - 1] < best:
                best, move = current[-1] + EDIT * right[column - 1], _RIGHT
            if row and column and 0 <= above - 1 < len(previous) and previous[above - 1] < best:
                price = cost(row - 1, column - 1)
                if price is not None and previous[above - 1] + price < best:
                    best, move = previous[above - 1] + price, _PAIR
            current.append(best)
            step.append(move)
        moves.append((first, step))
        previous, previous_first = current, first
    return previous[columns - previous_first], _trace_back(moves, rows, columns)


def _trace_back(moves: Sequence[tuple[int, bytearray]], row: int, column: int) -> list[tuple[int, int]]:
    pairs: list[tuple[int, int]] = []
    while row or column:
        first, step = moves[row]
        move = step[column - first]
        if move == _PAIR:
            row, column = row - 1, column - 1
            pairs.append((row, column))
        elif move == _LEFT:
            row -= 1
        else:
            column -= 1
    return pairs[::-1]
