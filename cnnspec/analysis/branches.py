"""What the units of a merge see, from what those of its branches see."""

from __future__ import annotations

from collections.abc import Sequence
from math import lcm
from typing import TYPE_CHECKING, Literal

from cnnspec.analysis.axis_field import AxisField, Field, as_phases, behind, hull, jump_of, settle, size_of, whole_or_fraction
from cnnspec.analysis.phases import LONGEST_PERIOD, Phases, merge_phases
from cnnspec.layers.arithmetic import Size
from cnnspec.record import record

if TYPE_CHECKING:
    from fractions import Fraction

#: The fields of a branch, one per axis of the input, with the index of its node.
Branch = tuple[int, tuple[Field, ...]]


@record
class Disagreement:
    """Branches of a merge whose units do not stand over the same pixels.

    ``jump``: neighbours stand differently far apart in the branches. ``centre``: the middles of the first units' fields
    differ; values are twice the middles, so that they stay whole (on average where units take turns). ``values`` has
    one per branch that has a field.
    """

    index: int
    axis: int
    kind: Literal["jump", "centre"]
    branches: tuple[int, ...]
    values: tuple[int | Fraction, ...]


class Merge:
    """One merge: the hull of its branches along every axis, and what it finds them to disagree about."""

    def __init__(self, index: int, branches: Sequence[Branch], extents: tuple[Size, ...]) -> None:
        self.index = index
        self.branches = branches
        self.extents = extents
        self.found: list[Disagreement] = []

    def hull(self) -> tuple[Field, ...] | None:
        """The fields of its units; None where no one size holds for all of them."""
        first = self.branches[0][1]
        if all(fields is first for _, fields in self.branches):
            return first
        hulls = [self._axis_hull(axis) for axis in range(len(first))]
        known = tuple(field for field in hulls if field is not None)
        return known if len(known) == len(hulls) else None

    def _axis_hull(self, axis: int) -> Field | None:
        fields = [fields[axis] for _, fields in self.branches]
        along = fields[0].along
        if any(field.along != along for field in fields):
            return None
        # With a single unit along the axis there is no neighbour, and no jump to differ.
        if along is not None and self.extents[along] != 1:
            jumps = tuple(map(jump_of, fields))
            if len(set(jumps)) > 1:
                self._note(axis, "jump", jumps)
                return None
            self._compare_centres(axis, fields)
        else:
            fields = [_single(field) for field in fields]
        return combine(fields)

    def _compare_centres(self, axis: int, fields: Sequence[Field]) -> None:
        centres = _centres(fields)
        if len(set(centres)) > 1:
            self._note(axis, "centre", centres)

    def _note(self, axis: int, kind: Literal["jump", "centre"], values: tuple[int | Fraction, ...]) -> None:
        nodes = tuple(node for node, _ in self.branches)
        self.found.append(Disagreement(self.index, axis, kind, nodes, values))


def _single(field: Field) -> Field:
    """The field of a single unit: no pattern."""
    if isinstance(field, AxisField):
        return field
    stretch, smallest = field.field.at(0), field.smallest(1)
    if stretch is None or smallest is None:
        return field
    return AxisField(size_of(stretch), field.field.shift // field.field.period, stretch[0], smallest, field.along)


def _centres(fields: Sequence[Field]) -> tuple[int | Fraction, ...]:
    """Twice the middle of the first unit's field, per branch; none where one is not known."""
    if all(isinstance(field, AxisField) for field in fields):
        centres = [field.centre for field in fields if isinstance(field, AxisField)]
        known = tuple(int(centre) for centre in centres if isinstance(centre, int))
        return known if len(known) == len(fields) else ()
    phases = [pattern for field in fields if (pattern := as_phases(field)) is not None]
    period = lcm(*(item.field.period for item in phases))
    if len(phases) < len(fields) or period > LONGEST_PERIOD:
        return ()
    sums = [[stretch[0] + stretch[1] for stretch in item.field.over(period) if stretch is not None] for item in phases]
    if any(len(ends) < period for ends in sums):
        return ()
    return tuple(whole_or_fraction(sum(ends), period) for ends in sums)


def join_fields(branches: Sequence[tuple[Size, tuple[Field, ...]]], axis: int) -> tuple[Field, ...] | None:
    """What the units see of maps that stand one after the other along an axis of their own.

    Args:
        branches: how many units stand before each map, and its fields.
        axis: the axis along which they are joined.

    Returns:
        The fields, if they go on from map to map; None where units of different maps see differently.
    """
    joined: list[Field] = []
    for at in range(len(branches[0][1])):
        fields = [behind(fields[at], before) if fields[at].along == axis else fields[at] for before, fields in branches]
        known = [field for field in fields if field is not None]
        field = combine(known) if len(known) == len(fields) else None
        if field is None or any(not _same(field, other) for other in known):
            return None
        joined.append(field)
    return tuple(joined)


def combine(fields: Sequence[Field]) -> Field | None:
    """The hull of fields of one jump."""
    uniform = [field for field in fields if isinstance(field, AxisField)]
    if len(uniform) == len(fields):
        return hull(uniform)
    phases = [pattern for field in fields if (pattern := as_phases(field)) is not None]
    merged = merge_phases(phases) if len(phases) == len(fields) else None
    return None if merged is None else settle(merged)


def _same(a: Field, b: Field) -> bool:
    """Whether units see the same, by whatever paths."""
    if isinstance(a, AxisField) and isinstance(b, AxisField):
        return (a.size, a.jump, a.start, a.along) == (b.size, b.jump, b.start, b.along)
    return isinstance(a, Phases) and isinstance(b, Phases) and (a.field, a.along) == (b.field, b.along)
