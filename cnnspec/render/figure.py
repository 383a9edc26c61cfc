"""A finished drawing as a picture: moved into its margins, with the title and the sentence that say what it shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from cnnspec.analysis.report import ModelReport
from cnnspec.layers.arithmetic import show_size
from cnnspec.render.display import Box, Group, Item, Paint, Path, Picture, Polygon, Rectangle, Text, rounded_line, top_rounded
from cnnspec.render.graph.faces import count_of

MARGIN = 12.0


def figure(report: ModelReport, items: Sequence[Item], what: str, sentence: str) -> Picture:
    """The items as a picture of a model.

    Args:
        report: the model's.
        items: at least one, anywhere.
        what: is drawn, for the title.
        sentence: the description's beginning, ``{}`` standing for the model's name.
    """
    box = around_all(items[0])
    for item in items[1:]:
        box = box.union(around_all(item))
    moved = tuple(shifted(item, MARGIN - box.left, MARGIN - box.top) for item in items)
    facts = [count_of(sum(1 for row in report.rows if not row.is_input), "layer")]
    if report.totals.params is not None:
        facts.append(count_of(report.totals.params, "parameter"))
    if report.totals.macs is not None:
        facts.append(f"{show_size(report.totals.macs)} multiply-accumulates")
    description = f"{sentence.format(report.name)}: {', '.join(facts)}."
    title = f"{report.name}: {what}"
    return Picture(report.name, box.width + 2 * MARGIN, box.height + 2 * MARGIN, title, description, moved)


def around_all(item: Item) -> Box:
    """The box around an item and all in it."""
    if not isinstance(item, Group):
        return item.box
    boxes = [around_all(inner) for inner in item.items]
    box = boxes[0]
    for other in boxes[1:]:
        box = box.union(other)
    return box


def shifted(item: Item, dx: float, dy: float) -> Item:
    """The item somewhere else."""

    def box_there(box: Box) -> Box:
        return Box(box.left + dx, box.top + dy, box.right + dx, box.bottom + dy)

    match item:
        case Group():
            items = tuple(shifted(inner, dx, dy) for inner in item.items)
            return replace(item, items=items, box=None if item.box is None else box_there(item.box))
        case Text():
            return replace(item, x=item.x + dx, y=item.y + dy)
        case Path():
            return replace(
                item, steps=tuple((letter, tuple((x + dx, y + dy) for x, y in points)) for letter, points in item.steps)
            )
        case Polygon():
            return replace(item, points=tuple((x + dx, y + dy) for x, y in item.points))
        case _:
            return replace(item, box=box_there(item.box))


def ground_of_card(box: Box, head: Box, role: str, key: str, path: str, title: str, dash: str = "") -> tuple[Item, ...]:
    """A card with a coloured header: both filled, a line between them, and one outline around all.

    Two outlines along one edge would show in the gaps of each other's dashes.
    """
    rule = rounded_line([(head.left, head.bottom), (head.right, head.bottom)], 0)
    return (
        Rectangle(box, Paint("card"), f"{key}.body", path, title, 4),
        Path(top_rounded(head, 4), Paint(role), f"{key}.head", path, title),
        Path(rule, Paint(None, "line", 1.0, dash), f"{key}.rule", path, title),
        Rectangle(box, Paint(None, "line", 1.0, dash), f"{key}.card", path, title, 4),
    )
