"""Which word is meant: the nearest, and whether it can be no other."""

from __future__ import annotations

import pytest

from cnnspec.diagnostics.suggest import is_slip

ARGUMENTS = ["filters", "kernel_size", "strides", "padding", "activation", "kernel_initializer", "bias_initializer"]
WORDS = ["relu", "elu", "selu", "gelu", "silu", "tanh"]


@pytest.mark.parametrize(
    ("word", "meant", "choices"),
    [
        ("SAME", "same", ["same", "valid"]),
        ("kernelSize", "kernel_size", ARGUMENTS),
        ("stride", "strides", ARGUMENTS),
        ("actvation", "activation", ARGUMENTS),
        ("activtaion", "activation", ARGUMENTS),
        ("acttvaion", "activation", ARGUMENTS),  # two letters of nine
        ("kernel_initialiser", "kernel_initializer", ARGUMENTS),
        ("rleu", "relu", WORDS),
        ("tahn", "tanh", WORDS),
        ("conv_1", "conv1", ["conv1", "conv2"]),
    ],
)
def test_slips(word: str, meant: str, choices: list[str]) -> None:
    assert is_slip(word, meant, choices)


@pytest.mark.parametrize(
    ("word", "meant", "choices"),
    [
        ("xelu", "selu", WORDS),  # elu, gelu, relu as well
        ("conv3", "conv2", ["conv2"]),
        ("conv3", "conv13", ["conv13"]),
        ("same", "SAME", ["SAME", "Same"]),  # two of the same letters
        ("fa", "fb", ["fb"]),
        ("abc", "abd", ["abd"]),  # too short for a letter to be a slip
        ("padd", "padding", ARGUMENTS),
        ("init", "bias_initializer", ARGUMENTS),
        ("dense" * 20, "dense" * 20 + "s", []),
        ("anything", None, []),
    ],
)
def test_words_that_may_be_others(word: str, meant: str | None, choices: list[str]) -> None:
    assert not is_slip(word, meant, choices)
