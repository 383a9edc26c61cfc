"""Small networks, recipes and data sets that train in a blink."""

from __future__ import annotations

import math

import numpy as np
import pytest

from cnnspec.api import load
from cnnspec.ir import Network
from cnnspec.recipe.recipe import Recipe
from cnnspec.schema.values import CallValue, Word
from cnnspec.train.data.dataset import Dataset


def network_of(body: str) -> Network:
    """The network of the statements of one model."""
    spec = load(f"model Small {{\n{body}\n}}\n")
    spec.require_sound()
    return spec.resolved().network


def recipe_of(**values: object) -> Recipe:
    """A recipe; what is not given is an ordinary choice."""
    base: dict[str, object] = {
        "data": Word("digits"),
        "loss": Word("categorical_crossentropy"),
        "optimizer": CallValue("SGD", (), (("learning_rate", 0.1),)),
        "epochs": 2,
        "batch_size": 16,
    }
    return Recipe.bind((), {**base, **values})


def call(name: str, **named: object) -> CallValue:
    return CallValue(name, (), tuple(named.items()))


def bars(train: int = 200, test: int = 40, classes: int = 4, side: int = 8, seed: int = 0) -> Dataset:
    """Pictures with one bright row that names the class, in noise."""
    rng = np.random.default_rng(seed)

    def draw(count: int) -> tuple[np.ndarray, np.ndarray]:
        labels = rng.integers(0, classes, count).astype(np.int64)
        images = rng.integers(0, 90, (count, side, side, 1)).astype(np.uint8)
        for image, label in zip(images, labels, strict=True):
            image[2 * label : 2 * label + 2] += 150
        return images, labels

    names = tuple(f"row {n}" for n in range(classes))
    return Dataset("bars", *draw(train), *draw(test), names, "memory")


def save_after_every_epoch(patch: pytest.MonkeyPatch) -> None:
    """However short the epochs are."""
    patch.setattr("cnnspec.train.loop.CHECKPOINT_PERIOD", 0.0)
    patch.setattr("cnnspec.train.loop.SHARE_OF_SAVING", math.inf)


SMALL = """
  input 8x8x1
  Conv2D(4, 3x3, activation=relu)
  MaxPool2D
  Flatten
  Dense(4, activation=softmax)
"""
