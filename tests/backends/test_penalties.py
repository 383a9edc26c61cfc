"""Regularizers and constraints against plain NumPy formulas on Keras's layout."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch

from cnnspec.backends.torch_modules import (
    apply_constraints,
    build_module,
    has_constraints,
    has_penalty,
    load_keras_weights,
    penalty,
    weights_keras,
)
from cnnspec.layers.weights import CONSTRAINTS, REGULARIZERS
from support.networks import Builder, call, make, sequence

Array = np.ndarray


def norm(w: Array, axis: tuple[int, ...]) -> Array:
    return np.sqrt((w**2).sum(axis=axis, keepdims=True))


@pytest.mark.parametrize(
    ("regularizer", "expected"),
    [
        (call("l1", 0.5), lambda w: 0.5 * np.abs(w).sum()),
        ("l2", lambda w: 0.01 * (w**2).sum()),
        (call("l1_l2", 0.1, 0.2), lambda w: 0.1 * np.abs(w).sum() + 0.2 * (w**2).sum()),
    ],
)
def test_regularizers(regularizer: object, expected: Callable[[Array], float]) -> None:
    network = sequence((6, 6, 2), make("Conv2D", 3, 3, kernel_regularizer=regularizer, bias_initializer="random_normal"))
    module = build_module(network, seed=0).double()
    weights = weights_keras(module)
    assert has_penalty(module)
    assert penalty(module).item() == pytest.approx(expected(weights["conv2d_1/kernel"]), rel=1e-12)


def test_nothing_to_pay() -> None:
    module = build_module(sequence((6, 6, 2), make("Conv2D", 3, 3)))
    assert not has_penalty(module)
    assert not has_constraints(module)
    assert penalty(module).item() == 0


def test_penalties_add_up_and_have_gradients() -> None:
    both = make("Dense", 3, kernel_regularizer="l2", bias_regularizer="l1", bias_initializer="ones")
    module = build_module(sequence((4,), both, make("Dense", 2, kernel_regularizer="l1")), seed=0).double()
    weights = weights_keras(module)
    first, second = weights["dense_1/kernel"], weights["dense_2/kernel"]
    total = penalty(module)
    assert total.item() == pytest.approx(0.01 * (first**2).sum() + 0.01 * 3 + 0.01 * np.abs(second).sum())
    total.backward()
    torch.testing.assert_close(module.dense_1.weight.grad, 0.02 * module.dense_1.weight.detach())


def test_shared_weights_pay_once() -> None:
    builder = Builder()
    builder.input(4)
    layer = make("Dense", 4, kernel_regularizer="l2")
    first = builder.add(layer)
    builder.add(layer, shares=first)
    module = build_module(builder.network(), seed=0).double()
    assert penalty(module).item() == pytest.approx(0.01 * (weights_keras(module)["dense_1/kernel"] ** 2).sum())


def test_weights_that_are_not_trained_pay_nothing_and_stay() -> None:
    layer = make("Dense", 4, kernel_regularizer="l2", kernel_constraint="unit_norm", trainable=False)
    module = build_module(sequence((4,), layer), seed=0)
    before = module.dense_1.weight.clone()
    apply_constraints(module)
    assert not has_penalty(module)
    assert penalty(module).item() == 0
    assert torch.equal(module.dense_1.weight, before)


def test_the_activity_regularizer_is_of_the_output_divided_by_the_batch() -> None:
    module = build_module(sequence((4,), make("Dense", 3, activation="relu", activity_regularizer=call("l2", 0.5))), seed=0)
    x = torch.randn(7, 4)
    y = module(x)
    value = penalty(module)
    torch.testing.assert_close(value, 0.5 * y.square().sum() / 7)
    value.backward()
    assert module.dense_1.weight.grad.abs().sum() > 0
    assert penalty(module).item() == 0, "it is given once for each call"
    module(x)
    module(x)
    torch.testing.assert_close(penalty(module), value, msg="of the last call alone")


@pytest.mark.parametrize("ending", ["relu", "softmax"])
def test_the_activity_regularizer_sees_the_activation_also_in_logits(ending: str) -> None:
    layer = make("Dense", 3, activation=ending, activity_regularizer="l2")
    module = build_module(sequence((4,), layer), seed=0)
    x = torch.randn(7, 4)
    y = module(x)
    module.forward_logits(x)
    torch.testing.assert_close(penalty(module), 0.01 * y.square().sum() / 7)


def test_each_use_of_a_shared_layer_pays_for_its_output() -> None:
    builder = Builder()
    builder.input(4)
    layer = make("Dense", 4, activity_regularizer="l1")
    first = builder.add(layer)
    second = builder.add(layer, shares=first)
    module = build_module(builder.network(first, second), seed=0)
    a, b = module(torch.randn(5, 4))
    torch.testing.assert_close(penalty(module), 0.01 * (a.abs().sum() + b.abs().sum()) / 5)


CONV = ((6, 6, 2), ("Conv2D", 3, 3), "conv2d_1/kernel", "kernel_constraint")
DENSE = ((5,), ("Dense", 4), "dense_1/kernel", "kernel_constraint")
DEPTHWISE = ((6, 6, 2), ("DepthwiseConv2D", 3), "depthwise_conv2d_1/kernel", "depthwise_constraint")
TRANSPOSED = ((6, 6, 2), ("Conv2DTranspose", 3, 3), "conv2d_transpose_1/kernel", "kernel_constraint")


@pytest.mark.parametrize(("shape", "layer", "name", "argument"), [CONV, DENSE, DEPTHWISE, TRANSPOSED])
@pytest.mark.parametrize(
    ("constraint", "expected"),
    [
        ("non_neg", lambda w: np.maximum(w, 0)),
        (call("max_norm", 1.5), lambda w: w * np.clip(norm(w, (0,)), 0, 1.5) / (1e-7 + norm(w, (0,)))),
        (call("max_norm", 1.5, axis=(0, 1)), lambda w: w * np.clip(norm(w, (0, 1)), 0, 1.5) / (1e-7 + norm(w, (0, 1)))),
        (call("unit_norm", (-1,)), lambda w: w / (1e-7 + norm(w, (-1,)))),
        (
            call("min_max_norm", 0.5, 1.0, rate=0.3),
            lambda w: w * (0.3 * np.clip(norm(w, (0,)), 0.5, 1.0) + 0.7 * norm(w, (0,))) / (1e-7 + norm(w, (0,))),
        ),
    ],
)
def test_constraints(
    shape: tuple[int, ...],
    layer: tuple[object, ...],
    name: str,
    argument: str,
    constraint: object,
    expected: Callable[[Array], Array],
) -> None:
    kind, *positional = layer
    module = build_module(sequence(shape, make(str(kind), *positional, **{argument: constraint})), seed=0).double()
    weights = weights_keras(module)
    weights[name] = np.random.default_rng(0).normal(size=weights[name].shape)
    load_keras_weights(module, weights)
    assert has_constraints(module)
    apply_constraints(module)
    np.testing.assert_allclose(weights_keras(module)[name], expected(weights[name]), rtol=1e-12)


def test_the_norm_of_each_filter() -> None:
    layer = make("Conv2D", 4, 3, kernel_constraint=call("unit_norm", (0, 1, 2)))
    module = build_module(sequence((6, 6, 2), layer), seed=0)
    apply_constraints(module)
    torch.testing.assert_close(module.conv2d_1.weight.flatten(1).norm(dim=1), torch.ones(4))


def test_every_word_is_tested_here() -> None:
    assert set(REGULARIZERS) == {"l1", "l2", "l1_l2"}
    assert set(CONSTRAINTS) == {"max_norm", "non_neg", "unit_norm", "min_max_norm"}
