"""Keras's applications as a yardstick: building them with weights as if they had been trained, and taking those over."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch

from cnnspec.backends.torch_modules import BuiltNetwork, load_keras_weights
from cnnspec.backends.torch_modules.keras_weights import named_slots
from support.keras_live import keras

Array = np.ndarray[Any, Any]


def make_application(name: str, size: int, images: Array, seed: int = 0) -> tuple[Any, list[Any]]:
    """An application of Keras in float64, and its layers that hold weights, in the order in which they were made.

    Factors and offsets of its normalisations are drawn, and their statistics are those of some images. With any others a signal
    is lost in a few layers: all images give the same values, and nothing that is wrong in the first layers shows in the last.
    """
    keras().utils.set_random_seed(seed)
    with double_precision(), _recording() as made:
        model = getattr(keras().applications, name)(weights=None, input_shape=(size, size, 3))
    random = np.random.default_rng(seed)
    layers = [layer for layer in made if layer.weights and any(layer is own for own in model.layers)]
    norms = [layer for layer in layers if isinstance(layer, keras().layers.BatchNormalization)]
    for norm in norms:
        norm.set_weights([_drawn(random, weight) for weight in norm.weights])
        norm.momentum = 0.0
    with torch.no_grad(), double_precision():
        model(torch.from_numpy(images), training=True)
    return model, layers


def _drawn(random: np.random.Generator, weight: Any) -> Array:
    return random.normal(0, 0.1, weight.shape) if weight.name == "beta" else random.uniform(0.5, 1.5, weight.shape)


@contextmanager
def double_precision() -> Generator[None]:
    """Keras in float64 throughout: left alone, it takes means and normalises in float32, and 150 layers make 1e-4 of that."""
    from keras.src.backend.common import dtypes

    narrowed: dict[str, str] = dtypes.BIT64_TO_BIT32_DTYPE
    before, narrow = keras().config.floatx(), narrowed["float64"]
    keras().config.set_floatx("float64")
    narrowed["float64"] = "float64"
    try:
        yield
    finally:
        narrowed["float64"] = narrow
        keras().config.set_floatx(before)


@contextmanager
def _recording() -> Generator[list[Any]]:
    """The layers that are made meanwhile; a model lists its own by depth, which mixes up branches."""
    made: list[Any] = []
    layer = keras().layers.Layer
    original = layer.__init__

    def recorded(self: Any, *arguments: Any, **named: Any) -> None:
        made.append(self)
        original(self, *arguments, **named)

    layer.__init__ = recorded
    try:
        yield made
    finally:
        layer.__init__ = original


def take_over(layers: list[Any], target: BuiltNetwork) -> None:
    """Give ``target`` the weights of Keras's layers, layer for layer in the order in which both were written.

    A 1x1 convolution over a single pixel is a dense layer and the other way round: their kernels differ in shape only.

    Raises:
        ValueError: the two do not have the same layers with the same weights.
    """
    wanted: dict[str, dict[str, tuple[int, ...]]] = {}
    for slot_name, _, slot in named_slots(target):
        path, _, weight = slot_name.rpartition("/")
        wanted.setdefault(path, {})[weight] = slot.param.shape
    if len(layers) != len(wanted):
        raise ValueError(f"{len(layers)} layers with weights there, {len(wanted)} here")
    found: dict[str, Array] = {}
    for layer, (path, shapes) in zip(layers, wanted.items(), strict=True):
        found |= {f"{path}/{name}": array for name, array in _fitted(layer, path, shapes).items()}
    load_keras_weights(target, found)


def _fitted(layer: Any, path: str, shapes: Mapping[str, tuple[int, ...]]) -> dict[str, Array]:
    arrays = {weight.name: weight.value.detach().numpy() for weight in layer.weights}
    same = arrays.keys() == shapes.keys() and all(
        tuple(n for n in array.shape if n > 1) == tuple(n for n in shapes[name] if n > 1) for name, array in arrays.items()
    )
    if not same:
        raise ValueError(f"{layer.name} has { {name: array.shape for name, array in arrays.items()} }, {path} has {shapes}")
    return {name: array.reshape(shapes[name]) for name, array in arrays.items()}
