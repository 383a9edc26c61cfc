"""The comments of a file: none is lost, and each stays with what it is about."""

from __future__ import annotations

from bisect import bisect_left

from cnnspec.syntax import tree
from cnnspec.syntax.formatter.breaking import Bracketed, Item, Text


class Comments:
    """The comments of a file, taken in their order as the writer comes to them."""

    def __init__(self, file: tree.File) -> None:
        self.text = file.source.text
        self.all = file.comments
        self.starts = [comment.span.start for comment in file.comments]
        self.next = 0

    def take_before(self, end: int) -> list[tree.Comment]:
        """The comments before an offset that are not yet taken."""
        first, self.next = self.next, max(self.next, bisect_left(self.starts, end))
        return list(self.all[first : self.next])

    def take_trailing(self, end: int) -> str:
        """The comment on the line that ends at an offset, if there is one."""
        if self.next >= len(self.all):
            return ""
        comment = self.all[self.next]
        between = self.text[end : comment.span.start]
        if comment.span.start < end or "\n" in between or between.strip():
            return ""
        self.next += 1
        return tidy(comment)

    def taken_end(self, end: int) -> int:
        """The end of a statement with the comment behind it."""
        if self.next and self.all[self.next - 1].span.start >= end:
            return self.all[self.next - 1].span.end
        return end

    def between(self, start: int, end: int) -> list[int]:
        """Where comments stand between two offsets."""
        return self.starts[bisect_left(self.starts, start) : bisect_left(self.starts, end)]

    def place(self, text: Text, end: int) -> list[str]:
        """Give the comments inside a statement to the items they stand at; those that have none are returned."""
        return [tidy(comment) for comment in self.take_before(end) if not _attach(text, comment, self.text)]


class Positioned(Item):
    """An item that knows where it ends in the source."""

    __slots__ = ("end",)

    def __init__(self, text: Text, end: int) -> None:
        super().__init__(text)
        self.end = end


class Group(Bracketed):
    """A bracket that knows where it stands in the source."""

    __slots__ = ("end", "start")
    start: int
    end: int


def holds(text: Text, at: int) -> bool:
    """Whether a bracket of a text holds an offset."""
    return any(isinstance(group, Group) and group.start <= at < group.end for group in text)


def tidy(comment: tree.Comment) -> str:
    """The comment without blanks at its end."""
    return comment.text.rstrip().replace("\t", "  ")


def _attach(text: Text, comment: tree.Comment, source: str) -> bool:
    """Hang a comment on the item that it follows on its line, or on the one below it; false if no bracket holds it."""
    at = comment.span.start
    for group in text:
        if not isinstance(group, Group) or not group.start <= at < group.end:
            continue
        if any(_attach(item.text, comment, source) for item in group.items):
            return True
        group.open = True
        previous = [item for item in group.items if isinstance(item, Positioned) and item.end <= at]
        if previous and not previous[-1].behind and "\n" not in source[previous[-1].end : at]:
            previous[-1].behind = tidy(comment)
        elif len(previous) < len(group.items):
            group.items[len(previous)].before.append(tidy(comment))
        else:
            group.after.append(tidy(comment))
        return True
    return False
