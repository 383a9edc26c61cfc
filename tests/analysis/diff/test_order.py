"""The alignment of sequences against every alignment there is."""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnspec.analysis.diff import order
from cnnspec.analysis.diff.order import EDIT, align

sequences = st.lists(st.integers(0, 3), max_size=9)


def price(left: list[int], right: list[int], pairs: list[tuple[int, int]], sizes: int = 1) -> int:
    """What an alignment costs where pairs of different numbers cost an edit, but 0 and 3 are no pair."""
    alone = len(left) + len(right) - 2 * len(pairs)
    return EDIT * (sizes * alone + sum(left[a] != right[b] for a, b in pairs))


def pair_price(a: int, b: int) -> int | None:
    return None if {a, b} == {0, 3} else EDIT * (a != b)


def least(left: list[int], right: list[int]) -> int:
    """The price of the best alignment, by trying all."""

    @cache
    def best(at: int, other: int) -> int:
        if at == len(left) or other == len(right):
            return EDIT * (len(left) - at + len(right) - other)
        found = EDIT + min(best(at + 1, other), best(at, other + 1))
        cost = pair_price(left[at], right[other])
        return found if cost is None else min(found, cost + best(at + 1, other + 1))

    return best(0, 0)


def aligned(left: list[int], right: list[int]) -> list[tuple[int, int]]:
    pairs = align([1] * len(left), [1] * len(right), lambda a, b: pair_price(left[a], right[b]))
    assert pairs is not None
    return pairs


@given(sequences, sequences)
def test_the_best_of_all(left, right):
    pairs = aligned(left, right)
    assert price(left, right, pairs) == least(left, right)
    assert all(a < b and c < d for (a, c), (b, d) in pairwise(pairs))
    assert not any({left[a], right[b]} == {0, 3} for a, b in pairs)


@pytest.mark.parametrize("edits", [0, 1, 5, 40])
def test_long_sequences_need_the_whole_table_only_where_they_differ(edits):
    """More edits than the first band is wide, so that it must grow; a table of all pairs gives the same price."""
    random = Random(edits)
    left = [random.randint(0, 3) for _ in range(300)]
    right = left[:]
    for _ in range(edits):
        at = random.randrange(len(right))
        if random.random() < 0.5:
            del right[at]
        else:
            right.insert(at, random.randint(0, 3))
    asked: set[tuple[int, int]] = set()

    def cost(a: int, b: int) -> int | None:
        asked.add((a, b))
        return pair_price(left[a], right[b])

    pairs = align([1] * 300, [1] * len(right), cost)
    assert pairs is not None
    assert price(left, right, pairs) == least_by_rows(left, right) <= EDIT * edits
    assert len(asked) < 300 * 300 / 3 if edits < 10 else True


def least_by_rows(left: list[int], right: list[int]) -> int:
    row = [EDIT * at for at in range(len(right) + 1)]
    for at, item in enumerate(left):
        above, row = row, [EDIT * (at + 1)]
        for other, found in enumerate(right):
            cost = pair_price(item, found)
            best = EDIT + min(above[other + 1], row[other])
            row.append(best if cost is None else min(best, above[other] + cost))
    return row[-1]


def test_of_several_alike_the_last_are_alone():
    assert aligned([1, 1], [1, 1, 1]) == [(0, 0), (1, 1)]
    assert aligned([1, 1, 1], [1]) == [(0, 0)]


def test_large_items_are_paired_rather_than_small_ones():
    pairs = align([1, 9], [9, 1], lambda a, b: 0 if a != b else None)
    assert pairs == [(1, 0)]


def test_too_much_is_refused(monkeypatch):
    monkeypatch.setattr(order, "MOST_CELLS", 100)
    assert align([1] * 50, [1] * 50, lambda a, b: 0) is None
    assert align([1] * 5, [1] * 5, lambda a, b: 0) is not None
