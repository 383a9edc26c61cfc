"""Whether the texts of a picture can be read at a width on paper."""

from __future__ import annotations

from math import ceil

from cnnspec.render.display import Picture, Text

#: The size in points that the smallest text must have.
POINTS = 6.0
_TO_THE_INCH, _MILLIMETRES = 72.0, 25.4


def smallest_points(picture: Picture, inches: float) -> float:
    """The size in points of the smallest text where the picture is that wide; infinite where nothing is written."""
    sizes = (item.size for item, _ in picture.walk() if isinstance(item, Text) and item.text.strip())
    return min(sizes, default=float("inf")) * inches * _TO_THE_INCH / picture.width


def say_too_small(picture: Picture, inches: float) -> str:
    """A sentence that says from which width on the texts can be read, where they cannot; else nothing."""
    points = smallest_points(picture, inches)
    if points >= POINTS - 0.005:
        return ""
    width, needed = inches * _MILLIMETRES, ceil(inches * POINTS / points * _MILLIMETRES)
    return f"At {width:.0f} mm its smallest text has {points:.1f} pt; it has {POINTS:.0f} pt from {needed} mm on."
