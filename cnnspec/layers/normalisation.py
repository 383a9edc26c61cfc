"""Normalisation over the batch and over neighbouring channels."""

from typing import Annotated, Self

from pydantic import Field, model_validator
from typing_extensions import override

from cnnspec.layers.affine import (
    Affine,
    BetaConstraint,
    BetaInitializer,
    BetaRegularizer,
    Center,
    Epsilon,
    GammaConstraint,
    GammaInitializer,
    GammaRegularizer,
    Scaled,
)
from cnnspec.layers.arguments import Count, Trainable
from cnnspec.layers.axes import axis_name, find_axis
from cnnspec.layers.base import Facts, Layer, size_unknown
from cnnspec.layers.checks import check_weights
from cnnspec.layers.param import Param
from cnnspec.layers.shape import Shape
from cnnspec.layers.upkeep import INPUT_KEPT, Array, Kept, Operations, count_values
from cnnspec.layers.weights import ONES, ZEROS, AnInitializer, Finite, Initializer, NonNegative
from cnnspec.schema.choice import Choice, one_of
from cnnspec.schema.declaration import refuse

Momentum = Annotated[float, Field(ge=0, le=1, description="share of the moving statistics that stays at each step")]


class Clip(Choice):
    """The bounds of the corrections r and d of batch renormalisation; none: no bound."""

    word = "clip"
    rmax: Annotated[Finite | None, Field(description="greatest r")] = None
    rmin: Annotated[Finite | None, Field(description="least r")] = None
    dmax: Annotated[NonNegative | None, Field(description="greatest |d|")] = None

    @model_validator(mode="after")
    def _check_order(self) -> Self:
        if self.rmax is not None and self.rmin is not None and self.rmax < self.rmin:
            raise refuse(f"at least rmin, {self.rmin:g}", others=("rmin",), argument="rmax")
        return self


class BatchNorm(Affine):
    """γ·(x − mean)/√(variance + ε) + β for each channel: over the batch in training, by moving statistics otherwise.

    moving = momentum·moving + (1 − momentum)·batch, the variance being the biased one. With ``renorm`` training corrects
    what the batch gives towards statistics of its own: r·x + d before γ and β (batch renormalisation).

    Source: Ioffe and Szegedy 2015; Ioffe 2017.
    """

    kind = "BatchNorm"
    linear = True
    uses_batch = True

    axis: Annotated[int, Field(description="axis that keeps its own statistics, the batch being 0; −1 are the channels")] = -1
    momentum: Momentum = 0.99
    epsilon: Epsilon = 0.001
    center: Center = True
    scale: Scaled = True
    beta_initializer: BetaInitializer = ZEROS
    gamma_initializer: GammaInitializer = ONES
    moving_mean_initializer: Annotated[AnInitializer, Field(description="how the moving mean starts")] = ZEROS
    moving_variance_initializer: Annotated[AnInitializer, Field(description="how the moving variance starts")] = ONES
    beta_regularizer: BetaRegularizer = None
    gamma_regularizer: GammaRegularizer = None
    beta_constraint: BetaConstraint = None
    gamma_constraint: GammaConstraint = None
    renorm: Annotated[bool, Field(description="batch renormalisation; the same outside of training")] = False
    renorm_clipping: Annotated[
        Clip | None,
        one_of(lambda: {Clip.word: Clip}, "a clipping", optional=True),
        Field(description="bounds of its corrections: clip(rmax=3, rmin=0.3, dmax=5)"),
    ] = None
    renorm_momentum: Annotated[Momentum, Field(description="share of its own statistics that stays at each step")] = 0.99
    synchronized: Annotated[bool, Field(description="statistics over all devices; on one device the same as without")] = False
    trainable: Trainable = True

    @override
    def facts(self, *inputs: Shape) -> Facts:
        shape = inputs[0]
        index = -1 if self.axis == -1 else find_axis(self.kind, "axis", self.axis, shape)
        channels = shape.dims[index]
        if not isinstance(channels, int):
            what = f"extent of {axis_name(index % len(shape.dims), shape.rank)}"
            raise size_unknown(self.kind, what, channels, "axis")
        return Facts(shape, check_weights(self.kind, self._params((channels,))))

    @override
    def operations(self, facts: Facts, *inputs: Shape) -> tuple[Operations, ...]:
        values = count_values(facts.output)
        return Operations("scale", values), Operations("shift", values)

    @override
    def keeps(self, facts: Facts, *inputs: Shape) -> Kept:
        if not self.trainable:
            return INPUT_KEPT
        channels = next(param.count for param in facts.params if param.role == "statistic")
        statistics = (Array("mean, deviation and moving variance", 3 * channels, "float32", batched=False),)
        if not self.renorm:
            return Kept(inputs=(0,), arrays=statistics)
        return Kept(inputs=(0,), arrays=(Array("differences from the mean", facts.output.elements), *statistics))

    def _params(self, size: tuple[int]) -> tuple[Param, ...]:
        return (
            *self.affine(size),
            Param("moving_mean", size, "statistic", False, self.moving_mean_initializer),
            Param("moving_variance", size, "statistic", False, self.moving_variance_initializer),
            *(self._renorm_params(size) if self.renorm else ()),
        )

    def _renorm_params(self, size: tuple[int]) -> tuple[Param, ...]:
        from cnnspec.layers.initializers import RootOf

        deviation: Initializer = RootOf(of=self.moving_variance_initializer)
        return (
            Param("moving_stddev", size, "statistic", False, deviation),
            Param("renorm_mean", size, "statistic", False, self.moving_mean_initializer),
            Param("renorm_stddev", size, "statistic", False, deviation),
        )


class LRN(Layer):
    """Local response normalisation: b = a/(k + α·Σa²)^β, the sum over ``size`` neighbouring channels.

    Torch's alpha is this one times ``size``; TensorFlow's depth_radius is ``size // 2``. Source: Krizhevsky et al. 2012.
    """

    kind = "LRN"
    family = "normalisation"

    size: Annotated[Count, Field(description="channels in the sum")] = 5
    alpha: Annotated[float, Field(allow_inf_nan=False, description="factor of the sum")] = 1e-4
    beta: Annotated[float, Field(allow_inf_nan=False, description="exponent")] = 0.75
    k: Annotated[float, Field(gt=0, allow_inf_nan=False, description="what is added to the sum")] = 2.0

    @override
    def facts(self, *inputs: Shape) -> Facts:
        return Facts(inputs[0])

    @override
    def operations(self, facts: Facts, *inputs: Shape) -> tuple[Operations, ...]:
        values = count_values(facts.output)
        squares = Operations("squares and their sums", values * self.size if self.size != 1 else values)
        return squares, Operations("α, k, the power and the division", values * 4)

    @override
    def keeps(self, facts: Facts, *inputs: Shape) -> Kept:
        shape = facts.output
        padded = shape.with_channels(shape.channels + (self.size - 1))
        steps = (Array("squares with zeros around", padded.elements), Array("k + α·Σ", shape.elements))
        return Kept(inputs=(0,), arrays=(*steps, Array("their powers", shape.elements)))

    @override
    def incompatible(self) -> tuple[str, ...]:
        return ("LRN",)
