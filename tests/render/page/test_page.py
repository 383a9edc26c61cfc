"""The page as text: what is in it, and that nothing of a spec can become active in it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections import Counter
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest

import cnnspec
from cnnspec.render.errors import RenderError
from cnnspec.render.page.derivations import Pool, pack_explanation
from cnnspec.render.page.markup import embed_json, tag
from cnnspec.render.page.panels import PANELS
from cnnspec.render.page.squeeze import read_tokens, squeeze
from cnnspec.render.text_explain import explanation_to_json
from cnnspec.resources import library_root, package_file
from support.hostile import hostile

#: The scripts of the whole page, in bytes.
SCRIPTS = 30_000


def spec_named(name: str) -> cnnspec.Spec:
    return cnnspec.load(library_root() / f"{name}.cnn")


def page_of(name: str, model: str | None = None, **options: object) -> str:
    return str(spec_named(name).render(style="html", model=model, **options))


def data_of(text: str) -> dict[str, object]:
    return json.loads(text.partition('id="cnnspec-model">')[2].partition("</script>")[0])


def test_scripts_are_small() -> None:
    script = page_of("lenet5").rpartition("<script>")[2].partition("</script>")[0]
    assert 1000 < len(script.encode()) < SCRIPTS


@pytest.mark.parametrize(
    ("name", "model", "most"),
    [("lenet5", None, 120_000), ("resnet", "ResNet50", 1_000_000), ("densenet", "DenseNet121", 2_200_000)],
)
def test_pages_keep_to_their_budget(name: str, model: str | None, most: int) -> None:
    assert len(page_of(name, model).encode()) < most


def test_a_page_asks_for_nothing_and_allows_only_its_own_script() -> None:
    text = page_of("lenet5")
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', text)
    assert policy is not None
    assert policy[1].startswith("default-src &#39;none&#39;; style-src &#39;sha256-")
    assert "unsafe" not in policy[1]
    addresses = re.findall(r'(?:src|href|action)="([^"]*)"', text)
    assert all(address.startswith("#") for address in addresses)
    assert " style=" not in text


@pytest.mark.parametrize("name", ["lenet5", "googlenet", "siamese", "signal_1d"])
def test_every_figure_is_the_reports(name: str) -> None:
    spec = spec_named(name)
    report = spec.model()
    text = page_of(name, report.name)
    layers = data_of(text)["models"][0]["layers"]  # type: ignore[index]
    cells = re.findall(r'<tr data-row="(\d+)".*?</tr>', text)
    assert [int(cell) for cell in cells] == [row.index for row in report.rows]
    for row, layer in zip(report.rows, layers, strict=True):
        written = re.search(rf'<tr data-row="{row.index}"[^>]*>(.*?)</tr>', text)
        assert written is not None
        found = re.findall(r'<td class="number">([^<]*)<', written[1])
        assert found[0] == str(row.output_shape) == layer["output"]
        assert found[1] == ("–" if row.is_input else f"{row.params:,}")
        assert found[2] == ("–" if row.is_input else f"{row.macs:,}")
        if row.field is not None and not row.field.sizes and not row.gated:
            assert found[3] == "×".join(map(str, row.field.size))
    assert f"<dd>{report.totals.params:,}</dd>" in text
    assert data_of(text)["models"][0]["totals"]["macs"] == report.totals.macs  # type: ignore[index]


def unpack(packed: list[object], pieces: list[object]) -> list[object]:
    """What the page's script makes of a derivation, in the form of ``explain --format json``."""

    def line(piece: object) -> dict[str, object]:
        match piece:
            case str():
                return {"text": piece}
            case ["e", label, text]:
                return {"label": label, "equation": text}
            case ["t", columns, _, runs, _]:
                rows = [
                    pieces[at] for first, count in zip(runs[::2], runs[1::2], strict=True) for at in range(first, first + count)
                ]
                return {"columns": columns, "rows": [[*row, *[""] * (len(columns) - len(row))] for row in rows]}  # type: ignore[misc]
            case ["g", *grids]:
                return {"grids": [{"title": title, "rows": rows} for title, *rows in grids]}
        raise AssertionError(piece)

    return [{"heading": heading, "lines": [line(pieces[at]) for at in lines]} for heading, *lines in packed[1:]]  # type: ignore[misc]


