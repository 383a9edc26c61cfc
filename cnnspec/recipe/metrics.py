"""What is measured besides the loss."""

from functools import cache
from typing import Annotated

from pydantic import Field
from typing_extensions import override

from cnnspec.recipe.family import member_of, spellings
from cnnspec.schema.choice import Choice


class Metric(Choice):
    """A measured figure; ``name`` is its column in tables and what a ``monitor`` or claim calls it."""

    @property
    def name(self) -> str:
        """The column's name."""
        return self.word


class Accuracy(Metric):
    """The share of samples whose greatest output is the right class (one unit: on the right side of one half)."""

    word = "accuracy"


class TopK(Metric):
    """The share of samples whose right class is among the k greatest outputs; its column is ``top_5`` for k = 5."""

    word = "top_k"

    k: Annotated[int, Field(ge=1, description="how many guesses count")] = 5

    @property
    @override
    def name(self) -> str:
        """``top_5``."""
        return f"top_{self.k}"


@cache
def metrics() -> dict[str, type[Choice]]:
    """Every accepted spelling of a metric."""
    return spellings((Accuracy, TopK), {"TopKCategoricalAccuracy": TopK})


#: Field type of an item of ``metrics``.
MetricField = Annotated[Metric, member_of(metrics, "a metric")]
