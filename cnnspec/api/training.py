"""Training from Python and for the command line: a spec, its recipe, and what replaces parts of it."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnnspec.analysis.check import final_activation
from cnnspec.analysis.claims import judge_recipe_claims
from cnnspec.analysis.given_sizes import judge_images
from cnnspec.analysis.memory.terms import TrainingTerms
from cnnspec.analysis.report import ClaimResult
from cnnspec.analysis.to_json import claim_to_json
from cnnspec.api.bundle import bundle
from cnnspec.api.planning import Plan, named_data, plan, plan_again, with_settings
from cnnspec.api.spec import Spec
from cnnspec.diagnostics import Diagnostic, Severity, SpecError
from cnnspec.ir import Network
from cnnspec.recipe.callback import Callback as CallbackDeclaration
from cnnspec.recipe.data import DataSource
from cnnspec.recipe.judge import judge_recipe
from cnnspec.recipe.recipe import Recipe
from cnnspec.resolve.result import ResolvedModel

if TYPE_CHECKING:
    from cnnspec.train.callbacks import Callback
    from cnnspec.train.data.dataset import Dataset
    from cnnspec.train.own_data import OwnData
    from cnnspec.train.progress import Progress
    from cnnspec.train.result import TrainingResult
    from cnnspec.train.room import Room


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


def train(
    spec: Spec | Network | str | os.PathLike[str] | None = None,
    recipe: str | Recipe | None = None,
    *,
    model: str | None = None,
    data: Any = None,
    data_dir: str | os.PathLike[str] | None = None,
    epochs: int | None = None,
    batch_size: int | None = None,
    device: str = "auto",
    seed: int | None = None,
    out: str | os.PathLike[str] | None = None,
    resume: str | os.PathLike[str] | None = None,
    settings: Mapping[str, object] | None = None,
    callbacks: Sequence[Callback | CallbackDeclaration] = (),
    progress: Progress | None = None,
    threads: int | None = None,
    allow_network: Collection[str] = (),
) -> Trained:
    """Train a model by its recipe, and test it once at the end.

    Args:
        spec: a loaded spec, or the path of one; may be left away with ``resume``. Or a network by itself, with a recipe.
        recipe: the name of one of the file's recipes, the first unless named; or a recipe by itself, which then replaces
            the file's and its claims.
        model: which of the file's models.
        data: instead of the recipe's: the word of a data set (``"digits"``), a folder of pictures, or a pair of what to
            train on and what to test on, each a loader such as Torch's ``DataLoader`` or a pair of inputs and labels.
            Images of bytes are prepared as the recipe says, everything else is taken as it is, channels first.
        data_dir: where MNIST lies.
        epochs, batch_size, seed: instead of the recipe's.
        device: ``auto``, ``cpu``, ``cuda``.
        out: a new or empty folder for the run; nothing is kept without one.
        resume: the folder of a run to go on with. It goes on as it was called, but for what is given now; only ``epochs`` may
            differ. The weights become, bit for bit, those of a run that was never broken off.
        settings: as in :func:`cnnspec.load`.
        callbacks: besides the recipe's: of one's own, or declared as in a recipe.
        progress: what is told how far it is.
        threads: of Torch.
        allow_network: hosts to which callbacks may send figures.

    Raises:
        SpecError: the file has errors, or the run failed.
        MachineError: disk, memory, network, device.
        ValueError: inputs and labels do not fit together, or the recipe asks for what data of one's own does not have.
    """
    own, named_source = _split_data(data)
    if isinstance(spec, Network) or isinstance(recipe, Recipe):
        network = spec if isinstance(spec, Network) else _network_of(spec, model, settings)
        if not isinstance(recipe, Recipe):
            raise TypeError("a network by itself needs a recipe by itself: recipe=Recipe(…)")
        return _train_network(
            network, recipe, data=named_source, own=own, data_dir=data_dir, epochs=epochs, batch_size=batch_size, device=device,
            seed=seed, out=out if resume is None else resume, resume=resume is not None, callbacks=callbacks, progress=progress,
            threads=threads, allowed_hosts=allow_network,
        )  # fmt: skip
    named: dict[str, Any] = {"model": model, "recipe": recipe, "data": named_source}
    named |= {"epochs": epochs, "batch_size": batch_size}
    if resume is not None:
        planned = plan_again(spec, resume, settings=settings, **named)
    elif spec is not None:
        planned = plan(spec, settings=settings, **named)
    else:
        raise TypeError("train needs a spec, or the folder of a run to resume")
    return run(
        planned, data_dir=data_dir, device=device, seed=seed, out=out, resume=resume, callbacks=callbacks, progress=progress,
        threads=threads, allow_network=allow_network, own=own,
    )  # fmt: skip


def _split_data(data: Any) -> tuple[Dataset | OwnData | None, str | None]:
    """Data of one's own, or the name of a data set or a folder."""
    if data is None or isinstance(data, (str, os.PathLike)):
        return None, None if data is None else str(os.fspath(data))  # pyright: ignore[reportUnknownArgumentType]
    from cnnspec.train.own_data import own_data

    return own_data(data), None


