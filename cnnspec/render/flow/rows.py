"""Where things go that stand in rows from left to right: in each row the layout of graphs."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from cnnspec.render.flow.arrange import split_rows
from cnnspec.render.flow.captions import wrap_text
from cnnspec.render.flow.standing import LINE, RADIUS, SIZE, Standing, Tag
from cnnspec.render.fonts import text_width, wrap_name
from cnnspec.render.graph.faces import MOST_LINES, frame_lines, run_head
from cnnspec.render.graph.layout import GAP, PAD, Cell, Layout, columns, lay_out
from cnnspec.render.graph.view import Edge, Frame, View

#: Between rows; how far the lines that join them reach beyond their ends.
BETWEEN, BEND = 26.0, 14.0
#: How often shorter rows are tried, and by how much shorter at least.
ROUNDS, STEP = 12, 12.0
#: How wide the label of a frame becomes.
LABEL = 150.0


@dataclass(slots=True)
class Row:
    """Some cards from left to right, with a port where the value of the row before comes in and one where it leaves."""

    first: int
    last: int
    layout: Layout
    frames: list[Frame]
    edges: list[tuple[int, int]]
    comes: bool
    leaves: bool
    top: float = 0.0

    @property
    def width(self) -> float:
        """How long it is, with the lines that join it to others."""
        return self.layout.width + BEND * (bool(self.comes or self.leaves) + self.leaves)

    def at(self, card: int) -> int:
        """The number of a card's cell."""
        return card - self.first + (self.first > 0)


def lay_out_rows(
    view: View, standing: Sequence[Standing], frames: Sequence[Frame], longest: float, *, cuts_skips: bool
) -> list[Row]:
    """Rows no longer than asked for, where that can be; everything is put in its place.

    Args:
        view: the cards.
        standing: one for each of them.
        frames: those of the view's frames that are drawn.
        longest: how long a row may be.
        cuts_skips: whether skips may lead from row to row, by tags.
    """
    rows, limit, tried = list[Row](), longest, list[int]()
    for _ in range(ROUNDS):
        starts = split_rows([one.length for one in standing], view.edges, frames, limit, GAP, cuts_skips=cuts_skips)
        if starts != tried:
            tried, ends = starts, [*starts[1:], len(standing)]
            _tag(view, standing, starts)
            rows = [_lay_out_row(view, standing, frames, starts, first, last) for first, last in zip(starts, ends, strict=True)]
        excess = max(row.width for row in rows) - longest
        if excess <= 0:
            break
        limit -= max(excess / 3, STEP)  # borders of frames and what joins rows take room too
    _place(rows, standing)
    return rows


def spread_rows(view: View, standing: Sequence[Standing], frames: Sequence[Frame], rows: Sequence[Row]) -> list[Row]:
    """The rows with more room around what stands in shorter ones, so that all of them are of one length."""
    widest, starts = max(row.width for row in rows), [row.first for row in rows]
    found: list[Row] = []
    for row in rows:
        more = (widest - row.width) / (row.last - row.first)
        longer = _lay_out_row(view, standing, frames, starts, row.first, row.last, more) if more else row
        found.append(longer if longer.width <= widest + 0.01 else row)
    _place(found, standing)
    return found


def _tag(view: View, standing: Sequence[Standing], starts: Sequence[int]) -> None:
    """Give tags to both ends of every connection that no line can draw, the same letter for one value."""
    cut = [edge for edge in view.edges if _is_cut(edge, starts)]
    letters = {source: _letter(at) for at, source in enumerate(sorted({edge.source for edge in cut}))}
    for one in standing:
        one.tags = []
    for edge in cut:
        letter, source, target = letters[edge.source], standing[edge.source], standing[edge.target]
        if all(tag.letter != letter for tag in source.tags):
            source.tags.append(Tag(letter, True, target.path))
        target.tags.append(Tag(letter, False, source.path))


def _letter(number: int) -> str:
    """A, B … Z, A2, B2 …"""
    turn, at = divmod(number, 26)
    return chr(ord("A") + at) + (str(turn + 1) if turn else "")


def _is_cut(edge: Edge, starts: Sequence[int]) -> bool:
    """Whether a connection leads from one row to another, but not from its last card to the next."""
    source, target = bisect_right(starts, edge.source) - 1, bisect_right(starts, edge.target) - 1
    return source != target and not (target == source + 1 and edge.source == starts[target] - 1)


def _lay_out_row(
    view: View,
    standing: Sequence[Standing],
    frames: Sequence[Frame],
    starts: Sequence[int],
    first: int,
    last: int,
    more: float = 0.0,
) -> Row:
    """Places for the cards of one row, with ports where other rows join it; each card with ``more`` room along the flow."""
    comes, leaves = first > 0, last < len(standing)
    pairs: dict[tuple[int, int], None] = {}
    for edge in view.edges:
        if (first <= edge.target < last or first <= edge.source < last) and not _is_cut(edge, starts):
            pairs[max(edge.source, first - 1), min(edge.target, last)] = None
    edges = [pair for pair in pairs if pair != (first - 1, last)]
    inside = [frame for frame in frames if first <= frame.cards[0] < last]
    row = Row(first, last, Layout([], [], [], [], 0, 0), inside, edges, comes, leaves)
    local = [(row.at(source), row.at(target)) for source, target in edges]
    cells = [*([Cell(0, 0, 0)] if comes else []), *_cells(standing[first:last]), *([Cell(0, 0, 0)] if leaves else [])]
    for cell in cells[comes : comes + last - first]:
        cell.length += more
    _align_texts(row, cells, local, standing)
    heights = _make_room_for_frames(view, row, cells, local)
    groups = [[row.at(card) for card in frame.cards] for frame in inside]
    room = max(heights, default=0.0)
    if room:
        tight = lay_out(cells, local, groups, direction="LR", margin=0.0)
        _make_room_for_labels(groups, heights, cells, tight)
    row.layout = lay_out(cells, local, groups, direction="LR", labels=[(0.0, room)] * len(groups), margin=0.0)
    return row


