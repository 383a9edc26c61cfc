"""Comparisons of figures: of numbers, per axis, and to the digits that are written."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from math import ceil, floor
from typing import TYPE_CHECKING, TypeVar

from cnnspec.analysis.claims.subject import Undecided
from cnnspec.analysis.claims.wording import EXACT
from cnnspec.layers.extent import Extent
from cnnspec.schema.values import is_list

if TYPE_CHECKING:
    from cnnspec.layers.allowed import Allowed

T = TypeVar("T")
Number = int | float | Extent

COMPARE: Mapping[str, Callable[[float, float], bool]] = {
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


class Incomparable(Exception):
    """Two values are not of one kind."""


def compare(operator: str, left: object, right: object, allowed: Allowed | None) -> bool:
    """Whether a comparison holds.

    Figures per axis are compared axis by axis, all of which must hold; one number stands for all axes; ``?`` is equal to
    anything.

    Raises:
        Incomparable: a number and something else, or figures of different numbers of axes.
        Undecided: it depends on a size that the input leaves open.
    """
    pairs = _pairs(left, right)
    if pairs is None:
        if operator in ("==", "!=") and not isinstance(left, str) and not isinstance(right, str):
            return (left == right) == (operator == "==")
        raise Incomparable
    if operator == "!=":
        return not all_hold(lambda pair: _compare_numbers("==", *pair, allowed), pairs)
    return all_hold(lambda pair: _compare_numbers(operator, *pair, allowed), pairs)


def nearly(actual: object, stated: Decimal, half: Decimal, allowed: Allowed | None) -> bool:
    """Whether a figure, along every axis, is within half of the last digit that is written.

    Raises:
        Incomparable: it is no number.
        Undecided: it depends on a size that the input leaves open.
    """
    parts = actual if is_list(actual) else (actual,)
    numbers = [part for part in parts if isinstance(part, (int, float, Extent)) and not isinstance(part, bool)]
    if len(numbers) != len(parts) or not numbers:
        raise Incomparable
    low, high = EXACT.subtract(stated, half), EXACT.add(stated, half)

    def near(number: Number) -> bool:
        if not isinstance(number, Extent):
            return low <= Decimal(number) <= high
        from cnnspec.analysis.claims.open_sizes import lies_between

        return lies_between(ceil(low), number, floor(high), allowed)

    return all_hold(near, numbers)


def all_hold(judge: Callable[[T], bool], items: Iterable[T]) -> bool:
    """Whether all of some comparisons hold: one that is false decides, else one that is undecided.

    Raises:
        Undecided: none is false, and one is not decided.
    """
    undecided: Undecided | None = None
    for item in items:
        try:
            if not judge(item):
                return False
        except Undecided as reason:
            undecided = undecided or reason
    if undecided is not None:
        raise undecided
    return True


def _pairs(left: object, right: object) -> list[tuple[Number, Number]] | None:
    """Numbers, or figures per axis, side by side; one number stands for all axes, ``?`` matches anything."""
    if is_list(left) and is_list(right) and len(left) != len(right):
        return None
    axes = len(left) if is_list(left) else len(right) if is_list(right) else 1
    first = left if is_list(left) else (left,) * axes
    second = right if is_list(right) else (right,) * axes
    pairs: list[tuple[Number, Number]] = []
    for a, b in zip(first, second, strict=True):
        if a is None or b is None:
            continue
        if isinstance(a, bool) or isinstance(b, bool):
            return None
        if not isinstance(a, (int, float, Extent)) or not isinstance(b, (int, float, Extent)):
            return None
        if a != a or b != b:
            return None  # ∞ − ∞ is no number
        pairs.append((a, b))
    return pairs


def _compare_numbers(operator: str, a: Number, b: Number, allowed: Allowed | None) -> bool:
    if not isinstance(a, Extent) and not isinstance(b, Extent):
        return COMPARE[operator](a, b)
    from cnnspec.analysis.claims.open_sizes import compare_sizes

    return compare_sizes(operator, a, b, allowed)
