"""The im2col style: matrices of the report's sizes, and the patch that is the column."""

from __future__ import annotations

import re
from functools import cache
from itertools import combinations

import pytest

from cnnspec.analysis.report import ModelReport
from cnnspec.render.display import Group, Path, Picture, Rectangle, Text
from cnnspec.render.errors import RenderError
from cnnspec.render.im2col.draw import Product, build_product, im2col_picture
from cnnspec.render.render import render
from support.drawn_networks import report, reports_of

ODD = {
    "same": "input 10x10x3\n  Conv2D(8, 3x3, strides=2, padding=same)",
    "dilated": "input 13x12x3\n  Conv2D(8, 3x3, dilation_rate=2)",
    "groups": "input 8x8x4\n  Conv2D(8, 3x3, groups=2)",
    "depthwise": "input 8x8x4\n  DepthwiseConv2D(3x3)",
    "column": "input 9x3x1\n  Conv2D(1, 3x3)",
    "single": "input 3x3x1\n  Conv2D(1, 3x3)",
    "pointwise": "input 20x20x64\n  Conv2D(32, 1x1)",
    "causal": "input 9x3\n  Conv1D(8, 3, dilation_rate=2, padding=causal)",
    "huge": "input 60x62x3\n  Conv2D(8, 31x31, strides=9, padding=2)",
}
CUBES = {
    "cube": "input 5x6x7x2\n  Conv3D(3, 3x3x3)",
    "cube_groups": "input 4x5x6x4\n  Conv3D(4, 2x2x2, groups=2)",
    "clip": "input 16x112x112x3\n  Conv3D(64, 3x3x3, padding=same)",
}
FLAT = [*ODD, "lenet5", "alexnet", "mnist_cnn", "resnet18", "signal_1d", "lenet5_1998"]
VOLUMES = [*CUBES, "volume_3d"]
ALL = [*FLAT, *VOLUMES]


def model(name: str) -> ModelReport:
    text = {**ODD, **CUBES}.get(name)
    return reports_of(f"model M {{\n  {text}\n}}\n")[0] if text is not None else report(name)


@cache
def product(name: str) -> Product:
    return build_product(model(name))


@cache
def picture(name: str) -> Picture:
    return im2col_picture(product(name))


def texts(drawn: Picture) -> list[str]:
    return [item.text for item, _ in drawn.walk() if isinstance(item, Text)]


def matrices(name: str) -> dict[str, tuple[int, int]]:
    return {
        group.key.rpartition(".")[2]: (int(group.data["rows"]), int(group.data["columns"]))
        for group in picture(name).groups("matrix")
    }


@pytest.mark.parametrize("name", ALL)
def test_sizes_are_those_of_the_report(name: str) -> None:
    row = product(name).slide.row
    assert row.im2col is not None
    assert row.output_shape is not None
    values, positions = row.im2col
    filters = int(row.output_shape.channels) // getattr(row.layer, "groups", 1)  # type: ignore[arg-type]
    filters = 1 if name == "depthwise" else filters
    found = matrices(name)
    assert found["X_col"] == (values, positions)
    assert found["W_row"] == (filters, values)
    assert found["W_row·X_col"] == (filters, positions)
    assert any(f"{filters:,}×{values:,} times {values:,}×{positions:,} gives" in line for line in texts(picture(name)))
    assert any(line.endswith(f"reshaped to {row.output_shape}") for line in texts(picture(name)))


def test_the_paper_reads_as_in_the_lecture() -> None:
    words = texts(picture("alexnet"))
    assert "One patch, one column: 11·11·3 = 363 values under the window" in words
    assert "One column for each position: 55·55 = 3,025" in words
    assert "96×363 times 363×3,025 gives 96×3,025, reshaped to 55×55×96" in words
    assert "1,098,075 values in patches, 154,587 in the input: about 7.1 times as many" in words


def test_groups_are_multiplied_apart() -> None:
    words = texts(picture("groups"))
    assert "In each of 2 groups 4×18 times 18×36 gives 4×36" in words
    assert "All groups together: 8×36, reshaped to 6×6×8" in words
    values = 2 * 18 * 36
    assert f"{values:,} values in patches, 256 in the input: about {values / 256:.1f} times as many" in words


def shape(name: str, key: str) -> Rectangle | Path:
    return next(item for item, _ in picture(name).walk() if isinstance(item, (Rectangle, Path)) and item.key.endswith(f".{key}"))


@pytest.mark.parametrize("name", ALL)
def test_rows_and_columns_of_the_product_line_up(name: str) -> None:
    patches, weights, unit = (shape(name, f"{matrix}.window").box for matrix in ("X_col", "W_row", "W_row·X_col"))
    assert (unit.left, unit.right) == pytest.approx((patches.left, patches.right), abs=1e-6)
    assert (unit.top, unit.bottom) == pytest.approx((weights.top, weights.bottom), abs=1e-6)
    assert unit.width == pytest.approx(unit.height, abs=1e-6)
    whole = shape(name, "X_col.map").box
    assert (patches.top, patches.bottom) == pytest.approx((whole.top, whole.bottom), abs=1e-6)


