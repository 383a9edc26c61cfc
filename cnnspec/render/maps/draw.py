"""From a report to its feature maps."""

from __future__ import annotations

from collections.abc import Sequence

from cnnspec.analysis.report import ModelReport
from cnnspec.render.display import Item, Picture
from cnnspec.render.figure import figure
from cnnspec.render.flow.draw import LONGEST, draw_rows, draw_until_narrow
from cnnspec.render.graph.view import View
from cnnspec.render.maps.chain import draw_chain
from cnnspec.render.maps.stacks import draw_stack, stacks_of
from cnnspec.render.maps.stages import is_chain, stages_of
from cnnspec.render.maps.windows import window

#: How long a chain may be to stand in one row where no width is asked for.
ONE_ROW = 1400.0


def maps_picture(report: ModelReport, *, expand: str | Sequence[str] | None = None, longest: float | None = None) -> Picture:
    """Feature maps as stacks of squares from left to right, after figure 2 of LeCun et al. 1998.

    A chain that is short enough is drawn as there. Anything else stands in rows: branches beside each other, skips as arcs,
    closed blocks as one stack. Sequences are ribbons, volumes cubes.

    Args:
        report: the model with its figures.
        expand: ``"all"``, or blocks to open besides those that fit.
        longest: how long a row may be.

    Raises:
        RenderError: a size is unknown, or there are more than three spatial axes.
    """
    if expand is None and is_chain(report):
        picture = _figure(report, draw_chain(stages_of(report)))
        if picture.width <= (ONE_ROW if longest is None else longest):
            return picture
    return draw_until_narrow(report, expand, longest, draw_view)


def draw_view(view: View, longest: float = LONGEST) -> Picture:
    """The picture of one view, in rows."""
    return _figure(view.report, draw_rows(view, stacks_of, draw_stack, window, longest))


def _figure(report: ModelReport, items: Sequence[Item]) -> Picture:
    return figure(report, items, "feature maps", "The feature maps of {} from left to right")
