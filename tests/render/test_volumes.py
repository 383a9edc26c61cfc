"""The volumes style: numbers, prisms at the exact place, every layer in one solid, and nothing that collides."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from functools import cache
from itertools import combinations, pairwise
from random import Random

import pytest

from cnnspec import api
from cnnspec.analysis.report import ModelReport
from cnnspec.render.display import Box, Group, Path, Picture, Point, Polygon, Text
from cnnspec.render.errors import RenderError
from cnnspec.render.flow.arrange import STRETCH, split_rows
from cnnspec.render.flow.draw import LONGEST
from cnnspec.render.graph.view import Edge, every_view
from cnnspec.render.maps.draw import maps_picture
from cnnspec.render.render import render
from cnnspec.render.volumes.draw import draw_view, volumes_picture
from cnnspec.resources import library_root
from support.drawn_networks import ALL, report, reports_of
from support.papers import paper
from support.picture_judges import JUDGES, body, shapes_outside
from support.picture_judges import cards as solids

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
    "wide": "  input 10x90x3\n  Conv2D(4, 3x3) -> Conv2D(4, 3x3) -> MaxPool2D\n",
    "decoder": """
  input 8
  Dense(48) -> Reshape([4, 4, 3])
  Conv2DTranspose(4, 4x4, strides=2, padding=same)
  UpSampling2D(2)
  Conv2D(1, 1x1, activation=sigmoid)
""",
    "grouped": """
  input 20x20x6
  Conv2D(12, 3x3, groups=3) -> MaxPool2D
  Conv2D(24, 3x3, groups=3)
  Conv2D(64, 3x3, groups=2)
  Flatten -> Dense(4)
""",
    "cardinal": "  input 20x20x64\n  Conv2D(64, 3x3, groups=32) -> DepthwiseConv2D(3x3)\n",
    "kinds": """
  input 16x16x8
  DepthwiseConv2D(3x3, padding=same) -> SeparableConv2D(8, 3x3, padding=same)
  Conv2DTranspose(6, 2x2, strides=2) -> UpSampling2D -> ZeroPad2D(1) -> Crop2D(2)
""",
    "tiny": "  input 7x7x512\n  Conv2D(2048, 3x3, padding=same) -> Conv2D(16, 7x7)\n  Flatten -> Dense(10)\n",
    "causal": """
  input 50x2
  Conv1D(4, 9, padding=causal, dilation_rate=2)
  MaxPool1D(3)
  GlobalAvgPool1D
