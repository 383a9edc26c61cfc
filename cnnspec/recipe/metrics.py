"""What is measured besides the loss, with Keras's names and meanings.

t is the row of a 1 and zeros that a label stands for, or the label itself for a single unit; p are the network's
probabilities, also where it ends in logits.
"""

from functools import cache
from typing import Annotated, ClassVar, Literal

from pydantic import Field
from typing_extensions import override

from cnnspec.recipe.family import member_of, spellings
from cnnspec.schema.choice import Choice

Threshold = Annotated[float, Field(ge=0, lt=1, description="a probability above it says yes")]
ClassId = Annotated[int | None, Field(ge=0, description="the one class that counts; all of them without it")]


class Metric(Choice):
    """A measured figure; ``name`` is its column in tables and what a ``monitor`` or claim calls it."""

    #: Whether smaller values are better.
    falls: ClassVar[bool] = False

    @property
    def name(self) -> str:
        """The column's name."""
        return self.word

    def misfit(self, units: int | None, classes: int | None) -> str | None:
        """Why it says nothing for so many output units and classes, as a sentence; None where it does."""
        return None


class Accuracy(Metric):
    """The share of samples whose greatest output is the right class (one unit: on the right side of one half)."""

    word = "accuracy"


class BinaryAccuracy(Metric):
    """The share of units on the right side of the threshold, over all samples and units."""

    word = "binary_accuracy"

    threshold: Threshold = 0.5


class TopK(Metric):
    """The share of samples whose right class is among the k greatest outputs; its column is ``top_5`` for k = 5."""

    word = "top_k"

    k: Annotated[int, Field(ge=1, description="how many guesses count")] = 5

    @property
    @override
    def name(self) -> str:
        """``top_5``."""
        return f"top_{self.k}"

    @override
    def misfit(self, units: int | None, classes: int | None) -> str | None:
        if units is None or self.k < units or (self.k == 1 and units > 1):
            return None
        return f"the right one of {units:,} unit{'s' if units != 1 else ''} is always among the {self.k:,} greatest"


class _OfClass(Metric):
    """A metric of all classes together, or of one."""

    @property
    @override
    def name(self) -> str:
        """``precision``, or ``precision_3`` for class 3."""
        class_id: object = getattr(self, "class_id", None)
        return self.word if class_id is None else f"{self.word}_{class_id}"

    @override
    def misfit(self, units: int | None, classes: int | None) -> str | None:
        class_id: object = getattr(self, "class_id", None)
        if units is None or not isinstance(class_id, int) or class_id < units:
            return None
        return f"there is no class {class_id:,}: the {units:,} units are numbered from 0"


class Precision(_OfClass):
    """Of the units that say yes (p above the threshold), the share that is right; 0 where none says yes."""

    word = "precision"

    threshold: Threshold = 0.5
    class_id: ClassId = None


class Recall(_OfClass):
    """Of the units that should say yes, the share that does (p above the threshold)."""

    word = "recall"

    threshold: Threshold = 0.5
    class_id: ClassId = None


class F1Score(Metric):
    """2·precision·recall/(precision + recall) of each class, by its greatest output or, with a threshold, by that.

    ``macro`` is the mean over the classes, ``weighted`` that by how often they occur, ``micro`` counts all units together.
    """

    word = "f1_score"

    average: Annotated[Literal["macro", "micro", "weighted"], Field(description="how classes are put together")] = "macro"
    threshold: Annotated[float | None, Field(gt=0, le=1, description="a probability above it says yes")] = None

    @override
    def misfit(self, units: int | None, classes: int | None) -> str | None:
        if units != 1 or self.threshold is not None:
            return None
        return "a single unit is always the greatest: f1_score(threshold=0.5) judges it by its probability"


class MeanSquaredError(Metric):
    """The mean of (p − t)² over all samples and units."""

    word = "mean_squared_error"
    falls = True


class MeanAbsoluteError(Metric):
    """The mean of |p − t| over all samples and units."""

    word = "mean_absolute_error"
    falls = True


class RootMeanSquaredError(Metric):
    """The root of the mean of (p − t)² over all samples and units."""

    word = "root_mean_squared_error"
    falls = True


@cache
def metrics() -> dict[str, type[Choice]]:
    """Every accepted spelling of a metric."""
    classes = (
        Accuracy, BinaryAccuracy, TopK, Precision, Recall, F1Score, MeanSquaredError, MeanAbsoluteError, RootMeanSquaredError,
    )  # fmt: skip
    more = {"TopKCategoricalAccuracy": TopK, "f1": F1Score, "mse": MeanSquaredError, "mae": MeanAbsoluteError}
    return spellings(classes, {**more, "rmse": RootMeanSquaredError})


def falls(name: str) -> bool:
    """Whether smaller values of a figure of a run are better: of the loss, and of errors."""
    plain = name.removeprefix("val_").removeprefix("train_")
    found = metrics().get(plain)
    return plain == "loss" or (found is not None and issubclass(found, Metric) and found.falls)


#: Field type of an item of ``metrics``.
MetricField = Annotated[Metric, member_of(metrics, "a metric")]
