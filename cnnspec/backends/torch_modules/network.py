"""A network as a Torch module."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import Tensor
from typing_extensions import override

from cnnspec.backends.torch_modules.module import LayerModule, Scope, child_of
from cnnspec.backends.torch_modules.penalties import penalty_of
from cnnspec.backends.torch_modules.plan import Plan, Step, free_early, give_logits, pool_first
from cnnspec.ir import Network
from cnnspec.layers.shape import Shape

Inputs = Tensor | Mapping[str, Tensor]


class BuiltNetwork(Scope):
    """A network that runs: channels first, as Torch has it, with the spec's names and Keras's meaning.

    ``forward`` takes (N, C, H, W), (N, C, L), (N, C, D, H, W) or (N, units); several inputs one after the other in the
    file's order, or as one mapping by their names. It gives one tensor, or a tuple in the order of the file's
    ``output``. Layers are submodules under their paths (``net.basic_1.conv2d_2.weight``).

    Attributes:
        network: what it was built from.
        input_names, output_names: paths of the inputs and outputs.
        input_shapes: what each input must be, channels last; unknown extents take any size.
        probabilities: per output, ``softmax`` or ``sigmoid`` where that ends it, else None.
    """

    network: Network
    input_shapes: tuple[Shape, ...]
    input_names: tuple[str, ...]
    output_names: tuple[str, ...]
    probabilities: tuple[str | None, ...]
    _bare: Plan
    _plan: Plan
    _logits: Plan

    def __init__(self, network: Network, input_shapes: tuple[Shape, ...]) -> None:
        super().__init__()
        self.network = network
        self.input_shapes = input_shapes
        self._expected = tuple(_channels_first(shape) for shape in input_shapes)
        self._activity: list[Tensor] = []

    def finish(self, plan: Plan) -> None:
        """Set the plan, once all layers are in place."""
        nodes = self.network.nodes
        writers = {step.writes: step.module for step in plan.steps}
        self._set(
            input_names=tuple(nodes[at].path for at in plan.inputs),
            output_names=tuple(nodes[at].path for at in plan.outputs),
            probabilities=tuple(writers[at].probabilities if at in writers else None for at in plan.outputs),
            _bare=plan,
        )
        self.pool_first(on=False)

    def _set(self, **values: object) -> None:
        # Not by assignment: Torch refuses it where a layer has the attribute's name ("probabilities").
        self.__dict__.update(values)

    def pool_first(self, on: bool = True) -> int:
        """Run max pooling before the ReLU it follows, or as the spec says; returns how many places were exchanged.

        Names, outputs, gradients and trained weights stay the same bit by bit; what a hook on those two layers sees
        does not. For training.
        """
        plan, count = pool_first(self._bare) if on else (self._bare, 0)
        self._set(_plan=free_early(plan), _logits=free_early(give_logits(plan)))
        return count

    @override
    def forward(self, *inputs: Inputs) -> Any:
        return self._run(self._plan, self._take(inputs))

    def forward_logits(self, *inputs: Inputs) -> Any:
        """Like ``forward``, but an output that ends in softmax or sigmoid is given before it (see ``probabilities``)."""
        return self._run(self._logits, self._take(inputs))

    def trace(self, *inputs: Inputs) -> dict[str, Tensor]:
        """The output of every layer by its path, inputs included, as the spec says."""
        values: list[Any] = self._start(self._bare, self._take(inputs))
        for step in self._bare.steps:
            values[step.writes] = step.module(*[values[at] for at in step.reads])
        return {node.path: value for node, value in zip(self.network.nodes, values, strict=True)}

    def layer(self, path: str) -> LayerModule:
        """The module of a layer by its path, ``basic_1/conv2d_2``; of a later use of shared weights the first one's."""
        at = self.network.index[path]
        first = self.network.nodes[at].shares
        path = self.network.nodes[at if first is None else first].path
        found: Any = self
        for part in path.split("/"):
            found = child_of(found, part)
        return found

    def take_activity_penalties(self) -> list[Tensor]:
        """The activity regularizers' values of the last call; they are given once."""
        taken = list(self._activity)
        self._activity.clear()
        return taken

    def _take(self, inputs: tuple[Inputs, ...]) -> tuple[Tensor, ...]:
        if len(inputs) == 1 and isinstance(inputs[0], Mapping):
            named = inputs[0]
            if set(named) != set(self.input_names):
                raise ValueError(f"{self.network.name} takes {', '.join(self.input_names)}; got {', '.join(named)}")
            inputs = tuple(named[name] for name in self.input_names)
        if len(inputs) != len(self._expected):
            raise ValueError(f"{self.network.name} takes {len(self._expected)} inputs; got {len(inputs)}")
        return tuple(_check(self.network.name, value, expected) for value, expected in zip(inputs, self._expected, strict=True))

    def _start(self, plan: Plan, inputs: tuple[Tensor, ...]) -> list[Any]:
        values: list[Any] = [None] * plan.count
        for at, value in zip(plan.inputs, inputs, strict=True):
            values[at] = value
        return values

    def _run(self, plan: Plan, inputs: tuple[Tensor, ...]) -> Any:
        self._activity.clear()
        values = self._start(plan, inputs)
        del inputs
        for step in plan.steps:
            module = child_of(step.owner, step.name)
            call = module if step.part == "forward" else module.core if step.part == "core" else module.activate
            values[step.writes] = call(*[values[at] for at in step.reads])
            if step.penalty is not None:
                self._activity.append(_activity_penalty(step, values[step.writes]))
            for at in step.frees:
                values[at] = None
        if len(plan.outputs) == 1:
            return values[plan.outputs[0]]
        return tuple(values[at] for at in plan.outputs)

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_activity": []}


def _activity_penalty(step: Step, output: Tensor) -> Tensor:
    assert step.penalty is not None
    return penalty_of(step.penalty, output) / output.shape[0]


def _channels_first(shape: Shape) -> tuple[int | None, ...]:
    dims = tuple(int(dim) if isinstance(dim, int) else None for dim in shape.dims)
    return (dims[-1], *dims[:-1])


def _check(name: str, value: Inputs, expected: tuple[int | None, ...]) -> Tensor:
    if isinstance(value, Mapping):
        raise TypeError(f"{name} takes tensors, or one mapping of them by name")
    if value.dim() == len(expected) + 1 and all(e is None or e == n for e, n in zip(expected, value.shape[1:], strict=True)):
        return value
    wanted = ", ".join("?" if n is None else str(n) for n in expected)
    raise ValueError(f"{name} takes (N, {wanted}), channels first; got {tuple(value.shape)}")
