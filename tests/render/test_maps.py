"""The maps style: sheets, labels, and windows at the arithmetically exact place."""

from __future__ import annotations

from itertools import combinations, pairwise

import pytest

from cnnspec.layers.window import AnyAxis
from cnnspec.render.display import Box, Group, Path, Picture, Rectangle, Text
from cnnspec.render.errors import RenderError
from cnnspec.render.maps.draw import maps_picture
from cnnspec.render.maps.stacks import MOST_SHEETS
from cnnspec.render.maps.stages import is_chain, stages_of
from cnnspec.render.maps.windows import shown_cell
from cnnspec.render.render import render
from support.drawn_networks import report, reports_of

CHAINS = ("lenet5", "lenet5_1998", "mnist_cnn", "mnist_cnn_without_pooling", "alexnet", "mlp", "signal_1d")
ODD = {
    "same": """
  input 9x13x2
  Conv2D(3, 3x5, strides=2, padding=same, activation=relu)
  MaxPool2D(3x3, strides=1)
""",
    "dilated": """
  input 30x40x3
  Conv2D(20, 3x3, dilation_rate=3) -> BatchNorm -> ReLU
  AvgPool2D(3x3, strides=2, padding=1)
""",
    "decoder": """
  input 8
  Dense(48) -> Reshape([4, 4, 3])
  Conv2DTranspose(4, 4x4, strides=2, padding=same)
  UpSampling2D(2)
  Conv2D(1, 1x1, activation=sigmoid)
""",
    "ends_flat": """
  input 6x6x1
  Conv2D(70, 6x6)
  Flatten
""",
    "causal": """
  input 50x2
  Conv1D(4, 9, padding=causal, dilation_rate=2)
  MaxPool1D(3)
  GlobalAvgPool1D
""",
}


def pictures() -> list[str]:
    return [*CHAINS, *ODD]


def model(name: str):
    return reports_of(f"model M {{{ODD[name]}}}\n")[0] if name in ODD else report(name)


def sheet(group: Group) -> Box:
    """The front sheet: the last closed outline of the stack."""
    path = next(item for item in group.items if isinstance(item, Path))
    starts = [at for at, (letter, _) in enumerate(path.steps) if letter == "M"]
    points = [point for _, points in path.steps[starts[-1] :] for point in points]
    return Box(min(x for x, _ in points), min(y for _, y in points), max(x for x, _ in points), max(y for _, y in points))


def exact(front: Box, extents: list[int], reads: list[tuple[int, int]]) -> Box:
    """Where positions lie on a sheet, from nothing but the sheet's box, its extents and the positions."""
    if len(extents) == 1:
        extents, reads = [1, *extents], [(0, 0), *reads]
    down, across = front.height / extents[0], front.width / extents[1]
    return Box(
        front.left + reads[1][0] * across,
        front.top + reads[0][0] * down,
        front.left + (reads[1][1] + 1) * across,
        front.top + (reads[0][1] + 1) * down,
    )


def assert_same(box: Box, expected: Box) -> None:
    for side in ("left", "top", "right", "bottom"):
        assert getattr(box, side) == pytest.approx(getattr(expected, side), abs=1e-6)


@pytest.mark.parametrize("name", pictures())
def test_windows_are_where_the_arithmetic_says(name: str) -> None:
    picture = maps_picture(model(name))
    stages = {stage.path: stage for stage in stages_of(model(name))}
    before = {b.path: a for a, b in pairwise(stages.values())}
    groups = {group.layer: group for group in picture.groups("stage")}
    windows = picture.groups("window")
    assert len(windows) == sum(1 for stage in stages.values() if stage.axes and stage.shape.extents)
    for window in windows:
        stage, source = stages[window.layer], before[window.layer]
        axes: tuple[AnyAxis, ...] = stage.axes
        cell = [int(part) for part in window.data["cell"].split()]
        reads = [axis.reads(at, at) for axis, at in zip(axes, cell, strict=True)]
        rays, drawn, target = window.items
        assert isinstance(drawn, Rectangle)
        assert isinstance(target, Rectangle)
        assert_same(drawn.box, exact(sheet(groups[source.path]), [int(n) for n in source.shape.extents], reads))  # type: ignore[arg-type]
        there = [(at, at) for at in cell]
        assert_same(target.box, exact(sheet(groups[stage.path]), [int(n) for n in stage.shape.extents], there))  # type: ignore[arg-type]
        assert isinstance(rays, Path)
        ends = [points[0] for _, points in rays.steps]
        assert ends == [
            (drawn.box.right, drawn.box.top),
            (target.box.left, target.box.top),
            (drawn.box.right, drawn.box.bottom),
            (target.box.left, target.box.bottom),
        ]


def test_lenet_reads_five_by_five_pixels() -> None:
    before, stage = stages_of(report("lenet5"))[:2]
    row, column = shown_cell(stage.axes, before.shape, stage.shape)
    window = maps_picture(report("lenet5")).groups("window")[0]
    assert window.data["reads"] == f"{row}:{row + 4} {column}:{column + 4}"


def test_a_window_inside_the_input_is_chosen_where_there_is_one() -> None:
    for name in CHAINS:
        stages = stages_of(report(name))
        for before, stage in pairwise(stages):
            if stage.axes and stage.shape.extents:
                for axis, at, n in zip(
                    stage.axes, shown_cell(stage.axes, before.shape, stage.shape), before.shape.extents, strict=True
                ):
                    low, high = axis.reads(at, at)
                    assert low >= 0
                    assert high < n  # type: ignore[operator]


