"""Planes seen from above and in front: an affine view, so that what is exact on a map is exact in the picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cnnspec.render.display import Point

#: (first, last) edges down the rows and along a row, in pixels of the input.
Span = tuple[tuple[float, float], tuple[float, float]]

#: The longest side of what is drawn, of maps and of sequences.
LONGEST, LONGEST_SEQUENCE = 190.0, 300.0
#: Rows are so much closer than columns, in a low and in a high pyramid, and so much of their way leads to the side.
TILT, LOW_TILT, SHEAR = 0.40, 0.24, 0.40
#: So many floors make a high pyramid.
HIGH = 9
RIBBON = 11.0


@dataclass(frozen=True, slots=True)
class Projection:
    """x = (u + (bottom − v)·shear)·scale, y = (v − top)·depth, with x = ``left`` at the far left.

    ``scale`` and ``depth`` are lengths in the picture for one pixel of the input, along a row and down the rows.
    """

    scale: float
    depth: float
    shear: float
    top: float
    bottom: float
    left: float

    def at(self, u: float, v: float) -> Point:
        """Where a point of the planes is drawn."""
        return (u + (self.bottom - v) * self.shear) * self.scale, (v - self.top) * self.depth


def projection_of(spans: Sequence[Span], all_spans: Sequence[Span], floors: int, flat: bool) -> Projection:
    """The view of a panel; all panels have one scale.

    Args:
        spans: all edges that this panel draws.
        all_spans: those of all panels.
        floors: the number of planes.
        flat: sequences, drawn as ribbons.
    """
    longest = max(max(down[1] for down, _ in all_spans) - min(down[0] for down, _ in all_spans) if not flat else 0.0,
                  max(along[1] for _, along in all_spans) - min(along[0] for _, along in all_spans))  # fmt: skip
    scale = (LONGEST_SEQUENCE if flat else LONGEST) / longest
    top, bottom = min(down[0] for down, _ in spans), max(down[1] for down, _ in spans)
    first = min(along[0] for _, along in spans)
    if flat:
        return Projection(scale, RIBBON, 0.0, top, bottom, first * scale)
    tilt = TILT if floors < HIGH else LOW_TILT
    return Projection(scale, tilt * scale, SHEAR, top, bottom, first * scale)
