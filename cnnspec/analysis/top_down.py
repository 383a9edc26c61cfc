"""What one unit sees of every layer below it, from the top down: the receptive field seen from its other end.

Where windows alone lie in between, r positions of a map read (r − 1)·s + e of the one below. Through branches,
upsampling and everything else the field is found as on an input: each layer below is taken for the input of the part
that lies above it (:func:`~cnnspec.analysis.receptive_field.see_layer`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from cnnspec.analysis.axis_field import AxisField, Field
from cnnspec.analysis.phases import Stretch
from cnnspec.analysis.reading import Interval, first_bit, trace_back
from cnnspec.analysis.receptive_field import Seen, Sight, Sights, as_report, see_input, see_layer
from cnnspec.analysis.report import ReceptiveField
from cnnspec.record import record
from cnnspec.resolve.result import ResolvedModel

#: Steps of walks, one for each layer shown and each layer above it; with more, only the inputs are looked at.
MOST_STEPS: Final = 1_000_000


@record
class Level:
    """A layer below a unit, and what the unit sees of its map.

    Attributes:
        index: the layer's node.
        field: the sizes of what is seen, the same for all units unless ``sizes`` lists several; None where all of the map
            is seen by construction, or the sizes are not known.
        sees_all: all of the map is seen by construction.
    """

    index: int
    field: ReceptiveField | None
    sees_all: bool


def look_down(model: ResolvedModel, sights: Sights, index: int) -> list[Level]:
    """The layers with windows, the merges and the inputs below a node, from the node itself down.

    Args:
        sights: on the first input that the node reads; what is a gate there is left out.
        index: the node.
    """
    inputs = [at for at in below(model, index, sights) if not model.network.nodes[at].inputs]
    stops = [at for at in below(model, index, sights) if at == index or _is_stop(model, at)]
    if sum(index - at for at in stops) > MOST_STEPS:
        stops = [index]
    levels: list[Level] = []
    for at in sorted({*stops, *inputs}, reverse=True):
        if at == sights.source:
            seen = sights.seen[index]
        elif at in inputs:
            seen = see_input(model, at).seen[index]
        else:
            seen = see_layer(model, at, index, sights.gates)
        levels.append(_level(model, at, seen, index))
    return levels


def read_down(model: ResolvedModel, sights: Sights, index: int, unit: Sequence[int]) -> dict[int, tuple[Interval, ...]]:
    """From the first to the last position that one unit reads of every node, exact at borders; gates left out.

    Raises:
        ValueError: an extent on the way is unknown.
    """
    boxes = trace_back(model, {index: tuple(1 << position for position in unit)}, sights)
    found: dict[int, tuple[Interval, ...]] = {}
    for at, parts in boxes.items():
        joined = list(parts[0])
        for part in parts[1:]:
            joined = [a | b for a, b in zip(joined, part, strict=True)]
        found[at] = tuple((first_bit(axis), axis.bit_length() - 1) for axis in joined)
    return found


def place_down(model: ResolvedModel, sights: Sights, index: int, at: int, unit: Sequence[int]) -> tuple[Interval, ...] | None:
    """From the first to the last position of a lower map that one unit sees, per axis, padding included.

    What of it lies on the map, and is read there, :func:`read_down` says.

    Args:
        sights: on the first input that the node reads; what is a gate there is left out.
        index: the unit's node.
        at: the lower node, or the same.
        unit: the unit's position.

    Returns:
        None where all of the map is seen by construction, or where its field is not known.
    """
    seen = sights.seen[index] if at == sights.source else see_layer(model, at, index, sights.gates)
    if isinstance(seen, Sight):
        return None
    found = [_place(field, 0 if field.along is None else unit[field.along]) for field in seen]
    return None if None in found else tuple(stretch for stretch in found if stretch is not None)


def _place(field: Field, unit: int) -> Stretch:
    if not isinstance(field, AxisField):
        return field.field.at(unit)
    if not isinstance(field.start, int):
        return None
    first = int(field.start) + unit * int(field.jump)
    return first, first + int(field.size) - 1


def highest_unit(model: ResolvedModel, sights: Sights) -> int | None:
    """The last node whose units see a part of the input; None where there is none."""
    seen = enumerate(sights.seen)
    return max((at for at, view in seen if not isinstance(view, Sight) and at != sights.source), default=None)


def _level(model: ResolvedModel, at: int, seen: Seen, top: int) -> Level:
    shape = model.shapes[top]
    if isinstance(seen, Sight) or shape is None:
        return Level(at, None, seen is Sight.WHOLE)
    return Level(at, as_report(seen, shape.extents), False)


def below(model: ResolvedModel, index: int, sights: Sights) -> Iterator[int]:
    """A node and all that it reads, directly or not, from the top down; gates left out."""
    reached = {index}
    for at in range(index, -1, -1):
        if at in reached:
            yield at
            reached.update(set(model.network.nodes[at].inputs) - sights.gates.get(at, frozenset()))


def _is_stop(model: ResolvedModel, at: int) -> bool:
    facts = model.facts[at]
    return len(model.network.nodes[at].inputs) > 1 or (facts is not None and isinstance(facts.window, tuple))
