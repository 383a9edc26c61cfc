"""A model: its parameters and inputs, then its statements, to a network."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from cnnspec.diagnostics import Diagnostic, Source, Span
from cnnspec.diagnostics.catalogue import REGISTERED
from cnnspec.diagnostics.catalogue.names import empty_model, input_misplaced, input_shape, missing_input
from cnnspec.ir import Network
from cnnspec.layers.input import Input
from cnnspec.layers.shape import AXIS_NAMES
from cnnspec.record import record, replace
from cnnspec.resolve.applying import Applier
from cnnspec.resolve.body import Body, Outcome, Watch
from cnnspec.resolve.builder import Budget, BudgetSpent, Builder, Names
from cnnspec.resolve.callee import is_keras_input
from cnnspec.resolve.counting import find_excess
from cnnspec.resolve.expressions import Evaluator
from cnnspec.resolve.operators import Rejected
from cnnspec.resolve.result import Origin, ResolvedModel
from cnnspec.resolve.scope import FileScope, Scope
from cnnspec.resolve.values import UNKNOWN, Binding, Block, UnknownType, Value
from cnnspec.schema.values import is_list
from cnnspec.syntax import tree

Report = Callable[[Diagnostic], None]

#: The letters of unknown extents: depth, height, width; a lone axis is a length.
SYMBOLS = {1: ("l",), 2: ("h", "w"), 3: ("d", "h", "w")}


#: How many nodes are made to look through the blocks that no model uses.
MAX_UNUSED_NODES = 5_000


@record
class Replacement:
    """A value given from outside for a parameter or key, as text: ``--set classes=20``."""

    option: str
    name: str
    expression: tree.Expression


class ModelResolver:
    """Turns model definitions of one file into networks."""

    def __init__(
        self,
        file: FileScope,
        report: Report,
        budget: Budget,
        replacements: Mapping[str, Replacement],
        inputs: tuple[int, ...] | None = None,
        watch: Watch | None = None,
    ) -> None:
        self.file = file
        self.report = report
        self.budget = budget
        self.replacements = replacements
        self.inputs = inputs
        self.unused = Budget(min(budget.limit, MAX_UNUSED_NODES), most=budget.limit)
        self.watch = watch
        #: The extents that ``inputs`` gave unknowns of the last model, by their symbols.
        self.given: dict[str, int] = {}
        self.applier = Applier()

    def resolve(self, definition: tree.ModelDefinition) -> ResolvedModel:
        """The model as a network; what could not be worked out is reported and left unknown."""
        if self.inputs is None:
            return self._resolve(definition, self.report)
        found: list[Diagnostic] = []
        model = self._resolve(definition, found.append)
        misfit = self._find_misfit(definition) if self.given else None
        if misfit is not None:
            diagnostic, lasting = misfit
            found = [diagnostic, *(d for d in found if not _is_refusal(d) or (d.code, d.span) in lasting)]
            model = replace(model, broken=True)
        for diagnostic in found:
            self.report(diagnostic)
        return model

    def _find_misfit(self, definition: tree.ModelDefinition) -> tuple[Diagnostic, set[tuple[str, Span]]] | None:
        """Where the sizes of ``--input`` break a condition of the open model: that, and what is wrong with it at any size."""
        from cnnspec.resolve.conditions import judge_given

        lasting: list[Diagnostic] = []
        resolver = ModelResolver(self.file, lasting.append, Budget(self.budget.limit), self.replacements)
        misfit = judge_given(resolver.resolve(definition), self.given)
        return None if misfit is None else (misfit, {(d.code, d.span) for d in lasting})

    def _resolve(self, definition: tree.ModelDefinition, report: Report) -> ResolvedModel:
        builder = Builder(self.budget, report)
        self.given = {}
        outcome = Outcome(watch=self.watch)
        body = Body(builder, Scope(self.file), Names(), outcome, self.applier)
        replaced = self._parameters(definition, body)
        body.silent_claims = bool(replaced)
        try:
            self._require(definition.statements, body)
            self._statements(definition, body)
        except BudgetSpent as error:
            body.report(error.diagnostic)
            return _unresolved(definition.name.text, replaced)
        outputs = self._outputs(definition, body)
        conditions = builder.conditions
        for diagnostic, origin in conditions.remarks() if conditions is not None else ():
            builder.report(diagnostic, origin.uses)
        return ResolvedModel(
            name=definition.name.text,
            network=builder.network(definition.name.text, outputs),
            shapes=tuple(builder.shapes),
            facts=tuple(builder.facts),
            origins=tuple(builder.origins),
            claims=tuple(outcome.claims),
            shape_claims=tuple(outcome.shape_claims),
            conditions=tuple(conditions.found) if conditions is not None else (),
            allowed=conditions.allowed if conditions is not None else None,
            broken=builder.broken,
            replaced=replaced,
            sized=bool(self.given),
        )

    @staticmethod
    def _require(statements: Sequence[tree.Statement], body: Body) -> None:
        """Make sure, before any node is made, that the text asks for no more nodes than are left.

        Raises:
            BudgetSpent: it does.
        """
        budget = body.builder.budget
        excess = find_excess(statements, body.scope, budget.limit - max(budget.nodes, budget.entries))
        if excess is not None:
            raise BudgetSpent(excess)

    def _parameters(self, definition: tree.ModelDefinition, body: Body) -> frozenset[str]:
        """Bind the parameters; the names whose value came from outside and differs from the file's."""
        replaced: set[str] = set()
        for parameter in definition.parameters:
            name = parameter.name.text
            stated = body.evaluate(parameter.default) if parameter.default is not None else UNKNOWN
            content = stated
            replacement = self.replacements.get(name)
            if replacement is not None:
                content = self._outside(replacement, body)
                if content != stated:
                    replaced.add(name)
            elif parameter.default is None:
                from cnnspec.diagnostics.catalogue.arguments import missing_argument

                body.report(
                    missing_argument(
                        parameter.span,
                        callee=definition.name.text,
                        arguments=(name,),
                        example=f"a default here, `{name} = 10`, or --set {name}=10",
                    )
                )
            body.scope.define(name, Binding(content, parameter.name.span, is_parameter=True), body.report)
        return frozenset(replaced)

    def _outside(self, replacement: Replacement, body: Body) -> object:
        try:
            return Evaluator(Scope(self.file)).value(replacement.expression)
        except Rejected as error:
            body.report(error.diagnostic)
            return UNKNOWN

    def _statements(self, definition: tree.ModelDefinition, body: Body) -> None:
        started = False
        uncertain = self.file.uncertain
        inputs: list[Value] = []
        items = [item for s in definition.statements if isinstance(s, tree.InputStatement) for item in s.items]
        several = len(items) > 1
        for statement in definition.statements:
            # A statement that did not parse may be the input, unless it begins like a layer.
            uncertain = uncertain or (isinstance(statement, tree.Broken) and not statement.span.text[:1].isupper())
            if isinstance(statement, tree.InputStatement):
                if started:
                    body.run((statement,))
                    continue
                inputs += [value for item in statement.items if (value := self._input(item, body, several)) is not None]
                body.current = inputs[0] if len(inputs) == 1 else None
                if several and any(item.name is None for item in items):  # which is reported
                    body.current = body.unknown(statement.span)
                continue
            if isinstance(statement, (tree.Flow, tree.Repeat, tree.If)) and not started:
                started = True
                if not inputs:
                    if not uncertain and not items and not _begins_with_input(statement):
                        body.report(missing_input(definition.name.span, model=definition.name.text))
                    body.current = body.unknown(definition.name.span)
            body.run((statement,))
        if not started and not body.builder.broken and not body.scope.is_uncertain():
            finding = empty_model if inputs else missing_input
            body.report(finding(definition.name.span, model=definition.name.text))
            body.builder.broken = True

    # --- inputs ------------------------------------------------------------------------------------------------

    def _input(self, item: tree.InputItem, body: Body, several: bool) -> Value | None:
        """``several``: unknown extents are told apart by the input's name."""
        name = item.name.text if item.name else "input"
        if item.shape is None:
            body.report(
                input_misplaced(
                    item.span, reason=f"the input {name} of a model needs a shape", way_out=f"write `input {name}: 28x28x1`"
                )
            )
            return body.unknown(item.span)
        if item.name is None and several and body.names.used:
            body.report(
                input_misplaced(item.span, reason="of several inputs each needs a name", way_out="write `input left: 28x28x1`")
            )
        value = body.evaluate(item.shape)
        if isinstance(value, UnknownType):
            return body.unknown(item.span)
        dims: tuple[object, ...] = value if is_list(value) else (value,)
        problem = _shape_problem(dims)
        if problem is not None:
            body.report(input_shape(item.shape.span, reason=problem[0], way_out=problem[1]))
            return body.unknown(item.span)
        shape = self._concrete(self._symbols(dims, name if several else ""), item.shape.span, body)
        path = body.names.given(name, item.name.span if item.name else item.span, body.report)
        origin = Origin(item.span, item.shape.span, {}, (), named=item.name is not None)
        symbols = [dim for dim in shape if isinstance(dim, str)]
        if symbols:
            body.builder.open_sizes(symbols)
        added = body.builder.add(path, Input(shape=shape), (), origin)
        if item.name is not None:
            body.define(item.name, added)
        return added

    @staticmethod
    def _symbols(dims: tuple[object, ...], name: str) -> tuple[int | str, ...]:
        letters = SYMBOLS.get(len(dims) - 1, ())
        prefix = f"{name}." if name else ""
        return tuple(
            dim if isinstance(dim, int) else f"{prefix}{letters[axis]}" if axis < len(letters) else "?"
            for axis, dim in enumerate(dims)
        )

    def _concrete(self, shape: tuple[int | str, ...], span: Span, body: Body) -> tuple[int | str, ...]:
        """The shape with unknown extents replaced by those of ``--input``."""
        given = self.inputs
        if given is None:
            return shape
        extents = given[: len(shape) - 1]
        fits = len(given) in (len(shape) - 1, len(shape)) and all(
            isinstance(stated, str) or stated == wanted for stated, wanted in zip(shape, given, strict=False)
        )
        if not fits:
            stated_text = "×".join("?" if isinstance(dim, str) else str(dim) for dim in shape)
            body.report(
                input_shape(
                    span,
                    reason=f"--input {'x'.join(str(n) for n in given)} does not fit the stated input {stated_text}",
                    way_out="only an extent that is stated as ? can be given by --input"
                    if len(given) in (len(shape) - 1, len(shape))
                    else f"give it {len(shape) - 1} extents, such as {'x'.join(['64'] * (len(shape) - 1))}",
                )
            )
            return shape
        self.given |= {stated: n for stated, n in zip(shape, extents, strict=False) if isinstance(stated, str)}
        return (*extents, shape[-1])

    @staticmethod
    def _outputs(definition: tree.ModelDefinition, body: Body) -> tuple[int, ...]:
        if body.outcome.outputs:
            return tuple(dict.fromkeys(value.node for _, value in body.outcome.outputs))
        if body.current is not None:
            return (body.current.node,)
        return (len(body.builder.nodes) - 1,) if body.builder.nodes else ()

    # --- blocks that no model uses -----------------------------------------------------------------------------

    def look_through(self, block: Block) -> None:
        """Find the mistakes of a block that nothing applies, with everything that flows into it unknown.

        How large it would get is no mistake, so the search just ends where all of them together have gone far enough.
        """
        if id(block.definition) in self.applier.applied or self.unused.is_spent:
            return
        builder = Builder(self.unused, self.report)
        body = Body(builder, Scope(block.home), Names(), Outcome(), self.applier, chain=(block.name,))
        body.silent_claims = True
        try:
            self._look_into(block.definition, body)
        except BudgetSpent as error:
            if error.diagnostic is None or error.diagnostic.code != "too-many-nodes":
                body.report(error.diagnostic)

    @staticmethod
    def _look_into(definition: tree.BlockDefinition, body: Body) -> None:
        span = definition.name.span
        body.current = body.unknown(span)
        body.scope.names["in"] = Binding(body.current, span)
        for parameter in definition.parameters:
            content = body.evaluate(parameter.default) if parameter.default is not None else UNKNOWN
            content = content if not isinstance(content, (int, float, tuple)) or isinstance(content, bool) else UNKNOWN
            body.scope.define(parameter.name.text, Binding(content, parameter.name.span, is_parameter=True), body.report)
        stated = [item for s in definition.statements if isinstance(s, tree.InputStatement) for item in s.items]
        for item in stated:
            if item.name is not None:
                body.define(item.name, body.current)
        body.run([s for s in definition.statements if not isinstance(s, tree.InputStatement)])


