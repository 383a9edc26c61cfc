"""Activations and normalisation in NumPy."""

from __future__ import annotations

from collections.abc import Sequence

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


def _finish(use: Use, y: Array, shape: Sequence[int]) -> Array:
    """γ·y + β, each where there is one; the shape is that of γ and β beside a sample."""
    if "gamma" in use.weights:
        y = y * use.weights["gamma"].reshape(shape)
    return y + use.weights["beta"].reshape(shape) if "beta" in use.weights else y


@computes("BatchNorm")
def normalise_batch(use: Use, x: Array) -> Array:
    """γ·(x − mean)/√(variance + ε) + β with the moving statistics."""
    axis = use.layer.axis if use.layer.axis < 0 else use.layer.axis - 1
    shape = [-1 if at == axis % x.ndim else 1 for at in range(x.ndim)]
    mean, variance = (use.weights[name].reshape(shape) for name in ("moving_mean", "moving_variance"))
    return _finish(use, (x - mean) / np.sqrt(variance + use.layer.epsilon), shape)


@computes("LayerNorm")
def normalise_layer(use: Use, x: Array) -> Array:
    """Mean 0 and variance 1 over the axes that are named."""
    axes = tuple(sorted(axis % (x.ndim + 1) - 1 for axis in use.layer.axis))
    y = (x - x.mean(axis=axes, keepdims=True)) / np.sqrt(x.var(axis=axes, keepdims=True) + use.layer.epsilon)
    return _finish(use, y, [n if at in axes else 1 for at, n in enumerate(x.shape)])


@computes("GroupNorm")
def normalise_groups(use: Use, x: Array) -> Array:
    """Mean 0 and variance 1 in each group of channels."""
    axis = use.layer.axis % (x.ndim + 1) - 1
    groups = x.shape[axis] if use.layer.groups == -1 else use.layer.groups
    parts = [(part - part.mean()) / np.sqrt(part.var() + use.layer.epsilon) for part in np.split(x, groups, axis=axis)]
    y = np.concatenate(parts, axis=axis)
    return _finish(use, y, [-1 if at == axis else 1 for at in range(x.ndim)])


@computes("InstanceNorm")
def normalise_instance(use: Use, x: Array) -> Array:
    """Mean 0 and variance 1 in each channel."""
    axes = tuple(range(x.ndim - 1))
    y = (x - x.mean(axis=axes)) / np.sqrt(x.var(axis=axes) + use.layer.epsilon)
    return _finish(use, y, [-1])


@computes("Scale")
def scale(use: Use, x: Array) -> Array:
    """Each channel times its factor, plus its bias."""
    return x * use.weights["gamma"] + use.weights.get("bias", 0.0)


@computes("Rescaling")
def rescale(use: Use, x: Array) -> Array:
    """x·scale + offset; lists meet the last axes."""
    return x * np.array(use.layer.scale) + np.array(use.layer.offset)


@computes("Normalization")
def normalise_data(use: Use, x: Array) -> Array:
    """(x − mean)/√variance, or the way back; no deviation is below 10⁻⁷."""
    kept = sorted(axis % (x.ndim + 1) - 1 for axis in use.layer.axis or ())
    given = {"mean": use.layer.mean, "variance": use.layer.variance} if use.layer.mean is not None else use.weights
    values = {name: np.array(given[name], dtype=float) for name in ("mean", "variance")}
    for name, array in values.items():
        sizes = iter((*[1] * (len(kept) - array.ndim), *array.shape))
        values[name] = array.reshape([next(sizes) if at in kept else 1 for at in range(x.ndim)])
    deviation = np.maximum(np.sqrt(values["variance"]), 1e-7)
    return values["mean"] + x * deviation if use.layer.invert else (x - values["mean"]) / deviation


@computes("LRN")
def normalise_neighbours(use: Use, x: Array) -> Array:
    """Each value over (k + α·the sum of squares of ``size`` neighbouring channels)^β."""
    layer, channels = use.layer, x.shape[-1]
    result = np.empty_like(x)
    for c in range(channels):
        neighbours = x[..., max(c - layer.size // 2, 0) : min(c + (layer.size - 1) // 2, channels - 1) + 1]
        result[..., c] = x[..., c] / (layer.k + layer.alpha * (neighbours**2).sum(axis=-1)) ** layer.beta
    return result
