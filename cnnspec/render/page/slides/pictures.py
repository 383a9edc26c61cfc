"""Pictures on slides, with texts that are read from the back of a room: the whole network, and a layer among its neighbours."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import takewhile
from typing import Final

from cnnspec.analysis.report import ModelReport
from cnnspec.render.display import Picture, Text
from cnnspec.render.errors import RenderError
from cnnspec.render.flow.draw import LONGEST
from cnnspec.render.fonts import wrap_name
from cnnspec.render.gallery.choose import best_style
from cnnspec.render.graph.draw import draw_faces, draw_view, graph_picture
from cnnspec.render.graph.faces import HEAD, Face, Faces
from cnnspec.render.graph.view import Edge, View, build_view
from cnnspec.render.svg import clean

#: The room of the picture of a layer, of one below the words of the title, and of one beside them, on a slide 1280 wide.
_HALF: Final = (570.0, 420.0)
_BELOW: Final = (1180.0, 425.0)
_BESIDE: Final = (455.0, 640.0)
#: Pixels of a text that is read from the back, and of one in the picture of a whole network.
LEGIBLE: Final = 14.0
OVERVIEW: Final = 12.0
#: Numbers of cards above which blocks stay closed, tried in turn until the picture of a network can be read.
_ENOUGH: Final = (25, 16, 12, 8, 5, 1)
#: How long a row of volumes is where skips may lead from row to row by letters.
_SHORT: Final = 880.0
#: How wide a brief card is at least, and a line of its name.
_NARROW: Final = 110.0
_NAME: Final = 100.0


def whole_picture(report: ModelReport) -> Picture:
    """The network with as many blocks open as can be read; where nothing can, the picture with the largest texts."""
    best: Picture | None = None
    for picture in _overviews(report):
        size = text_size(picture, _BESIDE if picture.height > picture.width else _BELOW)
        if size >= OVERVIEW:
            return picture
        if best is None or size > text_size(best, _BESIDE if best.height > best.width else _BELOW):
            best = picture
    assert best is not None
    return best


def _overviews(report: ModelReport) -> Iterator[Picture]:
    """The network in the style that suits it best, then as volumes with fewer and fewer cards, at last with skips cut.

    Where sizes are unknown, graphs stand for volumes.
    """
    from cnnspec.render.volumes.draw import draw_view as draw_volumes

    style = best_style(report)
    if style == "maps":
        from cnnspec.render.maps.draw import maps_picture

        yield maps_picture(report)
    elif style == "graph":
        yield graph_picture(report, direction="LR" if len(report.rows) < 8 else "TB")
    for longest in (LONGEST, _SHORT):
        for enough in _ENOUGH:
            view = build_view(report, enough=enough)
            try:
                yield draw_volumes(view, longest)
            except RenderError:  # not every size is known
                yield draw_view(view)
                yield draw_view(view, "LR")


def text_size(picture: Picture, room: tuple[float, float]) -> float:
    """The pixels of the smallest text of a picture that fills some room."""
    scale = min(room[0] / picture.width, room[1] / picture.height)
    return scale * min((item.size for item, _ in picture.walk() if isinstance(item, Text)), default=0.0)


def neighbours_picture(view: View, index: int) -> Picture:
    """The card of a row with the cards that it reads and that read it; only their names and shapes where all is
    too small, or a name is cut.
    """
    near = neighbours(view, index)
    picture = draw_view(near)
    cut = any(isinstance(item, Text) and "…" in (item.lead[-1:], item.text[-1:]) for item, _ in picture.walk())
    if text_size(picture, _HALF) >= LEGIBLE and not cut:
        return picture
    maker = Faces(near)
    parts = [card.path.split("/")[:-1] for card in near.cards]
    shared = sum(1 for _ in takewhile(lambda names: len(set(names)) == 1, zip(*parts, strict=False)))
    return draw_faces(near, [_brief(maker.of(at), near, at, shared) for at in range(len(near.cards))])


def _brief(face: Face, view: View, at: int, shared: int) -> Face:
    """A face with name, kind and shape alone; the first parts of its path are those of all names."""
    row, name = view.cards[at].rows[0], "/".join(view.cards[at].path.split("/")[shared:])
    face.head = [(line, "") for line in wrap_name(clean(name), HEAD, _NAME)]
    face.chips = []
    if face.sign:
        return face
    face.head.append(("", row.kind))
    face.facts, face.narrowest = [(str(view.cards[at].rows[-1].output_shape), "")], _NARROW
    return face


def neighbours(view: View, index: int, most: int = 3) -> View:
    """The card of a row with the cards that it reads and that read it, and the edges between them and it."""
    own = next(at for at, card in enumerate(view.cards) if index in card.members)
    before = [edge.source for edge in view.edges if edge.target == own][:most]
    after = [edge.target for edge in view.edges if edge.source == own][:most]
    chosen = sorted({*before, own, *after})
    place = {at: number for number, at in enumerate(chosen)}
    kept = [edge for edge in view.edges if own in (edge.source, edge.target) and edge.source in place and edge.target in place]
    edges = [Edge(place[edge.source], place[edge.target], edge.count) for edge in kept]
    return View(view.report, [view.cards[at] for at in chosen], edges, [])
