"""The page's stepper: its sums are NumPy's, its tables show what the window touches, every control does what it says."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import cnnspec
from cnnspec.analysis.report import ModelReport, Row
from cnnspec.render.conv.steps import slide_of
from cnnspec.render.errors import RenderError
from cnnspec.render.page.conv_model import conv_model, stepper_of
from cnnspec.render.page.parts import asset
from cnnspec.render.render import render
from cnnspec.resources import library_root
from support.browser import Opened, browser, open_page
from support.drawn_networks import reports_of

__all__ = ["browser", "open_page"]

Open = Callable[..., Opened]
LAYERS = {
    "valid": "input 9x11x1\n  Conv2D(2, 3x3)",
    "dilated": "input 13x12x3\n  Conv2D(3, 3x3, dilation_rate=2)",
    "same": "input 10x10x3\n  Conv2D(4, 3x3, strides=2, padding=same)",
    "crooked": "input 9x10x2\n  Conv2D(3, 3x5, strides=(1, 2), padding=[[1, 0], [0, 3]])",
    "gaps": "input 11x11x1\n  Conv2D(3, 2x2, strides=4)",
    "groups": "input 8x8x4\n  Conv2D(8, 3x3, groups=2)",
    "chosen": "input 8x8x3\n  Conv2D(2, 3x3, connections=[[0, 2], [1]])",
    "lecture": "input 6x6x1\n  Conv2D(1, 3x3)",
    "depthwise": "input 8x8x4\n  DepthwiseConv2D(3x3, padding=same, depth_multiplier=2)",
    "filter": "input 8x8x3\n  Filter2D(sobel_x)",
    "blur": "input 7x7x1\n  Filter2D(gaussian_blur)",
    "pool": "input 11x11x3\n  MaxPool2D",
    "lecture_pool": "input 4x4x1\n  MaxPool2D",
    "pool_same": "input 7x7x2\n  MaxPool2D(3x3, strides=2, padding=same)",
    "ceil": "input 8x8x2\n  MaxPool2D(3x3, strides=2, ceil_mode=true)",
    "average": "input 8x8x4\n  AvgPool2D(3x3, strides=2, padding=same)",
    "shared_out": "input 7x7x2\n  AdaptiveAvgPool2D(3)",
    "subsampling": "input 8x8x4\n  Subsampling2D",
    "transposed": "input 5x5x3\n  Conv2DTranspose(2, 3x3, strides=2, padding=same)",
    "hollow": "input 4x4x1\n  Conv2DTranspose(2, 2x2, strides=3)",
    "spread_dilated": "input 5x4x2\n  Conv2DTranspose(2, 3x2, dilation_rate=2)",
    "causal": "input 9x3\n  Conv1D(2, 3, dilation_rate=2, padding=causal)",
    "sequence": "input 12x2\n  AvgPool1D(3, strides=2)",
    "spread_sequence": "input 6x2\n  Conv1DTranspose(3, 4, strides=2)",
    "cube": "input 4x5x6x2\n  Conv3D(3, 2x3x3)",
    "cube_same": "input 4x5x5x2\n  Conv3D(2, 3x3x3, strides=2, padding=same)",
    "cube_dilated": "input 5x4x7x1\n  Conv3D(2, (2, 1, 3), dilation_rate=(2, 1, 3), padding=(1, 0, 1))",
    "cube_groups": "input 3x4x4x4\n  Conv3D(4, 2x2x2, groups=2)",
    "cube_pool": "input 4x6x6x3\n  MaxPool3D(1x2x2)",
    "cube_mean": "input 5x5x4x2\n  AvgPool3D(3, strides=2, padding=same)",
    "cube_shared_out": "input 7x5x4x2\n  AdaptiveAvgPool3D(3)",
    "cube_spread": "input 2x3x3x2\n  Conv3DTranspose(2, 3x3x3, strides=2)",
}
#: The input, the kernel and all values of a layer, as the page has them.
VALUES = """
spec => {
  const {product, input, weight, reads, value} = page.conv(spec), {range} = page.fields;
  const places = extents => product(extents.map(n => range(0, n - 1)));
  const channels = range(0, spec.c - 1), filters = range(0, spec.f - 1);
  return {
    x: places(spec.n).map(place => channels.map(c => input(place, c))),
    w: spec.weighs ? places(spec.kernels).map(tap => channels.map(c => filters.map(f => reads(f).includes(c) ? weight(tap, c, f) : 0))) : [],
    out: places(spec.out).map(unit => filters.map(f => value(unit, f, Infinity))),
  };
}
"""  # noqa: E501 - one line of a script


def model(name: str) -> ModelReport:
    return reports_of(f"model M {{\n  {LAYERS[name]}\n}}\n")[0]


def computed(report: ModelReport, found: dict[str, Any]) -> Any:
    """What NumPy makes of the page's input with the page's kernel; biases are 0."""
    np = pytest.importorskip("numpy")
    from cnnspec.backends.numpy_reference import forward

    row = report.rows[1]
    assert row.facts is not None
    assert row.input_shapes[0] is not None
    x = np.array(found["x"], dtype=float).reshape(1, *row.input_shapes[0].dims)
    weights = {f"{row.name}/{param.name}": _array(np, row, param, found) for param in row.facts.params}
    return forward(report.network, weights, x)[row.name][0]


def _array(np: Any, row: Row, param: Any, found: dict[str, Any]) -> Any:
    """An array of the layer in Keras's layout; the page has (taps, input channels, output channels)."""
    if param.role == "bias":
        return np.zeros(param.shape)
    if param.name == "coefficient":
        return np.full(param.shape, 1 / 4)
    w = np.array(found["w"], dtype=float)
    _, given, made = w.shape
    layer: Any = row.layer
    if "Transpose" in row.kind:
        w = w.swapaxes(1, 2)
    elif row.kind.startswith("Depthwise"):
        multiplier = made // given
        w = np.stack([w[:, c, c * multiplier : (c + 1) * multiplier] for c in range(given)], axis=1)
    elif layer.groups > 1:
        width, filters = given // layer.groups, made // layer.groups
        parts = [w[:, g * width : (g + 1) * width, g * filters : (g + 1) * filters] for g in range(layer.groups)]
        w = np.concatenate(parts, axis=2)
    return w.reshape(param.shape)


