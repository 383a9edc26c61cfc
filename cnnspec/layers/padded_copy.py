"""Whether an operation pads its input itself, at no cost, or a padded copy has to be made first.

Torch's convolutions and poolings pad both ends of an axis alike; pooling can also let its last window hang over the end.
"""

from __future__ import annotations

from collections.abc import Sequence

from cnnspec.layers.arithmetic import Size, product
from cnnspec.layers.shape import Shape
from cnnspec.layers.upkeep import INPUT_KEPT, Array, Kept
from cnnspec.layers.window import Axis


def known_pairs(axes: Sequence[Axis]) -> list[tuple[int, int]] | None:
    """(before, after) per axis; None where one depends on an unknown extent."""
    if not all(isinstance(a.before, int) and isinstance(a.after, int) for a in axes):
        return None
    return [(int(a.before), int(a.after)) for a in axes]  # type: ignore[arg-type]


def convolves_in_place(axes: Sequence[Axis], mode: str = "zeros") -> bool:
    """Whether a convolution needs no padded copy of its input."""
    pairs = known_pairs(axes)
    if pairs is None:
        return False
    if not any(before or after for before, after in pairs):
        return True
    return mode == "zeros" and all(before == after >= 0 for before, after in pairs)


def pads_alike(axes: Sequence[Axis], pairs: Sequence[tuple[int, int]]) -> bool:
    """Whether the padding is one that a pooling does itself: the same at both ends, at most half the window."""
    fits = all(0 <= before == after <= axis.kernel // 2 for axis, (before, after) in zip(axes, pairs, strict=True))
    return fits and len({axis.rule == "ceil" for axis in axes}) == 1


def hangs_over(axes: Sequence[Axis], pairs: Sequence[tuple[int, int]], extents: Sequence[object]) -> bool:
    """Whether letting the last window hang over the end gives the same windows as the padding."""
    for axis, (before, after), n in zip(axes, pairs, extents, strict=True):
        if not isinstance(n, int) or before or after < 0:
            return False
        hanging = Axis(axis.kernel, axis.stride, axis.dilation, 0, 0, "ceil")
        if hanging.positions(n) != axis.positions(n):
            return False
    return True


def pools_in_place(axes: Sequence[Axis], extents: Sequence[object], *, hang: bool = True, roomy: bool = True) -> bool:
    """Whether a pooling needs no padded copy of its input.

    Args:
        axes: the window.
        extents: of the input.
        hang: padding at the end may become a window that hangs over.
        roomy: the operation can pad this map at all.
    """
    pairs = known_pairs(axes)
    if pairs is None:
        return False
    if not any(before or after for before, after in pairs):
        return True
    hanging = (hang or not any(after for _, after in pairs)) and hangs_over(axes, pairs, extents)
    return roomy and (pads_alike(axes, pairs) or hanging)


def keep_padded(axes: Sequence[Axis], shape: Shape, in_place: bool, mode: str = "zeros") -> Kept:
    """The input as it came, or the padded copy of it that was made; for one that copies values from the input both."""
    if in_place:
        return INPUT_KEPT
    extents = [_padded(axis, n) for axis, n in zip(axes, shape.extents, strict=True)]
    inputs = (0,) if mode in ("reflect", "replicate") else ()
    return Kept(inputs, arrays=(Array("padded input", product([*extents, shape.channels])),))


def _padded(axis: Axis, n: Size) -> Size:
    """An extent with its padding; rounded up, exactly what the windows reach."""
    if axis.rule == "ceil":
        return (axis.positions(n) - 1) * axis.stride + axis.effective
    return n + axis.before + axis.after
