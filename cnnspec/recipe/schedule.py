"""What a recipe knows of schedules; the kinds are imported when a file names one.

A schedule is a factor of the optimizer's ``learning_rate``. t is how far training is, in epochs: before the first step 0,
after half of the first epoch 0.5.
"""

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from typing import Annotated, ClassVar

from typing_extensions import override

from cnnspec.recipe.family import member_of
from cnnspec.schema.choice import Choice


class Schedule(Choice):
    """A factor of the learning rate over the epochs."""

    #: Whether the rate stays as it is, so that callbacks may change it.
    still: ClassVar[bool] = False

    def factor(self, t: float, epochs: float) -> float:
        """The factor at t of so many epochs, warm-up included."""
        warmup = self.warmup_epochs
        return t / warmup if t < warmup else self.after_warmup(t - warmup, max(epochs - warmup, 0.0))

    def first_beyond(self, epochs: int) -> str | None:
        """What would only happen after so many epochs, as the subject of a sentence; None where there is nothing."""
        return f"the end of the warm-up, after {self.warmup_epochs:g}" if self.warmup_epochs >= epochs else None

    @property
    def warmup_epochs(self) -> float:
        """How long the rate grows from 0."""
        return float(getattr(self, "warmup", 0.0))

    @abstractmethod
    def after_warmup(self, t: float, epochs: float) -> float:
        """The factor at t of so many epochs, counted from the end of the warm-up."""

    def rates(self, learning_rate: float, epochs: int) -> Iterator[float]:
        """The learning rate at the start of each epoch."""
        return (learning_rate * self.factor(epoch, epochs) for epoch in range(epochs))


class Constant(Schedule):
    """1: the learning rate stays as it is."""

    word = "constant"
    still = True

    @override
    def after_warmup(self, t: float, epochs: float) -> float:
        return 1.0


def _kinds() -> Mapping[str, type[Choice]]:
    from cnnspec.recipe.schedules import schedules

    return schedules()


#: Field type of ``schedule``.
ScheduleField = Annotated[Schedule, member_of(_kinds, "a schedule")]
