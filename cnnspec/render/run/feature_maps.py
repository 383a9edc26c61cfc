"""The feature-maps style: what each layer of a run makes of one picture.

Maps in viridis on one scale for a layer, the strongest first, those that are 0 everywhere crossed out; sequences as curves,
units as squares, the probabilities of classes as bars.
"""

from __future__ import annotations

from collections.abc import Sequence

from cnnspec.layers.arithmetic import group_digits
from cnnspec.render.display import Box, Group, Image, Item, Paint, Path, Picture, Rectangle, Step, Text
from cnnspec.render.fonts import fit_text, text_width
from cnnspec.render.graph.faces import count_of
from cnnspec.render.run.layout import HEAD, SMALL, TINY, WIDEST, framed, heading, panel, scale, stacked
from cnnspec.render.run.records import Activations, Channel, Sample, Subject
from cnnspec.render.run.scales import map_pixels, share_of, show_share, show_value, viridis

#: How many channels, curves and units of a layer are shown, and the most values along a side of a map.
MOST_MAPS, MOST_CURVES, MOST_UNITS, MOST_VALUES = 32, 16, 512, 64
#: The side of a map, of the picture itself, of a unit; the size of a curve; the room between them.
MAP, PICTURE, UNIT, GAP = 60.0, 112.0, 10.0, 8.0
CURVE_WIDTH, CURVE_HEIGHT = 168.0, 40.0
#: Units to a row, and the most classes that are bars.
IN_A_ROW, MOST_BARS = 64, 32
BAR_WIDTH, BAR_HEIGHT, NAME_WIDTH = 220.0, 10.0, 120.0


def feature_maps_picture(model: str, subject: Subject, layers: Sequence[Activations], of: str) -> Picture:
    """A picture and what some layers make of it, under each other.

    Args:
        model: its name.
        subject: the picture that was given.
        layers: at least one.
        of: whose weights they are, for the description.
    """
    items = stacked([subject_panel(model, subject), *(feature_maps_panel(layer) for layer in layers)])
    silent = sum(layer.silent for layer in layers)
    description = (
        f"What {count_of(len(layers), 'layer')} of {of} give for {subject.name}, the strongest channels first; "
        f"{count_of(silent, 'channel')} {'is' if silent == 1 else 'are'} 0 everywhere."
    )
    return framed(model, items, f"{model}: feature maps", description)


def subject_panel(model: str, subject: Subject) -> Group:
    """The picture that was given, with what is to be said of it."""
    sample, key = subject.sample, f"{model}.input"
    side = PICTURE / max(sample.rows, sample.columns)
    box = Box(0.0, 0.0, sample.columns * side, max(sample.rows * side, UNIT))
    room = WIDEST - box.width - 14
    items: list[Item] = [
        sample_image(sample, box, key, model, subject.name),
        Text(box.right + 14, HEAD, fit_text(subject.name, HEAD, room, True), HEAD, bold=True),
    ]
    items += [
        Text(box.right + 14, HEAD + 16.0 * number, fit_text(line, SMALL, room), SMALL, fill="soft")
        for number, line in enumerate(subject.lines, 1)
    ]
    return panel("input", key, model, subject.name, [items])


def sample_image(sample: Sample, box: Box, key: str, layer: str, title: str) -> Group:
    """A sample with a thin line around it."""
    image = Image(box, sample.columns, sample.rows, sample.pixels, f"{key}.pixels", layer, title)
    frame = Rectangle(box, Paint(None, "frame", 0.75), f"{key}.frame", layer, title)
    return Group("sample", key, layer, title, (image, frame), box)


def feature_maps_panel(found: Activations) -> Group:
    """What one layer gives."""
    layer, key = found.layer, f"{found.layer}.maps"
    spread = f"values from {show_value(found.low)} to {show_value(found.high)}"
    lines = [spread, *_said(found)]
    head = heading(key, layer, f"{layer} ", f"· {found.title} · {found.shape}", lines)
    bars = found.rank == 0 and 0 < len(found.names) <= MOST_BARS
    bar = [] if bars or found.rank == 1 else scale(key, layer, show_value(found.low), show_value(found.high), viridis)
    body = _bars(found) if bars else _units(found) if found.rank == 0 else _curves(found) if found.rank == 1 else _maps(found)
    return panel("feature-maps", key, layer, f"{layer}: {'; '.join(lines)}", [head, bar, body])


def _said(found: Activations) -> list[str]:
    """How many are shown, how many are silent, and what was done to show them."""
    noun = {0: "unit", 1: "curve"}.get(found.rank, "map")
    count = len(found.shown) if found.rank else found.shown[0].tile.columns
    lines: list[str] = []
    if count < found.channels:
        which = f"the {count} strongest" if found.rank else f"the first {count}"
        lines.append(f"shown: {which} of {group_digits(found.channels)} {noun}s")
    if found.silent:
        crossed = ", crossed out" if any(channel.silent for channel in found.shown) and found.rank else ""
        verb = "is 0" if found.silent == 1 else "are 0"
        where = " everywhere" if found.rank else ""
        lines.append(f"{group_digits(found.silent)} of {count_of(found.channels, noun)} {verb}{where} on this picture{crossed}")
    return [*lines, *found.notes]


