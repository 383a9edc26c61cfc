"""What weights are made to fulfil after every step."""

from typing import Annotated, Any, Self, cast

from pydantic import BeforeValidator, Field, model_validator

from cnnspec.layers.weights import Constraint, NonNegative
from cnnspec.schema.declaration import refuse


def _as_axes(value: Any) -> Any:
    if isinstance(value, int) and not isinstance(value, bool):
        return (value,)
    return tuple(cast("list[object]", value)) if isinstance(value, list) else value


#: Axes of Keras's layout over which a norm is taken.
NormAxes = Annotated[
    tuple[int, ...], BeforeValidator(_as_axes), Field(min_length=1, description="axes of the array the norm is taken over")
]


class MaxNorm(Constraint):
    """Norms are at most ``max_value``."""

    word = "max_norm"
    max_value: Annotated[float, Field(gt=0, allow_inf_nan=False, description="greatest norm")] = 2.0
    axis: NormAxes = (0,)


class NonNeg(Constraint):
    """Negative weights become zero."""

    word = "non_neg"


class UnitNorm(Constraint):
    """Norms are one."""

    word = "unit_norm"
    axis: NormAxes = (0,)


class MinMaxNorm(Constraint):
    """Norms are drawn into [min_value, max_value], by the share ``rate`` of the way."""

    word = "min_max_norm"
    min_value: Annotated[NonNegative, Field(description="least norm")] = 0.0
    max_value: Annotated[float, Field(gt=0, allow_inf_nan=False, description="greatest norm")] = 1.0
    rate: Annotated[float, Field(gt=0, le=1, description="share of the way that is gone at each step")] = 1.0
    axis: NormAxes = (0,)

    @model_validator(mode="after")
    def _check_order(self) -> Self:
        if self.min_value > self.max_value:
            raise refuse(f"at least min_value, {self.min_value:g}", others=("min_value",), argument="max_value")
        return self
