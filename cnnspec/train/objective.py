"""What training minimises and what it measures: losses and metrics of a recipe on the values of a batch."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from cnnspec.backends.torch_modules import BuiltNetwork, has_penalty, penalty
from cnnspec.recipe.losses import (
    BinaryCrossentropy,
    CategoricalCrossentropy,
    Loss,
    MeanSquaredError,
    SparseCategoricalCrossentropy,
)
from cnnspec.recipe.metrics import Accuracy, Metric, TopK

#: Keras keeps probabilities this far from 0 and 1 before it takes their logarithm.
EPSILON = 1e-7

Values = Callable[[Tensor, Tensor], Tensor]


class Objective:
    """A loss and metrics for a network with one output of one value per class.

    With a final softmax (cross-entropy) or sigmoid (binary cross-entropy) and ``from_logits=false`` the fused form on the
    values before it is used. Without a final function they are taken as logits. Reported losses include the penalties of
    regularizers, as Keras's do. A single unit is right on its side of one half (of zero, for logits).

    Attributes:
        names: ``loss`` and the metrics, in the order of the sums.
    """

    def __init__(self, network: BuiltNetwork, loss: Loss, metrics: Sequence[Metric]) -> None:
        self.network = network
        self.names = ("loss", *(metric.name for metric in metrics))
        self._loss, self.logits = _loss_of(loss, network.probabilities[0])
        # Values before a softmax or sigmoid are in the same order as after it.
        half = 0.0 if self.logits or loss.takes_logits else 0.5
        self._hits = tuple(_hits_of(metric, half) for metric in metrics)
        self._penalised = has_penalty(network)

    def values(self, x: Tensor) -> Tensor:
        """The values that the loss takes: logits where it is fused, else the network's outputs."""
        return self.network.forward_logits(x) if self.logits else self.network(x)

    def loss(self, values: Tensor, labels: Tensor) -> Tensor:
        """The mean loss of a batch with the penalties of regularizers."""
        loss = self._loss(values, labels)
        return loss + penalty(self.network) if self._penalised else loss

    @property
    def metrics(self) -> int:
        """How many metrics there are besides the loss."""
        return len(self._hits)

    def hits(self, values: Tensor, labels: Tensor) -> list[Tensor]:
        """For each metric, the number of samples of the batch that it counts."""
        return [count(values, labels) for count in self._hits]


def _loss_of(loss: Loss, final: str | None) -> tuple[Values, bool]:
    """The loss as a function of values and labels, and whether the values are those before the final function."""
    match loss:
        case CategoricalCrossentropy() | SparseCategoricalCrossentropy():
            if loss.from_logits or final is None:
                return _cross_entropy, False
            return (_cross_entropy, True) if final == "softmax" else (_cross_entropy_of_shares, False)
        case BinaryCrossentropy():
            if loss.from_logits or final is None:
                return _binary_with_logits, False
            return (_binary_with_logits, True) if final == "sigmoid" else (_binary, False)
        case MeanSquaredError():
            return _squared, False
        case _:
            raise TypeError(f"no Torch form of the loss {loss!r}")


def _cross_entropy(values: Tensor, labels: Tensor) -> Tensor:
    return functional.cross_entropy(values, labels)


def _cross_entropy_of_shares(values: Tensor, labels: Tensor) -> Tensor:
    """Keras on values that are no softmax: they are divided by their sum and kept from 0 and 1."""
    shares = (values / values.sum(dim=1, keepdim=True)).clamp(EPSILON, 1 - EPSILON)
    return -(one_hot(labels, values) * shares.log()).sum(dim=1).mean()


def _binary_with_logits(values: Tensor, labels: Tensor) -> Tensor:
    return functional.binary_cross_entropy_with_logits(values, one_hot(labels, values))


def _binary(values: Tensor, labels: Tensor) -> Tensor:
    return functional.binary_cross_entropy(values.clamp(EPSILON, 1 - EPSILON), one_hot(labels, values))


def _squared(values: Tensor, labels: Tensor) -> Tensor:
    return functional.mse_loss(values, one_hot(labels, values))


