"""Training from Python and for the command line: a spec, its recipe, and what replaces parts of it."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from cnnspec.analysis.check import final_activation
from cnnspec.analysis.claims import judge_recipe_claims
from cnnspec.analysis.given_sizes import judge_images, refuse_misfit
from cnnspec.analysis.report import ClaimResult
from cnnspec.analysis.to_json import claim_to_json
from cnnspec.api.bundle import bundle
from cnnspec.api.errors import UnknownNameError
from cnnspec.api.loading import load_path
from cnnspec.api.settings import read_extents
from cnnspec.api.spec import Spec
from cnnspec.diagnostics import Diagnostic, Severity, SpecError
from cnnspec.diagnostics.catalogue.files import no_recipe
from cnnspec.recipe.callback import Callback as CallbackDeclaration
from cnnspec.recipe.data import DataSource, Images, data_sources
from cnnspec.recipe.judge import judge_recipe
from cnnspec.recipe.recipe import Recipe
from cnnspec.resolve.result import ResolvedModel, ResolvedRecipe

if TYPE_CHECKING:
    from cnnspec.train.apply import Applied
    from cnnspec.train.callbacks import Callback
    from cnnspec.train.data.dataset import Dataset
    from cnnspec.train.evaluate import Evaluation
    from cnnspec.train.predict import Prediction
    from cnnspec.train.progress import Progress
    from cnnspec.train.result import TrainingResult
    from cnnspec.train.run import Run


#: Data sets that are named by a word alone.
WORDS = ("digits", "fashion_mnist", "kmnist", "mnist")


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
    arguments: Mapping[str, object] = field(default_factory=dict[str, object])
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
    own_folder = data is not None and str(data) not in WORDS
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
        final, keys = final.model_copy(update={"data": _named_data(str(data))}), keys | {"data"}
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
    callbacks: Sequence[Callback | CallbackDeclaration] = (),
    progress: Progress | None = None,
    threads: int | None = None,
    allow_network: Collection[str] = (),
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
        callbacks: besides the recipe's: of one's own, or declared as in a recipe.
        progress: what is told how far it is.
        threads: of Torch.
        allow_network: hosts to which callbacks may send figures.

    Raises:
        SpecError: the file has errors, or the run failed.
        MachineError: disk, memory, network, device.
    """
    planned = plan(spec, model=model, recipe=recipe, data=data, epochs=epochs, batch_size=batch_size, settings=settings)
    return run(
        planned, data_dir=data_dir, device=device, seed=seed, out=out, callbacks=callbacks, progress=progress, threads=threads,
        allow_network=allow_network,
    )  # fmt: skip


def run(
    planned: Plan,
    *,
    data_dir: str | os.PathLike[str] | None = None,
    device: str = "auto",
    seed: int | None = None,
    out: str | os.PathLike[str] | None = None,
    callbacks: Sequence[Callback | CallbackDeclaration] = (),
    progress: Progress | None = None,
    threads: int | None = None,
    keep: bool = False,
    allow_network: Collection[str] = (),
) -> Trained:
    """Train what was planned; with ``keep`` and no ``out`` in a new folder ``runs/Model-1``, ``runs/Model-2`` …"""
    from cnnspec.train.callbacks.readiness import require_ready
    from cnnspec.train.devices import choose_device
    from cnnspec.train.loop import train as run_training
    from cnnspec.train.progress import shows
    from cnnspec.train.run_folder import check_folder, default_run_folder

    choose_device(device)
    if out is not None:
        check_folder(Path(out))  # before data is fetched for nothing
    require_ready(planned.recipe.callbacks, allow_network)
    dataset = load_data(planned, data_dir, talk=shows(progress))
    _check_data(planned, dataset)
    if out is None and keep:
        out = default_run_folder(planned.model.name)
    given = {"data_dir": data_dir, "device": device, "seed": seed, "out": out, "threads": threads}
    found: list[Diagnostic] = []
    claims: list[ClaimResult] = []

    def judge(figures: Mapping[str, float]) -> list[dict[str, object]]:
        names = planned.recipe.metric_names
        claims.extend(judge_recipe_claims(planned.resolved.claims, names, found.append, figures, sorted(planned.replaced)))
        return [claim_to_json(claim) for claim in claims]

    result = run_training(
        planned.model.network,
        planned.recipe,
        dataset,
        device=device,
        out=None if out is None else Path(out),
        seed=seed,
        callbacks=callbacks,
        progress=progress,
        source=bundle(planned.spec.resolution, planned.spec.settings),
        arguments={**planned.arguments, **{name: str(value) for name, value in given.items() if value is not None}},
        threads=threads,
        data_folder=_data_folder(planned),
        judge=judge,
        allowed_hosts=allow_network,
    )
    return Trained(result, tuple(claims), tuple(found))


def _data_folder(planned: Plan) -> Path:
    """Where paths of the data count from: the caller's folder for what the caller named, else that of the file."""
    return Path() if planned.own_folder or planned.spec.path in ("-", "<text>") else Path(planned.spec.path).parent


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
    misfit = judge_images(model, planned.recipe, dataset.facts, spans, planned.resolved.span)
    found += [misfit] if misfit is not None else []
    if errors := tuple(diagnostic for diagnostic in found if diagnostic.severity is Severity.ERROR):
        raise SpecError(errors)


