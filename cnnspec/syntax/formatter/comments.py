"""The comments of a file: none is lost, and each stays with what it is about."""

from __future__ import annotations

from bisect import bisect_left

from cnnspec.syntax import tree
from cnnspec.syntax.formatter.texts import Text


class Comments:
    """The comments of a file, each taken once by what writes it."""

    def __init__(self, file: tree.File) -> None:
        self.text = file.source.text
        self._all = file.comments
        self._starts = [comment.span.start for comment in file.comments]
        self._taken = bytearray(len(file.comments))
        self._next = 0

    def any_between(self, start: int, end: int) -> bool:
        """Whether a comment stands between two offsets."""
        at = bisect_left(self._starts, start)
        return at < len(self._starts) and self._starts[at] < end

    def pin(self, start: int, end: int) -> bool:
        """Whether a comment for the checker (``# cnnspec: …``) speaks of the one statement between two offsets."""
        first = bisect_left(self._starts, start)
        below = start
        while first and self._is_alone(first - 1) and not self.text[self._all[first - 1].span.end : below].strip():
            first -= 1
            below = self._starts[first]
        behind = self._at_line_of(end)
        last = bisect_left(self._starts, end) if behind is None else behind + 1
        return any(comment.text[1:].lstrip().startswith("cnnspec:") for comment in self._all[first:last])

    def _is_alone(self, at: int) -> bool:
        """Whether nothing stands before a comment on its line."""
        start = self._starts[at]
        return not self.text[self.text.rfind("\n", 0, start) + 1 : start].strip()

    def take_before(self, end: int) -> list[tree.Comment]:
        """The comments before an offset that nothing has written."""
        first, self._next = self._next, max(self._next, bisect_left(self._starts, end))
        return self._take(first, self._next)

    def take_behind(self, end: int) -> str:
        """The comment behind what ends at an offset, on the same line; nothing if there is none."""
        at = self._at_line_of(end)
        return "".join(tidy(comment) for comment in self._take(at, at + 1)) if at is not None else ""

    def line_end(self, end: int) -> int:
        """The end of what ends at an offset with the comment behind it."""
        at = self._at_line_of(end)
        return self._all[at].span.end if at is not None else end

    def settle(self, text: Text, start: int, end: int) -> None:
        """Hang the comments between two offsets on the items of a text that they stand at."""
        for at in range(bisect_left(self._starts, start), bisect_left(self._starts, end)):
            if not self._taken[at]:
                self._taken[at] = _hang(self._all[at], text, self.text)

    def _at_line_of(self, end: int) -> int | None:
        """Which comment follows on the line on which something ends."""
        at = bisect_left(self._starts, end)
        return at if at < len(self._starts) and not self.text[end : self._starts[at]].strip(" \t") else None

    def _take(self, first: int, last: int) -> list[tree.Comment]:
        """The comments of a stretch that are not yet taken."""
        free = [at for at in range(first, last) if not self._taken[at]]
        for at in free:
            self._taken[at] = True
        return [self._all[at] for at in free]


def tidy(comment: tree.Comment) -> str:
    """The comment without blanks at its end."""
    return comment.text.rstrip().replace("\t", "  ")


def _hang(comment: tree.Comment, text: Text, source: str) -> bool:
    """Hang a comment on the item that it follows on its line, or on the one below it; false if no bracket holds it."""
    at = comment.span.start
    for group in text:
        if isinstance(group, str) or not group.start <= at < group.end:
            continue
        if any(_hang(comment, item.text, source) for item in group.items):
            group.holds_open = True
            return True
        group.open = True
        before = [item for item in group.items if item.end <= at]
        below = group.items[len(before)] if len(before) < len(group.items) else None
        if before and not before[-1].behind and "\n" not in source[before[-1].end : at] and (below is None or at < below.start):
            before[-1].behind = tidy(comment)
        else:
            (below.before if below is not None else group.after).append(tidy(comment))
        return True
    return False
