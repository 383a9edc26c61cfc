"""The graphs of a model on the page: the first as SVG, all others as plain data that the page draws in the same way.

A card, a block, a merge and a frame is drawn once for all the graphs that it is the same in, and placed in each of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise

from cnnspec.record import record
from cnnspec.render.display import Group, Path, Picture, Polygon
from cnnspec.render.graph.draw import draw_view
from cnnspec.render.graph.view import View
from cnnspec.render.page.derivations import Pool
from cnnspec.render.page.drawing import Element, Origin, draw_group, frame_picture
from cnnspec.render.page.markup import clean
from cnnspec.render.page.states import State, States
from cnnspec.render.svg import number, path_data

_NODES = ("card", "block", "merge")


@record
class Placed:
    """A group, and the upper left corner and the width of its box."""

    group: Group
    attributes: dict[str, str]
    left: float
    top: float
    width: float

    @property
    def element(self) -> Element:
        """The group where it stands."""
        name, attributes, children = draw_group(self.group, Origin(self.left, self.top), **self.attributes)
        return name, {**attributes, "transform": f"translate({number(self.left)} {number(self.top)})"}, children

    @property
    def piece(self) -> list[object]:
        """The group wherever it stands, and however wide."""
        return _plain(draw_group(self.group, Origin(self.left, self.top, self.width), **self.attributes))


@record
class Drawn:
    """One graph as elements: frames and nodes with their places, and edges by the numbers of their nodes."""

    picture: Picture
    frames: tuple[Placed, ...]
    edges: tuple[tuple[int, int, int, str, str, bool], ...]
    nodes: tuple[Placed, ...]


def draw_graph(view: View) -> Drawn:
    """A view as elements; nodes know the rows that they stand for, frames and closed blocks how to say what a click does."""
    picture = draw_view(view)
    groups = [item for item in picture.items if isinstance(item, Group)]
    place = {card.path: at for at, card in enumerate(view.cards)}
    return Drawn(
        picture,
        tuple(_placed(group, {"role": "button", "tabindex": "-1"}) for group in groups if group.kind == "frame"),
        tuple(_edge(group, place) for group in groups if group.kind == "edge"),
        tuple(_placed(group, _node(view, place, group)) for group in groups if group.kind in _NODES),
    )


def _node(view: View, place: dict[str, int], group: Group) -> dict[str, str]:
    card = view.cards[place[group.key]]
    return {"data-rows": write_ranges(card.members), "data-head": str(card.rows[0].index), "role": "button", "tabindex": "-1"}


def _placed(group: Group, attributes: dict[str, str]) -> Placed:
    assert group.box is not None
    return Placed(group, attributes, group.box.left, group.box.top, group.box.width)


def _edge(group: Group, place: dict[str, int]) -> tuple[int, int, int, str, str, bool]:
    """(source, target, connections, line, head, whether it is an error's)."""
    line, head = group.items
    assert isinstance(line, Path)
    assert isinstance(head, Polygon)
    corners = " ".join(f"{number(x)},{number(y)}" for x, y in head.points)
    source, target = place[group.data["from"]], place[group.layer]
    return source, target, int(group.data["count"]), path_data(line), corners, line.paint.stroke == "error"


def write_graph(drawn: Drawn, key: str) -> Element:
    """A graph as an svg element."""
    edges = [_edge_element(drawn, *edge) for edge in drawn.edges]
    around = [frame.element for frame in drawn.frames]
    return frame_picture(drawn.picture, [*around, *edges, *(node.element for node in drawn.nodes)], key)


def _edge_element(drawn: Drawn, source: int, target: int, count: int, line: str, head: str, error: bool) -> Element:
    first, second = (clean(drawn.nodes[at].group.layer) for at in (source, target))
    title = f"{first} → {second}" + (f", {count} connections" if count > 1 else "")
    attributes = {"class": "edge error" if error else "edge", "data-from": first, "data-to": second}
    shapes: tuple[Element, ...] = (("path", {"d": line}, ()), ("polygon", {"points": head}, ()))
    return "g", attributes, (("title", {}, (title,)), *shapes)


def pack_graphs(states: States, pool: Pool) -> list[dict[str, object]]:
    """All states of a model: the first, then those with fewer cards before those with more.

    Each has its size, its frames and nodes as (piece, x, y, width), its edges, to which state a click on a block or a frame
    leads, and which ones show the next more and less.
    """
    order = {state: at for at, state in enumerate((states.first, *(state for state in states.views if state != states.first)))}
    drawn = {state: draw_graph(states.views[state]) for state in order}
    packed = [_pack(drawn[state], pool) for state in order]
    for state, graph in zip(order, packed, strict=True):
        graph["opens"] = _links(order, states.blocks(state), lambda path, state=state: states.opened(state, path))
        graph["closes"] = _links(order, states.frames(state), lambda path, state=state: states.closed(state, path))
        more, less = states.beside(state)
        graph |= {"more": None if more is None else order[more], "less": None if less is None else order[less]}
    return packed


def _links(order: dict[State, int], paths: Iterable[str], lead: Callable[[str], State | None]) -> dict[str, int]:
    found = {path: lead(path) for path in paths}
    return {clean(path): order[state] for path, state in found.items() if state is not None}


def _pack(drawn: Drawn, pool: Pool) -> dict[str, object]:
    def keep(placed: Placed) -> list[object]:
        piece = placed.piece
        return [pool.keep(("drawn", repr(piece)), piece), round(placed.left, 2), round(placed.top, 2), round(placed.width, 2)]

    return {
        "size": [round(drawn.picture.width, 2), round(drawn.picture.height, 2)],
        "frames": list(map(keep, drawn.frames)),
        "nodes": list(map(keep, drawn.nodes)),
        "edges": [[source, target, count, line, head, int(error)] for source, target, count, line, head, error in drawn.edges],
    }


def _plain(element: Element) -> list[object]:
    """An element as ``[tag, attributes, …children]``."""
    name, attributes, children = element
    return [name, attributes, *(child if isinstance(child, str) else _plain(child) for child in children)]


def write_ranges(numbers: Iterable[int]) -> str:
    """``0-3,7`` of 0, 1, 2, 3 and 7."""
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in _ranges(sorted(numbers)))


def _ranges(numbers: list[int]) -> Iterator[tuple[int, int]]:
    start: int | None = None
    for before, after in pairwise([*numbers, None]):
        start = before if start is None else start
        if before is not None and start is not None and after != before + 1:
            yield start, before
            start = None
