"""The conv style: the layer's own numbers, and windows exactly where its taps are."""

from __future__ import annotations

import re
from collections import Counter
from io import BytesIO
from itertools import combinations, pairwise
from xml.etree import ElementTree

import pytest

from cnnspec.render.conv.draw import conv_picture
from cnnspec.render.conv.sheet import Ruler
from cnnspec.render.conv.steps import MOST_POSITIONS, build_slide, cut
from cnnspec.render.display import Group, Path, Picture, Rectangle, Text
from cnnspec.render.errors import RenderError
from cnnspec.render.figure import around_all
from cnnspec.render.graph.view import inner_path
from cnnspec.render.im2col.draw import build_product, im2col_picture
from cnnspec.render.render import render
from support.conv_pictures import (
    ALL,
    FLAT,
    WHOLE,
    boxes,
    model,
    part,
    picture,
    slide,
    steps,
    taps_of,
    texts,
)
from support.drawn_networks import report, reports_of
from support.picture_judges import JUDGES


@pytest.mark.parametrize("name", WHOLE)
def test_every_tap_is_a_cell_at_its_exact_place(name: str) -> None:
    row = slide(name).row
    for group, unit in steps(name):
        whole = part(group, "map")
        assert whole is not None
        origin = whole.box
        given = [int(n) for n in slide(name).given.extents]  # type: ignore[arg-type]
        cell = origin.width / given[-1]
        assert origin.height == pytest.approx(cell * (given[0] if len(given) == 2 else 1), abs=1e-6)
        taps = taps_of(row, unit)
        filled = boxes(part(group, "taps"))
        cells = {
            (round((box.top - origin.top) / cell) + down, round((box.left - origin.left) / cell) + across)
            for box in filled
            for down in range(round(box.height / cell))
            for across in range(round(box.width / cell))
        }
        rows, columns = taps if len(taps) == 2 else ([0], taps[0])
        assert cells == {(r, c) for r in rows for c in columns}
        window = part(group, "window")
        assert (window is None) == (not cells)
        if window is not None:
            assert window.box.left == pytest.approx(origin.left + columns[0] * cell, abs=1e-6)
            assert window.box.right == pytest.approx(origin.left + (columns[-1] + 1) * cell, abs=1e-6)
            assert window.box.top == pytest.approx(origin.top + rows[0] * cell, abs=1e-6)
            assert window.box.bottom == pytest.approx(origin.top + (rows[-1] + 1) * cell, abs=1e-6)


@pytest.mark.parametrize("name", FLAT)
def test_a_window_begins_and_ends_where_its_first_and_last_cell_do(name: str) -> None:
    for group, unit in steps(name):
        window, taps = part(group, "window"), boxes(part(group, "taps"))
        if window is None:
            assert any(not axis for axis in taps_of(slide(name).row, unit))
            assert group.data["reads"] == "none"
            continue
        for side, pick in (("left", min), ("top", min), ("right", max), ("bottom", max)):
            assert getattr(window.box, side) == pytest.approx(pick(getattr(box, side) for box in taps), abs=1e-6)
        ends = [(axis[0], axis[-1]) for axis in taps_of(slide(name).row, unit)]
        assert group.data["reads"] == " ".join(f"{low}:{high}" for low, high in ends)


@pytest.mark.parametrize("name", ALL)
def test_padding_and_what_no_unit_reads_are_shown(name: str) -> None:
    shown = slide(name)
    for track in shown.tracks:
        read = {tap for unit in range(track.outputs) for tap in track.taps(unit)}
        hidden = {at for stretch in Ruler(track.inputs, 1.0).left_out() for at in range(stretch[0], stretch[1] + 1)}
        never = {at for first, last in track.unread for at in range(first, last + 1)}
        assert never == set(range(track.extent)) - read - hidden
        assert track.whole[0] <= min(read) <= max(read) <= track.whole[1]
    padded = any(track.whole != (0, track.extent - 1) for track in shown.tracks)
    assert (part(steps(name)[0][0], "padding") is not None) == padded
    assert (part(steps(name)[0][0], "unread") is not None) == any(track.unread for track in shown.tracks)


