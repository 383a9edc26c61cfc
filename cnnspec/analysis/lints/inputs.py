"""Inputs whose shape is hardly meant as it is written."""

from __future__ import annotations

from collections.abc import Iterator

from cnnspec.diagnostics import Diagnostic, Edit
from cnnspec.layers.shape import Shape
from cnnspec.resolve.result import ResolvedModel

#: The least extent of a picture that is three rows high only by mistake.
_LEAST = 16


def lint_inputs(model: ResolvedModel) -> Iterator[Diagnostic]:
    """Inputs that begin with their channels, as Torch writes them."""
    for node, shape, origin in zip(model.network.nodes, model.shapes, model.origins, strict=True):
        if node.inputs or shape is None or not _begins_with_channels(shape):
            continue
        from cnnspec.diagnostics.catalogue.lints import input_channels_first

        channels, *extents = (int(n) for n in shape.dims)  # type: ignore[arg-type]
        span = origin.callee  # the shape, as it is written
        written = "x".join(str(n) for n in (*extents, channels))
        literal = span.text.replace("_", "") == "x".join(str(n) for n in (channels, *extents))
        yield input_channels_first(span, shape=str(shape), turned=written, fix=(Edit(span, written),) if literal else ())


def _begins_with_channels(shape: Shape) -> bool:
    """Whether a shape is that of square pictures, or of large ones, of one, three or four channels, the channels first.

    A map that is really one, three or four rows high is rarely as wide as it has channels.
    """
    if shape.rank not in (2, 3) or not all(isinstance(n, int) for n in shape.dims):
        return False
    first, *rest = (int(n) for n in shape.dims)  # type: ignore[arg-type]
    if first not in (1, 3, 4) or min(rest[-2:]) < 8 or rest[-1] in (1, 3, 4):
        return False
    height, width = rest[-2:]
    return height == width or (first == 3 and shape.rank == 2 and min(height, width) >= _LEAST and _is_picture(height, width))


def _is_picture(height: int, width: int) -> bool:
    """Whether the sides of a picture are related as those of a screen or a photo are."""
    long, short = max(height, width), min(height, width)
    return any(abs(long * b - short * a) * 50 <= long * b for a, b in ((4, 3), (3, 2), (16, 9), (16, 10), (5, 4)))
