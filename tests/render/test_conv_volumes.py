"""The conv style along three axes: every slice has its part of the window and of the kernel."""

from __future__ import annotations

import re
from itertools import product

import pytest

from cnnspec.layers.window import Axis, TransposedAxis
from cnnspec.render.conv.draw import conv_picture
from cnnspec.render.display import Path, Text
from cnnspec.render.flow.operations import drawn_axes
from cnnspec.render.render import render
from support.conv_pictures import (
    CUBES,
    PRODUCTS,
    VOLUMES,
    boxes,
    model,
    part,
    slices_of,
    slide,
    steps,
    taps_of,
    texts,
)
from support.geometry import assert_fits
from support.picture_judges import JUDGES


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
