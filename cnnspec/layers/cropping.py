"""Layers that keep a part of their input."""

from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator
from typing_extensions import override

from cnnspec.layers.arguments import GREATEST, DataFormat, Pairs, is_integer, padding
from cnnspec.layers.arithmetic import Size, lift, like
from cnnspec.layers.axes import axis_name, resolve_axis
from cnnspec.layers.base import Facts, Layer, LayerError, Repair
from cnnspec.layers.extent import Extent
from cnnspec.layers.shape import AXIS_NAMES, Shape
from cnnspec.layers.spatial import SpatialLayer, show_pairs
from cnnspec.layers.upkeep import NOTHING_KEPT, Kept
from cnnspec.layers.window import POINTWISE, Axis, Window
from cnnspec.schema.declaration import refuse

if TYPE_CHECKING:
    from cnnspec.layers.requirement import Requirement

Cropping = Annotated[Pairs, Field(description="what is cut before and after: an integer, one per axis, or pairs")]


class Crop(SpatialLayer):
    """n becomes n − before − after along every spatial axis."""

    family = "shape"
    linear = True

    cropping: Cropping

    @field_validator("cropping", mode="before")
    @classmethod
    def _fill(cls, value: object) -> object:
        return padding(None if isinstance(value, str) else value, cls.rank, ())

    @override
    def facts(self, *inputs: Shape) -> Facts:
        shape = inputs[0]
        self.check_rank(shape)
        extents = tuple(n - before - after for n, (before, after) in zip(shape.extents, self.cropping, strict=True))
        for name, n, left, cut in zip(AXIS_NAMES[self.rank], shape.extents, extents, self.cropping, strict=True):
            if isinstance(left, int) and left < 1:
                arithmetic = (lift(int(n)) - cut[0] - cut[1]).equation  # type: ignore[arg-type]
                raise LayerError("output-empty", "cropping", layer=self.kind, shape=str(shape), axis=name, arithmetic=arithmetic)
        window = tuple(Axis(before=-before, after=-after) for before, after in self.cropping)
        return Facts(Shape((*extents, shape.channels)), (), window)

    @override
    def keeps(self, facts: Facts, *inputs: Shape) -> Kept:
        return NOTHING_KEPT

    @override
    def summary(self) -> str:
        return show_pairs(self.cropping)


class Crop1D(Crop):
    """Both ends of a sequence cut off."""

    kind = "Crop1D"
    rank = 1

    cropping: Cropping = ((1, 1),)


class Crop2D(Crop):
    """The border of an image cut off."""

    kind = "Crop2D"
    rank = 2

    cropping: Cropping = ((0, 0), (0, 0))
    data_format: DataFormat = None


class Crop3D(Crop):
    """The border of a volume cut off."""

    kind = "Crop3D"
    rank = 3

    cropping: Cropping = ((1, 1), (1, 1), (1, 1))
    data_format: DataFormat = None


Edge = Annotated[int, Field(ge=-GREATEST, le=GREATEST)] | None


class Slice(Layer):
    """A part of the channels, or of another axis, named as in Python: from start up to but without stop."""

    kind = "Slice"
    linear = True

    start: Annotated[Edge, Field(description="first that is kept, from 0; none: the first there is")]
    stop: Annotated[Edge, Field(description="first that is no longer kept; none: all to the end")]
    axis: Annotated[
        Literal["channels", "height", "width", "depth", "length", "units"] | int,
        Field(description="axis that is cut, by name or by number, the batch being 0; −1 are the channels"),
    ] = "channels"

    @field_validator("axis", mode="before")
    @classmethod
    def _no_truth(cls, value: object) -> object:
        if isinstance(value, str) or is_integer(value):
            return value
        raise refuse("an axis: its name (channels, height, …) or its number")

    @model_validator(mode="after")
    def _check_order(self) -> Self:
        start, stop = self.start or 0, self.stop
        if stop == 0:
            raise refuse("none for all to the end, or a number: before 0 there is nothing", argument="stop", others=("start",))
        if stop is not None and (start < 0) == (stop < 0) and stop <= start:
            raise refuse(f"greater than start, {start}", others=("start",), argument="stop")
        return self

    @override
    def facts(self, *inputs: Shape) -> Facts:
        shape = inputs[0]
        at = resolve_axis(self.kind, "axis", self.axis, shape)
        size = shape.dims[at]
        first, last = self.edges(size)
        if isinstance(size, int) and not (0 <= first < last <= size):  # type: ignore[operator]
            raise self._out_of_range(at, shape, int(size), first)
        length = last if first == 0 else (like(last, size) if isinstance(last, int) else last) - first
        dims = (*shape.dims[:at], length, *shape.dims[at + 1 :])
        requires = self._requirements(size, axis_name(at, shape.rank)) if isinstance(size, Extent) else ()
        return Facts(Shape(dims), (), self._window(at, shape, first, last), requires=requires)

    def _out_of_range(self, at: int, shape: Shape, size: int, first: Size) -> LayerError:
        begins = isinstance(first, int) and 0 <= first < size
        return LayerError(
            "slice-out-of-range",
            "stop" if begins else "start",
            repairs=(Repair("stop=none takes all to the end", "stop", None),) if begins else (),
            layer=self.kind,
            shape=str(shape),
            axis=axis_name(at, shape.rank),
            size=size,
            start=self.start,
            stop=self.stop,
        )

    def _requirements(self, size: Extent, axis: str) -> "tuple[Requirement, ...]":
        """That an open extent is long enough for both edges, and that something lies between them."""
        from cnnspec.layers.requirement import Requirement

        first, last = self.edges(size)
        asked = [(first, 0), (size, last), (last, first + 1)]
        return tuple(Requirement(more, "≥", less, axis) for more, less in asked if isinstance(more - less, Extent))

    def edges(self, size: Size) -> tuple[Size, Size]:
        """The first position that is kept, and the first behind it that is not."""
        start, stop = self.start or 0, self.stop
        return (size + start if start < 0 else start), (size if stop is None else size + stop if stop < 0 else stop)

    @override
    def keeps(self, facts: Facts, *inputs: Shape) -> Kept:
        return NOTHING_KEPT

    @override
    def is_view(self, *, training: bool) -> bool:
        return True

    def _window(self, at: int, shape: Shape, first: Size, last: Size) -> Window:
        if at == shape.rank:
            return POINTWISE
        cut = Axis(before=0 - first, after=last - shape.dims[at])
        return tuple(cut if index == at else Axis() for index in range(shape.rank))

    @override
    def summary(self) -> str:
        start, stop = ("" if edge is None else str(edge) for edge in (self.start, self.stop))
        along = "" if self.axis in ("channels", "units", -1) else f", axis {self.axis}"
        return f"{start}:{stop}{along}"

    @override
    def incompatible(self) -> tuple[str, ...]:
        return ("Slice",)