def _unresolved(name: str, replaced: frozenset[str]) -> ResolvedModel:
    """A model that crosses a limit: what was made of it would only cost time in what comes after."""
    network = Network(name=name, nodes=(), outputs=(), scopes=())
    return ResolvedModel(name, network, shapes=(), facts=(), origins=(), broken=True, replaced=replaced)


def _is_refusal(diagnostic: Diagnostic) -> bool:
    """Whether a layer says it of its inputs."""
    return REGISTERED[diagnostic.code][1].__module__.endswith(".shapes")


def _begins_with_input(statement: tree.Statement) -> bool:
    """Whether a flow begins with Keras's ``Input(…)``, which is a mistake of its own."""
    return isinstance(statement, tree.Flow) and bool(statement.steps) and is_keras_input(statement.steps[0].callee)


def _shape_problem(dims: tuple[object, ...]) -> tuple[str, str] | None:
    """What is wrong with the shape of an input, and a way out."""
    written = "×".join("?" if dim is None else Evaluator.show(dim) for dim in dims)
    example = "write height x width x channels, such as 28x28x1; a vector is one number: 784"
    if not 1 <= len(dims) <= 1 + max(AXIS_NAMES):
        return f"an input has one to four dimensions, not {len(dims)}", example
    for dim in dims:
        if dim is not None and (not isinstance(dim, int) or isinstance(dim, bool) or dim < 1):
            return f"every extent of an input is a whole number from 1, not {written}", example
    if dims[-1] is None:
        return (
            f"the channels of {written} must be a number: the weights depend on them",
            "write ?x?x3 for colour images, ?x?x1 for gray ones",
        )
    return None


def command_line(option: str, text: str) -> Source:
    """A source for text that was given on the command line, so that diagnostics can point into it."""
    return Source(f"({option})", text, is_file=False)
