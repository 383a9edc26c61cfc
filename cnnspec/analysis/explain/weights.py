"""Where the parameters and multiply-accumulates come from, and what a dense layer would cost instead."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from cnnspec.analysis.explain.backward import explain_backward
from cnnspec.analysis.explain.lines import Equation, Line, add, equate, has_steps, local_path, multiply, quotient, trace_shape
from cnnspec.analysis.explain.subject import Subject
from cnnspec.layers.arithmetic import Traced, group_digits, lift, settle
from cnnspec.layers.param import Param
from cnnspec.layers.window import TransposedAxis, WholeInput


def explain_params(subject: Subject) -> Iterator[Line]:
    """Every array of weights, the sum, and the same per filter or unit in words."""
    params = subject.traced.params
    owner = subject.owner
    if not params:
        yield "No parameters."
        return
    if owner is not None:
        yield f"The weights are those of {local_path(owner)}, used again: they are counted there, and 0 here."
    if len(params) > 1 and len({param.shape for param in params}) == 1:
        yield from _explain_equal_arrays(params)
        return
    for param in params:
        yield equate(param.arithmetic, param.name.replace("_", " "))
    if len(params) > 1:
        yield equate(add(param.arithmetic for param in params), "together")
    yield from _per_output(subject, params)
    yield from _explain_training(params)


def _explain_equal_arrays(params: tuple[Param, ...]) -> Iterator[Line]:
    """Arrays of one shape, such as the four of a batch normalisation."""
    each = params[0].arithmetic
    if has_steps(each):
        yield equate(each, "each array")
    yield f"{len(params)} arrays of {group_digits(int(each))}: {', '.join(param.name.replace('_', ' ') for param in params)}."
    yield equate(lift(len(params)) * int(each), "together")
    trained = sum(param.trainable for param in params)
    if 0 < trained < len(params):
        yield equate(lift(trained) * int(each), "trained")
        yield equate(lift(len(params) - trained) * int(each), "not trained (moving statistics)")
    elif not trained:
        yield "None of them is trained."


def _explain_training(params: tuple[Param, ...]) -> Iterator[Line]:
    trained = [param.count for param in params if param.trainable]
    if not trained:
        yield "None of them is trained."
    elif len(trained) < len(params):
        yield equate(add(trained), "trained")
        yield equate(add(param.count for param in params if not param.trainable), "not trained")


def _per_output(subject: Subject, params: tuple[Param, ...]) -> Iterator[Line]:
    """The same count as filters (or units) × what each has."""
    kernel = _only_kernel(params)
    outputs = subject.output.channels
    if kernel is None or kernel.connected is not None or not isinstance(outputs, int) or kernel.count % outputs:
        return
    noun = "unit" if isinstance(subject.facts.window, WholeInput) else "filter"
    each = weights_of_one(subject)
    yield equate(each, f"weights of one {noun}")
    count = int(each)
    if any(param.role == "bias" for param in params):
        with_bias = lift(count) + 1
        yield equate(with_bias, "with its bias")
        count = int(with_bias)
    counted = lift(int(outputs)) * count
    if int(counted) == sum(param.count for param in params):
        yield equate(counted, f"{group_digits(int(outputs))} {noun}{'' if int(outputs) == 1 else 's'}")
    if int(counted) == 8400 and tuple(map(int, kernel.shape)) == (3, 3, 3, 300):
        yield "A slide of the lecture says 3,000 here: it counts 9 weights a filter instead of 27."


def _only_kernel(params: tuple[Param, ...]) -> Param | None:
    kernels = [param for param in params if param.role == "kernel"]
    return kernels[0] if len(kernels) == 1 else None


def weights_of_one(subject: Subject) -> Traced:
    """The weights that make one output value, with their factors: 3·3·32."""
    kernel = next(param for param in subject.traced.params if param.role == "kernel")
    *extents, before_last, last = (lift(n) for n in kernel.shape)
    if any(isinstance(axis, TransposedAxis) for axis in subject.axes):
        factors = [*extents, last]  # (kh, kw, filters, in)
    elif int(last) == subject.output.channels:
        factors = [*extents, before_last]  # (kh, kw, in/groups, filters)
    else:
        factors = extents  # depthwise: (kh, kw, in, multiplier)
    return multiply(factors)


def explain_macs(subject: Subject) -> Iterator[Line]:
    """Multiply-accumulates, and operations as twice as many."""
    macs = subject.traced.macs
    if isinstance(macs, int) and not macs:
        counted, none = "they are counted for kernels of convolutions and dense layers", "nothing is multiplied with weights"
        yield f"No multiply-accumulates: {counted if subject.facts.params else none}."
        return
    transposed = any(isinstance(axis, TransposedAxis) for axis in subject.axes)
    label = "weights" if not subject.axes else "input positions × weights" if transposed else "positions × weights"
    yield equate(macs, f"{label} (biases apart)")
    yield equate(2 * settle(macs), "FLOPs (an addition and a product each)")
    yield from explain_backward(subject)


def explain_connections(subject: Subject) -> Iterator[Line]:
    """Links to units in LeCun's count, those from the 1 of a bias too."""
    connections = subject.traced.connections
    if connections != 0:
        yield equate(connections, "links to units, biases too")


