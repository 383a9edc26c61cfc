"""A plain table in a terminal: columns as wide as they need to be, the widest wrapped where there is no room."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from cnnspec.diagnostics.writers.columns import Style, pad, text_width, wrap

_BOLD = ("1",)
GAP = 2


def write_table(
    heads: Sequence[str], rows: Sequence[Sequence[str] | str], style: Style, room: int, *, numeric: Sequence[bool] = ()
) -> Iterator[str]:
    """Headings and rows in aligned columns; ``numeric`` columns stand to the right, a row of one text across all.

    Where there is no room, columns give way, but none is narrower than what cannot be broken: a word, a number, a formula's term.
    """
    rows = [style.plain(row) if isinstance(row, str) else tuple(style.plain(cell) for cell in row) for row in rows]
    heads = [style.plain(head) for head in heads]
    numeric = numeric or (False,) * len(heads)
    aligned = (tuple(heads), *(row for row in rows if not isinstance(row, str)))
    widths = [max(text_width(row[at]) for row in aligned) for at in range(len(heads))]
    least = [max(text_width(part) for row in aligned for part in break_cell(row[at], 1)) for at in range(len(heads))]
    _shrink(widths, least, room - GAP * (len(heads) - 1))

    def join(cells: Sequence[str]) -> str:
        parts = [pad(cell, width, right=right) for cell, width, right in zip(cells, widths, numeric, strict=True)]
        return (" " * GAP).join(parts).rstrip()

    for line in _aligned([wrap(head, width) for head, width in zip(heads, widths, strict=True)]):
        yield style.paint(join(line), *_BOLD)
    for row in rows:
        if isinstance(row, str):
            yield from wrap(row, room)
            continue
        cells = [break_cell(cell, width) for cell, width in zip(row, widths, strict=True)]
        yield from (join(line) for line in _aligned(cells))


def break_cell(text: str, width: int) -> list[str]:
    """A formula or a sentence in lines: at its blanks, and inside a part that is still too wide."""
    return [part for line in wrap(text, width) for part in wrap_formula(line, width)]


def _aligned(cells: Sequence[list[str]]) -> Iterator[list[str]]:
    for part in range(max(len(cell) for cell in cells)):
        yield [cell[part] if part < len(cell) else "" for cell in cells]


def _shrink(widths: list[int], least: Sequence[int], room: int) -> None:
    """Take columns from the widest until the table fits, none below its heading's longest word or 8 columns."""
    while sum(widths) > room:
        candidates = [at for at, width in enumerate(widths) if width > max(least[at], 8)]
        if not candidates:
            return
        widths[max(candidates, key=widths.__getitem__)] -= 1


def wrap_formula(text: str, width: int) -> list[str]:
    """A formula in lines of at most ``width`` columns: broken behind × and before + and −, else behind ·, / or _."""
    lines = [text]
    for sign in "×·/_":
        lines = [part for line in lines for part in (_fill(_pieces(line, sign), width) if text_width(line) > width else [line])]
    return lines


def _fill(pieces: Iterable[str], width: int) -> list[str]:
    lines = [""]
    for piece in pieces:
        if lines[-1] and text_width(lines[-1]) + text_width(piece) > width:
            lines.append(piece.lstrip())
        else:
            lines[-1] += piece
    return lines


def _pieces(text: str, sign: str) -> Iterator[str]:
    """The text in pieces that may stand on lines of their own, none broken inside brackets."""
    piece, depth = "", 0
    for at, char in enumerate(text):
        depth += (char in "(⌊⌈") - (char in ")⌋⌉")
        if depth == 0 and char == " " and text[at + 1 : at + 2] in ("+", "−", "-"):
            yield piece
            piece = ""
        piece += char
        if depth == 0 and char == sign:
            yield piece
            piece = ""
    yield piece
