"""Where the solids of a volumes picture go, and the picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import chain, pairwise

from cnnspec.analysis.report import ModelReport
from cnnspec.render.display import (
    Box,
    Ellipse,
    Group,
    Item,
    Paint,
    Path,
    Picture,
    Point,
    Polygon,
    Rectangle,
    Step,
    Text,
    arrow_head,
    rounded_line,
)
from cnnspec.render.figure import MARGIN, figure
from cnnspec.render.graph.faces import frame_lines
from cnnspec.render.graph.framing import sound_frames
from cnnspec.render.graph.view import Frame, View, build_view
from cnnspec.render.volumes.arrange import fold_flatten, kept_frames
from cnnspec.render.volumes.cuboid import Cuboid
from cnnspec.render.volumes.rows import BETWEEN, Row, label_of, lay_out_rows
from cnnspec.render.volumes.solids import LINE, NESTED, RADIUS, SIZE, Solid, Solids
from cnnspec.render.volumes.windows import window

#: Numbers of solids above which blocks stay closed, tried in turn until the picture is not much too wide.
ENOUGH, TOO_WIDE = (25, 20, 16, 12), 1.4
#: How long a row may be where no width is asked for; a narrower page has shorter rows, for a text of 6 pt.
LONGEST, SHORTEST = 900.0, 200.0
#: How round the turns of skips are.
BEND = 14.0


def volumes_picture(report: ModelReport, *, expand: str | Sequence[str] | None = None, longest: float = LONGEST) -> Picture:
    """Layers as boxes in cabinet projection from left to right, after figure 2 of Krizhevsky et al. 2012.

    Args:
        report: the model with its figures.
        expand: ``"all"``, or blocks to open besides those that fit.
        longest: how long a row may be.

    Raises:
        RenderError: a size is unknown, or there are more than three spatial axes.
    """
    *tries, least = ENOUGH
    for enough in tries:
        picture = draw_view(build_view(report, expand, enough), longest)
        if picture.width <= TOO_WIDE * max(longest, SHORTEST) or expand == "all":
            return picture
    return draw_view(build_view(report, expand, least), longest)


def draw_view(whole: View, longest: float = LONGEST) -> Picture:
    """The picture of one view."""
    view = fold_flatten(whole)
    frames = kept_frames(view)
    solids = Solids(view, frames).all()
    rows = lay_out_rows(view, solids, frames, max(longest, SHORTEST) - 2 * MARGIN)
    items: list[Item] = [_frame(view, frame, box) for row in rows for frame, box in _drawn_frames(row)]
    items += [_connector(a, b, solids) for a, b in pairwise(rows)]
    windows: list[Group] = []
    for row in rows:
        for number in range(len(row.edges)):
            _draw_edge(row, number, solids, items, windows)
    around: dict[str, list[Group]] = {}
    for group in windows:
        for path in (group.layer, group.data["from"]):
            around.setdefault(path, []).append(group)
    for solid in solids:
        near = around.get(solid.path, [])
        rays = [item for group in near for item in group.items if isinstance(item, Path) and item.key.endswith(".rays")]
        items.append(_merge(solid) if solid.kind == "merge" else _solid(solid, rays))
    return figure(view.report, [*items, *windows], "volumes", "The layers of {} as volumes from left to right")


def _drawn_frames(row: Row) -> list[tuple[Frame, Box]]:
    cards = [[row.at(card) for card in frame.cards] for frame in row.frames]
    kept = sound_frames(cards, row.layout.boxes, row.layout.frames)
    return [(row.frames[at], _lowered(row.layout.frames[at], row.top)) for at in kept]


def _lowered(box: Box, by: float) -> Box:
    return Box(box.left, box.top + by, box.right, box.bottom + by)


def _frame(view: View, frame: Frame, box: Box) -> Group:
    path, lines = frame.part.path, label_of(view, frame)
    title = f"{path}: {', '.join(frame_lines(view, frame))}"
    outline = Rectangle(box, Paint(None, "frame", 1, "4 3"), f"{path}.frame", path, title, 6)
    top = box.bottom - 5 - LINE * (len(lines) - 1)
    texts = [
        Text(box.left + 7, top + LINE * at, text, SIZE, at == 0, fill="ink" if at == 0 else "soft")
        for at, text in enumerate(lines)
    ]
    data = {"times": str(frame.times), "loops": str(frame.loops)}
    return Group("frame", f"{path}.group", path, title, (outline, *texts), box, data)


def _connector(before: Row, after: Row, solids: Sequence[Solid]) -> Group:
    """From the end of one row to the beginning of the next, between the two."""
    (x, y), (u, v) = before.layout.centres[-1], after.layout.centres[0]
    y, v, between = y + before.top, v + after.top, after.top - BETWEEN / 2
    points: list[Point] = [(x, y), (x + BEND, y), (x + BEND, between), (u - BEND, between), (u - BEND, v), (u, v)]
    path = solids[before.last - 1].path
    title = f"the output of {path} goes on in the next row"
    line = Path(rounded_line(points, BEND), Paint(None, "line", 1.2), f"{path}.turn.line", path, title)
    return Group("turn", f"{path}.turn", path, title, (line,), None, {"into": solids[after.first].path})


def _draw_edge(row: Row, number: int, solids: Sequence[Solid], items: list[Item], windows: list[Group]) -> None:
    """One connection: a window's rays where the two stand beside each other, else a line with a head."""
    source, target = row.edges[number]
    points = [(x, y + row.top) for x, y in row.layout.lines[number]]
    level = len({y for _, y in points}) == 1
    if level and row.first <= source and target < row.last:
        seen = window(solids[source], solids[target])
        if seen is not None:
            windows.append(seen)
            return
    joints: list[tuple[Step, ...]] = []
    if row.first <= source and solids[source].kind != "merge":
        points[0] = (_leaving(solids[source], points[0][1]), points[0][1])
        joints += _joint(solids[source], points[0][0], -3.0)
    if target < row.last and solids[target].kind != "merge":
        points[-1] = (_entering(solids[target], points[-1][1]), points[-1][1])
        joints += _joint(solids[target], points[-1][0], 3.0)
    items.append(_edge(solids[source], solids[target] if target < row.last else None, points, joints))


