"""The conv style that moves: one step at a time, each where its taps are, and still on paper."""

from __future__ import annotations

import re
from io import BytesIO
from xml.etree import ElementTree

import pytest

from cnnspec.render.conv.draw import conv_picture
from cnnspec.render.conv.pair import lay_out_pair
from cnnspec.render.conv.slices import lay_out_slices
from cnnspec.render.conv.steps import MOST_STEPS, build_slide
from cnnspec.render.display import Text
from cnnspec.render.errors import RenderError
from cnnspec.render.render import render
from support.conv_pictures import (
    model,
    part,
    slices_of,
    slide,
    taps_of,
)
from support.drawn_networks import report

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
