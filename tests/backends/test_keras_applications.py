"""Published networks against Keras's applications: their weights in our modules give their values."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from support.keras_applications import double_precision, make_application, take_over
from support.published import Application, Published, published

TWINS = [
    (model, model.application, size) for model in published() if model.application is not None for size in model.application.sizes
]


@pytest.mark.parametrize(
    ("model", "twin", "size"), TWINS, ids=[f"{model.name}-{twin.name}-{size}" for model, twin, size in TWINS]
)
def test_the_same_values(model: Published, twin: Application, size: int) -> None:
    """In double precision: 1e-12 is what another order of sums makes of them."""
    images = np.random.default_rng(1).normal(size=(6, size, size, 3)) * twin.spread
    theirs, layers = make_application(twin.name, size, images[:4])
    ours = model.load({"size": size}).build(model.model).double().eval()
    take_over(layers, ours)
    others = torch.from_numpy(images[4:])
    with torch.no_grad(), double_precision():
        expected = theirs(others).numpy()
        found = ours(others.permute(0, 3, 1, 2)).numpy()
    assert found.shape == expected.shape
    apart = np.abs(expected[0] - expected[1]).max()
    assert apart > 0.1 * expected.max(), "the two images hardly differ for this network"
    assert np.abs(found - expected).max() < 1e-10 * apart


def test_other_weights_are_refused() -> None:
    model, twin, size = next(entry for entry in TWINS if entry[1].name == "MobileNetV2")
    image = np.zeros((1, size, size, 3))
    _, layers = make_application("MobileNet", size, image)
    with pytest.raises(ValueError, match="layers with weights there"):
        take_over(layers, model.load({"size": size}).build(model.model))
    _, layers = make_application(twin.name, size, image)
    with pytest.raises(ValueError, match=r"last/conv_norm_1/conv2d_1|features_1/conv_norm_1/conv2d_1"):
        take_over([*layers[1:], layers[0]], model.load({"size": size}).build(model.model))
