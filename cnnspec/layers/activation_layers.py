"""Activations as layers of their own."""

from abc import abstractmethod
from collections.abc import Mapping
from typing import Annotated, ClassVar

from pydantic import Field, field_validator
from typing_extensions import override

from cnnspec.layers import activations
from cnnspec.layers.activations import AnActivation
from cnnspec.layers.arguments import Trainable, integers
from cnnspec.layers.axes import check_activation, find_axes, list_axes
from cnnspec.layers.base import Facts, Layer, LayerError, Repair, size_unknown
from cnnspec.layers.checks import check_weights
from cnnspec.layers.param import Param
from cnnspec.layers.shape import Shape
from cnnspec.layers.upkeep import Array, Kept, Operations, count_values
from cnnspec.layers.weights import ZEROS, AConstraint, AnInitializer, ARegularizer
from cnnspec.schema.declaration import refuse
from cnnspec.schema.values import show


class ActivationLayer(Layer):
    """A layer that is an activation function: :attr:`function` says which."""

    family = "activation"

    @property
    @abstractmethod
    def function(self) -> activations.Activation:
        """The activation with its arguments."""

    @property
    @override
    def last_function(self) -> str | None:
        return str(self.function.word)

    @override
    def facts(self, *inputs: Shape) -> Facts:
        return Facts(inputs[0])

    @override
    def operations(self, facts: Facts, *inputs: Shape) -> tuple[Operations, ...]:
        each, values = self.function.operations, count_values(facts.output)
        return (Operations(str(self.function.word), values if each == 1 else values * each),) if each else ()

    @override
    def keeps(self, facts: Facts, *inputs: Shape) -> Kept:
        return self.function.keeps(facts.output)

    @override
    def is_view(self, *, training: bool) -> bool:
        return self.function.word == "linear"


class ReLU(ActivationLayer):
    """max(x, 0), with Keras's three extras."""

    kind = "ReLU"

    max_value: Annotated[float | None, Field(ge=0, allow_inf_nan=False, description="greatest value; none: no limit")] = None
    negative_slope: Annotated[float, Field(ge=0, allow_inf_nan=False, description="slope below the threshold")] = 0.0
    threshold: Annotated[float, Field(ge=0, allow_inf_nan=False, description="where the identity begins")] = 0.0

    @property
    @override
    def function(self) -> activations.Activation:
        return activations.Relu(negative_slope=self.negative_slope, max_value=self.max_value, threshold=self.threshold)


class LeakyReLU(ActivationLayer):
    """x for x ≥ 0, else ``negative_slope``·x; the slope here is 0.3, that of the word ``leaky_relu`` 0.2."""

    kind = "LeakyReLU"
    aliases: ClassVar[Mapping[str, str]] = {"alpha": "negative_slope"}

    negative_slope: Annotated[float, Field(ge=0, allow_inf_nan=False, description="slope of the negative side")] = 0.3

    @property
    @override
    def function(self) -> activations.Activation:
        return activations.LeakyRelu(negative_slope=self.negative_slope)


class PReLU(Layer):
    """x for x ≥ 0, else α·x, where α is learned: one for each value unless axes share it."""

    kind = "PReLU"
    family = "activation"

    alpha_initializer: Annotated[AnInitializer, Field(description="how α starts")] = ZEROS
    alpha_regularizer: Annotated[ARegularizer, Field(description="penalty on α")] = None
    alpha_constraint: Annotated[AConstraint, Field(description="what α is made to fulfil after every step")] = None
    shared_axes: Annotated[
        tuple[int, ...] | None, Field(description="axes along which α is the same, counted from 1: [1, 2] for one per channel")
    ] = None
    trainable: Trainable = True

    @field_validator("shared_axes", mode="before")
    @classmethod
    def _check_axes(cls, value: object) -> object:
        if value is None:
            return None
        items = integers(value, least=1)
        if items is None or len(set(items)) != len(items):
            raise refuse("a list of different axes, counted from 1, or none")
        return items

    @override
    def facts(self, *inputs: Shape) -> Facts:
        shape = inputs[0]
        shared = self.shared_axes or ()
        if any(axis > len(shape.dims) for axis in shared):
            raise LayerError(
                "axis-out-of-range", "shared_axes", layer=self.kind, axis=max(shared), axes=len(shape.dims), shape=str(shape)
            )
        sizes: list[int] = []
        for number, size in enumerate(shape.dims, 1):
            if number in shared:
                sizes.append(1)
            elif isinstance(size, int):
                sizes.append(size)
            else:
                raise self._unknown(shape)
        alpha = Param(
            "alpha", tuple(sizes), "scale", self.trainable, self.alpha_initializer, self.alpha_regularizer, self.alpha_constraint
        )
        return Facts(shape, check_weights(self.kind, (alpha,)))

    @override
    def operations(self, facts: Facts, *inputs: Shape) -> tuple[Operations, ...]:
        return (Operations("prelu", count_values(facts.output)),)

    @override
    def keeps(self, facts: Facts, *inputs: Shape) -> Kept:
        return Kept(inputs=(0,), arrays=(Array("which values are positive", facts.output.elements, "bool"),))

    def _unknown(self, shape: Shape) -> LayerError:
        axes = tuple(range(1, len(shape.dims)))
        repairs = (Repair(f"shared_axes={list(axes)} gives one α per channel", "shared_axes", axes),)
        return size_unknown(self.kind, "number of values", shape.elements, repairs=repairs)

    @override
    def summary(self) -> str:
        return f"shared {list(self.shared_axes)}" if self.shared_axes else ""


