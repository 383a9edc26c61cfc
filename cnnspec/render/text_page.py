"""Reference pages, which are Markdown, as terminal text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from cnnspec.diagnostics.writers.columns import Style, pad, text_width, wrap
from cnnspec.render.text_table import GAP, write_table

_BOLD = ("1",)
_CELLS = re.compile(r"(?<!\\)\|")


def write_page(markdown: str, style: Style | None = None) -> str:
    """Headings in bold, paragraphs filled to the width, code indented by four columns, all else as it stands."""
    style = style or Style()
    return "".join(f"{line.rstrip()}\n" for line in _lines(style.plain(markdown), style))


def _lines(markdown: str, style: Style) -> Iterator[str]:
    for kind, block in _blocks(markdown):
        match kind:
            case "code":
                yield from (f"    {line}" for line in block)
            case "heading":
                yield style.paint(block[0].lstrip("#").strip(), *_BOLD)
            case "table":
                yield from _table(block, style)
            case "blank":
                yield ""
            case _:
                yield from _fill(block, style)


def _blocks(markdown: str) -> Iterator[tuple[str, list[str]]]:
    """Runs of lines that belong together, each with what they are."""
    open_kind, block = "", list[str]()
    code = False
    for line in markdown.strip("\n").split("\n"):
        fence = line.startswith("```")
        kind = "code" if code or fence else _kind(line)
        if fence:
            code = not code
        if block and (kind != open_kind or kind in ("heading", "item") or fence):
            yield open_kind, block
            block = []
        open_kind = "item" if kind == "text" and open_kind == "item" and block else kind
        if not fence:
            block.append(line)
    if block:
        yield open_kind, block


def _kind(line: str) -> str:
    if not line.strip():
        return "blank"
    if line.startswith("#"):
        return "heading"
    if line.startswith("|"):
        return "table"
    return "item" if _marker(line) else "text"


def _marker(line: str) -> str:
    """The ``- `` or ``1. `` that begins an item of a list."""
    first, _, rest = line.partition(" ")
    return f"{first} " if rest and (first in ("-", "*") or (first[:-1].isdigit() and first.endswith("."))) else ""


def _table(lines: Sequence[str], style: Style) -> Iterator[str]:
    rows = [[cell.strip().strip("`").replace("\\|", "|") for cell in _CELLS.split(line.strip().strip("|"))] for line in lines]
    heads, *body = [row for row in rows if not all(set(cell) <= set("-:") for cell in row)]
    body = [(row + [""] * len(heads))[: len(heads)] for row in body]
    if heads[-1] == "meaning" and _too_wide([heads, *body], style.width):
        return _definitions(heads, body, style)
    return write_table(heads, body, style, style.width)


def _too_wide(rows: Sequence[Sequence[str]], width: int) -> bool:
    return sum(max(map(text_width, column)) + GAP for column in zip(*rows, strict=True)) - GAP > width


def _definitions(heads: Sequence[str], rows: Sequence[Sequence[str]], style: Style) -> Iterator[str]:
    """What the first column names, with its meaning beside it and the columns between below that."""
    names = max(text_width(row[0]) for row in rows)
    room = style.width - names - GAP
    for name, *between, meaning in rows:
        facts = [_fact(head, cell) for head, cell in zip(heads[1:-1], between, strict=True) if cell]
        lines = [part for line in (meaning, "; ".join(facts)) for part in wrap(line, room)]
        for at, line in enumerate(lines):
            yield f"{pad('' if at else name, names)}{' ' * GAP}{line}"


def _fact(head: str, cell: str) -> str:
    """``default 1×1``; ``must be given``; ``at least 1``; ``one of valid, same``."""
    if cell.startswith(("must ", "at least ", "at most ", "greater ", "less ")):
        return cell
    return f"{'one of' if head == 'may be' else head} {cell}"


def _fill(block: Sequence[str], style: Style) -> Iterator[str]:
    marker = _marker(block[0])
    text = " ".join(line.strip() for line in block).removeprefix(marker)
    for at, line in enumerate(wrap(text, max(style.width - len(marker), 20))):
        yield (" " * len(marker) if at else marker) + line
