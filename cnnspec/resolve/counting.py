"""How many nodes a model has at least, worked out from the text before any node is made.

A few lines can ask for more layers than any machine holds: blocks that use each other twice, repeats in repeats. The
budget of :mod:`cnnspec.resolve.builder` ends such a model where it crosses the limit, but only after that many nodes
were made. Here each block is counted once for each set of arguments, so the answer comes at once. Only what the text
alone decides is counted: a condition about the sizes that flow in may come out either way and counts as its smaller
case, a parameter that stands for a layer as nothing. A count that crosses the limit by its number alone is left out:
resolving refuses it at its place and checks the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from cnnspec.diagnostics import Diagnostic, Label, Span
from cnnspec.diagnostics.catalogue.names import too_many_nodes
from cnnspec.record import record, replace
from cnnspec.resolve.expressions import Evaluator
from cnnspec.resolve.operators import FUNCTIONS, Rejected, is_count
from cnnspec.resolve.scope import Scope
from cnnspec.resolve.values import Binding, Block
from cnnspec.syntax import tree

#: How deep blocks, branches, repeats and conditions may stand in each other.
MAX_DEPTH = 200


@record
class Size:
    """How many nodes, and how many uses of blocks, passes of repeats and further values of lists and branches."""

    nodes: int = 0
    entries: int = 0

    def __add__(self, other: Size) -> Size:
        return Size(self.nodes + other.nodes, self.entries + other.entries)

    def __mul__(self, count: int) -> Size:
        return Size(self.nodes * count, self.entries * count)

    @property
    def largest(self) -> int:
        """The greater of the two; the limit holds for each."""
        return max(self.nodes, self.entries)


NOTHING, NODE, ENTRY = Size(), Size(nodes=1), Size(entries=1)


@record
class Part:
    """A part of the text that makes nodes: where it stands, what it makes in all and in one pass or use, what is in it."""

    span: Span
    size: Size
    one: Size
    inside: Callable[[], Iterable[Part]]


def count_least(statements: Sequence[tree.Statement], scope: Scope, limit: int) -> Size:
    """What a model makes at least; arguments as for :func:`find_excess`."""
    return _Counter(limit).body(statements, scope, 0)


def find_excess(statements: Sequence[tree.Statement], scope: Scope, limit: int) -> Diagnostic | None:
    """The place at which a model certainly crosses the limit; None if it may stay below.

    Args:
        statements: of the model or block.
        scope: its parameters with their values; one whose value is not known has none of the plain types.
        limit: how many nodes, and how many entries, it may have.
    """
    counter = _Counter(limit)
    parts: Iterable[Part] = counter.parts(statements, scope, 0)
    uses: list[Span] = []
    crossing = _crossing(parts, limit)
    while crossing is not None:
        inner = _crossing(crossing.inside(), limit) if crossing.one.largest > limit else None
        if inner is None:
            return _excess(crossing, limit, uses)
        uses.append(crossing.span)
        crossing = inner
    return None


def _crossing(parts: Iterable[Part], limit: int) -> Part | None:
    """The part with which the sum of the parts crosses the limit."""
    total = NOTHING
    for part in parts:
        total = total + part.size
        if total.largest > limit:
            return part
    return None


def _excess(part: Part, limit: int, uses: Sequence[Span]) -> Diagnostic:
    count = part.size.largest if part.size.largest > limit else None
    labels = tuple(Label(use, "in this") for use in reversed(uses[-3:]))
    return replace(too_many_nodes(part.span, limit=limit, count=count), labels=labels)


class _Counter:
    """Counts bodies; blocks once for each set of arguments."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        #: Whether something was looked up that the text alone does not decide, since this was last set.
        self.open = False
        self._sizes: dict[tuple[object, ...], Size] = {}
        self._within: set[int] = set()

    def body(self, statements: Sequence[tree.Statement], scope: Scope, depth: int) -> Size:
        """What statements make at least; more than the limit may be cut short."""
        total = NOTHING
        for part in self.parts(statements, scope, depth):
            total = total + part.size
        return total

    def parts(self, statements: Sequence[tree.Statement], scope: Scope, depth: int) -> Iterator[Part]:
        """The parts of a body one after another."""
        if depth > MAX_DEPTH:
            return
        inner = scope.child()
        for statement in statements:
            match statement:
                case tree.Flow():
                    yield from self._flow(statement, inner, depth)
                case tree.Repeat():
                    yield self._repeat(statement, inner, depth)
                case tree.If():
                    yield self._condition(statement, inner, depth)
                case tree.Let():
                    value = self.value(statement.value, inner)
                    inner.names[statement.name.text] = Binding(value, statement.name.span)
                case _:
                    pass

    # --- flows -------------------------------------------------------------------------------------------------

    def _flow(self, flow: tree.Flow, scope: Scope, depth: int) -> Iterator[Part]:
        if flow.sources is not None:
            yield _leaf(flow.sources.span, ENTRY * max(len(flow.sources.items) - 1, 0))
        for step in flow.steps:
            if step.branches is not None:
                yield self._branches(step, step.branches, scope, depth)
            times = 1 if step.times is None else self._count(step.times, scope)
            if times:
                yield self._applied(step, times, scope, depth)

    def _branches(self, step: tree.Step, branches: Sequence[tree.Branch], scope: Scope, depth: int) -> Part:
        bodies = [branch.statements for branch in branches]
        size = ENTRY * max(len(bodies) - 1, 0)
        for statements in bodies:
            size = size + self.body(statements, scope, depth + 1)
        inside = lambda: (part for statements in bodies for part in self.parts(statements, scope, depth + 1))  # noqa: E731
        return Part(step.callee.span, size, size, inside)

    def _applied(self, step: tree.Step, times: int, scope: Scope, depth: int) -> Part:
        """A layer or a block, as often as it is asked for."""
        span = step.callee.span if step.times is None else step.times.span
        block = _block(step.callee, scope)
        if block is None:
            is_layer = isinstance(step.callee, tree.Name) and step.callee.text[:1].isupper()
            return _leaf(span, NODE * times if is_layer else NOTHING)
        within = self._enter(block, step.arguments or (), scope)
        one = self._block(block, within, depth) + ENTRY
        return Part(span, one * times, one, lambda: self.parts(block.definition.statements, within, depth + 1))

    def _enter(self, block: Block, arguments: Sequence[tree.Argument], scope: Scope) -> Scope:
        """The scope of a use of a block: its parameters with their values, as far as the text says them."""
        inner = Scope(block.home)
        given = {argument.name.text: argument for argument in arguments if argument.name is not None}
        unnamed = [argument for argument in arguments if argument.name is None]
        for at, parameter in enumerate(block.definition.parameters):
            name = parameter.name.text
            argument = given.get(name) or (unnamed[at] if at < len(unnamed) else None)
            if argument is not None:
                value = self.value(argument.value, scope)
            else:
                value = None if parameter.default is None else self.value(parameter.default, inner)
            inner.names[name] = Binding(value, parameter.name.span, is_parameter=True)
        return inner

    def _block(self, block: Block, within: Scope, depth: int) -> Size:
        definition = block.definition
        values = [binding.content for binding in within.names.values()]
        key = (id(definition), *((type(value), value) for value in values))
        found = self._sizes.get(key)
        if found is not None or id(definition) in self._within:  # one that uses itself is refused elsewhere
            return found or NOTHING
        self._within.add(id(definition))
        outside, self.open = self.open, False
        size = self._sizes[key] = self.body(definition.statements, within, depth + 1)
        self.open = self.open or outside
        self._within.discard(id(definition))
        return size

    # --- conditions and repeats --------------------------------------------------------------------------------

    def _repeat(self, statement: tree.Repeat, scope: Scope, depth: int) -> Part:
        count = self._count(statement.count, scope)
        if not count:
            return _leaf(statement.count.span, NOTHING)
        inner = scope.child()
        if statement.index is not None:
            inner.names[statement.index.text] = Binding(None, statement.index.span)
        outside, self.open = self.open, False
        one = self.body(statement.statements, inner, depth + 1) + ENTRY
        if self.open and statement.index is not None:
            size, one = self._passes(statement, statement.index, count, inner, depth)
        else:
            size = one * count
        self.open = self.open or outside
        return Part(statement.count.span, size, one, lambda: self.parts(statement.statements, inner, depth + 1))

    def _passes(self, statement: tree.Repeat, index: tree.Name, count: int, inner: Scope, depth: int) -> tuple[Size, Size]:
        """All passes, and the last that was counted, where each may depend on its number."""
        total = one = NOTHING
        for number in range(count):
            inner.names[index.text] = Binding(number, index.span)
            one = self.body(statement.statements, inner, depth + 1) + ENTRY
            total = total + one
            if total.largest > self.limit:
                break
        return total, one

    def _condition(self, statement: tree.If, scope: Scope, depth: int) -> Part:
        """The case that holds; where that is open, the smallest of all."""
        bodies: list[Sequence[tree.Statement]] = []
        for expression, statements in statement.cases:
            holds = self.value(expression, scope)
            if holds is not False:
                bodies.append(statements)
            if holds is True:
                break
        else:
            bodies.append(statement.otherwise or ())
        sizes = [self.body(statements, scope, depth + 1) for statements in bodies]
        size = min(sizes, key=lambda size: size.largest)
        smallest = bodies[sizes.index(size)]
        return Part(statement.span, size, size, lambda: self.parts(smallest, scope, depth + 1))

    # --- values ------------------------------------------------------------------------------------------------

    def _count(self, expression: tree.Expression, scope: Scope) -> int:
        """How often: 0 where the text does not say it, or asks for what is refused for this number alone."""
        value = self.value(expression, scope)
        return value if is_count(value) and value <= self.limit else 0

    def value(self, expression: tree.Expression, scope: Scope) -> int | float | bool | None:
        """The number or truth value of an expression; None where what flows decides it, or it has none."""
        if isinstance(expression, tree.Number):
            return expression.value
        if not _is_decided(expression, scope):
            self.open = True
            return None
        try:
            value = Evaluator(scope).value(expression)
        except Rejected:  # resolving comes to the same expression, and says what is wrong with it
            return None
        return value if isinstance(value, (int, float)) else None


