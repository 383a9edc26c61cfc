"""Zeros around a map, as a layer."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field, field_validator
from typing_extensions import override

from cnnspec.layers.arguments import DataFormat, Pairs, padding
from cnnspec.layers.base import Facts
from cnnspec.layers.shape import Shape
from cnnspec.layers.spatial import SpatialLayer, show_pairs
from cnnspec.layers.window import Axis

Zeros = Annotated[Pairs, Field(description="zeros before and after: an integer, one per axis, or pairs")]


class ZeroPad(SpatialLayer):
    """n becomes n + before + after along every spatial axis; what is added is zero."""

    family: ClassVar[str] = "shape"

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
    def summary(self) -> str:
        return show_pairs(self.padding)


class ZeroPad1D(ZeroPad):
    """Zeros around a sequence."""

    kind: ClassVar[str] = "ZeroPad1D"
    rank: ClassVar[int] = 1

    padding: Zeros = ((1, 1),)
    data_format: DataFormat = None


class ZeroPad2D(ZeroPad):
    """Zeros around an image."""

    kind: ClassVar[str] = "ZeroPad2D"
    rank: ClassVar[int] = 2

    padding: Zeros = ((1, 1), (1, 1))
    data_format: DataFormat = None


class ZeroPad3D(ZeroPad):
    """Zeros around a volume."""

    kind: ClassVar[str] = "ZeroPad3D"
    rank: ClassVar[int] = 3

    padding: Zeros = ((1, 1), (1, 1), (1, 1))
    data_format: DataFormat = None
