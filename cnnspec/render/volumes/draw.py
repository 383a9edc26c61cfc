"""From a report to its layers as volumes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from cnnspec.analysis.report import ModelReport
from cnnspec.render.display import Group, Item, Paint, Path, Picture, Polygon, Text
from cnnspec.render.figure import figure
from cnnspec.render.flow.cuboid import Cuboid
from cnnspec.render.flow.draw import LONGEST, draw_rows, draw_texts, draw_until_narrow
from cnnspec.render.flow.standing import SIZE, Standing
from cnnspec.render.graph.view import Frame, View
from cnnspec.render.volumes.solids import NESTED, Solid, Solids
from cnnspec.render.volumes.windows import window


def volumes_picture(report: ModelReport, *, expand: str | Sequence[str] | None = None, longest: float | None = None) -> Picture:
    """Layers as boxes in cabinet projection from left to right, after figure 2 of Krizhevsky et al. 2012.

    Args:
        report: the model with its figures.
        expand: ``"all"``, or blocks to open besides those that fit.
        longest: how long a row may be.

    Raises:
        RenderError: a size is unknown, or there are more than three spatial axes.
    """
    return draw_until_narrow(report, expand, longest, draw_view)


def draw_view(whole: View, longest: float = LONGEST) -> Picture:
    """The picture of one view."""
    items = draw_rows(whole, _solids, draw_solid, window, longest)
    return figure(whole.report, items, "volumes", "The layers of {} as volumes from left to right")


def _solids(view: View, frames: Sequence[Frame]) -> list[Standing]:
    return Solids(view, frames).all()


def draw_solid(solid: Standing, rays: Sequence[Path]) -> Group:
    """The cuboids back to front, the numbers on their edges, and the texts below."""
    assert isinstance(solid, Solid)
    path, dash = solid.path, "3 2" if solid.card.run is not None else ""
    items: list[Item] = []
    for number, cuboid in enumerate(solid.cuboids):
        hidden = solid.kind == "cubes" and number < solid.count - 1
        seen = replace(cuboid, along=NESTED) if hidden else cuboid
        faces = [(".top", seen.upper()), ("", seen.front())] + ([] if hidden else [(".side", seen.side())])
        for name, points in faces:
            paint = Paint(solid.role + name, "label", 0.8, dash)
            items.append(Polygon(points, paint, f"{path}{name or '.front'}", path, path))
    items += _edge_labels(solid, rays)
    items += draw_texts(solid, solid.axis + solid.below)
    kind = "block" if solid.card.run is not None else "volume"
    data = {**solid.data, "lanes": str(solid.lanes), "form": solid.kind}
    return Group(kind, path, path, solid.title, tuple(items), None, data)


def _edge_labels(solid: Solid, rays: Sequence[Path]) -> list[Text]:
    upright, backwards, along = solid.edge_labels
    cuboids = solid.cuboids
    front = cuboids[-1]
    lanes = cuboids if solid.kind != "cubes" else [front]
    texts = [Text(one.left + one.along / 2, one.top + one.height + 10, along, SIZE, anchor="middle") for one in lanes]
    if upright:
        texts.append(_upright_label(solid, upright, rays))
    if backwards:
        texts.append(_slanted_label(front, backwards, rays))
    return texts


def _slanted_label(front: Cuboid, number: str, rays: Sequence[Path]) -> Text:
    """The number below the edge that goes backwards, lower where rays are in its way."""
    x, y = front.point(1, 1, 0.5)
    lowest = front.top + front.height + 10
    y += 8
    while True:
        text = Text(x + 3, y, number, SIZE)
        if y >= lowest or not _crossed(text, rays):
            return text
        y = min(y + 1, lowest)


def _crossed(text: Text, rays: Sequence[Path]) -> bool:
    return any(text.box.meets_segment(a, b) for path in rays for a, b in path.segments())


def _upright_label(solid: Solid, number: str, rays: Sequence[Path]) -> Text:
    """The number beside the upright edge, as near to its middle as rays and arrows leave room; else below it."""
    first = solid.cuboids[0]
    end = first.top + first.height + 1
    top = first.top + first.height / 2 - SIZE / 2
    while True:
        text = Text(first.left - 3, top + 0.76 * SIZE, number, SIZE, anchor="end")
        free = text.box.top >= solid.axis + 4 or text.box.bottom <= solid.axis - 4
        if top >= end or (free and not _crossed(text, rays)):
            return text
        top = min(top + 2, end)
