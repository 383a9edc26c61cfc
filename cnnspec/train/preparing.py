"""Before the first step: the network, its optimizer and its samples on the device, and what the run's record says of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from cnnspec.backends.torch_modules import BuiltNetwork, build_module, facts_of
from cnnspec.ir import Network
from cnnspec.recipe.recipe import Recipe
from cnnspec.train.augmentation import Augmenter
from cnnspec.train.average import WeightAverage
from cnnspec.train.batches import Samples, to_device
from cnnspec.train.optimizers import make_optimizer
from cnnspec.train.own_data import LoaderSamples, OwnData, neutral
from cnnspec.train.processes import ALONE, Processes, synchronise
from cnnspec.train.recipe_record import recipe_to_json
from cnnspec.train.run import count_weights
from cnnspec.train.session import Session

if TYPE_CHECKING:
    from cnnspec.train.data.dataset import Dataset
    from cnnspec.train.data.prepare import Preparation


#: Where batches come from.
Batches = Samples | LoaderSamples


@dataclass(frozen=True, slots=True)
class Parts:
    """The samples of a run: to train on, to validate on (or None), to test on."""

    train: Batches
    validation: Batches | None
    test: Batches


def prepare_session(
    network: Network, recipe: Recipe, dataset: Dataset | OwnData, device: torch.device, processes: Processes = ALONE
) -> tuple[Session, Parts]:
    """Build the network, its optimizer and its samples on the device."""
    module = build_module(network, seed=recipe.seed)
    module.pool_first()
    module.to(device)
    if recipe.sync_batch_norm and processes.size > 1:
        synchronise(module.modules())
    if any(parameter.dim() == 4 for parameter in module.parameters()):
        module.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    given = tuple(module.input_shapes[0].to_json())
    preparation, parts, class_names = (
        _prepare_own(recipe, dataset, module, given, device, processes)
        if isinstance(dataset, OwnData)
        else _prepare_dataset(recipe, dataset, given, device)
    )
    for part in (parts.train, parts.validation, parts.test):
        if isinstance(part, Samples):
            _require_classes(part.labels, _units(module), network.name)
        elif part is not None:
            part.check = _check_of_batches(_units(module), network.name)
    trained = [(name, parameter) for name, parameter in module.named_parameters() if parameter.requires_grad]
    session = Session(
        network=network,
        recipe=recipe,
        module=module,
        optimizer=make_optimizer(recipe.optimizer, trained, recipe.clip_norm),
        average=WeightAverage(recipe.ema, trained) if recipe.ema is not None else None,
        preparation=preparation,
        processes=processes,
        class_names=class_names,
        seed=recipe.seed,
        device=device,
        steps_per_epoch=parts.train.batches(recipe.batch_size),
    )
    return session, parts


def _units(module: BuiltNetwork) -> int:
    """How many values the network gives, at least two: one value tells two classes apart."""
    output = module.network.outputs[0]
    return max(int(facts_of(module.network)[output].output.to_json()[-1] or 1), 2)


def _check_of_batches(units: int, name: str) -> Callable[[Tensor, int], None]:
    """What a loader's labels are checked with, batch by batch: it has no other place to look at them."""

    def check(labels: Tensor, number: int) -> None:
        _require_classes(labels, units, name, f"batch {number:,}: ")

    return check


def _require_classes(labels: Tensor, units: int, name: str, place: str = "") -> None:
    """Refuse labels that no output stands for.

    Raises:
        ValueError: there are some.
    """
    if labels.dim() == 1 and not labels.is_floating_point() and len(labels):
        least, greatest = int(labels.min()), int(labels.max())
        if least < 0 or greatest >= units:
            raise ValueError(f"{place}labels run from {least} to {greatest}; {name} tells classes 0 to {units - 1} apart")


def _prepare_dataset(
    recipe: Recipe, dataset: Dataset, given: tuple[int | None, ...], device: torch.device
) -> tuple[Preparation, Parts, tuple[str, ...]]:
    from cnnspec.train.data.prepare import prepare

    preparation = prepare(recipe, dataset, given)
    kept = len(dataset.train_images) - recipe.validation_size(len(dataset.train_images))

    def samples(images: Any, labels: Any) -> Samples:
        return to_device(images, labels, preparation, device)

    validation = samples(dataset.train_images[kept:], dataset.train_labels[kept:]) if recipe.validates else None
    augmenter = Augmenter(recipe.augment)
    parts = Parts(
        replace(samples(dataset.train_images[:kept], dataset.train_labels[:kept]), augment=augmenter or None),
        validation,
        samples(dataset.test_images, dataset.test_labels),
    )
    return preparation, parts, dataset.class_names


def _prepare_own(
    recipe: Recipe,
    data: OwnData,
    module: BuiltNetwork,
    given: tuple[int | None, ...],
    device: torch.device,
    processes: Processes,
) -> tuple[Preparation, Parts, tuple[str, ...]]:
    """Samples that are taken as they are.

    Raises:
        ValueError: the recipe asks for what only a data set has.
    """
    if recipe.validates or recipe.augment:
        raise ValueError(
            "validation and augment are of data sets; data of one's own comes as it is: leave them out of the recipe"
        )
    if processes.size > 1:
        raise ValueError("several processes share the batches of a data set, not of a loader: give images of bytes")
    shape = tuple(1 if extent is None else extent for extent in given)
    train, test = data.samples(device, shape)
    names = tuple(str(number) for number in range(_units(module)))
    return neutral(shape), Parts(train, None, test), names


def describe_run(
    session: Session, data: Parts, dataset: Dataset | OwnData, arguments: Mapping[str, object], data_folder: Path | None = None
) -> dict[str, object]:
    """What ``run.json`` says from the start."""
    import platform
    import sys

    # By its name: the package itself stands above this floor.
    version = sys.modules["cnnspec"].__version__
    return {
        "model": session.network.name,
        "params": count_weights(session.network),
        "data": {
            "name": dataset.name,
            "origin": Path(dataset.origin).resolve() if dataset.origin and Path(dataset.origin).exists() else dataset.origin,
            "folder": None if data_folder is None else data_folder.resolve(),
            "sha256": dataset.checksum,
            "train": len(data.train),
            "validation": len(data.validation) if data.validation is not None else 0,
            "test": len(data.test),
            "class_names": list(session.class_names),
        },
        "recipe": recipe_to_json(session.recipe),
        "arguments": dict(arguments),
        "seed": session.seed,
        "device": str(session.device),
        "processes": session.processes.size,
        "threads": torch.get_num_threads(),
        "versions": {"cnnspec": version, "python": platform.python_version(), "torch": torch.__version__},
        "preparation": session.preparation.to_json(),
    }
