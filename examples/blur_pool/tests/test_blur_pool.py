"""BlurPool2D is what it says, and what the paper says."""

from pathlib import Path

import pytest
import torch
from cnnspec_blur_pool.layer import BlurPool2D, binomial
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

import cnnspec
from cnnspec.testing import check_layer

SPEC = Path(__file__).parents[1] / "blurred_cnn.cnn"


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"pool_size": 4, "padding": "valid"},
        {"pool_size": (1, 5), "strides": (1, 3), "padding_mode": "zeros"},
        {"pool_size": 3, "padding": ((1, 0), (2, 1)), "padding_mode": "replicate"},
        {"pool_size": 2, "strides": 3, "padding": 1, "padding_mode": "circular"},
    ],
)
@pytest.mark.parametrize("shape", [(8, 9, 3), (7, 6, 1)])
def test_the_layer_keeps_its_word(arguments: dict[str, object], shape: tuple[int, ...]) -> None:
    check_layer(BlurPool2D.bind((), arguments), shape)


def averaged_twice(x: Tensor, k: int, padding: tuple[int, int], stride: int) -> Tensor:
    """A binomial blur written another way: the mean of two neighbours, k − 1 times."""
    before, after = padding
    x = F.pad(x, (before, after, before, after), "reflect")
    for _ in range(k - 1):
        x = F.avg_pool2d(x, 2, stride=1)
    return x[:, :, ::stride, ::stride]


@pytest.mark.parametrize("k", [1, 2, 3, 4, 5])
def test_against_repeated_averages(k: int) -> None:
    padding = ((k - 1) // 2, k // 2)
    text = f"model M {{\n  input 12x13x4\n  BlurPool2D({k}, padding=[{list(padding)}, {list(padding)}])\n}}\n"
    module = cnnspec.load(text).build().double()
    x = torch.randn(2, 4, 12, 13, dtype=torch.float64)
    torch.testing.assert_close(module(x), averaged_twice(x, k, padding, 2))


def test_a_constant_stays_and_the_fastest_change_vanishes() -> None:
    module = cnnspec.load("model M {\n  input 8x8x1\n  BlurPool2D(padding=1)\n}\n").build()
    torch.testing.assert_close(module(torch.ones(1, 1, 8, 8)), torch.ones(1, 1, 4, 4))
    stripes = torch.tensor([1.0, -1.0] * 4).expand(1, 1, 8, 8)
    torch.testing.assert_close(module(stripes), torch.zeros(1, 1, 4, 4))


def test_pascals_triangle() -> None:
    assert [binomial(k) for k in (1, 2, 3, 5)] == [[1], [1, 1], [1, 2, 1], [1, 4, 6, 4, 1]]


def test_the_spec_is_sound_and_builds() -> None:
    spec = cnnspec.load(SPEC)
    assert spec.check().ok
    assert spec.build(seed=0)(torch.zeros(2, 1, 28, 28)).shape == (2, 10)
