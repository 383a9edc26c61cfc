"""What training keeps from the forward pass until the backward pass."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cnnspec.analysis.memory.storages import count_elements, find_owners
from cnnspec.analysis.report import ModelReport, Row
from cnnspec.layers.arithmetic import Size
from cnnspec.layers.base import Facts, Layer
from cnnspec.layers.upkeep import Array, Kept
from cnnspec.record import record

#: What the loss keeps besides the outputs.
TARGETS = "targets of the loss"


@record
class KeptArray:
    """A layer's output, or an array that the layer makes for its backward pass.

    Attributes:
        index: the layer, by its place in the network.
        array: what it is, and how many values it has.
        keepers: the layers that ask for it, by their places; for the loss the output's own.
    """

    index: int
    array: Array
    keepers: tuple[int, ...]


def find_kept(report: ModelReport) -> tuple[KeptArray, ...]:
    """Everything that is kept, in the order of the layers that make it; every value once."""
    values: dict[int, list[int]] = {}
    arrays: list[KeptArray] = []
    elements = count_elements(report)
    for index, inputs, output, made in _ask(report, elements):
        for owner in (*inputs, *((output,) if output is not None else ())):
            keepers = values.setdefault(owner, [])
            if not keepers or keepers[-1] != index:  # they come in order
                keepers.append(index)
        arrays += [KeptArray(index, array, (index,)) for array in made]
    outputs = [KeptArray(at, Array("output", elements[at]), tuple(keepers)) for at, keepers in values.items()]
    return tuple(sorted((*outputs, *arrays), key=lambda kept: kept.index))


def _ask(report: ModelReport, elements: Sequence[Size]) -> Iterator[tuple[int, list[int], int | None, tuple[Array, ...]]]:
    """Per layer of the backward pass: the values that it keeps, by their owners, and its arrays; last the loss."""
    network = report.network
    owners = find_owners(network, training=True)
    learning = find_learning(report)
    known: dict[int, tuple[Kept, bool]] = {}
    for row, node, learns in zip(report.rows, network.nodes, learning, strict=True):
        facts = row.facts
        if facts is None or not node.inputs or not learns:
            continue
        found = known.get(id(facts))
        if found is None:
            kept = keeps_of(row, facts)
            found = known[id(facts)] = kept, kept.output or _is_regularised(node.layer)
        kept, keeps_output = found
        output = owners[row.index] if keeps_output else None
        yield row.index, [owners[node.inputs[at]] for at in kept.inputs], output, kept.arrays
    for output in dict.fromkeys(network.outputs):
        if learning[output]:
            targets = (Array(TARGETS, elements[output]),)
            yield output, [], owners[output], targets


def find_learning(report: ModelReport) -> list[bool]:
    """Per node, whether it takes part in the backward pass: it, or something before it, is trained."""
    learning: list[bool] = []
    stated = {id(row.facts): row.facts for row in report.rows}  # repeated blocks state the very same facts
    trained = {key for key, facts in stated.items() if facts is not None and is_trained(facts)}
    for row, node in zip(report.rows, report.network.nodes, strict=True):
        learning.append(id(row.facts) in trained or any(learning[source] for source in node.inputs))
    return learning


def keeps_of(row: Row, facts: Facts) -> Kept:
    """What one layer keeps, whose inputs are known."""
    return row.layer.keeps(facts, *[shape for shape in row.input_shapes if shape is not None])


def is_trained(facts: Facts) -> bool:
    """Whether a layer has weights that are trained."""
    return any(param.trainable for param in facts.params)


def _is_regularised(layer: Layer) -> bool:
    """Whether the loss has a penalty on its output."""
    return getattr(layer, "activity_regularizer", None) is not None
