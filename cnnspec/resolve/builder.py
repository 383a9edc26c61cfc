"""The network under construction: nodes with their facts, names and places."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING

from typing_extensions import override

from cnnspec.diagnostics import Diagnostic, Edit, Label, Span
from cnnspec.diagnostics.catalogue import REGISTERED
from cnnspec.diagnostics.catalogue.arguments import size_too_large
from cnnspec.diagnostics.catalogue.names import name_taken, too_many_nodes
from cnnspec.ir import Network, Node, Scope
from cnnspec.layers.base import Facts, Layer, LayerError, Repair
from cnnspec.layers.shape import Shape
from cnnspec.layers.window import Pointwise
from cnnspec.record import field, replace, state
from cnnspec.resolve.operators import LARGEST, Rejected
from cnnspec.resolve.result import Origin
from cnnspec.resolve.values import Value
from cnnspec.schema.values import show

if TYPE_CHECKING:
    from cnnspec.resolve.conditions import Conditions

Report = Callable[[Diagnostic], None]

#: Elaborated nodes, block uses and passes of a repeat together; ``--max-nodes`` raises it.
DEFAULT_MAX_NODES = 100_000


class Unresolved(Layer):
    """Stands where a layer could not be made because of an error, so that the rest of the network keeps its shape."""

    kind = "Unresolved"
    inputs = (0, None)

    called: str = ""

    @override
    def facts(self, *inputs: Shape) -> Facts:
        raise LayerError("unresolved")


@state
class Names:
    """The names of one scope of nodes: automatic ones are the kind with a number from 1."""

    prefix: str = ""
    counters: dict[str, int] = field(default_factory=dict[str, int])
    used: dict[str, Span] = field(default_factory=dict[str, Span])
    automatic: set[str] = field(default_factory=set[str])
    #: The last number that was put behind a given name.
    repeated: dict[str, int] = field(default_factory=dict[str, int])

    def next(self, base: str, span: Span, report: Report) -> str:
        """The next automatic name of a base such as ``conv2d``."""
        number = self.counters.get(base, 0) + 1
        self.counters[base] = number
        name = f"{base}_{number}"
        if name in self.used:
            report(name_taken(self.used[name], name=name, first=span))
            return self._free(name)
        self.used[name] = span
        self.automatic.add(name)
        return self.prefix + name

    def given(self, name: str, span: Span, report: Report) -> str:
        """The path of a given name; a second one of another branch gets a number."""
        if name in self.automatic:
            report(name_taken(span, name=name, first=self.used[name]))
        if name in self.used:
            return self._free(name)
        self.used[name] = span
        return self.prefix + name

    def _free(self, name: str) -> str:
        number = self.repeated.get(name, 1) + 1
        while f"{name}_{number}" in self.used:
            number += 1
        self.repeated[name] = number
        self.used[f"{name}_{number}"] = self.used[name]
        return f"{self.prefix}{name}_{number}"


@state
class Budget:
    """Counts nodes, so that no file can exhaust the checker.

    Uses of blocks, passes of repeats, and the values that lists and branches bring together are counted apart from them.
    """

    limit: int
    nodes: int = 0
    entries: int = 0
    #: What a single number may ask for, where that is more than is made; 0: the limit.
    most: int = 0

    @property
    def is_spent(self) -> bool:
        """Whether nothing is left."""
        return max(self.nodes, self.entries) >= self.limit

    def require(self, span: Span, count: int) -> None:
        """Make sure, before any work is done, that so many nodes or passes at once are within the limit.

        Raises:
            BudgetSpent: they are not.
        """
        most = self.most or self.limit
        if count > most:
            raise BudgetSpent(too_many_nodes(span, limit=most, count=count))

    def add_node(self, span: Span) -> None:
        """Count a node."""
        self.nodes += 1
        if self.nodes > self.limit:
            raise BudgetSpent(too_many_nodes(span, limit=self.limit))

    def enter(self, span: Span, count: int = 1) -> None:
        """Count uses of a block, passes of a repeat, or values beyond the first that are brought together."""
        self.entries += count
        if self.entries > self.limit:
            raise BudgetSpent(too_many_nodes(span, limit=self.limit))


class BudgetSpent(Rejected):
    """The file asks for more nodes than the limit; nothing further of it is worked out."""


class Builder:
    """Collects the nodes of one model.

    Args:
        budget: shared by all models of a file.
        report: receives diagnostics.
    """

    def __init__(self, budget: Budget, report: Report) -> None:
        self.budget = budget
        self._report = report
        self.nodes: list[Node] = []
        self.shapes: list[Shape | None] = []
        self.facts: list[Facts | None] = []
        self.origins: list[Origin] = []
        self.scopes: list[Scope] = []
        self.groups = 0
        self.broken = False
        self.reported = 0
        #: What is asked of sizes that an input leaves open; None while all are known.
        self.conditions: Conditions | None = None
        self._memory: dict[tuple[object, ...], Facts] = {}
        self._kept: list[Layer] = []  # a layer whose identity is a key of the memory must stay alive

    def report(self, diagnostic: Diagnostic, uses: Sequence[Span] = ()) -> None:
        """Report a diagnostic, with the uses of the blocks around it as labels."""
        self.reported += 1
        labels = tuple(Label(use, "in this use") for use in reversed(uses[-3:]))
        self._report(replace(diagnostic, labels=diagnostic.labels + labels) if labels else diagnostic)

    def add(self, path: str, layer: Layer, inputs: tuple[Value, ...], origin: Origin, shares: int | None = None) -> Value:
        """Add a node and work out its facts; an error is reported at its place and leaves the shape unknown."""
        self.budget.add_node(origin.call)
        shapes = tuple(value.shape for value in inputs)
        facts = self.infer(layer, shapes, inputs, origin)
        node = Node(path=path, layer=layer, inputs=tuple(value.node for value in inputs), shares=shares)
        return self.append(node, facts, origin)

    def append(self, node: Node, facts: Facts | None, origin: Origin) -> Value:
        """Add a node whose facts are known."""
        self.nodes.append(node)
        self.facts.append(facts)
        shape = facts.output if facts else None
        self.shapes.append(shape)
        self.origins.append(origin)
        if facts is None:
            self.broken = True
        return Value(len(self.nodes) - 1, shape)

    def infer(self, layer: Layer, shapes: tuple[Shape | None, ...], inputs: tuple[Value, ...], origin: Origin) -> Facts | None:
        """The layer's facts, or None after an error (its own, now reported, or an earlier one)."""
        if isinstance(layer, Unresolved) or any(shape is None for shape in shapes):
            return None
        known = tuple(shape for shape in shapes if shape is not None)
        key = (id(layer), known)
        found = self._memory.get(key)
        if found is not None:
            return found
        try:
            facts = layer.facts(*known)
            refused = None if self.conditions is None else self.conditions.admit(layer, facts, origin)
        except LayerError as error:
            self.report(self._diagnose(error, layer, known, inputs, origin), origin.uses)
            return None
        if refused is not None:
            self.report(refused, origin.uses)
            return None
        if any(isinstance(dim, int) and dim > LARGEST for dim in facts.output.dims):
            self.report(
                size_too_large(
                    origin.call, layer=layer.kind, bits=max(d.bit_length() for d in facts.output.dims if isinstance(d, int))
                ),
                origin.uses,
            )
            return None
        self._memory[key] = facts
        self._kept.append(layer)
        return facts

    def open_sizes(self, symbols: Sequence[str]) -> None:
        """Let an input have unknown extents, and note from here on what is asked of them."""
        from cnnspec.resolve.conditions import Conditions  # few files leave a size open

        self.conditions = self.conditions or Conditions()
        self.conditions.open(symbols)

    # --- errors ------------------------------------------------------------------------------------------------

    def _diagnose(
        self, error: LayerError, layer: Layer, shapes: tuple[Shape, ...], inputs: tuple[Value, ...], origin: Origin
    ) -> Diagnostic:
        import_module("cnnspec.diagnostics.catalogue.shapes")  # registers the codes that layers raise
        span = origin.arguments.get(error.argument or "", origin.callee)
        values = error.values
        if error.code == "wrong-rank" and len(inputs) == 1:
            values = {**values, "made_by": self.nodes[inputs[0].node].layer.kind}
        diagnostic = REGISTERED[error.code][1](span, **values)
        labels = tuple(label for value in inputs for label in self._producer(value))
        tested = [repair for repair in error.repairs if repair_works(layer, repair, shapes)]
        if not tested:
            return replace(diagnostic, labels=diagnostic.labels + labels)
        text = "; ".join(repair.text for repair in tested)
        edits = next((edits for repair in tested if (edits := repair_edits(repair, layer, origin))), ())
        return replace(diagnostic, labels=diagnostic.labels + labels, help=text, fix=edits)

    def _producer(self, value: Value) -> list[Label]:
        """The layer that gave the value its extents."""
        at = value.node
        while True:
            node, facts, shape = self.nodes[at], self.facts[at], self.shapes[at]
            if not node.inputs or facts is None or shape is None:
                break
            before = self.shapes[node.inputs[0]]
            if (
                len(node.inputs) == 1
                and isinstance(facts.window, Pointwise)
                and before is not None
                and before.extents == shape.extents
            ):
                at = node.inputs[0]
                continue
            break
        span = self.origins[at].call
        if self.shapes[at] is None:
            return []
        if not self.nodes[at].inputs:
            return [Label(span, f"the input is {self.shapes[at]}")]
        before = self.shapes[self.nodes[at].inputs[0]]
        after = self.shapes[at]
        assert after is not None
        if len(self.nodes[at].inputs) > 1 or before is None:
            return [Label(span, f"this made it {_extents(after)}")]
        if before.rank != after.rank or before.extents == after.extents:
            return [Label(span, f"this gives {after} (from {before})")]
        return [Label(span, f"this made it {_extents(after)} (from {_extents(before)})")]

    # --- scopes ------------------------------------------------------------------------------------------------

    def open_scope(self) -> tuple[int, int]:
        """Note where a scope begins; scopes are listed outer before inner."""
        self.scopes.append(Scope(path="", kind="flow", label="", first=0, last=0))
        return len(self.scopes) - 1, len(self.nodes)

    def close_scope(self, opened: tuple[int, int], **attributes: object) -> None:
        """Fill in a scope; one without nodes is dropped by :meth:`network`."""
        index, first = opened
        self.scopes[index] = Scope.model_validate({"first": first, "last": len(self.nodes), **attributes})

    def next_group(self) -> int:
        self.groups += 1
        return self.groups

    def network(self, name: str, outputs: tuple[int, ...]) -> Network:
        """The finished network."""
        scopes = tuple(scope for scope in self.scopes if scope.last > scope.first)
        return Network(name=name, nodes=tuple(self.nodes), outputs=outputs, scopes=scopes)


