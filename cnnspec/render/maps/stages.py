"""What a maps picture shows: the stages of a chain of layers, with their labels and windows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from cnnspec.analysis.report import ModelReport, Row
from cnnspec.layers.arithmetic import group_digits
from cnnspec.layers.shape import Shape
from cnnspec.layers.window import Adaptive, Axis, Digit, Magnified, TransposedAxis
from cnnspec.render.errors import RenderError
from cnnspec.render.fonts import fit_text, text_width
from cnnspec.render.graph.faces import count_of, describe
from cnnspec.render.graph.scopes import CHIP_FAMILIES
from cnnspec.render.graph.view import inner_path
from cnnspec.render.svg import clean

#: An axis whose window can be drawn on a map.
DrawnAxis = Axis | TransposedAxis | Magnified | Adaptive

_ELSEWHERE = "--style graph draws every network"
#: What an operation is called below its arrow; the rank is left out of the kind.
NOUNS = {
    "Conv": "Convolution",
    "DepthwiseConv": "Depthwise convolution",
    "SeparableConv": "Separable convolution",
    "ConvTranspose": "Transposed convolution",
    "MaxPool": "Max pooling",
    "AvgPool": "Average pooling",
    "GlobalMaxPool": "Global max pooling",
    "GlobalAvgPool": "Global average pooling",
    "AdaptiveMaxPool": "Adaptive max pooling",
    "AdaptiveAvgPool": "Adaptive average pooling",
    "Subsampling": "Subsampling",
    "Dense": "Full connection",
    "UpSampling": "Upsampling",
    "ZeroPad": "Zero padding",
    "Crop": "Cropping",
    "Filter": "Fixed filter",
}
#: The width in pixels at which details go on in a second line.
_NARROW = 92.0
_LETTERS = {"convolution": "C", "pooling": "S", "dense": "F", "filter": "C"}


@dataclass(frozen=True, slots=True)
class Stage:
    """One value of the chain with what made it.

    Attributes:
        row: the input or layer.
        folded: layers drawn with it: a Flatten before it, activations, normalisation and dropout after it.
        shape: its extents and channels.
        above: the lines above the stack; ``below``: those below the step that leads to it.
        axes: how it reads the stage before, per spatial axis; none where it sees everything or single positions.
    """

    row: Row
    folded: tuple[Row, ...]
    shape: Shape
    above: tuple[str, ...]
    below: tuple[str, ...]
    axes: tuple[DrawnAxis, ...] = ()

    @property
    def path(self) -> str:
        return inner_path(self.row)

    @property
    def title(self) -> str:
        """The stage in one sentence."""
        parts = [f"{self.path}: {describe(self.row)}", f"output {self.shape}"]
        parts += [f"with {inner_path(row)}: {describe(row)}" for row in self.folded]
        parameters = sum(row.params for row in (self.row, *self.folded))
        return ", ".join([*parts, *([count_of(parameters, "parameter")] if parameters else [])])


def stages_of(report: ModelReport) -> list[Stage]:
    """The stages of a chain, the input first.

    Raises:
        RenderError: the network is no chain, has an error or unknown extents, or three spatial axes.
    """
    _require_chain(report)
    shapes = [_known_shape(row) for row in report.rows]
    groups = _fold(report.rows)
    stages: list[Stage] = []
    for number, (row, folded) in enumerate(groups):
        shape = shapes[row.index]
        last = number == len(groups) - 1
        before = stages[-1].shape if stages else None
        stages.append(Stage(row, folded, shape, _above(row, shape, number, last), _below(row, folded, before), drawn_axes(row)))
    return stages


def _require_chain(report: ModelReport) -> None:
    rows, network = report.rows, report.network
    reads = network.readers
    for row, node in zip(rows, network.nodes, strict=True):
        name = inner_path(row)
        if len(node.inputs) > 1:
            raise RenderError(f"maps draws a chain of layers, but {name} reads {len(node.inputs)} values", _ELSEWHERE)
        if len(reads[row.index]) > 1:
            raise RenderError(f"maps draws a chain of layers, but {len(reads[row.index])} layers read {name}", _ELSEWHERE)
    inputs = [row for row in rows if row.is_input]
    if len(inputs) != 1 or len(network.outputs) != 1:
        what = f"{len(inputs)} inputs" if len(inputs) != 1 else f"{len(network.outputs)} outputs"
        raise RenderError(f"maps draws a chain of layers, but {report.name} has {what}", _ELSEWHERE)


def _known_shape(row: Row) -> Shape:
    shape, name = row.output_shape, inner_path(row)
    if shape is None:
        raise RenderError(f"maps needs every size, but that of {name} is unknown because of an error", "cnnspec check says which")
    if not shape.known:
        raise RenderError(f"maps needs every size, but {name} is {shape}", "give the input's size, as in --input 28x28")
    if shape.rank > 2:
        raise RenderError(f"maps draws layers of one or two spatial axes, but {name} is {shape}", _ELSEWHERE)
    return shape


def _fold(rows: Sequence[Row]) -> list[tuple[Row, tuple[Row, ...]]]:
    """Layers with what is drawn as part of them; a Flatten belongs to the layer after it."""
    groups: list[tuple[Row, tuple[Row, ...]]] = []
    flatten: list[Row] = []
    for row in rows:
        if row.kind == "Flatten" and row is not rows[-1]:
            flatten.append(row)
        elif groups and not groups[-1][0].is_input and row.layer.family in CHIP_FAMILIES and not flatten:
            groups[-1] = (groups[-1][0], (*groups[-1][1], row))
        else:
            groups.append((row, tuple(flatten)))
            flatten = []
    return groups


def _above(row: Row, shape: Shape, number: int, last: bool) -> tuple[str, ...]:
    """``C1: feature maps`` and ``6@28×28``, in the paper's way of counting."""
    channels = int(shape.channels)  # type: ignore[arg-type]
    extents = "×".join(str(int(extent)) for extent in shape.extents)  # type: ignore[arg-type]
    size = f"{channels}@{extents}" if extents else group_digits(channels)
    if row.is_input:
        return "INPUT", size.removeprefix("1@") if extents else size
    if last and not extents:
        return "OUTPUT", size
    letter = _LETTERS.get(row.layer.family, "L")
    return f"{letter}{number}: {'feature maps' if shape.rank == 2 else 'sequences' if shape.rank else 'layer'}", size


