"""What one unit reads: its window on the stack before, at the arithmetically exact place, and lines to its cell."""

from __future__ import annotations

from collections.abc import Sequence

from cnnspec.layers.shape import Shape
from cnnspec.render.display import Group, Item, Paint, Path, Point, Polygon, Rectangle, Step
from cnnspec.render.flow.cuboid import Cuboid, Region, Span, line
from cnnspec.render.flow.operations import DrawnAxis, cell_inside, sliding_axes
from cnnspec.render.flow.standing import Standing
from cnnspec.render.maps.stacks import Stack

#: Which output cell is shown, as a share of the output's axes; a depth comes first.
CELL = (0.5, 0.3, 0.72)


def window(source: Standing, target: Standing) -> Group | None:
    """The window of a unit; None where the layer slides none over the stack before it."""
    if not isinstance(source, Stack) or not isinstance(target, Stack) or target.card.run or target.card.kind != "layer":
        return None
    row = target.card.rows[0]
    axes = sliding_axes(row)
    fits = len(axes) == target.shape.rank == source.shape.rank > 0 and row.input_shapes[0] == source.shape
    return window_of(source, target, axes) if fits else None


def shown_cell(axes: Sequence[DrawnAxis], before: Shape, after: Shape) -> tuple[int, ...]:
    """The output cell whose window is drawn, per spatial axis."""
    return cell_inside(axes, before, after, CELL[-after.rank :])


def window_of(source: Stack, target: Stack, axes: Sequence[DrawnAxis]) -> Group:
    """The window of the unit that is shown, along axes that can be drawn."""
    cell = shown_cell(axes, source.shape, target.shape)
    reads = [axis.reads(at, at) for axis, at in zip(axes, cell, strict=True)]
    path = target.path
    at = "×".join(str(index) for index in cell)
    where = " × ".join(f"{low} to {high}" for low, high in reads)
    title = f"unit {at} of {path} reads {where} of {source.path}"
    items = _prism(source, target, cell, reads, title) if len(axes) == 3 else _rectangle(source, target, cell, reads, title)
    data = {
        "from": source.path,
        "cell": " ".join(map(str, cell)),
        "reads": " ".join(f"{low}:{high}" for low, high in reads),
    }
    return Group("window", f"{path}.view", path, title, items, None, data)


def _rectangle(
    source: Stack, target: Stack, cell: Sequence[int], reads: Sequence[tuple[int, int]], title: str
) -> tuple[Item, ...]:
    """A rectangle on the front sheet, and two lines to the cell."""
    path = target.path
    rows = reads[0] if len(reads) == 2 else (0, 0)
    row = cell[0] if len(cell) == 2 else 0
    seen, unit = source.cells(rows, reads[-1]), target.cells((row, row), (cell[-1], cell[-1]))
    lines = (
        *line((seen.right, seen.top), (unit.left, unit.top)),
        *line((seen.right, seen.bottom), (unit.left, unit.bottom)),
    )
    return (
        Path(lines, Paint(None, "window", 0.8), f"{path}.rays", path, title),
        Rectangle(seen, Paint(None, "mark", 1.2), f"{path}.window", path, title),
        Rectangle(unit, Paint("mark", "mark", 0.6), f"{path}.cell", path, title),
    )


def region_of(shape: Shape, reads: Sequence[tuple[int, int]]) -> Region:
    """Where positions of a volume lie in its cube: columns go along, rows down, the depth backwards."""
    deep, down, along = (_share(pair, int(extent)) for pair, extent in zip(reads, shape.extents, strict=True))  # type: ignore[arg-type]
    return Region(along, down, deep)


def _share(reads: tuple[int, int], extent: int) -> Span:
    return reads[0] / extent, (reads[1] + 1) / extent


def _prism(source: Stack, target: Stack, cell: Sequence[int], reads: Sequence[tuple[int, int]], title: str) -> tuple[Item, ...]:
    """The edges of a box in the front cube, and four lines to the unit."""
    path = target.path
    cube, goal = source.sheet(source.sheets - 1), target.sheet(target.sheets - 1)
    seen, unit = region_of(source.shape, reads), region_of(target.shape, [(at, at) for at in cell])
    tip = _middle(goal, unit)
    rays: list[Step] = [step for corner in cube.side(seen.along[1], seen) for step in line(corner, tip)]
    return (
        Path(tuple(rays), Paint(None, "window", 0.7), f"{path}.rays", path, title),
        Path(cube.prism(seen), Paint(None, "mark", 0.8), f"{path}.window", path, title),
        Polygon(goal.side(unit.along[0], unit), Paint("mark", "mark", 0.6), f"{path}.cell", path, title),
    )


def _middle(cube: Cuboid, unit: Region) -> Point:
    return cube.point(unit.along[0], sum(unit.down) / 2, sum(unit.back) / 2)
