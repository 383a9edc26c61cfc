"""The writer of TikZ: balanced, with known commands alone, nothing that a name can break, the same bytes every time."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnspec.render import tikz
from cnnspec.render.display import Ellipse, Group, Rectangle, Text
from cnnspec.render.errors import RenderError
from cnnspec.render.palette import PALETTES
from cnnspec.render.render import render
from cnnspec.render.svg import clean, number
from cnnspec.render.tikz import escape, write_tikz
from cnnspec.render.volumes.draw import volumes_picture
from cnnspec.resources import library_root
from support.command import run
from support.drawn_networks import report
from tests.render.test_svg import hostile, picture_of

#: The commands of a file without any name in it.
OWN = {
    "documentclass", "usepackage", "definecolor", "begin", "end", "sffamily", "useasboundingbox", "path", "node", "fontsize",
    "selectfont", "textbf", "RequirePackage", "pagestyle", "setlength", "topskip", "noindent",
}  # fmt: skip
#: Those that stand for signs: they take nothing and do nothing but print.
SIGNS = {
    "textbackslash", "textasciicircum", "textasciitilde", "textquotedbl", "textquotesingle", "textasciigrave", "textless",
    "textgreater", "textbar", "ensuremath", *(command[1:-2] for command in tikz._WORDS.values()),
    *(command[1:] for command in tikz._SIGNS.values() if command[1:].isalpha()),
}  # fmt: skip
STYLES = [("lenet5", "graph"), ("resnet18", "graph"), ("lenet5", "maps"), ("alexnet", "volumes"), ("volume_3d", "volumes")]


def commands(text: str) -> set[str]:
    """The control sequences that TeX sees: words, and single signs that are no letters."""
    code = "\n".join(line for line in text.split("\n") if not line.startswith("%"))
    return set(re.findall(r"\\([A-Za-z]+|.)", code))


def depth_at_end(text: str) -> int:
    """How many braces are open at the end of every line, at most; those behind a backslash print themselves."""
    worst = 0
    for line in text.split("\n"):
        if not line.startswith("%"):
            plain = re.sub(r"\\[^A-Za-z]", "", line)
            worst = max(worst, abs(plain.count("{") - plain.count("}")))
    return worst


def assert_harmless(text: str) -> None:
    assert commands(text) <= OWN | SIGNS | {"{", "}", "$", "&", "#", "%", "_", "|"}
    assert depth_at_end(text) == 0
    assert "^^" not in text
    for line in text.split("\n"):
        assert line.startswith("%") or not re.search(r"(?<!\\)[%$&#~]", line), line
        assert line.startswith(("%", "\\")) or not line


@pytest.mark.parametrize(("name", "style"), STYLES)
def test_every_style_is_written(name: str, style: str) -> None:
    text = str(render(report(name), style=style, format="tikz"))
    assert_harmless(text)
    assert text.startswith("% ")
    assert text.count("\\begin{tikzpicture}") == text.count("\\end{tikzpicture}") == 1
    defined = set(re.findall(r"\\definecolor\{(\w+)\}\{HTML\}\{[0-9A-F]{6}\}", text))
    assert defined == set(re.findall(r"(?:fill|draw|text)=(\w+)", text))


def test_every_text_and_shape_is_there_at_its_place() -> None:
    picture = volumes_picture(report("alexnet"))
    lines = write_tikz(picture, PALETTES["colour"]).split("\n")
    items = [item for item, _ in picture.walk() if not isinstance(item, Group)]
    words = [item for item in items if isinstance(item, Text)]
    nodes = [line for line in lines if line.startswith("\\node")]
    for text, node in zip(words, nodes, strict=True):
        assert f" at ({number(text.x)},{number(text.y)}) " in node
        assert escape(text.text) in node
    assert sum(line.startswith("\\path") for line in lines) == len(items) - len(words) + 1  # and the paper


def test_a_width_on_paper_scales_lengths() -> None:
    picture = volumes_picture(report("lenet5"))
    text = write_tikz(picture, PALETTES["colour"], width="84mm")
    unit = float(re.search(r"\[x=([\d.]+)bp,y=-\1bp", text)[1])  # type: ignore[index]
    assert unit * picture.width == pytest.approx(84 / 25.4 * 72, abs=0.1)
    with pytest.raises(RenderError, match="is no width"):
        write_tikz(picture, PALETTES["colour"], width="wide")


def test_circles_corners_and_dashes_are_lengths_on_paper() -> None:
    text = str(render(report("siamese"), format="tikz")) + str(render(report("resnet18"), format="tikz"))
    assert re.search(r"ellipse\[x radius=[\d.]+bp,y radius=[\d.]+bp\]", text)
    assert re.search(r"rounded corners=[\d.]+bp", text)
    assert re.search(r"dash pattern=on 3bp off 2.25bp", text)
    kinds = {type(item) for item, _ in volumes_picture(report("resnet18"), expand="all").walk()}
    assert {Ellipse, Rectangle} <= kinds


def test_a_dark_picture_has_dark_paper() -> None:
    ground = PALETTES["colour"].dark["paper"][1:]
    assert f"{{cnnPaper}}{{HTML}}{{{ground}}}" in str(render(report("lenet5"), format="tikz", dark=True))


def test_the_suffix_tex_names_it(tmp_path: Path) -> None:
    target = tmp_path / "lenet5.tex"
    done = run("render", str(library_root() / "lenet5.cnn"), "-o", str(target), "--style", "volumes", "--width", "84mm")
    assert done.status == 0, done.err
    assert target.read_text(encoding="utf-8") == render(report("lenet5"), style="volumes", format="tikz", width="84mm")


def unescape(text: str) -> str:
    """What TeX prints: the inverse of the writer's table, one command after the other."""
    back = {command: sign for sign, command in {**tikz._ACTIVE, **tikz._WORDS}.items()}
    signs = {rf"\ensuremath{{{command}}}": sign for sign, command in reversed(tikz._SIGNS.items())}
    known = sorted({**back, **signs, ",{}": ","}.items(), key=lambda pair: -len(pair[0]))
    pattern = "|".join(re.escape(command) for command, _ in known)
    return re.sub(pattern, lambda match: dict(known)[match.group()], text)