@pytest.mark.parametrize("name", VOLUMES)
def test_all_slices_of_a_patch_lead_to_its_column(name: str) -> None:
    shown = product(name)
    assert shown.unit == (0, 0, 1)
    assert shown.column == 1
    shapes = [item for item, _ in picture(name).walk() if isinstance(item, Rectangle)]
    windows = [item for item in shapes if re.search(r"slice-?\d+\.window$", item.key)]
    rays, column = shape(name, "rays"), shape(name, "X_col.window").box
    assert isinstance(rays, Path)
    starts = [points[0] for letter, points in rays.steps if letter == "M"]
    assert len(windows) == shown.kernel[0] == len(starts) - 2
    for window, start in zip(windows, starts, strict=False):
        assert start == pytest.approx((window.box.centre[0], window.box.bottom), abs=1e-6)
    assert rays.steps[-1][1][0] == pytest.approx((column.centre[0], column.bottom), abs=1e-6)


def test_another_unit_of_a_volume_is_another_column() -> None:
    shown = build_product(model("cube"), None, (2, 1, 3))
    assert shown.column == (2 * 4 + 1) * 5 + 3
    assert collisions(im2col_picture(shown)) == []


@pytest.mark.parametrize("name", FLAT)
def test_the_column_is_that_of_the_unit(name: str) -> None:
    shown = product(name)
    unit, tracks = shown.unit, shown.slide.tracks
    number = unit[0] if len(unit) == 1 else unit[0] * tracks[1].outputs + unit[1]
    assert shown.column == number
    assert picture(name).groups("patch")[0].data["column"] == str(number)
    window = next(
        item for item, _ in picture(name).walk() if isinstance(item, Rectangle) and item.title.startswith(shown.slide.path)
    )
    rays = shape(name, "rays")
    assert isinstance(rays, Path)
    ends = [points[0] for _, points in rays.steps]
    column = shape(name, "X_col.window").box
    assert ends[0] == pytest.approx((window.box.right, window.box.top), abs=1e-6)
    assert ends[2] == pytest.approx((window.box.right, window.box.bottom), abs=1e-6)
    assert ends[1] == pytest.approx((column.left, column.top), abs=1e-6)
    assert ends[3] == pytest.approx((column.left, column.bottom), abs=1e-6)


def test_another_unit_is_another_column() -> None:
    shown = build_product(report("lenet5"), "conv2d_1", (3, 7))
    assert shown.column == 3 * 24 + 7
    assert collisions(im2col_picture(shown)) == []


def collisions(drawn: Picture) -> list[str]:
    """Texts on texts, texts on cells or crossed by rays, matrices on matrices, and anything out of the picture."""
    words = [item for item, _ in drawn.walk() if isinstance(item, Text)]
    found = [f"{a.text} / {b.text}" for a, b in combinations(words, 2) if a.box.overlaps(b.box, 0.3)]
    shapes = [item for item, _ in drawn.walk() if isinstance(item, (Path, Rectangle))]
    sheets = [item.box for item in shapes if item.key.endswith(("map", "padding"))]
    found += [f"{word.text} on cells" for word in words for box in sheets if word.box.overlaps(box)]
    rays = [line for item in shapes if isinstance(item, Path) and item.key.endswith("rays") for line in item.segments()]
    found += [f"{word.text} under a ray" for word in words for line in rays if word.box.meets_segment(*line)]
    maps = [item for item in shapes if item.key.endswith("map")]
    found += [f"{a.key} / {b.key}" for a, b in combinations(maps, 2) if a.box.overlaps(b.box)]
    items = [item for item, _ in drawn.walk() if not isinstance(item, Group)]
    return found + [str(item) for item in items if not drawn.box.contains(item.box)]


@pytest.mark.parametrize("name", ALL)
def test_nothing_collides(name: str) -> None:
    assert collisions(picture(name)) == []


def test_the_judge_of_collisions_can_fail() -> None:
    drawn = picture("same")
    place = shape("same", "X_col.marked").box.centre
    stray = Group("note", "note", "", "", (Text(*place, "in the way"), Text(*place, "twice")))
    found = collisions(Picture("x", drawn.width, drawn.height / 2, "", "", (*drawn.items, stray)))
    assert any("in the way / twice" in one for one in found)
    assert any("in the way on cells" in one for one in found)


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("lenet5", {"layer": "max_pool2d_1"}, "max_pool2d_1 (MaxPool2D) is no product of one kernel with patches"),
        ("lenet5", {"layer": "dense_1"}, "dense_1 (Dense) is no product of one kernel with patches"),
        ("deep_unet", {"layer": "u3"}, "u3 (Conv2DTranspose) is no product of one kernel with patches"),
        ("lenet5", {"at": (24, 0)}, "conv2d_1 is 24×24×6 and has no unit at 24,0"),
        ("lenet5", {"direction": "LR"}, "im2col draws one layer"),
        ("mlp", {}, "no layer of MLP is a kernel times patches"),
        ("unet", {}, "positions are counted, but e1 reads or makes h×w×1; give --input"),
        ("volume_3d", {"layer": "max_pool3d_1"}, "max_pool3d_1 (MaxPool3D) is no product of one kernel with patches"),
    ],
)
def test_what_cannot_be_drawn_is_refused_with_a_way_out(name: str, options: dict[str, object], message: str) -> None:
    with pytest.raises(RenderError) as caught:
        render(report(name), style="im2col", **options)  # type: ignore[arg-type]
    assert str(caught.value).startswith(message)
    assert caught.value.help
