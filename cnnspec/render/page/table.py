"""The table of ``cnnspec check`` as HTML: a row per layer, headings for blocks, the totals."""

from __future__ import annotations

from collections.abc import Iterator

from cnnspec.analysis.report import ModelReport, Row
from cnnspec.render import text_values as values
from cnnspec.render.page.document import Document, Model
from cnnspec.render.page.markup import Markup, tag
from cnnspec.render.palette import family_role
from cnnspec.render.text import show_total, table_remarks
from cnnspec.render.text_formulas import total_macs

#: The columns: a title, and whether it holds numbers.
COLUMNS = (
    ("layer", False),
    ("kind", False),
    ("output", True),
    ("parameters", True),
    ("MACs", True),
    ("receptive field", True),
    ("jump", True),
    ("coverage", True),
    ("connections", True),
    ("elementwise", True),
    ("line", True),
)


def write_table(model: Model, document: Document) -> Markup:
    """The table of one model; every figure as the terminal's table writes it."""
    report = model.report
    heads = [tag("th", title, scope="col", class_="number" if number else None) for title, number in COLUMNS]
    totals = report.totals
    sums = {
        "parameters": show_total(report),
        "MACs": total_macs(report)[0],
        "connections": values.show_actual(totals.connections),
        "elementwise": values.show_actual(totals.elementwise),
    }
    foot = [tag("th", "total", scope="row", colspan=2)]
    foot += [tag("td", sums.get(title, ""), class_="number") for title, _ in COLUMNS[2:]]
    return tag(
        "table",
        tag("caption", f"Every layer of {report.name} with its figures", class_="unseen"),
        tag("thead", tag("tr", heads)),
        tag("tbody", _body(model, document)),
        tag("tfoot", tag("tr", foot)),
        class_="layers",
    )


def figures(row: Row, channels_first: bool) -> tuple[str, ...]:
    """The cells of a row from its output on, without the line."""
    return (
        values.show_shape(row.output_shape, channels_first=channels_first),
        values.show_params(row),
        values.show_macs(row),
        values.show_field(row),
        values.show_jump(row),
        values.show_percent(row.coverage),
        values.show_figure(row, "connections"),
        values.show_figure(row, "elementwise"),
    )


def _body(model: Model, document: Document) -> Iterator[Markup]:
    report = model.report
    first = values.writes_channels_first(report.network)
    scopes = {scope.path: scope for scope in report.network.scopes}
    opened: tuple[str, ...] = ()
    for row in report.rows:
        if row.is_placeholder:
            continue
        *around, name = report.network.nodes[row.index].path.split("/")
        for depth in range(len(around)):
            prefix = tuple(around[: depth + 1])
            if opened[: depth + 1] != prefix:
                scope = scopes.get("/".join(prefix))
                label = scope.title if scope is not None and scope.kind == "block" else ""
                yield _heading(around[depth], label, "/".join(prefix), depth)
        opened = tuple(around)
        yield _row(row, name, len(around), first, document.place(model, row.index))


def _heading(name: str, label: str, path: str, depth: int) -> Markup:
    button = tag("button", name, type="button", data_toggle=path)
    told = (button, tag("span", label, class_="label") if label else None, tag("span", class_="sum"))
    cell = tag("th", told, scope="colgroup", colspan=len(COLUMNS), class_=f"depth{min(depth, 6)}")
    return tag("tr", cell, class_="scope", data_scope=path)


def _row(row: Row, name: str, depth: int, first: bool, place: tuple[int, int] | None) -> Markup:
    button = tag("button", name, type="button", data_go=row.index)
    shared = tag("span", "shared", class_="label") if row.shared else None
    swatch = tag("span", class_=f"swatch b-{family_role(row.layer.family)}", aria_hidden="true")
    what = row.kind if row.is_input else f"{row.kind} {row.layer.summary()}".rstrip()
    line = tag("button", str(row.line), type="button", data_line="{}-{}".format(*place)) if place is not None else str(row.line)
    return tag(
        "tr",
        tag("th", (swatch, button, shared), scope="row", class_=f"depth{min(depth, 6)}"),
        tag("td", what, class_="kind"),
        [tag("td", cell, class_="number") for cell in figures(row, first)],
        tag("td", line, class_="number"),
        data_row=row.index,
        class_=None if row.is_known else "unknown",
    )


def write_remarks(report: ModelReport) -> Markup:
    """What the signs in the table mean, and formulas that are too long for it."""
    return tag("div", [tag("p", text) for text in table_remarks(report)], class_="remarks")
