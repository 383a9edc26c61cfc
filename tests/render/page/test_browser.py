"""The page in a real browser: what a click, a key and a word of the search change, and what a screen reader is told."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest

import cnnspec
from cnnspec.render.text_explain import write_explanation
from cnnspec.resources import library_root
from support.browser import Opened, browser, open_page

__all__ = ["browser", "open_page"]

Open = Callable[..., Opened]
#: Specs whose first model is small enough to be drawn in every run of the tests; the others are in those marked slow.
SPECS = sorted(path.relative_to(library_root()).with_suffix("").as_posix() for path in library_root().rglob("*.cnn"))
SMALL = 60

#: Texts of the graph that reach beyond the card that they stand on.
OUTSIDE = """() => page.graph.nodes().filter(node => !node.classList.contains('merge')).flatMap(node => {
  const box = node.querySelector('rect').getBoundingClientRect();
  return [...node.querySelectorAll('text')].filter(text => {
    const own = text.getBoundingClientRect();
    return own.left < box.left - 1 || own.right > box.right + 1 || own.top < box.top - 1 || own.bottom > box.bottom + 1;
  }).map(text => node.dataset.layer + ': ' + text.textContent);
})"""
WIDER = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


@cache
def spec_named(name: str) -> cnnspec.Spec:
    return cnnspec.load(library_root() / f"{name}.cnn")


@cache
def page_of(name: str, model: str | None = None) -> str:
    return str(spec_named(name).render(style="html", model=model))


def first_of(name: str) -> str:
    models = spec_named(name).models
    return page_of(name, next(iter(models))) if models else ""


def layers_of(name: str) -> int:
    return max((len(model.rows) for model in list(spec_named(name).models.values())[:1]), default=0)


def test_every_packaged_specs_page_is_sound(open_page: Open) -> None:
    shown = [name for name in SPECS if 0 < layers_of(name) <= SMALL]
    assert len(shown) > 20
    opened = open_page("")
    for name in shown:
        opened.show(first_of(name))
        assert opened.page.evaluate(OUTSIDE) == [], name
        assert opened.page.evaluate(WIDER) == 0, name
        opened.page.evaluate(
            "page.model.layers.slice(-12).forEach(layer => page.select(page.model.layers.indexOf(layer), 'link'))"
        )
        assert opened.page.evaluate("page.index") == opened.page.evaluate("page.model.layers.length") - 1
        opened.check()


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in SPECS if not name.startswith("std/")])
def test_every_large_specs_page_is_sound(open_page: Open, name: str) -> None:
    if layers_of(name) <= SMALL:
        pytest.skip("small: in every run")
    opened = open_page(first_of(name))
    opened.page.click('[data-tool="more"]')
    assert opened.page.evaluate(OUTSIDE) == []
    opened.page.evaluate("page.model.layers.forEach((_, at) => page.select(at, 'link'))")
    opened.check()


def node(path: str) -> str:
    return f'article:not([hidden]) [data-rows][data-layer="{path}"]'


def test_a_click_on_a_card_shows_the_layer_everywhere(open_page: Open) -> None:
    opened = open_page(page_of("lenet5"))
    page = opened.page
    page.locator(node("conv2d_2")).click()
    assert page.locator(".panel h2").first.inner_text() == "conv2d_2"
    assert page.evaluate("location.hash") == "#conv2d_2"
    assert page.locator("tr.chosen [data-go]").inner_text() == "conv2d_2"
    assert page.locator(".code li.chosen code").inner_text().strip().startswith("Conv2D(16, 5x5")
    assert page.locator(".edge.near").count() == 2
    assert page.locator("#say").inner_text() == "conv2d_2, Conv2D 5×5, 16, valid, relu, output 8×8×16"
    opened.check()


@pytest.mark.parametrize("layer", ["conv2d_2", "last", "dense_1", "input"])
def test_the_panel_has_the_text_of_explain(open_page: Open, layer: str) -> None:
    opened = open_page(page_of("lenet5"), hash=f"#{layer}")
    shown = opened.page.locator(".derivation").inner_text()
    said = write_explanation(spec_named("lenet5").explain(layer))
    assert sorted("".join(shown.split())) == sorted("".join(said.split()))
    opened.check()


def test_a_row_of_the_table_selects_the_card(open_page: Open) -> None:
    opened = open_page(page_of("lenet5"))
    opened.page.locator("[data-go]", has_text="dense_2").first.click()
    assert opened.page.locator(".graph .chosen").get_attribute("data-layer") == "dense_2"
    assert opened.page.locator('[aria-pressed="true"][data-go]').inner_text() == "dense_2"
    opened.check()


def test_a_line_of_the_source_selects_its_layer_and_back(open_page: Open) -> None:
    opened = open_page(page_of("lenet5"))
    row = spec_named("lenet5").model().rows[3]
    opened.page.locator(f'.code [data-line="0-{row.line}"]').click()
    assert opened.page.evaluate("page.layer.path") == "conv2d_2"
    opened.page.locator(f'table [data-line="0-{row.line}"]').click()
    assert opened.page.evaluate("document.activeElement.dataset.line") == f"0-{row.line}"
    opened.check()


def test_blocks_open_and_close_and_the_table_follows(open_page: Open) -> None:
    opened = open_page(page_of("resnet18"))
    page = opened.page
    rows = "tr[data-row]:not([hidden])"
    block = page.evaluate("page.graph.nodes().find(node => node.classList.contains('block')).dataset.layer")
    members = page.evaluate(f"page.graph.rowsOf(document.querySelector('{node(block)}')).length")
    before, cards = page.locator(rows).count(), page.evaluate("page.graph.nodes().length")
    page.locator(node(block)).click()
    assert page.locator(rows).count() == before + members
    assert page.evaluate("page.graph.nodes().length") > cards
    assert page.evaluate("document.activeElement.dataset.layer").startswith(block + "/")
    page.locator(f'[data-toggle="{block}"]').click()
    assert page.locator(rows).count() == before
    assert page.evaluate("page.graph.nodes().length") == cards
    assert page.evaluate(OUTSIDE) == []
    opened.check()


def test_steps_go_from_nothing_to_everything(open_page: Open) -> None:
    opened = open_page(page_of("resnet18"))
    page = opened.page
    counts = []
    while not page.locator('[data-tool="less"]').is_disabled():
        page.click('[data-tool="less"]')
    while True:
        counts.append(page.evaluate("page.graph.nodes().length"))
        assert page.evaluate("page.graph.nodes().flatMap(page.graph.rowsOf).sort((a, b) => a - b).every((row, at) => row === at)")
        assert page.evaluate(OUTSIDE) == []
        if page.locator('[data-tool="more"]').is_disabled():
            break
        page.click('[data-tool="more"]')
    assert counts == sorted(set(counts))
    assert page.evaluate("page.graph.nodes().some(node => node.classList.contains('block'))") is False
    assert page.locator("tr[data-row]:not([hidden])").count() == len(spec_named("resnet18").model().rows)
    opened.check()


def test_an_address_opens_what_the_layer_lies_in(open_page: Open) -> None:
    rows = spec_named("resnet18").model().rows
    path = next(row.path.partition("/")[2] for row in reversed(rows) if row.path.count("/") >= 3)
    opened = open_page(page_of("resnet18"), hash=f"#{path}")
    assert opened.page.locator(".panel h2").first.inner_text() == path
    index = opened.page.evaluate("page.index")
    assert not opened.page.evaluate(f"page.graph.nodeOf({index}).classList.contains('block')")
    opened.check()


def test_keys_walk_along_the_edges(open_page: Open) -> None:
    opened = open_page(page_of("lenet5"))
    page, keys = opened.page, opened.page.keyboard
    here = "document.activeElement.dataset.layer"
    page.evaluate("page.graph.nodes()[0].focus()")
    keys.press("ArrowDown")
    keys.press("ArrowDown")
    assert page.evaluate(here) == "max_pool2d_1"
    keys.press("ArrowUp")
    assert page.evaluate(here) == "conv2d_1"
    keys.press("Enter")
    assert page.evaluate("page.layer.path") == "conv2d_1"
    keys.press("Escape")
    assert page.evaluate("page.layer") is None
    assert page.evaluate("location.hash") == ""
    opened.check()


def test_keys_go_sideways_open_and_close(open_page: Open) -> None:
    opened = open_page(page_of("googlenet", "GoogLeNet"))
    page, keys = opened.page, opened.page.keyboard
    block = page.evaluate(
        "page.graph.nodes().find(node => node.classList.contains('block') && /inception/.test(node.dataset.layer)).dataset.layer"
    )
    cards = page.evaluate("page.graph.nodes().length")
    page.locator(node(block)).focus()
    keys.press("Enter")
    first = page.evaluate("document.activeElement.dataset.layer")
    assert first.startswith(block)
    keys.press("ArrowRight")
    assert page.evaluate("document.activeElement.dataset.layer") != first
    keys.press("ArrowLeft")
    assert page.evaluate("document.activeElement.dataset.layer") == first
    keys.press("Escape")
    assert page.evaluate("page.graph.nodes().length") == cards
    opened.check()


def test_the_search_fades_what_it_does_not_mean_and_enter_takes_the_first(open_page: Open) -> None:
    opened = open_page(page_of("lenet5"))
    page, keys = opened.page, opened.page.keyboard
    keys.press("/")
    assert page.evaluate("document.activeElement.id") == "search"
    keys.type("dense softmax")
    assert page.evaluate("page.graph.nodes().filter(n => !n.classList.contains('faded')).map(n => n.dataset.layer)") == [
        "dense_3"
    ]
    assert page.locator("#say").inner_text() == "1 layers found"
    keys.press("Enter")
    assert page.evaluate("page.layer.path") == "dense_3"
    assert page.locator(".faded").count() == 0
    opened.check()


def test_zoom_and_fit(open_page: Open) -> None:
    opened = open_page(page_of("lenet5"))
    page = opened.page
    height = "document.querySelector('svg.graph').getBoundingClientRect().height"
    before = page.evaluate(height)
    page.click('[data-tool="larger"]')
    assert page.evaluate(height) == pytest.approx(1.25 * before, rel=0.01)
    page.click('[data-tool="fit"]')
    assert page.evaluate(height) <= page.evaluate("document.querySelector('.stage').clientHeight")
    page.keyboard.press("+")
    page.locator(".stage").hover()
    place = page.evaluate("[document.querySelector('.stage').scrollLeft, document.querySelector('.stage').scrollTop]")
    for _ in range(5):
        page.click('[data-tool="larger"]')
    box = page.locator(".stage").bounding_box()
    page.mouse.move(box["x"] + 8, box["y"] + 300)
    page.mouse.down()
    page.mouse.move(box["x"] + 8, box["y"] + 200)
    page.mouse.up()
    assert page.evaluate("document.querySelector('.stage').scrollTop") > place[1] + 50
    opened.check()


def test_a_switch_shows_another_model_of_the_file(open_page: Open) -> None:
    opened = open_page(page_of("googlenet"))
    page = opened.page
    names = list(spec_named("googlenet").models)
    page.select_option("#models", "2")
    assert page.locator("h1:visible").all_inner_texts() == [names[2]]
    page.evaluate("page.select(3)")
    path = page.evaluate("page.layer.path")
    assert page.evaluate("decodeURIComponent(location.hash)") == f"#{names[2]}/{path}"
    again = open_page(page_of("googlenet"), hash=f"#{names[2]}/{path}")
    assert again.page.evaluate("[page.model.name, page.layer.path]") == [names[2], path]
    assert page.locator("#graph").count() == page.locator("#table").count() == 1
    opened.check()
    again.check()


@pytest.mark.parametrize("dark", [False, True])
def test_light_and_dark_follow_the_reader_and_the_button(open_page: Open, dark: bool) -> None:
    opened = open_page(page_of("lenet5"), dark=dark)
    page = opened.page
    ground = "getComputedStyle(document.querySelector('.plot')).backgroundColor"
    card = "getComputedStyle(document.querySelector('.graph .f-card')).fill"
    night, day = "rgb(30, 34, 38)", "rgb(255, 255, 255)"
    assert page.evaluate(ground) == page.evaluate(card) == (night if dark else day)
    assert page.inner_text("#theme") == ("Light" if dark else "Dark")
    page.click("#theme")
    assert page.evaluate(ground) == page.evaluate(card) == (day if dark else night)
    assert page.inner_text("#theme") == ("Dark" if dark else "Light")
    page.emulate_media(media="print")
    assert page.evaluate(card) == day
    opened.check()


#: Pairs of a text's colour and the ground behind it with too little between them (WCAG 2: 4.5).
FAINT = """() => {
  const light = colour => {
    const linear = c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
    const [r, g, b] = colour.match(/[\\d.]+/g).map(c => linear(c / 255));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = element => {
    for (let at = element; at; at = at.parentElement) {
      const colour = getComputedStyle(at).backgroundColor;
      if (!/, 0\\)$/.test(colour)) return colour;
    }
    return 'rgb(255, 255, 255)';
  };
  return [...document.querySelectorAll('body *')].filter(element => element.checkVisibility()
    && !element.disabled && !element.closest('svg')
    && [...element.childNodes].some(child => child.nodeType === 3 && child.textContent.trim())).flatMap(element => {
    const [high, low] = [light(getComputedStyle(element).color), light(ground(element))].sort((a, b) => b - a);
    const contrast = (high + 0.05) / (low + 0.05);
    return contrast < 4.5 ? [element.tagName + ' ' + element.textContent.slice(0, 30) + ' ' + contrast.toFixed(2)] : [];
  });
}"""


@pytest.mark.parametrize("dark", [False, True])
def test_texts_stand_out_from_their_ground(open_page: Open, dark: bool) -> None:
    opened = open_page(page_of("lenet5"), dark=dark, hash="#conv2d_1")
    assert opened.page.evaluate(FAINT) == []
    broken = open_page(str(cnnspec.load("model M {\n  input 4x4x1\n  Conv2D(2, 5x5)\n}\n").render(style="html")), dark=dark)
    assert broken.page.evaluate(FAINT) == []


@pytest.mark.parametrize("width", [1440, 1024, 390])
@pytest.mark.parametrize("name", ["lenet5", "resnet18", "googlenet"])
def test_nothing_is_wider_than_the_window(open_page: Open, name: str, width: int) -> None:
    opened = open_page(page_of(name, next(iter(spec_named(name).models))), width=width)
    opened.page.evaluate("page.select(5)")
    for _ in range(50):  # what is chosen is laid out in the frames that follow, which come late on a busy machine
        if opened.page.evaluate(WIDER) == 0:
            break
        opened.page.wait_for_timeout(100)
    assert opened.page.evaluate(WIDER) == 0
    opened.check()


def test_printed_it_is_light_whole_and_without_tools(open_page: Open) -> None:
    opened = open_page(page_of("lenet5"), dark=True)
    page = opened.page
    page.emulate_media(media="print")
    assert not page.locator(".bar").is_visible()
    assert not page.locator(".tools").first.is_visible()
    height = page.evaluate("document.querySelector('.stage').scrollHeight - document.querySelector('.stage').clientHeight")
    assert height <= 1
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"
    assert len(page.pdf()) > 20_000
    opened.check()


@pytest.mark.parametrize("size", ["Letter", "A4"])
@pytest.mark.parametrize("name", ["lenet5", "resnet18", "alexnet"])
def test_on_paper_no_heading_ends_a_page_and_nothing_is_folded(open_page: Open, name: str, size: str, tmp_path: Path) -> None:
    opened = open_page(page_of(name))
    notes = opened.page.evaluate("[...document.querySelectorAll('details:not([open]) dd')].map(note => note.textContent)")
    assert notes
    headings = opened.page.evaluate("[...document.querySelectorAll('h2,h3')].map(head => head.textContent)")
    sheets = printed(opened, tmp_path / "page.pdf", size)
    ends = [[line for line in sheet.splitlines() if line.strip()][-1].strip() for sheet in sheets]
    assert len(ends) > 4
    assert not set(ends) & set(headings)
    whole = "".join("".join(sheets).split())
    assert [note for note in notes if "".join(note.split()) not in whole] == []
    assert opened.page.evaluate("[...document.querySelectorAll('details:not([open]) dd')].length") == len(notes)
    opened.check()


def printed(opened: Opened, file: Path, size: str) -> list[str]:
    """The text of every printed page."""
    reader = shutil.which("pdftotext")
    if reader is None:
        pytest.skip("pdftotext is not installed")
    opened.page.pdf(path=str(file), format=size)
    text = subprocess.run([reader, "-layout", str(file), "-"], capture_output=True, text=True, check=True).stdout
    return [sheet for sheet in text.split("\f") if sheet.strip()]


@pytest.mark.parametrize(("name", "layer"), [("lenet5", "conv2d_1"), ("lenet5", "dense_3"), ("resnet18", "basic_3/relu_1")])
def test_an_address_on_a_small_screen_shows_the_panel(open_page: Open, name: str, layer: str) -> None:
    opened = open_page(page_of(name), width=390, height=844, hash=f"#{layer}")
    top, bottom, bar = opened.page.evaluate(
        "[(box => box.top)(document.querySelector('.panel').getBoundingClientRect()),"
        " (box => box.bottom)(document.querySelector('.panel').getBoundingClientRect()),"
        " document.querySelector('.bar').getBoundingClientRect().bottom]"
    )
    assert bar < top < bottom <= 844 + 1
    card = opened.page.evaluate("(box => [box.top, box.bottom])(page.graph.nodeOf(page.index).getBoundingClientRect())")
    assert bar <= card[0] < card[1] <= top
    assert opened.page.locator(".panel h2").first.inner_text().endswith(layer)
    opened.check()


def test_without_scripts_there_still_are_the_graph_and_the_table(open_page: Open) -> None:
    opened = open_page(page_of("lenet5"), script=False)
    assert opened.page.locator("svg.graph .card").count() == 9
    assert opened.page.locator("tr[data-row]").count() == 9


def test_what_can_be_used_has_a_name_and_a_role(open_page: Open) -> None:
    opened = open_page(page_of("googlenet", "GoogLeNet"), hash="#input")
    session = opened.page.context.new_cdp_session(opened.page)
    nodes = session.send("Accessibility.getFullAXTree")["nodes"]
    kept = [one for one in nodes if not one.get("ignored")]

    def names(*roles: str) -> list[str]:
        return [one.get("name", {}).get("value", "") for one in kept if one["role"]["value"] in roles]

    interactive = names("button", "link", "searchbox", "combobox", "tab", "textbox", "checkbox", "DisclosureTriangle")
    assert len(interactive) > 60
    assert all(name.strip() for name in interactive)
    assert names("main", "navigation", "complementary", "status", "tablist")
    assert "Selected layer" in names("complementary")
    assert {"layer", "output", "parameters", "MACs"} <= set(names("columnheader"))
    assert any(name.startswith("input") for name in names("rowheader"))
    assert {"GoogLeNet", "Layers", "Source"} <= set(names("heading"))
    cards = [name for name in names("button", "toggle button") if ": " in name]
    assert len(cards) >= opened.page.evaluate("page.graph.nodes().length")
    opened.check()


def test_headings_do_not_skip_a_level(open_page: Open) -> None:
    opened = open_page(page_of("lenet5"), hash="#conv2d_1")
    levels = opened.page.evaluate("[...document.querySelectorAll('h1,h2,h3,h4')].map(head => +head.tagName[1])")
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


#: The part of the page that has the focus.
WHERE = """() => ['.skip', '.bar', '.tools', '.graph', '.stage', '.panel', 'table.layers']
  .find(part => document.activeElement.closest(part)) || 'else'"""


def test_tab_goes_through_the_page_in_the_order_of_reading(open_page: Open) -> None:
    opened = open_page(page_of("lenet5"))
    page = opened.page
    met: list[str] = []
    while len(met) < 200 and (met[-1:] != [".skip"] or set(met) == {".skip"}):  # until it begins again
        page.keyboard.press("Tab")
        met.append(page.evaluate(WHERE))
    order = list(dict.fromkeys(met))
    assert order[:2] == [".skip", ".bar"]
    assert order.index(".tools") < order.index(".graph") < order.index(".panel") < order.index("table.layers")
    assert met.count(".graph") == 1, "one card is reached by Tab, the others by arrows"
    page.evaluate("document.querySelector('#theme').focus()")
    page.keyboard.press("Tab")
    focus = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert focus == "solid"
    opened.check()


def test_reduced_motion_moves_nothing(open_page: Open) -> None:
    opened = open_page(page_of("lenet5"), still=True)
    assert opened.page.evaluate("page.still")
    assert opened.page.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == "auto"
    assert opened.page.evaluate("document.getAnimations().length") == 0
