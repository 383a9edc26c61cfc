"""A finished (or interrupted) run, read back from its folder: checked by its hashes, and without running anything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any

from torch import Tensor

from cnnspec.backends.torch_modules import BuiltNetwork, build_module, facts_of, weights_keras
from cnnspec.diagnostics import Diagnostic, SpecError
from cnnspec.diagnostics.catalogue.runs import (
    checkpoint_corrupt,
    checkpoint_mismatch,
    checkpoint_skipped,
    run_broken,
    run_not_found,
)
from cnnspec.ir import Network
from cnnspec.layers.base import LayerError
from cnnspec.layers.input import Input
from cnnspec.recipe.recipe import Recipe
from cnnspec.schema.declaration import BindError
from cnnspec.train.checkpoint import SUFFIX, Checkpoint, CheckpointError, load_weights, read_checkpoint
from cnnspec.train.recipe_record import recipe_from_json
from cnnspec.train.run_folder import RECORD, SPEC, checkpoints_of, is_locked, read_record

if TYPE_CHECKING:
    from cnnspec.train.data.prepare import Preparation

#: What reading a description raises that is not one.
NOT_DESCRIBED = (TypeError, ValueError, AttributeError, LookupError, RecursionError, OverflowError, BindError, LayerError)

#: Data sets of light figures on a dark ground.
DARK_GROUND = frozenset({"mnist", "fashion_mnist", "kmnist", "digits"})

#: The most values that an image may have.
MOST_PIXELS = 2**26


@dataclass(frozen=True, slots=True)
class Run:
    """What a run's folder holds.

    Attributes:
        path: the folder.
        record: ``run.json``.
        source: the text of ``spec.cnn``, None if the run had none.
        network, recipe: as they were trained, options included.
        preparation: how its images become inputs.
        class_names: one for each class.
        checkpoint: the file the weights are from.
        weights: by Torch's names.
        metadata: of the checkpoint: epoch, step, figures.
        warnings: what was wrong on the way: a broken newest checkpoint.
    """

    path: Path
    record: Mapping[str, Any] = field(repr=False)
    source: str | None = field(repr=False)
    network: Network = field(repr=False)
    recipe: Recipe
    preparation: Preparation
    class_names: tuple[str, ...]
    checkpoint: Path
    weights: Mapping[str, Tensor] = field(repr=False)
    metadata: Mapping[str, Any] = field(repr=False)
    warnings: tuple[Diagnostic, ...] = ()

    @property
    def epoch(self) -> int:
        """The epoch (from 1) after which the weights were as they are; 0 before the first."""
        restored = self.metadata["restored"]
        return self.metadata["epoch"] if restored is None else restored + 1

    @property
    def dark_ground(self) -> bool:
        """Whether its data has light figures on a dark ground, so that a picture of ink on paper is to be turned round."""
        return self.recipe.data.word in DARK_GROUND

    @property
    def unfinished(self) -> str:
        """How it ended short of its epochs, as the end of a sentence; "" if it did not."""
        after = f"; its weights are those after {self.metadata['step']:,} steps"
        match self.record.get("status"):
            case "interrupted":
                return f"the run was interrupted{after}"
            case "failed":
                return f"the run failed ({self.record.get('message', 'for a reason it does not state')}){after}"
            case "running":
                return f"the run {'is still going on' if is_locked(self.path) else 'broke off'}{after}"
            case _:
                return ""

    @property
    def data_folder(self) -> Path | None:
        """The folder from which the paths of its ``images(…)`` or ``npz(…)`` count, if that is recorded."""
        return self._recorded_path("folder")

    @property
    def data_origin(self) -> Path | None:
        """Where its data lay, if that is recorded and still there."""
        origin = self._recorded_path("origin")
        return origin if origin is not None and origin.exists() else None

    def _recorded_path(self, key: str) -> Path | None:
        data: Any = self.record.get("data")
        path = data.get(key) if isinstance(data, dict) else None  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType]
        return Path(path) if isinstance(path, str) and path and "\0" not in path else None

    def build(self, network: Network | None = None) -> BuiltNetwork:
        """The run's network, or another one with the same layers, with the run's weights and in evaluation mode.

        Raises:
            SpecError: the weights are not those of the network.
        """
        network = network or self.network
        # Compared before anything is built: a file must not be able to ask for more memory than it brings along.
        held, wanted = sum(tensor.numel() for tensor in self.weights.values()), count_weights(network)
        if held != wanted:
            raise self._mismatch(f"it holds {held:,} weights and the network has {wanted:,}")
        module = build_module(network, seed=0)
        try:
            load_weights(module, self.weights)
        except CheckpointError as error:
            raise self._mismatch(str(error)) from None
        module.eval()
        return module

    def _mismatch(self, reason: str) -> SpecError:
        return SpecError((checkpoint_mismatch(self.checkpoint.as_posix(), reason=reason),))

    def keras_weights(self, network: Network | None = None) -> dict[str, Any]:
        """The weights by layer and Keras's name, in Keras's layout; of another network as for :meth:`build`."""
        return weights_keras(self.build(network))


def count_weights(network: Network) -> int:
    """All parameters and moving statistics; shared ones once.

    Raises:
        LayerError: a layer does not accept its inputs.
    """
    pairs = zip(network.nodes, facts_of(network), strict=True)
    return sum(param.count for node, facts in pairs if node.shares is None for param in facts.params)


def load_run(path: Path | str) -> Run:
    """Read a run: the newest checkpoint that is whole, or the one that is named.

    Args:
        path: the run's folder, its ``run.json``, or a ``.safetensors`` file in it.

    Raises:
        SpecError: it is no run, its ``run.json`` is broken, or no checkpoint of it is whole.
    """
    path = Path(path)
    named = path if path.suffix == SUFFIX else None
    folder = _folder_of(named) if named is not None else path.parent if path.name == RECORD else path
    record = read_record(folder)
    found, checkpoint, warnings = _read_checkpoint(folder, named)
    try:
        return _assemble(folder, record, found, checkpoint, warnings)
    except NOT_DESCRIBED as error:
        reason = f"it does not describe a run ({type(error).__name__}: {error})"
        raise SpecError((run_broken(found.as_posix(), reason=reason),)) from None


def _folder_of(checkpoint: Path) -> Path:
    """The nearest folder above a checkpoint that is a run's."""
    return next((folder for folder in checkpoint.resolve().parents if (folder / RECORD).is_file()), checkpoint.parent)


