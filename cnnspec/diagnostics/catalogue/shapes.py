"""Inputs that a layer does not accept.

Layers raise these codes without a place; the resolver adds the span and, as help, those of the layer's repairs that hold.
"""

from __future__ import annotations

from cnnspec.diagnostics.catalogue import code
from cnnspec.diagnostics.diagnostic import Diagnostic, Severity
from cnnspec.diagnostics.span import Span

ERROR = Severity.ERROR

_MAPS = {
    0: "sequences, maps and volumes (extents × channels)",
    1: "a sequence (length × channels)",
    2: "a map (height × width × channels)",
    3: "a volume (depth × height × width × channels)",
}


def _times(sizes: tuple[int, ...]) -> str:
    return "×".join(f"{size}" for size in sizes)


def _and(items: tuple[str, ...]) -> str:
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}"


@code("kernel-exceeds-input")
def kernel_exceeds_input(
    span: Span,
    *,
    layer: str,
    argument_name: str,
    kernel: tuple[int, ...],
    effective: tuple[int, ...],
    extents: str,
    padded: str,
    arithmetic: tuple[tuple[str, tuple[str, ...]], ...],
) -> Diagnostic:
    """A window finds no position; ``arithmetic`` pairs the formula's result with the axes it holds along."""
    given = f"its padded input is {padded}" if padded else f"its input is {extents}"
    if len(kernel) == 1:
        given = given.replace(" is ", " has length ")
    dilated = f", dilated {_times(effective)}" if effective != kernel else ""
    return Diagnostic(
        "kernel-exceeds-input",
        ERROR,
        f"{layer} needs {_times(effective)}, but {given}",
        span,
        here=f"{argument_name} {_times(kernel)}{dilated}",
        notes=tuple(f"{equation} positions along {_and(axes)}" for equation, axes in arithmetic),
    )


@code("wrong-rank")
def wrong_rank(
    span: Span, *, layer: str, rank: int, shape: str, actual: int, sibling: str = "", made_by: str = "Input"
) -> Diagnostic:
    """A layer of one rank (0: any but a vector's) on an input of another.

    ``sibling`` is the same layer of that rank, ``made_by`` the layer that the input comes from.
    """
    found = f"the vector {shape}" if not actual else f"{_MAPS.get(actual, 'of another rank').partition(' (')[0]}, {shape}"
    if sibling:
        notes = (f"for {_MAPS[actual]} there is {sibling}",)
    elif not actual and made_by == "Flatten":
        notes = (f"Flatten has put the spatial axes into one: put {layer} before it",)
    elif not actual:
        notes = ("a vector has no spatial axes; Reshape makes a map of one, and Flatten makes vectors",)
    else:
        notes = ()
    if made_by != "Input":
        pass  # what follows is about the shape of the model's input
    elif actual and actual == rank - 1:
        sizes = _MAPS[rank].partition("(")[2].removesuffix(" × channels)")
        notes = (*notes, f"if {shape} is {sizes}, its channels are missing: write {shape.replace('×', 'x')}x1")
    elif (rank, actual) == (2, 3):
        notes = (*notes, "a shape does not state the batch")
    return Diagnostic("wrong-rank", ERROR, f"{layer} works on {_MAPS[rank]}, but its input is {found}", span, notes=notes)


@code("dense-needs-vector")
def dense_needs_vector(span: Span, *, layer: str, shape: str, rank: int, units: int) -> Diagnostic:
    """A dense layer on a feature map."""
    same = f": that is Conv{rank}D({units}, {'x'.join('1' * rank)})" if rank in _MAPS else ""
    return Diagnostic(
        "dense-needs-vector",
        ERROR,
        f"{layer} takes a vector, but its input is {shape}",
        span,
        notes=(f"Keras would apply it to the channels at every position{same}",),
    )


@code("size-unknown")
def size_unknown(span: Span, *, layer: str, what: str, size: str, symbols: tuple[str, ...], way_out: str = "") -> Diagnostic:
    """A layer that depends on an extent the file leaves open: ``size`` is the formula, ``symbols`` are its unknowns."""
    return Diagnostic(
        "size-unknown",
        ERROR,
        f"{layer} must know the {what}, but that depends on {_and(symbols)}",
        span,
        notes=(f"it is {size}",),
        help=way_out or None,
    )


@code("groups-mismatch")
def groups_mismatch(span: Span, *, layer: str, groups: int, channels: int) -> Diagnostic:
    """Channels that do not split into the groups of a convolution."""
    return Diagnostic(
        "groups-mismatch",
        ERROR,
        f"{layer} splits its input into {groups} groups, but {channels} channels do not divide by {groups}",
        span,
        here=f"groups {groups}",
        notes=(f"{channels} = {channels // groups}·{groups} + {channels % groups}",),
    )