@pytest.mark.parametrize("name", FLAT)
def test_the_output_is_filled_as_far_as_it_is_made(name: str) -> None:
    for group, unit in steps(name):
        mark = part(group, "unit")
        assert mark is not None
        made = boxes(part(group, "made"))
        assert not any(box.overlaps(mark.box) for box in made)
        if unit != (0,) * len(unit):
            assert made
            assert not any(box.bottom > mark.box.bottom + 1e-6 for box in made)


@pytest.mark.parametrize("name", [*ALL, "lenet5", "alexnet", "mnist_cnn", "resnet18", "signal_1d", "volume_3d", "c3d"])
def test_numbers_are_those_of_the_report(name: str) -> None:
    row, words = slide(name).row, texts(picture(name))
    assert row.output_shape is not None
    sizes = [line for line in words if line.startswith(("depth", "height", "width", "length"))]
    expected = {f"{int(n):,}" for n in row.output_shape.extents}  # type: ignore[arg-type]
    assert {line.rsplit("= ")[-1].rsplit(": ")[-1] for line in sizes} == expected
    place = "on the right" if len(slide(name).tracks) == 3 else "below"
    assert any(f"becomes {row.output_shape} {place}" in line for line in words)
    products = [line for line in words if "products" in line]
    if row.im2col is not None and "Transpose" not in row.kind:
        assert len(products) == len(steps(name))
        assert all(f"= {row.im2col[0]:,} products" in line for line in products)
        last = slide(name).number_of(steps(name)[-1][1])
        assert last == row.im2col[1]
        assert f"step {last:,} of {row.im2col[1]:,}" in words


def test_products_with_padding_are_counted() -> None:
    assert "3×3×3 = 27 products, 15 of them with padding" in texts(picture("same"))
    assert "mean of 3×3 = 9 values, 4 of them on the map" in texts(picture("average"))
    assert "2×2 = 4 values" in texts(picture("subsampling"))  # a sum with a coefficient, no mean


def test_the_size_rule_stands_in_letters_and_in_numbers() -> None:
    words = texts(picture("alexnet"))
    assert "The size is ⌊(n + 2·p − k)/s⌋ + 1" in words
    assert "height and width: ⌊(227 + 2·0 − 11)/4⌋ + 1 = 55" in words
    assert "The size is ⌈n/s⌉ (padding=same)" in texts(picture("same"))


@pytest.mark.parametrize("name", ALL)
def test_every_position_is_drawn_or_named_as_left_out(name: str) -> None:
    words = "\n".join(line for line in texts(picture(name)) if line.startswith("… in"))
    for track in slide(name).tracks:
        for shown, whole in ((track.inputs, track.whole), (track.made, (0, track.outputs - 1))):
            hidden = Ruler(shown, 1.0).left_out()
            assert sum(last - first + 1 for first, last in (*shown, *hidden)) == whole[1] - whole[0] + 1
            assert all(last > first for first, last in hidden)
            for first, last in hidden:
                assert f"{first:,} to {last:,}".replace("-", "−") in words
    assert bool(words) == any(len(shown) > 1 for track in slide(name).tracks for shown in (track.inputs, track.made))


def test_a_cut_shows_ends_and_hides_no_single_position() -> None:
    assert cut((0, MOST_POSITIONS - 1), []) == ((0, MOST_POSITIONS - 1),)
    assert cut((0, 30), [(0, 3), (5, 6), (30, 30)]) == ((0, 6), (30, 30))
    assert cut((0, 99), [(0, 40), (99, 99)]) == ((0, 3), (37, 40), (99, 99))