def printed(text: str) -> str:
    """A text as the writer may show it: signs that LaTeX has no command for by their code point."""
    alike = {"∥": "‖", "✗": "×", "✓": "√"}
    shown = [alike.get(sign, sign) for sign in clean(text)]
    known = {*tikz._SIGNS, *tikz._WORDS}
    latin = {chr(at) for at in range(0xC0, 0x100)} - {"÷"}
    return "".join(sign if " " <= sign <= "~" or sign in known | latin else f"U+{ord(sign):04X}" for sign in shown)


@given(st.text())
def test_what_is_escaped_is_printed(text: str) -> None:
    assert unescape(escape(text)) == printed(text)


def test_all_of_ascii_is_printed() -> None:
    text = "".join(map(chr, range(0x20, 0x7F)))
    assert unescape(escape(text)) == text
    assert not re.search(r"--|``|''|,,|<<|>>", escape("-- `` '' ,, << >> ,,,"))


def test_ten_thousand_hostile_names_stay_text() -> None:
    extra = [
        "\\input{/etc/passwd}",
        "\\write18{ls}",
        "^^5cinput",
        "\\end{document}",
        "\\csname x\\endcsname",
        "%\n\\bye",
        "];}\\x",
    ]
    shape = re.sub(r"%.*", "", write_tikz(picture_of("a"), PALETTES["colour"])).count("\n")
    for seed in range(10_000):
        text = hostile(seed) + extra[seed % len(extra)]
        written = write_tikz(picture_of(text), PALETTES["colour"])
        written.encode()
        assert_harmless(written)
        assert written.count("\n") == shape
        node = next(line for line in written.split("\n") if line.startswith("\\node"))
        said = node.partition(") {")[2].removesuffix("};")
        assert unescape(said.replace(rf"\textbf{{{escape(text)}}}", "", 1)) == printed(text)


def test_the_judge_notices_what_is_active() -> None:
    sound = write_tikz(picture_of("a"), PALETTES["colour"])
    for broken in ("\\input{x}", "{", "%", "$x$", "a^^5cb"):
        with pytest.raises(AssertionError):
            assert_harmless(sound.replace("{\\textbf{a}a}", f"{{\\textbf{{a}}{broken}}}"))
