"""What a network takes every sample for: gathered while it is tested, for confusion matrices and the worst mistakes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from cnnspec.recipe.losses import Loss
from cnnspec.record import record
from cnnspec.render.run.records import Confusion, Mistake, Sample
from cnnspec.train.objective import Objective
from cnnspec.train.predict import shares_of

if TYPE_CHECKING:
    from cnnspec.train.data.dataset import Images

Array = np.ndarray[Any, Any]

#: The mistakes that are shown.
MOST_MISTAKES = 24


@record
class Verdicts:
    """What was predicted for samples in their order.

    Attributes:
        labels, predicted: classes from 0.
        confidence: the probability of what was predicted; None where outputs are no probabilities.
        names: of the classes; a network with more units than its data has classes gives the others a name too.
    """

    labels: Array
    predicted: Array
    confidence: Array | None
    names: tuple[str, ...]

    @property
    def wrong(self) -> Array:
        """The samples that were taken for something else, those that were surest first, else in their order."""
        found: Array = np.flatnonzero(self.labels != self.predicted)
        if self.confidence is None:
            return found
        return found[np.argsort(-self.confidence[found], kind="stable")]

    def confusion(self) -> Confusion:
        """How often each class was taken for each."""
        count = len(self.names)
        pairs = np.bincount(self.labels * count + self.predicted, minlength=count * count).reshape(count, count)
        return Confusion(self.names, tuple(map(tuple, pairs.tolist())))

    @property
    def worst(self) -> list[int]:
        """The mistakes that are shown."""
        return [int(at) for at in self.wrong[:MOST_MISTAKES]]

    def mistakes(self, images: Images) -> list[Mistake]:
        """The worst mistakes with their pictures, which are given in their order, as stored."""
        return [self._mistake(at, image) for at, image in zip(self.worst, images, strict=True)]

    def _mistake(self, at: int, image: Images) -> Mistake:
        sure = None if self.confidence is None else float(self.confidence[at])
        label, predicted = self.names[int(self.labels[at])], self.names[int(self.predicted[at])]
        return Mistake(stored_sample(image), at, label, predicted, sure)


def stored_sample(image: Images) -> Sample:
    """An image of a data set (height × width × channels, uint8); of two or more than three channels the mean."""
    if image.shape[-1] not in (1, 3):
        image = image.mean(axis=-1, keepdims=True).astype(np.uint8)
    return Sample(image.shape[0], image.shape[1], np.ascontiguousarray(image).tobytes())


class Gathering:
    """Takes in the values of a test batch by batch, on their device; nothing waits for it until :meth:`read`."""

    def __init__(self, objective: Objective, loss: Loss) -> None:
        self.objective, self.loss = objective, loss
        self.labels: list[Tensor] = []
        self.predicted: list[Tensor] = []
        self.confidence: list[Tensor | None] = []

    def add(self, values: Tensor, labels: Tensor) -> None:
        """The values that the loss took, and the labels of one batch."""
        outputs = self.objective.outputs(values)
        shares = shares_of(outputs, self.loss)
        judged = shares if shares is not None else outputs
        # Without probabilities a single unit is on one side of one half.
        sides = judged.argmax(dim=1) if judged.shape[1] > 1 else (judged[:, 0] > 0.5).long()
        self.labels.append(labels.argmax(dim=1) if labels.dim() > 1 else labels)
        self.predicted.append(sides)
        self.confidence.append(None if shares is None else shares.gather(1, sides[:, None])[:, 0])

    def read(self, class_names: Sequence[str]) -> Verdicts:
        """What was gathered; this waits for the device."""
        labels, predicted = _joined(self.labels).astype(np.int64), _joined(self.predicted).astype(np.int64)
        sure = [part for part in self.confidence if part is not None]
        confidence = _joined(sure) if sure and len(sure) == len(self.confidence) else None
        most = int(max(predicted.max(initial=-1), labels.max(initial=-1))) + 1
        more = [f"class {at}" for at in range(len(class_names), most)]
        return Verdicts(labels, predicted, confidence, (*class_names, *more))


def _joined(parts: Sequence[Tensor]) -> Array:
    return torch.cat(list(parts)).cpu().numpy() if parts else np.zeros(0)
