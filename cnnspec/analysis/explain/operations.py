"""What a layer takes besides multiply-accumulates: elementwise operations, and what it keeps for the backward pass."""

from __future__ import annotations

from collections.abc import Iterator

from cnnspec.analysis.explain.lines import Line, equate, trace_shape
from cnnspec.analysis.explain.subject import Subject
from cnnspec.analysis.memory.kept import keeps_of
from cnnspec.analysis.memory.precision import FLOAT32
from cnnspec.layers.arithmetic import Size, lift, settle, show_size, total
from cnnspec.layers.upkeep import Kept


def explain_operations(subject: Subject) -> Iterator[Line]:
    """Additions, products, comparisons and functions of single values, for one sample."""
    shapes = [trace_shape(shape) if subject.output.known else shape for shape in subject.given]
    operations = subject.row.layer.operations(subject.traced, *shapes)
    for item in operations:
        yield equate(item.count, item.what)
    if len(operations) > 1:
        yield equate(total([settle(item.count) for item in operations]), "all of them")


def explain_kept(subject: Subject) -> Iterator[Line]:
    """The values and arrays that training keeps of one sample, in bytes of float32."""
    if not subject.learns:
        return
    kept = keeps_of(subject.row, subject.facts)
    yield from _sentences(subject, kept)
    for array in kept.arrays:
        each = FLOAT32.bytes_of(array.kind)
        size: Size = array.elements if not isinstance(array.elements, int) else lift(int(array.elements))
        yield equate(each * size, f"{array.what}, bytes" if array.batched else f"{array.what}, bytes for a batch")


def _sentences(subject: Subject, kept: Kept) -> Iterator[Line]:
    if kept == Kept():
        yield "Nothing: the gradient needs no values of this layer."
        return
    for at in kept.inputs:
        yield f"Its input {subject.row.inputs[at]}, {_elements(subject.given[at].elements)}."
    if kept.output:
        yield f"Its result, {_elements(subject.output.elements)}."


def _elements(size: Size) -> str:
    return f"{show_size(size)} values"
