"""What is to be trained: a spec's model and recipe, with what replaces parts of them, found and checked before data is loaded."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from cnnspec.api.errors import UnknownNameError
from cnnspec.api.loading import load_path
from cnnspec.api.settings import read_extents
from cnnspec.api.spec import Spec
from cnnspec.diagnostics import SpecError
from cnnspec.diagnostics.catalogue.files import no_recipe
from cnnspec.recipe.data import DataSource, Images, data_sources
from cnnspec.recipe.recipe import Recipe
from cnnspec.resolve.result import ResolvedModel, ResolvedRecipe

#: Data sets that are named by a word alone.
WORDS = ("digits", "fashion_mnist", "kmnist", "mnist")


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
    options: Mapping[str, object] = field(default_factory=dict[str, object])  # what the same plan is made from again
    base: Path | None = None  # from which paths of the data count, where that is not the file's folder

    @property
    def data_folder(self) -> Path:
        """Where paths of the data count from: the caller's folder for what the caller named, else that of the file."""
        if self.base is not None:
            return self.base
        return Path() if self.own_folder or self.spec.path in ("-", "<text>") else Path(self.spec.path).parent


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
    found = with_settings(spec, replaced, input, max_nodes)
    found.require_sound()
    chosen = _choose(found, model, recipe)
    assert chosen.recipe is not None, "a sound file has whole recipes"
    final, keys = chosen.recipe, chosen.replaced
    if own_folder:
        final, keys = final.model_copy(update={"data": named_data(str(data))}), keys | {"data"}
    network = found.resolved(chosen.model)
    named = {"data": data, "epochs": epochs, "batch_size": batch_size, **(settings or {})}
    arguments = {name: value for name, value in named.items() if value is not None}
    options: dict[str, object] = {
        "model": chosen.model,
        "recipe": chosen.name,
        "settings": dict(found.settings.replace),
        "input": None if found.settings.input is None else list(found.settings.input),
        "max_nodes": found.settings.max_nodes,
        "data": str(Path(str(data)).resolve()) if own_folder else None,
    }
    return Plan(found, network, chosen, final, keys | network.replaced, arguments, own_folder, options)


def plan_again(
    spec: Spec | str | os.PathLike[str] | None,
    folder: str | os.PathLike[str],
    *,
    settings: Mapping[str, object] | None = None,
    **given: Any,
) -> Plan:
    """The plan of a run that is gone on with: as it was called then, but for what is given now.

    Args:
        spec: its file, or None for the text that the run's folder keeps.
        folder: the run's folder.
        settings: as in :func:`plan`.
        **given: the other arguments of :func:`plan`; None where they are as they were.

    Raises:
        SpecError: the folder is no run's, or the file has errors.
    """
    from cnnspec.train.resuming import read_origin

    origin = read_origin(Path(folder))
    before: dict[str, Any] = {**origin.options}
    merged = {**before.pop("settings", {}), **(settings or {})}
    if isinstance(spec, Spec):
        merged, before = dict(settings or {}), {name: before.get(name) for name in ("model", "recipe", "data")}
    named = {**before, **{name: value for name, value in given.items() if value is not None}}
    planned = plan(spec if spec is not None else origin.spec, settings=merged, **named)
    return replace(planned, base=origin.data_folder if spec is None else None)


def with_settings(
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


def named_data(name: str) -> DataSource:
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
