"""Where cards, edges and frames go: layered, deterministic, near-linear.

Everything is computed in two directions, *along* the flow and *across* it, and turned at the end, so that top to bottom
and left to right are one layout. Across: every stack is as wide as its widest layer, its lanes on the reading side, and
branches stand side by side about their axis. Along: a stack is as long as its layers and the gaps between them; a gap
has a track for every bundle of edges that turns in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from cnnspec.render.display import Box, Point
from cnnspec.render.graph.lanes import LANE, Lane, Lanes
from cnnspec.render.graph.nesting import Nesting, nest
from cnnspec.render.graph.splits import Splitting, put_splits_in

#: Between branches, across the flow; between two cards along it; between two tracks of a gap; around frames.
APART, GAP, TRACK, PAD = 18.0, 22.0, 7.0, 9.0
#: From the last track of a gap to the card, room for the arrow head.
_ARRIVAL = 13.0


@dataclass(slots=True)
class Cell:
    """One card to place.

    Attributes:
        before, after: its reach across the flow from the point where edges enter and leave.
        length: its reach along the flow.
        round: a circle of this radius in the middle of its length, which skips enter from the side; 0 for a card.
        sides_before, sides_after, lead, tail: room for the frames around it.
    """

    before: float
    after: float
    length: float
    round: float = 0.0
    sides_before: float = 0.0
    sides_after: float = 0.0
    lead: float = 0.0
    tail: float = 0.0


@dataclass(slots=True)
class Layout:
    """The result, in pixels: a box and a port position per card, a line per edge, a box per frame."""

    boxes: list[Box]
    centres: list[Point]
    lines: list[list[Point]]
    frames: list[Box]
    width: float = 0.0
    height: float = 0.0


@dataclass(slots=True)
class _Bundle:
    """Edges that turn in one gap together: those of one source, or those to one target."""

    low: float
    high: float
    track: int = 0


@dataclass(slots=True)
class _Gap:
    bundles: dict[tuple[int, int], _Bundle] = field(default_factory=dict[tuple[int, int], _Bundle])
    tracks: int = 0
    top: float = 0.0

    def stretch(self, key: tuple[int, int], a: float, b: float) -> None:
        low, high = min(a, b), max(a, b)
        known = self.bundles.get(key)
        if known is None:
            self.bundles[key] = _Bundle(low, high)
        else:
            known.low, known.high = min(known.low, low), max(known.high, high)

    def pack(self) -> None:
        """Give every bundle a track; those that leave come before those that arrive."""
        ends: list[float] = []
        for _, bundle in sorted(self.bundles.items(), key=lambda item: (item[0][0], item[1].low, item[0][1])):
            track = next((at for at, end in enumerate(ends) if end + LANE <= bundle.low), len(ends))
            if track == len(ends):
                ends.append(0.0)
            ends[track] = bundle.high
            bundle.track = track
        self.tracks = len(ends)

    @property
    def length(self) -> float:
        return GAP + max(self.tracks - 1, 0) * TRACK

    def position(self, key: tuple[int, int]) -> float:
        return self.top + GAP - _ARRIVAL + self.bundles[key].track * TRACK


_LEAVING, _ARRIVING = 0, 1


_NOTHING = Cell(0, 0, 0)


class _Engine:
    """The state of one layout."""

    def __init__(self, cells: Sequence[Cell], edges: Sequence[tuple[int, int]], frames: Sequence[Sequence[int]]) -> None:
        inputs: list[list[int]] = [[] for _ in range(len(cells) + 1)]
        for source, target in edges:
            inputs[target + 1].append(source + 1)
        graph = put_splits_in(inputs)
        #: The item of every card, and the cell of every item; a split has none of its own.
        self.items = graph.place[1:]
        self.cells = [_NOTHING] * len(graph.inputs)
        for item, cell in zip(self.items, cells, strict=True):
            self.cells[item] = cell
        self.edges: list[tuple[int, int]] = []
        self.number: dict[tuple[int, int], int] = {}
        #: Per edge of the picture, the edges of the layout that make it up.
        self.pieces = [self.add_pieces(graph, source + 1, target + 1) for source, target in edges]
        self.frames = [[self.items[card] for card in frame] for frame in frames]
        self.tree: Nesting = nest(graph.inputs)
        self.lanes = Lanes(self.tree)
        self.ways: list[list[Lane]] = [self.lanes.route(source, target) for source, target in self.edges]
        count = len(self.cells)
        self.before, self.after = [0.0] * count, [0.0] * count
        self.shift = [0.0] * count  # from the parent's axis to its own
        self.axis, self.start = [0.0] * count, [0.0] * count
        self.gaps: list[list[_Gap]] = [[_Gap() for _ in stack] for stack in self.tree.stacks]
        self.length = [0.0] * count

    def add_pieces(self, graph: Splitting, source: int, target: int) -> list[int]:
        """An edge, piece by piece through the splits between its ends."""
        way = [graph.place[source], *graph.through.get((target, source), ()), graph.place[target]]
        numbers: list[int] = []
        for piece in pairwise(way):
            if piece not in self.number:
                self.number[piece] = len(self.edges)
                self.edges.append(piece)
            numbers.append(self.number[piece])
        return numbers

    def run(self) -> None:
        self.wrap_lanes()
        for item in reversed(range(len(self.cells))):
            self.spread(item)
        for item in range(1, len(self.cells)):
            self.axis[item] = self.axis[self.tree.parent[item]] + self.shift[item]
        self.fill_gaps()
        for item in reversed(range(len(self.cells))):
            self.measure(item)
        for item in range(len(self.cells)):
            self.stack_up(item)

    def wrap_lanes(self) -> None:
        """How many frames enclose each lane: those around its targets and all that it passes."""
        around: list[list[int]] = [[] for _ in self.cells]
        for number, frame in enumerate(self.frames):
            for item in frame:
                around[item].append(number)
        for item in reversed(range(1, len(self.cells))):
            if self.cells[item] is _NOTHING:  # a split is in the frames that all under it are in
                under = [around[inner] for layer in self.tree.stacks[item] for inner in layer]
                around[item] = [number for number in under[0] if all(number in other for other in under)]
        self.around = around
        for stack, lanes in enumerate(self.lanes.of_stack):
            for lane in lanes.values():
                first = min(self.tree.stacks[stack][lane.first])
                shared = set(around[first]).intersection(*(around[target] for target in lane.targets))
                lane.wraps = len(shared)

    def spread(self, item: int) -> None:
        """The reach of an item's block across the flow, from its stack's."""
        cell = self.cells[item]
        before, after = cell.before + cell.sides_before, cell.after + cell.sides_after
        sides: list[float] = []
        for layer in self.tree.stacks[item]:
            places = [0.0]
            for left, right in pairwise(layer):
                places.append(places[-1] + self.after[left] + APART + self.before[right])
            middle = places[-1] / 2
            for inner, place in zip(layer, places, strict=True):
                self.shift[inner] = place - middle
            sides.append(max(self.before[inner] - self.shift[inner] for inner in layer))
            after = max(after, *(self.after[inner] + self.shift[inner] for inner in layer))
        if sides:
            before = max(before, max(sides), self.lanes.place(item, sides, PAD))
        self.before[item], self.after[item] = before, after

    def lane_axis(self, lane: Lane) -> float:
        return self.axis[lane.stack] - lane.distance

    def enters_sideways(self, target: int, way: list[Lane]) -> bool:
        """A skip enters a merge from the side, if nothing stands between its lane and the merge."""
        if not way or not self.cells[target].round:
            return False
        above = self.tree.parent[target]
        outermost = way[-1].stack == above and self.tree.stacks[above][self.tree.layer[target]][0] == target
        return outermost and self.lane_axis(way[-1]) <= self.axis[target] - self.cells[target].round - LANE

    def turns(self, edge: int) -> list[tuple[int, int, tuple[int, int], float, float]]:
        """(stack, layer, bundle, from, to): where the edge runs across, in order."""
        (source, target), way = self.edges[edge], self.ways[edge]
        found: list[tuple[int, int, tuple[int, int], float, float]] = []
        at = self.axis[source]
        for lane in way:
            found.append((lane.stack, lane.first, (_LEAVING, source), at, self.lane_axis(lane)))
            at = self.lane_axis(lane)
        above, layer = self.tree.parent[target], self.tree.layer[target]
        if not self.enters_sideways(target, way):
            key = (_LEAVING, source) if layer == 0 else (_ARRIVING, target)
            found.append((above, layer, key, at, self.axis[target]))
        return found

    def fill_gaps(self) -> None:
        for edge in range(len(self.edges)):
            for stack, layer, key, a, b in self.turns(edge):
                if abs(a - b) > 1e-6:
                    self.gaps[stack][layer].stretch(key, a, b)
        for gaps in self.gaps:
            for gap in gaps:
                gap.pack()

    def measure(self, item: int) -> None:
        """The length of an item's block along the flow."""
        cell = self.cells[item]
        total = cell.lead + cell.length + cell.tail
        for layer, gap in zip(self.tree.stacks[item], self.gaps[item], strict=True):
            total += gap.length + max(self.length[inner] for inner in layer)
        self.length[item] = total

    def stack_up(self, item: int) -> None:
        """Where the gaps and layers of an item's stack begin."""
        cell = self.cells[item]
        at = self.start[item] + cell.lead + cell.length + cell.tail
        for layer, gap in zip(self.tree.stacks[item], self.gaps[item], strict=True):
            gap.top = at
            at += gap.length
            for inner in layer:
                self.start[inner] = at
            at += max(self.length[inner] for inner in layer)

    def card_box(self, item: int) -> Box:
        """The card's box with *across* as x and *along* as y."""
        cell, top = self.cells[item], self.start[item] + self.cells[item].lead
        return Box(self.axis[item] - cell.before, top, self.axis[item] + cell.after, top + cell.length)

    def ports(self, item: int) -> tuple[float, float]:
        """Where along the flow edges enter and leave."""
        cell, box = self.cells[item], self.card_box(item)
        if cell.round:
            middle = (box.top + box.bottom) / 2
            return middle - cell.round, middle + cell.round
        return box.top, box.bottom

    def line(self, pieces: list[int]) -> list[Point]:
        """The corners of an edge of the picture, (across, along)."""
        return [point for piece in pieces for point in self.piece(piece)]

    def piece(self, edge: int) -> list[Point]:
        """The corners of one piece of an edge."""
        source, target = self.edges[edge]
        points: list[Point] = [(self.axis[source], self.ports(source)[1])]
        for stack, layer, key, a, b in self.turns(edge):
            if abs(a - b) > 1e-6:
                along = self.gaps[stack][layer].position(key)
                points += [(a, along), (b, along)]
        entry, leave = self.ports(target)
        if self.enters_sideways(target, self.ways[edge]):
            middle = (entry + leave) / 2
            lane = self.lane_axis(self.ways[edge][-1])
            points += [(lane, middle), (self.axis[target] - self.cells[target].round, middle)]
        else:
            points.append((self.axis[target], entry))
        return points

    def frame_boxes(self, labels: Sequence[tuple[float, float]], reaches: Sequence[tuple[int, float]]) -> list[Box]:
        """The box of every frame, inner ones first made: around cards, inner frames and enclosed lanes.

        ``labels`` is the room for its label at the start along the flow, and on the far side across it.
        """
        inner: list[list[Box]] = [[] for _ in self.frames]
        innermost: list[list[int]] = [[] for _ in self.frames]
        parent: list[int | None] = [None] * len(self.frames)
        for item, numbers in enumerate(self.around):
            for outer, number in pairwise(numbers):
                parent[number] = outer
            if numbers and self.cells[item] is not _NOTHING:
                innermost[numbers[-1]].append(item)
        for stack, lanes in enumerate(self.lanes.of_stack):
            for lane in lanes.values():
                if lane.wraps:
                    numbers = self.around[min(self.tree.stacks[stack][lane.first])][: lane.wraps]
                    inner[numbers[-1]].append(self.lane_box(lane))
        boxes: list[Box] = [Box(0, 0, 0, 0)] * len(self.frames)
        for number in reversed(range(len(self.frames))):
            parts = inner[number] + [self.card_box(item) for item in innermost[number]]
            box = parts[0]
            for part in parts[1:]:
                box = box.union(part)
            along, across = labels[number] if labels else (0.0, 0.0)
            box = Box(box.left - PAD, box.top - PAD - along, box.right + PAD + across, box.bottom + PAD)
            if reaches:
                card, reach = reaches[number]
                box = box.union(Box(box.right, box.top, self.axis[self.items[card]] + reach, box.top))
            boxes[number] = box
            outer = parent[number]
            if outer is not None:
                inner[outer].append(box)
        return boxes

    def lane_box(self, lane: Lane) -> Box:
        layers = self.tree.stacks[lane.stack]
        first, last = layers[lane.first][0], layers[lane.last]
        while self.cells[first] is _NOTHING:  # the frame begins at the first card, below the splits above it
            first = self.tree.stacks[first][0][0]
        end = max(self.start[inner] + self.length[inner] for inner in last)
        x = self.lane_axis(lane)
        return Box(x, self.start[first] + self.cells[first].lead, x, end)


