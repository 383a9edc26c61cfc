"""Which values of a network have memory of their own, and from when to when they are needed."""

from __future__ import annotations

from collections.abc import Sequence

from cnnspec.analysis.report import ModelReport
from cnnspec.ir import Network
from cnnspec.layers.arithmetic import Size
from cnnspec.record import record


@record
class Storage:
    """Memory that holds the output of a layer.

    Attributes:
        index: the layer, by its place in the network; an input's is there from the start.
        last: the last layer that reads it, itself or by another view of it; one past the last layer for an output.
        elements: the values of one sample.
    """

    index: int
    last: int
    elements: Size

    def lives(self, step: int, inputs: frozenset[int]) -> bool:
        """Whether it is there while a layer runs."""
        return (self.index <= step or self.index in inputs) and step <= self.last


def find_owners(network: Network, *, training: bool) -> list[int]:
    """Per node, the node whose memory its output lies in: itself, or that of which it is a view."""
    owners: list[int] = []
    layers = {id(node.layer): node.layer for node in network.nodes}
    views = {key for key, layer in layers.items() if layer.is_view(training=training)}
    for index, node in enumerate(network.nodes):
        shared = len(node.inputs) == 1 and id(node.layer) in views
        owners.append(owners[node.inputs[0]] if shared else index)
    return owners


def find_storages(report: ModelReport) -> list[Storage]:
    """The memory of every value outside of training, with its live range."""
    network = report.network
    owners = find_owners(network, training=False)
    last = list(range(len(network.nodes)))
    for index, node in enumerate(network.nodes):
        for source in node.inputs:
            last[owners[source]] = max(last[owners[source]], index)
    for output in network.outputs:
        last[owners[output]] = len(network.nodes)
    elements = count_elements(report)
    return [Storage(index, last[index], elements[index]) for index, owner in enumerate(owners) if owner == index]


def count_elements(report: ModelReport) -> list[Size]:
    """The values of every layer's output; all shapes must be known."""
    shapes = {id(row.output_shape): row.output_shape for row in report.rows}  # repeated blocks have the very same ones
    known = {key: shape.elements for key, shape in shapes.items() if shape is not None}
    return [known[id(row.output_shape)] for row in report.rows]


def input_indices(network: Network) -> frozenset[int]:
    """The nodes that are inputs."""
    return frozenset(index for index, node in enumerate(network.nodes) if not node.inputs)


def sum_steps(storages: Sequence[tuple[int, int, int]], count: int) -> list[int]:
    """Per step, the sum of the sizes of (first, last, size) that are alive, in linear time."""
    changes = [0] * (count + 1)
    for first, last, size in storages:
        changes[first] += size
        changes[min(last, count - 1) + 1] -= size
    sums: list[int] = []
    alive = 0
    for change in changes[:count]:
        alive += change
        sums.append(alive)
    return sums
