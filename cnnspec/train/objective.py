"""What training minimises and what it measures: losses and metrics of a recipe on the values of a batch."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from cnnspec.backends.torch_modules import BuiltNetwork, has_penalty, penalty
from cnnspec.recipe.losses import Loss
from cnnspec.recipe.metrics import Metric
from cnnspec.train.checkpoint import CheckpointError
from cnnspec.train.losses import loss_of
from cnnspec.train.metrics import Batch, measure_of

#: Takes in the values and the labels of a batch.
Keep = Callable[[Tensor, Tensor], None]


class Objective:
    """A loss and metrics for a network with one output of one value per class.

    With a final softmax (cross-entropy) or sigmoid (binary cross-entropy) and ``from_logits=false`` the fused form on the
    values before it is used. Without a final function they are taken as logits. Reported losses include the penalties of
    regularizers, as Keras's do. A single unit is right on its side of one half (of zero, for logits). Whatever the
    network's values are computed in, losses and metrics are float32.

    Attributes:
        names: ``loss`` and the metrics, in the order of the sums.
        measures: the metrics.
    """

    def __init__(self, network: BuiltNetwork, loss: Loss, metrics: Sequence[Metric]) -> None:
        self.network = network
        self.names = ("loss", *(metric.name for metric in metrics))
        final = network.probabilities[0]
        self._loss, self.logits = loss_of(loss, final)
        self.measures = tuple(map(measure_of, metrics))
        taken_as_logits = self.logits or (final is None and bool(loss.activation))
        # Values before a softmax or sigmoid are in the same order as after it.
        self._half = 0.0 if taken_as_logits else 0.5
        self._to_probabilities = _PROBABILITIES[loss.activation if taken_as_logits else ""]
        self._penalised = has_penalty(network)

    def values(self, x: Tensor) -> Tensor:
        """The values that the loss takes: logits where it is fused, else the network's outputs."""
        return self.network.forward_logits(x) if self.logits else self.network(x)

    def outputs(self, values: Tensor) -> Tensor:
        """The network's outputs, float32, for values as the loss takes them."""
        return _PROBABILITIES[(self.network.probabilities[0] or "") if self.logits else ""](values.float())

    def loss(self, values: Tensor, labels: Tensor) -> Tensor:
        """The mean loss of a batch with the penalties of regularizers."""
        loss = self._loss(values.float(), labels)
        return loss + penalty(self.network) if self._penalised else loss

    def hits(self, values: Tensor, labels: Tensor) -> list[Tensor]:
        """What the batch adds to the sums of each metric: for most the number of samples that it counts."""
        batch = Batch(values, labels, self._half, self._to_probabilities)
        return [measure.count(batch) for measure in self.measures]


#: From logits, or values as they are, to probabilities.
_PROBABILITIES: Mapping[str, Callable[[Tensor], Tensor]] = {
    "softmax": lambda values: values.softmax(dim=1),
    "sigmoid": lambda values: values.sigmoid(),
    "": lambda values: values,
}


class Means:
    """Running means over an epoch, kept on the device: nothing waits for it until :meth:`read`.

    Losses are weighted by the size of their batch, as Keras does.
    """

    def __init__(self, objective: Objective, batches: int, device: torch.device) -> None:
        self.names, self.measures = objective.names, objective.measures
        self.losses = torch.zeros(batches, device=device)
        #: The sums of each metric, from the first batch on.
        self.sums: list[Tensor] = []
        self.sizes: list[int] = []

    @property
    def samples(self) -> int:
        """How many samples were taken in."""
        return sum(self.sizes)

    def clear(self) -> None:
        """Begin again."""
        self.sizes.clear()
        self.sums.clear()

    def add(self, loss: Tensor, hits: Sequence[Tensor], size: int) -> None:
        """Take in one batch: its mean loss, its hits, its number of samples."""
        self.losses[len(self.sizes)] = loss
        if self.sums:
            for total, more in zip(self.sums, hits, strict=True):
                total += more
        else:
            self.sums = [_widened(more) for more in hits]
        self.sizes.append(size)

    def read(self) -> dict[str, float]:
        """The means so far; this waits for the device."""
        sizes = torch.tensor(self.sizes, dtype=torch.float64)
        samples = self.samples
        losses = self.losses[: len(self.sizes)].to("cpu", torch.float64)
        found = [measure.figure(total.cpu(), samples) for measure, total in zip(self.measures, self.sums, strict=True)]
        return dict(zip(self.names, [float((losses * sizes).sum() / samples), *found], strict=True))

    def state(self) -> dict[str, Any]:
        """What was added up so far."""
        sums = {f"sums_{at}": total for at, total in enumerate(self.sums)}
        return {"losses": self.losses[: len(self.sizes)], "sizes": list(self.sizes), **sums}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take up what was added up before."""
        self.sizes = [int(size) for size in state["sizes"]]
        if len(self.sizes) > len(self.losses) or min(self.sizes, default=1) < 1:
            raise ValueError(f"{len(self.sizes)} batches, the least of {min(self.sizes, default=0)} samples")
        self.losses[: len(self.sizes)].copy_(state["losses"])
        kept = [state[f"sums_{at}"] for at in range(len(self.measures))] if self.sizes else []
        self.sums = [total.clone().to(self.losses.device) for total in kept]

    def require(self, batches: int) -> None:
        """Make sure that so many batches were taken in.

        Raises:
            CheckpointError: it is another number.
        """
        if len(self.sizes) != batches:
            raise CheckpointError(f"it has figures of {len(self.sizes):,} steps of the epoch, and {batches:,} were done")

    def first_bad(self) -> int | None:
        """The first batch whose loss is not a finite number; this waits for the device."""
        bad = (~torch.isfinite(self.losses[: len(self.sizes)])).nonzero()
        return int(bad[0]) if len(bad) else None

    def loss_at(self, batch: int) -> float:
        """The loss of one batch."""
        return float(self.losses[batch])


def _widened(sums: Tensor) -> Tensor:
    """A copy to add to: many small numbers in float64, where the device has it."""
    return sums.double() if sums.is_floating_point() and sums.device.type != "mps" else sums.clone()


@torch.no_grad()
def measure(
    objective: Objective, batches: Iterable[tuple[Tensor, Tensor]], means: Means, keep: Keep | None = None
) -> dict[str, float]:
    """Loss and metrics over batches, in evaluation mode; ``keep`` is given the values and the labels of each."""
    mode = objective.network.training
    objective.network.eval()
    for x, labels in batches:
        values = objective.values(x)
        means.add(objective.loss(values, labels), objective.hits(values, labels), len(labels))
        if keep is not None:
            keep(values, labels)
    objective.network.train(mode)
    return means.read()
