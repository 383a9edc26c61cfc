"""The Torch forms of the metrics: sums over batches, kept on the device, from which a figure is found in the end."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, Generic

import torch
from torch import Tensor
from typing_extensions import TypeVar, override

from cnnspec.recipe import metrics as declared
from cnnspec.train.losses import EPSILON, one_hot

Declared = TypeVar("Declared", bound=declared.Metric, default=declared.Metric)


class Batch:
    """What metrics see of a batch: values and labels, and what follows from them, found when it is first asked for."""

    def __init__(self, values: Tensor, labels: Tensor, half: float, to_probabilities: Callable[[Tensor], Tensor]) -> None:
        self.values, self.labels, self.half = values, labels, half
        self._to_probabilities = to_probabilities
        self._found: dict[str, Tensor] = {}

    @property
    def classes(self) -> Tensor:
        """The right class of each sample."""
        return self.labels if self.labels.dim() == 1 else self.labels.argmax(dim=1)

    @property
    def probabilities(self) -> Tensor:
        """The outputs as probabilities, float32."""
        if "probabilities" not in self._found:
            self._found["probabilities"] = self._to_probabilities(self.values.float())
        return self._found["probabilities"]

    @property
    def targets(self) -> Tensor:
        """Rows of targets, of the shape of the values."""
        if "targets" not in self._found:
            self._found["targets"] = one_hot(self.labels, self.probabilities)
        return self._found["targets"]


class Measure(ABC, Generic[Declared]):
    """A metric: what a batch adds to its sums, and the figure that these come to."""

    def __init__(self, metric: Declared) -> None:
        self.metric = metric

    @abstractmethod
    def count(self, batch: Batch) -> Tensor:
        """What the batch adds; nothing in it waits for the device."""

    def figure(self, sums: Tensor, samples: int) -> float:
        """The figure of sums over so many samples; a share of them unless a metric knows better."""
        return float(sums) / samples


class Accuracy(Measure[declared.Accuracy]):
    """Samples on the right side of one half, or whose greatest output is the right one."""

    @override
    def count(self, batch: Batch) -> Tensor:
        if batch.values.shape[1] == 1:
            return ((batch.values[:, 0] > batch.half) == (batch.classes > 0)).sum()
        return (batch.values.argmax(dim=1) == batch.classes).sum()


class TopK(Measure[declared.TopK]):
    """Samples whose right class is among the greatest outputs."""

    @override
    def count(self, batch: Batch) -> Tensor:
        best = batch.values.topk(min(self.metric.k, batch.values.shape[1]), dim=1).indices
        return (best == batch.classes[:, None]).any(dim=1).sum()


class BinaryAccuracy(Measure[declared.BinaryAccuracy]):
    """Units on the right side, as the mean of each sample's."""

    @override
    def count(self, batch: Batch) -> Tensor:
        right = (batch.probabilities > self.metric.threshold) == (batch.targets > 0)
        return right.sum() / right.shape[1]


class _Counted(Measure[Declared]):
    """Sums of (true positives, false positives, false negatives)."""

    def counts(self, yes: Tensor, targets: Tensor, axis: tuple[int, ...]) -> Tensor:
        right = targets > 0
        return torch.stack([(yes & right).sum(axis), (yes & ~right).sum(axis), (~yes & right).sum(axis)])


class _OfClass(_Counted["declared.Precision | declared.Recall"]):
    @override
    def count(self, batch: Batch) -> Tensor:
        yes, targets = batch.probabilities > self.metric.threshold, batch.targets
        if self.metric.class_id is not None:
            one = slice(self.metric.class_id, self.metric.class_id + 1)
            yes, targets = yes[:, one], targets[:, one]
        return self.counts(yes, targets, (0, 1))


class Precision(_OfClass):
    """True positives over all positives."""

    @override
    def figure(self, sums: Tensor, samples: int) -> float:
        right, wrong, _ = map(int, sums)
        return right / (right + wrong) if right else 0.0


class Recall(_OfClass):
    """True positives over all that should be."""

    @override
    def figure(self, sums: Tensor, samples: int) -> float:
        right, _, missed = map(int, sums)
        return right / (right + missed) if right else 0.0


class F1Score(_Counted[declared.F1Score]):
    """Per class or over all units, then put together, with Keras's ε in each division."""

    @override
    def count(self, batch: Batch) -> Tensor:
        shares, threshold = batch.probabilities, self.metric.threshold
        if threshold is None:
            yes = (shares >= shares.amax(dim=1, keepdim=True)) & (shares.abs() > 1e-9)
        else:
            yes = shares > threshold
        return self.counts(yes, batch.targets, (0, 1) if self.metric.average == "micro" else (0,))

    @override
    def figure(self, sums: Tensor, samples: int) -> float:
        right, wrong, missed = sums.double()
        precision, recall = right / (right + wrong + EPSILON), right / (right + missed + EPSILON)
        scores = 2 * precision * recall / (precision + recall + EPSILON)
        if self.metric.average == "weighted":
            occurrence = right + missed
            return float((scores * occurrence).sum() / (occurrence.sum() + EPSILON))
        return float(scores.mean())


class SquaredError(Measure["declared.MeanSquaredError | declared.RootMeanSquaredError"]):
    """The mean squared error of each sample, and perhaps the root of their mean."""

    @override
    def count(self, batch: Batch) -> Tensor:
        return (batch.probabilities - batch.targets).square().mean(dim=1).sum()

    @override
    def figure(self, sums: Tensor, samples: int) -> float:
        mean = float(sums) / samples
        return mean**0.5 if isinstance(self.metric, declared.RootMeanSquaredError) else mean


class AbsoluteError(Measure[declared.MeanAbsoluteError]):
    """The mean absolute error of each sample."""

    @override
    def count(self, batch: Batch) -> Tensor:
        return (batch.probabilities - batch.targets).abs().mean(dim=1).sum()


#: The Torch form of each declaration.
FORMS: Mapping[type[declared.Metric], Callable[[Any], Measure[Any]]] = {
    declared.Accuracy: Accuracy,
    declared.BinaryAccuracy: BinaryAccuracy,
    declared.TopK: TopK,
    declared.Precision: Precision,
    declared.Recall: Recall,
    declared.F1Score: F1Score,
    declared.MeanSquaredError: SquaredError,
    declared.RootMeanSquaredError: SquaredError,
    declared.MeanAbsoluteError: AbsoluteError,
}


def measure_of(metric: declared.Metric) -> Measure:
    """The Torch form of a metric."""
    return FORMS[type(metric)](metric)
