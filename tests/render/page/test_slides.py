"""The deck: a slide for each layer, each on one printed page, with everything inside its slide."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

import cnnspec
from cnnspec.render.conv.steps import build_slide
from cnnspec.render.display import Path, Rectangle, Text
from cnnspec.render.errors import RenderError
from cnnspec.render.graph.view import build_view
from cnnspec.render.page.slides.order import Block, Layer, order_of
from cnnspec.render.page.slides.pictures import neighbours_picture, text_size
from cnnspec.render.page.slides.uses import listed, sum_macs, sum_params, why_uncovered
from cnnspec.render.page.slides.window import window_picture
from cnnspec.render.text_values import show_percent
from cnnspec.resources import library_root
from support.browser import Opened, browser, open_page
from support.drawn_networks import report
from support.picture_judges import JUDGES

__all__ = ["browser", "open_page"]

Open = Callable[..., Opened]
SPECS = [
    ("lenet5", None),
    ("resnet", "ResNet50"),
    ("resnet18", None),
    ("densenet", "DenseNet121"),
    ("googlenet", "GoogLeNet"),
    ("unet", None),
    ("signal_1d", None),
    ("siamese", None),
]
#: Slides whose texts or pictures reach beyond them.
OUTSIDE = """() => [...document.querySelectorAll('.slide')].flatMap(slide => {
  const box = slide.getBoundingClientRect(), foot = slide.querySelector('footer').getBoundingClientRect();
  return [...slide.querySelectorAll('h1,h2,h3,p,code,dd,td,th,li,svg,.equation')].filter(part => {
    const own = part.getBoundingClientRect();
    return own.left < box.left - 1 || own.right > box.right + 1 || own.bottom > foot.top + 1 || own.top < box.top - 1;
  }).map(part => slide.id + ': ' + part.textContent.slice(0, 60));
})"""

#: The texts of window pictures and of the words below them that are too small to be read from the back of a room.
SMALL = """() => [...document.querySelectorAll('.slide .drawn')].filter(drawn => drawn.querySelector('.caption')).flatMap(drawn =>
  [...drawn.querySelectorAll('svg text, .caption p')].map(part => {
    const scale = part.getScreenCTM ? part.getScreenCTM().a : 1;
    return [parseFloat(getComputedStyle(part).fontSize) * scale, part.textContent];
  }).filter(([size]) => size < 14))"""
#: How much of its half of the slide each window picture takes, across or down, whichever is more.
FILLED = """() => [...document.querySelectorAll('.slide .drawn')].filter(drawn => drawn.querySelector('.caption')).map(drawn => {
  const svg = drawn.querySelector('svg'), own = svg.viewBox.baseVal, box = svg.getBoundingClientRect();
  const scale = Math.min(box.width / own.width, box.height / own.height);
  return Math.max(own.width * scale / drawn.clientWidth, own.height * scale / box.height);
})"""


def spec_named(name: str) -> cnnspec.Spec:
    return cnnspec.load(library_root() / f"{name}.cnn")


def deck_of(name: str, model: str | None = None, **options: object) -> str:
    return str(spec_named(name).render(style="html", slides=True, model=model, **options))


@pytest.mark.parametrize(("name", "model"), SPECS)
def test_each_slide_holds_its_contents_and_is_one_printed_page(open_page: Open, name: str, model: str | None) -> None:
    text = deck_of(name, model)
    opened = open_page(text, width=1280, height=720)
    assert opened.page.evaluate(OUTSIDE) == []
    slides = opened.page.locator(".slide").count()
    printed = opened.page.pdf(prefer_css_page_size=True, print_background=True)
    assert len(re.findall(rb"/Type\s*/Page\b(?!s)", printed)) == slides
    assert set(re.findall(rb"/MediaBox\s*\[([^\]]*)\]", printed)) == {b"0 0 960 540"}
    opened.check()


@pytest.mark.parametrize(
    ("name", "model"),
    [("lenet5", None), ("alexnet", None), ("resnet", "ResNet50"), ("signal_1d", None), ("autoencoder", None), ("tcn", None)],
)
def test_windows_fill_their_half_and_are_read_from_the_back(open_page: Open, name: str, model: str | None) -> None:
    opened = open_page(deck_of(name, model), width=1280, height=720)
    assert opened.page.evaluate(SMALL) == []
    filled = opened.page.evaluate(FILLED)
    assert filled
    assert min(filled) > 0.95
    assert opened.page.locator(".drawn svg [data-id$='.heading']").count() == 0
    assert "how its window slides" not in opened.page.content()
    opened.check()


#: The smallest text of the picture on each slide, and texts in it that are cut.
SMALLEST = """() => [...document.querySelectorAll('.slide .drawn svg')].map(svg => [
  svg.closest('.slide').classList.contains('title') ? 'title' : 'layer',
  Math.min(...[...svg.querySelectorAll('text')].map(text => parseFloat(getComputedStyle(text).fontSize) * text.getScreenCTM().a)),
  [...svg.querySelectorAll('text')].map(text => text.textContent).filter(text => /[^ ]…/.test(text))])"""


@pytest.mark.parametrize(
    ("name", "model"), [("resnet", "ResNet50"), ("googlenet", "GoogLeNet"), ("vgg", "VGG16"), ("siamese", None)]
)
def test_cards_and_the_whole_network_are_read_from_the_back(open_page: Open, name: str, model: str | None) -> None:
    opened = open_page(deck_of(name, model), width=1280, height=720)
    found = opened.page.evaluate(SMALLEST)
    assert {kind for kind, _, _ in found} == {"title", "layer"}
    for kind, smallest, cut in found:
        assert smallest >= (12 if kind == "title" else 13)
        assert cut == []
    opened.check()


def test_a_card_among_its_neighbours_says_its_name_in_full() -> None:
    view = build_view(spec_named("googlenet").model("GoogLeNet"), "all")
    merge = next(card for card in view.cards if card.kind == "merge")
    picture = neighbours_picture(view, merge.members[0])
    shown = {
        group.layer: "".join(item.lead + item.text for item in group.items if isinstance(item, Text))
        for group in (*picture.groups("card"), *picture.groups("merge"))
    }
    assert len(shown) == 7
    assert all(path.removeprefix("lower_1/") in text for path, text in shown.items())
    assert text_size(picture, (570.0, 420.0)) > 13


def test_rows_for_several_layers_say_the_coverage_of_the_first_and_the_last() -> None:
    report = spec_named("resnet").model("ResNet152")
    deck = re.sub(r"<[^>]*>", " ", deck_of("resnet", "ResNet152"))
    several = [rows for rows in listed(report, order_of(report)) if len(rows) > 1 and rows[0].coverage != rows[-1].coverage]
    assert several
    for rows in several:
        first, last = show_percent(rows[0].coverage), show_percent(rows[-1].coverage)
        path = re.escape(report.network.nodes[rows[0].index].path)
        assert re.search(rf"{path}\s+×{len(rows)}\s.*?{re.escape(first)} to {re.escape(last)}", deck, re.DOTALL)


@pytest.mark.parametrize(("name", "model"), SPECS)
def test_tables_on_several_slides_are_of_nearly_equal_length(name: str, model: str | None) -> None:
    parts = deck_of(name, model).split("<h2>All layers")[1:]
    lengths = [part.partition("</table>")[0].count("<tr") for part in parts]
    assert max(lengths) - min(lengths) <= 1
    assert (len(lengths) == 1) == (name in ("lenet5", "unet", "signal_1d", "siamese"))


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("lenet5", "what reads all of the input, however large it is"),
        ("unet", "fields on an input of open size"),
    ],
)
def test_a_dash_for_the_coverage_has_its_reason_below_the_table(name: str, said: str) -> None:
    last = deck_of(name).rpartition("All layers")[2].partition("</section>")[0]
    assert f"</table><p>Coverage is – for {said}.</p>" in last


def test_rows_that_all_have_a_coverage_need_no_reason() -> None:
    assert why_uncovered([row for row in spec_named("lenet5").model(None).rows if row.coverage is not None]) == ""


def test_keys_go_from_slide_to_slide(open_page: Open) -> None:
    opened = open_page(deck_of("lenet5"), width=1280, height=720, still=True)
    keys = opened.page.keyboard
    for key, number in (("ArrowRight", 2), ("PageDown", 3), ("ArrowLeft", 2), ("End", 12), ("Home", 1), (" ", 2)):
        keys.press(key)
        assert opened.page.evaluate("location.hash") == f"#slide-{number}"
        shown = opened.page.evaluate(f"document.getElementById('slide-{number}').getBoundingClientRect().top")
        assert abs(shown) < 2
    opened.check()


def test_a_slide_says_what_explain_says() -> None:
    text = deck_of("lenet5")
    spec = spec_named("lenet5")
    for row in spec.model().rows:
        if row.is_input:
            continue
        explanation = spec.explain(row.path)
        for heading in ("Output size", "Parameters"):
            for equation in [line for line in explanation.section(heading).lines if hasattr(line, "text")]:
                assert f"<code>{equation.text}</code>" in text


DECKS = [
    ("lenet5", None),
    ("resnet18", None),
    ("resnet", "ResNet50"),
    ("resnet", "ResNet152"),
    ("googlenet", "GoogLeNet"),
    ("densenet", "DenseNet121"),
    ("siamese", None),
    ("vgg", "VGG16"),
]


@pytest.mark.parametrize(("name", "model"), DECKS)
def test_the_layers_of_the_deck_are_those_of_the_report(name: str, model: str | None) -> None:
    report = spec_named(name).model(model)
    shown = [row.index for item in order_of(report) if isinstance(item, Layer) for use in item.uses for row in use]
    assert sorted(shown) == list(range(len(report.rows)))


@pytest.mark.parametrize(("name", "model"), DECKS)
def test_layers_on_one_slide_are_of_one_kind_with_the_same_window(name: str, model: str | None) -> None:
    for item in order_of(spec_named(name).model(model)):
        if isinstance(item, Layer):
            windows = {
                tuple((row.kind, str(getattr(row.layer, "kernel_size", "")), row.layer.family) for row in use)
                for use in item.uses
            }
            strides = {str(getattr(use[0].layer, "strides", "")) for use in item.uses}
            assert len(windows) == len(strides) == 1


@pytest.mark.parametrize(("name", "model"), DECKS)
def test_the_last_table_sums_to_the_totals(name: str, model: str | None) -> None:
    report = spec_named(name).model(model)
    lines = listed(report, order_of(report))
    assert sorted(row.index for rows in lines for row in rows) == list(range(len(report.rows)))
    sums = [[int(cell.replace(",", "")) for rows in lines if (cell := add(rows)) != "–"] for add in (sum_params, sum_macs)]
    assert [sum(column) for column in sums] == [report.totals.params, report.totals.macs]
    deck = re.sub(r"<[^>]*>", " ", deck_of(name, model))
    for rows in lines:
        times = f"×{len(rows)}" if len(rows) > 1 else ""
        assert re.search(rf"{report.network.nodes[rows[0].index].path}\s+{times}\s", deck)


def test_a_repeated_block_is_shown_once_for_the_uses_of_its_structure() -> None:
    items = order_of(spec_named("resnet").model("ResNet50"))
    blocks = [(item.label, len(item.uses), item.others) for item in items if isinstance(item, Block)]
    assert blocks == [("Bottleneck", 12, 4), ("Bottleneck", 3, 13)]
    shortcuts = [
        item.times for item in items if isinstance(item, Layer) and "/shortcut" in item.row.path and item.row.kind == "Conv2D"
    ]
    assert shortcuts == [1, 3]


def test_every_use_of_a_block_stands_in_its_table() -> None:
    deck = deck_of("resnet", "ResNet152")
    for item in order_of(spec_named("resnet").model("ResNet152")):
        if isinstance(item, Block):
            assert all(f'<th scope="row">{path}</th>' in deck for path, *_ in item.uses)
    assert "more</p>" not in deck


def test_a_slide_for_several_layers_says_the_figures_of_each() -> None:
    deck = deck_of("resnet18")
    for params in ("36,864", "147,456", "589,824", "2,359,296"):
        assert f'<td class="number">{params} + ' in deck


def test_what_means_nothing_on_slides_is_refused() -> None:
    with pytest.raises(RenderError, match="show what repeats once"):
        deck_of("lenet5", expand="all")
    with pytest.raises(RenderError, match="takes the width of its window"):
        deck_of("lenet5", width="84mm")


@pytest.mark.parametrize("unit", [(0, 0, 0), (1, 1, 1), (15, 55, 55)])
def test_the_slices_of_a_volume_stand_above_those_of_its_output(unit: tuple[int, int, int]) -> None:
    drawn = window_picture(build_slide(report("c3d"), "stage_2/conv3d_1", unit))
    shapes = {item.key: item for item, _ in drawn.walk() if isinstance(item, (Path, Rectangle))}
    windows = [item.box for key, item in shapes.items() if key.endswith(".window")]
    mark, rays = (next(item for key, item in shapes.items() if key.endswith(name)) for name in (".unit", ".rays"))
    assert len(windows) == 3
    assert isinstance(rays, Path)
    across = next((a, b) for a, b in rays.segments() if a[1] == b[1])
    for x in (*(box.centre[0] for box in windows), mark.box.centre[0]):
        assert across[0][0] - 1e-6 <= x <= across[1][0] + 1e-6
    assert max(box.bottom for box in windows) < across[0][1] < mark.box.top
    assert rays.steps[-1][1][0] == pytest.approx((mark.box.centre[0], mark.box.top), abs=1e-6)
    assert drawn.width <= 330
    assert [found for judge in JUDGES for found in judge(drawn)] == []
