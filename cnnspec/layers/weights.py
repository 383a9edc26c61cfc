"""What may be said of a layer's weights: how they start, what they cost, and what they must stay.

Initializers, regularizers and constraints in Keras's words, with Keras's argument order and defaults. A declaration here
holds numbers only; ``train`` and the backends hold what they do. The commonest stand here, the others in
:mod:`~cnnspec.layers.initializers`, :mod:`~cnnspec.layers.regularizers` and :mod:`~cnnspec.layers.constraints`.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import Field
from typing_extensions import override

from cnnspec.layers.words import Words, import_late
from cnnspec.schema.choice import Choice, one_of

Finite = Annotated[float, Field(allow_inf_nan=False)]
NonNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Seed = Annotated[int | None, Field(ge=0, le=2**63 - 1, description="seed of this array alone; none: drawn from the run's seed")]


class Initializer(Choice):
    """How an array of weights starts."""


class Zeros(Initializer):
    """All zeros."""

    word = "zeros"


class Ones(Initializer):
    """All ones."""

    word = "ones"


Mode = Literal["fan_in", "fan_out", "fan_avg"]
Distribution = Literal["truncated_normal", "untruncated_normal", "uniform"]


class Scaled(Initializer):
    """A distribution of variance scale/fan: what every glorot, he and lecun initializer is."""

    @property
    def rule(self) -> tuple[float, Mode, Distribution]:
        """The scale, the fan that divides it, and the distribution."""
        raise NotImplementedError


class NamedScaling(Scaled):
    """A scaled distribution that has a name of its own."""

    fixed: ClassVar[tuple[float, Mode, Distribution]]
    seed: Seed = None

    @property
    @override
    def rule(self) -> tuple[float, Mode, Distribution]:
        return self.fixed


class GlorotUniform(NamedScaling):
    """Uniform within ±√(6/(fan_in + fan_out)) (Glorot and Bengio 2010)."""

    word = "glorot_uniform"
    fixed = (1.0, "fan_avg", "uniform")


class Regularizer(Choice):
    """A penalty on weights or outputs that is added to the loss."""

    @property
    def strengths(self) -> tuple[float, float]:
        """λ₁ and λ₂ of λ₁·Σ|w| + λ₂·Σw²."""
        raise NotImplementedError


class Constraint(Choice):
    """What an array of weights is made to fulfil after every step."""


_INITIALIZERS = {
    "constant": ("initializers", "Constant"),
    "random_normal": ("initializers", "RandomNormal"),
    "truncated_normal": ("initializers", "TruncatedNormal"),
    "random_uniform": ("initializers", "RandomUniform"),
    "orthogonal": ("initializers", "Orthogonal"),
    "identity": ("initializers", "IdentityMatrix"),
    "variance_scaling": ("initializers", "VarianceScaling"),
    "glorot_normal": ("initializers", "GlorotNormal"),
    "he_uniform": ("initializers", "HeUniform"),
    "he_normal": ("initializers", "HeNormal"),
    "lecun_uniform": ("initializers", "LecunUniform"),
    "lecun_normal": ("initializers", "LecunNormal"),
}
_REGULARIZERS = {
    "l1": ("regularizers", "L1"),
    "l2": ("regularizers", "L2"),
    "l1_l2": ("regularizers", "L1L2"),
}
_CONSTRAINTS = {
    "max_norm": ("constraints", "MaxNorm"),
    "non_neg": ("constraints", "NonNeg"),
    "unit_norm": ("constraints", "UnitNorm"),
    "min_max_norm": ("constraints", "MinMaxNorm"),
}

#: Every initializer by its word.
INITIALIZERS: Mapping[str, type[Initializer]] = Words(Zeros, Ones, GlorotUniform, elsewhere=_INITIALIZERS)
#: Every regularizer by its word.
REGULARIZERS: Mapping[str, type[Regularizer]] = Words[Regularizer](elsewhere=_REGULARIZERS)
#: Every constraint by its word.
CONSTRAINTS: Mapping[str, type[Constraint]] = Words[Constraint](elsewhere=_CONSTRAINTS)

AnInitializer = Annotated[Initializer, one_of(lambda: INITIALIZERS, "an initializer")]
ARegularizer = Annotated[Regularizer | None, one_of(lambda: REGULARIZERS, "a regularizer", optional=True)]
AConstraint = Annotated[Constraint | None, one_of(lambda: CONSTRAINTS, "a constraint", optional=True)]

# Defaults of many fields. Built without validation, so that importing a family builds no validator.
GLOROT_UNIFORM: Any = GlorotUniform.model_construct()
ZEROS: Any = Zeros.model_construct()
ONES: Any = Ones.model_construct()

_CLASSES = {name: module for module, name in (*_INITIALIZERS.values(), *_REGULARIZERS.values(), *_CONSTRAINTS.values())}


def __getattr__(name: str) -> Any:
    return import_late(_CLASSES, name, __name__)


if TYPE_CHECKING:
    from cnnspec.layers.constraints import (
        MaxNorm as MaxNorm,
    )
    from cnnspec.layers.constraints import (
        MinMaxNorm as MinMaxNorm,
    )
    from cnnspec.layers.constraints import (
        NonNeg as NonNeg,
    )
    from cnnspec.layers.constraints import (
        UnitNorm as UnitNorm,
    )
    from cnnspec.layers.initializers import (
        Constant as Constant,
    )
    from cnnspec.layers.initializers import (
        GlorotNormal as GlorotNormal,
    )
    from cnnspec.layers.initializers import (
        HeNormal as HeNormal,
    )
    from cnnspec.layers.initializers import (
        HeUniform as HeUniform,
    )
    from cnnspec.layers.initializers import (
        IdentityMatrix as IdentityMatrix,
    )
    from cnnspec.layers.initializers import (
        LecunNormal as LecunNormal,
    )
    from cnnspec.layers.initializers import (
        LecunUniform as LecunUniform,
    )
    from cnnspec.layers.initializers import (
        Orthogonal as Orthogonal,
    )
    from cnnspec.layers.initializers import (
        RandomNormal as RandomNormal,
    )
    from cnnspec.layers.initializers import (
        RandomUniform as RandomUniform,
    )
    from cnnspec.layers.initializers import (
        TruncatedNormal as TruncatedNormal,
    )
    from cnnspec.layers.initializers import (
        VarianceScaling as VarianceScaling,
    )
    from cnnspec.layers.regularizers import (
        L1 as L1,
    )
    from cnnspec.layers.regularizers import (
        L1L2 as L1L2,
    )
    from cnnspec.layers.regularizers import (
        L2 as L2,
    )
