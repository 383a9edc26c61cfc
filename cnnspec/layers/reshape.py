"""Layers that hand on what they are given: as a vector, or as it is."""

from typing_extensions import override

from cnnspec.layers.arguments import DataFormat
from cnnspec.layers.base import Facts, Layer
from cnnspec.layers.shape import Shape
from cnnspec.layers.upkeep import NOTHING_KEPT, Kept
from cnnspec.layers.window import WHOLE_INPUT


class View(Layer):
    """A layer that copies nothing."""

    @override
    def keeps(self, facts: Facts, *inputs: Shape) -> Kept:
        return NOTHING_KEPT

    @override
    def is_view(self, *, training: bool) -> bool:
        return True


class Flatten(View):
    """All values as one vector, row by row and channels last."""

    kind = "Flatten"
    linear = True

    data_format: DataFormat = None

    @override
    def facts(self, *inputs: Shape) -> Facts:
        return Facts(Shape((inputs[0].elements,)), (), WHOLE_INPUT)

    @override
    def summary(self) -> str:
        return ""


class Identity(View):
    """The input as it is."""

    kind = "Identity"
    linear = True

    @override
    def facts(self, *inputs: Shape) -> Facts:
        return Facts(inputs[0])
