"""What a layer does and what it moves: operations, and bytes between the arithmetic and the memory.

Operations are two for each multiply-accumulate, and the elementwise ones. A layer reads each of its inputs and its weights
once and writes its output once; what only looks at values differently does neither. The backward pass reads the gradient of
the output, the inputs and the weights, and writes the gradients of inputs and weights, as far as they are asked for; its
elementwise operations count as those of the forward pass. The step of the optimizer reads the weights, their gradients and
slots, and writes weights and slots. No more than this has to be moved; how much is depends on caches and libraries.
"""

from __future__ import annotations

from collections.abc import Iterator

from cnnspec.analysis.memory.kept import find_learning
from cnnspec.analysis.memory.precision import Precision
from cnnspec.analysis.report import ModelReport, Row
from cnnspec.analysis.rows import add_up
from cnnspec.layers.arithmetic import Size
from cnnspec.record import record

#: What the optimizer's step is called in tables.
STEP = "optimizer"


@record
class Work:
    """Operations and bytes of one layer, for a batch; ``index`` is None for the optimizer's step."""

    index: int | None
    operations: Size
    bytes: Size

    @property
    def intensity(self) -> float | None:
        """Operations for each byte that is moved; None where nothing is, or a size is open."""
        if not isinstance(self.operations, int) or not isinstance(self.bytes, int) or not self.bytes:
            return None
        return int(self.operations) / int(self.bytes)


def infer(report: ModelReport, batch: int, precision: Precision) -> list[Work]:
    """The forward pass, layer by layer."""
    return [_forward(row, batch, precision) for row in report.rows if not row.is_input and not _is_view(row, training=False)]


def train(report: ModelReport, batch: int, precision: Precision, slots: int) -> list[Work]:
    """A step of training: each layer forward and backward, then the optimizer."""
    learning = find_learning(report)
    rows = [row for row in report.rows if not row.is_input and not _is_view(row, training=True)]
    found = [_both(report, row, batch, precision, learning) for row in rows]
    trainable = report.totals.trainable or 0
    if trainable:
        moved = trainable * precision.master * (3 + 2 * slots)
        found.append(Work(None, trainable * (2 + 3 * slots), moved))
    return found


def _is_view(row: Row, *, training: bool) -> bool:
    return len(row.inputs) == 1 and row.layer.is_view(training=training)


def _forward(row: Row, batch: int, precision: Precision) -> Work:
    values = add_up([*_input_sizes(row), _size(row.activation_elements)])
    weights = _weights(row)
    return Work(row.index, _operations(row, row.macs) * batch, (values * batch + weights) * precision.bytes)


def _both(report: ModelReport, row: Row, batch: int, precision: Precision, learning: list[bool]) -> Work:
    """A layer forward and, where something is trained in it or before it, backward."""
    forward = _forward(row, batch, precision)
    if not learning[row.index]:
        return forward
    asked = [size for size, source in zip(_input_sizes(row), _sources(report, row), strict=True) if learning[source]]
    moved = add_up([_size(row.activation_elements), *_input_sizes(row), *asked])
    gradients = sum(param.count for param in row.facts.params if param.trainable) if row.facts is not None else 0
    backward = (moved * batch + _weights(row)) * precision.bytes + gradients * precision.master
    return Work(row.index, forward.operations + _operations(row, row.macs_backward) * batch, forward.bytes + backward)


def _sources(report: ModelReport, row: Row) -> tuple[int, ...]:
    return report.network.nodes[row.index].inputs


def _operations(row: Row, macs: Size | None) -> Size:
    return _size(macs) * 2 + _size(row.elementwise)


def _weights(row: Row) -> int:
    """All weights that a layer reads, its own or those that it shares."""
    return sum(param.count for param in row.facts.params) if row.facts is not None else 0


def _input_sizes(row: Row) -> Iterator[Size]:
    return (shape.elements for shape in row.input_shapes if shape is not None)


def _size(size: Size | None) -> Size:
    return 0 if size is None else size
