"""Weights in vain."""

import pytest

from support.checking import findings
from support.linting import model, repaired, said

HEAD = "GlobalAvgPool2D -> Dense(10, activation=softmax)"


@pytest.mark.parametrize(
    ("statements", "vain"),
    [
        ("Conv2D(8, 3x3) -> BatchNorm", True),
        ("Conv2D(8, 3x3, activation=linear) -> BatchNorm(center=false)", True),
        ("DepthwiseConv2D(3x3) -> BatchNorm", True),
        ("SeparableConv2D(8, 3x3) -> BatchNorm(axis=3)", True),
        ("Conv2DTranspose(8, 2x2, strides=2) -> BatchNorm", True),
        ("Flatten -> Dense(8) -> BatchNorm -> Reshape([1, 1, 8])", True),
        ("a = Conv2D(8, 3x3)\na -> BatchNorm\nb = ReLU\nc = a -> BatchNorm\n[b, c] -> Add", True),
        ("Conv2D(8, 3x3, use_bias=false) -> BatchNorm", False),
        ("Conv2D(8, 3x3, activation=relu) -> BatchNorm", False),
        ("Conv2D(8, 3x3) -> ReLU -> BatchNorm", False),
        ("Conv2D(8, 3x3) -> LayerNorm", False),
        ("Conv2D(8, 3x3) -> BatchNorm(axis=1)", False),
        ("Conv2D(8, 3x3) -> BatchNorm(trainable=false)", False),
        ("a = Conv2D(8, 3x3)\nb = BatchNorm\n[a, b] -> Add", False),
        ("a = Conv2D(8, 3x3)\nb = BatchNorm\noutput a, b\nb", False),
        ("BatchNorm", False),
        ("MaxPool2D -> BatchNorm", False),
    ],
)
def test_biases_before_a_normalisation(statements: str, vain: bool) -> None:
    text = model(f"{statements}\n{HEAD}")
    found = said(text, "bias-before-norm")
    assert bool(found) is vain
    if vain:
        assert found[0].fix
        assert said(repaired(text, "bias-before-norm"), "bias-before-norm") == []


BLOCK = "block Unit(norm = none) { Conv2D(8, 3x3, padding=same) -> norm -> ReLU }\n"


def test_a_bias_that_one_use_needs_stays() -> None:
    assert len(said(BLOCK + model(f"Unit(norm=BatchNorm)\nUnit(BatchNorm)\n{HEAD}"), "bias-before-norm")) == 1
    assert said(BLOCK + model(f"Unit(norm=BatchNorm)\nUnit\n{HEAD}"), "bias-before-norm") == []
    other = model(f"Unit\n{HEAD}").replace("Net", "Other")
    assert said(BLOCK + model(f"Unit(BatchNorm)\n{HEAD}") + other, "bias-before-norm") == []


@pytest.mark.parametrize(
    ("statements", "one"),
    [
        ("Conv2D(8, 3x3) -> Conv2D(8, 3x3)", True),
        ("Conv2D(16, 3x3) -> Conv2D(4, 1x1, activation=relu)", True),
        ("Conv2D(16, 3x3, padding=same) -> Dropout(0.2) -> Identity -> Conv2D(8, 3x3)", True),
        ("Conv2D(8, 3x3) * 3", True),
        ("repeat 2 { Conv2D(8, 3x3) }", True),
        ("Flatten -> Dense(64) -> Dense(32, activation=relu) -> Reshape([1, 1, 32])", True),
        ("Conv2D(8, 3x3, activation=relu) -> Conv2D(8, 3x3)", False),
        ("Conv2D(8, 3x3) -> ReLU -> Conv2D(8, 3x3)", False),
        ("Conv2D(8, 3x3) -> BatchNorm -> Conv2D(8, 3x3)", False),
        ("Conv2D(8, 3x3) -> MaxPool2D -> Conv2D(8, 3x3)", False),
        ("Conv2D(8, 3x3) -> Flatten -> Dense(9) -> Reshape([1, 1, 9])", False),
        ("DepthwiseConv2D(3x3) -> Conv2D(16, 1x1)", False),
        ("Conv2D(8, 3x3, groups=4) -> Conv2D(16, 1x1)", False),
        ("Conv2D(16, 1x1) -> DepthwiseConv2D(3x3)", False),
        ("SeparableConv2D(16, 3x3) -> Conv2D(16, 1x1)", False),
        ("Conv2D(4, 3x3) -> Conv2D(8, 3x3)", False),  # fewer channels between: a factorisation
        ("Flatten -> Dense(16) -> Dense(8192) -> Reshape([32, 32, 8])", False),  # a linear autoencoder
        ("Conv2D(8, [3, 1]) -> Conv2D(8, [1, 3])", False),  # a separable kernel
        ("a = Conv2D(8, 3x3, padding=same)\nb = Conv2D(8, 3x3, padding=same)\n[a, b] -> Add", False),  # two read it
        ("a = Conv2D(8, 3x3)\nb = Conv2D(8, 3x3)\noutput a, b\nb", False),
        ("Add {\n|\n| Conv2D(8, 3x3, padding=same)\n}\nConv2D(8, 3x3)", False),
        ("Conv2D(8, 3x3) -> Conv2DTranspose(8, 3x3)", False),
        ("share c = Conv2D(8, 3x3, padding=same)\nIdentity -> c -> c", False),
        ("Conv2D(8, 3x3, trainable=false) -> Conv2D(8, 3x3)", False),
        ("Filter2D(sobel_x) -> Conv2D(8, 3x3)", False),
        ("UpSampling2D -> Conv2D(8, 3x3)", False),
    ],
)
def test_linear_layers_with_nothing_between(statements: str, one: bool) -> None:
    text = model(f"{statements}\n{HEAD}")
    found = said(text, "linear-after-linear")
    assert bool(found) is one
    if one:
        assert found[0].fix
        assert said(repaired(text, "linear-after-linear"), "linear-after-linear") == []


