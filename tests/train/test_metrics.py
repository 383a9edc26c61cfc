"""The metrics over batches of unequal size: against Keras live, against sums by hand, and without a look at the device."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest
import torch

from cnnspec.backends.torch_modules import build_module
from cnnspec.recipe.losses import BinaryCrossentropy, CategoricalCrossentropy, Loss, MeanSquaredError
from cnnspec.recipe.metrics import Metric, metrics
from cnnspec.train.objective import Means, Objective
from support.keras_live import keras
from support.training import network_of

#: Our metric with its arguments, and what Keras calls it with its own.
CASES: list[tuple[str, dict[str, Any], str, dict[str, Any]]] = [
    ("accuracy", {}, "CategoricalAccuracy", {}),
    ("binary_accuracy", {}, "BinaryAccuracy", {}),
    ("binary_accuracy", {"threshold": 0.2}, "BinaryAccuracy", {"threshold": 0.2}),
    ("top_k", {"k": 2}, "TopKCategoricalAccuracy", {"k": 2}),
    ("precision", {}, "Precision", {}),
    ("precision", {"threshold": 0.3}, "Precision", {"thresholds": 0.3}),
    ("precision", {"class_id": 2}, "Precision", {"class_id": 2}),
    ("recall", {}, "Recall", {}),
    ("recall", {"threshold": 0.1, "class_id": 1}, "Recall", {"thresholds": 0.1, "class_id": 1}),
    *(("f1_score", {"average": average}, "F1Score", {"average": average}) for average in ("macro", "micro", "weighted")),
    ("f1_score", {"threshold": 0.3}, "F1Score", {"average": "macro", "threshold": 0.3}),
    ("mean_squared_error", {}, "MeanSquaredError", {}),
    ("mean_absolute_error", {}, "MeanAbsoluteError", {}),
    ("root_mean_squared_error", {}, "RootMeanSquaredError", {}),
]


def objective_of(metric: Metric, loss: Loss, end: str, units: int = 4) -> Objective:
    module = build_module(network_of(f"  input 6\n  Dense({units}, activation={end})"), seed=3)
    return Objective(module, loss, [metric])


def batches(classes: int, seed: int = 0) -> list[tuple[torch.Tensor, torch.Tensor]]:
    random = np.random.default_rng(seed)
    return [
        (torch.from_numpy(random.normal(size=(n, 6)).astype(np.float32)), torch.from_numpy(random.integers(0, classes, n)))
        for n in (16, 16, 5)
    ]


def bound(word: str, arguments: dict[str, Any]) -> Metric:
    made = metrics()[word].bind((), arguments)
    assert isinstance(made, Metric)
    return made


def measured(objective: Objective, data: list[tuple[torch.Tensor, torch.Tensor]]) -> float:
    means = Means(objective, len(data), torch.device("cpu"))
    for x, labels in data:
        values = objective.values(x).detach()
        means.add(objective.loss(values, labels), objective.hits(values, labels), len(labels))
    return list(means.read().values())[1]


@pytest.mark.parametrize(("word", "arguments", "name", "named"), CASES)
def test_as_keras_measures_it(word: str, arguments: dict[str, Any], name: str, named: dict[str, Any]) -> None:
    theirs = getattr(keras().metrics, name)(**named)
    data, metric = batches(4), bound(word, arguments)
    fused = objective_of(metric, CategoricalCrossentropy(), "softmax")
    assert fused.logits
    for x, labels in data:
        theirs.update_state(torch.eye(4)[labels], fused.network(x).detach())
    expected = float(theirs.result())
    assert 0.01 < expected < 0.99, "the case says little"
    assert measured(fused, data) == pytest.approx(expected, abs=2e-6)
    plain = objective_of(metric, MeanSquaredError(), "softmax")
    assert measured(plain, data) == pytest.approx(expected, abs=2e-6), "on the outputs themselves"
    bare = objective_of(metric, CategoricalCrossentropy(from_logits=True), "linear")
    assert measured(bare, data) == pytest.approx(expected, abs=2e-6), "on logits"


@pytest.mark.parametrize(
    ("word", "arguments", "name", "named"),
    [
        ("accuracy", {}, "BinaryAccuracy", {}),
        ("binary_accuracy", {}, "BinaryAccuracy", {}),
        ("precision", {}, "Precision", {}),
        ("recall", {}, "Recall", {}),
        ("f1_score", {"threshold": 0.5}, "F1Score", {"average": "macro", "threshold": 0.5}),
    ],
)
def test_a_single_unit(word: str, arguments: dict[str, Any], name: str, named: dict[str, Any]) -> None:
    theirs = getattr(keras().metrics, name)(**named)
    data, metric = batches(2), bound(word, arguments)
    fused = objective_of(metric, BinaryCrossentropy(), "sigmoid", units=1)
    for x, labels in data:
        theirs.update_state(labels[:, None], fused.network(x).detach())
    assert measured(fused, data) == pytest.approx(float(theirs.result()), abs=2e-6)
    for end, loss in (("linear", BinaryCrossentropy(from_logits=True)), ("linear", BinaryCrossentropy())):
        assert measured(objective_of(metric, loss, end, units=1), data) == pytest.approx(float(theirs.result()), abs=2e-6)


@pytest.mark.parametrize(("word", "arguments"), [(case[0], case[1]) for case in CASES])
def test_sums_are_taken_up_again(word: str, arguments: dict[str, Any]) -> None:
    objective, data = objective_of(bound(word, arguments), CategoricalCrossentropy(), "softmax"), batches(4)
    whole = measured(objective, data)
    first, second = (Means(objective, len(data), torch.device("cpu")) for _ in range(2))
    for means, part in ((first, data[:2]), (second, data[2:])):
        if means is second:
            second.restore(copy.deepcopy(first.state()))
        for x, labels in part:
            values = objective.values(x).detach()
            means.add(objective.loss(values, labels), objective.hits(values, labels), len(labels))
    assert list(second.read().values())[1] == whole


def test_figures_without_any_yes() -> None:
    """As in Keras a division by nothing is 0."""
    for word in ("precision", "recall", "f1_score"):
        objective = objective_of(bound(word, {"threshold": 0.999}), CategoricalCrossentropy(), "softmax")
        assert measured(objective, batches(4)) == 0.0


def test_names() -> None:
    assert bound("precision", {"class_id": 3}).name == "precision_3"
    assert [bound(word, {}).name for word in ("f1", "mse", "top_k")] == ["f1_score", "mean_squared_error", "top_5"]
