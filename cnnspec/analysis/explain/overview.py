"""What the fields of a whole model say of its input: sizes that it is made for, layers that come too late, unread pixels."""

from __future__ import annotations

from collections.abc import Iterator

from cnnspec.analysis.explain.border import list_gaps
from cnnspec.analysis.explain.lines import Line, join_names, local_path, name_axes, name_some, show_axes
from cnnspec.analysis.report import ModelReport, Row
from cnnspec.layers.arithmetic import lift
from cnnspec.layers.window import Axis


def explain_input(report: ModelReport) -> Iterator[Line]:
    """The range of sensible inputs with the layers that bound it, unproductive layers, and what no output depends on."""
    first = next((row for row in report.rows if row.is_input), None)
    if first is None or report.resolution is None:
        return
    least, most = report.resolution.minimum, report.resolution.maximum
    yield f"Every convolution adds something from {show_axes(least)} pixels on: {_why_least(report, least)}."
    overview = next(local_path(row) for row in report.rows if row.field is not None and row.field.size[0] == most[0])
    yield f"Up to {show_axes(most)} pixels a unit sees all of the input: at {overview}."
    late = [local_path(row) for row in report.rows if row.unproductive]
    if late:
        yield (
            f"On {first.output_shape} these have nothing to add, for even along the smallest path their units see more than "
            f"the whole input: {name_some(late)}."
        )


def _why_least(report: ModelReport, least: tuple[int, ...]) -> str:
    """The layer whose field along the smallest path, or whose window's span, is the bound."""
    for row in report.rows:
        if row.field is not None and row.field.smallest and row.field.smallest[0] == least[0] and _slides(row):
            return f"along the smallest path a unit of {local_path(row)} sees {least[0]}"
    for row in report.rows:
        read = report.rows[report.network.nodes[row.index].inputs[0]] if row.inputs else row
        window = row.facts.window[0] if _slides(row) and row.facts is not None and isinstance(row.facts.window, tuple) else None
        if isinstance(window, Axis) and read.field is not None and window.effective * read.field.jump[0] == least[0]:
            span = lift(window.effective) * int(read.field.jump[0])
            return f"the window of {local_path(row)} spans {span.equation} of them"
    return f"a window spans {least[0]} of them"


def _slides(row: Row) -> bool:
    return row.facts is not None and isinstance(row.facts.window, tuple) and any(p.role == "kernel" for p in row.facts.params)


def explain_unread(report: ModelReport) -> Iterator[Line]:
    """Rows and columns of the inputs on which no output depends."""
    for name, axes in report.unread.items():
        alike: dict[str, list[str]] = {}
        for axis, gaps in zip(name_axes(len(axes)), axes, strict=True):
            if gaps:
                alike.setdefault(list_gaps(gaps), []).append(axis)
        for gaps, along in alike.items():
            yield f"No output depends on {gaps} along the {join_names(along)} of {name}."
