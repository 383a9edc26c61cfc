"""Explainers for what other tools leave in a file: the marks of a merge."""

from __future__ import annotations

from cnnspec.diagnostics.catalogue import statements
from cnnspec.syntax.place import Mend, Mistake, Place

_OURS, _MIDDLE, _THEIRS = "<<<<<<<", "=======", ">>>>>>>"


def conflict(place: Place) -> Mistake | None:
    """``<<<<<<< HEAD``, ``=======``, ``>>>>>>> branch``: what stands between the first two is read, the rest left out."""
    offset = place.tokens.starts[place.at]
    if not place.begins_line(place.at) or not place.text.startswith((_OURS, _MIDDLE, _THEIRS), offset):
        return None
    if not place.text.startswith(_OURS, offset):
        return Mistake(None, Mend(), skip_to=_behind(place, _THEIRS))
    marks = (_find(place, mark) for mark in (_MIDDLE, _THEIRS))
    others = tuple(place.source.span(at, at + len(_OURS)) for at in marks if at >= 0)
    span = place.source.span(offset, offset + len(_OURS))
    return Mistake(statements.merge_conflict(span, others), Mend(), structural=True, skip_to=_next_line(place, place.at))


def _find(place: Place, mark: str) -> int:
    """Where the next line begins with a mark; -1 if none does."""
    at = place.text.find("\n" + mark, place.tokens.starts[place.at])
    return at + 1 if at >= 0 else -1


def _behind(place: Place, mark: str) -> int:
    """The first token behind the line with a mark, or behind this line."""
    at = _find(place, mark)
    index = place.at
    while place.tokens.starts[index] < at:
        index += 1
    return _next_line(place, index)


def _next_line(place: Place, index: int) -> int:
    """The first token of the line below."""
    end = place.line_end(index)
    return end if place.tokens.kinds[end] == place.end else end + 1
