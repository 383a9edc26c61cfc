"""The rarer layers that act in training only."""

from typing import Annotated

from pydantic import Field
from typing_extensions import override

from cnnspec.layers.base import Facts
from cnnspec.layers.regularisation import Rate, Seed, TrainingOnly, keep_mask
from cnnspec.layers.shape import Shape
from cnnspec.layers.upkeep import Kept
from cnnspec.layers.weights import L1L2, NonNegative, Regularizer


class DropPath(TrainingOnly):
    """Sets whole samples to zero while training, so that a residual branch is left out (stochastic depth).

    Source: Huang et al. 2016.
    """

    kind = "DropPath"

    rate: Rate
    seed: Seed = None

    @override
    def facts(self, *inputs: Shape) -> Facts:
        return Facts(inputs[0])

    @override
    def keeps(self, facts: Facts, *inputs: Shape) -> Kept:
        return keep_mask(self.rate, 1)

    @override
    def is_view(self, *, training: bool) -> bool:
        return not training or not self.rate

    @override
    def summary(self) -> str:
        return f"{self.rate:g}"

    @override
    def incompatible(self) -> tuple[str, ...]:
        return ("DropPath",)


class GaussianNoise(TrainingOnly):
    """Adds noise of mean 0 while training."""

    kind = "GaussianNoise"

    stddev: Annotated[float, Field(ge=0, le=1, description="standard deviation of the noise")]
    seed: Seed = None

    @override
    def facts(self, *inputs: Shape) -> Facts:
        return Facts(inputs[0])

    @override
    def summary(self) -> str:
        return f"{self.stddev:g}"


class ActivityRegularization(TrainingOnly):
    """Adds λ₁·Σ|x| + λ₂·Σx² to the loss, divided by the batch, and passes x on."""

    kind = "ActivityRegularization"

    l1: Annotated[NonNegative, Field(description="λ₁")] = 0.0
    l2: Annotated[NonNegative, Field(description="λ₂")] = 0.0

    @property
    def activity_regularizer(self) -> Regularizer | None:
        """The penalty on the output, as other layers state it."""
        return L1L2(l1=self.l1, l2=self.l2) if self.l1 or self.l2 else None

    @override
    def facts(self, *inputs: Shape) -> Facts:
        return Facts(inputs[0])

    @override
    def is_view(self, *, training: bool) -> bool:
        return True
