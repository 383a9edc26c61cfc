"""Which pixels given units read: one walk over the graph, back to front.

Positions along an axis are the bits of an integer, so a window is a few shifts, a merge is an "or", and the walk takes
time linear in the graph, whatever the number of paths. What lies outside a map is padding: nobody reads it. Rows and
columns are kept apart: a row counts as read if any pixel of it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from cnnspec.analysis.receptive_field import Sights
from cnnspec.layers.base import Facts
from cnnspec.layers.shape import Shape
from cnnspec.layers.window import AnyAxis, Joined, Pointwise, Rearranged, WholeInput
from cnnspec.resolve.result import ResolvedModel

#: The positions of an axis: bit i stands for position i.
Positions = int
#: The positions along every axis; a vector has no axis.
Box = tuple[Positions, ...]

#: From the first to the last, without a gap.
Interval = tuple[int, int]

#: What is walked through bit by bit: at most this many positions of all nodes together.
MOST_BITS: Final = 1 << 28


def read_by_unit(model: ResolvedModel, sights: Sights, index: int, unit: Sequence[int]) -> tuple[Interval, ...] | None:
    """From the first to the last pixel of the input that a unit reads, along every axis; None if it reads none.

    Exact on any graph, at borders too, as the gradient of the unit shows; gates are held constant, as in ``sights``.

    Args:
        sights: what was found on the input that is asked about.
        index: the unit's node.
        unit: its position in the map; empty for a vector.

    Raises:
        ValueError: an extent on the way is unknown.
    """
    read = trace_back(model, {index: tuple(1 << position for position in unit)}, sights).get(sights.source)
    return None if read is None else tuple((first_bit(axis), axis.bit_length() - 1) for axis in read)


def find_unread(model: ResolvedModel) -> Mapping[int, tuple[tuple[Interval, ...], ...]]:
    """The pixels on which no output depends, per input and axis, gates included; no entry where extents are unknown.

    Windows that do not fit (``valid``), strides larger than kernels and crops leave some.
    """
    longest = max((n for shape in model.shapes if shape is not None for n in shape.extents if isinstance(n, int)), default=0)
    if longest * len(model.network.nodes) > MOST_BITS:
        return {}
    try:
        read = trace_back(model, {output: _all(_known(model.shapes[output])) for output in model.network.outputs})
    except ValueError:
        return {}
    unread: dict[int, tuple[tuple[Interval, ...], ...]] = {}
    for index, node in enumerate(model.network.nodes):
        if not node.inputs:
            whole = _all(_known(model.shapes[index]))
            seen = read.get(index, (0,) * len(whole))
            unread[index] = tuple(intervals(full & ~axis) for full, axis in zip(whole, seen, strict=True))
    return unread


def find_unseen(model: ResolvedModel, sights: Sights, index: int) -> tuple[tuple[Interval, ...], ...]:
    """The pixels of the input that no unit of a node sees, per axis; gates are left out, as in ``sights``.

    Raises:
        ValueError: an extent on the way is unknown.
    """
    whole = _all(_known(model.shapes[sights.source]))
    read = trace_back(model, {index: _all(_known(model.shapes[index]))}, sights).get(sights.source, (0,) * len(whole))
    return tuple(intervals(full & ~axis) for full, axis in zip(whole, read, strict=True))


def trace_back(model: ResolvedModel, units: Mapping[int, Box], sights: Sights | None = None) -> dict[int, Box]:
    """What these units read of every node.

    Args:
        units: by node.
        sights: where given, branches left out there as gates are left out here.

    Raises:
        ValueError: an extent on the way is unknown.
    """
    read = dict(units)
    for index in range(max(units, default=-1), -1, -1):
        box, node, facts = read.get(index), model.network.nodes[index], model.facts[index]
        if box is None or not node.inputs:
            continue
        if facts is None:
            raise ValueError(f"{node.path} is not known")
        gates = sights.gates.get(index, frozenset[int]()) if sights is not None else frozenset[int]()
        for number, source in enumerate(node.inputs):
            part = None if source in gates else _read_before(box, facts, _known(model.shapes[source]), number)
            if part is not None:
                known = read.get(source)
                read[source] = part if known is None else tuple(a | b for a, b in zip(known, part, strict=True))
    return read


def _read_before(box: Box, facts: Facts, given: Shape, number: int) -> Box | None:
    """What the units of a box read of the layer's input of that number; None if nothing."""
    window = facts.window
    match window:
        case WholeInput():
            return _all(given)
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
    return found if all(found) or not found else None


def read_before(outputs: Positions, axis: AnyAxis, extent: int) -> Positions:
    """The positions of an input of that extent that these outputs read.

    The outputs of one phase of the window's period stand t apart and read s apart: their bits are taken out, spread, and
    shifted once for each tap.
    """
    turn, further = axis.period
    read = 0
    for phase in range(min(turn, outputs.bit_length())):
        bits = _spread(_every(outputs, phase, turn), further)
        for tap in axis.taps(phase) if bits else ():
            read |= bits << tap if tap >= 0 else bits >> -tap
    return read & _full(extent)


def _every(bits: Positions, first: int, step: int) -> Positions:
    """Bits first, first + step, … next to each other."""
    if step == 1:
        return bits >> first
    return int(f"{bits:b}"[::-1][first::step][::-1] or "0", 2)


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


def _known(shape: Shape | None) -> Shape:
    if shape is None or not all(isinstance(n, int) for n in shape.extents):
        raise ValueError(f"not all extents of {shape} are known")
    return shape


def first_bit(positions: Positions) -> int:
    """The first position."""
    return (positions & -positions).bit_length() - 1


def intervals(positions: Positions) -> tuple[Interval, ...]:
    """The positions as intervals, in order."""
    return tuple((found.start(), found.end() - 1) for found in re.finditer("1+", f"{positions:b}"[::-1]))
