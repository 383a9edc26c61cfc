"""Where positions go when a map is reshaped or permuted, against NumPy's own counting."""

from __future__ import annotations

from itertools import product
from random import Random

import numpy as np
import pytest

from cnnspec.layers.recount import recount
from cnnspec.layers.shape import Shape
from cnnspec.layers.window import RECOUNTED, WHOLE_INPUT, Rearranged
from support.networks import make


def held(given: tuple[int, ...], output: tuple[int, ...], order: tuple[int, ...] | None, unit: tuple[int, ...]) -> list[set[int]]:
    """The positions along every axis of the input whose values one unit of the output holds."""
    places = np.arange(np.prod(given)).reshape(given)
    moved = places.transpose(order) if order is not None else places.reshape(output)
    coordinates = np.unravel_index(moved[unit].ravel(), given)
    return [set(map(int, axis)) for axis in coordinates[:-1]]


def check(window: Rearranged, given: tuple[int, ...], output: tuple[int, ...], order: tuple[int, ...] | None = None) -> None:
    for unit in product(*map(range, output[:-1])):
        for n, route, seen in zip(given[:-1], window.routes, held(given, output, order, unit), strict=True):
            assert seen == (set(range(n)) if route is None else set(route.steps.taps(unit[route.along]))), (given, output, unit)


def reshapes(random: Random) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """A shape, and another of as many values made by moving factors between axes."""
    given = [random.choice((1, 2, 3, 4, 6)) for _ in range(random.randint(2, 4))]
    output = list(given)
    for _ in range(random.randint(1, 3)):
        at = random.randrange(len(output))
        kind = random.random()
        if kind < 0.4 and len(output) > 2:
            output[at - 1] *= output.pop(at)
        else:
            factor = random.choice([n for n in range(1, output[at] + 1) if output[at] % n == 0])
            output[at] //= factor
            output.insert(at + random.randint(0, 1), factor)
    return tuple(given), tuple(output)


def test_random_reshapes_are_numpys() -> None:
    told = 0
    for seed in range(600):
        given, output = reshapes(Random(seed))
        window = recount(Shape(given), Shape(output))
        if isinstance(window, Rearranged):
            check(window, given, output)
            told += 1
    assert told > 300


@pytest.mark.parametrize(
    ("given", "output", "told"),
    [
        ((8, 8, 2), (4, 16, 2), False),  # a row of the output takes from two rows of the input
        ((6, 4, 1), (8, 3, 1), False),
        ((28, 28, 4), (14, 28, 8), False),
        ((8, 8, 2), (8, 4, 4), True),
        ((8, 8, 2), (4, 2, 8, 2), False),
        ((28, 28, 1), (784, 1), True),
        ((28, 28, 4), (28, 112), True),
        ((6, 2), (12, 1), True),
        ((6, 5, 2), (1, 6, 5, 2), True),
    ],
)
def test_what_can_be_told_of_a_reshape(given: tuple[int, ...], output: tuple[int, ...], told: bool) -> None:
    window = recount(Shape(given), Shape(output))
    assert (window is not RECOUNTED) == told
    if isinstance(window, Rearranged):
        check(window, given, output)


def test_vectors_and_unknown_extents() -> None:
    assert recount(Shape((12,)), Shape((3, 4))) is WHOLE_INPUT
    assert recount(Shape((3, 4)), Shape((12,))) is WHOLE_INPUT
    facts = make("Reshape", (-1, 2, 2)).facts(Shape((3, 4, 2)))
    assert facts.window is not WHOLE_INPUT


def test_permutations_are_numpys() -> None:
    given = (2, 3, 4, 5)
    for order in ((0, 2, 1, 3), (2, 1, 0, 3), (3, 0, 1, 2), (1, 3, 2, 0)):
        facts = make("Permute", tuple(at + 1 for at in order)).facts(Shape(given))
        assert isinstance(facts.window, Rearranged)
        check(facts.window, given, tuple(int(n) for n in facts.output.dims), order)  # type: ignore[arg-type]
