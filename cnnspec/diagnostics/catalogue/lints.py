"""What is probably a mistake, or true and worth knowing, in a network that is sound."""

from __future__ import annotations

from cnnspec.diagnostics.catalogue import code
from cnnspec.diagnostics.diagnostic import Diagnostic, Edit, Label, Severity
from cnnspec.diagnostics.span import Span
from cnnspec.diagnostics.suggest import listing

WARNING, INFO = Severity.WARNING, Severity.INFO


@code("rows-dropped", INFO)
def rows_dropped(span: Span, *, layer: str, dropped: str, extents: str, reach: str, stepped_over: bool) -> Diagnostic:
    fitting = "padding=same reads them; so does an input whose extents fit the stride"
    return Diagnostic(
        "rows-dropped",
        INFO,
        f"{dropped} of {extents} {reach} no window of {layer}",
        span,
        help="the stride is longer than the kernel and steps over them: a kernel as long would read them"
        if stepped_over
        else fitting,
    )


@code("keras-incompatible", INFO)
def keras_incompatible(span: Span, *, layer: str, extension: str) -> Diagnostic:
    what = f"Keras has no {extension}" if extension == layer else f"Keras does not have {extension} of {layer}"
    return Diagnostic("keras-incompatible", INFO, f"{what}; it is an extension of this language", span)


@code("constraint-axis", INFO)
def constraint_axis(span: Span, *, layer: str, constraint: str, axes: str) -> Diagnostic:
    return Diagnostic(
        "constraint-axis",
        INFO,
        f"{constraint} of {layer} without axis takes norms along axis 0, the kernel's first extent, not of each filter",
        span,
        help=f"for a norm per filter write {constraint}(…, axis={axes})",
    )


@code("data-format-mixed", WARNING)
def data_format_mixed(span: Span, *, layer: str, first: Span) -> Diagnostic:
    return Diagnostic(
        "data-format-mixed",
        WARNING,
        f"{layer} is written channels_last in a network of which other layers say channels_first",
        span,
        labels=(Label(first, "channels_first here"),),
        help="data_format changes only how shapes are written; say it at every convolution and pooling, or at none",
    )


# --- what windows leave out -----------------------------------------------------------------------------------------


@code("stride-exceeds-kernel", WARNING)
def stride_exceeds_kernel(
    span: Span,
    *,
    layer: str,
    kernel: tuple[int, ...],
    strides: tuple[int, ...],
    repair: tuple[int, ...] | None,
    fix: tuple[Edit, ...] = (),
) -> Diagnostic:
    unread = [s - k for k, s in zip(kernel, strides, strict=True)]
    along = [f"{s} − {k} = {left} of {s}" for k, s, left in zip(kernel, strides, unread, strict=True) if left > 0]
    reads = f"a window of {_times(repair)} reads them" if repair else "a window as large as its stride reads them"
    return Diagnostic(
        "stride-exceeds-kernel",
        WARNING,
        f"{layer} moves its {_times(kernel)} window by {_times(strides)} and steps over what nothing else reads",
        span,
        notes=(f"{' and '.join(dict.fromkeys(along))} positions along an axis reach no output",),
        help=f"{reads}; so does another branch over the same values",
        fix=fix,
    )


@code("even-kernel-same", WARNING)
def even_kernel_same(
    span: Span,
    *,
    layer: str,
    kernel: tuple[int, ...],
    effective: int,
    repair: tuple[int, ...] | None,
    fix: tuple[Edit, ...] = (),
) -> Diagnostic:
    before = (effective - 1) // 2
    odd = f"a window of {_times(repair)} stands over the middle" if repair else "a window of odd extents stands over the middle"
    return Diagnostic(
        "even-kernel-same",
        WARNING,
        f"{layer} with padding=same and an even window of {_times(kernel)} moves its map by half a position",
        span,
        notes=(f"{effective} positions in a row: a unit reads {before} before its own and {effective - 1 - before} behind it",),
        help=odd,
        fix=fix,
    )


@code("dilation-gridding", INFO)
def dilation_gridding(
    span: Span, *, layer: str, read: tuple[int, ...], size: tuple[int, ...], dilations: tuple[int, ...]
) -> Diagnostic:
    row = (
        f"dilations of {', '.join(map(str, dilations))} one after the other leave"
        if len(dilations) > 1
        else "its dilation leaves"
    )
    return Diagnostic(
        "dilation-gridding",
        INFO,
        f"a unit of {layer} reads {_times(read)} of the {_times(size)} positions that it stands over",
        span,
        notes=(f"{row} holes that no layer before or behind it fills",),
        help="dilations without a common factor that grow like 1, 2, 5 leave none",
    )


