"""Convolution, one definition for all ranks; those along 1 and 3 axes stand in :mod:`~cnnspec.layers.volumes`."""

from math import gcd
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, Self

from pydantic import Field, field_validator, model_validator
from typing_extensions import override

from cnnspec.layers.activations import Activation, MaybeActivation
from cnnspec.layers.arguments import (
    ActivityRegularizer,
    BiasConstraint,
    BiasInitializer,
    BiasRegularizer,
    Count,
    DataFormat,
    KernelConstraint,
    KernelInitializer,
    KernelRegularizer,
    PaddingMode,
    Pairs,
    PerAxis,
    Trainable,
    UseBias,
)
from cnnspec.layers.arithmetic import Size, divide, product, settle
from cnnspec.layers.axes import check_activation
from cnnspec.layers.base import Facts, LayerError, Note, Repair
from cnnspec.layers.kernels import make_weights
from cnnspec.layers.padded_copy import convolves_in_place, keep_padded
from cnnspec.layers.partial import Reads, count_connected, describe_connections, read_connections
from cnnspec.layers.shape import Shape
from cnnspec.layers.spatial import (
    WindowLayer,
    check_padding_mode,
    leftovers,
    make_axes,
    slide,
    window_notes,
    window_summary,
)
from cnnspec.layers.upkeep import Array, Kept, keep_function
from cnnspec.layers.weights import GLOROT_UNIFORM, ZEROS, Regularizer
from cnnspec.layers.window import Axis
from cnnspec.record import replace
from cnnspec.schema.declaration import refuse

KernelSize = Annotated[PerAxis, Field(description="extent of the window")]
Strides = Annotated[PerAxis, Field(description="step of the window")]
DilationRate = Annotated[PerAxis, Field(description="distance between the taps of the window")]
Padding = Annotated[
    Literal["valid", "same"] | Pairs, Field(description="valid: none; same: output ⌈n/s⌉; or numbers per side, an extension")
]
Connections = Annotated[
    Reads | None,
    Field(description="input channels that each filter reads, a list for each filter; none: all; an extension"),
]


if TYPE_CHECKING:
    from cnnspec.layers.requirement import Requirement


class Convolution(WindowLayer):
    """What every convolution has: a kernel that slides, a bias, an activation."""

    family = "convolution"
    linear = True
    #: Whether Keras takes strides together with dilation.
    strides_dilation: ClassVar[bool] = False

    if TYPE_CHECKING:  # each kind states these fields itself, in Keras's order
        kernel_size: PerAxis
        strides: PerAxis
        dilation_rate: PerAxis
        activation: Activation | None
        activity_regularizer: Regularizer | None
        padding_mode: PaddingMode

    def axes(self, shape: Shape) -> tuple[Axis, ...]:
        """The window along every spatial axis of an input."""
        return make_axes(shape.extents, self.kernel_size, self.strides, self.dilation_rate, self.padding)

    def slide(self, shape: Shape) -> tuple[tuple[Axis, ...], tuple[Size, ...]]:
        """The window and the number of its positions along every axis.

        Raises:
            LayerError: ``kernel-exceeds-input``.
        """
        axes = self.axes(shape)
        return axes, slide(self, "kernel_size", axes, shape.extents)

    def copies(self, axes: tuple[Axis, ...], shape: Shape) -> "tuple[Requirement, ...]":
        """What padding that copies the input asks of open extents.

        Raises:
            LayerError: ``padding-exceeds-input``.
        """
        return () if self.padding_mode == "zeros" else check_padding_mode(self.kind, self.padding_mode, axes, shape.extents)

    @override
    def keeps(self, facts: Facts, *inputs: Shape) -> Kept:
        axes, mode = self.axes(inputs[0]), self.padding_mode
        core = keep_padded(axes, inputs[0], convolves_in_place(axes, mode), mode)
        return keep_function(self, facts.output, core)

    @override
    def notes(self, *inputs: Shape) -> tuple[Note, ...]:
        return window_notes(self.axes(inputs[0]), inputs[0].extents, self.padding)

    @override
    def incompatible(self) -> tuple[str, ...]:
        return (
            *self.stated_padding,
            *((f"padding_mode={self.padding_mode}",) if self.padding_mode != "zeros" else ()),
            *(("strides together with dilation_rate",) if not self.strides_dilation and self._strides_dilated else ()),
        )

    @property
    def _strides_dilated(self) -> bool:
        return max(self.strides) > 1 and max(self.dilation_rate) > 1

    def _ending(self) -> list[str]:
        return [self.activation.word] if self.activation is not None else []


