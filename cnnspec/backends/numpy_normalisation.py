"""Activations and normalisation in NumPy."""

from __future__ import annotations

import numpy as np

from cnnspec.backends.numpy_activations import apply_activation
from cnnspec.backends.numpy_table import Array, Use, computes


@computes(
    "ReLU", "LeakyReLU", "ELU", "SELU", "GELU", "SiLU", "Mish", "Sigmoid", "HardSigmoid", "HardSwish", "Tanh", "Softplus",
    "Softmax", "Activation",
)  # fmt: skip
def activate(use: Use, x: Array) -> Array:
    """A function of the values."""
    return apply_activation(use.layer.function, x)


@computes("PReLU")
def activate_by_learned_slope(use: Use, x: Array) -> Array:
    """Negative values times α."""
    return np.where(x > 0, x, use.weights["alpha"] * x)


@computes("BatchNorm")
def normalise_batch(use: Use, x: Array) -> Array:
    """γ·(x − mean)/√(variance + ε) + β with the moving statistics."""
    axis = use.layer.axis if use.layer.axis < 0 else use.layer.axis - 1
    shape = [-1 if at == axis % x.ndim else 1 for at in range(x.ndim)]
    values = {name: weight.reshape(shape) for name, weight in use.weights.items()}
    y = (x - values["moving_mean"]) / np.sqrt(values["moving_variance"] + use.layer.epsilon)
    return y * values.get("gamma", np.ones(1)) + values.get("beta", np.zeros(1))


@computes("LRN")
def normalise_neighbours(use: Use, x: Array) -> Array:
    """Each value over (k + α·the sum of squares of ``size`` neighbouring channels)^β."""
    layer, channels = use.layer, x.shape[-1]
    result = np.empty_like(x)
    for c in range(channels):
        neighbours = x[..., max(c - layer.size // 2, 0) : min(c + (layer.size - 1) // 2, channels - 1) + 1]
        result[..., c] = x[..., c] / (layer.k + layer.alpha * (neighbours**2).sum(axis=-1)) ** layer.beta
    return result
