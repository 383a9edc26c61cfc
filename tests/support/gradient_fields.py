"""Receptive fields as they are: the pixels that a unit's gradient reaches, in float64, through the linearised network.

In the linearised network no gradient can vanish or cancel: activations and normalisation are the identity, the maximum is
the mean, all weights are positive, merging is a sum. Gates (an input of a merge that has no spatial extent of its own)
are held constant. Float32 would underflow in deep networks.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from cnnspec.backends.torch_modules import BuiltNetwork, build_module, facts_of
from cnnspec.ir import Network, Node
from cnnspec.layers.base import Facts, Layer
from cnnspec.layers.input import Input
from cnnspec.layers.registry import layer_class
from cnnspec.layers.weights import Ones

_POINTWISE = {"activation", "normalisation", "regularisation"}


def linearised(network: Network) -> Network:
    """The network with every layer replaced by the linear one that reads the same positions; paths stay."""
    facts = facts_of(network)
    nodes = tuple(node.model_copy(update=_linear_node(node, facts)) for node in network.nodes)
    return network.model_copy(update={"nodes": nodes})


def _linear_node(node: Node, facts: Sequence[Facts]) -> dict[str, Any]:
    layer = node.layer
    if layer.family in _POINTWISE:
        return {"layer": layer_class("Identity")()}
    if layer.family == "merging" and layer.kind != "Concat":
        return _sum_of_maps(node, facts)
    return {"layer": _linear_layer(layer)}


def _sum_of_maps(node: Node, facts: Sequence[Facts]) -> dict[str, Any]:
    shapes = {at: facts[at].output for at in node.inputs}
    rank = max(shape.rank for shape in shapes.values())
    maps = tuple(at for at in node.inputs if shapes[at].rank == rank and (rank == 0 or any(n != 1 for n in shapes[at].extents)))
    if len(maps) < 2:
        return {"layer": layer_class("Identity")(), "inputs": maps or node.inputs[:1]}
    return {"layer": layer_class("Add")(), "inputs": maps}


def _linear_layer(layer: Layer) -> Layer:
    fields = type(layer).model_fields
    if layer.kind.startswith(("MaxPool", "GlobalMaxPool")):
        mean = layer_class(layer.kind.replace("Max", "Avg"))
        return mean.model_construct(**{name: getattr(layer, name) for name in fields})
    changes: dict[str, Any] = {"activation": None, "padding_mode": "zeros", "use_bias": False}
    changes |= {name: Ones() for name in fields if name in ("kernel_initializer", "depthwise_initializer")}
    return layer.model_copy(update={name: value for name, value in changes.items() if name in fields})


def measured_field(network: Network, path: str, unit: Sequence[int], of: str | None = None) -> tuple[tuple[int, int], ...] | None:
    """The first and the last pixel along each axis that a unit sees; None if it sees none.

    Args:
        network: any network whose inputs have known extents.
        path: the layer.
        unit: the position in its map; all its channels are asked. Empty for a vector.
        of: the input that is looked at; the first one unless told otherwise.
    """
    return FieldMeter(network).measure(path, unit, of)


class FieldMeter:
    """Measures many fields of one network."""

    def __init__(self, network: Network) -> None:
        self.module: BuiltNetwork = build_module(linearised(network), seed=0).double().eval()
        self.inputs = {
            node.path: torch.ones(1, node.layer.shape[-1], *node.layer.shape[:-1], dtype=torch.float64, requires_grad=True)  # type: ignore[arg-type]
            for node in network.nodes
            if isinstance(node.layer, Input)
        }
        self.values = self.module.trace(dict(self.inputs))

    def measure(self, path: str, unit: Sequence[int], of: str | None = None) -> tuple[tuple[int, int], ...] | None:
        """As :func:`measured_field`."""
        answer = self.values[path][(0, slice(None), *unit)].sum()
        x = self.inputs[of or next(iter(self.inputs))]
        if not answer.requires_grad:
            return None
        (gradient,) = torch.autograd.grad(answer, x, retain_graph=True, allow_unused=True)
        touched = None if gradient is None else gradient[0].sum(0).nonzero()
        if touched is None or len(touched) == 0:
            return None
        return tuple((int(column.min()), int(column.max())) for column in touched.T)
