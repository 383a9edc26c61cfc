"""Where the positions of a map go when its values are counted anew."""

from __future__ import annotations

from itertools import pairwise

from cnnspec.layers.shape import Shape
from cnnspec.layers.window import (
    RECOUNTED,
    WHOLE_INPUT,
    AnyAxis,
    Axis,
    Digit,
    Magnified,
    Rearranged,
    Recounted,
    Route,
    WholeInput,
)

#: The steps, in row-by-row order, from one position of an axis to the next, and those of the whole axis.
Place = tuple[int, int]


def recount(given: Shape, output: Shape) -> Rearranged | Recounted | WholeInput:
    """Along which axis of the output each axis of a reshaped map is walked; from or to a vector everything is read.

    A value's place in the row-by-row order is a number with mixed digits: its coordinates. An axis of the input that is
    one digit of one axis of the output is walked along that; its lower digits may lie among the channels, and are read
    together. Where the digits of both shapes do not nest, or an axis is split among several, nothing can be said per
    axis: ``RECOUNTED``.
    """
    if not (given.rank and output.rank):
        return WHOLE_INPUT
    if not (given.known and output.known):
        return RECOUNTED
    old, new = _places(given), _places(output)
    bounds = sorted({bound for place in (*old, *new) for bound in place})
    if any(high % low for low, high in pairwise(bounds)):
        return RECOUNTED
    routes: list[Route | None] = []
    for low, high in old[:-1]:
        parts = [(at, max(low, step), min(high, end)) for at, (step, end) in enumerate(new[:-1])]
        parts = [(at, first, last) for at, first, last in parts if first < last]
        if len(parts) > 1:
            return RECOUNTED
        routes += [Route(at, _steps(low, first, last, new[at])) for at, first, last in parts] or [None]
    return Rearranged(tuple(routes))


def _places(shape: Shape) -> list[Place]:
    places: list[Place] = []
    step = 1
    for n in reversed(shape.dims):
        places.append((step, step * int(n)))  # type: ignore[arg-type]
        step = places[-1][1]
    return places[::-1]


def _steps(low: int, first: int, last: int, place: Place) -> AnyAxis:
    """How an axis whose positions lie ``low`` apart is walked by its digit from ``first`` to ``last`` of an output's axis."""
    step, end = place
    repeat, span = first // step, first // low
    if last < end:
        return Digit(last // first, repeat, span)
    return Magnified(repeat) if repeat > 1 else Axis(span, span)  # the highest digit never begins anew
