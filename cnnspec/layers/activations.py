"""Activation functions by Keras's words: ``relu``, ``leaky_relu(0.1)``, ``softmax``.

``monotone`` says that x ≤ y gives f(x) ≤ f(y) for every element on its own, so that it may change places with a maximum;
``linear`` that the function is the identity.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import Field
from typing_extensions import override

from cnnspec.layers.upkeep import NOTHING_KEPT, Array, Kept, Kind
from cnnspec.layers.words import Words, import_late
from cnnspec.schema.choice import Choice, one_of

if TYPE_CHECKING:
    from cnnspec.layers.shape import Shape

Finite = Annotated[float, Field(allow_inf_nan=False)]
Slope = Annotated[Finite, Field(description="slope of the negative side")]


class Activation(Choice):
    """A function of the values of a layer that keeps their shape."""

    #: Whether the function never falls, where that does not depend on the arguments.
    rises: ClassVar[bool] = True
    #: Elementwise operations for each value.
    operations: ClassVar[int] = 1
    #: Whether the gradient is worked out from what the function is given or from what it gives.
    remembers: ClassVar[Literal["input", "output", "neither"]] = "input"
    #: Arrays as large as its values that it keeps besides: what they are, and of what kind.
    steps: ClassVar[tuple[tuple[str, Kind], ...]] = ()

    @property
    def monotone(self) -> bool:
        """Elementwise and never falling."""
        return self.rises

    @property
    def linear(self) -> bool:
        """The identity."""
        return False

    @property
    def along(self) -> int | None:
        """The axis along which values depend on each other; None for an elementwise function."""
        return None

    def keeps(self, shape: "Shape") -> Kept:
        """What training keeps until the backward pass, of values of this shape."""
        arrays = tuple(Array(what, shape.elements, kind) for what, kind in self.steps)
        inputs = (0,) if self.remembers == "input" else ()
        return Kept(inputs, self.remembers == "output", arrays)


class Linear(Activation):
    """x."""

    word = "linear"
    operations = 0

    @override
    def keeps(self, shape: "Shape") -> Kept:
        return NOTHING_KEPT

    @property
    @override
    def linear(self) -> bool:
        return True


class Relu(Activation):
    """max(x, 0); more generally x from ``threshold`` on, cut at ``max_value``, and ``negative_slope``·(x − threshold) below."""

    word = "relu"
    negative_slope: Annotated[float, Field(ge=0, allow_inf_nan=False, description="slope below the threshold")] = 0.0
    max_value: Annotated[float | None, Field(ge=0, allow_inf_nan=False, description="greatest value")] = None
    threshold: Annotated[float, Field(ge=0, allow_inf_nan=False, description="where the identity begins")] = 0.0

    @override
    def keeps(self, shape: "Shape") -> Kept:
        if self.threshold == 0 and (self.negative_slope == 0 or self.max_value is None):
            cut = self.negative_slope == 0 and self.max_value is None
            return Kept(output=True) if cut else Kept(inputs=(0,))
        side = Array("which values lie above the threshold", shape.elements, "bool")
        return Kept(arrays=(side,) if self.max_value is None else (side, Array("values before the limit", shape.elements)))


class Sigmoid(Activation):
    """1/(1 + e⁻ˣ)."""

    word = "sigmoid"
    remembers = "output"


class Tanh(Activation):
    """The hyperbolic tangent."""

    word = "tanh"
    remembers = "output"


class AlongAxis(Activation):
    """A function that ties together the values along one axis."""

    rises = False
    operations = 3
    axis: Annotated[int, Field(description="axis that is normalised, the batch being 0; −1 are the channels")] = -1

    @property
    @override
    def along(self) -> int | None:
        return self.axis


class Softmax(AlongAxis):
    """eˣ/Σeˣ over the channels, or over another axis."""

    word = "softmax"
    remembers = "output"


_ELSEWHERE = {
    "relu6": ("more_activations", "Relu6"),
    "leaky_relu": ("more_activations", "LeakyRelu"),
    "elu": ("more_activations", "Elu"),
    "celu": ("more_activations", "Celu"),
    "selu": ("more_activations", "Selu"),
    "gelu": ("more_activations", "Gelu"),
    "silu": ("more_activations", "Silu"),
    "hard_silu": ("more_activations", "HardSilu"),
    "mish": ("more_activations", "Mish"),
    "log_sigmoid": ("more_activations", "LogSigmoid"),
    "hard_sigmoid": ("more_activations", "HardSigmoid"),
    "sparse_sigmoid": ("more_activations", "SparseSigmoid"),
    "hard_tanh": ("more_activations", "HardTanh"),
    "tanh_shrink": ("more_activations", "TanhShrink"),
    "soft_shrink": ("more_activations", "SoftShrink"),
    "hard_shrink": ("more_activations", "HardShrink"),
    "threshold": ("more_activations", "Threshold"),
    "softplus": ("more_activations", "Softplus"),
    "squareplus": ("more_activations", "Squareplus"),
    "sparse_plus": ("more_activations", "SparsePlus"),
    "softsign": ("more_activations", "Softsign"),
    "exponential": ("more_activations", "Exponential"),
    "log_softmax": ("more_activations", "LogSoftmax"),
    "sparsemax": ("more_activations", "Sparsemax"),
}

#: Other words that Keras accepts.
SYNONYMS: Mapping[str, str] = {"swish": "silu", "hard_swish": "hard_silu"}

#: Every activation by its word and by the synonyms.
ACTIVATIONS: Mapping[str, type[Activation]] = Words(Linear, Relu, Sigmoid, Tanh, Softmax, elsewhere=_ELSEWHERE, synonyms=SYNONYMS)

AnActivation = Annotated[Activation, one_of(lambda: ACTIVATIONS, "an activation")]
MaybeActivation = Annotated[
    Activation | None, one_of(lambda: ACTIVATIONS, "an activation", optional=True), Field(description="applied at the end")
]

_CLASSES = {name: module for module, name in _ELSEWHERE.values()}


def __getattr__(name: str) -> Any:
    return import_late(_CLASSES, name, __name__)


if TYPE_CHECKING:
    from cnnspec.layers.more_activations import (
        Celu as Celu,
    )
    from cnnspec.layers.more_activations import (
        Elu as Elu,
    )
    from cnnspec.layers.more_activations import (
        Exponential as Exponential,
    )
    from cnnspec.layers.more_activations import (
        Gelu as Gelu,
    )
    from cnnspec.layers.more_activations import (
        HardShrink as HardShrink,
    )
    from cnnspec.layers.more_activations import (
        HardSigmoid as HardSigmoid,
    )
    from cnnspec.layers.more_activations import (
        HardSilu as HardSilu,
    )
    from cnnspec.layers.more_activations import (
        HardTanh as HardTanh,
    )
    from cnnspec.layers.more_activations import (
        LeakyRelu as LeakyRelu,
    )
    from cnnspec.layers.more_activations import (
        LogSigmoid as LogSigmoid,
    )
    from cnnspec.layers.more_activations import (
        LogSoftmax as LogSoftmax,
    )
    from cnnspec.layers.more_activations import (
        Mish as Mish,
    )
    from cnnspec.layers.more_activations import (
        Relu6 as Relu6,
    )
    from cnnspec.layers.more_activations import (
        Selu as Selu,
    )
    from cnnspec.layers.more_activations import (
        Silu as Silu,
    )
    from cnnspec.layers.more_activations import (
        Softplus as Softplus,
    )
    from cnnspec.layers.more_activations import (
        SoftShrink as SoftShrink,
    )
    from cnnspec.layers.more_activations import (
        Softsign as Softsign,
    )
    from cnnspec.layers.more_activations import (
        Sparsemax as Sparsemax,
    )
    from cnnspec.layers.more_activations import (
        SparsePlus as SparsePlus,
    )
    from cnnspec.layers.more_activations import (
        SparseSigmoid as SparseSigmoid,
    )
    from cnnspec.layers.more_activations import (
        Squareplus as Squareplus,
    )
    from cnnspec.layers.more_activations import (
        TanhShrink as TanhShrink,
    )
    from cnnspec.layers.more_activations import (
        Threshold as Threshold,
    )
