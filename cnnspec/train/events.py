"""Event files of TensorBoard: figures, histograms, pictures and a graph, as records that are appended whole.

The messages and their framing are TensorBoard's own (the package of that name); what is in them is decided here.
"""

from __future__ import annotations

import io
import time
from collections.abc import Mapping
from importlib import import_module
from math import ceil, sqrt
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnspec.backends.torch_modules import facts_of
from cnnspec.ir import Network
from cnnspec.train.run_folder import RunFolder

Array = NDArray[Any]

#: Buckets of a histogram, all of the same width, as TensorFlow's summaries have them.
BUCKETS = 30

#: The most planes of a kernel, and the most pixels, that a picture shows.
PLANES, PIXELS = 64, 2**20


class Messages:
    """TensorBoard's messages; its package must be there."""

    def __init__(self) -> None:
        self.event: Any = import_module("tensorboard.compat.proto.event_pb2")
        self.summary: Any = import_module("tensorboard.compat.proto.summary_pb2")
        self.graph: Any = import_module("tensorboard.compat.proto.graph_pb2")
        self.records: Any = import_module("tensorboard.summary.writer.record_writer")


class EventFile:
    """One event file in a run's folder: what is added is written by :meth:`flush`, all of it or nothing.

    Args:
        folder: the run's.
        path: of the file; it is made with its first record.
        messages: TensorBoard's.
    """

    def __init__(self, folder: RunFolder, path: Path, messages: Messages) -> None:
        self.folder, self.path, self.messages = folder, path, messages
        self._pending = io.BytesIO()

    def add(self, step: int, values: Mapping[str, object]) -> None:
        """Add summaries at a step: of numbers scalars, else what :meth:`histogram` and :meth:`picture` made."""
        made = [self._value(tag, value) for tag, value in values.items() if value is not None]
        if made:
            self._record(step=step, summary=self.messages.summary.Summary(value=made))

    def _value(self, tag: str, value: Any) -> Any:
        kind = self.messages.summary.Summary.Value
        if isinstance(value, (int, float)):
            return kind(tag=tag, simple_value=value)
        return kind(tag=tag, **{"image" if hasattr(value, "encoded_image_string") else "histo": value})

    def add_graph(self, network: Network) -> None:
        """Add the graph of a network: a node a layer, named by its path, with its kind and the shape that it gives."""
        self._record(graph_def=graph_of(network, self.messages).SerializeToString())

    def histogram(self, values: Array) -> Any:
        """How values are spread; None where none is a number."""
        numbers = values[np.isfinite(values)].astype(np.float64).ravel()
        if not numbers.size:
            return None
        counts, edges = np.histogram(numbers, bins=BUCKETS)
        return self.messages.summary.HistogramProto(
            min=numbers.min(),
            max=numbers.max(),
            num=numbers.size,
            sum=numbers.sum(),
            sum_squares=np.square(numbers).sum(),
            bucket_limit=edges[1:].tolist(),
            bucket=counts.tolist(),
        )

    def picture(self, weights: Array) -> Any:
        """Weights as a picture; None where they are not of a kind that has one."""
        pixels = picture_of(weights)
        if pixels is None:
            return None
        from PIL import Image

        encoded = io.BytesIO()
        Image.fromarray(pixels).save(encoded, "PNG")
        height, width = pixels.shape[:2]
        channels = 1 if pixels.ndim == 2 else 3
        return self.messages.summary.Summary.Image(
            height=height, width=width, colorspace=channels, encoded_image_string=encoded.getvalue()
        )

    def _record(self, **content: object) -> None:
        writer = self.messages.records.RecordWriter(self._pending)
        if self._pending.tell() == 0 and self.size == 0:
            writer.write(self.messages.event.Event(wall_time=time.time(), file_version="brain.Event:2").SerializeToString())
        writer.write(self.messages.event.Event(wall_time=time.time(), **content).SerializeToString())

    @property
    def size(self) -> int:
        """The bytes that are written."""
        return self.path.stat().st_size if self.path.is_file() else 0

    def flush(self) -> None:
        """Write what was added.

        Raises:
            MachineError: the disk is full.
        """
        data = self._pending.getvalue()
        if data:
            self.folder.make(self.path.parent)
            self.folder.append(self.path, data)
            self._pending = io.BytesIO()


def graph_of(network: Network, messages: Messages) -> Any:
    """The graph as TensorBoard draws it; scopes of the spec are groups there."""
    graph = messages.graph.GraphDef()
    for node, facts in zip(network.nodes, facts_of(network), strict=True):
        made = graph.node.add(name=node.path, op=node.layer.kind, input=[network.nodes[at].path for at in node.inputs])
        shape = made.attr["_output_shapes"].list.shape.add()
        for size in (-1, *(-1 if extent is None else extent for extent in facts.output.to_json())):
            shape.dim.add(size=size)
        if node.shares is not None:
            made.attr["shares"].s = network.nodes[node.shares].path.encode()
    return graph


def picture_of(weights: Array) -> NDArray[np.uint8] | None:
    """Weights in Keras's layout as pixels: zero is grey, the greatest black or white.

    A kernel (height, width, in, out) gives its planes side by side, those of three input channels in colour; a matrix lies
    as wide as it can, a vector is a row. What has other axes, or too many values, has no picture.
    """
    if weights.ndim == 4:
        planes = weights if weights.shape[2] == 3 else weights.reshape(*weights.shape[:2], 1, -1)
        weights = _grid(np.moveaxis(planes, -1, 0)[:PLANES])
    elif weights.ndim == 2 and weights.shape[0] > weights.shape[1]:
        weights = weights.T
    elif weights.ndim == 1:
        weights = weights[None]
    if weights.ndim not in (2, 3) or weights.shape[0] * weights.shape[1] > PIXELS or not weights.size:
        return None
    clean = np.nan_to_num(weights.astype(np.float64), nan=0.0, posinf=0.0, neginf=0.0)
    greatest = float(np.abs(clean).max()) or 1.0
    return np.asarray(np.rint(127.5 + clean / greatest * 127.5), dtype=np.uint8)


def _grid(planes: Array) -> Array:
    """Planes (n, height, width, channels) side by side with a pixel between them; grey ones lose their channel."""
    count, height, width, channels = planes.shape
    columns = ceil(sqrt(count))
    rows = ceil(count / columns)
    grid = np.zeros((rows * (height + 1) - 1, columns * (width + 1) - 1, channels))
    for at, plane in enumerate(planes):
        top, left = at // columns * (height + 1), at % columns * (width + 1)
        grid[top : top + height, left : left + width] = plane
    return grid[..., 0] if channels == 1 else grid
