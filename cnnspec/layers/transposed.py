"""Transposed convolutions along 1, 2 or 3 axes."""

from typing import Annotated, Self

from pydantic import Field, model_validator
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
    PerAxis,
    Trainable,
    UseBias,
)
from cnnspec.layers.arithmetic import lift, product, settle
from cnnspec.layers.axes import check_activation
from cnnspec.layers.base import Facts, LayerError, Note
from cnnspec.layers.conv import DilationRate, KernelSize, Padding, Strides
from cnnspec.layers.kernels import make_weights
from cnnspec.layers.shape import AXIS_NAMES, Shape
from cnnspec.layers.spatial import WindowLayer, group_axes, window_summary
from cnnspec.layers.weights import GLOROT_UNIFORM, ZEROS
from cnnspec.layers.window import TransposedAxis
from cnnspec.schema.declaration import refuse

OutputPadding = Annotated[PerAxis | None, Field(description="positions added at the end, fewer than the stride; none: as Keras")]


class ConvTranspose(WindowLayer):
    """Each input value writes its kernel, times the value, into the output; what overlaps is added.

    The full result has (n − 1)·s + e positions; ``padding`` says what is cut from it or appended.
    """

    family = "convolution"
    linear = True

    filters: Annotated[Count, Field(description="channels of the output")]
    kernel_size: KernelSize
    strides: Strides
    padding: Padding = "valid"
    output_padding: OutputPadding = None
    data_format: DataFormat = None
    dilation_rate: DilationRate
    activation: MaybeActivation = None
    use_bias: UseBias = True
    kernel_initializer: KernelInitializer = GLOROT_UNIFORM
    bias_initializer: BiasInitializer = ZEROS
    kernel_regularizer: KernelRegularizer = None
    bias_regularizer: BiasRegularizer = None
    activity_regularizer: ActivityRegularizer = None
    kernel_constraint: KernelConstraint = None
    bias_constraint: BiasConstraint = None
    trainable: Trainable = True

    @model_validator(mode="after")
    def _check_output_padding(self) -> Self:
        if self.output_padding is not None and any(o >= s for o, s in zip(self.output_padding, self.strides, strict=True)):
            raise refuse("less than strides along every axis", others=("strides",), argument="output_padding")
        return self

    @property
    def axes(self) -> tuple[TransposedAxis, ...]:
        """What each input position writes, and what is cut from the whole, along every axis."""
        added = self.output_padding or (None,) * self.rank
        pairs = self.padding if not isinstance(self.padding, str) else (self.padding,) * self.rank
        sizes = zip(self.kernel_size, self.strides, self.dilation_rate, pairs, added, strict=True)
        return tuple(transposed_axis(k, s, d, pad, o) for k, s, d, pad, o in sizes)

    @override
    def facts(self, *inputs: Shape) -> Facts:
        shape = inputs[0]
        self.check_rank(shape)
        channels = self.known_channels(shape)
        axes = self.axes
        positions = tuple(axis.positions(n) for axis, n in zip(axes, shape.extents, strict=True))
        for name, axis, n, count in zip(AXIS_NAMES[self.rank], axes, shape.extents, positions, strict=True):
            if isinstance(count, int) and isinstance(n, int) and count < 1:
                equation = getattr(axis.positions(lift(n)), "equation", str(count))
                raise LayerError("output-empty", "padding", layer=self.kind, shape=str(shape), axis=name, arithmetic=equation)
        kernel = (*self.kernel_size, self.filters, channels)
        macs = product((*map(settle, shape.extents), *kernel))
        output = Shape((*positions, self.filters))
        check_activation(self.kind, self.activation, output)
        return Facts(output, make_weights(self, self.filters, kernel=("kernel", kernel)), axes, macs)

    @override
    def summary(self) -> str:
        parts = window_summary(self.kernel_size, self.strides, self.padding, self.dilation_rate)
        parts.insert(1, str(self.filters))
        return ", ".join([*parts, *([self.activation.word] if self.activation is not None else [])])

    @override
    def notes(self, *inputs: Shape) -> tuple[Note, ...]:
        cuts = tuple(_describe_cut(axis) for axis in self.axes)
        texts = [f"{text} along {name}" if name else text for text, name in group_axes(cuts, self.rank)]
        return tuple(Note("transposed", text) for text in texts)

    @override
    def incompatible(self) -> tuple[str, ...]:
        both = max(self.strides) > 1 and max(self.dilation_rate) > 1
        return (*self.stated_padding, *(("strides together with dilation_rate",) if both else ()))


def transposed_axis(kernel: int, stride: int, dilation: int, pad: str | tuple[int, int], added: int | None) -> TransposedAxis:
    """One axis of a transposed convolution.

    ``valid`` n·s + max(e − s, 0), ``same`` n·s; with ``added`` positions (o): ``valid`` (n − 1)·s + e + o, ``same``
    (n − 1)·s + e − 2·⌊e/2⌋ + o; with numbers (n − 1)·s + e − before − after + o. Where ``same`` cuts an odd number of
    positions, the end loses one more than the start.

    Source: Keras 3 (``compute_conv_transpose_output_shape`` and the padding it hands to its backends), measured.
    """
    effective = dilation * (kernel - 1) + 1
    if not isinstance(pad, str):
        return TransposedAxis(kernel, stride, dilation, pad[0], pad[1] - (added or 0))
    if pad == "valid":
        return TransposedAxis(kernel, stride, dilation, 0, min(effective - stride, 0) if added is None else -added)
    cut = effective - stride if added is None else 2 * (effective // 2) - added
    before = max(cut // 2, 0)
    return TransposedAxis(kernel, stride, dilation, before, cut - before)


def _describe_cut(axis: TransposedAxis) -> str:
    parts = [f"{axis.before} cut at the start"] if axis.before else []
    if axis.after:
        parts.append(f"{axis.after} cut at the end" if axis.after > 0 else f"{-axis.after} added at the end")
    return "(n − 1)·s + e positions, " + (" and ".join(parts) if parts else "all kept")


class Conv1DTranspose(ConvTranspose):
    """Transposed convolution along a sequence."""

    kind = "Conv1DTranspose"
    rank = 1

    strides: Strides = (1,)
    dilation_rate: DilationRate = (1,)


class Conv2DTranspose(ConvTranspose):
    """Transposed convolution over an image."""

    kind = "Conv2DTranspose"
    rank = 2

    strides: Strides = (1, 1)
    dilation_rate: DilationRate = (1, 1)


class Conv3DTranspose(ConvTranspose):
    """Transposed convolution over a volume."""

    kind = "Conv3DTranspose"
    rank = 3

    strides: Strides = (1, 1, 1)
    dilation_rate: DilationRate = (1, 1, 1)

    @classmethod
    @override
    def argument_names(cls) -> tuple[str, ...]:
        """Keras has ``output_padding`` behind ``data_format`` here, and before it in one and two dimensions."""
        names = list(super().argument_names())
        at = names.index("output_padding")
        names[at], names[at + 1] = names[at + 1], names[at]
        return tuple(names)