def _dims(model: ResolvedModel, at: int) -> tuple[int | None, ...] | None:
    shape = model.shapes[at]
    return None if shape is None else tuple(shape.to_json())


def load_data(planned: Plan, data_dir: str | os.PathLike[str] | None, *, talk: bool = False) -> Dataset:
    """The data set of the plan's recipe; with ``talk`` a download says how far it is."""
    from cnnspec.train.data.download import print_progress
    from cnnspec.train.data.load import load_dataset

    source: DataSource = planned.recipe.data
    return load_dataset(
        source,
        data_dir=None if data_dir is None else Path(data_dir),
        base=_data_folder(planned),
        confine=not planned.own_folder,
        size=planned.recipe.resize,
        progress=print_progress if talk else None,
    )


def evaluate(
    run: str | os.PathLike[str] | Run,
    *,
    data: str | os.PathLike[str] | None = None,
    data_dir: str | os.PathLike[str] | None = None,
    device: str = "auto",
    talk: bool = False,
) -> Evaluation:
    """Test a run's weights on the test images of its own data, or of another data set.

    Args:
        run: the run's folder, or a checkpoint in it, or a run that was read already.
        data: the word of another data set, or a folder of pictures.
        data_dir: where MNIST lies.
        device: ``auto``, ``cpu``, ``cuda``.
        talk: a download says how far it is.

    Raises:
        SpecError: it is no run, or the data is missing or damaged.
    """
    from cnnspec.train.data.download import print_progress
    from cnnspec.train.data.load import load_dataset
    from cnnspec.train.evaluate import evaluate as test_run
    from cnnspec.train.evaluate import load_own_data

    loaded = _read_run(run)
    folder, tell = None if data_dir is None else Path(data_dir), print_progress if talk else None
    if data is None:
        dataset = load_own_data(loaded, data_dir=folder, progress=tell)
    else:
        source = _named_data(str(data))
        dataset = load_dataset(source, data_dir=folder, confine=False, size=loaded.recipe.resize, progress=tell)
    return test_run(loaded, dataset, device=device)


def predict(
    run: str | os.PathLike[str] | Run, images: Sequence[str | os.PathLike[str]], *, device: str = "auto"
) -> list[Prediction]:
    """Classify pictures with a run's weights.

    Args:
        run: the run's folder, or a checkpoint in it, or a run that was read already.
        images: PNG, JPEG, ``.npy`` or text files.
        device: ``auto``, ``cpu``, ``cuda``.

    Raises:
        SpecError: it is no run, or a picture cannot be read.
    """
    from cnnspec.train.predict import predict as classify

    return classify(_read_run(run), [os.fspath(image) for image in images], device=device)


def apply(
    spec: Spec | str | os.PathLike[str],
    path: str | os.PathLike[str],
    *,
    model: str | None = None,
    run: str | os.PathLike[str] | Run | None = None,
    seed: int | None = None,
    settings: Mapping[str, object] | None = None,
    max_nodes: int | None = None,
) -> Applied:
    """Run a network on a picture or a matrix without training it.

    Args:
        spec: a loaded spec, or the path of one.
        path: PNG, JPEG, ``.npy`` or a text matrix.
        model: which of the file's models.
        run: whose weights to take; learned layers draw them at random without one.
        seed: of those random weights.
        settings, max_nodes: as in :func:`cnnspec.load`.

    Raises:
        SpecError: the file has errors, or the input does not fit.
    """
    from cnnspec.train.apply import apply_file

    found = _with_settings(spec, dict(settings or {}), None, max_nodes)
    found.require_sound()
    resolved = found.resolved(model)
    loaded = None if run is None else _read_run(run)
    admit = partial(refuse_misfit, resolved) if resolved.allowed is not None else None
    return apply_file(resolved.network, Path(path), run=loaded, seed=seed, admit=admit)


def _read_run(run: str | os.PathLike[str] | Run) -> Run:
    from cnnspec.train.run import Run, load_run

    return run if isinstance(run, Run) else load_run(os.fspath(run))


def fetch(name: str, *, data_dir: str | os.PathLike[str] | None = None, download: bool = True, talk: bool = False) -> Dataset:
    """A data set, verified; MNIST is downloaded where it is nowhere, and with ``talk`` that says how far it is.

    Raises:
        UnknownNameError: there is no data set of that name.
        SpecError: it is missing or damaged.
    """
    from cnnspec.train.data.download import print_progress
    from cnnspec.train.data.load import load_dataset

    folder = None if data_dir is None else Path(data_dir)
    return load_dataset(
        _named_data(name), data_dir=folder, confine=False, allow_download=download, progress=print_progress if talk else None
    )


def _named_data(name: str) -> DataSource:
    """The data source of a word, or of a folder of pictures."""
    from cnnspec.diagnostics.suggest import closest

    if name in WORDS:
        source = data_sources()[name].bind()
        assert isinstance(source, DataSource)
        return source
    if Path(name).is_dir():
        return Images(path=name)
    nearest = closest(name, WORDS)
    hint = f"did you mean {nearest}?" if nearest else f"data sets: {', '.join(WORDS)}"
    raise UnknownNameError(f"{name} is no data set and no folder; {hint}")
