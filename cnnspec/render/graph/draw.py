"""From a report to the display list of its graph."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from cnnspec.analysis.report import ModelReport
from cnnspec.layers.arithmetic import show_size
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
    Text,
    arrow_head,
    rounded_line,
    top_rounded,
)
from cnnspec.render.figure import ground_of_card
from cnnspec.render.fonts import text_width
from cnnspec.render.graph import faces as f
from cnnspec.render.graph.faces import Chip, Face, Faces, count_of, frame_label, frame_lines
from cnnspec.render.graph.framing import sound_frames
from cnnspec.render.graph.layout import PAD, Cell, Layout, columns, lay_out
from cnnspec.render.graph.view import Edge, View, build_view

Direction = Literal["TB", "LR"]
#: A line of a frame's label, and what is left free below the lines.
_LABEL_LINE, _BELOW_LABEL = 12.0, 2.0


def graph_picture(
    report: ModelReport,
    *,
    direction: Direction = "TB",
    expand: str | Sequence[str] | None = None,
    engine: str = "own",
) -> Picture:
    """The graph of a model as a display list.

    Args:
        report: the model with its figures.
        direction: ``TB`` or ``LR``.
        expand: ``"all"``, or blocks to open besides those that fit.
        engine: ``own``, or ``dot`` for the coordinates of an installed Graphviz.
    """
    return draw_view(build_view(report, expand), direction, engine)


def draw_view(view: View, direction: Direction = "TB", engine: str = "own") -> Picture:
    """The picture of one view."""
    maker = Faces(view)
    return draw_faces(view, [maker.of(at) for at in range(len(view.cards))], direction, engine)


def draw_faces(view: View, faces: list[Face], direction: Direction = "TB", engine: str = "own") -> Picture:
    """The picture of one view, with what is written on each card."""
    cells = _cells(view, faces, direction)
    edges = [(edge.source, edge.target) for edge in view.edges]
    rooms = [_BELOW_LABEL + _LABEL_LINE * len(frame_label(view, frame)) for frame in view.frames]
    labels = [(room, 0.0) if direction == "TB" else (0.0, room) for room in rooms]
    reaches = _make_room_for_frames(view, cells, labels, direction)
    frames = [frame.cards for frame in view.frames]
    if engine == "dot":
        from cnnspec.render.graph.graphviz_layout import lay_out_with_dot as place
    else:
        place = lay_out
    layout = place(cells, edges, frames, reaches, direction=direction, labels=labels)
    drawn = sound_frames(frames, layout.boxes, layout.frames)
    items: list[Item] = [_frame(view, at, layout.frames[at], direction) for at in drawn]
    items += [_edge(view, edge, faces, layout.lines[at]) for at, edge in enumerate(view.edges)]
    for face, box, centre in zip(faces, layout.boxes, layout.centres, strict=True):
        items.append(_merge(face, box, centre, direction) if face.sign else _card(face, box))
    return _picture(view.report, items, layout)


def _picture(report: ModelReport, items: list[Item], layout: Layout) -> Picture:
    totals = report.totals
    layers = sum(1 for row in report.rows if not row.is_input)
    facts = [count_of(layers, "layer")]
    if totals.params is not None:
        facts.append(count_of(totals.params, "parameter"))
    if totals.macs is not None:
        facts.append(f"{show_size(totals.macs)} multiply-accumulates")
    description = f"The layers of {report.name} as a graph: {', '.join(facts)}."
    return Picture(report.name, layout.width, layout.height, f"{report.name}: graph of the network", description, tuple(items))


def _cells(view: View, faces: list[Face], direction: Direction) -> list[Cell]:
    if direction == "LR":
        cells = [_level_cell(face) for face in faces]
    else:
        inputs: list[list[int]] = [[] for _ in faces]
        for edge in view.edges:
            inputs[edge.target].append(edge.source)
        column = columns(inputs)
        widths: dict[int, float] = {}
        for face, number in zip(faces, column, strict=True):
            if not face.sign:
                widths[number] = max(widths.get(number, 0.0), face.natural_width)
        cells = [_upright_cell(face, widths.get(number, 0.0)) for face, number in zip(faces, column, strict=True)]
    return cells


def _upright_cell(face: Face, width: float) -> Cell:
    if face.sign:
        return Cell(f.RADIUS, f.RADIUS + 7 + face.label_width(), max(2 * f.RADIUS, face.label_height()), f.RADIUS)
    return Cell(width / 2, width / 2, face.height(width))


def _level_cell(face: Face) -> Cell:
    if face.sign:
        return Cell(f.RADIUS, f.RADIUS + 5 + face.label_height(), max(2 * f.RADIUS, face.label_width()), f.RADIUS)
    width = face.natural_width
    height = face.height(width)
    return Cell(height / 2, height / 2, width)


def _make_room_for_frames(
    view: View, cells: list[Cell], labels: Sequence[tuple[float, float]], direction: Direction
) -> list[tuple[int, float]]:
    """Room for borders on all sides of the cards in a frame, and for its label where it begins (or below, LR).

    Returns per frame its last opening card, and how far from that card's axis the label needs the frame to reach.
    """
    reaches: list[tuple[int, float]] = []
    before, after = _neighbours(view)
    depth = [0] * len(cells)
    for frame, (label_along, label_across) in zip(view.frames, labels, strict=True):
        inside = range(frame.cards[0], frame.cards[-1] + 1)
        last_opening = frame.cards[0]
        for card in frame.cards:
            cell = cells[card]
            cell.sides_before += PAD
            cell.sides_after += PAD + label_across
            if not any(source in inside for source in before[card]):
                cell.lead += PAD + label_along
                last_opening = card
            if not any(target in inside for target in after[card]):
                cell.tail += PAD
            depth[card] += 1
        if direction == "TB":
            wanted = max(text_width(text, f.FACT, bold) for text, bold in frame_label(view, frame)) + 16
            cell = cells[last_opening]
            cell.sides_after = max(cell.sides_after, wanted + (depth[last_opening] - 1) * PAD - cell.after)
            reaches.append((last_opening, wanted))
        else:
            reaches.append((last_opening, 0.0))
    return reaches


def _neighbours(view: View) -> tuple[list[list[int]], list[list[int]]]:
    before: list[list[int]] = [[] for _ in view.cards]
    after: list[list[int]] = [[] for _ in view.cards]
    for edge in view.edges:
        before[edge.target].append(edge.source)
        after[edge.source].append(edge.target)
    return before, after


def _frame(view: View, at: int, box: Box, direction: Direction) -> Group:
    frame = view.frames[at]
    path = frame.part.path
    title, lines = f"{path}: {', '.join(frame_lines(view, frame))}", frame_label(view, frame)
    outline = Rectangle(box, Paint(None, "frame", 1, "4 3"), f"{path}.frame", path, title, 6)
    if direction == "TB":
        x, y, anchor = box.right - 8, box.top + 13, "end"
    else:
        x, y, anchor = box.left + 8, box.bottom - 6 - _LABEL_LINE * (len(lines) - 1), "start"
    texts = [
        Text(x, y + _LABEL_LINE * at, text, f.FACT, bold, anchor, "ink" if bold else "soft")
        for at, (text, bold) in enumerate(lines)
    ]
    data = {"times": str(frame.times), "loops": str(frame.loops)}
    return Group("frame", f"{path}.group", path, title, (outline, *texts), box, data)


def _edge(view: View, edge: Edge, faces: list[Face], points: list[Point]) -> Group:
    source, target = faces[edge.source], faces[edge.target]
    role, dash, width = ("error", "5 3", 2.0) if target.error else ("line", "", 1.2)
    title = f"{source.path} → {target.path}" + (f", {edge.count} connections" if edge.count > 1 else "")
    key = f"{source.path}--{target.path}"
    tip, before = points[-1], points[-2]
    head = arrow_head(tip, before)
    middle = ((head[1][0] + head[2][0]) / 2, (head[1][1] + head[2][1]) / 2)
    line = Path(rounded_line([*points[:-1], middle], 6), Paint(None, role, width, dash), f"{key}.line", target.path, title)
    arrow = Polygon(head, Paint(role), f"{key}.head", target.path, title)
    data = {"from": source.path, "count": str(edge.count)}
    return Group("edge", key, target.path, title, (line, arrow), None, data)


def _card(face: Face, box: Box) -> Group:
    outline = ("error", 2.5) if face.error else ("line", 1.0)
    dash = "4 3" if face.block and not face.error else ""
    items: list[Item] = []
    head = Box(box.left, box.top, box.right, box.top + face.head_height)
    if (face.facts or face.chips) and dash:
        items += ground_of_card(box, head, face.role, face.path, face.path, face.path, dash)
    elif face.facts or face.chips:
        items.append(Rectangle(box, Paint("card", *outline), f"{face.path}.card", face.path, face.path, 4))
        items.append(Path(top_rounded(head, 4), Paint(face.role, *outline), f"{face.path}.head", face.path, face.path))
    else:
        items.append(Rectangle(box, Paint(face.role, *outline, dash), f"{face.path}.card", face.path, face.path, 4))
    items += _head(face, box)
    y = box.top + face.head_height + 4
    for left, right in face.facts:
        if left:
            items.append(Text(box.left + f.INSET, y + 10, left, f.FACT))
        if right:
            items.append(Text(box.right - f.INSET, y + 10, right, f.FACT, anchor="end"))
        y += f.FACT_LINE
    for row in face.chip_rows(box.width):
        x = box.left + f.INSET
        for chip in row:
            items += _chip(chip, face, x, y + 2)
            x += chip.width + f.CHIP_GAP
        y += f.CHIP_HEIGHT + f.CHIP_GAP
    kind = "block" if face.block else "card"
    return Group(kind, face.path, face.path, face.title, tuple(items), box, face.data)


def _head(face: Face, box: Box) -> list[Item]:
    x, y = box.centre[0], box.top + 14.5
    lines = enumerate(face.head)
    return [Text(x, y + f.HEAD_LINE * at, plain, f.HEAD, False, "middle", "label", bold) for at, (bold, plain) in lines]


def _chip(chip: Chip, face: Face, x: float, y: float) -> list[Item]:
    box = Box(x, y, x + chip.width, y + f.CHIP_HEIGHT)
    pill = Rectangle(box, Paint(chip.role, "line"), f"{chip.path}.chip", chip.path, chip.title, f.CHIP_HEIGHT / 2)
    return [pill, Text(x + chip.width / 2, y + 10.6, chip.text, f.CHIP, anchor="middle", fill="label")]


def _merge(face: Face, box: Box, centre: Point, direction: Direction) -> Group:
    x, y = centre
    circle = Box(x - f.RADIUS, y - f.RADIUS, x + f.RADIUS, y + f.RADIUS)
    outline = ("error", 2.5) if face.error else ("line", 1.0)
    items: list[Item] = [
        Ellipse(circle, Paint(face.role, *outline), f"{face.path}.circle", face.path, face.path),
        Text(x, y + 5, face.sign, 14, True, "middle", "label"),
    ]
    if direction == "TB":
        left, top = x + f.RADIUS + 7, y - face.label_height() / 2
    else:
        left, top = box.left, y + f.RADIUS + 5
    for bold, plain in face.head:
        at, anchor = (left, "start") if direction == "TB" else ((box.left + box.right) / 2, "middle")
        items.append(Text(at, top + 10, plain, f.FACT, False, anchor, "ink" if bold else "soft", bold))
        top += 13
    for chip in face.chips:
        items += _chip(chip, face, left, top + 1)
        left += chip.width + f.CHIP_GAP
    return Group("merge", face.path, face.path, face.title, tuple(items), box, face.data)
