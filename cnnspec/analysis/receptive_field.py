"""What the units of every layer see of an input: one walk over the graph, front to back.

Per axis a layer's units have a field of ``size`` R input pixels, neighbours stand ``jump`` J apart, and the first unit's
field begins at pixel ``start`` S (minus the padding that lies before it): unit i sees [i·J + S, i·J + S + R − 1]. A
window of effective kernel e, stride s and p positions of padding before makes of them

    R' = R + (e − 1)·J        J' = J·s        S' = S − p·J

A merge takes the hull of its branches. Where no such three numbers exist (behind upsampling, a transposed convolution
with stride, a reshape of the map) the field is unknown.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import Enum
from typing import Final, Literal

from cnnspec.analysis.report import ReceptiveField
from cnnspec.layers.arithmetic import Size, like
from cnnspec.layers.base import Facts
from cnnspec.layers.extent import Extent
from cnnspec.layers.shape import Shape
from cnnspec.layers.window import AnyAxis, Axis, Magnified, Pointwise, TransposedAxis, WholeInput
from cnnspec.record import record
from cnnspec.resolve.result import ResolvedModel

#: Sizes and jumps past this are called unknown; they come only from maps so deep that no unit has a neighbour.
LARGEST: Final = 2**63 - 1
#: A symbolic start with more terms than this is dropped, so that a deep network stays linear in time.
MOST_TERMS: Final = 16


class Sight(Enum):
    """What is said of a layer whose units have no field of one size."""

    NOTHING = "nothing"  #: no value of the input reaches it
    WHOLE = "whole"  #: it sees the whole input by construction
    UNKNOWN = "unknown"


@record
class AxisField:
    """The field along one axis; ``start`` is None where it depends on an unknown extent in too many ways.

    ``smallest`` is the size along the smallest path.
    """

    size: int
    jump: int
    start: Size | None
    smallest: int

    def through(self, axis: Axis) -> AxisField:
        """The field behind a sliding window."""
        grown = grow(self.size, axis, self.jump)
        smallest = grown if self.smallest == self.size else grow(self.smallest, axis, self.jump)
        return AxisField(grown, self.jump * like(axis.stride, self.jump), self._moved(axis.before), smallest)  # type: ignore[arg-type]

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


#: Per axis, or why there is no field.
Seen = tuple[AxisField, ...] | Sight


def grow(size: int, axis: Axis, jump: int) -> int:
    """R + (k − 1)·d·J; a window of one tap leaves it alone."""
    if axis.kernel == 1:
        return size
    taps = (like(axis.kernel, size) - 1) * jump if axis.dilation == 1 else (like(axis.kernel, size) - 1) * axis.dilation * jump
    return size + taps  # type: ignore[return-value]


@record
class Disagreement:
    """Branches of a merge whose units do not stand over the same pixels.

    ``jump``: neighbours stand differently far apart in the branches. ``centre``: the middles of the first units' fields
    differ; values are twice the middles, so that they stay whole. ``values`` has one per branch that has a field.
    """

    index: int
    axis: int
    kind: Literal["jump", "centre"]
    branches: tuple[int, ...]
    values: tuple[int, ...]


@record
class Sights:
    """What every node sees of one input.

    Attributes:
        source: index of the input.
        seen: per node.
        gated: merges at which a branch that has seen everything was left out.
        disagreements: in the order of the nodes.
    """

    source: int
    seen: tuple[Seen, ...]
    gated: frozenset[int]
    disagreements: tuple[Disagreement, ...]

    def field(self, index: int) -> ReceptiveField | None:
        """The field of a node; None where it sees everything or nothing, or where its field is unknown."""
        seen = self.seen[index]
        return None if isinstance(seen, Sight) else as_report(seen)


def as_report(seen: tuple[AxisField, ...]) -> ReceptiveField:
    """The field as tables show it: plain integers, a symbolic start as None."""
    return ReceptiveField(
        size=tuple(int(axis.size) for axis in seen),
        jump=tuple(int(axis.jump) for axis in seen),
        start=tuple(int(axis.start) if isinstance(axis.start, int) else None for axis in seen),
        smallest=tuple(int(axis.smallest) for axis in seen),
    )


def one_pixel(rank: int) -> Seen:
    """What an input sees of itself; a vector has no positions, so that its units belong together."""
    return tuple(AxisField(1, 1, 0, 1) for _ in range(rank)) or Sight.WHOLE


def see_input(model: ResolvedModel, source: int) -> Sights:
    """Walk the graph once and note what every node sees of the input ``source``."""
    return _Walk(model, source).run()


def pass_window(seen: Seen, facts: Facts, given: Shape | None) -> Seen:
    """What a layer with one input sees, from what its input sees."""
    window = facts.window
    if seen is Sight.NOTHING or seen is Sight.WHOLE:
        return seen
    if isinstance(window, WholeInput):
        return Sight.UNKNOWN if _moves_values(facts, given) else Sight.WHOLE
    if isinstance(seen, Sight):
        return seen
    if isinstance(window, Pointwise):
        kept = given is not None and given.extents == facts.output.extents
        return seen if kept else Sight.UNKNOWN
    if len(window) != len(seen):
        return Sight.UNKNOWN
    axes: list[AxisField] = []
    for before, axis in zip(seen, window, strict=True):
        sliding = as_sliding(axis)
        if sliding is None:
            return Sight.UNKNOWN
        after = before.through(sliding)
        if not after.bounded:
            return Sight.UNKNOWN
        axes.append(after)
    return tuple(axes)


def _moves_values(facts: Facts, given: Shape | None) -> bool:
    """Whether a layer only puts the values of a map at other positions of a map: each unit still sees one value."""
    positions = Shape((*facts.output.extents, 1)).elements
    return positions != 1 and not facts.params and given is not None and facts.output.elements == given.elements


def as_sliding(axis: AnyAxis) -> Axis | None:
    """The axis as a sliding window: a transposed one of stride 1 is one, magnification by 1 is none at all."""
    if isinstance(axis, Axis):
        return axis
    if isinstance(axis, TransposedAxis):
        return Axis(axis.kernel, 1, axis.dilation, axis.effective - 1 - axis.before) if axis.stride == 1 else None
    return Axis() if isinstance(axis, Magnified) and axis.factor == 1 else None


class _Walk:
    """The state of one walk: what has been seen so far, and what was found at merges."""

    def __init__(self, model: ResolvedModel, source: int) -> None:
        self.model = model
        self.source = source
        shape = model.shapes[source]
        self.extents: tuple[Size, ...] = () if shape is None else shape.extents
        self.seen: list[Seen] = []
        self.gated: set[int] = set()
        self.found: list[Disagreement] = []

    def run(self) -> Sights:
        model, seen = self.model, self.seen
        for index, (node, facts) in enumerate(zip(model.network.nodes, model.facts, strict=True)):
            inputs = node.inputs
            if not inputs:
                shape = model.shapes[index]
                own = Sight.UNKNOWN if shape is None else one_pixel(shape.rank)
                seen.append(own if index == self.source else Sight.NOTHING)
            elif len(inputs) == 1:
                before = seen[inputs[0]]
                if facts is not None:
                    before = pass_window(before, facts, model.shapes[inputs[0]])
                elif before is not Sight.NOTHING:
                    before = Sight.UNKNOWN
                seen.append(before)
            else:
                seen.append(self._merge(index, inputs, facts))
        return Sights(self.source, tuple(seen), frozenset(self.gated), tuple(self.found))

    def _merge(self, index: int, inputs: Sequence[int], facts: Facts | None) -> Seen:
        if all(self.seen[branch] is Sight.NOTHING for branch in inputs):
            return Sight.NOTHING
        if facts is None:
            return Sight.UNKNOWN
        extents = facts.output.extents
        if isinstance(facts.window, WholeInput):
            # A map from whole maps is a concatenation along a spatial axis: each unit still sees what it saw.
            joined = any(extent != 1 for extent in extents) and not facts.params
            views = {view for branch in inputs if isinstance(view := self.seen[branch], Sight)}
            sighted = any(not isinstance(self.seen[branch], Sight) for branch in inputs)
            return Sight.UNKNOWN if joined and (sighted or Sight.UNKNOWN in views) else Sight.WHOLE
        fields: list[tuple[int, tuple[AxisField, ...]]] = []
        unknown = whole = False
        for branch in dict.fromkeys(inputs):
            view = self._view(branch, extents)
            if isinstance(view, Sight):
                unknown |= view is Sight.UNKNOWN
                whole |= view is Sight.WHOLE
            else:
                fields.append((branch, view))
        if unknown:
            return Sight.UNKNOWN
        if not fields:
            return Sight.WHOLE
        if whole:
            self.gated.add(index)
        merged = self._hull(index, fields, extents)
        if isinstance(merged, Sight) or isinstance(facts.window, Pointwise):
            return merged
        return pass_window(merged, facts, facts.output)

    def _view(self, branch: int, extents: tuple[Size, ...]) -> Seen:
        """What a branch contributes to units of a map of these extents."""
        seen, shape = self.seen[branch], self.model.shapes[branch]
        if isinstance(seen, Sight):
            return seen
        if shape is None or shape.rank != len(extents):
            return Sight.UNKNOWN
        if shape.extents == extents:
            return seen
        # One unit broadcast over a larger map: a gate, if it has seen everything there is.
        spread = all(own == wanted or own == 1 for own, wanted in zip(shape.extents, extents, strict=True))
        alone = all(own == 1 for own in shape.extents)
        return Sight.WHOLE if spread and alone and self._covers(seen) else Sight.UNKNOWN

    def _covers(self, seen: tuple[AxisField, ...]) -> bool:
        return all(
            isinstance(axis.start, int) and isinstance(n, int) and axis.start <= 0 and axis.start + axis.size >= n
            for axis, n in zip(seen, self.extents, strict=True)
        )

    def _hull(self, index: int, fields: Sequence[tuple[int, tuple[AxisField, ...]]], extents: tuple[Size, ...]) -> Seen:
        first = fields[0][1]
        if all(seen is first for _, seen in fields):
            return first
        hulls = [
            self._axis_hull(index, axis, extent, [(branch, seen[axis]) for branch, seen in fields])
            for axis, extent in enumerate(extents)
        ]
        known = tuple(axis for axis in hulls if axis is not None)
        return known if len(known) == len(hulls) else Sight.UNKNOWN

    def _axis_hull(self, index: int, axis: int, extent: Size, branches: list[tuple[int, AxisField]]) -> AxisField | None:
        fields = [field for _, field in branches]
        nodes = tuple(branch for branch, _ in branches)
        jumps = tuple(int(field.jump) for field in fields)
        # With a single unit along the axis there is no neighbour, and no jump to differ.
        if extent != 1 and len(set(jumps)) > 1:
            self.found.append(Disagreement(index, axis, "jump", nodes, jumps))
            return None
        if extent != 1:
            self._compare_centres(index, axis, nodes, fields)
        return hull(fields)

    def _compare_centres(self, index: int, axis: int, nodes: tuple[int, ...], fields: list[AxisField]) -> None:
        centres = [field.centre for field in fields]
        known = tuple(int(centre) for centre in centres if isinstance(centre, int))
        if len(known) == len(centres) and len(set(known)) > 1:
            self.found.append(Disagreement(index, axis, "centre", nodes, known))


def hull(fields: Sequence[AxisField]) -> AxisField | None:
    """From the first pixel that any branch sees to the last; None where unknown extents leave that open."""
    first = fields[0]
    if all(field == first for field in fields):
        return first
    offsets = [_minus(field.start, first.start) for field in fields]
    known = [offset for offset in offsets if offset is not None]
    if len(known) < len(offsets):
        return None
    low = min(known)
    high = max(offset + field.size for offset, field in zip(known, fields, strict=True))
    start = fields[known.index(low)].start
    return AxisField(high - low, max(f.jump for f in fields), start, _least(fields))


def _least(fields: Iterable[AxisField]) -> int:
    return min(field.smallest for field in fields)


def _minus(a: Size | None, b: Size | None) -> int | None:
    """a − b where it is a number."""
    if a is None or b is None:
        return None
    difference = a - b
    return difference if isinstance(difference, int) else None


def coverage(field: ReceptiveField | None, extents: Sequence[Size]) -> float | None:
    """The field's area over the input's, at most 1; None without a field or with an unknown extent."""
    if field is None or not extents:
        return None
    area = whole = 1
    for size, n in zip(field.size, extents, strict=True):
        if not isinstance(n, int):
            return None
        area *= size
        whole *= n
    return min(area / whole, 1.0)
