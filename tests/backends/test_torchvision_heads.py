"""Networks with auxiliary heads against torchvision's, which runs the heads in training only."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

import cnnspec
from cnnspec.resources import library_root
from support.torchvision_models import copy_weights, make


@pytest.mark.parametrize(
    ("file", "model", "twin", "size", "outputs"),
    [
        ("googlenet.cnn", "GoogLeNetWithHeads", "googlenet", 224, 3),
        ("inception_v3.cnn", "InceptionV3WithHead", "inception_v3", 299, 2),
    ],
)
def test_the_same_values_at_every_output(file: str, model: str, twin: str, size: int, outputs: int) -> None:
    theirs = make(twin, {"aux_logits": True, "init_weights": True}).double()
    theirs.training = True  # of the whole, so that it asks its heads; normalisation and dropout stay as they are in use
    ours = cnnspec.load(Path(str(library_root())) / file).build(model).double().eval()
    images = torch.randn(2, 2, 3, size, size, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    copy_weights(theirs, ours, images[0])
    with torch.no_grad():
        expected, found = theirs(images[1]), ours(images[1])
    assert len(expected) == len(found) == outputs
    for wanted, got in zip(expected, found, strict=True):
        assert wanted.std() > 0
        assert torch.allclose(got, wanted, rtol=1e-10, atol=1e-10 * wanted.abs().max().item()), (
            f"relative {(got - wanted).abs().max() / wanted.abs().max():.2e}"
        )
