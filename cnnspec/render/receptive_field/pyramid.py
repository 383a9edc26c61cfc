"""What a receptive-field picture shows: the maps below one unit, and what it sees of each of them.

The way down follows the branch that sees most at every merge. What is seen of a map is exact all the same: it is all that
the unit sees of that map, on whichever way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import groupby, pairwise
from math import prod

from cnnspec.analysis.explain.top_down import Top
from cnnspec.analysis.reading import Interval
from cnnspec.analysis.receptive_field import Sight
from cnnspec.analysis.report import ModelReport, ReceptiveField, Row
from cnnspec.analysis.top_down import MOST_STEPS, place_down, read_down
from cnnspec.render.errors import RenderError
from cnnspec.render.graph.view import inner_path
from cnnspec.render.naming import find_node
from cnnspec.resolve.result import ResolvedModel

#: Above so many maps, those between maps of one size are left out.
MOST_MAPS = 16


@dataclass(frozen=True, slots=True)
class Reach:
    """What the unit sees of a map along one axis.

    Attributes:
        extent: the positions of the map.
        first, last: what is seen, padding included.
        read: what of it is on the map and read there; None for nothing.
        pitch: the distance of neighbours in pixels of the input.
        centre: where position 0 stands, in the same pixels.
    """

    extent: int
    first: int
    last: int
    read: Interval | None
    pitch: Fraction
    centre: Fraction

    @property
    def size(self) -> int:
        return self.last - self.first + 1


@dataclass(slots=True)
class Floor:
    """A map of the pyramid.

    Attributes:
        row: the layer that makes it, or the input.
        reaches: per spatial axis.
        between: the layers from the next lower floor to this one, this one first; none for the input.
    """

    row: Row
    reaches: tuple[Reach, ...]
    between: list[Row] = field(default_factory=list[Row])

    @property
    def size(self) -> tuple[int, ...]:
        """How many positions of the map are seen, padding included."""
        return tuple(reach.size for reach in self.reaches)

    @property
    def extents(self) -> tuple[int, ...]:
        return tuple(reach.extent for reach in self.reaches)


@dataclass(frozen=True, slots=True)
class Pyramid:
    """One unit and the floors below it, the unit's own map first.

    Attributes:
        layer: the unit's layer.
        unit: the unit's position.
        field: the field on the input, as tables have it.
        beside: layers below the unit that are on other branches.
        gates: branches left out because they see everything.
    """

    report: ModelReport
    layer: Row
    unit: tuple[int, ...]
    floors: tuple[Floor, ...]
    field: ReceptiveField
    beside: int
    gates: int

    @property
    def top(self) -> Floor:
        return self.floors[0]

    @property
    def input(self) -> Floor:
        return self.floors[-1]

    @property
    def turns(self) -> bool:
        """Whether neighbours of the unit see fields of other sizes."""
        return any(len(sizes) > 1 for sizes in self.field.sizes)


def build_pyramid(report: ModelReport, layer: str | None = None, unit: Sequence[int] | None = None) -> Pyramid:
    """The pyramid of a unit.

    Args:
        report: the model.
        layer: the end of a layer's path; the last one whose units see a part of the input, unless named.
        unit: the position of the unit; the middle of the map, unless named.

    Raises:
        RenderError: there is no such layer or unit, or its field is not known.
    """
    top = _find_top(report, layer)
    extents = _extents(report.rows[top.index])
    position = _check_unit(report.rows[top.index], extents, unit)
    chain = _follow(top)
    read = read_down(top.model, top.sights, top.index, position)
    if sum(top.index - at for at in chain) > MOST_STEPS:
        raise RenderError(f"too many layers lie below {top.name} to measure each", "name a lower one: --layer")
    floors = [_measure(top, at, position, read.get(at)) for at in chain]
    found = top.sights.field(top.index)
    assert found is not None
    kept = _leave_out(_fold(floors))
    aside = len(top.above) - len(chain)
    gates = len({gate for at in top.above for gate in top.sights.gates.get(at, ())})
    return Pyramid(report, report.rows[top.index], position, tuple(kept), found, aside, gates)


def _find_top(report: ModelReport, layer: str | None) -> Top:
    rows = report.rows
    model = ResolvedModel(
        report.name,
        report.network,
        tuple(row.output_shape for row in rows),
        tuple(row.facts for row in rows),
        (),
        allowed=report.allowed,
    )
    top = Top.of(model, report, None if layer is None else find_layer(report, layer))
    if top is None:
        raise RenderError(f"no unit of {report.name} sees a part of its input", "--style graph draws every network")
    if rows[top.index].is_input:
        raise RenderError(f"{inner_path(rows[top.index])} is an input: its units see themselves", "name a layer")
    for at in top.above:
        shape = rows[at].output_shape
        if shape is None:
            name = inner_path(rows[at])
            raise RenderError(f"the size of {name} is unknown because of an error", "cnnspec check says which")
        if not shape.known:
            raise RenderError(f"a field is drawn to scale, but {inner_path(rows[at])} is {shape}", "give --input, as in 28x28")
    if top.sights.field(top.index) is None:
        row = rows[top.index]
        why = "see the whole input by construction" if row.sees_all else "see in too many ways to be drawn"
        raise RenderError(f"units of {inner_path(row)} {why}", "name a layer before it: --layer")
    return top


def find_layer(report: ModelReport, name: str) -> int:
    """The index of the one layer whose path ends in the name.

    Raises:
        RenderError: none does, or several do.
    """
    return find_node(report.network, name)


def _extents(row: Row) -> tuple[int, ...]:
    assert row.output_shape is not None
    return tuple(int(n) for n in row.output_shape.extents)  # type: ignore[arg-type]


def _check_unit(row: Row, extents: tuple[int, ...], unit: Sequence[int] | None) -> tuple[int, ...]:
    if unit is None:
        return tuple((n - 1) // 2 for n in extents)
    if len(unit) == len(extents) and all(0 <= at < n for at, n in zip(unit, extents, strict=True)):
        return tuple(unit)
    ranges = ", ".join(f"0 to {n - 1:,}" for n in extents)
    given = ",".join(map(str, unit))
    raise RenderError(f"{inner_path(row)} is {row.output_shape} and has no unit at {given}", f"positions: {ranges}")


def _follow(top: Top) -> list[int]:
    """The nodes from the unit's own down to the input, along the first of the branches that see most of the input."""
    at, chain = top.index, [top.index]
    while at != top.sights.source:
        gates = top.sights.gates.get(at, frozenset[int]())
        nodes = top.model.network.nodes
        ways = [node for node in nodes[at].inputs if node not in gates and top.sights.seen[node] is not Sight.NOTHING]
        at = max(ways, key=lambda node: _seen(top, node))
        chain.append(at)
    return chain


