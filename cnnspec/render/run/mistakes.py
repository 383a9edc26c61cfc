"""The worst mistakes of a run: the pictures that it was surest of, and wrong."""

from __future__ import annotations

from collections.abc import Sequence

from cnnspec.layers.arithmetic import group_digits
from cnnspec.render.display import Box, Group, Item, Picture, Text
from cnnspec.render.fonts import fit_text
from cnnspec.render.graph.faces import count_of
from cnnspec.render.run.feature_maps import sample_image
from cnnspec.render.run.layout import HEAD, SMALL, framed
from cnnspec.render.run.records import Mistake
from cnnspec.render.run.scales import show_share

#: How many stand in a row, the side of a picture, the room of one.
IN_A_ROW, SIDE, WIDE, HIGH = 8, 72.0, 84.0, 122.0


def mistakes_picture(model: str, mistakes: Sequence[Mistake], wrong: int, total: int, data: str) -> Picture:
    """The worst mistakes, the worst first.

    Args:
        model: its name.
        mistakes: those that are drawn; may be none.
        wrong, total: how many of how many images were wrong.
        data: what it was tested on.
    """
    said = f"{group_digits(wrong)} of {count_of(total, 'image')} of {data} wrong"
    head: list[Item] = [Text(0.0, 0.0, f"· {said}", HEAD, lead=f"{fit_text(model, HEAD, 300, True)} ")]
    lines = _lines(mistakes, wrong)
    head += [Text(0.0, 15.0 * number, line, SMALL, fill="soft") for number, line in enumerate(lines, 1)]
    top = 15.0 * len(lines) + 14
    body = [_mistake(model, mistake, at, top) for at, mistake in enumerate(mistakes)]
    return framed(f"{model}.mistakes", [*head, *body], f"{model}: worst mistakes", f"The worst mistakes of {model}: {said}.")


def _lines(mistakes: Sequence[Mistake], wrong: int) -> list[str]:
    if not mistakes:
        return ["there is none to show"]
    sure = all(mistake.confidence is not None for mistake in mistakes)
    first = "those it was surest of" if sure else "the first"
    shown = f"{first}, {len(mistakes)} of {group_digits(wrong)}" if len(mistakes) < wrong else "all of them"
    return [f"{shown}: the true class → what it was taken for{', how sure it was' if sure else ''}, the number in the test set"]


def _mistake(model: str, mistake: Mistake, at: int, top: float) -> Group:
    row, column = divmod(at, IN_A_ROW)
    place = Box(column * WIDE, top + row * HIGH, column * WIDE + WIDE - 8, top + row * HIGH + HIGH - 8)
    sample, key = mistake.sample, f"{model}.mistake{mistake.number}"
    side = SIDE / max(sample.rows, sample.columns)
    wide, high = sample.columns * side, sample.rows * side
    left = place.left + (place.width - wide) / 2
    sure = "" if mistake.confidence is None else show_share(mistake.confidence)
    title = f"test image {mistake.number}: {mistake.label}, taken for {mistake.predicted}{f' with {sure}' if sure else ''}"
    lines = [fit_text(f"{mistake.label} → {mistake.predicted}", SMALL, place.width, True), sure, f"#{mistake.number}"]
    middle, base = place.centre[0], place.top + SIDE + 12
    items: list[Item] = [
        sample_image(sample, Box(left, place.top + SIDE - high, left + wide, place.top + SIDE), key, model, title),
        *(
            Text(
                middle,
                base + 12 * number,
                line,
                SMALL if number == 0 else 9.0,
                number == 0,
                "middle",
                "soft" if number else "ink",
            )
            for number, line in enumerate(filter(None, lines))
        ),
    ]
    data = {"number": str(mistake.number), "true": mistake.label, "predicted": mistake.predicted}
    return Group("mistake", f"{key}.item", model, title, tuple(items), place, data)
