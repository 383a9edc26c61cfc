"""Separable convolutions along 1 or 2 axes: a depthwise one, then a pointwise one."""

from typing import Annotated

from pydantic import Field
from typing_extensions import override

from cnnspec.layers.activations import MaybeActivation
from cnnspec.layers.arguments import (
    ActivityRegularizer,
    BiasConstraint,
    BiasInitializer,
    BiasRegularizer,
    Count,
    DataFormat,
    PaddingMode,
    Trainable,
    UseBias,
)
from cnnspec.layers.arithmetic import lift, product, settle
from cnnspec.layers.axes import check_activation
from cnnspec.layers.base import Facts, Note
from cnnspec.layers.conv import Convolution, DilationRate, KernelSize, Padding, Strides
from cnnspec.layers.kernels import make_weights
from cnnspec.layers.shape import Shape
from cnnspec.layers.spatial import leftovers, window_summary
from cnnspec.layers.upkeep import Array, Kept
from cnnspec.layers.weights import GLOROT_UNIFORM, ZEROS, AConstraint, AnInitializer, ARegularizer
from cnnspec.record import replace


class SeparableConv(Convolution):
    """Each channel is convolved with ``depth_multiplier`` kernels of its own, then 1×1 filters mix the channels.

    between[i, j, c·m + q] = Σ in[i·s + a·d − p, j·s + b·d − p, c] · depthwise[a, b, c, q]
    out[i, j, f] = Σ between[i, j, k] · pointwise[k, f] + bias[f]

    There is neither bias nor activation between the two.
    """

    strides_dilation = True

    filters: Annotated[Count, Field(description="number of pointwise filters: channels of the output")]
    kernel_size: KernelSize
    strides: Strides
    padding: Padding = "valid"
    data_format: DataFormat = None
    dilation_rate: DilationRate
    depth_multiplier: Annotated[Count, Field(description="depthwise kernels for each input channel")] = 1
    activation: MaybeActivation = None
    use_bias: UseBias = True
    depthwise_initializer: Annotated[AnInitializer, Field(description="how the depthwise kernel starts")] = GLOROT_UNIFORM
    pointwise_initializer: Annotated[AnInitializer, Field(description="how the pointwise kernel starts")] = GLOROT_UNIFORM
    bias_initializer: BiasInitializer = ZEROS
    depthwise_regularizer: Annotated[ARegularizer, Field(description="penalty on the depthwise kernel")] = None
    pointwise_regularizer: Annotated[ARegularizer, Field(description="penalty on the pointwise kernel")] = None
    bias_regularizer: BiasRegularizer = None
    activity_regularizer: ActivityRegularizer = None
    depthwise_constraint: Annotated[
        AConstraint, Field(description="what the depthwise kernel is made to fulfil after every step")
    ] = None
    pointwise_constraint: Annotated[
        AConstraint, Field(description="what the pointwise kernel is made to fulfil after every step")
    ] = None
    bias_constraint: BiasConstraint = None
    padding_mode: PaddingMode = "zeros"
    trainable: Trainable = True

    @override
    def facts(self, *inputs: Shape) -> Facts:
        shape = inputs[0]
        self.check_rank(shape)
        channels = self.known_channels(shape)
        axes, positions = self.slide(shape)
        between = channels * self.depth_multiplier if self.depth_multiplier != 1 else channels
        depthwise = (*self.kernel_size, channels, self.depth_multiplier)
        pointwise = (*(1,) * self.rank, between, self.filters)
        output = Shape((*positions, self.filters))
        check_activation(self.kind, self.activation, output)
        places = tuple(map(settle, positions))
        macs = product((*places, *depthwise)) + product((*places, between, self.filters))
        params = make_weights(
            self, self.filters, depthwise=("depthwise_kernel", depthwise), pointwise=("pointwise_kernel", pointwise)
        )
        return Facts(output, params, axes, macs, leftovers(axes, shape.extents), self.copies(axes, shape))

    @override
    def keeps(self, facts: Facts, *inputs: Shape) -> Kept:
        whole = super().keeps(facts, *inputs)
        between = facts.output.with_channels(inputs[0].channels * self.depth_multiplier)
        return replace(whole, arrays=(*whole.arrays, Array("between depthwise and pointwise", between.elements)))

    @override
    def notes(self, *inputs: Shape) -> tuple[Note, ...]:
        window, channels = [lift(k) for k in self.kernel_size], lift(self.known_channels(inputs[0]))
        between = channels * self.depth_multiplier if self.depth_multiplier != 1 else channels
        steps = {
            "depthwise weights": (*window, channels, self.depth_multiplier),
            "pointwise weights": (between, self.filters),
            "a full convolution's": (*window, channels, self.filters),
        }
        counted = (Note(title, lift(product(factors)).equation) for title, factors in steps.items())  # type: ignore[arg-type]
        return (*counted, *super().notes(*inputs))

    @override
    def summary(self) -> str:
        parts = window_summary(self.kernel_size, self.strides, self.padding, self.dilation_rate)
        multiplied = [f"×{self.depth_multiplier}"] if self.depth_multiplier != 1 else []
        parts[1:1] = [str(self.filters), *multiplied]
        return ", ".join([*parts, *self._ending()])


class SeparableConv1D(SeparableConv):
    """Separable convolution along a sequence."""

    kind = "SeparableConv1D"
    rank = 1

    strides: Strides = (1,)
    dilation_rate: DilationRate = (1,)


class SeparableConv2D(SeparableConv):
    """Separable convolution over an image."""

    kind = "SeparableConv2D"
    rank = 2

    strides: Strides = (1, 1)
    dilation_rate: DilationRate = (1, 1)
