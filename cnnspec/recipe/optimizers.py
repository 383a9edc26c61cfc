"""The optimizers of a recipe: Keras's names, arguments, defaults and update rules.

g is the gradient and w the weight; t counts steps from 1; every rule runs element by element.
"""

from functools import cache
from typing import Annotated, ClassVar, Self

from pydantic import Field, model_validator
from typing_extensions import override

from cnnspec.recipe.family import member_of, spellings
from cnnspec.schema.choice import Choice
from cnnspec.schema.declaration import refuse

LearningRate = Annotated[float, Field(gt=0, allow_inf_nan=False, description="the size of a step")]
Decay = Annotated[float, Field(ge=0, lt=1, description="how much of the running mean a step keeps")]
Epsilon = Annotated[float, Field(ge=0, allow_inf_nan=False, description="keeps the division finite")]
Momentum = Annotated[float, Field(ge=0, le=1, description="how much of the last step the next one keeps")]

#: None where it does not act; what all optimizers take, last and in this order.
WeightDecay = Annotated[
    float | None, Field(ge=0, allow_inf_nan=False, description="before each step w ← w − lr·weight_decay·w, for every weight")
]
ClipNorm = Annotated[
    float | None, Field(gt=0, allow_inf_nan=False, description="the greatest norm of the gradient of one array of weights")
]
ClipValue = Annotated[float | None, Field(gt=0, allow_inf_nan=False, description="the greatest size of an element of g")]
GlobalClipNorm = Annotated[
    float | None, Field(gt=0, allow_inf_nan=False, description="the greatest norm of all gradients together")
]


class Optimizer(Choice):
    """A rule that turns gradients into steps; ``usual_rates`` are the least and the greatest learning rate in common use.

    Gradients are clipped first, then weights decay, then the rule acts, as in Keras.
    """

    usual_rates: ClassVar[tuple[float, float]] = (1e-6, 1e-2)

    learning_rate: LearningRate = 0.01

    @property
    def slots(self) -> tuple[str, ...]:
        """What it keeps from step to step: a number for each weight, for each of these names."""
        return ()

    @property
    def clips(self) -> tuple[str, ...]:
        """Those of its arguments that clip gradients."""
        return tuple(name for name in CLIPS if getattr(self, name, None) is not None)

    @model_validator(mode="after")
    def _clips_once(self) -> Self:
        if len(self.clips) > 1:
            first, *others = self.clips
            raise refuse(f"left out where {others[0]} is given", argument=first, others=others)
        return self


#: The arguments that clip gradients; at most one of them is given.
CLIPS = ("clipnorm", "clipvalue", "global_clipnorm")


class SGD(Optimizer):
    """Gradient descent: w ← w − lr·g; with momentum m ← momentum·m − lr·g, w ← w + m.

    With ``nesterov`` w ← w + momentum·m − lr·g.
    """

    word = "SGD"
    usual_rates = (1e-5, 1.0)

    learning_rate: LearningRate = 0.01
    momentum: Momentum = 0.0
    nesterov: Annotated[bool, Field(description="look ahead by the momentum")] = False
    weight_decay: WeightDecay = None
    clipnorm: ClipNorm = None
    clipvalue: ClipValue = None
    global_clipnorm: GlobalClipNorm = None

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
    weight_decay: WeightDecay = None
    clipnorm: ClipNorm = None
    clipvalue: ClipValue = None
    global_clipnorm: GlobalClipNorm = None

    @property
    @override
    def slots(self) -> tuple[str, ...]:
        return ("velocity", *(("momentum",) if self.momentum else ()), *(("average",) if self.centered else ()))


AMSGrad = Annotated[bool, Field(description="never let the divisor shrink")]


class Adam(Optimizer):
    """m ← β₁·m + (1 − β₁)·g; v ← β₂·v + (1 − β₂)·g²; w ← w − lr·√(1 − β₂ᵗ)/(1 − β₁ᵗ)·m/(√v + ε).

    With ``amsgrad`` the greatest v so far takes the place of v.
    """

    word = "Adam"

    learning_rate: LearningRate = 0.001
    beta_1: Decay = 0.9
    beta_2: Decay = 0.999
    epsilon: Epsilon = 1e-7
    amsgrad: AMSGrad = False
    weight_decay: WeightDecay = None
    clipnorm: ClipNorm = None
    clipvalue: ClipValue = None
    global_clipnorm: GlobalClipNorm = None

    @property
    @override
    def slots(self) -> tuple[str, ...]:
        return ("momentum", "velocity", *(("velocity_max",) if self.amsgrad else ()))


class AdamW(Optimizer):
    """:class:`Adam` with weights that decay: before each step w ← w − lr·weight_decay·w.

    Source: Loshchilov and Hutter 2019.
    """

    word = "AdamW"

    learning_rate: LearningRate = 0.001
    weight_decay: Annotated[float, Field(ge=0, allow_inf_nan=False, description="before each step w ← w − lr·weight_decay·w")] = (
        0.004
    )
    beta_1: Decay = 0.9
    beta_2: Decay = 0.999
    epsilon: Epsilon = 1e-7
    amsgrad: AMSGrad = False
    clipnorm: ClipNorm = None
    clipvalue: ClipValue = None
    global_clipnorm: GlobalClipNorm = None

    @property
    @override
    def slots(self) -> tuple[str, ...]:
        return ("momentum", "velocity", *(("velocity_max",) if self.amsgrad else ()))


