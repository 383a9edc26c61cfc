"""The page's receptive fields: what its script folds is what the analysis finds, position by position, both ways."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from itertools import product
from math import prod
from pathlib import Path
from random import Random
from typing import Any

import pytest

import cnnspec
from cnnspec.analysis.check import check_source
from cnnspec.analysis.reading import Box, intervals, trace_back
from cnnspec.analysis.receptive_field import see_input
from cnnspec.analysis.report import ModelReport
from cnnspec.analysis.top_down import place_down
from cnnspec.diagnostics import Source
from cnnspec.render.page.fields_model import as_model, fields_model
from cnnspec.render.page.parts import asset
from cnnspec.resources import library_root
from support.browser import Opened, browser, open_page
from support.field_networks import FieldNetworks
from support.hand_built import Build, layer

__all__ = ["browser", "open_page"]

Open = Callable[..., Opened]
#: What answers questions in the browser: per case a model and questions of a source, a node and a unit; of each the pixels
#: that are read, the whole field, and for some pixels whether they reach the unit.
ASK = """
cases => cases.map(({model, questions}) => questions.map(({source, top, unit, pixels}) => {
  const {size, pixelsOf, unitsOf, fieldOf} = page.fields;
  const place = (at, extents) => at.reduce((i, x, k) => i * extents[k] + x, 0);
  const one = (at, extents) => { const set = new Uint8Array(size(extents)); set[place(at, extents)] = 1; return set; };
  const from = model.nodes[source].e, to = model.nodes[top].e;
  const read = pixelsOf(model, source, top, one(unit, to));
  const reach = pixels.map(pixel => unitsOf(model, source, top, one(pixel, from))[place(unit, to)]);
  const found = [...read.keys()].filter(i => read[i]);
  return {known: !!model.nodes[top].e, read: found, field: fieldOf(model, source, top, unit), reach};
}))
"""
SPECS = (
    "lenet5", "mnist_cnn", "signal_1d", "volume_3d", "siamese", "tcn", "resnet_cifar", "highway",
    "autoencoder", "mlp", "attention_resnet", "inception_v3", "densenet",
)  # fmt: skip


def places(boxes: Sequence[Box], extents: Sequence[int]) -> list[int]:
    """Positions row by row."""
    found: set[tuple[int, ...]] = set()
    for box in boxes:
        found |= set(product(*[[at for first, last in intervals(axis) for at in range(first, last + 1)] for axis in box]))
    return sorted(sum(x * prod(extents[k + 1 :]) for k, x in enumerate(place)) for place in found)


def extents_of(report: ModelReport, index: int) -> list[int]:
    shape = report.rows[index].output_shape
    assert shape is not None
    return [int(n) for n in shape.extents]  # type: ignore[arg-type]


def questions(report: ModelReport, random: Random, count: int) -> list[dict[str, Any]]:
    """Units at random, one of each input's corners among them, with what the analysis says they read."""
    model, found = as_model(report), list[dict[str, Any]]()
    sources = [row.index for row in report.rows if row.is_input]
    sights = {source: see_input(model, source) for source in sources}
    layers = [row.index for row in report.rows if not row.is_input]
    for number in range(count):
        source, top = random.choice(sources), random.choice(layers) if number else layers[-1]
        given, extents = extents_of(report, source), extents_of(report, top)
        unit = [random.choice((0, n - 1, random.randrange(n))) for n in extents]
        boxes = trace_back(model, {top: tuple(1 << at for at in unit)}, sights[source]).get(source, ())
        pixels = [[random.randrange(n) for n in given] for _ in range(4)]
        field = place_down(model, sights[source], top, source, unit)
        answer = places(boxes, given)
        found.append({"source": source, "top": top, "unit": unit, "pixels": pixels, "read": answer, "field": field})
    return found


def compare(opened: Opened, cases: Sequence[tuple[ModelReport, list[dict[str, Any]]]]) -> int:
    """How many units of the cases the browser answered as the analysis does; fails at the first that it did not."""
    given = [{"model": fields_model(report), "questions": asked} for report, asked in cases]
    compared = 0
    for (report, asked), answers in zip(cases, opened.page.evaluate(ASK, json.loads(json.dumps(given))), strict=True):
        for question, answer in zip(asked, answers, strict=True):
            case = report.name, question["top"], question["unit"]
            assert answer["known"], case
            assert answer["read"] == question["read"], case
            expected = None if question["field"] is None else [list(stretch) for stretch in question["field"]]
            assert answer["field"] == expected, case
            given_extents = extents_of(report, question["source"])
            read = set(question["read"])
            for pixel, reached in zip(question["pixels"], answer["reach"], strict=True):
                at = sum(x * prod(given_extents[k + 1 :]) for k, x in enumerate(pixel))
                assert bool(reached) == (at in read), (case, pixel)
            compared += 1
    return compared


