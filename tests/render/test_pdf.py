"""PDF: its size on paper, its fonts, and what is said where the converter is missing."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from cnnspec.render import png
from cnnspec.render.display import Box, Image, Picture
from cnnspec.render.errors import RenderError
from cnnspec.render.pdf import to_pdf
from cnnspec.render.pdf_order import order_objects
from cnnspec.render.render import STYLES, render, write_picture
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
    data = drawn(style=style, **({"compare": report("lenet5_1998")} if style == "compare" else {}))
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


def raw(**options: object) -> bytes:
    """What the converter makes, before its objects are brought into an order."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("cnnspec.render.pdf.order_objects", lambda data: data)
        return drawn(**options)


@pytest.mark.parametrize("style", ["volumes", "graph", "conv"])
def test_the_same_bytes_on_every_run(style: str) -> None:
    assert len({drawn(style=style) for _ in range(6)}) == 1


def test_the_converter_alone_makes_others() -> None:
    if len({raw(style="volumes") for _ in range(24)}) == 1:
        pytest.fail("the converter has one order of its own now: nothing of it needs to be changed")


def test_pictures_with_pixels_too() -> None:
    pytest.importorskip("vl_convert")
    pair = tuple(Image(Box(at, 0, at + 40, 40), 2, 2, bytes((0, 255, 128, at)), f"{at}", "i", "i") for at in (0, 50))
    assert len({write_picture(Picture("p", 100, 40, "p", "p", pair), "pdf") for _ in range(6)}) == 1


@pytest.mark.skipif(shutil.which("pdftoppm") is None, reason="pdftoppm is not installed")
@pytest.mark.parametrize("style", ["volumes", "im2col"])
def test_an_order_changes_nothing_that_is_shown(style: str, tmp_path: Path) -> None:
    before, after = raw(style=style), drawn(style=style)
    assert len(before) == len(after)
    shown = []
    for name, data in (("before", before), ("after", after)):
        (tmp_path / f"{name}.pdf").write_bytes(data)
        done = subprocess.run(["pdftoppm", "-r", "60", f"{name}.pdf", name], cwd=tmp_path, capture_output=True, check=True)
        assert done.stderr == b""
        shown.append(next(tmp_path.glob(f"{name}*.ppm")).read_bytes())
    assert shown[0] == shown[1]
    assert len(set(re.findall(rb"/FontName ?/([^ \r\n]+)", after))) == 2


@pytest.mark.parametrize(
    "data", [b"", b"%PDF-1.7\n", b"%PDF-1.7\nxref\n0 1\n0000000000 65535 f\r\ntrailer\n<<>>\nstartxref\n9\n%%EOF"]
)
def test_a_file_of_another_make_is_left_as_it_is(data: bytes) -> None:
    assert order_objects(data) == data


def test_references_follow_their_objects() -> None:
    """Two objects in the wrong order, one of them with a stream that looks like a reference."""
    parts = [b"%PDF-1.7\n%x\n", b"1 0 obj\n<< /Length 5 >>\nstream\n2 0 R\nendstream\nendobj\n\n",
             b"2 0 obj\n<< /Kids 1 0 R >>\nendobj\n\n"]  # fmt: skip
    offsets = [len(parts[0]), len(parts[0]) + len(parts[1])]
    table = b"".join(b"%010d 00000 n\r\n" % offset for offset in offsets)
    tail = b"trailer\n<</Size 3 /Root 2 0 R>>\nstartxref\n%d\n%%%%EOF" % sum(map(len, parts))
    made = order_objects(b"".join(parts) + b"xref\n0 3\n0000000000 65535 f\r\n" + table + tail)
    assert made.startswith(
        b"%PDF-1.7\n%x\n1 0 obj\n<< /Kids 2 0 R >>\nendobj\n\n2 0 obj\n<< /Length 5 >>\nstream\n2 0 R\nendstream"
    )
    assert b"/Root 1 0 R" in made
    for number in (1, 2):
        at = int(re.findall(rb"(\d{10}) 00000 n", made)[number - 1])
        assert made[at:].startswith(b"%d 0 obj" % number)
    assert made[int(re.search(rb"startxref\n(\d+)", made)[1]) :].startswith(b"xref")  # type: ignore[index]


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