@pytest.fixture
def arithmetic(open_page: Open) -> Opened:
    """An empty page with the scripts that compute."""
    scripts = asset("fields.js") + asset("conv.js")
    return open_page(f"<!DOCTYPE html><title>conv</title><script>const page = {{}};{scripts}</script>")


def test_every_sum_is_that_of_numpy(arithmetic: Opened) -> None:
    np = pytest.importorskip("numpy")
    for name in LAYERS:
        report = model(name)
        spec = stepper_of(report.rows[1])
        assert spec is not None, name
        found = arithmetic.page.evaluate(VALUES, spec)
        expected = computed(report, found)
        assert np.abs(np.array(found["out"]).reshape(expected.shape) - expected).max() < 1e-9, name
        assert np.ptp(expected) > 0, name
    arithmetic.check()


def test_the_lectures_image_gives_the_lectures_numbers(arithmetic: Opened) -> None:
    report = model("lecture")
    both = conv_model(report)
    ask = """({spec, kernel}) => { const layer = page.conv(spec);
      kernel.forEach((row, i) => row.forEach((w, j) => layer.change(`w${i},${j},0,0`, w)));
      return [0, 1, 2, 3].map(i => [0, 1, 2, 3].map(j => layer.value([i, j], 0))); }"""
    answers = [
        arithmetic.page.evaluate(ask, {"spec": both["layers"]["1"], "kernel": both["kernels"][k]}) for k in ("diagonal", "column")
    ]
    assert answers[0] == [[3, -1, -3, -1], [-3, 1, 0, -3], [-3, -3, 0, 1], [3, -2, -2, -1]]
    assert answers[1] == [[-1, -1, -1, -1], [-1, -1, -2, 1], [-1, -1, -2, 1], [-1, 0, -4, 3]]


def test_windows_are_the_taps_of_the_facts(arithmetic: Opened) -> None:
    for name in LAYERS:
        row = model(name).rows[1]
        spec = stepper_of(row)
        assert spec is not None
        for axis, track in zip(spec["axes"], slide_of(row).tracks, strict=True):
            taps = arithmetic.page.evaluate(
                "([axis, n]) => page.fields.range(0, n - 1).map(u => page.fields.taps(axis, u))", [axis, track.outputs]
            )
            assert taps == [list(track.axis.taps(unit)) for unit in range(track.outputs)], name


def test_layers_without_a_window_have_no_steps() -> None:
    for layer in ("ReLU", "Flatten", "GlobalAvgPool2D", "Conv2D(2, 3x3, padding=1, padding_mode=reflect)", "UpSampling2D"):
        assert stepper_of(reports_of(f"model M {{\n  input 8x8x2\n  {layer}\n}}\n")[0].rows[1]) is None


