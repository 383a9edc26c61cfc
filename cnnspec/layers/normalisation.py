"""Normalisation over the batch and over neighbouring channels."""

from typing import Annotated

from pydantic import Field
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
from cnnspec.layers.weights import ONES, ZEROS, AnInitializer


class BatchNorm(Affine):
    """γ·(x − mean)/√(variance + ε) + β for each channel: over the batch in training, by moving statistics otherwise.

    moving = momentum·moving + (1 − momentum)·batch, the variance being the biased one. Source: Ioffe and Szegedy 2015.
    """

    kind = "BatchNorm"

    axis: Annotated[int, Field(description="axis that keeps its own statistics, the batch being 0; −1 are the channels")] = -1
    momentum: Annotated[float, Field(ge=0, le=1, description="share of the moving statistics that stays at each step")] = 0.99
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

    def _params(self, size: tuple[int]) -> tuple[Param, ...]:
        return (
            *self.affine(size),
            Param("moving_mean", size, "statistic", False, self.moving_mean_initializer),
            Param("moving_variance", size, "statistic", False, self.moving_variance_initializer),
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
    def incompatible(self) -> tuple[str, ...]:
        return ("LRN",)
