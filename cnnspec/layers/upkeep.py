"""What a layer takes besides multiply-accumulates: elementwise operations, and memory for the backward pass.

Elementwise operations are counted for one sample outside of training. Every addition, product, division, comparison of
two values, and every function of one value is one operation, however costly. What is constant outside of training is
worked out before: a batch normalisation is one product and one addition for each value. Multiply-accumulates and what
only moves values (concatenation, padding, reshaping, nearest neighbours) count nothing, nor does what acts in training only.
Windows count in full, at the border too; of statistics of a sample the few operations on the statistics themselves are left
out. docs/cost.md has the table.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Literal

from cnnspec.layers.arithmetic import Size, like, product, settle
from cnnspec.layers.window import Axis
from cnnspec.record import record, replace

if TYPE_CHECKING:
    from cnnspec.layers.activations import Activation
    from cnnspec.layers.base import Facts, Layer
    from cnnspec.layers.shape import Shape

#: What the elements of an array are: of the precision that is computed in, or of one of their own.
Kind = Literal["value", "float32", "int64", "bool"]


@record
class Operations:
    """Elementwise operations for one sample: what they are, and how many."""

    what: str
    count: Size


@record
class Array:
    """An array that a layer makes and keeps for its backward pass.

    ``elements`` are for one sample if ``batched``, else for a batch of any size.
    """

    what: str
    elements: Size
    kind: Kind = "value"
    batched: bool = True


@record
class Kept:
    """What a layer keeps in training until its backward pass: the numbers of its inputs, its output, arrays of its own.

    Values that several layers keep exist once.
    """

    inputs: tuple[int, ...] = ()
    output: bool = False
    arrays: tuple[Array, ...] = ()


NOTHING_KEPT = Kept()
INPUT_KEPT = Kept(inputs=(0,))
OUTPUT_KEPT = Kept(output=True)


def count_values(shape: Shape) -> Size:
    """The number of values, its derivation begun anew."""
    return product([settle(n) for n in shape.dims])


def count_operations(layer: Layer, facts: Facts) -> Iterator[Operations]:
    """What can be said of a layer of any kind: values under a window put together, scale, bias and offset, activation."""
    roles = {param.role for param in facts.params}
    values = count_values(facts.output)
    if isinstance(facts.window, tuple) and "kernel" not in roles:
        further = [axis.kernel for axis in facts.window if isinstance(axis, Axis) and axis.kernel != 1]
        if further:
            yield Operations("values under a window put together", values * (taps_of(further, values) - 1))
    if "scale" in roles:
        yield Operations("scale", values)
    if roles & {"bias", "offset"}:
        yield Operations("bias", values)
    yield from count_function(layer, facts.output)


def taps_of(kernel: Sequence[int], example: Size) -> Size:
    """The positions of a window, in the kind of number of the example."""
    return product([like(k, example) for k in kernel])


def count_function(layer: Layer, output: Shape) -> Iterator[Operations]:
    """The operations of the activation at a layer's end."""
    function = function_of(layer)
    if function is not None and function.operations:
        values = count_values(output)
        yield Operations(str(function.word), values if function.operations == 1 else values * function.operations)


def function_of(layer: Layer) -> Activation | None:
    """The activation at a layer's end."""
    from cnnspec.layers.activations import Activation

    function = getattr(layer, "activation", None)
    return function if isinstance(function, Activation) else None


def keep_function(layer: Layer, output: Shape, core: Kept) -> Kept:
    """What a layer keeps whose core keeps ``core`` and whose activation works on the core's result.

    A function that needs its result afterwards overwrites what it is given; one that needs what it is given writes beside.
    """
    function = function_of(layer)
    if function is None:
        return core
    kept = function.keeps(output)
    before = (Array(f"values before {function.word}", output.elements),) if kept.inputs else ()
    return replace(core, output=core.output or kept.output, arrays=(*core.arrays, *before, *kept.arrays))
