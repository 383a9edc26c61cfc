"""Weights in Keras's layout, in and out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import torch

from cnnspec.backends.torch_modules.module import LayerModule, Slot
from cnnspec.backends.torch_modules.network import BuiltNetwork
from cnnspec.layers.input import Input

if TYPE_CHECKING:
    import numpy as np


def weights_keras(module: BuiltNetwork) -> dict[str, np.ndarray[Any, Any]]:
    """All arrays by layer and Keras's name, ``basic_1/conv2d_2/kernel``, in Keras's layout; copies."""
    return {
        name: slot.layout.to_keras(getattr(layer, slot.attribute).detach()).cpu().contiguous().numpy().copy()
        for name, layer, slot in named_slots(module)
    }


@torch.no_grad()
def load_keras_weights(module: BuiltNetwork, mapping: Mapping[str, np.ndarray[Any, Any]]) -> None:
    """Take over arrays in Keras's layout, named as :func:`weights_keras` names them.

    Dense layers after a ``Flatten`` take their kernels as they are: the built ``Flatten`` gives Keras's order. Nothing is
    changed unless all arrays fit.

    Raises:
        ValueError: an array is missing, unknown, or of another shape.
    """
    slots = {name: (layer, slot) for name, layer, slot in named_slots(module)}
    missing, unknown = [n for n in slots if n not in mapping], [n for n in mapping if n not in slots]
    if missing or unknown:
        raise ValueError(f"weights missing: {', '.join(missing) or 'none'}; unknown: {', '.join(unknown) or 'none'}")
    for name, (_, slot) in slots.items():
        if tuple(mapping[name].shape) != slot.param.shape:
            raise ValueError(f"{name} is {tuple(mapping[name].shape)}, the network has {slot.param.shape}")
        if not slot.layout.holds(torch.tensor(mapping[name])):
            raise ValueError(f"{name} has weights between a channel and a filter that are not connected")
    for name, (layer, slot) in slots.items():
        getattr(layer, slot.attribute).copy_(slot.layout.to_torch(torch.tensor(mapping[name])))


def named_slots(module: BuiltNetwork) -> Iterator[tuple[str, LayerModule, Slot]]:
    """Every array of the network: its name in Keras's terms, the layer's module, and where it lies there."""
    for node in module.network.nodes:
        if node.shares is None and not isinstance(node.layer, Input):
            layer = module.layer(node.path)
            for slot in layer.slots:
                yield f"{node.path}/{slot.param.name}", layer, slot