@pytest.mark.parametrize(
    ("statements", "grows"),
    [
        ("Dropout(0.5) -> BatchNorm", True),
        ("SpatialDropout2D(0.2) -> ReLU -> BatchNorm", True),
        ("Dropout(0) -> BatchNorm", False),
        ("Dropout(0.5) -> Conv2D(8, 3x3) -> BatchNorm", False),
        ("BatchNorm -> Dropout(0.5)", False),
        ("GaussianNoise(0.1) -> BatchNorm", False),
        ("Dropout(0.5) -> LayerNorm", False),
        ("a = Dropout(0.5)\nb = BatchNorm\n[a, b] -> Add", False),
    ],
)
def test_dropout_before_a_normalisation(statements: str, grows: bool) -> None:
    text = model(f"{statements}\n{HEAD}")
    assert bool(said(text, "dropout-before-norm")) is grows


def test_dropout_and_normalisation_change_places() -> None:
    text = model(f"ReLU -> Dropout(0.5) -> BatchNorm(epsilon=1e-5)\n{HEAD}")
    mended = repaired(text, "dropout-before-norm")
    assert "ReLU -> BatchNorm(epsilon=1e-5) -> Dropout(0.5)\n" in mended
    assert said(mended, "dropout-before-norm") == []


def test_the_share_of_a_dense_layer() -> None:
    text = model("Conv2D(8, 3x3, activation=relu)\nFlatten -> Dense(100, activation=relu) -> Dense(10, activation=softmax)")
    (found,) = said(text, "dense-share")
    share = (30 * 30 * 8 * 100 + 100) / (9 * 8 * 8 + 8 + 30 * 30 * 8 * 100 + 100 + 1010)
    assert found.message == f"dense_1 holds {share:.0%} of the parameters"
    assert found.help == "a global average of the 30×30×8 map in place of Flatten would leave it 900 parameters"
    pooled = text.replace("Flatten", "GlobalAvgPool2D")
    assert said(pooled, "dense-share") == [] or "900 of" in said(pooled, "dense-share")[0].notes[0]


@pytest.mark.parametrize("statements", ["Flatten -> Dense(10)", "Conv2D(64, 5x5, activation=relu)\nGlobalAvgPool2D -> Dense(10)"])
def test_networks_without_such_a_layer(statements: str) -> None:
    assert said(model(statements), "dense-share") == []


def test_mobile_bottlenecks_are_linear_on_purpose() -> None:
    assert "linear-after-linear" not in findings(
        model(
            """  repeat 3 {
    Add {
      | Conv2D(48, 1x1, use_bias=false) -> BatchNorm -> ReLU(max_value=6)
        DepthwiseConv2D(3x3, padding=same, use_bias=false) -> BatchNorm -> ReLU(max_value=6)
        Conv2D(8, 1x1, use_bias=false) -> BatchNorm
      |
    }
  }
  GlobalAvgPool2D -> Dense(10, activation=softmax)"""
        )
    )
