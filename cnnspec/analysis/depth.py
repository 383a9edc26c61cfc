"""The depth of a network: layers with weights on its longest path."""

from __future__ import annotations

from collections.abc import Iterable

from cnnspec.layers.base import Facts
from cnnspec.resolve.result import ResolvedModel


def count_depth(model: ResolvedModel) -> int:
    """The number of layers with a kernel of weights on the longest path to an output.

    Convolutions and dense layers count, normalisation does not: LeNet-5 has 5, AlexNet 8, ResNet-18 18. A shared layer
    counts at every use.
    """
    depths = count_depths(model)
    return max((depths[output] for output in model.network.outputs), default=0)


def count_depths(model: ResolvedModel) -> list[int]:
    """The same for every node."""
    depths: list[int] = []
    weighted = {id(facts): is_weighted(facts) for facts in _distinct(model) if facts is not None}
    for node, facts in zip(model.network.nodes, model.facts, strict=True):
        inputs = node.inputs
        before = depths[inputs[0]] if len(inputs) == 1 else max([depths[source] for source in inputs], default=0)
        depths.append(before + (facts is not None and weighted[id(facts)]))
    return depths


def _distinct(model: ResolvedModel) -> Iterable[Facts | None]:
    """The facts of all layers, each once: repeated blocks state the very same ones."""
    return {id(facts): facts for facts in model.facts}.values()


def is_weighted(facts: Facts) -> bool:
    """Whether a layer has a kernel of weights."""
    return any(param.role == "kernel" for param in facts.params)
