"""In how many bytes numbers are kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from cnnspec.layers.upkeep import Kind
from cnnspec.record import record

_FULL: Final = 4


@record
class Precision:
    """A precision to compute in: its name, and the bytes of a value."""

    name: str
    bytes: int

    @property
    def mixed(self) -> bool:
        """Whether training keeps weights, gradients and slots in full precision beside it."""
        return self.bytes < _FULL

    def bytes_of(self, kind: Kind) -> int:
        """The bytes of an element of an array that is kept."""
        return {"value": self.bytes, "float32": _FULL, "int64": 8, "bool": 1}[kind]

    @property
    def master(self) -> int:
        """The bytes of a weight, a gradient or an optimizer's number in training."""
        return max(self.bytes, _FULL)

    @property
    def copy(self) -> int:
        """The bytes of the copy of a weight that layers compute with in training; none where that is the weight itself."""
        return self.bytes if self.mixed else 0


FLOAT32: Final = Precision("float32", 4)
PRECISIONS: Final[Mapping[str, Precision]] = {
    precision.name: precision for precision in (FLOAT32, Precision("float16", 2), Precision("bfloat16", 2))
}
