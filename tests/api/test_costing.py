"""Memory and cost of a spec from Python: defaults, terms, mistakes."""

from __future__ import annotations

import pytest

import cnnspec
from cnnspec.analysis.cost.devices import by_hand
from cnnspec.api import UnknownNameError
from cnnspec.diagnostics import SpecError
from cnnspec.recipe.optimizers import SGD
from cnnspec.resources import library_root

TEXT = "model A {\n  input 6\n  Dense(4, activation=relu) -> Dense(2)\n}\nmodel B {\n  input 3\n  Dense(1)\n}\n"


def test_memory_of_a_model() -> None:
    spec = cnnspec.load(TEXT)
    found = spec.memory(batch=3, optimizer="adam")
    assert found.inference.total == 4 * (38 + 3 * 10)
    assert (found.training.slots, found.training.batch) == (8 * 38, 3)
    assert spec.memory(model="B").inference.parameters == 16
    assert spec.memory(optimizer="SGD(momentum=0.9)").training == spec.memory(optimizer=SGD(momentum=0.9)).training
    assert spec.memory(precision="float16").training.copies == 2 * 38


def test_terms_come_from_the_recipe_unless_given() -> None:
    spec = cnnspec.load(library_root() / "mnist_cnn.cnn")
    recipe = spec.recipe().recipe
    assert recipe is not None
    cost = spec.cost()
    assert (cost.training_terms.batch, cost.training_terms.optimizer) == (recipe.batch_size, recipe.optimizer)
    assert cost.inference_terms.batch == 1
    given = spec.cost(batch=7, optimizer="adam")
    assert (given.training_terms.batch, given.inference_terms.batch, given.training_terms.slots) == (7, 7, 2)
    plain = cnnspec.load(TEXT).cost()
    assert (plain.training_terms.batch, plain.training_terms.optimizer_name) == (32, "SGD")


def test_a_limit_is_that_of_the_device_unless_given() -> None:
    spec = cnnspec.load(TEXT)
    assert spec.cost().limit is None
    assert spec.cost(device="h200").limit == 141 * 10**9
    assert spec.cost(device="h200", memory=10).limit == 10
    assert spec.cost(device=by_hand(10, 20)).limit is None


@pytest.mark.parametrize(
    "terms", [{"optimizer": "adm"}, {"precision": "float64"}, {"batch": 0}, {"optimizer": "adam)"}, {"optimizer": "SGD, batch=3"}]
)
def test_terms_that_do_not_fit(terms: dict[str, object]) -> None:
    with pytest.raises(SpecError) as caught:
        cnnspec.load(TEXT).memory(**terms)  # type: ignore[arg-type]
    assert caught.value.diagnostics


def test_unknown_names() -> None:
    with pytest.raises(UnknownNameError, match="did you mean h200"):
        cnnspec.load(TEXT).cost(device="h20")
    with pytest.raises(UnknownNameError, match="no model C"):
        cnnspec.load(TEXT).memory(model="C")


def test_of_a_broken_file_nothing_is_said() -> None:
    spec = cnnspec.load(TEXT.replace("Dense(2)", "Dens(2)"))
    for ask in (spec.memory, spec.cost):
        with pytest.raises(SpecError) as caught:
            ask()
        assert [d.code for d in caught.value.diagnostics] == ["unknown-layer"]
