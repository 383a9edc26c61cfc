"""The filters style: every weight at its place, on one scale, and what is not shown is said."""

from __future__ import annotations

import io
import re

import pytest

from cnnspec.render.display import Box, Group, Image, Picture, Text
from cnnspec.render.palette import PALETTES
from cnnspec.render.run.filters import MOST_FILTERS, MOST_SHOWN, filters_picture, shown_counts
from cnnspec.render.run.records import Kernels, Tile
from cnnspec.render.run.scales import colour_pixels, grey, map_pixels, show_share, show_value, viridis
from cnnspec.render.svg import write_svg
from support.geometry import assert_fits


def tile(rows: int, columns: int, start: float = 0.0) -> Tile:
    return Tile(rows, columns, tuple(start + 0.1 * (n % 7) - 0.3 for n in range(rows * columns)))


def kernels(inputs: int, filters: int, side: int = 3, layer: str = "conv2d_1") -> Kernels:
    count, most = shown_counts(inputs, filters)
    shown = tuple(tuple(tile(side, side, 0.01 * (f - i)) for i in range(count)) for f in range(most))
    return Kernels(layer, f"Conv2D {side}×{side}", inputs, filters, -0.9, 0.6, shown)


def texts(picture: Picture) -> list[str]:
    return [item.lead + item.text for item, _ in picture.walk() if isinstance(item, Text)]


@pytest.mark.parametrize(
    ("inputs", "filters"), [(1, 6), (1, 32), (3, 96), (3, 64), (6, 16), (64, 64), (256, 384), (2, 1), (1, 500)]
)
def test_nothing_overlaps_and_nothing_is_cut(inputs: int, filters: int) -> None:
    picture = filters_picture("Net", [kernels(inputs, filters), kernels(8, 8, 5, "block_1/conv2d_2")], "Net")
    assert_fits(picture)
    drawn = [group.box for group in picture.groups("filter")]
    assert all(not a.overlaps(b) for at, a in enumerate(drawn) for b in drawn[at + 1 :] if a and b)


def test_what_is_left_out_is_said() -> None:
    said = texts(filters_picture("Net", [kernels(256, 384)], "Net"))
    assert f"shown: the first {MOST_SHOWN} of 384 filters, the first {MOST_SHOWN} of 256 input channels" in said
    assert "weights from −0.900 to 0.600" in said
    assert f"shown: the first {MOST_FILTERS} of 500 filters" in texts(filters_picture("Net", [kernels(1, 500)], "Net"))
    assert not any("shown" in line for line in texts(filters_picture("Net", [kernels(6, 16)], "Net")))


def test_one_scale_for_a_layer_with_zero_in_its_middle() -> None:
    (group,) = filters_picture("Net", [kernels(1, 1)], "Net").groups("filter")
    image = next(item for item in group.items if isinstance(item, Image))
    values = kernels(1, 1).shown[0][0].values
    for at, value in enumerate(values):
        wanted = min(255, int(127.5 * (1 + (value or 0) / 0.9) + 0.5))
        assert image.colour(at % 3, at // 3) == (wanted, wanted, wanted)
    assert (grey(0, 1), grey(-1, 1), grey(1, 1), grey(5, 0), grey(float("nan"), 1)) == (128, 0, 255, 128, 128)


def test_three_input_channels_are_red_green_and_blue() -> None:
    one = [Tile(1, 2, (1.0, None)), Tile(1, 2, (-1.0, None)), Tile(1, 2, (0.0, None))]
    assert colour_pixels(one, 1.0) == bytes([255, 0, 128, 255, 0, 0, 0, 0])


def test_a_deep_filter_is_a_column_with_gaps() -> None:
    deep = kernels(4, 2)
    groups = filters_picture("Net", [deep], "Net").groups("filter")
    image = next(item for item in groups[1].items if isinstance(item, Image))
    assert (image.columns, image.rows) == (3, 4 * 4 - 1)
    for channel in range(4):
        for row in range(3):
            for column in range(3):
                value = deep.shown[1][channel].values[3 * row + column]
                assert image.colour(column, 4 * channel + row) == (grey(value or 0, 0.9),) * 3
    assert all(image.colour(column, 3) is None for column in range(3))


def test_cells_are_where_they_should_be_as_pixels() -> None:
    pytest.importorskip("resvg_py", reason="resvg_py is not installed")
    pil = pytest.importorskip("PIL.Image", reason="Pillow is not installed")
    from cnnspec.render.png import find_fonts, to_png

    if not find_fonts():
        pytest.skip("no font is installed")
    layer = kernels(4, 3)
    picture = filters_picture("Net", [layer], "Net")
    with pil.open(io.BytesIO(to_png(write_svg(picture, PALETTES["colour"])))) as read:
        pixels = read.convert("L")
        for number, group in enumerate(picture.groups("filter")):
            image = next(item for item in group.items if isinstance(item, Image))
            for channel in range(4):
                for place in range(9):
                    x, y = image.cell(place % 3, 4 * channel + place // 3).centre
                    value = layer.shown[number][channel].values[place]
                    assert pixels.getpixel((round(2 * x), round(2 * y))) == grey(value or 0, 0.9)


def test_hostile_paths_stay_text() -> None:
    name = 'a"><script>alert(1)</script>\u202e/x'
    text = write_svg(filters_picture(name, [kernels(1, 2, layer=name), kernels(5, 2, layer=name)], name), PALETTES["colour"])
    assert "<script" not in text
    ids = re.findall(r' id="([^"]*)"', text)
    assert len(ids) == len(set(ids))


def test_viridis_at_its_published_places() -> None:
    assert [viridis(at / 9) for at in (0, 3, 9)] == [(0x44, 0x01, 0x54), (0x31, 0x68, 0x8E), (0xFD, 0xE7, 0x25)]
    assert viridis(-1) == viridis(float("nan")) == viridis(0)
    assert map_pixels([0.0, None, 5.0], 0.0, 5.0) == bytes([*viridis(0), *viridis(0), *viridis(1)])


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (0.4123, "0.412"), (-1.3, "−1.30"), (12345.6, "12,346"), (1.23e-5, "1.2e−5"), (123.4, "123"), (3e9, "3.0e9")],
)
def test_numbers_have_three_digits(value: float, text: str) -> None:
    assert show_value(value) == text


@pytest.mark.parametrize(
    ("share", "text"), [(1, "100.0 %"), (0, "0.0 %"), (0.9999, "> 99.9 %"), (0.0001, "< 0.1 %"), (0.4236, "42.4 %")]
)
def test_shares_never_claim_all_or_nothing(share: float, text: str) -> None:
    assert show_share(share) == text


def test_boxes_of_cells() -> None:
    image = Image(Box(0, 0, 20, 10), 4, 2, bytes(8), "k", "l", "t")
    assert image.cell(3, 1) == Box(15, 5, 20, 10)
    assert isinstance(filters_picture("Net", [kernels(1, 1)], "Net").items[0], Group)
