"""The compare style: every layer once, the figures of the diff, signs beside colours, and nothing that collides."""

from __future__ import annotations

import re
import time
import xml.etree.ElementTree as ElementTree
from functools import cache
from itertools import combinations

import pytest

from cnnspec.analysis.diff.compare import compare_models
from cnnspec.analysis.diff.records import ModelDiff
from cnnspec.analysis.report import ModelReport
from cnnspec.api import load_path
from cnnspec.render.compare.alignment import ENOUGH
from cnnspec.render.compare.draw import compare_picture
from cnnspec.render.display import Box, Ellipse, Group, Picture, Text
from cnnspec.render.errors import RenderError
from cnnspec.render.palette import PALETTES, contrast
from cnnspec.render.render import render
from cnnspec.render.text_diff_figures import figure_rows
from cnnspec.resources import library_root
from support.command import run
from support.drawn_networks import SPECS, reports_of
from tests.render.test_palette import DEFICIENCIES, lab, linear
from tests.render.test_svg import hostile

EDITED = """
model LeNet5 {
  input 28x28x1
  Conv2D(16, 5x5, activation=relu) -> MaxPool2D
  Conv2D(16, 3x3, activation=relu) -> BatchNorm
  last = MaxPool2D
  Flatten -> Dense(120, activation=relu) -> Dense(10, activation=softmax)
}
"""
MOVED = """
block B(n) {{ Conv2D(n, 3x3, padding=same) -> ReLU }}
model M {{
  input ?x?x3
  Conv2D(8, 1x1)
  {}
  GlobalAvgPool2D -> Dense(4)
}}
"""
TEXTS = {
    "edited": EDITED,
    "moved_a": MOVED.format("B(8) -> BatchNorm -> MaxPool2D"),
    "moved_b": MOVED.format("BatchNorm -> MaxPool2D -> B(8)"),
}
#: Files with models, or networks of the drawn ones.
PAIRS = {
    "lenet5_edited": ("lenet5", "edited"),
    "lenet5_1998": ("lenet5", "lenet5_1998"),
    "pooling": ("mnist_cnn", "mnist_cnn_without_pooling"),
    "resnet34": ("resnet:ResNet18", "resnet:ResNet34"),
    "resnet_other": ("resnet18", "resnet:ResNet34"),
    "vgg_bn": ("vgg:VGG16", "vgg:VGG16BN"),
    "bn_vgg": ("vgg:VGG16BN", "vgg:VGG16"),
    "vgg19": ("vgg:VGG16", "vgg:VGG19"),
    "wide": ("resnet:ResNet50", "wide_resnet:WideResNet50_2"),
    "unet": ("unet", "deep_unet"),
    "nothing_alike": ("mlp", "volume_3d"),
    "same": ("alexnet", "alexnet"),
    "moved": ("moved_a", "moved_b"),
    "signal": ("signal_1d", "tcn"),
    "siamese": ("siamese", "lenet5"),
}
MARKS = ("added", "removed", "changed", "follows", "same")


@cache
def model(name: str) -> ModelReport:
    file, _, wanted = name.partition(":")
    texts = {**SPECS, **TEXTS}
    found = reports_of(texts[file]) if file in texts else load_path(str(library_root() / f"{file}.cnn")).report.models
    return next(report for report in found if not wanted or report.name == wanted)


def pair(case: str) -> tuple[ModelReport, ModelReport]:
    before, after = PAIRS[case]
    return model(before), model(after)


@cache
def difference(case: str) -> ModelDiff:
    return compare_models(*pair(case))


@cache
def picture(case: str, expand: bool = False) -> Picture:
    return compare_picture(*pair(case), expand=expand)


def rows_of(drawn: Picture) -> list[Group]:
    return sorted((group for mark in MARKS for group in drawn.groups(mark)), key=lambda group: int(group.key[3:]))


def texts_of(group: Group) -> list[Text]:
    """All texts in a group, those of its cards too."""
    inner = [text for item in group.items if isinstance(item, Group) for text in texts_of(item)]
    return [item for item in group.items if isinstance(item, Text)] + inner


def words_of(group: Group) -> str:
    return "\n".join(f"{text.lead}{text.text}" for text in texts_of(group))


# Every layer once


@pytest.mark.parametrize("expand", [False, True])
@pytest.mark.parametrize("case", PAIRS)
def test_every_layer_of_both_is_in_exactly_one_row(case: str, expand: bool) -> None:
    for side, report in zip(("before", "after"), pair(case), strict=True):
        found = [int(index) for group in rows_of(picture(case, expand)) for index in group.data[side].split()]
        assert sorted(found) == list(range(len(report.rows)))


