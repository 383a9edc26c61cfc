"""Matrices as cells with their numbers in them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from fractions import Fraction

from cnnspec.layers.arithmetic import group_digits
from cnnspec.render.conv.sheet import lines_of
from cnnspec.render.display import Box, Group, Item, Paint, Path, Point, Polygon, Rectangle, Step, Text, arrow_head
from cnnspec.render.fonts import text_width
from cnnspec.render.lecture.records import Matrix

#: The largest denominator of a factor that is taken out of a kernel.
MOST_PARTS = 4_096
#: The room beside a number in its cell, and the least side of one.
BESIDE, LEAST = 5.0, 13.0


def show_number(value: float) -> str:
    """``−1``, ``6,600``, ``0.111``: whole numbers whole, others with three digits."""
    if not math.isfinite(value):
        return "not a number" if math.isnan(value) else "∞" if value > 0 else "−∞"
    if abs(value - round(value)) < 1e-9 and abs(value) < 1e15:
        return group_digits(round(value))
    return f"{value:.3g}".replace("-", "−")


def take_factor(matrix: Matrix) -> tuple[int, Matrix]:
    """A number n and whole numbers that are the matrix times n; 1 and the matrix as it is where there is no small n."""
    parts = [[Fraction(value).limit_denominator(MOST_PARTS) for value in row] for row in matrix]
    exact = all(
        math.isclose(float(part), value, rel_tol=1e-9, abs_tol=1e-12)
        for row, values in zip(parts, matrix, strict=True)
        for part, value in zip(row, values, strict=True)
    )
    shared = math.lcm(*(part.denominator for row in parts for part in row))
    if not exact or shared > MOST_PARTS:
        return 1, matrix
    return shared, tuple(tuple(float(part * shared) for part in row) for row in parts)


def cell_size(matrices: Iterable[Matrix], size: float) -> tuple[float, float]:
    """Width and height of a cell that holds every number of the matrices in a font size."""
    widest = max(text_width(show_number(value), size) for matrix in matrices for row in matrix for value in row)
    height = max(LEAST, size + 5)
    return max(height, widest + BESIDE), height


def matrix_group(
    key: str,
    layer: str,
    title: str,
    matrix: Matrix,
    *,
    cell: tuple[float, float],
    size: float,
    marked: Sequence[tuple[int, int]] = (),
    role: str = "card",
) -> Group:
    """A matrix with its left upper corner at the origin.

    Args:
        key, layer, title: as every group's.
        matrix: its numbers.
        cell: width and height of one.
        size: of the font.
        marked: rows and columns of cells on another ground.
        role: of the ground of the others.
    """
    rows, columns = len(matrix), len(matrix[0])
    box = Box(0.0, 0.0, columns * cell[0], rows * cell[1])
    items: list[Item] = [Rectangle(box, Paint(role), f"{key}.ground", layer, title)]
    for row, column in marked:
        left, top = column * cell[0], row * cell[1]
        there = Box(left, top, left + cell[0], top + cell[1])
        items.append(Rectangle(there, Paint("field"), f"{key}.{row}-{column}", layer, title))
    items.append(Path(_grid(box, cell, rows, columns), Paint(None, "frame", 0.5), f"{key}.grid", layer, title))
    for row, values in enumerate(matrix):
        base = (row + 0.5) * cell[1] + 0.36 * size
        for column, value in enumerate(values):
            fill = "ink" if role == "card" or (row, column) in marked else "label"
            items.append(Text((column + 0.5) * cell[0], base, show_number(value), size, False, "middle", fill))
    data = {"rows": str(rows), "columns": str(columns)}
    return Group("matrix", key, layer, title, tuple(items), box, data)


def _grid(box: Box, cell: tuple[float, float], rows: int, columns: int) -> tuple[Step, ...]:
    down = [((0.0, at * cell[1]), (box.right, at * cell[1])) for at in range(rows + 1)]
    across = [((at * cell[0], 0.0), (at * cell[0], box.bottom)) for at in range(columns + 1)]
    return lines_of([*down, *across])


def arrow_items(key: str, layer: str, title: str, start: Point, tip: Point) -> list[Item]:
    """A straight arrow."""
    head = arrow_head(tip, start)
    base = ((head[1][0] + head[2][0]) / 2, (head[1][1] + head[2][1]) / 2)
    line: tuple[Step, ...] = (("M", (start,)), ("L", (base,)))
    return [Path(line, Paint(None, "line"), key, layer, title), Polygon(head, Paint("line"), f"{key}.head", layer, title)]
