"""A small layer as another package would have it, sound in every way: tests break it one way at a time."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field
from torch import Tensor
from typing_extensions import override

from cnnspec.backends.torch_modules import LayerModule, Place
from cnnspec.layers.arguments import PerAxis
from cnnspec.layers.arithmetic import product
from cnnspec.layers.base import Facts
from cnnspec.layers.param import Param
from cnnspec.layers.shape import Shape
from cnnspec.layers.spatial import WindowLayer, slide
from cnnspec.layers.weights import Ones
from cnnspec.layers.window import Axis


class Smooth1D(WindowLayer):
    """Slides one learned kernel over every channel."""

    kind = "Smooth1D"
    family = "conv"
    rank = 1

    kernel_size: Annotated[PerAxis, Field(description="extent of the kernel")]

    @override
    def facts(self, *inputs: Shape) -> Facts:
        shape = inputs[0]
        self.check_rank(shape)
        axes = (Axis(self.kernel_size[0]),)
        output = Shape((*slide(self, "kernel_size", axes, shape.extents), shape.channels))
        kernel = Param("kernel", self.kernel_size, "kernel", initializer=Ones())
        return Facts(output, (kernel,), axes, product([*output.dims, *self.kernel_size]), (0,))

    @override
    def incompatible(self) -> tuple[str, ...]:
        return ("Smooth1D",)


class SmoothModule(LayerModule):
    """(N, C, L) → (N, C, L − k + 1)."""

    kernel: Tensor

    def __init__(self, layer: Any, place: Place) -> None:
        super().__init__(layer)
        for param in place.facts.params:
            self.hold(param.name, param)

    @override
    def core(self, x: Tensor) -> Tensor:
        return x.unfold(-1, len(self.kernel), 1) @ self.kernel
