"""What a graph picture shows: cards, the edges between them, and the frames around them, at one level of collapse.

Nothing is lost: every layer is a member of exactly one card, every connection is counted on an edge or inside a card or
frame, every parameter is summed where its layer is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from typing import Literal

from cnnspec.analysis.report import ModelReport, Row
from cnnspec.render.errors import RenderError
from cnnspec.render.graph.scopes import Part, Run, has_error, scope_tree

#: The number of cards above which blocks stay closed; and where some stay closed, that above which those do of which there
#: are several: a picture shows either everything or an overview.
ENOUGH, OVERVIEW = 25, 16


@dataclass(slots=True)
class Card:
    """One card: a layer with its chips, or a closed block.

    Attributes:
        kind: ``layer``, ``merge``, ``input`` or ``block``.
        rows: the rows it writes out: the layer's and its chips' (of the first pass); of a block, all in it.
        members: every node it stands for.
        run: of a block, what is closed.
        inside: connections between its members.
        error: a member is at fault.
    """

    kind: Literal["layer", "merge", "input", "block"]
    rows: tuple[Row, ...]
    members: tuple[int, ...] = ()
    run: Run | None = None
    inside: int = 0
    error: bool = False

    @property
    def path(self) -> str:
        """What it is called inside the model: a layer's path, or a block's (of the first pass)."""
        return self.run.passes[0].path if self.run is not None else inner_path(self.rows[0])


@dataclass(slots=True)
class Edge:
    """Connections from one card to another: ``count`` of them, one for each pass that has it."""

    source: int
    target: int
    count: int = 0


@dataclass(slots=True)
class Frame:
    """A dashed group: an opened block around its cards (consecutive numbers), outer before inner.

    ``run`` has several passes where one pass is drawn for all; ``loops`` counts the connections from pass to pass;
    ``around`` is the path of the innermost frame around it, empty without one.
    """

    run: Run
    part: Part
    cards: list[int] = field(default_factory=list[int])
    loops: int = 0
    around: str = ""

    @property
    def times(self) -> int:
        return len(self.run.passes)


@dataclass(slots=True)
class View:
    """Cards in topological order, edges by their target, frames outer before inner."""

    report: ModelReport
    cards: list[Card]
    edges: list[Edge]
    frames: list[Frame]


#: How far the runs of one label are opened: closed, one pass for all (where alike), every pass.
CLOSED, ONE_PASS, ALL_PASSES = 0, 1, 2


def build_view(report: ModelReport, expand: str | Sequence[str] | None = None, enough: int = ENOUGH) -> View:
    """The view of a model.

    Args:
        report: the model.
        expand: None opens blocks as long as there are at most about 25 cards, ``"all"`` opens everything, other names
            open that block (by its label or path) as well.
        enough: the number of cards above which blocks stay closed.

    Raises:
        RenderError: no block is called so.
    """
    root, chips = scope_tree(report)
    if expand == "all":
        levels: Mapping[str, int] = _Everything()
        forced: frozenset[int] = frozenset()
    else:
        levels = open_until(root, enough)
        forced = _named(root, [expand] if isinstance(expand, str) else list(expand or ()))
    return assemble(report, root, chips, levels, forced)


def every_view(report: ModelReport) -> Iterable[View]:
    """The views from all closed to all open, a step of opening apart."""
    root, chips = scope_tree(report)
    for levels in every_level(root):
        yield assemble(report, root, chips, levels, frozenset())


def every_level(root: Part) -> Iterable[dict[str, int]]:
    """How far every label is opened, from nothing to everything, what adds least first."""
    levels: dict[str, int] = {}
    yield {}
    while (step := _next_step(root, levels)) is not None:
        levels[step[1]] = step[2]
        yield dict(levels)


def opened_runs(root: Part, levels: Mapping[str, int]) -> Iterable[Run]:
    """The runs that such levels open, outer before inner."""
    return (run for run, _ in _visible(root, levels) if not run.transparent and _drawn_passes(run, levels))


def open_until(root: Part, enough: int) -> dict[str, int]:
    """Labels opened one after the other, what adds least first, as long as there are at most ``enough`` cards.

    Where not everything can be opened so, blocks of which there are several stay closed above fewer cards: one kind of them
    opened beside others closed would be longer and say little more. Passes that are alike stay one pass with a badge: the
    text states the repetition, and so does the picture.
    """
    levels = _opened(root, enough)
    if _next_step(root, levels, most=ONE_PASS) is None:
        return levels
    return _opened(root, enough, _labels_of_several(root))


def _opened(root: Part, enough: int, several: frozenset[str] = frozenset()) -> dict[str, int]:
    """The labels that can be opened within that number of cards, some of them only within that of an overview."""
    levels: dict[str, int] = {}
    count = root.cards
    while (step := _next_step(root, levels, enough - count, ONE_PASS, several, min(enough, OVERVIEW) - count)) is not None:
        count += step[0]
        levels[step[1]] = step[2]
    return levels


def _labels_of_several(root: Part) -> frozenset[str]:
    """The labels of which there are several runs, wherever they stand."""
    met: set[str] = set()
    again: set[str] = set()
    pending = [root]
    while pending:
        for run in pending.pop().runs:
            label = run.passes[0].label
            (again if label in met else met).add(label)
            pending.extend(run.passes)
    return frozenset(again)


class _Everything(dict[str, int]):
    """Every label is open in full."""

    def get(self, key: str, default: int = 0) -> int:  # type: ignore[override]
        return ALL_PASSES


def _next_step(
    root: Part,
    levels: Mapping[str, int],
    room: int | None = None,
    most: int = ALL_PASSES,
    several: frozenset[str] = frozenset(),
    room_of_several: int = 0,
) -> tuple[int, str, int] | None:
    """(cards added, label, level): the cheapest way to open one label further that fits.

    Args:
        root: the whole model.
        levels: how far labels are open.
        room: how many cards may be added; None: any number.
        most: the highest level.
        several: labels that come last, and of which fewer cards may be added: ``room_of_several``.
    """
    costs: dict[tuple[str, int], int] = {}
    for run, _ in _visible(root, levels):
        if run.transparent:
            continue
        part, times = run.passes[0], len(run.passes)
        level = levels.get(part.label, CLOSED)
        shown = _opened_cards(part, levels)
        if level == CLOSED:
            costs[part.label, ONE_PASS] = costs.get((part.label, ONE_PASS), 0) + shown * (1 if run.alike else times) - 1
        elif level == ONE_PASS and run.alike and times > 1 and most == ALL_PASSES:
            costs[part.label, ALL_PASSES] = costs.get((part.label, ALL_PASSES), 0) + shown * (times - 1)
    fitting = [
        (cost, label, level)
        for (label, level), cost in costs.items()
        if room is None or cost <= (room_of_several if label in several else room)
    ]
    return min(fitting, default=None, key=lambda step: (step[1] in several, step[0]))


def _visible(root: Part, levels: Mapping[str, int]) -> Iterable[tuple[Run, Part]]:
    """Every run that is drawn, closed or opened."""
    pending = [root]
    while pending:
        part = pending.pop()
        for run in part.runs:
            yield run, part
            pending.extend(_drawn_passes(run, levels))


def _drawn_passes(run: Run, levels: Mapping[str, int]) -> list[Part]:
    """The passes of a run whose inside is drawn."""
    level = ONE_PASS if run.transparent else levels.get(run.passes[0].label, CLOSED)
    if level == CLOSED:
        return []
    return run.passes[:1] if level == ONE_PASS and run.alike else run.passes


def _opened_cards(part: Part, levels: Mapping[str, int]) -> int:
    """The cards of a part once it is opened, the parts in it as the levels have them."""
    total = part.cards
    pending = [part]
    while pending:
        for run in pending.pop().runs:
            drawn = _drawn_passes(run, levels)
            if drawn and not run.transparent:
                total += sum(inner.cards for inner in drawn) - 1
            pending.extend(drawn)
    return total


def _named(root: Part, names: list[str]) -> frozenset[int]:
    """Ids of the parts that the names open, with all around them."""
    opened: set[int] = set()
    known: dict[str, None] = {}
    met: set[str] = set()
    pending: list[tuple[Part, tuple[Part, ...]]] = [(root, ())]
    while pending:
        part, around = pending.pop()
        if part.scope is not None:
            known[part.scope.label if part.scope.kind == "block" else part.path] = None
            for name in names:
                whole = part.path.rpartition("/")[0] if part.scope.kind == "repeat" else part.path
                if name in (part.scope.label, part.path, whole) or f"/{part.path}".endswith(f"/{name}"):
                    met.add(name)
                    opened.update(id(item) for item in (*around, part))
        inner = (*around, part)
        pending.extend((child, inner) for run in reversed(part.runs) for child in reversed(run.passes))
    missing = [name for name in names if name not in met]
    if missing:
        some = list(known)[:8] + (["…"] if len(known) > 8 else [])
        there = f"blocks: {', '.join(some)}; or expand all" if known else "the model has no blocks"
        raise RenderError(f"there is no block {missing[0]!r} to expand", there)
    return frozenset(opened)


class _Assembly:
    """A view under construction."""

    def __init__(self, report: ModelReport, chips: list[int | None]) -> None:
        self.report = report
        self.chips = chips
        self.cards: list[Card] = []
        self.frames: list[Frame] = []
        self.card_of: list[int] = [-1] * len(report.rows)
        #: Per node, how far it lies behind the node that is drawn for it.
        self.offset_of: list[int] = [0] * len(report.rows)
        self.chips_of: dict[int, list[int]] = {}
        for at, anchor in enumerate(chips):
            if anchor is not None:
                self.chips_of.setdefault(anchor, []).append(at)

    def add_card(self, card: Card, nodes: Sequence[int], copies: tuple[int, ...], frames: tuple[int, ...]) -> None:
        """Add a card for some nodes, and for their copies in the passes that it stands for."""
        card.members = tuple(node + offset for offset in copies for node in nodes)
        card.error = any(has_error(self.report, member) for member in card.members)
        for offset in copies:
            for node in nodes:
                self.card_of[node + offset] = len(self.cards)
                self.offset_of[node + offset] = offset
        for frame in frames:
            self.frames[frame].cards.append(len(self.cards))
        self.cards.append(card)


def assemble(report: ModelReport, root: Part, chips: list[int | None], levels: Mapping[str, int], forced: frozenset[int]) -> View:
    """The view in which the labels are opened as far as the levels say, and the forced parts in any case."""
    made = _Assembly(report, chips)
    # Each job draws a part in one frame stack; ``copies`` are the starts of the passes that it stands for.
    jobs: list[tuple[object, tuple[int, ...], tuple[int, ...]]] = [(root, (), (0,))]
    while jobs:
        item, frames, copies = jobs.pop()
        if isinstance(item, int):
            _add_layer(made, item, frames, copies)
        elif isinstance(item, Run):
            _open_run(made, item, frames, copies, levels, forced, jobs)
        elif isinstance(item, Part):
            contents: list[tuple[int, object]] = [(at, at) for at in item.direct if chips[at] is None]
            contents += [(run.first, run) for run in item.runs]
            contents.sort(key=lambda pair: -pair[0])
            jobs.extend((inner, frames, copies) for _, inner in contents)
    return _connect(made)


def _open_run(
    made: _Assembly,
    run: Run,
    frames: tuple[int, ...],
    copies: tuple[int, ...],
    levels: Mapping[str, int],
    forced: frozenset[int],
    jobs: list[tuple[object, tuple[int, ...], tuple[int, ...]]],
) -> None:
    drawn = _drawn_passes(run, levels)
    if any(id(part) in forced for part in run.passes):
        drawn = drawn or (run.passes[:1] if run.alike else run.passes)
    if not drawn:
        _add_block(made, run, frames, copies)
        return
    together = len(drawn) < len(run.passes)
    for part in reversed(drawn):
        inner = frames
        if not run.transparent:
            made.frames.append(Frame(run if together else Run([part]), part))
            inner = (*frames, len(made.frames) - 1)
        offsets = [p.first - part.first for p in run.passes] if together else [0]
        jobs.append((part, inner, tuple(copy + offset for copy in copies for offset in offsets)))


def _add_layer(made: _Assembly, anchor: int, frames: tuple[int, ...], copies: tuple[int, ...]) -> None:
    nodes = [anchor, *made.chips_of.get(anchor, ())]
    rows = tuple(made.report.rows[at] for at in nodes)
    layer = made.report.network.nodes[anchor].layer
    kind = "input" if rows[0].is_input else "merge" if layer.family == "merging" else "layer"
    made.add_card(Card(kind, rows), nodes, copies, frames)


def _add_block(made: _Assembly, run: Run, frames: tuple[int, ...], copies: tuple[int, ...]) -> None:
    """A closed run: its nodes but for chips on a card outside, and chips outside that belong to a card in it."""
    inside = range(run.first, run.last)
    nodes = [at for at in inside if (anchor := made.chips[at]) is None or anchor in inside]
    nodes += [chip for at in inside for chip in made.chips_of.get(at, ()) if chip not in inside]
    made.add_card(Card("block", tuple(made.report.rows[at] for at in nodes), run=run), nodes, copies, frames)


def _connect(made: _Assembly) -> View:
    """Count every connection on an edge, in a card, or from pass to pass of a frame; put the cards in order."""
    edges: dict[tuple[int, int], Edge] = {}
    nodes = made.report.network.nodes
    folded = _folded_frames(made)
    for at, node in enumerate(nodes):
        for source in node.inputs:
            a, b = made.card_of[source], made.card_of[at]
            looping = _looping(made, folded, source, at)
            if looping is not None:
                made.frames[looping].loops += 1
            elif a == b:
                made.cards[a].inside += 1
            else:
                edge = edges.setdefault((a, b), Edge(a, b))
                edge.count += 1
    ordered = sorted(edges.values(), key=lambda edge: (edge.target, edge.source))
    return View(made.report, made.cards, ordered, nested_frames([frame for frame in made.frames if _groups(frame)]))


def _groups(frame: Frame) -> bool:
    """Whether a frame says more than the one card in it, whose path names it already."""
    return len(frame.cards) > 1 or frame.times > 1


def nested_frames(frames: Sequence[Frame]) -> list[Frame]:
    """Some frames, each with the path of the innermost of them around it."""
    paths = {frame.part.path for frame in frames}
    return [replace(frame, around=_innermost(frame.part.path, paths)) for frame in frames]


def _innermost(path: str, paths: Set[str]) -> str:
    """The longest of some paths that a path begins with, itself apart."""
    while path:
        path = path.rpartition("/")[0]
        if path in paths:
            break
    return path


def _folded_frames(made: _Assembly) -> dict[int, list[int]]:
    """Per card, the frames around it that draw one pass for several, outer before inner."""
    found: dict[int, list[int]] = {}
    for number, frame in enumerate(made.frames):
        if frame.times > 1:
            for card in frame.cards:
                found.setdefault(card, []).append(number)
    return found


def _looping(made: _Assembly, folded: dict[int, list[int]], source: int, target: int) -> int | None:
    """The outermost frame in which a connection leads from one pass to another."""
    a, b = folded.get(made.card_of[source]), folded.get(made.card_of[target])
    if a is None or b is None:
        return None
    from_start, to_start = made.offset_of[source], made.offset_of[target]
    for one, other in zip(a, b, strict=False):
        if one != other:
            return None
        size = made.frames[one].part.last - made.frames[one].part.first
        (from_pass, from_start), (to_pass, to_start) = divmod(from_start, size), divmod(to_start, size)
        if from_pass != to_pass:
            return one
    return None


def inner_path(row: Row) -> str:
    """A row's path without the model's name."""
    return row.path.partition("/")[2]
