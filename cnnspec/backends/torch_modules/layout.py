"""Keras's order of axes and Torch's: arrays of weights, axes of values, channels last and channels first."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

from torch import Tensor


@dataclass(frozen=True, slots=True)
class Layout:
    """How an array in Keras's layout lies in a Torch tensor: its axes permuted, then joined.

    Attributes:
        keras: the shape in Keras's layout, (kh, kw, in, filters) for a Conv2D.
        axes: Keras's axes in Torch's order, (3, 2, 0, 1) for a Conv2D.
        torch: the shape in Torch's layout, (filters, in, kh, kw).
    """

    keras: tuple[int, ...]
    axes: tuple[int, ...]
    torch: tuple[int, ...]

    @classmethod
    def of(cls, shape: tuple[int, ...], axes: tuple[int, ...] | None = None, joined: tuple[int, ...] | None = None) -> Layout:
        """The layout of an array of this shape; without axes they keep their order."""
        order = tuple(range(len(shape))) if axes is None else axes
        permuted = tuple(shape[axis] for axis in order)
        found = permuted if joined is None else joined
        if prod(found) != prod(shape):
            raise ValueError(f"{shape} does not lie in {found}")
        return cls(shape, order, found)

    def to_torch(self, array: Tensor) -> Tensor:
        """The array, in Keras's layout, as Torch wants it."""
        return array.permute(self.axes).reshape(self.torch)

    def to_keras(self, tensor: Tensor) -> Tensor:
        """The tensor, in Torch's layout, as Keras has it."""
        inverse = sorted(range(len(self.axes)), key=self.axes.__getitem__)
        return tensor.reshape([self.keras[axis] for axis in self.axes]).permute(inverse)


def kernel_axes(rank: int) -> tuple[int, ...]:
    """Last axis, last but one, then the spatial ones: (k…, in, filters) → (filters, in, k…)."""
    return (rank + 1, rank, *range(rank))


def torch_axis(axis: int, rank: int) -> int:
    """Where an axis of (batch, spatial…, channels) is in (batch, channels, spatial…).

    Args:
        axis: counted with the batch as 0; negative from the end.
        rank: the number of spatial axes.
    """
    last = rank + 1
    axis = axis + rank + 2 if axis < 0 else axis
    if axis == 0:
        return 0
    return 1 if axis == last else axis + 1


def to_channels_last(x: Tensor) -> Tensor:
    """(N, C, …) → (N, …, C), a view."""
    return x.movedim(1, -1) if x.dim() > 2 else x


def to_channels_first(x: Tensor) -> Tensor:
    """(N, …, C) → (N, C, …), a view."""
    return x.movedim(-1, 1) if x.dim() > 2 else x
