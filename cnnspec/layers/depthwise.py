"""Depthwise convolutions along 1 or 2 axes."""

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
    KernelConstraint,
    KernelInitializer,
    KernelRegularizer,
    PaddingMode,
    Trainable,
    UseBias,
)
from cnnspec.layers.arithmetic import product, settle
from cnnspec.layers.axes import check_activation
from cnnspec.layers.base import Facts
from cnnspec.layers.conv import Convolution, DilationRate, KernelSize, Padding, Strides
from cnnspec.layers.kernels import make_weights
from cnnspec.layers.shape import Shape
from cnnspec.layers.spatial import (
    leftovers,
    window_summary,
)
from cnnspec.layers.weights import GLOROT_UNIFORM, ZEROS


class DepthwiseConv(Convolution):
    """Each channel is convolved with ``depth_multiplier`` kernels of its own; channels are not mixed."""

    strides_dilation = True

    kernel_size: KernelSize
    strides: Strides
    padding: Padding = "valid"
    depth_multiplier: Annotated[Count, Field(description="kernels for each input channel")] = 1
    data_format: DataFormat = None
    dilation_rate: DilationRate
    activation: MaybeActivation = None
    use_bias: UseBias = True
    depthwise_initializer: KernelInitializer = GLOROT_UNIFORM
    bias_initializer: BiasInitializer = ZEROS
    depthwise_regularizer: KernelRegularizer = None
    bias_regularizer: BiasRegularizer = None
    activity_regularizer: ActivityRegularizer = None
    depthwise_constraint: KernelConstraint = None
    bias_constraint: BiasConstraint = None
    padding_mode: PaddingMode = "zeros"
    trainable: Trainable = True

    @override
    def facts(self, *inputs: Shape) -> Facts:
        shape = inputs[0]
        self.check_rank(shape)
        channels = self.known_channels(shape)
        axes, positions = self.slide(shape)
        kernel = (*self.kernel_size, channels, self.depth_multiplier)
        filters = channels * self.depth_multiplier if self.depth_multiplier != 1 else channels
        output = Shape((*positions, filters))
        check_activation(self.kind, self.activation, output)
        macs = product((*map(settle, positions), *kernel))
        params = make_weights(self, filters, depthwise=("kernel", kernel))
        return Facts(output, params, axes, macs, leftovers(axes, shape.extents), self.copies(axes, shape))

    @override
    def summary(self) -> str:
        parts = window_summary(self.kernel_size, self.strides, self.padding, self.dilation_rate)
        if self.depth_multiplier != 1:
            parts.insert(1, f"×{self.depth_multiplier}")
        return ", ".join([*parts, *self._ending()])


class DepthwiseConv1D(DepthwiseConv):
    """Depthwise convolution along a sequence."""

    kind = "DepthwiseConv1D"
    rank = 1

    strides: Strides = (1,)
    dilation_rate: DilationRate = (1,)


class DepthwiseConv2D(DepthwiseConv):
    """Depthwise convolution over an image."""

    kind = "DepthwiseConv2D"
    rank = 2

    strides: Strides = (1, 1)
    dilation_rate: DilationRate = (1, 1)
