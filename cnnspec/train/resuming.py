"""Going on with a run: whether what is asked for is the same training, and the checkpoint it goes on from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import isclose
from pathlib import Path
from typing import Any

from cnnspec.diagnostics import Diagnostic, SpecError
from cnnspec.diagnostics.catalogue.runs import (
    checkpoint_corrupt,
    checkpoint_skipped,
    resume_mismatch,
    run_broken,
    run_not_found,
    schedule_stretched,
)
from cnnspec.ir import Network
from cnnspec.recipe.recipe import Recipe
from cnnspec.schema.choice import plain_value
from cnnspec.schema.values import show
from cnnspec.train.checkpoint import Checkpoint, CheckpointError, read_checkpoint
from cnnspec.train.recipe_record import recipe_from_json
from cnnspec.train.run import NOT_DESCRIBED
from cnnspec.train.run_folder import RECORD, SPEC, checkpoints_of, read_record


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be trained, as far as it has to be what was trained before."""

    network: Network
    recipe: Recipe
    checksum: str
    threads: int | None


def find_checkpoint(folder: Path) -> tuple[Checkpoint | None, tuple[Diagnostic, ...]]:
    """The newest checkpoint of a run from which it can go on, and warnings of newer ones that are not whole.

    None where the run broke off before it had written one. Those that hold weights alone (of an ending that brought
    back earlier ones, of a loss that was no number) are passed over.

    Raises:
        SpecError: there are some, and none is whole.
    """
    broken: list[tuple[Path, str]] = []
    for path in checkpoints_of(folder):
        try:
            checkpoint = read_checkpoint(path)
        except CheckpointError as error:
            broken.append((path, str(error)))
            continue
        if "state" in checkpoint.metadata:
            return checkpoint, tuple(checkpoint_skipped(bad.as_posix(), reason=why, used=path.name) for bad, why in broken)
    if broken:
        reason = "; ".join(f"{path.name}: {why}" for path, why in broken)
        raise SpecError((checkpoint_corrupt(folder.as_posix(), reason=reason),))
    return None, ()


def require_same(folder: Path, record: Mapping[str, Any], checkpoint: Checkpoint | None, wanted: Wanted) -> None:
    """Refuse to go on with another training than the one that began in the folder; more epochs are no other training.

    Raises:
        SpecError: network, recipe, data or threads differ, or the run's record is broken.
    """
    try:
        differences = [*_differences(record, checkpoint, wanted)]
    except NOT_DESCRIBED as error:
        reason = f"it does not describe a run ({type(error).__name__}: {error})"
        raise SpecError((run_broken((folder / RECORD).as_posix(), reason=reason),)) from None
    if differences:
        raise SpecError((resume_mismatch(folder.as_posix(), differences=tuple(differences)),))


def _differences(record: Mapping[str, Any], checkpoint: Checkpoint | None, wanted: Wanted) -> Iterator[str]:
    if checkpoint is not None:
        yield from _of_networks(Network.from_json(checkpoint.metadata["network"]), wanted.network)
    yield from _of_recipes(recipe_from_json(record["recipe"]), wanted.recipe)
    done = 0 if checkpoint is None else int(checkpoint.metadata["epoch"])
    if wanted.recipe.epochs < done:
        yield f"{done:,} epochs are done there, and epochs is {wanted.recipe.epochs:,} here"
    known = str(record["data"]["sha256"])
    if known != wanted.checksum:
        yield f"the data has the SHA-256 {known[:12]}… there and {wanted.checksum[:12]}… here"
    threads = int(record["threads"])
    if wanted.threads is not None and wanted.threads != threads:
        yield f"it ran with --threads {threads}, and here it is {wanted.threads}: sums in another order are other numbers"


def warn_of_rates(folder: Path, record: Mapping[str, Any], done: float, recipe: Recipe) -> tuple[Diagnostic, ...]:
    """A word where more epochs than before change the learning rate at which a run goes on, after ``done`` epochs."""
    before = recipe_from_json(record["recipe"]).epochs
    schedule, rate = recipe.schedule, recipe.optimizer.learning_rate
    then, now = (rate * schedule.factor(done, epochs) for epochs in (before, recipe.epochs))
    if isclose(then, now):
        return ()
    path = folder.as_posix()
    return (schedule_stretched(path, schedule=schedule.word, before=before, now=recipe.epochs, done=done, rates=(then, now)),)


def _of_networks(then: Network, now: Network) -> Iterator[str]:
    if (then.nodes, then.outputs) == (now.nodes, now.outputs):
        return
    for one, other in zip(then.nodes, now.nodes, strict=False):
        if one != other:
            names = one.path if one.path == other.path else f"{one.path} there and {other.path} here"
            yield f"the network is another: the first layer that differs is {names}"
            return
    yield f"the network has {len(then.nodes):,} layers there and {len(now.nodes):,} here"


def _of_recipes(then: Recipe, now: Recipe) -> Iterator[str]:
    for key in type(now).model_fields:
        before, after = getattr(then, key), getattr(now, key)
        if before != after and key != "epochs":
            yield f"{key} is {show(plain_value(before))} there and {show(plain_value(after))} here"


@dataclass(frozen=True, slots=True)
class Origin:
    """How a run was called, as its folder says.

    Attributes:
        spec: the file with its text.
        options: the arguments of its plan, those that were given.
        data_folder: from which paths of its data count.
        device, threads, seed, data_dir: as they were.
    """

    spec: Path
    options: Mapping[str, Any]
    data_folder: Path | None
    device: str
    threads: int
    seed: int
    data_dir: str | None


def read_origin(folder: Path) -> Origin:
    """What ``run.json`` says of how a run was called.

    Raises:
        SpecError: the folder is no run's, or its record is broken.
    """
    record = read_record(folder)
    if not (folder / SPEC).is_file():
        raise SpecError((run_not_found(folder.as_posix(), missing=SPEC),))
    try:
        options = {name: value for name, value in dict(record["options"]).items() if value is not None}
        data_dir, data_folder = options.pop("data_dir", None), record["data"]["folder"]
        return Origin(
            spec=folder / SPEC,
            options={**_checked(options), "settings": {str(name): str(value) for name, value in options["settings"].items()}},
            data_folder=None if data_folder is None else Path(data_folder),
            device=str(record["device"]),
            threads=int(record["threads"]),
            seed=int(record["seed"]),
            data_dir=None if data_dir is None else str(data_dir),
        )
    except NOT_DESCRIBED as error:
        reason = f"it does not say how the run was called ({type(error).__name__}: {error})"
        raise SpecError((run_broken((folder / RECORD).as_posix(), reason=reason),)) from None


def _checked(options: Mapping[str, Any]) -> dict[str, Any]:
    """The options of a plan, each of its kind.

    Raises:
        ValueError: one is not.
    """
    kinds = {"model": str, "recipe": str, "data": str, "input": list, "max_nodes": int, "settings": dict}
    for name, value in options.items():
        if not isinstance(value, kinds[name]):
            raise ValueError(f"{name} is {value!r}")  # noqa: TRY004
    return {**options, **({"input": tuple(int(extent) for extent in options["input"])} if "input" in options else {})}
