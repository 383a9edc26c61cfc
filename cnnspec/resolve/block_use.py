"""Entering a block: its parameters get their values and its inputs their names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cnnspec.diagnostics.aliases import meant_argument
from cnnspec.diagnostics.catalogue import arguments as argument_problems
from cnnspec.diagnostics.catalogue import names as name_problems
from cnnspec.resolve.values import UNKNOWN, Binding, Block, Given, LayerValue, Value
from cnnspec.syntax import tree

if TYPE_CHECKING:
    from cnnspec.resolve.body import Body


def enter_block(body: Body, inner: Body, value: LayerValue, block: Block, step: tree.Step, inputs: tuple[Value, ...]) -> bool:
    """Give the block's parameters their values and its inputs their names; a default may speak of ``in``.

    Args:
        body: where the block is used; what is wrong with the use is reported there.
        inner: the body of the block, whose scope receives the names.
        value: the block with its arguments.
        block: its definition.
        step: the use.
        inputs: what flows in.

    Returns:
        Whether every parameter has a value, no argument was left over and as many values flow in as the block takes.
    """
    stated = [item for s in block.definition.statements if isinstance(s, tree.InputStatement) for item in s.items]
    if not stated:
        flows_in = inputs[0] if len(inputs) == 1 else body.unknown(step.span)
        inner.scope.names["in"] = Binding(flows_in, step.span)
    return _bind_parameters(body, inner, value, block, step) and _bind_inputs(body, inner, block, step, inputs, stated)


def _bind_parameters(body: Body, inner: Body, value: LayerValue, block: Block, step: tree.Step) -> bool:
    """Positional arguments, named ones, then defaults seen from inside the block."""
    parameters = {parameter.name.text: parameter for parameter in block.definition.parameters}
    given, sound = _match(body, tuple(parameters), value, len(block.definition.parameters))
    missing = tuple(name for name, p in parameters.items() if name not in given and p.default is None)
    meant = {meant_argument(item.name, parameters) for item in value.given if item.name not in (None, *parameters)}
    if set(missing) - meant:
        missing = tuple(name for name in missing if name not in meant)
        body.report(argument_problems.missing_argument(step.callee.span, callee=value.name, arguments=missing))
    for name, parameter in parameters.items():
        if name in given:
            content = given[name].value
        else:
            content = inner.evaluate(parameter.default) if parameter.default is not None else UNKNOWN
        if isinstance(content, Value):
            stated = given[name].tree.span if name in given else parameter.span
            body.report(name_problems.value_as_constant(stated, name=name, defined=parameter.span))
            content = UNKNOWN
        inner.scope.define(name, Binding(content, parameter.name.span, is_parameter=True), inner.report)
    return sound and not missing


def _match(body: Body, names: tuple[str, ...], value: LayerValue, written: int) -> tuple[dict[str, Given], bool]:
    """The arguments by parameter, and whether all of them found one; so many parameters are ``written``."""
    given: dict[str, Given] = {}
    positional = [item for item in value.given if item.name is None]
    sound = True
    for item in value.given:
        position = next((at for at, other in enumerate(positional) if other is item), None)
        if position is not None and position > len(names):
            continue  # the first surplus one speaks for all
        if position is not None and len(names) <= position < written:
            continue  # for a parameter that is stated twice, which is reported
        if position is not None and position == len(names):
            span = item.tree.span
            body.report(argument_problems.too_many_arguments(span, callee=value.name, choices=names, given=len(positional)))
            sound = False
            continue
        key = item.name if position is None else names[position]
        if key is None or key not in names:
            span = item.tree.name.span if item.tree.name else item.tree.span
            body.report(argument_problems.unknown_argument(span, callee=value.name, argument=key or "", choices=names))
            sound = False
        elif key in given:
            body.report(argument_problems.argument_repeated(item.tree.span, callee=value.name, argument=key))
            sound = False
        else:
            given[key] = item
    return given, sound


def _bind_inputs(
    body: Body, inner: Body, block: Block, step: tree.Step, inputs: tuple[Value, ...], stated: Sequence[tree.InputItem]
) -> bool:
    """A block that states its inputs takes a list of them by name; else one value flows in."""
    expected = len(stated) or 1
    if len(inputs) != expected:
        needs = "one value" if expected == 1 else f"exactly {expected} values"
        body.report(name_problems.inputs_mismatch(step.callee.span, layer=block.name, needs=needs, given=len(inputs)))
        return False
    for item, value in zip(stated, inputs, strict=False):
        if item.name is None or item.shape is not None:
            reason = "a block's inputs are names without shapes"
            inner.report(name_problems.input_misplaced(item.span, reason=reason, way_out="write `input a, b`"))
            return False
        inner.scope.define(item.name.text, Binding(value, item.name.span), inner.report)
    inner.current = inputs[0] if expected == 1 else None
    return True