# --- what units see -------------------------------------------------------------------------------------------------


@code("input-unread", INFO)
def input_unread(
    span: Span, *, shape: str, stretches: tuple[tuple[tuple[int, int], ...], ...], kept: tuple[int, ...], at_end: bool
) -> Diagnostic:
    names = {1: ("position",), 2: ("row", "column"), 3: ("slice", "row", "column")}[len(stretches)]
    counts = [sum(last - first + 1 for first, last in gaps) for gaps in stretches]
    one = "" if at_end else "1 "
    parts = [f"{one}{name}" if count == 1 else f"{count:,} {name}s" for count, name in zip(counts, names, strict=True) if count]
    which = f"{'the last ' if at_end else ''}{listing(parts)}"
    return Diagnostic(
        "input-unread",
        INFO,
        f"no output depends on {which} of the {shape} input",
        span,
        notes=(f"{_times(kept)} of it is read",),
        help="the layers that say rows-dropped leave them out; padding=same there reads them" if at_end else None,
    )


@code("branches-misaligned", WARNING)
def branches_misaligned(span: Span, *, layer: str, axis: str, middles: tuple[float, ...]) -> Diagnostic:
    offset = max(middles) - min(middles)
    return Diagnostic(
        "branches-misaligned",
        WARNING,
        f"the branches of {layer} stand {_pixels(offset)} apart along the {axis}",
        span,
        notes=(f"what their first units see has its middle at {' and '.join(f'{middle:g}' for middle in middles)}",),
        help="give the branches windows of odd extents, or the same strides at the same place, so that their middles agree",
    )


@code("branches-jump-differ", WARNING)
def branches_jump_differ(span: Span, *, layer: str, axis: str, jumps: tuple[float, ...]) -> Diagnostic:
    return Diagnostic(
        "branches-jump-differ",
        WARNING,
        f"{layer} puts together units that stand over other pixels the farther they are from the first along the {axis}",
        span,
        notes=(f"neighbours stand {' and '.join(f'{jump:g}' for jump in jumps)} pixels of the input apart in the branches",),
        help="let every branch have the same strides in all",
    )


@code("layers-unproductive", INFO)
def layers_unproductive(span: Span, *, layer: str, size: tuple[int, ...], extents: tuple[int, ...], count: int) -> Diagnostic:
    rest = f", and so do {count - 1} convolution{'s' if count > 2 else ''} after it" if count > 1 else ""
    return Diagnostic(
        "layers-unproductive",
        INFO,
        f"along every path {layer} sees more than the whole input{rest}",
        span,
        notes=(f"{_times(size)} pixels along the smallest path, of {_times(extents)}",),
        help="a larger input, fewer strides or fewer layers leave them something to add",
    )


@code("smallest-path", INFO)
def smallest_path(span: Span, *, layer: str, size: tuple[int, ...], smallest: tuple[int, ...]) -> Diagnostic:
    return Diagnostic(
        "smallest-path",
        INFO,
        f"{layer} sees {_times(size)} pixels along the largest path and {_times(smallest)} along the smallest",
        span,
    )


# --- weights --------------------------------------------------------------------------------------------------------


@code("bias-before-norm", WARNING)
def bias_before_norm(span: Span, *, layer: str, norm: str, biases: int, fix: tuple[Edit, ...] = ()) -> Diagnostic:
    return Diagnostic(
        "bias-before-norm",
        WARNING,
        f"the bias of {layer} changes nothing: {norm} takes it away again",
        span,
        notes=(f"{biases:,} weights that are learned in vain; the offset of {norm} is the bias",),
        help="write use_bias=false",
        fix=fix,
    )


@code("linear-after-linear", WARNING)
def linear_after_linear(span: Span, *, layer: str, after: str, fix: tuple[Edit, ...] = ()) -> Diagnostic:
    two = f"two {layer} layers" if layer == after else f"{layer} and {after}"
    return Diagnostic(
        "linear-after-linear",
        WARNING,
        f"{two} follow each other with nothing between, and two linear layers are one",
        span,
        notes=("a sum of weighted sums is a weighted sum",),
        help="give the first an activation, such as activation=relu",
        fix=fix,
    )


