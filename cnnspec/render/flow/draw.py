"""Rows from left to right as a picture: frames, lines, turns from row to row, and what stands in them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
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
from cnnspec.render.figure import MARGIN
from cnnspec.render.flow.arrange import breakable_frames, fold_flatten, kept_frames
from cnnspec.render.flow.marks import draw_mark
from cnnspec.render.flow.rows import BEND, BETWEEN, Row, label_of, lay_out_rows, spread_rows
from cnnspec.render.flow.standing import LINE, RADIUS, SIZE, TAG, TAG_APART, Standing
from cnnspec.render.graph.faces import frame_lines
from cnnspec.render.graph.framing import sound_frames
from cnnspec.render.graph.view import Frame, View, build_view, nested_frames

#: How long a row may be where no width is asked for; a narrower page has shorter rows, for a text of 6 pt.
LONGEST, SHORTEST = 900.0, 200.0
#: Numbers of cards above which blocks stay closed, tried in turn until the picture is not much too wide.
ENOUGH, TOO_WIDE = (25, 20, 16, 12), 1.4

#: The circle of a tag.
TAG_RADIUS = 7.0

#: Makes what stands for each card of a view, in some frames.
Maker = Callable[[View, Sequence[Frame]], list[Standing]]
#: Draws one of them, around the rays that begin or end at it.
Drawer = Callable[[Standing, Sequence[Path]], Group]
#: The window of a unit of the second on the first, None where there is none.
Windows = Callable[[Standing, Standing], Group | None]


def draw_until_narrow(
    report: ModelReport, expand: str | Sequence[str] | None, longest: float | None, draw: Callable[[View, float], Picture]
) -> Picture:
    """A picture of a model with as many blocks open as there is room for.

    Args:
        report: the model.
        expand: ``"all"``, or blocks to open besides those that fit.
        longest: how long a row may be; None: where no width is asked for.
        draw: draws one view in rows of a length.
    """
    slack, longest = (TOO_WIDE, LONGEST) if longest is None else (1.0, longest)
    narrowest: Picture | None = None
    for enough in ENOUGH:
        picture = draw(build_view(report, expand, enough), longest)
        if narrowest is None or picture.width < narrowest.width:
            narrowest = picture
        if picture.width <= slack * max(longest, SHORTEST) or expand == "all":
            return picture
    assert narrowest is not None
    return narrowest


def draw_rows(whole: View, make: Maker, draw: Drawer, window: Windows, longest: float = LONGEST) -> list[Item]:
    """What a picture of rows consists of, back to front."""
    view = fold_flatten(whole)
    room = max(longest, SHORTEST) - 2 * MARGIN - 2
    standing, rows = _arranged(view, make, room, cuts_skips=longest < LONGEST)
    items: list[Item] = [_frame(view, frame, box) for row in rows for frame, box in _drawn_frames(row)]
    items += [_connector(a, b, standing) for a, b in pairwise(rows)]
    windows: list[Group] = []
    for row in rows:
        for number in range(len(row.edges)):
            seen = _window_of(row, number, standing, window)
            if seen is None:
                items.append(_line_of(row, number, standing))
            else:
                windows.append(seen)
    around: dict[str, list[Path]] = {}
    for group in windows:
        rays = [item for item in group.items if isinstance(item, Path) and item.key.endswith(".rays")]
        for path in (group.layer, group.data["from"]):
            around.setdefault(path, []).extend(rays)
    items += [_tag(one, number) for one in standing for number in range(len(one.tags))]
    items += [draw_merge(one) if one.kind == "merge" else draw(one, around.get(one.path, ())) for one in standing]
    marks = [mark for one in standing if (mark := draw_mark(one)) is not None]
    return [*items, *marks, *windows]


def _arranged(view: View, make: Maker, longest: float, *, cuts_skips: bool) -> tuple[list[Standing], list[Row]]:
    """What stands in which row; frames that keep a row from being broken go where it is too long with them."""
    frames = nested_frames(kept_frames(view))
    while True:
        standing = make(view, frames)
        rows = lay_out_rows(view, standing, frames, longest, cuts_skips=cuts_skips)
        crowded = [frame for row in rows if row.width > longest for frame in row.frames]
        gone = {id(frame) for frame in breakable_frames(view, crowded, cuts_skips=cuts_skips)}
        if not gone:
            return standing, spread_rows(view, standing, frames, rows)
        frames = nested_frames([frame for frame in frames if id(frame) not in gone])


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
        Text(box.left + 7, top + LINE * at, text, SIZE, bold, fill="ink" if bold else "soft")
        for at, (text, bold) in enumerate(lines)
    ]
    data = {"times": str(frame.times), "loops": str(frame.loops)}
    return Group("frame", f"{path}.group", path, title, (outline, *texts), box, data)


def _connector(before: Row, after: Row, standing: Sequence[Standing]) -> Group:
    """From the end of one row to the beginning of the next, between the two."""
    (x, y), (u, v) = before.layout.centres[-1], after.layout.centres[0]
    y, v, between = y + before.top, v + after.top, after.top - BETWEEN / 2
    points: list[Point] = [(x, y), (x + BEND, y), (x + BEND, between), (u - BEND, between), (u - BEND, v), (u, v)]
    path = standing[before.last - 1].path
    title = f"the output of {path} goes on in the next row"
    line = Path(rounded_line(points, BEND), Paint(None, "line", 1.2), f"{path}.turn.line", path, title)
    return Group("turn", f"{path}.turn", path, title, (line,), None, {"into": standing[after.first].path})


def _tag(one: Standing, number: int) -> Group:
    """One end of a skip to or from another row: a circle with a letter, and an arrow."""
    tag, (x, y) = one.tags[number], one.crown
    centre = (x + TAG_APART * (number - (len(one.tags) - 1) / 2), y - TAG + TAG_RADIUS + 1)
    ends = [(x, y), (centre[0], centre[1] + TAG_RADIUS)]
    start, tip = ends if tag.leaves else ends[::-1]
    head = arrow_head(tip, start, 5.0)
    base = ((head[1][0] + head[2][0]) / 2, (head[1][1] + head[2][1]) / 2)
    way = f"{one.path} → {tag.other}" if tag.leaves else f"{tag.other} → {one.path}"
    key = f"{one.path}.{tag.letter}.{'leaves' if tag.leaves else 'comes'}"
    title = f"{tag.letter}: {way}"
    circle = Box(centre[0] - TAG_RADIUS, centre[1] - TAG_RADIUS, centre[0] + TAG_RADIUS, centre[1] + TAG_RADIUS)
    items = (
        Path((("M", (start,)), ("L", (base,))), Paint(None, "line", 1.2), f"{key}.line", one.path, title),
        Polygon(head, Paint("line"), f"{key}.head", one.path, title),
        Ellipse(circle, Paint("card", "line"), f"{key}.circle", one.path, title),
        Text(centre[0], centre[1] + 3.2, tag.letter, SIZE, True, "middle"),
    )
    return Group("tag", key, one.path, title, items, None, {"letter": tag.letter, "other": tag.other})


def _points(row: Row, number: int) -> list[Point]:
    return [(x, y + row.top) for x, y in row.layout.lines[number]]


def _window_of(row: Row, number: int, standing: Sequence[Standing], window: Windows) -> Group | None:
    """The window of a connection whose two ends stand beside each other."""
    source, target = row.edges[number]
    level = len({y for _, y in _points(row, number)}) == 1
    return window(standing[source], standing[target]) if level and row.first <= source and target < row.last else None


def _line_of(row: Row, number: int, standing: Sequence[Standing]) -> Group:
    """A connection as a line with a head."""
    source, target = row.edges[number]
    points = _points(row, number)
    joints: list[tuple[Step, ...]] = []
    if row.first <= source and standing[source].kind != "merge":
        points[0] = (standing[source].leaving(points[0][1]), points[0][1])
        joints += standing[source].joint(points[0][0], -3.0)
    if target < row.last and standing[target].kind != "merge":
        points[-1] = (standing[target].entering(points[-1][1]), points[-1][1])
        joints += standing[target].joint(points[-1][0], 3.0)
    return _edge(standing[source], standing[target] if target < row.last else None, points, joints)


def _edge(source: Standing, target: Standing | None, points: list[Point], joints: list[tuple[Step, ...]]) -> Group:
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


def draw_texts(one: Standing, top: float) -> list[Text]:
    """The texts below something."""
    return [
        Text(one.middle, top + LINE * at + 8, text, SIZE, bold, "middle", "ink" if bold else "soft")
        for at, (text, bold) in enumerate(one.lines)
    ]


def draw_merge(one: Standing) -> Group:
    """A circle with its sign, and the texts below."""
    x, y = one.x, one.axis
    path = one.path
    circle = Box(x - RADIUS, y - RADIUS, x + RADIUS, y + RADIUS)
    items: list[Item] = [
        Ellipse(circle, Paint(one.role, "line"), f"{path}.circle", path, path),
        Text(x, y + 5, one.sign, 14, True, "middle", "label"),
        *draw_texts(one, y + RADIUS + 4),
    ]
    return Group("merge", path, path, one.title, tuple(items), None, one.data)
