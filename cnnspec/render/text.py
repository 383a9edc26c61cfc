"""The table of ``cnnspec check``: a row per layer, the totals and every claim, in characters alone.

::

    LeNet5 (specs/lenet5.cnn)

    layer          output   parameters    MACs  receptive field  jump  coverage
    conv2d_1       24×24×6         156  86,400              5×5     1     3.2 %
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cnnspec.analysis.report import ClaimResult, FileReport, ModelReport, RecipeReport, Row
from cnnspec.diagnostics.writers.columns import Style, fit, pad, text_width, wrap
from cnnspec.layers.arithmetic import group_digits
from cnnspec.record import record, state
from cnnspec.render import text_values as values
from cnnspec.render.text_formulas import total_macs
from cnnspec.render.text_table import wrap_formula

_GAP = 2
_BOLD, _GREEN, _RED = ("1",), ("32",), ("1", "31")
_MIN_NAME = 14
_MIN_FORMULA = (18, 12)
_LEAST_COLUMNS = 4


@state
class _Column:
    """A column: its title, a shorter one for narrow terminals, and whether numbers stand to the right."""

    title: str
    short: str
    right: bool
    width: int = 0


@record
class _Line:
    """A row of cells; a heading has only the first."""

    cells: tuple[str, ...]
    heading: bool = False


def write_file(
    report: FileReport,
    style: Style | None = None,
    *,
    models: Sequence[str] = (),
    recipes: Sequence[str] = (),
    details: bool = False,
) -> str:
    """The tables of a file's models, then the claims of its recipes; only the named ones where names are given."""
    style = style or Style()
    chosen_models = [model for model in report.models if not models or model.name in models]
    parts = [write_model(model, style, path=report.path, details=details) for model in chosen_models]
    chosen = [recipe for recipe in report.recipes if not recipes or recipe.name in recipes]
    parts += [write_recipe(recipe, style) for recipe in chosen if recipe.claims and (not models or recipe.model in models)]
    return "\n".join(parts)


def write_model(report: ModelReport, style: Style | None = None, *, path: str = "", details: bool = False) -> str:
    """One model: its table, totals, conditions and claims; with ``details`` what else is known of it as a whole."""
    style = style or Style()
    title = style.line(f"{report.name} ({path})" if path else report.name)
    lines = [style.paint(title, *_BOLD), ""]
    lines += _table(report, style)
    remarks = [*table_remarks(report), *(_details(report) if details else ())]
    lines += [line for text in remarks for line in wrap(style.plain(text), style.width)]
    if report.claims:
        lines += ["", *write_claims(report.claims, style)]
    return "".join(f"{line}\n" for line in lines)


def write_recipe(report: RecipeReport, style: Style | None = None) -> str:
    """The claims of a recipe."""
    style = style or Style()
    name = report.name if report.name == report.model else f"{report.name} of {report.model}"
    lines = [style.paint(style.plain(f"recipe {name}"), *_BOLD), *write_claims(report.claims, style)]
    return "".join(f"{line}\n" for line in lines)


def _table(report: ModelReport, style: Style) -> list[str]:
    columns, lines = _contents(report, style)
    _measure(columns, lines, style.width)
    while _excess(columns, style.width) > 0 and len(columns) > _LEAST_COLUMNS:  # a narrow terminal: coverage goes, then jump
        columns = columns[:-1]
        lines = [line if line.heading else _Line(line.cells[:-1]) for line in lines]
        _measure(columns, lines, style.width)
    return list(_draw(columns, lines, style))


