"""Average pooling, along 1, 2 or 3 axes."""

from typing import Annotated

from pydantic import Field
from typing_extensions import override

from cnnspec.layers.arguments import DataFormat
from cnnspec.layers.arithmetic import product
from cnnspec.layers.base import Facts
from cnnspec.layers.conv import Padding
from cnnspec.layers.pooling import CeilMode, Pool, PoolSize, PoolStrides
from cnnspec.layers.shape import Shape
from cnnspec.layers.upkeep import Array, Kept, Operations, count_values, taps_of
from cnnspec.record import replace


class AvgPool(Pool):
    """The mean of each window; padding is left out of sum and divisor unless ``count_include_pad``."""

    linear = True

    pool_size: PoolSize
    strides: PoolStrides = None
    padding: Padding = "valid"
    data_format: DataFormat = None
    ceil_mode: CeilMode = False
    count_include_pad: Annotated[bool, Field(description="whether padding counts in the divisor; an extension")] = False

    @override
    def operations(self, facts: Facts, *inputs: Shape) -> tuple[Operations, ...]:
        values = count_values(facts.output)
        return (Operations("additions and a division", values * taps_of(self.pool_size, values)),)

    @override
    def keeps(self, facts: Facts, *inputs: Shape) -> Kept:
        fits = zip(inputs[0].extents, self.pool_size, strict=True)
        roomy = self.rank < 3 or all(isinstance(n, int) and n >= k for n, k in fits)  # of a smaller volume Torch wants a copy
        kept = self.keeps_padded(inputs[0], hang=not self.count_include_pad, roomy=roomy)
        if not kept.arrays:
            return kept
        positions = product(facts.output.extents)
        return replace(kept, arrays=(*kept.arrays, Array("what of a window is padding", positions, batched=False)))

    @override
    def incompatible(self) -> tuple[str, ...]:
        return (
            *super().incompatible(),
            *(("count_include_pad",) if self.count_include_pad else ()),
            *(("a default of pool_size",) if "pool_size" not in self.model_fields_set else ()),
        )


class AvgPool1D(AvgPool):
    """Average pooling along a sequence."""

    kind = "AvgPool1D"
    rank = 1

    pool_size: PoolSize = (2,)


class AvgPool2D(AvgPool):
    """Average pooling over an image."""

    kind = "AvgPool2D"
    rank = 2

    pool_size: PoolSize = (2, 2)


class AvgPool3D(AvgPool):
    """Average pooling over a volume."""

    kind = "AvgPool3D"
    rank = 3

    pool_size: PoolSize = (2, 2, 2)
