"""Layers that act in training only."""

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field, field_validator
from typing_extensions import override

from cnnspec.layers.arguments import DataFormat, is_integer
from cnnspec.layers.arithmetic import Size, product
from cnnspec.layers.axes import axis_name
from cnnspec.layers.base import Facts, Layer, LayerError
from cnnspec.layers.shape import Shape
from cnnspec.layers.spatial import SpatialLayer
from cnnspec.layers.upkeep import NOTHING_KEPT, Array, Kept
from cnnspec.schema.declaration import refuse

if TYPE_CHECKING:
    from cnnspec.layers.requirement import Requirement

Rate = Annotated[float, Field(ge=0, le=1, description="share that is set to zero; the rest grows by 1/(1 − rate)")]
Seed = Annotated[int | None, Field(ge=0, le=2**63 - 1, description="seed of this layer alone; none: drawn from the run's seed")]


class TrainingOnly(Layer):
    """A layer that is the identity outside of training."""

    family = "regularisation"
    linear = True

    @override
    def keeps(self, facts: Facts, *inputs: Shape) -> Kept:
        return NOTHING_KEPT

    @override
    def is_view(self, *, training: bool) -> bool:
        return not training


def keep_mask(rate: float, elements: Size, *, batched: bool = True) -> Kept:
    """The decisions of a dropout, each a number; a GPU may keep them as bytes."""
    return Kept(arrays=(Array("mask", elements, batched=batched),)) if rate else NOTHING_KEPT


class Dropout(TrainingOnly):
    """Sets a random share of the values to zero while training (Srivastava et al. 2014)."""

    kind = "Dropout"
    drops_values = True

    rate: Rate
    noise_shape: Annotated[
        tuple[int | None, ...] | None,
        Field(description="extents of the random mask with the batch first; 1: the same along that axis, none: its own extent"),
    ] = None
    seed: Seed = None

    @field_validator("noise_shape", mode="before")
    @classmethod
    def _check_noise(cls, value: object) -> object:
        if value is None:
            return None
        items: list[Any] = list(value) if isinstance(value, (tuple, list)) else []  # type: ignore[arg-type]
        if not items or not all(item is None or (is_integer(item) and item >= 1) for item in items):
            raise refuse("a list of integers of at least 1 and none, the batch first: [none, 1, 64]")
        return tuple(items)

    @override
    def facts(self, *inputs: Shape) -> Facts:
        shape, noise = inputs[0], self.noise_shape
        if noise is None:
            return Facts(shape)
        if len(noise) != len(shape.dims) + 1 or noise[0] not in (None, 1):
            raise self._mismatch(noise, shape)
        own = [(at, n) for at, n in enumerate(noise[1:]) if n is not None and n not in (1, shape.dims[at])]
        if any(isinstance(shape.dims[at], int) for at, _ in own):
            raise self._mismatch(noise, shape)
        return Facts(shape, requires=self._requirements(own, shape) if own else ())

    @staticmethod
    def _requirements(own: list[tuple[int, int]], shape: Shape) -> "tuple[Requirement, ...]":
        """That open extents are those of the mask."""
        from cnnspec.layers.requirement import Requirement

        return tuple(Requirement(shape.dims[at], "=", n, axis_name(at, shape.rank)) for at, n in own)

    def _mismatch(self, noise: tuple[int | None, ...], shape: Shape) -> LayerError:
        shown = "[" + ", ".join("none" if n is None else str(n) for n in noise) + "]"
        return LayerError("noise-shape-mismatch", "noise_shape", layer=self.kind, noise=shown, shape=str(shape))

    @override
    def keeps(self, facts: Facts, *inputs: Shape) -> Kept:
        noise = (None,) * (inputs[0].rank + 2) if self.noise_shape is None else self.noise_shape
        mask = [n if own is None else own for n, own in zip(inputs[0].dims, noise[1:], strict=True)]
        return keep_mask(self.rate, product(mask), batched=noise[0] is None)

    @override
    def is_view(self, *, training: bool) -> bool:
        return not training or not self.rate

    @override
    def summary(self) -> str:
        return f"{self.rate:g}"


class SpatialDropout(TrainingOnly, SpatialLayer):
    """Sets whole channels to zero while training (Tompson et al. 2015)."""

    drops_values = True

    rate: Rate

    @override
    def facts(self, *inputs: Shape) -> Facts:
        self.check_rank(inputs[0])
        return Facts(inputs[0])

    @override
    def keeps(self, facts: Facts, *inputs: Shape) -> Kept:
        return keep_mask(self.rate, inputs[0].channels)

    @override
    def is_view(self, *, training: bool) -> bool:
        return not training or not self.rate

    @override
    def summary(self) -> str:
        return f"{self.rate:g}"


class SpatialDropout1D(SpatialDropout):
    """Dropout of whole channels of a sequence."""

    kind = "SpatialDropout1D"
    rank = 1

    seed: Seed = None


class SpatialDropout2D(SpatialDropout):
    """Dropout of whole channels of an image."""

    kind = "SpatialDropout2D"
    rank = 2

    data_format: DataFormat = None
    seed: Seed = None


class SpatialDropout3D(SpatialDropout):
    """Dropout of whole channels of a volume."""

    kind = "SpatialDropout3D"
    rank = 3

    data_format: DataFormat = None
    seed: Seed = None
