"""A network for any size, built once, is at each size that it takes the network of that size."""

from __future__ import annotations

from random import Random

import pytest
import torch

import cnnspec
from cnnspec.diagnostics import Severity
from support.open_networks import OpenNetworks

UNET = """
block Double(n) { Conv2D(n, 3x3, padding=same, activation=relu) -> Conv2D(n, 3x3, padding=same) -> BatchNorm -> ReLU }
model UNet {
  input ?x?x2
  e1 = Double(4)
  Conv2D(4, 3x3, strides=2, padding=same)
  e2 = Double(4)
  AvgPool2D(3x3, strides=2, padding=same) -> Double(4)
  u2 = Conv2DTranspose(4, 3x3, strides=2, padding=same)
  [u2, e2] -> Concat -> Double(4)
  u1 = UpSampling2D(2, interpolation=bilinear)
  [u1, e1] -> Add
  Multiply { | | GlobalAvgPool2D -> Dense(4, activation=sigmoid) }
  Conv2D(3, 1x1, activation=softmax)
}
"""
RESIDUAL = """
model Residual {
  input ?x?x2
  repeat 3 {
    Add {
      | Conv2D(2, 3x3, strides=2, padding=same, padding_mode=replicate) -> Conv2D(2, 5x5, padding=same)
      | MaxPool2D(2x2, strides=2, padding=same)
    }
  }
  DepthwiseConv2D(3x3, strides=2, padding=same) -> AvgPool2D(2x2, ceil_mode=true)
  GlobalMaxPool2D
}
"""
VALID = """
model Valid {
  input ?x?x2
  e = Conv2D(4, 3x3) -> Conv2D(4, 3x3)
  MaxPool2D -> Conv2D(4, 3x3) -> Conv2D(4, 3x3)
  u = Conv2DTranspose(4, 2x2, strides=2)
  c = e -> Crop2D(4)
  [u, c] -> Concat -> Conv2D(1, 3x3)
}
"""


def compare(text: str, *sizes: tuple[int, ...]) -> None:
    """The module of the open network against those of the network with each size, weights alike."""
    opened = cnnspec.load(text)
    module = opened.build(seed=0).double().eval()
    for size in sizes:
        known = cnnspec.load(text, input=size)
        assert known.model().network.nodes[1:] == opened.model().network.nodes[1:]
        same = known.build(seed=1).double().eval()
        same.load_state_dict(module.state_dict())
        x = torch.randn(2, 2, *size, dtype=torch.float64, generator=torch.Generator().manual_seed(sum(size)))
        expected = same(x)
        torch.testing.assert_close(module(x), expected, rtol=1e-12, atol=1e-12)
        shape = known.model().rows[known.model().network.outputs[0]].output_shape
        assert shape is not None
        assert expected.moveaxis(1, -1).shape[1:] == shape.dims


@pytest.mark.parametrize(
    ("text", "condition", "sizes"),
    [
        (UNET, ("h, w multiples of 4",), [(4, 4), (8, 12), (32, 20), (64, 64)]),
        (RESIDUAL, (), [(1, 1), (7, 8), (16, 15), (33, 50)]),
        (VALID, ("h, w multiples of 2, at least 16",), [(16, 24), (30, 16), (48, 50)]),
    ],
)
def test_a_module_for_any_size(text: str, condition: tuple[str, ...], sizes: list[tuple[int, ...]]) -> None:
    assert cnnspec.load(text).model().conditions == condition
    compare(text, *sizes)


def test_modules_of_random_networks() -> None:
    built = 0
    for seed in range(40):
        text = OpenNetworks(Random(seed), sound).draw()
        if not sound(text):
            continue
        allowed = cnnspec.load(text).model().allowed
        assert allowed is not None
        sizes = [size for size in (1, 2, 3, 5, 8, 16, 21, 30, 36, 64) if allowed.takes({"l": size})][:4]
        compare(text, *((size,) for size in sizes))
        built += len(sizes)
    assert built > 60


def sound(text: str) -> bool:
    return all(d.severity is not Severity.ERROR for d in cnnspec.load(text).report.diagnostics)
