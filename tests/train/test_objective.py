"""What is minimised and counted in a run: losses, metrics, penalties, constraints and frozen layers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch.nn import functional

from cnnspec.backends.torch_modules import build_module
from cnnspec.ir import Network
from cnnspec.schema.values import Word
from cnnspec.train.callbacks import Callback, Logs
from cnnspec.train.data.dataset import Dataset
from cnnspec.train.training import train
from support.training import SMALL, bars, call, network_of, recipe_of

LINEAR = SMALL.replace("Dense(4, activation=softmax)", "Dense(4)")
SIGMOID = SMALL.replace("softmax", "sigmoid")
ONE = SMALL.replace("Dense(4, activation=softmax)", "Dense(1, activation=sigmoid)")


def shares(values: np.ndarray) -> np.ndarray:
    return np.exp(values) / np.exp(values).sum(1, keepdims=True)


def binary(p: np.ndarray, t: np.ndarray) -> float:
    p = p.clip(1e-7, 1 - 1e-7)
    return float(-(t * np.log(p) + (1 - t) * np.log(1 - p)).mean())


@pytest.mark.parametrize(
    ("body", "loss", "expected"),
    [
        (SMALL, Word("categorical_crossentropy"), lambda p, t: -(t * np.log(p)).sum(1).mean()),
        (SMALL, Word("sparse_categorical_crossentropy"), lambda p, t: -(t * np.log(p)).sum(1).mean()),
        (LINEAR, Word("categorical_crossentropy"), lambda z, t: -(t * np.log(shares(z))).sum(1).mean()),
        (LINEAR, call("categorical_crossentropy", from_logits=True), lambda z, t: -(t * np.log(shares(z))).sum(1).mean()),
        (SMALL, call("categorical_crossentropy", from_logits=True), lambda p, t: -(t * np.log(shares(p))).sum(1).mean()),
        (SIGMOID, Word("categorical_crossentropy"), lambda p, t: -(t * np.log(p / p.sum(1, keepdims=True))).sum(1).mean()),
        (SIGMOID, Word("binary_crossentropy"), binary),
        (SMALL, Word("binary_crossentropy"), binary),
        (LINEAR, Word("binary_crossentropy"), lambda z, t: binary(1 / (1 + np.exp(-z)), t)),
        (SMALL, Word("mean_squared_error"), lambda p, t: ((p - t) ** 2).mean()),
    ],
)
def test_losses_are_keras_s(body: str, loss: object, expected: Any) -> None:
    data = bars()
    result = train(network_of(body), recipe_of(loss=loss, epochs=1), data)
    with torch.no_grad():
        images = torch.from_numpy(data.test_images).permute(0, 3, 1, 2).float() / 255
        outputs = result.module(images).double().numpy()
    assert result.test["loss"] == pytest.approx(expected(outputs, np.eye(4)[data.test_labels]), rel=1e-4)
    assert result.test["accuracy"] == pytest.approx((outputs.argmax(1) == data.test_labels).mean())


def test_one_unit_tells_two_classes_apart() -> None:
    data = bars(classes=2)
    result = train(network_of(ONE), recipe_of(loss=Word("binary_crossentropy"), epochs=8), data)
    assert result.test["accuracy"] > 0.95


def test_top_k(small: Network, data: Dataset) -> None:
    metrics = (Word("accuracy"), call("top_k", k=2), call("top_k", k=4))
    result = train(small, recipe_of(metrics=metrics, epochs=1), data)
    assert result.test["accuracy"] <= result.test["top_2"] <= result.test["top_4"] == 1.0


def test_penalties_are_in_the_loss_and_act(data: Dataset) -> None:
    plain = train(network_of(SMALL), recipe_of(), data)
    regular = train(network_of(SMALL.replace("3x3,", "3x3, kernel_regularizer=l2(0.3),")), recipe_of(), data)
    kernel = regular.module.state_dict()["conv2d_1.weight"]
    assert kernel.norm() < 0.5 * plain.module.state_dict()["conv2d_1.weight"].norm()
    with torch.no_grad():
        images = torch.from_numpy(data.test_images).permute(0, 3, 1, 2).float() / 255
        bare = functional.nll_loss(regular.module(images).log(), torch.from_numpy(data.test_labels))
    assert regular.test["loss"] == pytest.approx(float(bare + 0.3 * kernel.square().sum()), rel=1e-4)


def test_constraints_hold_after_every_step(data: Dataset) -> None:
    class Watch(Callback):
        seen = 0

        def on_train_batch_end(self, batch: int, logs: Logs) -> None:
            kernel = self.session.module.state_dict()["conv2d_1.weight"]
            assert kernel.min() >= 0
            self.seen += 1

    watch = Watch()
    train(network_of(SMALL.replace("3x3,", "3x3, kernel_constraint=non_neg,")), recipe_of(epochs=1), data, callbacks=[watch])
    assert watch.seen == 13
    free = train(network_of(SMALL), recipe_of(epochs=1), data)
    assert free.module.state_dict()["conv2d_1.weight"].min() < 0


def test_frozen_layers_stay(data: Dataset) -> None:
    network = network_of(SMALL.replace("3x3,", "3x3, trainable=false,"))
    result = train(network, recipe_of(), data)
    before = build_module(network, seed=0).state_dict()
    assert torch.equal(result.module.state_dict()["conv2d_1.weight"], before["conv2d_1.weight"])
    assert not torch.equal(result.module.state_dict()["dense_1.weight"], before["dense_1.weight"])
