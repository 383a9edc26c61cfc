"""Which pixels given units read: one walk over the graph, back to front.

Positions along an axis are the bits of an integer, and what is read of a map is a few boxes, each the product of its
axes. So a window is a few shifts, a merge puts boxes together, and the walk takes time linear in the graph, whatever the
number of paths. What lies outside a map is padding: nobody reads it. The channels of a position are taken together.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from cnnspec.analysis.receptive_field import Sights
from cnnspec.layers.base import Facts
from cnnspec.layers.shape import Shape
from cnnspec.layers.window import AnyAxis, Apart, Joined, Pointwise, Rearranged, Recounted, WholeInput, reads_without_gaps
from cnnspec.resolve.result import ResolvedModel

#: The positions of an axis: bit i stands for position i.
Positions = int
#: The positions along every axis; a vector has no axis.
Box = tuple[Positions, ...]

#: From the first to the last, without a gap.
Interval = tuple[int, int]

#: A map with more boxes has them replaced by the one around them all.
MOST_BOXES: Final = 32
#: What is walked through bit by bit: at most this many positions of all nodes together.
MOST_BITS: Final = 1 << 28


def read_by_unit(model: ResolvedModel, sights: Sights, index: int, unit: Sequence[int]) -> tuple[Interval, ...] | None:
    """From the first to the last pixel of the input that a unit reads, along every axis; None if it reads none.

    Exact at borders too, and where the field of its layer is unknown: as the gradient of the unit shows. Gates are held
    constant, as in ``sights``.

    Args:
        sights: what was found on the input that is asked about.
        index: the unit's node.
        unit: its position in the map; empty for a vector.

    Raises:
        ValueError: an extent on the way is unknown.
    """
    boxes = trace_back(model, {index: tuple(1 << position for position in unit)}, sights).get(sights.source)
    return None if boxes is None else tuple((first_bit(axis), axis.bit_length() - 1) for axis in _around(boxes))


def find_unread(model: ResolvedModel) -> Mapping[int, tuple[tuple[Interval, ...], ...]]:
    """The rows and columns on which no output depends, per input and axis, gates included; none where extents are unknown.

    Windows that do not fit (``valid``), strides larger than kernels and crops leave some.
    """
    if not knows_extents(model):
        return {}
    shapes = {id(shape): shape for shape in model.shapes if shape is not None}.values()
    longest = max((int(n) for shape in shapes for n in shape.extents), default=0)  # type: ignore[arg-type]
    if longest * len(model.network.nodes) > MOST_BITS:
        return {}
    read = trace_back(model, {output: _all(_known(model.shapes[output])) for output in model.network.outputs})
    inputs = [index for index, node in enumerate(model.network.nodes) if not node.inputs]
    return {index: _left(_all(_known(model.shapes[index])), read.get(index)) for index in inputs}


def find_unseen(model: ResolvedModel, sights: Sights, index: int) -> tuple[tuple[Interval, ...], ...]:
    """The rows and columns of the input that no unit of a node sees; gates are left out, as in ``sights``.

    Raises:
        ValueError: an extent on the way is unknown.
    """
    read = trace_back(model, {index: _all(_known(model.shapes[index]))}, sights)
    return _left(_all(_known(model.shapes[sights.source])), read.get(sights.source))


def first_source(model: ResolvedModel, index: int) -> int:
    """The first input that a node reads."""
    nodes = model.network.nodes
    reached, waiting = {index}, [index]
    while waiting:
        fresh = set(nodes[waiting.pop()].inputs) - reached
        reached |= fresh
        waiting += fresh
    return min(at for at in reached if not nodes[at].inputs)


def knows_extents(model: ResolvedModel) -> bool:
    """Whether the extents of all maps are known."""
    return None not in model.facts and all(map(_is_known, {id(shape): shape for shape in model.shapes}.values()))


def count_positions(stretches: Sequence[Interval]) -> int:
    """How many positions lie in the stretches together."""
    return sum(last - first + 1 for first, last in stretches)


def _left(whole: Box, boxes: Sequence[Box] | None) -> tuple[tuple[Interval, ...], ...]:
    read = (0,) * len(whole) if boxes is None else _around(boxes)
    return tuple(intervals(full & ~axis) for full, axis in zip(whole, read, strict=True))


def trace_back(model: ResolvedModel, units: Mapping[int, Box], sights: Sights | None = None) -> Mapping[int, Sequence[Box]]:
    """What these units read of every node.

    Args:
        units: by node.
        sights: where given, branches left out there as gates are left out here.

    Raises:
        ValueError: an extent on the way is unknown.
    """
    read: dict[int, Sequence[Box]] = {index: (box,) for index, box in units.items()}
    found: dict[tuple[int, int, Shape, Sequence[Box]], Sequence[Box]] = {}  # repeated blocks state the very same facts
    for index in range(max(units, default=-1), -1, -1):
        node, facts = model.network.nodes[index], model.facts[index]
        if index not in read or not node.inputs:
            continue
        if facts is None:
            raise ValueError(f"{node.path} is not known")
        gates = frozenset[int]() if sights is None else sights.gates.get(index, frozenset[int]())
        for number, source in enumerate(node.inputs):
            if source in gates:
                continue
            given = _known(model.shapes[source])
            key = (id(facts), number, given, read[index])
            parts = found.get(key)
            if parts is None:
                boxes = [part for box in read[index] for part in _read_before(box, facts, given, number)]
                parts = found[key] = _put_together(boxes)
            before = read.get(source)
            if parts and before != parts:
                read[source] = parts if before is None else _put_together([*before, *parts])
    return read


def _put_together(boxes: Sequence[Box]) -> Sequence[Box]:
    """The same positions in fewer boxes: without those inside another, neighbours along one axis as one."""
    kept: list[Box] = []
    for box in boxes:
        added = box
        while (other := next((other for other in kept if _is_union_a_box(added, other)), None)) is not None:
            kept.remove(other)
            added = _around((added, other))
        kept.append(added)
    return tuple(kept) if len(kept) <= MOST_BOXES else (_around(kept),)


def _is_union_a_box(a: Box, b: Box) -> bool:
    union = _around((a, b))
    return union in (a, b) or sum(one != other for one, other in zip(a, b, strict=True)) <= 1


def _around(boxes: Sequence[Box]) -> Box:
    """The one box around them."""
    around = boxes[0]
    for box in boxes[1:]:
        around = tuple(a | b for a, b in zip(around, box, strict=True))
    return around


def _read_before(box: Box, facts: Facts, given: Shape, number: int) -> list[Box]:
    """What the units of a box read of the layer's input of that number."""
    window = facts.window.ways[number] if isinstance(facts.window, Apart) else facts.window
    match window:
        case WholeInput():
            return [_all(given)]
        case Recounted():
            return _recount_back(box, facts.output, given)
        case Pointwise():
            found = tuple(1 if n == 1 else axis for n, axis in zip(given.extents, box, strict=False))
        case Rearranged():
            found = tuple(
                _full(n) if route is None else read_before(box[route.along], route.steps, int(n))  # type: ignore[arg-type]
                for n, route in zip(given.extents, window.routes, strict=True)
            )
        case Joined():
            before = sum(int(n) for n in window.extents[:number])  # type: ignore[arg-type]
            found = tuple(
                (axis >> before) & _full(n) if at == window.axis else axis
                for at, (n, axis) in enumerate(zip(given.extents, box, strict=True))
            )
        case _:
            found = tuple(
                read_before(positions, axis, int(n))  # type: ignore[arg-type]
                for n, positions, axis in zip(given.extents, box, window, strict=True)
            )
    return [found] if all(found) else []


