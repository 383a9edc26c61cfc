"""The conv style: the layer's own numbers, and windows exactly where its taps are."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from io import BytesIO
from itertools import combinations, pairwise, product
from xml.etree import ElementTree

import pytest

from cnnspec.analysis.report import ModelReport, Row
from cnnspec.layers.window import Axis, TransposedAxis
from cnnspec.render.conv.draw import conv_picture
from cnnspec.render.conv.pair import lay_out_pair
from cnnspec.render.conv.sheet import Ruler
from cnnspec.render.conv.slices import lay_out_slices
from cnnspec.render.conv.steps import MOST_POSITIONS, MOST_STEPS, Slide, build_slide, cut
from cnnspec.render.display import Box, Group, Path, Picture, Rectangle, Text
from cnnspec.render.errors import RenderError
from cnnspec.render.figure import around_all
from cnnspec.render.flow.operations import drawn_axes
from cnnspec.render.graph.view import inner_path
from cnnspec.render.im2col.draw import build_product, im2col_picture
from cnnspec.render.render import render
from support.drawn_networks import report, reports_of
from support.geometry import assert_fits
from support.picture_judges import JUDGES

#: Layers on inputs small enough to be shown in full, and others.
WHOLE = {
    "valid": "input 9x11x1\n  Conv2D(2, 3x3)",
    "dilated": "input 13x12x3\n  Conv2D(8, 3x3, dilation_rate=2)",
    "same": "input 10x10x3\n  Conv2D(8, 3x3, strides=2, padding=same)",
    "crooked": "input 9x10x2\n  Conv2D(3, 3x5, strides=(1, 2), padding=1)",
    "gaps": "input 11x11x1\n  Conv2D(3, 2x2, strides=4)",
    "pool": "input 11x11x16\n  MaxPool2D",
    "ceil": "input 8x8x2\n  MaxPool2D(3x3, strides=2, ceil_mode=true)",
    "subsampling": "input 8x8x4\n  Subsampling2D",
    "average": "input 8x8x4\n  AvgPool2D(3x3, strides=2, padding=same)",
    "depthwise": "input 8x8x4\n  DepthwiseConv2D(3x3, padding=same)",
    "groups": "input 8x8x4\n  Conv2D(8, 3x3, groups=2)",
    "filter": "input 8x8x3\n  Filter2D(sobel_x)",
    "transposed": "input 5x5x3\n  Conv2DTranspose(8, 3x3, strides=2, padding=same)",
    "hollow": "input 4x4x1\n  Conv2DTranspose(2, 2x2, strides=3)",
    "larger": "input 5x5x2\n  UpSampling2D(2)",
    "shared_out": "input 7x7x2\n  AdaptiveAvgPool2D(3)",
    "crop": "input 9x9x1\n  Crop2D(2)",
    "causal": "input 9x3\n  Conv1D(8, 3, dilation_rate=2, padding=causal)",
    "single": "input 3x3x1\n  Conv2D(2, 3x3)",
}
LONG = {
    "signal": "input 1000x12\n  Conv1D(32, 7, padding=same)",
    "wide": "input 227x227x3\n  Conv2D(96, 11x11, strides=4)",
    "huge": "input 60x62x3\n  Conv2D(8, 31x31, strides=9, padding=2)",
    "sparse": "input 100x100x1\n  Conv2D(2, 5x5, dilation_rate=12, padding=same)",
    "padded": "input 40x40x1\n  Conv2D(2, 3x3, padding=20)",
}
#: Layers along three axes, on inputs small enough to be shown in full, and others.
CUBES = {
    "cube": "input 5x6x7x2\n  Conv3D(3, 3x3x3)",
    "cube_same": "input 4x5x5x1\n  Conv3D(2, 3x3x3, strides=2, padding=same)",
    "cube_dilated": "input 5x9x7x2\n  Conv3D(2, (2, 3, 2), dilation_rate=(2, 1, 3), padding=(1, 0, 1))",
    "cube_groups": "input 4x5x6x4\n  Conv3D(4, 2x2x2, groups=2)",
    "cube_pool": "input 6x5x5x2\n  MaxPool3D",
    "cube_frames": "input 4x6x6x3\n  MaxPool3D(1x2x2)",
    "cube_mean": "input 5x5x5x2\n  AvgPool3D(3, strides=2, padding=same)",
    "cube_gaps": "input 7x5x5x1\n  Conv3D(2, 1x2x2, strides=(3, 2, 2))",
    "cube_spread": "input 2x3x3x2\n  Conv3DTranspose(2, 3x3x3, strides=2)",
    "cube_hollow": "input 2x2x2x1\n  Conv3DTranspose(2, 2x2x2, strides=3)",
    "cube_shared": "input 7x5x5x2\n  AdaptiveAvgPool3D(3)",
    "cube_larger": "input 2x3x3x2\n  UpSampling3D(2)",
    "cube_single": "input 2x2x2x1\n  Conv3D(1, 2x2x2)",
}
DEEP = {
    "scan": "input 32x64x64x2\n  Conv3D(4, 7x7x7, padding=same)",
    "clip": "input 16x112x112x3\n  Conv3D(64, 3x3x3, padding=same)",
    "sparse_cube": "input 40x30x30x1\n  Conv3D(2, 3x3x3, dilation_rate=6, padding=same)",
}
VOLUMES = {**CUBES, **DEEP}
FLAT = {**WHOLE, **LONG}
ALL = {**FLAT, **VOLUMES}

PRODUCTS = r"[\d×]+ = (\d+) products(?:, (\d+) of them with padding)?(?:: (\d+) from each of (\d+) slices)?"


@cache
def model(name: str) -> ModelReport:
    return reports_of(f"model M {{\n  {ALL[name]}\n}}\n")[0] if name in ALL else report(name)


@cache
def slide(name: str) -> Slide:
    return build_slide(model(name), model(name).rows[1].name if name in ALL else None)


@cache
def picture(name: str) -> Picture:
    return conv_picture(slide(name))


def part(group: Group, name: str) -> Path | Rectangle | None:
    """The shape of a step whose key ends so."""
    inner = Picture("", 0, 0, "", "", (group,))
    return next((item for item, _ in inner.walk() if isinstance(item, (Path, Rectangle)) and item.key.endswith(f".{name}")), None)


def boxes(path: Path | Rectangle | None) -> list[Box]:
    """The boxes that a path consists of."""
    if not isinstance(path, Path):
        return []
    starts = [at for at, (letter, _) in enumerate(path.steps) if letter == "M"]
    ends = [*starts[1:], len(path.steps)]
    pieces = [[p for _, points in path.steps[a:b] for p in points] for a, b in zip(starts, ends, strict=True)]
    return [Box(min(x for x, _ in p), min(y for _, y in p), max(x for x, _ in p), max(y for _, y in p)) for p in pieces]


def texts(drawn: Picture) -> list[str]:
    return [item.text for item, _ in drawn.walk() if isinstance(item, Text)]


def taps_of(row: Row, unit: tuple[int, ...]) -> list[list[int]]:
    """What the unit reads, from the facts alone; only on the map where there is no padding to read."""
    found: list[list[int]] = []
    assert row.input_shapes[0] is not None
    for axis, at, n in zip(drawn_axes(row), unit, row.input_shapes[0].extents, strict=True):
        taps = list(axis.taps(at))
        found.append(taps if type(axis).__name__ == "Axis" else [tap for tap in taps if 0 <= tap < int(n)])  # type: ignore[arg-type]
    return found


def steps(name: str) -> list[tuple[Group, tuple[int, ...]]]:
    return [(group, tuple(map(int, group.data["unit"].split()))) for group in picture(name).groups("step")]


def slices_of(group: Group, map_: str) -> dict[int, Group]:
    """The slices of one map of a step, by their position."""
    found = next(item for item in group.items if isinstance(item, Group) and item.kind == map_)
    return {int(item.data["slice"]): item for item in found.items if isinstance(item, Group) and item.kind == "slice"}


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


@pytest.mark.parametrize("name", CUBES)
def test_every_tap_of_a_volume_is_a_cell_of_its_slice(name: str) -> None:
    shown = slide(name)
    depth, rows, columns = (int(n) for n in shown.given.extents)  # type: ignore[arg-type]
    for group, unit in steps(name):
        found: set[tuple[int, int, int]] = set()
        drawn = slices_of(group, "input")
        assert set(range(depth)) <= set(drawn)
        cell = next(part(drawn[at], "map").box.width for at in drawn if part(drawn[at], "map")) / columns  # type: ignore[union-attr]
        for at, one in drawn.items():
            ground, sheet = part(one, "map"), part(one, "grid")
            assert (part(one, "edge") is not None) == (0 <= at < depth)
            assert sheet is not None
            before = [-track.whole[0] for track in shown.tracks[1:]]
            top, left = sheet.box.top + before[0] * cell, sheet.box.left + before[1] * cell
            if ground is not None:
                assert (ground.box.top, ground.box.left) == pytest.approx((top, left), abs=1e-6)
                assert (ground.box.height, ground.box.width) == pytest.approx((rows * cell, columns * cell), abs=1e-6)
            found |= {
                (at, round((box.top - top) / cell) + down, round((box.left - left) / cell) + across)
                for box in boxes(part(one, "taps"))
                for down in range(round(box.height / cell))
                for across in range(round(box.width / cell))
            }
        assert found == set(product(*taps_of(shown.row, unit)))


@pytest.mark.parametrize("name", VOLUMES)
def test_each_slice_names_the_slice_of_the_kernel_that_lies_on_it(name: str) -> None:
    row = slide(name).row
    axis, layer = drawn_axes(row)[0], row.layer
    for group, unit in steps(name):
        for at, one in slices_of(group, "input").items():
            words = [item.text for item in one.items if isinstance(item, Text)]
            assert words[0] == f"slice {at}".replace("-", "−")
            touched = all(taps_of(row, unit)) and at in taps_of(row, unit)[0]
            assert len(words) == 1 + (touched and layer.family == "convolution" and isinstance(axis, Axis | TransposedAxis))
            assert (part(one, "window") is not None) == touched
            if len(words) == 2 and isinstance(axis, Axis):
                tap = int(words[1].removeprefix("kernel "))
                assert at == unit[0] * axis.stride - int(axis.before) + tap * axis.dilation  # type: ignore[arg-type]
            elif len(words) == 2 and isinstance(axis, TransposedAxis):
                tap = int(words[1].removeprefix("kernel "))
                assert unit[0] == at * axis.stride - axis.before + tap * axis.dilation
                assert 0 <= tap < axis.kernel


@pytest.mark.parametrize("name", CUBES)
def test_the_units_of_a_volume_are_filled_in_their_order(name: str) -> None:
    shown = slide(name)
    outputs = [int(n) for n in shown.output.extents]  # type: ignore[arg-type]
    for group, unit in steps(name):
        drawn = slices_of(group, "output")
        assert list(drawn) == list(range(outputs[0]))
        cell = part(drawn[0], "output-map").box.width / outputs[2]  # type: ignore[union-attr]
        area = sum(box.width * box.height for one in drawn.values() for box in boxes(part(one, "made")))
        assert round(area / cell**2, 6) == shown.number_of(unit) - 1
        mark, sheet = part(group, "unit"), part(drawn[unit[0]], "output-map")
        assert mark is not None
        assert sheet is not None
        corner = sheet.box.left + unit[2] * cell, sheet.box.top + unit[1] * cell
        assert (mark.box.left, mark.box.top) == pytest.approx(corner, abs=1e-6)
        assert mark.box.width == pytest.approx(cell, abs=1e-6)


@pytest.mark.parametrize("name", VOLUMES)
def test_what_every_slice_reads_leads_to_the_unit(name: str) -> None:
    for group, unit in steps(name):
        rays, mark = part(group, "rays"), part(group, "unit")
        windows = [part(one, "window") for one in slices_of(group, "input").values()]
        boxes_drawn = [window.box for window in windows if window is not None]
        assert mark is not None
        if rays is None:
            assert not boxes_drawn
            assert not all(taps_of(slide(name).row, unit))
            continue
        assert isinstance(rays, Path)
        starts = [points[0] for letter, points in rays.steps if letter == "M"]
        for box in boxes_drawn:
            assert any(start == pytest.approx((box.centre[0], box.bottom), abs=1e-6) for start in starts)
        assert rays.steps[-1][1][0] == pytest.approx((mark.box.centre[0], mark.box.bottom), abs=1e-6)


@pytest.mark.parametrize("name", ["cube", "cube_same", "cube_dilated", "cube_groups", "cube_single"])
def test_products_of_a_volume_are_counted_as_numpy_adds_them(name: str) -> None:
    """A kernel of ones on an input of ones adds up to the number of products that are not with padding."""
    np = pytest.importorskip("numpy")
    from cnnspec.backends.numpy_reference import forward

    row = slide(name).row
    assert row.facts is not None
    weights = {f"{row.name}/{p.name}": (np.zeros if p.role == "bias" else np.ones)(p.shape) for p in row.facts.params}
    sums = forward(model(name).network, weights, np.ones((1, *slide(name).given.dims)))[row.name][0]
    for group, unit in steps(name):
        words = [item.text for item in group.items if isinstance(item, Text)]
        found = re.fullmatch(PRODUCTS, words[-1])
        assert found is not None
        assert int(found[1]) - int(found[2] or 0) == sums[unit][0]
        assert found[3] is None or int(found[3]) * int(found[4]) == int(found[1])
        assert (found[3] is None) == (len(taps_of(row, unit)[0]) == 1)


@pytest.mark.parametrize("name", VOLUMES)
def test_a_volume_fits_its_picture(name: str) -> None:
    drawn = conv_picture(slide(name))
    assert_fits(drawn)
    assert [found for judge in JUDGES for found in judge(drawn)] == []
    note = "kernel n above a slice: on it lies slice n of the kernel"
    assert texts(drawn).count(note) == ("Conv3D" in slide(name).row.kind)


def test_a_clip_is_readable_across_a_page() -> None:
    told: list[str] = []
    render(model("clip"), style="conv", width="190mm", tell=told.append)
    assert told == []


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


MOVING = ("valid", "dilated", "crooked", "pool", "causal", "hollow", "wide", "signal", "lenet5")


@pytest.mark.parametrize("name", MOVING)
def test_the_window_moves_exactly(name: str) -> None:
    """In every frame the window stands where the report's own windows say, to a millionth."""
    moving = build_slide(model(name), slide(name).row.name, many=True)
    drawn = conv_picture(moving, animate=True)
    frames = drawn.groups("step")
    assert [group.frame for group in frames] == [(number, len(frames)) for number in range(len(frames))]
    units = [tuple(map(int, group.data["unit"].split())) for group in frames]
    assert units == sorted(set(units))
    assert len(frames) == moving.count or moving.count > MOST_STEPS
    origins = set[tuple[float, float]]()
    for group, unit in zip(frames, units, strict=True):
        whole, window = part(group, "map"), part(group, "window")
        assert whole is not None
        origins.add((round(whole.box.left, 6), round(whole.box.top, 6)))
        taps = taps_of(moving.row, unit)
        if window is None:
            assert any(not axis for axis in taps)
            continue
        sheet = lay_out_pair(moving).given
        rows, columns = ([0], taps[0]) if len(taps) == 1 else taps
        hull, origin = sheet.hull((rows[0], rows[-1]), (columns[0], columns[-1])), sheet.hull((0, 0), (0, 0))
        assert window.box.left - whole.box.left == pytest.approx(hull.left - origin.left, abs=1e-6)
        assert window.box.right - whole.box.left == pytest.approx(hull.right - origin.left, abs=1e-6)
        assert window.box.top - whole.box.top == pytest.approx(hull.top - origin.top, abs=1e-6)
        assert window.box.bottom - whole.box.top == pytest.approx(hull.bottom - origin.top, abs=1e-6)
        if len(sheet.columns.shown) == 1:  # nothing left out: a cell for each position
            assert window.box.left - whole.box.left == pytest.approx(columns[0] * sheet.columns.cell, abs=1e-6)
        heads = [item.text for item in group.items if isinstance(item, Text)]
        assert heads[0] == f"step {moving.number_of(unit):,} of {moving.count:,}"
        assert heads[1].startswith(f"unit {','.join(map(str, unit))} reads")
    assert len(origins) == 1, "the map stays where it is"


