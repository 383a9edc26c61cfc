"""Arguments that many layers share: sizes per axis, padding, and how a wrong one is refused."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal, cast

from pydantic import Field
from pydantic_core import PydanticCustomError

from cnnspec.layers.shape import AXIS_NAMES
from cnnspec.layers.weights import AConstraint, AnInitializer, ARegularizer
from cnnspec.schema.declaration import refuse

#: The greatest count or extent an argument may state; products of a few of them stay far below Torch's 64 bits.
GREATEST = 2**31 - 1

PerAxis = tuple[int, ...]
Matrix = tuple[tuple[float, ...], ...]
Pairs = tuple[tuple[int, int], ...]

Count = Annotated[int, Field(ge=1, le=GREATEST)]
DataFormat = Annotated[
    Literal["channels_last", "channels_first"] | None,
    Field(description="how tables and pictures write shapes; meaning and values stay channels-last"),
]
Trainable = Annotated[bool, Field(description="whether training changes the weights")]
UseBias = Annotated[bool, Field(description="whether a bias is added to every output channel")]
KernelInitializer = Annotated[AnInitializer, Field(description="how the kernel starts")]
BiasInitializer = Annotated[AnInitializer, Field(description="how the bias starts")]
KernelRegularizer = Annotated[ARegularizer, Field(description="penalty on the kernel")]
BiasRegularizer = Annotated[ARegularizer, Field(description="penalty on the bias")]
ActivityRegularizer = Annotated[ARegularizer, Field(description="penalty on the output, divided by the batch")]
KernelConstraint = Annotated[AConstraint, Field(description="what the kernel is made to fulfil after every step")]
BiasConstraint = Annotated[AConstraint, Field(description="what the bias is made to fulfil after every step")]
PaddingMode = Annotated[
    Literal["zeros", "replicate", "reflect", "circular"], Field(description="what stands in the padding; an extension")
]


def is_integer(value: object) -> bool:
    """Whether a value is an integer and no truth value."""
    return isinstance(value, int) and not isinstance(value, bool)


def integers(value: object, least: int) -> PerAxis | None:
    """A list of integers within bounds, or one as a list of one; None for anything else."""
    items: list[Any] = list(value) if isinstance(value, (tuple, list)) else [value]  # type: ignore[arg-type]
    sound = bool(items) and all(is_integer(item) and least <= item <= GREATEST for item in items)
    return tuple(items) if sound else None


def _axes(rank: int) -> str:
    return " × ".join(AXIS_NAMES[rank])


def _per_axis_expected(rank: int, least: int) -> PydanticCustomError:
    several = f" or {rank} of them ({_axes(rank)})" if rank > 1 else ""
    return refuse(f"an integer of at least {least}{several}")


def per_axis(value: object, rank: int, least: int = 1) -> object:
    """One integer for each axis; a single one means all axes.

    Raises:
        PydanticCustomError: another number of them, or one below ``least``.
    """
    items: list[Any] = list(value) if isinstance(value, (tuple, list)) else [value] * rank  # type: ignore[arg-type]
    if len(items) != rank or not all(is_integer(item) and least <= item <= GREATEST for item in items):
        raise _per_axis_expected(rank, least)
    return tuple(items)


def _pair(value: object) -> tuple[int, int] | None:
    items: tuple[Any, ...] = (value, value) if is_integer(value) else tuple(value) if isinstance(value, (tuple, list)) else ()  # type: ignore[arg-type]
    if len(items) != 2 or not all(is_integer(item) and 0 <= item <= GREATEST for item in items):
        return None
    return items


def as_pairs(value: object, rank: int) -> Pairs | None:
    """Padding per axis as (before, after): from an integer, one per axis, or pairs; along one axis also from one pair."""
    if is_integer(value):
        items: list[Any] = [value] * rank
    elif isinstance(value, (tuple, list)):
        items = list(value)  # type: ignore[arg-type]
        if rank == 1 and len(items) == 2 and all(is_integer(item) for item in items):
            items = [items]
    else:
        return None
    pairs = [_pair(item) for item in items]
    return tuple(pair for pair in pairs if pair) if len(pairs) == rank and all(pairs) else None


_PAIRS = {1: "a pair [before, after]", 2: "pairs [[top, bottom], [left, right]]", 3: "three pairs [before, after]"}


def padding(value: object, rank: int, words: tuple[str, ...]) -> object:
    """A word, or numbers of at least 0 as one (before, after) pair per axis.

    Raises:
        PydanticCustomError: neither.
    """
    if isinstance(value, str):
        return value
    pairs = as_pairs(value, rank)
    if pairs is None:
        per = f", {rank} of them ({_axes(rank)})" if rank > 1 else ""
        raise refuse(", ".join((*words, f"an integer of at least 0{per} or {_PAIRS[rank]}")))
    return pairs


def as_rows(value: object) -> list[list[Any]] | None:
    """A list of lists, none of them empty; None for anything else."""
    if not isinstance(value, (tuple, list)):
        return None
    rows = cast("Sequence[object]", value)
    found = [list(cast("Sequence[Any]", row)) for row in rows if isinstance(row, (tuple, list))]
    return found if found and len(found) == len(rows) and all(found) else None


def as_matrix(value: object) -> Matrix | None:
    """Rows of finite numbers, all of one length; None for anything else."""
    rows = as_rows(value)
    if rows is None or any(len(row) != len(rows[0]) or not all(map(_is_number, row)) for row in rows):
        return None
    return tuple(tuple(float(item) for item in row) for row in rows)


def _is_number(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    return abs(value) < float("inf")
