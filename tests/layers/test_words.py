"""Activations, initializers, regularizers and constraints."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest

from cnnspec.layers import activations, weights
from cnnspec.layers.activations import ACTIVATIONS
from cnnspec.schema.choice import Choice
from cnnspec.schema.declaration import BindError
from cnnspec.schema.values import CallValue, Word, show


def sigmoid(x):
    return 1 / (1 + math.exp(-x))


def softplus(x):
    return math.log1p(math.exp(x))


#: What each elementwise word computes at its defaults.
FORMULAS = {
    "linear": lambda x: x,
    "relu": lambda x: max(x, 0),
    "relu6": lambda x: min(max(x, 0), 6),
    "leaky_relu": lambda x: x if x >= 0 else 0.2 * x,
    "elu": lambda x: x if x > 0 else math.expm1(x),
    "celu": lambda x: x if x > 0 else math.expm1(x),
    "selu": lambda x: 1.0507 * (x if x > 0 else 1.6733 * math.expm1(x)),
    "gelu": lambda x: x * (1 + math.erf(x / 2**0.5)) / 2,
    "silu": lambda x: x * sigmoid(x),
    "hard_silu": lambda x: x * min(max(x + 3, 0), 6) / 6,
    "mish": lambda x: x * math.tanh(softplus(x)),
    "sigmoid": sigmoid,
    "log_sigmoid": lambda x: math.log(sigmoid(x)),
    "hard_sigmoid": lambda x: min(max(x + 3, 0), 6) / 6,
    "sparse_sigmoid": lambda x: min(max((x + 1) / 2, 0), 1),
    "tanh": math.tanh,
    "hard_tanh": lambda x: min(max(x, -1), 1),
    "tanh_shrink": lambda x: x - math.tanh(x),
    "soft_shrink": lambda x: math.copysign(max(abs(x) - 0.5, 0), x),
    "hard_shrink": lambda x: x if abs(x) > 0.5 else 0,
    "threshold": lambda x: x if x > 1 else -2,
    "softplus": softplus,
    "squareplus": lambda x: (x + math.sqrt(x * x + 4)) / 2,
    "sparse_plus": lambda x: 0 if x <= -1 else x if x >= 1 else (x + 1) ** 2 / 4,
    "softsign": lambda x: x / (1 + abs(x)),
    "exponential": math.exp,
}

GRID = [i / 50 for i in range(-400, 401)]


def activation(word):
    return ACTIVATIONS[word].bind((1.0, -2.0) if word == "threshold" else ())


def test_every_elementwise_word_has_a_formula():
    elementwise = {cls.word for cls in ACTIVATIONS.values() if not issubclass(cls, activations.AlongAxis)}
    assert elementwise == set(FORMULAS)
    assert {"softmax", "log_softmax", "swish", "hard_swish"} <= set(ACTIVATIONS)


@pytest.mark.parametrize("word", FORMULAS)
def test_monotone_and_linear_are_true(word):
    values = [FORMULAS[word](x) for x in GRID]
    assert activation(word).monotone == all(a <= b + 1e-12 for a, b in pairwise(values))
    assert activation(word).linear == (values == GRID)


def test_arguments_change_the_flags():
    assert not activations.LeakyRelu(negative_slope=-0.1).monotone
    assert activations.LeakyRelu(negative_slope=1.0).linear
    assert not activations.Elu(alpha=-1.0).monotone
    assert not activations.Threshold(threshold=0.0, default_value=1.0).monotone
    assert not activations.Softmax().monotone
    assert activations.Softmax().along == -1


def test_defaults_everyone_mixes_up():
    assert ACTIVATIONS["leaky_relu"]().negative_slope == 0.2
    assert ACTIVATIONS["gelu"]().approximate is False
    assert ACTIVATIONS["swish"] is ACTIVATIONS["silu"]
    assert weights.L2().l2 == 0.01
    assert weights.MaxNorm().max_value == 2


FAMILIES = [ACTIVATIONS, weights.INITIALIZERS, weights.REGULARIZERS, weights.CONSTRAINTS]
REQUIRED = {"threshold": (0.5, 0.0), "l1_l2": (0.1, 0.2)}


@pytest.mark.parametrize("family", FAMILIES)
def test_words_survive_being_written_and_read(family):
    for word, cls in family.items():
        choice = cls.bind(REQUIRED.get(word, ()))
        assert isinstance(choice, Choice)
        value = choice.as_value()
        again = family[value.name].bind(value.positional, value.named) if isinstance(value, CallValue) else family[str(value)]()
        assert again == choice
        assert show(value).startswith(cls.word)
        assert cls.__doc__


def test_words_of_the_page_are_there():
    assert set(weights.INITIALIZERS) == {
        "zeros", "ones", "constant", "random_normal", "truncated_normal", "random_uniform", "orthogonal", "identity",
        "variance_scaling", "glorot_uniform", "glorot_normal", "he_uniform", "he_normal", "lecun_uniform", "lecun_normal",
    }  # fmt: skip
    assert set(weights.REGULARIZERS) == {"l1", "l2", "l1_l2"}
    assert set(weights.CONSTRAINTS) == {"max_norm", "non_neg", "unit_norm", "min_max_norm"}


@pytest.mark.parametrize(
    ("family", "word", "positional", "named"),
    [
        (weights.INITIALIZERS, "random_uniform", (1.0, 0.0), {}),
        (weights.INITIALIZERS, "random_normal", (0.0, -1.0), {}),
        (weights.INITIALIZERS, "variance_scaling", (), {"mode": Word("fan")}),
        (weights.REGULARIZERS, "l1_l2", (0.1,), {}),
        (weights.REGULARIZERS, "l2", (-0.1,), {}),
        (weights.REGULARIZERS, "l2", (math.nan,), {}),
        (weights.CONSTRAINTS, "max_norm", (0,), {}),
        (weights.CONSTRAINTS, "min_max_norm", (2.0, 1.0), {}),
        (weights.CONSTRAINTS, "unit_norm", (), {"axis": ()}),
        (ACTIVATIONS, "celu", (0.0,), {}),
        (ACTIVATIONS, "relu", (math.inf,), {}),
    ],
)
def test_wrong_numbers_are_refused(family, word, positional, named):
    with pytest.raises(BindError):
        family[word].bind(positional, named)


def test_named_variance_scaling():
    assert weights.VarianceScaling().rule == (1.0, "fan_in", "truncated_normal")
    assert weights.GlorotUniform().rule == (1.0, "fan_avg", "uniform")
    assert weights.HeNormal().rule == (2.0, "fan_in", "truncated_normal")


def test_axes_of_constraints():
    assert weights.MaxNorm.bind((2, 1)).axis == (1,)
    assert weights.MaxNorm.bind((2, (0, 1, 2))).axis == (0, 1, 2)


def test_the_order_of_words_does_not_depend_on_what_was_used():
    from cnnspec.layers.activations import ACTIVATIONS
    from cnnspec.layers.weights import INITIALIZERS

    for family in (INITIALIZERS, ACTIVATIONS):
        before = list(family)
        for word in reversed(before):
            assert word in family
            assert family[word].word
        assert list(family) == before
        assert len(family) == len(before)
