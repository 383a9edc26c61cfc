"""What a deck says of layers that share a slide: the figures of each use, and their sums."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from cnnspec.analysis.report import ModelReport, Row
from cnnspec.layers.arithmetic import group_digits, show_size, total
from cnnspec.render import text_values as values
from cnnspec.render.page.markup import Markup, tag
from cnnspec.render.page.slides.order import Item, Layer

#: Uses that differ, beside a picture; more get a slide of their own.
MOST_BESIDE: Final = 6
#: Rows up to which every layer is listed by itself.
_MOST_LISTED: Final = 75


def write_kinds(item: Layer) -> Iterator[Markup]:
    """A row for the uses of a layer that agree in all but their place; nothing where all do."""
    kinds: dict[tuple[str, ...], list[Row]] = {}
    for use in item.uses:
        kinds.setdefault(_figures(use), []).append(use[0])
    if len(kinds) > 1:
        for cells, rows in kinds.items():
            yield tag("tr", tag("th", f"×{len(rows)}", scope="row"), [tag("td", cell, class_="number") for cell in cells])


def _figures(use: Sequence[Row]) -> tuple[str, ...]:
    row = use[0]
    shapes = row.input_shapes
    given = " and ".join(map(values.show_shape, shapes)) if len(shapes) < 3 else f"{len(shapes)} maps"
    params = " + ".join(values.show_params(one) for one in use if one is row or one.params)
    return given, values.show_shape(row.output_shape), params, sum_macs(use)


def write_uses(rows: Sequence[Markup]) -> Markup:
    """The table of rows from :func:`write_kinds`."""
    names = ("uses", "input", "output", "parameters", "MACs")
    heads = [tag("th", name, scope="col", class_=None if name == "uses" else "number") for name in names]
    return tag("table", tag("thead", tag("tr", heads)), tag("tbody", list(rows)), class_="uses")


def listed(report: ModelReport, items: Sequence[Item]) -> list[tuple[Row, ...]]:
    """The rows of the last table, each with the layers that it stands for: one, or in a long network those of a slide."""
    rows = [row for row in report.rows if not row.is_placeholder]
    if is_listed(report):
        return [(row,) for row in rows]
    return [same for item in items if isinstance(item, Layer) for same in zip(*item.uses, strict=True)]


def is_listed(report: ModelReport) -> bool:
    """Whether the last table has a row for every layer."""
    return len(report.rows) <= _MOST_LISTED


def ends_of(texts: Sequence[str]) -> str:
    """``56×56 to 7×7``: what the first and the last say, where they differ."""
    distinct = list(dict.fromkeys(texts))
    return distinct[0] if len(distinct) == 1 else f"{distinct[0]} to {distinct[-1]}"


def why_uncovered(rows: Sequence[Row]) -> str:
    """Why some rows have no coverage, in a line; nothing where all have one."""
    reasons = dict.fromkeys(_why_uncovered(row) for row in rows if row.coverage is None)
    return f"Coverage is {values.NOTHING} for {', '.join(reasons)}." if reasons else ""


def _why_uncovered(row: Row) -> str:
    if row.sees_all:
        return "what reads all of the input, however large it is"
    return "fields on an input of open size" if row.field is not None else "layers of which no field is known"


def sum_params(rows: Sequence[Row]) -> str:
    """Parameters of several layers; unknown where those of one are, none of inputs."""
    if any(row.facts is None and not row.is_input for row in rows):
        return values.UNKNOWN
    return values.NOTHING if all(row.is_input for row in rows) else group_digits(sum(row.params for row in rows))


def sum_macs(rows: Sequence[Row]) -> str:
    """Multiply-accumulates of several layers; unknown where those of one are, none of inputs."""
    counted = [row.macs for row in rows if not row.is_input]
    known = [macs for macs in counted if macs is not None]
    if len(known) < len(counted):
        return values.UNKNOWN
    return show_size(total(known)) if counted else values.NOTHING
