"""Networks and blocks of the library that torchvision does not have, against the same written with Torch by hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
import torch
from torch import nn

import cnnspec
from cnnspec.record import field, record
from cnnspec.resources import library_root
from support.by_hand import CBAM, TCN, DnCNN, Highway, SqueezeExcite, UNet, WaveNet
from support.torchvision_models import copy_weights


@record
class Case:
    """A network by hand, the model it is, and what is put in."""

    file: str
    model: str
    by_hand: Callable[[], nn.Module]
    shape: tuple[int, ...]
    settings: Mapping[str, object] = field(default_factory=dict[str, object])


CASES = (
    Case("unet_2015.cnn", "UNet2015", lambda: UNet(1, 2, padding=0), (1, 572, 572), {"width": 1}),
    Case("unet_2015.cnn", "UNetPadded", lambda: nn.Sequential(UNet(1, 1, padding=1), nn.Sigmoid()), (1, 256, 256), {"width": 1}),
    Case("unet_2015.cnn", "UNet1D", lambda: nn.Sequential(UNet(3, 4, padding=1, rank=1), nn.Softmax(1)), (1, 2048), {"width": 3}),
    Case("tcn.cnn", "TCN", lambda: TCN(3, 5, 4), (1, 784), {"filters": 3, "levels": 5, "kernel_size": 4}),
    Case(
        "wavenet.cnn",
        "WaveNet",
        lambda: WaveNet(6, 4, 5, stacks=2, layers=3),
        (6, 40),
        {"levels": 6, "signal": 4, "skip": 5, "stacks": 2, "layers": 3},
    ),
    Case("dncnn.cnn", "DnCNN", lambda: DnCNN(5), (1, 11, 13), {"layers": 5}),
)
BLOCKS = {
    'use "std/highway.cnn"': ("Highway", lambda: Highway(8)),
    'use "std/squeeze_excite.cnn"': ("SqueezeExcite(ratio=2)", lambda: SqueezeExcite(8, 2)),
    'use "std/cbam.cnn"': ("CBAM(ratio=2)", lambda: CBAM(8, 2)),
}


def compare(by_hand: nn.Module, spec: cnnspec.Spec, model: str, shape: tuple[int, ...]) -> None:
    """Draw everything that training would change, and compare values."""
    chance = torch.Generator().manual_seed(0)
    theirs = by_hand.double().eval()
    with torch.no_grad():
        for array in (*theirs.parameters(), *theirs.buffers()):
            if array.is_floating_point():
                if array.dim() == 1:  # biases, and statistics, of which a variance must be positive
                    array.uniform_(0.2, 0.8, generator=chance)
                else:
                    array.normal_(0, array[0].numel() ** -0.5, generator=chance)
    ours = spec.build(model).double().eval()
    values = torch.randn(1, *shape, generator=chance, dtype=torch.float64)
    copy_weights(theirs, ours, values)
    with torch.no_grad():
        expected, found = theirs(values), ours(values)
    assert found.shape == expected.shape
    assert expected.std() > 1e-3
    torch.testing.assert_close(found, expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.model)
def test_networks(case: Case) -> None:
    spec = cnnspec.load(Path(str(library_root())) / case.file, settings=case.settings)
    compare(case.by_hand(), spec, case.model, case.shape)


@pytest.mark.parametrize("use", BLOCKS)
def test_blocks(use: str) -> None:
    call, by_hand = BLOCKS[use]
    spec = cnnspec.load(f"{use}\nmodel Block {{\n  input 9x7x8\n  {call}\n}}\n")
    compare(by_hand(), spec, "Block", (8, 9, 7))
