"""Explanations as terminal text, as Markdown and as plain data."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from cnnspec.analysis.explain.lines import Equation, Explanation, Grids, Line, Table
from cnnspec.diagnostics.writers.columns import Style, harmless, pad, text_width, wrap
from cnnspec.layers.base import Note
from cnnspec.render.text_grids import write_grids
from cnnspec.render.text_table import break_cell, write_table

_BOLD = ("1",)
_INDENT = 2
_GAP = 2
#: The widest a label may be and still stand beside its equation.
_LABEL = 34


def write_explanation(explanation: Explanation, style: Style | None = None) -> str:
    """The sections one below the other, equations in two columns, tables aligned."""
    style = style or Style()
    lines = [style.paint(line, *_BOLD) for line in wrap(style.plain(explanation.title), style.width)]
    for section in explanation.sections:
        if not section.lines:
            continue
        lines.append("")
        if section.heading:
            lines.append(style.paint(style.plain(section.heading), *_BOLD))
        lines += _section(section.lines, style, _INDENT if section.heading else 0)
        while lines and not lines[-1].strip():
            lines.pop()
    return "".join(f"{line.rstrip()}\n" for line in lines)


def write_markdown(explanation: Explanation) -> str:
    """The same as Markdown: headings, lists of equations, pipe tables."""
    parts = [f"# {escape_markdown(explanation.title)}\n"]
    for section in explanation.sections:
        if section.heading and section.lines:
            parts.append(f"## {escape_markdown(section.heading)}\n")
        parts += [_markdown(list(group)) for group in _groups(section.lines)]
    return "\n".join(parts)


def explanation_to_json(explanation: Explanation) -> dict[str, object]:
    """Sections with their lines: a text, an equation with its value, a table with its rows."""
    return {
        "title": explanation.title,
        "sections": [
            {"heading": section.heading, "lines": [_plain(line) for line in section.lines]} for section in explanation.sections
        ],
    }


def _plain(line: Line) -> dict[str, object]:
    match line:
        case Equation(text, value, label):
            return {"label": label, "equation": text, "value": value}
        case Table(columns, rows):
            return {"columns": list(columns), "rows": [[*row, *[""] * (len(columns) - len(row))] for row in rows]}
        case Grids(grids):
            return {"grids": [{"title": grid.title, "rows": [list(row) for row in grid.rows]} for grid in grids]}
        case Note(title, text):
            return {"label": title, "text": text}
        case _:
            return {"text": line}


def _groups(lines: Sequence[Line]) -> Iterator[tuple[Line, ...]]:
    """Runs of equations and notes together, every other line alone."""
    run: list[Line] = []
    for line in lines:
        if isinstance(line, (Equation, Note)):
            run.append(line)
            continue
        if run:
            yield tuple(run)
            run = []
        yield (line,)
    if run:
        yield tuple(run)


def _labelled(line: Line) -> tuple[str, str]:
    match line:
        case Equation(text, _, label):
            return label, text
        case Note(title, text):
            return title, text
        case _:
            return "", str(line)


# --- terminal ------------------------------------------------------------------------------------------------------


def _section(lines: Sequence[Line], style: Style, indent: int) -> Iterator[str]:
    margin = " " * indent
    room = style.width - indent
    for before, group in enumerate(_groups(lines)):
        first = group[0]
        if isinstance(first, Table):
            written = [*[""][: bool(before)], *_table(first, style, room), ""]
        elif isinstance(first, Grids):
            written = [*[""][: bool(before)], *write_grids(first.grids, style, room), ""]
        elif isinstance(first, str):
            written = break_cell(style.plain(first), room)
        else:
            written = list(_two_columns([_labelled(line) for line in group], style, room))
        yield from (f"{margin}{line}" for line in written)


def _table(table: Table, style: Style, room: int) -> Iterator[str]:
    """Columns, as wide as they need to be; of a stacked table only where they fit."""
    rows = [row[0] if len(row) == 1 < len(table.columns) else row for row in table.rows]
    if not table.stacked or _natural_width(table, style) <= room:
        yield from write_table(table.columns, rows, style, room, numeric=table.numeric)
        return
    whole = [row for row in table.rows if len(row) > 1]
    names = max((text_width(style.plain(row[0])) for row in whole), default=0)
    labels = table.columns[2:]
    for row in table.rows:
        if len(row) == 1:
            yield from break_cell(style.plain(row[0]), room)
            continue
        yield from break_cell(f"{pad(style.plain(row[0]), names)}{' ' * _GAP}{style.plain(row[1])}", room)
        margin = " " * (len(row[0]) - len(row[0].lstrip()) + _INDENT)
        pairs = [(pad(label, max(map(len, labels))), cell) for label, cell in zip(labels, row[2:], strict=True) if cell]
        yield from (f"{margin}{line}" for line in _two_columns(pairs, style, room - len(margin)))


def _natural_width(table: Table, style: Style) -> int:
    rows = [row for row in (table.columns, *table.rows) if len(row) == len(table.columns)]
    return sum(max(text_width(style.plain(row[at])) for row in rows) + _GAP for at in range(len(table.columns))) - _GAP


def _two_columns(pairs: Sequence[tuple[str, str]], style: Style, room: int) -> Iterator[str]:
    """Labels on the left, what they label on the right; a label that is too long has a line of its own."""
    shown = [(style.plain(label), style.plain(text)) for label, text in pairs]
    narrow = [text_width(label) for label, _ in shown if text_width(label) <= _LABEL]
    column = max(narrow, default=0)
    beside = room - column - _GAP
    for label, text in shown:
        if not label:
            yield from break_cell(text, room)
            continue
        lines = break_cell(text, beside)
        if text_width(label) > column:
            yield from break_cell(label, room)
            label = ""
        for line in lines:
            yield f"{pad(label, column)}{' ' * _GAP}{line}"
            label = ""


# --- Markdown ------------------------------------------------------------------------------------------------------


def _markdown(group: Sequence[Line]) -> str:
    first = group[0]
    if isinstance(first, Table):
        return _pipe_table(first)
    if isinstance(first, Grids):
        return f"```text\n{chr(10).join(write_grids(first.grids, Style(), 120))}\n```\n"
    if isinstance(first, str):
        return f"{escape_markdown(first)}\n"
    items = [_labelled(line) for line in group]
    said = (f"{label}: {text}" if label else text for label, text in items)
    return "".join(f"- {escape_markdown(line)}\n" for line in said)


#: What Markdown reads as more than itself within a line: code, emphasis, tags, entities, links.
_ACTIVE = re.compile(r"[\\`*<~]|&(?=#?\w+;)|\](?=[(\[:])|!(?=\[)|\[(?=\^)|(?<!\w)_|_(?!\w)")
#: What begins a block: a heading, a quotation, a list, a table, a rule, the line under a heading.
_BEGINNING = re.compile(r"^(\s*(?:\d+(?=[.)]))?)([#>+|=.)-])")


def escape_markdown(text: str) -> str:
    """A text that Markdown shows as it is, whatever it holds, on one line."""
    line = _ACTIVE.sub(r"\\\g<0>", " ".join(harmless(text).split("\n")))
    return _BEGINNING.sub(r"\1\\\2", line)


def escape_cell(text: str) -> str:
    """A text as a cell of a pipe table."""
    return _ACTIVE.sub(r"\\\g<0>", " ".join(harmless(text).split("\n"))).replace("|", "\\|")


def _pipe_table(table: Table) -> str:
    numeric = table.numeric or (False,) * len(table.columns)

    def row(cells: Sequence[str]) -> str:
        cells = [*cells, *[""] * (len(table.columns) - len(cells))]
        return "| " + " | ".join(escape_cell(cell.strip()) for cell in cells) + " |\n"

    return row(table.columns) + row(["--:" if right else "---" for right in numeric]) + "".join(map(row, table.rows))
