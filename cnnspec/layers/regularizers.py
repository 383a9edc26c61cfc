"""Penalties on weights and outputs."""

from typing import Annotated

from pydantic import Field
from typing_extensions import override

from cnnspec.layers.weights import NonNegative, Regularizer


class L1(Regularizer):
    """λ·Σ|w|."""

    word = "l1"
    l1: Annotated[NonNegative, Field(description="λ")] = 0.01

    @property
    @override
    def strengths(self) -> tuple[float, float]:
        return self.l1, 0.0


class L2(Regularizer):
    """λ·Σw², not halved."""

    word = "l2"
    l2: Annotated[NonNegative, Field(description="λ")] = 0.01

    @property
    @override
    def strengths(self) -> tuple[float, float]:
        return 0.0, self.l2


class L1L2(Regularizer):
    """λ₁·Σ|w| + λ₂·Σw²; both numbers are needed (Keras's defaults of 0 would do nothing)."""

    word = "l1_l2"
    l1: Annotated[NonNegative, Field(description="λ₁")]
    l2: Annotated[NonNegative, Field(description="λ₂")]

    @property
    @override
    def strengths(self) -> tuple[float, float]:
        return self.l1, self.l2
