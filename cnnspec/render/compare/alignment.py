"""From a comparison to rows: every layer of both networks in exactly one, what is the same in a row taken together.

The rows stand in the order of the second network; what was removed stands where it was. A block that holds several
edits, but not all of them, gets a frame.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Literal

from cnnspec.analysis.diff.records import Group, LayerChange, ModelDiff
from cnnspec.analysis.report import Row
from cnnspec.ir import Network, Scope
from cnnspec.layers.arithmetic import Size

#: How many rows there may be before inner frames are left away.
ENOUGH = 40

Mark = Literal["added", "removed", "changed", "follows", "same"]


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of the picture.

    Attributes:
        mark: what became of its layers; ``follows`` is one layer that is the same and has other parameters, because its
            input is another one, ``same`` are one or more without that.
        before, after: the rows of its layers in either network.
        changes: how they correspond, for layers of both.
        group: what was added or removed, for layers of one.
        blocks: the framed blocks of the second network around it, outer ones first.
    """

    mark: Mark
    before: tuple[Row, ...]
    after: tuple[Row, ...]
    changes: tuple[LayerChange, ...] = ()
    group: Group | None = None
    blocks: tuple[Scope, ...] = ()

    @property
    def params(self) -> Size:
        """By how much it changes the parameters of the network."""
        return sum(row.params for row in self.after) - sum(row.params for row in self.before)

    @property
    def macs(self) -> Size:
        """By how much it changes the multiply-accumulates."""
        return _sum_macs(self.after) - _sum_macs(self.before)


def _sum_macs(rows: Iterable[Row]) -> Size:
    result: Size = 0
    for row in rows:
        result = result if row.macs is None else row.macs + result
    return result


def align(diff: ModelDiff, *, expand: bool = False) -> list[Entry]:
    """The rows of a comparison; with ``expand`` every layer of both has one of its own.

    Inner frames are left away as long as there are more rows than enough, and what became of several layers of the
    outer one alike then stands once; if that is not enough, layers that only have other inputs count as the same.
    """
    assert diff.before is not None
    assert diff.after is not None
    placed = sorted(_placed(diff), key=lambda pair: (pair[0], pair[1].mark != "removed"))
    around = _framed(_Surroundings(diff, diff.before.network, diff.after.network), placed)
    entries = [replace(entry, blocks=blocks) for (_, entry), blocks in zip(placed, around, strict=True)]
    return entries if expand else _collapsed(entries)


def _collapsed(entries: Sequence[Entry]) -> list[Entry]:
    deepest = max((len(entry.blocks) for entry in entries), default=0)
    outermost = min(deepest, 1)
    for depth in range(deepest, outermost - 1, -1):
        entries = [replace(entry, blocks=entry.blocks[:depth]) for entry in entries]
        rows = list(_taken_together(_alike_once(entries)))
        if len(rows) <= ENOUGH:
            return rows
    plain = [replace(entry, mark="same") if entry.mark == "follows" else entry for entry in entries]
    return list(_taken_together(_alike_once(plain)))


def _placed(diff: ModelDiff) -> Iterator[tuple[int, Entry]]:
    """An entry for each pair and each group, with its place in the second network."""
    for change in diff.pairs:
        mark: Mark = "changed" if change.changed else "follows" if change.params.differs else "same"
        yield change.after.index, Entry(mark, (change.before,), (change.after,), (change,))
    for group in diff.removed:
        yield group.before, Entry("removed", group.rows, (), (), group)
    for group in diff.added:
        yield group.before, Entry("added", (), group.rows, (), group)


def _alike_once(entries: Sequence[Entry]) -> Iterator[Entry]:
    """What became of several layers of one framed block alike stands once, where the first of them stands."""
    for _, run in groupby(entries, lambda entry: [scope.path for scope in entry.blocks]):
        alike: dict[object, list[Entry]] = {}
        for at, entry in enumerate(run):
            key = _kind_of_edit(entry) if entry.blocks else None
            alike.setdefault(at if key is None else key, []).append(entry)
        yield from map(_joined, alike.values())


