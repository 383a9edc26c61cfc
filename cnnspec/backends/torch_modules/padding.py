"""Padding in Torch's terms: what a convolution or pooling does itself, and what must be put around its input first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from cnnspec.layers.padded_copy import convolves_in_place, known_pairs
from cnnspec.layers.window import AnyAxis, Axis, same_padding

_TORCH_MODES = {"zeros": "constant", "replicate": "replicate", "reflect": "reflect", "circular": "circular"}


@dataclass(frozen=True, slots=True)
class Pad:
    """Puts a fixed number of values around a map, or takes some away where it is negative.

    ``amounts`` are Torch's: last axis first, before and after.
    """

    amounts: tuple[int, ...]
    mode: str = "constant"
    value: float = 0.0

    def __call__(self, x: Tensor) -> Tensor:
        return F.pad(x, self.amounts, self.mode, self.value if self.mode == "constant" else None)


@dataclass(frozen=True, slots=True)
class PadToSame:
    """``same`` padding of a map whose extents are known only when it arrives (a stride above 1 on a ``?``)."""

    axes: tuple[Axis, ...]
    mode: str = "constant"
    value: float = 0.0

    def __call__(self, x: Tensor) -> Tensor:
        found = [same_padding(n, a.kernel, a.stride, a.dilation) for n, a in zip(x.shape[2:], self.axes, strict=True)]
        amounts = torch_amounts([(int(a.before), int(a.after)) for a in found])  # type: ignore[arg-type]
        return F.pad(x, amounts, self.mode, self.value if self.mode == "constant" else None)


Padding = Pad | PadToSame


def torch_amounts(pairs: Sequence[tuple[int, int]]) -> tuple[int, ...]:
    """(before, after) per axis in Torch's order: the last axis first."""
    return tuple(amount for pair in reversed(pairs) for amount in pair)


def windows(axes: Sequence[AnyAxis]) -> tuple[Axis, ...]:
    """The axes, which must all be sliding windows."""
    found = tuple(axis for axis in axes if isinstance(axis, Axis))
    if len(found) != len(axes):
        raise TypeError(f"sliding windows were expected, not {axes}")
    return found


def padding_for_convolution(axes: tuple[Axis, ...], mode: str) -> tuple[tuple[int, ...], Padding | None]:
    """What the convolution pads itself, and what is put around its input before: only what it cannot do."""
    none = (0,) * len(axes)
    pairs = known_pairs(axes)
    if pairs is None:
        return none, PadToSame(axes, _TORCH_MODES[mode])
    if convolves_in_place(axes, mode):
        return tuple(before for before, _ in pairs), None
    return none, Pad(torch_amounts(pairs), _TORCH_MODES[mode])
