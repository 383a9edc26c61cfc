"""What a spec's models take: memory, and the whole cost with the terms that the file or the caller states."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnspec.analysis.cost.cost import Cost, work_out_cost
from cnnspec.analysis.cost.devices import DEVICES, Device
from cnnspec.analysis.memory.asked import read_terms
from cnnspec.analysis.memory.memory import Memory, analyse_memory
from cnnspec.analysis.memory.terms import InferenceTerms, TrainingTerms
from cnnspec.api.errors import UnknownNameError
from cnnspec.api.spec import Spec
from cnnspec.diagnostics import SpecError
from cnnspec.recipe.recipe import Recipe

if TYPE_CHECKING:
    from cnnspec.recipe.optimizers import Optimizer

#: Samples of a step of training, where neither a recipe nor the caller says.
BATCH = 32


def find_memory(spec: Spec, model: str | None, batch: int, optimizer: str | Optimizer, precision: str) -> Memory:
    """See :meth:`cnnspec.api.spec.Spec.memory`."""
    report = spec.model(model)
    training = read_terms(TrainingTerms, batch=batch, optimizer=optimizer, precision=precision)
    inference = read_terms(InferenceTerms, batch=batch, precision=precision)
    found = analyse_memory(report)
    if found is None:
        spec.require_sound()
        raise SpecError(())
    return Memory(inference.of(found), training.of(found))


def find_cost(
    spec: Spec,
    model: str | None,
    batch: int | None,
    optimizer: str | Optimizer | None,
    precision: str,
    memory: int | None,
    device: str | Device | None,
) -> tuple[Cost, tuple[str, ...]]:
    """The cost of a model, and where its batch and optimizer come from; see :meth:`cnnspec.api.spec.Spec.cost`."""
    report = spec.model(model)
    machine = find_device(device) if isinstance(device, str) else device
    recipe = _recipe_of(spec, report.name)
    size = batch if batch is not None else recipe.batch_size if recipe is not None else BATCH
    rule = optimizer if optimizer is not None else recipe.optimizer if recipe is not None else None
    training = read_terms(TrainingTerms, batch=size, optimizer=rule, precision=precision)
    inference = read_terms(InferenceTerms, batch=batch, precision=precision)
    found = work_out_cost(spec.resolved(report.name), report, inference, training, limit=memory, device=machine)
    if found is None:
        spec.require_sound()
        raise SpecError(())
    return found, _name_sources(training, batch, optimizer, recipe)


def find_device(name: str) -> Device:
    """A device by its name.

    Raises:
        UnknownNameError: none is known by it.
    """
    found = DEVICES.get(name.lower())
    if found is None:
        raise UnknownNameError.among("device", name, "the table; or give --peak and --bandwidth", tuple(DEVICES))
    return found


def _recipe_of(spec: Spec, model: str) -> Recipe | None:
    """The first sound recipe of a model."""
    return next((item.recipe for item in spec.recipes.values() if item.model == model and item.recipe is not None), None)


def _name_sources(terms: TrainingTerms, batch: int | None, optimizer: object, recipe: Recipe | None) -> tuple[str, ...]:
    """Where the terms of training come from, unless all were given."""
    own = [f"the batch of {terms.batch:,}"] if batch is None else []
    own += [terms.optimizer_name] if optimizer is None else []
    if not own:
        return ()
    text = " and ".join(own)
    verb = "are" if len(own) == 2 else "is"
    origin = "what the recipe states" if recipe is not None else "assumed, as there is no recipe"
    return (f"{text[0].upper()}{text[1:]} {verb} {origin}.",)
