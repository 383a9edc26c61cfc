"""Units that measure how far their input is from a code that nothing changes."""

from typing import Annotated, Self

from pydantic import Field, field_validator, model_validator
from typing_extensions import override

from cnnspec.layers.arguments import Count, Matrix, as_matrix
from cnnspec.layers.arithmetic import settle
from cnnspec.layers.base import Facts, Layer, LayerError, Note, size_unknown
from cnnspec.layers.dense import needs_vector
from cnnspec.layers.shape import Shape
from cnnspec.layers.upkeep import Array, Kept, Operations, count_values
from cnnspec.layers.window import WHOLE_INPUT
from cnnspec.schema.declaration import refuse


class RBF(Layer):
    """out[u] = Σ (in[c] − code[u, c])²: the squared distance to each unit's fixed code.

    Source: LeCun et al. 1998 (the output layer of LeNet-5).
    """

    kind = "RBF"
    family = "dense"

    units: Annotated[Count, Field(description="number of outputs, each with its code")]
    codes: Annotated[
        Matrix | None, Field(description="the codes, a row of numbers for each unit; none: rows of ±1 that differ in about half")
    ] = None

    @field_validator("codes", mode="before")
    @classmethod
    def _read_codes(cls, value: object) -> object:
        found = as_matrix(value)
        if value is not None and found is None:
            raise refuse("a row of numbers for each unit, all rows of one length: [[1, -1, 1], [-1, -1, 1]]")
        return found

    @model_validator(mode="after")
    def _check_codes(self) -> Self:
        if self.codes is not None and len(self.codes) != self.units:
            raise refuse(f"a row for each of the {self.units} units", others=("units",), argument="codes")
        return self

    @override
    def facts(self, *inputs: Shape) -> Facts:
        shape = inputs[0]
        if shape.rank:
            raise needs_vector(self.kind, shape)
        channels = shape.channels
        if not isinstance(channels, int):
            raise size_unknown(self.kind, "number of its inputs", channels)
        self._check_fit(int(channels))
        links = settle(channels) * self.units
        return Facts(Shape((self.units,)), (), WHOLE_INPUT, links=links)

    def _check_fit(self, inputs: int) -> None:
        if self.codes is None and self.units > count_codes(inputs):
            problem = f"there are {count_codes(inputs)} different ones of {inputs} numbers, and {self.units} units"
            raise LayerError("codes-mismatch", "units", layer=self.kind, problem=problem)
        if self.codes is not None and len(self.codes[0]) != inputs:
            problem = f"each has {len(self.codes[0])} numbers, and the input {inputs}"
            raise LayerError("codes-mismatch", "codes", layer=self.kind, problem=problem)

    @override
    def operations(self, facts: Facts, *inputs: Shape) -> tuple[Operations, ...]:
        links, units = settle(inputs[0].channels) * self.units, count_values(facts.output)
        return (Operations("differences, squares and additions", 3 * links - units),)

    @override
    def keeps(self, facts: Facts, *inputs: Shape) -> Kept:
        return Kept(arrays=(Array("differences", inputs[0].channels * self.units),))

    def codes_for(self, inputs: int) -> Matrix:
        """The codes for so many inputs, one row for each unit: those stated, or Walsh's."""
        if self.codes is not None:
            return self.codes
        return tuple(tuple(walsh(unit, at) for at in range(inputs)) for unit in range(self.units))

    @override
    def summary(self) -> str:
        return str(self.units)

    @override
    def notes(self, *inputs: Shape) -> tuple[Note, ...]:
        rule = "code[u, c] = −1 where u and c have an odd number of binary ones in common, else 1"
        return (Note("codes", f"{rule} (Walsh 1923)" if self.codes is None else "as stated; nothing is learned"),)

    @override
    def incompatible(self) -> tuple[str, ...]:
        return ("RBF",)


def walsh(unit: int, at: int) -> float:
    """±1: Walsh's functions in Hadamard's order; any two of them differ at half of 2ᵏ places."""
    return -1.0 if (unit & at).bit_count() % 2 else 1.0


def count_codes(inputs: int) -> int:
    """How many of Walsh's functions differ on so many places: the next power of two."""
    return 1 << (inputs - 1).bit_length()
