"""Which style suits a network best, judged by its facts and never by its name."""

from __future__ import annotations

from typing import Final

from cnnspec.analysis.report import ModelReport, Row
from cnnspec.layers.shape import Shape

#: As many layers, and pixels along a side of the input, can be seen one by one in a row of stacks.
MOST_STACKS: Final = 12
LARGEST_MAP: Final = 64


def best_style(report: ModelReport) -> str:
    """The style that shows most of a network: ``maps``, ``volumes`` or ``graph``.

    - Sound networks whose maps have known sizes, and which either are one chain or make maps larger again as a U-Net does,
      are drawn to scale: the sizes are what there is to see. Short chains over small pictures as ``maps``, others as
      ``volumes``.
    - Everything else, what branches above all, is a ``graph``.
    """
    if not report.ok or not _has_known_maps(report):
        return "graph"
    if _is_chain(report) and not _grows(report):
        return "maps" if _is_small(report) else "volumes"
    return "volumes" if _grows(report) else "graph"


def _has_known_maps(report: ModelReport) -> bool:
    shapes = [row.output_shape for row in report.rows]
    return all(shape is not None and shape.known for shape in shapes) and any(shape and shape.rank for shape in shapes)


def _is_chain(report: ModelReport) -> bool:
    """Whether every layer reads the one before it, and nothing else."""
    network = report.network
    links = all(node.inputs == (at - 1,) for at, node in enumerate(network.nodes) if at)
    return links and len(network.outputs) == 1


def _grows(report: ModelReport) -> bool:
    """Whether a layer makes its map at least twice as large along every axis."""
    return any(_enlarges(row) for row in report.rows)


def _enlarges(row: Row) -> bool:
    given, made = row.input_shapes[0] if row.input_shapes else None, row.output_shape
    if given is None or made is None or not given.rank or given.rank != made.rank:
        return False
    return all(n >= 2 * m for m, n in zip(_extents(given), _extents(made), strict=True))


def _is_small(report: ModelReport) -> bool:
    given = report.rows[0].output_shape
    assert given is not None, "sizes are known"
    flat = given.rank == 2 and max(_extents(given)) <= LARGEST_MAP
    return flat and sum(not row.is_input for row in report.rows) <= MOST_STACKS


def _extents(shape: Shape) -> list[int]:
    """The extents of a shape that is known."""
    return [n for n in shape.extents if isinstance(n, int)]
