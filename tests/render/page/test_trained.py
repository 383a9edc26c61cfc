"""The page's section of a run: it says what the run came to, a click shows the pictures of a cell, and it stays small."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from cnnspec.api import load_path, run_section
from cnnspec.render.page.parts import asset
from cnnspec.render.page.trained import trained_section
from cnnspec.render.run.mosaic import mosaic_of
from cnnspec.render.run.records import (
    Activations,
    Channel,
    ClaimLine,
    Confusion,
    Mistake,
    Sample,
    Subject,
    Tile,
    TrainedRun,
)
from cnnspec.render.run.scales import viridis
from support.browser import Opened, browser, open_page
from support.command import run as command
from tests.render.run.test_filters import kernels

__all__ = ["browser", "open_page"]

Open = Callable[..., Opened]
#: Bytes of the section's script, of the section of a small network, of one more picture's maps.
SCRIPT, SECTION = 3_000, 300_000
SPEC = """
model Small {
  input 28x28x1
  Conv2D(6, 5x5, activation=relu) -> MaxPool2D -> Conv2D(16, 5x5, activation=relu) -> MaxPool2D
  Flatten -> Dense(32, activation=relu) -> Dense(10, activation=softmax)
}
train Small {
  data = digits
  loss = categorical_crossentropy
  optimizer = Adam
  epochs = 2
  expect accuracy >= 0.2
  expect accuracy >= 0.9999
}
"""
HOSTILE = "</script><script>alert(1)</script>\u2028\"'&"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A spec, its run and its page."""
    place = tmp_path_factory.mktemp("page")
    (place / "small.cnn").write_text(SPEC)
    assert command("train", str(place / "small.cnn"), "--out", str(place / "run"), "-q").status == 1  # a claim is false
    done = command("render", str(place / "small.cnn"), "--run", str(place / "run"), "-o", str(place / "page.html"))
    assert done.status == 0, done.err
    return place


def section_of(page: str) -> str:
    return page[page.index('<section id="run">') : page.index('<section id="training">')]


def data_of(page: str) -> dict[str, object]:
    found = re.search(r'<script type="application/json" id="cnnspec-model">(.*?)</script>', page, re.DOTALL)
    assert found
    return json.loads(found[1])["sections"]["run"]


def test_the_page_says_what_the_run_came_to(folder: Path) -> None:
    record, page = json.loads((folder / "run/run.json").read_text()), section_of((folder / "page.html").read_text())
    assert f"{record['test']['accuracy']:.2%}".replace("%", " %") in page
    assert f"{record['test']['loss']:.4f}" in page
    held, false = re.findall(r'<li class="(\w+)">', page)
    assert (held, false) == ("holds", "fails")
    assert f"{record['test']['accuracy']:.6g}" in page
    right = round(record["test"]["accuracy"] * 360)
    assert f"{right} of 360 images of digits right" in page
    assert page.count('class="subject"') == 10
    for part in ("Curves", "Confusion matrix", "Worst mistakes", "Filters", "Feature maps"):
        assert f"<h3>{part}</h3>" in page


def test_every_count_is_a_button_with_its_pictures(folder: Path) -> None:
    page = (folder / "page.html").read_text()
    data = data_of(page)
    counts = {cell: int(count) for cell, count in re.findall(r'data-cell="([0-9,]+)"[^>]*>([0-9]+)<', page)}
    assert sum(counts.values()) == 360
    assert set(counts) == set(data["cells"])
    for cell, (title, items) in data["cells"].items():
        true, predicted = cell.split(",")
        assert title.startswith(f"{true}, " + ("right" if true == predicted else f"taken for {predicted}") + f": {counts[cell]}")
        assert 1 <= len(items) <= min(counts[cell], 8)
        assert all(0 <= at < len(data["pictures"]) for at, _, _ in items)


def test_the_section_is_small(folder: Path) -> None:
    assert len(asset("trained.js").encode()) < SCRIPT
    page = (folder / "page.html").read_text()
    assert len(section_of(page)) + len(json.dumps(data_of(page))) < SECTION


def test_a_click_and_the_keyboard_show_pictures(folder: Path, open_page: Open) -> None:
    opened = open_page((folder / "page.html").read_text())
    picked = opened.page.locator("#run .picked")
    assert picked.inner_text() == ""
    first = opened.page.locator('#run [data-cell="0,0"]')
    first.click()
    assert picked.inner_text().startswith("0, right: ")
    assert first.get_attribute("aria-pressed") == "true"
    widths = picked.locator("img").evaluate_all("images => images.map(image => image.naturalWidth)")
    assert widths == [28] * 4
    opened.page.keyboard.press("ArrowDown")
    chosen = opened.page.evaluate("document.activeElement.dataset.cell")
    assert chosen.endswith(",0") != chosen.startswith("0,")
    opened.page.keyboard.press("Enter")
    assert picked.inner_text().startswith(f"{chosen[0]}, ")
    assert opened.page.locator('#run [aria-pressed="true"]').count() == 1
    opened.check()


