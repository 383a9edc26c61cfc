"""What the units of every layer see of an input: one walk over the graph, front to back.

Per axis a layer's units have a field of ``size`` R input pixels, neighbours stand ``jump`` J apart, and the first unit's
field begins at pixel ``start`` S (minus the padding that lies before it): unit i sees [i·J + S, i·J + S + R − 1]. A
window of effective kernel e, stride s and p positions of padding before makes of them

    R' = R + (e − 1)·J        J' = J·s        S' = S − p·J

Behind upsampling, a transposed convolution with stride and adaptive pooling units take turns
(:mod:`~cnnspec.analysis.phases`). A merge takes the hull of its branches. Where units see in so many ways that neither
describes them (branches of different jumps, maps joined side by side, some reshapes), the field is unknown;
:mod:`~cnnspec.analysis.reading` finds what a single unit reads all the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from itertools import islice
from typing import TYPE_CHECKING, Final

from cnnspec.analysis.axis_field import AxisField, Field, jump_of, pass_axis, seen_together, size_of
from cnnspec.analysis.branches import Disagreement, Merge, join_fields
from cnnspec.analysis.phases import Phases
from cnnspec.analysis.report import ReceptiveField
from cnnspec.layers.arithmetic import Size, total
from cnnspec.layers.base import Facts
from cnnspec.layers.shape import Shape
from cnnspec.layers.window import AnyAxis, Apart, Joined, Pointwise, Rearranged, WholeInput
from cnnspec.record import record, replace
from cnnspec.resolve.result import ResolvedModel

if TYPE_CHECKING:
    from fractions import Fraction

#: Patterns are followed for this many taps of units in a walk; then fields with a pattern are unknown.
MOST_TAPS: Final = 300_000


class Sight(Enum):
    """What is said of a layer whose units have no field."""

    NOTHING = "nothing"  #: no value of the input reaches it
    WHOLE = "whole"  #: it sees the whole input by construction
    UNKNOWN = "unknown"


#: Per axis of the input, or why there is no field.
Seen = tuple[Field, ...] | Sight


@record
class Sights:
    """What every node sees of one input.

    Attributes:
        source: index of the input.
        seen: per node.
        gates: merges at which branches that have seen everything were left out, with their nodes.
        disagreements: in the order of the nodes.
        shapes: per node.
    """

    source: int
    seen: tuple[Seen, ...]
    gates: Mapping[int, frozenset[int]]
    disagreements: tuple[Disagreement, ...]
    shapes: tuple[Shape | None, ...]

    def field(self, index: int) -> ReceptiveField | None:
        """The field of a node; None where it sees everything or nothing, or where its field is unknown."""
        seen, shape = self.seen[index], self.shapes[index]
        return None if isinstance(seen, Sight) or shape is None else as_report(seen, shape.extents)


def as_report(seen: tuple[Field, ...], extents: tuple[Size, ...]) -> ReceptiveField:
    """The field as tables show it: plain numbers, a symbolic start as None; ``extents`` are those of the units' map."""
    alike = [field for field in seen if isinstance(field, AxisField)]
    if len(alike) == len(seen):
        return ReceptiveField(
            size=tuple([int(field.size) for field in alike]),
            jump=tuple([int(field.jump) for field in alike]),
            start=tuple([int(field.start) if isinstance(field.start, int) else None for field in alike]),
            smallest=tuple([int(field.smallest) for field in alike]),
            sizes=(),
            period=(),
        )
    axes = [_axis_report(field, 1 if field.along is None else extents[field.along]) for field in seen]
    sizes, jumps, starts, smallest, periods, first = zip(*axes, strict=True) if axes else ((),) * 6
    known = tuple(size for size in smallest if size is not None)
    turns = any(period > 1 for period in periods)
    return ReceptiveField(
        size=tuple(max(found, default=0) for found in sizes),
        jump=tuple(jumps),
        start=tuple(starts),
        smallest=known if len(known) == len(axes) else (),
        sizes=tuple(map(tuple, sizes)) if turns else (),
        period=tuple(periods) if turns else (),
        first=tuple(first) if turns else (),
    )


