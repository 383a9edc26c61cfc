"""The dense layer: every unit reads every value."""

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
    KernelConstraint,
    KernelInitializer,
    KernelRegularizer,
    Trainable,
    UseBias,
)
from cnnspec.layers.arithmetic import Size, settle, show_size
from cnnspec.layers.axes import check_activation
from cnnspec.layers.base import Facts, Layer, LayerError, Repair, size_unknown
from cnnspec.layers.kernels import make_weights
from cnnspec.layers.shape import Shape
from cnnspec.layers.upkeep import INPUT_KEPT, NOTHING_KEPT, Kept, keep_function
from cnnspec.layers.weights import GLOROT_UNIFORM, ZEROS
from cnnspec.layers.window import WHOLE_INPUT


class Dense(Layer):
    """out[u] = Σ in[c] · kernel[c, u] + bias[u]."""

    kind = "Dense"
    family = "dense"
    linear = True

    units: Annotated[Count, Field(description="number of outputs")]
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

    @override
    def facts(self, *inputs: Shape) -> Facts:
        shape = inputs[0]
        if shape.rank:
            raise needs_vector(self.kind, shape, self.units)
        channels = shape.channels
        if not isinstance(channels, int):
            raise _size_unknown(self, channels)
        channels = settle(channels)
        assert isinstance(channels, int)
        kernel = (channels, self.units)
        output = Shape((self.units,))
        check_activation(self.kind, self.activation, output)
        return Facts(output, make_weights(self, self.units, kernel=("kernel", kernel)), WHOLE_INPUT, channels * self.units)

    @override
    def keeps(self, facts: Facts, *inputs: Shape) -> Kept:
        return keep_function(self, facts.output, INPUT_KEPT if self.trainable else NOTHING_KEPT)

    @override
    def summary(self) -> str:
        return ", ".join([str(self.units), *([self.activation.word] if self.activation is not None else [])])


def needs_vector(kind: str, shape: Shape, units: int | None = None) -> LayerError:
    """The error of a layer that reads a vector and is given a map; ``units`` of a layer that Keras would apply to it."""
    from cnnspec.layers.registry import layer_class

    repairs: list[Repair] = []
    elements = shape.elements
    if isinstance(elements, int):
        text = f"Flatten before it makes a vector of {show_size(elements)}"
        repairs.append(Repair(text, insert=layer_class("Flatten")()))
    elif 1 <= shape.rank <= 3:
        pool = f"GlobalAvgPool{shape.rank}D"
        text = f"{pool} before it makes a vector of {show_size(shape.channels)}"
        repairs.append(Repair(text, insert=layer_class(pool)()))
    return LayerError("dense-needs-vector", repairs=tuple(repairs), layer=kind, shape=str(shape), rank=shape.rank, units=units)


def _size_unknown(layer: Dense, size: Size) -> LayerError:
    from cnnspec.layers.extent import Extent

    open_axes = len(size.symbols()) if isinstance(size, Extent) else 0
    pool = f"GlobalAvgPool{open_axes}D" if open_axes in (2, 3) else "global pooling (GlobalAvgPool1D, 2D or 3D)"
    way_out = f"{pool} in place of Flatten gives one value per channel, whatever the size"
    return size_unknown(layer.kind, "number of its inputs", size, way_out=way_out)
