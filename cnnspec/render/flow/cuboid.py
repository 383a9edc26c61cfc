"""A box in cabinet projection: fronts are true, what goes backwards does so at 45° and at half its length."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

from cnnspec.render.display import Box, Point, Step

#: What a length that goes backwards takes of the page, to the right and upwards alike: half of it, at 45°.
BACKWARDS = 0.5 / sqrt(2)

#: From one share of a side to another.
Span = tuple[float, float]
WHOLE: Span = (0.0, 1.0)


@dataclass(frozen=True, slots=True)
class Region:
    """A part of a cuboid, in shares: along the flow (left to right), downwards and backwards."""

    along: Span = WHOLE
    down: Span = WHOLE
    back: Span = WHOLE


@dataclass(frozen=True, slots=True)
class Cuboid:
    """A box on the page.

    Attributes:
        left, top: the upper left corner of its front.
        along, height: the sides of its front.
        across: how far its back is moved, to the right and upwards.
    """

    left: float
    top: float
    along: float
    height: float
    across: float

    @property
    def box(self) -> Box:
        return Box(self.left, self.top - self.across, self.left + self.along + self.across, self.top + self.height)

    def point(self, along: float, down: float, back: float) -> Point:
        """Where the point at those shares of its sides lies."""
        return self.left + along * self.along + back * self.across, self.top + down * self.height - back * self.across

    def front(self) -> tuple[Point, ...]:
        return tuple(self.point(a, v, 0) for a, v in ((0, 0), (1, 0), (1, 1), (0, 1)))

    def upper(self) -> tuple[Point, ...]:
        return tuple(self.point(a, 0, z) for a, z in ((0, 0), (0, 1), (1, 1), (1, 0)))

    def side(self, at: float = 1.0, region: Region | None = None) -> tuple[Point, ...]:
        """The corners of a slice across the flow, of a region of it: front top, back top, back bottom, front bottom."""
        (top, bottom), (near, far) = (region.down, region.back) if region is not None else (WHOLE, WHOLE)
        return tuple(self.point(at, v, z) for v, z in ((top, near), (top, far), (bottom, far), (bottom, near)))

    def prism(self, region: Region) -> tuple[Step, ...]:
        """The twelve edges of a region: its two ends, then what joins them."""
        first, last = (self.side(at, region) for at in region.along)
        steps = (*outline(first), *outline(last))
        return (*steps, *(step for pair in zip(first, last, strict=True) for step in line(*pair)))


def line(start: Point, end: Point) -> tuple[Step, ...]:
    """A straight line."""
    return ("M", (start,)), ("L", (end,))


def outline(corners: tuple[Point, ...]) -> tuple[Step, ...]:
    """A closed polygon as a path."""
    sides: list[Step] = [("L", (corner,)) for corner in corners[1:]]
    return (("M", (corners[0],)), *sides, ("Z", ()))
