"""Pooling to a given number of positions, whatever the input's."""

from math import gcd
from typing import Annotated

from pydantic import Field
from typing_extensions import override

from cnnspec.layers.arguments import DataFormat, PerAxis
from cnnspec.layers.arithmetic import Size, ceil_div, lift, product, settle
from cnnspec.layers.base import Facts, Note
from cnnspec.layers.pooling import places_of_maxima
from cnnspec.layers.shape import Shape
from cnnspec.layers.spatial import WindowLayer, group_axes
from cnnspec.layers.upkeep import INPUT_KEPT, NOTHING_KEPT, Kept, Operations, count_values
from cnnspec.layers.window import WHOLE_INPUT, AnyAxis, Axis, Window, adaptive_axis

OutputSize = Annotated[PerAxis, Field(description="positions of the output along each axis")]


class AdaptivePool(WindowLayer):
    """Output a reads the positions from ⌊a·n/o⌋ to ⌈(a + 1)·n/o⌉ − 1 along each axis; channels stay as they are."""

    family = "pooling"

    output_size: OutputSize
    data_format: DataFormat = None

    def axes(self, shape: Shape) -> tuple[AnyAxis, ...]:
        """The windows along every spatial axis of an input."""
        return tuple(adaptive_axis(n, count) for n, count in zip(shape.extents, self.output_size, strict=True))

    @override
    def facts(self, *inputs: Shape) -> Facts:
        shape = inputs[0]
        self.check_rank(shape)
        axes = self.axes(shape)
        positions = tuple(axis.positions(n) for axis, n in zip(axes, shape.extents, strict=True))
        window: Window = WHOLE_INPUT if all(count == 1 for count in self.output_size) else axes
        return Facts(Shape((*positions, shape.channels)), (), window)

    def taps(self, shape: Shape, facts: Facts) -> Size:
        """The positions of all windows together: n + o − gcd(n, o) along an axis, as neighbours may overlap."""
        along = [
            axis.kernel * count if isinstance(axis, Axis) else n + (count - _common(n, count))
            for axis, n, count in zip(self.axes(shape), map(settle, shape.extents), self.output_size, strict=True)
        ]
        return product([*along, settle(facts.output.channels)])

    @override
    def operations(self, facts: Facts, *inputs: Shape) -> tuple[Operations, ...]:
        return (Operations("comparisons", self.taps(inputs[0], facts) - count_values(facts.output)),)

    @override
    def keeps(self, facts: Facts, *inputs: Shape) -> Kept:
        return Kept(inputs=(0,), arrays=(places_of_maxima(facts),))

    @override
    def summary(self) -> str:
        return "×".join(map(str, self.output_size))

    @override
    def notes(self, *inputs: Shape) -> tuple[Note, ...]:
        shape = inputs[0]
        extents = zip(self.axes(shape), shape.extents, self.output_size, strict=True)
        texts = tuple(_describe_windows(axis, n, count) for axis, n, count in extents)
        return tuple(Note(f"windows along {name}" if name else "windows", text) for text, name in group_axes(texts, self.rank))


def _common(n: Size, count: int) -> int:
    """The greatest common divisor; that of a multiple where the extent is open."""
    return gcd(int(n), count) if isinstance(n, int) else count


def _describe_windows(axis: AnyAxis, n: Size, count: int) -> str:
    """What the outputs read, and how many positions that is."""
    if isinstance(axis, Axis):
        plural = "" if axis.kernel == 1 else "s"
        return f"n/o = {int(n)}/{count} = {axis.kernel} position{plural} each, side by side"  # type: ignore[arg-type]
    if not isinstance(n, int):
        return f"output a reads from ⌊a·n/o⌋ to ⌈(a + 1)·n/o⌉ − 1, n = {n}, o = {count}"
    least = int(ceil_div(lift(n), count))  # type: ignore[arg-type]
    common = gcd(int(n), count)  # a window begins at any of the o/g remainders: n/g more than a multiple of o/g never matters
    most = int(ceil_div(int(n) // common + count // common - 1, count // common))  # type: ignore[arg-type]
    text = f"output a reads from ⌊a·{n}/{count}⌋ to ⌈(a + 1)·{n}/{count}⌉ − 1: ⌈{n}/{count}⌉ = {least}"
    return f"{text} positions" if most == least else f"{text} positions or {least + 1}"


class AdaptiveMaxPool(AdaptivePool):
    """The greatest value of each of a given number of windows."""


class AdaptiveMaxPool1D(AdaptiveMaxPool):
    """Adaptive max pooling along a sequence."""

    kind = "AdaptiveMaxPool1D"
    rank = 1


class AdaptiveMaxPool2D(AdaptiveMaxPool):
    """Adaptive max pooling over an image."""

    kind = "AdaptiveMaxPool2D"
    rank = 2


class AdaptiveMaxPool3D(AdaptiveMaxPool):
    """Adaptive max pooling over a volume."""

    kind = "AdaptiveMaxPool3D"
    rank = 3


class AdaptiveAvgPool(AdaptivePool):
    """The mean of each of a given number of windows."""

    linear = True

    @override
    def operations(self, facts: Facts, *inputs: Shape) -> tuple[Operations, ...]:
        return (Operations("additions and divisions", self.taps(inputs[0], facts)),)

    @override
    def keeps(self, facts: Facts, *inputs: Shape) -> Kept:
        return NOTHING_KEPT if max(self.output_size) == 1 else INPUT_KEPT


class AdaptiveAvgPool1D(AdaptiveAvgPool):
    """Adaptive average pooling along a sequence."""

    kind = "AdaptiveAvgPool1D"
    rank = 1


class AdaptiveAvgPool2D(AdaptiveAvgPool):
    """Adaptive average pooling over an image."""

    kind = "AdaptiveAvgPool2D"
    rank = 2


class AdaptiveAvgPool3D(AdaptiveAvgPool):
    """Adaptive average pooling over a volume."""

    kind = "AdaptiveAvgPool3D"
    rank = 3
