"""Where a flow is cut that does not fit on a line: ``A -> B`` without a name says the same as ``A`` and ``B`` below it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cnnspec.record import record
from cnnspec.syntax.formatter.breaking import WIDTH

_ARROW = len(" -> ")


@record
class Width:
    """How much room a step of a flow takes.

    Attributes:
        first: columns on its first line, from where it begins.
        last: columns on its last line, from the indentation on; the same as ``first`` if it has one line.
        lines: whether it has several lines, by branches or by what stands in brackets.
        breaks: whether it has several lines only because it does not fit on one, for then it begins one.
        can_begin: whether a statement may begin with it without saying something else.
        bare: whether it is a word without arguments, which had better follow another step.
    """

    first: int
    last: int
    lines: bool
    breaks: bool
    can_begin: bool
    bare: bool


def cut(steps: Sequence[Width], indent: int, reserve: int) -> list[int]:
    """Where to begin statements, so that there are as few as possible and each fits on the page; the first is 0.

    Of several ways that which begins the fewest statements with a bare word, then that whose widths are most even.

    Args:
        steps: the steps in their order.
        indent: the blanks before every statement.
        reserve: columns to keep free behind the last step.
    """
    # By how many steps are written: what that costs at least, and where the last statement begins.
    best: list[tuple[_Cost, int] | None] = [((0, 0, 0), 0)] + [None] * len(steps)
    for start in range(len(steps)):
        if (so_far := best[start]) is None:
            continue
        (statements, words, squares), _ = so_far
        for end, widest in _ends(steps, start, indent, reserve):
            cost = (statements + 1, words + (start > 0 and steps[start].bare), squares + widest**2)
            known = best[end]
            if known is None or cost < known[0]:
                best[end] = cost, start
        if (way := best[-1]) and way[1] == 0:
            return [0]  # it fits on one line, as nearly all do
    starts: list[int] = []
    at = len(steps)
    while at and (way := best[at]):
        at = way[1]
        starts.append(at)
    return starts[::-1]


#: Statements, bare words at the start of one, and the sum of the squares of their widths.
_Cost = tuple[int, int, int]


def _ends(steps: Sequence[Width], start: int, indent: int, reserve: int) -> Iterator[tuple[int, int]]:
    """Where a statement may end that begins with a step, and its width; if none fits, the shortest there is."""
    column, widest, reached = indent, 0, False
    for at in range(start, len(steps)):
        step, last = steps[at], at + 1 == len(steps)
        column += step.first + (_ARROW if at > start else 0)
        widest = max(widest, column)
        if step.lines:
            column = indent + step.last
        widest = max(widest, column + (reserve if last else 0))
        if reached and (widest > WIDTH or step.breaks):
            return
        if last or steps[at + 1].can_begin:
            yield at + 1, widest
            reached = True