def texts(group: Group) -> list[str]:
    return [item.text for item in group.items if isinstance(item, Text)]


def test_labels_as_in_the_figure_of_1998() -> None:
    picture = maps_picture(report("lenet5_1998"))
    above = [texts(group)[:2] for group in picture.groups("stage")]
    assert above == [
        ["INPUT", "32×32"],
        ["C1: feature maps", "6@28×28"],
        ["S2: feature maps", "6@14×14"],
        ["C3: feature maps", "16@10×10"],
        ["S4: feature maps", "16@5×5"],
        ["C5: feature maps", "120@1×1"],
        ["F6: layer", "84"],
        ["OUTPUT", "10"],
    ]
    assert texts(picture.groups("operation")[0]) == ["Convolution 5×5", "tanh", "c1"]


@pytest.mark.parametrize("name", pictures())
def test_numbers_are_those_of_the_report(name: str) -> None:
    rows = {row.path.partition("/")[2]: row for row in model(name).rows}
    for group in maps_picture(model(name)).groups("stage"):
        shape = rows[group.layer].output_shape
        assert shape is not None
        size = texts(group)[1]
        channels, _, extents = size.rpartition("@")
        numbers = [int(part.replace(",", "")) for part in extents.split("×")]
        expected = [int(n) for n in shape.dims]  # type: ignore[arg-type]
        if channels:
            assert [*numbers, int(channels)] == expected
        else:  # a vector, or an input of one channel
            assert numbers in (expected, expected[:-1])
        assert int(group.data["channels"]) == expected[-1]


def test_at_most_sixteen_sheets_and_then_an_ellipsis() -> None:
    for group in maps_picture(report("mnist_cnn")).groups("stage"):
        channels, sheets = int(group.data["channels"]), int(group.data["sheets"])
        path = next(item for item in group.items if isinstance(item, Path))
        assert sum(1 for letter, _ in path.steps if letter == "M") == sheets
        if stage_is_map(group):
            assert sheets == min(channels, MOST_SHEETS)
            assert ("…" in texts(group)) == (channels > MOST_SHEETS)


def stage_is_map(group: Group) -> bool:
    return "×" in texts(group)[1]


def test_larger_maps_are_drawn_larger() -> None:
    sides = [sheet(group).width for group in maps_picture(report("lenet5_1998")).groups("stage")[:6]]
    assert sides == sorted(sides, reverse=True)
    assert sides[0] > 2 * sides[4]


def collisions(picture: Picture) -> list[str]:
    """Texts on texts, texts on sheets, sheets on sheets, and anything out of the picture."""
    words = [item for item, _ in picture.walk() if isinstance(item, Text) and item.text != "…"]
    stacks = [next(item for item in group.items if isinstance(item, Path)) for group in picture.groups("stage")]
    found = [f"{a.text} / {b.text}" for a, b in combinations(words, 2) if a.box.overlaps(b.box, 1)]
    found += [f"{text.text} on {path.key}" for text in words for path in stacks if text.box.overlaps(path.box)]
    found += [f"{a.key} on {b.key}" for a, b in combinations(stacks, 2) if a.box.overlaps(b.box)]
    items = [item for item, _ in picture.walk() if not isinstance(item, Group)]
    return found + [str(item) for item in items if not picture.box.contains(item.box)]


@pytest.mark.parametrize("name", pictures())
def test_nothing_collides(name: str) -> None:
    assert collisions(maps_picture(model(name))) == []


def test_the_judge_of_collisions_can_fail() -> None:
    picture = maps_picture(report("lenet5"))
    text = Text(40, 100, "in the way of everything that is drawn here")
    stray = Group("note", "note", "", "", (text,))
    assert collisions(Picture("x", picture.width, picture.height, "", "", (*picture.items, stray)))


def test_what_is_no_chain_stands_in_rows() -> None:
    assert not any(is_chain(report(name)) for name in ("resnet18", "siamese"))
    branches = maps_picture(report("siamese"))
    assert [group.layer for group in branches.groups("merge")] == ["subtract_1"]
    assert [group.layer for group in branches.groups("edge")].count("subtract_1") == 2
    assert maps_picture(report("resnet18")).groups("block")
    assert not maps_picture(report("resnet18"), expand="all").groups("block")


def test_a_chain_that_is_too_long_stands_in_rows() -> None:
    whole = maps_picture(report("alexnet"))
    rows = maps_picture(report("alexnet"), longest=500.0)
    assert rows.width < 520 < whole.width
    assert not whole.groups("turn")
    assert rows.groups("turn")
    sizes = [{text for group in picture.groups("stage") for text in texts(group) if "@" in text} for picture in (whole, rows)]
    assert sizes[0] == sizes[1]


def test_volumes_are_cubes() -> None:
    picture = maps_picture(report("volume_3d"))
    assert [texts(group)[:2] for group in picture.groups("stage")[:2]] == [["INPUT", "32×32×32"], ["C1: volumes", "8@30×30×30"]]
    fronts = [item for item in picture.groups("stage")[1].items if getattr(item, "key", "").endswith(".front")]
    assert len(fronts) == 8


def test_unknown_sizes_and_errors_are_named() -> None:
    unknown = reports_of("model M {\n  input ?x?x1\n  Conv2D(2, 3x3)\n}\n")[0]
    with pytest.raises(RenderError, match=r"input is h×w×1; give the input's size, as in --input"):
        render(unknown, style="maps")
    with pytest.raises(RenderError, match="that of conv2d_2 is unknown because of an error"):
        render(report("wrong"), style="maps")
