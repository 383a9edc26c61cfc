"""What the network is given: the device prepares images as NumPy does."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from cnnspec.schema.values import Word
from cnnspec.train.batches import Preparer
from cnnspec.train.data.dataset import Dataset
from cnnspec.train.data.prepare import prepare
from cnnspec.train.training import train
from support.training import network_of, recipe_of


@pytest.mark.parametrize(
    ("values", "shape"),
    [
        ({}, (8, 8, 1)),
        ({"normalize": None}, (8, 8, 1)),
        ({"normalize": Word("standard")}, (8, 8, 1)),
        ({"pad": 2}, (12, 12, 1)),
        ({"resize": (13, 11), "pad": 1, "normalize": Word("standard")}, (15, 13, 1)),
        ({}, (64,)),
        ({"pad": 1}, (100,)),
        ({}, (8, 8)),
    ],
)
def test_the_device_prepares_images_as_numpy_does(data: Dataset, values: dict[str, object], shape: tuple[int, ...]) -> None:
    preparation = prepare(recipe_of(**values), data, shape)
    expected = preparation.apply(data.train_images[:20])
    found = Preparer(preparation, torch.device("cpu"))(torch.from_numpy(data.train_images[:20]))
    if len(shape) > 1:
        found = found.movedim(1, -1)
    assert found.shape == expected.shape
    assert np.abs(found.numpy() - expected).max() < 1e-4 * max(1, np.abs(expected).max())


def test_colours_keep_their_channels() -> None:
    rng = np.random.default_rng(0)
    images = rng.integers(0, 255, (5, 6, 7, 3)).astype(np.uint8)
    data = Dataset("colours", images, np.zeros(5, np.int64), images, np.zeros(5, np.int64), ("a",), "")
    preparation = prepare(recipe_of(normalize=Word("standard")), data, (6, 7, 3))
    found = Preparer(preparation, torch.device("cpu"))(torch.from_numpy(images))
    assert found.is_contiguous(memory_format=torch.channels_last)
    assert np.allclose(found.movedim(1, -1).numpy(), preparation.apply(images), atol=1e-4)


def test_an_mlp_trains(data: Dataset) -> None:
    network = network_of("input 64\nDense(16, activation=relu)\nDense(4, activation=softmax)")
    assert train(network, recipe_of(epochs=4), data).test["accuracy"] > 0.7