def _contents(report: ModelReport, style: Style) -> tuple[list[_Column], list[_Line]]:
    columns = [
        _Column("layer", "layer", right=False),
        _Column("output", "output", right=False),
        _Column("parameters", "params", right=True),
        _Column("MACs", "MACs", right=True),
        _Column("receptive field", "field", right=True),
        _Column("jump", "jump", right=True),
        _Column("coverage", "cover", right=True),
    ]
    kinds = _kinds(report, style)
    lines = list(_body(report, style, kinds))
    lines.append(_Line(("total", "", show_total(report), total_macs(report)[0], "", "", "")))
    if report.allowed is not None and all(row.coverage is None for row in report.rows):  # of an input of unknown size
        columns = columns[:-1]
        lines = [line if line.heading else _Line(line.cells[:-1]) for line in lines]
    lines = [_Line(tuple(style.plain(cell) for cell in line.cells), line.heading) for line in lines]
    spare = style.width - _natural(columns, lines)
    widest = max((text_width(kind) for kind in kinds), default=0)
    if kinds and spare >= min(widest, 16) + _GAP:
        columns.insert(1, _Column("kind", "kind", right=False))
        room = min(spare - _GAP, widest)
        rows = iter(kinds)
        lines = [line if line.heading else _with_kind(line, fit(next(rows, ""), room, ellipsis=_dots(style))) for line in lines]
    for name, short in _MORE:
        columns, lines = _with_figures(report, style, columns, lines, name, short)
    return columns, lines


#: Columns of wide terminals: figures of a row and of the totals by the same name, and a short title.
_MORE = (("connections", "links"), ("elementwise", "elementwise"))


def _with_figures(
    report: ModelReport, style: Style, columns: list[_Column], lines: list[_Line], name: str, short: str
) -> tuple[list[_Column], list[_Line]]:
    """The table with a column of one more figure, if nothing has to give way to it."""
    cells = iter([*(values.show_figure(row, name) for row in _shown(report)), values.show_actual(getattr(report.totals, name))])
    wider = [line if line.heading else _Line((*line.cells, style.plain(next(cells)))) for line in lines]
    more = [*columns, _Column(name, short, right=True)]
    return (more, wider) if _natural(more, wider) <= style.width else (columns, lines)


def show_total(report: ModelReport) -> str:
    """The total of parameters, ``?`` where a layer's are unknown."""
    params = report.totals.params
    return values.UNKNOWN if params is None else group_digits(params)


def _shown(report: ModelReport) -> list[Row]:
    """The rows of the table: those of layers, whatever an error left of them."""
    return [row for row in report.rows if not row.is_placeholder]


def _with_kind(line: _Line, kind: str) -> _Line:
    return _Line((line.cells[0], kind, *line.cells[1:]))


def _kinds(report: ModelReport, style: Style) -> list[str]:
    found: list[str] = []
    for row in _shown(report):
        summary = "" if row.is_input else row.layer.summary()
        found.append(style.plain(f"{row.kind} {summary}".rstrip()))
    return found


def _body(report: ModelReport, style: Style, kinds: Sequence[str]) -> Iterator[_Line]:
    first = values.writes_channels_first(report.network)
    scopes = {scope.path: scope for scope in report.network.scopes}
    opened: tuple[str, ...] = ()
    for row in _shown(report):
        *around, name = report.network.nodes[row.index].path.split("/")
        for depth in range(len(around)):
            prefix = tuple(around[: depth + 1])
            if opened[: depth + 1] != prefix:
                scope = scopes.get("/".join(prefix))
                label = scope.title if scope is not None and scope.kind == "block" else ""
                yield _Line(("  " * depth + around[depth] + (f"  {label}" if label else ""),), heading=True)
        opened = tuple(around)
        yield _Line(("  " * len(around) + _row_name(row, name), *_figures(row, first)))


def _row_name(row: Row, name: str) -> str:
    if row.shared:
        return f"{name} (shared)"
    kind = row.kind
    told = name.rstrip("0123456789").replace("_", "") == kind.lower()
    return name if told or row.is_input else f"{name} ({kind})"


def _figures(row: Row, channels_first: bool) -> tuple[str, ...]:
    return (
        values.show_shape(row.output_shape, channels_first=channels_first),
        values.show_params(row),
        values.show_macs(row),
        values.show_field(row),
        values.show_jump(row),
        values.show_percent(row.coverage),
    )


def _natural(columns: Sequence[_Column], lines: Sequence[_Line]) -> int:
    widths = [text_width(column.title) for column in columns]
    for line in lines:
        if not line.heading:
            widths = [max(width, text_width(cell)) for width, cell in zip(widths, line.cells, strict=True)]
    return sum(widths) + _GAP * (len(columns) - 1)


def _measure(columns: list[_Column], lines: Sequence[_Line], width: int) -> None:
    """Give every column its width: shorter titles, then wrapped formulas, then cut names, until the table fits."""
    rows = [line.cells for line in lines if not line.heading]
    for at, column in enumerate(columns):
        column.width = max(text_width(column.title), *(text_width(cells[at]) for cells in rows))
    for column in sorted(columns, key=lambda column: text_width(column.short) - text_width(column.title)):
        at = columns.index(column)
        if _excess(columns, width) > 0 and column.short != column.title:
            column.title = column.short
            column.width = max(text_width(column.title), *(text_width(cells[at]) for cells in rows))
    if _excess(columns, width) <= 0:
        return
    unbroken = {
        id(c): max(_unbroken(cells[at]) for cells in rows) for at, c in enumerate(columns) if at and c.width > _MIN_FORMULA[-1]
    }
    for least in _MIN_FORMULA:
        for column in sorted(columns[1:], key=lambda column: -column.width):
            narrowest = max(least, unbroken.get(id(column), column.width))
            column.width -= max(min(_excess(columns, width), column.width - narrowest), 0)
        columns[0].width -= max(min(_excess(columns, width), columns[0].width - _MIN_NAME), 0)


def _unbroken(cell: str) -> int:
    """The width of the widest part of a formula that must stay on one line."""
    return max(map(text_width, wrap_formula(cell, 1)))


def _excess(columns: Sequence[_Column], width: int) -> int:
    return sum(column.width for column in columns) + _GAP * (len(columns) - 1) - width


def _draw(columns: Sequence[_Column], lines: Sequence[_Line], style: Style) -> Iterator[str]:
    yield style.paint(_join(columns, [column.title for column in columns]), *_BOLD)
    rule = ("─" if style.unicode else "-") * (sum(column.width for column in columns) + _GAP * (len(columns) - 1))
    deepest = _deepest_indent(lines, columns[0].width)
    for at, line in enumerate(lines):
        if at == len(lines) - 1:
            yield rule
        if line.heading:
            yield fit(line.cells[0], style.width, ellipsis=_dots(style))
            continue
        name, *others = line.cells
        bare = name.lstrip()
        indent = min(len(name) - len(bare), deepest, max(columns[0].width - text_width(bare), 0))
        name = _fit_name(" " * indent + bare, columns[0].width, style)
        wrapped = [[name], *(wrap_formula(cell, column.width) for cell, column in zip(others, columns[1:], strict=True))]
        for part in range(max(len(cell) for cell in wrapped)):
            yield _join(columns, [cell[part] if part < len(cell) else "" for cell in wrapped])


def _fit_name(name: str, width: int, style: Style) -> str:
    """The name without its kind, then cut in the middle, where it is too wide."""
    if text_width(name) > width and name.endswith(")"):
        name = name.rpartition(" (")[0] if not name.endswith(" (shared)") else name
    return fit(name, width, ellipsis=_dots(style))