def open_steps(open_page: Open, tmp_path: Path, text: str, layer: str, **options: Any) -> Opened:
    file = tmp_path / "steps.cnn"
    file.write_text(f"model M {{\n  {text}\n}}\n", encoding="utf-8")
    opened = open_page(str(cnnspec.load(file).render(style="html")), hash=f"#{layer}", **options)
    opened.page.get_by_role("tab", name="Step by step").click()
    return opened


def part(opened: Opened, name: str) -> Any:
    return opened.page.locator(f".panel:visible [name={name}]")


def said(opened: Opened) -> str:
    return part(opened, "say").inner_text()


def wait_for(opened: Opened, name: str, text: str) -> None:
    from playwright.sync_api import expect

    expect(part(opened, name)).to_contain_text(text, timeout=20_000)


def cells(opened: Opened, map_: str, role: str) -> list[str]:
    """The positions of a table that have a role."""
    found = opened.page.locator(f".panel:visible [data-map={map_}] td.{role}")
    return [found.nth(at).get_attribute("data-at") for at in range(found.count())]


def test_steps_go_on_and_back_and_say_their_sum(open_page: Open, tmp_path: Path) -> None:
    opened = open_steps(open_page, tmp_path, LAYERS["lecture"], "conv2d_1")
    part(opened, "kernel").select_option("diagonal")
    assert said(opened) == "Unit 0,0: 1·1 + 0·(−1) + 0·(−1) + 0·(−1) + 1·1 + 0·(−1) + 0·(−1) + 0·(−1) + 1·1 = 3."
    assert cells(opened, "input", "read") == [f"{r},{c}" for r in range(3) for c in range(3)]
    part(opened, "step").click()
    assert said(opened).startswith("Unit 0,1: ")
    assert cells(opened, "input", "read") == [f"{r},{c}" for r in range(3) for c in range(1, 4)]
    assert cells(opened, "output", "unit") == ["0,1"]
    assert cells(opened, "output", "made") == ["0,0"]
    assert part(opened, "count").inner_text() == "Step 2 of 16"
    part(opened, "back").click()
    assert said(opened).startswith("Unit 0,0: ")
    part(opened, "slider").fill("15")
    assert said(opened).endswith("= −1.")
    assert part(opened, "say").get_attribute("aria-live") == "polite"
    opened.check()


def test_keys_step_and_play(open_page: Open, tmp_path: Path) -> None:
    opened = open_steps(open_page, tmp_path, LAYERS["lecture"], "conv2d_1")
    part(opened, "stage").focus()
    for key, unit in (("ArrowRight", "0,1"), ("ArrowDown", "1,1"), ("ArrowLeft", "1,0"), ("ArrowUp", "0,0"), ("ArrowUp", "0,0")):
        opened.page.keyboard.press(key)
        assert said(opened).startswith(f"Unit {unit}: ")
    opened.page.keyboard.press(" ")
    assert part(opened, "play").inner_text() == "Pause"
    wait_for(opened, "count", "Step 2 of 16")
    opened.page.keyboard.press(" ")
    assert part(opened, "play").inner_text() == "Play"
    opened.check()


@pytest.mark.parametrize(
    ("name", "asked", "shown"),
    [
        ("filter", "999", 7),
        ("filter", "-3", 0),
        ("filter", "4294967299", 7),
        ("filter", "5", 5),
        ("channel", "9", 2),
        ("channel", "-1", 0),
    ],
)
def test_channels_that_do_not_exist_are_not_shown(open_page: Open, tmp_path: Path, name: str, asked: str, shown: int) -> None:
    opened = open_steps(open_page, tmp_path, "input 6x6x3\n  Conv2D(8, 3x3)", "conv2d_1")
    part(opened, name).fill("1")
    part(opened, name).fill(asked)
    assert part(opened, name).input_value() == str(shown)
    assert (part(opened, name).get_attribute("min"), part(opened, name).get_attribute("max")) == (
        ("0", "7") if name == "filter" else ("0", "2")
    )
    sentence = said(opened)
    part(opened, name).fill(str(shown))
    assert said(opened) == sentence
    opened.check()


def test_an_empty_field_is_filled_again(open_page: Open, tmp_path: Path) -> None:
    opened = open_steps(open_page, tmp_path, "input 6x6x3\n  Conv2D(8, 3x3)", "conv2d_1")
    part(opened, "filter").fill("5")
    sentence = said(opened)
    part(opened, "filter").fill("")
    assert said(opened) == sentence
    part(opened, "filter").blur()
    assert part(opened, "filter").input_value() == "5"
    opened.check()


