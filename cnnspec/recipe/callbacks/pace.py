"""LearningRateScheduler: a schedule that acts once an epoch."""

from typing import Annotated

from pydantic import AfterValidator, Field

from cnnspec.recipe.callback import Callback
from cnnspec.recipe.schedule import Schedule, ScheduleField
from cnnspec.schema.declaration import refuse


def _without_warmup(schedule: Schedule) -> Schedule:
    if schedule.warmup_epochs:
        help = f"write `schedule = {schedule.word}(warmup={schedule.warmup_epochs:g})` as a key: it acts before each step"
        raise refuse("a schedule without warm-up, of which an epoch would only see the start: a rate of 0", help=help)
    return schedule


class LearningRateScheduler(Callback):
    """Set the learning rate before every epoch: the optimizer's, times the schedule's factor.

    The recipe's key ``schedule`` does the same before every step, which is smoother. From Python the schedule may be any
    function of the epoch (from 0) and the rate before it.
    """

    word = "LearningRateScheduler"
    sets_learning_rate = True

    schedule: Annotated[
        ScheduleField, AfterValidator(_without_warmup), Field(description="step(every=3), exponential(0.9), piecewise(…), …")
    ]