@pytest.mark.parametrize("case", PAIRS)
def test_written_counts_are_those_of_what_is_taken_together(case: str) -> None:
    for group in picture(case).groups("same"):
        rows = [pair(case)[1].rows[int(index)] for index in group.data["after"].split()]
        layers = sum(not row.is_input for row in rows)
        if len(rows) > 1 and layers:
            assert f"{layers} layer{'' if layers == 1 else 's'} unchanged: " in words_of(group)


@pytest.mark.parametrize("case", PAIRS)
def test_opened_nothing_is_taken_together_but_what_came_or_went_as_one(case: str) -> None:
    for group in rows_of(picture(case, True)):
        if group.kind not in ("added", "removed"):
            assert len(group.data["after"].split()) == 1


@pytest.mark.parametrize("case", PAIRS)
def test_marks_are_those_of_the_diff(case: str) -> None:
    diff = difference(case)
    found = {mark: set[int]() for mark in MARKS}
    for group in rows_of(picture(case)):
        found[group.kind] |= {int(index) for index in group.data["before" if group.kind == "removed" else "after"].split()}
    assert found["removed"] == {row.index for group in diff.removed for row in group.rows}
    assert found["added"] == {row.index for group in diff.added for row in group.rows}
    assert found["changed"] == {change.after.index for change in diff.changed}
    following = {change.after.index for change in diff.following if change.params.differs}
    assert found["follows"] == (following if case != "wide" else set())
    assert len(rows_of(picture(case))) <= ENOUGH


# Numbers


@pytest.mark.parametrize("case", PAIRS)
def test_differences_of_rows_sum_to_those_of_the_totals(case: str) -> None:
    totals = difference(case).totals
    assert totals is not None
    groups = rows_of(picture(case))
    assert sum(int(group.data["parameters"]) for group in groups) == totals.params.difference
    if isinstance(totals.macs.difference, int) and isinstance(totals.macs.before, int):
        assert sum(int(group.data["macs"]) for group in groups) == totals.macs.difference


@pytest.mark.parametrize("case", PAIRS)
def test_the_table_is_that_of_the_diff(case: str) -> None:
    (table,) = picture(case).groups("totals")
    lines = [[text.text for text in texts_of(line)] for line in table.items if isinstance(line, Group)]
    assert lines[0] == ["before", "after", "difference"]
    for drawn, row in zip(lines[1:], figure_rows(difference(case)), strict=True):
        assert " ".join(drawn) == " ".join(filter(None, row))


@pytest.mark.parametrize("case", PAIRS)
def test_figures_beside_a_row_are_its_differences(case: str) -> None:
    for group in rows_of(picture(case)):
        words = words_of(group)
        for noun, name in (("parameter", "parameters"), ("MAC", "macs")):
            found = re.findall(rf"^([+−][\d,]+) {noun}s?$", words, re.MULTILINE)
            expected = group.data[name]
            if expected.lstrip("-").isdigit() and (group.kind != "same" or "on other inputs" in words):
                written = [int(text.replace(",", "").replace("−", "-")) for text in found]
                assert written == ([int(expected)] if expected != "0" else [])


@pytest.mark.parametrize("case", PAIRS)
def test_changed_arguments_are_written_out(case: str) -> None:
    joined = {group.kind + index: words_of(group) for group in rows_of(picture(case)) for index in group.data["after"].split()}
    for change in difference(case).changed:
        if not change.moved:
            words = joined[f"changed{change.after.index}"].replace("\n", " ")
            assert all(str(argument) in words for argument in change.arguments)


def test_a_known_comparison() -> None:
    words = "\n".join(words_of(group) for group in rows_of(picture("lenet5_edited")))
    assert "filters 6 → 16" in words
    assert "kernel_size 5×5 → 3×3" in words
    assert "+64 parameters" in words  # scale, shift and two statistics of 16 channels
    kinds = [group.kind for group in rows_of(picture("lenet5_edited"))]
    assert kinds == ["same", "changed", "same", "changed", "added", "same", "follows", "removed", "follows"]


def test_a_block_with_several_edits_has_a_frame() -> None:
    frames = [group.layer for group in picture("vgg_bn").groups("frame")]
    assert sorted(frames) == [f"last/stage{number}" for number in range(1, 6)]
    assert all(len(drawn) == 5 for drawn in (picture("vgg_bn").groups("added"), picture("bn_vgg").groups("removed")))
    assert not picture("resnet34").groups("frame")


def test_a_block_that_moved_is_one_row() -> None:
    (moved,) = picture("moved").groups("changed")
    assert "moved" in words_of(moved)


