"""Where the size of an output comes from."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

from cnnspec.analysis.explain.lines import Line, equate, has_steps, join_names, per_axis, share_lost, trace_shape
from cnnspec.analysis.explain.subject import Subject
from cnnspec.layers.arithmetic import lift
from cnnspec.layers.base import Layer
from cnnspec.layers.shape import AXIS_NAMES
from cnnspec.layers.window import Adaptive, AnyAxis, Axis, TransposedAxis


def explain_size(subject: Subject) -> Iterator[Line]:
    """The output's extents and channels, what the layer itself remarks, and the shape."""
    output, traced = subject.output, subject.traced.output
    axes = subject.axes
    for formula in dict.fromkeys(size_formula(subject.row.layer, axis) for axis in axes):
        yield f"The formula is {formula}."
    if axes:
        yield from per_axis([equate(size) for size in traced.extents])
    if has_steps(traced.channels):
        yield equate(traced.channels, "channels" if output.rank else "units")
    yield from subject.row.layer.notes(*subject.given)
    yield from _remark(subject)
    given = " and ".join(str(shape) for shape in subject.given)
    yield f"{given} becomes {output}." if len(subject.given) == 1 else f"{given} become {output}."


def size_formula(layer: Layer, axis: AnyAxis) -> str:
    """The size rule of a layer's axis in letters: ``⌊(n + 2·p − k)/s⌋ + 1``."""
    return _formula_of_border(axis) if layer.family == "shape" else _formula(axis)


def _formula(axis: AnyAxis) -> str:
    """The size rule in letters."""
    if isinstance(axis, TransposedAxis):
        return f"(n − 1)·s + e{_cuts(axis)}"
    if isinstance(axis, Adaptive):
        return "o, the output_size, whatever n is: the windows are made to fit"
    if not isinstance(axis, Axis):
        return "n·f"
    window = "k" if axis.dilation == 1 else "e"
    if axis.rule == "same":
        return "⌈n/s⌉ (padding=same)"
    padding = "2·p" if axis.before == axis.after else "before + after"
    if axis.rule == "ceil":
        return f"⌈(n + {padding} − {window})/s⌉ + 1, one less where the last window would start past the input"
    return f"⌊(n + {padding} − {window})/s⌋ + 1"


def _cuts(axis: TransposedAxis) -> str:
    """What a transposed kernel's output loses or gets at its ends, in words; empty where all is kept."""
    ends = [end for end, count in (("the start", axis.before), ("the end", axis.after)) if count > 0]
    cut = f" − (cut at {'both ends' if len(ends) == 2 else ends[0]})" if ends else ""
    return cut + (" + (added at the end)" if axis.after < 0 else "")


def _formula_of_border(axis: AnyAxis) -> str:
    """The size rule of a layer that puts a border on or takes one off, and of one that makes maps larger."""
    if not isinstance(axis, Axis):
        return _formula(axis)
    cut = any(not isinstance(side, int) or side < 0 for side in (axis.before, axis.after))
    return "n − (cut at both ends)" if cut else "n + before + after"


def _remark(subject: Subject) -> Iterator[Line]:
    sliding = [axis for axis in subject.axes if isinstance(axis, Axis)]
    if sliding and sliding[0].rule == "same":
        if any(axis.stride > 1 for axis in sliding):
            yield "padding=same keeps the size only at stride 1: at stride s it is ⌈n/s⌉."
        if any(axis.before != axis.after for axis in sliding if isinstance(axis.before, int) and isinstance(axis.after, int)):
            yield "The padding is odd here, so the end gets one position more than the start."
    plain = [axis.kernel == 3 and axis.stride == axis.dilation == 1 and not axis.before and not axis.after for axis in sliding]
    if len(plain) == 2 and all(plain) and all(n == 5 for n in subject.given[0].extents):
        yield "3×3 over 5×5 gives 3×3 (a slide of the lecture says 4×4)."


def explain_dropped(subject: Subject) -> Iterator[Line]:
    """Pooling: the share of the values that it drops."""
    given, output = subject.given[0], subject.output
    if not isinstance(given.elements, int) or not isinstance(output.elements, int):
        return
    kept, whole = int(output.elements), int(given.elements)
    windows = [axis for axis in subject.axes if isinstance(axis, Axis)]
    cells = prod(axis.kernel for axis in windows)
    if len(windows) == len(subject.axes) and cells > 1 and all(axis.kernel == axis.stride for axis in windows):
        sides = "×".join(str(axis.kernel) for axis in windows)
        yield f"Each {sides} window of {cells} values answers with one."
        yield share_lost(1, cells, "dropped of each window")
    if kept < whole:
        yield share_lost(kept, whole, "dropped of all values")


def explain_flattening(subject: Subject) -> Iterator[Line]:
    """Flatten: the order of the values."""
    names = AXIS_NAMES.get(subject.given[0].rank)
    if names:
        yield f"The values stand in the order of {join_names([*names, 'channels'])}, the last changing fastest."


def explain_elements(subject: Subject) -> Iterator[Line]:
    """The number of values of the output, and their bytes."""
    elements = trace_shape(subject.output).elements
    yield equate(elements, "values")
    if isinstance(elements, int):
        yield equate(4 * lift(int(elements)), "bytes at 4 a value (float32)")