@pytest.mark.parametrize("dark", [False, True])
def test_pictures_are_drawn_and_texts_are_in_their_boxes(folder: Path, open_page: Open, dark: bool) -> None:
    opened = open_page((folder / "page.html").read_text(), dark=dark, width=1000)
    broken = opened.page.evaluate("[...document.querySelectorAll('#run img')].filter(image => !image.naturalWidth).length")
    assert broken == 0
    assert opened.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    shades = "[...document.querySelectorAll('#run [data-cell]')].map(b => getComputedStyle(b.parentElement).backgroundColor)"
    colours = opened.page.evaluate(shades)
    assert len(set(colours)) > 1
    assert "rgba(0, 0, 0, 0)" not in colours
    cut = "element => element.scrollWidth > element.clientWidth + 1"
    overflow = f"[...document.querySelectorAll('#run td, #run th, #run figcaption')].filter({cut}).length"
    assert opened.page.evaluate(overflow) == 0
    opened.page.locator(".subject").nth(3).locator("summary").click()
    assert opened.page.locator(".subject").nth(3).locator("figure").first.is_visible()
    opened.check()


def test_all_but_the_pictures_of_cells_needs_no_script(folder: Path, open_page: Open) -> None:
    opened = open_page((folder / "page.html").read_text(), script=False)
    assert opened.page.locator("#run .confusion tbody tr").count() == 10
    opened.page.locator(".subject").nth(1).locator("summary").click()
    assert opened.page.locator(".subject").nth(1).locator("figure").first.is_visible()


def test_without_its_data_the_page_says_so(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from cnnspec.train.data.errors import DataError

    def missing(*_: object, **__: object) -> None:
        raise DataError("digits", "is not here", "get it")

    monkeypatch.setattr("cnnspec.train.overview.load_own_data", missing)
    section = run_section(folder / "run", spec=load_path(folder / "small.cnn"))
    assert "Its data is not at hand, so nothing is shown of its test: digits is not here" in section.html
    assert "<h3>Filters</h3>" in section.html
    assert "<h3>Confusion matrix</h3>" not in section.html


def test_pictures_of_one_s_own(folder: Path, tmp_path: Path) -> None:
    pil = pytest.importorskip("PIL.Image", reason="Pillow is not installed")
    pil.new("L", (28, 28), 200).save(tmp_path / "mine <b>.png")
    section = run_section(folder / "run", spec=load_path(folder / "small.cnn"), images=[tmp_path / "mine <b>.png"])
    assert section.html.count('class="subject"') == 1
    assert "mine &lt;b&gt;.png" in section.html


def test_hostile_names_stay_text(folder: Path, open_page: Open) -> None:
    sample = Sample(2, 2, bytes(4))
    mistake = Mistake(sample, 3, HOSTILE, HOSTILE, 0.5)
    found = Activations(
        HOSTILE, HOSTILE, HOSTILE, 2, 1, 1, 0.0, 0.0, (Channel(0, Tile(1, 1, (0.0,)), 0.0, 0.0, True),), (HOSTILE,)
    )
    run = TrainedRun(
        HOSTILE, HOSTILE, (HOSTILE,), ((HOSTILE, HOSTILE),), (ClaimLine(HOSTILE, None, HOSTILE, HOSTILE),), ({HOSTILE: 1.0},),
        HOSTILE, HOSTILE, Confusion((HOSTILE, "b"), ((1, 2), (0, 0))), {(0, 1): (mistake,), (0, 0): (mistake,)}, (mistake,),
        (kernels(1, 2, layer=HOSTILE),), 1, ((Subject(sample, HOSTILE, (HOSTILE,)), (found,)),),
    )  # fmt: skip
    page = str(load_path(folder / "small.cnn").render(style="html", sections=(trained_section(run),)))
    assert "<script>alert" not in page
    opened = open_page(page)
    opened.page.locator('#run [data-cell="0,1"]').click()
    assert "alert(1)" in opened.page.locator("#run .picked").inner_text()
    opened.check()


def test_a_mosaic_holds_every_map_at_its_place() -> None:
    tiles = [Tile(2, 2, (float(n), 0.0, 1.0, 5.0)) for n in range(5)]
    found = Activations(
        "l", "L", "2×2×5", 2, 5, 0, 0.0, 5.0, tuple(Channel(n, tile, 0, 0, False) for n, tile in enumerate(tiles))
    )
    sheet = mosaic_of(found)
    assert (sheet.columns, sheet.rows, sheet.side) == (14, 2, 12)
    for n in range(5):
        at = 4 * (3 * n)
        assert tuple(sheet.pixels[at : at + 4]) == (*viridis(n / 5), 255)
    assert sheet.pixels[8:12] == bytes(4)


@pytest.mark.parametrize("count", [1, 10, 64, 65, 300])
def test_units_are_rows_of_squares(count: int) -> None:
    values = tuple(float(n) for n in range(count))
    found = Activations("l", "L", "n", 0, count, 0, 0.0, float(count), (Channel(0, Tile(1, count, values), 0, 0, False),))
    sheet = mosaic_of(found)
    assert sheet.columns == min(count, 64)
    assert sheet.rows == -(-count // 64)
    opaque = sum(sheet.pixels[at] == 255 for at in range(3, len(sheet.pixels), 4))
    assert opaque == count


def test_what_cannot_go_together_is_said(folder: Path) -> None:
    spec, run = str(folder / "small.cnn"), str(folder / "run")
    for arguments, message in (
        ((spec, "-o", "x.html", "--image", "a.png"), "name the run with --run"),
        ((spec, "-o", "x.svg", "--run", run), "graph takes no --run"),
        ((run, "-o", "x.svg", "--style", "feature-maps", "--image", "a", "--image", "b"), "one picture too many"),
        ((spec, "-o", "x.html", "--run", run, "--slides"), "slides show a network, not a run"),
    ):
        done = command("render", *arguments)
        assert (done.status, message in done.err) == (2, True), done.err
