"""The scopes of a network as a tree, with repeated passes gathered into runs.

What a picture can collapse is what the text states as one thing: a block's use, the passes of a repeat, a named flow.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from cnnspec.analysis.report import ModelReport
from cnnspec.ir import Scope

#: Families that fold, as chips, into the card of the layer that they directly and only follow.
CHIP_FAMILIES = frozenset({"activation", "normalisation", "regularisation"})


@dataclass(slots=True, eq=False)
class Part:
    """A scope with its place in the tree; the root has none.

    Attributes:
        scope: what the text states, None for the model.
        first, last: the nodes in it.
        runs: the parts in it, each run of equal passes in one list.
        direct: nodes in it and in none of its parts.
        label: a name for all uses of the same thing, opened and closed together.
        cards: how many cards it is, opened, with every run in it closed.
    """

    scope: Scope | None
    first: int
    last: int
    runs: list[Run] = field(default_factory=lambda: list[Run]())
    direct: list[int] = field(default_factory=list[int])
    label: str = ""
    cards: int = 0

    @property
    def path(self) -> str:
        return self.scope.path if self.scope is not None else ""


@dataclass(slots=True, eq=False)
class Run:
    """One part, or several equal ones in a row that the text states as a repetition.

    ``alike``: every pass has the same shapes and parameters and reads only the pass before it, so that one pass with a
    badge says everything.
    """

    passes: list[Part]
    alike: bool = False

    @property
    def first(self) -> int:
        return self.passes[0].first

    @property
    def last(self) -> int:
        return self.passes[-1].last

    @property
    def transparent(self) -> bool:
        """One part that is a single card anyway: closing it would say less in the same space."""
        return len(self.passes) == 1 and self.passes[0].cards <= 1


def scope_tree(report: ModelReport) -> tuple[Part, list[int | None]]:
    """The tree of scopes, and per node the node into whose card it folds as a chip (None: it has a card of its own)."""
    root = Part(None, 0, len(report.network.nodes))
    parts = _nest(report, root)
    chips = _fold(report, parts, root)
    for part in reversed(parts):
        part.cards = sum(1 for at in part.direct if chips[at] is None) + sum(
            run.passes[0].cards if run.transparent else 1 for run in part.runs
        )
    return root, chips


def _nest(report: ModelReport, root: Part) -> list[Part]:
    """All parts, outer before inner; a scope that is empty or straddles another's border is left out."""
    parts, open_parts = [root], [root]
    covered: list[Part] = [root] * root.last
    children: dict[int, list[Part]] = {}
    for scope in report.network.scopes:
        while open_parts[-1].last <= scope.first and len(open_parts) > 1:
            open_parts.pop()
        outer = open_parts[-1]
        if scope.first >= scope.last or scope.last > outer.last or scope.first < outer.first:
            continue
        part = Part(scope, scope.first, scope.last, label=_label(scope, outer))
        covered[scope.first : scope.last] = [part] * (scope.last - scope.first)
        children.setdefault(id(outer), []).append(part)
        parts.append(part)
        open_parts.append(part)
    for at, part in enumerate(covered):
        part.direct.append(at)
    for part in parts:
        part.runs = list(_runs(report, children.get(id(part), [])))
    return parts


def _label(scope: Scope, outer: Part) -> str:
    if scope.kind == "block":
        return scope.label
    if scope.kind == "flow":
        return f"{outer.label}/{scope.path.rpartition('/')[2]}"
    return f"{outer.label}/{scope.path.rpartition('/')[0].rpartition('/')[2]}"  # repeat_1 of repeat_1/0


def _runs(report: ModelReport, parts: list[Part]) -> Iterator[Run]:
    run: list[Part] = []
    for part in parts:
        if run and not _equal(report, run[-1], part):
            yield Run(run, _alike(report, run))
            run = []
        run.append(part)
    if run:
        yield Run(run, _alike(report, run))


def _equal(report: ModelReport, one: Part, other: Part) -> bool:
    """Whether two neighbours state the same: one group of the text, the same layers, wired the same."""
    a, b = one.scope, other.scope
    if a is None or b is None or a.group is None or a.group != b.group or one.last != other.first:
        return False
    nodes, size = report.network.nodes, one.last - one.first
    if other.last - other.first != size:
        return False
    for at in range(size):
        x, y = nodes[one.first + at], nodes[other.first + at]
        if len(x.inputs) != len(y.inputs) or (x.layer is not y.layer and x.layer != y.layer):
            return False
        for i, j in zip(x.inputs, y.inputs, strict=True):
            if (i >= one.first or j >= other.first) and i - one.first != j - other.first:
                return False
    return True


def _alike(report: ModelReport, run: list[Part]) -> bool:
    """Whether the passes also agree in shapes and parameters, and read only each other's predecessor."""
    first, nodes, rows = run[0], report.network.nodes, report.rows
    for before, part in pairwise(run):
        for at in range(part.last - part.first):
            row, model = rows[part.first + at], rows[first.first + at]
            same = row.output_shape == model.output_shape and row.facts is not None and model.facts is not None
            if not same or row.facts.params != model.facts.params:  # type: ignore[union-attr]
                return False
            if any(source < before.first for source in nodes[part.first + at].inputs):
                return False
    return True


def _fold(report: ModelReport, parts: list[Part], root: Part) -> list[int | None]:
    """Which nodes are chips on another's card."""
    nodes, readers = report.network.nodes, report.network.readers
    outputs = set(report.network.outputs)
    anchors = _anchors(report, parts)
    home: list[Part] = [root] * len(nodes)  # the innermost part that is drawn as something of its own
    for part in parts[1:]:
        if anchors[id(part)] > 1 or _repeated(part):
            home[part.first : part.last] = [part] * (part.last - part.first)
    chips: list[int | None] = [None] * len(nodes)
    card = list(range(len(nodes)))
    for at, node in enumerate(nodes):
        if node.layer.family not in CHIP_FAMILIES or len(node.inputs) != 1 or has_error(report, at):
            continue
        source = node.inputs[0]
        plain = readers[source] == (at,) and source not in outputs and not report.rows[source].is_input
        if plain and not has_error(report, source) and home[card[source]] is home[at]:
            chips[at] = card[at] = card[source]
    return chips


def _repeated(part: Part) -> bool:
    return part.scope is not None and part.scope.group is not None


def _anchors(report: ModelReport, parts: list[Part]) -> dict[int, int]:
    """Per part, the nodes that cannot be chips, and at least one."""
    before = [0]
    for node in report.network.nodes:
        before.append(before[-1] + (node.layer.family not in CHIP_FAMILIES))
    return {id(part): before[part.last] - before[part.first] for part in parts}


def has_error(report: ModelReport, at: int) -> bool:
    """Whether ``check`` found the layer itself at fault: nothing is known of it although its inputs are known."""
    row = report.rows[at]
    return row.facts is None and not row.is_input and bool(row.input_shapes) and None not in row.input_shapes
