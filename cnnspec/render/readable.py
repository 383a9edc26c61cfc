"""Whether the texts of a picture can be read at a width on paper, and whether it fits a page there."""

from __future__ import annotations

from math import ceil

from cnnspec.render.display import Picture, Text

#: The size in points that the smallest text must have.
POINTS = 6.0
#: The height in millimetres of a page of A4 (ISO 216).
PAGE = 297.0
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


def say_too_high(picture: Picture, inches: float) -> str:
    """A sentence that says that the picture is higher than a page, where it is; else nothing."""
    width = inches * _MILLIMETRES
    height = width * picture.height / picture.width
    if height <= PAGE:
        return ""
    helps = "--dir LR, another style, a wider --width for maps and volumes, or fewer open blocks can help"
    return f"At {width:.0f} mm it is {ceil(height)} mm high, more than a page of A4 ({PAGE:.0f} mm); {helps}."