@pytest.mark.parametrize("name", ["cube", "cube_pool", "cube_hollow", "clip"])
def test_the_window_moves_exactly_through_a_volume(name: str) -> None:
    moving = build_slide(model(name), slide(name).row.name, many=True)
    frames = conv_picture(moving, animate=True).groups("step")
    assert [group.frame for group in frames] == [(number, len(frames)) for number in range(len(frames))]
    assert len(frames) == moving.count or moving.count > MOST_STEPS >= len(frames)
    layout = lay_out_slices(moving)
    places = set[tuple[float, float]]()
    for group in frames:
        unit = tuple(map(int, group.data["unit"].split()))
        taps = taps_of(moving.row, unit)
        for at, one in slices_of(group, "input").items():
            sheet, window, grid = layout.given.sheet(at), part(one, "window"), part(one, "grid")
            assert grid is not None
            places.add((round(grid.box.left - sheet.left, 6), round(grid.box.top, 6)))
            assert (window is not None) == (all(taps) and at in taps[0])
            if window is not None:
                hull = sheet.hull((taps[1][0], taps[1][-1]), (taps[2][0], taps[2][-1]))
                assert window.box.left - grid.box.left == pytest.approx(hull.left - sheet.left, abs=1e-6)
                assert window.box.bottom - grid.box.top == pytest.approx(hull.bottom - sheet.top, abs=1e-6)
    assert len(places) == 1, "the slices stay where they are"


