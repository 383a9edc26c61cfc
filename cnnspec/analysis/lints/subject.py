"""A model as lints look at it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cached_property

from cnnspec.analysis.lint_settings import DEFAULT, LintSettings
from cnnspec.analysis.receptive_field import Sights
from cnnspec.analysis.report import ModelReport
from cnnspec.diagnostics import Diagnostic, Label, Source, Span
from cnnspec.layers.base import Facts, Layer
from cnnspec.layers.shape import Shape
from cnnspec.layers.window import Pointwise
from cnnspec.record import record
from cnnspec.resolve.result import ResolvedModel


@record
class Alike:
    """Nodes of equal layers on inputs of equal shape: what is said of one by its facts holds for all."""

    layer: Layer
    facts: Facts
    shape: Shape
    nodes: tuple[int, ...]

    @property
    def plain(self) -> bool:
        """It is linear, and has no activation."""
        return is_plain(self.layer)


#: The callee of a layer, and what a warning about it points at.
Place = tuple[int, int]


def is_plain(layer: Layer) -> bool:
    """Whether what a layer gives is linear in what it reads."""
    if layer.last_function not in (None, "linear"):
        return False
    return layer.linear or layer.last_function == "linear"


@record
class AtEveryUse:
    """A finding of a layer in a block that is one only if it is so wherever the block is used, in every model.

    ``place`` is the layer's callee and what is pointed at, by their identities.
    """

    diagnostic: Diagnostic
    place: Place


class Subject:
    """A resolved model with its report; a network of few blocks used often is a few layers, each looked at once.

    Args:
        model: the model.
        report: its figures.
        views: what every node sees of each input.
        settings: what lints compare with.
        source: the file that is checked, which warnings point into; None for any.
    """

    def __init__(
        self,
        model: ResolvedModel,
        report: ModelReport,
        views: Mapping[str, Sights],
        settings: LintSettings = DEFAULT,
        source: Source | None = None,
    ) -> None:
        self.model = model
        self.report = report
        self.views = views
        self.limits = settings.limits
        self.source = source
        self.nodes = model.network.nodes
        self.facts = model.facts
        self.origins = model.origins
        self.outputs = frozenset(model.network.outputs)

    @cached_property
    def alike(self) -> tuple[Alike, ...]:
        """The layers whose facts are known, each with all its nodes."""
        found: dict[tuple[int, int], list[int]] = {}
        for index, (node, facts) in enumerate(zip(self.nodes, self.facts, strict=True)):
            if facts is not None and node.inputs:
                found.setdefault((id(node.layer), id(facts)), []).append(index)
        return tuple(self._gather(indices) for indices in found.values())

    def _gather(self, indices: list[int]) -> Alike:
        node, facts = self.nodes[indices[0]], self.facts[indices[0]]
        shape = self.model.shapes[node.inputs[0]]
        assert facts is not None
        assert shape is not None
        return Alike(node.layer, facts, shape, tuple(indices))

    @cached_property
    def readers(self) -> tuple[tuple[int, ...], ...]:
        """Per node, the nodes that read it."""
        return self.model.network.readers

    @cached_property
    def shared(self) -> frozenset[int]:
        """The nodes whose weights others use, or that use those of others."""
        pairs = [(at, node.shares) for at, node in enumerate(self.nodes) if node.shares is not None]
        return frozenset(at for pair in pairs for at in pair)

    @cached_property
    def unused(self) -> frozenset[int]:
        """The nodes on which no output depends."""
        needed = set(self.outputs)
        for index in range(len(self.nodes) - 1, -1, -1):
            if index in needed:
                needed.update(self.nodes[index].inputs)
        return frozenset(range(len(self.nodes))) - needed

    def only_reader(self, index: int) -> int | None:
        """The one node that reads a node, where nothing else depends on it."""
        found = self.readers[index]
        return found[0] if len(found) == 1 and index not in self.outputs else None

    def passes(self, index: int) -> bool:
        """Whether a node, once trained, hands on what it reads, or a multiple of it: Identity, dropout, noise, rescaling."""
        node, facts = self.nodes[index], self.facts[index]
        if facts is None or len(node.inputs) != 1 or facts.params or not isinstance(facts.window, Pointwise):
            return False
        return is_plain(node.layer) and facts.output == self.model.shapes[node.inputs[0]]

    # --- places ------------------------------------------------------------------------------------------------

    def mark(self, index: int, argument: str = "") -> Span:
        """What a warning points at: the argument of a node's call, else its callee.

        Of a layer in another file it is the use that led there, for that is what this file can change.
        """
        origin = self.origins[index]
        if self._is_here(origin.callee):
            return origin.arguments.get(argument, origin.callee)
        return next((use for use in reversed(origin.uses) if self._is_here(use)), origin.callee)

    def in_model(self, index: int) -> Span:
        """Where the model's own text leads to a node: its callee, or the use of the outermost block around it."""
        origin = self.origins[index]
        return origin.uses[0] if origin.uses else origin.callee

    def _is_here(self, span: Span) -> bool:
        return self.source is None or span.source is self.source

    def places(self, nodes: Iterable[int]) -> Iterator[int]:
        """The first of the nodes at each place of the text."""
        seen: set[int] = set()
        for index in nodes:
            place = id(self.origins[index].callee)
            if place not in seen:
                seen.add(place)
                yield index

    def places_here(self, nodes: Iterable[int]) -> Iterator[int]:
        """The first of the nodes at each place of this file."""
        seen: set[int] = set()
        for index in nodes:
            place = id(self.mark(index))
            if place not in seen:
                seen.add(place)
                yield index

    def place(self, index: int) -> Place:
        """The place of a node."""
        return id(self.origins[index].callee), id(self.mark(index))

    def at_every_use(self, found: Collection[int]) -> Iterator[int]:
        """The first of the nodes at each place of the text where every use of the block around it has one of them.

        What only some uses of a block show is no mistake of the block.
        """
        if not found:
            return
        wanted = {id(self.origins[index].callee) for index in found}
        bare: dict[Place, set[tuple[Span, ...]]] = {}
        shown: dict[Place, set[tuple[Span, ...]]] = {}
        for index, origin in enumerate(self.origins):
            if id(origin.callee) in wanted:
                (shown if index in found else bare).setdefault(self.place(index), set()).add(origin.uses)
        steady = {place for place, uses in shown.items() if bare.get(place, set()) <= uses}
        yield from self.places_here(index for index in sorted(found) if self.place(index) in steady)

    @cached_property
    def all_places(self) -> frozenset[Place]:
        """The places of all layers."""
        return frozenset(map(self.place, range(len(self.nodes))))

    def around(self, index: int) -> tuple[Label, ...]:
        """The layer itself, where a warning points at its use; else the uses of the blocks around it, the innermost first."""
        origin = self.origins[index]
        if not self._is_here(origin.callee):
            return (Label(origin.call, "this layer"),)
        return tuple(Label(use, "in this use") for use in reversed(origin.uses[-3:]))
