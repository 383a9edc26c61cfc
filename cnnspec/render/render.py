"""One entry for all pictures: ``render(report, style=…, format=…)``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from cnnspec.analysis.report import ModelReport
from cnnspec.render.display import Picture
from cnnspec.render.palette import palette_named
from cnnspec.render.svg import Dark, write_svg


def _graph(report: ModelReport, direction: Any, expand: str | Sequence[str] | None) -> Picture:
    from cnnspec.render.graph.draw import graph_picture

    return graph_picture(report, direction=direction, expand=expand)


def _maps(report: ModelReport, direction: Any, expand: str | Sequence[str] | None) -> Picture:
    from cnnspec.render.maps.draw import maps_picture

    return maps_picture(report)


#: What draws each style: the report, the direction and what to expand → the display list.
STYLES: dict[str, Callable[[ModelReport, Any, str | Sequence[str] | None], Picture]] = {"graph": _graph, "maps": _maps}


def render(
    report: ModelReport,
    *,
    style: str = "graph",
    format: str = "svg",
    direction: str = "TB",
    expand: str | Sequence[str] | None = None,
    palette: str = "colour",
    width: str | None = None,
    dark: Dark = "auto",
) -> str | bytes:
    picture = STYLES[style](report, direction, expand)
    return write_svg(picture, palette_named(palette), dark=dark, width=width)