def plain(line: dict[str, object]) -> dict[str, object]:
    kept = {key: value for key, value in line.items() if key != "value"}
    return {"label": kept["label"], "equation": kept["text"]} if set(kept) == {"label", "text"} else kept


@pytest.mark.parametrize("name", ["lenet5", "resnet18", "googlenet", "unet", "wavenet", "lenet5_1998"])
def test_derivations_are_what_explain_says(name: str) -> None:
    spec = spec_named(name)
    pool = Pool()
    report = spec.model()
    packed = [(row, pack_explanation(spec.explain(row.path), pool)) for row in report.rows]
    pieces = json.loads(embed_json(pool.pieces))
    for row, one in packed:
        said = explanation_to_json(cnnspec.load(library_root() / f"{name}.cnn").explain(row.path)) if row.index < 4 else None
        said = said or explanation_to_json(spec.explain(row.path))
        expected = [{"heading": part["heading"], "lines": [plain(line) for line in part["lines"]]} for part in said["sections"]]  # type: ignore[union-attr, index]
        assert unpack(json.loads(embed_json(one)), pieces) == expected
        assert one[0] == said["title"]


def test_equal_lines_are_kept_once() -> None:
    spec = spec_named("resnet18")
    pool = Pool()
    packed = [pack_explanation(spec.explain(row.path), pool) for row in spec.model().rows]
    lines = sum(len(section) - 1 for one in packed for section in one[1:])  # type: ignore[arg-type]
    assert len(pool.pieces) < 0.6 * lines


