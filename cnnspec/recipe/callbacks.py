"""What happens around training: Keras's callbacks with their arguments and defaults."""

from functools import cache
from typing import Annotated, Literal

from pydantic import Field

from cnnspec.recipe.callback import Callback
from cnnspec.recipe.family import spellings
from cnnspec.schema.choice import Choice
from cnnspec.schema.declaration import Text

Monitor = Annotated[str, Field(description="the figure that is watched: loss, accuracy, val_loss, …")]
Mode = Annotated[Literal["auto", "min", "max"], Field(description="whether smaller or greater is better; auto knows")]


class EarlyStopping(Callback):
    """Stop when the monitored figure has not improved by more than ``min_delta`` for ``patience`` epochs."""

    word = "EarlyStopping"

    monitor: Monitor = "val_loss"
    min_delta: Annotated[float, Field(allow_inf_nan=False, description="the least change that counts")] = 0.0
    patience: Annotated[int, Field(ge=0, description="epochs without improvement before the end")] = 0
    mode: Mode = "auto"
    baseline: Annotated[float | None, Field(description="a value that has to be beaten")] = None
    restore_best_weights: Annotated[bool, Field(description="end with the weights of the best epoch")] = False
    start_from_epoch: Annotated[int, Field(ge=0, description="epochs to wait before watching")] = 0


class ModelCheckpoint(Callback):
    """Save the model (or its weights) after every epoch or number of batches, or only when the monitored figure is best.

    ``path`` is inside the run's folder and may hold ``{epoch}`` and metrics, ``{val_loss:.2f}``.
    """

    word = "ModelCheckpoint"
    aliases = {"filepath": "path"}

    path: Annotated[Text, Field(min_length=1, description="file name in the run's folder")]
    monitor: Monitor = "val_loss"
    save_best_only: Annotated[bool, Field(description="keep only the best by the monitored figure")] = False
    save_weights_only: Annotated[bool, Field(description="leave out the optimizer's state")] = False
    mode: Mode = "auto"
    save_freq: Annotated[Literal["epoch"] | Annotated[int, Field(ge=1)], Field(description="epoch, or a number of batches")] = (
        "epoch"
    )
    initial_value_threshold: Annotated[float | None, Field(description="a value that the first save has to beat")] = None


class CSVLogger(Callback):
    """Write a row of figures per epoch to a file of its own in the run's folder."""

    word = "CSVLogger"
    aliases = {"filename": "path"}

    path: Annotated[Text, Field(min_length=1, description="file name in the run's folder")]
    separator: Annotated[Text, Field(min_length=1, max_length=1, description="one character between the columns")] = ","
    append: Annotated[bool, Field(description="go on in the file where there is one")] = False


class TerminateOnNaN(Callback):
    """Stop when a batch's loss is not a finite number. It is on in every run, stated or not."""

    word = "TerminateOnNaN"


@cache
def callbacks() -> dict[str, type[Choice]]:
    """Every accepted spelling of a callback."""
    return spellings((EarlyStopping, ModelCheckpoint, CSVLogger, TerminateOnNaN), {"terminate_on_nan": TerminateOnNaN})


def direction(monitor: str, mode: str = "auto") -> Literal["min", "max"]:
    """Whether a smaller or a greater value of the monitored figure is the better one."""
    if mode in ("min", "max"):
        return "min" if mode == "min" else "max"
    return "min" if monitor.removeprefix("val_") == "loss" else "max"
