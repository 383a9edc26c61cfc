"""Diagnostics for a terminal: the message, the lines it speaks of with marks under them, notes, help.

::

    error[kernel-exceeds-input]: Conv2D needs 5×5, but its input is 4×4
      --> lenet.cnn:9:14
       |
     6 |   MaxPool2D(2)
       |   ------------ this made it 4×4 (from 8×8)
     9 |   Conv2D(16, 5x5)
       |              ^^^ kernel_size 5×5
       |
       = note: ⌊(4 + 2·0 − 5)/1⌋ + 1 = 0 positions along height and width
       = help: padding=same keeps 4×4; a kernel_size of 4×4 or less also fits
       = explain: cnnspec explain kernel-exceeds-input
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from cnnspec.diagnostics.diagnostic import Diagnostic, Severity
from cnnspec.diagnostics.span import Source, Span
from cnnspec.diagnostics.writers.columns import Style, text_width, wrap
from cnnspec.diagnostics.writers.snippet import Mark, draw_line

_COLORS = {Severity.ERROR: ("1", "31"), Severity.WARNING: ("1", "33"), Severity.INFO: ("1", "36")}
_GUTTER = ("1", "34")

#: Up to this many lines between two that are shown are passed over silently: their numbers say so.
_SILENT_GAP = 2


def write_diagnostics(diagnostics: Iterable[Diagnostic], style: Style | None = None) -> str:
    """All of them, an empty line between any two."""
    style = style or Style()
    return "\n".join(write_diagnostic(item, style) for item in diagnostics)


def write_diagnostic(diagnostic: Diagnostic, style: Style | None = None) -> str:
    """One diagnostic as lines of text, each ended by a newline."""
    style = style or Style()
    return "".join(f"{line}\n" for line in _lines(diagnostic, style))


def write_excerpt(diagnostic: Diagnostic, style: Style | None = None) -> str:
    """The lines that it speaks of with the marks under them, alone; empty where it is about no text."""
    return "".join(f"{line}\n" for line in _excerpt(diagnostic, style or Style()))


def _lines(diagnostic: Diagnostic, style: Style) -> Iterator[str]:
    yield from _headline(diagnostic, style)
    yield from _excerpt(diagnostic, style)
    yield from _remarks(diagnostic, _digits(_blocks(diagnostic)), style)


def _excerpt(diagnostic: Diagnostic, style: Style) -> Iterator[str]:
    blocks = _blocks(diagnostic)
    for source, marks in blocks:
        yield from _block(source, marks, _digits(blocks), style, _COLORS[diagnostic.severity])


def _digits(blocks: list[tuple[Source, list[Mark]]]) -> int:
    return max(len(str(mark.line)) for _, marks in blocks for mark in marks)


def _headline(diagnostic: Diagnostic, style: Style) -> Iterator[str]:
    head = f"{diagnostic.severity}[{diagnostic.code}]"
    message = style.line(diagnostic.message)
    first, *rest = wrap(f"{head}: {message}", style.width)
    if first.startswith(head):
        first = style.paint(head, *_COLORS[diagnostic.severity]) + style.paint(first[len(head) :], "1")
    yield first
    for line in rest:
        yield style.paint(line, "1")


def _blocks(diagnostic: Diagnostic) -> list[tuple[Source, list[Mark]]]:
    """The marks by source, the diagnostic's own first, then in the order of the labels."""
    blocks: dict[int, tuple[Source, list[Mark]]] = {}

    def add(span: Span, text: str, *, primary: bool) -> None:
        _, marks = blocks.setdefault(id(span.source), (span.source, []))
        marks.extend(mark for mark in _marks(span, text, primary=primary) if mark not in marks)

    add(diagnostic.span, diagnostic.here, primary=True)
    for label in diagnostic.labels:
        add(label.span, label.text, primary=False)
    return list(blocks.values())


def _marks(span: Span, text: str, *, primary: bool) -> list[Mark]:
    """One mark for a span on one line; of a longer one its first and its last line, the text at the last."""
    begin, finish = span.begin, span.last
    if begin.line == finish.line:
        return [Mark(begin.line, begin.column, max(finish.column, begin.column + 1), text, primary)]
    first = span.source.line(begin.line)
    last = span.source.line(finish.line)
    indent = len(last) - len(last.lstrip())
    return [
        Mark(begin.line, begin.column, max(len(first.rstrip()) + 1, begin.column + 1), "", primary),
        Mark(finish.line, min(indent + 1, finish.column - 1), finish.column, text, primary),
    ]


def _block(source: Source, marks: list[Mark], digits: int, style: Style, color: tuple[str, ...]) -> Iterator[str]:
    lead = next((mark for mark in marks if mark.primary), marks[0])
    margin = " " * (digits + 1)
    place = f":{lead.line}:{lead.start}" if source.text else ""
    if not source.path:  # it is about no file
        return
    yield f"{margin}{style.paint('-->', *_GUTTER)} {style.line(source.path)}{place}"
    bar = style.paint("|", *_GUTTER)
    if not source.text:
        return
    yield f"{margin} {bar}"
    previous: int | None = None
    room = max(style.width - digits - 4, 20)
    for number in sorted({mark.line for mark in marks}):
        if previous is not None and number - previous - 1 > _SILENT_GAP:
            yield style.paint("...", *_GUTTER)
        previous = number
        for text, rows in draw_line(source.line(number), [m for m in marks if m.line == number], room, style, color):
            yield f" {style.paint(f'{number:>{digits}} |', *_GUTTER)} {text}".rstrip()
            for row in rows:
                yield f"{margin} {bar} {row}".rstrip()
    yield f"{margin} {bar}"


def _remarks(diagnostic: Diagnostic, digits: int, style: Style) -> Iterator[str]:
    remarks = [("note", note) for note in diagnostic.notes]
    if diagnostic.help:
        remarks.append(("help", diagnostic.help))
    remarks.append(("explain", f"cnnspec explain {diagnostic.code}"))
    margin = " " * (digits + 2)
    for title, text in remarks:
        head = f"{margin}{style.paint('=', *_GUTTER)} {style.paint(title + ':', '1')} "
        indent = digits + 2 + 2 + text_width(title) + 2
        first, *rest = wrap(style.plain(text), max(style.width - indent, 20))
        yield head + first
        for line in rest:
            yield " " * indent + line
