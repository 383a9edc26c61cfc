"""Formulas without their floors, against values at sizes that are allowed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnspec.layers.allowed import Allowed
from cnnspec.layers.extent import Extent
from cnnspec.layers.growth import leading, on_allowed
from cnnspec.layers.size_set import SizeSet
from support.extents import extents

h, w = Extent.symbol("h"), Extent.symbol("w")
MULTIPLES = Allowed(("h", "w"), ((SizeSet.of(16, {0}),), (SizeSet.of(16, {0}),)))


@given(extents("h"), extents("w"), st.integers(1, 12), st.integers(0, 11), st.integers(1, 40))
def test_a_formula_on_what_is_allowed_has_the_same_values(first, second, period, residue, start) -> None:
    sizes = SizeSet.of(period, {residue % period}, start)
    allowed = Allowed(("h", "w"), ((sizes,), (sizes,)))
    formula = first * second + 3 * first
    found = on_allowed(formula, allowed)
    if found is not None:
        for a, b in [(sizes.at_least(n), sizes.at_least(2 * n)) for n in (1, 30, 77)]:
            values = {"h": a or 0, "w": b or 0}
            assert found.evaluate(values) == formula.evaluate(values)


def test_multiples_leave_no_floors() -> None:
    levels = [148_160, 696_320, 2_785_280, 11_141_120, 16_252_928]
    total = sum((times * (h // 2**k) * (w // 2**k) for k, times in enumerate(levels)), 0)
    assert str(on_allowed(total, MULTIPLES)) == "733,888·h·w"
    assert str(on_allowed((h // 16 - 1) * 32, MULTIPLES)) == "2·h − 32"


@pytest.mark.parametrize("extent", [h // 32, h // 3, h // 16, (h * w) // 2, h // 16 * (w // 16)])
def test_what_stays_as_it_is(extent) -> None:
    """Another period, a fraction left over."""
    assert on_allowed(extent, MULTIPLES) is None


def test_a_set_that_is_no_single_class() -> None:
    assert on_allowed(h // 2, Allowed(("h",), ((SizeSet.of(4, {0, 2}),),))) is None


@pytest.mark.parametrize(
    ("extent", "text"),
    [
        (64 * h * w + 64 * (h // 2) * (w // 2) - 9 * h, "80·h·w"),
        (1000 * ((h - 3) // 2 + 1) * (w // 3), "167·h·w"),
        (1000 * ((h - 3) // 2 + 1) * (w // 3) * (h // 64), "2.6·h·h·w"),
        (h // 2 + 8, "0.5·h"),
    ],
)
def test_growth(extent, text) -> None:
    assert leading(extent) == text
