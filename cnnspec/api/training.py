"""Training from Python and for the command line: a spec, its recipe, and what replaces parts of it."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from cnnspec.analysis.check import final_activation
from cnnspec.analysis.claims import judge_recipe_claims
from cnnspec.analysis.report import ClaimResult
from cnnspec.analysis.to_json import claim_to_json
from cnnspec.api.spec import Spec, UnknownNameError, load_path, read_extents
from cnnspec.diagnostics import Diagnostic, Severity, SpecError
from cnnspec.diagnostics.catalogue.files import no_recipe
from cnnspec.recipe.data import DataSource, Images, data_sources
from cnnspec.recipe.judge import judge_recipe
from cnnspec.recipe.recipe import Recipe
from cnnspec.resolve.result import ResolvedModel, ResolvedRecipe

if TYPE_CHECKING:
    from cnnspec.train.callbacks import Callback
    from cnnspec.train.data.dataset import Dataset
    from cnnspec.train.progress import Progress
    from cnnspec.train.result import TrainingResult


@dataclass(frozen=True, slots=True)
class Trained:
    """A finished run: what it came to, and the recipe's claims judged by it.

    Attributes:
        result: figures, history, folder and the trained module.
        claims: the recipe's claims with their actual values.
        diagnostics: an error for every claim that is false.
    """

    result: TrainingResult
    claims: tuple[ClaimResult, ...]
    diagnostics: tuple[Diagnostic, ...]

    @property
    def ok(self) -> bool:
        """No claim of the recipe, run as written, is false."""
        return not any(claim.holds is False for claim in self.claims)


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be trained: everything found and checked, nothing loaded yet."""

    spec: Spec
    model: ResolvedModel
    resolved: ResolvedRecipe
    recipe: Recipe
    replaced: frozenset[str]
    arguments: Mapping[str, object] = field(default_factory=dict)
    own_folder: bool = False  # the data is a folder that the caller named, not one the file names


def plan(
    spec: Spec | str | os.PathLike[str],
    *,
    model: str | None = None,
    recipe: str | None = None,
    data: str | os.PathLike[str] | None = None,
    epochs: int | None = None,
    batch_size: int | None = None,
    settings: Mapping[str, object] | None = None,
    input: str | Sequence[int] | None = None,
    max_nodes: int | None = None,
) -> Plan:
    """Find the model and its recipe, with what replaces parts of it, and check them together.

    Raises:
        SpecError: the file has errors, or states no recipe.
        UnknownNameError: it has no model or recipe of that name.
    """
    words = {name for name in data_sources() if name.islower()} - {"images", "npz"}
    own_folder = data is not None and str(data) not in words
    replaced: dict[str, object] = dict(settings or {})
    for key, value in (("data", None if own_folder else data), ("epochs", epochs), ("batch_size", batch_size)):
        if value is not None:
            replaced[f"train.{key}"] = str(value)
    found = _with_settings(spec, replaced, input, max_nodes)
    found.require_sound()
    chosen = _choose(found, model, recipe)
    assert chosen.recipe is not None, "a sound file has whole recipes"
    final, keys = chosen.recipe, chosen.replaced
    if own_folder:
        if not Path(str(data)).is_dir():
            raise UnknownNameError(f"{data} is no data set and no folder; data sets: {', '.join(sorted(words))}")
        final, keys = final.model_copy(update={"data": Images(path=str(data))}), keys | {"data"}
    network = found.resolved(chosen.model)
    named = {"data": data, "epochs": epochs, "batch_size": batch_size, **(settings or {})}
    arguments = {name: value for name, value in named.items() if value is not None}
    return Plan(found, network, chosen, final, keys | network.replaced, arguments, own_folder)


def _with_settings(
    spec: Spec | str | os.PathLike[str],
    settings: Mapping[str, object],
    input: str | Sequence[int] | None,
    max_nodes: int | None,
) -> Spec:
    if not isinstance(spec, Spec):
        return load_path(spec, settings=settings, input=input, max_nodes=max_nodes)
    if settings or input is not None or max_nodes is not None:
        size = read_extents(input) if isinstance(input, str) else input
        return spec.replace(settings, size, max_nodes)
    return spec


def _choose(spec: Spec, model: str | None, recipe: str | None) -> ResolvedRecipe:
    if recipe is not None:
        return spec.recipe(recipe)
    wanted = spec.model(model).name if model is not None or not spec.recipes else None
    for candidate in spec.recipes.values():
        if wanted is None or candidate.model == wanted:
            return candidate
    name = spec.model(model).name
    raise SpecError((no_recipe(spec.path, model=name, recipe=suggest_recipe(name)),))


def suggest_recipe(model: str) -> str:
    """A recipe to paste and change."""
    return (
        f"train {model} {{\n  data      = mnist\n  loss      = categorical_crossentropy\n  optimizer = Adam\n  epochs    = 5\n}}"
    )


