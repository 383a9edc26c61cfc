"""For which sizes a requirement holds, against trying them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnspec.layers.extent import Extent
from cnnspec.layers.requirement import Requirement, decide, difference_bounds, insert, shorter
from support.extents import SIZES, extents

from .evaluate import evaluate

h, w = Extent.symbol("h"), Extent.symbol("w")
relations = st.sampled_from(["=", "≥"])


@settings(max_examples=300)
@given(extents("h"), extents("h"), relations)
def test_a_verdict_on_one_unknown(left, right, relation) -> None:
    requirement = Requirement(left, relation, right)
    verdict = decide(requirement)
    holds = {n for n in SIZES if requirement.holds({"h": n})}
    match verdict.kind:
        case "always":
            assert holds == set(SIZES)
        case "never":
            assert not holds
        case "sizes":
            assert holds == {n for n in SIZES if n in verdict.sizes}


@settings(max_examples=200)
@given(extents("h"), extents("w"), relations)
def test_a_verdict_on_two_unknowns_is_never_wrong(left, right, relation) -> None:
    requirement = Requirement(left, relation, right)
    kind = decide(requirement).kind
    found = {requirement.holds({"h": a, "w": b}) for a in range(1, 40) for b in range(1, 40)}
    assert kind != "always" or found == {True}
    assert kind != "never" or found == {False}


@pytest.mark.parametrize(
    ("left", "right", "kind", "text"),
    [
        (h // 2 * 2, h, "sizes", "h = 2·⌊h/2⌋"),
        (h // 2 + (h + 1) // 2, h, "always", "h = ⌈h/2⌉ + ⌊h/2⌋"),
        (h - 2, h, "never", "h − 2 = h"),
        (h, w + 2, "open", "h = w + 2"),
        (h // 2 * 2, w // 2 * 2 + 1, "never", "2·⌊h/2⌋ = 2·⌊w/2⌋ + 1"),
        (h // 2 * 4, w // 3 * 6 + 3, "never", "4·⌊h/2⌋ = 6·⌊w/3⌋ + 3"),
        (h // 2 * 4, w // 3 * 6 + 2, "open", "4·⌊h/2⌋ = 6·⌊w/3⌋ + 2"),
        (h // 2 - (h + 1) // 2 + w, w + 1, "never", "⌈h/2⌉ + 1 = ⌊h/2⌋"),
        (h * w, 7, "open", "h·w = 7"),
        (8 * h * w, 4 * h * w, "never", "4·h·w = 0"),
        (8 * h * w, 16 * (h // 2) * w, "sizes", "8·h·w = 16·⌊h/2⌋·w"),
        (h * w, 2 * h + 2 * w - 4, "open", "h·w + 4 = 2·h + 2·w"),
        (h * h, 4, "open", "h² = 4"),
    ],
)
def test_verdicts_and_how_a_requirement_is_written(left, right, kind, text) -> None:
    requirement = Requirement(left, "=", right)
    assert decide(requirement).kind == kind
    assert str(requirement) == text


def test_the_shorter_formula_is_kept() -> None:
    assert shorter(h // 2 * 2, h) == h
    assert shorter(7, h // 32) == 7
    assert shorter((h - 3) // 2 + 1, w // 2) == w // 2


def test_a_product_is_zero_where_a_factor_is() -> None:
    verdict = decide(Requirement(8 * h * w, "=", 16 * (h // 2) * w))
    assert verdict.symbol == "h"
    assert verdict.sizes is not None
    assert verdict.sizes.describe(("h",)) == "h a multiple of 2"


def test_a_rising_size_is_decided_whatever_its_period() -> None:
    deep = h
    for _ in range(20):
        deep = (deep - 3) // 2 + 1
    sizes = decide(Requirement(deep, "≥", 1)).sizes
    assert sizes is not None
    assert sizes.describe(("h",)) == f"h ≥ {sizes.start}"
    assert deep.evaluate({"h": sizes.start}) == 1
    assert deep.evaluate({"h": sizes.start - 1}) == 0
    assert decide(Requirement(deep * 2, "=", (deep + 1) // 2)).kind == "open", "a period of a million"


def test_a_size_that_must_be_a_number() -> None:
    sizes = decide(Requirement(h // 32, "=", 7)).sizes
    assert sizes is not None
    assert sizes.describe(("h",)) == "224 ≤ h ≤ 255"


@given(extents("a.h", "h"), st.integers(1, 99), st.integers(1, 99))
def test_numbers_are_put_in_for_unknowns(extent, first, second) -> None:
    values = {"a.h": first, "h": second}
    text = insert(extent, values)
    assert evaluate(text.split(" = ")[0]) == extent.evaluate(values)


def test_what_is_known_of_a_difference() -> None:
    assert difference_bounds(h + 3, h) == (3, 3)
    assert difference_bounds((h + 1) // 2 * 2, h) == (0, 1)
    assert difference_bounds(h, 0) is None
    assert difference_bounds(None, h) is None
    assert difference_bounds(h * w, h) is None
