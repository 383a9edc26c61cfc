"""From pyramids to the display list: planes above one another, cones from field to field, the figures beside them.

All planes have one scale, pixels of the input, and stand above the pixels that they speak of: position i of a map is drawn
from (i − ½)·J to (i + ½)·J about the middle of what it sees.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from cnnspec.analysis.reading import Interval
from cnnspec.render.display import Box, Group, Item, Paint, Path, Picture, Point, Polygon, Step, Text
from cnnspec.render.figure import around_all, shifted
from cnnspec.render.fonts import fit_text, text_width
from cnnspec.render.graph.view import inner_path
from cnnspec.render.palette import family_role
from cnnspec.render.receptive_field.projection import Projection, Span, projection_of
from cnnspec.render.receptive_field.pyramid import Floor, Pyramid
from cnnspec.render.receptive_field.wording import axis_words, ending, notes, show_sizes, show_step, step_lines
from cnnspec.render.svg import clean

#: Font sizes, the distance of lines, and how wide names may be.
TITLE, HEAD, SMALL, LINE = 12.0, 11.0, 10.0, 13.0
NAMES = 250.0
#: Between the planes and the texts, between planes, between rows at least, between panels, around the picture.
BESIDE, GAP, ROW, PANELS, MARGIN = 14.0, 14.0, 38.0, 34.0, 12.0
#: A grid is drawn where its lines are at least so far apart.
FINEST = 2.4
HATCH = 6.0


@dataclass(slots=True)
class Panel:
    """One pyramid along one pair of axes (or one axis), with the places of its floors."""

    pyramid: Pyramid
    axes: tuple[int, ...]
    words: str
    projection: Projection
    #: Per floor, how far down its plane is moved.
    down: list[float]
    left: float = 0.0

    def corners(self, number: int, span: Span) -> tuple[Point, ...]:
        """Where the edges of a floor are drawn: far left, far right, near right, near left."""
        (top, bottom), (left, right) = span
        places = ((left, top), (right, top), (right, bottom), (left, bottom))
        return tuple(self.at(number, u, v) for u, v in places)

    def at(self, number: int, u: float, v: float) -> Point:
        """Where a point of a floor is drawn; u along a row, v down the rows, in pixels of the input."""
        x, y = self.projection.at(u, v)
        return x + self.left, y + self.down[number]


def map_span(floor: Floor, axes: tuple[int, ...]) -> Span:
    """The edges of a map, in pixels of the input; a sequence is one pixel high."""
    return _span(floor, axes, [(0, reach.extent - 1) for reach in floor.reaches])


def field_span(floor: Floor, axes: tuple[int, ...]) -> Span:
    """The edges of what the unit sees of a map, padding included."""
    return _span(floor, axes, [(reach.first, reach.last) for reach in floor.reaches])


def read_span(floor: Floor, axes: tuple[int, ...]) -> Span | None:
    """The edges of what the unit reads of a map; None for nothing."""
    read = [reach.read for reach in floor.reaches if reach.read is not None]
    return _span(floor, axes, read) if len(read) == len(floor.reaches) else None


def _span(floor: Floor, axes: tuple[int, ...], stretches: Sequence[Interval]) -> Span:
    edges: list[tuple[float, float]] = []
    for axis in axes:
        reach, (first, last) = floor.reaches[axis], stretches[axis]
        low = reach.centre + (2 * first - 1) * reach.pitch / 2
        edges.append((float(low), float(low + (last - first + 1) * reach.pitch)))
    return (edges[0], edges[1]) if len(edges) == 2 else ((0.0, 1.0), edges[0])


def receptive_field_picture(pyramids: Sequence[Pyramid]) -> Picture:
    """The pyramid of one unit, or those of several networks side by side."""
    panels = _panels(pyramids)
    groups: list[list[Item]] = []
    left = 0.0
    for panel in panels:
        names = max(_names_width(panel), 60.0)
        panel.left = left + names + BESIDE - panel.projection.left
        items = _panel(panel, left)
        groups.append(items)
        left = around_all(Group("panel", "", "", "", tuple(items))).right + PANELS
    lowest = max(panel.down[-1] for panel in panels)
    drawn: list[Item] = []
    for panel, items in zip(panels, groups, strict=True):  # the inputs stand on one line
        title = f"{panel.pyramid.report.name}: what one unit of {inner_path(panel.pyramid.layer)} sees{panel.words}"
        group = Group("panel", f"{panel.pyramid.report.name}.pyramid", panel.pyramid.report.name, title, tuple(items))
        drawn.append(shifted(group, 0.0, lowest - panel.down[-1]))
    box = around_all(Group("all", "", "", "", tuple(drawn)))
    moved = tuple(shifted(item, MARGIN - box.left, MARGIN - box.top) for item in drawn)
    names = " and ".join(dict.fromkeys(pyramid.report.name for pyramid in pyramids))
    facts = "; ".join(f"{inner_path(p.layer)} of {p.report.name}: {ending(p)}" for p in pyramids)
    return Picture(
        pyramids[0].report.name,
        box.width + 2 * MARGIN,
        box.height + 2 * MARGIN,
        f"{names}: the receptive field of one unit",
        f"What one unit sees of every map below it, measured back to the input: {facts}.",
        moved,
    )


def _panels(pyramids: Sequence[Pyramid]) -> list[Panel]:
    """A panel for each pyramid; of one with three axes one for each pair of axes that differs. All have one scale."""
    wanted = [(pyramid, axes, words) for pyramid in pyramids for axes, words in axis_words(pyramid)]
    spans = [[span(floor, axes) for floor in pyramid.floors for span in (map_span, field_span)] for pyramid, axes, _ in wanted]
    rows = max(len(pyramid.floors) for pyramid in pyramids)
    flat = all(len(axes) == 1 for _, axes, _ in wanted)
    panels: list[Panel] = []
    for (pyramid, axes, words), around in zip(wanted, spans, strict=True):
        projection = projection_of(around, [span for other in spans for span in other], rows, flat or len(axes) == 1)
        panel = Panel(pyramid, axes, words, projection, [])
        panel.down = _stack(panel)
        panels.append(panel)
    return panels


def _stack(panel: Panel) -> list[float]:
    """How far down each plane goes, so that none meets the next and each row has room for its texts."""
    places: list[tuple[float, float]] = []
    for floor in panel.pyramid.floors:
        edges = [span(floor, panel.axes)[0] for span in (map_span, field_span)]
        low, high = min(a for a, _ in edges), max(b for _, b in edges)
        places.append((panel.projection.at(0, low)[1], panel.projection.at(0, high)[1]))
    down = [0.0]
    for (above_top, above_bottom), (top, bottom) in pairwise(places):
        apart = above_bottom + GAP - top
        rows = ROW + (above_top + above_bottom - top - bottom) / 2
        down.append(down[-1] + max(apart, rows))
    return down


def _names_width(panel: Panel) -> float:
    lines = step_lines(panel.pyramid, NAMES)
    return max(max(text_width(name, HEAD, True), text_width(what, SMALL)) for name, what in lines)


def _panel(panel: Panel, left: float) -> list[Item]:
    """Planes from the input up, so that upper ones hide what is below them; then the texts."""
    pyramid, floors = panel.pyramid, panel.pyramid.floors
    items: list[Item] = []
    for number in range(len(floors) - 1, -1, -1):
        items.append(_plane(panel, number))
        if number:
            items.append(_cone(panel, number - 1))
    planes = around_all(Group("planes", "", "", "", tuple(items)))
    texts: list[Item] = []
    for number, name in enumerate(step_lines(pyramid, NAMES)):
        texts.append(_row(panel, number, name, planes))
    return [*items, *texts, _heading(panel, planes, texts), *_caption(pyramid, left, planes, texts)]


def _plane(panel: Panel, number: int) -> Group:
    """A map, its grid, and on it what is seen: filled where it is read, dashed where not, hatched on padding."""
    floor = panel.pyramid.floors[number]
    path, title = inner_path(floor.row), _title(floor)
    whole, field, read = (span(floor, panel.axes) for span in (map_span, field_span, read_span))
    assert whole is not None
    assert field is not None
    paint = Paint(family_role(floor.row.layer.family), None)
    items: list[Item] = [Polygon(panel.corners(number, whole), paint, f"{path}.map", path, title)]
    if read is not None:
        items.append(Polygon(panel.corners(number, read), Paint("field"), f"{path}.read", path, title))
    if grid := _grid(panel, number, floor, whole):
        items.append(Path(grid, Paint(None, "label", 0.3), f"{path}.grid", path, title))
    items.append(Polygon(panel.corners(number, whole), Paint(None, "line", 0.8), f"{path}.edge", path, title))
    if field != read:
        if hatch := _hatch(panel, number, field, whole):
            items.append(Path(hatch, Paint(None, "window", 0.5), f"{path}.padding", path, title))
        outline = Paint(None, "window", 0.9, "3 2")
        items.append(Polygon(panel.corners(number, field), outline, f"{path}.field", path, title))
    if read is not None:
        items.append(Polygon(panel.corners(number, read), Paint(None, "window", 1.2), f"{path}.window", path, title))
    return Group("floor", path, path, title, tuple(items), None, _data(floor))


def _data(floor: Floor) -> dict[str, str]:
    return {
        "sees": " ".join(f"{reach.first}:{reach.last}" for reach in floor.reaches),
        "reads": " ".join("{}:{}".format(*reach.read) if reach.read else "none" for reach in floor.reaches),
        "layers": str(len(floor.between)),
    }


def _title(floor: Floor) -> str:
    seen = " × ".join(f"{reach.first} to {reach.last}" for reach in floor.reaches)
    parts = [f"{inner_path(floor.row)}, {floor.row.output_shape}: the unit sees {seen}"]
    if any(reach.read != (reach.first, reach.last) for reach in floor.reaches):
        parts.append(
            "and reads " + (" × ".join("{} to {}".format(*reach.read) for reach in floor.reaches if reach.read) or "none")
        )
    if len(floor.between) > 1:
        parts.append("made by " + ", ".join(inner_path(row) for row in reversed(floor.between[:12])))
        parts[-1] += "" if len(floor.between) <= 12 else f" and {len(floor.between) - 12} more"
    return ", ".join(parts)


def _grid(panel: Panel, number: int, floor: Floor, whole: Span) -> tuple[Step, ...]:
    """The lines between positions, where they are far enough apart to be counted."""
    reaches = [floor.reaches[axis] for axis in panel.axes]
    (top, bottom), (left, right) = whole
    across = float(reaches[-1].pitch) * panel.projection.scale
    down = float(reaches[0].pitch) * panel.projection.depth if len(reaches) == 2 else FINEST
    if min(across, down) < FINEST:
        return ()
    lines: list[tuple[Point, Point]] = []
    for at in range(1, reaches[-1].extent):
        u = left + at * float(reaches[-1].pitch)
        lines.append((panel.at(number, u, top), panel.at(number, u, bottom)))
    for at in range(1, reaches[0].extent) if len(reaches) == 2 else ():
        v = top + at * float(reaches[0].pitch)
        lines.append((panel.at(number, left, v), panel.at(number, right, v)))
    return _lines(lines)


def _hatch(panel: Panel, number: int, field: Span, whole: Span) -> tuple[Step, ...]:
    """Strokes over the part of a field that lies beside the map: above, below, left and right of it."""
    (top, bottom), (left, right) = field
    (map_top, map_bottom), (map_left, map_right) = whole
    upper, lower = min(max(top, map_top), bottom), max(min(bottom, map_bottom), top)
    strips = (
        ((top, upper), (left, right)),
        ((lower, bottom), (left, right)),
        ((upper, lower), (left, max(min(map_left, right), left))),
        ((upper, lower), (min(max(map_right, left), right), right)),
    )
    step = HATCH / panel.projection.scale
    lines = [line for strip in strips for line in _strokes(strip, step)]
    return _lines([(panel.at(number, *a), panel.at(number, *b)) for a, b in lines])


def _strokes(strip: Span, step: float) -> list[tuple[Point, Point]]:
    """Diagonals 2·u − v = 2·c through a strip, c a multiple of the step, so that strips side by side fit together."""
    (top, bottom), (left, right) = strip
    if bottom - top < 1e-9 or right - left < 1e-9:
        return []
    found: list[tuple[Point, Point]] = []
    count = int((left - bottom / 2) // step) + 1
    while (c := count * step) < right - top / 2:
        start, end = max(left, c + top / 2), min(right, c + bottom / 2)
        if end - start > 1e-9:
            found.append(((start, 2 * (start - c)), (end, 2 * (end - c))))
        count += 1
    return found


def _lines(lines: Sequence[tuple[Point, Point]]) -> tuple[Step, ...]:
    steps: list[Step] = []
    for a, b in lines:
        steps.append(("M", (a,)))
        steps.append(("L", (b,)))
    return tuple(steps)


def _cone(panel: Panel, number: int) -> Group:
    """Lines from the corners of what is seen of a map to those of what is seen of the next lower one."""
    upper, lower = panel.pyramid.floors[number], panel.pyramid.floors[number + 1]
    above = panel.corners(number, field_span(upper, panel.axes))
    beneath = panel.corners(number + 1, field_span(lower, panel.axes))
    title = f"{show_step(upper, lower)}: {inner_path(upper.row)} reads {inner_path(lower.row)}"
    path = inner_path(upper.row)
    lines = _lines(list(zip(above, beneath, strict=True)))
    cone = Path(lines, Paint(None, "window", 0.7), f"{path}.rays", path, title)
    return Group("cone", f"{path}.cone", path, title, (cone,), None, {"to": inner_path(lower.row)})


def _row(panel: Panel, number: int, name: tuple[str, str], planes: Box) -> Group:
    """The texts of a floor: left what makes it, right what is seen of it and of the next."""
    floor, *lower = panel.pyramid.floors[number : number + 2]
    whole = panel.corners(number, map_span(floor, panel.axes))
    middle = (whole[0][1] + whole[2][1]) / 2
    seen = show_step(floor, lower[0]) if lower else ending(panel.pyramid)
    left, right = planes.left - BESIDE, planes.right + BESIDE
    texts = [
        Text(left, middle - 2, name[0], HEAD, True, "end"),
        Text(left, middle + LINE - 2, name[1], SMALL, False, "end", "soft"),
        Text(right, middle - 2, seen, HEAD, True),
    ]
    if lower:
        texts.append(Text(right, middle + LINE - 2, f"of {show_sizes(floor.extents)}", SMALL, False, "start", "soft"))
    path = inner_path(floor.row)
    return Group("row", f"{path}.row", path, _title(floor), tuple(texts))


def _heading(panel: Panel, planes: Box, rows: Sequence[Item]) -> Group:
    """Who sees: the model, the layer and the unit."""
    pyramid = panel.pyramid
    at = ",".join(map(str, pyramid.unit))
    x, y = planes.centre[0], min(planes.top, around_all(rows[0]).top) - 26
    room = planes.width + 2 * (NAMES + BESIDE)
    what = f"one unit of {inner_path(pyramid.layer)}, at {at}{panel.words}"
    texts = (
        Text(x, y, fit_text(clean(pyramid.report.name), TITLE, room, True), TITLE, True, "middle"),
        Text(x, y + LINE, fit_text(clean(what), SMALL, room), SMALL, False, "middle", "soft"),
    )
    return Group("heading", f"{pyramid.report.name}.heading", pyramid.report.name, what, texts)


def _caption(pyramid: Pyramid, left: float, planes: Box, rows: Sequence[Item]) -> list[Item]:
    """What has to be known to read the figures, below the planes; nothing where all is plain."""
    found = notes(pyramid)
    if not found:
        return []
    right = max(around_all(row).right for row in rows)
    lines = [line for note in found for line in _wrap(clean(note), right - left)]
    top = max(planes.bottom, *(around_all(row).bottom for row in rows)) + 20
    texts = tuple(Text(left, top + LINE * at, line, SMALL, False, "start", "soft") for at, line in enumerate(lines))
    return [Group("caption", f"{pyramid.report.name}.caption", pyramid.report.name, " ".join(found), texts)]


def _wrap(text: str, width: float) -> list[str]:
    lines = [""]
    for word in text.split(" "):
        longer = f"{lines[-1]} {word}" if lines[-1] else word
        if text_width(longer, SMALL) <= width or not lines[-1]:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines
