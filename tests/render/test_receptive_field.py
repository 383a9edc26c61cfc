"""The receptive-field style: figures of the report, and fields at the arithmetically exact place on every map."""

from __future__ import annotations

import re
from functools import cache
from itertools import combinations, pairwise
from math import prod

import pytest

from cnnspec.analysis.check import check_source
from cnnspec.analysis.explain.top_down import Top
from cnnspec.diagnostics import Source
from cnnspec.render.display import Box, Group, Path, Picture, Point, Polygon, Text
from cnnspec.render.errors import RenderError
from cnnspec.render.receptive_field.draw import receptive_field_picture
from cnnspec.render.receptive_field.pyramid import MOST_MAPS, Pyramid, build_pyramid
from cnnspec.render.receptive_field.wording import ending, show_share
from cnnspec.render.render import render
from cnnspec.resources import library_root
from support.drawn_networks import SPECS, report, reports_of

#: Networks, the layer of the unit, and its position.
CASES = {
    "lenet5": ("lenet5", None, None),
    "lenet5_corner": ("lenet5", "conv2d_2", (0, 7)),
    "mnist_cnn": ("mnist_cnn", None, None),
    "alexnet": ("alexnet", None, None),
    "resnet18": ("resnet18", None, None),
    "resnet18_corner": ("resnet18", "last/relu_2", (0, 6)),
    "inception": ("inception", None, None),
    "deep_unet": ("deep_unet", None, None),
    "pyramid": ("pyramid", "o1", (3, 30)),
    "gates": ("gates", None, None),
    "repeats": ("repeats", None, None),
    "densenet": ("densenet", None, None),
    "signal_1d": ("signal_1d", None, None),
    "signal_1d_end": ("signal_1d", "last", (56,)),
    "volume_3d": ("volume_3d", None, None),
    "c3d": ("c3d", None, None),
}
ODD = {
    "crooked": """
  input 9x30x2
  Conv2D(3, 3x5, strides=(1, 2), padding=same)
  MaxPool2D(3x3, strides=2, padding=1)
  Conv2D(3, 2x2, dilation_rate=2)
""",
    "gaps": """
  input 20x20x1
  Conv2D(2, 2x2, strides=3)
  UpSampling2D(2)
  Conv2D(2, 3x3, padding=same)
""",
    "only_padding": """
  input 5x5x1
  Conv2D(2, 1x1, padding=2)
  Conv2D(2, 3x3, strides=3)
""",
    "pointwise": """
  input 6x6x3
  Conv2D(2, 1x1) -> ReLU -> BatchNorm
""",
}


@cache
def source(name: str) -> str:
    if name in ODD:
        return f"model M {{{ODD[name]}}}\n"
    return SPECS[name] if name in SPECS else (library_root() / f"{name}.cnn").read_text(encoding="utf-8")


@cache
def pyramid(case: str) -> Pyramid:
    name, layer, unit = CASES.get(case, (case, None, None))
    return build_pyramid(reports_of(source(name))[0], layer, unit)


@cache
def top(case: str) -> Top:
    """The same unit, through the tables of ``explain --fields``."""
    checked = check_source(Source("test.cnn", source(CASES.get(case, (case,))[0])))
    drawn = pyramid(case)
    found = Top.of(checked.resolution.models[0], checked.report.models[0], drawn.layer.index, drawn.unit)
    assert found is not None
    return found


@cache
def picture(case: str) -> Picture:
    return receptive_field_picture([pyramid(case)])


ALL = (*CASES, *ODD)


@pytest.mark.parametrize("case", ALL)
def test_sizes_are_those_of_the_table_from_the_top_down(case: str) -> None:
    levels = top(case).by_index
    checked = 0
    for floor in pyramid(case).floors:
        level = levels.get(floor.row.index)
        if level is not None and level.field is not None:
            checked += 1
            for axis, reach in enumerate(floor.reaches):
                sizes = level.field.sizes[axis] if level.field.sizes else (level.field.size[axis],)
                assert reach.size in sizes
    assert checked >= 2


@pytest.mark.parametrize("case", ALL)
def test_what_is_filled_is_what_the_unit_reads(case: str) -> None:
    for floor in pyramid(case).floors:
        read = top(case).read.get(floor.row.index)
        assert tuple(reach.read for reach in floor.reaches) == (read or (None,) * len(floor.reaches))
        for reach in floor.reaches:
            if reach.read is not None:
                assert max(reach.first, 0) <= reach.read[0] <= reach.read[1] <= min(reach.last, reach.extent - 1)


@pytest.mark.parametrize("case", ALL)
def test_every_layer_below_the_unit_is_in_one_step_or_beside(case: str) -> None:
    drawn = pyramid(case)
    members = [row.index for floor in drawn.floors for row in floor.between]
    assert len(members) == len(set(members))
    assert set(members) < top(case).above
    assert len(members) + 1 + drawn.beside == len(top(case).above)
    assert len(drawn.floors) <= MOST_MAPS
    assert members == sorted(members, reverse=True)


def test_the_lecture_compares_two_networks() -> None:
    both = receptive_field_picture([pyramid("mnist_cnn"), build_pyramid(report("mnist_cnn_without_pooling"))])
    words = texts(both)
    assert "18×18 = 324 of 784 (41.3%)" in words
    assert "7×7 = 49 of 784 (6.25%)" in words
    assert [word for word in words if "→" in word] == [
        "1×1 → 3×3", "3×3 → 6×6", "6×6 → 8×8", "8×8 → 16×16", "16×16 → 18×18", "1×1 → 3×3", "3×3 → 5×5", "5×5 → 7×7",
    ]  # fmt: skip
    inputs = [polygon(group, "map") for group in both.groups("floor") if group.layer == "input"]
    assert inputs[0].box.top == pytest.approx(inputs[1].box.top, abs=1e-6)
    assert inputs[0].box.width == pytest.approx(inputs[1].box.width, abs=1e-6)


@pytest.mark.parametrize("case", ["lenet5", "mnist_cnn", "alexnet", "signal_1d", "volume_3d", "crooked"])
def test_the_share_is_the_reports(case: str) -> None:
    drawn = pyramid(case)
    assert drawn.layer.coverage is not None
    assert ending(drawn).endswith(f"({show_share(drawn.layer.coverage)})")
    assert drawn.input.size == drawn.layer.field.size  # type: ignore[union-attr]


def test_a_field_larger_than_its_input_says_so() -> None:
    assert ending(pyramid("resnet18")) == "435×435 = 189,225, more than 50,176 (100%)"


def test_a_unit_at_the_border_says_what_it_reads() -> None:
    words = texts(picture("resnet18_corner"))
    read = [last - first + 1 for first, last in top("resnet18_corner").read[0]]
    assert any(f"reads {read[0]}×{read[1]} = {prod(read):,} of 50,176 pixels." in word for word in words)


def texts(drawn: Picture) -> list[str]:
    return [item.text for item, _ in drawn.walk() if isinstance(item, Text)]


def polygon(group: Group, part: str) -> Polygon:
    return next(item for item in group.items if isinstance(item, Polygon) and item.key.endswith(f".{part}"))


def has(group: Group, part: str) -> bool:
    return any(not isinstance(item, (Group, Text)) and item.key.endswith(f".{part}") for item in group.items)


def assert_near(points: tuple[Point, ...], expected: list[Point]) -> None:
    for (x, y), (u, v) in zip(points, expected, strict=True):
        assert x == pytest.approx(u, abs=1e-6)
        assert y == pytest.approx(v, abs=1e-6)


def places(group: Group, extents: tuple[int, ...], stretches: list[tuple[int, int]]) -> list[Point]:
    """Where positions lie on a plane, from nothing but the corners of its map, its extents and the positions."""
    (left, top), (right, _), _, (near, bottom) = polygon(group, "map").points
    rows, columns = ((1, *extents)[-2:], ((0, 0), *stretches)[-2:])
    (r0, r1), (c0, c1) = columns
    return [
        (left + u / rows[1] * (right - left) + v / rows[0] * (near - left), top + v / rows[0] * (bottom - top))
        for u, v in ((c0, r0), (c1 + 1, r0), (c1 + 1, r1 + 1), (c0, r1 + 1))
    ]


@pytest.mark.parametrize("case", [case for case in ALL if case not in ("volume_3d", "c3d")])
def test_fields_lie_where_the_arithmetic_says(case: str) -> None:
    groups = {group.layer: group for group in picture(case).groups("floor")}
    for floor in pyramid(case).floors:
        group = groups[floor.row.path.partition("/")[2]]
        seen = [(reach.first, reach.last) for reach in floor.reaches]
        read = [reach.read for reach in floor.reaches if reach.read is not None]
        assert has(group, "window") == bool(read)
        if read:
            assert_near(polygon(group, "window").points, places(group, floor.extents, read))
        assert has(group, "field") == (seen != read)
        if seen != read:
            assert_near(polygon(group, "field").points, places(group, floor.extents, seen))
            assert polygon(group, "field").paint.dash
        outside = any(reach.first < 0 or reach.last >= reach.extent for reach in floor.reaches)
        assert has(group, "padding") == outside


@pytest.mark.parametrize("case", ["lenet5", "alexnet", "resnet18", "signal_1d", "crooked"])
def test_maps_stand_above_the_pixels_that_they_speak_of(case: str) -> None:
    drawn = pyramid(case)
    groups = {group.layer: group for group in picture(case).groups("floor")}
    ground = polygon(groups["input"], "map").points
    scale = (ground[1][0] - ground[0][0]) / drawn.input.extents[-1]
    for floor in drawn.floors[:-1]:
        field = floor.row.field
        assert field is not None
        points = polygon(groups[floor.row.path.partition("/")[2]], "map").points
        pitch = (points[1][0] - points[0][0]) / floor.extents[-1]
        assert pitch == pytest.approx(float(field.jump[-1]) * scale, abs=1e-6)
        if len(floor.extents) == 1:
            start = field.start[-1]
            assert start is not None
            assert points[0][0] + pitch / 2 == pytest.approx(ground[0][0] + (start + field.size[-1] / 2) * scale, abs=1e-6)


def test_causal_maps_stand_above_their_input() -> None:
    text = "model M {\n  input 40x1\n  Conv1D(2, 9, padding=causal)\n}\n"
    drawn = receptive_field_picture([build_pyramid(reports_of(text)[0])])
    upper, lower = (polygon(group, "map").box for group in drawn.groups("floor"))
    assert upper.left == pytest.approx(lower.left, abs=1e-6)
    assert upper.right == pytest.approx(lower.right, abs=1e-6)


def outline(group: Group) -> tuple[Point, ...]:
    """The corners of all that is seen of a map."""
    return polygon(group, "field" if has(group, "field") else "window").points


@pytest.mark.parametrize("case", ALL)
def test_cones_join_the_corners_of_fields(case: str) -> None:
    for panel in picture(case).groups("panel"):
        floors = {item.layer: item for item in panel.items if isinstance(item, Group) and item.kind == "floor"}
        cones = [item for item in panel.items if isinstance(item, Group) and item.kind == "cone"]
        assert len(cones) == len(floors) - 1
        for cone in cones:
            rays = cone.items[0]
            assert isinstance(rays, Path)
            ends = [points[0] for _, points in rays.steps]
            assert tuple(ends[::2]) == outline(floors[cone.layer])
            assert tuple(ends[1::2]) == outline(floors[cone.data["to"]])


