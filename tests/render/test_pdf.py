"""PDF: its size on paper, its fonts, and what is said where the converter is missing."""

from __future__ import annotations

import re
import sys

import pytest

from cnnspec.render import png
from cnnspec.render.errors import RenderError
from cnnspec.render.pdf import to_pdf
from cnnspec.render.render import STYLES, render
from support.drawn_networks import report


def page(data: bytes) -> tuple[float, float]:
    """Width and height of the page, in points."""
    found = re.search(rb"/MediaBox ?\[ ?0 0 ([\d.]+) ([\d.]+) ?\]", data)
    assert found is not None
    return float(found[1]), float(found[2])


def drawn(**options: object) -> bytes:
    pytest.importorskip("vl_convert")
    if not png.find_fonts():
        pytest.skip("no font that the converter could use")
    data = render(report("lenet5"), format="pdf", **options)  # type: ignore[arg-type]
    assert isinstance(data, bytes)
    return data


@pytest.mark.parametrize("style", STYLES)
def test_every_style_is_a_page_with_its_fonts(style: str) -> None:
    data = drawn(style=style)
    assert data.startswith(b"%PDF-")
    assert re.search(rb"/BaseFont ?/[A-Z]{6}\+\w+", data)
    assert page(data)[0] > 100


def test_a_width_on_paper() -> None:
    width, _ = page(drawn(style="volumes", width="84mm"))
    assert width == pytest.approx(84 / 25.4 * 72, abs=0.05)
    wide, _ = page(drawn(style="volumes"))
    svg = str(render(report("lenet5"), style="volumes"))
    pixels = float(re.search(r'width="([\d.]+)"', svg)[1])  # type: ignore[index]
    assert wide == pytest.approx(pixels * 0.75, abs=0.05)


def test_as_many_fonts_and_bytes_on_every_run() -> None:
    def outline(data: bytes) -> tuple[int, tuple[float, float], list[bytes]]:
        return len(data), page(data), sorted(set(re.findall(rb"/FontName ?/([^ \r\n]+)", data)))

    first = drawn(style="volumes")
    assert outline(first) == outline(drawn(style="volumes"))
    assert len(outline(first)[2]) == 2


def test_without_the_converter_the_remedy_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "vl_convert", None)
    with pytest.raises(RenderError, match=r"vl-convert-python.*pip install 'cnnspec\[pdf\]'") as caught:
        render(report("lenet5"), format="pdf")
    assert caught.value.missing


def test_without_a_font_it_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("vl_convert")
    monkeypatch.setattr(png, "FONT_FOLDERS", ("/nowhere",))
    with pytest.raises(RenderError, match="fonts-dejavu-core"):
        to_pdf("<svg/>")
