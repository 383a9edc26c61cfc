"""Convolutions whose filters read only some of the input's channels each, as C3 of LeNet-5 does."""

from __future__ import annotations

from collections import Counter

from cnnspec.layers.arguments import as_rows, is_integer
from cnnspec.layers.arithmetic import Traced, lift, total
from cnnspec.layers.base import LayerError
from cnnspec.schema.declaration import refuse

#: For each filter the channels that it reads.
Reads = tuple[tuple[int, ...], ...]


def read_connections(value: object) -> Reads:
    """The channels that each filter reads, in rising order.

    Raises:
        PydanticCustomError: not a list of lists of different channels, counted from 0.
    """
    rows = as_rows(value)
    if rows is None or not all(_are_channels(row) for row in rows):
        raise refuse("a list for each filter, with the different channels it reads, counted from 0: [[0, 1, 2], [1, 2, 3]]")
    return tuple(tuple(sorted(row)) for row in rows)


def _are_channels(row: list[object]) -> bool:
    return all(is_integer(item) and item >= 0 for item in row) and len(set(row)) == len(row)  # type: ignore[operator]


def count_connected(kind: str, connections: Reads, channels: int) -> int:
    """The pairs of a channel and a filter that reads it.

    Raises:
        LayerError: ``connections-out-of-range``.
    """
    for number, row in enumerate(connections):
        if row[-1] >= channels:
            raise LayerError(
                "connections-out-of-range", "connections", layer=kind, number=number, channel=row[-1], channels=int(channels)
            )
    return int(add_up(connections))


def add_up(connections: Reads) -> Traced:
    """Filters × channels, for each number of channels: ``6·3 + 9·4 + 1·6``."""
    sizes = sorted(Counter(map(len, connections)).items())
    return lift(total([lift(count) * lift(size) for size, count in sizes]))  # type: ignore[arg-type]


def describe_connections(connections: Reads) -> str:
    """The pairs with their arithmetic."""
    return f"filters × channels they read: {add_up(connections).equation} pairs, each with a kernel of its own"
