"""Flows: the sources, steps and branches of one, turned into nodes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnspec.diagnostics import Span
from cnnspec.diagnostics.catalogue import names as name_problems
from cnnspec.record import replace
from cnnspec.resolve.builder import Names
from cnnspec.resolve.callee import find_callee
from cnnspec.resolve.expressions import Evaluator
from cnnspec.resolve.operators import shorten
from cnnspec.resolve.values import UNKNOWN, Given, UnknownType, Value
from cnnspec.syntax import tree

if TYPE_CHECKING:
    from cnnspec.resolve.body import Body


def run_flow(body: Body, statement: tree.Flow) -> Value | None:
    """One flow: its sources, its steps, its name and its claim."""
    first = len(body.builder.nodes)
    values, steps = begin(body, statement)
    target = statement.target
    inner, opened = body, None
    several = len(steps) > 1 or (len(steps) == 1 and steps[0].times is not None)
    if target is not None and several:
        opened = body.builder.open_scope()
        path = body.names.given(target.text, target.span, body.report)
        inner = replace(body, names=Names(f"{path}/"))
    given_name = target if target is not None and not several else None
    for step in steps:
        values = (take_step(inner, step, values, given_name),)
    if opened is not None and target is not None:
        body.builder.close_scope(opened, path=f"{inner.names.prefix[:-1]}", kind="flow", label=target.text)
    value = single(body, values, statement.span)
    if target is not None:
        body.define(target, value if value is not None else UNKNOWN, range(first, len(body.builder.nodes)))
    if statement.claim is not None and value is not None:
        body.claim(statement.claim, value)
    if body.outcome.watch is not None:
        body.outcome.watch(statement, None if value is None else value.shape)
    return value


def begin(body: Body, statement: tree.Flow) -> tuple[tuple[Value, ...], tuple[tree.Step, ...]]:
    """The values a flow begins with, and the steps that are left."""
    steps = statement.steps
    if statement.sources is not None:
        body.builder.budget.enter(statement.sources.span, max(len(statement.sources.items) - 1, 0))
        values = tuple(find_source(body, item) for item in statement.sources.items)
        if not steps and len(values) != 1:
            body.report(
                name_problems.inputs_mismatch(statement.sources.span, layer="a flow", needs="one value", given=len(values))
            )
        return values, steps
    if steps:
        value = named_value(body, steps[0])
        if value is not None:
            return (value,), steps[1:]
    if body.current is None:
        if not body.scope.is_uncertain():
            choices = tuple(n for n in body.scope.visible() if isinstance(body.content(n), Value))
            body.report(name_problems.no_current_value(statement.span, choices=choices))
        return (body.unknown(statement.span),), steps
    return (body.current,), steps


def named_value(body: Body, step: tree.Step) -> Value | None:
    """The value a first step names, if it is a bare name of one."""
    if (
        not isinstance(step.callee, tree.Name)
        or step.arguments is not None
        or step.branches is not None
        or step.times is not None
    ):
        return None
    content = body.content(step.callee.text)
    return content if isinstance(content, Value) else None


def find_source(body: Body, item: tree.Expression) -> Value:
    """A value of a list of sources."""
    from cnnspec.resolve.foreign import hint_of

    if isinstance(item, tree.Name):
        binding = body.scope.lookup(item.text)
        if binding is not None and isinstance(binding.content, Value):
            return binding.content
        if binding is not None and not isinstance(binding.content, UnknownType):
            shown = Evaluator.show(binding.content)
            body.report(name_problems.constant_as_layer(item.span, name=item.text, value=shown, defined=binding.span))
        elif binding is None and not body.scope.is_uncertain():
            values = [n for n in body.scope.visible() if isinstance(body.content(n), Value)]
            hint = hint_of(body, item)
            body.report(name_problems.unknown_name(item.span, name=item.text, choices=values, what="value", hint=hint))
    else:
        body.report(name_problems.unknown_name(item.span, name=shorten(item.span), choices=body.scope.visible(), what="value"))
    return body.unknown(item.span)


def single(body: Body, values: tuple[Value, ...], span: Span) -> Value | None:
    """The only one of the values; unknown where there are several."""
    return values[0] if len(values) == 1 else body.unknown(span)


def evaluate_arguments(body: Body, step: tree.Step) -> tuple[Given, ...]:
    """The arguments of a step; one that has no value is reported and unknown."""
    return tuple(Given(a.name.text if a.name else None, body.evaluate(a.value), a) for a in step.arguments or ())


def take_step(body: Body, step: tree.Step, inputs: tuple[Value, ...], name: tree.Name | None) -> Value:
    """Apply one step, ``* n`` times."""
    count = 1
    if step.times is not None:
        times = body.count(step.times, "the count after *")
        if times is None:
            return body.unknown(step.span)
        count = times
        if not body.afford(step.times.span, max(count - 1, 0)):
            return body.unknown(step.span)
    callee = find_callee(body, step.callee, evaluate_arguments(body, step))
    if step.branches is not None:
        inputs = run_branches(body, step, inputs)
    if callee is None:
        for value in inputs:
            body.current = value
        return body.unknown(step.span)
    if count == 0:
        return inputs[0] if len(inputs) == 1 else body.unknown(step.span)
    group = body.builder.next_group() if count > 1 else None
    for _ in range(count):
        inputs = (body.applier.apply(body, callee, step, inputs, name, group),)
    return inputs[0]


def run_branches(body: Body, step: tree.Step, inputs: tuple[Value, ...]) -> tuple[Value, ...]:
    """The results of the branches, each over the value before the merge."""
    branches = step.branches or ()
    name = step.callee.span.text
    if len(inputs) != 1:
        needs = "branches over one value"
        body.report(name_problems.inputs_mismatch(step.callee.span, layer=name, needs=needs, given=len(inputs)))
    results: list[Value] = []
    body.builder.budget.enter(step.callee.span, max(len(branches) - 1, 0))
    for branch in branches:
        value = body.inner(current=inputs[0]).run(branch.statements)
        results.append(value if value is not None else body.unknown(branch.span))
    if len(branches) < 2:
        if "|" in step.span.text:  # without one the parser has said that branches begin with it
            body.report(name_problems.too_few_branches(step.span, layer=name, given=len(branches)))
        results += [body.unknown(step.span) for _ in range(2 - len(branches))]
    return tuple(results)
