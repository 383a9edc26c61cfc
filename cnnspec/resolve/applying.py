"""Applying what a step names: a layer becomes a node, a block the nodes of its statements, a shared one its weights again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnspec.diagnostics.catalogue import arguments as argument_problems
from cnnspec.diagnostics.catalogue import names as name_problems
from cnnspec.layers.base import Layer
from cnnspec.layers.registry import snake_name
from cnnspec.record import replace
from cnnspec.resolve.binding import bind, bind_repaired
from cnnspec.resolve.block_use import enter_block
from cnnspec.resolve.builder import Names, Unresolved
from cnnspec.resolve.callee import Callee
from cnnspec.resolve.expressions import Evaluator
from cnnspec.resolve.foreign import contains_value, values_as_arguments
from cnnspec.resolve.replay import Expansion, Recorder, key_of, replay
from cnnspec.resolve.result import Origin
from cnnspec.resolve.scope import Scope
from cnnspec.resolve.values import Block, Given, LayerValue, SharedLayer, UnknownType, Value, contains_unknown
from cnnspec.syntax import tree

if TYPE_CHECKING:
    from collections.abc import Hashable

    from cnnspec.resolve.body import Body, SharedUse


class Applier:
    """Applies callees; equal layers and equal uses of blocks are worked out once."""

    def __init__(self) -> None:
        self._interned: dict[tuple[type[Layer], str], Layer] = {}
        self._expansions: dict[Hashable, Expansion] = {}
        #: Blocks that some model applied; the others are looked through on their own.
        self.applied: set[int] = set()

    def apply(
        self, body: Body, callee: Callee, step: tree.Step, inputs: tuple[Value, ...], name: tree.Name | None, group: int | None
    ) -> Value:
        """Apply the callee once to the inputs."""
        if callee.layer is None:
            if len(inputs) == 1:
                return inputs[0]
            body.report(
                name_problems.inputs_mismatch(step.span, layer=step.callee.span.text, needs="one value", given=len(inputs))
            )
            return body.unknown(step.span)
        if callee.shared is not None:
            return self._apply_shared(body, callee.shared, step, inputs)
        if isinstance(callee.layer.target, Block):
            return self._apply_block(body, callee.layer, callee.layer.target, step, inputs, name, group)
        return self._apply_layer(body, callee.layer, step, inputs, name)

    def _apply_layer(
        self, body: Body, value: LayerValue, step: tree.Step, inputs: tuple[Value, ...], name: tree.Name | None
    ) -> Value:
        kind = value.target
        assert not isinstance(kind, Block)
        layer = self._make(body, kind, value, step)
        if name is not None:
            path = body.names.given(name.text, name.span, body.report)
        else:
            path = body.names.next(snake_name(kind.kind), step.span, body.report)
        spans = {key: item.tree.value.span for key, item in _by_argument(kind, value.given).items()}
        origin = Origin(step.span, step.callee.span, spans, body.uses, named=name is not None)
        if layer is not None and not self._accepts(body, kind, step, inputs):
            layer = None
        if layer is None:
            return body.builder.add(path, Unresolved(called=kind.kind), inputs, origin)
        return self._add(body, path, layer, inputs, origin)

    def _add(self, body: Body, path: str, layer: Layer, inputs: tuple[Value, ...], origin: Origin) -> Value:
        sharing = body.sharing
        if sharing is None or sharing.shared.owners is None:
            return body.builder.add(path, layer, inputs, origin)
        owners = sharing.shared.owners
        owner = owners[sharing.at] if sharing.at < len(owners) else None
        sharing.at += 1
        if owner is not None and body.builder.nodes[owner].shares is not None:
            owner = body.builder.nodes[owner].shares
        value = body.builder.add(path, layer, inputs, origin, shares=owner)
        if owner is None or body.builder.nodes[owner].layer != layer or not self._same_weights(body, owner, value.node):
            sharing.differs = True
        return value

    @staticmethod
    def _same_weights(body: Body, owner: int, node: int) -> bool:
        first, second = body.builder.facts[owner], body.builder.facts[node]
        if first is None or second is None:
            return True
        return [param.shape for param in first.params] == [param.shape for param in second.params]

    def _make(self, body: Body, kind: type[Layer], value: LayerValue, step: tree.Step) -> Layer | None:
        """The declaration; equal calls give the same object, so that facts are worked out once."""
        key = (kind, repr([(item.name, item.value) for item in value.given]))
        found = self._interned.get(key)
        if found is not None:
            return found
        if any(contains_value(item.value) for item in value.given):
            body.report(values_as_arguments(value, step))
            body.builder.broken = True
            return None
        if any(contains_unknown(item.value) for item in value.given):
            return bind(kind, value.name, step.callee.span, value.given, body.report)
        self._warn_hidden_words(body, kind, value)
        visible, uncertain = body.scope.visible(), body.scope.is_uncertain()
        layer = bind(kind, value.name, step.callee.span, value.given, body.report, visible, uncertain=uncertain)
        if layer is None:
            body.builder.broken = True
            return bind_repaired(kind, value.given)
        self._interned[key] = layer
        return layer

    @staticmethod
    def _warn_hidden_words(body: Body, kind: type[Layer], value: LayerValue) -> None:
        from cnnspec.schema.declaration import words_of

        for argument, item in _by_argument(kind, value.given).items():
            expression = item.tree.value
            if (
                isinstance(expression, tree.Name)
                and argument in kind.model_fields
                and expression.text in words_of(kind, argument)
            ):
                binding = body.scope.lookup(expression.text)
                if binding is not None:
                    shown = Evaluator.show(binding.content)
                    body.report(
                        argument_problems.hides_word(
                            expression.span, argument=argument, word=expression.text, value=shown, defined=binding.span
                        )
                    )

    @staticmethod
    def _accepts(body: Body, kind: type[Layer], step: tree.Step, inputs: tuple[Value, ...]) -> bool:
        least, most = kind.inputs
        if least <= len(inputs) and (most is None or len(inputs) <= most):
            return True
        needs = "one value" if most == 1 else f"at least {least} values" if most is None else f"exactly {least} values"
        body.report(name_problems.inputs_mismatch(step.callee.span, layer=kind.kind, needs=needs, given=len(inputs)))
        return False

    # --- blocks ------------------------------------------------------------------------------------------------

    def _apply_block(
        self,
        body: Body,
        value: LayerValue,
        block: Block,
        step: tree.Step,
        inputs: tuple[Value, ...],
        name: tree.Name | None,
        group: int | None,
    ) -> Value:
        if block.name in body.chain:
            start = body.chain.index(block.name)
            body.report(name_problems.recursive_block(step.callee.span, chain=(*body.chain[start:], block.name)))
            return body.unknown(step.span)
        body.builder.budget.enter(step.span)
        if name is not None:
            path = body.names.given(name.text, name.span, body.report)
        else:
            path = body.names.next(snake_name(block.name), step.span, body.report)
        return self._run_block(body, value, block, step, inputs, path, group)

    def _run_block(
        self,
        body: Body,
        value: LayerValue,
        block: Block,
        step: tree.Step,
        inputs: tuple[Value, ...],
        path: str,
        group: int | None,
        sharing: SharedUse | None = None,
    ) -> Value:
        inner = replace(
            body,
            scope=Scope(block.home),
            names=Names(f"{path}/"),
            uses=(*body.uses, step.span),
            chain=(*body.chain, block.name),
            depth=body.depth + 1,
            sharing=sharing or body.sharing,
            current=None,
            prefix=f"{path}/",
        )
        if not enter_block(body, inner, value, block, step, inputs):
            return body.unknown(step.span)
        self.applied.add(id(block.definition))
        opened = body.builder.open_scope()
        outputs_before, claims_before = len(body.outcome.outputs), len(body.outcome.claims)
        result = self._expand(inner, block, inputs)
        del body.outcome.outputs[outputs_before:]
        if result is not None:
            claims = body.outcome.claims
            claims[claims_before:] = [
                replace(claim, output=result.node) if claim.output is None else claim for claim in claims[claims_before:]
            ]
        arguments = ", ".join(_shown(item) for item in value.given if not _is_passed_on(item))
        body.builder.close_scope(opened, path=path, kind="block", label=value.name, group=group, arguments=arguments)
        return result if result is not None else body.unknown(step.span)

    def _expand(self, inner: Body, block: Block, inputs: tuple[Value, ...]) -> Value | None:
        """Run the block's statements, or copy what an equal use of it made."""
        key = key_of(inner, block, inputs)
        known = None if key is None else self._expansions.get(key)
        value = None if known is None else replay(known, inner, inputs)
        if value is not None:
            return value
        recorder = Recorder(inner)
        result = inner.run([s for s in block.definition.statements if not isinstance(s, tree.InputStatement)])
        expansion = None if key is None else recorder.keep(inputs, result)
        if key is not None and expansion is not None:
            self._expansions[key] = expansion
        return result

    # --- shared layers -----------------------------------------------------------------------------------------

    def _apply_shared(self, body: Body, shared: SharedLayer, step: tree.Step, inputs: tuple[Value, ...]) -> Value:
        """The first use makes the weights; a later one must ask for the same."""
        from cnnspec.resolve.body import SharedUse

        shared.uses += 1
        first = shared.uses == 1
        builder = body.builder
        start = len(builder.nodes)
        name = shared.name if first else f"{shared.name}_{shared.uses}"
        path = body.names.given(name, step.span, body.report)
        # Inside a later use of a shared block all weights, these too, are those of the block's first use.
        own = None if first or body.sharing is not None else SharedUse(shared)
        sharing = body.sharing or own
        if not first and self._channels_differ(body, shared, step, inputs):
            return body.unknown(step.span)
        value = self._use_shared(body, shared, step, inputs, path, sharing)
        if first:
            shared.owners = list(range(start, len(builder.nodes)))
            shared.first_input = inputs[0].shape if len(inputs) == 1 else None
            shared.first_use = step.span
        elif own is not None and value.shape is not None and (own.differs or own.at != len(shared.owners or ())):
            self._report_shared(body, shared, step, inputs)
        return value

    def _use_shared(
        self, body: Body, shared: SharedLayer, step: tree.Step, inputs: tuple[Value, ...], path: str, sharing: SharedUse | None
    ) -> Value:
        layer = shared.layer
        if isinstance(layer.target, Block):
            if layer.target.name in body.chain:
                body.report(name_problems.recursive_block(step.callee.span, chain=(*body.chain, layer.target.name)))
                return body.unknown(step.span)
            body.builder.budget.enter(step.span)
            return self._run_block(body, layer, layer.target, step, inputs, path, None, sharing)
        made = self._make(body, layer.target, layer, shared.step)
        origin = Origin(step.span, step.callee.span, {}, body.uses, named=True)
        if made is None or not self._accepts(body, layer.target, step, inputs):
            return body.builder.add(path, Unresolved(called=layer.target.kind), inputs, origin)
        return self._add(replace(body, sharing=sharing), path, made, inputs, origin)

    def _channels_differ(self, body: Body, shared: SharedLayer, step: tree.Step, inputs: tuple[Value, ...]) -> bool:
        first = shared.first_input
        now = inputs[0].shape if len(inputs) == 1 else None
        if first is None or now is None or (first.rank == now.rank and first.channels == now.channels):
            return False
        self._report_shared(body, shared, step, inputs)
        return True

    @staticmethod
    def _report_shared(body: Body, shared: SharedLayer, step: tree.Step, inputs: tuple[Value, ...]) -> None:
        body.report(
            name_problems.shared_input_differs(
                step.span,
                name=shared.name,
                first=shared.first_use or step.span,
                expected=str(shared.first_input or "another input"),
                actual=str(inputs[0].shape),
            )
        )
        body.builder.broken = True


def _by_argument(kind: type[Layer], given: tuple[Given, ...]) -> dict[str, Given]:
    names = kind.argument_names()
    found: dict[str, Given] = {}
    position = 0
    for item in given:
        if item.name is not None:
            found[kind.aliases.get(item.name, item.name)] = item
        elif position < len(names):
            found[names[position]] = item
            position += 1
    return found


def _shown(item: Given) -> str:
    """An argument of a block with its value in place of its expression: 8 where n was written; a layer by its name."""
    match item.value:
        case UnknownType():
            value = item.tree.value.span.text
        case LayerValue(name=name):
            value = name
        case _:
            value = Evaluator.show(item.value)
    return f"{item.name}={value}" if item.name else value


def _is_passed_on(item: Given) -> bool:
    """``norm=norm``: a layer that a block only hands on tells a reader nothing."""
    expression = item.tree.value
    return isinstance(item.value, LayerValue) and isinstance(expression, tree.Name) and expression.text == item.name
