"""The holes that dilated windows leave in what a unit reads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from cnnspec.analysis.lints.subject import Subject
from cnnspec.analysis.lints.windows import sliding_axes
from cnnspec.diagnostics import Diagnostic
from cnnspec.layers.base import Facts
from cnnspec.layers.window import Axis, Pointwise

#: Holes are looked for in fields of at most this many positions along an axis.
LONGEST_FIELD = 1 << 12


def lint_dilation(subject: Subject) -> Iterator[Diagnostic]:
    """The last dilated layers behind which a unit still leaves out positions between those that it reads.

    What a unit reads of the map at which its resolution begins is followed as bits, one integer an axis. A stride, and
    whatever is no sliding window, begins anew.
    """
    if not any(_is_dilated(alike.facts) for alike in subject.alike):
        return
    from cnnspec.diagnostics.catalogue.lints import dilation_gridding

    read = _read_within(subject)
    told = _told_later(subject, read)
    found = [at for at in read if _has_holes(read[at]) and _is_dilated(subject.facts[at]) and not told[at]]
    for index in subject.places(found):
        size = [axis.bit_length() for axis in read[index]]
        count = [axis.bit_count() for axis in read[index]]
        origin = subject.origins[index]
        yield dilation_gridding(
            origin.arguments.get("dilation_rate", origin.callee),
            layer=subject.nodes[index].name,
            read=tuple(count),
            size=tuple(size),
            dilations=_dilations(subject, index),
        )


def _read_within(subject: Subject) -> dict[int, tuple[int, ...]]:
    """Per node with a map of known rank, the positions that a unit reads of the map at which its resolution begins."""
    read: dict[int, tuple[int, ...]] = {}
    for index, (node, facts, shape) in enumerate(zip(subject.nodes, subject.facts, subject.model.shapes, strict=True)):
        if shape is None or not shape.rank:
            continue
        fresh = (1,) * shape.rank
        before = [read.get(source, fresh) for source in node.inputs]
        if facts is None or any(len(axes) != shape.rank for axes in before) or not before:
            read[index] = fresh
        elif isinstance(facts.window, Pointwise):
            read[index] = tuple(_centred(parts) for parts in zip(*before, strict=True))
        elif len(before) == 1 and _keeps_resolution(facts, before[0]):
            read[index] = tuple(_spread(bits, axis) for bits, axis in zip(before[0], sliding_axes(facts), strict=True))
        else:
            read[index] = fresh
    return read


def _keeps_resolution(facts: Facts, before: tuple[int, ...]) -> bool:
    axes = sliding_axes(facts)
    if len(axes) != len(before) or any(axis.stride > 1 for axis in axes):
        return False
    return all(bits.bit_length() + axis.effective <= LONGEST_FIELD for bits, axis in zip(before, axes, strict=True))


def _spread(bits: int, axis: Axis) -> int:
    """The bits once for each tap."""
    found = 0
    for tap in range(axis.kernel):
        found |= bits << tap * axis.dilation
    return found


def _centred(parts: tuple[int, ...]) -> int:
    """Several stretches of positions over each other, middle on middle."""
    longest = max(part.bit_length() for part in parts)
    found = 0
    for part in parts:
        found |= part << (longest - part.bit_length()) // 2
    return found


def _has_holes(axes: tuple[int, ...]) -> bool:
    return any(axis & axis + 1 for axis in axes)


def _told_later(subject: Subject, read: Mapping[int, tuple[int, ...]]) -> list[bool]:
    """Per node, whether a later one of the same resolution leaves nothing out, or is dilated and tells of the holes."""
    told = [False] * len(subject.nodes)
    for index in range(len(subject.nodes) - 1, -1, -1):
        later = (reader for reader in subject.readers[index] if reader in read and set(read[reader]) != {1})
        told[index] = any(told[at] or not _has_holes(read[at]) or _is_dilated(subject.facts[at]) for at in later)
    return told


def _is_dilated(facts: Facts | None) -> bool:
    return facts is not None and any(axis.dilation > 1 and axis.kernel > 1 for axis in sliding_axes(facts))


def _dilations(subject: Subject, index: int) -> tuple[int, ...]:
    """The dilation of a node's window and of those before it, back to the first of the row, the earliest first."""
    found: list[int] = []
    while True:
        node, facts = subject.nodes[index], subject.facts[index]
        if facts is None or not node.inputs:
            break
        axes = sliding_axes(facts)
        if axes and not any(axis.dilation > 1 for axis in axes):
            break
        if axes:
            found.append(max(axis.dilation for axis in axes))
        elif not isinstance(facts.window, Pointwise):
            break
        index = node.inputs[0]
    return tuple(reversed(found))
