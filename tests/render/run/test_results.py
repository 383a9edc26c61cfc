"""Curves, confusion matrices, mistakes and filters by epoch: geometry, numbers, and names that are hostile."""

from __future__ import annotations

import math
import random
import re
import xml.etree.ElementTree as ET

import pytest

from cnnspec.render.display import Ellipse, Image, Path, Picture, Rectangle, Text
from cnnspec.render.palette import PALETTES, SHADES
from cnnspec.render.run.confusion import MOST_CLASSES, confusion_picture, drawn_classes, worst_share
from cnnspec.render.run.curves import curves_picture, epoch_ticks, nice_ticks, show_tick
from cnnspec.render.run.growth import MOST_EPOCHS, chosen_rows, growth_picture
from cnnspec.render.run.mistakes import mistakes_picture
from cnnspec.render.run.records import Confusion, Mistake, Sample, Tile
from cnnspec.render.run.scales import grey
from cnnspec.render.svg import write_svg
from support.geometry import assert_fits

HOSTILE = ['"><script>alert(1)</script>', "a" * 300, "]]>&amp;", "\u202eevil\u0000", "", "日本語" * 20, "$\\input{x}$"]


def texts(picture: Picture) -> list[str]:
    return [item.lead + item.text for item, _ in picture.walk() if isinstance(item, Text)]


def confusion_of(count: int, seed: int = 0, most: int = 1000) -> Confusion:
    rng = random.Random(seed)
    rows = [[rng.choice((0, 0, 0, 1, 12)) for _ in range(count)] for _ in range(count)]
    for at in range(count):
        rows[at][at] = rng.randrange(most)
    return Confusion(tuple(str(at) for at in range(count)), tuple(map(tuple, rows)))


# --- confusion matrices ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("count", "most"), [(1, 5), (2, 100), (10, 1000), (17, 123456), (47, 900), (200, 30)])
def test_a_matrix_fits(count: int, most: int) -> None:
    picture = confusion_picture("Net", confusion_of(count, most=most), "data")
    assert_fits(picture)
    cells = picture.groups("cell")
    assert len(cells) == min(count, MOST_CLASSES) ** 2


def test_every_count_is_in_its_cell() -> None:
    confusion = confusion_of(10)
    for cell in confusion_picture("Net", confusion, "data").groups("cell"):
        count = confusion.counts[int(cell.data["true"])][int(cell.data["predicted"])]
        written = [item.text for item in cell.items if isinstance(item, Text)]
        assert written == ([f"{count:,}"] if count else [])


def test_recall_and_precision_are_those_of_the_counts() -> None:
    confusion = Confusion(("cat", "dog", "emu"), ((8, 2, 0), (1, 9, 0), (0, 0, 0)))
    assert (confusion.total, confusion.right) == (20, 17)
    assert [confusion.recall(at) for at in range(3)] == [0.8, 0.9, None]
    assert [confusion.precision(at) for at in range(3)] == [pytest.approx(8 / 9), pytest.approx(9 / 11), None]
    said = texts(confusion_picture("Net", confusion, "data"))
    assert {"80.0 %", "90.0 %", "88.9", "81.8", "–"} <= set(said)
    assert "Net · 17 of 20 images of data right: 85.00 %" in said
    assert worst_share(confusion) == 0.2


def test_shades_follow_shares_of_the_row() -> None:
    confusion = Confusion(("a", "b", "c"), ((50, 50, 0), (1, 999, 0), (0, 0, 7)))
    fills = {
        (cell.data["true"], cell.data["predicted"]): item.paint.fill
        for cell in confusion_picture("Net", confusion, "data").groups("cell")
        for item in cell.items
        if isinstance(item, Rectangle)
    }
    assert fills["0", "0"] == f"shade.{SHADES // 2}"
    assert fills["2", "2"] == f"shade.{SHADES}"
    assert fills["0", "1"] == f"fault.{SHADES}"
    assert fills["1", "0"] == "fault.1"  # a single mistake is seen as one
    assert fills["0", "2"] == "fault.0"


def test_of_many_classes_those_with_most_mistakes_are_shown_and_that_is_said() -> None:
    confusion = confusion_of(60)
    shown = drawn_classes(confusion)
    assert len(shown) == MOST_CLASSES
    assert shown == sorted(shown)
    assert f"shown: the {MOST_CLASSES} of 60 classes with the most mistakes" in texts(confusion_picture("N", confusion, "d"))


def test_long_names_get_numbers() -> None:
    names = ("T-shirt/top", "Trouser", "a very long name of a class that nobody wants to read")
    picture = confusion_picture("Net", Confusion(names, ((1, 0, 0), (0, 1, 0), (0, 0, 1))), "data")
    assert_fits(picture)
    assert {"0", "1", "2", "0 · T-shirt/top"} <= set(texts(picture))


# --- mistakes -------------------------------------------------------------------------------------------------------


def mistake(number: int, label: str = "7", predicted: str = "1", confidence: float | None = 0.98, rows: int = 28) -> Mistake:
    return Mistake(Sample(rows, 28, bytes(rows * 28)), number, label, predicted, confidence)


