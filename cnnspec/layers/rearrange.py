"""Layers that arrange values under another shape or order of axes."""

from math import prod
from typing import Annotated

from pydantic import Field, field_validator
from typing_extensions import override

from cnnspec.layers.arguments import integers
from cnnspec.layers.arithmetic import Size, lift
from cnnspec.layers.base import Facts, LayerError, Note, size_unknown
from cnnspec.layers.recount import recount
from cnnspec.layers.reshape import View
from cnnspec.layers.shape import Shape
from cnnspec.layers.window import POINTWISE, Axis, Rearranged, Route
from cnnspec.schema.declaration import refuse


class Reshape(View):
    """The same values in the same order with other extents; one of them may be −1, what is left over."""

    kind = "Reshape"
    linear = True

    target_shape: Annotated[tuple[int, ...], Field(description="extents then channels; one may be -1")]

    @field_validator("target_shape", mode="before")
    @classmethod
    def _check(cls, value: object) -> object:
        items = integers(value, least=-1)
        if items is None or 0 in items or items.count(-1) > 1:
            raise refuse("a shape of integers of at least 1, of which one may be -1")
        return items

    @override
    def facts(self, *inputs: Shape) -> Facts:
        shape = inputs[0]
        output = Shape(self._resolve(shape))
        return Facts(output, (), POINTWISE if output.extents == shape.extents else recount(shape, output))

    @property
    def _fixed(self) -> int:
        return prod(n for n in self.target_shape if n != -1)

    def _resolve(self, shape: Shape) -> tuple[Size, ...]:
        elements, fixed = shape.elements, self._fixed
        if not isinstance(elements, int):
            rest = elements // fixed
            if -1 not in self.target_shape or rest * fixed != elements:
                raise size_unknown(self.kind, "number of values", elements, "target_shape")
        elif elements % fixed or (-1 not in self.target_shape and elements != fixed):
            raise LayerError(
                "reshape-mismatch",
                "target_shape",
                layer=self.kind,
                shape=str(shape),
                elements=int(elements),
                target=_show(self.target_shape),
                fixed=fixed,
                open=-1 in self.target_shape,
            )
        else:
            rest = elements // fixed
        return tuple(rest if n == -1 else n for n in self.target_shape)

    @override
    def notes(self, *inputs: Shape) -> tuple[Note, ...]:
        elements = inputs[0].elements
        if -1 not in self.target_shape or not isinstance(elements, int):
            return ()
        return (Note("−1 becomes", (lift(elements) // self._fixed).equation),)

    @override
    def summary(self) -> str:
        return _show(self.target_shape)


def _show(shape: tuple[int, ...]) -> str:
    return "×".join("−1" if n == -1 else str(n) for n in shape)


class Permute(View):
    """The axes in another order, counted from 1 without the batch: [2, 1, 3] exchanges height and width."""

    kind = "Permute"
    linear = True

    dims: Annotated[tuple[int, ...], Field(description="axes of the input in their new order, counted from 1")]

    @field_validator("dims", mode="before")
    @classmethod
    def _check(cls, value: object) -> object:
        items = integers(value, least=1)
        if items is None or sorted(items) != list(range(1, len(items) + 1)):
            raise refuse("the numbers 1 to n in some order, n being the number of axes")
        return items

    @override
    def facts(self, *inputs: Shape) -> Facts:
        shape = inputs[0]
        if len(self.dims) != len(shape.dims):
            raise LayerError(
                "permutation-mismatch", "dims", layer=self.kind, dims=_list(self.dims), axes=len(shape.dims), shape=str(shape)
            )
        *spatial, _ = self.dims
        routes = tuple(Route(spatial.index(axis), Axis()) if axis in spatial else None for axis in range(1, shape.rank + 1))
        still = spatial == list(range(1, len(self.dims)))
        return Facts(Shape(tuple(shape.dims[d - 1] for d in self.dims)), (), POINTWISE if still else Rearranged(routes))

    @override
    def summary(self) -> str:
        return _list(self.dims)


def _list(items: tuple[int, ...]) -> str:
    return "[" + ", ".join(map(str, items)) + "]"
