"""Magnification by a whole factor."""

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, field_validator
from typing_extensions import override

from cnnspec.layers.arguments import DataFormat, PerAxis, per_axis
from cnnspec.layers.base import Facts
from cnnspec.layers.shape import Shape
from cnnspec.layers.spatial import SpatialLayer
from cnnspec.layers.upkeep import NOTHING_KEPT, Kept, Operations, count_values
from cnnspec.layers.window import Magnified

Factor = Annotated[PerAxis, Field(description="how many times larger")]
Interpolation = Annotated[
    Literal["nearest", "bilinear"], Field(description="repeat values, or pass linearly between them at half-pixel centres")
]


class UpSampling(SpatialLayer):
    """n becomes n·size along every spatial axis."""

    family = "shape"
    linear = True

    if TYPE_CHECKING:  # each kind states these fields itself, in Keras's order
        size: PerAxis
        interpolation: Literal["nearest", "bilinear"]

    @field_validator("size", mode="before", check_fields=False)
    @classmethod
    def _fill(cls, value: object) -> object:
        return per_axis(value, cls.rank)

    @override
    def facts(self, *inputs: Shape) -> Facts:
        shape = inputs[0]
        self.check_rank(shape)
        window = tuple(Magnified(factor, self.interpolation) for factor in self.size)
        positions = tuple(axis.positions(n) for axis, n in zip(window, shape.extents, strict=True))
        return Facts(Shape((*positions, shape.channels)), (), window)

    @override
    def operations(self, facts: Facts, *inputs: Shape) -> tuple[Operations, ...]:
        if self.interpolation == "nearest":
            return ()
        neighbours = 2**self.rank
        return (Operations("products and additions", count_values(facts.output) * (2 * neighbours - 1)),)

    @override
    def keeps(self, facts: Facts, *inputs: Shape) -> Kept:
        return NOTHING_KEPT

    @override
    def summary(self) -> str:
        factors = str(self.size[0]) if len(set(self.size)) == 1 else "×".join(map(str, self.size))
        return f"·{factors}, {self.interpolation}"

    @override
    def incompatible(self) -> tuple[str, ...]:
        extended = self.rank != 2 and self.interpolation != "nearest"
        return (f"interpolation={self.interpolation} in {self.kind}",) if extended else ()


class UpSampling1D(UpSampling):
    """A longer sequence."""

    kind = "UpSampling1D"
    rank = 1

    size: Factor = (2,)
    interpolation: Interpolation = "nearest"


class UpSampling2D(UpSampling):
    """A larger image."""

    kind = "UpSampling2D"
    rank = 2

    size: Factor = (2, 2)
    data_format: DataFormat = None
    interpolation: Interpolation = "nearest"


class UpSampling3D(UpSampling):
    """A larger volume."""

    kind = "UpSampling3D"
    rank = 3

    size: Factor = (2, 2, 2)
    data_format: DataFormat = None
    interpolation: Interpolation = "nearest"
