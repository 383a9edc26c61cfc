"""The losses of a recipe, with Keras's names and meanings.

Labels are integers; t is the row of a 1 and zeros that one stands for, or the label itself, 0 or 1, for a single unit. Every
loss is the mean over the samples of a batch. ``categorical_crossentropy`` takes one-hot targets as well. Without
``from_logits`` a network ends in probabilities; with a final softmax or sigmoid, training uses the fused form on the values
before it.
"""

from functools import cache
from typing import Annotated, ClassVar

from pydantic import Field
from typing_extensions import override

from cnnspec.recipe.family import member_of, spellings
from cnnspec.schema.choice import Choice

FromLogits = Annotated[bool, Field(description="the network ends in logits, not in probabilities")]
Smoothing = Annotated[float, Field(ge=0, lt=1, description="the share of a target that is spread evenly")]
Gamma = Annotated[float, Field(ge=0, allow_inf_nan=False, description="how much less easy samples count; 0: as much as others")]
Alpha = Annotated[float, Field(ge=0, le=1, description="the weight of the right class; 1 − alpha of the others, where balanced")]


class Loss(Choice):
    """A loss; ``activation`` is the final activation that it expects without ``from_logits``, "" for any."""

    activation: ClassVar[str] = ""

    @property
    def smoothing(self) -> float | None:
        """Its own ``label_smoothing``; None where it has no such argument."""
        found: object = getattr(self, "label_smoothing", None)
        return found if isinstance(found, float) else None

    @property
    def takes_logits(self) -> bool:
        """Whether the network's values are logits."""
        return bool(getattr(self, "from_logits", False))

    def fits_units(self, units: int, classes: int) -> bool:
        """Whether a network with so many output units can be trained on so many classes: one unit per class."""
        return units == classes


class CategoricalCrossentropy(Loss):
    """−log of the probability of the right class, for one unit per class.

    loss = −Σ_c t_c·log p_c; with ``from_logits`` p = softmax(z); with ``label_smoothing`` s of C classes
    t ← (1 − s)·t + s/C.
    """

    word = "categorical_crossentropy"
    activation = "softmax"

    from_logits: FromLogits = False
    label_smoothing: Smoothing = 0.0


class SparseCategoricalCrossentropy(Loss):
    """The same loss as :class:`CategoricalCrossentropy`, stated for integer labels."""

    word = "sparse_categorical_crossentropy"
    activation = "softmax"

    from_logits: FromLogits = False


class _BinaryLoss(Loss):
    """A loss that judges every unit by itself."""

    @override
    def fits_units(self, units: int, classes: int) -> bool:
        """One unit tells two classes apart; else one unit per class."""
        return units == classes or (units == 1 and classes == 2)


class BinaryCrossentropy(_BinaryLoss):
    """The mean of −t·log p − (1 − t)·log(1 − p) over the units: one unit for two classes, or one per class.

    With ``from_logits`` p = sigmoid(z); with ``label_smoothing`` s t ← (1 − s)·t + s/2.
    """

    word = "binary_crossentropy"
    activation = "sigmoid"

    from_logits: FromLogits = False
    label_smoothing: Smoothing = 0.0


class CategoricalFocalCrossentropy(Loss):
    """:class:`CategoricalCrossentropy` in which easy samples count less: −Σ_c alpha·(1 − p_c)^gamma·t_c·log p_c.

    Source: Lin et al. 2017.
    """

    word = "categorical_focal_crossentropy"
    activation = "softmax"

    alpha: Annotated[float, Field(ge=0, allow_inf_nan=False, description="a weight of all classes")] = 0.25
    gamma: Gamma = 2.0
    from_logits: FromLogits = False
    label_smoothing: Smoothing = 0.0


class BinaryFocalCrossentropy(_BinaryLoss):
    """:class:`BinaryCrossentropy` in which easy units count less: times (1 − q)^gamma, q = t·p + (1 − t)·(1 − p).

    With ``apply_class_balancing`` also times t·alpha + (1 − t)·(1 − alpha).

    Source: Lin et al. 2017.
    """

    word = "binary_focal_crossentropy"
    activation = "sigmoid"

    apply_class_balancing: Annotated[bool, Field(description="weigh the two sides by alpha and 1 − alpha")] = False
    alpha: Alpha = 0.25
    gamma: Gamma = 2.0
    from_logits: FromLogits = False
    label_smoothing: Smoothing = 0.0


class MeanSquaredError(_BinaryLoss):
    """The mean of (p − t)² over the units."""

    word = "mean_squared_error"


class MeanAbsoluteError(_BinaryLoss):
    """The mean of |p − t| over the units."""

    word = "mean_absolute_error"


class Huber(_BinaryLoss):
    """The mean over the units of e²/2 where |e| ≤ delta, else delta·|e| − delta²/2, with e = p − t."""

    word = "huber"

    delta: Annotated[float, Field(gt=0, allow_inf_nan=False, description="where the square gives way to a straight line")] = 1.0


class LogCosh(_BinaryLoss):
    """The mean of log cosh(p − t) over the units: about e²/2 for small errors, |e| − log 2 for large ones."""

    word = "log_cosh"


class Poisson(_BinaryLoss):
    """The mean of p − t·log(p + 10⁻⁷) over the units; p has to be positive."""

    word = "poisson"


class KLDivergence(Loss):
    """Σ_c t_c·log(t_c/p_c), both kept within 10⁻⁷ and 1."""

    word = "kl_divergence"


class Hinge(_BinaryLoss):
    """The mean of max(0, 1 − y·p) over the units, with y = 2t − 1, that is −1 or 1."""

    word = "hinge"


class SquaredHinge(_BinaryLoss):
    """The mean of max(0, 1 − y·p)² over the units, with y = 2t − 1, that is −1 or 1."""

    word = "squared_hinge"


class CategoricalHinge(Loss):
    """max(0, 1 + n − p) with the value p of the right class and the greatest n of the others, no less than 0."""

    word = "categorical_hinge"


class CosineSimilarity(Loss):
    """−Σ_c t_c·p_c/‖p‖: −1 where the outputs point at the right class."""

    word = "cosine_similarity"


@cache
def losses() -> dict[str, type[Choice]]:
    """Every accepted spelling of a loss."""
    classes = (
        CategoricalCrossentropy, SparseCategoricalCrossentropy, BinaryCrossentropy, CategoricalFocalCrossentropy,
        BinaryFocalCrossentropy, MeanSquaredError, MeanAbsoluteError, Huber, LogCosh, Poisson, KLDivergence, Hinge,
        SquaredHinge, CategoricalHinge, CosineSimilarity,
    )  # fmt: skip
    return spellings(classes, {"mse": MeanSquaredError, "mae": MeanAbsoluteError, "logcosh": LogCosh, "kld": KLDivergence})


#: Field type of ``loss``.
LossField = Annotated[Loss, member_of(losses, "a loss")]
