"""Receptive fields as they are: the pixels that a unit's gradient reaches, in float64, through the linearised network.

In the linearised network no gradient can vanish or cancel: activations and normalisation are the identity, the maximum is
the mean, all weights are positive, merging is a sum. Gates (a branch with one position that has seen the whole input,
spread over a map) are held constant. Float32 would underflow in deep networks.
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
_POINTWISE_KINDS = {"Scale", "Rescaling", "Normalization"}


def linearised(network: Network) -> Network:
    """The network with every layer replaced by the linear one that reads the same positions; paths stay."""
    facts = facts_of(network)
    nodes: list[Node] = []
    for node in network.nodes:
        nodes.append(node.model_copy(update=_linear_node(node, facts, nodes)))
    return network.model_copy(update={"nodes": tuple(nodes)})


def _linear_node(node: Node, facts: Sequence[Facts], before: Sequence[Node]) -> dict[str, Any]:
    layer = node.layer
    if layer.family in _POINTWISE or layer.kind in _POINTWISE_KINDS:
        return {"layer": layer_class("Identity")()}
    if layer.kind in ("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum"):
        return _sum_of_maps(node, facts, before)
    return {"layer": _linear_layer(layer)}


def _sum_of_maps(node: Node, facts: Sequence[Facts], before: Sequence[Node]) -> dict[str, Any]:
    spread = [at for at in node.inputs if _is_one_position(facts[at])]
    gates = {at for at in spread if _sees_everything(at, facts, before)} if len(set(spread)) < len(set(node.inputs)) else set()
    maps = tuple(at for at in node.inputs if at not in gates)
    return {"layer": layer_class("Add" if len(maps) > 1 else "Identity")(), "inputs": maps}


def _is_one_position(facts: Facts) -> bool:
    return all(extent == 1 for extent in facts.output.extents)


def _sees_everything(at: int, facts: Sequence[Facts], before: Sequence[Node]) -> bool:
    """What has passed a layer that reads a whole map does; of another only position the gradient says it."""
    shape = facts[at].output
    if not shape.rank or _has_passed_whole_map(at, facts, before):
        return True
    network = Network(name="Before", nodes=tuple(before[: at + 1]), outputs=(at,))
    seen = FieldMeter(network, linear=True).measure(before[at].path, (0,) * shape.rank)
    return seen == tuple((0, int(n) - 1) for n in facts[0].output.extents)  # type: ignore[arg-type]


def _has_passed_whole_map(at: int, facts: Sequence[Facts], before: Sequence[Node]) -> bool:
    layer, inputs = before[at].layer, before[at].inputs
    if layer.kind.startswith("Global") or (layer.kind.startswith("Adaptive") and _is_one_position(facts[at])):
        return True
    return bool(inputs) and all(not facts[n].output.rank or _has_passed_whole_map(n, facts, before) for n in inputs)


def _linear_layer(layer: Layer) -> Layer:
    fields = type(layer).model_fields
    if layer.kind.startswith(("MaxPool", "GlobalMaxPool", "AdaptiveMaxPool")):
        mean = layer_class(layer.kind.replace("Max", "Avg"))
        return mean.model_construct(**{name: getattr(layer, name) for name in fields})
    if layer.kind == "RBF":
        return layer_class("Dense")(units=layer.units, kernel_initializer=Ones())  # type: ignore[attr-defined]
    if layer.kind == "Filter2D":
        rows, columns = layer.kernel_size  # type: ignore[attr-defined]
        return layer.model_copy(update={"kernel": ((1.0,) * columns,) * rows, "scale": 1.0})
    changes: dict[str, Any] = {"activation": None, "padding_mode": "zeros", "use_bias": False}
    changes |= {name: Ones() for name in fields if name.endswith("_initializer") and not name.startswith("bias")}
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
    """Measures many fields of one network; ``linear`` says that it is linearised already."""

    def __init__(self, network: Network, *, linear: bool = False) -> None:
        self.module: BuiltNetwork = build_module(network if linear else linearised(network), seed=0).double().eval()
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
