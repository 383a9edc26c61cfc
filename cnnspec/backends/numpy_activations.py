"""Activations in NumPy, each as its formula stands in a book."""

from __future__ import annotations

from collections.abc import Callable
from math import erf, pi, sqrt
from typing import Any

import numpy as np

from cnnspec.layers.activations import Activation
from cnnspec.layers.more_activations import SoftmaxOver

Array = np.ndarray[Any, Any]


def apply_activation(activation: Activation | None, x: Array) -> Array:
    """The function's values on one sample, channels last."""
    return x if activation is None else _FORMULAS[activation.word](activation, x)


def known_words() -> frozenset[str]:
    """The activations that have a formula here."""
    return frozenset(_FORMULAS)


def sigmoid(x: Array) -> Array:
    """1/(1 + e⁻ˣ)."""
    return 1 / (1 + np.exp(-x))


def softplus(x: Array) -> Array:
    """log(1 + eˣ)."""
    return np.logaddexp(x, 0)


def softmax(x: Array, axis: int | tuple[int, ...]) -> Array:
    """eˣ/Σeˣ; the greatest value is taken off first, which changes nothing and keeps eˣ small."""
    powers = np.exp(x - x.max(axis=axis, keepdims=True))
    return powers / powers.sum(axis=axis, keepdims=True)


def _relu(a: Any, x: Array) -> Array:
    y = np.where(x >= a.threshold, x, a.negative_slope * (x - a.threshold))
    return y if a.max_value is None else np.minimum(y, a.max_value)


def _elu(alpha: float, x: Array) -> Array:
    return np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0)))


def _selu(x: Array) -> Array:
    return 1.0507009873554805 * _elu(1.6732632423543772, x)


def _gelu(a: Any, x: Array) -> Array:
    if a.approximate:
        return x / 2 * (1 + np.tanh(sqrt(2 / pi) * (x + 0.044715 * x**3)))
    return x / 2 * (1 + np.vectorize(erf)(x / sqrt(2)))


def _hard_sigmoid(x: Array) -> Array:
    return np.clip(x + 3, 0, 6) / 6


def _sparsemax(x: Array, axis: int) -> Array:
    """Take the same amount off all values, and cut at zero, so that the rest sums to one."""
    ordered = -np.sort(-x, axis=axis)
    sums = np.cumsum(ordered, axis=axis)
    count: Array = np.array(range(1, int(x.shape[axis]) + 1)).reshape([-1 if at == axis % x.ndim else 1 for at in range(x.ndim)])
    support: Array = (1 + count * ordered > sums).sum(axis=axis, keepdims=True)
    threshold = (np.take_along_axis(sums, support - 1, axis) - 1) / support
    return np.maximum(x - threshold, 0)


def _within(axis: int) -> int:
    """The axis within one sample; in the file the batch is axis 0."""
    return axis if axis < 0 else axis - 1


def _axis(a: Any) -> int:
    return _within(a.axis)


def _axes(a: Any) -> int | tuple[int, ...]:
    return tuple(map(_within, a.axes)) if isinstance(a, SoftmaxOver) else _within(a.axis)


_FORMULAS: dict[str, Callable[[Any, Array], Array]] = {
    "linear": lambda a, x: x,
    "relu": _relu,
    "relu6": lambda a, x: np.clip(x, 0, 6),
    "leaky_relu": lambda a, x: np.where(x >= 0, x, a.negative_slope * x),
    "elu": lambda a, x: _elu(a.alpha, x),
    "celu": lambda a, x: np.maximum(x, 0) + np.minimum(a.alpha * np.expm1(np.minimum(x, 0) / a.alpha), 0),
    "selu": lambda a, x: _selu(x),
    "gelu": _gelu,
    "silu": lambda a, x: x * sigmoid(x),
    "hard_silu": lambda a, x: x * _hard_sigmoid(x),
    "mish": lambda a, x: x * np.tanh(softplus(x)),
    "sigmoid": lambda a, x: sigmoid(x),
    "log_sigmoid": lambda a, x: -softplus(-x),
    "hard_sigmoid": lambda a, x: _hard_sigmoid(x),
    "sparse_sigmoid": lambda a, x: np.clip((x + 1) / 2, 0, 1),
    "tanh": lambda a, x: np.tanh(x),
    "hard_tanh": lambda a, x: np.clip(x, -1, 1),
    "tanh_shrink": lambda a, x: x - np.tanh(x),
    "soft_shrink": lambda a, x: np.sign(x) * np.maximum(np.abs(x) - a.threshold, 0),
    "hard_shrink": lambda a, x: np.where(np.abs(x) > a.threshold, x, 0),
    "threshold": lambda a, x: np.where(x > a.threshold, x, a.default_value),
    "softplus": lambda a, x: softplus(x),
    "squareplus": lambda a, x: (x + np.sqrt(x**2 + a.b)) / 2,
    "sparse_plus": lambda a, x: np.where(x <= -1, 0, np.where(x >= 1, x, (x + 1) ** 2 / 4)),
    "softsign": lambda a, x: x / (1 + np.abs(x)),
    "exponential": lambda a, x: np.exp(x),
    "softmax": lambda a, x: softmax(x, _axes(a)),
    "log_softmax": lambda a, x: np.log(softmax(x, _axis(a))),
    "sparsemax": lambda a, x: _sparsemax(x, _axis(a)),
}
