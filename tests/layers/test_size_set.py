"""Sets of sizes against Python's own, and how they are written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnspec.layers.size_set import ALL_SIZES, SizeSet

SIZES = range(1, 200)


@st.composite
def size_sets(draw: st.DrawFn) -> SizeSet:
    period = draw(st.integers(1, 12))
    residues = draw(st.sets(st.integers(0, period - 1)))
    return SizeSet.of(period, residues, draw(st.integers(1, 20)), draw(st.sets(st.integers(1, 25))))


def members(sizes: SizeSet) -> set[int]:
    return {n for n in SIZES if n in sizes}


@given(size_sets(), size_sets())
def test_an_intersection_has_what_is_in_both(a: SizeSet, b: SizeSet) -> None:
    assert members(a.intersect(b)) == members(a) & members(b)


@given(size_sets(), size_sets())
def test_equal_sets_are_equal(a: SizeSet, b: SizeSet) -> None:
    assert (a == b) is (members(a) == members(b))
    assert a.is_empty is (not members(a))
    assert a.is_all is (members(a) == set(SIZES))


@given(size_sets(), st.integers(1, 150))
def test_the_next_sizes(sizes: SizeSet, size: int) -> None:
    found = members(sizes)
    assert sizes.at_least(size) == min((n for n in found if n >= size), default=None)
    assert sizes.at_most(size) == max((n for n in found if n <= size), default=None)


@pytest.mark.parametrize(
    ("sizes", "text"),
    [
        (ALL_SIZES, "h ≥ 1"),
        (SizeSet.of(1, {0}, 7), "h ≥ 7"),
        (SizeSet.of(16, {0}), "h a multiple of 16"),
        (SizeSet.of(16, {0}, 21), "h a multiple of 16, at least 32"),
        (SizeSet.of(16, {0}, 16), "h a multiple of 16"),
        (SizeSet.of(2, {0}), "h a multiple of 2"),
        (SizeSet.of(2, {1}), "h odd"),
        (SizeSet.of(4, {3}), "h ≡ 3 (mod 4)"),
        (SizeSet.of(4, {0, 1}), "h ≡ 0 or 1 (mod 4)"),
        (SizeSet.of(16, range(8)), "h ≡ 0 to 7 (mod 16)"),
        (SizeSet.of(8, {0, 5, 6, 7}), "h ≡ 0 or 5 to 7 (mod 8)"),
        (SizeSet.of(3, {0, 1}), "h ≢ 2 (mod 3)"),
        (SizeSet.of(20, {0, 2, 5, 7, 11, 13, 17, 19}), "h mod 20 one of 8 numbers: 0, 2, 5, 7, 11, 13, …"),
        (SizeSet.of(4, {1}, 13, {2, 5}), "h = 2 or 5, or h ≡ 1 (mod 4), at least 13"),
        (SizeSet.of(1, (), 1, range(1, 6)), "h ≤ 5"),
        (SizeSet.of(1, (), 1, range(224, 256)), "224 ≤ h ≤ 255"),
        (SizeSet.of(1, (), 1, {7}), "h = 7"),
        (SizeSet.of(1, (), 1, {3, 4, 9}), "h = 3, 4 or 9"),
        (SizeSet.of(1, (), 1, range(1, 40, 3)), "h one of 13 sizes: 1, 4, 7, 10, 13, 16, …"),
        (SizeSet.of(1, ()), "no h"),
    ],
)
def test_how_a_set_is_written(sizes: SizeSet, text: str) -> None:
    assert sizes.describe(("h",)) == text


def test_two_unknowns_share_a_text() -> None:
    assert SizeSet.of(16, {0}).describe(("h", "w")) == "h, w multiples of 16"
    assert SizeSet.of(1, {0}, 7).describe(("h", "w")) == "h, w ≥ 7"
