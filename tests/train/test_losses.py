"""The losses: against Keras live, with their gradients; the fused forms against the plain ones; smoothing as a key."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
import pytest
import torch

from cnnspec.backends.torch_modules import build_module
from cnnspec.recipe.losses import CategoricalCrossentropy, Loss, losses
from cnnspec.train.losses import loss_of, one_hot
from cnnspec.train.objective import Objective
from support.keras_live import keras
from support.training import call, network_of, recipe_of

WORDS = list(dict.fromkeys(member.word for member in losses().values()))

#: Arguments of Keras's losses that belong elsewhere here, or to other data.
ELSEWHERE = {"self", "name", "reduction", "dtype", "axis", "ignore_class", "kwargs"}

CASES: list[tuple[str, dict[str, Any]]] = [
    *((word, {}) for word in WORDS),
    ("categorical_crossentropy", {"label_smoothing": 0.2}),
    ("binary_crossentropy", {"label_smoothing": 0.2}),
    ("categorical_focal_crossentropy", {"alpha": 0.7, "gamma": 1.5, "label_smoothing": 0.1}),
    ("binary_focal_crossentropy", {"gamma": 3.0, "label_smoothing": 0.1}),
    ("binary_focal_crossentropy", {"apply_class_balancing": True, "alpha": 0.8}),
    ("huber", {"delta": 0.1}),
]


def bound(word: str, arguments: dict[str, Any]) -> Loss:
    made = losses()[word].bind((), arguments)
    assert isinstance(made, Loss)
    return made


def theirs(word: str, arguments: dict[str, Any]) -> Any:
    return getattr(keras().losses, losses()[word].__name__)(**arguments)


@pytest.mark.parametrize("word", WORDS)
def test_arguments_and_defaults(word: str) -> None:
    made = getattr(keras().losses, losses()[word].__name__)
    named = {name: one.default for name, one in inspect.signature(made.__init__).parameters.items() if name not in ELSEWHERE}
    ours = {name: field.get_default() for name, field in losses()[word].model_fields.items()}
    assert ours == named
    assert list(ours) == list(named)


def draw(seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    """Logits, and the labels of six samples of four classes."""
    random = np.random.default_rng(seed)
    return torch.from_numpy(2 * random.normal(size=(6, 4)).astype(np.float32)), torch.from_numpy(random.integers(0, 4, 6))


def value_and_gradient(form: Any, values: torch.Tensor) -> tuple[float, torch.Tensor]:
    leaf = values.clone().requires_grad_()
    found = form(leaf)
    found.backward()
    assert leaf.grad is not None
    return float(found.detach()), leaf.grad


@pytest.mark.parametrize(("word", "arguments"), CASES)
def test_on_probabilities(word: str, arguments: dict[str, Any]) -> None:
    logits, labels = draw()
    shares = logits.softmax(1)
    sparse = word == "sparse_categorical_crossentropy"
    targets = labels if sparse else one_hot(labels, shares)
    expected = value_and_gradient(lambda p: theirs(word, arguments)(targets, p), shares)
    form, _ = loss_of(bound(word, arguments), "tanh")
    found = value_and_gradient(lambda p: form(p, labels), shares)
    assert found[0] == pytest.approx(expected[0], abs=1e-6)
    assert torch.allclose(found[1], expected[1], atol=1e-6)
    assert found[1].abs().max() > 1e-4
    if not sparse:
        rows = form(shares, one_hot(labels, shares))
        assert float(rows) == pytest.approx(found[0], abs=1e-6), "one-hot targets are the same as labels"


@pytest.mark.parametrize(("word", "arguments"), [case for case in CASES if "from_logits" in losses()[case[0]].model_fields])
def test_on_logits_and_fused(word: str, arguments: dict[str, Any]) -> None:
    """The fused form is Keras's from_logits; and what follows from the probabilities themselves."""
    logits, labels = draw(1)
    targets = labels if word == "sparse_categorical_crossentropy" else one_hot(labels, logits)
    expected = value_and_gradient(lambda z: theirs(word, {**arguments, "from_logits": True})(targets, z), logits)
    loss = bound(word, arguments)
    form, fused = loss_of(loss, loss.activation)
    assert fused
    found = value_and_gradient(lambda z: form(z, labels), logits)
    assert found[0] == pytest.approx(expected[0], abs=1e-6)
    assert torch.allclose(found[1], expected[1], atol=1e-6)
    stated, on_outputs = loss_of(bound(word, {**arguments, "from_logits": True}), None)
    assert not on_outputs
    assert float(stated(logits, labels)) == pytest.approx(found[0], abs=1e-7)
    plain, _ = loss_of(loss, "tanh")
    after = logits.softmax(1) if loss.activation == "softmax" else logits.sigmoid()
    assert float(plain(after, labels)) == pytest.approx(found[0], abs=1e-6)


@pytest.mark.parametrize("word", ["binary_crossentropy", "binary_focal_crossentropy", "mean_squared_error", "hinge"])
def test_a_single_unit(word: str) -> None:
    random = np.random.default_rng(2)
    shares, labels = torch.from_numpy(random.uniform(0.05, 0.95, (6, 1)).astype(np.float32)), torch.tensor([0, 1, 1, 0, 1, 0])
    expected = float(theirs(word, {})(labels[:, None], shares))
    assert float(loss_of(bound(word, {}), "tanh")[0](shares, labels)) == pytest.approx(expected, abs=1e-6)


def test_the_fused_forms_stay_finite() -> None:
    logits, labels = torch.tensor([[200.0, -200.0, 0.0]]), torch.tensor([1])
    for word in WORDS:
        loss = bound(word, {})
        if loss.activation:
            value, gradient = value_and_gradient(lambda z, loss=loss: loss_of(loss, loss.activation)[0](z, labels), logits)
            assert value > 10
            assert torch.isfinite(gradient).all(), word


def test_smoothing_as_a_key_of_the_recipe() -> None:
    plain, smooth = recipe_of(), recipe_of(label_smoothing=0.1)
    assert plain.smoothed_loss == CategoricalCrossentropy()
    assert smooth.smoothed_loss == CategoricalCrossentropy(label_smoothing=0.1)
    module = build_module(network_of("  input 4\n  Dense(3, activation=softmax)"), seed=0)
    x, labels = torch.randn(5, 4), torch.tensor([0, 1, 2, 0, 1])
    losses_found = []
    for recipe in (plain, smooth, recipe_of(loss=call("categorical_crossentropy", label_smoothing=0.1))):
        objective = Objective(module, recipe.smoothed_loss, recipe.metrics)
        losses_found.append(objective.loss(objective.values(x), labels).item())
    assert losses_found[0] != losses_found[1] == losses_found[2]
