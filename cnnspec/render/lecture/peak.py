"""The map of one filter beside the input, with exactly what one of its units sees framed, the strongest unless named."""

from __future__ import annotations

from cnnspec.render.display import Box, Group, Item, Paint, Path, Picture, Rectangle, Step, Text
from cnnspec.render.figure import MARGIN, around_all, shifted
from cnnspec.render.fonts import fit_text
from cnnspec.render.lecture.cells import arrow_items, show_number
from cnnspec.render.lecture.kernels import sheet_group
from cnnspec.render.lecture.records import Peak, Sheet

HEAD, SMALL, SIDE, BETWEEN, LINE = 11.0, 9.0, 240.0, 56.0, 13.0


def peak_picture(name: str, peak: Peak) -> Picture:
    """The input at the left, the map at the right; the window and the unit that it belongs to have one colour."""
    given = _panel("input", "input", peak.given, f"{peak.extents[0]}×{peak.extents[1]}")
    made = _panel(
        peak.path, f"{peak.path}, filter {peak.filter}", peak.made, f"{peak.made.rows}×{peak.made.columns}, {peak.made.said}"
    )
    across = SIDE + BETWEEN
    seen = _window(peak, peak.seen, peak.extents, given)
    unit = _window(peak, ((peak.unit[0], peak.unit[0]), (peak.unit[1], peak.unit[1])), (peak.made.rows, peak.made.columns), made)
    moved = [shifted(item, across, 0.0) for item in (made, *unit)]
    arrow = arrow_items("arrow", peak.path, "becomes", (SIDE + 14.0, 60.0), (across - 14.0, 60.0))
    items: list[Item] = [given, *seen, *moved, *arrow, *_words(peak, max(around_all(given).bottom, around_all(made).bottom))]
    box = around_all(Group("all", "", "", "", tuple(items)))
    items = [shifted(item, MARGIN - box.left, MARGIN - box.top) for item in items]
    title = f"{name}: {peak.path}, filter {peak.filter}"
    description = (
        f"The map of filter {peak.filter} of {peak.path} ({peak.title}) and {_unit(peak, 'its')}, which answers "
        f"{show_number(peak.value)} and sees {_said(peak)} of the input."
    )
    return Picture(peak.path, box.width + 2 * MARGIN, box.height + 2 * MARGIN, title, description, tuple(items))


def _panel(key: str, name: str, sheet: Sheet, said: str) -> Group:
    picture = sheet_group(key, key, f"{name}: {said}", sheet, SIDE)
    assert picture.box is not None
    below = Text(0.0, picture.box.bottom + SMALL + 4, fit_text(said, SMALL, SIDE), SMALL, fill="soft")
    head = Text(0.0, -8.0, fit_text(name, HEAD, SIDE, True), HEAD, True)
    return Group("panel", f"{key}.panel", key, f"{name}: {said}", (head, picture, below))


def _window(
    peak: Peak, spans: tuple[tuple[int, int], tuple[int, int]], extents: tuple[int, int], panel: Group
) -> list[Rectangle | Path]:
    """Rows and columns framed where they lie in a panel; what lies beyond the map, padding, dashed."""
    scale = SIDE / max(extents)
    (top, bottom), (left, right) = ((first * scale, (last + 1) * scale) for first, last in spans)
    whole = Box(left, top, right, bottom)
    map_box = Box(0.0, 0.0, extents[1] * scale, extents[0] * scale)
    title = f"{peak.path}: {_unit(peak)} sees {_said(peak)}"
    key = f"{panel.key}.window"
    if map_box.contains(whole):
        return [Rectangle(whole, Paint(None, "window", 2.0), key, peak.path, title)]
    inside = Box(max(left, 0.0), max(top, 0.0), min(right, map_box.right), min(bottom, map_box.bottom))
    clipped = [Path(_outline(whole), Paint(None, "window", 1.2, "4 3"), f"{key}.padding", peak.path, f"{title}, with padding")]
    return [*clipped, Rectangle(inside, Paint(None, "window", 2.0), key, peak.path, title)]


def _outline(box: Box) -> tuple[Step, ...]:
    corners = ((box.right, box.top), (box.right, box.bottom), (box.left, box.bottom))
    return (("M", ((box.left, box.top),)), *(("L", (corner,)) for corner in corners), ("Z", ()))


def _words(peak: Peak, top: float) -> list[Text]:
    lines = (f"{peak.path} is {peak.title}; {_unit(peak)} answers {show_number(peak.value)}", f"and sees {_said(peak)}")
    width = 2 * SIDE + BETWEEN
    return [
        Text(0.0, top + LINE * (number + 1), fit_text(line, SMALL + 1, width), SMALL + 1) for number, line in enumerate(lines)
    ]


def _unit(peak: Peak, whose: str = "the") -> str:
    place = f"row {peak.unit[0]}, column {peak.unit[1]}"
    return f"{whose} strongest unit, at {place}," if peak.strongest else f"{whose} unit at {place}"


def _said(peak: Peak) -> str:
    """``rows 2 to 8, columns −1 to 5 (−1 is padding)`` in words."""
    (top, bottom), (left, right) = peak.seen
    padded = top < 0 or left < 0 or bottom >= peak.extents[0] or right >= peak.extents[1]
    spans = (f"{noun} {show_number(a)} to {show_number(b)}" for noun, (a, b) in zip(("rows", "columns"), peak.seen, strict=True))
    size = f"{bottom - top + 1}×{right - left + 1}"
    return f"{size} pixels, {', '.join(spans)}{', padding included' if padded else ''}"
