"""Normalisation over the batch and over neighbouring channels."""

from typing import Annotated

from pydantic import Field
from typing_extensions import override

from cnnspec.layers.arguments import Count, Trainable
from cnnspec.layers.axes import axis_name, find_axis
from cnnspec.layers.base import Facts, Layer, size_unknown
from cnnspec.layers.checks import check_weights
from cnnspec.layers.param import Param
from cnnspec.layers.shape import Shape
from cnnspec.layers.weights import ONES, ZEROS, AConstraint, AnInitializer, ARegularizer


class BatchNorm(Layer):
    """γ·(x − mean)/√(variance + ε) + β for each channel: over the batch in training, by moving statistics otherwise.

    moving = momentum·moving + (1 − momentum)·batch, the variance being the biased one. Source: Ioffe and Szegedy 2015.
    """

    kind = "BatchNorm"
    family = "normalisation"

    axis: Annotated[int, Field(description="axis that keeps its own statistics, the batch being 0; −1 are the channels")] = -1
    momentum: Annotated[float, Field(ge=0, le=1, description="share of the moving statistics that stays at each step")] = 0.99
    epsilon: Annotated[float, Field(gt=0, allow_inf_nan=False, description="added to the variance")] = 0.001
    center: Annotated[bool, Field(description="whether β is added")] = True
    scale: Annotated[bool, Field(description="whether γ multiplies")] = True
    beta_initializer: Annotated[AnInitializer, Field(description="how β starts")] = ZEROS
    gamma_initializer: Annotated[AnInitializer, Field(description="how γ starts")] = ONES
    moving_mean_initializer: Annotated[AnInitializer, Field(description="how the moving mean starts")] = ZEROS
    moving_variance_initializer: Annotated[AnInitializer, Field(description="how the moving variance starts")] = ONES
    beta_regularizer: Annotated[ARegularizer, Field(description="penalty on β")] = None
    gamma_regularizer: Annotated[ARegularizer, Field(description="penalty on γ")] = None
    beta_constraint: Annotated[AConstraint, Field(description="what β is made to fulfil after every step")] = None
    gamma_constraint: Annotated[AConstraint, Field(description="what γ is made to fulfil after every step")] = None
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
        gamma = Param(
            "gamma", size, "scale", self.trainable, self.gamma_initializer, self.gamma_regularizer, self.gamma_constraint
        )
        beta = Param("beta", size, "offset", self.trainable, self.beta_initializer, self.beta_regularizer, self.beta_constraint)
        return (
            *((gamma,) if self.scale else ()),
            *((beta,) if self.center else ()),
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
