"""Pooling: what all windows have in common, and their maximum; the mean is in :mod:`~cnnspec.layers.average_pooling`."""

from typing import TYPE_CHECKING, Annotated, Self

from pydantic import Field, model_validator
from typing_extensions import override

from cnnspec.layers.arguments import DataFormat, PerAxis
from cnnspec.layers.base import Facts, Note
from cnnspec.layers.conv import Padding
from cnnspec.layers.padded_copy import keep_padded, pools_in_place
from cnnspec.layers.shape import Shape
from cnnspec.layers.spatial import (
    WindowLayer,
    leftovers,
    make_axes,
    slide,
    window_notes,
    window_summary,
)
from cnnspec.layers.upkeep import Array, Kept, Operations, count_values, taps_of
from cnnspec.layers.window import Axis
from cnnspec.record import replace
from cnnspec.schema.declaration import refuse

PoolSize = Annotated[PerAxis, Field(description="extent of the window")]
PoolStrides = Annotated[PerAxis | None, Field(description="step of the window; none: pool_size")]
CeilMode = Annotated[bool, Field(description="round the output up, the last window reaching beyond the end; an extension")]


class Pool(WindowLayer):
    """What windows of pooling have in common; channels stay as they are."""

    family = "pooling"

    if TYPE_CHECKING:  # each kind states these fields itself, in Keras's order
        pool_size: PerAxis
        strides: PerAxis | None
        ceil_mode: bool

    @model_validator(mode="after")
    def _check_padding(self) -> Self:
        if not isinstance(self.padding, str) and any(max(p) >= k for p, k in zip(self.padding, self.pool_size, strict=True)):
            raise refuse(
                "less than pool_size on every side (a window must reach the input)", others=("pool_size",), argument="padding"
            )
        return self

    @property
    def steps(self) -> PerAxis:
        """The strides that hold: those given, else the window's own size."""
        return self.pool_size if self.strides is None else self.strides

    def axes(self, shape: Shape) -> tuple[Axis, ...]:
        """The window along every spatial axis of an input."""
        return make_axes(shape.extents, self.pool_size, self.steps, (1,) * self.rank, self.padding, self.ceil_mode)

    @override
    def facts(self, *inputs: Shape) -> Facts:
        shape = inputs[0]
        self.check_rank(shape)
        axes = self.axes(shape)
        positions = slide(self, "pool_size", axes, shape.extents)
        return Facts(Shape((*positions, shape.channels)), (), axes, 0, leftovers(axes, shape.extents))

    @override
    def operations(self, facts: Facts, *inputs: Shape) -> tuple[Operations, ...]:
        values = count_values(facts.output)
        return (Operations("comparisons", values * (taps_of(self.pool_size, values) - 1)),)

    @override
    def keeps(self, facts: Facts, *inputs: Shape) -> Kept:
        return self.keeps_padded(inputs[0])

    def keeps_padded(self, shape: Shape, *, hang: bool = True, roomy: bool = True) -> Kept:
        """The input, or the padded copy of it where pooling does not pad itself (see :func:`pools_in_place`)."""
        axes = self.axes(shape)
        return keep_padded(axes, shape, pools_in_place(axes, shape.extents, hang=hang, roomy=roomy))

    @override
    def summary(self) -> str:
        strides = self.steps if self.steps != self.pool_size else (1,) * self.rank
        parts = window_summary(self.pool_size, strides, self.padding, (1,) * self.rank)
        if self.steps != self.pool_size and max(self.steps) == 1:
            parts.insert(1, "/1")
        return ", ".join([part for part in parts if part != "valid"] + (["ceil"] if self.ceil_mode else []))

    @override
    def notes(self, *inputs: Shape) -> tuple[Note, ...]:
        return window_notes(self.axes(inputs[0]), inputs[0].extents, self.padding)

    @override
    def incompatible(self) -> tuple[str, ...]:
        return (*self.stated_padding, *(("ceil_mode",) if self.ceil_mode else ()))


class MaxPool(Pool):
    """The greatest value of each window; padding never wins (it counts as −∞)."""

    pool_size: PoolSize
    strides: PoolStrides = None
    padding: Padding = "valid"
    data_format: DataFormat = None
    ceil_mode: CeilMode = False

    @override
    def keeps(self, facts: Facts, *inputs: Shape) -> Kept:
        kept = super().keeps(facts, *inputs)
        return replace(kept, arrays=(*kept.arrays, places_of_maxima(facts)))


def places_of_maxima(facts: Facts) -> Array:
    """Where the greatest value of each window lies."""
    return Array("places of the greatest values", facts.output.elements, "int64")


class MaxPool2D(MaxPool):
    """Max pooling over an image."""

    kind = "MaxPool2D"
    rank = 2

    pool_size: PoolSize = (2, 2)
