"""What a deck shows of a network, and in which order: every layer once, uses of equal structure together."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from cnnspec.analysis.report import ModelReport, Row
from cnnspec.record import record
from cnnspec.render.graph.scopes import Part, Run, scope_tree

#: Arguments in which uses of one structure may differ: how wide they are, which the shape of their output says of each.
_WIDTHS: Final = {"filters", "units"}


@record
class Layer:
    """A layer with what folds into its card.

    Attributes:
        row: the layer, where several are shown together the first.
        folded: rows of the normalisation, activation and dropout on its card.
        uses: the rows that the slide stands for, use by use: the layer, then what folds into its card.
    """

    row: Row
    folded: tuple[Row, ...]
    uses: tuple[tuple[Row, ...], ...]

    @property
    def times(self) -> int:
        """How many layers of the network the slide stands for."""
        return len(self.uses)


@record
class Block:
    """A block that is used several times with one structure.

    Attributes:
        label: its name.
        uses: path, title and stretch of rows of every use; the first is shown layer by layer.
        others: how many uses of the same block have another structure, and so slides of their own.
    """

    label: str
    uses: tuple[tuple[str, str, int, int], ...]
    others: int


Item = Layer | Block
_Structure = tuple[object, ...]


def order_of(report: ModelReport) -> list[Item]:
    """Layers and blocks in the order of the network; of uses with the structure of an earlier one nothing."""
    root, chips = scope_tree(report)
    shapes = _Structures(report, chips)
    alike: dict[_Structure, list[Part]] = {}
    labels: dict[str, int] = {}
    for part in sorted(parts_in(root), key=lambda part: part.first):
        alike.setdefault(shapes.of(part), []).append(part)
        labels[part.label] = labels.get(part.label, 0) + 1
    found: list[Item] = []
    told: set[_Structure] = set()
    pending: list[tuple[int | Part, tuple[Part, ...]]] = [(root, (root,))]
    while pending:
        item, together = pending.pop()
        if isinstance(item, int):
            found.append(_layer(report, shapes, [item - together[0].first + part.first for part in together]))
            continue
        if item.scope is not None and item.cards > 1 and len(uses := alike[shapes.of(item)]) > 1:
            if shapes.of(item) in told:
                continue
            told.add(shapes.of(item))
            found.append(_block(uses, labels[item.label] - len(uses)))
            together = tuple(uses)
        inside: list[tuple[int, int | Part]] = [(at, at) for at in item.direct if chips[at] is None]
        inside += [(part.first, part) for run in item.runs for part in run.passes]
        pending.extend((one, together) for _, one in sorted(inside, key=lambda pair: -pair[0]))
    return found


def parts_in(root: Part) -> Iterable[Part]:
    """All parts inside one."""
    runs: list[Run] = list(root.runs)
    while runs:
        run = runs.pop()
        yield from run.passes
        runs.extend(inner for part in run.passes for inner in part.runs)


class _Structures:
    """What uses of a block must have in common to be shown as one: layers, how they are wired, what is nested in them."""

    def __init__(self, report: ModelReport, chips: list[int | None]) -> None:
        self.nodes = report.network.nodes
        self.folded: dict[int, list[int]] = {}
        for at, anchor in enumerate(chips):
            if anchor is not None:
                self.folded.setdefault(anchor, []).append(at)
        self.layers = [(row.kind, repr(row.layer.model_dump(exclude=_WIDTHS)), row.is_known) for row in report.rows]
        self.known: dict[int, _Structure] = {}

    def of(self, part: Part) -> _Structure:
        """The structure of a part; equal for two parts of which every layer has a counterpart in the other."""
        if id(part) not in self.known:
            outside: dict[int, int] = {}
            nested = sorted((inner.first - part.first, inner.last - part.first, inner.label) for inner in parts_in(part))
            layers = tuple(self._node(part, at, outside) for at in range(part.first, part.last))
            self.known[id(part)] = (part.label, part.cards, tuple(nested), layers)
        return self.known[id(part)]

    def _node(self, part: Part, at: int, outside: dict[int, int]) -> _Structure:
        """A layer, what it reads (from outside: the first, the second that anything in the part reads), what folds into it."""
        inputs = self.nodes[at].inputs
        reads = [source - part.first if source >= part.first else ~outside.setdefault(source, len(outside)) for source in inputs]
        return self.layers[at], tuple(reads), tuple(self.layers[chip] for chip in self.folded.get(at, ()))


def _layer(report: ModelReport, shapes: _Structures, members: list[int]) -> Layer:
    uses = tuple(tuple(report.rows[one] for one in (at, *shapes.folded.get(at, ()))) for at in members)
    return Layer(uses[0][0], uses[0][1:], uses)


def _block(alike: list[Part], others: int) -> Block:
    first = alike[0]
    label = first.scope.label if first.scope is not None else first.label
    uses = tuple((part.path, part.scope.title if part.scope else "", part.first, part.last) for part in alike)
    return Block(label, uses, others)
