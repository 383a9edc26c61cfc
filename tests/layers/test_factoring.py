"""Products found again in their terms, against values."""

from __future__ import annotations

from math import prod

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnspec.layers.extent import Extent
from cnnspec.layers.factoring import factor
from support.extents import extents

d, h, w = map(Extent.symbol, "dhw")
VALUES = {"d": 17, "h": 101, "w": 58}


@given(extents("h"), extents("w"), st.integers(1, 999))
def test_a_product_is_found(first, second, times) -> None:
    product = times * first * second
    factors = factor(product)
    assert prod(part if isinstance(part, int) else part.evaluate(VALUES) for part in factors) == product.evaluate(VALUES)
    assert {frozenset(part.symbols()) for part in factors if isinstance(part, Extent)} == {frozenset("h"), frozenset("w")}


@pytest.mark.parametrize(
    ("extent", "text"),
    [
        (288 * (h - 2) * (w - 2), "288·(h − 2)·(w − 2)"),
        (3 * ((h - 3) // 2 + 1) * (w // 2), "3·(⌊(h − 3)/2⌋ + 1)·⌊w/2⌋"),
        (((h - 4) // 2) * ((w - 4) // 2), "⌊(h − 4)/2⌋·⌊(w − 4)/2⌋"),
        (8 * (d - 1) * (h - 1) * (w - 1), "8·(d − 1)·(h − 1)·(w − 1)"),
        (8 * (h - 2) * (w - 2) + 1, "8·h·w − 16·h − 16·w + 33"),
        (64 * h * w + 32 * (h // 16) * (w // 16) + 4 * (h // 2) * (w // 2), "64·h·w + 4·⌊h/2⌋·⌊w/2⌋ + 32·⌊h/16⌋·⌊w/16⌋"),
        (-112 * h * w, "−112·h·w"),
        (-1 * (h - 2) * (w - 2), "−(h − 2)·(w − 2)"),
        ((2 - h) * w, "−(h − 2)·w"),
        (3 * h * h, "3·h²"),
        (h * (h + w), "h² + h·w"),
    ],
)
def test_how_polynomials_are_written(extent, text) -> None:
    assert str(extent) == text