def _seen(top: Top, node: int) -> int:
    field = top.sights.field(node)
    return 0 if field is None else prod(field.size)


def _measure(top: Top, at: int, unit: tuple[int, ...], read: tuple[Interval, ...] | None) -> Floor:
    """What the unit sees of a map, and where the map stands above the input."""
    row = top.report.rows[at]
    extents, pixels = _extents(row), _extents(top.report.rows[top.sights.source])
    if len(extents) != len(pixels):
        name, source = inner_path(row), inner_path(top.report.rows[top.sights.source])
        raise RenderError(
            f"{name} has other axes than {source}, so that one scale cannot hold both", "name a layer before it: --layer"
        )
    placed = place_down(top.model, top.sights, top.index, at, unit)
    if placed is None:
        raise RenderError(f"what {top.name} sees of {inner_path(row)} is not known", "name another layer: --layer")
    stands = _stand(top, at, extents, pixels)
    reaches = [Reach(n, *placed[axis], None if read is None else read[axis], *stands[axis]) for axis, n in enumerate(extents)]
    return Floor(row, tuple(reaches))


def _stand(top: Top, at: int, extents: tuple[int, ...], pixels: tuple[int, ...]) -> list[tuple[Fraction, Fraction]]:
    """(pitch, centre of position 0) per axis, in pixels of the input.

    Units stand above the middles of their fields, the map moved above the input where it would stick out (causal padding).
    Where units take turns, or their fields are unknown, the map is spread over the input.
    """
    found = top.sights.field(at)
    if at == top.sights.source:
        return [(Fraction(1), Fraction(1, 2))] * len(extents)
    if found is not None and not found.sizes and len(found.size) == len(extents) and None not in found.start:
        middles = [Fraction(2 * (start or 0) + size, 2) for start, size in zip(found.start, found.size, strict=True)]
        parts = zip(found.jump, middles, extents, pixels, strict=True)
        return [(Fraction(jump), _above(middle, Fraction(jump), extent, n)) for jump, middle, extent, n in parts]
    return [(Fraction(n, extent), Fraction(n, 2 * extent)) for n, extent in zip(pixels, extents, strict=True)]


def _above(centre: Fraction, pitch: Fraction, extent: int, pixels: int) -> Fraction:
    """Where position 0 stands so that the map lies above the input, or the input below the map."""
    room = pixels - extent * pitch
    first = centre - pitch / 2
    return min(max(first, min(room, Fraction(0))), max(room, Fraction(0))) + pitch / 2


def _fold(floors: Sequence[Floor]) -> list[Floor]:
    """The floors without those of layers that look at single positions; these belong to the step that they are in."""
    kept: list[Floor] = []
    waiting: list[Row] = []
    for floor, lower in pairwise(floors):
        same = floor.extents == lower.extents and all(
            (a.first, a.last) == (b.first, b.last) for a, b in zip(floor.reaches, lower.reaches, strict=True)
        )
        waiting.append(floor.row)
        if not same:
            floor.between, waiting = waiting, []
            kept.append(floor)
    last = floors[-1]
    if not kept:  # every layer looks at single positions
        floors[0].between = waiting
        return [floors[0], last]
    last.between = []
    kept[-1].between += waiting
    return [*kept, last]


def _leave_out(floors: list[Floor]) -> list[Floor]:
    """At most about 16 floors: those between the first and the last of one size are left out, the longest stretches first;
    of one long stretch, and where that is not enough, the middle."""
    stretches = [[at for at, _ in group] for _, group in groupby(enumerate(floors), key=lambda pair: pair[1].extents)]
    left = list(range(len(floors)))
    for length in sorted({len(stretch) for stretch in stretches}, reverse=True):
        inner = {at for stretch in stretches if len(stretch) == length for at in stretch[1:-1]}
        if len(left) <= MOST_MAPS or len(left) - len(inner) < MOST_MAPS // 2:
            break
        left = [at for at in left if at not in inner]
    if len(left) > MOST_MAPS:
        left = left[: MOST_MAPS // 2] + left[len(left) - MOST_MAPS // 2 :]
    kept: list[Floor] = []
    for at, floor in enumerate(floors):
        if at in left:
            kept.append(floor)
        else:
            kept[-1].between += floor.between
    return kept
