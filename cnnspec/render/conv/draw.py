"""From the steps of a sliding window to the display list: the input, the window on it, the output as far as it is made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import prod

from cnnspec.analysis.explain.lines import join_names, name_axes
from cnnspec.analysis.reading import Interval
from cnnspec.layers.arithmetic import group_digits
from cnnspec.render.conv.sheet import Ruler, Sheet, boxes_of, hatch_of, lines_of
from cnnspec.render.conv.steps import Slide, Track, outside, runs
from cnnspec.render.display import Box, Group, Item, Paint, Path, Picture, Rectangle, Text
from cnnspec.render.figure import around_all, shifted
from cnnspec.render.fonts import fit_text, text_width
from cnnspec.render.graph.faces import count_of, describe
from cnnspec.render.palette import family_role
from cnnspec.render.svg import clean

#: Font sizes and the distance of lines.
TITLE, HEAD, SMALL, LINE = 12.0, 11.0, 10.0, 14.0
#: Between input and output, between steps, around the picture; the narrowest that a heading is cut to.
GAP, STEPS, MARGIN, HEADING = 26.0, 30.0, 12.0, 560.0
#: How wide a map should be, and the smallest and largest side of a cell.
WIDTH, SMALLEST, LARGEST = 190.0, 7.0, 16.0
SWATCH = 10.0
#: What pooling does with the values under its window, by a part of the kind's name.
_POOLED = {"MaxPool": "largest", "AvgPool": "mean"}


@dataclass(frozen=True, slots=True)
class Pair:
    """Both maps of a layer as sheets; a sequence is a sheet of one row.

    Attributes:
        tracks: rows and columns; None for the row of a sequence.
        across: the output stands right of the input, not below it.
    """

    slide: Slide
    tracks: tuple[Track | None, Track]
    given: Sheet
    made: Sheet
    across: bool = False

    @property
    def extents(self) -> tuple[int, int]:
        return _count(self.tracks[0], "extent"), self.tracks[1].extent

    @property
    def outputs(self) -> tuple[int, int]:
        return _count(self.tracks[0], "outputs"), self.tracks[1].outputs

    def unit(self, step: Sequence[int]) -> tuple[int, int]:
        """Row and column of a unit."""
        return (0, step[0]) if len(step) == 1 else (step[0], step[1])

    def reads(self, step: Sequence[int]) -> tuple[Interval, Interval] | None:
        """Rows and columns from the first that the unit reads to the last; None for nothing."""
        row, column = self.unit(step)
        rows = (0, 0) if self.tracks[0] is None else self.tracks[0].reads(row)
        columns = self.tracks[1].reads(column)
        return None if rows is None or columns is None else (rows, columns)

    def taps(self, step: Sequence[int]) -> tuple[tuple[Interval, ...], tuple[Interval, ...]]:
        """The rows and the columns that the unit reads, as stretches."""
        row, column = self.unit(step)
        rows = ((0, 0),) if self.tracks[0] is None else runs(self.tracks[0].taps(row))
        return rows, runs(self.tracks[1].taps(column))


def _count(track: Track | None, what: str) -> int:
    return 1 if track is None else int(getattr(track, what))


def conv_picture(slide: Slide, *, animate: bool = False) -> Picture:
    """The steps of a layer side by side, those of a sequence one below the other; or one after the other in one place."""
    panels = _frames(slide) if animate else _panels(slide)
    width = max(around_all(panels[-1]).right, HEADING)
    heading = _heading(slide, width)
    below = around_all(heading).bottom + 18 - min(around_all(panel).top for panel in panels)
    body = [shifted(panel, 0.0, below) for panel in panels]
    bottom = max(around_all(panel).bottom for panel in body)
    items = [heading, *body, _caption(slide, width, bottom + 18)]
    box = around_all(Group("all", "", "", "", tuple(items)))
    moved = tuple(shifted(item, MARGIN - box.left, MARGIN - box.top) for item in items)
    title = f"{slide.path}: how its window slides"
    numbers = "; ".join(f"{one.text} along {one.label}" for one in slide.equations())
    description = f"{slide.path}, {describe(slide.row)}, step by step from {slide.given} to {slide.output}: {numbers}."
    return Picture(slide.path, box.width + 2 * MARGIN, box.height + 2 * MARGIN, title, description, moved)


def _panels(slide: Slide) -> list[Group]:
    """A panel for each step, all with sheets of the same size."""
    pair = lay_out(slide)
    panels: list[Group] = []
    at = 0.0
    for number, step in enumerate(slide.steps):
        panel = _panel(pair, step)
        box = around_all(panel)
        down = len(slide.tracks) == 1
        panels.append(shifted(panel, 0.0 if down else at - box.left, at - box.top if down else 0.0))  # type: ignore[arg-type]
        at += (box.height if down else box.width) + (STEPS if number < len(slide.steps) - 1 else 0.0)
    return panels


def _frames(slide: Slide) -> list[Group]:
    """A panel for each step, all in one place."""
    pair, count = lay_out(slide), len(slide.steps)
    frames = [replace(_panel(pair, step), frame=(number, count)) for number, step in enumerate(slide.steps)]
    return [shifted(frame, -around_all(frame).left, 0.0) for frame in frames]  # type: ignore[misc]


def lay_out(slide: Slide) -> Pair:
    """Where the sheets of a step stand: the input at the origin, the output below it.

    Both begin at one line, so that no ray crosses the numbers left of them.
    """
    columns = slide.tracks[-1]
    rows = slide.tracks[0] if len(slide.tracks) == 2 else None
    cell = _cell(slide, [track.inputs for track in slide.tracks])
    other = max(cell, min(10.0, _cell(slide, [track.made for track in slide.tracks])))
    given = Sheet(Ruler(((0, 0),) if rows is None else rows.inputs, cell), Ruler(columns.inputs, cell), 0.0, 0.0)
    down, across = Ruler(((0, 0),) if rows is None else rows.made, other), Ruler(columns.made, other)
    return Pair(slide, (rows, columns), given, Sheet(down, across, 0.0, given.box.bottom + GAP))


def _cell(slide: Slide, shown: Sequence[tuple[Interval, ...]]) -> float:
    if len(slide.tracks) == 1:
        return LARGEST
    most = max(sum(last - first + 1 for first, last in stretches) for stretches in shown)
    return float(min(max(WIDTH // most, SMALLEST), LARGEST))


def _panel(pair: Pair, step: tuple[int, ...]) -> Group:
    slide = pair.slide
    path, key = slide.path, f"{slide.path}.{'-'.join(map(str, step))}"
    title = _title(pair, step)
    given, made = input_group(pair, step, key, title), output_group(pair, step, key, title)
    lines = rays(pair, step, key, title)
    left = around_all(Group("", "", "", "", (given, made))).left
    head = (
        Text(left, -16.0 - LINE, f"step {group_digits(slide.number_of(step))} of {group_digits(slide.count)}", HEAD, True),
        Text(left, -16.0, f"unit {','.join(map(str, step))} reads {say_reads(pair, step)}", SMALL, False, "start", "soft"),
    )
    base = around_all(made).bottom + 16
    foot = Text(left, base, products(slide, step), SMALL, False, "start", "soft")
    reads = pair.reads(step)
    data = {
        "unit": " ".join(map(str, step)),
        "reads": "none" if reads is None else " ".join(f"{low}:{high}" for low, high in reads[-len(step) :]),
    }
    return Group("step", key, path, title, (given, made, *lines, *head, foot), None, data)


def _title(pair: Pair, step: Sequence[int]) -> str:
    return f"{pair.slide.path}: unit {','.join(map(str, step))} reads {say_reads(pair, step)}"


def say_reads(pair: Pair, step: Sequence[int]) -> str:
    """``rows 0 to 4, columns 1 to 5``; a unit that the gaps of a transposed kernel leave out reads nothing."""
    reads = pair.reads(step)
    if reads is None:
        return "nothing"
    if len(step) == 1:
        return show_stretch(reads[1])
    nouns = (noun if first == last else f"{noun}s" for noun, (first, last) in zip(("row", "column"), reads, strict=True))
    return ", ".join(f"{noun} {show_stretch(read)}" for noun, read in zip(nouns, reads, strict=True))


def show_stretch(stretch: Interval) -> str:
    first, last = (f"−{group_digits(-at)}" if at < 0 else group_digits(at) for at in stretch)
    return first if first == last else f"{first} to {last}"


def products(slide: Slide, step: Sequence[int]) -> str:
    """How many values go into the unit, and how many of them are padding."""
    taps = slide.taps(step)
    positions, padded = prod(map(len, taps)), outside(slide.tracks, taps)
    window = prod(getattr(track.axis, "kernel", 0) for track in slide.tracks)
    sides = "×".join(str(len(axis)) for axis in taps)
    if slide.row.im2col is not None and positions == window and slide.row.im2col[0] % window == 0:
        rows = slide.row.im2col[0]
        depth = rows // window
        of_them = f", {group_digits(padded * depth)} of them with padding" if padded else ""
        return f"{sides}×{group_digits(depth)} = {group_digits(rows)} products{of_them}"
    first = f"{sides} = {count_of(positions, 'value')}" if len(taps) > 1 else count_of(positions, "value")
    verb = next((verb for word, verb in _POOLED.items() if word in slide.row.kind), None)
    if verb is not None:
        of_them = f", {group_digits(positions - padded)} of them on the map" if padded else ""
        return f"{verb} of {first}{of_them}"
    return first + (f", {group_digits(padded)} of them padding" if padded else "")


def input_group(pair: Pair, step: Sequence[int], key: str, title: str) -> Group:
    """The input: its cells, hatched padding, greyed what no unit reads, and the window."""
    sheet, path = pair.given, pair.slide.path
    whole = _whole(pair.extents)
    every = (sheet.rows.shown, sheet.columns.shown)
    items: list[Item] = [Path(boxes_of(sheet.boxes(*whole)), Paint("card"), f"{key}.map", path, title)]
    unread = [track.unread if track is not None else () for track in pair.tracks]
    if grey := [*sheet.boxes(unread[0], whole[1]), *sheet.boxes(whole[0], unread[1])]:
        items.append(Path(boxes_of(grey), Paint("unread"), f"{key}.unread", path, "read by no unit"))
    reads = pair.reads(step)
    if reads is not None:
        items.append(Path(boxes_of(sheet.boxes(*pair.taps(step))), Paint("field"), f"{key}.taps", path, title))
    items.append(_sheet(pair, sheet, key, pair.extents, _padding(sheet, pair.extents, every)))
    if reads is not None:
        items.append(Rectangle(sheet.hull(*reads), Paint(None, "window", 1.6), f"{key}.window", path, title))
    return Group("input", f"{key}.input", path, title, tuple(items))


def _sheet(
    pair: Pair, sheet: Sheet, key: str, extents: tuple[int, int], beside: Sequence[Box] = (), *, below: bool = False
) -> Group:
    """What is the same in every step: the lines between cells, hatched padding, dots for what is left out, positions."""
    path = pair.slide.path
    name = f"{key}.output-" if below else f"{key}."
    items: list[Item] = [Path(sheet.grid(), Paint(None, "frame", 0.5), f"{name}grid", path, "positions")]
    if beside:
        items.append(Path(hatch_of(beside), Paint(None, "frame", 0.6), f"{name}padding", path, "padding"))
    items.append(Path(boxes_of(sheet.boxes(*_whole(extents))), Paint(None, "line", 1.0), f"{name}edge", path, "the map"))
    if dots := sheet.dots():
        items.append(Path(dots, Paint(None, "soft", 1.4), f"{name}left-out", path, _left_out(sheet)))
    items += sheet.numbers(extents, below=below, rows=pair.tracks[0] is not None, right=below and pair.across)
    return Group("sheet", f"{name}sheet", path, "the output" if below else "the input", tuple(items), stencil=True)


def _whole(extents: tuple[int, int]) -> tuple[tuple[Interval, ...], tuple[Interval, ...]]:
    return ((0, extents[0] - 1),), ((0, extents[1] - 1),)


def _padding(sheet: Sheet, extents: tuple[int, int], shown: tuple[Sequence[Interval], Sequence[Interval]]) -> list[Box]:
    """The cells beside the map: above and below it along all columns, left and right of its rows."""
    beside = [((shown[axis][0][0], -1), (extents[axis], shown[axis][-1][1])) for axis in (0, 1)]
    return [*sheet.boxes(beside[0], shown[1]), *sheet.boxes(_whole(extents)[0], beside[1])]


def _left_out(sheet: Sheet) -> str:
    return "left out: " + ", ".join(show_stretch(one) for ruler in (sheet.rows, sheet.columns) for one in ruler.left_out())


def output_group(pair: Pair, step: Sequence[int], key: str, title: str) -> Group:
    """The output: what earlier steps made, and the unit of this one."""
    sheet, path = pair.made, pair.slide.path
    row, column = pair.unit(step)
    items: list[Item] = [Path(boxes_of(sheet.boxes(*_whole(pair.outputs))), Paint("card"), f"{key}.output-map", path, title)]
    earlier = [*sheet.boxes(((0, row - 1),), ((0, pair.outputs[1] - 1),)), *sheet.boxes(((row, row),), ((0, column - 1),))]
    if earlier:
        role = family_role(pair.slide.row.layer.family)
        items.append(Path(boxes_of(earlier), Paint(role), f"{key}.made", path, "made by earlier steps"))
    items.append(_sheet(pair, sheet, key, pair.outputs, below=True))
    unit = sheet.hull((row, row), (column, column))
    items.append(Rectangle(unit, Paint("mark", "mark", 0.6), f"{key}.unit", path, title))
    return Group("output", f"{key}.output", path, title, tuple(items))


def rays(pair: Pair, step: Sequence[int], key: str, title: str) -> list[Item]:
    """From the near corners of the window to those of the unit; none for a unit that reads nothing."""
    reads = pair.reads(step)
    if reads is None:
        return []
    row, column = pair.unit(step)
    unit, window = pair.made.hull((row, row), (column, column)), pair.given.hull(*reads)
    if pair.across:
        lines = [((window.right, window.top), (unit.left, unit.top)), ((window.right, window.bottom), (unit.left, unit.bottom))]
        return [Path(lines_of(lines), Paint(None, "window", 0.7), f"{key}.rays", pair.slide.path, title)]
    lines = [((window.left, window.bottom), (unit.left, unit.top)), ((window.right, window.bottom), (unit.right, unit.top))]
    return [Path(lines_of(lines), Paint(None, "window", 0.7), f"{key}.rays", pair.slide.path, title)]


def _heading(slide: Slide, width: float) -> Group:
    """The layer, its shapes, and the size rule in letters and in numbers."""
    what = fit_text(clean(f" · {describe(slide.row)}"), TITLE, width / 2)
    name = fit_text(clean(slide.path), TITLE, width / 2, True)
    lines = [Text(0.0, 0.0, what, TITLE, lead=name)]
    shapes = f"{slide.given} above becomes {slide.output} below" + (", row by row" if len(slide.tracks) == 2 else "")
    lines.append(Text(0.0, LINE + 3, fit_text(shapes, SMALL, width), SMALL, False, "start", "soft"))
    rules = [f"The size is {rule}" for rule in slide.formulas()]
    numbers = [f"{one.label}: {one.text}" for one in slide.equations()]
    for at, line in enumerate((*rules, *numbers)):
        lines.append(Text(0.0, 2 * LINE + 9 + (LINE + 2) * at, line, HEAD))
    return Group("heading", f"{slide.path}.heading", slide.path, slide.path, tuple(lines))


def _caption(slide: Slide, width: float, top: float) -> Group:
    """What the colours mean, and what is left out, in words."""
    path = slide.path
    items: list[Item] = []
    x = 0.0
    for key, paint, words in legend(slide):
        box = Box(x, top, x + SWATCH, top + SWATCH)
        items.append(Rectangle(box, paint, f"{path}.legend.{key}", path, words))
        if key == "padding":
            items.append(Path(hatch_of([box]), Paint(None, "frame", 0.6), f"{path}.legend.hatch", path, words))
        items.append(Text(x + SWATCH + 5, top + SWATCH - 1, words, SMALL, False, "start", "soft"))
        x += SWATCH + 5 + text_width(words, SMALL) + 18
    for number, line in enumerate(notes(slide)):
        items.append(Text(0.0, top + SWATCH + 6 + LINE * (number + 1) - 3, line, SMALL, False, "start", "soft"))
    return Group("caption", f"{path}.caption", path, "what the colours mean", tuple(items))


def legend(slide: Slide) -> list[tuple[str, Paint, str]]:
    """What is to be said of the colours: a key, how it is painted, words."""
    found = [
        ("read", Paint("field", "window"), "read by the unit"),
        ("unit", Paint("mark", "mark"), "the unit"),
    ]
    if any(slide.number_of(step) > 1 for step in slide.steps):
        found.append(("made", Paint(family_role(slide.row.layer.family), "frame", 0.5), "made before"))
    if any(track.whole != (0, track.extent - 1) for track in slide.tracks):
        found.append(("padding", Paint("card", "frame", 0.5), "padding"))
    if any(track.unread for track in slide.tracks):
        found.append(("unread", Paint("unread", "frame", 0.5), "read by no unit"))
    return found


def notes(slide: Slide) -> list[str]:
    """What stands for what is left out: every position that is not drawn is named."""
    names = name_axes(len(slide.tracks))
    lines: list[str] = []
    for what, shown in (("input", "inputs"), ("output", "made")):
        parts: dict[str, list[str]] = {}
        for name, track in zip(names, slide.tracks, strict=True):
            hidden = ", ".join(map(show_stretch, Ruler(getattr(track, shown), 1.0).left_out()))
            if hidden:
                parts.setdefault(hidden, []).append(name)
        if parts:
            said = "; ".join(f"{hidden} along {join_names(axes)}" for hidden, axes in parts.items())
            lines.append(f"… in the {what}: positions {said}")
    return lines
