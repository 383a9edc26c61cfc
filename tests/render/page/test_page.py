"""The page in a real browser."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import cnnspec
from cnnspec.render.page.markup import embed_json, tag
from cnnspec.resources import library_root
from support.browser import Opened, browser, open_page

__all__ = ["browser", "open_page"]

Open = Callable[..., Opened]
#: The scripts of the whole page, in bytes.
SCRIPTS = 35_000


def page_of(name: str, **options: object) -> str:
    return str(cnnspec.load(library_root() / f"{name}.cnn").render(style="html", **options))


def test_scripts_are_small() -> None:
    text = page_of("lenet5")
    script = text.rpartition("<script>")[2].partition("</script>")[0]
    assert 1000 < len(script.encode()) < SCRIPTS


def test_a_click_on_a_card_shows_the_layer(open_page: Open) -> None:
    opened = open_page(page_of("lenet5"))
    opened.page.locator('[data-rows][data-layer="conv2d_2"]').click()
    assert "conv2d_2" in opened.page.locator(".panel:visible").inner_text()
    assert opened.page.evaluate("location.hash") == "#conv2d_2"
    opened.check()


def test_an_address_names_a_layer(open_page: Open) -> None:
    opened = open_page(page_of("lenet5"), hash="#conv2d_1")
    assert "conv2d_1" in opened.page.locator(".panel:visible").inner_text()
    opened.check()


def test_elements_escape_what_they_hold() -> None:
    assert tag("td", "a < b", title='"', hidden=True, class_="n") == '<td title="&quot;" hidden class="n">a &lt; b</td>'


@pytest.mark.parametrize("text", ["</script>", "<!--", "\u2028", "\ud800", "&lt;"])
def test_json_cannot_end_its_element(text: str) -> None:
    import json

    written = embed_json([text])
    assert not set("<>&\u2028\ud800") & set(written)
    assert json.loads(written) == [text]
