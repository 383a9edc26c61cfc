"""The most values that inference holds at one time, and where."""

from __future__ import annotations

from typing import Final

from cnnspec.analysis.memory.storages import Storage, find_storages, input_indices, sum_steps
from cnnspec.analysis.report import ModelReport
from cnnspec.analysis.rows import add_up
from cnnspec.layers.arithmetic import Size
from cnnspec.layers.extent import Extent
from cnnspec.record import record

#: Sizes that an input leaves open are compared as if they were this.
LARGE: Final = 1 << 20


@record
class Peak:
    """The step at which the live values are the most.

    Attributes:
        index: the layer that runs, by its place in the network; the first of equals.
        alive: the storages that are there, in the order in which they were made.
        elements: their values for one sample; where sizes are open, those of the step that is the greatest for large sizes.
    """

    index: int
    alive: tuple[Storage, ...]
    elements: Size


def find_peak(report: ModelReport) -> Peak:
    """The peak of the live ranges, in time linear in the network; every shape must be known."""
    network = report.network
    storages = find_storages(report)
    inputs = input_indices(network)
    ranges = [(0 if s.index in inputs else s.index, s.last, _as_number(s.elements)) for s in storages]
    sums = sum_steps(ranges, len(network.nodes))
    index = max(range(len(sums)), key=sums.__getitem__)
    alive = tuple(storage for storage in storages if storage.lives(index, inputs))
    return Peak(index, alive, add_up([storage.elements for storage in alive]))


def _as_number(size: Size) -> int:
    return size.evaluate(dict.fromkeys(size.symbols(), LARGE)) if isinstance(size, Extent) else int(size)