class Nadam(Optimizer):
    """:class:`Adam` with Nesterov's momentum, by a schedule of it: u_t = β₁·(1 − 0.96ᵗ/2), P_t = u_1·…·u_t.

    m ← m + (1 − β₁)·(g − m); v ← v + (1 − β₂)·(g² − v); with m̂ = u_(t+1)·m/(1 − P_(t+1)) + (1 − u_t)·g/(1 − P_t) and
    v̂ = v/(1 − β₂ᵗ), w ← w − lr·m̂/(√v̂ + ε).

    Source: Dozat 2016.
    """

    word = "Nadam"

    learning_rate: LearningRate = 0.001
    beta_1: Decay = 0.9
    beta_2: Decay = 0.999
    epsilon: Epsilon = 1e-7
    weight_decay: WeightDecay = None
    clipnorm: ClipNorm = None
    clipvalue: ClipValue = None
    global_clipnorm: GlobalClipNorm = None

    @property
    @override
    def slots(self) -> tuple[str, ...]:
        return ("momentum", "velocity")


class Adamax(Optimizer):
    """:class:`Adam` by the greatest gradient: u ← max(β₂·u, |g|); w ← w − lr/(1 − β₁ᵗ)·m/(u + ε).

    m ← m + (1 − β₁)·(g − m), as in Adam.

    Source: Kingma and Ba 2015.
    """

    word = "Adamax"

    learning_rate: LearningRate = 0.001
    beta_1: Decay = 0.9
    beta_2: Decay = 0.999
    epsilon: Epsilon = 1e-7
    weight_decay: WeightDecay = None
    clipnorm: ClipNorm = None
    clipvalue: ClipValue = None
    global_clipnorm: GlobalClipNorm = None

    @property
    @override
    def slots(self) -> tuple[str, ...]:
        return ("momentum", "norm")


class Adagrad(Optimizer):
    """a ← a + g², from ``initial_accumulator_value``; w ← w − lr·g/√(a + ε).

    Source: Duchi, Hazan and Singer 2011.
    """

    word = "Adagrad"
    usual_rates = (1e-5, 1.0)

    learning_rate: LearningRate = 0.001
    initial_accumulator_value: Annotated[float, Field(ge=0, allow_inf_nan=False, description="what the sum begins with")] = 0.1
    epsilon: Epsilon = 1e-7
    weight_decay: WeightDecay = None
    clipnorm: ClipNorm = None
    clipvalue: ClipValue = None
    global_clipnorm: GlobalClipNorm = None

    @property
    @override
    def slots(self) -> tuple[str, ...]:
        return ("accumulator",)


class Adadelta(Optimizer):
    """v ← rho·v + (1 − rho)·g²; d = √(x + ε)/√(v + ε)·g; x ← rho·x + (1 − rho)·d²; w ← w − lr·d.

    The rule brings its own size of a step: Zeiler's paper has lr = 1, Keras's default is 0.001.

    Source: Zeiler 2012.
    """

    word = "Adadelta"
    usual_rates = (1e-4, 10.0)

    learning_rate: LearningRate = 0.001
    rho: Decay = 0.95
    epsilon: Epsilon = 1e-7
    weight_decay: WeightDecay = None
    clipnorm: ClipNorm = None
    clipvalue: ClipValue = None
    global_clipnorm: GlobalClipNorm = None

    @property
    @override
    def slots(self) -> tuple[str, ...]:
        return ("accumulated_grad", "accumulated_delta")


class Lion(Optimizer):
    """Steps of one size: w ← w − lr·sign(β₁·m + (1 − β₁)·g); then m ← β₂·m + (1 − β₂)·g.

    Source: Chen et al. 2023.
    """

    word = "Lion"

    learning_rate: LearningRate = 0.001
    beta_1: Annotated[float, Field(gt=0, le=1, description="how much of the running mean enters the sign")] = 0.9
    beta_2: Decay = 0.99
    weight_decay: WeightDecay = None
    clipnorm: ClipNorm = None
    clipvalue: ClipValue = None
    global_clipnorm: GlobalClipNorm = None

    @property
    @override
    def slots(self) -> tuple[str, ...]:
        return ("momentum",)


@cache
def optimizers() -> dict[str, type[Choice]]:
    """Every accepted spelling of an optimizer."""
    members = (SGD, RMSprop, Adam, AdamW, Nadam, Adamax, Adagrad, Adadelta, Lion)
    return spellings(members, {"rmsprop": RMSprop, "adamw": AdamW})


#: Field type of ``optimizer``.
OptimizerField = Annotated[Optimizer, member_of(optimizers, "an optimizer")]
