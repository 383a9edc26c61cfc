"""What units see of the input, and what nobody does."""

import pytest

from support.linting import model, said

HEAD = "GlobalAvgPool2D -> Dense(10, activation=softmax)"


@pytest.mark.parametrize(
    ("statements", "size", "message"),
    [
        ("MaxPool2D(2, strides=3) -> Flatten -> Dense(9)", "9x9x1", "3 rows and 3 columns"),
        ("MaxPool2D -> Flatten -> Dense(9)", "9x8x1", "the last row"),
        ("Conv2D(4, 3x3) -> MaxPool2D -> Conv2D(4, 3x3) -> MaxPool2D -> Flatten -> Dense(9)", "28x28x1", "2 rows and 2 columns"),
        ("Crop2D(1) -> Flatten -> Dense(9)", "9x9x1", "2 rows and 2 columns"),
        ("MaxPool2D(padding=same) -> Flatten -> Dense(9)", "9x9x1", ""),
        ("Flatten -> Dense(9)", "9x9x1", ""),
    ],
)
def test_pixels_that_reach_no_output(statements: str, size: str, message: str) -> None:
    found = said(model(statements, size), "input-unread")
    assert [message in d.message for d in found] == ([True] if message else [])


def test_open_sizes_leave_it_open() -> None:
    assert said(model(f"MaxPool2D -> {HEAD}", "?x?x1"), "input-unread") == []


@pytest.mark.parametrize(
    ("branches", "apart"),
    [
        (
            "| Conv2D(8, 3x3, strides=2, padding=same)\n| Conv2D(8, 1x1, strides=2)",
            "1 pixel of the input apart along the height and width",
        ),
        ("| Conv2D(8, 2x2, padding=same)\n|", "0.5 pixels of the input apart"),
        ("| Conv2D(8, [2, 3], padding=same)\n|", "0.5 pixels of the input apart along the height"),
        ("| Conv2D(8, 3x3, padding=[[2, 0], [2, 0]])\n|", ""),  # all look back from the same pixel
        ("| Conv2D(8, 3x3, padding=same)\n|", ""),
        ("| Conv2D(8, 3x3, strides=2, padding=1)\n| Conv2D(8, 1x1, strides=2)", ""),
        ("| GlobalAvgPool2D -> Reshape([1, 1, 8])\n|", ""),  # a gate
    ],
)
def test_branches_that_do_not_stand_over_each_other(branches: str, apart: str) -> None:
    found = said(model(f"Add {{\n{branches}\n}}\n{HEAD}"), "branches-misaligned")
    assert [apart in d.message for d in found] == ([True] if apart else [])


def test_branches_whose_units_are_differently_far_apart() -> None:
    text = model(f"a = MaxPool2D\nb = in1 -> Crop2D(8)\n[a, b] -> Concat\n{HEAD}").replace("input ", "input in1: ")
    text = text.replace("a = ", "a = in1 -> ")
    (found,) = said(text, "branches-jump-differ")
    assert found.notes == ("neighbours stand 2 and 1 pixels of the input apart in the branches",)


def test_a_block_used_often_is_misaligned_once() -> None:
    text = "block B { Add {\n| Conv2D(8, 2x2, padding=same)\n|\n}\n}\n" + model(f"B * 3\nMaxPool2D\nB * 2\n{HEAD}")
    assert len(said(text, "branches-misaligned")) == 1


def test_layers_that_come_too_late() -> None:
    text = model("Conv2D(4, 3x3, strides=2, padding=same)\n" * 3 + "Conv2D(4, 3x3, padding=same) * 2\n" + HEAD, "12x12x1")
    (found,) = said(text, "layers-unproductive")
    assert found.message == "along every path conv2d_3 sees more than the whole input, and so do 2 convolutions after it"
    assert found.notes == ("15×15 pixels along the smallest path, of 12×12",)
    assert said(text.replace("12x12x1", "64x64x1"), "layers-unproductive") == []


def test_the_smallest_path() -> None:
    text = model(f"Add {{\n| Conv2D(8, 3x3, padding=same, activation=relu) -> Conv2D(8, 3x3, padding=same)\n|\n}}\n{HEAD}")
    (found,) = said(text, "smallest-path")
    assert found.message == "add_1 sees 5×5 pixels along the largest path and 1×1 along the smallest"
    assert said(model(f"Conv2D(8, 3x3)\n{HEAD}"), "smallest-path") == []
