"""Contrast, and colours that can be told apart."""

from __future__ import annotations

from itertools import combinations

import pytest

from cnnspec.layers.registry import all_kinds, layer_class
from cnnspec.render.errors import RenderError
from cnnspec.render.palette import PALETTES, SHADES, contrast, family_role, palette_named

HEADERS = ("convolution", "pooling", "dense", "normalisation", "activation", "merging")
#: Viénot, Brettel and Mollon 1999 (red, green) and Brettel 1997 (blue, one half plane) on linear RGB.
DEFICIENCIES = {
    "protan": ((0.11238, 0.88762, 0.0), (0.11238, 0.88762, 0.0), (0.00401, -0.00401, 1.0)),
    "deutan": ((0.29275, 0.70725, 0.0), (0.29275, 0.70725, 0.0), (-0.02234, 0.02234, 1.0)),
    "tritan": ((1.0, 0.1462, -0.1462), (0.0, 0.8596, 0.1404), (0.0, 0.8596, 0.1404)),
}


def test_the_colours_of_the_contract() -> None:
    light = PALETTES["colour"].light
    expected = ("#77AADD", "#EE8866", "#EEDD88", "#99DDFF", "#FFAABB", "#BBCC33")
    assert tuple(light[role] for role in HEADERS) == expected


@pytest.mark.parametrize("name", PALETTES)
@pytest.mark.parametrize("dark", [False, True])
def test_every_text_has_a_contrast_of_seven(name: str, dark: bool) -> None:
    palette = PALETTES[name]
    colours = {**palette.light, **(palette.dark if dark else {})}
    for role in (*HEADERS, "plain"):
        assert contrast(colours["label"], colours[role]) >= 7, role
    for ground in ("paper", "card"):
        for text in ("ink", "soft"):
            assert contrast(colours[text], colours[ground]) >= 7, (ground, text)
    for name in ("shade", "fault"):
        for step in range(SHADES + 1):
            assert contrast(colours["ink"], colours[f"{name}.{step}"]) >= 7, (name, step)
    for number in range(1, 5):
        assert contrast(colours[f"series.{number}"], colours["card"]) >= 3, number
    for line, ground in (("line", "paper"), ("frame", "paper"), ("error", "paper"), ("window", "paper"), ("line", "card")):
        assert contrast(colours[line], colours[ground]) >= 3, (line, ground)
    for sheet in HEADERS[:3]:
        assert contrast(colours["mark"], colours[sheet]) >= 3, sheet
    for ground in ("paper", "card", "field"):
        assert contrast(colours["mark.card"], colours[ground]) >= 4, ground


def test_grey_pictures_have_no_hue() -> None:
    palette = PALETTES["mono"]
    for role in ("window", "mark", "mark.card", "field", "unread", *HEADERS):
        for colours in (palette.light, {**palette.light, **palette.dark}):
            red, green, blue = (int(colours[role][at : at + 2], 16) for at in (1, 3, 5))
            assert max(red, green, blue) - min(red, green, blue) <= 16, role


def test_contrast_is_that_of_the_guidelines() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)


def linear(colour: str) -> list[float]:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    return [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]


def lab(rgb: list[float]) -> tuple[float, float, float]:
    r, g, b = (max(c, 0.0) for c in rgb)
    xyz = (0.4124 * r + 0.3576 * g + 0.1805 * b, 0.2126 * r + 0.7152 * g + 0.0722 * b, 0.0193 * r + 0.1192 * g + 0.9505 * b)
    f = [(v ** (1 / 3) if v > 0.008856 else 7.787 * v + 16 / 116) for v in (xyz[0] / 0.9505, xyz[1], xyz[2] / 1.089)]
    return 116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])


@pytest.mark.parametrize("deficiency", DEFICIENCIES)
def test_headers_are_told_apart_under_colour_deficiencies(deficiency: str) -> None:
    matrix = DEFICIENCIES[deficiency]
    seen = {}
    for role in HEADERS:
        rgb = linear(PALETTES["colour"].light[role])
        seen[role] = lab([sum(m * c for m, c in zip(row, rgb, strict=True)) for row in matrix])
    for a, b in combinations(HEADERS, 2):
        assert sum((x - y) ** 2 for x, y in zip(seen[a], seen[b], strict=True)) ** 0.5 > 9, (a, b)


def test_every_layer_has_a_role_of_the_palette() -> None:
    for kind in all_kinds():
        assert family_role(layer_class(kind).family) in PALETTES["mono"].light
    assert family_role(layer_class("Conv2D").family) == "convolution"


def test_an_unknown_palette_lists_those_that_exist() -> None:
    with pytest.raises(RenderError, match="palettes: colour, mono"):
        palette_named("neon")
