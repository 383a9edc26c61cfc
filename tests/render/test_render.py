"""The one entry: formats, refusals, DOT and pixels."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from cnnspec.render import png
from cnnspec.render.display import Group
from cnnspec.render.errors import RenderError
from cnnspec.render.graph.draw import graph_picture
from cnnspec.render.graph.view import build_view
from cnnspec.render.palette import PALETTES
from cnnspec.render.render import render
from support.drawn_networks import ALL, report


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"style": "grahp"},
            "there is no style 'grahp'; of a network: graph, maps, volumes, receptive-field, conv, im2col, compare, text, "
            "mermaid, html; of a run: filters, feature-maps, curves, confusion, mistakes",
        ),
        ({"style": "html"}, "html is the page of a whole file"),
        ({"style": "filters"}, "filters shows a trained run"),
        ({"format": "dot", "dark": True}, "DOT has the light look alone; leave --dark away"),
        ({"format": "dot", "engine": "dot"}, "DOT has no positions"),
        ({"style": "maps", "engine": "dot"}, "Graphviz lays out graphs, not maps; leave --engine away"),
        ({"style": "text", "dark": True}, "text takes the look of what shows it; leave --dark away"),
        ({"style": "text", "palette": "mono"}, "text has no colours; leave --palette away"),
        ({"style": "mermaid", "dark": True}, "mermaid takes the look of what shows it"),
        ({"format": "gif"}, "there is no format 'gif'; formats: svg, png, pdf, tikz, dot, html, txt, mmd, md"),
        ({"direction": "BT"}, "there is no direction 'BT'; directions: TB, LR"),
        ({"engine": "neato"}, "there is no engine 'neato'; engines: own, dot"),
        ({"palette": "neon"}, "there is no palette 'neon'; palettes: colour, mono"),
        ({"style": "maps", "format": "dot"}, "DOT writes graphs, not maps"),
        ({"style": "maps", "direction": "LR"}, "maps always reads from left to right"),
        ({"format": "dot", "width": "wide"}, "'wide' is no width"),
    ],
)
def test_what_does_not_exist_is_refused_with_what_does(options: dict[str, str], message: str) -> None:
    with pytest.raises(RenderError) as caught:
        render(report("lenet5"), **options)  # type: ignore[arg-type]
    assert str(caught.value).startswith(message)
    assert not caught.value.missing


def test_lenet_is_under_twenty_kilobytes() -> None:
    for style in ("graph", "maps", "volumes", "receptive-field"):
        assert len(str(render(report("lenet5"), style=style)).encode()) < 20_000


def test_mono_is_grey() -> None:
    text = str(render(report("lenet5"), palette="mono", dark=False))
    for colour in set(re.findall(r"#([0-9A-F]{6})", text)):
        assert colour[:2] == colour[2:4] == colour[4:]


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("direction", ["TB", "LR"])
def test_dot_has_every_card_edge_and_frame(name: str, direction: str) -> None:
    view = build_view(report(name))
    text = str(render(report(name), format="dot", direction=direction))
    lines = [line.strip() for line in text.splitlines()]
    nodes = [line for line in lines if re.match(r"n\d+ \[", line)]
    assert len(nodes) == len(view.cards)
    assert sum("->" in line for line in lines) == len(view.edges)
    assert sum(line.startswith("subgraph cluster_") for line in lines) == len(view.frames)
    assert text.count("{") - text.count("}") == 0
    assert f"rankdir={direction}" in text


@pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz is not installed")
@pytest.mark.parametrize("name", ["lenet5", "inception", "repeats", "outputs", "wrong"])
def test_dot_accepts_it(name: str) -> None:
    text = str(render(report(name), format="dot"))
    done = subprocess.run(["dot", "-Tsvg"], input=text.encode(), capture_output=True, check=True)
    assert not done.stderr
    assert b"<svg" in done.stdout


def test_dot_text_needs_no_dot(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    assert str(render(report("lenet5"), format="dot")).startswith("digraph")


def test_an_absent_dot_names_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(RenderError, match="apt install graphviz") as caught:
        render(report("lenet5"), engine="dot")
    assert caught.value.missing


def test_a_dot_that_fails_is_an_error_of_the_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program = tmp_path / "dot"
    program.write_text("#!/bin/sh\necho 'Format: \"plain\" not recognized' >&2\nexit 1\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    with pytest.raises(RenderError, match="dot failed: Format") as caught:
        render(report("lenet5"), engine="dot")
    assert caught.value.missing


#: What ``dot -Tplain -y`` answers for two boxes, in inches.
_PLAIN = """graph 1 3 2
node n0 1.5 0.2 3 0.3 n0 solid box black lightgrey
node n1 1.5 1.2 3 0.8 n1 solid box black lightgrey
edge n0 n1 4 1.5 0.35 1.5 0.5 1.5 0.6 1.5 0.8 solid black
stop
"""


def test_coordinates_of_dot_are_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program = tmp_path / "dot"
    program.write_text(f"#!/bin/sh\ncat > /dev/null\ncat <<'EOF'\n{_PLAIN}EOF\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    picture = graph_picture(report("single"), engine="dot")
    first, second = (card.box for card in picture.groups("card"))
    assert first is not None
    assert second is not None
    assert second.centre[1] - first.centre[1] == pytest.approx(72)


@pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz is not installed")
@pytest.mark.parametrize("direction", ["TB", "LR"])
def test_pictures_with_the_coordinates_of_dot_have_no_overlaps(direction: str) -> None:
    for name in ("inception", "deep_unet", "resnet18"):
        picture = graph_picture(report(name), engine="dot", direction=direction)  # type: ignore[arg-type]
        cards: list[Group] = [group for kind in ("card", "block", "merge") for group in picture.groups(kind)]
        for at, card in enumerate(cards):
            assert card.box is not None
            assert not any(card.box.overlaps(other.box) for other in cards[:at] if other.box is not None)


def test_graphviz_is_imported_only_for_dot() -> None:
    program = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from support.drawn_networks import report\n"
        "from cnnspec.render.render import render\n"
        "for style in ('graph', 'maps', 'volumes', 'receptive-field', 'conv', 'im2col'): render(report('lenet5'), style=style)\n"
        "found = [m for m in ('torch', 'numpy', 'networkx', 'graphviz', 'resvg_py', 'PIL', 'rich') if m in sys.modules]\n"
        "render(report('lenet5'), format='dot')\n"
        "print(found, 'graphviz' in sys.modules)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(Path(__file__).parents[1])],
        capture_output=True,
        check=True,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    assert done.stdout.strip() == "[] True"


def pixels(data: bytes):
    images = pytest.importorskip("PIL.Image")
    return images.open(io.BytesIO(data)).convert("RGB")


def needs_converter() -> None:
    pytest.importorskip("resvg_py")
    if not png.find_fonts():
        pytest.skip("no font that the converter could use")


@pytest.mark.parametrize("style", ["graph", "maps", "volumes", "receptive-field", "conv", "im2col"])
def test_png_has_the_ink_of_its_texts(style: str) -> None:
    needs_converter()
    data = render(report("lenet5"), style=style, format="png")
    assert isinstance(data, bytes)
    image = pixels(data)
    without = picture_without_texts(style)
    assert image.size == without.size
    assert sum(a != b for a, b in zip(image.tobytes(), without.tobytes(), strict=True)) > 6000


def picture_without_texts(style: str):
    """The same picture with its texts taken out."""
    text = re.sub(r"<text .*?</text>", "", str(render(report("lenet5"), style=style, dark=False)))
    return pixels(png.to_png(text))


def test_png_of_a_width_has_300_dots_an_inch() -> None:
    needs_converter()
    image = pixels(bytes(render(report("lenet5"), format="png", width="84mm")))  # type: ignore[arg-type]
    assert image.width == pytest.approx(84 / 25.4 * 300, abs=2)


def test_png_in_the_dark_has_a_dark_ground() -> None:
    needs_converter()
    image = pixels(bytes(render(report("lenet5"), format="png", dark=True)))  # type: ignore[arg-type]
    ground = PALETTES["colour"].dark["paper"]
    assert image.getpixel((2, 2)) == tuple(int(ground[at : at + 2], 16) for at in (1, 3, 5))
    light = pixels(bytes(render(report("lenet5"), format="png")))  # type: ignore[arg-type]
    assert light.getpixel((2, 2)) == (255, 255, 255)


def test_png_without_the_converter_names_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "resvg_py", None)
    with pytest.raises(RenderError, match="pip install resvg_py") as caught:
        render(report("lenet5"), format="png")
    assert caught.value.missing


def test_png_without_a_font_is_an_error_and_not_a_picture_without_texts(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("resvg_py")
    monkeypatch.setattr(png, "FONT_FOLDERS", ("/nowhere",))
    with pytest.raises(RenderError, match="fonts-dejavu-core") as caught:
        render(report("lenet5"), format="png")
    assert caught.value.missing