def one_hot(labels: Tensor, values: Tensor) -> Tensor:
    """Targets of the shape of the values: a row of 0 and one 1 for each label, the label itself for a single unit."""
    if labels.dim() == 2:
        return labels.to(values.dtype)
    if values.shape[1] == 1:
        return labels.to(values.dtype)[:, None]
    return (labels[:, None] == torch.arange(values.shape[1], device=labels.device)).to(values.dtype)


def _hits_of(metric: Metric, half: float) -> Values:
    match metric:
        case Accuracy():
            return lambda values, labels: _right(values, _classes(labels), half)
        case TopK(k=k):
            return lambda values, labels: _among(values, _classes(labels), k)
        case _:
            raise TypeError(f"no Torch form of the metric {metric!r}")


def _classes(labels: Tensor) -> Tensor:
    return labels if labels.dim() == 1 else labels.argmax(dim=1)


def _right(values: Tensor, classes: Tensor, half: float) -> Tensor:
    if values.shape[1] == 1:
        return ((values[:, 0] > half) == (classes > 0)).sum()
    return (values.argmax(dim=1) == classes).sum()


def _among(values: Tensor, classes: Tensor, k: int) -> Tensor:
    best = values.topk(min(k, values.shape[1]), dim=1).indices
    return (best == classes[:, None]).any(dim=1).sum()


class Means:
    """Running means over an epoch, kept on the device: nothing waits for it until :meth:`read`.

    Losses are weighted by the size of their batch, as Keras does.
    """

    def __init__(self, objective: Objective, batches: int, device: torch.device) -> None:
        self.names = objective.names
        self.losses = torch.zeros(batches, device=device)
        self.counts = [torch.zeros((), dtype=torch.int64, device=device) for _ in range(objective.metrics)]
        self.sizes: list[int] = []

    @property
    def samples(self) -> int:
        """How many samples were taken in."""
        return sum(self.sizes)

    def clear(self) -> None:
        """Begin again."""
        self.sizes.clear()
        for count in self.counts:
            count.zero_()

    def add(self, loss: Tensor, hits: Sequence[Tensor], size: int) -> None:
        """Take in one batch: its mean loss, its hits, its number of samples."""
        self.losses[len(self.sizes)] = loss
        for count, more in zip(self.counts, hits, strict=True):
            count += more
        self.sizes.append(size)

    def read(self) -> dict[str, float]:
        """The means so far; this waits for the device."""
        sizes = torch.tensor(self.sizes, dtype=torch.float64)
        samples = self.samples
        losses = self.losses[: len(self.sizes)].to("cpu", torch.float64)
        figures = [float((losses * sizes).sum() / samples), *(int(count) / samples for count in self.counts)]
        return dict(zip(self.names, figures, strict=True))

    def state(self) -> dict[str, Any]:
        """What was added up so far."""
        counts = torch.stack(self.counts) if self.counts else torch.zeros(0, dtype=torch.int64)
        return {"losses": self.losses[: len(self.sizes)], "counts": counts, "sizes": list(self.sizes)}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take up what was added up before."""
        self.sizes = [int(size) for size in state["sizes"]]
        self.losses[: len(self.sizes)].copy_(state["losses"])
        for count, value in zip(self.counts, state["counts"], strict=True):
            count.copy_(value)

    def first_bad(self) -> int | None:
        """The first batch whose loss is not a finite number; this waits for the device."""
        bad = (~torch.isfinite(self.losses[: len(self.sizes)])).nonzero()
        return int(bad[0]) if len(bad) else None

    def loss_at(self, batch: int) -> float:
        """The loss of one batch."""
        return float(self.losses[batch])


@torch.no_grad()
def measure(objective: Objective, batches: Iterable[tuple[Tensor, Tensor]], means: Means) -> dict[str, float]:
    """Loss and metrics over batches, in evaluation mode."""
    mode = objective.network.training
    objective.network.eval()
    for x, labels in batches:
        values = objective.values(x)
        means.add(objective.loss(values, labels), objective.hits(values, labels), len(labels))
    objective.network.train(mode)
    return means.read()