def _deepest_indent(lines: Sequence[_Line], width: int) -> int:
    """How far names may stand to the right, so that three of four are whole; headings tell where they are."""
    names = sorted(text_width(line.cells[0].lstrip()) for line in lines if not line.heading)
    return max(width - names[3 * len(names) // 4], 0)


def _join(columns: Sequence[_Column], cells: Sequence[str]) -> str:
    parts = [pad(cell, column.width, right=column.right) for cell, column in zip(cells, columns, strict=True)]
    return (" " * _GAP).join(parts).rstrip()


def table_remarks(report: ModelReport) -> Iterator[str]:
    """What stands under a table: what its signs mean, formulas that are too long for it, conditions."""
    totals = report.totals
    if totals.non_trainable and totals.trainable is not None:
        yield f"{group_digits(totals.trainable)} parameters are trained, {group_digits(totals.non_trainable)} are not"
    inputs = [row.name for row in report.rows if row.is_input]
    if len(inputs) > 1:
        yield f"receptive field, jump and coverage are those on {inputs[0]}; --format json has them on every input"
    if any(row.gated for row in report.rows):
        yield "* a branch that has seen the whole input (a gate) is left out of the field"
    if any(values.differs(row) for row in report.rows):
        yield "+ fields differ from unit to unit, as units take turns behind upsampling: this is the largest"
    if formula := total_macs(report)[1]:
        yield formula
    if report.conditions:
        yield f"holds for {'; '.join(report.conditions)}"


def _details(report: ModelReport) -> Iterator[str]:
    """What ``check -v`` adds: the backward pass, the sizes that the model is made for, what of its input is not read."""
    if isinstance(report.totals.macs_backward, int) and report.totals.macs_backward:
        yield f"the backward pass takes {group_digits(report.totals.macs_backward)} multiply-accumulates"
    if isinstance(report.totals.elementwise, int):
        yield f"besides multiply-accumulates there are {group_digits(report.totals.elementwise)} elementwise operations"
    yield from _memory(report)
    if report.resolution is not None:
        least, most = values.show_axes(report.resolution.minimum), values.show_axes(report.resolution.maximum)
        yield f"every convolution adds something from {least} pixels on; up to {most} a unit sees all of the input"
    late = sum(row.unproductive for row in report.rows)
    if late:
        yield f"{late} convolution{'s have' if late > 1 else ' has'} nothing to add, having seen more than the whole input before"
    for name, axes in report.unread.items():
        left = [sum(last - first + 1 for first, last in gaps) for gaps in axes]
        if any(left):
            positions = "rows and columns" if len(left) == 2 else "positions"
            yield f"no output depends on {values.show_axes(left)} {positions} of {name}"


def _memory(report: ModelReport) -> Iterator[str]:
    """The bytes of one sample through the network, and of one in training."""
    from cnnspec.analysis.explain.memory import format_bytes
    from cnnspec.analysis.memory.memory import analyse_memory

    memory = analyse_memory(report)
    if memory is None:
        return
    inference, training = memory.inference().total, memory.training().total
    if isinstance(inference, int) and isinstance(training, int):
        shown = format_bytes(int(inference)), format_bytes(int(training))
        yield f"memory for one sample: {shown[0]} for inference, {shown[1]} for training by SGD; see cnnspec cost"


def write_claims(claims: Sequence[ClaimResult], style: Style, *, places: bool = False) -> Iterator[str]:
    """A line per claim: the mark, the claim as written, what was found, and the reason where it was not judged."""
    found = values.group_claims(claims, places=places)
    texts = [style.plain(claim.text) for claim, _ in found]
    marks = [style.plain(values.claim_mark(claim)) for claim, _ in found]
    edge = max(map(text_width, marks)) + 3
    room = style.width - edge - 30
    column = max((width for width in map(text_width, texts) if width <= room), default=room)
    for (claim, remark), text, mark in zip(found, texts, marks, strict=True):
        color = {True: _GREEN, False: _RED, None: ()}[claim.holds]
        lead = f"  {style.paint(mark, *color)}{' ' * (edge - 2 - text_width(mark))}"
        margin = " " * (edge + (column if text_width(text) <= column else 2) + 2)
        remarks = wrap(style.plain(remark), style.width - len(margin))
        if text_width(text) <= column:
            yield f"{lead}{pad(text, column)}  {remarks.pop(0)}"
        else:  # what was found stands below, further in
            first, *rest = wrap(text, style.width - edge)
            yield lead + first
            yield from (" " * edge + line for line in rest)
        yield from (margin + line for line in remarks)


def _dots(style: Style) -> str:
    return "…" if style.unicode else "..."
