"""Pixels in pictures: a PNG that others read, sharp cells in every format, nothing between two of them."""

from __future__ import annotations

import io
import re
from base64 import b64decode

import pytest

from cnnspec.render.display import Box, Image, Picture
from cnnspec.render.errors import RenderError
from cnnspec.render.figure import shifted
from cnnspec.render.palette import PALETTES
from cnnspec.render.pixels import encode_png
from cnnspec.render.svg import write_svg
from cnnspec.render.tikz import MOST_RUNS, write_tikz

COLOURS = PALETTES["colour"]
PLACE = Box(10, 10, 90, 50)
MODES = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}


def picture_of(*images: Image) -> Picture:
    return Picture("pixels", 100.0, 60.0, "pixels", "Pixels.", images)


def image(columns: int, rows: int, pixels: bytes, box: Box = PLACE) -> Image:
    return Image(box, columns, rows, pixels, "pixels.image", "pixels", "a <b> & c")


@pytest.mark.parametrize("channels", MODES)
def test_other_programs_read_the_file(channels: int) -> None:
    pil = pytest.importorskip("PIL.Image", reason="Pillow is not installed")
    pixels = bytes((7 * n) % 256 for n in range(5 * 3 * channels))
    with pil.open(io.BytesIO(encode_png(5, 3, pixels))) as read:
        assert (read.size, read.mode) == ((5, 3), MODES[channels])
        assert read.tobytes() == pixels


@pytest.mark.parametrize("channels", [3, 4])
def test_few_colours_are_a_table(channels: int) -> None:
    pil = pytest.importorskip("PIL.Image", reason="Pillow is not installed")
    colours = [bytes((n, 7 * n % 256, 255 - n, 128 + n)[:channels]) for n in range(100)]
    pixels = b"".join(colours[at * at % 100] for at in range(60 * 50))
    data = encode_png(60, 50, pixels)
    assert b"PLTE" in data
    with pil.open(io.BytesIO(data)) as read:
        assert read.mode == "P"
        assert read.convert(MODES[channels]).tobytes() == pixels


def test_an_svg_holds_the_file() -> None:
    text = write_svg(picture_of(image(2, 1, b"\x00\xff")), COLOURS)
    (data,) = re.findall(r'href="data:image/png;base64,([^"]*)"', text)
    assert b64decode(data) == encode_png(2, 1, b"\x00\xff")
    assert 'x="10" y="10" width="80" height="40"' in text
    assert "a &lt;b&gt; &amp; c" in text


def test_cells_have_sharp_edges_as_pixels() -> None:
    pytest.importorskip("resvg_py", reason="resvg_py is not installed")
    pil = pytest.importorskip("PIL.Image", reason="Pillow is not installed")
    from cnnspec.render.png import find_fonts, to_png

    if not find_fonts():
        pytest.skip("no font is installed")
    drawn = image(4, 2, bytes([0, 80, 160, 240, 30, 60, 90, 120]))
    with pil.open(io.BytesIO(to_png(write_svg(picture_of(drawn), COLOURS)))) as read:
        grey = read.convert("L")
        for row in range(2):
            for column in range(4):
                cell, wanted = drawn.cell(column, row), drawn.pixels[4 * row + column]
                corners = [(x, y) for x in (cell.left + 1, cell.right - 1) for y in (cell.top + 1, cell.bottom - 1)]
                assert all(grey.getpixel((round(2 * x), round(2 * y))) == wanted for x, y in corners)


def test_tikz_draws_runs_and_leaves_clear_pixels_out() -> None:
    text = write_tikz(picture_of(image(4, 1, bytes([9, 255, 9, 255, 0, 0, 200, 255]))), COLOURS)
    found = re.findall(r"fill=\{rgb,255:red,(\d+);green,(\d+);blue,(\d+)\}\] \(([\d.]+),([\d.]+)\) rectangle \(([\d.]+),", text)
    assert found == [("9", "9", "9", "10", "10", "50.06"), ("200", "200", "200", "70", "10", "90")]


def test_tikz_refuses_a_photograph() -> None:
    side = 150
    noise = bytes((n * 97) % 251 for n in range(side * side))
    assert side * side > MOST_RUNS
    with pytest.raises(RenderError, match="at most 20,000 pixels"):
        write_tikz(picture_of(image(side, side, noise)), COLOURS)


def test_pixels_move_with_their_drawing() -> None:
    moved = shifted(image(1, 1, b"\x05"), 3, -2)
    assert isinstance(moved, Image)
    assert moved.box == Box(13, 8, 93, 48)


@pytest.mark.parametrize(("columns", "rows", "count"), [(0, 3, 0), (2, 2, 5), (2, 2, 20), (1, 1, 0)])
def test_pixels_that_do_not_fill_the_grid_are_refused(columns: int, rows: int, count: int) -> None:
    with pytest.raises(ValueError, match="pixels"):
        image(columns, rows, bytes(count))
