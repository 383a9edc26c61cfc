"""What resolving a file gives: networks with the facts and the origin of every node, recipes, and claims to be judged."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from cnnspec.diagnostics import Diagnostic, Source, Span
from cnnspec.ir import Network
from cnnspec.layers.base import Facts
from cnnspec.layers.shape import Shape
from cnnspec.record import field, record
from cnnspec.syntax import tree

if TYPE_CHECKING:
    from cnnspec.layers.allowed import Allowed
    from cnnspec.recipe.recipe import Recipe
    from cnnspec.resolve.conditions import Condition
    from cnnspec.resolve.scope import FileScope, Scope


@record
class Origin:
    """Where a node comes from.

    Attributes:
        call: the whole call, ``Conv2D(16, 5x5)``.
        callee: its name.
        arguments: the span of each argument that was written, by the argument's name.
        uses: the calls of the blocks around it, outermost first.
        named: the node was given a name by ``name = …``.
    """

    call: Span
    callee: Span
    arguments: Mapping[str, Span] = field(default_factory=dict[str, Span])
    uses: tuple[Span, ...] = ()
    named: bool = False

    @property
    def line(self) -> int:
        return self.call.line


@record
class PendingClaim:
    """An ``expect``, still to be judged: its condition and the names it can see.

    A claim of a block speaks of one use: of the nodes whose path begins with ``prefix``, and of that use's ``output``.
    """

    condition: tree.Expression
    scope: Scope
    span: Span
    uses: tuple[Span, ...] = ()
    prefix: str = ""
    output: int | None = None


@record
class ShapeClaim:
    """A ``:: 24x24x6`` as it was found: already judged while resolving, with a diagnostic where it is false."""

    text: str
    holds: bool | None
    actual: Shape | None
    span: Span


@record
class ResolvedModel:
    """One model of a file.

    ``shapes``, ``facts`` and ``origins`` run parallel to ``network.nodes``; a shape or fact is None where an error made
    it unknown. ``conditions`` are what layers ask of sizes that an input leaves open, ``allowed`` what that leaves (None
    where all sizes are known). ``broken`` is set where part of the model could not be resolved at all, so that totals stay
    unknown, ``sized`` where inputs that the file leaves open were given a size.
    """

    name: str
    network: Network
    shapes: tuple[Shape | None, ...]
    facts: tuple[Facts | None, ...]
    origins: tuple[Origin, ...]
    claims: tuple[PendingClaim, ...] = ()
    shape_claims: tuple[ShapeClaim, ...] = ()
    conditions: tuple[Condition, ...] = ()
    allowed: Allowed | None = None
    broken: bool = False
    replaced: frozenset[str] = frozenset()
    sized: bool = False


@record
class ResolvedRecipe:
    """One recipe of a file; ``recipe`` is None where it has errors. ``spans`` has the place of every key."""

    name: str
    model: str
    recipe: Recipe | None
    span: Span
    spans: Mapping[str, Span] = field(default_factory=dict[str, Span])
    claims: tuple[PendingClaim, ...] = ()
    replaced: frozenset[str] = frozenset()


@record
class Resolution:
    """A file, resolved: everything that analysis, training and pictures start from."""

    source: Source
    diagnostics: tuple[Diagnostic, ...]
    models: tuple[ResolvedModel, ...]
    recipes: tuple[ResolvedRecipe, ...]
    #: The texts that took part, by the path they were used under, the root file first: what ``spec.cnn`` of a run keeps.
    sources: tuple[Source, ...] = ()
    #: The files that a ``use`` asked for, also those that are not there.
    asked: tuple[str, ...] = ()
    #: The same texts as trees, in the same order.
    files: tuple[tree.File, ...] = ()
    #: The names of the root file.
    names: FileScope | None = None
