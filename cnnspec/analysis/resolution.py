"""Which sizes of input a network is made for, by what its convolutions see. After Richter et al. 2021."""

from __future__ import annotations

from collections.abc import Sequence

from cnnspec.analysis.axis_field import AxisField, Field
from cnnspec.analysis.depth import is_weighted
from cnnspec.analysis.receptive_field import Seen, Sight, Sights
from cnnspec.analysis.report import ReceptiveField, Resolution
from cnnspec.layers.arithmetic import Size
from cnnspec.layers.base import Facts
from cnnspec.layers.window import Axis
from cnnspec.resolve.result import ResolvedModel


def find_resolution(model: ResolvedModel, sights: Sights, fields: Sequence[ReceptiveField | None]) -> Resolution | None:
    """The sizes of input at which every convolution has something to add, and some layer an overview.

    On a smaller input than ``minimum`` some convolution is unproductive: whatever way a value has come, its unit has
    seen the whole input, or its window is wider than the map. On a larger one than ``maximum`` no unit sees all of the
    input. ``minimum`` is the largest of the fields along the smallest path, and of e·J, a window's span in pixels of the
    input. Source: M. Richter, J. Schöning, A. Wiedenroth, U. Krumnack, "Should you go deeper? Optimizing convolutional
    neural network architectures without training", ICMLA 2021, and their rfa_toolbox, whose README states the fields alone
    (75 for ResNet-50) and whose code the spans, too (96 = 3·32).

    Args:
        sights: on the input that is asked about.
        fields: the same, as reported, per node.

    Returns:
        None where no convolution has a known field.
    """
    largest = [field.size for field in fields if field is not None]
    least: list[tuple[int, ...]] = []
    for index, (facts, field) in enumerate(zip(model.facts, fields, strict=True)):
        if facts is not None and field is not None and field.smallest and is_convolution(facts):
            spans = span_pixels(facts, sights.seen[model.network.nodes[index].inputs[0]])
            least.append(tuple(map(max, field.smallest, spans)))
    if not least or not least[0]:
        return None
    return Resolution(tuple(map(max, zip(*least, strict=True))), tuple(map(max, zip(*largest, strict=True))))


def is_convolution(facts: Facts) -> bool:
    """Whether a layer slides a kernel of weights over its input."""
    return isinstance(facts.window, tuple) and is_weighted(facts)


def span_pixels(facts: Facts, before: Seen) -> tuple[int, ...]:
    """Per axis of the input e·J: the pixels over which a window spans whose positions are units J pixels apart."""
    if isinstance(before, Sight) or not isinstance(facts.window, tuple):
        return ()
    windows = [None if field.along is None else facts.window[field.along] for field in before]
    return tuple(
        _pixels(field, window.effective) if isinstance(window, Axis) else 0 for field, window in zip(before, windows, strict=True)
    )


def _pixels(field: Field, units: int) -> int:
    """The pixels over which so many neighbouring units stand, rounded up."""
    if isinstance(field, AxisField):
        return units * int(field.jump)
    return -(-units * field.field.shift // field.field.period)


def is_unproductive(facts: Facts, field: ReceptiveField | None, extents: Sequence[Size]) -> bool:
    """Whether a convolution comes too late: its field, even along the smallest path, is larger than the whole input."""
    if field is None or not field.smallest or not is_convolution(facts):
        return False
    return all(isinstance(n, int) and size > n for size, n in zip(field.smallest, extents, strict=True))