def _cells(standing: Sequence[Standing]) -> list[Cell]:
    cells: list[Cell] = []
    for one in standing:
        texts = LINE * len(one.lines)
        if one.kind == "merge":
            cells.append(Cell(RADIUS + one.above, RADIUS + 4 + texts, one.length, RADIUS))
        else:
            cells.append(Cell(one.height / 2 + one.above, one.height / 2 + one.edge + 4 + texts, one.length))
    return cells


def _align_texts(row: Row, cells: list[Cell], edges: Sequence[tuple[int, int]], standing: Sequence[Standing]) -> None:
    """Below what stands beside each other, texts begin at one height."""
    inputs: list[list[int]] = [[] for _ in cells]
    for source, target in edges:
        inputs[target].append(source)
    lowest: dict[int, float] = {}
    column = columns(inputs)
    here = [(row.at(card), standing[card]) for card in range(row.first, row.last) if standing[card].kind != "merge"]
    for at, one in here:
        lowest[column[at]] = max(lowest.get(column[at], 0.0), one.height / 2)
    for at, one in here:
        one.below = lowest[column[at]] + one.edge + 4
        cells[at].after = one.below + LINE * len(one.lines)


def label_of(view: View, frame: Frame) -> list[tuple[str, bool]]:
    """The lines of a frame's label: its name, how it is called, how often it is passed, what it holds; which are bold."""
    name, call = run_head(frame.run, frame.around)
    _, held = frame_lines(view, frame)
    names = [(line, True) for line in wrap_name(name, SIZE, LABEL)]
    texts = [*wrap_name(call, SIZE, LABEL, bold=False), *wrap_text(held, 125)] if call else wrap_text(held, 125)
    return [*names[:MOST_LINES], *((line, False) for line in texts[:MOST_LINES])]


def _make_room_for_frames(view: View, row: Row, cells: list[Cell], edges: Sequence[tuple[int, int]]) -> list[float]:
    """Room for borders around the cards in a frame, along the flow for its label too; how high each label is."""
    lengths = {number: label_of(view, frame) for number, frame in enumerate(row.frames)}
    for number, frame in reversed(list(enumerate(row.frames))):
        inside = {row.at(card) for card in frame.cards}
        for card in inside:
            cells[card].sides_before += PAD
            cells[card].sides_after += PAD
            if not any(target == card and source in inside for source, target in edges):
                cells[card].lead += PAD
            if not any(source == card and target in inside for source, target in edges):
                cells[card].tail += PAD
        wanted = max(text_width(text, SIZE, bold) for text, bold in lengths[number]) + 14 - 2 * PAD
        _stretch(cells, edges, inside, wanted)
    return [LINE * len(lines) + 5 for lines in lengths.values()]


def _make_room_for_labels(groups: Sequence[Sequence[int]], heights: Sequence[float], cells: list[Cell], tight: Layout) -> None:
    """Room below the lowest cards of each frame for its label, inner frames first: other cards need none."""
    room = max(heights)
    bottoms = [box.bottom for box in tight.boxes]
    for cards in reversed(groups):
        lowest = max(bottoms[card] for card in cards)
        for card in cards:
            if bottoms[card] > lowest - 1:
                cells[card].sides_after += room
                bottoms[card] += room


def _stretch(cells: list[Cell], edges: Sequence[tuple[int, int]], inside: set[int], wanted: float) -> None:
    """Lengthen the last of some cards so that all of them reach as far along the flow as a label needs."""
    start = dict.fromkeys(inside, 0.0)
    for source, target in sorted(edges, key=lambda edge: edge[1]):
        if source in inside and target in inside:
            start[target] = max(start[target], start[source] + cells[source].length + GAP)
    last = max(sorted(inside), key=lambda card: start[card] + cells[card].length)
    cells[last].length += max(0.0, wanted - start[last] - cells[last].length)


def _place(rows: Sequence[Row], standing: Sequence[Standing]) -> None:
    """Rows below each other, and in them everything in the middle of its cell."""
    top = 0.0
    for row in rows:
        row.top = top
        top += row.layout.height + BETWEEN
        for card in range(row.first, row.last):
            one, box, (x, y) = standing[card], row.layout.boxes[row.at(card)], row.layout.centres[row.at(card)]
            one.axis = y + row.top
            if one.kind == "merge":
                one.x = x
            else:
                one.x = box.left + (box.width - one.lead - one.width - one.overhang) / 2 + one.lead
            one.middle = box.centre[0]
