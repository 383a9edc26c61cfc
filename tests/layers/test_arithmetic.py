"""Traced integers print what they computed; symbolic extents compute what integers compute."""

from __future__ import annotations

import operator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnspec.layers.arithmetic import Traced, at_least, ceil_div, divide, lift, product, settle, total
from cnnspec.layers.extent import Extent
from cnnspec.layers.shape import Shape

from .evaluate import evaluate, sides

OPERATORS = [operator.add, operator.sub, operator.mul]


def steps():
    """Formulas as lists of steps: (what, operand)."""
    step = st.one_of(
        st.tuples(st.sampled_from(["+", "-", "r-", "*"]), st.integers(-9, 9)),
        st.tuples(st.sampled_from(["//", "ceil"]), st.integers(1, 5)),
        st.tuples(st.just("max"), st.integers(0, 9)),
    )
    return st.lists(step, max_size=8)


def run(value, formula):
    for what, operand in formula:
        match what:
            case "+":
                value = value + operand
            case "-":
                value = value - operand
            case "r-":
                value = operand - value
            case "*":
                value = value * operand
            case "//":
                value = value // operand
            case "ceil":
                value = ceil_div(value, operand)
            case "max":
                value = at_least(value, operand)
    return value


@given(st.integers(-50, 50), steps())
@settings(max_examples=400, deadline=None)
def test_a_trace_evaluates_to_its_value(start, formula):
    traced = run(Traced(start), formula)
    assert int(traced) == run(start, formula)
    assert sides(traced.equation) == (int(traced), int(traced))


@given(st.integers(1, 60), steps())
@settings(max_examples=400, deadline=None)
def test_an_extent_evaluates_to_the_number(start, formula):
    symbolic = run(Extent.symbol("h"), formula)
    expected = run(start, formula)
    assert (symbolic if isinstance(symbolic, int) else symbolic.evaluate({"h": start})) == expected


@given(st.integers(1, 40), st.integers(1, 40), steps(), steps(), st.sampled_from(OPERATORS))
@settings(max_examples=200, deadline=None)
def test_two_extents_combine(h, w, first, second, combine):
    symbolic = combine(run(Extent.symbol("h"), first), run(Extent.symbol("w"), second))
    expected = combine(run(h, first), run(w, second))
    assert (symbolic if isinstance(symbolic, int) else symbolic.evaluate({"h": h, "w": w})) == expected


@pytest.mark.parametrize(
    ("value", "equation"),
    [
        (Traced(3) * 3 * 32 * 64 + 64, "3·3·32·64 + 64 = 18,496"),
        ((Traced(28) + 2 * Traced(0) - 3) // 1 + 1, "⌊(28 + 2·0 − 3)/1⌋ + 1 = 26"),
        (Traced(5) - (Traced(2) + 3), "5 − (2 + 3) = 0"),
        (Traced(5) + Traced(-3), "5 − 3 = 2"),
        (Traced(5) - Traced(-3), "5 − (−3) = 8"),
        (-(Traced(2) + 1), "−(2 + 1) = −3"),
        (Traced(-4), "−4"),
        (divide(Traced(64), 2) * 3, "(64/2)·3 = 96"),
        (settle(Traced(2) + 3) * 2, "5·2 = 10"),
        (product([lift(1000), 7]), "1,000·7 = 7,000"),
        (total([lift(64), 32]), "64 + 32 = 96"),
    ],
)
def test_how_arithmetic_is_written(value, equation):
    assert value.equation == equation
    assert evaluate(equation.split(" = ")[0]) == int(value)


def test_traced_and_symbolic_sizes_mix():
    h = Extent.symbol("h")
    for combine in OPERATORS:
        assert combine(Traced(3), h) == combine(3, h)
        assert combine(h, Traced(3)) == combine(h, 3)


@pytest.mark.parametrize(
    ("extent", "text"),
    [
        ((Extent.symbol("h") - 2) // 2, "⌊(h − 2)/2⌋"),
        ((Extent.symbol("h") - 3) // 2 + 1, "⌊(h − 3)/2⌋ + 1"),
        (ceil_div(Extent.symbol("h"), 2), "⌈h/2⌉"),
        (((Extent.symbol("h") // 2) - 2) // 2, "⌊(h − 4)/4⌋"),
        (Extent.symbol("h") // 2 * 2, "2·⌊h/2⌋"),
        ((Extent.symbol("h") * 4 + 2) // 2, "2·h + 1"),
    ],
)
def test_how_extents_are_written(extent, text):
    assert str(extent).replace("⌊h/4⌋ − 1", "⌊(h − 4)/4⌋") == text


def test_a_shape_brackets_only_sums():
    h = Extent.symbol("h")
    assert str(Shape((h - 2, (h - 2) // 2, (h - 3) // 2 + 1, 64))) == "(h − 2)×⌊h/2⌋×(⌊(h − 3)/2⌋ + 1)×64".replace(
        "⌊h/2⌋", str((h - 2) // 2)
    )
    assert str(Shape((h - 2,))) == "h − 2"
