"""What leads from one value to the next: how it is called, how it steps, and which window one of its units reads."""

from __future__ import annotations

import re
from collections.abc import Sequence

from cnnspec.analysis.report import Row
from cnnspec.layers.arithmetic import Size
from cnnspec.layers.shape import Shape
from cnnspec.layers.window import Adaptive, Axis, Digit, Magnified, TransposedAxis

#: An axis whose window can be drawn on a map.
DrawnAxis = Axis | TransposedAxis | Magnified | Adaptive

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


def operation_of(row: Row, folded: Sequence[Row]) -> tuple[str, list[str]]:
    """``Convolution 5×5``, and in single words how it steps and what is drawn with it."""
    noun = NOUNS.get(re.sub(r"\dD", "", row.kind), row.kind)
    axes = drawn_axes(row)
    details = [text for text in (*_steps(axes), _groups(row), _activation(row)) if text]
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


def _steps(axes: tuple[DrawnAxis, ...]) -> list[str]:
    parts: list[str] = []
    plain = [axis for axis in axes if not isinstance(axis, (Magnified, Adaptive))]
    if any(axis.stride != 1 and axis.stride != axis.kernel for axis in plain):
        strides = [str(axis.stride) for axis in plain]
        parts.append(f"stride {strides[0] if len(set(strides)) == 1 else '×'.join(strides)}")
    if any(axis.dilation != 1 for axis in plain):
        dilations = [str(axis.dilation) for axis in plain]
        parts.append(f"dilation {dilations[0] if len(set(dilations)) == 1 else '×'.join(dilations)}")
    if any(_pads(size) for axis in plain if isinstance(axis, Axis) for size in (axis.before, axis.after)):
        parts.append("padded")
    return parts


def _pads(size: Size) -> bool:
    """Whether something is added: a negative size is cut off."""
    return not isinstance(size, int) or size > 0


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


def sliding_axes(row: Row) -> tuple[DrawnAxis, ...]:
    """The axes along which a window can be seen to slide: none for what only leaves positions out."""
    axes = drawn_axes(row)
    leaves_out = any(isinstance(axis, Axis) and isinstance(axis.before, int) and axis.before < 0 for axis in axes)
    return () if leaves_out else axes


def cell_inside(axes: Sequence[DrawnAxis], before: Shape, after: Shape, shares: Sequence[float]) -> tuple[int, ...]:
    """Per spatial axis, the output nearest to a share of the way whose window lies inside the input, if there is one."""
    found: list[int] = []
    for axis, out, share, extent in zip(axes, after.extents, shares, before.extents, strict=True):
        count, n = int(out), int(extent)  # type: ignore[arg-type]
        wanted = round(share * (count - 1))
        inside = [at for at in range(count) if axis.reads(at, at)[0] >= 0 and axis.reads(at, at)[1] < n]
        found.append(min(inside, key=lambda at: (abs(at - wanted), at)) if inside else wanted)
    return tuple(found)
