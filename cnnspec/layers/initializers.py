"""The rarer initializers."""

from typing import Annotated, Self

from pydantic import Field, model_validator
from typing_extensions import override

from cnnspec.layers.weights import Distribution, Finite, Initializer, Mode, NamedScaling, NonNegative, Scaled, Seed
from cnnspec.schema.declaration import refuse


class Constant(Initializer):
    """One number everywhere."""

    word = "constant"
    value: Annotated[Finite, Field(description="the number")] = 0.0


class RootOf(Initializer):
    """The roots of what another initializer gives: no word of the language, but how a standard deviation starts."""

    of: Initializer


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


class GlorotNormal(NamedScaling):
    """Normal of variance 2/(fan_in + fan_out), cut at 2σ (Glorot and Bengio 2010)."""

    word = "glorot_normal"
    fixed = (1.0, "fan_avg", "truncated_normal")


class HeUniform(NamedScaling):
    """Uniform within ±√(6/fan_in) (He et al. 2015)."""

    word = "he_uniform"
    fixed = (2.0, "fan_in", "uniform")


class HeNormal(NamedScaling):
    """Normal of variance 2/fan_in, cut at 2σ (He et al. 2015)."""

    word = "he_normal"
    fixed = (2.0, "fan_in", "truncated_normal")


class LecunUniform(NamedScaling):
    """Uniform within ±√(3/fan_in) (LeCun et al. 1998)."""

    word = "lecun_uniform"
    fixed = (1.0, "fan_in", "uniform")


class LecunNormal(NamedScaling):
    """Normal of variance 1/fan_in, cut at 2σ (LeCun et al. 1998)."""

    word = "lecun_normal"
    fixed = (1.0, "fan_in", "truncated_normal")
