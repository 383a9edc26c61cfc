"""Inputs that begin with their channels, and values that reach no output."""

import pytest

from support.linting import model, repaired, said


@pytest.mark.parametrize(
    ("size", "turned"),
    [
        ("3x224x224", "224x224x3"),
        ("1x28x28", "28x28x1"),
        ("4x84x84", "84x84x4"),
        ("3x480x640", "480x640x3"),
        ("3x16x112x112", "16x112x112x3"),
        ("224x224x3", ""),
        ("28x28x1", ""),
        ("1x128x64", ""),  # a row of 128 places with 64 channels
        ("3x128x100", ""),
        ("3x3x512", ""),
        ("1x1x1", ""),
        ("3x4x4", ""),
        ("7x7x512", ""),
        ("2x28x28", ""),
        ("128x64", ""),
        ("784", ""),
        ("1x8x3", ""),
        ("?x?x3", ""),
    ],
)
def test_channels_first(size: str, turned: str) -> None:
    text = model("Identity", size)
    found = said(text, "input-channels-first")
    assert [d.help for d in found] == ([f"write {turned}"] if turned else [])
    if turned:
        mended = repaired(text, "input-channels-first")
        assert f"input {turned}" in mended
        assert said(mended, "input-channels-first") == []


def test_it_is_said_beside_the_errors_that_it_leads_to() -> None:
    from support.checking import check

    found = check(model("Conv2D(8, 3x3) -> MaxPool2D", "3x32x32")).report.diagnostics
    assert [d.code for d in found][:2] == ["input-channels-first", "kernel-exceeds-input"]


def test_values_that_reach_no_output() -> None:
    text = model("a = Conv2D(4, 3x3)\nb = a -> Conv2D(4, 3x3) -> ReLU\na -> GlobalAvgPool2D -> Dense(10)")
    (found,) = said(text, "unused-value")
    assert found.message == "nothing reads relu_1, and it is no output"
    assert found.notes == ("layers that reach no output hold 148 parameters",)
    assert said(text.replace("}", "output b\n}"), "unused-value")[0].message.startswith("nothing reads dense_1")
    assert said(text.replace("a -> Global", "b -> Global"), "unused-value") == []


def test_inputs_that_reach_no_output() -> None:
    text = "model Net {\n input a: 8x8x1\n input b: 8x8x1\n a -> Flatten -> Dense(10)\n}\n"
    (found,) = said(text, "input-unused")
    assert found.message == "nothing reads the input b"
    assert said(text, "input-unread") == []
