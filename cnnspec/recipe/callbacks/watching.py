"""Callbacks that watch a figure."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field
from typing_extensions import override

from cnnspec.recipe.callback import Callback
from cnnspec.recipe.metrics import falls
from cnnspec.schema.declaration import Text, refuse

Monitor = Annotated[str, Field(description="the figure that is watched: loss, accuracy, val_loss, …")]
Mode = Annotated[Literal["auto", "min", "max"], Field(description="whether smaller or greater is better; auto knows")]
SaveFreq = Annotated[Literal["epoch"] | Annotated[int, Field(ge=1)], Field(description="epoch, or a number of batches")]

#: What checkpoints end in.
SUFFIX = ".safetensors"


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

    @override
    def watches(self) -> tuple[str, ...]:
        return (self.monitor,)


class ModelCheckpoint(Callback):
    """Save the model (or its weights) after every epoch or number of batches, or only when the monitored figure is best.

    ``path`` is inside the run's folder and may hold ``{epoch}`` and metrics, ``{val_loss:.2f}``; between epochs also
    ``{batch}``.
    """

    word = "ModelCheckpoint"
    aliases = {"filepath": "path"}

    path: Annotated[Text, Field(min_length=1, description="file name in the run's folder")]
    monitor: Monitor = "val_loss"
    save_best_only: Annotated[bool, Field(description="keep only the best by the monitored figure")] = False
    save_weights_only: Annotated[bool, Field(description="leave out the optimizer's state")] = False
    mode: Mode = "auto"
    save_freq: SaveFreq = "epoch"
    initial_value_threshold: Annotated[float | None, Field(description="a value that the first save has to beat")] = None

    @override
    def watches(self) -> tuple[str, ...]:
        # One that keeps everything only watches what is stated.
        return (self.monitor,) if self.save_best_only or "monitor" in self.model_fields_set else ()

    @override
    def acts_between_epochs(self) -> bool:
        return self.save_freq != "epoch"

    @override
    def writes(self) -> tuple[str, ...]:
        return (self.path if self.path.endswith(SUFFIX) else f"{self.path}{SUFFIX}",)


def _below_one(value: object) -> object:
    if isinstance(value, (int, float)) and not isinstance(value, bool) and not 0 <= value < 1:
        raise refuse("a number from 0 and below 1", help="the learning rate is multiplied by it: 0.1 makes a tenth of it")
    return value


class ReduceLROnPlateau(Callback):
    """Multiply the learning rate by ``factor`` when the monitored figure has not improved for ``patience`` epochs."""

    word = "ReduceLROnPlateau"
    sets_learning_rate = True

    monitor: Monitor = "val_loss"
    factor: Annotated[float, BeforeValidator(_below_one), Field(description="what the learning rate is multiplied by")] = 0.1
    patience: Annotated[int, Field(ge=0, description="epochs without improvement before it is reduced")] = 10
    mode: Mode = "auto"
    min_delta: Annotated[float, Field(allow_inf_nan=False, description="the least change that counts")] = 1e-4
    cooldown: Annotated[int, Field(ge=0, description="epochs to wait after a reduction")] = 0
    min_lr: Annotated[float, Field(ge=0, allow_inf_nan=False, description="it is never made smaller than this")] = 0.0

    @override
    def watches(self) -> tuple[str, ...]:
        return (self.monitor,)


def direction(monitor: str, mode: str = "auto") -> Literal["min", "max"]:
    """Whether a smaller or a greater value of the monitored figure is the better one."""
    if mode in ("min", "max"):
        return "min" if mode == "min" else "max"
    return "min" if falls(monitor) else "max"
