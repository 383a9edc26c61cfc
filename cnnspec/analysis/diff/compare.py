"""From two reports of models to what changed between them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from cnnspec.analysis.diff.matching import match
from cnnspec.analysis.diff.records import Amount, ArgumentChange, ClaimChange, Group, LayerChange, ModelDiff, Totals
from cnnspec.analysis.diff.repair import Repair
from cnnspec.analysis.diff.sides import Item, Numbering, Side
from cnnspec.analysis.diff.symbols import rename, rename_row
from cnnspec.analysis.diff.wiring import Wiring
from cnnspec.analysis.memory.memory import analyse_memory
from cnnspec.analysis.report import ClaimResult, ModelReport
from cnnspec.ir import Network
from cnnspec.layers.input import Input
from cnnspec.layers.registry import snake_name
from cnnspec.schema.choice import plain_value
from cnnspec.schema.declaration import Declaration


def compare_models(before: ModelReport | None, after: ModelReport | None) -> ModelDiff:
    """What changed from one model to another, both free of errors that leave a part of them unknown.

    With only one of them, all of it was added or removed.
    """
    if before is None or after is None:
        found = before or after
        assert found is not None
        return ModelDiff(found.name, before, after)
    number = Numbering()
    ours, theirs = Side(before, number), Side(after, number)
    match(ours, theirs, number)
    wiring = Wiring(ours, theirs)
    Repair(wiring).run()
    return _Comparison(ours, theirs, wiring).report()


class _Comparison:
    def __init__(self, before: Side, after: Side, wiring: Wiring) -> None:
        self.before = before
        self.after = after
        self.wiring = wiring
        self.symbols = _match_symbols(before, after)
        self.names = _given_names(before.network), _given_names(after.network)

    def report(self) -> ModelDiff:
        changes = [self._change(at) for at in sorted(self.before.partners)]
        return ModelDiff(
            name=self.after.report.name,
            before=self.before.report,
            after=self.after.report,
            removed=tuple(_group(self.before, self._place_after)),
            added=tuple(_group(self.after, lambda node: node)),
            changed=tuple(change for change in changes if change.changed),
            following=tuple(change for change in changes if change.follows),
            renamed=tuple(change for change in changes if change.renamed),
            pairs=tuple(changes),
            outputs_changed=not self.wiring.outputs_agree(),
            totals=self._totals(),
            claims=compare_claims(self.before.report.claims, self.after.report.claims),
        )

    def _change(self, at: int) -> LayerChange:
        other = self.before.partners[at]
        moved = at in self.wiring.moved
        return LayerChange(
            before=rename_row(self.before.report.rows[at], self.symbols),
            after=self.after.report.rows[other],
            arguments=self._arguments(at, other),
            reads=not moved and not self.wiring.reads_same(at),
            shares=not self.wiring.shares_same(at),
            moved=moved,
            moved_with=self.wiring.moved.get(at, ""),
            renamed=self.names[0][at] != self.names[1][other],
        )

    def _place_after(self, node: int) -> int:
        """The place in the second network of what stands in the place of a removed node: behind the partner before it."""
        while node not in self.before.partners:
            if node == 0:
                return 0
            node -= 1
        return self.before.partners[node] + 1

    def _arguments(self, at: int, other: int) -> tuple[ArgumentChange, ...]:
        ours, theirs = self.before.network.nodes[at].layer, self.after.network.nodes[other].layer
        differ = self.before.labels[at] != self.after.labels[other]
        return compare_declarations(ours, theirs) if differ and ours.kind == theirs.kind else ()

    def _totals(self) -> Totals:
        ours, theirs = self.before.report.totals, self.after.report.totals

        def amount(name: str) -> Amount:
            size = getattr(ours, name)
            return Amount(None if size is None else rename(size, self.symbols), getattr(theirs, name))

        layers = (sum(not row.is_input for row in side.report.rows) for side in (self.before, self.after))
        figures = {name: amount(name) for name in ("params", "trainable", "macs", "activation_elements", "depth")}
        inference, training = self._memory()
        return Totals(layers=Amount(*layers), **figures, inference=inference, training=training)

    def _memory(self) -> tuple[Amount, Amount]:
        """Bytes of inference and of training, unknown where an error leaves a part unknown."""
        ours, theirs = analyse_memory(self.before.report), analyse_memory(self.after.report)
        if ours is None or theirs is None:
            return Amount(None, None), Amount(None, None)
        pairs = ((ours.inference(), theirs.inference()), (ours.training(), theirs.training()))
        inference, training = (Amount(rename(before.total, self.symbols), after.total) for before, after in pairs)
        return inference, training


def _match_symbols(before: Side, after: Side) -> Mapping[str, str]:
    """The unknown extents of the first network by those of the second that they correspond to, where the names differ."""
    names: dict[str, str] = {}
    for at, other in before.partners.items():
        ours, theirs = before.network.nodes[at].layer, after.network.nodes[other].layer
        if isinstance(ours, Input) and isinstance(theirs, Input):
            pairs = zip(ours.shape, theirs.shape, strict=False)
            names |= {a: b for a, b in pairs if isinstance(a, str) and isinstance(b, str) and a != b}
    return names


def compare_declarations(before: Declaration, after: Declaration) -> tuple[ArgumentChange, ...]:
    """The arguments in which two declarations of one kind differ, in their order."""
    found: list[ArgumentChange] = []
    for name in type(before).model_fields:
        ours, theirs = getattr(before, name), getattr(after, name)
        if ours != theirs:
            found.append(ArgumentChange(name, plain_value(ours), plain_value(theirs)))
    return tuple(found)


def compare_claims(before: Sequence[ClaimResult], after: Sequence[ClaimResult]) -> tuple[ClaimChange, ...]:
    """Claims that one side states alone, that state something else of the same quantity, or that came out otherwise."""
    pairs: dict[int, int] = {}
    left = range(len(after))
    for key in (_words, _subject):
        waiting: dict[str, list[int]] = {}
        for at in reversed(left):
            waiting.setdefault(key(after[at]), []).append(at)
        for at, claim in enumerate(before):
            if at not in pairs and (partners := waiting.get(key(claim))):
                pairs[at] = partners.pop()
        left = sorted(at for partners in waiting.values() for at in partners)
    found = [ClaimChange(claim, after[pairs[at]] if at in pairs else None) for at, claim in enumerate(before)]
    alone = [ClaimChange(None, after[at]) for at in left]
    return tuple(change for change in (*found, *alone) if change.differs)


def _words(claim: ClaimResult) -> str:
    return "".join(claim.text.split())


def _subject(claim: ClaimResult) -> str:
    """What it speaks of: ``receptive_field(last)`` of ``receptive_field(last) == 18x18``."""
    return re.split("[=<>!~]", _words(claim), maxsplit=1)[0]


# --- groups ------------------------------------------------------------------------------------------------------------


def _group(side: Side, place: Callable[[int], int]) -> Iterator[Group]:
    """What has no partner, blocks as a whole, neighbours that are alike taken together."""
    run: list[Item] = []
    for item in _alone(side.items, side):
        if run and not (run[-1].last == item.first and _alike(side, run[-1], item)):
            yield _make_group(side, run, place(run[0].first))
            run = []
        run.append(item)
    if run:
        yield _make_group(side, run, place(run[0].first))


def _alone(items: Sequence[Item], side: Side) -> Iterator[Item]:
    for item in items:
        if not any(node in side.partners for node in item.nodes):
            yield item
        elif item.scope is not None:
            yield from _alone(item.children, side)


def _alike(side: Side, item: Item, other: Item) -> bool:
    same_name = (item.scope and item.scope.label) == (other.scope and other.scope.label)
    return same_name and item.content == other.content and _parent(side, item) == _parent(side, other)


def _parent(side: Side, item: Item) -> str:
    return side.path(item).rpartition("/")[0]


def _make_group(side: Side, run: Sequence[Item], before: int) -> Group:
    last = run[-1]  # the first of several uses may state what the others leave to the default
    rows = tuple(side.report.rows[node] for item in run for node in item.nodes)
    layer = side.network.nodes[last.first].layer
    title = last.scope.title if last.scope is not None else f"{layer.kind} {layer.summary()}".rstrip()
    return Group(title, tuple(side.path(item) for item in run), rows, last.scope is not None, before)


# --- names -------------------------------------------------------------------------------------------------------------


def _given_names(network: Network) -> list[tuple[str, ...]]:
    """The paths of all nodes without what is not given: automatic names of layers, automatic numbers of blocks.

    So a layer that is added or has another kind renames neither itself nor those behind it.
    """
    shown: dict[str, str] = {}
    for scope in network.scopes:
        head, _, name = scope.path.rpartition("/")
        if scope.kind == "repeat":
            shown[scope.path], shown[head] = "", _without_number(head.rpartition("/")[2], "repeat")
        else:
            shown[scope.path] = _without_number(name, snake_name(scope.label))
    around: dict[str, tuple[str, ...]] = {"": ()}
    found: list[tuple[str, ...]] = []
    for node in network.nodes:
        head, _, name = node.path.rpartition("/")
        if head not in around:
            parts = head.split("/")
            around[head] = tuple(shown.get("/".join(parts[: depth + 1]), part) for depth, part in enumerate(parts))
        automatic = snake_name(node.layer.kind)
        found.append((*around[head], "" if _without_number(name, automatic) == automatic else name))
    return found


def _without_number(name: str, base: str) -> str:
    rest = name.removeprefix(f"{base}_")
    return base if rest != name and rest.isdigit() else name