def _leaving(solid: Solid, y: float) -> float:
    """Where a level line leaves a solid."""
    if solid.lanes > 1:
        return solid.box.right + solid.overhang
    last = solid.cuboids[-1]
    return last.box.right - max(0.0, y - (last.top + last.height - last.across))


def _entering(solid: Solid, y: float) -> float:
    """Where a level line meets a solid."""
    if solid.lanes > 1:
        return solid.x - solid.lead
    first = solid.cuboids[0]
    return first.left + max(0.0, first.top - y)


def _joint(solid: Solid, x: float, inwards: float) -> list[tuple[Step, ...]]:
    """A bracket that joins the lanes of a solid where a line meets them all."""
    if solid.lanes == 1:
        return []
    top, bottom = solid.box.top, solid.box.bottom
    corners = [(x + inwards, top), (x, top), (x, bottom), (x + inwards, bottom)]
    return [(("M", (corners[0],)), *(("L", (corner,)) for corner in corners[1:]))]


def _edge(source: Solid, target: Solid | None, points: list[Point], joints: list[tuple[Step, ...]]) -> Group:
    paint = Paint(None, "line", 1.2)
    if target is None:
        title, key = f"{source.path} goes on in the next row", f"{source.path}--"
        steps = (*rounded_line(points, BEND), *chain(*joints))
        line = Path(steps, paint, f"{key}.line", source.path, title)
        return Group("edge", key, source.path, title, (line,), None, {"from": source.path})
    title, key = f"{source.path} → {target.path}", f"{source.path}--{target.path}"
    head = arrow_head(points[-1], points[-2])
    middle = ((head[1][0] + head[2][0]) / 2, (head[1][1] + head[2][1]) / 2)
    steps = (*rounded_line([*points[:-1], middle], BEND), *chain(*joints))
    line = Path(steps, paint, f"{key}.line", target.path, title)
    arrow = Polygon(head, Paint("line"), f"{key}.head", target.path, title)
    return Group("edge", key, target.path, title, (line, arrow), None, {"from": source.path})


def _solid(solid: Solid, rays: Sequence[Path]) -> Group:
    """The cuboids back to front, the numbers on their edges, and the texts below."""
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
    items += _texts(solid, solid.axis + solid.below)
    kind = "block" if solid.card.run is not None else "volume"
    data = {**solid.data, "lanes": str(solid.lanes), "form": solid.kind}
    return Group(kind, path, path, solid.title, tuple(items), None, data)


def _texts(solid: Solid, top: float) -> list[Text]:
    return [
        Text(solid.middle, top + LINE * at + 8, text, SIZE, bold, "middle", "ink" if bold else "soft")
        for at, (text, bold) in enumerate(solid.lines)
    ]


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


def _merge(solid: Solid) -> Group:
    x, y = solid.x, solid.axis
    path = solid.path
    circle = Box(x - RADIUS, y - RADIUS, x + RADIUS, y + RADIUS)
    items: list[Item] = [
        Ellipse(circle, Paint(solid.role, "line"), f"{path}.circle", path, path),
        Text(x, y + 5, solid.sign, 14, True, "middle", "label"),
        *_texts(solid, y + RADIUS + 4),
    ]
    return Group("merge", path, path, solid.title, tuple(items), None, solid.data)
