"""A data set in memory, as it lies in its files."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from cnnspec.recipe.data import DataFacts

Images = NDArray[np.uint8]
Labels = NDArray[np.int64]


@dataclass(frozen=True)
class Dataset:
    """Images and labels to train and to test on.

    Attributes:
        name: what the recipe calls it.
        train_images, test_images: uint8, samples × height × width × channels.
        train_labels, test_labels: int64, samples; classes count from 0.
        class_names: one for each class.
        origin: where it was read from.
    """

    name: str
    train_images: Images = field(repr=False)
    train_labels: Labels = field(repr=False)
    test_images: Images = field(repr=False)
    test_labels: Labels = field(repr=False)
    class_names: tuple[str, ...]
    origin: str = ""

    @property
    def shape(self) -> tuple[int, int, int]:
        """Height, width and channels of an image."""
        _, height, width, channels = self.train_images.shape
        return height, width, channels

    @property
    def facts(self) -> DataFacts:
        """What a recipe is judged by."""
        return DataFacts(self.name, self.shape, len(self.class_names), len(self.train_images), len(self.test_images))

    @cached_property
    def checksum(self) -> str:
        """SHA-256 of shapes, images and labels: equal for equal data, however it was packed."""
        digest = hashlib.sha256()
        for array in (self.train_images, self.train_labels, self.test_images, self.test_labels):
            digest.update(f"{array.dtype.str}{array.shape}".encode())
            for start in range(0, len(array), 4096):
                digest.update(np.ascontiguousarray(array[start : start + 4096]).data)
        return digest.hexdigest()
