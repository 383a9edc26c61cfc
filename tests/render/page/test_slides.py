"""The deck: a slide for each layer, each on one printed page, with everything inside its slide."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

import cnnspec
from cnnspec.render.errors import RenderError
from cnnspec.render.page.slides.order import Block, Layer, order_of
from cnnspec.resources import library_root
from support.browser import Opened, browser, open_page

__all__ = ["browser", "open_page"]

Open = Callable[..., Opened]
SPECS = [
    ("lenet5", None),
    ("resnet", "ResNet50"),
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


@pytest.mark.parametrize(
    ("name", "model"), [("lenet5", None), ("resnet", "ResNet152"), ("densenet", "DenseNet121"), ("vgg", "VGG16")]
)
def test_every_layer_is_shown_or_belongs_to_a_use_that_is_not_the_first(name: str, model: str | None) -> None:
    report = spec_named(name).model(model)
    items = order_of(report)
    shown = [row.index for item in items if isinstance(item, Layer) for row in (item.row, *item.folded)]
    assert len(shown) == len(set(shown))
    later = {at for item in items if isinstance(item, Block) for _, _, first, last in item.uses[1:] for at in range(first, last)}
    assert set(shown) | later == set(range(len(report.rows)))
    assert len(items) < 40


def test_a_repeated_block_is_shown_once_with_how_often_it_is_used() -> None:
    items = order_of(spec_named("resnet").model("ResNet50"))
    blocks = {item.label: len(item.uses) for item in items if isinstance(item, Block)}
    assert blocks == {"Stage": 4, "Bottleneck": 16}
    assert {item.times for item in items if isinstance(item, Layer)} == {1, 16}


def test_what_means_nothing_on_slides_is_refused() -> None:
    with pytest.raises(RenderError, match="show what repeats once"):
        deck_of("lenet5", expand="all")
    with pytest.raises(RenderError, match="takes the width of its window"):
        deck_of("lenet5", width="84mm")
