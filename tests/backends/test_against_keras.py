"""Convolutions, pooling and dense layers against Keras itself, on random inputs and weights."""

from __future__ import annotations

from typing import Any

import pytest

from support.keras_live import compare_with_keras

SHAPES = {1: (13, 4), 2: (11, 10, 4), 3: (6, 7, 5, 4)}


@pytest.mark.parametrize("rank", [1, 2])
@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"strides": 2, "padding": "same"},
        {"dilation_rate": 2, "depth_multiplier": 3},
        {"depth_multiplier": 2, "padding": "same", "use_bias": False, "activation": "relu"},
    ],
)
def test_separable_convolutions(rank: int, arguments: dict[str, Any]) -> None:
    compare_with_keras(f"SeparableConv{rank}D", SHAPES[rank], 5, 3, **arguments)


@pytest.mark.parametrize("rank", [1, 2, 3])
@pytest.mark.parametrize("what", ["Avg", "Max"])
@pytest.mark.parametrize("size", [1, 2, 4, 5, 9])
def test_adaptive_pooling(rank: int, what: str, size: int) -> None:
    compare_with_keras(f"Adaptive{what}Pool{rank}D", SHAPES[rank], size)