def _cells(count: int, wide: float, high: float) -> list[Box]:
    """Boxes of one size in rows, with room for a number below each."""
    across, down = max(wide, text_width("0000", TINY)) + GAP, high + TINY + 3 + GAP
    columns = max(1, int((WIDEST + GAP) // across))
    places = (divmod(number, columns) for number in range(count))
    return [Box(column * across, row * down, column * across + wide, row * down + high) for row, column in places]


def _title(found: Activations, channel: Channel) -> str:
    told = "0 everywhere" if channel.silent else f"mean {show_value(channel.mean)}, greatest {show_value(channel.peak)}"
    return f"{found.layer}, channel {channel.number}: {told}"


def _numbered(kind: str, found: Activations, channel: Channel, box: Box, items: Sequence[Item]) -> list[Item]:
    """A channel with its number below, crossed out if it is silent."""
    key, title = f"{found.layer}.channel{channel.number}", _title(found, channel)
    crossed: list[Item] = []
    if channel.silent:
        steps: tuple[Step, ...] = (
            ("M", ((box.left, box.bottom),)), ("L", ((box.right, box.top),)),
            ("M", ((box.left, box.top),)), ("L", ((box.right, box.bottom),)),
        )  # fmt: skip
        crossed = [Path(steps, Paint(None, "crossed", 1.0), f"{key}.crossed", found.layer, title)]
    data = {"channel": str(channel.number)}
    group = Group(kind, key, found.layer, title, (*items, *crossed), box, data)
    return [group, Text(box.centre[0], box.bottom + TINY + 1, str(channel.number), TINY, False, "middle", "soft")]


def map_side(rows: int, columns: int) -> float:
    """The size of one value of a map: a whole number of pixels, where a map is not too large for that."""
    longest = max(rows, columns)
    return float(min(12, int(MAP // longest))) if longest <= MAP else MAP / longest


def _maps(found: Activations) -> list[Item]:
    first = found.shown[0].tile
    side = map_side(first.rows, first.columns)
    boxes = _cells(len(found.shown), first.columns * side, first.rows * side)
    items: list[Item] = []
    for channel, box in zip(found.shown, boxes, strict=True):
        tile, key = channel.tile, f"{found.layer}.channel{channel.number}"
        pixels = map_pixels(tile.values, found.low, found.high)
        image = Image(box, tile.columns, tile.rows, pixels, f"{key}.values", found.layer, _title(found, channel))
        items += _numbered("map", found, channel, box, [image])
    return items


def _curves(found: Activations) -> list[Item]:
    items: list[Item] = []
    for channel, box in zip(found.shown, _cells(len(found.shown), CURVE_WIDTH, CURVE_HEIGHT), strict=True):
        key, title = f"{found.layer}.channel{channel.number}", _title(found, channel)
        frame = Rectangle(box, Paint("card", "frame", 0.5), f"{key}.frame", found.layer, title)
        values = [value or 0.0 for value in channel.tile.values]
        step = box.width / max(len(values) - 1, 1)
        points = [
            (box.left + at * step, box.bottom - share_of(value, found.low, found.high) * box.height)
            for at, value in enumerate(values)
        ]
        steps: tuple[Step, ...] = (("M", (points[0],)), *(("L", (point,)) for point in points[1:]))
        line = Path(steps, Paint(None, "series.1", 1.25), f"{key}.line", found.layer, title)
        items += _numbered("curve", found, channel, box, [frame, line])
    return items


def _units(found: Activations) -> list[Item]:
    """Units as squares, 64 to a row, the number of the first of each row beside it."""
    values = found.shown[0].tile.values
    columns = min(IN_A_ROW, len(values))
    rows = -(-len(values) // columns)
    left = text_width("000", TINY) + 6
    box = Box(left, 0.0, left + columns * UNIT, rows * UNIT)
    colours = map_pixels(values, found.low, found.high)
    cells = [colours[start : start + 3] + b"\xff" for start in range(0, len(colours), 3)]
    pixels = b"".join(cells) + bytes(4 * (rows * columns - len(values)))
    key, title = f"{found.layer}.units", f"{found.layer}: {count_of(found.channels, 'unit')}"
    image = Image(box, columns, rows, pixels, f"{key}.values", found.layer, title)
    numbers = [Text(left - 4, row * UNIT + UNIT - 2, str(row * columns), TINY, False, "end", "soft") for row in range(rows)]
    return [Group("units", key, found.layer, title, (image,), box), *numbers]


def _bars(found: Activations) -> list[Item]:
    """Classes as bars: shares of a whole, or values, those below zero to the left."""
    values = [value or 0.0 for value in found.shown[0].tile.values]
    low, high = min(0.0, *values), max(0.0, *values)
    shares = low == 0 and high <= 1 and abs(sum(values) - 1) < 1e-3
    high = 1.0 if shares else high
    named = max(text_width(_name(found, at), SMALL, True) for at in range(len(values)))
    zero = named + 8 + BAR_WIDTH * share_of(0.0, low, high)
    items: list[Item] = []
    for at, value in enumerate(values):
        top = at * (BAR_HEIGHT + 5)
        end = named + 8 + BAR_WIDTH * share_of(value, low, high)
        box = Box(min(zero, end), top, max(zero, end), top + BAR_HEIGHT)
        shown = show_share(value) if shares else show_value(value)
        key, title = f"{found.layer}.unit{at}", f"{found.layer}, {_name(found, at)}: {shown}"
        best = value == max(values)
        items.append(Text(named, box.bottom - 1.5, _name(found, at), SMALL, best, "end"))
        items.append(Rectangle(box, Paint("series.1"), key, found.layer, title))
        right = max(named + 8 + BAR_WIDTH, zero) + 8
        items.append(Text(right, box.bottom - 1.5, shown, SMALL, best, fill="ink" if best else "soft"))
    return items


def _name(found: Activations, at: int) -> str:
    return fit_text(found.names[at], SMALL, NAME_WIDTH, True) if at < len(found.names) else f"unit {at}"