@code("connections-out-of-range")
def connections_out_of_range(span: Span, *, layer: str, number: int, channel: int, channels: int) -> Diagnostic:
    """A filter reads a channel that the input does not have; ``number`` counts the filters from 0."""
    there = f"channels 0 to {channels - 1}" if channels > 1 else "channel 0 alone"
    return Diagnostic(
        "connections-out-of-range",
        ERROR,
        f"connections let filter {number} of {layer} read channel {channel}, but its input has {there}",
        span,
        notes=("channels and filters are counted from 0",),
    )


@code("codes-mismatch")
def codes_mismatch(span: Span, *, layer: str, problem: str) -> Diagnostic:
    """The codes that a layer compares its input with do not fit the input."""
    return Diagnostic(
        "codes-mismatch",
        ERROR,
        f"the codes of {layer} do not fit its input: {problem}",
        span,
        help="state codes with a row of numbers for each unit, as many in each as the input has",
    )


@code("factor-mismatch")
def factor_mismatch(span: Span, *, layer: str, factor: int, rank: int, channels: int) -> Diagnostic:
    """Channels that do not fill the cells they are laid out in."""
    cell = factor**rank
    return Diagnostic(
        "factor-mismatch",
        ERROR,
        f"{layer} makes one channel of each {cell}, but {channels} channels do not divide by {cell}",
        span,
        here=f"factor {factor}",
        notes=(f"{'·'.join([str(factor)] * rank)} = {cell}", f"{channels} = {channels // cell}·{cell} + {channels % cell}"),
    )


@code("dot-sizes-differ")
def dot_sizes_differ(
    span: Span, *, layer: str, shapes: tuple[str, ...], axes: tuple[str, ...], sizes: tuple[str, ...]
) -> Diagnostic:
    """Two inputs of a dot product whose axes are not equally long."""
    first, second = (f"the {axis} of {shape}" for axis, shape in zip(axes, shapes, strict=True))
    return Diagnostic(
        "dot-sizes-differ",
        ERROR,
        f"{layer} sums over {first} and {second}, but they are {_and(sizes)}",
        span,
        help="axes=[a, b] names one axis of each input; both must be equally long",
    )


@code("merge-shapes-differ")
def merge_shapes_differ(
    span: Span,
    *,
    layer: str,
    shapes: tuple[str, ...],
    number: int,
    axis: str,
    expected: str,
    found: str,
    symbols: tuple[str, ...] = (),
) -> Diagnostic:
    """Inputs of a merging layer that do not fit, whatever the unknown ``symbols`` are; ``number`` (from 1) is the first."""
    shown = _and(tuple(dict.fromkeys(shapes)) if len(shapes) > 4 else shapes)
    rule = "equal shapes apart from its axis" if layer == "Concat" else "equal shapes"
    where = f"along {axis} input {number} has {found}, those before it {expected}"
    if axis == "number of axes":
        where = f"input {number} has {found} axes, the first {expected}"
    if symbols:
        where += f": they differ whatever {_and(symbols)} {'is' if len(symbols) == 1 else 'are'}"
    notes = (where,) if layer == "Concat" else (where, "only a size of 1 is repeated to fit")
    if axis == "number of axes":
        way_out = "Flatten the maps, or Reshape one input to the axes of the others"
    elif axis == "channels":
        way_out = "a convolution of kernel_size 1 in one of the branches makes the channels equal"
    else:
        way_out = "padding=same and strides=1 keep a size; give every branch the same padding and strides"
    message = f"{layer} needs {rule}, but its inputs are {shown}"
    return Diagnostic("merge-shapes-differ", ERROR, message, span, notes=notes, help=way_out)


@code("reshape-mismatch")
def reshape_mismatch(span: Span, *, layer: str, shape: str, elements: int, target: str, fixed: int, open: bool) -> Diagnostic:
    """A shape that does not hold as many values as there are; ``open`` where one extent is −1."""
    why = f"{elements:,} values do not divide by {fixed:,}" if open else f"it has {elements:,} values, not {fixed:,}"
    notes = (f"{shape.replace('×', '·')} = {elements:,}",) if "×" in shape else ()
    if "×" in target and not open:
        notes = (*notes, f"{target.replace('×', '·')} = {fixed:,}")
    return Diagnostic(
        "reshape-mismatch",
        ERROR,
        f"{layer} cannot make {target} of {shape}: {why}",
        span,
        here=f"target_shape {target}",
        notes=notes,
    )


@code("permutation-mismatch")
def permutation_mismatch(span: Span, *, layer: str, dims: str, axes: int, shape: str) -> Diagnostic:
    """A permutation of another number of axes than the input has."""
    return Diagnostic(
        "permutation-mismatch",
        ERROR,
        f"{layer} must order all {axes} axes of its input {shape}, but dims is {dims}",
        span,
        here=f"dims {dims}",
        notes=("axes count from 1, without the batch; the last are the channels",),
    )