class Tags(HTMLParser):
    """The elements of a page with their attributes, and every text outside of style and script."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.names: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.names |= {name for name, _ in attrs}


@pytest.mark.parametrize("seed", range(40))
def test_hostile_texts_stay_texts(seed: int) -> None:
    nasty = hostile(seed)
    comment = "".join(char for char in nasty if char not in "\r\n\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029")
    source = f"# {comment}\nmodel M {{\n  input 8x8x1\n  Conv2D(2, 3x3) # {comment}\n}}\n"
    try:
        source.encode("utf-8")
    except UnicodeEncodeError:
        source = source.encode("utf-8", "replace").decode("utf-8")
    spec = cnnspec.load(source)
    if not spec.models:
        pytest.skip("the language refuses such a comment")
    found, calm = Tags(), Tags()
    found.feed(str(spec.render(style="html")))
    calm.feed(str(cnnspec.load("# calm\nmodel M {\n  input 8x8x1\n  Conv2D(2, 3x3) # calm\n}\n").render(style="html")))
    assert set(found.tags) <= {*calm.tags, "i", "p", "details", "summary", "pre", "dl", "dt", "dd", "b"}
    assert found.tags.count("script") == 2
    assert not any(name.startswith("on") for name in found.names)


@pytest.mark.parametrize("text", ["</script>", "<!--", "\u2028", "\ud800", "&lt;"])
def test_json_cannot_end_its_element(text: str) -> None:
    written = embed_json([text])
    assert not set("<>&\u2028\ud800") & set(written)
    assert json.loads(written) == [text]


def test_elements_escape_what_they_hold() -> None:
    assert tag("td", "a < b", title='"', hidden=True, class_="n") == '<td title="&quot;" hidden class="n">a &lt; b</td>'


def test_bytes_are_the_same_for_every_hash_seed() -> None:
    program = (
        "import sys, hashlib, cnnspec; from cnnspec.resources import library_root\n"
        "spec = cnnspec.load(library_root() / 'resnet18.cnn')\n"
        "for slides in (False, True): print(hashlib.sha256(spec.render(style='html', slides=slides).encode()).hexdigest())\n"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed},
            cwd=Path(__file__).parents[3],
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for seed in ("0", "7")
    }
    assert len(outputs) == 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"width": "84mm"}, "takes the width of its window"),
        ({"direction": "LR"}, "read from top to bottom"),
        ({"engine": "dot"}, "layout of their own"),
        ({"layer": ("conv2d_1",)}, "shows every layer"),
        ({"at": (1, 1)}, "shows every unit"),
        ({"format": "svg"}, "html is a page"),
        ({"palette": "pink"}, "no palette"),
        ({"expand": "Nothing"}, "no block 'Nothing'"),
    ],
)
def test_options_that_mean_nothing_are_refused(options: dict[str, object], message: str) -> None:
    with pytest.raises(RenderError, match=message):
        page_of("lenet5", **options)


def test_a_file_of_many_layers_shows_its_first_models_and_names_the_others() -> None:
    spec = spec_named("densenet")
    shown = cnnspec.api.shown_models(spec)
    assert shown == ["DenseNet121", "DenseNet161"]
    assert sum(len(spec.model(name).rows) for name in shown) <= 1500


def test_a_block_is_opened_in_the_models_that_have_it() -> None:
    text = (
        "block A { Conv2D(2, 3x3) -> Conv2D(2, 3x3) }\nmodel One {\n  input 64x64x1\n  A -> A\n"
        + "  Conv2D(2, 1x1)\n" * 30
        + "}\n"
        "model Two {\n  input 8x8x1\n  Conv2D(2, 3x3)\n}\n"
    )
    opened = str(cnnspec.load(text).render(style="html", expand="A"))
    closed = str(cnnspec.load(text).render(style="html"))
    first = '<g class="card" data-layer="a_1/conv2d_2"'
    assert first in opened.partition('id="cnnspec-model"')[0]
    assert first not in closed.partition('id="cnnspec-model"')[0]
    with pytest.raises(RenderError, match="no block 'B'"):
        cnnspec.load(text).render(style="html", expand="B")


def test_an_error_is_on_the_page_with_its_excerpt() -> None:
    text = str(cnnspec.load("model M {\n  input 4x4x1\n  Conv2D(2, 5x5)\n}\n").render(style="html"))
    assert "kernel-exceeds-input" in text
    assert "Conv2D(2, 5x5)" in text
    assert "^^^" in text
    assert 'class="edge error"' in text


SCRIPT = """// A comment.
const half = whole => { return whole / 2; };  // behind
const text = "half  //  b", other = 'c  d', shape = `x  ${ { half: "}", text }.half + text }  //  z`;
if (/[/]  x/.test(text)) half + +other;
const make = ({ size, left: start = half(2) }, most = Infinity, ...rest) =>
  ({ size, start, text, rest, half: [document.title, shape.size] });
while (innerHeight) {
  x
  ++y
}
"""


def test_squeezed_scripts_say_the_same() -> None:
    assert squeeze(SCRIPT) == (
        'const b=f=>{return f/2;};const a="half  //  b",c=\'c  d\',d=`x  ${{half:"}",text:a}.half+a}  //  z`;'
        "if(/[/]  x/.test(a))b+ +c;const i=({size:h,left:e=b(2)},j=Infinity,...g)=>\n({size:h,start:e,text:a,rest:g,"
        "half:[document.title,d.size]});while(innerHeight){x\n++y}\n"
    )


@pytest.mark.parametrize(
    "name", [panel.script for panel in PANELS] + ["bus.js", "graph.js", "panels.js", "start.js", "slides.js"]
)
def test_squeezed_scripts_keep_their_strings_keys_and_signs(name: str) -> None:
    text = package_file("render", "page", "assets", name).read_text(encoding="utf-8")
    before, after = list(read_tokens(text)), list(read_tokens(squeeze(text)))
    for kind in ("fixed", "sign"):
        told = Counter(token.text for token in before if token.kind == kind and token.text not in ",:")
        assert told == Counter(token.text for token in after if token.kind == kind and token.text not in ",:")
    properties = [b.text for a, b in pairwise(before) if a.text in (".", "?.")]
    assert properties == [b.text for a, b in pairwise(after) if a.text in (".", "?.")]
