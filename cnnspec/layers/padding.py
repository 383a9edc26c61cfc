"""Zeros around a map, as a layer."""

from typing import Annotated

from pydantic import Field, field_validator
from typing_extensions import override

from cnnspec.layers.arguments import DataFormat, Pairs, padding
from cnnspec.layers.base import Facts
from cnnspec.layers.shape import Shape
from cnnspec.layers.spatial import SpatialLayer, show_pairs
from cnnspec.layers.upkeep import NOTHING_KEPT, Kept
from cnnspec.layers.window import Axis

Zeros = Annotated[Pairs, Field(description="zeros before and after: an integer, one per axis, or pairs")]


class ZeroPad(SpatialLayer):
    """n becomes n + before + after along every spatial axis; what is added is zero."""

    family = "shape"
    linear = True

    padding: Zeros

    @field_validator("padding", mode="before")
    @classmethod
    def _fill(cls, value: object) -> object:
        return padding(None if isinstance(value, str) else value, cls.rank, ())

    @override
    def facts(self, *inputs: Shape) -> Facts:
        shape = inputs[0]
        self.check_rank(shape)
        extents = tuple(n + before + after for n, (before, after) in zip(shape.extents, self.padding, strict=True))
        window = tuple(Axis(before=before, after=after) for before, after in self.padding)
        return Facts(Shape((*extents, shape.channels)), (), window)

    @override
    def keeps(self, facts: Facts, *inputs: Shape) -> Kept:
        return NOTHING_KEPT

    @override
    def summary(self) -> str:
        return show_pairs(self.padding)


class ZeroPad1D(ZeroPad):
    """Zeros around a sequence."""

    kind = "ZeroPad1D"
    rank = 1

    padding: Zeros = ((1, 1),)
    data_format: DataFormat = None


class ZeroPad2D(ZeroPad):
    """Zeros around an image."""

    kind = "ZeroPad2D"
    rank = 2

    padding: Zeros = ((1, 1), (1, 1))
    data_format: DataFormat = None


class ZeroPad3D(ZeroPad):
    """Zeros around a volume."""

    kind = "ZeroPad3D"
    rank = 3

    padding: Zeros = ((1, 1), (1, 1), (1, 1))
    data_format: DataFormat = None