def train(
    spec: Spec | str | os.PathLike[str],
    *,
    model: str | None = None,
    recipe: str | None = None,
    data: str | os.PathLike[str] | None = None,
    data_dir: str | os.PathLike[str] | None = None,
    epochs: int | None = None,
    batch_size: int | None = None,
    device: str = "auto",
    seed: int | None = None,
    out: str | os.PathLike[str] | None = None,
    settings: Mapping[str, object] | None = None,
    callbacks: Sequence[Callback] = (),
    progress: Progress | None = None,
    threads: int | None = None,
) -> Trained:
    """Train a model by its recipe, and test it once at the end.

    Args:
        spec: a loaded spec, or the path of one.
        model, recipe: which of the file's; the first recipe unless named.
        data: instead of the recipe's: the word of a data set (``"digits"``), or a folder of pictures.
        data_dir: where MNIST lies.
        epochs, batch_size, seed: instead of the recipe's.
        device: ``auto``, ``cpu``, ``cuda``.
        out: a new or empty folder for the run; nothing is kept without one.
        settings: as in :func:`cnnspec.load`.
        callbacks: besides the recipe's.
        progress: what is told how far it is.
        threads: of Torch.

    Raises:
        SpecError: the file has errors, or the run failed.
        MachineError: disk, memory, network, device.
    """
    planned = plan(spec, model=model, recipe=recipe, data=data, epochs=epochs, batch_size=batch_size, settings=settings)
    return run(
        planned, data_dir=data_dir, device=device, seed=seed, out=out, callbacks=callbacks, progress=progress, threads=threads
    )


def run(
    planned: Plan,
    *,
    data_dir: str | os.PathLike[str] | None = None,
    device: str = "auto",
    seed: int | None = None,
    out: str | os.PathLike[str] | None = None,
    callbacks: Sequence[Callback] = (),
    progress: Progress | None = None,
    threads: int | None = None,
    keep: bool = False,
) -> Trained:
    """Train what was planned; with ``keep`` and no ``out`` in a new folder ``runs/Model-1``, ``runs/Model-2`` …"""
    from cnnspec.train.loop import train as run_training
    from cnnspec.train.run_folder import default_run_folder

    dataset = load_data(planned, data_dir)
    _check_data(planned, dataset)
    if out is None and keep:
        out = default_run_folder(planned.model.name)
    given = {"data_dir": data_dir, "device": device, "seed": seed, "out": out}
    result = run_training(
        planned.model.network,
        planned.recipe,
        dataset,
        device=device,
        out=None if out is None else Path(out),
        seed=seed,
        callbacks=callbacks,
        progress=progress,
        source=planned.spec.text,
        arguments={**planned.arguments, **{name: str(value) for name, value in given.items() if value is not None}},
        threads=threads,
    )
    found: list[Diagnostic] = []
    names = planned.recipe.metric_names
    claims = judge_recipe_claims(planned.resolved.claims, names, found.append, result.figures, sorted(planned.replaced))
    result = result.with_claims([claim_to_json(claim) for claim in claims])
    return Trained(result, claims, tuple(found))


def _check_data(planned: Plan, dataset: Dataset) -> None:
    """Judge the recipe once more, by what the data turned out to be.

    Raises:
        SpecError: the model does not take its images, or has not a unit for each class.
    """
    model, network = planned.model, planned.model.network
    inputs = [at for at, node in enumerate(network.nodes) if node.layer.kind == "Input"]
    findings = judge_recipe(
        planned.recipe,
        input_shapes=[_dims(model, at) for at in inputs],
        output_shapes=[_dims(model, at) for at in network.outputs],
        final_activation=final_activation(model),
        facts=dataset.facts,
    )
    spans = {**planned.resolved.spans, "input": model.origins[inputs[0]].call, "output": model.origins[network.outputs[0]].call}
    found = [finding.at(spans, planned.resolved.span) for finding in findings]
    if errors := tuple(diagnostic for diagnostic in found if diagnostic.severity is Severity.ERROR):
        raise SpecError(errors)


def _dims(model: ResolvedModel, at: int) -> tuple[int | None, ...] | None:
    shape = model.shapes[at]
    return None if shape is None else tuple(shape.to_json())


def load_data(planned: Plan, data_dir: str | os.PathLike[str] | None) -> Dataset:
    """The data set of the plan's recipe."""
    from cnnspec.train.data.load import load_dataset

    source: DataSource = planned.recipe.data
    folder = Path(planned.spec.path).parent if planned.spec.path not in ("-", "<text>") else Path()
    return load_dataset(
        source,
        data_dir=None if data_dir is None else Path(data_dir),
        base=Path() if planned.own_folder else folder,
        confine=not planned.own_folder,
        size=planned.recipe.resize,
    )
