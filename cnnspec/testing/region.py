"""What the units of a layer read of its inputs, as the analysis has it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from typing import Final

from cnnspec.analysis.reading import Box, Interval, first_bit, trace_back
from cnnspec.layers.base import Facts, Layer
from cnnspec.layers.shape import Shape
from cnnspec.record import record
from cnnspec.resolve.result import ResolvedModel
from cnnspec.testing.subject import network_of

#: Of a layer with more units, some are looked at: all at the corners, and some between.
MOST_UNITS: Final = 27


@record
class Region:
    """Positions of a map: boxes, each with a bit per position along every axis."""

    boxes: tuple[Box, ...]

    @property
    def hull(self) -> tuple[Interval, ...] | None:
        """The first and the last position along each axis; None where there is none."""
        if not self.boxes:
            return None
        around = [0] * len(self.boxes[0])
        for box in self.boxes:
            around = [a | b for a, b in zip(around, box, strict=True)]
        return tuple((first_bit(axis), axis.bit_length() - 1) for axis in around)

    def holds(self, position: Sequence[int]) -> bool:
        """Whether a position is one of them."""
        return any(all(axis >> at & 1 for axis, at in zip(box, position, strict=True)) for box in self.boxes)


def read_regions(layer: Layer, facts: Facts, shapes: Sequence[Shape]) -> Iterator[tuple[tuple[int, ...], tuple[Region, ...]]]:
    """Some units of a layer's map, and what each reads of every input."""
    nodes = network_of(layer, shapes)
    known = (*(Facts(shape) for shape in shapes), facts)
    model = ResolvedModel("Net", nodes, tuple(fact.output for fact in known), known, ())
    for unit in some_units(facts.output):
        read = trace_back(model, {len(shapes): tuple(1 << at for at in unit)})
        yield unit, tuple(Region(tuple(read.get(at, ()))) for at in range(len(shapes)))


def some_units(output: Shape) -> list[tuple[int, ...]]:
    """Positions of a map: all of a small one, else the first two, the middle and the last along each axis."""
    extents = [int(n) for n in output.extents]  # type: ignore[arg-type]
    units = list(product(*map(range, extents)))
    if len(units) <= MOST_UNITS:
        return units
    ends = [sorted({0, min(1, n - 1), n // 2, n - 1}) for n in extents]
    grid = list(product(*ends))
    return grid if len(grid) <= 2 * MOST_UNITS else grid[:: len(grid) // MOST_UNITS]
