"""Sizes as functions of one unknown, against their values one by one."""

from __future__ import annotations

import pytest
from hypothesis import assume, given, settings

from cnnspec.layers.extent import Extent
from cnnspec.layers.quasilinear import MOST_POINTS, Quasilinear, Unsolved, bounds, quasilinear
from support.extents import SIZES, extents

h, w = Extent.symbol("h"), Extent.symbol("w")


def solve(extent: Extent) -> Quasilinear:
    """The function, where its start and period lie within what is tried."""
    found = quasilinear(extent)
    assume(found.start + found.period < len(SIZES))
    return found


@settings(max_examples=300)
@given(extents("h"))
def test_a_function_grows_as_it_says(extent: Extent) -> None:
    found = solve(extent)
    values = {n: extent.evaluate({"h": n}) for n in SIZES}
    assert list(found.values) == [values[n] for n in range(1, found.start + found.period)]
    for n in range(found.start, len(SIZES) - found.period):
        assert values[n + found.period] == values[n] + found.rise


@settings(max_examples=300)
@given(extents("h"))
def test_where_it_is_zero_and_where_not_negative(extent: Extent) -> None:
    found = solve(extent)
    zeros, positive = found.zeros(), found.not_negative()
    for n in SIZES:
        value = extent.evaluate({"h": n})
        assert (n in zeros) is (value == 0)
        assert (n in positive) is (value >= 0)


@settings(max_examples=200)
@given(extents("h"))
def test_its_bounds(extent: Extent) -> None:
    found = solve(extent)
    values = [extent.evaluate({"h": n}) for n in SIZES]
    assert found.least is None or found.least == min(values)
    assert found.greatest is None or found.greatest == max(values)


def test_the_padding_of_a_strided_convolution_is_bounded() -> None:
    """TensorFlow's same for k = 3, s = 2: one before where h is odd, none where it is even."""
    total = (((h + 1) // 2 - 1) * 2 + 3 - h).at_least(0)
    assert bounds(total // 2) == (0, 1)
    assert bounds(total // 2 - (w + 1) // 2 + w // 2) == (-1, 1)
    assert bounds(h - 3) == (-2, None)


@pytest.mark.parametrize("extent", [h * w, h * h, h + w, h // MOST_POINTS, (h // 89) // 97, h.at_least(MOST_POINTS)])
def test_what_is_not_solved(extent: Extent) -> None:
    with pytest.raises(Unsolved):
        quasilinear(extent)


def test_a_far_threshold_is_no_long_list() -> None:
    """A kernel of a million positions fits from there on."""
    assert quasilinear((h - 1_000_000) // 2 + 1).not_negative().start == 999_998
    with pytest.raises(Unsolved):
        quasilinear(1_000_000 - h).not_negative()