def collisions(drawn: Picture) -> list[str]:
    """Texts on texts, texts on cells or crossed by rays, steps on steps, and anything out of the picture."""
    words = [item for item, _ in drawn.walk() if isinstance(item, Text)]
    found = [f"{a.text} / {b.text}" for a, b in combinations(words, 2) if a.box.overlaps(b.box, 0.3)]
    shapes = [item for item, _ in drawn.walk() if isinstance(item, (Path, Rectangle))]
    cells = [box for shape in shapes if shape.key.endswith(("map", "padding")) for box in boxes(shape)]
    found += [f"{word.text} on cells" for word in words for box in cells if word.box.overlaps(box)]
    rays = [line for shape in shapes if isinstance(shape, Path) and shape.key.endswith("rays") for line in shape.segments()]
    found += [f"{word.text} under a ray" for word in words for line in rays if word.box.meets_segment(*line)]
    panels = [around_all(group) for group in drawn.groups("step")]
    found += [f"step at {a.left}" for a, b in pairwise(panels) if a.overlaps(b)]
    items = [item for item, _ in drawn.walk() if not isinstance(item, Group)]
    return found + [str(item) for item in items if not drawn.box.contains(item.box)]


@pytest.mark.parametrize("name", [*ALL, "lenet5", "alexnet", "resnet18", "signal_1d", "volume_3d", "c3d"])
def test_nothing_collides(name: str) -> None:
    assert collisions(picture(name)) == []


@pytest.mark.parametrize("longest", [317.0, 657.0])
@pytest.mark.parametrize("name", [*FLAT, "lenet5", "alexnet", "resnet18", "signal_1d"])
def test_steps_stand_in_rows_of_equal_length_where_a_page_is_narrow(name: str, longest: float) -> None:
    drawn = conv_picture(slide(name), longest=longest)
    assert collisions(drawn) == []
    assert [found for judge in JUDGES for found in judge(drawn)] == []
    wide, panels = conv_picture(slide(name)), [around_all(group) for group in drawn.groups("step")]
    rows = Counter(round(around_all(group).top, 3) for group in drawn.groups("input"))
    assert max(rows.values()) - min(rows.values()) <= 1
    assert drawn.width <= max(longest, wide.width)
    assert drawn.width <= longest or len(rows) == len(panels) or drawn.height / len(rows) * (len(rows) + 1) > 900


@pytest.mark.parametrize("name", ["lenet5", "alexnet", "resnet18"])
def test_steps_of_images_are_readable_across_a_page(name: str) -> None:
    told: list[str] = []
    render(report(name), style="conv", width="174mm", tell=told.append)
    assert told == []


def test_a_long_name_is_wrapped() -> None:
    text = "block A { Conv1D(4, 7, padding=causal) }\nblock Temporal { A -> A }\n"
    blocks = "block Outermost { repeat 2 { Temporal -> Temporal } }\n"
    nested = reports_of(f"{text}{blocks}model M {{\n  input 50x2\n  repeat 2 {{ Outermost -> Outermost }}\n}}\n")[0]
    steps = build_slide(nested)
    for drawn in (conv_picture(steps), conv_picture(steps, longest=317.0), im2col_picture(build_product(nested))):
        (heading,) = drawn.groups("heading")
        shown = "".join(item.lead + item.text for item in heading.items if isinstance(item, Text))
        assert inner_path(steps.row) in shown
        assert "Conv1D 7, 4, causal" in shown
        assert [found for judge in JUDGES for found in judge(drawn)] == []


def test_the_judge_of_collisions_can_fail() -> None:
    drawn = picture("valid")
    sheet = around_all(drawn.groups("input")[0]).centre
    rays = part(drawn.groups("step")[0], "rays")
    assert isinstance(rays, Path)
    on_it = Text(*rays.box.centre, "a long text across both rays of a step", anchor="middle")
    stray = Group("note", "note", "", "", (Text(*sheet, "in the way"), Text(*sheet, "twice"), on_it))
    found = collisions(Picture("x", drawn.width, drawn.height / 2, "", "", (*drawn.items, stray)))
    assert any("in the way / twice" in one for one in found)
    assert any("in the way on cells" in one for one in found)
    assert any("both rays of a step under a ray" in one for one in found)
    assert len(found) > 4