def _leaf(span: Span, size: Size) -> Part:
    return Part(span, size, size, tuple)


def _block(callee: tree.Name | tree.Attribute, scope: Scope) -> Block | None:
    """The block that a step applies by its name, or by that of its file."""
    if isinstance(callee, tree.Name):
        found = scope.file.blocks.get(callee.text)
    elif isinstance(callee.base, tree.Name):
        module = scope.file.modules.get(callee.base.text)
        found = module[0].blocks.get(callee.name.text) if module is not None else None
    else:
        found = None
    return found[0] if found is not None else None


def _is_decided(expression: tree.Expression, scope: Scope) -> bool:
    """Whether an expression is made of numbers and of names that stand for numbers."""
    match expression:
        case tree.Number() | tree.Constant():
            return True
        case tree.Name(text=text):
            binding = scope.lookup(text)
            return binding is not None and isinstance(binding.content, (int, float))
        case tree.Unary(operand=operand):
            return _is_decided(operand, scope)
        case tree.Binary(left=left, right=right):
            return _is_decided(right, scope) and _is_decided(left, scope)
        case tree.Call(callee=tree.Name(text=text), arguments=arguments):
            return text in FUNCTIONS and all(a.name is None and _is_decided(a.value, scope) for a in arguments)
        case _:
            return False
