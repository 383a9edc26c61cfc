"""Where lines break: texts with brackets in them to lines, none longer than the page if its brackets allow that."""

from __future__ import annotations

from dataclasses import dataclass, field

WIDTH = 100

#: A text with brackets in it; a bracket is kept on its line or opened, one item a line.
Text = list["str | Bracketed"]


@dataclass(slots=True)
class Item:
    """An item between brackets, the comments on lines before it and the one behind it."""

    text: Text
    before: list[str] = field(default_factory=list[str])
    behind: str = ""


@dataclass(slots=True, eq=False)
class Bracketed:
    """``( … )`` or ``[ … ]``. It is open where it holds comments, or where the author left a trailing comma."""

    opener: str
    items: list[Item]
    closer: str
    open: bool = False
    after: list[str] = field(default_factory=list[str])

    def flat(self) -> str:
        """All on one line."""
        return self.opener + ", ".join(flatten(item.text) for item in self.items) + self.closer


def flatten(text: Text) -> str:
    """A text on one line, whatever the length."""
    return "".join(part if isinstance(part, str) else part.flat() for part in text)


def is_open(text: Text) -> bool:
    """Whether a text has a bracket that must be open."""
    return any(not isinstance(part, str) and (part.open or any(is_open(item.text) for item in part.items)) for part in text)


def break_lines(text: Text, indent: int, reserve: int = 0) -> list[str]:
    """The lines of a text, none longer than the page if its brackets allow that.

    ``reserve`` is room to keep at the end of the last line. Brackets are opened from the widest on.
    """
    opened = {id(part) for part in text if not isinstance(part, str) and (part.open or is_open([part]))}
    while True:
        lines = _lines(text, indent, opened)
        closed = [part for part in text if not isinstance(part, str) and part.items and id(part) not in opened]
        fits = all(len(line) <= WIDTH for line in lines) and len(lines[-1]) + reserve <= WIDTH
        if fits or not closed:
            return lines
        opened.add(id(max(closed, key=lambda part: len(part.flat()))))


def _lines(text: Text, indent: int, opened: set[int]) -> list[str]:
    """The lines of a text with these brackets open."""
    lines = [" " * indent]
    for part in text:
        if isinstance(part, str) or id(part) not in opened:
            lines[-1] += part if isinstance(part, str) else part.flat()
            continue
        lines[-1] += part.opener
        margin = indent + 2
        joined = " " * margin + ", ".join(flatten(item.text) for item in part.items)
        if not is_open([part]) and len(joined) <= WIDTH:
            lines += [joined, " " * indent + part.closer]
            continue
        for item in part.items:
            lines += [" " * margin + comment for comment in item.before]
            lines += break_lines(item.text, margin, 1)
            lines[-1] += "," + (f"  {item.behind}" if item.behind else "")
        lines += [" " * margin + comment for comment in part.after]
        lines.append(" " * indent + part.closer)
    return lines