def test_the_first_convolution_is_drawn_unless_another_layer_is_named() -> None:
    assert inner_path(build_slide(report("lenet5")).row) == "conv2d_1"
    assert build_slide(report("lenet5"), "max_pool2d_1").row.kind == "MaxPool2D"
    assert build_slide(model("pool")).row.kind == "MaxPool2D"


def test_one_unit_can_be_asked_for() -> None:
    one = build_slide(report("lenet5"), "conv2d_1", (7, 20))
    assert one.steps == ((7, 20),)
    assert "unit 7,20 reads rows 7 to 11, columns 20 to 24" in texts(conv_picture(one))
    assert collisions(conv_picture(one)) == []


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("lenet5", {"layer": "conv2d_9"}, "LeNet5 has no layer conv2d_9; did you mean conv2d_2?"),
        ("lenet5", {"layer": "dense_1"}, "dense_1 (Dense) slides no window over its input; name a layer that does"),
        ("lenet5", {"layer": "input"}, "input is an input and reads nothing"),
        ("lenet5", {"at": (24, 0)}, "conv2d_1 is 24×24×6 and has no unit at 24,0; positions: 0 to 23, 0 to 23"),
        ("lenet5", {"direction": "LR"}, "conv draws one layer"),
        ("lenet5", {"layer": ("conv2d_1", "conv2d_2")}, "conv2d_2 is one layer too many"),
        ("lenet5", {"compare": "mnist_cnn"}, "conv draws one layer of one network"),
        ("mlp", {}, "no layer of MLP slides a window over its input"),
        ("unet", {}, "positions are counted, but"),
        ("volume_3d", {"at": (0, 0)}, "conv3d_1 is 30×30×30×8 and has no unit at 0,0; positions: 0 to 29, 0 to 29, 0 to 29"),
        ("wrong", {"layer": "max_pool2d_1"}, "the sizes of max_pool2d_1 are unknown because of an error"),
    ],
)
def test_what_cannot_be_drawn_is_refused_with_a_way_out(name: str, options: dict[str, object], message: str) -> None:
    given = {"style": "conv", **options}
    if "compare" in given:
        given["compare"] = report(str(given["compare"]))
    with pytest.raises(RenderError) as caught:
        render(report(name), **given)  # type: ignore[arg-type]
    assert str(caught.value).startswith(message)
    assert caught.value.help


def test_lenet_is_under_twenty_kilobytes() -> None:
    assert len(str(render(report("lenet5"), style="conv")).encode()) < 20_000


def test_what_steps_have_in_common_is_written_once_and_drawn_in_each() -> None:
    root = ElementTree.fromstring(str(render(report("lenet5"), style="conv")))
    drawn = {group.key: group for group in picture("lenet5").groups("sheet")}
    ids = {element.get("id"): element for element in root.iter()}
    copies = [element for element in root.iter() if element.tag.endswith("use")]
    assert len(copies) == 6
    for copy in copies:
        first, again = drawn[copy.get("{http://www.w3.org/1999/xlink}href", "")[1:]], drawn[copy.get("id", "")]
        assert ids[first.key].tag.endswith("g")
        assert around_all(again).left - around_all(first).left == pytest.approx(float(copy.get("x", "")), abs=0.005)
        assert around_all(again).top - around_all(first).top == pytest.approx(float(copy.get("y", "")), abs=0.005)


def test_a_copy_is_drawn_as_ink_where_it_stands() -> None:
    resvg = pytest.importorskip("resvg_py")
    image = pytest.importorskip("PIL.Image")
    text = str(render(report("lenet5"), style="conv", dark=False))
    with_copies, without = (
        image.open(BytesIO(bytes(resvg.svg_to_bytes(svg_string=one)))).convert("L")
        for one in (text, re.sub("<use.*?</use>", "", text))
    )
    for group in picture("lenet5").groups("sheet")[2:]:
        box = around_all(group)
        sides = tuple(round(side) for side in (box.left, box.top, box.right, box.bottom))
        assert sum(with_copies.crop(sides).histogram()[:200]) > sum(without.crop(sides).histogram()[:200]) + 200
