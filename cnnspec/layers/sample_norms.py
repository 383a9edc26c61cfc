"""Normalisation of every sample by itself: over its channels, over groups of them, over each map."""

from typing import Annotated

from pydantic import Field, field_validator
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
from cnnspec.layers.arguments import GREATEST, Trainable, is_integer
from cnnspec.layers.arithmetic import divide, lift, product
from cnnspec.layers.axes import axis_name, find_axes, find_axis, list_axes
from cnnspec.layers.base import Facts, LayerError, Note, Repair, size_unknown
from cnnspec.layers.checks import check_weights
from cnnspec.layers.shape import Shape
from cnnspec.layers.upkeep import Array, Kept
from cnnspec.layers.weights import ONES, ZEROS
from cnnspec.schema.declaration import refuse


def _known(kind: str, argument: str | None, index: int, shape: Shape) -> int:
    """The extent of an axis that weights are counted along."""
    size = shape.dims[index]
    if not isinstance(size, int):
        raise size_unknown(kind, f"extent of {axis_name(index, shape.rank)}", size, argument)
    return size


class LayerNorm(Affine):
    """γ·(x − mean)/√(variance + ε) + β: mean and variance of each sample over the channels, position by position.

    Source: Ba, Kiros and Hinton 2016.
    """

    kind = "LayerNorm"

    axis: Annotated[tuple[int, ...], Field(description="axes to normalise over, the batch being 0; −1 are the channels")] = (-1,)
    epsilon: Epsilon = 0.001
    center: Center = True
    scale: Scaled = True
    beta_initializer: BetaInitializer = ZEROS
    gamma_initializer: GammaInitializer = ONES
    beta_regularizer: BetaRegularizer = None
    gamma_regularizer: GammaRegularizer = None
    beta_constraint: BetaConstraint = None
    gamma_constraint: GammaConstraint = None
    trainable: Trainable = True

    @field_validator("axis", mode="before")
    @classmethod
    def _list_axes(cls, value: object) -> object:
        return list_axes(value)

    @override
    def facts(self, *inputs: Shape) -> Facts:
        shape = inputs[0]
        axes = find_axes(self.kind, "axis", self.axis, shape)
        if not (self.center or self.scale):
            return Facts(shape)
        sizes = tuple(_known(self.kind, "axis", index, shape) for index in axes)
        return Facts(shape, check_weights(self.kind, self.affine(sizes)))

    @override
    def keeps(self, facts: Facts, *inputs: Shape) -> Kept:
        shape, axes = facts.output, find_axes(self.kind, "axis", self.axis, facts.output)
        groups = product([size for index, size in enumerate(shape.dims) if index not in axes])
        return Kept(inputs=(0,), arrays=(Array("mean and deviation of each", 2 * groups, "float32"),))


class GroupNorm(Affine):
    """γ·(x − mean)/√(variance + ε) + β: mean and variance of each sample over a group of channels, all positions together.

    Source: Wu and He 2018.
    """

    kind = "GroupNorm"

    groups: Annotated[int, Field(description="groups the channels are split into; −1: every channel by itself")] = 32
    axis: Annotated[int, Field(description="axis that is split into groups, the batch being 0; −1 are the channels")] = -1
    epsilon: Epsilon = 0.001
    center: Center = True
    scale: Scaled = True
    beta_initializer: BetaInitializer = ZEROS
    gamma_initializer: GammaInitializer = ONES
    beta_regularizer: BetaRegularizer = None
    gamma_regularizer: GammaRegularizer = None
    beta_constraint: BetaConstraint = None
    gamma_constraint: GammaConstraint = None
    trainable: Trainable = True

    @field_validator("groups", mode="before")
    @classmethod
    def _check_groups(cls, value: object) -> object:
        if not (is_integer(value) and (value == -1 or 1 <= value <= GREATEST)):  # type: ignore[operator]
            raise refuse("an integer of at least 1, or -1 for a group of each channel")
        return value

    @override
    def facts(self, *inputs: Shape) -> Facts:
        shape = inputs[0]
        channels = _known(self.kind, "axis", find_axis(self.kind, "axis", self.axis, shape), shape)
        if channels % self.groups:
            best = max(n for n in range(1, min(self.groups, channels) + 1) if channels % n == 0)
            repair = Repair(f"groups={best} divides {channels} channels", "groups", best)
            values = {"layer": self.kind, "groups": self.groups, "channels": int(channels)}
            raise LayerError("groups-mismatch", "groups", repairs=(repair,), **values)
        return Facts(shape, check_weights(self.kind, self.affine((channels,))))

    @override
    def keeps(self, facts: Facts, *inputs: Shape) -> Kept:
        shape = facts.output
        size = shape.dims[find_axis(self.kind, "axis", self.axis, shape)]
        groups = size if self.groups == -1 else self.groups
        return Kept(inputs=(0,), arrays=(Array("mean and deviation of each group", 2 * groups, "float32"),))

    @override
    def summary(self) -> str:
        return "" if self.groups == 32 else f"g{self.groups}" if self.groups > 0 else "each channel"

    @override
    def notes(self, *inputs: Shape) -> tuple[Note, ...]:
        channels = _known(self.kind, "axis", find_axis(self.kind, "axis", self.axis, inputs[0]), inputs[0])
        if self.groups == -1:
            return ()
        return (Note("channels of a group", divide(lift(channels), self.groups).equation),)  # type: ignore[attr-defined]


class InstanceNorm(Affine):
    """γ·(x − mean)/√(variance + ε) + β: mean and variance of each map, one channel of one sample.

    Source: Ulyanov, Vedaldi and Lempitsky 2016.
    """

    kind = "InstanceNorm"

    epsilon: Epsilon = 0.001
    center: Center = True
    scale: Scaled = True
    beta_initializer: BetaInitializer = ZEROS
    gamma_initializer: GammaInitializer = ONES
    beta_regularizer: BetaRegularizer = None
    gamma_regularizer: GammaRegularizer = None
    beta_constraint: BetaConstraint = None
    gamma_constraint: GammaConstraint = None
    trainable: Trainable = True

    @override
    def facts(self, *inputs: Shape) -> Facts:
        shape = inputs[0]
        if not shape.rank:
            raise LayerError("wrong-rank", layer=self.kind, rank=0, shape=str(shape), actual=0)
        channels = _known(self.kind, None, shape.rank, shape)
        return Facts(shape, check_weights(self.kind, self.affine((channels,))))

    @override
    def keeps(self, facts: Facts, *inputs: Shape) -> Kept:
        return Kept(inputs=(0,), arrays=(Array("mean and deviation of each map", 2 * facts.output.channels, "float32"),))

    @override
    def incompatible(self) -> tuple[str, ...]:
        return ("InstanceNorm",)
