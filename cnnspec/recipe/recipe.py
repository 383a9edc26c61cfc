"""A recipe: everything a run needs besides the network, as a frozen declaration."""

from typing import Annotated, ClassVar, Literal, cast

from pydantic import BeforeValidator, Field

from cnnspec.recipe.augmentation import AugmentationField
from cnnspec.recipe.callback import CallbackField
from cnnspec.recipe.data import DataField
from cnnspec.recipe.losses import Loss, LossField
from cnnspec.recipe.metrics import Accuracy, Metric, MetricField
from cnnspec.recipe.optimizers import OptimizerField
from cnnspec.recipe.schedule import Constant, Schedule, ScheduleField
from cnnspec.schema.declaration import Declaration, refuse


def _count_or_fraction(value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, (int, float, type(None))):
        raise refuse("none, a number of samples, or a fraction between 0 and 1")
    if isinstance(value, int) and value < 1:
        raise refuse("none, a number of samples from 1, or a fraction between 0 and 1")
    if isinstance(value, float) and not 0 < value < 1:
        raise refuse("none, a whole number of samples, or a fraction between 0 and 1")
    return value


def _height_and_width(value: object) -> object:
    """``32`` means 32×32."""
    if isinstance(value, int) and not isinstance(value, bool):
        return (value, value)
    if value is not None and not (isinstance(value, tuple) and len(cast("tuple[object, ...]", value)) == 2):
        raise refuse("none or height and width, such as 32x32")
    return cast("object", value)


def _word_none(value: object) -> object:
    """In a file ``none`` is a value of its own; from Python the word is accepted too."""
    return None if value == "none" else value


# Built without validation, so that importing a recipe builds no validator.
METRICS: tuple[Metric, ...] = (Accuracy.model_construct(),)
SCHEDULE: Schedule = Constant.model_construct()

Side = Annotated[int, Field(ge=1, le=4096)]


class Recipe(Declaration):
    """What ``train Model { … }`` states; the keys in the order in which a file is usually written.

    Images are resized first, then padded with zeros, those to train on then augmented, then normalised.
    """

    #: What must be stated.
    required: ClassVar[tuple[str, ...]] = ("data", "loss", "optimizer", "epochs")

    data: Annotated[DataField, Field(description="mnist, fashion_mnist, kmnist, digits, images(…) or npz(…)")]
    validation: Annotated[
        int | float | None,
        BeforeValidator(_count_or_fraction),
        Field(description="the last n samples of the training set, or a fraction of it, kept to validate"),
    ] = None
    normalize: Annotated[
        Literal["unit", "standard"] | None,
        BeforeValidator(_word_none),
        Field(description="unit x/255; standard (x − mean)/std; none"),
    ] = "unit"
    resize: Annotated[
        tuple[Side, Side] | None, BeforeValidator(_height_and_width), Field(description="height and width, bilinear")
    ] = None
    pad: Annotated[int, Field(ge=0, le=1024, description="zeros around each image: 2 makes 28×28 into 32×32")] = 0
    augment: Annotated[
        tuple[AugmentationField, ...], Field(description="how training images are changed at random, in this order")
    ] = ()
    loss: LossField
    optimizer: OptimizerField
    schedule: Annotated[ScheduleField, Field(description="how the learning rate changes while training goes on")] = SCHEDULE
    metrics: Annotated[tuple[MetricField, ...], Field(description="what is measured besides the loss")] = METRICS
    epochs: Annotated[int, Field(ge=1, description="passes over the training set")]
    batch_size: Annotated[int, Field(ge=1, description="samples per step")] = 32
    seed: Annotated[int, Field(ge=0, lt=2**63, description="of weights, order and dropout")] = 0
    precision: Annotated[
        Literal["float32", "bfloat16", "float16"],
        Field(description="in which convolutions and products are computed; weights and losses stay float32"),
    ] = "float32"
    sync_batch_norm: Annotated[
        bool, Field(description="with several processes, batch statistics of the whole batch and not of each share")
    ] = False
    clip_norm: Annotated[
        Annotated[float, Field(gt=0, allow_inf_nan=False)] | None,
        BeforeValidator(_word_none),
        Field(description="the greatest norm of all gradients together; longer ones are shortened to it"),
    ] = None
    label_smoothing: Annotated[
        float, Field(ge=0, lt=1, description="the share of a target that is spread evenly over all classes")
    ] = 0.0
    ema: Annotated[
        Annotated[float, Field(gt=0, lt=1)] | None,
        BeforeValidator(_word_none),
        Field(description="average of the weights: a ← ema·a + (1 − ema)·w after each step, tested in the end in their place"),
    ] = None
    callbacks: Annotated[tuple[CallbackField, ...], Field(description="what happens around training")] = ()

    @property
    def validates(self) -> bool:
        """Whether part of the training set is kept to validate."""
        return self.validation is not None

    @property
    def metric_names(self) -> tuple[str, ...]:
        """The figures of a run by name, those of validation with ``val_``."""
        names = ("loss", *(metric.name for metric in self.metrics))
        return (*names, *(f"val_{name}" for name in names)) if self.validates else names

    @property
    def smoothed_loss(self) -> Loss:
        """The loss with the recipe's ``label_smoothing``."""
        return self.loss.model_copy(update={"label_smoothing": self.label_smoothing}) if self.label_smoothing else self.loss

    def validation_size(self, samples: int) -> int:
        """How many of the training set's last samples validate: n itself, or ⌊samples·fraction⌉ for a fraction."""
        if self.validation is None:
            return 0
        return self.validation if isinstance(self.validation, int) else round(samples * self.validation)
