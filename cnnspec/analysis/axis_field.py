"""The field along one axis of the input: three numbers where units stand alike, a pattern where they take turns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

from cnnspec.analysis.phases import Pattern, Phases, Stretch
from cnnspec.layers.arithmetic import Size, like
from cnnspec.layers.extent import Extent
from cnnspec.layers.window import Adaptive, AnyAxis, Axis, Magnified, TransposedAxis
from cnnspec.record import record, replace

if TYPE_CHECKING:
    from fractions import Fraction

#: Sizes and jumps past this are called unknown; they come only from maps so deep that no unit has a neighbour.
LARGEST: Final = 2**63 - 1
#: A symbolic start with more terms than this is dropped, so that a deep network stays linear in time.
MOST_TERMS: Final = 16


@record
class AxisField:
    """The field along one axis, the same for all units: unit i sees [i·J + S, i·J + S + R − 1].

    Attributes:
        size: R.
        jump: J.
        start: S; None where it depends on an unknown extent in too many ways.
        smallest: the size along the smallest path.
        along: the axis of the map along which its units stand; None where all units see the same.
    """

    size: int
    jump: int
    start: Size | None
    smallest: int
    along: int | None

    def through(self, axis: Axis) -> AxisField:
        """The field behind a sliding window."""
        grown = grow(self.size, axis, self.jump)
        smallest = grown if self.smallest == self.size else grow(self.smallest, axis, self.jump)
        jump: int = self.jump * like(axis.stride, self.jump)  # type: ignore[assignment]
        return AxisField(grown, jump, self._moved(axis.before), smallest, self.along)

    def _moved(self, before: Size) -> Size | None:
        if self.start is None:
            return None
        if isinstance(before, int) and not before:
            return self.start
        moved = self.start - before * self.jump
        return None if isinstance(moved, Extent) and len(moved.terms) > MOST_TERMS else moved

    @property
    def centre(self) -> Size | None:
        """Twice the middle of the first unit's field: 2·S + R − 1."""
        return None if self.start is None else 2 * self.start + (self.size - 1)

    @property
    def bounded(self) -> bool:
        """Whether all numbers are small enough to mean something."""
        return max(self.size, self.jump, abs(self.start) if isinstance(self.start, int) else 0) <= LARGEST


Field = AxisField | Phases


def grow(size: int, axis: Axis, jump: int) -> int:
    """R + (k − 1)·d·J; a window of one tap leaves it alone."""
    if axis.kernel == 1:
        return size
    taps = (like(axis.kernel, size) - 1) * jump if axis.dilation == 1 else (like(axis.kernel, size) - 1) * axis.dilation * jump
    return size + taps  # type: ignore[return-value]


def as_sliding(axis: AnyAxis) -> Axis | None:
    """The axis as a sliding window: a transposed one of stride 1 is one, magnification by 1 is none at all."""
    if isinstance(axis, Axis):
        return axis
    if isinstance(axis, TransposedAxis):
        return Axis(axis.kernel, 1, axis.dilation, axis.effective - 1 - axis.before) if axis.stride == 1 else None
    return Axis() if isinstance(axis, Magnified) and axis.factor == 1 else None


def pass_axis(field: Field, axis: AnyAxis) -> Field | None:
    """The field behind one axis of a window; None where it depends on an unknown extent or gets out of hand."""
    if isinstance(field, AxisField) and (sliding := as_sliding(axis)) is not None:
        after = field.through(sliding)
        return after if after.bounded else None
    phases = as_phases(field)
    if phases is None or not _is_known(axis):
        return None
    passed = phases.through(axis)
    return None if passed is None else settle(passed)


def _is_known(axis: AnyAxis) -> bool:
    if isinstance(axis, Axis):
        return isinstance(axis.before, int)
    return not isinstance(axis, Adaptive) or isinstance(axis.extent, int)


