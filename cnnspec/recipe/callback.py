"""What a recipe knows of callbacks; the kinds are imported when a file names one."""

from collections.abc import Mapping
from typing import Annotated, ClassVar

from cnnspec.recipe.family import member_of
from cnnspec.schema.choice import Choice

#: A file never names code, so this one exists from Python only.
PYTHON_CALLBACKS = ("LambdaCallback",)


class Callback(Choice):
    """Something that acts at the ends of batches and epochs.

    A kind says what it depends on, so that `check` judges it before anything runs.
    """

    #: Whether it changes the learning rate, which a schedule sets anew before each step.
    sets_learning_rate: ClassVar[bool] = False

    #: Whether it needs averaged weights: the recipe's ``ema``.
    needs_average: ClassVar[bool] = False

    #: The package that it needs besides those of training, which is also the name of the extra that brings it; "" for none.
    extra: ClassVar[str] = ""

    def watches(self) -> tuple[str, ...]:
        """The figures that it cannot do without."""
        return ()

    def acts_between_epochs(self) -> bool:
        """Whether it looks at figures after steps, where those of validation are not known yet."""
        return False

    def writes(self) -> tuple[str, ...]:
        """The files and folders that it writes, as paths in the run's folder that may hold ``{epoch}`` and figures."""
        return ()

    def sends_to(self) -> str | None:
        """The address that it sends figures to; None for a callback that stays on this machine."""
        return None


def _kinds() -> Mapping[str, type[Choice]]:
    from cnnspec.recipe.callbacks import callbacks

    return callbacks()


#: Field type of an item of ``callbacks``.
CallbackField = Annotated[Callback, member_of(_kinds, "a callback")]