def collisions(drawn: Picture) -> list[str]:
    """Texts on texts or planes, planes on planes of one pyramid, and anything out of the picture."""
    words = [item for item, _ in drawn.walk() if isinstance(item, Text)]
    planes = [item for group in drawn.groups("floor") for item in group.items if isinstance(item, Polygon)]
    found = [f"{a.text} / {b.text}" for a, b in combinations(words, 2) if a.box.overlaps(b.box, 0.5)]
    found += [f"{word.text} on {plane.key}" for word in words for plane in planes if word.box.overlaps(plane.box)]
    for panel in drawn.groups("panel"):
        floors = [item for item in panel.items if isinstance(item, Group) and item.kind == "floor"]
        bounds = [(hull(upper), hull(lower)) for lower, upper in pairwise(floors)]
        found += [f"plane at {upper.top}" for upper, lower in bounds if upper.bottom > lower.top - 1]
    items = [item for item, _ in drawn.walk() if not isinstance(item, Group)]
    return found + [str(item) for item in items if not drawn.box.contains(item.box)]


def hull(group: Group) -> Box:
    boxes = [item.box for item in group.items if isinstance(item, Polygon)]
    return Box(*(min(getattr(b, side) for b in boxes) for side in ("left", "top")),
               *(max(getattr(b, side) for b in boxes) for side in ("right", "bottom")))  # fmt: skip


@pytest.mark.parametrize("case", ALL)
def test_nothing_collides(case: str) -> None:
    assert collisions(picture(case)) == []


def test_nothing_collides_side_by_side() -> None:
    pairs = [("mnist_cnn", "resnet18"), ("lenet5", "signal_1d"), ("c3d", "alexnet")]
    for one, other in pairs:
        assert collisions(receptive_field_picture([pyramid(one), pyramid(other)])) == []


def test_the_judge_of_collisions_can_fail() -> None:
    drawn = picture("lenet5")
    plane = hull(drawn.groups("floor")[0])
    stray = Group("note", "note", "", "", (Text(*plane.centre, "in the way"), Text(*plane.centre, "twice")))
    found = collisions(Picture("x", drawn.width, drawn.height / 2, "", "", (*drawn.items, stray)))
    assert any("in the way / twice" in one for one in found)
    assert any("in the way on" in one for one in found)
    assert any("input" in one for one in found)


def test_three_axes_are_drawn_in_the_pairs_that_differ() -> None:
    assert [text for text in texts(picture("volume_3d")) if "any two axes" in text]
    assert len(picture("volume_3d").groups("panel")) == 1
    panels = picture("c3d").groups("panel")
    assert [panel.title.partition("· ")[2] for panel in panels] == ["height × width", "depth × width, depth × height"]


@pytest.mark.parametrize("case", ["resnet18", "inception", "deep_unet", "densenet", "c3d"])
def test_what_makes_a_map_is_not_cut(case: str) -> None:
    rows = picture(case).groups("row")
    whats = [[item.text for item in row.items if isinstance(item, Text)][1] for row in rows]
    assert all(re.fullmatch(r"[^…]+( … \d+ layers)?", what) for what in whats)


def test_windows_are_written_where_there_are_some() -> None:
    text = """model M {
  input 20x20x1
  ZeroPad2D(2) -> Conv2D(2, 3x1, strides=(2, 1)) -> UpSampling2D(2) -> AdaptiveAvgPool2D([6, 7]) -> Conv2D(2, 1x1, strides=2)
}
"""
    rows = receptive_field_picture([build_pyramid(reports_of(text)[0])]).groups("row")
    assert [[item.text for item in row.items if isinstance(item, Text)][1] for row in rows] == [
        "Conv2D 1×1, stride 2", "AdaptiveAvgPool2D 6×7", "UpSampling2D 2×2", "Conv2D 3×1, stride 2×1", "ZeroPad2D", "20×20×1",
    ]  # fmt: skip