def explain_im2col(subject: Subject) -> Iterator[Line]:
    """The two matrices whose product the convolution is."""
    sizes = subject.row.im2col
    if sizes is None:
        return
    rows, columns = sizes
    kernel = next(param for param in subject.facts.params if param.role == "kernel")
    outputs = int(subject.output.channels)  # type: ignore[arg-type]
    positions = multiply(n for n in subject.output.extents if isinstance(n, int))
    yield equate(weights_of_one(subject), "rows: values under one window")
    yield equate(positions, "columns: positions")
    if kernel.connected is not None:
        yield "In the weights zeros stand where a filter does not read a channel."
    yield (
        f"Weights as rows (W_row), {outputs}×{rows}, times patches as columns (X_col), {rows}×{columns}, give "
        f"{outputs}×{columns}: the output {subject.output}."
    )
    groups = _groups(subject, rows)
    if groups > 1:
        yield f"In {groups} groups: {groups} products of {outputs // groups}×{rows} and {rows}×{columns}."
    yield equate(lift(rows) * lift(columns), "values in the patches")


def _groups(subject: Subject, rows: int) -> int:
    """Input channels over channels per group."""
    taps = 1
    for axis in subject.axes:
        taps *= getattr(axis, "kernel", 1)
    channels = subject.given[0].channels
    return int(channels) * taps // rows if isinstance(channels, int) else 1


def explain_dense_instead(subject: Subject) -> Iterator[Line]:
    """What a dense layer between the same shapes would cost, and which two things save that."""
    given, output = trace_shape(subject.given[0]), trace_shape(subject.output)
    kernel = _only_kernel(subject.facts.params)
    if not subject.axes or kernel is None or not (given.known and output.known):
        return
    n_in, n_out = given.elements, output.elements
    assert isinstance(n_in, Traced)
    assert isinstance(n_out, Traced)
    yield equate(n_in, "values in")
    yield equate(n_out, "values out")
    weights, biases = lift(int(n_in)) * lift(int(n_out)), lift(int(n_out))
    yield equate(weights + biases, "dense: weights and biases")
    own = sum(param.count for param in subject.facts.params)
    yield quotient(int(weights) + int(biases), own, "times as many as here")
    yield from _explain_savings(subject, kernel, int(weights))


def _explain_savings(subject: Subject, kernel: Param, dense: int) -> Iterator[Line]:
    """Sparse links: a value reads a window. Shared weights: all positions use one kernel."""
    links = subject.facts.macs
    if not isinstance(links, int) or not links:
        return
    transposed = any(isinstance(axis, TransposedAxis) for axis in subject.axes)
    positions = subject.given[0].extents if transposed else subject.output.extents
    yield quotient(int(links), dense, "links kept: one window each", percent=True)
    uses = multiply(n for n in positions if isinstance(n, int))
    if int(uses) * kernel.count == links:
        yield equate(uses, "uses of each weight: shared")


def sum_of(values: list[int], label: str, most: int = 40) -> Iterator[Line]:
    """A sum with its terms shown, equal ones counted: ``3·36,928 + 650``."""
    counts: dict[int, int] = {}
    for value in values:
        if value:
            counts[value] = counts.get(value, 0) + 1
    result = sum(values)
    if not counts:
        yield Equation("0", 0, label)
        return
    terms = [lift(value) if times == 1 else lift(times) * lift(value) for value, times in islice(counts.items(), most)]
    shown = add(terms)
    left = result - int(shown)
    yield equate(shown + left, f"{label} (the last term: all others)") if left else equate(shown, label)
