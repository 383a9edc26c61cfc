"""What check says of sound networks."""

import pytest

from cnnspec.diagnostics import Diagnostic
from support.checking import check


def infos(layers: str) -> list[str]:
    """What is said of layers one by one."""
    found = check(f"model N {{ input 11x11x4\n{layers}\n}}").report.diagnostics
    return [d.code for d in found if d.code in ("rows-dropped", "keras-incompatible", "constraint-axis", "data-format-mixed")]


def dropped(text: str) -> Diagnostic:
    (found,) = [d for d in check(text).report.diagnostics if d.code == "rows-dropped"]
    return found


@pytest.mark.parametrize(
    ("layers", "expected"),
    [
        ("MaxPool2D", ["rows-dropped"]),
        ("MaxPool2D(padding=same)", []),
        ("Conv2D(4, 3x3, strides=2)", []),
        ("Conv2D(4, 3x3, padding=1)", ["keras-incompatible"]),
        ("Conv2D(4, 3x3, padding=same, padding_mode=reflect)", ["keras-incompatible"]),
        ("Conv2D(4, 3x3, strides=2, dilation_rate=2)", ["keras-incompatible"]),
        ("LRN", ["keras-incompatible"]),
        ("Conv2D(4, 3x3, kernel_constraint=max_norm(2))", ["constraint-axis"]),
        ("Conv2D(4, 3x3, kernel_constraint=max_norm(2, axis=[0, 1, 2]))", []),
        ("Conv2D(4, 3x3, kernel_constraint=max_norm(2, axis=0))", []),
        ("Conv2D(4, 3x3, kernel_constraint=non_neg)", []),
        ("Flatten -> Dense(3, kernel_constraint=max_norm(2))", []),
        ("Conv2D(4, 3x3, data_format=channels_first) -> Conv2D(4, 3x3, data_format=channels_last)", ["data-format-mixed"]),
        ("Conv2D(4, 3x3, data_format=channels_first) -> ReLU -> Conv2D(4, 3x3)", []),
    ],
)
def test_findings(layers: str, expected: list[str]):
    assert infos(layers) == expected


def test_how_much_is_dropped_is_said():
    message = dropped("model N { input 11x9x4\nMaxPool2D(3x2, strides=[4, 2])\n}").message
    assert message == "the last column of 11×9×4 reaches no window of MaxPool2D"


@pytest.mark.parametrize("padding", ["valid", "same"])
def test_padding_is_no_help_where_the_stride_steps_over_them(padding: str):
    found = dropped(f"model N {{ input 12x12x4\nConv2D(4, 1x1, strides=2, padding={padding})\n}}")
    assert found.help == "the stride is longer than the kernel and steps over them: a kernel as long would read them"


def test_a_block_says_it_once():
    assert infos("B -> B -> B\n}\nblock B {\nReLU -> Conv2D(4, 3x3, padding=1)") == ["keras-incompatible"]


@pytest.mark.parametrize("end", ["Dense(10) -> Softmax", "Dense(10) -> Activation(softmax)", "Dense(10, activation=softmax)"])
def test_probabilities_are_known_however_they_are_written(end: str):
    recipe = "data = mnist\nloss = categorical_crossentropy\noptimizer = SGD\nepochs = 1"
    text = f"model N {{ input 28x28x1\nFlatten -> {end}\n}}\ntrain N {{\n{recipe}\n}}"
    assert [d.code for d in check(text).report.diagnostics] == []
    without = text.replace("softmax", "linear").replace("Softmax", "Identity")
    assert [d.code for d in check(without).report.diagnostics] == ["loss-expects-probabilities"]
