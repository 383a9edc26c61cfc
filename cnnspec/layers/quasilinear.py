"""Sizes of one unknown as functions of it, known exactly: on every residue class a straight line.

A size is made of its symbol by sums, whole multiples, ⌊·/d⌋ and max(·, bound). Every such function f of one unknown n
has a period P and a rise S with

    f(n + P) = f(n) + S    for every n from some start on,

because n has (P = 1, S = 1), sums add up over a common period, and ⌊f/d⌋ has the period P·d/gcd(S, d). A maximum settles:
from some n on it is its value, or its bound. So f is known everywhere from its values up to start + P, and where it is
zero, or at least 0, is decided, not guessed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from math import gcd, lcm

from cnnspec.layers.extent import Atom, Extent, Floor, Maximum, Monomial, Symbol
from cnnspec.layers.size_set import SizeSet
from cnnspec.record import record

#: The greatest start + period that is worked out; strides of a network multiply up to it slowly.
MOST_POINTS = 8_192
#: The most values of atoms that are worked out for one function.
MOST_VALUES = 400_000


class Unsolved(Exception):
    """The function is no quasilinear one of one unknown, or has too long a period."""


@record
class Quasilinear:
    """f(n + period) = f(n) + rise for every n ≥ start; ``values`` are f(1), f(2), …, f(start + period − 1)."""

    period: int
    rise: int
    start: int
    values: tuple[int, ...]

    @property
    def least(self) -> int | None:
        """The least value over all n ≥ 1; None where there is none."""
        return None if self.rise < 0 else min(self.values)

    @property
    def greatest(self) -> int | None:
        """The greatest value over all n ≥ 1; None where there is none."""
        return None if self.rise > 0 else max(self.values)

    def at(self, n: int) -> int:
        """f(n)."""
        periods = max((n - self.start) // self.period, 0)
        return self.values[n - 1 - periods * self.period] + periods * self.rise

    def plus(self, constant: int) -> Quasilinear:
        """f + constant."""
        return Quasilinear(self.period, self.rise, self.start, tuple([value + constant for value in self.values]))

    def zeros(self) -> SizeSet:
        """The n at which f(n) = 0."""
        early = [n for n, value in enumerate(self.values[: self.start - 1], 1) if value == 0]
        last = [(n, value) for n, value in enumerate(self.values[self.start - 1 :], self.start)]
        if not self.rise:
            return SizeSet.of(self.period, [n % self.period for n, value in last if value == 0], self.start, early)
        hits = ((n, -value // self.rise) for n, value in last if value % self.rise == 0)
        return SizeSet.of(1, (), 1, [*early, *(n + steps * self.period for n, steps in hits if steps >= 0)])

    def not_negative(self) -> SizeSet:
        """The n at which f(n) ≥ 0.

        Raises:
            Unsolved: they begin or end too far out to list what lies before.
        """
        early = [n for n, value in enumerate(self.values[: self.start - 1], 1) if value >= 0]
        last = [(n, value) for n, value in enumerate(self.values[self.start - 1 :], self.start)]
        if not self.rise:
            return SizeSet.of(self.period, [n % self.period for n, value in last if value >= 0], self.start, early)
        # On each class the line crosses zero once: f ≥ 0 from (rising) or up to (falling) some number of periods.
        if self.rise > 0:
            first = [n + max(-(value // self.rise), 0) * self.period for n, value in last]
            start = max(first) - self.period + 1
            extra = [n for at in first for n in _steps(at, start, self.period)]
            return SizeSet.of(1, (0,), max(start, 1), early + extra)
        behind = [n + (value // -self.rise + 1) * self.period for n, value in last]
        extra = [n for (n, _), end in zip(last, behind, strict=True) for n in _steps(n, end, self.period)]
        return SizeSet.of(1, (), 1, early + extra)


def _steps(first: int, end: int, step: int) -> range:
    if (end - first) // step > MOST_POINTS:  # the length of a range has to fit into a machine's word
        raise Unsolved
    return range(first, end, step)


@lru_cache(maxsize=1024)
def quasilinear(extent: Extent) -> Quasilinear:
    """The extent as a function of its one symbol.

    Raises:
        Unsolved: it has several symbols, products of them, or too long a period.
    """
    walk = _Walk()
    period, rise, start = walk.growth(extent)
    if (start + period) * extent.weight() > MOST_VALUES:
        raise Unsolved
    return Quasilinear(period, rise, start, tuple(walk.values(extent, start + period - 1)))


class _Walk:
    """The growth and the values of an expression and its parts, each worked out once."""

    def __init__(self) -> None:
        self._values: dict[Atom, list[int]] = {}
        self._symbol = ""

    def growth(self, extent: Extent) -> tuple[int, int, int]:
        """(period, rise, start) of a sum."""
        period, rise, start = 1, 0, 1
        for monomial, coefficient in extent.terms:
            if monomial:
                p, r, s = self._atom_growth(_single(monomial))
                common = lcm(period, p)
                rise = rise * (common // period) + coefficient * r * (common // p)
                period, start = common, max(start, s)
        return self._limited(period, rise, start)

    def _atom_growth(self, atom: Atom) -> tuple[int, int, int]:
        match atom:
            case Symbol(name):
                if name != (self._symbol or name):
                    raise Unsolved
                self._symbol = name
                return 1, 1, 1
            case Floor(dividend, divisor):
                period, rise, start = self.growth(dividend)
                times = divisor // gcd(rise, divisor)
                return self._limited(period * times, rise * times // divisor, start)
            case Maximum(value, bound):
                return self._maximum_growth(value, bound)

    def _maximum_growth(self, value: Extent, bound: int) -> tuple[int, int, int]:
        """A maximum is its value once that has passed the bound for good, its bound once it has fallen below."""
        period, rise, start = self.growth(value)
        last = self.values(value, start + period - 1)[start - 1 :]
        if not rise:
            return period, 0, start
        if rise > 0:
            steps = max(-((min(last) - bound) // rise), 0)
            return self._limited(period, rise, start + steps * period)
        steps = max(-((bound - max(last)) // -rise), 0)
        return self._limited(1, 0, start + steps * period)

    @staticmethod
    def _limited(period: int, rise: int, start: int) -> tuple[int, int, int]:
        if start + period > MOST_POINTS:
            raise Unsolved
        return period, rise, start

    def values(self, extent: Extent, count: int) -> list[int]:
        """The values at 1, 2, …, count."""
        sums = [extent.constant] * count
        for monomial, coefficient in extent.terms:
            if monomial:
                found = self._atom_values(_single(monomial), count)
                sums = [total + coefficient * value for total, value in zip(sums, found, strict=True)]
        return sums

    def _atom_values(self, atom: Atom, count: int) -> list[int]:
        known = self._values.get(atom)
        if known is None or len(known) < count:
            self._values[atom] = known = self._compute(atom, count)
        return known if len(known) == count else known[:count]

    def _compute(self, atom: Atom, count: int) -> list[int]:
        match atom:
            case Symbol():
                return list(range(1, count + 1))
            case Floor(dividend, divisor):
                return [value // divisor for value in self.values(dividend, count)]
            case Maximum(value, bound):
                return [max(one, bound) for one in self.values(value, count)]


def _single(monomial: Monomial) -> Atom:
    """The one atom of a term of the first degree."""
    if len(monomial) != 1 or monomial[0][1] != 1:
        raise Unsolved
    return monomial[0][0]


def bounds(extent: Extent) -> tuple[int | None, int | None]:
    """The least and the greatest value over all sizes, None where there is none; exact for a sum of parts of one symbol each.

    Raises:
        Unsolved: it is no such sum.
    """
    low: int | None = extent.constant
    high: int | None = extent.constant
    for part in split(extent).values():
        function = quasilinear(part)
        low = None if low is None or function.least is None else low + function.least
        high = None if high is None or function.greatest is None else high + function.greatest
    return low, high


def split(extent: Extent) -> Mapping[str, Extent]:
    """The terms by their symbol, the constant left out.

    Raises:
        Unsolved: a term has several symbols.
    """
    parts: dict[str, list[tuple[Monomial, int]]] = {}
    for monomial, coefficient in extent.terms:
        if monomial:
            names = Extent(((monomial, 1),)).symbols()
            if len(names) != 1:
                raise Unsolved
            parts.setdefault(next(iter(names)), []).append((monomial, coefficient))
    return {name: Extent(tuple(terms)) for name, terms in parts.items()}


def can_cancel(functions: Sequence[Quasilinear], constant: int) -> bool:
    """Whether independent functions and a constant can sum up to 0; True where that is not excluded.

    Two functions take values v₁ + k·S₁ and v₂ + m·S₂: with g = gcd(S₁, S₂) their sum is v₁ + v₂ modulo g, whatever k and m.
    """
    least, greatest = [f.least for f in functions], [f.greatest for f in functions]
    if None not in least and sum(v for v in least if v is not None) + constant > 0:
        return False
    if None not in greatest and sum(v for v in greatest if v is not None) + constant < 0:
        return False
    if len(functions) != 2:
        return True
    divisor = gcd(functions[0].rise, functions[1].rise)
    if not divisor:
        return not {-constant - value for value in functions[0].values}.isdisjoint(functions[1].values)
    wanted = {(-constant - value) % divisor for value in functions[0].values}
    return any(value % divisor in wanted for value in functions[1].values)