def as_phases(field: Field) -> Phases | None:
    """The field as a pattern; None where its start is symbolic."""
    if isinstance(field, Phases):
        return field
    if not isinstance(field.start, int):
        return None
    whole = Pattern(((int(field.start), int(field.start) + field.size - 1),), field.jump)
    return Phases(whole, (Pattern(((0, field.smallest - 1),), field.jump),), field.along)


def settle(phases: Phases) -> Field | None:
    """The pattern as three numbers where it is one; None where its numbers are too large to mean something."""
    field = phases.field
    ends = [abs(end) for stretch in field.stretches if stretch is not None for end in stretch]
    if max(field.shift, *ends, 0) > LARGEST:
        return None
    smallest = phases.smallest(None)
    (stretch, *others) = field.stretches
    if others or stretch is None or smallest is None or any(path.period > 1 for path in phases.paths):
        return phases
    return AxisField(stretch[1] - stretch[0] + 1, field.shift, stretch[0], smallest, phases.along)


def seen_together(field: Field, count: Size) -> AxisField | None:
    """What the first ``count`` units see together, the same for all units of a map that has them among its channels."""
    if not isinstance(count, int):
        return None
    if isinstance(field, AxisField):
        further = (int(count) - 1) * field.jump
        return AxisField(field.size + further, 0, field.start, field.smallest + further, None)
    sizes = [size_of(path.together(int(count))) for path in field.paths]
    seen = field.field.together(int(count))
    return None if seen is None or not sizes else AxisField(size_of(seen), 0, seen[0], min(sizes), None)


def size_of(stretch: Stretch) -> int:
    """The number of pixels from the first to the last."""
    return 0 if stretch is None else stretch[1] - stretch[0] + 1


def behind(field: Field, units: Size) -> Field | None:
    """The field along an axis on which so many units stand before its own."""
    if isinstance(field, Phases):
        if not isinstance(units, int):
            return None
        return Phases(field.field.moved(int(units)), tuple(path.moved(int(units)) for path in field.paths), field.along)
    return replace(field, start=None if field.start is None else field.start - units * field.jump)


def jump_of(field: Field) -> int | Fraction:
    """The distance between neighbours, on average where they take turns."""
    if isinstance(field, AxisField):
        return int(field.jump)
    return whole_or_fraction(field.field.shift, field.field.period)


def whole_or_fraction(part: int, whole: int) -> int | Fraction:
    """part/whole, an integer where it comes out."""
    if part % whole == 0:
        return part // whole
    from fractions import Fraction

    return Fraction(part, whole)


def hull(fields: Sequence[AxisField]) -> AxisField | None:
    """From the first pixel that any branch sees to the last; None where unknown extents leave that open."""
    first = fields[0]
    if all(field == first for field in fields):
        return first
    starts = [field.start for field in fields]
    plain = [start for start in starts if type(start) is int]
    if len(plain) == len(starts):
        low = min(plain)
        end = max([start + field.size for start, field in zip(plain, fields, strict=True)])
        return AxisField(end - low, max([field.jump for field in fields]), low, _least(fields), first.along)
    offsets = [_minus(start, first.start) for start in starts]
    known = [offset for offset in offsets if offset is not None]
    if len(known) < len(offsets):
        return _containing(fields)
    lowest = min(known)
    high = max(offset + field.size for offset, field in zip(known, fields, strict=True))
    start = fields[known.index(lowest)].start
    return AxisField(high - lowest, max(f.jump for f in fields), start, _least(fields), first.along)


def _containing(fields: Sequence[AxisField]) -> AxisField | None:
    """The field in which all others lie whatever the unknown extents are; None where there is none."""
    from cnnspec.analysis.open_sizes import lies_in

    for whole in fields:
        if all(lies_in(field.start, field.size, whole.start, whole.size) for field in fields):
            return replace(whole, jump=max(field.jump for field in fields), smallest=_least(fields))
    return None


def _least(fields: Iterable[AxisField]) -> int:
    return min([field.smallest for field in fields])


def _minus(a: Size | None, b: Size | None) -> int | None:
    """a − b where it is a number."""
    if a is None or b is None:
        return None
    difference = a - b
    return difference if isinstance(difference, int) else None