def _below(row: Row, folded: tuple[Row, ...], before: Shape | None) -> tuple[str, ...]:
    """``Convolution 5×5``, how it steps and what follows it, and the layer's name; nothing for an input."""
    if before is None:
        return ()
    first, details = operation_of(row, folded)
    return (clean(first), *_wrapped(details), fit_text(clean(inner_path(row)), 10, 2 * _NARROW))


def operation_of(row: Row, folded: Sequence[Row]) -> tuple[str, list[str]]:
    """``Convolution 5×5``, and in single words how it steps and what is drawn with it."""
    noun = NOUNS.get(re.sub(r"\dD", "", row.kind), row.kind)
    axes = drawn_axes(row)
    details = [text for text in (_steps(axes), _groups(row), _activation(row)) if text]
    details += [other.kind for other in folded if other.kind != "Flatten"]
    if any(other.kind == "Flatten" for other in folded):
        details.insert(0, "flattened")
    return f"{noun} {_sizes(axes)}" if _is_windowed(row, axes) else noun, details


def _sizes(axes: tuple[DrawnAxis, ...]) -> str:
    """``5×5``: the window's extents, the factors of a magnification, the outputs of windows made to fit."""
    return "×".join(
        str(axis.factor if isinstance(axis, Magnified) else axis.count if isinstance(axis, Adaptive) else axis.kernel)
        for axis in axes
    )


def _is_windowed(row: Row, axes: tuple[DrawnAxis, ...]) -> bool:
    """Whether the extents are worth saying: a single tap of something that is no convolution is not."""
    return any(isinstance(axis, (Magnified, Adaptive)) or axis.kernel > 1 or row.layer.family == "convolution" for axis in axes)


def _wrapped(details: list[str]) -> list[str]:
    """The details in lines as narrow as they can be without breaking one."""
    lines: list[str] = []
    for detail in details:
        if lines and text_width(f"{lines[-1]}, {detail}", 10) <= _NARROW:
            lines[-1] += f", {detail}"
        else:
            lines += [detail]
    return [line + "," for line in lines[:-1]] + lines[-1:]


def _steps(axes: tuple[DrawnAxis, ...]) -> str:
    parts: list[str] = []
    plain = [axis for axis in axes if not isinstance(axis, (Magnified, Adaptive))]
    if any(axis.stride != 1 and axis.stride != axis.kernel for axis in plain):
        strides = [str(axis.stride) for axis in plain]
        parts.append(f"stride {strides[0] if len(set(strides)) == 1 else '×'.join(strides)}")
    if any(axis.dilation != 1 for axis in plain):
        dilations = [str(axis.dilation) for axis in plain]
        parts.append(f"dilation {dilations[0] if len(set(dilations)) == 1 else '×'.join(dilations)}")
    if any(isinstance(axis, Axis) and (axis.before != 0 or axis.after != 0) for axis in plain):
        parts.append("padded")
    return ", ".join(parts)


def _groups(row: Row) -> str:
    groups = getattr(row.layer, "groups", 1)
    return f"{groups} groups" if isinstance(groups, int) and groups > 1 else ""


def _activation(row: Row) -> str:
    activation = getattr(row.layer, "activation", None)
    return getattr(activation, "word", "") if activation is not None else ""


def drawn_axes(row: Row) -> tuple[DrawnAxis, ...]:
    """How a layer reads its input, as far as a picture can show it."""
    window = row.facts.window if row.facts is not None else ()
    return tuple(axis for axis in window if not isinstance(axis, Digit)) if isinstance(window, tuple) else ()