class Conv(Convolution):
    """Every filter slides over the map and answers with a sum of products, plus a bias.

    out[i, j, f] = Σ in[i·s + a·d − p, j·s + b·d − p, c] · kernel[a, b, c, f] + bias[f]
    """

    filters: Annotated[Count, Field(description="number of filters: channels of the output")]
    kernel_size: KernelSize
    strides: Strides
    padding: Padding = "valid"
    data_format: DataFormat = None
    dilation_rate: DilationRate
    groups: Annotated[Count, Field(description="parts into which channels and filters are split")] = 1
    activation: MaybeActivation = None
    use_bias: UseBias = True
    kernel_initializer: KernelInitializer = GLOROT_UNIFORM
    bias_initializer: BiasInitializer = ZEROS
    kernel_regularizer: KernelRegularizer = None
    bias_regularizer: BiasRegularizer = None
    activity_regularizer: ActivityRegularizer = None
    kernel_constraint: KernelConstraint = None
    bias_constraint: BiasConstraint = None
    padding_mode: PaddingMode = "zeros"
    trainable: Trainable = True
    connections: Connections = None

    @field_validator("connections", mode="before")
    @classmethod
    def _sort_connections(cls, value: object) -> object:
        return None if value is None else read_connections(value)

    @model_validator(mode="after")
    def _check_connections(self) -> Self:
        if self.connections is not None and self.groups != 1:
            raise refuse("left out where groups split the channels", others=("groups",), argument="connections")
        if self.connections is not None and len(self.connections) != self.filters:
            raise refuse(f"a list for each of the {self.filters} filters", others=("filters",), argument="connections")
        return self

    @model_validator(mode="after")
    def _check_groups(self) -> Self:
        if self.filters % self.groups:
            raise refuse(f"a divisor of filters, {self.filters}", others=("filters",), argument="groups")
        return self

    @override
    def facts(self, *inputs: Shape) -> Facts:
        shape = inputs[0]
        self.check_rank(shape)
        channels = self.known_channels(shape)
        if channels % self.groups:
            raise self._groups_mismatch(int(channels))
        axes, positions = self.slide(shape)
        kernel = (*self.kernel_size, divide(channels, self.groups), self.filters)
        output = Shape((*positions, self.filters))
        check_activation(self.kind, self.activation, output)
        connected = None if self.connections is None else count_connected(self.kind, self.connections, channels)
        params = make_weights(self, self.filters, connected=connected, kernel=("kernel", kernel))
        macs = product((*map(settle, positions), *params[0].factors))
        return Facts(output, params, axes, macs, leftovers(axes, shape.extents), self.copies(axes, shape))

    @override
    def notes(self, *inputs: Shape) -> tuple[Note, ...]:
        own = () if self.connections is None else (Note("connections", describe_connections(self.connections)),)
        return (*own, *super().notes(*inputs))

    @override
    def incompatible(self) -> tuple[str, ...]:
        return (*super().incompatible(), *(("connections",) if self.connections is not None else ()))

    @override
    def keeps(self, facts: Facts, *inputs: Shape) -> Kept:
        kept = super().keeps(facts, *inputs)
        if self.connections is None:
            return kept
        whole = Array("kernel with zeros between channels and filters apart", product(facts.params[0].shape), batched=False)
        return replace(kept, arrays=(*kept.arrays, whole))

    def _groups_mismatch(self, channels: int) -> LayerError:
        common = gcd(channels, self.filters)
        best = max(n for n in range(1, min(self.groups, common) + 1) if common % n == 0)
        text = f"groups={best} divides {channels} channels and {self.filters} filters"
        repair = Repair(text, "groups", best)
        return LayerError("groups-mismatch", "groups", repairs=(repair,), layer=self.kind, groups=self.groups, channels=channels)

    @override
    def summary(self) -> str:
        parts = window_summary(self.kernel_size, self.strides, self.padding, self.dilation_rate)
        parts.insert(1, str(self.filters))
        parts += [f"g{self.groups}"] if self.groups != 1 else []
        parts += ["partial"] if self.connections is not None else []
        return ", ".join([*parts, *self._ending()])


class Conv2D(Conv):
    """Convolution over an image."""

    kind = "Conv2D"
    rank = 2

    strides: Strides = (1, 1)
    dilation_rate: DilationRate = (1, 1)
