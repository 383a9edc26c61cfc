"""Names, blocks, flows and files that use each other."""

from __future__ import annotations

from collections.abc import Iterable

from cnnspec.diagnostics.catalogue import code
from cnnspec.diagnostics.diagnostic import Applicability, Diagnostic, Edit, Label, Severity
from cnnspec.diagnostics.span import Span
from cnnspec.diagnostics.suggest import closest, is_slip, listing

ERROR, WARNING = Severity.ERROR, Severity.WARNING

#: How Torch's names end: ``Conv2d`` is spelled almost like our ``Conv2D``, but its first argument may be another.
_TORCH_RANKS = ("1d", "2d", "3d")
#: What Python code writes before the name of a layer or an optimizer.
LIBRARIES = ("nn", "layers", "keras", "tf", "torch", "F", "Layers", "L", "optim")


@code("name-defined-twice")
def name_defined_twice(span: Span, *, name: str, first: Span) -> Diagnostic:
    return Diagnostic(
        "name-defined-twice",
        ERROR,
        f"{name} is already defined in line {first.line}",
        span,
        here="defined again",
        labels=(Label(first, "first defined here"),),
        help="give one of the two another name: nothing is redefined or hidden",
    )


@code("name-taken")
def name_taken(span: Span, *, name: str, first: Span) -> Diagnostic:
    return Diagnostic(
        "name-taken",
        ERROR,
        f"{name} is both a given name and the automatic name of another layer in the same scope",
        span,
        here=f"would be {name} too",
        labels=(Label(first, f"this is {name}"),),
        help="choose a given name that is not a layer kind with a number",
    )


@code("unknown-name")
def unknown_name(span: Span, *, name: str, choices: Iterable[str], what: str = "name", hint: str = "") -> Diagnostic:
    """A name that nothing has; ``hint`` says why it has not, where that is clear."""
    names = list(choices)
    nearest = None if hint else closest(name, names)
    known = f"known here: {listing(names)}" if names else "no name is defined here: names come from `x = …`, `let` and parameters"
    return Diagnostic(
        "unknown-name",
        ERROR,
        f"{name} is not a {what} that is known here",
        span,
        help=f"did you mean {nearest}?" if nearest else hint or known,
        fix=(Edit(span, nearest),) if nearest else (),
        applicability=Applicability.safe_if(is_slip(name, nearest, names)),
    )


@code("unknown-layer")
def unknown_layer(
    span: Span,
    *,
    name: str,
    choices: Iterable[str],
    meant: str | None = None,
    rewritten: str = "",
    edits: tuple[Edit, ...] = (),
    note: str = "",
    reason: str = "",
) -> Diagnostic:
    """A callee that is nothing.

    Args:
        span: the callee.
        name: as it is written.
        choices: what there is.
        meant: what another library calls so.
        rewritten: the whole call as it is written here, where its arguments change too, by ``edits``.
        note: how the layer that is meant differs.
        reason: why there is none.
    """
    names = list(choices)
    nearest = meant or (None if reason else closest(name, names))
    if nearest and rewritten:
        text = f"write `{rewritten}`"
    elif nearest:
        text = f"did you mean {nearest}?"
    else:
        text = reason or "cnnspec layers lists the layer kinds; a block must be defined in this file or brought in by use"
    return Diagnostic(
        "unknown-layer",
        ERROR,
        f"there is no layer or block called {name}",
        span,
        notes=(note,) if note else (),
        help=text,
        fix=(Edit(span, nearest), *edits) if nearest and nearest.replace(".", "_").isidentifier() else (),
        applicability=Applicability.safe_if(not edits and name[-2:] not in _TORCH_RANKS and is_slip(name, nearest, names)),
    )


@code("value-as-layer")
def value_as_layer(span: Span, *, name: str, defined: Span) -> Diagnostic:
    return Diagnostic(
        "value-as-layer",
        ERROR,
        f"{name} is a value that flows; it can only begin a flow",
        span,
        labels=(Label(defined, f"{name} is defined here"),),
        help=f"begin a new statement with `{name} -> …`, or merge it: `[…, {name}] -> Add`",
    )


