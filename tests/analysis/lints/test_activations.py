"""Activations in the wrong place, and none where there should be some."""

import pytest

from support.linting import model, repaired, said

HEAD = "GlobalAvgPool2D -> Dense(10, activation=softmax)"


@pytest.mark.parametrize(
    ("statements", "inside"),
    [
        (f"Conv2D(8, 3x3, activation=softmax)\n{HEAD}", True),
        (f"Conv2D(8, 3x3) -> Softmax -> Dropout(0.1)\n{HEAD}", True),
        (f"Conv2D(8, 3x3) -> Activation(softmax)\n{HEAD}", True),
        ("Flatten -> Dense(8, activation=softmax) -> Dense(10)", True),
        ("Flatten -> Dense(8, activation=softmax) -> BatchNorm -> Dense(10, activation=softmax)", True),
        ("Flatten -> Dense(10, activation=softmax)", False),
        ("Conv2D(10, 1x1) -> Softmax -> GlobalAvgPool2D", False),
        (f"Multiply {{\n|\n| Conv2D(8, 1x1, activation=softmax)\n}}\n{HEAD}", False),  # attention
        (f"Conv2D(8, 3x3, activation=relu)\n{HEAD}", False),
        ("Flatten\na = Dense(8, activation=softmax)\nb = a -> ReLU\noutput a, b", False),
    ],
)
def test_softmax_inside(statements: str, inside: bool) -> None:
    text = model(statements)
    found = said(text, "softmax-inside")
    assert bool(found) is inside
    if inside and found[0].fix:
        assert said(repaired(text, "softmax-inside"), "softmax-inside") == []


@pytest.mark.parametrize(
    ("statements", "late"),
    [
        ("Conv2D(8, 3x3) -> MaxPool2D\nFlatten -> Dense(8, activation=relu) -> Dense(10, activation=softmax)", True),
        ("Conv2D(8, 3x3) -> BatchNorm -> AvgPool2D\nConv2D(8, 3x3, activation=relu)\n" + HEAD, False),
        ("Conv2D(8, 3x3) -> AvgPool2D -> Conv2D(9, 3x3) -> MaxPool2D -> ReLU -> Flatten -> Dense(9)", True),
        ("Conv2D(8, 3x3, activation=relu) -> MaxPool2D -> Conv2D(8, 3x3) -> MaxPool2D\nFlatten -> Dense(10)", False),
        ("Conv2D(8, 3x3) -> MaxPool2D -> Flatten -> Dense(10)", False),  # none at all: a linear model, perhaps on purpose
        ("MaxPool2D -> Flatten -> Dense(10, activation=softmax)", False),
        ("Conv2D(10, 3x3) -> GlobalAvgPool2D -> Softmax", False),  # its one layer gives the answer
        ("Conv2D(9, 3x3) -> MaxPool2D -> Conv2D(10, 3x3) -> GlobalAvgPool2D -> Softmax", True),
        ("Conv2D(8, 3x3) -> ReLU -> MaxPool2D -> Flatten -> Dense(10, activation=softmax)", False),
        ("Conv2D(8, 3x3) -> LRN -> MaxPool2D -> Flatten -> Dense(10, activation=softmax)", False),
        ("MaxPool2D -> Conv2D(8, 3x3) -> ReLU -> Flatten -> Dense(10, activation=softmax)", False),
        ("Flatten -> Dense(10, activation=relu) -> Dense(10)", False),
    ],
)
def test_activations_that_come_late(statements: str, late: bool) -> None:
    text = model(statements)
    found = said(text, "activation-late")
    assert bool(found) is late
    if late:
        assert found[0].fix
        assert said(repaired(text, "activation-late"), "activation-late") == []
