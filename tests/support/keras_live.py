"""Keras itself, live and on Torch: what it makes of the arguments that our layers take."""

from __future__ import annotations

import os
from functools import cache
from typing import Any

import numpy as np
import pytest
import torch

from cnnspec.backends import numpy_reference
from cnnspec.backends.torch_modules import build_module, load_keras_weights
from cnnspec.layers.registry import LONG_NAMES
from cnnspec.layers.shape import Shape
from support.networks import Builder, make, sequence


@cache
def keras() -> Any:
    """The package; the test is skipped where it is not installed or runs on something else."""
    os.environ.setdefault("KERAS_BACKEND", "torch")
    found = pytest.importorskip("keras", reason="Keras is not installed")
    if found.backend.backend() != "torch":
        pytest.skip(f"Keras runs on {found.backend.backend()}, not on Torch")
    return found


def keras_class(kind: str) -> Any:
    """Keras's class of one of our kinds."""
    layers = keras().layers
    return getattr(layers, next((long for long, short in LONG_NAMES.items() if short == kind and hasattr(layers, long)), kind))


def _draw(random: np.random.Generator, weight: Any) -> Any:
    """Random numbers, of a variance positive ones."""
    values = random.normal(size=weight.shape)
    return np.abs(values) if "variance" in weight.name else values


def compare_with_keras(kind: str, shape: tuple[int, ...], *positional: Any, close: float = 1e-10, **named: Any) -> None:
    """Shape, weights and values of a layer: through Torch and through the NumPy reference, against Keras's layer.

    Inputs and weights are random, everything is float64; but Keras takes some means and products in float32, which
    ``close`` must allow for.
    """
    random = np.random.default_rng(0)
    x = random.normal(size=(2, *shape))
    theirs = keras_class(kind)(*positional, **named, dtype="float64")
    theirs.build(x.shape)
    theirs.set_weights([_draw(random, weight) for weight in theirs.weights])
    if hasattr(theirs, "finalize_state"):  # Normalization keeps another copy of its weights
        theirs.finalize_state()
    expected = theirs(torch.from_numpy(x)).detach().numpy()

    layer = make(kind, *positional, **named)
    network = sequence(shape, layer)
    path = network.nodes[1].path
    weights = {f"{path}/{weight.name}": weight.value.detach().numpy() for weight in theirs.weights}
    found = layer.facts(Shape(shape))
    assert found.output.dims == expected.shape[1:]
    assert [(p.name, p.shape) for p in found.params] == [(weight.name, tuple(weight.shape)) for weight in theirs.weights]

    module = build_module(network, seed=0).double().eval()
    load_keras_weights(module, weights)
    ours = np.moveaxis(module(torch.from_numpy(np.ascontiguousarray(np.moveaxis(x, -1, 1)))).detach().numpy(), 1, -1)
    np.testing.assert_allclose(ours, expected, rtol=close, atol=close)
    np.testing.assert_allclose(numpy_reference.forward(network, weights, x)[path], ours, rtol=1e-10, atol=1e-10)


def compare_merging(kind: str, shapes: list[tuple[int, ...]], *positional: Any, close: float = 1e-10, **named: Any) -> None:
    """Shape and values of a layer of several inputs, as :func:`compare_with_keras`."""
    random = np.random.default_rng(0)
    inputs = [random.normal(size=(2, *shape)) for shape in shapes]
    expected = keras_class(kind)(*positional, **named, dtype="float64")([torch.from_numpy(x) for x in inputs]).detach().numpy()

    builder = Builder()
    sources = [builder.input(*shape, name=f"input_{number}") for number, shape in enumerate(shapes)]
    builder.add(make(kind, *positional, **named), *sources)
    network = builder.network()
    assert builder.shape().dims == expected.shape[1:]
    module = build_module(network).double().eval()
    found = module(*(torch.from_numpy(np.ascontiguousarray(np.moveaxis(x, -1, 1))) for x in inputs))
    ours = np.moveaxis(found.numpy(), 1, -1)
    np.testing.assert_allclose(ours, expected, rtol=close, atol=close)
    values = {f"input_{number}": x for number, x in enumerate(inputs)}
    np.testing.assert_allclose(numpy_reference.forward(network, {}, values)[network.nodes[-1].path], ours, rtol=1e-10, atol=1e-10)
