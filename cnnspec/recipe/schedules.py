"""How the learning rate changes while training goes on: every schedule is a factor of the optimizer's ``learning_rate``.

t is how far training is, in epochs: before the first step 0, after half of the first epoch 0.5; E is the recipe's
``epochs``. The rate is set anew before each step.
"""

from functools import cache
from itertools import pairwise
from math import cos, floor, pi
from typing import Annotated, Self

from pydantic import Field, model_validator
from typing_extensions import override

from cnnspec.recipe.family import spellings
from cnnspec.recipe.schedule import Constant, Schedule
from cnnspec.schema.choice import Choice
from cnnspec.schema.declaration import refuse

Warmup = Annotated[
    float, Field(ge=0, allow_inf_nan=False, description="epochs in which the rate grows evenly from 0; the rest follows them")
]
Factor = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False, description="the share of the rate that remains at the end")]


class Step(Schedule):
    """factor^⌊t/every⌋: a fall every so many epochs, as Torch's StepLR does with step_size and gamma."""

    word = "step"

    every: Annotated[int, Field(ge=1, description="epochs from one fall to the next")]
    by: Annotated[Factor, Field(description="what the rate is multiplied with")] = 0.1
    warmup: Warmup = 0.0

    @override
    def after_warmup(self, t: float, epochs: float) -> float:
        return self.by ** floor(t / self.every)

    @override
    def first_beyond(self, epochs: int) -> str | None:
        first = self.warmup + self.every
        return f"the first fall, after {first:g}" if first >= epochs else None


class Exponential(Schedule):
    """decay_rate^(t/decay_epochs), in whole steps of it with ``staircase``: Keras's ExponentialDecay, counted in epochs."""

    word = "exponential"

    decay_rate: Annotated[Factor, Field(description="what the rate is multiplied with in decay_epochs")]
    decay_epochs: Annotated[float, Field(gt=0, allow_inf_nan=False, description="epochs for one such fall")] = 1.0
    staircase: Annotated[bool, Field(description="fall at once at the end of decay_epochs")] = False
    warmup: Warmup = 0.0

    @override
    def after_warmup(self, t: float, epochs: float) -> float:
        power = t / self.decay_epochs
        return self.decay_rate ** (floor(power) if self.staircase else power)


class Piecewise(Schedule):
    """The first factor before the first boundary, the second up to the next one…: [1, 0.1] at [3] falls after 3 epochs.

    Keras's PiecewiseConstantDecay counts boundaries in steps, keeps the old value for the step on a boundary, and names
    rates where factors stand here.
    """

    word = "piecewise"

    boundaries: Annotated[
        tuple[Annotated[float, Field(gt=0, allow_inf_nan=False)], ...], Field(min_length=1, description="in epochs, rising")
    ]
    factors: Annotated[tuple[Factor, ...], Field(description="of the learning rate: one more than boundaries")]

    @model_validator(mode="after")
    def _fit(self) -> Self:
        if any(first >= second for first, second in pairwise(self.boundaries)):
            raise refuse("rising", argument="boundaries")
        if len(self.factors) != len(self.boundaries) + 1:
            count = len(self.boundaries) + 1
            raise refuse(f"{count} numbers, one before each boundary and one after the last", argument="factors")
        return self

    @override
    def after_warmup(self, t: float, epochs: float) -> float:
        return self.factors[sum(t >= boundary for boundary in self.boundaries)]

    @override
    def first_beyond(self, epochs: int) -> str | None:
        late = next((boundary for boundary in self.boundaries if boundary >= epochs), None)
        return None if late is None else f"the boundary {late:g}"


class Polynomial(Schedule):
    """(1 − alpha)·(1 − t/E)^power + alpha: Keras's PolynomialDecay over all epochs, with alpha·learning_rate as its end.

    With a warm-up t and E count from its end.
    """

    word = "polynomial"

    power: Annotated[float, Field(gt=0, allow_inf_nan=False, description="1 falls evenly, more falls faster at first")] = 1.0
    alpha: Share = 0.0
    warmup: Warmup = 0.0

    @override
    def after_warmup(self, t: float, epochs: float) -> float:
        left = 1 - min(t / epochs, 1.0) if epochs else 0.0
        return (1 - self.alpha) * left**self.power + self.alpha


class Cosine(Schedule):
    """(1 − alpha)·(1 + cos(π·t/E))/2 + alpha: Keras's CosineDecay over all epochs.

    With a warm-up t and E count from its end, and the rate grows evenly from 0 before it, as Keras's does with
    initial_learning_rate=0 and warmup_target=learning_rate.
    """

    word = "cosine"

    warmup: Warmup = 0.0
    alpha: Share = 0.0

    @override
    def after_warmup(self, t: float, epochs: float) -> float:
        done = min(t / epochs, 1.0) if epochs else 1.0
        return (1 - self.alpha) * (1 + cos(pi * done)) / 2 + self.alpha


class OneCycle(Schedule):
    """From 1/div_factor up to 1 in the first ``pct_start`` of training, then down to 1/(div_factor·final_div_factor).

    Both ways along half a cosine: Torch's OneCycleLR with its names and defaults, the optimizer's ``learning_rate`` as
    max_lr; the momentum stays as it is. Torch reaches its ends in the last step of each way, this one at the end of it.

    Source: Smith and Topin 2018.
    """

    word = "one_cycle"

    pct_start: Annotated[float, Field(gt=0, lt=1, description="the share of training in which the rate grows")] = 0.3
    div_factor: Annotated[float, Field(ge=1, allow_inf_nan=False, description="the rate over that of the first step")] = 25.0
    final_div_factor: Annotated[
        float, Field(ge=1, allow_inf_nan=False, description="the rate of the first step over that of the last")
    ] = 1e4

    @override
    def after_warmup(self, t: float, epochs: float) -> float:
        low = 1 / self.div_factor
        share = min(t / epochs, 1.0) if epochs else 1.0
        if share <= self.pct_start:
            return _along_cosine(low, 1.0, share / self.pct_start)
        return _along_cosine(1.0, low / self.final_div_factor, (share - self.pct_start) / (1 - self.pct_start))


def _along_cosine(start: float, end: float, share: float) -> float:
    return end + (start - end) * (1 + cos(pi * share)) / 2


@cache
def schedules() -> dict[str, type[Choice]]:
    """Every accepted spelling of a schedule."""
    return spellings((Constant, Step, Exponential, Piecewise, Polynomial, Cosine, OneCycle))
