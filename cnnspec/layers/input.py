"""The input of a network, as a node of its own."""

from typing import Annotated, ClassVar

from pydantic import Field
from typing_extensions import override

from cnnspec.layers.arithmetic import Size
from cnnspec.layers.base import Facts, Layer
from cnnspec.layers.extent import Extent
from cnnspec.layers.shape import Shape


class Input(Layer):
    """What flows in: ``input 28x28x1``. Not called in a file; the statement makes it.

    ``shape`` is spatial extents then channels; an unknown extent is the name of its symbol.
    """

    kind: ClassVar[str] = "Input"
    family: ClassVar[str] = "input"
    inputs: ClassVar[tuple[int, int | None]] = (0, 0)

    shape: Annotated[tuple[int | str, ...], Field(min_length=1, description="extents and channels; a name is unknown")]

    @property
    def value(self) -> Shape:
        """The shape with unknown extents as symbols."""
        dims: list[Size] = [Extent.symbol(dim) if isinstance(dim, str) else dim for dim in self.shape]
        return Shape(tuple(dims))

    @override
    def facts(self, *inputs: Shape) -> Facts:
        return Facts(self.value)
