"""Whatever names, paths, strings and comments hold, it stays text: ten thousand strings through every sink, a judge at each.

Strings come in many to a document, so that all of them pass in seconds.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

import pytest

from cnnspec.analysis.explain import explain_layer, explain_model
from cnnspec.analysis.report import FileReport, ModelReport, Report
from cnnspec.api.gallery import draw_gallery
from cnnspec.api.spec import Spec
from cnnspec.diagnostics import Diagnostic, Severity, Source
from cnnspec.diagnostics.writers.columns import Style
from cnnspec.diagnostics.writers.github import write_commands
from cnnspec.diagnostics.writers.text import write_diagnostics
from cnnspec.ir import Network
from cnnspec.record import replace
from cnnspec.render.display import Box, Group, Image, Paint, Picture, Polygon, Rectangle, Text
from cnnspec.render.gallery.page import Entry, Family, write_index, write_text
from cnnspec.render.palette import PALETTES
from cnnspec.render.render import STYLES, render
from cnnspec.render.svg import clean, write_svg
from cnnspec.render.text_explain import write_explanation, write_markdown
from cnnspec.render.text_report import write_report
from cnnspec.render.tikz import write_tikz
from cnnspec.resolve.result import ResolvedModel
from support.drawn_networks import report
from support.hostile import HARMFUL, hostile
from support.judges import (
    Refused,
    judge_csv,
    judge_dot,
    judge_fence,
    judge_github,
    judge_html,
    judge_markdown,
    judge_mermaid,
    judge_svg,
    judge_terminal,
    scripts_of,
)
from tests.render.test_tikz import assert_harmless

COUNT = 10_000
COLOURS = PALETTES["colour"]
PLAIN = Style(width=80)


def batches(size: int) -> Iterator[list[str]]:
    """All strings, so many at a time."""
    for first in range(0, COUNT, size):
        yield [hostile(seed) for seed in range(first, first + size)]


def picture_of(names: Sequence[str]) -> Picture:
    """A picture in which every name stands wherever one can."""
    box, groups = Box(0, 0, 10, 10), list[Group]()
    for name in names:
        shape = Rectangle(box, Paint("card"), name, name, name)
        arrow = Polygon(((0, 0), (1, 1), (2, 0)), Paint("line"), name, name, name)
        image = Image(box, 1, 1, b"\0", name, name, name)
        words = Text(1, 1, name, lead=name)
        groups.append(Group("card", name, name, name, (shape, arrow, image, words), box, {"from": name}))
    return Picture(names[0], 10, 10, names[0], names[0], tuple(groups))


@cache
def _spec(length: int) -> Spec:
    body = " -> ".join(["Conv2D(2, 1x1)"] * length)
    return Spec(Source("c.cnn", f"model Chain {{\n  input 4x4x2\n  {body}\n}}\n"))


def chain(length: int) -> ModelReport:
    return _spec(length).model()


def resolved(length: int) -> ResolvedModel:
    return _spec(length).resolved()


def renamed(good: ModelReport, names: Sequence[str]) -> ModelReport:
    """The same network with other names; a number keeps them apart."""
    nodes = tuple(
        node.model_copy(update={"path": f"{names[at % len(names)]}{at}" if at else node.path})
        for at, node in enumerate(good.network.nodes)
    )
    network = Network(name=names[0], nodes=nodes, outputs=good.network.outputs)
    rows = tuple(
        replace(row, path=f"{names[0]}/{node.path}", name=node.path, inputs=tuple(nodes[at].path for at in node.inputs))
        for row, node in zip(good.rows, nodes, strict=True)
    )
    return replace(good, name=names[0], network=network, rows=rows)


# --- every string through the writers ---------------------------------------------------------------------------------


def test_svg() -> None:
    for names in batches(100):
        found = judge_svg(write_svg(picture_of(names), COLOURS))
        assert (found["g"], found["text"], found["image"], found["script"]) == (100, 100, 100, 0)


def test_tikz() -> None:
    lines = write_tikz(picture_of(["a"] * 100), COLOURS).count("\n")
    for names in batches(100):
        text = write_tikz(picture_of(names), COLOURS)
        assert_harmless(text)
        assert text.count("\n") == lines


def test_dot() -> None:
    good = judge_dot(str(render(renamed(chain(50), ["a b"]), format="dot")))
    for names in batches(50):
        assert judge_dot(str(render(renamed(chain(50), names), format="dot"))) == good


def test_mermaid_and_its_markdown() -> None:
    lines = judge_mermaid(str(render(chain(50), style="mermaid")))
    for number, names in enumerate(batches(50)):
        text = str(render(renamed(chain(50), names), style="mermaid"))
        assert judge_mermaid(text) == lines
        assert number % 10 or judge_fence(str(render(renamed(chain(50), names), style="mermaid", format="md")), "mermaid") == text


def test_boxes_and_their_markdown() -> None:
    boxes = str(render(chain(50), style="text")).count("┌")
    for number, names in enumerate(batches(50)):
        bad = renamed(chain(50), names)
        text = str(render(bad, style="text"))
        judge_terminal(text)
        assert len(re.findall("^┌", text, re.MULTILINE)) == boxes
        assert number % 10 or judge_fence(str(render(bad, style="text", format="md")), "text") == text


def test_tables_in_a_terminal() -> None:
    for names in batches(50):
        file = FileReport(names[1], (), (renamed(chain(50), names),))
        judge_terminal(write_report(Report((file,)), PLAIN))


def test_explanations_in_a_terminal_and_in_markdown() -> None:
    for names in batches(100):
        bad = renamed(chain(10), names)
        model = replace(resolved(10), name=bad.name, network=bad.network)
        remarks = [_diagnostic(names[2], names[3])]
        for found in (explain_model(model, bad, purpose=names, remarks=remarks), explain_layer(model, bad, 3, remarks=remarks)):
            judge_markdown(write_markdown(found))
            judge_terminal(write_explanation(found, PLAIN))


def test_the_index_of_a_gallery_and_its_texts() -> None:
    good, shape = chain(1), None
    for names in batches(100):
        entries = tuple(Entry(replace(good, name=name), "graph", "a/b.svg", "a/text.html") for name in names[:5])
        found = judge_html(write_index([Family(names[0], tuple(names), entries), Family(names[1], (), entries)]))
        shape = shape or found
        assert found == shape
        page = judge_html(write_text(names[0], "\n".join(names), "../index.html"))
        assert sum(page.values()) == 12


def test_a_table_of_figures() -> None:
    pytest.importorskip("numpy")
    from cnnspec.train.callbacks.csv_logger import plain_cell

    for names in batches(100):
        text = io.StringIO()
        csv.writer(text).writerows([[plain_cell(name.encode("utf-8", "replace").decode()) for name in names], [1.5] * 100])
        assert len(judge_csv(text.getvalue(), 100)) == 2


def _diagnostic(message: str, path: str) -> Diagnostic:
    source = Source(path, f"a {message}\nb")
    return Diagnostic("syntax", Severity.ERROR, message, source.span(0, 1), notes=(message,), help=message)


def test_diagnostics_in_a_terminal_and_in_a_pull_request(tmp_path: Path) -> None:
    for names in batches(50):
        found = [_diagnostic(name, names[0]) for name in names]
        judge_terminal(write_diagnostics(found, PLAIN))
        judge_github(write_commands(found, tmp_path), len(found))


# --- whole pictures and pages -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("style", [style for style in STYLES if style != "compare"])
def test_every_style_keeps_names_text(style: str) -> None:
    good = report("lenet5")
    for first in range(0, 320, 8):
        bad = renamed(good, [hostile(seed) or "-" for seed in range(first, first + 8)])
        found = judge_svg(str(render(bad, style=style)))
        assert found["title"] > 1
        assert_harmless(str(render(bad, style=style, format="tikz")))


def page_of(path: str, text: str) -> str:
    from cnnspec.api.paging import render_page

    return render_page(Spec(Source(path, text)))


def test_the_page_of_a_file_with_hostile_comments_strings_and_paths() -> None:
    template = (
        "# {}\n\nmodel M {{\n  input 8x8x1\n  Conv2D(2, 3x3) -> Flatten -> Dense(10, activation=softmax)  # {}\n"
        "  expect params == 750  # {}\n}}\n"
    )
    good = page_of("a.cnn", template.format("a", "a", "a"))
    shape, scripts = judge_html(good), scripts_of(good)
    shown = 0
    for seed in range(0, 2 * len(HARMFUL), 4):
        said = re.sub(r"[^\x20-\x7e\xa0-\u0600\u3000-\ud7ff]", "", hostile(seed))
        text = template.format(said, said, said)
        if not Spec(Source("a.cnn", text)).models:
            continue
        shown += 1
        page = page_of(hostile(seed + 1)[:200], text)
        found = judge_html(page)
        assert scripts_of(page) == scripts
        assert {tag for tag, _ in found} <= {tag for tag, _ in shape} | {"p", "mark", "del", "ins", "em", "strong", "code"}
    assert shown > len(HARMFUL) // 4


def test_a_gallery_of_files_with_hostile_names(tmp_path: Path) -> None:
    names = [name for name in HARMFUL if not re.search("[\x00/\ud800-\udfff]", name) and 0 < len(name.encode()) < 200][:120]
    for name in names:
        said = (name.splitlines() or [""])[0]
        (tmp_path / f"{name}.cnn").write_text(f"# {said}\nmodel M {{\n  input 4\n  Dense(1)\n}}\n")
    found = draw_gallery(str(tmp_path))
    pictures = [path for path in found.files if path.endswith(".svg")]
    assert len(pictures) == len(names)
    assert all(re.fullmatch(r"[A-Za-z0-9_./-]+", path) and ".." not in path.split("/") for path in found.files)
    for path, content in found.files.items():
        if path.endswith(".html"):
            judge_html(content.decode())


# --- the judges can fail ------------------------------------------------------------------------------------------------

SVG = '<svg xmlns="http://www.w3.org/2000/svg">{}</svg>'
PAGE = "<!DOCTYPE html><html><head></head><body>{}</body></html>"


@pytest.mark.parametrize(
    ("judge", "text"),
    [
        (judge_svg, SVG.format("<script/>")),
        (judge_svg, SVG.format('<rect onload="a"/>')),
        (judge_svg, SVG.format('<image href="http://a/b.png"/>')),
        (judge_svg, SVG.format('<rect fill="url(#a)"/>')),
        (judge_svg, SVG.format("<style>a{}</style>")),
        (judge_svg, SVG.format('<g id="a"/><g id="a"/>')),
        (judge_svg, SVG.format("<text>\u202e</text>")),
        (judge_svg, "<!DOCTYPE svg>" + SVG.format("")),
        (judge_html, PAGE.format('<a href="javascript:a">')),
        (judge_html, PAGE.format('<a href="javascript:a"></a>')),
        (judge_html, PAGE.format('<a href="//a"></a>')),
        (judge_html, PAGE.format('<p onclick="a"></p>')),
        (judge_html, PAGE.format("<p>")),
        (judge_html, PAGE.format("<!-- a -->")),
        (judge_html, PAGE.format('<p style="a"></p>')),
        (judge_dot, 'digraph a { n0 [URL="a"] }'),
        (judge_dot, 'digraph a { n0 [label="\\N"] }'),
        (judge_dot, "digraph a { n0 [label=<<IMG/>>] }"),
        (judge_dot, "digraph a { } digraph b { }"),
        (judge_dot, 'digraph a { n0 [label="a'),
        (judge_mermaid, 'flowchart TB\n    click n0 "a"\n'),
        (judge_mermaid, "%%{init: {}}%%\nflowchart TB\n"),
        (judge_mermaid, 'flowchart TB\n    n0["<script>"]\n'),
        (judge_terminal, "\x1b[31m"),
        (judge_terminal, "\x9b31m"),
        (judge_terminal, "\r"),
        (judge_terminal, "\u202e"),
        (judge_markdown, "a <b>"),
        (judge_markdown, "[a](b)"),
        (judge_markdown, "`a`"),
        (judge_markdown, "```text\na"),
        (lambda text: judge_fence(text, "text"), "```text\n```\na\n```\n"),
        (lambda text: judge_csv(text, 2), "a,=1\n"),
        (lambda text: judge_csv(text, 2), "a\n"),
        (lambda text: judge_github(text, 1), "::error file=a::b\n::error file=a::b\n"),
        (lambda text: judge_github(text, 1), "b\n"),
        (assert_harmless, "\\input{a}\n"),
    ],
)
def test_a_judge_refuses(judge: object, text: str) -> None:
    with pytest.raises((Refused, AssertionError)):
        judge(text)  # type: ignore[operator]


def test_the_first_strings_are_the_harmful_ones_alone() -> None:
    assert [hostile(seed) for seed in range(len(HARMFUL))] == list(HARMFUL)
    assert len({hostile(seed) for seed in range(COUNT)}) > 0.9 * COUNT
    assert clean("\x9b\x1b\u202e\u061ca\x00b\nc\ud800") == "ab c"


def test_a_prediction_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("torch")
    from cnnspec.train.predict import Prediction
    from support.command import run

    names = [name for name in HARMFUL if "\x00" not in name]
    found = [Prediction(Path(name or "-"), name, 0, 0.5, {name: 0.5, f"{name} ": 0.4}, ()) for name in names]
    monkeypatch.setattr("cnnspec.api.predict", lambda *_, **__: found)
    monkeypatch.setattr("cnnspec.cli.commands.predict.open_run", lambda _: None)
    done = run("predict", "run", "picture.png")
    assert done.status == 0, done.err
    judge_terminal(done.out)
    assert len(done.out.split("\n")) == len(names) + 1
