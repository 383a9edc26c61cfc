"""What borders leave of a field: each unit of a layer with what it would see without them, and what it reads."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from cnnspec.analysis.axis_field import AxisField, Field
from cnnspec.analysis.phases import Stretch, hull_of
from cnnspec.analysis.receptive_field import Sight, Sights
from cnnspec.layers.base import Facts
from cnnspec.layers.window import AnyAxis, Apart, Axis, Joined, Pointwise, Rearranged, Recounted, WholeInput
from cnnspec.record import record
from cnnspec.resolve.result import ResolvedModel

#: Units are followed up to this many of all layers together.
MOST_UNITS: Final = 200_000


@record
class UnitField:
    """The field of one unit along one axis: ``whole``, with padding, and the pixels ``left`` of it that are read."""

    whole: Stretch
    left: Stretch

    @property
    def cut(self) -> bool:
        """Whether it sees padding in place of pixels, at whatever map on the way."""
        return self.whole != self.left


def find_unit_fields(
    model: ResolvedModel, sights: Sights, index: int, axis: int, known: dict[int, list[Stretch]] | None = None
) -> list[UnitField]:
    """The fields of a node's units along an axis of the input, inside the other axes of their map.

    Empty where they are unknown, or where all units see the same. ``known`` is what was found for other nodes by the same
    sights along the same axis; what is found here is added.

    Raises:
        ValueError: an extent on the way is unknown.
    """
    seen = sights.seen[index]
    if isinstance(seen, Sight) or seen[axis].along is None:
        return []
    read = _Reading(model, sights, axis, {} if known is None else known).run(index)
    return [UnitField(unclipped(seen[axis], unit), left) for unit, left in enumerate(read)]


def unclipped(field: Field, unit: int) -> Stretch:
    """What a unit sees along one axis before anything is cut; its field must not start at an unknown pixel."""
    if isinstance(field, AxisField):
        assert isinstance(field.start, int)
        first = int(field.start) + unit * int(field.jump)
        return first, first + int(field.size) - 1
    return field.field.at(unit)


class _Reading:
    """From the first to the last pixel that each unit of a layer reads along one axis of the input, layer after layer.

    Units are those along which the axis runs; where all units see the same there is one.
    """

    def __init__(self, model: ResolvedModel, sights: Sights, axis: int, read: dict[int, list[Stretch]]) -> None:
        self.model = model
        self.sights = sights
        self.axis = axis
        self.read = read

    def run(self, index: int) -> list[Stretch]:
        """The stretches of the units of a node; none of them where that takes too many."""
        wanted = self._below(index)
        if sum(self._count(at) for at in wanted) > MOST_UNITS:
            return []
        for at in sorted(wanted - self.read.keys()):
            self.read[at] = self._of_node(at)
        return self.read[index]

    def _below(self, index: int) -> set[int]:
        """The node and all before it that have a field; gates are left out."""
        found, waiting = {index}, [index]
        while waiting:
            at = waiting.pop()
            fresh = {source for source in self._sources(at) if source not in found}
            found |= fresh
            waiting += fresh
        return found

    def _sources(self, at: int) -> list[int]:
        gates = self.sights.gates.get(at, frozenset())
        inputs = self.model.network.nodes[at].inputs
        return [source for source in inputs if source not in gates and not isinstance(self.sights.seen[source], Sight)]

    def _along(self, at: int) -> int | None:
        seen = self.sights.seen[at]
        return None if isinstance(seen, Sight) else seen[self.axis].along

    def _count(self, at: int) -> int:
        """The units of a node along the axis."""
        along, shape = self._along(at), self.model.shapes[at]
        extent = 1 if along is None else 0 if shape is None else shape.extents[along]
        if not isinstance(extent, int):
            raise ValueError(f"not all extents of {shape} are known")  # noqa: TRY004
        return int(extent)

    def _of_node(self, at: int) -> list[Stretch]:
        facts = self.model.facts[at]
        if at == self.sights.source:
            return [(pixel, pixel) for pixel in range(self._count(at))]
        assert facts is not None
        inputs = self.model.network.nodes[at].inputs
        parts = [self._of_input(at, number, facts) for number, source in enumerate(inputs) if source in self._sources(at)]
        if isinstance(facts.window, Joined) and self._along(at) == facts.window.axis:
            return [stretch for part in parts for stretch in part]
        return parts[0] if len(parts) == 1 else [hull_of(stretches) for stretches in zip(*parts, strict=True)]

    def _of_input(self, at: int, number: int, facts: Facts) -> list[Stretch]:
        """What the units of a node read through its input of that number."""
        source = self.model.network.nodes[at].inputs[number]
        before, along = self.read[source], self._along(source)
        window = facts.window.ways[number] if isinstance(facts.window, Apart) else facts.window
        match window:
            case Pointwise() | Joined() | WholeInput() | Recounted():
                return before
            case Rearranged():
                route = None if along is None else window.routes[along]
                if along is None:
                    return before
                return [hull_of(before)] if route is None else _slide(before, route.steps, self._count(at))
            case _:
                return before if along is None else _slide(before, window[along], self._count(at))


def _slide(before: Sequence[Stretch], axis: AnyAxis, count: int) -> list[Stretch]:
    """What so many units behind a window read, by what those read that lie under it."""
    if isinstance(axis, Axis) and axis.kernel == axis.stride == 1 and not axis.before and len(before) == count:
        return list(before)
    return [hull_of(_inside(before, axis.taps(unit))) for unit in range(count)]


def _inside(before: Sequence[Stretch], taps: Sequence[int]) -> Iterable[Stretch]:
    return [before[tap] for tap in taps if 0 <= tap < len(before)]
