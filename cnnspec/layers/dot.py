"""The dot product of two inputs."""

from typing import TYPE_CHECKING, Annotated

from pydantic import Field, field_validator
from typing_extensions import override

from cnnspec.layers.arguments import GREATEST, integers
from cnnspec.layers.arithmetic import Size, product, settle, show_size
from cnnspec.layers.axes import axis_name, find_axis
from cnnspec.layers.base import Facts, Layer, LayerError
from cnnspec.layers.shape import Shape
from cnnspec.layers.upkeep import Array, Kept, Operations, count_values
from cnnspec.layers.window import WHOLE_INPUT, Apart, Axis, Rearranged, Route
from cnnspec.schema.declaration import refuse

if TYPE_CHECKING:
    from cnnspec.layers.requirement import Requirement


class Dot(Layer):
    """Sums the products along one axis of each of two inputs; all their other axes stay, those of the first before.

    Two vectors give their scalar product. With ``normalize`` both are divided by their length along the axis first, which
    gives the cosine of the angle between them.
    """

    kind = "Dot"
    family = "merging"
    inputs = (2, 2)

    axes: Annotated[
        tuple[int, ...],
        Field(description="axis that is summed over, or one of each input, the batch being 0; −1 are the channels"),
    ]
    normalize: Annotated[bool, Field(description="divide both inputs by their length along the axis first")] = False

    @field_validator("axes", mode="before")
    @classmethod
    def _pair(cls, value: object) -> object:
        items = integers(value, least=-GREATEST)
        single = items is not None and not isinstance(value, (tuple, list))
        if items is None or not (single or len(items) == 2):
            raise refuse("an axis, or a list of two: one of each input")
        return items * 2 if single else items

    @override
    def facts(self, *inputs: Shape) -> Facts:
        at = tuple(find_axis(self.kind, "axes", axis, shape) for axis, shape in zip(self.axes, inputs, strict=True))
        length, requires = self._meet(at, inputs)
        kept = tuple(
            size for shape, index in zip(inputs, at, strict=True) for size in shape.dims[:index] + shape.dims[index + 1 :]
        )
        macs = product([*map(settle, kept), settle(length)])
        output = Shape(kept or (1,))
        return Facts(output, (), _ways(at, inputs) if output.rank else WHOLE_INPUT, macs, requires=requires)

    def _meet(self, at: tuple[int, ...], inputs: tuple[Shape, ...]) -> "tuple[Size, tuple[Requirement, ...]]":
        """The common length of the two axes, and that they are equal where one is open."""
        first, second = (shape.dims[index] for shape, index in zip(inputs, at, strict=True))
        if first == second:
            return first, ()
        names = tuple(axis_name(index, shape.rank) for shape, index in zip(inputs, at, strict=True))
        refusal = LayerError(
            "dot-sizes-differ",
            "axes",
            layer=self.kind,
            shapes=tuple(str(shape) for shape in inputs),
            axes=names,
            sizes=(show_size(first), show_size(second)),
        )
        if isinstance(first, int) and isinstance(second, int):
            raise refusal
        from cnnspec.layers.requirement import Requirement, shorter

        return shorter(first, second), (Requirement(first, "=", second, names[0], refusal),)

    @override
    def operations(self, facts: Facts, *inputs: Shape) -> tuple[Operations, ...]:
        if not self.normalize:
            return ()
        return tuple(Operations("squares, additions and divisions", count_values(shape) * 3) for shape in inputs)

    @override
    def keeps(self, facts: Facts, *inputs: Shape) -> Kept:
        if not self.normalize:
            return Kept(inputs=(0, 1))
        return Kept(inputs=(0, 1), arrays=tuple(Array("divided by its length", shape.elements) for shape in inputs))

    @override
    def summary(self) -> str:
        axes = ", ".join(map(str, dict.fromkeys(self.axes)))
        return f"axis {axes}" + (", normalised" if self.normalize else "")


def _ways(at: tuple[int, ...], inputs: tuple[Shape, ...]) -> Apart:
    """What a position of the output reads of each input: of the axis that is summed over all, of the others its place.

    The last axis of the output are its channels: what becomes of it is read by every position.
    """
    output = [(number, axis) for number, shape in enumerate(inputs) for axis in range(shape.rank + 1) if axis != at[number]]
    place = {kept: along for along, kept in enumerate(output[:-1])}
    return Apart(
        tuple(
            Rearranged(
                tuple(Route(place[number, axis], Axis()) if (number, axis) in place else None for axis in range(shape.rank))
            )
            for number, shape in enumerate(inputs)
        )
    )