@code("axis-out-of-range")
def axis_out_of_range(span: Span, *, layer: str, axis: int | str, axes: int, shape: str) -> Diagnostic:
    """An axis that the input does not have, by number or by name."""
    if axis == 0:
        message = f"{layer} cannot work along axis 0: that is the batch"
    elif isinstance(axis, str):
        message = f"{layer} has no {axis} to work along: its input is {shape}"
    else:
        message = f"{layer} has no axis {axis} to work along: {shape} has {axes}"
    note = "axes count from 1 (0 is the batch), or from the end: −1 are the channels"
    return Diagnostic("axis-out-of-range", ERROR, message, span, here=f"axis {axis}", notes=(note,))


@code("axis-repeated")
def axis_repeated(span: Span, *, layer: str, axes: tuple[int, int], name: str, shape: str) -> Diagnostic:
    """Two numbers that mean the same axis."""
    message = f"{layer} names the {name} of {shape} twice: axis {axes[0]} is axis {axes[1]}"
    return Diagnostic("axis-repeated", ERROR, message, span, notes=("negative axes count from the end",))


@code("slice-out-of-range")
def slice_out_of_range(
    span: Span, *, layer: str, shape: str, axis: str, size: int, start: int | None, stop: int | None
) -> Diagnostic:
    """A part that does not lie within its input."""
    first, last = ("" if edge is None else str(edge) for edge in (start, stop))
    return Diagnostic(
        "slice-out-of-range",
        ERROR,
        f"{layer} takes {first}:{last} of the {axis} of {shape}, but there are {size}",
        span,
        notes=(f"0 ≤ start < stop ≤ {size}; negative numbers count from the end: −1 is {size - 1}",),
    )


@code("values-mismatch")
def values_mismatch(span: Span, *, layer: str, argument_name: str, given: tuple[int, ...], wanted: str, shape: str) -> Diagnostic:
    """Constants that are more or fewer than there are places for them; ``wanted`` is empty where there is one place."""
    fits = f"a number or {wanted} of them" if wanted else "one number"
    return Diagnostic(
        "values-mismatch",
        ERROR,
        f"{layer} has {_times(given)} values of {argument_name} for {shape}, which takes {fits}",
        span,
        here=f"{_times(given)} values",
    )


@code("padding-exceeds-input")
def padding_exceeds_input(span: Span, *, layer: str, mode: str, padding: int, most: int, axis: str) -> Diagnostic:
    """Padding that copies more of the input than there is."""
    why = "a reflection leaves out the border itself" if mode == "reflect" else "a circle is as long as the input"
    return Diagnostic(
        "padding-exceeds-input",
        ERROR,
        f"{layer} pads {padding} along {axis}, but padding_mode={mode} has only {most} to copy",
        span,
        notes=(why,),
    )


@code("constraint-axis-out-of-range")
def constraint_axis_out_of_range(span: Span, *, layer: str, constraint: str, axes: str, weights: str, count: int) -> Diagnostic:
    """A norm over axes that the weights do not have, or over one of them twice."""
    return Diagnostic(
        "constraint-axis-out-of-range",
        ERROR,
        f"{layer}: {constraint} takes its norm over axis {axes}, but {weights} has the axes 0 to {count - 1}",
        span,
        notes=("axes are those of Keras's layout, each named once; the last of a kernel are the filters",),
    )


@code("initializer-needs-matrix")
def initializer_needs_matrix(span: Span, *, layer: str, initializer: str, need: str, weights: str) -> Diagnostic:
    """An initializer that makes matrices, on weights that are none."""
    return Diagnostic(
        "initializer-needs-matrix", ERROR, f"{layer}: {initializer} needs weights of {need}, but it is to fill {weights}", span
    )


@code("noise-shape-mismatch")
def noise_shape_mismatch(span: Span, *, layer: str, noise: str, shape: str) -> Diagnostic:
    """A dropout mask that does not fit its input."""
    return Diagnostic(
        "noise-shape-mismatch",
        ERROR,
        f"{layer} has noise_shape {noise}, which does not fit its input {shape}",
        span,
        here=f"noise_shape {noise}",
        notes=("the batch first (none or 1), then for each axis its extent, 1 or none",),
    )


@code("output-empty")
def output_empty(span: Span, *, layer: str, shape: str, axis: str, arithmetic: str) -> Diagnostic:
    """A layer that would leave nothing of its input."""
    return Diagnostic(
        "output-empty",
        ERROR,
        f"{layer} leaves nothing of {shape} along {axis}",
        span,
        notes=(f"{arithmetic} positions",),
    )


@code("layer-rejects-input")
def layer_rejects_input(span: Span, *, layer: str, shape: str, reason: str, way_out: str = "") -> Diagnostic:
    """What a layer of another package says of an input that it does not accept."""
    return Diagnostic("layer-rejects-input", ERROR, f"{layer} does not accept {shape}: {reason}", span, help=way_out or None)