@code("dropout-before-norm", WARNING)
def dropout_before_norm(span: Span, *, layer: str, norm: str, rate: float, fix: tuple[Edit, ...] = ()) -> Diagnostic:
    return Diagnostic(
        "dropout-before-norm",
        WARNING,
        f"{layer} before {norm}: the variance that {norm} learns in training is not the one afterwards",
        span,
        notes=(f"{layer}({rate:g}) makes the mean square 1/(1 − {rate:g}) = {_grown(rate)} times as large in training only",)
        if rate < 1
        else (),
        help=f"put {layer} behind {norm}",
        fix=fix,
    )


@code("dense-share", INFO)
def dense_share(span: Span, *, layer: str, params: int, total: int, pooled: tuple[str, int] | None) -> Diagnostic:
    way_out = None
    if pooled is not None:
        way_out = f"a global average of the {pooled[0]} map in place of Flatten would leave it {pooled[1]:,} parameters"
    return Diagnostic(
        "dense-share",
        INFO,
        f"{layer} holds {params / total:.0%} of the parameters",
        span,
        notes=(f"{params:,} of {total:,}",),
        help=way_out,
    )


# --- activations ----------------------------------------------------------------------------------------------------


@code("softmax-inside", WARNING)
def softmax_inside(span: Span, *, layer: str, reader: str, fix: tuple[Edit, ...] = ()) -> Diagnostic:
    where = "Softmax" if layer == "Softmax" else f"the softmax of {layer}"
    return Diagnostic(
        "softmax-inside",
        WARNING,
        f"{where} is not the last: its probabilities go on into {reader}",
        span,
        notes=("a softmax makes values compete until their sum is 1, so that little of them is left to go on",),
        help="relu here, and softmax at the end of the network alone",
        fix=fix,
    )


@code("activation-late", WARNING)
def activation_late(span: Span, *, names: tuple[str, ...], pooling: str, late: str, fix: tuple[Edit, ...] = ()) -> Diagnostic:
    which = f"{names[0]} has" if len(names) == 1 else f"all {len(names)} layers with weights up to {pooling} have"
    return Diagnostic(
        "activation-late",
        WARNING,
        f"{which} no activation; the first is that of {late}, behind the last pooling",
        span,
        notes=("convolutions without activations find linear patterns only, whatever their number",),
        help="give each of them an activation, such as activation=relu",
        fix=fix,
    )


# --- inputs and outputs ---------------------------------------------------------------------------------------------


@code("input-channels-first", WARNING)
def input_channels_first(span: Span, *, shape: str, turned: str, fix: tuple[Edit, ...] = ()) -> Diagnostic:
    first, _, rest = shape.partition("×")
    return Diagnostic(
        "input-channels-first",
        WARNING,
        f"{shape} looks as if its channels came first; it is read as {first} row{'s' if first != '1' else ''} "
        f"with {rest.rpartition('×')[2]} channels",
        span,
        notes=("shapes are height × width × channels here, as in Keras, whatever the order in memory",),
        help=f"write {turned}",
        fix=fix,
    )


@code("unused-value", WARNING)
def unused_value(span: Span, *, layer: str, params: int) -> Diagnostic:
    lost = (f"layers that reach no output hold {params:,} parameters",) if params else ()
    return Diagnostic(
        "unused-value",
        WARNING,
        f"nothing reads {layer}, and it is no output",
        span,
        notes=lost,
        help="merge it with the value that goes on, name it in `output`, or leave it out",
    )


@code("input-unused", WARNING)
def input_unused(span: Span, *, name: str) -> Diagnostic:
    return Diagnostic(
        "input-unused", WARNING, f"nothing reads the input {name}", span, help="begin a flow with it, or leave it out"
    )


# --- recipes --------------------------------------------------------------------------------------------------------


@code("learning-rate-unusual", WARNING)
def learning_rate_unusual(
    span: Span, *, optimizer: str, rate: float, usual: tuple[float, float], default: float | None, fix: tuple[Edit, ...] = ()
) -> Diagnostic:
    far = "more" if rate > usual[1] else "less"
    return Diagnostic(
        "learning-rate-unusual",
        WARNING,
        f"a learning rate of {rate:g} is {far} than {optimizer} is used with",
        span,
        notes=(f"from {usual[0]:g} to {usual[1]:g} is usual",),
        help=None if default is None else f"{default:g} is where Keras begins",
        fix=fix,
    )


def _times(extents: tuple[int, ...] | None) -> str:
    return "×".join(str(n) for n in extents or ())


def _pixels(offset: float) -> str:
    return f"{offset:g} pixel{'s' if offset != 1 else ''} of the input"


def _grown(rate: float) -> str:
    return f"{1 / (1 - rate):.3g}"