def _kind_of_edit(entry: Entry) -> object:
    """What edits of one kind agree in; None for an entry that stands alone."""
    if entry.group is not None:
        return None if entry.group.is_block else (entry.mark, entry.group.title)
    change = entry.changes[0]
    if entry.mark == "same" or change.moved or change.reads or change.shares:
        return None
    return entry.mark, _gist(change.before), _gist(change.after), change.arguments


def _gist(row: Row) -> object:
    return row.kind, row.layer.summary(), row.input_shapes, row.output_shape


def _taken_together(entries: Iterable[Entry]) -> Iterator[Entry]:
    """Neighbours that are the same, or moved with one block, in one entry."""
    for _, run in groupby(enumerate(entries), lambda pair: _company(*pair)):
        yield _joined([entry for _, entry in run])


def _company(at: int, entry: Entry) -> object:
    """What neighbours have in common that are taken together; its own number for an entry that stands alone."""
    paths = tuple(scope.path for scope in entry.blocks)
    if entry.mark == "same":
        return entry.mark, paths
    if entry.mark == "changed" and entry.changes[0].moved and not entry.changes[0].changed_in_itself:
        return entry.changes[0].moved_with, paths
    return at


def _joined(entries: Sequence[Entry]) -> Entry:
    """Several entries as one."""
    first = entries[0]
    if len(entries) == 1:
        return first
    before = tuple(row for entry in entries for row in entry.before)
    after = tuple(row for entry in entries for row in entry.after)
    changes = tuple(change for entry in entries for change in entry.changes)
    group = first.group
    if group is not None:
        paths = tuple(path for entry in entries if entry.group is not None for path in entry.group.paths)
        group = Group(group.title, paths, (*before, *after), group.is_block, group.before)
    return replace(first, before=before, after=after, changes=changes, group=group)


class _Surroundings:
    """The blocks of the second network around each entry."""

    def __init__(self, diff: ModelDiff, before: Network, after: Network) -> None:
        paired = {change.after.index for change in diff.pairs}
        blocks = [scope for scope in after.scopes if scope.kind == "block"]
        self.blocks = [scope for scope in blocks if any(at in paired for at in range(scope.first, scope.last))]
        self.counterparts = dict(_counterparts(diff, before, after))
        self.before = before

    def of(self, place: int, entry: Entry) -> tuple[Scope, ...]:
        """The blocks around an entry, outer ones first; what was removed is in those that it stood in, too."""
        if entry.mark != "removed":
            return tuple(scope for scope in self.blocks if scope.first <= place < scope.last)
        stood_in = {self.counterparts.get(scope.path) for scope in _blocks_around(self.before, entry.before[0].index)}
        return tuple(
            scope
            for scope in self.blocks
            if scope.first < place < scope.last or (place in (scope.first, scope.last) and scope.path in stood_in)
        )


def _blocks_around(network: Network, at: int) -> list[Scope]:
    return [scope for scope in network.scopes if scope.kind == "block" and scope.first <= at < scope.last]


def _counterparts(diff: ModelDiff, before: Network, after: Network) -> Iterator[tuple[str, str]]:
    """Blocks of the first network with those of the second whose layers correspond to theirs."""
    for change in diff.pairs:
        ours, theirs = _blocks_around(before, change.before.index), _blocks_around(after, change.after.index)
        if len(ours) == len(theirs):
            yield from zip((scope.path for scope in ours), (scope.path for scope in theirs), strict=True)


def _framed(around: _Surroundings, placed: Sequence[tuple[int, Entry]]) -> list[tuple[Scope, ...]]:
    """Per entry the blocks around it that hold two edits or more, and not all that the block around them holds."""
    stacks = [around.of(place, entry) for place, entry in placed]
    edits: dict[str, int] = {}
    edited = [stack for stack, (_, entry) in zip(stacks, placed, strict=True) if entry.mark != "same"]
    for stack in edited:
        for scope in stack:
            edits[scope.path] = edits.get(scope.path, 0) + 1
    return [tuple(_telling(stack, edits, len(edited))) for stack in stacks]


def _telling(stack: Sequence[Scope], edits: dict[str, int], outside: int) -> Iterator[Scope]:
    for scope in stack:
        held = edits.get(scope.path, 0)
        if 2 <= held < outside:
            yield scope
            outside = held
