"""From the steps of a sliding window to the display list: the input, the window on it, the output as far as it is made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import ceil, inf, prod

from cnnspec.analysis.explain.lines import join_names, name_axes
from cnnspec.layers.arithmetic import group_digits
from cnnspec.render.conv.pair import Pair, lay_out_pair
from cnnspec.render.conv.sheet import Ruler, hatch_of
from cnnspec.render.conv.slices import Slices, has_slices, lay_out_slices
from cnnspec.render.conv.steps import Slide, outside, show_stretch
from cnnspec.render.display import Box, Group, Item, Paint, Path, Picture, Rectangle, Text
from cnnspec.render.figure import around_all, shifted
from cnnspec.render.fonts import text_width, wrap_name, wrap_words
from cnnspec.render.graph.faces import count_of, describe
from cnnspec.render.palette import family_role
from cnnspec.render.svg import clean

#: Font sizes and the distance of lines.
TITLE, HEAD, SMALL, LINE = 12.0, 11.0, 10.0, 14.0
#: Between steps, around the picture; how wide a heading becomes above narrower steps.
STEPS, MARGIN, HEADING = 30.0, 12.0, 560.0
#: How high rows of steps become: ten inches of paper where the smallest text has 6 pt.
HIGHEST = 960.0
SWATCH = 10.0
#: Where both maps stand and in which order the units are made, by the number of axes.
_PLACES = {
    1: (" above", " below", ""),
    2: (" above", " below", ", row by row"),
    3: (" on the left", " on the right", ", slice by slice and row by row"),
}
#: What pooling does with the values under its window, by a part of the kind's name.
_POOLED = {"MaxPool": "largest", "AvgPool": "mean"}


def conv_picture(slide: Slide, *, animate: bool = False, longest: float = inf) -> Picture:
    """The steps of a layer side by side, of sequences and volumes one below the other; or one after the other in one place.

    Args:
        slide: the steps.
        animate: one after the other in one place.
        longest: how wide the picture may become, as far as one step is not wider.
    """
    room = longest - 2 * MARGIN
    panels = _frames(slide) if animate else _panels(slide, room)
    width = max(*(around_all(panel).right for panel in panels), min(HEADING, room))
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


def _panels(slide: Slide, room: float) -> list[Group]:
    """A panel for each step, all with sheets of the same size, in as few rows as fit, those of images of equal length."""
    layout = lay_out(slide)
    panels = [_panel(layout, step) for step in slide.steps]
    boxes = [around_all(panel) for panel in panels]
    across = _columns(boxes, room) if len(slide.tracks) == 2 else 1
    widths = [max(box.width for box in boxes[column::across]) for column in range(across)]
    apart = max((room - sum(widths)) / (across - 1), STEPS) if 1 < across < len(boxes) else STEPS  # else a page enlarges it
    found: list[Group] = []
    top = 0.0
    for first in range(0, len(panels), across):
        here = boxes[first : first + across]
        for column, (panel, box) in enumerate(zip(panels[first : first + across], here, strict=True)):
            x = 0.0 if len(slide.tracks) == 1 else sum(widths[:column]) + apart * column - box.left
            y = top - min(one.top for one in here)
            found.append(shifted(panel, x, y))  # type: ignore[arg-type]
        top += max(box.bottom for box in here) - min(box.top for box in here) + STEPS
    return found


def _columns(boxes: Sequence[Box], room: float) -> int:
    """How many stand side by side, in rows of nearly equal length: as few rows as fit, but no more than a page is high."""
    found = len(boxes)
    for rows in range(1, len(boxes) + 1):
        across = ceil(len(boxes) / rows)
        if rows > 1 and rows * (max(box.height for box in boxes) + STEPS) > HIGHEST:
            break
        found = across
        columns = (boxes[column::across] for column in range(across))
        if sum(max(box.width for box in column) + STEPS for column in columns) - STEPS <= room:
            break
    return found


def _frames(slide: Slide) -> list[Group]:
    """A panel for each step, all in one place."""
    layout, count = lay_out(slide), len(slide.steps)
    frames = [replace(_panel(layout, step), frame=(number, count)) for number, step in enumerate(slide.steps)]
    left = min(around_all(frame).left for frame in frames)
    return [shifted(frame, -left, 0.0) for frame in frames]  # type: ignore[misc]


def lay_out(slide: Slide) -> Pair | Slices:
    """Where the maps of a step stand: the input at the origin, the output below it, that of a volume behind it."""
    return lay_out_pair(slide) if len(slide.tracks) < 3 else lay_out_slices(slide)


def _panel(layout: Pair | Slices, step: tuple[int, ...]) -> Group:
    slide = layout.slide
    path, key = slide.path, f"{slide.path}.{'-'.join(map(str, step))}"
    title = title_of(slide, step)
    given, made = layout.input_group(step, key, title), layout.output_group(step, key, title)
    lines = layout.rays(step, key, title)
    left = around_all(Group("", "", "", "", (given, made))).left
    number = f"step {group_digits(slide.number_of(step))} of {group_digits(slide.count)}"
    head = (
        Text(left, layout.head - LINE, number, HEAD, True),
        Text(left, layout.head, f"unit {','.join(map(str, step))} reads {slide.say_reads(step)}", SMALL, False, "start", "soft"),
    )
    base = max(around_all(item).bottom for item in (made, *lines)) + 16
    foot = Text(left, base, products(slide, step), SMALL, False, "start", "soft")
    reads = slide.reads(step)
    data = {
        "unit": " ".join(map(str, step)),
        "reads": "none" if reads is None else " ".join(f"{low}:{high}" for low, high in reads),
    }
    return Group("step", key, path, title, (given, made, *lines, *head, foot), None, data)


def title_of(slide: Slide, step: Sequence[int]) -> str:
    """What is said of the shapes of a step."""
    return f"{slide.path}: unit {','.join(map(str, step))} reads {slide.say_reads(step)}"


def products(slide: Slide, step: Sequence[int]) -> str:
    """How many values go into the unit, how many of them are padding, and of a volume how many come from each slice."""
    taps = slide.taps(step)
    said = _say_products(slide, taps)
    if len(taps) < 3 or len(taps[0]) < 2 or not all(taps):
        return said
    each = prod(map(len, taps[1:])) * (_channels(slide, taps) or 1)
    return f"{said}: {group_digits(each)} from each of {len(taps[0])} slices"


def _say_products(slide: Slide, taps: Sequence[Sequence[int]]) -> str:
    positions, padded = prod(map(len, taps)), outside(slide.tracks, taps)
    sides = "×".join(str(len(axis)) for axis in taps)
    depth = _channels(slide, taps)
    if depth is not None:
        of_them = f", {group_digits(padded * depth)} of them with padding" if padded else ""
        return f"{sides}×{group_digits(depth)} = {group_digits(positions * depth)} products{of_them}"
    first = f"{sides} = {count_of(positions, 'value')}" if len(taps) > 1 else count_of(positions, "value")
    verb = next((verb for word, verb in _POOLED.items() if word in slide.row.kind), None)
    if verb is not None:
        of_them = f", {group_digits(positions - padded)} of them on the map" if padded else ""
        return f"{verb} of {first}{of_them}"
    return first + (f", {group_digits(padded)} of them padding" if padded else "")


def _channels(slide: Slide, taps: Sequence[Sequence[int]]) -> int | None:
    """The channels that meet the kernel at every position; None where the unit is no sum over a whole kernel."""
    positions, window = prod(map(len, taps)), prod(getattr(track.axis, "kernel", 0) for track in slide.tracks)
    if slide.row.im2col is None or positions != window or slide.row.im2col[0] % window:
        return None
    return slide.row.im2col[0] // window


def _heading(slide: Slide, width: float) -> Group:
    """The layer, its shapes, and the size rule in letters and in numbers."""
    lines = layer_lines(slide, width)
    y = lines[-1].y + LINE + 3
    above, below, order = _PLACES[len(slide.tracks)]
    for line in wrap_words(f"{slide.given}{above} becomes {slide.output}{below}{order}", SMALL, width):
        lines.append(Text(0.0, y, line, SMALL, False, "start", "soft"))
        y += LINE
    rules = [f"The size is {rule}" for rule in slide.formulas()]
    numbers = [f"{one.label}: {one.text}" for one in slide.equations()]
    y += 6
    for line in (part for text in (*rules, *numbers) for part in wrap_words(text, HEAD, width)):
        lines.append(Text(0.0, y, line, HEAD))
        y += LINE + 2
    return Group("heading", f"{slide.path}.heading", slide.path, slide.path, tuple(lines))


def layer_lines(slide: Slide, width: float) -> list[Text]:
    """The layer and what it does; in several lines where one is too short."""
    name, what = clean(slide.path), clean(describe(slide.row))
    if text_width(name, TITLE, True) + text_width(f" · {what}", TITLE) <= width:
        return [Text(0.0, 0.0, f" · {what}", TITLE, lead=name)]
    lines = [(line, True) for line in wrap_name(name, TITLE, width)] + [(line, False) for line in wrap_words(what, TITLE, width)]
    return [Text(0.0, (LINE + 1) * at, line, TITLE, bold) for at, (line, bold) in enumerate(lines)]


def _caption(slide: Slide, width: float, top: float) -> Group:
    """What the colours mean, and what is left out, in words."""
    path = slide.path
    items: list[Item] = []
    x = 0.0
    for key, paint, words in legend(slide):
        if x and x + SWATCH + 5 + text_width(words, SMALL) > width:
            x, top = 0.0, top + LINE + 2
        box = Box(x, top, x + SWATCH, top + SWATCH)
        items.append(Rectangle(box, paint, f"{path}.legend.{key}", path, words))
        if key == "padding":
            items.append(Path(hatch_of([box]), Paint(None, "frame", 0.6), f"{path}.legend.hatch", path, words))
        items.append(Text(x + SWATCH + 5, top + SWATCH - 1, words, SMALL, False, "start", "soft"))
        x += SWATCH + 5 + text_width(words, SMALL) + 18
    for number, line in enumerate(part for note in notes(slide) for part in wrap_words(note, SMALL, width)):
        items.append(Text(0.0, top + SWATCH + 6 + LINE * (number + 1) - 3, line, SMALL, False, "start", "soft"))
    return Group("caption", f"{path}.caption", path, "what the colours mean", tuple(items))


def legend(slide: Slide) -> list[tuple[str, Paint, str]]:
    """What is to be said of the colours: a key, how it is painted, words."""
    found = [
        ("read", Paint("field", "window"), "read by the unit"),
        ("unit", Paint("mark.card", "mark.card"), "the unit"),
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
    lines = ["kernel n above a slice: on it lies slice n of the kernel"] if has_slices(slide) else []
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
