"""Pooling of a whole map: one value for each channel."""

from typing import Annotated

from pydantic import Field
from typing_extensions import override

from cnnspec.layers.arguments import DataFormat
from cnnspec.layers.base import Facts
from cnnspec.layers.shape import Shape
from cnnspec.layers.spatial import (
    SpatialLayer,
)
from cnnspec.layers.upkeep import NOTHING_KEPT, Kept, Operations, count_values
from cnnspec.layers.window import WHOLE_INPUT


class GlobalPool(SpatialLayer):
    """One value for each channel, from all positions of the map."""

    family = "pooling"

    data_format: DataFormat = None
    keepdims: Annotated[bool, Field(description="keep the spatial axes, each of extent 1")] = False

    @override
    def facts(self, *inputs: Shape) -> Facts:
        shape = inputs[0]
        self.check_rank(shape)
        ones = (1,) * self.rank if self.keepdims else ()
        return Facts(Shape((*ones, shape.channels)), (), WHOLE_INPUT)

    @override
    def operations(self, facts: Facts, *inputs: Shape) -> tuple[Operations, ...]:
        return (Operations("comparisons", count_values(inputs[0]) - count_values(facts.output)),)

    @override
    def keeps(self, facts: Facts, *inputs: Shape) -> Kept:
        return Kept(inputs=(0,), output=True)

    @override
    def summary(self) -> str:
        return "keepdims" if self.keepdims else ""


class GlobalMaxPool(GlobalPool):
    """One value for each channel: the greatest of all positions."""


class GlobalMaxPool1D(GlobalMaxPool):
    """Global max pooling along a sequence."""

    kind = "GlobalMaxPool1D"
    rank = 1


class GlobalMaxPool2D(GlobalMaxPool):
    """Global max pooling over an image."""

    kind = "GlobalMaxPool2D"
    rank = 2


class GlobalMaxPool3D(GlobalMaxPool):
    """Global max pooling over a volume."""

    kind = "GlobalMaxPool3D"
    rank = 3


class GlobalAvgPool(GlobalPool):
    """One value for each channel: the mean of all positions."""

    linear = True

    @override
    def operations(self, facts: Facts, *inputs: Shape) -> tuple[Operations, ...]:
        return (Operations("additions and divisions", count_values(inputs[0])),)

    @override
    def keeps(self, facts: Facts, *inputs: Shape) -> Kept:
        return NOTHING_KEPT


class GlobalAvgPool1D(GlobalAvgPool):
    """Global average pooling along a sequence."""

    kind = "GlobalAvgPool1D"
    rank = 1


class GlobalAvgPool2D(GlobalAvgPool):
    """Global average pooling over an image."""

    kind = "GlobalAvgPool2D"
    rank = 2


class GlobalAvgPool3D(GlobalAvgPool):
    """Global average pooling over a volume."""

    kind = "GlobalAvgPool3D"
    rank = 3
