"""One training as its callbacks see it: the network, the optimizer, how far it is, and what can be done to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from cnnspec.backends.torch_modules import BuiltNetwork
from cnnspec.diagnostics import Diagnostic
from cnnspec.ir import Network
from cnnspec.recipe.recipe import Recipe
from cnnspec.train.average import WeightAverage
from cnnspec.train.callbacks import inner_path
from cnnspec.train.checkpoint import Checkpoint, load_weights, weights_of
from cnnspec.train.optimizers import Optimizer
from cnnspec.train.processes import Processes
from cnnspec.train.run_folder import RunFolder
from cnnspec.train.state import Position, Randoms, Stateful, Weights, pack, unpack

if TYPE_CHECKING:
    from cnnspec.train.data.prepare import Preparation


def _say_nothing(text: str) -> None:
    """Where nobody listens."""


@dataclass(slots=True)
class Session:
    """The state of a training.

    Attributes:
        network, recipe: what is trained, and by what; ``recipe`` holds the values in force, options included.
        module, optimizer: their Torch form.
        preparation: how images become inputs.
        class_names: one for each class.
        seed, device: as used.
        steps_per_epoch: the last one may be a smaller batch.
        average: of the weights, where the recipe asks for one by ``ema``.
        processes: those that train together.
        folder: where the run is kept, None for a run that keeps nothing.
        parts: everything that changes while training goes on, by name, besides the callbacks; what is added here is
            saved and restored with the rest.
        epoch: epochs that are done. batch: steps of the next one that are done. step: steps that are done, in all.
        history: the figures of every epoch.
        stopped: why training is to end early, "" while it is not.
        restored: the epoch (from 0) whose weights were brought back at the end, None if none were.
        resumed: this training goes on from a checkpoint.
        warnings: what was wrong on the way, such as a checkpoint that is not whole.
        save_wanted: a checkpoint is to be written after this step.
        allowed_hosts: to which callbacks may send something.
        say: shows a line where progress is shown.
    """

    network: Network
    recipe: Recipe
    module: BuiltNetwork
    optimizer: Optimizer
    preparation: Preparation
    class_names: tuple[str, ...]
    seed: int
    device: torch.device
    steps_per_epoch: int
    average: WeightAverage | None = None
    processes: Processes = field(default_factory=Processes, repr=False)
    folder: RunFolder | None = None
    parts: dict[str, Stateful] = field(default_factory=dict[str, Stateful], repr=False)
    epoch: int = 0
    batch: int = 0
    step: int = 0
    history: list[dict[str, float]] = field(default_factory=list[dict[str, float]])
    stopped: str = ""
    restored: int | None = None
    resumed: bool = False
    warnings: tuple[Diagnostic, ...] = ()
    save_wanted: bool = False
    allowed_hosts: frozenset[str] = frozenset()
    say: Callable[[str], None] = field(default=_say_nothing, repr=False)

    def __post_init__(self) -> None:
        own: dict[str, Stateful] = {
            "weights": Weights(self.module),
            "optimizer": self.optimizer,
            "position": Position(self),
            "random": Randoms(self.device),
        }
        if self.average is not None:
            own["average"] = self.average
        self.parts = {**own, **self.parts}

    def stop(self, reason: str) -> None:
        """End training after this epoch; within an epoch, after this step."""
        self.stopped = self.stopped or reason

    def ask_to_save(self) -> None:
        """Have a checkpoint written from which the run can go on: after this step; at an epoch's end, when it is through."""
        self.save_wanted = True

    def weights(self) -> dict[str, Tensor]:
        """A copy of the weights and moving statistics, by name."""
        return weights_of(self.module)

    def restore(self, weights: Mapping[str, Tensor], *, epoch: int) -> None:
        """Bring back the weights of an earlier epoch (from 0)."""
        load_weights(self.module, weights)
        self.restored = epoch

    def checkpoint(self, *, weights_only: bool = False, figures: Mapping[str, float] | None = None) -> Checkpoint:
        """Everything that belongs to this moment, the states of all parts; or the weights alone."""
        if weights_only:
            tensors, values = pack({"weights": self.parts["weights"]})
            return Checkpoint(tensors, self._metadata(figures))
        tensors, values = pack(self.parts)
        return Checkpoint(tensors, {**self._metadata(figures), "state": values})

    def go_on_from(self, checkpoint: Checkpoint) -> None:
        """Take up the states of all parts.

        Raises:
            CheckpointError: the checkpoint lacks one, or has another's.
        """
        unpack(self.parts, checkpoint)

    def _metadata(self, figures: Mapping[str, float] | None) -> dict[str, Any]:
        return {
            "version": 1,
            "network": self.network.to_json(),
            "preparation": self.preparation.to_json(),
            "class_names": list(self.class_names),
            "seed": self.seed,
            "epoch": self.epoch,
            "step": self.step,
            "restored": self.restored,
            "learning_rate": self.optimizer.learning_rate,
            "threads": torch.get_num_threads(),
            "torch": torch.__version__,
            "figures": dict(figures if figures is not None else self.history[-1] if self.history else {}),
        }

    def save(self, *, weights_only: bool = False) -> Path | None:
        """Write the run's next own checkpoint."""
        return self.folder.save(self.checkpoint(weights_only=weights_only)) if self.folder is not None else None

    def save_to(self, path: str, *, weights_only: bool, figures: Mapping[str, float]) -> None:
        """Write a checkpoint to a path in the run's folder, which there must be."""
        assert self.folder is not None
        place = inner_path(self.folder.path, path, "ModelCheckpoint")
        self.folder.save_to(place, self.checkpoint(weights_only=weights_only, figures=figures))