def _axis_report(field: Field, extent: Size) -> tuple[Sequence[int], int | Fraction, int | None, int | None, int, int]:
    """Sizes, jump, start, smallest path and period along one axis, and the size of the first unit's field."""
    if isinstance(field, AxisField):
        start = int(field.start) if isinstance(field.start, int) else None
        return (int(field.size),), int(field.jump), start, int(field.smallest), 1, int(field.size)
    count = int(extent) if isinstance(extent, int) else None
    first = field.field.at(0)
    start = None if first is None else first[0]
    return field.field.sizes(count), jump_of(field), start, field.smallest(count), field.field.period, size_of(first)


def one_pixel(rank: int) -> Seen:
    """What an input sees of itself; a vector has no positions, so that its units belong together."""
    return tuple(AxisField(1, 1, 0, 1, axis) for axis in range(rank)) or Sight.WHOLE


def see_input(model: ResolvedModel, source: int) -> Sights:
    """Walk the graph once and note what every node sees of the input ``source``."""
    return _Walk(model, source).run()


def see_layer(model: ResolvedModel, source: int, index: int, gates: Mapping[int, frozenset[int]]) -> Seen:
    """What the units of the node ``index`` see of the map of an earlier node ``source``, as if that were the input.

    Branches that are ``gates`` on the input are left out.
    """
    walk = _Walk(model, source)
    walk.left_out = gates
    walk.seen = [Sight.NOTHING] * source
    return walk.run(source, index + 1).seen[index]


def see_instead(model: ResolvedModel, sights: Sights, index: int, facts: Facts) -> Seen:
    """What the units of a node with one input would see of the input of ``sights``, were its facts others."""
    walk = _Walk(model, sights.source)
    before = model.network.nodes[index].inputs[0]
    return walk.pass_on(sights.seen[before], facts, model.shapes[before])


