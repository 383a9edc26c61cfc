"""What a step names: a layer kind, a block, a shared layer, a parameter that holds one, or nothing (``none``)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnspec.diagnostics import Span
from cnnspec.diagnostics.catalogue import names as name_problems
from cnnspec.diagnostics.catalogue.names import LIBRARIES
from cnnspec.layers.registry import known_name, layer_class
from cnnspec.record import record
from cnnspec.resolve.expressions import Evaluator
from cnnspec.resolve.foreign import suggest
from cnnspec.resolve.operators import Rejected
from cnnspec.resolve.values import Given, LayerValue, SharedLayer, UnknownType, Value
from cnnspec.syntax import tree

if TYPE_CHECKING:
    from cnnspec.resolve.body import Body


@record
class Callee:
    """What is applied: a layer or block with its arguments, a shared one, or the identity (both None)."""

    layer: LayerValue | None = None
    shared: SharedLayer | None = None


def find_callee(body: Body, callee: tree.Name | tree.Attribute, given: tuple[Given, ...]) -> Callee | None:
    """What the callee stands for with these arguments; None if that was reported or is unknown."""
    if is_keras_input(callee) and body.scope.lookup("Input") is None and "Input" not in body.scope.file.blocks:
        body.report(
            name_problems.input_misplaced(
                callee.span,
                reason="an input is a statement, not a layer",
                way_out="state it at the top of the model, height x width x channels: `input 28x28x1`",
            )
        )
        return None
    if isinstance(callee, tree.Attribute):
        if _is_of_library(body, callee):
            return _suggested(body, callee, callee.name.text, given)
        try:
            content: object = body.evaluator.value(callee)
        except Rejected as error:
            body.report(error.diagnostic)
            return None
        return _from_content(body, callee, content, given, callee.span)
    binding = body.scope.lookup(callee.text)
    if binding is not None:
        return _from_content(body, callee, binding.content, given, binding.span)
    target = body.evaluator.layer_named(callee.text)
    if target is not None:
        return Callee(LayerValue(target, callee.text, given))
    if body.scope.is_uncertain():
        return None
    return _suggested(body, callee, callee.text, given)


def _suggested(body: Body, callee: tree.Name | tree.Attribute, name: str, given: tuple[Given, ...]) -> Callee | None:
    """Report a name that nothing has; what follows is checked as if the suggestion were followed, if there is one."""
    suggestion = suggest(body, callee, name, given)
    body.report(suggestion.diagnostic)
    meant = suggestion.diagnostic.fix[0].text if suggestion.diagnostic.fix else ""
    found = body.evaluator.layer_named(meant) if meant else None
    body.builder.broken = True
    if found is None or suggestion.given is None:
        return None
    return Callee(LayerValue(found, meant, suggestion.given))


def _from_content(
    body: Body, callee: tree.Name | tree.Attribute, content: object, given: tuple[Given, ...], defined: Span
) -> Callee | None:
    name = callee.span.text
    match content:
        case LayerValue():
            return Callee(content.extended(given))
        case SharedLayer():
            if given:
                body.report(name_problems.shared_arguments(callee.span, name=name))
                return None
            return Callee(content.layer, content)
        case None:
            return Callee()
        case UnknownType():
            return None
        case Value():
            body.report(name_problems.value_as_layer(callee.span, name=name, defined=defined))
        case str() if not given and known_name(str(content)):
            return Callee(LayerValue(layer_class(str(content)), str(content), given))
        case _:
            body.report(name_problems.constant_as_layer(callee.span, name=name, value=Evaluator.show(content), defined=defined))
    return None


def is_keras_input(callee: tree.Name | tree.Attribute) -> bool:
    """Whether this is ``Input``, ``keras.Input`` or ``tf.placeholder``, which are called elsewhere to begin a network."""
    return callee.span.text.rpartition(".")[2] in ("Input", "InputLayer", "placeholder", "InputSpec")


def _is_of_library(body: Body, callee: tree.Attribute) -> bool:
    """Whether this is ``nn.Conv2d`` or ``tf.keras.layers.Conv2D``, and no name of the file."""
    base: tree.Expression = callee.base
    while isinstance(base, tree.Attribute):
        base = base.base
    if not isinstance(base, tree.Name) or base.text not in LIBRARIES:
        return False
    return body.scope.lookup(base.text) is None and base.text not in body.scope.file.modules
