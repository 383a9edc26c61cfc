"""Convolutions, pooling and dense layers against Keras itself, on random inputs and weights."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

from cnnspec.backends.torch_modules.initialisation import fans
from cnnspec.layers.shape import Shape
from support.keras_live import compare_with_keras, keras
from support.networks import make

SHAPES = {1: (13, 4), 2: (11, 10, 4), 3: (6, 7, 5, 4)}
#: Keras takes these means and products in float32, whatever the layer's type.
FLOAT32 = 2e-6


@pytest.mark.parametrize("rank", [1, 2, 3])
@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"strides": 2, "padding": "same"},
        {"dilation_rate": 2, "padding": "same", "activation": "gelu"},
        {"groups": 2, "use_bias": False},
    ],
)
def test_convolutions(rank: int, arguments: dict[str, Any]) -> None:
    compare_with_keras(f"Conv{rank}D", SHAPES[rank], 6, 3, **arguments)


def test_causal_padding() -> None:
    compare_with_keras("Conv1D", SHAPES[1], 6, 3, padding="causal", dilation_rate=3)
    compare_with_keras("Conv1D", SHAPES[1], 6, 4, padding="causal", strides=2)


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
def test_depthwise_convolutions(rank: int, arguments: dict[str, Any]) -> None:
    compare_with_keras(f"DepthwiseConv{rank}D", SHAPES[rank], 3, **arguments)


@pytest.mark.parametrize("rank", [1, 2, 3])
@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"strides": 2, "padding": "same"},
        {"strides": 2, "padding": "same", "output_padding": 1},
        {"strides": 3, "output_padding": 0, "activation": "tanh"},
        {"dilation_rate": 2, "padding": "valid", "use_bias": False},
    ],
)
def test_transposed_convolutions(rank: int, arguments: dict[str, Any]) -> None:
    compare_with_keras(f"Conv{rank}DTranspose", SHAPES[rank], 6, 3, **arguments)


@pytest.mark.parametrize(
    "layer",
    [
        make("Conv2D", 6, (3, 5), groups=2),
        make("DepthwiseConv2D", (3, 5), depth_multiplier=3),
        make("SeparableConv2D", 6, (3, 5), depth_multiplier=3),
        make("Conv2DTranspose", 6, (3, 5)),
    ],
)
def test_kernels_start_from_keras_s_fans(layer: Any) -> None:
    keras()
    from keras.src.initializers.random_initializers import compute_fans

    for param in layer.facts(Shape(SHAPES[2])).params:
        assert param.fans is None
        assert fans(param.shape) == compute_fans(param.shape)


@pytest.mark.parametrize("rank", [1, 2, 3])
@pytest.mark.parametrize("what", ["Avg", "Max"])
@pytest.mark.parametrize("arguments", [(2,), (3, 2), (2, 3), (3, 1, "same"), (5, 2, "same")])
def test_pooling(rank: int, what: str, arguments: tuple[Any, ...]) -> None:
    """Where ``same`` pads both ends alike: else Keras on Torch repeats the border, and pooling means differ by backend."""
    shape = (*(n - 1 + n % 2 for n in SHAPES[rank][:-1]), 4)
    compare_with_keras(f"{what}Pool{rank}D", shape, *arguments)


@pytest.mark.parametrize("rank", [1, 2, 3])
@pytest.mark.parametrize("what", ["Avg", "Max"])
@pytest.mark.parametrize("keepdims", [False, True])
def test_global_pooling(rank: int, what: str, keepdims: bool) -> None:
    compare_with_keras(f"Global{what}Pool{rank}D", SHAPES[rank], keepdims=keepdims, close=FLOAT32)


@pytest.mark.parametrize("arguments", [(3,), (3, "softmax"), (5, None, False)])
def test_dense(arguments: tuple[Any, ...]) -> None:
    compare_with_keras("Dense", (7,), *arguments, close=FLOAT32)


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


@pytest.mark.parametrize("padding", ["valid", "same"])
def test_where_transposed_convolutions_are_cut(padding: str) -> None:
    for k, s, o in product(range(1, 6), range(1, 5), (None, 0, 1, 2, 3)):
        if o is None or o < s:
            compare_with_keras("Conv1DTranspose", (4, 2), 1, k, s, padding, o)
    for k, d in product(range(1, 5), range(2, 4)):
        compare_with_keras("Conv1DTranspose", (4, 2), 1, k, padding=padding, dilation_rate=d)
