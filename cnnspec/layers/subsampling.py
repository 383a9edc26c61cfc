"""Subsampling: pooling with two learned numbers for each map."""

from typing import Annotated

from pydantic import Field
from typing_extensions import override

from cnnspec.layers.activations import MaybeActivation
from cnnspec.layers.arguments import ActivityRegularizer, BiasConstraint, BiasInitializer, BiasRegularizer, DataFormat, Trainable
from cnnspec.layers.arithmetic import like, product, settle
from cnnspec.layers.axes import check_activation
from cnnspec.layers.base import Facts
from cnnspec.layers.checks import check_weights
from cnnspec.layers.conv import Padding
from cnnspec.layers.initializers import Constant
from cnnspec.layers.kernels import make_param
from cnnspec.layers.param import Param
from cnnspec.layers.pooling import CeilMode, Pool, PoolSize, PoolStrides
from cnnspec.layers.shape import Shape
from cnnspec.layers.spatial import window_elements
from cnnspec.layers.upkeep import Array, Kept, Operations, count_function, count_values, keep_function, taps_of
from cnnspec.layers.weights import INITIALIZERS, ZEROS, AConstraint, ARegularizer, Initializer
from cnnspec.record import replace
from cnnspec.schema.choice import one_of

CoefficientInitializer = Annotated[
    Initializer | None,
    one_of(lambda: INITIALIZERS, "an initializer", optional=True),
    Field(description="how the coefficients start; none: at one over the values of a window, so that means come out"),
]


class Subsampling2D(Pool):
    """out[i, j, c] = coefficient[c] · Σ in[i·s + a − p, j·s + b − p, c] + bias[c].

    Source: LeCun et al. 1998 (layers S2 and S4 of LeNet-5).
    """

    kind = "Subsampling2D"
    rank = 2
    linear = True

    pool_size: PoolSize = (2, 2)
    strides: PoolStrides = None
    padding: Padding = "valid"
    data_format: DataFormat = None
    ceil_mode: CeilMode = False
    activation: MaybeActivation = None
    coefficient_initializer: CoefficientInitializer = None
    bias_initializer: BiasInitializer = ZEROS
    coefficient_regularizer: Annotated[ARegularizer, Field(description="penalty on the coefficients")] = None
    bias_regularizer: BiasRegularizer = None
    activity_regularizer: ActivityRegularizer = None
    coefficient_constraint: Annotated[
        AConstraint, Field(description="what the coefficients are made to fulfil after every step")
    ] = None
    bias_constraint: BiasConstraint = None
    trainable: Trainable = True

    @override
    def facts(self, *inputs: Shape) -> Facts:
        pooled = super().facts(*inputs)
        channels = self.known_channels(inputs[0])
        check_activation(self.kind, self.activation, pooled.output)
        params = check_weights(self.kind, self._params(channels))
        dims = [settle(n) for n in pooled.output.dims]
        links = product(dims) * (product([like(k, dims[-1]) for k in self.pool_size]) + 1)
        return Facts(pooled.output, params, pooled.window, 0, pooled.drops, links=links)

    def _params(self, channels: int) -> tuple[Param, ...]:
        mean = Constant(value=1 / window_elements(self.pool_size))
        start = self.coefficient_initializer or mean
        return make_param(self, "coefficient", "scale", (channels,), start=start), make_param(self, "bias", "bias", (channels,))

    @override
    def operations(self, facts: Facts, *inputs: Shape) -> tuple[Operations, ...]:
        values = count_values(facts.output)
        sums = Operations("additions and a product", values * taps_of(self.pool_size, values))
        return (sums, Operations("bias", values), *count_function(self, facts.output))

    @override
    def keeps(self, facts: Facts, *inputs: Shape) -> Kept:
        kept = self.keeps_padded(inputs[0])
        sums = Array("sums of the windows", facts.output.elements)
        return keep_function(self, facts.output, replace(kept, arrays=(*kept.arrays, sums)))

    @override
    def summary(self) -> str:
        return ", ".join([super().summary(), *([self.activation.word] if self.activation is not None else [])])

    @override
    def incompatible(self) -> tuple[str, ...]:
        return ("Subsampling2D",)