def test_long_chains_leave_out_maps_and_count_their_layers() -> None:
    drawn = pyramid("densenet")
    words = texts(picture("densenet"))
    shown = [int(word.split("… ")[1].split()[0]) for word in words if "… " in word and word.endswith("layers")]
    assert sum(shown) == sum(len(floor.between) for floor in drawn.floors if len(floor.between) > 1)
    assert sum(len(floor.between) for floor in drawn.floors) + drawn.beside + 1 == len(top("densenet").above)


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("lenet5", {"layer": "conv2d_9"}, "LeNet5 has no layer conv2d_9; did you mean conv2d_2?"),
        ("lenet5", {"at": (4, 0)}, "last is 4×4×16 and has no unit at 4,0; positions: 0 to 3, 0 to 3"),
        ("lenet5", {"layer": "dense_1"}, "units of dense_1 see the whole input by construction; name a layer before it"),
        ("lenet5", {"layer": "input"}, "input is an input: its units see themselves"),
        ("resnet18", {"layer": "conv2d_1", "direction": "LR"}, "a pyramid stands on its input"),
        ("mlp", {}, "no unit of MLP sees a part of its input"),
        ("unet", {}, "a field is drawn to scale, but"),
        ("wrong", {"layer": "max_pool2d_1"}, "the size of conv2d_2 is unknown because of an error"),
        ("lenet5", {"layer": ("last", "last")}, "last is one layer too many"),
        ("lenet5", {"at": (1, 1), "compare": "mnist_cnn"}, "a position is one of a single layer"),
        ("lenet5", {"style": "graph", "at": (1, 1)}, "graph draws the whole network, not one unit"),
    ],
)
def test_what_cannot_be_drawn_is_refused_with_a_way_out(name: str, options: dict[str, object], message: str) -> None:
    given = {"style": "receptive-field", **options}
    if "compare" in given:
        given["compare"] = report(str(given["compare"]))
    with pytest.raises(RenderError) as caught:
        render(report(name), **given)  # type: ignore[arg-type]
    assert str(caught.value).startswith(message)
    assert caught.value.help


def test_maps_with_other_axes_than_the_input_are_refused() -> None:
    text = "model M {\n  input 8x8x1\n  Conv2D(2, 3x3) -> Reshape([36, 2]) -> Conv1D(2, 3)\n}\n"
    with pytest.raises(RenderError, match=r"conv1d_1 has other axes than input.*name a layer before it"):
        render(reports_of(text)[0], style="receptive-field")


def test_the_way_down_leads_to_the_input_that_is_measured() -> None:
    text = """model M {
  input a: 16x16x1
  input b: 16x16x1
  far = b -> Conv2D(2, 7x7, padding=same) -> Conv2D(2, 7x7, padding=same)
  near = a -> Conv2D(2, 3x3, padding=same)
  [far, near] -> Add
}
"""
    floors = build_pyramid(reports_of(text)[0], "add_1").floors
    assert [floor.row.name for floor in floors] == ["near", "a"]
    assert floors[-1].size == (3, 3)


def test_too_many_layers_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cnnspec.render.receptive_field.pyramid.MOST_STEPS", 5)
    with pytest.raises(RenderError, match="too many layers lie below last to measure each"):
        render(report("lenet5"), style="receptive-field")


@pytest.mark.parametrize(
    ("share", "shown"),
    [
        (324 / 784, "41.3%"),
        (1 / 16, "6.25%"),
        (1.0, "100%"),
        (0.99999, ">99.9%"),
        (0.9994, "99.9%"),
        (0.00001, "<0.01%"),
        (0.25, "25%"),
    ],
)
def test_shares_have_three_figures(share: float, shown: str) -> None:
    assert show_share(share) == shown


def test_a_name_that_fits_several_layers_is_refused() -> None:
    with pytest.raises(RenderError, match=r"conv2d_2 could be .*write more of its path"):
        render(reports_of(source("repeats"))[0], style="receptive-field", layer="conv2d_2")
