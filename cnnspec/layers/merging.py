"""Layers that take several inputs: elementwise, with broadcasting, and concatenation."""

from typing import TYPE_CHECKING, Annotated

from pydantic import Field
from typing_extensions import override

from cnnspec.layers.arithmetic import Size, show_size, total
from cnnspec.layers.axes import axis_name, find_axis
from cnnspec.layers.base import Facts, Layer, LayerError
from cnnspec.layers.extent import Extent
from cnnspec.layers.shape import Shape
from cnnspec.layers.upkeep import NOTHING_KEPT, Array, Kept, Operations, count_values
from cnnspec.layers.window import POINTWISE, Joined

if TYPE_CHECKING:
    from cnnspec.layers.requirement import Requirement


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
        output, requires = broadcast(self.kind, inputs)
        return Facts(output, requires=requires)

    @override
    def operations(self, facts: Facts, *inputs: Shape) -> tuple[Operations, ...]:
        values = count_values(facts.output)
        return (Operations(self.kind.lower(), values if len(inputs) == 2 else values * (len(inputs) - 1)),)

    @override
    def keeps(self, facts: Facts, *inputs: Shape) -> Kept:
        return NOTHING_KEPT

    @override
    def summary(self) -> str:
        return ""


class _Chosen(Elementwise):
    """A merge that keeps what it merges: the inputs, and what two and more of them came to."""

    @override
    def keeps(self, facts: Facts, *inputs: Shape) -> Kept:
        between = tuple(Array(f"of the first {count}", facts.output.elements) for count in range(2, len(inputs)))
        return Kept(tuple(range(len(inputs))), arrays=between)


def broadcast(kind: str, shapes: tuple[Shape, ...]) -> tuple[Shape, "tuple[Requirement, ...]"]:
    """The common shape of elementwise inputs, and which open sizes must be equal for it.

    Raises:
        LayerError: ``merge-shapes-differ``.
    """
    rank = max(shape.rank for shape in shapes)
    rows = [(*shape.extents, *(1,) * (rank - shape.rank), shape.channels) for shape in shapes]
    result = list(rows[0])
    requires: list[Requirement] = []
    for number, row in enumerate(rows[1:], 1):
        for index, size in enumerate(row):
            if size == 1 or result[index] == 1:
                result[index] = result[index] if size == 1 else size
            else:
                result[index] = _meet(kind, shapes, number, axis_name(index, rank), result[index], size, requires)
    return Shape(tuple(result)), tuple(requires)


def _meet(
    kind: str, shapes: tuple[Shape, ...], number: int, axis: str, before: Size, size: Size, requires: "list[Requirement]"
) -> Size:
    """The one size of two that must be equal, the shorter formula; what open sizes must fulfil is noted in ``requires``."""
    if before == size:
        return before
    refusal = _differ(kind, shapes, number, axis, before, size)
    if isinstance(before, int) and isinstance(size, int):
        raise refusal
    from cnnspec.layers.requirement import Requirement, shorter

    requires.append(Requirement(before, "=", size, axis, refusal))
    return shorter(before, size)


def _differ(kind: str, shapes: tuple[Shape, ...], number: int, axis: str, expected: Size, found: Size) -> LayerError:
    symbols = {name for size in (expected, found) if isinstance(size, Extent) for name in size.symbols()}
    return LayerError(
        "merge-shapes-differ",
        layer=kind,
        shapes=tuple(str(shape) for shape in shapes),
        number=number + 1,
        axis=axis,
        expected=show_size(expected),
        found=show_size(found),
        symbols=tuple(sorted(symbols)),
    )


class Add(Elementwise):
    """The sum."""

    kind = "Add"
    linear = True


class Subtract(Elementwise):
    """The first minus the second."""

    kind = "Subtract"
    inputs = (2, 2)
    commutative = False
    linear = True


class Multiply(_Chosen):
    """The product."""

    kind = "Multiply"


class Average(Elementwise):
    """The mean."""

    kind = "Average"
    linear = True

    @override
    def operations(self, facts: Facts, *inputs: Shape) -> tuple[Operations, ...]:
        return (Operations("additions and a division", count_values(facts.output) * len(inputs)),)


class Maximum(_Chosen):
    """The greatest."""

    kind = "Maximum"


class Minimum(_Chosen):
    """The least."""

    kind = "Minimum"


class Concat(Layer):
    """Puts the inputs one after the other along an axis; along the others they must agree."""

    kind = "Concat"
    family = "merging"
    inputs = (2, None)
    linear = True

    axis: Annotated[int, Field(description="axis along which they are joined, the batch being 0; −1 are the channels")] = -1

    @override
    def facts(self, *inputs: Shape) -> Facts:
        first = inputs[0]
        for number, shape in enumerate(inputs[1:], 1):
            if shape.rank != first.rank:
                raise _differ(self.kind, inputs, number, "number of axes", first.rank + 1, shape.rank + 1)
        along = find_axis(self.kind, "axis", self.axis, first)
        dims = list(first.dims)
        requires: list[Requirement] = []
        for number, shape in enumerate(inputs[1:], 1):
            for index, size in enumerate(shape.dims):
                if index != along:
                    axis = axis_name(index, first.rank)
                    dims[index] = _meet(self.kind, inputs, number, axis, dims[index], size, requires)
        extents = tuple(shape.dims[along] for shape in inputs)
        dims[along] = total(extents)
        window = POINTWISE if along == first.rank else Joined(along, extents)
        return Facts(Shape(tuple(dims)), (), window, requires=tuple(requires))

    @override
    def keeps(self, facts: Facts, *inputs: Shape) -> Kept:
        return NOTHING_KEPT

    @override
    def summary(self) -> str:
        return "" if self.axis == -1 else f"axis {self.axis}"
