"""What the table says of units that take turns, and what ``check -v`` adds to it."""

from __future__ import annotations

from cnnspec.diagnostics.writers.columns import Style
from cnnspec.render.text import write_model
from support.checking import check


def model_of(body: str, size: str = "28x28x1"):  # type: ignore[no-untyped-def]
    return check(f"model Net {{\n  input {size}\n{body}\n}}\n").report.models[0]


def test_fields_that_differ_are_marked() -> None:
    table = write_model(model_of("  MaxPool2D\n  UpSampling2D\n  Conv2D(2, 3x3)"), Style(width=100))
    lines = {line.split()[0]: line for line in table.splitlines() if line.strip()}
    assert " 2×2 " in lines["up_sampling2d_1"]
    assert " 4×4 " in lines["conv2d_1"]
    table = write_model(model_of("  MaxPool2D(3x3)\n  UpSampling2D(3x3)\n  Conv2D(2, 3x3)"), Style(width=100))
    assert " 6×6+ " in table
    assert "+ fields differ from unit to unit, as units take turns behind upsampling: this is the largest" in table
    assert "+" not in write_model(model_of("  Conv2D(2, 3x3)"))


def test_a_jump_of_half_a_pixel() -> None:
    table = write_model(model_of("  UpSampling2D"), Style(width=100))
    assert " 1/2 " in next(line for line in table.splitlines() if line.startswith("up_sampling2d_1"))


def test_details() -> None:
    model = model_of("  Conv2D(2, 3x3) -> MaxPool2D -> Conv2D(2, 3x3) -> MaxPool2D -> Conv2D(2, 3x3)")
    lines = write_model(model, Style(width=200), details=True).splitlines()
    plain = write_model(model, Style(width=200)).splitlines()
    assert lines[: len(plain)] == plain
    backward, elementwise, memory, *others = lines[len(plain) :]
    assert backward == f"the backward pass takes {2 * model.totals.macs - 26 * 26 * 18:,} multiply-accumulates"
    assert elementwise == f"besides multiply-accumulates there are {model.totals.elementwise:,} elementwise operations"
    assert memory.startswith("memory for one sample: ")
    assert others == [
        "every convolution adds something from 18×18 pixels on; up to 18×18 a unit sees all of the input",
        "no output depends on 2×2 rows and columns of input",
    ]


def test_details_of_a_network_too_deep_for_its_input() -> None:
    text = write_model(model_of("  Conv2D(2, 5x5, padding=same) * 3", "6x6x1"), Style(width=200), details=True)
    assert "2 convolutions have nothing to add, having seen more than the whole input before" in text
    text = write_model(model_of("  Conv1D(2, 5, padding=same) * 2\n  Crop1D(1)", "6x1"), Style(width=200), details=True)
    assert "1 convolution has nothing to add" in text
    assert "no output depends" not in text
    text = write_model(model_of("  Crop1D(1)", "6x1"), Style(width=200), details=True)
    assert "no output depends on 2 positions of input" in text
    assert "backward" not in text
