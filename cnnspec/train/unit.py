"""One unit of a network on one input, written out: the dot product that made its value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from cnnspec.analysis.explain.unit import Unit
from cnnspec.backends.numpy_reference import covers, forward
from cnnspec.backends.numpy_units import write_unit, written_kinds
from cnnspec.ir import Network, Node
from cnnspec.layers.shape import Shape
from cnnspec.train.apply import SLOW_FROM, Array


def find_units(
    network: Network,
    index: int,
    sample: Array,
    place: Sequence[int],
    channels: Sequence[int],
    *,
    weights: Mapping[str, Array] | None = None,
    seed: int | None = None,
) -> list[Unit]:
    """Units of one layer at one place, with all that makes their values.

    Args:
        network: with one input.
        index: the layer, of a kind that can be written out.
        sample: the input, channels last.
        place: the position in the layer's map; empty for a vector.
        channels: of the units.
        weights: arrays in Keras's layout by layer and name, of the whole network.
        seed: draws the weights where none are given (0 unless given).
    """
    network = part_below(network, index)
    node = network.nodes[-1]
    needed = weights if weights is not None else _draw_weights(network, seed)
    values = _run(network, sample, needed)
    facts = node.layer.facts(*(Shape(tuple(int(n) for n in value.shape)) for value in values))
    owner = node.path if node.shares is None else network.nodes[node.shares].path
    own = {param.name: needed[f"{owner}/{param.name}"] for param in facts.params}
    return [write_unit(node.layer, facts, own, values, place, channel) for channel in channels]


def can_write_out(network: Network, index: int) -> bool:
    """Whether the layer is of a kind whose units can be written out."""
    return network.nodes[index].layer.kind in written_kinds()


def part_below(network: Network, index: int) -> Network:
    """The network of one node and all that it reads, directly or not; the node is its last, and its output."""
    kept, waiting = {index}, [index]
    while waiting:
        node = network.nodes[waiting.pop()]
        fresh = {*node.inputs, *(() if node.shares is None else (node.shares,))} - kept
        kept |= fresh
        waiting += fresh
    place = {at: number for number, at in enumerate(sorted(kept))}
    nodes = tuple(_moved(network.nodes[at], place) for at in sorted(kept))
    return Network(name=network.name, nodes=nodes, outputs=(place[index],))


def _moved(node: Node, place: Mapping[int, int]) -> Node:
    shares = None if node.shares is None else place[node.shares]
    return node.model_copy(update={"inputs": tuple(place[at] for at in node.inputs), "shares": shares})


def _draw_weights(network: Network, seed: int | None) -> Mapping[str, Array]:
    """Weights from a seed; nothing, and no Torch, where no layer has any."""
    shapes: list[Shape] = []
    held = False
    for node in network.nodes:
        facts = node.layer.facts(*(shapes[at] for at in node.inputs))
        shapes.append(facts.output)
        held |= bool(facts.params)
    if not held:
        return {}
    from cnnspec.backends.torch_modules import build_module, weights_keras

    return weights_keras(build_module(network, seed=seed or 0))


def _run(network: Network, sample: Array, weights: Mapping[str, Array]) -> list[Array]:
    """What the last node reads: one sample of each input, channels last."""
    paths = [network.nodes[at].path for at in network.nodes[-1].inputs]
    if all(not network.nodes[at].inputs for at in network.nodes[-1].inputs):
        return [np.asarray(sample, dtype=np.float64) for _ in paths]
    if not covers(network) and sample.size <= SLOW_FROM:
        found = forward(network, weights, sample[None])
        return [found[path][0] for path in paths]
    import torch

    from cnnspec.backends.torch_modules import build_module, load_keras_weights, weights_keras

    module = build_module(network, seed=0)
    load_keras_weights(module, {name: weights[name] for name in weights_keras(module)})
    module.eval().double()
    with torch.no_grad():
        batch = torch.as_tensor(np.ascontiguousarray(sample, dtype=np.float64))[None]
        traced: Any = module.trace(batch.movedim(-1, 1) if batch.dim() > 2 else batch)
    values = [traced[path][0] for path in paths]
    return [(value.movedim(0, -1) if value.dim() > 1 else value).numpy() for value in values]
