"""Fields over extents that an input leaves open: what is known of them for every size that is allowed."""

from __future__ import annotations

from collections.abc import Sequence

from cnnspec.layers.allowed import Allowed
from cnnspec.layers.arithmetic import Size
from cnnspec.layers.base import Facts
from cnnspec.layers.extent import Extent
from cnnspec.layers.growth import constant_on
from cnnspec.layers.requirement import difference_bounds
from cnnspec.layers.window import Axis
from cnnspec.record import replace


def settle_padding(facts: Facts, allowed: Allowed) -> Facts:
    """The facts with a number for padding that is the same for all allowed sizes.

    ``same`` with stride 2 and a kernel of 3 puts one position before an odd extent, none before an even one: where only
    multiples of 16 are allowed, none.
    """
    if not isinstance(facts.window, tuple) or all(isinstance(getattr(axis, "before", 0), int) for axis in facts.window):
        return facts
    settled = [
        replace(axis, before=_settle(axis.before, allowed), after=_settle(axis.after, allowed))
        if isinstance(axis, Axis)
        else axis
        for axis in facts.window
    ]
    return replace(facts, window=tuple(settled))


def _settle(size: Size, allowed: Allowed) -> Size:
    number = constant_on(size, allowed) if isinstance(size, Extent) else None
    return size if number is None else number


def must_agree(own: Sequence[Size], wanted: Sequence[Size]) -> bool:
    """Whether a merge of a map of these extents needs them to be those wanted, though their formulas differ."""
    return any(isinstance(size, Extent) for size in (*own, *wanted)) and all(
        a == b or (a != 1 and (isinstance(a, Extent) or isinstance(b, Extent))) for a, b in zip(own, wanted, strict=True)
    )


def lies_in(start: Size | None, size: int, whole_start: Size | None, whole_size: int) -> bool:
    """Whether a stretch lies in another one for every size of the input, wherever both begin."""
    between = difference_bounds(start, whole_start)
    return between is not None and between[0] >= 0 and between[1] + size <= whole_size
