"""Activation functions by Keras's words: ``relu``, ``leaky_relu(0.1)``, ``softmax``.

``monotone`` says that x ≤ y gives f(x) ≤ f(y) for every element on its own, so that it may change places with a maximum;
``linear`` that the function is the identity.
"""

from collections.abc import Mapping
from typing import Annotated, ClassVar

from pydantic import Field
from typing_extensions import override

from cnnspec.schema.choice import Choice, one_of

Finite = Annotated[float, Field(allow_inf_nan=False)]
Slope = Annotated[Finite, Field(description="slope of the negative side")]


class Activation(Choice):
    """A function of the values of a layer that keeps their shape."""

    #: Whether the function never falls, where that does not depend on the arguments.
    rises: ClassVar[bool] = True

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


class Linear(Activation):
    """x."""

    word = "linear"

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


class Relu6(Activation):
    """min(max(x, 0), 6)."""

    word = "relu6"


class LeakyRelu(Activation):
    """x for x ≥ 0, else ``negative_slope``·x."""

    word = "leaky_relu"
    negative_slope: Slope = 0.2

    @property
    @override
    def monotone(self) -> bool:
        return self.negative_slope >= 0

    @property
    @override
    def linear(self) -> bool:
        return self.negative_slope == 1


class Elu(Activation):
    """x for x > 0, else ``alpha``·(eˣ − 1) (Clevert et al. 2016)."""

    word = "elu"
    alpha: Annotated[Finite, Field(description="minus the limit at −∞")] = 1.0

    @property
    @override
    def monotone(self) -> bool:
        return self.alpha >= 0


class Celu(Activation):
    """max(x, 0) + min(``alpha``·(e^(x/alpha) − 1), 0) (Barron 2017)."""

    word = "celu"
    alpha: Annotated[float, Field(gt=0, allow_inf_nan=False, description="minus the limit at −∞")] = 1.0


class Selu(Activation):
    """1.0507·x for x > 0, else 1.0507·1.6733·(eˣ − 1) (Klambauer et al. 2017)."""

    word = "selu"


class Gelu(Activation):
    """x·Φ(x), exactly or by the tanh formula (Hendrycks and Gimpel 2016)."""

    word = "gelu"
    rises = False
    approximate: Annotated[bool, Field(description="by the tanh formula")] = False


class Silu(Activation):
    """x·sigmoid(x), also called swish (Ramachandran et al. 2017)."""

    word = "silu"
    rises = False


class HardSilu(Activation):
    """x·relu6(x + 3)/6, also called hard_swish (Howard et al. 2019)."""

    word = "hard_silu"
    rises = False


class Mish(Activation):
    """x·tanh(softplus(x)) (Misra 2019)."""

    word = "mish"
    rises = False


class Sigmoid(Activation):
    """1/(1 + e⁻ˣ)."""

    word = "sigmoid"


class LogSigmoid(Activation):
    """log(sigmoid(x))."""

    word = "log_sigmoid"


class HardSigmoid(Activation):
    """relu6(x + 3)/6."""

    word = "hard_sigmoid"


class SparseSigmoid(Activation):
    """0 up to −1, 1 from 1 on, (x + 1)/2 between."""

    word = "sparse_sigmoid"


class Tanh(Activation):
    """The hyperbolic tangent."""

    word = "tanh"


class HardTanh(Activation):
    """x, cut to [−1, 1]."""

    word = "hard_tanh"


class TanhShrink(Activation):
    """x − tanh(x)."""

    word = "tanh_shrink"


class SoftShrink(Activation):
    """x drawn towards 0 by ``threshold``."""

    word = "soft_shrink"
    threshold: Annotated[float, Field(ge=0, allow_inf_nan=False, description="what it is drawn by")] = 0.5


class HardShrink(Activation):
    """x where |x| > ``threshold``, else 0."""

    word = "hard_shrink"
    threshold: Annotated[float, Field(ge=0, allow_inf_nan=False, description="half the width of the dead zone")] = 0.5


class Threshold(Activation):
    """x where x > ``threshold``, else ``default_value``."""

    word = "threshold"
    threshold: Annotated[Finite, Field(description="where the identity begins")]
    default_value: Annotated[Finite, Field(description="the value up to there")]

    @property
    @override
    def monotone(self) -> bool:
        return self.default_value <= self.threshold


class Softplus(Activation):
    """log(1 + eˣ)."""

    word = "softplus"


class Squareplus(Activation):
    """(x + √(x² + ``b``))/2."""

    word = "squareplus"
    b: Annotated[float, Field(ge=0, allow_inf_nan=False, description="how smooth it is at 0")] = 4.0


class SparsePlus(Activation):
    """0 up to −1, x from 1 on, (x + 1)²/4 between."""

    word = "sparse_plus"


class Softsign(Activation):
    """x/(1 + |x|)."""

    word = "softsign"


class Exponential(Activation):
    """eˣ."""

    word = "exponential"


class _AlongAxis(Activation):
    rises = False
    axis: Annotated[int, Field(description="axis that is normalised, the batch being 0; −1 are the channels")] = -1

    @property
    @override
    def along(self) -> int | None:
        return self.axis


class Softmax(_AlongAxis):
    """eˣ/Σeˣ over the channels, or over another axis."""

    word = "softmax"


class LogSoftmax(_AlongAxis):
    """x − log Σeˣ over the channels, or over another axis."""

    word = "log_softmax"


class Sparsemax(_AlongAxis):
    """The projection onto the probability simplex (Martins and Astudillo 2016)."""

    word = "sparsemax"


_CLASSES: tuple[type[Activation], ...] = (
    Linear, Relu, Relu6, LeakyRelu, Elu, Celu, Selu, Gelu, Silu, HardSilu, Mish, Sigmoid, LogSigmoid, HardSigmoid,
    SparseSigmoid, Tanh, HardTanh, TanhShrink, SoftShrink, HardShrink, Threshold, Softplus, Squareplus, SparsePlus, Softsign,
    Exponential, Softmax, LogSoftmax, Sparsemax,
)  # fmt: skip

#: Other words that Keras accepts.
SYNONYMS: Mapping[str, str] = {"swish": "silu", "hard_swish": "hard_silu"}

_BY_WORD: dict[str, type[Activation]] = {cls.word: cls for cls in _CLASSES}
#: Every activation by its word and by the synonyms.
ACTIVATIONS: Mapping[str, type[Activation]] = {**_BY_WORD, **{other: _BY_WORD[word] for other, word in SYNONYMS.items()}}

AnActivation = Annotated[Activation, one_of(lambda: ACTIVATIONS, "an activation")]
MaybeActivation = Annotated[
    Activation | None, one_of(lambda: ACTIVATIONS, "an activation"), Field(description="applied at the end")
]
