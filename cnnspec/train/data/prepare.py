"""How the bytes of a data set become the values that a network reads: a description, not converted arrays.

Images are resized (bilinear, half-pixel centres), then padded with zeros, then normalised by (x − mean)/std, and last
brought to the shape of the model's input. The trainer does the same with tensors, batch by batch; :meth:`Preparation.apply`
is the same in NumPy.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from cnnspec.recipe.judge import accepts, image_shape
from cnnspec.recipe.recipe import Recipe
from cnnspec.train.data.dataset import Dataset, Images
from cnnspec.train.data.resize import bilinear


@dataclass(frozen=True, slots=True)
class Preparation:
    """From stored bytes to what the network reads.

    Attributes:
        stored: height, width and channels of the images as they lie in the data set.
        resize: height and width to resize to, or None.
        pad: rows and columns of zeros on each side, after resizing.
        mean, std: per channel, in units of stored bytes: ``unit`` is mean 0 and std 255, ``none`` 0 and 1, ``standard``
            those of the stored training images.
        shape: the shape of the model's input for one sample, channels last; (784,) for an image flattened row by row.
    """

    stored: tuple[int, int, int]
    resize: tuple[int, int] | None
    pad: int
    mean: tuple[float, ...]
    std: tuple[float, ...]
    shape: tuple[int, ...]

    @property
    def image(self) -> tuple[int, int, int]:
        """Height, width and channels after resizing and padding."""
        height, width = self.resize or self.stored[:2]
        return height + 2 * self.pad, width + 2 * self.pad, self.stored[2]

    def apply(self, images: Images) -> NDArray[np.float32]:
        """Samples × the model's input shape, float32, of stored images (samples × height × width × channels)."""
        height, width = self.resize or self.stored[:2]
        values = bilinear(images, height, width)
        sides = ((0, 0), (self.pad, self.pad), (self.pad, self.pad), (0, 0))
        padded = np.pad(values, sides) if self.pad else values
        normal = (padded - np.array(self.mean)) / np.array(self.std)
        return normal.astype(np.float32).reshape(len(images), *self.shape)

    def to_json(self) -> dict[str, Any]:
        """For ``run.json``, so that a later prediction prepares its images in the same way."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """The preparation of :meth:`to_json`."""
        height, width, channels = data["stored"]
        resize = data["resize"]
        return cls(
            (height, width, channels),
            (resize[0], resize[1]) if resize is not None else None,
            data["pad"],
            tuple(data["mean"]),
            tuple(data["std"]),
            tuple(data["shape"]),
        )


def prepare(recipe: Recipe, dataset: Dataset, input_shape: tuple[int | None, ...]) -> Preparation:
    """Describe the preparation that a recipe asks for; statistics are computed here, once.

    Args:
        recipe: with normalize, resize, pad and validation; what is kept to validate does not enter the statistics.
        dataset: whose training images give mean and standard deviation.
        input_shape: of the model; unknown extents take the image's.

    Raises:
        ValueError: the input does not take these images (``check`` reports it as ``data-shape-mismatch``).
    """
    image = image_shape(recipe, dataset.shape)
    if not accepts(input_shape, image):
        raise ValueError(f"an input of {input_shape} does not take images of {image}")
    shape = image if len(input_shape) == 3 else tuple(np.prod(image) if dim is None else dim for dim in input_shape)
    count = len(dataset.train_images) - recipe.validation_size(len(dataset.train_images))
    mean, std = _statistics(recipe.normalize, dataset.train_images[:count])
    return Preparation(dataset.shape, recipe.resize, recipe.pad, mean, std, tuple(int(dim) for dim in shape))


def _statistics(normalize: str | None, images: Images) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Mean and standard deviation per channel; a channel that never changes is not divided."""
    channels = images.shape[-1]
    if normalize != "standard":
        return (0.0,) * channels, (255.0 if normalize == "unit" else 1.0,) * channels
    counts = np.zeros((channels, 256), np.int64)
    for start in range(0, len(images), 4096):
        for channel in range(channels):
            counts[channel] += np.bincount(images[start : start + 4096, ..., channel].ravel(), minlength=256)
    values, total = np.arange(256), counts.sum(axis=1)
    mean = (counts * values).sum(axis=1) / total
    variance = (counts * (values - mean[:, None]) ** 2).sum(axis=1) / total
    std = np.where(variance > 0, np.sqrt(variance), 1.0)
    return tuple(float(x) for x in mean), tuple(float(x) for x in std)
