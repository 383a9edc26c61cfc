"""Normalisation, scaling and what arranges values, against Keras itself, on random inputs and weights."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from cnnspec.backends.torch_modules import build_module, weights_keras
from cnnspec.layers.activations import ACTIVATIONS
from support.keras_live import compare_merging, compare_with_keras, keras_class
from support.networks import call, make, sequence


def channels_first(x: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(np.ascontiguousarray(np.moveaxis(x, -1, 1)))


def channels_last(x: torch.Tensor) -> np.ndarray:
    return np.moveaxis(x.detach().numpy(), 1, -1)


SHAPES = {0: (6,), 1: (5, 6), 2: (5, 4, 6), 3: (3, 4, 5, 6)}
#: Keras takes these means, maxima and products in float32, whatever the layer's type.
FLOAT32 = 2e-6


@pytest.mark.parametrize("rank", SHAPES)
@pytest.mark.parametrize(
    "arguments", [{}, {"epsilon": 1e-5}, {"center": False}, {"scale": False}, {"center": False, "scale": False}]
)
def test_layer_norm(rank: int, arguments: dict[str, Any]) -> None:
    compare_with_keras("LayerNorm", SHAPES[rank], **arguments, close=FLOAT32)


@pytest.mark.parametrize("axis", [-1, 3, [1, 2, 3], [2, 3], [-2, -1], [3, 2], [1, 3]])
def test_layer_norm_over_other_axes(axis: Any) -> None:
    """Keras on Torch takes a list without gaps, or one axis, for the last ones: [1] is a bug of its there."""
    compare_with_keras("LayerNorm", SHAPES[2], axis, close=FLOAT32)


@pytest.mark.parametrize("rank", SHAPES)
@pytest.mark.parametrize("arguments", [(2,), (3,), (1,), (6,), (-1,), (3, -1, 1e-5), (2, -1, 0.1, False, False)])
def test_group_norm(rank: int, arguments: tuple[Any, ...]) -> None:
    compare_with_keras("GroupNorm", SHAPES[rank], *arguments, close=FLOAT32)


@pytest.mark.parametrize(("groups", "axis"), [(5, 1), (2, 2), (1, 2), (2, -2), (-1, -3)])
def test_group_norm_over_another_axis(groups: int, axis: int) -> None:
    compare_with_keras("GroupNorm", SHAPES[2], groups, axis, close=FLOAT32)


@pytest.mark.parametrize("rank", SHAPES)
@pytest.mark.parametrize("axis", [-1, 1])
def test_batch_norm(rank: int, axis: int) -> None:
    compare_with_keras("BatchNorm", SHAPES[rank], axis, close=FLOAT32)


@pytest.mark.parametrize("rank", SHAPES)
@pytest.mark.parametrize(
    "arguments",
    [(1 / 255,), (2, -1), ([1.5, 2, -3, 0.25, 5, 6], 0.5), ([2.0], [1, 2, 3, 4, 5, 6])],
)
def test_rescaling(rank: int, arguments: tuple[Any, ...]) -> None:
    compare_with_keras("Rescaling", SHAPES[rank], *arguments, close=FLOAT32)


def test_rescaling_by_nested_lists() -> None:
    compare_with_keras("Rescaling", (3, 2, 2), [[1.0, 2.0], [3.0, 4.0]], [[0.5], [0.25]])


@pytest.mark.parametrize("rank", SHAPES)
@pytest.mark.parametrize("invert", [False, True])
@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"axis": None},
        {"axis": 1},
        {"mean": 2.0, "variance": 0.25},
        {"mean": [1, 2, 3, 4, 5, 6.0], "variance": [1, 4, 9, 16, 25, 0]},
    ],
)
def test_normalization(rank: int, invert: bool, arguments: dict[str, Any]) -> None:
    compare_with_keras("Normalization", SHAPES[rank], invert=invert, **arguments, close=FLOAT32)


@pytest.mark.parametrize("axis", [[1, 3], [3, 1], [1, 2, 3], [-1, -2], None])
def test_normalization_along_several_axes(axis: Any) -> None:
    compare_with_keras("Normalization", SHAPES[2], axis, close=FLOAT32)
    compare_with_keras("Normalization", SHAPES[2], axis, 3.0, 2.0, close=FLOAT32)
    if axis in ([1, 3], [-1, -2]):
        rows = 5 if axis == [1, 3] else 4
        mean = [[float(row + column) for column in range(6)] for row in range(rows)]
        compare_with_keras("Normalization", SHAPES[2], axis, mean, [[value + 1 for value in row] for row in mean], close=FLOAT32)
        compare_with_keras("Normalization", SHAPES[2], axis, [[float(row)] for row in range(rows)], [[2.0]] * rows, close=FLOAT32)


@pytest.mark.parametrize("rank", SHAPES)
@pytest.mark.parametrize(("kind", "arguments"), [("GaussianNoise", (0.5,)), ("ActivityRegularization", (0.1, 0.2))])
def test_what_acts_in_training_only(rank: int, kind: str, arguments: tuple[Any, ...]) -> None:
    compare_with_keras(kind, SHAPES[rank], *arguments)


@pytest.mark.parametrize(
    ("rank", "arguments"),
    [
        (1, ()),
        (1, (0,)),
        (1, ((1, 2),)),
        (2, ()),
        (2, (1,)),
        (2, ((1, 0),)),
        (2, (((0, 2), (1, 1)),)),
        (3, ()),
        (3, (((0, 1), (1, 2), (0, 4)),)),
    ],
)
def test_cropping(rank: int, arguments: tuple[Any, ...]) -> None:
    compare_with_keras(f"Crop{rank}D", SHAPES[rank], *arguments)


@pytest.mark.parametrize(
    ("rank", "arguments"),
    [(1, ()), (1, ((1, 2),)), (2, ()), (2, ((1, 0),)), (2, (((0, 2), (1, 1)),)), (3, ()), (3, (((0, 1), (1, 2), (0, 4)),))],
)
def test_zero_padding(rank: int, arguments: tuple[Any, ...]) -> None:
    compare_with_keras(f"ZeroPad{rank}D", SHAPES[rank], *arguments)


@pytest.mark.parametrize("rank", [1, 2, 3])
@pytest.mark.parametrize("size", [None, 3, (1, 2, 3)])
def test_nearest_upsampling(rank: int, size: Any) -> None:
    arguments = () if size is None else (size[:rank] if rank > 1 and isinstance(size, tuple) else 3,)
    compare_with_keras(f"UpSampling{rank}D", SHAPES[rank], *arguments)


@pytest.mark.parametrize("size", [2, 3, 4, (2, 5)])
def test_bilinear_upsampling(size: Any) -> None:
    compare_with_keras("UpSampling2D", SHAPES[2], size, interpolation="bilinear", close=FLOAT32)


@pytest.mark.parametrize(
    ("kind", "rank", "arguments"),
    [
        ("Flatten", 2, ()),
        ("Flatten", 0, ()),
        ("Identity", 3, ()),
        ("Reshape", 2, ((4, 5, 6),)),
        ("Reshape", 2, ((-1, 12),)),
        ("Reshape", 3, ((60, 6),)),
        ("Permute", 2, ((2, 1, 3),)),
        ("Permute", 2, ((3, 1, 2),)),
        ("Permute", 3, ((4, 2, 1, 3),)),
        ("Permute", 1, ((2, 1),)),
    ],
)
def test_arranging(kind: str, rank: int, arguments: tuple[Any, ...]) -> None:
    compare_with_keras(kind, SHAPES[rank], *arguments)


@pytest.mark.parametrize("rank", SHAPES)
@pytest.mark.parametrize(
    ("kind", "arguments"),
    [
        ("ReLU", ()),
        ("ReLU", (1.0, 0.25, 0.5)),
        ("ReLU", (None, 0.25)),
        ("LeakyReLU", ()),
        ("PReLU", ()),
        ("ELU", (1.5,)),
        ("Softmax", ()),
        ("Softmax", (1,)),
        ("Softmax", ([-1],)),
        ("Softmax", ([1],)),
    ],
)
def test_activations(kind: str, rank: int, arguments: tuple[Any, ...]) -> None:
    compare_with_keras(kind, SHAPES[rank], *arguments)


@pytest.mark.parametrize("axis", [[1, 2], [2, 1], [-1, 1], [1, 2, 3], [3]])
def test_softmax_over_several_axes(axis: list[int]) -> None:
    compare_with_keras("Softmax", SHAPES[2], axis)


@pytest.mark.parametrize("shared", [1, [1, 2], [2], [3], [1, 2, 3]])
def test_shared_slopes(shared: Any) -> None:
    compare_with_keras("PReLU", SHAPES[2], shared_axes=shared)


#: Keras 3.15 on Torch adds up the sums of all supports: its sparsemax is no distribution.
WRONG_IN_KERAS = {"sparsemax"}


@pytest.mark.parametrize("word", sorted(set(ACTIVATIONS) - WRONG_IN_KERAS - {"threshold"}))
def test_activation_words(word: str) -> None:
    compare_with_keras("Activation", SHAPES[2], word, close=FLOAT32)


MAPS = [(5, 4, 6), (5, 4, 6), (5, 4, 6)]


@pytest.mark.parametrize("kind", ["Add", "Multiply", "Average", "Maximum", "Minimum"])
@pytest.mark.parametrize(
    "shapes",
    [
        MAPS[:2],
        MAPS,
        [(6,), (6,)],
        [(5, 4, 6), (1, 1, 6)],
        [(5, 1, 1), (1, 4, 6)],
        [(5, 6), (5, 1)],
        [(5, 4, 6), (6,)],
        [(6,), (5, 6), (1, 6)],
    ],
)
def test_elementwise(kind: str, shapes: list[tuple[int, ...]]) -> None:
    compare_merging(kind, shapes, close=FLOAT32)


@pytest.mark.parametrize("shapes", [MAPS[:2], [(6,), (6,)], [(5, 4, 6), (1, 1, 6)], [(1, 6), (5, 6)]])
def test_differences(shapes: list[tuple[int, ...]]) -> None:
    compare_merging("Subtract", shapes)


@pytest.mark.parametrize(
    ("shapes", "axis"),
    [
        (MAPS, -1),
        ([(5, 4, 6), (5, 4, 1)], 3),
        ([(5, 4, 6), (2, 4, 6)], 1),
        ([(5, 4, 6), (5, 1, 6), (5, 3, 6)], -2),
        ([(6,), (2,)], -1),
    ],
)
def test_concatenation(shapes: list[tuple[int, ...]], axis: int) -> None:
    compare_merging("Concat", shapes, axis)


@pytest.mark.parametrize("normalize", [False, True])
@pytest.mark.parametrize(
    ("shapes", "axes"),
    [
        ([(6,), (6,)], 1),
        ([(6,), (6,)], -1),
        ([(5, 6), (4, 6)], 2),
        ([(5, 6), (5, 4)], 1),
        ([(5, 6), (4, 5)], [1, 2]),
        ([(5, 6), (6,)], [2, 1]),
        ([(6,), (5, 6)], -1),
        ([(5, 4, 6), (6, 3)], [3, 1]),
        ([(5, 4, 6), (4, 2)], [-2, -2]),
        ([(5, 4, 6), (2, 5, 3)], [1, 2]),
    ],
)
def test_dot_products(shapes: list[tuple[int, ...]], axes: Any, normalize: bool) -> None:
    compare_merging("Dot", shapes, axes, normalize, close=FLOAT32)


@pytest.mark.parametrize("rank", SHAPES)
@pytest.mark.parametrize("axis", [-1, 1])
@pytest.mark.parametrize(
    "arguments",
    [
        {"momentum": 0.7},
        {"momentum": 0.7, "trainable": False},
        {"renorm": True, "momentum": 0.8, "renorm_momentum": 0.6},
        {"renorm": True, "center": False, "scale": False, "moving_variance_initializer": "uniform"},
        {"renorm": True, "renorm_clipping": {"rmax": 1.1, "rmin": 0.7, "dmax": 0.2}},
    ],
)
def test_batch_norm_in_training(rank: int, axis: int, arguments: dict[str, Any]) -> None:
    """Three steps: outputs, the gradient of the input, and what the statistics have become."""
    random = np.random.default_rng(0)
    clipping, start = arguments.get("renorm_clipping"), arguments.get("moving_variance_initializer")
    ours = {"renorm_clipping": call("clip", **clipping)} if clipping else {}
    ours |= {"moving_variance_initializer": call("random_uniform", 0.5, 2.0)} if start else {}
    theirs = keras_class("BatchNorm")(
        axis, dtype="float64", **{**arguments, **({"moving_variance_initializer": "ones"} if start else {})}
    )
    theirs.build((2, *SHAPES[rank]))
    network = sequence(SHAPES[rank], make("BatchNorm", axis, **{**arguments, **ours}))
    module = build_module(network, seed=0).double().train()
    theirs.set_weights([weights_keras(module)[f"batch_norm_1/{weight.name}"] for weight in theirs.weights])
    for _ in range(3):
        x = random.normal(loc=1.0, scale=2.0, size=(3, *SHAPES[rank]))
        weight = random.normal(size=x.shape)
        first, second = torch.from_numpy(x).requires_grad_(), channels_first(x).requires_grad_()
        expected, found = theirs(first, training=True), module(second)
        (expected * torch.from_numpy(weight)).sum().backward()
        (found * channels_first(weight)).sum().backward()
        np.testing.assert_allclose(channels_last(found), expected.detach().numpy(), rtol=FLOAT32, atol=FLOAT32)
        np.testing.assert_allclose(channels_last(second.grad), first.grad.numpy(), rtol=10 * FLOAT32, atol=10 * FLOAT32)
    for value in theirs.weights:
        moved = weights_keras(module)[f"batch_norm_1/{value.name}"]
        np.testing.assert_allclose(moved, value.value.detach().numpy(), rtol=FLOAT32, atol=FLOAT32, err_msg=value.name)
