"""Partly connected convolutions, subsampling and distance units: values, weights and gradients."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
import pytest
import torch

from cnnspec.backends import numpy_reference
from cnnspec.backends.torch_modules import build_module, load_keras_weights, weights_keras
from cnnspec.layers.rbf import RBF
from cnnspec.layers.shape import Shape
from support.networks import make, sequence

ROWS = ((0, 1, 2), (1, 2, 3), (0, 3), (0, 1, 2, 3))


def channels_last(x: torch.Tensor) -> np.ndarray:
    return np.moveaxis(x.detach().numpy(), 1, -1)


def agree_with_reference(shape: tuple[int, ...], layer: Any) -> None:
    network = sequence(shape, layer)
    module = build_module(network, seed=0).double().eval()
    x = torch.randn(2, shape[-1], *shape[:-1], dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    expected = numpy_reference.forward(network, weights_keras(module), channels_last(x))[network.nodes[1].path]
    np.testing.assert_allclose(channels_last(module(x)), expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("rank", [1, 2, 3])
@pytest.mark.parametrize("arguments", [{}, {"strides": 2, "padding": "same", "activation": "tanh"}, {"use_bias": False}])
def test_partial_convolutions_are_the_reference_s(rank: int, arguments: dict[str, Any]) -> None:
    agree_with_reference((*(7, 6, 5)[:rank], 4), make(f"Conv{rank}D", 4, 3, connections=ROWS, **arguments))


def test_a_block_of_connections_is_a_group() -> None:
    grouped = build_module(sequence((8, 8, 4), make("Conv2D", 6, 3, groups=2)), seed=1).double()
    partial = build_module(sequence((8, 8, 4), make("Conv2D", 6, 3, connections=((0, 1),) * 3 + ((2, 3),) * 3)), seed=1).double()
    weights = weights_keras(grouped)
    kernel = np.zeros((3, 3, 4, 6))
    kernel[:, :, :2, :3] = weights["conv2d_1/kernel"][..., :3]
    kernel[:, :, 2:, 3:] = weights["conv2d_1/kernel"][..., 3:]
    load_keras_weights(partial, {**weights, "conv2d_1/kernel": kernel})
    x = torch.randn(2, 4, 8, 8, dtype=torch.float64)
    torch.testing.assert_close(partial(x), grouped(x))
    np.testing.assert_array_equal(weights_keras(partial)["conv2d_1/kernel"], kernel)


def test_only_connected_weights_exist() -> None:
    """Nothing in the state, in the gradients or in a step of the optimizer belongs to a pair that is not connected."""
    layer = make("Conv2D", 4, 3, connections=ROWS, kernel_regularizer="l2")
    module = build_module(sequence((8, 8, 4), layer), seed=0)
    (kernel, bias) = layer.facts(Shape((8, 8, 4))).params
    assert kernel.count == 3 * 3 * 12
    assert {name: tensor.numel() for name, tensor in module.state_dict().items()} == {
        "conv2d_1.weight": kernel.count,
        "conv2d_1.bias": bias.count,
    }
    optimizer = torch.optim.Adam(module.parameters(), 0.1)
    module(torch.randn(2, 4, 8, 8)).square().sum().backward()
    assert all(p.grad is not None and (p.grad != 0).all() for p in module.parameters())
    optimizer.step()
    connected = np.array([[c in row for row in ROWS] for c in range(4)])
    array = weights_keras(module)["conv2d_1/kernel"]
    assert ((array != 0) == connected).all()


def test_weights_where_nothing_is_connected_are_refused() -> None:
    module = build_module(sequence((8, 8, 4), make("Conv2D", 4, 3, connections=ROWS)), seed=0)
    weights = weights_keras(module)
    weights["conv2d_1/kernel"] = np.ones((3, 3, 4, 4))
    with pytest.raises(ValueError, match="not connected"):
        load_keras_weights(module, weights)


def test_partial_kernels_start_from_the_inputs_their_filters_have() -> None:
    """Three channels of 3×3 each, not all eight."""
    rows = tuple(tuple((first + step) % 8 for step in range(3)) for first in range(128))
    layer = make("Conv2D", 128, 3, connections=rows, kernel_initializer="he_normal")
    (kernel, _) = layer.facts(Shape((8, 8, 8))).params
    assert kernel.fans == (27, 3 * 9 * 128 / 8)
    weight = build_module(sequence((8, 8, 8), layer), seed=0).conv2d_1.weight
    assert weight.shape == (384, 3, 3)
    assert weight.std().item() == pytest.approx((2 / 27) ** 0.5, rel=0.05)


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"pool_size": 3, "strides": 2},
        {"padding": "same", "activation": "sigmoid"},
        {"pool_size": 3, "strides": 2, "padding": 1},
        {"ceil_mode": True},
    ],
)
def test_subsampling_is_the_reference_s(arguments: dict[str, Any]) -> None:
    agree_with_reference((7, 8, 3), make("Subsampling2D", coefficient_initializer="random_normal", **arguments))


def test_subsampling_starts_as_average_pooling() -> None:
    x = torch.randn(2, 3, 9, 9)
    ours = build_module(sequence((9, 9, 3), make("Subsampling2D", 3)))
    torch.testing.assert_close(ours(x), build_module(sequence((9, 9, 3), make("AvgPool2D", 3)))(x))


def test_subsampling_adds_multiplies_and_adds() -> None:
    module = build_module(sequence((2, 2, 2), make("Subsampling2D"))).double()
    load_keras_weights(module, {"subsampling2d_1/coefficient": np.array([2.0, 3]), "subsampling2d_1/bias": np.array([10.0, 20])})
    x = torch.tensor([[[[1.0, 2], [3, 4]], [[5, 6], [7, 8]]]], dtype=torch.float64)
    assert module(x).flatten().tolist() == [2 * 10 + 10, 3 * 26 + 20]


def test_distances_are_the_reference_s() -> None:
    agree_with_reference((12,), make("RBF", 5))
    agree_with_reference((2,), make("RBF", 3, codes=((0, 1), (-1, 0.5), (2, 2))))


def test_distances_have_no_state_and_let_gradients_through() -> None:
    module = build_module(sequence((84,), make("RBF", 10)))
    assert not module.state_dict()
    assert not list(module.parameters())
    x = torch.zeros(1, 84, requires_grad=True)
    distances = module(x)
    assert distances.tolist() == [[84.0] * 10]
    distances[0, 3].backward()
    assert x.grad is not None
    assert x.grad[0].tolist() == [-2 * code for code in RBF(units=10).codes_for(84)[3]]


@pytest.mark.parametrize("inputs", [1, 2, 3, 16, 84])
def test_codes_are_different(inputs: int) -> None:
    units = 1 << (inputs - 1).bit_length()
    codes = RBF(units=units).codes_for(inputs)
    assert len(set(codes)) == units
    assert set(sum(codes, ())) <= {1.0, -1.0}


def test_codes_of_a_power_of_two_differ_in_half_of_their_places() -> None:
    codes = RBF(units=16).codes_for(16)
    assert {sum(a != b for a, b in zip(x, y, strict=True)) for x, y in combinations(codes, 2)} == {8}
    ten = RBF(units=10).codes_for(84)
    assert {sum(a != b for a, b in zip(x, y, strict=True)) for x, y in combinations(ten, 2)} == {40, 42}