@pytest.mark.parametrize("name", [*MOVING, "cube"])
def test_one_frame_is_shown_at_a_time(name: str) -> None:
    text = str(render(model(name), style="conv", layer=slide(name).row.name, animate=True))
    root = ElementTree.fromstring(text)
    frames = [element for element in root.iter() if "frame" in (element.get("class") or "").split()]
    steps = [[child for child in element if child.tag.endswith("animate")] for element in frames]
    count = len(frames)
    for number, (element, (change,)) in enumerate(zip(frames, steps, strict=True)):
        assert (element.get("visibility") == "hidden") == (number > 0)
        assert change.get("dur") == f"{count}s"
        shown, times = change.get("values", "").split(";"), [float(at) for at in change.get("keyTimes", "").split(";")]
        assert times[0] == 0
        assert times == sorted(times)
        for at in range(count):
            middle = (at + 0.5) / count
            assert shown[sum(time <= middle for time in times) - 1] == ("visible" if at == number else "hidden")
    assert text.count("prefers-reduced-motion") == text.count("@media print") == 1
    assert "<script" not in text
    assert str(render(model(name), style="conv", layer=slide(name).row.name, animate=True)) == text


def test_a_moving_picture_stands_still_on_paper() -> None:
    resvg = pytest.importorskip("resvg_py")
    image = pytest.importorskip("PIL.Image")
    text = str(render(model("valid"), style="conv", layer="conv2d_1", animate=True, dark=False))
    still = re.sub(
        r'<g [^>]*class="frame" visibility="hidden">.*?(?=<g [^>]*class="frame"|<g [^>]*data-kind="caption")',
        "",
        text,
        flags=re.DOTALL,
    )
    assert still.count("<animate") == 1
    drawn = [image.open(BytesIO(bytes(resvg.svg_to_bytes(svg_string=one)))).tobytes() for one in (text, still)]
    assert drawn[0] == drawn[1]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"style": "graph", "animate": True}, "only --style conv moves, and only as SVG"),
        ({"style": "conv", "animate": True, "format": "png"}, "only --style conv moves, and only as SVG"),
        ({"style": "conv", "animate": True, "at": (0, 0)}, "one unit does not move"),
        ({"style": "maps", "format": "html"}, "maps is a picture, not a page"),
        ({"style": "conv", "format": "html", "width": "84mm"}, "a page takes the width of its window"),
    ],
)
def test_what_does_not_move_says_so(options: dict[str, object], message: str) -> None:
    with pytest.raises(RenderError) as caught:
        render(report("lenet5"), **options)  # type: ignore[arg-type]
    assert str(caught.value).startswith(message)
    assert caught.value.help
