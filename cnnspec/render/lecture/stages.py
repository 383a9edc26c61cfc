"""Every map of a small network in its numbers, from the input to the last layer."""

from __future__ import annotations

from collections.abc import Sequence

from cnnspec.render.display import Group, Item, Picture, Text
from cnnspec.render.figure import MARGIN, around_all, shifted
from cnnspec.render.graph.faces import count_of
from cnnspec.render.lecture.cells import arrow_items, cell_size, matrix_group
from cnnspec.render.lecture.records import Stage

HEAD, SMALL, NUMBER, TINY = 11.0, 9.0, 10.0, 8.5
#: Between columns, between stages of one, between maps of one, and between a kernel and the maps that it makes.
ACROSS, DOWN, APART, BESIDE = 54.0, 26.0, 8.0, 26.0


def stages_picture(name: str, stages: Sequence[Stage]) -> Picture:
    """A column for each step from the input, arrows from what is read to what is made of it."""
    columns = _columns(stages)
    groups = {stage.path: _stage(stage) for stage in stages}
    placed = _place(columns, groups)
    arrows = [arrow for stage in stages for source in stage.reads for arrow in _arrow(placed[source], placed[stage.path])]
    items: list[Item] = [*arrows, *placed.values()]
    box = around_all(Group("all", "", "", "", tuple(items)))
    moved = tuple(shifted(item, MARGIN - box.left, MARGIN - box.top) for item in items)
    maps = sum(len(stage.maps) for stage in stages)
    description = f"{name} in numbers: {count_of(maps, 'map')} from {stages[0].path} to {stages[-1].path}."
    return Picture(name, box.width + 2 * MARGIN, box.height + 2 * MARGIN, f"{name}: every map in numbers", description, moved)


def _columns(stages: Sequence[Stage]) -> list[list[Stage]]:
    """The stages by the longest way from an input."""
    depth: dict[str, int] = {}
    columns: list[list[Stage]] = []
    for stage in stages:
        at = depth[stage.path] = max((depth[source] + 1 for source in stage.reads), default=0)
        columns += [[] for _ in range(at + 1 - len(columns))]
        columns[at].append(stage)
    return columns


def _stage(stage: Stage) -> Group:
    """A name over the kernel and the maps, from the origin on."""
    cell = cell_size(stage.maps, NUMBER)
    side = max(cell)
    title = f"{stage.path}, {stage.title}" if stage.title else stage.path
    items: list[Item] = [Text(0.0, -8.0 - SMALL - 4, stage.path, HEAD, True)]
    if stage.title:
        items.append(Text(0.0, -8.0, stage.title, SMALL, fill="soft"))
    maps: list[Item] = []
    for number, matrix in enumerate(stage.maps):
        said = f"{title}: map {number}" if len(stage.maps) > 1 else title
        group = matrix_group(f"{stage.path}.map{number}", stage.path, said, matrix, cell=(side, side), size=NUMBER)
        maps.append(shifted(group, 0.0, around_all(maps[-1]).bottom + APART if maps else 0.0))
    left = 0.0
    if stage.kernel is not None:
        small = max(cell_size([stage.kernel], TINY))
        said = f"the kernel of {stage.path}"
        kernel = matrix_group(
            f"{stage.path}.kernel", stage.path, said, stage.kernel, cell=(small, small), size=TINY, role="convolution"
        )
        middle = around_all(maps[-1]).bottom / 2
        items.append(shifted(kernel, 0.0, middle - around_all(kernel).height / 2))
        right = around_all(kernel).right
        left = right + BESIDE
        items += arrow_items(f"{stage.path}.to", stage.path, "makes", (right + 4, middle), (left - 4, middle))
    items += [shifted(item, left, 0.0) for item in maps]
    return Group("stage", stage.path, stage.path, title, tuple(items))


def _place(columns: Sequence[Sequence[Stage]], groups: dict[str, Group]) -> dict[str, Group]:
    """The groups in their columns, the middles of all columns on one line."""
    placed: dict[str, Group] = {}
    left = 0.0
    for column in columns:
        heights = [around_all(groups[stage.path]).height for stage in column]
        widths = [around_all(groups[stage.path]).width for stage in column]
        top = -(sum(heights) + DOWN * (len(column) - 1)) / 2
        for stage, height in zip(column, heights, strict=True):
            box = around_all(groups[stage.path])
            moved = shifted(groups[stage.path], left - box.left, top - box.top)
            assert isinstance(moved, Group)
            placed[stage.path] = moved
            top += height + DOWN
        left += max(widths) + ACROSS
    return placed


def _arrow(source: Group, target: Group) -> list[Item]:
    """From the middle of the maps of one stage to that of what another has first."""
    start, tip = _middle(source, last=True), _middle(target, last=False)
    return arrow_items(f"{source.key}-{target.key}", target.layer, "makes", (start[0] + 5, start[1]), (tip[0] - 5, tip[1]))


def _middle(group: Group, *, last: bool) -> tuple[float, float]:
    """The middle of the right side of a stage's maps, or of the left side of what it begins with."""
    boxes = [around_all(item) for item in group.items if isinstance(item, Group)]
    kernels = [around_all(item) for item in group.items if isinstance(item, Group) and item.key.endswith(".kernel")]
    maps = [box for box in boxes if box not in kernels]
    middle = (min(box.top for box in maps) + max(box.bottom for box in maps)) / 2
    return (max(box.right for box in maps), middle) if last else (min(box.left for box in boxes), middle)