def _extents(shape: Shape | None) -> str:
    if shape is None:
        return "unknown"
    return "×".join(str(shape).split("×")[:-1]) if shape.rank else str(shape)


def repair_works(layer: Layer, repair: Repair, shapes: Sequence[Shape]) -> bool:
    """Whether the layer accepts its inputs once the repair is made."""
    from pydantic import ValidationError

    try:
        if repair.insert is not None:
            layer.facts(repair.insert.facts(*shapes).output)
        elif repair.argument is not None:
            changed = {**{name: getattr(layer, name) for name in type(layer).model_fields}, repair.argument: repair.value}
            type(layer).model_validate(changed).facts(*shapes)
        else:
            return True
    except (LayerError, ValidationError):
        return False
    return True


def repair_edits(repair: Repair, layer: Layer, origin: Origin) -> tuple[Edit, ...]:
    """The repair as edits of the text; nothing where the text of the call cannot carry it."""
    call, callee = origin.call, origin.callee
    if repair.insert is not None:
        text = repair.insert.kind
        return (Edit(Span(call.source, callee.start, callee.start), f"{text} -> "),)
    if repair.argument is None:
        return ()
    written = origin.arguments.get(repair.argument)
    value = show(repair.value).replace("×", "x")
    if written is not None:
        return (Edit(written, value),)
    text = f"{repair.argument}={value}"
    close = call.text.rfind(")")
    if call.text[callee.end - call.start : callee.end - call.start + 1] != "(" or close < 0:
        return (Edit(Span(call.source, callee.end, callee.end), f"({text})"),)
    at = call.start + _closing(call.text, callee.end - call.start)
    before = call.source.text[callee.end + 1 : at].strip()
    return (Edit(Span(call.source, at, at), f", {text}" if before and not before.endswith(",") else text),)


def _closing(text: str, opening: int) -> int:
    """The place of the parenthesis that closes the one at ``opening``."""
    depth = 0
    for at in range(opening, len(text)):
        depth += {"(": 1, ")": -1}.get(text[at], 0)
        if depth == 0:
            return at
    return len(text)


def argument_spans(layer: type[Layer], given: Mapping[str, Span]) -> Mapping[str, Span]:
    """Spans of arguments by their canonical names."""
    return {layer.aliases.get(name, name): span for name, span in given.items()}