""",
}
SIZES = {"unet": (128, 128, 1)}
DRAWN = [*(name for name in ALL if name != "wrong"), *ODD]


#: Figures of papers, drawn from the library.
LARGE = {"vgg": "VGG16", "resnet": "ResNet50", "googlenet": "GoogLeNet", "densenet": "DenseNet121", "unet_2015": "UNet2015"}


@cache
def large(name: str) -> ModelReport:
    text = (library_root() / f"{name}.cnn").read_text(encoding="utf-8")
    return next(found for found in reports_of(text) if found.name == LARGE[name])


def model(name: str) -> ModelReport:
    if name in SIZES:
        return api.load_path(str(library_root() / f"{name}.cnn"), input=SIZES[name]).report.models[0]
    return reports_of(f"model M {{\n{ODD[name]}}}\n")[0] if name in ODD else report(name)


def drawn(name: str) -> bool:
    return all(row.output_shape is not None and row.output_shape.known for row in model(name).rows)


KNOWN = [name for name in DRAWN if name in SIZES or drawn(name)]


def pictures(name: str) -> list[Picture]:
    """A picture of every level of collapse."""
    found = [draw_view(view) for view in every_view(model(name))]
    return [picture for picture in found if len(solids(picture)) <= 60]


def texts(group: Group) -> list[Text]:
    return [item for item in group.items if isinstance(item, Text)]


def test_most_networks_are_drawn() -> None:
    assert len(KNOWN) >= 24
    assert {"resnet18", "unet", "volume_3d", "signal_1d", "alexnet", "densenet"} <= set(KNOWN)


# Numbers


def sizes_written(group: Group) -> list[int]:
    """The numbers on the edges: channels of each lane, then height and width."""
    return [int(text.text) for text in texts(group) if not text.bold and re.fullmatch(r"\d+", text.text)]


@pytest.mark.parametrize("name", KNOWN)
def test_numbers_are_those_of_the_report(name: str) -> None:
    rows = {row.path.partition("/")[2]: row for row in model(name).rows}
    for group in pictures(name)[-1].groups("volume"):
        shown = group.data["shape"]
        row = rows[group.layer]
        assert str(row.output_shape) == shown
        lanes, form, dims = int(group.data["lanes"]), group.data["form"], [int(n) for n in shown.split("×")]
        written = sizes_written(group)
        if form == "cubes":
            assert sorted(written) == sorted(dims[:3])
            channels = f"{dims[3]:,} channel{'' if dims[3] == 1 else 's'}"
            assert channels in " ".join(text.text for text in texts(group))
        else:
            assert written[:lanes] == [dims[-1] // lanes] * lanes
            assert written[lanes:] == dims[:-1]


@pytest.mark.parametrize("name", KNOWN)
def test_every_layer_is_in_exactly_one_solid_at_every_level(name: str) -> None:
    rows = model(name).rows
    for picture in pictures(name):
        members = [int(group.data["members"]) for group in solids(picture)]
        assert sum(members) == len(rows)
        assert sum(int(group.data["parameters"]) for group in solids(picture)) == sum(row.params for row in rows)


@pytest.mark.parametrize("name", KNOWN)
def test_every_connection_is_a_line_or_a_window(name: str) -> None:
    for picture in pictures(name):
        paths = {group.layer for group in solids(picture)}
        made = {group.layer for kind in ("edge", "window") for group in picture.groups(kind)}
        inputs = {row.path.partition("/")[2] for row in model(name).rows if row.is_input}
        turned = {group.data["into"] for group in picture.groups("turn")}
        assert paths - inputs <= made | turned


# Windows


def axes_of(name: str, path: str):
    row = next(row for row in model(name).rows if row.path.partition("/")[2] == path)
    assert row.facts is not None
    return row.facts.window


def fronts(group: Group) -> list[tuple[Point, ...]]:
    """The fronts of its cuboids (the last of nested cubes), from left top around."""
    found = [item.points for item in group.items if isinstance(item, Polygon) and item.key.endswith(".front")]
    return found[-1:] if group.data["form"] == "cubes" else found


def uppers(group: Group) -> list[tuple[Point, ...]]:
    found = [item.points for item in group.items if isinstance(item, Polygon) and item.key.endswith(".top")]
    return found[-1:] if group.data["form"] == "cubes" else found


def corner(group: Group, lane: int, along: float, down: float, back: float) -> Point:
    """A point of a cuboid, from nothing but the corners of its drawn faces."""
    left_top, right_top, _, left_bottom = fronts(group)[lane]
    behind = uppers(group)[lane][1]
    return (
        left_top[0] + along * (right_top[0] - left_top[0]) + back * (behind[0] - left_top[0]),
        left_top[1] + down * (left_bottom[1] - left_top[1]) + back * (behind[1] - left_top[1]),
    )


@pytest.mark.parametrize("name", [name for name in KNOWN if name not in ("nested", "tangle", "single", "mlp", "gates")])
def test_prisms_are_where_the_arithmetic_says(name: str) -> None:
    picture = pictures(name)[-1]
    groups = {group.layer: group for group in solids(picture)}
    seen = 0
    for window in picture.groups("window"):
        source, target = groups[window.data["from"]], groups[window.layer]
        before = [int(n) for n in source.data["shape"].split("×")]
        cell = [int(part) for part in window.data["cell"].split()]
        spans = []
        for axis, at, n in zip(axes_of(name, window.layer), cell, before, strict=False):
            low, high = axis.reads(at, at)
            spans.append((low / n, (high + 1) / n))
        prisms = next(item for item in window.items if isinstance(item, Path) and item.key.endswith(".prism"))
        points = [p for _, points in prisms.steps for p in points]
        for number, (lane, channels) in enumerate(read_channels(window)):
            sides = {1: (channels, spans[0], (0, 1)), 2: (channels, *spans), 3: tuple(spans)}
            along, down, back = sides[len(spans)]
            ends = [
                corner(source, lane, a, v, z)
                for a in along
                for v, z in ((down[0], back[0]), (down[0], back[1]), (down[1], back[1]), (down[1], back[0]))
            ]
            mine = points[16 * number : 16 * number + 16]
            for found, wanted in zip(mine, ends, strict=False):
                assert found == pytest.approx(wanted, abs=1e-6)
            seen += 1
        assert target.data["shape"]
    assert seen


def read_channels(window: Group) -> list[tuple[int, tuple[float, float]]]:
    """Per prism, its lane and the channels that it reads as shares of the lane."""
    found = []
    for part in window.data["channels"].split():
        lane, low, high, count = map(int, re.split("[:/-]", part))
        found.append((lane, (low / count, high / count)))
    return found


@pytest.mark.parametrize(
    ("name", "path", "channels"),
    [
        ("alexnet", "conv1", "0:0-3/3"),
        ("alexnet", "conv2", "0:0-48/48 1:0-48/48"),
        ("alexnet", "conv3", "0:0-128/128 1:0-128/128"),
        ("alexnet", "max_pool2d_1", "0:47-48/48 1:47-48/48"),
        ("cardinal", "conv2d_1", "0:62-64/64"),
        ("cardinal", "depthwise_conv2d_1", "0:63-64/64"),
        ("grouped", "conv2d_3", "0:0-8/8 1:0-4/8 1:4-8/8 2:0-8/8"),
        ("decoder", "conv2d_1", "0:0-4/4"),
        ("kinds", "depthwise_conv2d_1", "0:7-8/8"),
        ("kinds", "separable_conv2d_1", "0:0-8/8"),
        ("kinds", "conv2d_transpose_1", "0:0-8/8"),
        ("kinds", "up_sampling2d_1", "0:5-6/6"),
        ("kinds", "zero_pad2d_1", "0:5-6/6"),
    ],
)
def test_a_prism_is_as_deep_as_a_unit_reads(name: str, path: str, channels: str) -> None:
    windows = {group.layer: group for group in volumes_picture(model(name)).groups("window")}
    assert windows[path].data["channels"] == channels


def test_rays_go_from_the_prism_to_the_middle_of_the_unit() -> None:
    window = volumes_picture(model("lenet5")).groups("window")[0]
    prism, rays, unit = window.items
    assert isinstance(prism, Path)
    assert isinstance(rays, Path)
    assert isinstance(unit, Polygon)
    starts = [points[0] for letter, points in rays.steps if letter == "M"]
    near = [points[0] for _, points in prism.steps if points][4:8]
    assert starts == near
    (tip,) = {points[0] for letter, points in rays.steps if letter == "L"}
    assert tip == pytest.approx((sum(x for x, _ in unit.points) / 4, sum(y for _, y in unit.points) / 4))


# Geometry


@pytest.mark.parametrize("name", KNOWN)
def test_nothing_collides(name: str) -> None:
    for picture in pictures(name):
        for judge in JUDGES:
            assert judge(picture) == []


@pytest.mark.parametrize("longest", [357.0, 740.0])
@pytest.mark.parametrize("name", ["lenet5", "alexnet", "resnet18", "volume_3d", "inception", "repeats"])
def test_nothing_collides_on_a_narrow_page(name: str, longest: float) -> None:
    for judge in JUDGES:
        assert judge(volumes_picture(model(name), longest=longest)) == []


@pytest.mark.parametrize("name", LARGE)
def test_figures_of_papers_are_readable(name: str) -> None:
    picture = volumes_picture(large(name))
    assert 5 <= len(solids(picture)) <= 25
    assert picture.width < 1.7 * LONGEST
    for judge in JUDGES:
        assert judge(picture) == []
    members = [int(group.data["members"]) for group in solids(picture)]
    assert sum(members) == len(large(name).rows)


@pytest.mark.parametrize("name", LARGE)
def test_figures_of_papers_opened_in_full(name: str) -> None:
    picture = volumes_picture(large(name), expand="all")
    assert sum(int(group.data["parameters"]) for group in solids(picture)) == large(name).totals.params
    assert shapes_outside(picture) == []
    if len(solids(picture)) < 80:
        for judge in JUDGES:
            assert judge(picture) == []


# Rows, lanes, forms


def rows_of(picture: Picture) -> int:
    return len(picture.groups("turn")) + 1


def test_long_networks_are_wrapped_and_short_ones_are_not() -> None:
    assert rows_of(volumes_picture(model("lenet5"))) == 1
    assert rows_of(volumes_picture(model("densenet"))) > 1
    assert rows_of(volumes_picture(model("lenet5"), longest=357)) > 1
    for name in ("densenet", "resnet18", "alexnet"):
        assert volumes_picture(model(name)).width < 1.7 * LONGEST


def test_rows_are_as_few_and_as_even_as_can_be() -> None:
    chain = [Edge(at, at + 1) for at in range(9)]
    assert split_rows([10.0] * 10, chain, [], 1000, 0) == [0]
    assert split_rows([10.0] * 10, chain, [], 60, 0) == [0, 5]
    assert split_rows([10.0] * 10, chain, [], 40, 0) == [0, 4, 7]
    skip = [*chain, Edge(3, 8)]
    assert all(not 4 < start <= 8 for start in split_rows([10.0] * 10, skip, [], 60, 0))


def raggedness(lengths: Sequence[float], starts: Sequence[int], gap: float) -> tuple[int, float]:
    """How many rows a chain has, and the sum of their squared lengths."""
    rows = [sum(lengths[first:end]) + gap * (end - first - 1) for first, end in pairwise([*starts, len(lengths)])]
    return len(rows), sum(row * row for row in rows)


@pytest.mark.parametrize("seed", range(30))
def test_no_other_rows_of_a_chain_are_fewer_or_evener(seed: int) -> None:
    random = Random(seed)
    count, gap = random.randint(2, 10), random.choice([0.0, 8.0])
    lengths = [random.uniform(5, 60) for _ in range(count)]
    limit = random.uniform(60, 160)
    found = split_rows(lengths, [Edge(at, at + 1) for at in range(count - 1)], [], limit, gap)
    every = [[0, *more] for number in range(count) for more in combinations(range(1, count), number)]
    fitting = [
        starts for starts in every if all(sum(lengths[a:b]) + gap * (b - a - 1) <= limit for a, b in pairwise([*starts, count]))
    ]
    best = min(raggedness(lengths, starts, gap) for starts in fitting)
    total = sum(lengths) + gap * (count - 1)
    if found == [0] and total > limit:  # one row for all, a little too long, rather than a short end
        assert total <= STRETCH * limit
    else:
        assert found in fitting
        assert raggedness(lengths, found, gap) == pytest.approx(best)


def row_lengths(picture: Picture) -> list[float]:
    """How far what stands in each row reaches, a turn leading to the next."""
    cards = [(group.layer, body(group)) for group in solids(picture)]
    firsts = {turn.data["into"] for turn in picture.groups("turn")}
    rows: list[Box] = []
    for path, box in cards:
        rows = [*rows, box] if not rows or path in firsts else [*rows[:-1], rows[-1].union(box)]
    return [row.width for row in rows]


@pytest.mark.parametrize("draw", [maps_picture, volumes_picture])
def test_no_row_of_vgg_is_nearly_empty(draw: Callable[[ModelReport], Picture]) -> None:
    picture = draw(paper("VGG-16"))
    lengths = row_lengths(picture)
    assert len(lengths) == rows_of(picture) > 1
    assert min(lengths) > 0.5 * max(lengths)


def test_a_row_begins_where_a_single_value_crosses() -> None:
    picture = volumes_picture(model("deep_unet"), expand="all")
    assert rows_of(picture) == 1  # a skip from the first stage to the last cannot be cut


def test_groups_are_lanes_on_both_sides_of_pooling() -> None:
    lanes = {group.layer: group.data["lanes"] for group in volumes_picture(model("alexnet")).groups("volume")}
    assert [name for name, count in lanes.items() if count == "2"] == [
        "conv1", "max_pool2d_1", "conv2", "max_pool2d_2", "conv3", "conv4", "conv5", "last",
    ]  # fmt: skip


def test_forms_follow_the_spatial_axes() -> None:
    assert {g.data["form"] for g in volumes_picture(model("signal_1d")).groups("volume")} == {"ribbon", "slab"}
    assert {g.data["form"] for g in volumes_picture(model("volume_3d")).groups("volume")} == {"cubes", "slab"}
    assert {g.data["form"] for g in volumes_picture(model("mlp")).groups("volume")} >= {"slab"}


def test_more_channels_are_deeper_and_larger_maps_larger() -> None:
    groups = {group.layer: group for group in volumes_picture(model("mnist_cnn")).groups("volume")}
    maps = [group for group in groups.values() if group.data["form"] == "volume"]
    sized = sorted((int(g.data["shape"].split("×")[-1]), fronts(g)[0][1][0] - fronts(g)[0][0][0]) for g in maps)
    assert [depth for _, depth in sized] == sorted(depth for _, depth in sized)


def test_unknown_sizes_and_errors_are_named() -> None:
    unknown = reports_of("model M {\n  input ?x?x1\n  Conv2D(2, 3x3)\n}\n")[0]
    with pytest.raises(RenderError, match=r"input is h×w×1; give the input's size, as in --input"):
        render(unknown, style="volumes")
    with pytest.raises(RenderError, match="that of conv2d_2 is unknown because of an error"):
        render(report("wrong"), style="volumes")
    with pytest.raises(RenderError, match="volumes always reads from left to right"):
        render(report("lenet5"), style="volumes", direction="LR")


def test_size_and_time() -> None:
    text = str(render(report("lenet5"), style="volumes"))
    assert len(text.encode()) < 20_000

    def fastest(drawn: ModelReport) -> float:
        times = []
        for _ in range(3):
            start = time.perf_counter()
            render(drawn, style="volumes")
            times.append(time.perf_counter() - start)
        return min(times)

    assert fastest(report("lenet5")) < 0.05
    assert fastest(large("resnet")) < 0.5


def test_a_thousand_layers_take_rows_in_linear_time() -> None:
    chain = [Edge(at, at + 1) for at in range(19_999)]
    start = time.perf_counter()
    rows = split_rows([10.0] * 20_000, chain, [], 1000, 10)
    assert time.perf_counter() - start < 3
    assert {after - before for before, after in pairwise(rows)} == {50}
