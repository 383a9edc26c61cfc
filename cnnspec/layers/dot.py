"""The dot product of two inputs."""

from typing import Annotated

from pydantic import Field, field_validator
from typing_extensions import override

from cnnspec.layers.arguments import GREATEST, integers
from cnnspec.layers.arithmetic import product, settle, show_size
from cnnspec.layers.axes import axis_name, find_axis
from cnnspec.layers.base import Facts, Layer, LayerError
from cnnspec.layers.shape import Shape
from cnnspec.layers.window import WHOLE_INPUT
from cnnspec.schema.declaration import refuse


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
        sizes = tuple(shape.dims[index] for shape, index in zip(inputs, at, strict=True))
        if isinstance(sizes[0], int) and isinstance(sizes[1], int) and sizes[0] != sizes[1]:
            names = tuple(axis_name(index, shape.rank) for shape, index in zip(inputs, at, strict=True))
            raise LayerError(
                "dot-sizes-differ",
                "axes",
                layer=self.kind,
                shapes=tuple(str(shape) for shape in inputs),
                axes=names,
                sizes=tuple(show_size(size) for size in sizes),
            )
        kept = tuple(
            size for shape, index in zip(inputs, at, strict=True) for size in shape.dims[:index] + shape.dims[index + 1 :]
        )
        length = sizes[0] if isinstance(sizes[0], int) else sizes[1]
        return Facts(Shape(kept or (1,)), (), WHOLE_INPUT, product([*map(settle, kept), settle(length)]))

    @override
    def summary(self) -> str:
        axes = ", ".join(map(str, dict.fromkeys(self.axes)))
        return f"axis {axes}" + (", normalised" if self.normalize else "")
