"""The graphs of a model on the page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from cnnspec.analysis.report import ModelReport
from cnnspec.render.display import Group
from cnnspec.render.graph.draw import draw_view
from cnnspec.render.graph.view import View, build_view
from cnnspec.render.page.drawing import Element, draw_group, frame_picture

_NODES = ("card", "block", "merge")


def first_graph(report: ModelReport, key: str, expand: str | Sequence[str] | None = None) -> Element:
    """The graph that the page opens with."""
    return draw_graph(build_view(report, expand), key)


def draw_graph(view: View, key: str) -> Element:
    """A view as an svg element; nodes know the rows that they stand for."""
    picture = draw_view(view)
    rows = {card.path: card.members for card in view.cards}
    elements = (_element(item, rows) for item in picture.items if isinstance(item, Group))
    return frame_picture(picture, list(elements), key)


def _element(group: Group, rows: dict[str, tuple[int, ...]]) -> Element:
    if group.kind not in _NODES or group.box is None:
        return draw_group(group, (0, 0), **{f"data-{name}": value for name, value in group.data.items() if name == "from"})
    interactive = {"data-rows": write_ranges(rows[group.key]), "role": "button", "tabindex": "-1"}
    return draw_group(group, (group.box.left, group.box.top), **interactive)


def write_ranges(numbers: Iterable[int]) -> str:
    """``0-3,7`` of 0, 1, 2, 3 and 7."""
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in _ranges(sorted(numbers)))


def _ranges(numbers: list[int]) -> Iterator[tuple[int, int]]:
    if not numbers:
        return
    start = numbers[0]
    for before, after in pairwise([*numbers, -2]):
        if after != before + 1:
            yield start, before
            start = after