@pytest.mark.parametrize("count", [0, 1, 7, 24])
def test_mistakes_fit(count: int) -> None:
    picture = mistakes_picture("Net", [mistake(at) for at in range(count)], count * 3, 1000, "data")
    assert_fits(picture)
    assert len(picture.groups("mistake")) == count
    assert f"Net · {count * 3} of 1,000 images of data wrong" in texts(picture)


def test_a_mistake_says_what_and_how_sure() -> None:
    said = texts(mistakes_picture("Net", [mistake(1234, "seven", "one", 0.9876), mistake(5, confidence=None)], 2, 10, "data"))
    assert {"seven → one", "98.8 %", "#1234", "7 → 1", "#5"} <= set(said)


def test_pictures_keep_their_proportions() -> None:
    (group,) = mistakes_picture("Net", [mistake(1, rows=14)], 1, 1, "data").groups("sample")
    assert group.box is not None
    assert group.box.width == 2 * group.box.height


# --- hostile names --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_stay_text(name: str) -> None:
    pictures = [
        confusion_picture(name, Confusion((name, "b"), ((1, 2), (3, 4))), name),
        mistakes_picture(name, [mistake(1, name, name)], 1, 2, name),
        curves_picture(name, [{"loss": 1.0, name or "x": 2.0}]),
    ]
    for picture in pictures:
        assert_fits(picture)
        text = write_svg(picture, PALETTES["colour"])
        root = ET.fromstring(text)
        tags = {element.tag.rpartition("}")[2] for element in root.iter()}
        assert tags <= {"svg", "title", "desc", "style", "g", "rect", "path", "ellipse", "image", "text", "tspan"}
        ids = re.findall(r' id="([^"]*)"', text)
        assert len(ids) == len(set(ids))


# --- curves ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("epochs", [1, 2, 30, 512])
@pytest.mark.parametrize("metrics", [1, 3, 12])
def test_curves_fit(epochs: int, metrics: int) -> None:
    history = [
        {"loss": 2.0 / (n + 1), "val_loss": float("nan"), **{f"metric_{m}": m - 1 / (n + 2) for m in range(metrics)}}
        for n in range(epochs)
    ]
    picture = curves_picture("A < B", history)
    assert_fits(picture)
    assert {"loss", "metric_0", "epoch"} <= set(texts(picture))
    assert "nan" not in write_svg(picture, PALETTES["colour"]).replace("nance", "")


def test_points_are_at_their_values() -> None:
    history = [{"loss": value} for value in (4.0, 1.0, math.inf, 0.0, 2.0)]
    picture = curves_picture("Net", history)
    markers = {item.title: item.box.centre for item, _ in picture.walk() if isinstance(item, Ellipse)}
    (top, left), (bottom, right) = (
        (markers["loss after epoch 1: 4.00"][1], markers["loss after epoch 1: 4.00"][0]),
        (markers["loss after epoch 4: 0"][1], markers["loss after epoch 5: 2.00"][0]),
    )
    x, y = markers["loss after epoch 2: 1.00"]
    assert x == pytest.approx(left + (right - left) / 4)
    assert y == pytest.approx(bottom - (bottom - top) / 4)
    assert len(markers) == 4
    lines = [item for item, _ in picture.walk() if isinstance(item, Path) and re.fullmatch(r".*\.loss\.\d", item.key)]
    assert [len(line.steps) for line in lines] == [2, 2]  # nothing is drawn across a figure that is not finite


def test_ticks_enclose_and_are_round() -> None:
    assert nice_ticks(0.0, 1.0) == [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]
    assert nice_ticks(0.95, 0.991)[0] <= 0.95
    assert nice_ticks(3.0, 3.0)[0] < 3.0 < nice_ticks(3.0, 3.0)[-1]
    assert epoch_ticks(5) == [1, 2, 3, 4, 5]
    assert epoch_ticks(512) == [1, 100, 200, 300, 400, 500]
    assert all(len(epoch_ticks(n)) <= 9 for n in range(1, 2_000, 7))
    assert [show_tick(tick, [0, 0.25]) for tick in (0.25, -0.5)] == ["0.25", "−0.50"]


# --- filters by epoch -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("epochs", "inputs"), [(1, 1), (3, 3), (MOST_EPOCHS, 4), (40, 1), (512, 1)])
def test_filters_by_epoch_fit_and_are_on_one_scale(epochs: int, inputs: int) -> None:
    filters = [[[Tile(1, 2, (-0.5, 0.001 * at))] * inputs for _ in range(5)] for at in range(epochs)]
    picture = growth_picture("Net", "conv2d_1", list(range(epochs)), filters)
    assert_fits(picture)
    drawn = picture.groups("filter")
    assert len(drawn) == 5 * len(chosen_rows(epochs))
    assert drawn[-1].data == {"filter": "4", "epoch": str(epochs - 1)}
    image = next(item for item in drawn[-1].items if isinstance(item, Image))
    bound = max(0.5, 0.001 * (epochs - 1))
    assert image.colour(0, 0) == (grey(-0.5, bound),) * 3


@pytest.mark.parametrize("count", [1, 2, 12, 13, 25, 1000])
def test_the_first_and_the_last_epoch_are_shown(count: int) -> None:
    rows = chosen_rows(count)
    assert (rows[0], rows[-1]) == (0, count - 1)
    assert len(rows) <= MOST_EPOCHS
    assert rows == sorted(set(rows))
