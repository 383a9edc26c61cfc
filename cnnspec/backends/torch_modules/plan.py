"""The order in which a built network runs its layers, worked out once.

A value has a number: that of its node, or, for a value before an activation, one past the nodes. Three rewrites make
the plans of a network: the plain one, one that gives logits, and one with max pooling before the activation.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from torch import nn

from cnnspec.backends.torch_modules.module import LayerModule, child_of
from cnnspec.ir import Network
from cnnspec.layers.input import Input
from cnnspec.layers.weights import Regularizer

Part = Literal["forward", "core", "activate"]


@dataclass(frozen=True, slots=True)
class Step:
    """One call of a layer, or of one of its parts.

    Attributes:
        owner, name: the module that holds the layer's, and the name it has there: looked up at each call, so that a
            layer may be exchanged by assignment.
        part: the whole layer, what comes before its activation, or the activation.
        reads, writes: numbers of values.
        frees: values that nothing reads any more.
        penalty: the layer's activity regularizer, on what is written.
    """

    owner: nn.Module
    name: str
    part: Part
    reads: tuple[int, ...]
    writes: int
    frees: tuple[int, ...] = ()
    penalty: Regularizer | None = None

    @property
    def module(self) -> LayerModule:
        """The layer's module as it was built."""
        found = child_of(self.owner, self.name)
        assert isinstance(found, LayerModule)
        return found


@dataclass(frozen=True, slots=True)
class Plan:
    """Steps in order, the values the inputs are put in, and those that come out.

    ``count`` is the number of values.
    """

    steps: tuple[Step, ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    count: int


def make_plan(network: Network, places: Sequence[tuple[nn.Module, str] | None]) -> Plan:
    """The plain plan: every node in its order.

    Args:
        network: the network.
        places: per node, where its module is (that of the first use for shared weights); None for an input.
    """
    steps: list[Step] = []
    inputs: list[int] = []
    for at, (node, place) in enumerate(zip(network.nodes, places, strict=True)):
        if isinstance(node.layer, Input) or place is None:
            inputs.append(at)
            continue
        penalty = getattr(node.layer, "activity_regularizer", None)
        steps.append(Step(*place, "forward", node.inputs, at, penalty=penalty))
    return Plan(tuple(steps), tuple(inputs), network.outputs, len(network.nodes))


def give_logits(plan: Plan) -> Plan:
    """The plan whose outputs are the values before a softmax or sigmoid at the end; other outputs stay."""
    for output in dict.fromkeys(plan.outputs):
        step = next((s for s in plan.steps if s.writes == output), None)
        if step is not None and step.module.probabilities is not None:
            read = any(output in other.reads for other in plan.steps) or step.penalty is not None
            before, steps = _split(plan, step, keep=read)
            outputs = tuple(before if o == output else o for o in plan.outputs)
            plan = replace(plan, steps=steps, outputs=outputs, count=max(plan.count, before + 1))
    return plan


def _split(plan: Plan, step: Step, *, keep: bool) -> tuple[int, tuple[Step, ...]]:
    """Core and activation as steps of their own: the number of the value between them, and all steps."""
    if step.module.hollow:
        before, parts = step.reads[0], []
    else:
        before = plan.count
        parts = [replace(step, part="core", writes=before, penalty=None)]
    if keep:
        parts.append(replace(step, part="activate", reads=(before,)))
    at = plan.steps.index(step)
    return before, (*plan.steps[:at], *parts, *plan.steps[at + 1 :])


def pool_first(plan: Plan) -> tuple[Plan, int]:
    """Max pooling before the activation that it follows, and how often: a quarter of the values, the same weights.

    Only where values, gradients and so trained weights stay as they are bit by bit (``keeps_maximum``), and nothing
    else reads what lies between.
    """
    done = 0
    for pool in plan.steps:
        if pool.part != "forward" or not pool.module.takes_maximum:
            continue
        source = next((s for s in plan.steps if s.writes == pool.reads[0]), None)
        if source is None or source.part != "forward" or not source.module.keeps_maximum or source.penalty is not None:
            continue
        if pool.reads[0] in plan.outputs or sum(s.reads.count(source.writes) for s in plan.steps) != 1:
            continue
        plan = _exchange(plan, source, pool)
        done += 1
    return plan, done


def _exchange(plan: Plan, source: Step, pool: Step) -> Plan:
    before, steps = _split(plan, source, keep=False)
    pooled = max(plan.count, before + 1)
    exchanged = (
        replace(pool, reads=(before,), writes=pooled, penalty=None),
        replace(source, part="activate", reads=(pooled,), writes=pool.writes, penalty=pool.penalty),
    )
    at = steps.index(pool)
    return replace(plan, steps=(*steps[:at], *exchanged, *steps[at + 1 :]), count=pooled + 1)


def free_early(plan: Plan) -> Plan:
    """The plan that lets go of every value once its last reader ran."""
    last: dict[int, int] = {}
    for at, step in enumerate(plan.steps):
        for value in (*step.reads, step.writes):
            last[value] = at
    kept = set(plan.outputs)
    frees: list[list[int]] = [[] for _ in plan.steps]
    for value, at in last.items():
        if value not in kept:
            frees[at].append(value)
    return replace(plan, steps=tuple(replace(s, frees=tuple(f)) for s, f in zip(plan.steps, frees, strict=True)))
