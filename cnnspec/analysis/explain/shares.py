"""Where the parameters and the multiply-accumulates of a model are: its parts by size, as shares and as bars."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from cnnspec.analysis.explain.lines import Line, Table, local_path, show_share
from cnnspec.analysis.report import ModelReport
from cnnspec.layers.arithmetic import Size, group_digits

#: As many parts are named; the last row is all others.
_MOST_PARTS: Final = 8
#: A scope with this share is told by what is in it.
_NEARLY_ALL: Final = 0.8
#: The columns of a full bar.
_BAR: Final = 20


def share_out(report: ModelReport, sizes: Sequence[Size | None], head: str) -> Iterator[Line]:
    """The layers outside of scopes and the outermost scopes, the largest first; a scope that is nearly all is opened."""
    known: list[tuple[tuple[str, ...], int]] = []
    for row, size in zip(report.rows, sizes, strict=True):
        if not isinstance(size, int):
            return
        if size:
            known.append((tuple(local_path(row).split("/")), int(size)))
    parts = _open_the_largest(known)
    if len(parts) < 2:
        return
    ordered = sorted(parts.items(), key=lambda item: -item[1])
    kept, others = (ordered, []) if len(ordered) <= _MOST_PARTS + 1 else (ordered[:_MOST_PARTS], ordered[_MOST_PARTS:])
    named = [("/".join(path), size) for path, size in kept]
    if others:
        named.append((f"{len(others)} others", sum(size for _, size in others)))
    whole = sum(parts.values())
    rows = [(part, group_digits(size), show_share(size / whole), _bar(size / whole)) for part, size in named]
    yield Table(("where", head, "share", ""), tuple(rows), (False, True, True, False))


def _open_the_largest(known: Sequence[tuple[tuple[str, ...], int]]) -> dict[tuple[str, ...], int]:
    """Sums by the beginnings of paths, longer ones inside what holds most of the whole."""
    opened: set[tuple[str, ...]] = set()
    layers = {path for path, _ in known}
    whole = sum(size for _, size in known)
    while True:
        parts: dict[tuple[str, ...], int] = {}
        for path, size in known:
            part = _beginning(path, opened)
            parts[part] = parts.get(part, 0) + size
        largest = max(parts, key=parts.__getitem__, default=())
        if not largest or largest in layers or parts[largest] < _NEARLY_ALL * whole:
            return parts
        opened.add(largest)


def _beginning(path: tuple[str, ...], opened: set[tuple[str, ...]]) -> tuple[str, ...]:
    """The shortest beginning of a path that is not opened."""
    return next((path[:length] for length in range(1, len(path)) if path[:length] not in opened), path)


def _bar(share: float) -> str:
    return "█" * round(share * _BAR)
