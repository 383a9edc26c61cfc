"""The rarer activation functions."""

from typing import Annotated

from pydantic import Field
from typing_extensions import override

from cnnspec.layers.activations import Activation, AlongAxis, Finite, Slope
from cnnspec.layers.arithmetic import product
from cnnspec.layers.shape import Shape
from cnnspec.layers.upkeep import Array, Kept


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
    steps = (("x + 3", "value"), ("relu6(x + 3)", "value"))
    rises = False


class Mish(Activation):
    """x·tanh(softplus(x)) (Misra 2019)."""

    word = "mish"
    rises = False


class LogSigmoid(Activation):
    """log(sigmoid(x))."""

    word = "log_sigmoid"
    steps = (("e^(−|x|)", "value"),)


class HardSigmoid(Activation):
    """relu6(x + 3)/6."""

    word = "hard_sigmoid"
    remembers = "neither"
    steps = (("x + 3", "value"),)


class SparseSigmoid(Activation):
    """0 up to −1, 1 from 1 on, (x + 1)/2 between."""

    word = "sparse_sigmoid"
    remembers = "neither"
    steps = (("(x + 1)/2", "value"),)


class HardTanh(Activation):
    """x, cut to [−1, 1]."""

    word = "hard_tanh"


class TanhShrink(Activation):
    """x − tanh(x)."""

    word = "tanh_shrink"
    remembers = "neither"
    steps = (("tanh(x)", "value"),)


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
    steps = (("zeros", "value"),)


class Squareplus(Activation):
    """(x + √(x² + ``b``))/2."""

    word = "squareplus"
    steps = (("√(x² + b)", "value"),)
    b: Annotated[float, Field(ge=0, allow_inf_nan=False, description="how smooth it is at 0")] = 4.0


class SparsePlus(Activation):
    """0 up to −1, x from 1 on, (x + 1)²/4 between."""

    word = "sparse_plus"
    remembers = "neither"
    steps = (("x + 1", "value"), ("where x ≥ 1", "bool"), ("where x ≤ −1", "bool"))


class Softsign(Activation):
    """x/(1 + |x|)."""

    word = "softsign"
    steps = (("1 + |x|", "value"),)


class Exponential(Activation):
    """eˣ."""

    word = "exponential"
    remembers = "output"


class SoftmaxOver(Activation):
    """eˣ/Σeˣ over several axes together: of the layer ``Softmax`` alone, the word takes one axis."""

    word = "softmax"
    rises = False
    operations = 3
    axes: Annotated[tuple[int, ...], Field(description="axes that are normalised together, the batch being 0")]

    @override
    def keeps(self, shape: Shape) -> Kept:
        return Kept(inputs=(0,), output=True)


class LogSoftmax(AlongAxis):
    """x − log Σeˣ over the channels, or over another axis."""

    word = "log_softmax"
    remembers = "output"


class Sparsemax(AlongAxis):
    """The projection onto the probability simplex (Martins and Astudillo 2016)."""

    word = "sparsemax"
    remembers = "neither"
    steps = (("places in order", "int64"), ("values in order", "value"), ("x − threshold", "value"))

    @override
    def keeps(self, shape: Shape) -> Kept:
        """Besides: how many are above 0, and the place of the last of them, for each row; and the numbers 1 to n."""
        size = shape.dims[self.axis if self.axis < 0 else self.axis - 1]
        rows = product([n for at, n in enumerate(shape.dims) if at != self.axis % (len(shape.dims) + 1) - 1])
        support = (Array("sizes of the support", 2 * rows, "int64"), Array("numbers from 1", size, batched=False))
        return Kept(arrays=(*super().keeps(shape).arrays, *support))
