"""Initializers by their moments and their limits, on Keras's fans."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from cnnspec.backends.torch_modules import build_module, weights_keras
from cnnspec.backends.torch_modules.initialisation import cut_normal, draw, fans, generator_for
from cnnspec.layers.weights import INITIALIZERS, Initializer, Orthogonal
from support.networks import call, make, sequence

SHAPE = (3, 3, 64, 128)  # fan_in 576, fan_out 1152
FAN_IN, FAN_OUT = 576, 1152
AVERAGE = (FAN_IN + FAN_OUT) / 2


def sample(name: str, shape: tuple[int, ...] = SHAPE, **arguments: object) -> torch.Tensor:
    initializer = INITIALIZERS[name].bind((), arguments)
    assert isinstance(initializer, Initializer)
    return draw(initializer, shape, generator_for(0, name))


@pytest.mark.parametrize(
    ("name", "variance"),
    [
        ("glorot_uniform", 1 / AVERAGE),
        ("glorot_normal", 1 / AVERAGE),
        ("he_uniform", 2 / FAN_IN),
        ("he_normal", 2 / FAN_IN),
        ("lecun_uniform", 1 / FAN_IN),
        ("lecun_normal", 1 / FAN_IN),
        ("random_uniform", 0.1**2 / 12),
        ("random_normal", 0.05**2),
        ("truncated_normal", (0.05 * 0.87962566103423978) ** 2),
        ("variance_scaling", 1 / FAN_IN),
    ],
)
def test_moments(name: str, variance: float) -> None:
    values = sample(name).double().flatten()
    count = len(values)
    assert values.mean().abs() < 4 * math.sqrt(variance / count)
    assert values.var().item() == pytest.approx(variance, rel=5 * math.sqrt(2 / count))


@pytest.mark.parametrize(
    ("name", "limit"),
    [
        ("glorot_uniform", math.sqrt(6 / (FAN_IN + FAN_OUT))),
        ("he_uniform", math.sqrt(6 / FAN_IN)),
        ("lecun_uniform", math.sqrt(3 / FAN_IN)),
        ("random_uniform", 0.05),
        ("glorot_normal", 2 * math.sqrt(1 / AVERAGE) / 0.87962566103423978),
        ("he_normal", 2 * math.sqrt(2 / FAN_IN) / 0.87962566103423978),
        ("lecun_normal", 2 * math.sqrt(1 / FAN_IN) / 0.87962566103423978),
        ("truncated_normal", 0.1),
    ],
)
def test_limits(name: str, limit: float) -> None:
    greatest = sample(name).abs().max().item()
    assert 0.99 * limit < greatest <= limit * (1 + 1e-6)


def test_random_normal_is_not_cut() -> None:
    assert sample("random_normal").abs().max() > 3.5 * 0.05


def test_untruncated_variance_scaling_is_not_cut() -> None:
    values = sample("variance_scaling", scale=2.0, mode="fan_out", distribution="untruncated_normal")
    assert values.abs().max() > 3.5 * math.sqrt(2 / FAN_OUT)
    assert values.std().item() == pytest.approx(math.sqrt(2 / FAN_OUT), rel=0.02)


def test_the_cut_normal_has_the_shape_of_a_normal() -> None:
    values = cut_normal((200_000,), generator_for(0, "shape"))
    inside = 0.6826894921370859 / 0.9544997361036416  # P(|x| < 1) of P(|x| < 2)
    assert (values.abs() < 1).double().mean().item() == pytest.approx(inside, abs=0.005)


def test_constants() -> None:
    assert torch.equal(sample("zeros", (2, 3)), torch.zeros(2, 3))
    assert torch.equal(sample("ones", (2, 3)), torch.ones(2, 3))
    assert torch.equal(sample("constant", (2,), value=0.25), torch.full((2,), 0.25))
    assert torch.equal(sample("identity", (2, 3), gain=2.0), 2 * torch.eye(2, 3))
    with pytest.raises(ValueError, match="kernels of two axes"):
        sample("identity", (3, 3, 1, 1))


@pytest.mark.parametrize("shape", [(8, 4), (4, 8), (3, 3, 2, 5)])
def test_orthogonal(shape: tuple[int, ...]) -> None:
    matrix = sample("orthogonal", shape, gain=2.0).reshape(-1, shape[-1]).double()
    product = matrix.T @ matrix if matrix.shape[0] >= matrix.shape[1] else matrix @ matrix.T
    torch.testing.assert_close(product, 4 * torch.eye(len(product), dtype=torch.float64), atol=1e-5, rtol=0)


def test_orthogonal_needs_two_axes() -> None:
    with pytest.raises(ValueError, match="at least two axes"):
        draw(Orthogonal(), (3,), generator_for(0, ""))


@pytest.mark.parametrize(
    ("shape", "expected"),
    [((3, 4), (3, 4)), ((3, 3, 8, 16), (72, 144)), ((3, 3, 8, 2), (72, 18)), ((5,), (5, 5)), ((), (1, 1)), ((7, 2, 3), (14, 21))],
)
def test_fans_are_keras_s(shape: tuple[int, ...], expected: tuple[int, int]) -> None:
    assert fans(shape) == expected


def test_a_transposed_kernel_has_keras_s_fans_not_torch_s() -> None:
    network = sequence((4, 4, 256), make("Conv2DTranspose", 4, 3, kernel_initializer="he_uniform"))
    kernel = weights_keras(build_module(network, seed=0))["conv2d_transpose_1/kernel"]
    assert kernel.shape == (3, 3, 4, 256)
    assert np.abs(kernel).max() == pytest.approx(math.sqrt(6 / (9 * 4)), rel=0.01)


def test_an_initializer_s_own_seed_gives_the_same_array_everywhere() -> None:
    own = make("Conv2D", 8, 3, padding="same", kernel_initializer=call("he_normal", seed=3))
    network = sequence((4, 4, 8), own, own, make("Conv2D", 8, 3, kernel_initializer="he_normal"))
    first, second = (weights_keras(build_module(network, seed=seed)) for seed in (0, 1))
    assert np.array_equal(first["conv2d_1/kernel"], first["conv2d_2/kernel"])
    assert np.array_equal(first["conv2d_1/kernel"], second["conv2d_1/kernel"])
    assert not np.array_equal(first["conv2d_3/kernel"], first["conv2d_1/kernel"])
    assert not np.array_equal(first["conv2d_3/kernel"], second["conv2d_3/kernel"])


def test_every_initializer_is_tested_here() -> None:
    tested = {
        *("glorot_uniform", "glorot_normal", "he_uniform", "he_normal", "lecun_uniform", "lecun_normal", "variance_scaling"),
        *("random_uniform", "random_normal", "truncated_normal", "zeros", "ones", "constant", "identity", "orthogonal"),
    }
    assert set(INITIALIZERS) == tested


def test_a_deviation_starts_as_the_root_of_its_variance() -> None:
    layer = make("BatchNorm", renorm=True, moving_variance_initializer=call("constant", 4.0))
    weights = weights_keras(build_module(sequence((3, 3, 2), layer), seed=0))
    assert weights["batch_norm_1/moving_variance"].tolist() == [4, 4]
    assert weights["batch_norm_1/moving_stddev"].tolist() == weights["batch_norm_1/renorm_stddev"].tolist() == [2, 2]
