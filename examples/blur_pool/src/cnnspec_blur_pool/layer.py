"""What the layer is: its arguments and the facts it states. Torch is not imported here, so ``cnnspec check`` needs none."""

from typing import Annotated

from pydantic import Field
from typing_extensions import override

from cnnspec.layers.arguments import DataFormat, PaddingMode, PerAxis
from cnnspec.layers.base import Facts, Note
from cnnspec.layers.conv import Padding, Strides
from cnnspec.layers.shape import Shape
from cnnspec.layers.spatial import (
    WindowLayer,
    check_padding_mode,
    leftovers,
    make_axes,
    slide,
    window_notes,
    window_summary,
)
from cnnspec.layers.window import Axis

PoolSize = Annotated[PerAxis, Field(description="extent of the blur: k numbers of Pascal's triangle along each axis")]


class BlurPool2D(WindowLayer):
    """Blurs each channel with binomial weights, and keeps every second position.

    out[i, j, c] = Σ in[i·s + a − p, j·s + b − p, c] · w[a]·w[b], with w[a] = C(k − 1, a)/2^(k − 1).

    Source: R. Zhang, "Making convolutional networks shift-invariant again", ICML 2019.
    """

    kind = "BlurPool2D"
    family = "pooling"
    rank = 2
    linear = True

    pool_size: PoolSize = (3, 3)
    strides: Strides = (2, 2)
    padding: Padding = "same"
    data_format: DataFormat = None
    padding_mode: PaddingMode = "reflect"

    def axes(self, shape: Shape) -> tuple[Axis, ...]:
        """The window along both axes of an input."""
        return make_axes(shape.extents, self.pool_size, self.strides, (1, 1), self.padding)

    @override
    def facts(self, *inputs: Shape) -> Facts:
        shape = inputs[0]
        self.check_rank(shape)
        axes = self.axes(shape)
        requires = check_padding_mode(self.kind, self.padding_mode, axes, shape.extents)
        positions = slide(self, "pool_size", axes, shape.extents)
        return Facts(Shape((*positions, shape.channels)), (), axes, 0, leftovers(axes, shape.extents), requires)

    @override
    def summary(self) -> str:
        return ", ".join(window_summary(self.pool_size, self.strides, self.padding, (1, 1)))

    @override
    def notes(self, *inputs: Shape) -> tuple[Note, ...]:
        weights = (Note("weights", f"{binomial(k)}/{2 ** (k - 1)}") for k in sorted(set(self.pool_size)))
        return (*weights, *window_notes(self.axes(inputs[0]), inputs[0].extents, self.padding))

    @override
    def incompatible(self) -> tuple[str, ...]:
        return (self.kind,)


def binomial(k: int) -> list[int]:
    """A row of Pascal's triangle: [1, 2, 1] for 3."""
    row = [1]
    for _ in range(k - 1):
        row = [a + b for a, b in zip([0, *row], [*row, 0], strict=True)]
    return row