@pytest.fixture
def opened(open_page: Open) -> Opened:
    """An empty page with the scripts that fold."""
    return open_page(f"<!DOCTYPE html><title>fields</title><script>const page = {{}};{asset('fields.js')}</script>")


def test_units_of_random_networks_read_what_the_analysis_says(opened: Opened) -> None:
    cases = list[tuple[ModelReport, list[dict[str, Any]]]]()
    for seed in range(150):
        random = Random(seed)
        rank = random.choice((1, 2, 2, 3))
        report = FieldNetworks(random, rank, {1: 40, 2: 14, 3: 7}[rank]).draw().report()
        cases.append((report, questions(report, random, 6)))
    assert compare(opened, cases) == 900
    opened.check()


@pytest.mark.parametrize("name", SPECS)
def test_units_of_the_library_read_what_the_analysis_says(name: str, opened: Opened) -> None:
    source = Source(f"{name}.cnn", (library_root() / f"{name}.cnn").read_text(encoding="utf-8"))
    report = check_source(source).report.models[0]
    count = 12 if len(report.rows) < 100 else 3
    assert compare(opened, [(report, questions(report, Random(name), count))]) == count


def test_a_set_that_is_no_product_of_rows_and_columns_is_exact(opened: Opened) -> None:
    build = Build()
    start = build.input(20, 20, 1)
    wide = build.add(layer("Conv2D", 1, (1, 9), padding="same"), start)
    high = build.add(layer("Conv2D", 1, (9, 1), padding="same"), start)
    cross = build.add("Add", wide, high)
    report = build.report()
    asked = [{"source": start, "top": cross, "unit": [10, 10], "pixels": [[10, 6], [9, 9]], "field": [[6, 14], [6, 14]]}]
    asked[0]["read"] = sorted({10 * 20 + x for x in range(6, 15)} | {y * 20 + 10 for y in range(6, 15)})
    assert compare(opened, [(report, asked)]) == 1


def page_of(spec: str | Path) -> str:
    """The page of a file, or of one of the library by its name."""
    return str(cnnspec.load(library_root() / f"{spec}.cnn" if isinstance(spec, str) else spec).render(style="html"))


def open_field(open_page: Open, spec: str | Path, layer: str, **options: Any) -> Opened:
    opened = open_page(page_of(spec), hash=f"#{layer}", **options)
    opened.page.get_by_role("tab", name="Receptive field").click()
    return opened


def said(opened: Opened) -> str:
    return opened.page.locator(".panel:visible .live").inner_text()


def hover(opened: Opened, number: int, row: float, column: float) -> None:
    """Point at a place of a map, as shares of its height and its width."""
    box = opened.page.locator(".panel:visible svg.map rect").nth(number).bounding_box()
    assert box is not None
    opened.page.mouse.move(box["x"] + column * box["width"], box["y"] + row * box["height"])


def test_hover_says_what_a_unit_sees_and_what_a_pixel_reaches(open_page: Open) -> None:
    opened = open_field(open_page, "mnist_cnn", "last")
    captions = opened.page.locator(".panel:visible figcaption").all_inner_texts()
    assert captions == ["input, 28×28×1", "last, 3×3×64"]
    assert said(opened) == "Unit 1,1 sees 18×18 = 324 of 784 pixels (41.3 %)."
    hover(opened, 1, 0.99, 0.01)
    assert said(opened) == "Unit 2,0 sees 18×18 = 324 of 784 pixels (41.3 %)."
    hover(opened, 0, 0.5 / 28, 0.5 / 28)
    assert said(opened) == "Pixel 0,0 of input reaches 1×1 = 1 of 9 positions (11.1 %) of last."
    hover(opened, 0, 0.5, 0.5)
    assert said(opened) == "Pixel 14,14 of input reaches 3×3 = 9 of 9 positions (100 %) of last."
    hover(opened, 0, 27.5 / 28, 0.5)
    assert said(opened) == "Pixel 27,14 of input reaches no position of last."
    opened.check()


def test_arrow_keys_go_from_unit_to_unit(open_page: Open) -> None:
    opened = open_field(open_page, "lenet5", "conv2d_2")
    opened.page.locator(".panel:visible svg.map").nth(1).focus()
    for key, unit in (("ArrowRight", "3,4"), ("ArrowUp", "2,4"), ("Shift+ArrowDown", "7,4"), ("ArrowDown", "7,4")):
        opened.page.keyboard.press(key)
        assert said(opened).startswith(f"Unit {unit} sees 14×14 = 196 of 784 pixels (25 %)")
    opened.check()