def _network_of(spec: Spec | str | os.PathLike[str] | None, model: str | None, settings: Mapping[str, object] | None) -> Network:
    """The network of a file's model."""
    if spec is None:
        raise TypeError("train needs a spec or a network")
    found = with_settings(spec, settings or {}, None, None)
    found.require_sound()
    return found.resolved(model).network


def _train_network(
    network: Network,
    recipe: Recipe,
    *,
    data: str | os.PathLike[str] | None,
    own: Dataset | OwnData | None,
    data_dir: str | os.PathLike[str] | None,
    out: str | os.PathLike[str] | None,
    **options: Any,
) -> Trained:
    """Train a network that is no file's, or by a recipe that is no file's: no claims are judged."""
    from cnnspec.train.data.load import load_dataset
    from cnnspec.train.training import train as run_training

    if own is None:
        folder, source = None if data_dir is None else Path(data_dir), recipe.data if data is None else named_data(str(data))
        own = load_dataset(source, data_dir=folder, confine=False, size=recipe.resize)
    return Trained(run_training(network, recipe, own, out=None if out is None else Path(out), **options), (), ())


def run(
    planned: Plan,
    *,
    data_dir: str | os.PathLike[str] | None = None,
    device: str = "auto",
    seed: int | None = None,
    out: str | os.PathLike[str] | None = None,
    resume: str | os.PathLike[str] | None = None,
    callbacks: Sequence[Callback | CallbackDeclaration] = (),
    progress: Progress | None = None,
    threads: int | None = None,
    keep: bool = False,
    allow_network: Collection[str] = (),
    own: Dataset | OwnData | None = None,
) -> Trained:
    """Train what was planned; with ``keep`` and no ``out`` in a new folder ``runs/Model-1``, ``runs/Model-2`` …"""
    from cnnspec.train.callbacks.readiness import require_ready
    from cnnspec.train.data.dataset import Dataset
    from cnnspec.train.devices import choose_device
    from cnnspec.train.processes import is_first, started_again
    from cnnspec.train.progress import shows
    from cnnspec.train.resuming import read_origin
    from cnnspec.train.room import free_memory
    from cnnspec.train.run_folder import check_folder, default_run_folder, is_run
    from cnnspec.train.training import train as run_training

    if resume is None and out is not None and started_again() and is_run(Path(out)):
        resume = out  # a process was lost, and the launcher started all of them anew
    if resume is not None:
        origin = read_origin(Path(resume))
        out, seed = resume, origin.seed if seed is None else seed
        device = origin.device if device == "auto" else device
        data_dir = origin.data_dir if data_dir is None else data_dir
        threads = origin.threads if threads is None else threads
    place = choose_device(device)
    if out is not None and is_first():
        check_folder(Path(out), resume=resume is not None)  # before data is fetched for nothing
    require_ready(planned.recipe.callbacks, allow_network)
    dataset = load_data(planned, data_dir, talk=shows(progress)) if own is None else own
    if isinstance(dataset, Dataset):
        _check_data(planned, dataset)
    replaced = planned.replaced | ({"data"} if own is not None else set[str]())
    if out is None and keep and is_first():
        out = default_run_folder(planned.model.name)
    given = {"data_dir": data_dir, "device": device, "seed": seed, "out": out, "threads": threads}
    found: list[Diagnostic] = []
    claims: list[ClaimResult] = []

    def judge(figures: Mapping[str, float]) -> list[dict[str, object]]:
        names = planned.recipe.metric_names
        claims.extend(judge_recipe_claims(planned.resolved.claims, names, found.append, figures, sorted(replaced)))
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
        data_folder=planned.data_folder,
        options={**planned.options, "data_dir": None if data_dir is None else str(Path(data_dir).resolve())},
        resume=resume is not None,
        judge=judge,
        allowed_hosts=allow_network,
        room=find_room(planned, free_memory(place)),
    )
    return Trained(result, tuple(claims), tuple(found))


def find_room(planned: Plan, free: int | None) -> Room | None:
    """How a step of the plan stands to the bytes that are free; None where nobody says, or sizes are open."""
    from cnnspec.analysis.cost.fit import fit_training
    from cnnspec.analysis.memory.memory import analyse_memory
    from cnnspec.train.room import Room

    report, recipe = planned.spec.model(planned.model.name), planned.recipe
    memory = analyse_memory(report)
    if free is None or memory is None:
        return None
    terms = TrainingTerms(batch=recipe.batch_size, optimizer=recipe.optimizer, precision=recipe.precision)
    fit = fit_training(planned.model, report, memory, terms, free)
    if fit is None:
        return None
    remedies = tuple(remedy.what for remedy in fit.remedies if remedy.total is not None and remedy.total <= free)
    return Room(fit.total, free, fit.largest, remedies)


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
        base=planned.data_folder,
        confine=not planned.own_folder,
        size=planned.recipe.resize,
        progress=print_progress if talk else None,
    )
