"""The stepper of one layer as a page of its own: its window sliding, live, offline."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from cnnspec.analysis.report import ModelReport, Row
from cnnspec.render.conv.steps import build_slide
from cnnspec.render.errors import RenderError
from cnnspec.render.graph.view import inner_path
from cnnspec.render.page.conv_model import conv_model, stepper_of
from cnnspec.render.page.markup import Markup, clean, embed_json, tag
from cnnspec.render.page.page import write_document, write_palette
from cnnspec.render.page.parts import asset
from cnnspec.render.palette import Palette

_SCRIPTS = ("bus.js", "fields.js", "conv.js", "stepper.js", "alone.js")
_STYLES = ("page.css", "field.css", "alone.css")


def write_stepper(
    report: ModelReport,
    colours: Palette,
    *,
    layer: str | None = None,
    at: Sequence[int] | None = None,
    dark: bool | None = None,
) -> str:
    """The page of one layer.

    Args:
        report: the model.
        colours: of the tables.
        layer: the end of a layer's path; the first convolution, else the first layer with a window, unless named.
        at: the unit to begin with; the first unless named.
        dark: True and False fix light or dark; None follows the reader's setting.

    Raises:
        RenderError: there is no such layer or unit, the layer slides no window, or one that is not shown step by step.
    """
    slide = build_slide(report, layer, at)
    row, path = slide.row, clean(slide.path)
    found = stepper_of(row)
    if found is None:
        raise RenderError(f"the window of {path} is not shown step by step", "end the output in .svg for a still")
    if at is not None:
        found["at"] = _begin(row, found, slide.steps[0])
    kernels = conv_model(report)
    shown = {"path": path, "kind": row.kind, "summary": clean(row.layer.summary()), "output": str(row.output_shape)}
    panels = {"conv": {**kernels, "layers": {"0": found}}}
    data = embed_json({"models": [{"name": clean(report.name), "layers": [shown], "panels": panels}]})
    title = f"{path} of {clean(report.name)}, step by step"
    script = "\n" + "".join(map(asset, _SCRIPTS))
    body = [
        tag("main", tag("h1", title)),
        tag("div", id="say", role="status", class_="unseen"),
        Markup(f'<script type="application/json" id="cnnspec-model">{data}</script>\n<script>{script}</script>\n'),
    ]
    theme = None if dark is None else "dark" if dark else "light"
    return write_document(title, write_palette(colours) + "".join(map(asset, _STYLES)), script, Markup("".join(body)), theme)


def _begin(row: Row, found: dict[str, object], unit: Sequence[int]) -> int:
    """The step that makes a unit, from 0."""
    if found["does"] == "spread":
        raise RenderError(f"{inner_path(row)} goes from input to input, each of which makes parts of units", "leave --at away")
    assert row.output_shape is not None
    extents = [int(n) for n in row.output_shape.extents]  # type: ignore[arg-type]
    return sum(place * prod(extents[axis + 1 :]) for axis, place in enumerate(unit))
