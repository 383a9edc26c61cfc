"""Samples on the device: bytes that become a network's input batch by batch, with no worker processes and no loops."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor
from torch.nn.functional import interpolate, pad

from cnnspec.train.augmentation import Augmenter

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from cnnspec.train.data.prepare import Preparation


class Preparer:
    """Brings stored bytes (n, height, width, channels) to what the network reads, channels first, on their device.

    The same steps as :meth:`Preparation.apply`: resize (bilinear, half-pixel centres), pad with zeros, (x − mean)/std,
    and the shape of the model's input.
    """

    def __init__(self, preparation: Preparation, device: torch.device) -> None:
        self.preparation = preparation
        self.mean = _statistic(preparation.mean, 0.0, device)
        self.std = _statistic(preparation.std, 1.0, device)

    def __call__(self, images: Tensor) -> Tensor:
        """(n, h, w, c) bytes → (n, c, H, W), or whatever the model's input is, float32."""
        return self.normal(self.pixels(images))

    def pixels(self, images: Tensor) -> Tensor:
        """(n, h, w, c) bytes → (n, c, H, W) after resize and pad, values from 0 to 255."""
        height, width = self.preparation.resize or self.preparation.stored[:2]
        border = self.preparation.pad
        values = images.permute(0, 3, 1, 2)
        if (height, width) != self.preparation.stored[:2]:
            values = interpolate(values.float(), size=(height, width), mode="bilinear", align_corners=False)
        return pad(values, (border, border, border, border)) if border else values

    def normal(self, values: Tensor) -> Tensor:
        """Pixels, normalised and in the shape of the model's input."""
        if self.mean is not None:
            values = values.to(torch.float32).sub(self.mean)
        values = values.div(self.std) if self.std is not None else values.to(torch.float32)
        return self._shaped(values)

    def _shaped(self, values: Tensor) -> Tensor:
        shape = self.preparation.shape
        if shape == self.preparation.image:
            return values.contiguous(memory_format=torch.channels_last)
        rows = values.permute(0, 2, 3, 1).reshape(len(values), *shape)
        return rows if len(shape) == 1 else rows.movedim(-1, 1).contiguous()


def _statistic(values: tuple[float, ...], neutral: float, device: torch.device) -> Tensor | float | None:
    """One number where all channels agree, None where it changes nothing."""
    if all(value == neutral for value in values):
        return None
    if len(set(values)) == 1:
        return values[0]
    return torch.tensor(values, dtype=torch.float32, device=device).reshape(-1, 1, 1)


@dataclass(frozen=True, slots=True)
class Samples:
    """Images as stored, uint8 (n, height, width, channels), and their labels, both on the device.

    Labels are integers (n,), or one-hot rows (n, classes). ``augment`` changes the images of :meth:`shuffled` batches.
    """

    images: Tensor
    labels: Tensor
    prepare: Preparer
    augment: Augmenter | None = None

    def __len__(self) -> int:
        return len(self.images)

    def batches(self, size: int) -> int:
        """How many batches of at most ``size`` there are."""
        return -(-len(self) // size)

    def shuffled(
        self, size: int, seed: int, epoch: int, *, skip: int = 0, share: Callable[[Tensor], Tensor] = lambda batch: batch
    ) -> Iterator[tuple[Tensor, Tensor]]:
        """The batches of an epoch in its own order, the last one smaller if need be, without the first ``skip``.

        Of each come the images of this process's share, and the labels of all.
        """
        order = epoch_order(len(self), seed, epoch, self.images.device)
        for batch, start in enumerate(range(skip * size, len(self), size), skip):
            index = order[start : start + size]
            if self.augment is None:
                x = self.prepare(self.images.index_select(0, share(index)))
            else:  # drawn for the whole batch, so that the images are the same however many processes share it
                x = share(self._augmented(self.augment, index, mix(mix(seed, epoch), batch)))
            yield x, self.labels.index_select(0, index)

    def _augmented(self, augment: Augmenter, index: Tensor, seed: int) -> Tensor:
        pixels = self.prepare.pixels(self.images.index_select(0, index))
        return self.prepare.normal(augment(pixels.to(torch.float32), seed))

    def in_order(self, size: int) -> Iterator[tuple[Tensor, Tensor]]:
        """Batches of at most ``size`` samples in the order of the data set, the last one smaller if need be."""
        for start in range(0, len(self), size):
            yield self.prepare(self.images[start : start + size]), self.labels[start : start + size]


def to_device(images: NDArray[np.uint8], labels: NDArray[np.int64], preparation: Preparation, device: torch.device) -> Samples:
    """Put the samples of a data set on a device."""
    # A tensor cannot look at a read-only array, such as a memory map, without a warning: those are copied.
    pixels = torch.as_tensor(images if images.flags.writeable else images.copy())
    targets = torch.as_tensor(labels if labels.flags.writeable else labels.copy())
    preparer = Preparer(preparation, device)
    return Samples(pixels.to(device), targets.to(device), preparer)


def epoch_order(samples: int, seed: int, epoch: int, device: torch.device) -> Tensor:
    """The order in which an epoch visits the samples: a function of seed and epoch and of nothing else."""
    generator = torch.Generator().manual_seed(mix(seed, epoch))
    return torch.randperm(samples, generator=generator).to(device)


def mix(seed: int, epoch: int) -> int:
    """A seed for one epoch, far from the seeds of its neighbours (SplitMix64's finaliser)."""
    value = (seed * 0x9E3779B97F4A7C15 + (epoch + 1) * 0xBF58476D1CE4E5B9) & 0xFFFFFFFFFFFFFFFF
    value = ((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9) & 0xFFFFFFFFFFFFFFFF
    value = ((value ^ (value >> 27)) * 0x94D049BB133111EB) & 0xFFFFFFFFFFFFFFFF
    return (value ^ (value >> 31)) & 0x7FFFFFFFFFFFFFFF