def test_formulas_are_written_where_sizes_are_open() -> None:
    assert any("h" in words_of(group) for group in rows_of(picture("moved")))


def test_what_no_row_speaks_of_is_a_sentence() -> None:
    (remarks,) = picture("lenet5_1998").groups("remarks")
    assert "Other names: conv2d_1 → c1" in words_of(remarks)
    text = "model Two {{\n  input 8x8x1\n  a = Conv2D(2, 3x3)\n  b = a -> ReLU\n  c = a -> Conv2D(2, 1x1)\n  output {}\n}}\n"
    one, other = (reports_of(text.format(outputs))[0] for outputs in ("b, c", "c, b"))
    drawn = compare_picture(one, other)
    assert [words_of(group) for group in drawn.groups("remarks")] == ["The network returns c and b instead of b and c."]
    assert collisions(drawn) == []


# Signs and colours


@pytest.mark.parametrize("case", PAIRS)
def test_every_edit_has_its_sign_and_its_word(case: str) -> None:
    signs = {"added": "+", "removed": "−", "changed": "~", "follows": "·"}
    for group in rows_of(picture(case)):
        discs = [item for item in group.items if isinstance(item, Ellipse)]
        assert len(discs) == (group.kind != "same")
        if group.kind != "same":
            words = words_of(group).split("\n")
            assert signs[group.kind] in words
            said = {"follows": "the same, on other inputs"}.get(group.kind, group.kind)
            assert any(word.startswith((said, "moved")) for word in words)


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("name", PALETTES)
def test_signs_and_texts_stand_out_from_their_grounds(name: str, dark: bool) -> None:
    palette = PALETTES[name]
    colours = {**palette.light, **(palette.dark if dark else {})}
    for mark in ("added", "removed", "changed"):
        assert contrast(colours["label"], colours[mark]) >= 7
        assert contrast(colours["ink"], colours[f"{mark}.ground"]) >= 7


@pytest.mark.parametrize("suffix", ["", ".ground"])
@pytest.mark.parametrize("deficiency", [*DEFICIENCIES, "none"])
def test_marks_are_told_apart_under_colour_deficiencies(deficiency: str, suffix: str) -> None:
    matrix = DEFICIENCIES.get(deficiency, ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)))
    seen: dict[str, tuple[float, float, float]] = {}
    for mark in ("added", "removed", "changed"):
        rgb = linear(PALETTES["colour"].light[mark + suffix])
        seen[mark] = lab([sum(m * c for m, c in zip(row, rgb, strict=True)) for row in matrix])
    for a, b in combinations(seen.values(), 2):
        assert sum((x - y) ** 2 for x, y in zip(a, b, strict=True)) ** 0.5 > (6 if suffix else 20)


def test_greys_are_told_apart() -> None:
    colours = PALETTES["mono"].light
    for a, b in combinations([lab(linear(colours[mark])) for mark in ("added", "removed", "changed")], 2):
        assert abs(a[0] - b[0]) > 10


# Geometry


def collisions(drawn: Picture) -> list[str]:
    """Rows, frames, cards and texts that overlap, stick out of what they belong to or leave the picture."""
    found: list[str] = []
    rows = rows_of(drawn)
    apart = [*rows, *drawn.groups("totals"), *drawn.groups("heading"), *drawn.groups("remarks")]
    boxes = [(group.key, group.box or around(group)) for group in apart]
    found += [f"{a} meets {b}" for (a, one), (b, two) in combinations(boxes, 2) if one.overlaps(two)]
    for row in rows:
        texts = texts_of(row)
        found += [f"{a.text} / {b.text}" for a, b in combinations(texts, 2) if a.box.overlaps(b.box, 1.0)]
        found += [f"{row.key}: {card.key}" for card in row.items if isinstance(card, Group) and not inside(row, card)]
        for disc in (item.box for item in row.items if isinstance(item, Ellipse)):
            found += [f"disc of {row.key}" for card in row.items if isinstance(card, Group) and disc.overlaps(card.box)]
    for frame in drawn.groups("frame"):
        found += [f"{frame.key} cuts {key}" for key, box in boxes if frame.box.overlaps(box) and not frame.box.contains(box)]
        found += [f"{frame.key}: {text.text}" for text in texts_of(frame) for _, box in boxes if text.box.overlaps(box)]
    for a, b in combinations(drawn.groups("frame"), 2):
        if a.box.overlaps(b.box) and not (a.box.contains(b.box) or b.box.contains(a.box)):
            found.append(f"{a.key} cuts {b.key}")
    for item, parent in drawn.walk():
        if isinstance(item, Text):
            room = parent.box if parent is not None and parent.box is not None else drawn.box
            if not room.contains(item.box, 0.5):
                found.append(f"{item.text} sticks out")
        box = item.box
        if box is not None and not drawn.box.contains(box):
            found.append("something outside of the picture")
    return found


