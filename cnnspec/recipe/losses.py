"""The losses of a recipe, with Keras's names and meanings.

Labels are integers; ``categorical_crossentropy`` takes one-hot targets as well. Without ``from_logits`` a network ends
in probabilities; with a final softmax or sigmoid, training uses the fused form on the values before it.
"""

from functools import cache
from typing import Annotated, ClassVar

from pydantic import Field
from typing_extensions import override

from cnnspec.recipe.family import member_of, spellings
from cnnspec.schema.choice import Choice

FromLogits = Annotated[bool, Field(description="the network ends in logits, not in probabilities")]


class Loss(Choice):
    """A loss; ``activation`` is the final activation that it expects without ``from_logits``, "" for any."""

    activation: ClassVar[str] = ""

    @property
    def takes_logits(self) -> bool:
        """Whether the network's values are logits."""
        return bool(getattr(self, "from_logits", False))

    def fits_units(self, units: int, classes: int) -> bool:
        """Whether a network with so many output units can be trained on so many classes: one unit per class."""
        return units == classes


class CategoricalCrossentropy(Loss):
    """−log of the probability of the right class, for one unit per class.

    loss = −Σ_c t_c·log p_c with one-hot t; with ``from_logits`` p = softmax(z).
    """

    word = "categorical_crossentropy"
    activation = "softmax"

    from_logits: FromLogits = False


class SparseCategoricalCrossentropy(Loss):
    """The same loss as :class:`CategoricalCrossentropy`, stated for integer labels."""

    word = "sparse_categorical_crossentropy"
    activation = "softmax"

    from_logits: FromLogits = False


class BinaryCrossentropy(Loss):
    """The mean of −t·log p − (1 − t)·log(1 − p) over the units: one unit for two classes, or one per class.

    With ``from_logits`` p = sigmoid(z).
    """

    word = "binary_crossentropy"
    activation = "sigmoid"

    from_logits: FromLogits = False

    @override
    def fits_units(self, units: int, classes: int) -> bool:
        """One unit tells two classes apart; else one unit per class."""
        return units == classes or (units == 1 and classes == 2)


class MeanSquaredError(Loss):
    """The mean of (p − t)² over the units, with one-hot t; a single unit is compared with the label, 0 or 1."""

    word = "mean_squared_error"

    @override
    def fits_units(self, units: int, classes: int) -> bool:
        """One unit tells two classes apart; else one unit per class."""
        return units == classes or (units == 1 and classes == 2)


@cache
def losses() -> dict[str, type[Choice]]:
    """Every accepted spelling of a loss."""
    classes = (CategoricalCrossentropy, SparseCategoricalCrossentropy, BinaryCrossentropy, MeanSquaredError)
    return spellings(classes, {"mse": MeanSquaredError})


#: Field type of ``loss``.
LossField = Annotated[Loss, member_of(losses, "a loss")]