def _read_checkpoint(folder: Path, named: Path | None) -> tuple[Path, Checkpoint, tuple[Diagnostic, ...]]:
    candidates = [named] if named is not None else list(checkpoints_of(folder))
    if not candidates:
        raise SpecError((run_not_found(folder.as_posix(), missing="checkpoint"),))
    broken: list[tuple[Path, str]] = []
    for path in candidates:
        try:
            checkpoint = read_checkpoint(path)
        except CheckpointError as error:
            broken.append((path, str(error)))
            continue
        return path, checkpoint, tuple(checkpoint_skipped(bad.as_posix(), reason=why, used=path.name) for bad, why in broken)
    reason = "; ".join(f"{path.name}: {why}" for path, why in broken)
    raise SpecError((checkpoint_corrupt(folder.as_posix(), reason=reason),))


def _assemble(folder: Path, record: dict[str, Any], found: Path, checkpoint: Checkpoint, warnings: tuple[Diagnostic, ...]) -> Run:
    from cnnspec.train.data.prepare import Preparation

    metadata = checkpoint.metadata
    network, preparation = Network.from_json(metadata["network"]), Preparation.from_json(metadata["preparation"])
    count_weights(network)
    _check_output(network)
    _check_preparation(network, preparation)
    spec = folder / SPEC
    return Run(
        path=folder,
        record=record,
        source=spec.read_text("utf-8") if spec.is_file() else None,
        network=network,
        recipe=recipe_from_json(record["recipe"]),
        preparation=preparation,
        class_names=tuple(str(name) for name in metadata["class_names"]),
        checkpoint=found,
        weights=checkpoint.part("weights"),
        metadata={
            **metadata,
            "epoch": int(metadata["epoch"]),
            "step": int(metadata["step"]),
            "restored": None if (restored := metadata.get("restored")) is None else int(restored),
        },
        warnings=warnings,
    )


def _check_output(network: Network) -> None:
    """Refuse a network that does not end in one value per class.

    Raises:
        ValueError: it does not.
    """
    if not all(type(at) is int and 0 <= at < len(network.nodes) for at in network.outputs):
        raise ValueError(f"outputs {network.outputs} of {len(network.nodes)} layers")
    outputs = [facts_of(network)[at].output for at in network.outputs]
    if len(outputs) != 1 or outputs[0].rank != 0:
        raise ValueError(f"outputs of {', '.join(str(shape) for shape in outputs)}")


def _check_preparation(network: Network, preparation: Preparation) -> None:
    """Refuse a description of images that the network does not take, or that no machine could hold.

    Raises:
        ValueError: it is one.
    """
    extents = (*preparation.stored, *preparation.image, *preparation.shape)
    if not all(type(extent) is int and 0 < extent <= MOST_PIXELS for extent in extents) or prod(preparation.image) > MOST_PIXELS:
        raise ValueError(f"images of {preparation.image}")
    inputs = [node.layer.facts().output.to_json() for node in network.nodes if isinstance(node.layer, Input)]
    fits = len(inputs) == 1 and len(inputs[0]) == len(preparation.shape)
    if not fits or any(dim not in (None, found) for dim, found in zip(inputs[0], preparation.shape, strict=True)):
        raise ValueError(f"the network does not take inputs of {preparation.shape}")
    statistics = (*preparation.mean, *preparation.std)
    numbers = all(type(value) in (int, float) and abs(value) < 1e9 for value in statistics)
    if not numbers or len(preparation.mean) != len(preparation.std) or 0 in preparation.std:
        raise ValueError(f"a mean of {preparation.mean} and a standard deviation of {preparation.std}")
    if len(preparation.mean) != preparation.stored[2] or prod(preparation.image) != prod(preparation.shape):
        raise ValueError(f"images of {preparation.stored} for inputs of {preparation.shape}")
