"""The shape of one sample: spatial extents, then channels."""

from __future__ import annotations

from typing_extensions import override

from cnnspec.layers.arithmetic import Size, product, show_size
from cnnspec.layers.extent import is_sum
from cnnspec.record import record


@record
class Shape:
    """Spatial extents then channels, without the batch axis; a vector has no extents, its channels are its units."""

    dims: tuple[Size, ...]

    @property
    def extents(self) -> tuple[Size, ...]:
        """The spatial extents: (height, width) of a map."""
        return self.dims[:-1]

    @property
    def channels(self) -> Size:
        """The last dimension: channels of a map, units of a vector."""
        return self.dims[-1]

    @property
    def rank(self) -> int:
        """The number of spatial axes: 0 for a vector, 2 for an image."""
        return len(self.dims) - 1

    @property
    def elements(self) -> Size:
        """The number of values."""
        return product(self.dims)

    @property
    def known(self) -> bool:
        """Whether every dimension is a number."""
        return all(isinstance(dim, int) for dim in self.dims)

    def with_channels(self, channels: Size) -> Shape:
        """The same extents with other channels."""
        return Shape((*self.dims[:-1], channels))

    @override
    def __str__(self) -> str:
        return "×".join(_factor(dim) for dim in self.dims) if self.rank else str(self.channels)

    def to_json(self) -> list[int | None]:
        """Channels-last, unknown extents as null."""
        return [int(dim) if isinstance(dim, int) else None for dim in self.dims]


def _factor(dim: Size) -> str:
    text = str(int(dim)) if isinstance(dim, int) else show_size(dim)
    return f"({text})" if is_sum(text) else text


AXIS_NAMES: dict[int, tuple[str, ...]] = {0: (), 1: ("length",), 2: ("height", "width"), 3: ("depth", "height", "width")}
