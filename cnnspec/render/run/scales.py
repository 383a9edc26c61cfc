"""From numbers to colours and to texts."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import cache

from cnnspec.render.run.records import Tile

Colour = tuple[int, int, int]

#: The colour map viridis at 0, 1/9, … 1 (S. van der Walt and N. Smith, 2015, CC0); between them it is taken as straight.
_VIRIDIS: tuple[Colour, ...] = (
    (0x44, 0x01, 0x54), (0x48, 0x28, 0x78), (0x3E, 0x4A, 0x89), (0x31, 0x68, 0x8E), (0x26, 0x82, 0x8E),
    (0x1F, 0x9E, 0x89), (0x35, 0xB7, 0x79), (0x6D, 0xCD, 0x59), (0xB4, 0xDE, 0x2C), (0xFD, 0xE7, 0x25),
)  # fmt: skip


def viridis(share: float) -> Colour:
    """The colour at a share from 0 to 1; what is no number is as dark as 0."""
    place = (0.0 if math.isnan(share) else min(max(share, 0.0), 1.0)) * (len(_VIRIDIS) - 1)
    at = min(int(place), len(_VIRIDIS) - 2)
    r, g, b = (round(a + (z - a) * (place - at)) for a, z in zip(_VIRIDIS[at], _VIRIDIS[at + 1], strict=True))
    return r, g, b


def share_of(value: float, low: float, high: float) -> float:
    """Where a value lies between two others, from 0 to 1."""
    return (value - low) / (high - low) if high > low else 0.0


def grey(value: float, bound: float) -> int:
    """A weight as grey: 0 in the middle, −bound black, +bound white."""
    share = 0.0 if bound == 0 or math.isnan(value) else max(-1.0, min(1.0, value / bound))
    return min(255, int(127.5 * (1 + share) + 0.5))


def grey_pixels(tile: Tile, bound: float) -> bytes:
    """A tile of weights, two bytes a pixel: grey and opacity."""
    return b"".join(bytes((0, 0)) if value is None else bytes((grey(value, bound), 255)) for value in tile.values)


def colour_pixels(tiles: Sequence[Tile], bound: float) -> bytes:
    """Three tiles of weights as red, green and blue, four bytes a pixel."""
    pixels = zip(*(tile.values for tile in tiles), strict=True)
    return b"".join(
        bytes(4) if None in values else bytes((*(grey(value or 0.0, bound) for value in values), 255)) for values in pixels
    )


@cache
def _levels() -> tuple[bytes, ...]:
    """Viridis in 256 steps: as many as a table of colours in a PNG holds."""
    return tuple(bytes(viridis(level / 255)) for level in range(256))


def map_pixels(values: Sequence[float | None], low: float, high: float) -> bytes:
    """Activations in viridis, three bytes a pixel; a place without a value is dark."""
    levels = _levels()
    return b"".join(levels[level_of(value, low, high)] for value in values)


def level_of(value: float | None, low: float, high: float) -> int:
    """Where a value lies between two others, from 0 to 255."""
    share = 0.0 if value is None or math.isnan(value) else share_of(value, low, high)
    return int(255 * min(max(share, 0.0), 1.0) + 0.5)


def ramp(colour: Callable[[float], Sequence[int]], steps: int = 64) -> bytes:
    """The colours from 0 to 1 as a row of pixels."""
    return b"".join(bytes(colour(at / (steps - 1))) for at in range(steps))


def show_value(value: float) -> str:
    """Three significant digits: ``0.412``, ``−1.30``, ``1.2e−5``, ``12,300``; ``0`` for nothing."""
    if not math.isfinite(value):
        return "not a number" if math.isnan(value) else "∞" if value > 0 else "−∞"
    if value == 0:
        return "0"
    size = abs(value)
    if 1e-3 <= size < 1e3:
        text = f"{value:.{max(0, 2 - math.floor(math.log10(size)))}f}"
    else:
        text = f"{value:,.0f}" if 1e3 <= size < 1e6 else f"{value:.1e}".replace("e-0", "e-").replace("e+0", "e")
    return text.replace("-", "−")


def show_share(share: float, digits: int = 1) -> str:
    """A share in per cent: ``99.9 %``; ``< 0.1 %`` for less than is shown, ``> 99.9 %`` for less than all."""
    least = 10.0**-digits
    if 0 < share * 100 < least / 2:
        return f"< {least:.{digits}f} %"
    if 100 - least / 2 <= share * 100 < 100:
        return f"> {100 - least:.{digits}f} %"
    return f"{share * 100:.{digits}f} %"
