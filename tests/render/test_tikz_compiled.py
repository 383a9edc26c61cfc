"""TikZ as TeX sees it: it compiles in silence, into one page that is the picture, and what names hold is printed."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from cnnspec.render.display import Group, Image, Picture
from cnnspec.render.palette import PALETTES
from cnnspec.render.render import render
from cnnspec.render.tikz import write_tikz
from support.drawn_networks import report
from support.hostile import HARMFUL, hostile
from tests.render.test_svg import picture_of

PDFLATEX = shutil.which("pdflatex")
if PDFLATEX is None:
    pytest.skip("pdflatex is not installed", allow_module_level=True)
probe = subprocess.run(["kpsewhich", "tikz.sty", "helvet.sty", "phvr8t.tfm"], capture_output=True, text=True, check=False)
if len(probe.stdout.split()) < 3:
    pytest.skip("this TeX has no TikZ, or no Helvetica (texlive-pictures, texlive-fonts-recommended)", allow_module_level=True)

DRAWN = [
    ("lenet5", "maps"), ("alexnet", "volumes"), ("inception", "graph"), ("resnet18", "receptive-field"), ("lenet5", "conv"),
    ("signal_1d", "im2col"), ("volume_3d", "volumes"), ("volume_3d", "conv"), ("volume_3d", "im2col"), ("wrong", "graph"),
]  # fmt: skip


def compiled(text: str, folder: Path) -> tuple[str, bytes]:
    """What TeX says, and the file that it makes."""
    (folder / "p.tex").write_text(text, encoding="utf-8")
    arguments = [str(PDFLATEX), "-no-shell-escape", "-interaction=nonstopmode", "-halt-on-error", "p.tex"]
    done = subprocess.run(arguments, cwd=folder, capture_output=True, text=True, errors="replace", check=False, timeout=120)
    assert done.returncode == 0, done.stdout[-2000:]
    return done.stdout, (folder / "p.pdf").read_bytes()


def assert_quiet(said: str) -> None:
    assert re.search(r"Output written on p\.pdf \(1 page,", said), said[-500:]
    assert not re.findall(r"Overfull.*|Missing character.*|LaTeX (?:Font )?Warning.*|Undefined.*", said)


@pytest.mark.parametrize(("name", "style"), DRAWN)
def test_a_style_is_one_page_without_a_warning(name: str, style: str, tmp_path: Path) -> None:
    said, _ = compiled(str(render(report(name), style=style, format="tikz")), tmp_path)
    assert_quiet(said)


@pytest.mark.skipif(shutil.which("pdfinfo") is None, reason="pdfinfo is not installed")
def test_the_page_is_as_large_as_the_picture(tmp_path: Path) -> None:
    compiled(str(render(report("lenet5"), style="volumes", format="tikz", width="84mm")), tmp_path)
    info = subprocess.run(["pdfinfo", "p.pdf"], cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    width, height = map(float, re.search(r"Page size: +([\d.]+) x ([\d.]+)", info).groups())  # type: ignore[union-attr]
    assert width == pytest.approx(84 / 25.4 * 72, abs=0.05)
    box = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', str(render(report("lenet5"), style="volumes", width="84mm")))
    assert box is not None
    assert height / width == pytest.approx(float(box[2]) / float(box[1]), abs=0.002)


def test_what_names_hold_is_printed_and_never_run(tmp_path: Path) -> None:
    (tmp_path / "secret.tex").write_text("THESECRET", encoding="utf-8")
    names = [*HARMFUL, r"\input{secret}", r"\immediate\write18{touch ran}", *(hostile(seed) for seed in range(60))]
    parts = [picture_of(name) for name in names]
    items = tuple(Group("all", f"{at}", "", "", part.items) for at, part in enumerate(parts))
    said, _ = compiled(write_tikz(Picture("p", 600, 400, "p", "p", items), PALETTES["colour"]), tmp_path)
    assert re.search(r"Output written on p\.pdf \(1 page,", said)
    assert {path.name for path in tmp_path.iterdir()} == {"secret.tex", "p.tex", "p.pdf", "p.aux", "p.log"}
    if shutil.which("pdftotext"):
        read = subprocess.run(
            ["pdftotext", "-raw", "p.pdf", "-"], cwd=tmp_path, capture_output=True, text=True, check=True
        ).stdout
        assert "THESECRET" not in read
        assert r"\input{secret}" in read


def test_pixels(tmp_path: Path) -> None:
    from cnnspec.render.display import Box

    image = Image(Box(0, 0, 40, 40), 2, 2, bytes((0, 255, 128, 30)), "i", "i", "i")
    said, _ = compiled(write_tikz(Picture("p", 40, 40, "p", "p", (image,)), PALETTES["colour"]), tmp_path)
    assert_quiet(said)