@code("constant-as-layer")
def constant_as_layer(span: Span, *, name: str, value: str, defined: Span) -> Diagnostic:
    return Diagnostic(
        "constant-as-layer",
        ERROR,
        f"{name} is the constant {value}, not a layer or a value that flows",
        span,
        labels=(Label(defined, "defined here"),),
        help="apply a layer or block here; constants stand in arguments",
    )


@code("in-outside-block")
def in_outside_block(span: Span) -> Diagnostic:
    return Diagnostic(
        "in-outside-block",
        ERROR,
        "in is the value that flows into a block, and here is no block that takes one value",
        span,
        help="name the value, `x = …`, and ask for x.channels, x.height or x.rank",
    )


@code("value-as-constant")
def value_as_constant(span: Span, *, name: str, defined: Span) -> Diagnostic:
    return Diagnostic(
        "value-as-constant",
        ERROR,
        f"{name} is a value that flows, not a constant",
        span,
        labels=(Label(defined, f"{name} is defined here"),),
        help=f"its sizes are constants: {name}.channels, {name}.height, {name}.width, {name}.rank",
    )


@code("value-as-argument")
def value_as_argument(span: Span, *, callee: str, names: tuple[str, ...], fix: tuple[Edit, ...] = ()) -> Diagnostic:
    """``Add([a, b])``, ``Concat(a, b)``, ``Dense(x)``."""
    one = len(names) == 1
    flow = f"{names[0]} -> {callee}" if one else f"[{', '.join(names)}] -> {callee}"
    sizes = f"; its sizes are numbers: {names[0]}.channels, {names[0]}.units" if one else ""
    return Diagnostic(
        "value-as-argument",
        ERROR,
        f"what flows into {callee} is no argument of it",
        span,
        notes=(f"{names[0]} is a value that flows",) if one else (),
        help=f"write `{flow}{'' if fix else '(…)'}`{sizes}",
        fix=fix,
    )


@code("unknown-attribute")
def unknown_attribute(span: Span, *, name: str, attribute: str, choices: tuple[str, ...], reason: str = "") -> Diagnostic:
    nearest = closest(attribute, choices)
    if name.split(".")[0] in LIBRARIES and not choices:
        way_out = f"names stand here without the library they come from: write {attribute}"
    else:
        way_out = f"did you mean {name}.{nearest}?" if nearest else f"{name} has {listing(choices)}"
    return Diagnostic(
        "unknown-attribute",
        ERROR,
        f"{name} has no {attribute}" + (f": {reason}" if reason else ""),
        span,
        help=way_out,
    )


@code("no-current-value")
def no_current_value(span: Span, *, choices: tuple[str, ...]) -> Diagnostic:
    start = choices[0] if choices else "x"
    return Diagnostic(
        "no-current-value",
        ERROR,
        "nothing flows in here: the statement needs a value to begin with",
        span,
        help=f"begin the flow with a value: `{start} -> …`" if choices else "state an input first: `input 28x28x1`",
    )


@code("input-misplaced")
def input_misplaced(span: Span, *, reason: str, way_out: str) -> Diagnostic:
    return Diagnostic("input-misplaced", ERROR, reason, span, help=way_out)


@code("missing-input")
def missing_input(span: Span, *, model: str) -> Diagnostic:
    return Diagnostic(
        "missing-input",
        ERROR,
        f"{model} states no input",
        span,
        help="begin the model with its input, height x width x channels: `input 28x28x1`",
    )


@code("empty-model")
def empty_model(span: Span, *, model: str) -> Diagnostic:
    return Diagnostic(
        "empty-model", ERROR, f"{model} has an input but no layers", span, help="add at least one layer after the input"
    )


@code("input-shape")
def input_shape(span: Span, *, reason: str, way_out: str) -> Diagnostic:
    return Diagnostic("input-shape", ERROR, reason, span, help=way_out)