def lay_out(
    cells: Sequence[Cell],
    edges: Sequence[tuple[int, int]],
    frames: Sequence[Sequence[int]] = (),
    reaches: Sequence[tuple[int, float]] = (),
    *,
    direction: str = "TB",
    labels: Sequence[tuple[float, float]] = (),
    margin: float = 12.0,
) -> Layout:
    """Place cards, edges and frames.

    Args:
        cells: the cards in topological order.
        edges: pairs of cards, no pair twice.
        frames: per frame its cards; outer before inner, nested or apart.
        reaches: per frame a card, and how far from its axis the frame must reach for its label.
        direction: ``TB`` or ``LR``.
        labels: per frame room for its label, before its first card along the flow and after its cards across it.
        margin: around the whole picture.
    """
    engine = _Engine(cells, edges, frames)
    engine.run()
    boxes = [engine.card_box(item) for item in engine.items]
    lines = [engine.line(pieces) for pieces in engine.pieces]
    around = engine.frame_boxes(labels, reaches)
    everything = [*boxes, *around, *(Box(x, y, x, y) for line in lines for x, y in line)] or [Box(0, 0, 0, 0)]
    left, top = min(box.left for box in everything) - margin, min(box.top for box in everything) - margin
    right, bottom = max(box.right for box in everything) + margin, max(box.bottom for box in everything) + margin
    turned = direction == "LR"

    def place(x: float, y: float) -> Point:
        x, y = round((x - left) * 2) / 2, round((y - top) * 2) / 2
        return (y, x) if turned else (x, y)

    def place_box(box: Box) -> Box:
        (a, b), (c, d) = place(box.left, box.top), place(box.right, box.bottom)
        return Box(a, b, c, d)

    centres = [place(engine.axis[item], (box.top + box.bottom) / 2) for item, box in zip(engine.items, boxes, strict=True)]
    width, height = place(right, bottom)
    return Layout(
        [place_box(box) for box in boxes],
        centres,
        [[place(x, y) for x, y in line] for line in lines],
        [place_box(box) for box in around],
        width,
        height,
    )


def columns(inputs: Sequence[Sequence[int]]) -> list[int]:
    """Per card a number that cards of one column share: a card alone in its layer continues the column above it."""
    tree = nest([[], *[[source + 1 for source in sources] for sources in inputs]])
    column = list(range(len(tree.parent)))
    for item in range(1, len(column)):
        above = tree.parent[item]
        if above and len(tree.stacks[above][tree.layer[item]]) == 1:
            column[item] = column[above]
    return column[1:]
