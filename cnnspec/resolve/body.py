"""Statements: the definitions, repeats, conditions and flows between two braces, run in order."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from cnnspec.diagnostics import Diagnostic, Span
from cnnspec.diagnostics.catalogue import arguments as argument_problems
from cnnspec.diagnostics.catalogue import names as name_problems
from cnnspec.diagnostics.catalogue.claims import shape_claim_false
from cnnspec.layers.registry import own_name
from cnnspec.layers.shape import Shape
from cnnspec.record import field, replace, state
from cnnspec.resolve.applying import Applier
from cnnspec.resolve.builder import BudgetSpent, Builder, Names, Unresolved
from cnnspec.resolve.callee import find_callee
from cnnspec.resolve.counting import MAX_DEPTH
from cnnspec.resolve.expressions import Evaluator
from cnnspec.resolve.flows import evaluate_arguments, run_flow
from cnnspec.resolve.operators import Rejected, is_count
from cnnspec.resolve.result import Origin, PendingClaim, ShapeClaim
from cnnspec.resolve.scope import Scope
from cnnspec.resolve.values import UNKNOWN, Binding, SharedLayer, UnknownType, Value
from cnnspec.schema.values import Word, is_list
from cnnspec.syntax import tree

#: Told of every flow, at every use of its block and every pass of its repeat, and of the shape of its last value.
Watch = Callable[[tree.Flow, Shape | None], None]


@state
class Outcome:
    """What a model or block collected besides nodes."""

    claims: list[PendingClaim] = field(default_factory=list[PendingClaim])
    shape_claims: list[ShapeClaim] = field(default_factory=list[ShapeClaim])
    outputs: list[tuple[tree.Name, Value]] = field(default_factory=list[tuple[tree.Name, Value]])
    output_span: Span | None = None
    watch: Watch | None = None


@state
class Body:
    """The statements between two braces, over the values that flow into them.

    Attributes:
        builder: receives the nodes.
        scope: the names that are visible.
        names: the scope that nodes are named in.
        current: the value the next statement takes; None before the first input or where several inputs leave it open.
        uses: the calls of the blocks around, outermost first.
        chain: the names of those blocks, against recursion.
        prefix: what the paths of the innermost block's nodes begin with.
        sharing: owners of the weights of a shared block that is applied again, in order.
    """

    builder: Builder
    scope: Scope
    names: Names
    outcome: Outcome
    applier: Applier
    current: Value | None = None
    uses: tuple[Span, ...] = ()
    chain: tuple[str, ...] = ()
    depth: int = 0
    sharing: SharedUse | None = None
    silent_claims: bool = False
    prefix: str = ""

    def inner(self, **changes: object) -> Body:
        """A body for nested statements: own names, one level deeper."""
        return replace(self, scope=self.scope.child(), depth=self.depth + 1, **changes)  # type: ignore[arg-type]

    def report(self, diagnostic: Diagnostic | None) -> None:
        if diagnostic is not None:
            self.builder.report(diagnostic, self.uses)

    @property
    def evaluator(self) -> Evaluator:
        return Evaluator(self.scope)

    def evaluate(self, expression: tree.Expression) -> object:
        """The value of an expression; an error is reported and leaves it unknown."""
        try:
            return self.evaluator.value(expression)
        except BudgetSpent:
            raise
        except Rejected as error:
            self.report(error.diagnostic)
            return UNKNOWN

    # --- statements --------------------------------------------------------------------------------------------

    def run(self, statements: Sequence[tree.Statement]) -> Value | None:
        """Work the statements out in order; the result is the last value."""
        if self.depth > MAX_DEPTH and statements:
            raise BudgetSpent(name_problems.blocks_too_deep(statements[0].span, limit=MAX_DEPTH))
        for statement in statements:
            match statement:
                case tree.Flow():
                    self.current = run_flow(self, statement)
                case tree.Let():
                    self.define(statement.name, self.evaluate(statement.value))
                case tree.Share():
                    self.share(statement)
                case tree.If():
                    self.current = self.condition(statement)
                case tree.Repeat():
                    self.current = self.repeat(statement)
                case tree.Expect():
                    self.outcome.claims.append(
                        PendingClaim(statement.condition, self.scope, statement.span, self.uses, self.prefix)
                    )
                case tree.OutputStatement():
                    self.output(statement)
                case tree.InputStatement():
                    self.report(
                        name_problems.input_misplaced(
                            statement.span,
                            reason="an input stands at the top of a model or block, before the first layer",
                            way_out="move it up, before the first layer",
                        )
                    )
                case tree.Broken():
                    self.scope.uncertain = True
                    self.current = self.unknown(statement.span)
                case tree.Setting():
                    self.report(
                        name_problems.input_misplaced(
                            statement.span, reason="settings belong to a recipe", way_out="move it into `train … { }`"
                        )
                    )
        return self.current

    def define(self, name: tree.Name, content: object, made: range | None = None) -> None:
        if name.text[:1].isupper() and own_name(name.text):
            self.report(name_problems.hides_layer(name.span, name=name.text))
            return
        self.scope.define(name.text, Binding(content, name.span, made=made), self.report)

    def unknown(self, span: Span) -> Value:
        """A value that an error, already reported, left unknown."""
        self.builder.broken = True
        origin = Origin(span, span, uses=self.uses)
        path = self.names.given("(unresolved)", span, lambda _: None)
        inputs = (self.current,) if self.current is not None else ()
        return self.builder.add(path, Unresolved(), inputs, origin)

    def output(self, statement: tree.OutputStatement) -> None:
        for name in statement.names:
            binding = self.scope.lookup(name.text)
            if binding is not None and isinstance(binding.content, Value):
                self.outcome.outputs.append((name, binding.content))
            elif binding is not None and not isinstance(binding.content, UnknownType):
                self.report(
                    name_problems.constant_as_layer(
                        name.span, name=name.text, value=Evaluator.show(binding.content), defined=binding.span
                    )
                )
            elif binding is None and not self.scope.is_uncertain():
                values = [n for n in self.scope.visible() if isinstance(self.content(n), Value)]
                self.report(name_problems.unknown_name(name.span, name=name.text, choices=values, what="value"))
        self.outcome.output_span = statement.span

    def content(self, name: str) -> object:
        binding = self.scope.lookup(name)
        return binding.content if binding else None

    def share(self, statement: tree.Share) -> None:
        step = statement.layer
        callee = find_callee(self, step.callee, evaluate_arguments(self, step))
        if callee is None:
            self.define(statement.name, UNKNOWN)
        elif callee.layer is None:
            self.report(
                name_problems.constant_as_layer(
                    step.callee.span, name=step.callee.span.text, value="not a layer", defined=step.callee.span
                )
            )
            self.define(statement.name, UNKNOWN)
        else:
            self.define(statement.name, SharedLayer(statement.name.text, callee.layer, step))

    # --- conditions and repeats --------------------------------------------------------------------------------

    def condition(self, statement: tree.If) -> Value | None:
        for expression, statements in statement.cases:
            value = self.evaluate(expression)
            if isinstance(value, UnknownType):
                return self.every_case(statement)
            try:
                holds = self.evaluator.truth(value, expression)
            except Rejected as error:
                self.report(error.diagnostic)
                return self.every_case(statement)
            if holds:
                return self.inner().run(statements)
        return self.inner().run(statement.otherwise) if statement.otherwise is not None else self.current

    def every_case(self, statement: tree.If) -> Value:
        """Where the condition is unknown, every case is looked through for mistakes of its own."""
        bodies = [statements for _, statements in statement.cases]
        for statements in [*bodies, *([statement.otherwise] if statement.otherwise is not None else [])]:
            self.inner(current=self.unknown(statement.span)).run(statements)
        return self.unknown(statement.span)

    def count(self, expression: tree.Expression, what: str) -> int | None:
        """How often: a whole number; None (reported) if it is unknown or is none."""
        value = self.evaluate(expression)
        if isinstance(value, UnknownType):
            return None
        if is_count(value):
            return value
        from cnnspec.layers.extent import Extent

        if isinstance(value, Extent):
            self.report(argument_problems.symbolic_size(expression.span, what=what, expression=str(value)))
        elif isinstance(value, Word) and isinstance(expression, tree.Name):
            if not self.scope.is_uncertain():
                constants = [name for name in self.scope.visible() if is_count(self.content(name))]
                self.report(name_problems.unknown_name(expression.span, name=expression.text, choices=constants))
        else:
            self.report(argument_problems.count_invalid(expression.span, what=what, value=Evaluator.show(value)))
        return None

    def afford(self, span: Span, count: int) -> bool:
        """Whether what the text asks for in one number is within the limit; the rest is checked either way."""
        try:
            self.builder.budget.require(span, count)
        except BudgetSpent as error:
            self.report(error.diagnostic)
            return False
        return True

    def repeat(self, statement: tree.Repeat) -> Value | None:
        count = self.count(statement.count, "the count of a repeat")
        if count is None:
            inner = self.inner(current=self.unknown(statement.span))
            if statement.index is not None:
                inner.define(statement.index, UNKNOWN)
            inner.run(statement.statements)
            return self.unknown(statement.span)
        if not self.afford(statement.count.span, count):
            return self.unknown(statement.span)
        path = self.names.next("repeat", statement.span, self.report)
        group = self.builder.next_group()
        value = self.current
        for index in range(count):
            self.builder.budget.enter(statement.span)
            opened = self.builder.open_scope()
            inner = self.inner(current=value, names=Names(f"{path}/{index}/"))
            if statement.index is not None:
                inner.define(statement.index, index)
            value = inner.run(statement.statements)
            self.builder.close_scope(opened, path=f"{path}/{index}", kind="repeat", label="repeat", group=group)
        return value

    # --- claims ------------------------------------------------------------------------------------------------

    def claim(self, expression: tree.Expression, value: Value) -> None:
        """Judge ``:: 24x24x6`` at once."""
        claimed = self.evaluate(expression)
        if isinstance(claimed, UnknownType):
            return
        wanted: tuple[object, ...] = claimed if is_list(claimed) else (claimed,)
        text = expression.span.text
        if value.shape is None or self.silent_claims:
            self.outcome.shape_claims.append(ShapeClaim(text, None, value.shape, expression.span))
            return
        holds = matches(wanted, value.shape)
        self.outcome.shape_claims.append(ShapeClaim(text, holds, value.shape, expression.span))
        if holds is False:
            node = self.builder.nodes[value.node]
            self.report(
                shape_claim_false(
                    expression.span,
                    claimed="×".join("?" if part is None else str(part) for part in wanted),
                    actual=str(value.shape),
                    written="x".join(str(d) if isinstance(d, int) else "?" for d in value.shape.dims),
                    layer=node.name,
                    origin=self.builder.origins[value.node].call,
                )
            )


@state
class SharedUse:
    """A later application of a shared block: the nodes that own its weights, handed out in order."""

    shared: SharedLayer
    at: int = 0
    differs: bool = False


def matches(wanted: tuple[object, ...], shape: Shape) -> bool | None:
    """Whether a claimed shape (None: any extent) is that shape; None if it depends on an unknown size."""
    if len(wanted) != len(shape.dims):
        return False
    undecided = False
    for claimed, actual in zip(wanted, shape.dims, strict=True):
        if claimed is None or claimed == actual:
            continue
        if isinstance(claimed, int) and isinstance(actual, int):
            return False
        undecided = True
    return None if undecided else True
