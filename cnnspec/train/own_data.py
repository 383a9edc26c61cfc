"""Data of one's own: arrays, or loaders such as Torch's ``DataLoader``, to train and to test on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sized
from dataclasses import dataclass, field
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor

from cnnspec.train.batches import Preparer, Samples, mix
from cnnspec.train.data.dataset import Dataset
from cnnspec.train.data.prepare import Preparation
from cnnspec.train.devices import reseed


class LoaderSamples:
    """Batches as a loader gives them: pairs of inputs, as the module takes them, and labels.

    The loader says how large its batches are and in which order they come. Torch's draws that from Torch's own generator,
    which is seeded at the start of each epoch.

    Attributes:
        check: looks at the labels of each batch, which it is given with the batch's number from 1, and refuses those that no
            output stands for; not at labels that lie on an accelerator already, which would have to be waited for.
    """

    def __init__(self, loader: Iterable[Any], device: torch.device) -> None:
        if not isinstance(loader, Sized):
            raise TypeError(f"a loader has to know how many batches it has; {type(loader).__name__} has no len()")
        self.loader, self.device = loader, device
        whole = getattr(loader, "dataset", None)
        self.check: Callable[[Tensor, int], None] | None = None
        self.samples = len(whole) if isinstance(whole, Sized) else sum(len(labels) for _, labels in loader)

    def __len__(self) -> int:
        return self.samples

    def batches(self, size: int) -> int:
        """How many batches there are; ``size`` is the loader's own."""
        return len(cast("Sized", self.loader))

    def shuffled(
        self, size: int, seed: int, epoch: int, *, skip: int = 0, share: Callable[[Tensor], Tensor] = lambda batch: batch
    ) -> Iterator[tuple[Tensor, Tensor]]:
        """The batches of an epoch without the first ``skip``, which are passed over: their order is drawn at the start."""
        now = torch.get_rng_state()
        if skip:
            reseed(mix(seed, epoch + 1))
        batches = iter(self.loader)
        for _ in range(skip):
            next(batches)
        if skip:
            torch.set_rng_state(now)
        for number, (x, labels) in enumerate(batches, skip + 1):
            yield share(self._there(x)), self._checked(labels, number)

    def in_order(self, size: int) -> Iterator[tuple[Tensor, Tensor]]:
        """All batches."""
        for number, (x, labels) in enumerate(self.loader, 1):
            yield self._there(x), self._checked(labels, number)

    def _checked(self, labels: Any, number: int) -> Tensor:
        tensor = torch.as_tensor(labels)
        if self.check is not None and tensor.device.type == "cpu":
            self.check(tensor, number)
        return self._there(tensor)

    def _there(self, values: Any) -> Tensor:
        return torch.as_tensor(values).to(self.device)


class AsTheyAre(Preparer):
    """Inputs that are already what the network reads."""

    def __init__(self, preparation: Preparation) -> None:
        self.preparation = preparation

    def __call__(self, images: Tensor) -> Tensor:
        """The same, as float32."""
        return images.to(torch.float32)


@dataclass(frozen=True)
class OwnData:
    """What is trained and tested on instead of a data set: for each a loader, or inputs and labels.

    Attributes:
        train, test: a loader, or a pair of inputs as the module takes them (channels first) and labels.
        name, origin, checksum: as of a data set; a loader's content has no checksum.
    """

    train: Any = field(repr=False)
    test: Any = field(repr=False)
    name: str = "own data"
    origin: str = ""
    checksum: str = ""

    def samples(self, device: torch.device, shape: tuple[int, ...]) -> tuple[Samples | LoaderSamples, Samples | LoaderSamples]:
        """Both on the device; ``shape`` is the network's input, channels last."""
        return self._on(self.train, device, shape), self._on(self.test, device, shape)

    def _on(self, part: Any, device: torch.device, shape: tuple[int, ...]) -> Samples | LoaderSamples:
        if not _is_pair(part):
            return LoaderSamples(part, device)
        x, labels = (torch.as_tensor(values).to(device) for values in part)
        return Samples(x, labels, AsTheyAre(neutral(shape)))


def neutral(shape: tuple[int, ...]) -> Preparation:
    """A preparation that changes nothing, for inputs of this shape."""
    stored = shape if len(shape) == 3 else (1, 1, int(np.prod(shape)))
    channels = stored[-1]
    height, width = stored[:2]
    return Preparation((height, width, channels), None, 0, (0.0,) * channels, (1.0,) * channels, shape)


def own_data(data: Any) -> Dataset | OwnData:
    """The data of a pair: to train on and to test on, each a loader or a pair of inputs and labels.

    Images of bytes, samples × height × width (× channels), are a data set, which the recipe prepares as any other.
    Everything else is taken as it is.

    Raises:
        TypeError: it is no such pair.
        ValueError: there are not as many labels as inputs.
    """
    if not isinstance(data, (tuple, list)) or len(cast("list[Any]", data)) != 2:
        parts = "what to train on and what to test on, each a loader or a pair of inputs and labels"
        raise TypeError(f"data is a name, a folder, or a pair: {parts}")
    train, test = cast("tuple[Any, Any]", tuple(cast("list[Any]", data)))
    for part in (train, test):
        if _is_pair(part) and len(part[0]) != len(part[1]):
            raise ValueError(f"there are {len(part[0]):,} inputs and {len(part[1]):,} labels")
    if _is_pair(train) and _is_pair(test) and _are_bytes(train[0]) and _are_bytes(test[0]):
        (x_train, y_train), (x_test, y_test) = (tuple(np.asarray(values) for values in part) for part in (train, test))
        names = tuple(str(number) for number in range(int(max(y_train.max(), y_test.max())) + 1))
        labels = [values.astype(np.int64).reshape(-1) for values in (y_train, y_test)]
        return Dataset("own data", _with_channels(x_train), labels[0], _with_channels(x_test), labels[1], names)
    return OwnData(train, test)


def _is_pair(part: Any) -> bool:
    return isinstance(part, (tuple, list)) and len(cast("list[Any]", part)) == 2


def _are_bytes(values: Any) -> bool:
    return str(values.dtype).removeprefix("torch.") == "uint8" and values.ndim in (3, 4)


def _with_channels(images: Any) -> Any:
    return images[..., None] if images.ndim == 3 else images
