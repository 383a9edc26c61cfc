"""The work of a backward pass, which training adds to a forward one."""

from __future__ import annotations

from collections.abc import Sequence

from cnnspec.layers.arithmetic import Size
from cnnspec.layers.base import Facts
from cnnspec.resolve.result import ResolvedModel


def count_backward(model: ResolvedModel) -> list[Size | None]:
    """Multiply-accumulates of the backward pass, per node; None after an error.

    A layer passes its outputs' gradient on twice, each time with as many multiply-accumulates as it took forward: to its
    weights, unless they are frozen, and to its input, unless nothing that is trained lies before it. So a network whose
    layers are all trained takes twice the forward pass, less the gradient of the first layer's input.
    """
    costs: list[Size | None] = []
    trained: list[bool] = []
    found: dict[tuple[int, tuple[bool, ...]], tuple[Size, bool]] = {}  # repeated blocks state the very same facts
    for node, facts in zip(model.network.nodes, model.facts, strict=True):
        before = tuple([trained[source] for source in node.inputs])
        if facts is None:
            costs.append(None)
            trained.append(any(before))
            continue
        key = id(facts), before
        known = found.get(key)
        if known is None:
            learns = any(before) or any(param.trainable for param in facts.params)
            known = found[key] = backward_of(facts, before), learns
        costs.append(known[0])
        trained.append(known[1])
    return costs


def backward_of(facts: Facts, before: Sequence[bool]) -> Size:
    """The same for one layer; ``before``: of each input, whether something before it is trained."""
    if isinstance(facts.macs, int) and not facts.macs:
        return 0
    kernels = [param for param in facts.params if param.role == "kernel"]
    if not kernels:  # the inputs are multiplied with each other
        return facts.macs * sum(before)
    each = facts.macs // sum(kernel.count for kernel in kernels)
    asked = any(before)
    cost: Size = 0
    for kernel in kernels:  # one after the other: depthwise, then pointwise
        cost = cost + each * (kernel.count * (asked + kernel.trainable))
        asked |= kernel.trainable
    return cost