def test_channels_that_a_filter_does_not_read_are_passed_over(open_page: Open, tmp_path: Path) -> None:
    opened = open_steps(open_page, tmp_path, LAYERS["chosen"], "conv2d_1")
    for key, shown in (("ArrowUp", "2"), ("ArrowUp", "2"), ("ArrowDown", "0")):
        part(opened, "channel").press(key)
        assert part(opened, "channel").input_value() == shown
    part(opened, "filter").fill("1")
    assert part(opened, "channel").input_value() == "1"
    opened.check()


def test_who_wants_no_motion_is_offered_none(open_page: Open, tmp_path: Path) -> None:
    opened = open_steps(open_page, tmp_path, LAYERS["lecture"], "conv2d_1", still=True)
    assert part(opened, "play").is_hidden()
    assert part(opened, "step").is_visible()


def test_numbers_can_be_changed(open_page: Open, tmp_path: Path) -> None:
    opened = open_steps(open_page, tmp_path, LAYERS["lecture_pool"], "max_pool2d_1")
    assert said(opened) == "Unit 0,0: max(8, 7, 12, 9) = 12."
    cell = opened.page.locator(".panel:visible [data-map=input] [data-at='1,1']")
    cell.fill("−20")
    cell.press("Enter")
    wait_for(opened, "say", "−20")
    assert said(opened) == "Unit 0,0: max(8, 7, 12, −20) = 12."
    cell = opened.page.locator(".panel:visible [data-map=input] [data-at='1,1']")
    cell.fill("20")
    cell.press("Enter")
    wait_for(opened, "say", "= 20")
    part(opened, "next").click()
    assert "12, 9" not in said(opened)
    opened.check()


def test_padding_is_hatched_and_gaps_stay_free(open_page: Open, tmp_path: Path) -> None:
    opened = open_steps(open_page, tmp_path, "input 3x3x1\n  Conv2D(1, 3x3, padding=same, dilation_rate=2)", "conv2d_1")
    assert cells(opened, "input", "read") == [f"{r},{c}" for r in (-2, 0, 2) for c in (-2, 0, 2)]
    assert len(cells(opened, "input", "pad")) == 7 * 7 - 3 * 3
    opened.check()


def test_a_large_map_says_which_part_is_shown(open_page: Open, tmp_path: Path) -> None:
    opened = open_steps(open_page, tmp_path, "input 224x224x3\n  Conv2D(64, 3x3, padding=same)", "conv2d_1")
    caption = opened.page.locator(".panel:visible [data-map=input] caption").inner_text()
    assert caption == "input, rows −1 to 5 of −1 to 224, columns −1 to 5 of −1 to 224"
    part(opened, "slider").fill(str(224 * 224 - 1))
    caption = opened.page.locator(".panel:visible [data-map=input] caption").inner_text()
    assert caption == "input, rows 218 to 224 of −1 to 224, columns 218 to 224 of −1 to 224"
    assert re.fullmatch(r"Unit 223,223: channel 0: .*; channel 1: .*; channel 2: .*; together −?\d+\.", said(opened))
    opened.check()


def captions(opened: Opened) -> list[str]:
    return list(opened.page.locator(".panel:visible caption").all_inner_texts())


def test_a_volume_is_shown_slice_by_slice(open_page: Open, tmp_path: Path) -> None:
    """Input 4x5x5, kernel 3, stride 2: same adds one slice at the end and a row and a column on every side."""
    opened = open_steps(open_page, tmp_path, LAYERS["cube_same"], "conv3d_1")
    assert captions(opened) == ["input, slice 0", "kernel, slice 0", "output, slice 0"]
    assert cells(opened, "input", "read") == [f"0,{r},{c}" for r in range(-1, 2) for c in range(-1, 2)]
    assert cells(opened, "output", "unit") == ["0,0,0"]
    part(opened, "slice").fill("9")
    assert part(opened, "slice").input_value() == "2"
    assert captions(opened) == ["input, slice 2", "kernel, slice 2", "output, slice 0"]
    found = re.fullmatch(r"Unit 0,0,0: channel 0: (.+) slice by slice = (\S+); channel 1: .* together .*", said(opened))
    assert found is not None
    parts = [int(number.strip("()").replace("−", "-")) for number in found[1].split(" + ")]
    assert len(parts) == 3
    assert sum(parts) == int(found[2].replace("−", "-"))
    part(opened, "stage").focus()
    opened.page.keyboard.press("PageDown")
    assert said(opened).startswith("Unit 1,0,0: ")
    assert captions(opened) == ["input, slice 4", "kernel, slice 2", "output, slice 1"]
    assert len(cells(opened, "input", "pad")) == 7 * 7
    assert len(cells(opened, "output", "unit")) == 1
    opened.page.keyboard.press("PageUp")
    assert said(opened).startswith("Unit 0,0,0: ")
    opened.check()