@code("inputs-mismatch")
def inputs_mismatch(span: Span, *, layer: str, needs: str, given: int) -> Diagnostic:
    plural = "value flows" if given == 1 else "values flow"
    if given == 1:
        way_out = f"merge several values: `[a, b] -> {layer}`, or open branches: `{layer} {{ | … | … }}`"
    elif needs.startswith("exactly"):
        way_out = f"give it {needs.removeprefix('exactly ')}: `[a, b] -> {layer}`; Add and Concat take more"
    else:
        way_out = f"apply {layer} to one value; Add, Concat and their like merge several"
    return Diagnostic("inputs-mismatch", ERROR, f"{layer} takes {needs}, but {given} {plural} in", span, help=way_out)


@code("too-few-branches")
def too_few_branches(span: Span, *, layer: str, given: int) -> Diagnostic:
    return Diagnostic(
        "too-few-branches",
        ERROR,
        f"{layer} opens {given} branch, but a merge needs at least two",
        span,
        help="add a branch: `|` alone is the identity",
    )


@code("recursive-block")
def recursive_block(span: Span, *, chain: tuple[str, ...]) -> Diagnostic:
    return Diagnostic(
        "recursive-block",
        ERROR,
        f"block {chain[0]} uses itself: {' → '.join(chain)}",
        span,
        help="a block may not contain itself; say how often with `repeat n { … }`",
    )


@code("hides-layer")
def hides_layer(span: Span, *, name: str) -> Diagnostic:
    return Diagnostic(
        "hides-layer", ERROR, f"{name} is the name of a layer kind", span, help=f"call it something else, such as My{name}"
    )


@code("use-path")
def use_path(span: Span, *, path: str, reason: str, way_out: str) -> Diagnostic:
    return Diagnostic("use-path", ERROR, f'use "{path}": {reason}', span, help=way_out)


@code("use-cycle")
def use_cycle(span: Span, *, chain: tuple[str, ...]) -> Diagnostic:
    return Diagnostic(
        "use-cycle",
        ERROR,
        f"these files use each other in a circle: {' → '.join(chain)}",
        span,
        help="move the blocks that both need into a third file",
    )


@code("shared-input-differs")
def shared_input_differs(span: Span, *, name: str, first: Span, expected: str, actual: str) -> Diagnostic:
    return Diagnostic(
        "shared-input-differs",
        ERROR,
        f"{name} has one set of weights, made for {expected}, but {actual} flows in here",
        span,
        labels=(Label(first, f"the first use made its weights for {expected}"),),
        help=f"bring the value to the same size first, or use a second layer instead of {name}",
    )


@code("shared-arguments")
def shared_arguments(span: Span, *, name: str) -> Diagnostic:
    return Diagnostic(
        "shared-arguments",
        ERROR,
        f"{name} is shared: its arguments were given where it was defined",
        span,
        help=f"write `-> {name}` or `-> {name}()`",
        fix=(),
    )


@code("too-many-nodes")
def too_many_nodes(span: Span, *, limit: int, count: int | None = None) -> Diagnostic:
    asked = f"{count:,} layers are asked for here; " if count is not None else ""
    return Diagnostic(
        "too-many-nodes",
        ERROR,
        f"{asked}the network would have more than {limit:,} layers",
        span,
        help="if it really is that large, raise the limit: --max-nodes N",
    )


@code("blocks-too-deep")
def blocks_too_deep(span: Span, *, limit: int) -> Diagnostic:
    return Diagnostic(
        "blocks-too-deep",
        ERROR,
        f"blocks, branches and repeats are nested more than {limit} deep here",
        span,
        help="use a repeat in place of blocks within blocks",
    )


@code("unknown-model")
def unknown_model(span: Span, *, name: str, choices: tuple[str, ...]) -> Diagnostic:
    nearest = closest(name, choices)
    return Diagnostic(
        "unknown-model",
        ERROR,
        f"there is no model {name} in this file to train",
        span,
        help=f"did you mean {nearest}?" if nearest else f"models of this file: {listing(choices)}",
        fix=(Edit(span, nearest),) if nearest else (),
        applicability=Applicability.safe_if(is_slip(name, nearest, choices)),
    )
