"""Which cards and frames a picture of rows keeps of a view, and where rows begin."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import accumulate, pairwise

from cnnspec.render.graph.view import Card, Edge, Frame, View

#: The number of cards above which a frame around a single pass would only stand in the way of rows.
LONG_FRAME = 5
#: A row so much shorter than another is joined to the rest where one row for all is at most so much too long.
UNEVEN, STRETCH = 0.4, 1.6


def fold_flatten(view: View) -> View:
    """The view without cards of their own for what only flattens: they belong to the dense layer that follows."""
    into: dict[int, int] = {}
    framed = _frames_around(view)
    readers = _neighbours(view, backwards=False)
    inputs = _neighbours(view, backwards=True)
    for at, card in enumerate(view.cards):
        if card.kind != "layer" or len(card.rows) != 1 or card.rows[0].kind != "Flatten" or len(readers[at]) != 1:
            continue
        after = readers[at][0]
        if _is_dense(view.cards[after]) and inputs[after] == [at] and framed[at] == framed[after]:
            into[at] = after
    return _without(view, into) if into else view


def _frames_around(view: View) -> list[list[int]]:
    around: list[list[int]] = [[] for _ in view.cards]
    for number, frame in enumerate(view.frames):
        for card in frame.cards:
            around[card].append(number)
    return around


def _neighbours(view: View, *, backwards: bool) -> list[list[int]]:
    found: list[list[int]] = [[] for _ in view.cards]
    for edge in view.edges:
        here, there = (edge.target, edge.source) if backwards else (edge.source, edge.target)
        found[here].append(there)
    return found


def _is_dense(card: Card) -> bool:
    return card.kind == "layer" and card.rows[0].layer.family == "dense"


def _without(view: View, into: dict[int, int]) -> View:
    kept = [at for at in range(len(view.cards)) if at not in into]
    number = {at: place for place, at in enumerate(kept)}
    cards = [replace(view.cards[at]) for at in kept]
    for at, target in into.items():
        card = cards[number[target]]
        card.members = (*view.cards[at].members, *card.members)
        card.inside += sum(edge.count for edge in view.edges if edge.source == at)
    edges = [
        Edge(number[edge.source], number[into.get(edge.target, edge.target)], edge.count)
        for edge in view.edges
        if edge.source not in into
    ]
    frames = [replace(frame, cards=[number[card] for card in frame.cards if card in number]) for frame in view.frames]
    return View(view.report, cards, sorted(edges, key=lambda edge: (edge.target, edge.source)), [f for f in frames if f.cards])


def kept_frames(view: View) -> list[Frame]:
    """The frames that say something here: repeated passes, and the innermost around several cards.

    A chain in a frame is never broken; where one of them is long, chains have no frames.
    """
    innermost: dict[int, int] = {}
    for number, frame in enumerate(view.frames):
        if len(frame.cards) > 1:
            for card in frame.cards:
                innermost[card] = number
    cuts = _cuts(len(view.cards), view.edges, ())
    kept, chains = [False] * len(view.frames), list[int]()
    for number, frame in enumerate(view.frames):
        kept[number] = frame.times > 1
        if len(frame.cards) > 1 and all(innermost[card] == number for card in frame.cards):
            broken = any(frame.cards[0] < cut <= frame.cards[-1] for cut in cuts)
            kept[number] |= not broken
            chains += [number] if broken else []
    short = all(len(view.frames[number].cards) <= LONG_FRAME for number in chains)
    return [frame for number, frame in enumerate(view.frames) if kept[number] or (short and number in chains)]


def breakable_frames(view: View, frames: Sequence[Frame], *, cuts_skips: bool) -> list[Frame]:
    """Those of some frames without which a row could begin inside them; repeated passes keep theirs."""
    cuts = _cuts(len(view.cards), view.edges, ())
    if cuts_skips:
        cuts += _cuts_of_skips(len(view.cards), view.edges, ())
    return [frame for frame in frames if frame.times == 1 and any(frame.cards[0] < cut <= frame.cards[-1] for cut in cuts)]


def split_rows(
    lengths: Sequence[float],
    edges: Sequence[Edge],
    frames: Sequence[Frame],
    limit: float,
    gap: float,
    *,
    cuts_skips: bool = False,
) -> list[int]:
    """Where rows begin: as few as the limit allows, and as even as these can be.

    A row begins where a single value crosses: everything behind reads one card, the last of the row before. Skips may cross
    too where they must.

    Args:
        lengths: per card, its reach along the flow.
        edges: connections in topological order.
        frames: none of them is cut.
        limit: how long a row may be.
        gap: between two cards.
        cuts_skips: whether a row that is too long may begin where skips cross.
    """
    places = places_along(lengths, edges, gap)
    cuts = _cuts(len(lengths), edges, frames)
    reach = list(accumulate((place + own for place, own in zip(places, lengths, strict=True)), max))

    def length(first: int, last: int) -> float:
        return reach[last - 1] - places[first]

    if cuts_skips:
        pieces = [pair for pair in pairwise([0, *cuts, len(lengths)]) if length(*pair) > limit]
        further = _cuts_of_skips(len(lengths), edges, frames) if pieces else []
        cuts = sorted({*cuts, *(at for at in further for first, last in pieces if first < at < last)})
    ends = [*cuts, len(lengths)]
    # A row that cannot be broken makes the picture wide: the others may be as long.
    limit = max(limit, *(length(first, end) for first, end in zip([0, *cuts], ends, strict=True)))
    if length(0, len(lengths)) <= limit:
        return [0]
    starts = _evenest([0, *ends], length, limit)
    rows = [length(first, end) for first, end in pairwise([*starts, len(lengths)])]
    uneven = min(rows) < UNEVEN * max(rows) and length(0, len(lengths)) <= STRETCH * limit
    return [0] if uneven else starts


def _evenest(borders: Sequence[int], length: Callable[[int, int], float], limit: float) -> list[int]:
    """Where rows begin that are as few as the limit allows, and of these the evenest: the least sum of squared lengths.

    Args:
        borders: the cards at which a row can begin or end, the first and behind the last; what is between two fits.
        length: of a row from one card to another, the latter excluded.
        limit: how long a row may be.
    """
    last = len(borders) - 1
    costs: list[tuple[int, float]] = [(0, 0.0)] * (last + 1)  # per border the rows behind it, and their squares
    ends = [last] * (last + 1)
    for at in range(last - 1, -1, -1):
        best: tuple[int, float] | None = None
        for end in range(at + 1, last + 1):
            own = length(borders[at], borders[end])
            if best is not None and own > limit:
                break
            rows, squares = costs[end][0] + 1, costs[end][1] + own * own
            if best is None or rows < best[0] or (rows == best[0] and squares <= best[1] + 1e-6):  # the longest rows first
                best, ends[at] = (rows, squares), end
        assert best is not None
        costs[at] = best
    starts = [0]
    while ends[starts[-1]] < last:
        starts.append(ends[starts[-1]])
    return [borders[at] for at in starts]


def places_along(lengths: Sequence[float], edges: Sequence[Edge], gap: float) -> list[float]:
    """How far along the flow each card begins."""
    places = [0.0] * len(lengths)
    for edge in edges:
        places[edge.target] = max(places[edge.target], places[edge.source] + lengths[edge.source] + gap)
    return places


def _cuts(count: int, edges: Sequence[Edge], frames: Sequence[Frame]) -> list[int]:
    """Cards at which a row can begin."""
    reach = list(range(count))  # the last card that reads this one
    for edge in edges:
        reach[edge.source] = max(reach[edge.source], edge.target)
    framed = {card for frame in frames for card in range(frame.cards[0] + 1, frame.cards[-1] + 1)}
    found: list[int] = []
    furthest = 0  # that is read behind the last card
    for at in range(1, count):
        furthest = max(furthest, reach[at - 2] if at > 1 else 0)
        if furthest < at <= reach[at - 1] and at not in framed:
            found.append(at)
    return found


def _cuts_of_skips(count: int, edges: Sequence[Edge], frames: Sequence[Frame]) -> list[int]:
    """Cards at which a row can begin with nothing but skips across besides the value before it.

    A skip leads to a card that reads several values, from one that another card has read before.
    """
    inputs, first_reader = [0] * count, [count] * count
    for edge in edges:
        inputs[edge.target] += 1
        first_reader[edge.source] = min(first_reader[edge.source], edge.target)
    changes = [0] * (count + 2)  # of the number of other values across
    for edge in edges:
        last = edge.target if inputs[edge.target] < 2 else min(edge.target, first_reader[edge.source])
        if last >= edge.source + 2:
            changes[edge.source + 2] += 1
            changes[last + 1] -= 1
    others = list(accumulate(changes))
    framed = {card for frame in frames for card in range(frame.cards[0] + 1, frame.cards[-1] + 1)}
    onward = {edge.target for edge in edges if edge.source == edge.target - 1}
    return [at for at in range(1, count) if not others[at] and at in onward and at not in framed]
