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
        kept: which places of the first two permuted axes, joined, the tensor holds at all: pairs f·in + c of a convolution
            that connects only some. In Keras's layout zeros stand elsewhere.
    """

    keras: tuple[int, ...]
    axes: tuple[int, ...]
    torch: tuple[int, ...]
    kept: tuple[int, ...] | None = None

    @classmethod
    def of(cls, shape: tuple[int, ...], axes: tuple[int, ...] | None = None, joined: tuple[int, ...] | None = None) -> Layout:
        """The layout of an array of this shape; without axes they keep their order."""
        order = tuple(range(len(shape))) if axes is None else axes
        permuted = tuple(shape[axis] for axis in order)
        found = permuted if joined is None else joined
        if prod(found) != prod(shape):
            raise ValueError(f"{shape} does not lie in {found}")
        return cls(shape, order, found)

    @classmethod
    def of_pairs(cls, shape: tuple[int, ...], axes: tuple[int, ...], kept: tuple[int, ...]) -> Layout:
        """The layout of a kernel of which only some pairs of filter and channel exist: (pairs, k…)."""
        return cls(shape, axes, (len(kept), *(shape[axis] for axis in axes[2:])), kept)

    def to_torch(self, array: Tensor) -> Tensor:
        """The array, in Keras's layout, as Torch wants it."""
        permuted = array.permute(self.axes)
        if self.kept is not None:
            permuted = permuted.flatten(0, 1)[list(self.kept)]
        return permuted.reshape(self.torch)

    def to_keras(self, tensor: Tensor) -> Tensor:
        """The tensor, in Torch's layout, as Keras has it."""
        inverse = sorted(range(len(self.axes)), key=self.axes.__getitem__)
        permuted = [self.keras[axis] for axis in self.axes]
        if self.kept is not None:
            whole = tensor.new_zeros(permuted[0] * permuted[1], *permuted[2:])
            whole[list(self.kept)] = tensor
            tensor = whole
        return tensor.reshape(permuted).permute(inverse)

    def holds(self, array: Tensor) -> bool:
        """Whether nothing of an array in Keras's layout is lost."""
        return self.kept is None or bool((self.to_keras(self.to_torch(array)) == array).all())


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