DILATED = """
model Dilated {
  input 30x30x1
  Conv2D(4, 3x3, padding=same)
  Conv2D(4, 3x3, padding=same, dilation_rate=4)
}
"""


def test_gaps_and_what_lies_beside_the_input_are_said_and_drawn(open_page: Open, tmp_path: Path) -> None:
    file = tmp_path / "dilated.cnn"
    file.write_text(DILATED, encoding="utf-8")
    opened = open_field(open_page, file, "conv2d_2")
    assert said(opened) == "Unit 14,14 sees 9×9 = 81 of 900 pixels (9 %), with gaps inside 11×11 = 121."
    hover(opened, 1, 0.01, 0.01)
    assert said(opened) == (
        "Unit 0,0 sees 5×5 = 25 of 900 pixels (2.78 %), with gaps inside 6×6 = 36; "
        "its whole field is 11×11 = 121, 85 of it beside the input."
    )
    figure = opened.page.locator(".panel:visible svg.map").nth(0)
    assert figure.locator("[stroke-dasharray]").get_attribute("d") == "M-5 -5H6V6H-5z"
    assert figure.locator("[fill^=url]").get_attribute("d") == "M-5 -5H6V6H-5z"
    marked = figure.locator(".f-field")
    assert marked.get_attribute("data-count") == "25"
    assert marked.get_attribute("d") == "".join(f"M{x} {y}h{w}v1h-{w}z" for y in (0, 1, 3, 4, 5) for x, w in ((0, 2), (3, 3)))
    opened.check()


def test_a_volume_is_seen_slice_by_slice(open_page: Open) -> None:
    opened = open_field(open_page, "volume_3d", "conv3d_1")
    figure = opened.page.locator(".panel:visible figure").nth(0)
    before = figure.locator(".f-field").get_attribute("d")
    assert before
    slices = figure.locator("input[type=range]")
    assert slices.get_attribute("aria-label")
    opened.page.locator(".panel:visible figure").nth(1).locator("input").fill("0")
    assert said(opened).startswith("Unit 0,")
    assert "slice" in figure.inner_text()
    opened.check()


def test_a_dense_unit_sees_everything_by_construction(open_page: Open) -> None:
    opened = open_field(open_page, "siamese", "dense_1")
    assert said(opened).count("28×28 = 784 of 784 pixels (100 %)") == 2
    assert said(opened).count("by construction") == 2
    opened.check()


def test_open_sizes_are_asked_for(open_page: Open) -> None:
    opened = open_field(open_page, "sobel", first_layer("sobel"))
    assert "give them with --input" in opened.page.locator(".panel:visible").inner_text()
    opened.check()


BROKEN = """
model Broken {
  input SIZE
  Conv2D(6, 5x5)
  MaxPool2D
  Conv2D(16, 5x5)
  Conv2D(16, 5x5)
  Flatten -> Dense(10)
}
"""


@pytest.mark.parametrize("layer", ["conv2d_2", "conv2d_3", "dense_1"])
def test_what_an_error_hides_is_not_asked_for(open_page: Open, tmp_path: Path, layer: str) -> None:
    file = tmp_path / "broken.cnn"
    file.write_text(BROKEN.replace("SIZE", "12x12x1"), encoding="utf-8")
    opened = open_field(open_page, file, layer)
    text = opened.page.locator(".panel:visible").inner_text()
    assert "unknown because of an error: cnnspec check says which" in text
    assert "--input" not in text
    opened.check()


def test_layers_before_an_error_have_their_fields() -> None:
    model = cnnspec.load(BROKEN.replace("SIZE", "12x12x1")).model()
    assert ["e" in node for node in fields_model(model)["nodes"]] == [True, True, True, False, False, False, False]


def first_layer(name: str) -> str:
    rows = cnnspec.load(library_root() / f"{name}.cnn").model().rows
    return next(row.path.partition("/")[2] for row in rows if not row.is_input)


def test_nothing_lags_on_a_large_input(open_page: Open) -> None:
    """Seconds, not milliseconds, would be a walk that is not linear; a slow machine still passes."""
    opened = open_page(page_of("resnet18"))
    slowest = opened.page.evaluate(
        """() => {
          const model = page.model.panels.field, {size, pixelsOf} = page.fields, spent = [];
          for (const at of [10, 30, 50, 60]) for (let turn = 0; turn < 3; turn++) {
            const unit = new Uint8Array(size(model.nodes[at].e)); unit[unit.length >> 1] = 1;
            const start = performance.now(); pixelsOf(model, 0, at, unit); spent.push(performance.now() - start);
          }
          return Math.max(...spent);
        }"""
    )
    assert slowest < 1000
