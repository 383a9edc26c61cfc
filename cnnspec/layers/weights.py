"""What may be said of a layer's weights: how they start, what they cost, and what they must stay.

Initializers, regularizers and constraints in Keras's words, with Keras's argument order and defaults. A declaration here
holds numbers only; ``train`` holds what they do.
"""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, Self, cast

from pydantic import BeforeValidator, Field, model_validator
from typing_extensions import override

from cnnspec.schema.choice import Choice, one_of
from cnnspec.schema.declaration import refuse

Finite = Annotated[float, Field(allow_inf_nan=False)]
NonNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Seed = Annotated[int | None, Field(description="seed of this array alone; none: drawn from the run's seed")]


class Initializer(Choice):
    """How an array of weights starts."""


class Zeros(Initializer):
    """All zeros."""

    word = "zeros"


class Ones(Initializer):
    """All ones."""

    word = "ones"


class Constant(Initializer):
    """One number everywhere."""

    word = "constant"
    value: Annotated[Finite, Field(description="the number")] = 0.0


class RandomNormal(Initializer):
    """A normal distribution, not cut."""

    word = "random_normal"
    mean: Annotated[Finite, Field(description="mean")] = 0.0
    stddev: Annotated[NonNegative, Field(description="standard deviation")] = 0.05
    seed: Seed = None


class TruncatedNormal(Initializer):
    """A normal distribution cut at two standard deviations."""

    word = "truncated_normal"
    mean: Annotated[Finite, Field(description="mean")] = 0.0
    stddev: Annotated[NonNegative, Field(description="standard deviation before the cut")] = 0.05
    seed: Seed = None


class RandomUniform(Initializer):
    """A uniform distribution over [minval, maxval]."""

    word = "random_uniform"
    minval: Annotated[Finite, Field(description="least value")] = -0.05
    maxval: Annotated[Finite, Field(description="greatest value")] = 0.05
    seed: Seed = None

    @model_validator(mode="after")
    def _check_order(self) -> Self:
        if self.minval > self.maxval:
            raise refuse(f"at least minval, {self.minval:g}", others=("minval",), argument="maxval")
        return self


class Orthogonal(Initializer):
    """A random matrix with orthonormal rows or columns, times ``gain`` (Saxe et al. 2014)."""

    word = "orthogonal"
    gain: Annotated[Finite, Field(description="factor")] = 1.0
    seed: Seed = None


class IdentityMatrix(Initializer):
    """The identity matrix times ``gain``; for kernels of two axes."""

    word = "identity"
    gain: Annotated[Finite, Field(description="factor")] = 1.0


Mode = Literal["fan_in", "fan_out", "fan_avg"]
Distribution = Literal["truncated_normal", "untruncated_normal", "uniform"]


class Scaled(Initializer):
    """A distribution of variance scale/fan: what every glorot, he and lecun initializer is."""

    @property
    def rule(self) -> tuple[float, Mode, Distribution]:
        """The scale, the fan that divides it, and the distribution."""
        raise NotImplementedError


class VarianceScaling(Scaled):
    """Variance scale/fan, the fan and the distribution of one's choice."""

    word = "variance_scaling"
    scale: Annotated[float, Field(gt=0, allow_inf_nan=False, description="numerator of the variance")] = 1.0
    mode: Annotated[Mode, Field(description="denominator of the variance")] = "fan_in"
    distribution: Annotated[Distribution, Field(description="shape of the distribution")] = "truncated_normal"
    seed: Seed = None

    @property
    @override
    def rule(self) -> tuple[float, Mode, Distribution]:
        return self.scale, self.mode, self.distribution


class _Named(Scaled):
    fixed: ClassVar[tuple[float, Mode, Distribution]]
    seed: Seed = None

    @property
    @override
    def rule(self) -> tuple[float, Mode, Distribution]:
        return self.fixed


class GlorotUniform(_Named):
    """Uniform within ±√(6/(fan_in + fan_out)) (Glorot and Bengio 2010)."""

    word = "glorot_uniform"
    fixed = (1.0, "fan_avg", "uniform")


class GlorotNormal(_Named):
    """Normal of variance 2/(fan_in + fan_out), cut at 2σ (Glorot and Bengio 2010)."""

    word = "glorot_normal"
    fixed = (1.0, "fan_avg", "truncated_normal")


class HeUniform(_Named):
    """Uniform within ±√(6/fan_in) (He et al. 2015)."""

    word = "he_uniform"
    fixed = (2.0, "fan_in", "uniform")


class HeNormal(_Named):
    """Normal of variance 2/fan_in, cut at 2σ (He et al. 2015)."""

    word = "he_normal"
    fixed = (2.0, "fan_in", "truncated_normal")


