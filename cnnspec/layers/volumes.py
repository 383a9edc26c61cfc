"""Convolution and max pooling along sequences and over volumes: the ranks that few files use."""

from typing import Annotated, Literal

from pydantic import Field

from cnnspec.layers.arguments import Pairs
from cnnspec.layers.conv import Conv, DilationRate, Strides
from cnnspec.layers.pooling import MaxPool, PoolSize

CausalPadding = Annotated[
    Literal["valid", "same", "causal"] | Pairs,
    Field(description="valid: none; same: output ⌈n/s⌉; causal: (k − 1)·d before; or numbers, an extension"),
]


class Conv1D(Conv):
    """Convolution along a sequence."""

    kind = "Conv1D"
    rank = 1

    strides: Strides = (1,)
    padding: CausalPadding = "valid"  # pyright: ignore[reportIncompatibleVariableOverride]  # one word more
    dilation_rate: DilationRate = (1,)


class Conv3D(Conv):
    """Convolution over a volume."""

    kind = "Conv3D"
    rank = 3

    strides: Strides = (1, 1, 1)
    dilation_rate: DilationRate = (1, 1, 1)


class MaxPool1D(MaxPool):
    """Max pooling along a sequence."""

    kind = "MaxPool1D"
    rank = 1

    pool_size: PoolSize = (2,)


class MaxPool3D(MaxPool):
    """Max pooling over a volume."""

    kind = "MaxPool3D"
    rank = 3

    pool_size: PoolSize = (2, 2, 2)