def test_a_number_of_a_slice_can_be_changed(open_page: Open, tmp_path: Path) -> None:
    opened = open_steps(open_page, tmp_path, "input 2x2x2x1\n  MaxPool3D", "max_pool3d_1")
    part(opened, "slice").fill("1")
    cell = opened.page.locator(".panel:visible [data-map=input] [data-at='1,0,1']")
    cell.fill("77")
    cell.press("Enter")
    wait_for(opened, "say", "= 77.")
    opened.check()


def test_layers_along_fewer_axes_have_no_slices(open_page: Open, tmp_path: Path) -> None:
    opened = open_steps(open_page, tmp_path, LAYERS["lecture"], "conv2d_1")
    assert part(opened, "slice").is_hidden()
    assert not any("slice" in caption for caption in captions(opened))


def test_a_transposed_kernel_spreads(open_page: Open, tmp_path: Path) -> None:
    opened = open_steps(open_page, tmp_path, "input 3x3x1\n  Conv2DTranspose(1, 3x3, strides=2)", "conv2d_transpose_1")
    part(opened, "step").click()
    assert cells(opened, "input", "unit") == ["0,1"]
    assert cells(opened, "output", "read") == [f"{r},{c}" for r in range(3) for c in range(2, 5)]
    assert "times the kernel is added" in said(opened)
    opened.check()


@pytest.mark.parametrize("name", ["alexnet", "lenet5_1998", "signal_1d", "mobilenet_v1", "c3d"])
def test_every_step_of_the_library_draws(name: str, open_page: Open) -> None:
    opened = open_page(str(cnnspec.load(library_root() / f"{name}.cnn").render(style="html")))
    layers = list(opened.page.evaluate("Object.keys(page.model.panels.conv.layers).map(Number)"))
    for layer in layers[:: max(len(layers) // 5, 1)]:
        opened.page.evaluate("at => page.select(at)", layer)
        opened.page.get_by_role("tab", name="Step by step").click()
        last = int(part(opened, "slider").get_attribute("max"))
        for step in (0, last // 2, last):
            part(opened, "slider").fill(str(step))
            assert part(opened, "count").inner_text() == f"Step {step + 1:,} of {last + 1:,}"
            assert "NaN" not in said(opened)
            assert "undefined" not in said(opened)
    opened.check()


def test_one_layer_is_a_page_of_its_own(open_page: Open) -> None:
    spec = cnnspec.load(library_root() / "alexnet.cnn")
    text = str(spec.render(style="conv", format="html", layer="conv1", at=(1, 2)))
    assert text == str(spec.render(style="conv", format="html", layer="conv1", at=(1, 2)))
    opened = open_page(text, dark=True)
    page = opened.page
    assert page.locator("h1").inner_text() == "conv1 of AlexNet, step by step"
    assert page.locator("[name=count]").inner_text() == "Step 58 of 3,025"
    page.locator("[name=step]").click()
    assert page.locator("[name=say]").inner_text().startswith("Unit 1,3: channel 0: ")
    assert "⌊(227 + 2·0 − 11)/4⌋ + 1 = 55" in page.locator("main").inner_text()
    opened.check()


def test_a_window_that_is_not_shown_step_by_step_is_refused() -> None:
    report = reports_of("model M {\n  input 8x8x2\n  UpSampling2D\n  Conv2DTranspose(1, 2)\n}\n")[0]
    with pytest.raises(RenderError, match="is not shown step by step"):
        render(report, style="conv", format="html", layer="up_sampling2d_1")
    with pytest.raises(RenderError, match="from input to input"):
        render(report, style="conv", format="html", layer="conv2d_transpose_1", at=(0, 0))


def test_the_bytes_are_the_same_under_every_hash_seed() -> None:
    """Of the page of a network with gates and groups, of a page of one layer, and of a picture that moves."""
    program = (
        "import hashlib, cnnspec\n"
        "from cnnspec.resources import library_root\n"
        "alexnet, senet = (cnnspec.load(library_root() / f'{name}.cnn') for name in ('alexnet', 'attention_resnet'))\n"
        "from cnnspec.render.page.fields_model import fields_model\n"
        "from cnnspec.render.page.conv_model import conv_model\n"
        "parts = [repr(fields_model(senet.model())), repr(conv_model(alexnet.model()))]\n"
        "parts += [alexnet.render(style='conv', format='html'), alexnet.render(style='conv', animate=True)]\n"
        "print(hashlib.sha256('\\n'.join(parts).encode()).hexdigest())\n"
    )
    found = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "2")
    }
    assert len(found) == 1