class _Walk:
    """The state of one walk: what has been seen so far, and what was found at merges."""

    def __init__(self, model: ResolvedModel, source: int) -> None:
        self.model = model
        self.source = source
        shape = model.shapes[source]
        self.extents: tuple[Size, ...] = () if shape is None else shape.extents
        self.seen: list[Seen] = []
        self.gates: dict[int, frozenset[int]] = {}
        self.left_out: Mapping[int, frozenset[int]] = {}  # branches of merges that are known to be gates
        self.dealt: set[int] = set()  # maps of whose units not all channels see the same
        self.found: list[Disagreement] = []
        self.taps_left = MOST_TAPS

    def run(self, first: int = 0, past: int | None = None) -> Sights:
        """Walk from one node to another; all that is not reached before ``first`` is given in ``seen``."""
        model, seen = self.model, self.seen
        nodes = model.network.nodes[first:past]
        for index, (node, facts) in enumerate(zip(nodes, islice(self._facts(), first, past), strict=True), first):
            inputs = node.inputs
            if index == self.source:
                shape = model.shapes[index]
                seen.append(Sight.UNKNOWN if shape is None else one_pixel(shape.rank))
                continue
            if not inputs:
                seen.append(Sight.NOTHING)
            elif len(inputs) == 1:
                before = seen[inputs[0]]
                if facts is not None:
                    before = self.pass_on(before, facts, model.shapes[inputs[0]], inputs[0] in self.dealt)
                elif before is not Sight.NOTHING:
                    before = Sight.UNKNOWN
                seen.append(before)
            else:
                seen.append(self._merge(index, inputs, facts))
            if facts is not None:
                self._note_dealt(index, inputs, facts)
        return Sights(self.source, tuple(seen), self.gates, tuple(self.found), model.shapes)

    def _facts(self) -> Iterator[Facts | None]:
        """The facts, with numbers for padding that allowed sizes leave no choice."""
        allowed = self.model.allowed
        if allowed is None:
            yield from self.model.facts
            return
        from cnnspec.analysis.open_sizes import settle_padding

        yield from (None if facts is None else settle_padding(facts, allowed) for facts in self.model.facts)

    def _note_dealt(self, index: int, inputs: Sequence[int], facts: Facts) -> None:
        """Reshaping puts positions among the channels, joining channels those that see differently beside each other.

        A kernel that reads them all together ends that.
        """
        if isinstance(facts.window, (Rearranged, Apart)):
            self.dealt.add(index)
        elif len(inputs) == 1 and not self.dealt:
            return
        elif len(inputs) > 1 and any(self.seen[branch] != self.seen[inputs[0]] for branch in inputs[1:]):
            given = self.model.shapes[inputs[0]]
            if given is not None and given.channels != facts.output.channels:
                self.dealt.add(index)
        if not self.dealt.isdisjoint(inputs):
            given = self.model.shapes[inputs[0]]
            if given is None or not _mixes_channels(facts, given):
                self.dealt.add(index)

    def pass_on(self, seen: Seen, facts: Facts, given: Shape | None, dealt: bool = False) -> Seen:
        """What a layer with one input sees, from what its input sees."""
        window = facts.window
        if seen is Sight.NOTHING or seen is Sight.WHOLE:
            return seen
        if isinstance(window, WholeInput):
            return Sight.WHOLE
        if isinstance(seen, Sight) or given is None:
            return Sight.UNKNOWN
        if isinstance(window, Pointwise):
            return seen if given.extents == facts.output.extents else Sight.UNKNOWN
        if dealt and _moves_channels(facts, given):  # what lies among the channels may come back into the map
            return Sight.UNKNOWN
        if isinstance(window, Rearranged):
            return self._rearrange(seen, window, given)
        if isinstance(window, tuple) and len(window) == given.rank:
            return _all_or_unknown([self._step(field, window) for field in seen])
        return Sight.UNKNOWN

    def _step(self, field: Field, window: Sequence[AnyAxis]) -> Field | None:
        if field.along is None:
            return field
        axis = window[field.along]
        after = pass_axis(field, axis)
        return self._count(after, len(axis.taps(0))) if isinstance(after, Phases) else after

    def _count(self, field: Phases, taps: int = 1) -> Field | None:
        """Give a pattern up once too much has been followed."""
        self.taps_left -= field.field.period * (1 + len(field.paths)) * min(taps, 2 * field.field.period)
        return field if self.taps_left > 0 else None

    def _rearrange(self, seen: tuple[Field, ...], window: Rearranged, given: Shape) -> Seen:
        fields: list[Field | None] = []
        for field in seen:
            if field.along is None:
                fields.append(field)
                continue
            route = window.routes[field.along]
            if route is None:
                fields.append(seen_together(field, given.extents[field.along]))
            else:
                after = pass_axis(field, route.steps)
                fields.append(None if after is None else replace(after, along=route.along))
        return _all_or_unknown(fields)

    def _merge(self, index: int, inputs: Sequence[int], facts: Facts | None) -> Seen:
        if index in self.left_out:
            inputs = [branch for branch in inputs if branch not in self.left_out[index]]
        if all(self.seen[branch] is Sight.NOTHING for branch in inputs):
            return Sight.NOTHING
        if facts is None:
            return Sight.UNKNOWN
        if isinstance(facts.window, WholeInput):  # of maps that see parts of it each unit of a map sees a part
            sees_parts = any(self.seen[branch] not in (Sight.WHOLE, Sight.NOTHING) for branch in inputs)
            return Sight.UNKNOWN if sees_parts and facts.output.rank else Sight.WHOLE
        if isinstance(facts.window, Joined):
            return self._join(inputs, facts.window)
        if isinstance(facts.window, Apart):
            views = [(branch, self._view_apart(branch, way)) for branch, way in zip(inputs, facts.window.ways, strict=True)]
        else:
            views = [(branch, self._view(branch, facts.output.extents)) for branch in dict.fromkeys(inputs)]
        whole = frozenset(branch for branch, view in views if view is Sight.WHOLE)
        seeing = [(branch, view) for branch, view in views if view not in (Sight.WHOLE, Sight.NOTHING)]
        if not seeing:
            return Sight.WHOLE
        if whole:
            self.gates[index] = whole
        branches = [(branch, view) for branch, view in seeing if not isinstance(view, Sight)]
        if len(branches) < len(seeing):
            return Sight.UNKNOWN
        merge = Merge(index, branches, facts.output.extents)
        fields = merge.hull()
        self.found += merge.found
        counted = [self._count(field) if isinstance(field, Phases) else field for field in fields or ()]
        seen = Sight.UNKNOWN if fields is None else _all_or_unknown(counted)
        return seen if isinstance(facts.window, (Pointwise, Apart)) else self.pass_on(seen, facts, facts.output)

    def _join(self, inputs: Sequence[int], window: Joined) -> Seen:
        """Maps side by side: a field where those that see the input see it alike."""
        seeing = [(at, view) for at, branch in enumerate(inputs) if (view := self.seen[branch]) is not Sight.NOTHING]
        if all(view is Sight.WHOLE for _, view in seeing):
            return Sight.WHOLE
        branches = [(total(window.extents[:at]), view) for at, view in seeing if not isinstance(view, Sight)]
        fields = join_fields(branches, window.axis) if len(branches) == len(seeing) else None
        return Sight.UNKNOWN if fields is None else fields

    def _view_apart(self, branch: int, way: Rearranged) -> Seen:
        """What one input contributes where each is read in a way of its own."""
        seen, shape = self.seen[branch], self.model.shapes[branch]
        if isinstance(seen, Sight):
            return seen
        return Sight.UNKNOWN if shape is None or branch in self.dealt else self._rearrange(seen, way, shape)

    def _view(self, branch: int, extents: tuple[Size, ...]) -> Seen:
        """What a branch contributes to units of a map of these extents."""
        seen, shape = self.seen[branch], self.model.shapes[branch]
        if isinstance(seen, Sight):
            return seen
        if shape is None or shape.rank != len(extents):
            return Sight.UNKNOWN
        if shape.extents == extents or (self.model.allowed is not None and self._must_agree(shape.extents, extents)):
            return seen
        # One unit broadcast over a larger map: a gate, if it has seen everything there is.
        spread = all(own == wanted or own == 1 for own, wanted in zip(shape.extents, extents, strict=True))
        alone = all(own == 1 for own in shape.extents)
        return Sight.WHOLE if spread and alone and self._covers(seen) else Sight.UNKNOWN

    @staticmethod
    def _must_agree(own: tuple[Size, ...], wanted: tuple[Size, ...]) -> bool:
        from cnnspec.analysis.open_sizes import must_agree

        return must_agree(own, wanted)

    def _covers(self, seen: tuple[Field, ...]) -> bool:
        """Whether the first unit sees the whole input."""
        return all(isinstance(n, int) and _reaches(field, int(n)) for field, n in zip(seen, self.extents, strict=True))


