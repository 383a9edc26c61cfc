"""Comparisons of figures that depend on sizes an input leaves open.

Such a comparison holds if it does for every size that the model takes, and is false if it does for none; else it is left
undecided, with the sizes for which it holds where they are known.
"""

from __future__ import annotations

from collections.abc import Callable
from math import ceil, floor, isinf

from cnnspec.analysis.claims.compare import COMPARE
from cnnspec.analysis.claims.subject import Undecided
from cnnspec.analysis.claims.wording import show_actual
from cnnspec.layers.allowed import Allowed
from cnnspec.layers.arithmetic import Size
from cnnspec.layers.extent import Atom, Extent, Floor, Maximum, Symbol
from cnnspec.layers.requirement import Requirement, decide
from cnnspec.layers.size_set import ALL_SIZES, SizeSet

Number = int | float | Extent


class Unsettled(Exception):
    """Open sizes decide; for which ones it holds, where that is known."""


def compare_sizes(operator: str, a: Number, b: Number, allowed: Allowed | None) -> bool:
    """Whether a comparison holds for every size that is allowed; False if for none.

    Raises:
        Undecided: for some, or that is not known.
    """
    if any(isinstance(number, float) and isinf(number) for number in (a, b)):
        finite = [0 if isinstance(number, Extent) else number for number in (a, b)]
        return COMPARE[operator](*finite)
    try:
        return _compare(operator, a, b, allowed)
    except Unsettled as error:
        shown = a if isinstance(a, Extent) else b
        raise Undecided(f"it depends on the size of the input: {str(error) or show_actual(shown)}") from None


def lies_between(low: int, size: Extent, high: int, allowed: Allowed | None) -> bool:
    """Whether a size lies between two numbers, as :func:`compare_sizes`."""
    return compare_sizes(">=", size, low, allowed) and compare_sizes("<=", size, high, allowed)


def _compare(operator: str, a: Number, b: Number, allowed: Allowed | None) -> bool:
    if operator == "==":
        return _equal(a, b, allowed)
    if operator in ("<", "<="):
        a, b = b, a
    least = _round(b, floor if operator in ("<", ">") else ceil)
    most = _round(a, ceil if operator in ("<", ">") else floor)
    return at_least(most, least + 1 if operator in ("<", ">") else least, allowed)


def _round(number: Number, how: Callable[[float], int]) -> Size:
    """A whole number in its place."""
    return number if isinstance(number, Extent) else how(number)


def _equal(a: Number, b: Number, allowed: Allowed | None) -> bool:
    whole = [number for number in (a, b) if isinstance(number, Extent) or number == number // 1]
    if len(whole) < 2:
        return False
    return _holds(Requirement(_round(a, floor), "=", _round(b, floor)), allowed)


def at_least(a: Size, b: Size, allowed: Allowed | None) -> bool:
    """Whether a ≥ b for every size that is allowed; False if for none.

    Raises:
        Unsettled: for some, or that is not known.
    """
    return _holds(Requirement(a, "≥", b), allowed)


def _holds(requirement: Requirement, allowed: Allowed | None) -> bool:
    verdict = decide(requirement)
    if verdict.kind in ("always", "never"):
        return verdict.kind == "always"
    if verdict.sizes is not None:
        possible = _sizes_of(verdict.symbol, allowed)
        if any(one.intersect(verdict.sizes).is_empty for one in possible):
            return False
        if any(one.intersect(verdict.sizes) == one for one in possible):
            return True
        raise Unsettled(f"it holds for {verdict.sizes.describe([verdict.symbol])}")
    low, high = _bounds(requirement.difference, allowed)
    if low is not None and low >= 0 and (requirement.relation == "≥" or low > 0):
        return requirement.relation == "≥"
    if high is not None and high < 0:
        return False
    raise Unsettled


def _sizes_of(symbol: str, allowed: Allowed | None) -> tuple[SizeSet, ...]:
    """The sets that an unknown must lie in, all of them."""
    if allowed is None or symbol not in allowed.symbols:
        return (ALL_SIZES,)
    return allowed.sets[allowed.symbols.index(symbol)]


_Bounds = tuple[int | None, int | None]


def _bounds(size: Size, allowed: Allowed | None) -> _Bounds:
    """Bounds between which a size lies for all allowed ones, not always the tightest; None where there is none.

    Every atom is written as its least value and what it is above that; where all that is added to the constant then has
    one sign, the constant is a bound.
    """
    if isinstance(size, int):
        return size, size
    above: Size = 0
    for monomial, coefficient in size.terms:
        product: Size = coefficient
        for atom, power in monomial:
            least = _least(atom, allowed)
            if least is None:
                return None, None
            for _ in range(power):
                product = product * (Extent.symbol(str(atom)) + least)
        above = above + product
    if isinstance(above, int):
        return above, above
    signs = {coefficient > 0 for monomial, coefficient in above.terms if monomial}
    return (above.constant, None) if signs == {True} else (None, above.constant) if signs == {False} else (None, None)


def _least(atom: Atom, allowed: Allowed | None) -> int | None:
    """What an atom is at least."""
    match atom:
        case Symbol(name):
            return max((one.at_least(1) or 1 for one in _sizes_of(name, allowed)), default=1)
        case Floor(inner, divisor):
            low, _ = _bounds(inner, allowed)
            return None if low is None else low // divisor
        case Maximum(inner, bound):
            low, _ = _bounds(inner, allowed)
            return bound if low is None else max(low, bound)