def inside(row: Group, card: Group) -> bool:
    return row.box is not None and card.box is not None and row.box.contains(card.box)


def around(group: Group) -> Box:
    boxes = [text.box for text in texts_of(group)]
    box = boxes[0]
    for other in boxes[1:]:
        box = box.union(other)
    return box


@pytest.mark.parametrize("expand", [False, True])
@pytest.mark.parametrize("case", PAIRS)
def test_nothing_collides_or_is_cut(case: str, expand: bool) -> None:
    assert collisions(picture(case, expand)) == []


def test_the_judge_notices_what_collides() -> None:
    drawn = picture("pooling")
    row = rows_of(drawn)[1]
    assert collisions(Picture("x", drawn.width, drawn.height, "x", "x.", (*drawn.items, row)))
    assert collisions(Picture("x", drawn.width / 2, drawn.height, "x", "x.", drawn.items))


def test_rows_stand_in_the_order_of_the_second_network() -> None:
    for case in ("lenet5_edited", "resnet34", "unet"):
        first = [min(map(int, group.data["after"].split())) for group in rows_of(picture(case)) if group.data["after"]]
        tops = [group.box.top for group in rows_of(picture(case)) if group.box is not None]
        assert first == sorted(first)
        assert tops == sorted(tops)


# Files, names, time


def draw(case: str, **options: object) -> str:
    before, after = pair(case)
    return str(render(before, style="compare", compare=after, **options))  # type: ignore[arg-type]


@pytest.mark.parametrize("case", PAIRS)
def test_it_is_strict_xml_with_ids_of_its_own(case: str) -> None:
    root = ElementTree.fromstring(draw(case))
    ids = [element.get("id") for element in root.iter() if element.get("id") is not None]
    assert len(ids) == len(set(ids))
    assert root.get("role") == "img"


@pytest.mark.parametrize("case", ["pooling", "vgg_bn"])
def test_it_is_written_as_tikz_and_in_grey(case: str) -> None:
    assert "\\begin{tikzpicture}" in draw(case, format="tikz")
    assert "#56B4E9" not in draw(case, palette="mono")


@pytest.mark.parametrize("seed", range(40))
def test_hostile_names_stay_text_and_in_their_boxes(seed: int) -> None:
    from cnnspec.record import replace

    before, after = pair("vgg_bn")
    name = hostile(seed) * (1 + seed % 3)
    rows = tuple(replace(row, path=f"M/{name}/{at}") for at, row in enumerate(after.rows))
    drawn = compare_picture(before, replace(after, name=name, rows=rows))
    assert collisions(drawn) == []
    text = str(render(before, style="compare", compare=replace(after, name=name, rows=rows)))
    root = ElementTree.fromstring(text)
    assert {element.tag.rpartition("}")[2] for element in root.iter()} <= {
        "svg", "title", "desc", "style", "g", "rect", "ellipse", "path", "text", "tspan",
    }  # fmt: skip


def test_two_deep_networks_in_a_second() -> None:
    before, after = model("resnet:ResNet50"), model("resnet:ResNet101")
    start = time.process_time()
    render(before, style="compare", compare=after)
    assert time.process_time() - start < 1


# What is refused


def test_what_cannot_be_compared_is_said() -> None:
    before, after = pair("pooling")
    with pytest.raises(RenderError, match="compare draws two networks"):
        render(before, style="compare")
    with pytest.raises(RenderError, match="from top to bottom"):
        render(before, style="compare", compare=after, direction="LR")
    with pytest.raises(RenderError, match="opens all"):
        render(before, style="compare", compare=after, expand="basic")
    with pytest.raises(RenderError, match="a part of Wrong is unknown"):
        render(before, style="compare", compare=model("wrong"))
    with pytest.raises(RenderError, match="styles that draw two: receptive-field, compare"):
        render(before, compare=after)
    with pytest.raises(RenderError, match="not one unit"):
        render(before, style="compare", compare=after, layer="conv2d_1")


def test_the_command_takes_a_model_of_another_file() -> None:
    file = str(library_root() / "resnet.cnn")
    done = run("render", file, "--model", "ResNet18", "-o", "-", "--style", "compare", "--compare", f"{file}:ResNet34")
    assert done.status == 0
    assert done.out == draw("resnet34")
    alone = run("render", file, "-o", "-", "--style", "compare")
    assert "name the other one with --compare" in alone.err
    assert alone.status != 0
