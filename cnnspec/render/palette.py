"""The colours of pictures, by what they stand for.

A shape names a role ("convolution", "ink"); the palette gives the role its colour in light and in dark. Black on every
header and ink on every ground have a contrast of at least 7:1, and the headers differ under the three colour
deficiencies; kind is always written too.
"""

from __future__ import annotations

from dataclasses import dataclass

from cnnspec.render.errors import RenderError

#: Families of layers that have a colour of their own; the rest are white ("plain").
_FAMILY_ROLES = {
    "convolution": "convolution",
    "filter": "convolution",  # a convolution whose kernel is fixed
    "pooling": "pooling",
    "dense": "dense",
    "activation": "activation",
    "normalisation": "normalisation",
    "merging": "merging",
}


@dataclass(frozen=True, slots=True)
class Palette:
    """Colours per role: ``light`` as presentation attributes, ``dark`` in the media block where it differs."""

    name: str
    light: dict[str, str]
    dark: dict[str, str]


#: ``mark`` is drawn on what has the colour of a layer, ``mark.card`` on cards and beside what is read.
_GROUND = {
    "paper": "#FFFFFF",
    "card": "#FFFFFF",
    "plain": "#FFFFFF",
    "ink": "#000000",
    "soft": "#444444",
    "label": "#000000",
    "line": "#444444",
    "frame": "#777777",
    "error": "#B00020",
    "window": "#B00020",
    "mark": "#8A0018",
    "mark.card": "#8A0018",
    "field": "#F7B7B7",
    "unread": "#D2D2D2",
    "crossed": "#FFFFFF",
}
_COLOURS = {
    "convolution": "#77AADD",
    "pooling": "#EE8866",
    "dense": "#EEDD88",
    "normalisation": "#99DDFF",
    "activation": "#FFAABB",
    "merging": "#BBCC33",
}
#: Curves and bars (after Okabe and Ito), told apart by their dashes as well.
_SERIES = {"series.1": "#0072B2", "series.2": "#C24E00", "series.3": "#007D5A", "series.4": "#A8457B"}
_NIGHT_SERIES = {"series.1": "#56B4E9", "series.2": "#F0A04B", "series.3": "#3FC79E", "series.4": "#DE9CC2"}
_GREY_SERIES = {"series.1": "#000000", "series.2": "#5A5A5A", "series.3": "#303030", "series.4": "#767676"}
_GREY_NIGHT_SERIES = {"series.1": "#FFFFFF", "series.2": "#A8A8A8", "series.3": "#D8D8D8", "series.4": "#8D949A"}
_GREYS = {
    "convolution": "#C8C8C8",
    "pooling": "#E4E4E4",
    "dense": "#D6D6D6",
    "normalisation": "#F4F4F4",
    "activation": "#F4F4F4",
    "merging": "#FFFFFF",
    "window": "#000000",
    "mark": "#000000",
    "mark.card": "#000000",
    "field": "#A8A8A8",
    "error": "#000000",
}
#: Signs of what was added, removed and changed, black on them, and the grounds of their rows, ink on them.
_SIGNS = {
    "added": "#56B4E9",
    "removed": "#F09A5B",
    "changed": "#F0E442",
    "added.ground": "#DDEFFB",
    "removed.ground": "#FBE3CF",
    "changed.ground": "#FDFAE4",
}
_GREY_SIGNS = {
    "added": "#9C9C9C",
    "removed": "#FFFFFF",
    "changed": "#D2D2D2",
    "added.ground": "#E2E2E2",
    "removed.ground": "#FFFFFF",
    "changed.ground": "#F2F2F2",
}
_NIGHT = {
    "paper": "#14171A",
    "card": "#1E2226",
    "plain": "#D5D9DD",
    "ink": "#F2F2F2",
    "soft": "#C3C8CC",
    "line": "#B4BABF",
    "frame": "#8D949A",
    "error": "#FF8A8A",
    "window": "#FF8A8A",
    "mark.card": "#FFD2D2",
    "field": "#8C3A44",
    "unread": "#4A5056",
    "added.ground": "#12303F",
    "removed.ground": "#3D2410",
    "changed.ground": "#34310A",
}
_GREY_NIGHT = {
    **_NIGHT,
    "window": "#FFFFFF",
    "mark.card": "#FFFFFF",
    "field": "#505050",
    "unread": "#33383D",
    "error": "#FFFFFF",
    "added.ground": "#3A3A3A",
    "removed.ground": "#14171A",
    "changed.ground": "#262626",
}

#: The sides of a solid: how much of black or white is mixed into its colour.
_SIDES = {"top": ("#FFFFFF", 0.45), "side": ("#000000", 0.14)}


def _mixed(colour: str, other: str, share: float) -> str:
    pairs = ((int(colour[at : at + 2], 16), int(other[at : at + 2], 16)) for at in (1, 3, 5))
    return "#" + "".join(f"{round(a + (b - a) * share):02X}" for a, b in pairs)


def _with_sides(colours: dict[str, str]) -> dict[str, str]:
    """The colours, and those of the ``.top`` and ``.side`` of every solid that one of them fills."""
    solids = [role for role in ("plain", *_COLOURS) if role in colours]
    sides = {f"{role}.{side}": _mixed(colours[role], *mix) for role in solids for side, mix in _SIDES.items()}
    return {**colours, **sides}


#: Shares are drawn in so many shades from the paper's colour on, ink readable on all of them.
SHADES = 10


def _shaded(paper: str, right: str, wrong: str) -> dict[str, str]:
    """``shade.0`` to ``shade.10`` of what is right, and ``fault.0`` to ``fault.10`` of what is wrong."""
    return {
        f"{name}.{step}": _mixed(paper, full, step / SHADES)
        for name, full in (("shade", right), ("fault", wrong))
        for step in range(SHADES + 1)
    }


PALETTES = {
    "colour": Palette(
        "colour",
        {**_with_sides({**_GROUND, **_COLOURS, **_SIGNS}), **_SERIES, **_shaded("#FFFFFF", "#5AA5E0", "#F2924A")},
        {**_with_sides(_NIGHT), **_NIGHT_SERIES, **_shaded(_NIGHT["paper"], "#1B5280", "#7E380F")},
    ),
    "mono": Palette(
        "mono",
        {**_with_sides({**_GROUND, **_GREYS, **_GREY_SIGNS}), **_GREY_SERIES, **_shaded("#FFFFFF", "#A0A0A0", "#A0A0A0")},
        {**_with_sides(_GREY_NIGHT), **_GREY_NIGHT_SERIES, **_shaded(_NIGHT["paper"], "#505050", "#505050")},
    ),
}


def palette_named(name: str) -> Palette:
    """The palette of that name.

    Raises:
        RenderError: there is none.
    """
    if name not in PALETTES:
        raise RenderError(f"there is no palette {name!r}", f"palettes: {', '.join(PALETTES)}")
    return PALETTES[name]


def family_role(family: str) -> str:
    """The role of a layer family's header."""
    return _FAMILY_ROLES.get(family, "plain")


def luminance(colour: str) -> float:
    """Relative luminance of ``#RRGGBB`` (WCAG 2)."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """(brighter + 0.05)/(darker + 0.05), from 1 to 21."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)
