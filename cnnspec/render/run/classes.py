"""The first picture of each class of a data set."""

from __future__ import annotations

from collections.abc import Sequence

from cnnspec.layers.arithmetic import group_digits
from cnnspec.render.display import Box, Group, Item, Picture, Text
from cnnspec.render.fonts import fit_text
from cnnspec.render.graph.faces import count_of
from cnnspec.render.run.feature_maps import sample_image
from cnnspec.render.run.layout import HEAD, SMALL, framed
from cnnspec.render.run.records import Sample

#: The most classes that are drawn, how many to a row, the side of a picture, the room of one.
MOST_CLASSES, IN_A_ROW, SIDE, WIDE, HIGH = 100, 10, 64.0, 74.0, 104.0


def classes_picture(data: str, size: str, samples: Sequence[tuple[str, int, int, Sample | None]]) -> Picture:
    """The first picture of each class.

    Args:
        data: the name of the data set.
        size: of its pictures, ``28×28×1``.
        samples: for each class its name, how many pictures it has to train with, the number of the first, and that picture,
            None where it has none.
    """
    count = sum(number for _, number, _, _ in samples)
    classes = f"the first of each of {len(samples):,} classes" if len(samples) != 1 else "the first of its one class"
    said = f"· {count_of(count, 'image')} to train with, {size}; {classes}"
    items: list[Item] = [Text(0.0, 0.0, said, HEAD, lead=f"{fit_text(data, HEAD, 300, True)} ")]
    shown = samples[:MOST_CLASSES]
    if len(shown) < len(samples):
        items.append(Text(0.0, 15.0, f"shown: the first {MOST_CLASSES} classes", SMALL, fill="soft"))
    top = 30.0
    items += [_cell(data, at, entry, top) for at, entry in enumerate(shown)]
    description = f"The first picture of each class of {data}: {', '.join(name for name, *_ in shown[:20])}."
    return framed(f"{data}.classes", items, f"{data}: the first picture of each class", description)


def _cell(data: str, at: int, entry: tuple[str, int, int, Sample | None], top: float) -> Group:
    name, count, first, sample = entry
    row, column = divmod(at, IN_A_ROW)
    place = Box(column * WIDE, top + row * HIGH, column * WIDE + WIDE - 8, top + row * HIGH + HIGH - 8)
    title = f"{name}: {count_of(count, 'image')}" + (f", the first is number {first}" if sample is not None else "")
    middle, base = place.centre[0], place.top + SIDE + 13
    items: list[Item] = [
        Text(middle, base, fit_text(name, SMALL, place.width, True), SMALL, True, "middle"),
        Text(middle, base + 13, group_digits(count), SMALL, False, "middle", "soft"),
    ]
    if sample is not None:
        side = SIDE / max(sample.rows, sample.columns)
        wide, high = sample.columns * side, sample.rows * side
        box = Box(middle - wide / 2, place.top + SIDE - high, middle + wide / 2, place.top + SIDE)
        items.insert(0, sample_image(sample, box, f"{data}.class{at}", data, title))
    return Group("class", f"{data}.class{at}.cell", data, title, tuple(items), place, {"class": str(at)})