def _reaches(field: Field, extent: int) -> bool:
    """Whether the first unit sees all pixels along an axis."""
    if isinstance(field, AxisField):
        return isinstance(field.start, int) and field.start <= 0 and field.start + field.size >= extent
    first = field.field.at(0)
    return first is not None and first[0] <= 0 and first[1] >= extent - 1


def _moves_channels(facts: Facts, given: Shape) -> bool:
    """Whether channels may become positions: in a rearrangement, or a window without weights that changes their number."""
    if isinstance(facts.window, tuple):
        return not facts.params and facts.output.channels != given.channels
    return isinstance(facts.window, Rearranged)


def _mixes_channels(facts: Facts, given: Shape) -> bool:
    """Whether every output channel reads all input channels: a kernel has a weight for each pair of them."""
    pairs = given.channels, facts.output.channels
    if not (isinstance(pairs[0], int) and isinstance(pairs[1], int)):
        return False
    kernels = [param for param in facts.params if param.role == "kernel" and param.connected is None]
    return any(param.shape[-2] * param.shape[-1] % (pairs[0] * pairs[1]) == 0 for param in kernels)


def _all_or_unknown(fields: Sequence[Field | None]) -> Seen:
    known = tuple(field for field in fields if field is not None)
    return known if len(known) == len(fields) else Sight.UNKNOWN


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
