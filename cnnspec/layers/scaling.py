"""Layers that multiply by a factor and add an offset: learned, stated, or measured on data."""

from typing import Annotated, Any, Self

from pydantic import Field, field_validator, model_validator
from typing_extensions import override

from cnnspec.layers.arguments import Trainable, UseBias
from cnnspec.layers.arithmetic import product
from cnnspec.layers.axes import axis_name, find_axes, list_axes
from cnnspec.layers.base import Facts, Layer, size_unknown
from cnnspec.layers.numbers import array_shape, check_fit, read_numbers
from cnnspec.layers.param import Param
from cnnspec.layers.shape import Shape
from cnnspec.layers.upkeep import INPUT_KEPT, NOTHING_KEPT, Array, Kept, Operations, count_values
from cnnspec.layers.weights import ONES, ZEROS, Constant, Finite
from cnnspec.schema.declaration import refuse

Numbers = float | tuple[Any, ...]


class Scale(Layer):
    """γ·x, with a learned factor for each channel; on request plus a learned bias.

    Source: Touvron et al. 2021 (LayerScale), where γ starts near zero so that a residual branch starts as nothing.
    """

    kind = "Scale"
    family = "normalisation"
    linear = True

    init: Annotated[Finite, Field(description="where every γ starts")] = 1.0
    use_bias: UseBias = False
    trainable: Trainable = True

    @override
    def facts(self, *inputs: Shape) -> Facts:
        shape = inputs[0]
        channels = shape.channels
        if not isinstance(channels, int):
            raise size_unknown(self.kind, "number of channels", channels)
        gamma = Param("gamma", (channels,), "scale", self.trainable, Constant(value=self.init))
        bias = Param("bias", (channels,), "bias", self.trainable, ZEROS)
        return Facts(shape, (gamma, bias) if self.use_bias else (gamma,))

    @override
    def keeps(self, facts: Facts, *inputs: Shape) -> Kept:
        return INPUT_KEPT if self.trainable else NOTHING_KEPT

    @override
    def summary(self) -> str:
        return ", ".join([*([f"{self.init:g}"] if self.init != 1 else []), *(["bias"] if self.use_bias else [])])

    @override
    def incompatible(self) -> tuple[str, ...]:
        return ("Scale",)


class Rescaling(Layer):
    """x·scale + offset, with constants: 1/255 brings bytes into 0 to 1."""

    kind = "Rescaling"
    family = "normalisation"
    linear = True

    scale: Annotated[Numbers, Field(description="factor; a list has one for each channel")]
    offset: Annotated[Numbers, Field(description="what is added; a list has one for each channel")] = 0.0

    @field_validator("scale", "offset", mode="before")
    @classmethod
    def _read(cls, value: object) -> object:
        return read_numbers(value)

    @override
    def facts(self, *inputs: Shape) -> Facts:
        shape = inputs[0]
        every = tuple(range(len(shape.dims)))
        check_fit(self.kind, "scale", self.scale, every, shape)
        check_fit(self.kind, "offset", self.offset, every, shape)
        return Facts(shape)

    @override
    def operations(self, facts: Facts, *inputs: Shape) -> tuple[Operations, ...]:
        values = count_values(facts.output)
        steps = (("scale", self.scale != 1), ("offset", self.offset != 0))
        return tuple(Operations(name, values) for name, there in steps if there)

    @override
    def keeps(self, facts: Facts, *inputs: Shape) -> Kept:
        return NOTHING_KEPT


class Normalization(Layer):
    """(x − mean)/√variance for each channel, by numbers that are stated or that belong to the layer's state.

    Training does not change the state; weights that are loaded bring it. Until then mean is 0 and variance 1.
    """

    kind = "Normalization"
    family = "normalisation"
    linear = True

    axis: Annotated[
        tuple[int, ...] | None,
        Field(description="axes that keep numbers of their own, the batch being 0; −1 are the channels, none: one for all"),
    ] = (-1,)
    mean: Annotated[Numbers | None, Field(description="what is subtracted; a list has one for each channel")] = None
    variance: Annotated[Numbers | None, Field(description="square of the divisor; a list has one for each channel")] = None
    invert: Annotated[bool, Field(description="the way back: x·√variance + mean")] = False

    @field_validator("axis", mode="before")
    @classmethod
    def _list_axes(cls, value: object) -> object:
        return None if value is None else list_axes(value)

    @field_validator("mean", mode="before")
    @classmethod
    def _read_mean(cls, value: object) -> object:
        return None if value is None else read_numbers(value)

    @field_validator("variance", mode="before")
    @classmethod
    def _read_variance(cls, value: object) -> object:
        return None if value is None else read_numbers(value, least=0)

    @model_validator(mode="after")
    def _check_together(self) -> Self:
        if (self.mean is None) != (self.variance is None):
            given, other = ("mean", "variance") if self.variance is None else ("variance", "mean")
            raise refuse(f"given together with {other}", others=(other,), argument=given)
        if array_shape(self.mean) != array_shape(self.variance):
            raise refuse("as many numbers as mean", others=("mean",), argument="variance")
        return self

    @override
    def facts(self, *inputs: Shape) -> Facts:
        shape = inputs[0]
        kept = self.kept(shape)
        if self.mean is not None:
            check_fit(self.kind, "mean", self.mean, kept, shape)
            return Facts(shape)
        sizes = tuple(self._known(index, shape) for index in kept)
        mean = Param("mean", sizes, "statistic", False, ZEROS)
        variance = Param("variance", sizes, "statistic", False, ONES)
        return Facts(shape, (mean, variance, Param("count", (), "statistic", False, ZEROS)))

    @override
    def operations(self, facts: Facts, *inputs: Shape) -> tuple[Operations, ...]:
        values = count_values(facts.output)
        return Operations("scale", values), Operations("shift", values)

    @override
    def keeps(self, facts: Facts, *inputs: Shape) -> Kept:
        sizes = [n for index, n in enumerate(inputs[0].dims) if index in self.kept(inputs[0])] if self.mean is None else []
        return Kept(arrays=(Array("deviation", product(sizes), "float32", batched=False),))

    def kept(self, shape: Shape) -> tuple[int, ...]:
        """The dimensions along which mean and variance differ."""
        return find_axes(self.kind, "axis", self.axis or (), shape)

    def _known(self, index: int, shape: Shape) -> int:
        size = shape.dims[index]
        if not isinstance(size, int):
            raise size_unknown(self.kind, f"extent of {axis_name(index, shape.rank)}", size, "axis")
        return size