class LecunUniform(_Named):
    """Uniform within ±√(3/fan_in) (LeCun et al. 1998)."""

    word = "lecun_uniform"
    fixed = (1.0, "fan_in", "uniform")


class LecunNormal(_Named):
    """Normal of variance 1/fan_in, cut at 2σ (LeCun et al. 1998)."""

    word = "lecun_normal"
    fixed = (1.0, "fan_in", "truncated_normal")


class Regularizer(Choice):
    """A penalty on weights or outputs that is added to the loss."""

    @property
    def strengths(self) -> tuple[float, float]:
        """λ₁ and λ₂ of λ₁·Σ|w| + λ₂·Σw²."""
        raise NotImplementedError


class L1(Regularizer):
    """λ·Σ|w|."""

    word = "l1"
    l1: Annotated[NonNegative, Field(description="λ")] = 0.01

    @property
    @override
    def strengths(self) -> tuple[float, float]:
        return self.l1, 0.0


class L2(Regularizer):
    """λ·Σw², not halved."""

    word = "l2"
    l2: Annotated[NonNegative, Field(description="λ")] = 0.01

    @property
    @override
    def strengths(self) -> tuple[float, float]:
        return 0.0, self.l2


class L1L2(Regularizer):
    """λ₁·Σ|w| + λ₂·Σw²; both numbers are needed (Keras's defaults of 0 would do nothing)."""

    word = "l1_l2"
    l1: Annotated[NonNegative, Field(description="λ₁")]
    l2: Annotated[NonNegative, Field(description="λ₂")]

    @property
    @override
    def strengths(self) -> tuple[float, float]:
        return self.l1, self.l2


def _as_axes(value: Any) -> Any:
    if isinstance(value, int) and not isinstance(value, bool):
        return (value,)
    return tuple(cast("list[object]", value)) if isinstance(value, list) else value


#: Axes of Keras's layout over which a norm is taken.
NormAxes = Annotated[
    tuple[int, ...], BeforeValidator(_as_axes), Field(min_length=1, description="axes of the array the norm is taken over")
]


class Constraint(Choice):
    """What an array of weights is made to fulfil after every step."""


class MaxNorm(Constraint):
    """Norms are at most ``max_value``."""

    word = "max_norm"
    max_value: Annotated[float, Field(gt=0, allow_inf_nan=False, description="greatest norm")] = 2.0
    axis: NormAxes = (0,)


class NonNeg(Constraint):
    """Negative weights become zero."""

    word = "non_neg"


class UnitNorm(Constraint):
    """Norms are one."""

    word = "unit_norm"
    axis: NormAxes = (0,)


class MinMaxNorm(Constraint):
    """Norms are drawn into [min_value, max_value], by the share ``rate`` of the way."""

    word = "min_max_norm"
    min_value: Annotated[NonNegative, Field(description="least norm")] = 0.0
    max_value: Annotated[float, Field(gt=0, allow_inf_nan=False, description="greatest norm")] = 1.0
    rate: Annotated[float, Field(gt=0, le=1, description="share of the way that is gone at each step")] = 1.0
    axis: NormAxes = (0,)

    @model_validator(mode="after")
    def _check_order(self) -> Self:
        if self.min_value > self.max_value:
            raise refuse(f"at least min_value, {self.min_value:g}", others=("min_value",), argument="max_value")
        return self


def _by_word(*classes: type[Choice]) -> Mapping[str, type[Choice]]:
    return {cls.word: cls for cls in classes}


#: Every initializer by its word.
INITIALIZERS = _by_word(
    Zeros, Ones, Constant, RandomNormal, TruncatedNormal, RandomUniform, Orthogonal, IdentityMatrix, VarianceScaling,
    GlorotUniform, GlorotNormal, HeUniform, HeNormal, LecunUniform, LecunNormal,
)  # fmt: skip
#: Every regularizer by its word.
REGULARIZERS = _by_word(L1, L2, L1L2)
#: Every constraint by its word.
CONSTRAINTS = _by_word(MaxNorm, NonNeg, UnitNorm, MinMaxNorm)

AnInitializer = Annotated[Initializer, one_of(lambda: INITIALIZERS, "an initializer")]
ARegularizer = Annotated[Regularizer | None, one_of(lambda: REGULARIZERS, "a regularizer")]
AConstraint = Annotated[Constraint | None, one_of(lambda: CONSTRAINTS, "a constraint")]

# Defaults of many fields. Built without validation, so that importing a family builds no validator.
GLOROT_UNIFORM: Any = GlorotUniform.model_construct()
ZEROS: Any = Zeros.model_construct()
ONES: Any = Ones.model_construct()
