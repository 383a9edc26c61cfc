"""Fixed filters: one kernel of constants on every channel."""

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import Field, field_validator
from typing_extensions import override

from cnnspec.layers.arguments import Matrix, PerAxis, as_matrix
from cnnspec.layers.base import Facts, Note
from cnnspec.layers.conv import Padding, Strides
from cnnspec.layers.padded_copy import convolves_in_place, keep_padded
from cnnspec.layers.shape import Shape
from cnnspec.layers.spatial import WindowLayer, leftovers, make_axes, slide, window_notes, window_summary
from cnnspec.layers.upkeep import Kept, Operations, count_values, taps_of
from cnnspec.layers.window import Axis
from cnnspec.schema.declaration import refuse

KernelName = Literal[
    "identity", "edge", "laplacian", "outline", "sharpen", "box_blur", "gaussian_blur", "emboss", "sobel_x", "sobel_y",
    "prewitt_x", "prewitt_y", "curve",
]  # fmt: skip


def _matrix(rows: Sequence[Sequence[float]], divisor: float = 1) -> Matrix:
    return tuple(tuple(value / divisor for value in row) for row in rows)


def _transpose(matrix: Matrix) -> Matrix:
    return tuple(zip(*matrix, strict=True))


def _curve() -> Matrix:
    column = {0: 5, 1: 4, 2: 3, 3: 3, 4: 3, 5: 3}
    return _matrix([[30 if column.get(row) == at else 0 for at in range(7)] for row in range(7)])


_SOBEL_X = _matrix([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]])
_PREWITT_X = _matrix([[-1, 0, 1], [-1, 0, 1], [-1, 0, 1]])

#: The kernels that have a name.
KERNELS: dict[str, Matrix] = {
    "identity": _matrix([[0, 0, 0], [0, 1, 0], [0, 0, 0]]),
    "edge": _matrix([[1, 0, -1], [0, 0, 0], [-1, 0, 1]]),
    "laplacian": _matrix([[0, 1, 0], [1, -4, 1], [0, 1, 0]]),
    "outline": _matrix([[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]]),
    "sharpen": _matrix([[0, -1, 0], [-1, 5, -1], [0, -1, 0]]),
    "box_blur": _matrix([[1, 1, 1]] * 3, 9),
    "gaussian_blur": _matrix([[1, 2, 1], [2, 4, 2], [1, 2, 1]], 16),
    "emboss": _matrix([[-2, -1, 0], [-1, 1, 1], [0, 1, 2]]),
    "sobel_x": _SOBEL_X,
    "sobel_y": _transpose(_SOBEL_X),
    "prewitt_x": _PREWITT_X,
    "prewitt_y": _transpose(_PREWITT_X),
    "curve": _curve(),
}


class Filter2D(WindowLayer):
    """out[i, j, c] = scale · Σ in[i·s + a − p, j·s + b − p, c] · kernel[a, b]: the same constants on every channel.

    Nothing is learned, so the kernel counts neither as parameters nor as multiply-accumulates.
    """

    kind = "Filter2D"
    family = "filter"
    rank = 2
    linear = True

    kernel: Annotated[KernelName | Matrix, Field(description="a named kernel, or its rows: [[0, 1, 0], [1, -4, 1], [0, 1, 0]]")]
    padding: Padding = "same"
    scale: Annotated[float, Field(allow_inf_nan=False, description="factor of the result")] = 1.0
    strides: Strides = (1, 1)

    @field_validator("kernel", mode="before")
    @classmethod
    def _check_kernel(cls, value: object) -> object:
        if isinstance(value, str):
            return value
        matrix = as_matrix(value)
        if matrix is None:
            raise refuse("the name of a kernel, or a matrix of numbers: [[0, 1, 0], [1, -4, 1], [0, 1, 0]]")
        return matrix

    @property
    def matrix(self) -> Matrix:
        """The kernel's rows, without ``scale``."""
        return KERNELS[self.kernel] if isinstance(self.kernel, str) else self.kernel

    @property
    def kernel_size(self) -> PerAxis:
        """Rows and columns of the kernel."""
        return len(self.matrix), len(self.matrix[0])

    def axes(self, shape: Shape) -> tuple[Axis, ...]:
        """The window along both axes of an input."""
        return make_axes(shape.extents, self.kernel_size, self.strides, (1, 1), self.padding)

    @override
    def facts(self, *inputs: Shape) -> Facts:
        shape = inputs[0]
        self.check_rank(shape)
        channels = self.known_channels(shape)
        axes = self.axes(shape)
        positions = slide(self, "kernel", axes, shape.extents)
        return Facts(Shape((*positions, channels)), (), axes, 0, leftovers(axes, shape.extents))

    @override
    def operations(self, facts: Facts, *inputs: Shape) -> tuple[Operations, ...]:
        values = count_values(facts.output)
        return (Operations("products and additions", values * (2 * taps_of(self.kernel_size, values) - 1)),)

    @override
    def keeps(self, facts: Facts, *inputs: Shape) -> Kept:
        axes = self.axes(inputs[0])
        return keep_padded(axes, inputs[0], convolves_in_place(axes))

    @override
    def summary(self) -> str:
        name = [self.kernel] if isinstance(self.kernel, str) else []
        return ", ".join([*name, *window_summary(self.kernel_size, self.strides, self.padding, (1, 1))])

    @override
    def notes(self, *inputs: Shape) -> tuple[Note, ...]:
        text = "convolution here is cross-correlation: the kernel is laid on as it is written, mathematics would flip it first"
        return (Note("not flipped", text), *window_notes(self.axes(inputs[0]), inputs[0].extents, self.padding))

    @override
    def incompatible(self) -> tuple[str, ...]:
        return ("Filter2D",)
