"""The optimizers against Keras's own, live: names, arguments, defaults, and a hundred steps."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
import pytest
import torch

from cnnspec.recipe.optimizers import Optimizer, optimizers
from cnnspec.train.optimizers import make_optimizer
from support.keras_live import keras

WORDS = list(dict.fromkeys(member.word for member in optimizers().values()))

#: Arguments of Keras's optimizers that belong elsewhere here.
ELSEWHERE = {
    "use_ema", "ema_momentum", "ema_overwrite_frequency", "loss_scale_factor", "gradient_accumulation_steps", "name", "kwargs",
}  # fmt: skip

CASES: list[tuple[str, dict[str, Any]]] = [
    *((word, {}) for word in WORDS),
    ("SGD", {"momentum": 0.9}),
    ("SGD", {"momentum": 0.9, "nesterov": True, "weight_decay": 0.01}),
    ("SGD", {"clipnorm": 0.1}),
    ("SGD", {"global_clipnorm": 0.5, "learning_rate": 0.1}),
    ("SGD", {"clipvalue": 0.01}),
    ("RMSprop", {"momentum": 0.9, "rho": 0.8}),
    ("RMSprop", {"centered": True}),
    ("Adam", {"amsgrad": True, "beta_1": 0.8, "beta_2": 0.99}),
    ("Adam", {"weight_decay": 0.1, "global_clipnorm": 1.0}),
    ("AdamW", {"weight_decay": 0.3, "clipnorm": 0.5}),
    ("Nadam", {"beta_1": 0.7, "beta_2": 0.9, "weight_decay": 0.1}),
    ("Adamax", {"beta_1": 0.5, "beta_2": 0.7, "clipvalue": 0.1}),
    ("Adagrad", {"learning_rate": 0.1, "initial_accumulator_value": 0.0}),
    ("Adadelta", {"learning_rate": 1.0, "rho": 0.9, "epsilon": 1e-6}),
    ("Lion", {"learning_rate": 1e-4, "beta_1": 0.5, "weight_decay": 1.0}),
]


@pytest.mark.parametrize("word", WORDS)
def test_arguments_and_defaults(word: str) -> None:
    theirs = inspect.signature(getattr(keras().optimizers, word).__init__).parameters
    named = {name: given.default for name, given in theirs.items() if name not in {*ELSEWHERE, "self"}}
    ours = {name: field.get_default() for name, field in optimizers()[word].model_fields.items()}
    assert ours == named
    assert list(ours) == list(named), "the order of positional arguments"


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # of Keras's Nadam
@pytest.mark.parametrize(("word", "arguments"), CASES)
def test_a_hundred_steps(word: str, arguments: dict[str, Any]) -> None:
    """Two arrays of weights, with gradients from 1e-8 to 1; a change of the rate on the way."""
    random = np.random.default_rng(0)
    shapes = ((3, 4, 5), (7,))
    start = [random.normal(size=shape).astype(np.float32) for shape in shapes]
    sizes = [10.0 ** random.uniform(-8, 0, shape) for shape in shapes]
    theirs = [keras().Variable(values) for values in start]
    optimizer: Any = getattr(keras().optimizers, word)(**arguments)
    optimizer.build(theirs)
    weights = [torch.from_numpy(values.copy()) for values in start]
    declaration = optimizers()[word].bind((), arguments)
    assert isinstance(declaration, Optimizer)
    ours = make_optimizer(declaration, [(str(at), weight) for at, weight in enumerate(weights)])
    for step in range(100):
        if step == 50:
            ours.learning_rate /= 2
            optimizer.learning_rate = ours.learning_rate
        given = [(random.normal(size=size.shape) * size).astype(np.float32) for size in sizes]
        for weight, gradient in zip(weights, given, strict=True):
            weight.grad = torch.from_numpy(gradient.copy())
        ours.step()
        optimizer.apply([torch.from_numpy(gradient) for gradient in given])
    for weight, variable, begun in zip(weights, theirs, start, strict=True):
        difference = np.abs(weight.numpy() - variable.value.detach().numpy()).max()
        assert difference <= 1e-6
        assert np.abs(weight.numpy() - begun).max() > 10 * difference, "hardly anything moved, so that nothing was compared"
