"""The table of advances against the font itself, and cutting texts to a width."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnspec.render.fonts import ELLIPSIS, fit_text, text_width, wrap_name

FOLDER = Path("/usr/share/fonts/truetype/dejavu")


@pytest.mark.parametrize(("file", "bold"), [("DejaVuSans.ttf", False), ("DejaVuSans-Bold.ttf", True)])
def test_advances_are_those_of_the_font(file: str, bold: bool) -> None:
    fonts = pytest.importorskip("PIL.ImageFont")
    if not (FOLDER / file).is_file():
        pytest.skip("DejaVu Sans is not installed (fonts-dejavu-core)")
    font = fonts.truetype(str(FOLDER / file), 2048, layout_engine=fonts.Layout.BASIC)
    for character in "conv2d_1 · Conv2D 3×3, 64, valid, relu ⌊(h − 2)/2⌋ 18,496 √→…✗‖+−":
        assert text_width(character, 2048, bold) == font.getlength(character), character


def test_width_grows_with_size_and_weight() -> None:
    assert text_width("abc", 20) == pytest.approx(2 * text_width("abc", 10))
    assert text_width("abc", 10, bold=True) > text_width("abc", 10)


def test_unknown_characters_are_one_em_and_combining_ones_nothing() -> None:
    assert text_width("日", 10) == 10
    assert text_width("e\u0301", 10) == text_width("e", 10)


@given(st.text(), st.floats(20, 400))
def test_a_fitted_text_fits_and_only_loses_its_end(text: str, width: float) -> None:
    fitted = fit_text(text, 10, width)
    assert text_width(fitted, 10) <= width + 1e-9
    assert fitted == text or (fitted.endswith(ELLIPSIS) and text.startswith(fitted[:-1]))


def test_a_text_that_fits_is_left_alone() -> None:
    assert fit_text("conv2d_1", 10, text_width("conv2d_1", 10)) == "conv2d_1"


def test_a_very_long_text_is_cut_without_measuring_all_of_it() -> None:
    assert len(fit_text("x" * 10_000_000, 10, 100)) < 30


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("basic_1 to 2", ["basic_1 to 2"]),
        ("features/conv2/bottleneck_2 to 3", ["features/conv2/", "bottleneck_", "2 to 3"]),
        ("dense_layer_12 to 16", ["dense_layer_", "12 to 16"]),
        ("global_avg_pool2d_1", ["global_avg_", "pool2d_1"]),
    ],
)
def test_the_numbers_of_several_uses_stay_on_one_line(name: str, lines: list[str]) -> None:
    assert wrap_name(name, 9, 84) == lines
