"""Layers that take several inputs: elementwise, with broadcasting, and concatenation."""

from typing import Annotated

from pydantic import Field
from typing_extensions import override

from cnnspec.layers.arithmetic import Size, show_size, total
from cnnspec.layers.axes import axis_name, find_axis
from cnnspec.layers.base import Facts, Layer, LayerError
from cnnspec.layers.shape import Shape
from cnnspec.layers.window import POINTWISE, Joined


class Elementwise(Layer):
    """Combines values at the same place.

    Shapes: an input of lower rank gains axes of size 1 before its channels (a vector c joins a map as 1×1×c); size 1
    broadcasts; all else must be equal.
    """

    family = "merging"
    inputs = (2, None)
    commutative = True

    @override
    def facts(self, *inputs: Shape) -> Facts:
        first = inputs[0]
        if all(shape.dims == first.dims for shape in inputs):
            return Facts(first)
        return Facts(broadcast(self.kind, inputs))

    @override
    def summary(self) -> str:
        return ""


def broadcast(kind: str, shapes: tuple[Shape, ...]) -> Shape:
    """The common shape of elementwise inputs.

    Raises:
        LayerError: ``merge-shapes-differ``.
    """
    rank = max(shape.rank for shape in shapes)
    rows = [(*shape.extents, *(1,) * (rank - shape.rank), shape.channels) for shape in shapes]
    result = list(rows[0])
    for number, row in enumerate(rows[1:], 1):
        for index, size in enumerate(row):
            joined = _join(result[index], size)
            if joined is None:
                raise _differ(kind, shapes, number, axis_name(index, rank), result[index], size)
            result[index] = joined
    return Shape(tuple(result))


def _join(a: Size, b: Size) -> Size | None:
    """What two sizes broadcast to; two that are not known to differ pass as the first, a number before a formula."""
    if isinstance(a, int) and isinstance(b, int):
        return a if a == b or b == 1 else b if a == 1 else None
    if isinstance(a, int):
        return b if a == 1 else a
    return b if isinstance(b, int) and b != 1 else a


def _differ(kind: str, shapes: tuple[Shape, ...], number: int, axis: str, expected: Size, found: Size) -> LayerError:
    return LayerError(
        "merge-shapes-differ",
        layer=kind,
        shapes=tuple(str(shape) for shape in shapes),
        number=number + 1,
        axis=axis,
        expected=show_size(expected),
        found=show_size(found),
    )


class Add(Elementwise):
    """The sum."""

    kind = "Add"


class Subtract(Elementwise):
    """The first minus the second."""

    kind = "Subtract"
    inputs = (2, 2)
    commutative = False


class Multiply(Elementwise):
    """The product."""

    kind = "Multiply"


class Average(Elementwise):
    """The mean."""

    kind = "Average"


class Maximum(Elementwise):
    """The greatest."""

    kind = "Maximum"


class Minimum(Elementwise):
    """The least."""

    kind = "Minimum"


class Concat(Layer):
    """Puts the inputs one after the other along an axis; along the others they must agree."""

    kind = "Concat"
    family = "merging"
    inputs = (2, None)

    axis: Annotated[int, Field(description="axis along which they are joined, the batch being 0; −1 are the channels")] = -1

    @override
    def facts(self, *inputs: Shape) -> Facts:
        first = inputs[0]
        for number, shape in enumerate(inputs[1:], 1):
            if shape.rank != first.rank:
                raise _differ(self.kind, inputs, number, "number of axes", first.rank + 1, shape.rank + 1)
        along = find_axis(self.kind, "axis", self.axis, first)
        dims = list(first.dims)
        for number, shape in enumerate(inputs[1:], 1):
            for index, size in enumerate(shape.dims):
                if index == along or dims[index] == size:
                    continue
                if isinstance(dims[index], int) and isinstance(size, int):
                    raise _differ(self.kind, inputs, number, axis_name(index, first.rank), dims[index], size)
                if isinstance(size, int):
                    dims[index] = size
        extents = tuple(shape.dims[along] for shape in inputs)
        dims[along] = total(extents)
        return Facts(Shape(tuple(dims)), (), POINTWISE if along == first.rank else Joined(along, extents))

    @override
    def summary(self) -> str:
        return "" if self.axis == -1 else f"axis {self.axis}"
