"""The optimizers of a recipe: Keras's names, arguments, defaults and update rules.

g is the gradient and w the weight; t counts steps from 1; every rule runs element by element.
"""

from collections.abc import Mapping
from functools import cache
from typing import Annotated, ClassVar

from pydantic import Field
from typing_extensions import override

from cnnspec.recipe.family import member_of, spellings
from cnnspec.schema.choice import Choice

LearningRate = Annotated[float, Field(gt=0, allow_inf_nan=False, description="the size of a step")]
Decay = Annotated[float, Field(ge=0, lt=1, description="how much of the running mean a step keeps")]
Epsilon = Annotated[float, Field(ge=0, allow_inf_nan=False, description="keeps the division finite")]
Momentum = Annotated[float, Field(ge=0, le=1, description="how much of the last step the next one keeps")]

#: Optimizers of Keras that are known by name and come in a later release, with the numbers they keep for each weight.
LATER_OPTIMIZERS: Mapping[str, int] = {"AdamW": 2, "Nadam": 2, "Adagrad": 1, "Adadelta": 2, "Adamax": 2, "Lion": 1}


class Optimizer(Choice):
    """A rule that turns gradients into steps; ``usual_rates`` are the least and the greatest learning rate in common use."""

    usual_rates: ClassVar[tuple[float, float]] = (1e-6, 1e-2)

    learning_rate: LearningRate = 0.01

    @property
    def slots(self) -> tuple[str, ...]:
        """What it keeps from step to step: a number for each weight, for each of these names."""
        return ()


class SGD(Optimizer):
    """Gradient descent: w ← w − lr·g; with momentum m ← momentum·m − lr·g, w ← w + m.

    With ``nesterov`` w ← w + momentum·m − lr·g.
    """

    word = "SGD"
    usual_rates = (1e-5, 1.0)

    learning_rate: LearningRate = 0.01
    momentum: Momentum = 0.0
    nesterov: Annotated[bool, Field(description="look ahead by the momentum")] = False

    @property
    @override
    def slots(self) -> tuple[str, ...]:
        return ("velocity",) if self.momentum else ()


class RMSprop(Optimizer):
    """v ← rho·v + (1 − rho)·g²; w ← w − lr·g/√(v + ε).

    With ``centered`` the mean gradient's square is taken from v; with momentum m ← momentum·m + lr·g/√(v + ε), w ← w − m.
    """

    word = "RMSprop"

    learning_rate: LearningRate = 0.001
    rho: Decay = 0.9
    momentum: Momentum = 0.0
    epsilon: Epsilon = 1e-7
    centered: Annotated[bool, Field(description="divide by the standard deviation of the gradient")] = False

    @property
    @override
    def slots(self) -> tuple[str, ...]:
        return ("velocity", *(("momentum",) if self.momentum else ()), *(("average",) if self.centered else ()))


class Adam(Optimizer):
    """m ← β₁·m + (1 − β₁)·g; v ← β₂·v + (1 − β₂)·g²; w ← w − lr·√(1 − β₂ᵗ)/(1 − β₁ᵗ)·m/(√v + ε).

    With ``amsgrad`` the greatest v so far takes the place of v.
    """

    word = "Adam"

    learning_rate: LearningRate = 0.001
    beta_1: Decay = 0.9
    beta_2: Decay = 0.999
    epsilon: Epsilon = 1e-7
    amsgrad: Annotated[bool, Field(description="never let the divisor shrink")] = False

    @property
    @override
    def slots(self) -> tuple[str, ...]:
        return ("momentum", "velocity", *(("velocity_max",) if self.amsgrad else ()))


@cache
def optimizers() -> dict[str, type[Choice]]:
    """Every accepted spelling of an optimizer."""
    return spellings((SGD, RMSprop, Adam), {"rmsprop": RMSprop})


#: Field type of ``optimizer``.
OptimizerField = Annotated[Optimizer, member_of(optimizers, "an optimizer")]