class ELU(ActivationLayer):
    """x for x > 0, else α·(eˣ − 1)."""

    kind = "ELU"

    alpha: Annotated[float, Field(allow_inf_nan=False, description="minus the limit at −∞")] = 1.0

    @property
    @override
    def function(self) -> activations.Activation:
        return activations.Elu(alpha=self.alpha)


class WordLayer(ActivationLayer):
    """A layer that Keras has only as a word: ``Activation(selu)``."""

    @override
    def incompatible(self) -> tuple[str, ...]:
        return (self.kind,)


class GELU(WordLayer):
    """x·Φ(x), exactly unless ``approximate``."""

    kind = "GELU"

    approximate: Annotated[bool, Field(description="by the tanh formula")] = False

    @property
    @override
    def function(self) -> activations.Activation:
        return activations.Gelu(approximate=self.approximate)


class Softmax(ActivationLayer):
    """eˣ/Σeˣ over the channels, or over another axis, or over several together."""

    kind = "Softmax"

    axis: Annotated[
        tuple[int, ...], Field(description="axis or axes that are normalised, the batch being 0; −1 are the channels")
    ] = (-1,)

    @field_validator("axis", mode="before")
    @classmethod
    def _list_axes(cls, value: object) -> object:
        return list_axes(value)

    @property
    @override
    def function(self) -> activations.Activation:
        if len(self.axis) == 1:
            return activations.Softmax(axis=self.axis[0])
        from cnnspec.layers.more_activations import SoftmaxOver

        return SoftmaxOver(axes=self.axis)

    @override
    def facts(self, *inputs: Shape) -> Facts:
        find_axes(self.kind, "axis", self.axis, inputs[0])
        return Facts(inputs[0])

    @override
    def summary(self) -> str:
        return "" if self.axis == (-1,) else f"axis {', '.join(map(str, self.axis))}"


class Activation(ActivationLayer):
    """The activation that is named."""

    kind = "Activation"

    activation: Annotated[AnActivation, Field(description="the function")]

    @property
    @override
    def function(self) -> activations.Activation:
        return self.activation

    @override
    def facts(self, *inputs: Shape) -> Facts:
        check_activation(self.kind, self.activation, inputs[0])
        return Facts(inputs[0])

    @override
    def summary(self) -> str:
        return show(self.activation.as_value())


class _Plain(WordLayer):
    word: ClassVar[str]

    @property
    @override
    def function(self) -> activations.Activation:
        return activations.ACTIVATIONS[self.word]()


class SELU(_Plain):
    """1.0507·x for x > 0, else 1.7581·(eˣ − 1)."""

    kind = "SELU"
    word = "selu"


class SiLU(_Plain):
    """x·sigmoid(x)."""

    kind = "SiLU"
    word = "silu"


class Mish(_Plain):
    """x·tanh(softplus(x))."""

    kind = "Mish"
    word = "mish"


class Sigmoid(_Plain):
    """1/(1 + e⁻ˣ)."""

    kind = "Sigmoid"
    word = "sigmoid"


class HardSigmoid(_Plain):
    """relu6(x + 3)/6."""

    kind = "HardSigmoid"
    word = "hard_sigmoid"


class HardSwish(_Plain):
    """x·relu6(x + 3)/6."""

    kind = "HardSwish"
    word = "hard_silu"


class Tanh(_Plain):
    """The hyperbolic tangent."""

    kind = "Tanh"
    word = "tanh"


class Softplus(_Plain):
    """log(1 + eˣ)."""

    kind = "Softplus"
    word = "softplus"
