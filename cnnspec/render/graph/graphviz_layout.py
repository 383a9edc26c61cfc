"""Coordinates from an installed ``dot`` in place of our own; what is drawn stays ours."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence

from cnnspec.render.display import Box, Point
from cnnspec.render.errors import RenderError
from cnnspec.render.graph.layout import PAD, Cell, Layout

_REMEDY = "install Graphviz (Debian: apt install graphviz) or leave --engine away"
_INCH = 72.0


def lay_out_with_dot(
    cells: Sequence[Cell],
    edges: Sequence[tuple[int, int]],
    frames: Sequence[Sequence[int]],
    reaches: Sequence[tuple[int, float]],
    *,
    direction: str,
    labels: Sequence[tuple[float, float]],
    margin: float = 12.0,
) -> Layout:
    """The same as :func:`~cnnspec.render.graph.layout.lay_out`, with the positions that ``dot`` finds.

    Raises:
        RenderError: ``dot`` is not installed, or failed.
    """
    program = shutil.which("dot")
    if program is None:
        raise RenderError("--engine dot needs Graphviz, and there is no dot on the path", _REMEDY, missing=True)
    done = subprocess.run(
        [program, "-Tplain", "-y"], input=_source(cells, edges, frames, direction).encode(), capture_output=True, check=False
    )
    if done.returncode:
        message = done.stderr.decode(errors="replace").strip().partition("\n")[0]
        raise RenderError(f"dot failed: {message}", "leave --engine away", missing=True)
    return _read(done.stdout.decode(), cells, edges, frames, reaches, direction, labels, margin)


def _sizes(cell: Cell, direction: str) -> tuple[float, float]:
    """Width and height that dot reserves: symmetric about the port, with room for frames."""
    across = 2 * max(cell.before, cell.after)
    return (across, cell.length) if direction == "TB" else (cell.length, across)


def _source(cells: Sequence[Cell], edges: Sequence[tuple[int, int]], frames: Sequence[Sequence[int]], direction: str) -> str:
    """The graph with bare boxes of the right size; names are numbers, so nothing needs quoting."""
    apart = 0.85 if frames else 0.45  # clusters have no room of their own for a label in the plain format
    lines = [f"digraph {{ rankdir={direction} splines=polyline nodesep=0.35 ranksep={apart} node [shape=box fixedsize=true]"]
    for at, cell in enumerate(cells):
        width, height = _sizes(cell, direction)
        lines.append(f"n{at} [width={width / _INCH:.4f} height={height / _INCH:.4f}]")
    opened: list[range] = []
    for number, frame in enumerate(frames):
        while opened and frame[0] >= opened[-1].stop:
            opened.pop()
            lines.append("}")
        lines.append(f"subgraph cluster_{number} {{ margin={20 + PAD:.0f} " + " ".join(f"n{card};" for card in frame))
        opened.append(range(frame[0], frame[-1] + 1))
    lines += ["}"] * len(opened)
    lines += [f"n{source} -> n{target}" for source, target in edges]
    return "\n".join([*lines, "}\n"])


def _read(
    text: str,
    cells: Sequence[Cell],
    edges: Sequence[tuple[int, int]],
    frames: Sequence[Sequence[int]],
    reaches: Sequence[tuple[int, float]],
    direction: str,
    labels: Sequence[tuple[float, float]],
    margin: float,
) -> Layout:
    centres: list[Point] = [(0.0, 0.0)] * len(cells)
    ways: dict[tuple[int, int], list[Point]] = {}
    for line in text.replace("\\\n", "").splitlines():
        words = line.split()
        if words[0] == "node":
            centres[int(words[1][1:])] = (float(words[2]) * _INCH, float(words[3]) * _INCH)
        elif words[0] == "edge":
            numbers = [float(word) * _INCH for word in words[4 : 4 + 2 * int(words[3])]]
            corners = list(zip(numbers[::2], numbers[1::2], strict=True))[::3]  # a polyline comes as degenerate curves
            ways[int(words[1][1:]), int(words[2][1:])] = corners
    boxes = [_box(cell, centre, direction) for cell, centre in zip(cells, centres, strict=True)]
    lines = [_line(cells, centres, boxes, edge, ways[edge], direction) for edge in edges]
    around = _frames(boxes, centres, frames, reaches, direction, labels)
    everything = [*boxes, *around, *(Box(x, y, x, y) for line in lines for x, y in line)]
    left, top = min(box.left for box in everything) - margin, min(box.top for box in everything) - margin
    width = max(box.right for box in everything) + margin - left
    height = max(box.bottom for box in everything) + margin - top

    def moved(box: Box) -> Box:
        return Box(box.left - left, box.top - top, box.right - left, box.bottom - top)

    return Layout(
        [moved(box) for box in boxes],
        [(x - left, y - top) for x, y in centres],
        [[(x - left, y - top) for x, y in line] for line in lines],
        [moved(box) for box in around],
        width,
        height,
    )


def _box(cell: Cell, centre: Point, direction: str) -> Box:
    x, y = centre
    if direction == "TB":
        return Box(x - cell.before, y - cell.length / 2, x + cell.after, y + cell.length / 2)
    return Box(x - cell.length / 2, y - cell.before, x + cell.length / 2, y + cell.after)


def _line(
    cells: Sequence[Cell], centres: list[Point], boxes: list[Box], edge: tuple[int, int], way: list[Point], direction: str
) -> list[Point]:
    """The way that dot found, led to the ports."""

    def port(at: int, leaving: bool) -> Point:
        (x, y), box, radius = centres[at], boxes[at], cells[at].round
        if direction == "TB":
            end = (y + radius if leaving else y - radius) if radius else (box.bottom if leaving else box.top)
            return x, end
        return ((x + radius if leaving else x - radius) if radius else (box.right if leaving else box.left)), y

    return [port(edge[0], True), *way[1:-1], port(edge[1], False)]


def _frames(
    boxes: list[Box],
    centres: list[Point],
    frames: Sequence[Sequence[int]],
    reaches: Sequence[tuple[int, float]],
    direction: str,
    labels: Sequence[tuple[float, float]],
) -> list[Box]:
    found: list[Box] = [Box(0, 0, 0, 0)] * len(frames)
    for number in reversed(range(len(frames))):
        inside = set(frames[number])
        parts = [boxes[card] for card in frames[number]]
        parts += [found[other] for other in range(number + 1, len(frames)) if frames[other][0] in inside]
        box = parts[0]
        for part in parts[1:]:
            box = box.union(part)
        box = box.grown(PAD)
        if direction == "TB":
            card, reach = reaches[number]
            box = Box(box.left, box.top - labels[number][0], max(box.right, centres[card][0] + reach), box.bottom)
        else:
            box = Box(box.left, box.top, box.right, box.bottom + labels[number][1])
        found[number] = box
    return found