def _recount_back(box: Box, output: Shape, given: Shape) -> list[Box]:
    """The positions of a map that hold the values of a box of its reshaped one, counted one by one."""
    if box == _all(output):
        return [_all(given)]
    *_, into = (int(n) for n in output.dims)  # type: ignore[arg-type]
    *extents, channels = (int(n) for n in given.dims)  # type: ignore[arg-type]
    places = [0]
    for axis, n in zip(box, output.extents, strict=True):
        positions = [position for first, last in intervals(axis) for position in range(first, last + 1)]
        places = [place * int(n) + position for place in places for position in positions]  # type: ignore[arg-type]
    read = {value // channels for place in places for value in (place * into, (place + 1) * into - 1)}
    read |= {at for place in places for at in range(place * into // channels, (place + 1) * into // channels)}
    return _boxes_of(sorted(read), extents)


def _boxes_of(places: Sequence[int], extents: Sequence[int]) -> list[Box]:
    """Boxes around places in row-by-row order: rows that hold the same columns together."""
    *rows, last = extents
    if not rows:
        return [(sum(1 << place for place in places),)]
    held: dict[int, Positions] = {}
    for place in places:
        held[place // last] = held.get(place // last, 0) | 1 << place % last
    alike: dict[Positions, list[int]] = {}
    for row, columns in held.items():
        alike.setdefault(columns, []).append(row)
    return [(*box, columns) for columns, group in alike.items() for box in _boxes_of(group, rows)]


def read_before(outputs: Positions, axis: AnyAxis, extent: int) -> Positions:
    """The positions of an input of that extent that these outputs read.

    The outputs of one phase of the window's period stand t apart and read s apart: their bits are taken out, spread, and
    shifted once for each tap.
    """
    turn, further = axis.period
    if turn > 1 and reads_without_gaps(axis):
        return _fill([axis.reads(*stretch) for stretch in intervals(outputs)], extent)
    read, digits = 0, "" if turn == 1 else f"{outputs:b}"[::-1]
    for phase in range(min(turn, outputs.bit_length())):
        every = outputs if turn == 1 else int(digits[phase::turn][::-1] or "0", 2)
        if every:
            read |= _shift_to(_spread(every, further), axis.taps(phase), extent)
    return read & _full(extent)


def _fill(stretches: Sequence[Interval], extent: int) -> Positions:
    """The positions of stretches, which stand in order, as far as they lie on the map."""
    parts, reached = list[str](), 0
    for first, last in stretches:
        begin, end = max(first, reached), min(last + 1, extent)
        if begin < end:
            parts += "0" * (begin - reached), "1" * (end - begin)
            reached = end
    return int("".join(parts)[::-1] or "0", 2)


def _shift_to(bits: Positions, taps: Sequence[int], extent: int) -> Positions:
    """The bits shifted to each of the taps; taps at even distances by doubling what there is, so that many take few steps."""
    if not isinstance(taps, range):
        read = 0
        for tap in taps:
            read |= _shift(bits, tap)
        return read
    nearest = max(-(-(1 - bits.bit_length() - taps.start) // taps.step), 0)  # taps before it leave no bit on the map
    taps = taps[nearest : max((extent - 1 - taps.start) // taps.step + 1, 0)]
    count, reached = len(taps), 1
    while reached < count:
        further = min(reached, count - reached)
        bits |= bits << further * taps.step
        reached += further
    return _shift(bits, taps.start) if count else 0


def _shift(bits: Positions, places: int) -> Positions:
    return bits << places if places >= 0 else bits >> -places


def _spread(bits: Positions, step: int) -> Positions:
    """The bits ``step`` apart; all in one place at step 0."""
    if step == 1 or not bits:
        return bits
    return int(("0" * (step - 1)).join(f"{bits:b}"), 2) if step else 1


def _all(shape: Shape) -> Box:
    return tuple(map(_full, shape.extents))


def _full(extent: object) -> Positions:
    assert isinstance(extent, int)
    return (1 << int(extent)) - 1


def _is_known(shape: Shape | None) -> bool:
    return shape is not None and all(isinstance(n, int) for n in shape.extents)


def _known(shape: Shape | None) -> Shape:
    if shape is None or not _is_known(shape):
        raise ValueError(f"not all extents of {shape} are known")
    return shape


def first_bit(positions: Positions) -> int:
    """The first position."""
    return (positions & -positions).bit_length() - 1


def intervals(positions: Positions) -> tuple[Interval, ...]:
    """The positions as intervals, in order."""
    return tuple((found.start(), found.end() - 1) for found in re.finditer("1+", f"{positions:b}"[::-1]))
