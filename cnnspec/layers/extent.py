"""Symbolic sizes: the ``?`` of an input, carried through every formula as an exact expression.

An extent is a polynomial with integer coefficients over atoms; an atom is a symbol (``h``), a floor division
(``⌊(h − 2)/2⌋``) or a maximum. The form is canonical for the simplifications it knows, so two extents that are the
same expression compare equal.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from math import gcd

from typing_extensions import override

from cnnspec.record import record

#: A greater divisor leaves 0 or 1 of any size there is.
_LARGEST = 2**63


@record
class Symbol:
    """An unknown extent of an input, at least 1."""

    name: str

    @override
    def __str__(self) -> str:
        return self.name


@record
class Floor:
    """⌊dividend/divisor⌋, divisor > 1."""

    dividend: Extent
    divisor: int

    @override
    def __str__(self) -> str:
        return self.shifted(0)

    def shifted(self, constant: int) -> str:
        """The text of ⌊dividend/divisor⌋ + constant in the form it is usually derived in."""
        remainder, d = self.dividend.constant, self.divisor
        if constant >= 0 and remainder == d - 1:
            return f"⌈{_wrap(self.dividend - remainder)}/{d}⌉" + (f" + {constant}" if constant else "")
        if remainder == 0 or constant >= 0:
            inside, outside = (self.dividend + constant * d, 0) if constant < 0 else (self.dividend, constant)
        else:
            inside, outside = self.dividend + (constant - 1) * d, 1  # ⌊(h − 3)/2⌋ + 1: the formula of a window
        return f"⌊{_wrap(inside)}/{d}⌋" + (f" + {outside}" if outside else "")


@record
class Maximum:
    """max(value, bound)."""

    value: Extent
    bound: int

    @override
    def __str__(self) -> str:
        return f"max({self.value}, {self.bound})"


Atom = Symbol | Floor | Maximum
Monomial = tuple[tuple[Atom, int], ...]  # atoms with their powers, sorted by their text; () is the constant's


@record
class Extent:
    """A polynomial over atoms: (monomial, coefficient) pairs, none zero, in the order of :func:`_order`, the constant last."""

    terms: tuple[tuple[Monomial, int], ...]

    @staticmethod
    def of(terms: Mapping[Monomial, int]) -> int | Extent:
        """The sum of monomials with these coefficients; a number where nothing unknown is left."""
        return _make(terms)

    @staticmethod
    def symbol(name: str) -> Extent:
        """The unknown of that name."""
        return Extent(((((Symbol(name), 1),), 1),))

    @staticmethod
    def alone(atom: Atom) -> Extent:
        """An atom as an extent."""
        return _atom(atom)

    @property
    def constant(self) -> int:
        """The constant term."""
        return self.terms[-1][1] if self.terms and not self.terms[-1][0] else 0

    def __add__(self, other: int | Extent) -> int | Extent:
        if isinstance(other, int):
            return self._plus(other) if other else self
        sums = dict(self.terms)
        for monomial, coefficient in _terms(other):
            sums[monomial] = sums.get(monomial, 0) + coefficient
        return _make(sums)

    __radd__ = __add__

    def _plus(self, number: int) -> Extent:
        constant = self.constant
        known = self.terms[:-1] if constant else self.terms
        number = int(number) + constant
        return Extent((*known, ((), number)) if number else known)

    def __neg__(self) -> Extent:
        return self._times(-1)

    def _times(self, number: int) -> Extent:
        return Extent(tuple([(monomial, coefficient * number) for monomial, coefficient in self.terms]))

    def __sub__(self, other: int | Extent) -> int | Extent:
        return self + (-other)

    def __rsub__(self, other: int) -> int | Extent:
        return (-self) + other

    def __mul__(self, other: int | Extent) -> int | Extent:
        if isinstance(other, int):
            return self._times(int(other)) if other else 0
        products: dict[Monomial, int] = {}
        for left, a in self.terms:
            for right, b in _terms(other):
                powers = dict(left)
                for atom, power in right:
                    powers[atom] = powers.get(atom, 0) + power
                monomial = tuple(sorted(powers.items(), key=lambda pair: (_first_symbol(pair[0]), str(pair[0]))))
                products[monomial] = products.get(monomial, 0) + a * b
        return _make(products)

    __rmul__ = __mul__

    def __floordiv__(self, divisor: int | Extent) -> int | Extent:
        """⌊self/divisor⌋: whole multiples leave the floor, common factors are cancelled, a floor of a floor becomes one."""
        if not isinstance(divisor, int):
            return 1 if self == divisor else NotImplemented
        if divisor == 1:
            return self
        whole = {m: c // divisor for m, c in self.terms if m and c % divisor == 0}
        rest = {m: c for m, c in self.terms if m and c % divisor}
        quotient, remainder = divmod(self.constant, divisor)
        outside = _make({**whole, (): quotient})
        if not rest:
            return outside
        common = gcd(divisor, *rest.values())
        divisor //= common
        inside = _make({m: c // common for m, c in rest.items()} | {(): remainder // common})
        assert isinstance(inside, Extent)
        merged = _merge_floors(inside, divisor)
        return outside + (merged if merged is not None else _atom(Floor(inside, divisor)))

    def at_least(self, bound: int) -> Extent:
        """max(self, bound)."""
        return _atom(Maximum(self, bound))

    def evaluate(self, values: Mapping[str, int]) -> int:
        """The number for given values of the symbols.

        Raises:
            KeyError: a symbol has no value.
        """
        result = 0
        for monomial, coefficient in self.terms:
            product = coefficient
            for atom, power in monomial:
                product *= _evaluate(atom, values) ** power
            result += product
        return result

    def symbols(self) -> frozenset[str]:
        """The names of the unknowns it depends on."""
        names: set[str] = set()
        for monomial, _ in self.terms:
            for atom, _ in monomial:
                match atom:
                    case Symbol(name):
                        names.add(name)
                    case Floor(inner, _) | Maximum(inner, _):
                        names |= inner.symbols()
        return frozenset(names)

    def weight(self, most: int = 2**31) -> int:
        """How many atoms it is written with, those inside of atoms too; counted up to ``most``, as which huge divisors count."""
        count = 0
        for monomial, _ in self.terms:
            for atom, _ in monomial:
                count += most if isinstance(atom, Floor) and atom.divisor > _LARGEST else 1
                if count < most and not isinstance(atom, Symbol):
                    count += (atom.dividend if isinstance(atom, Floor) else atom.value).weight(most - count)
                if count >= most:
                    return most
        return count

    @override
    def __str__(self) -> str:
        if any(len(monomial) > 1 for monomial, _ in self.terms):
            from cnnspec.layers.factoring import factor

            factors = factor(self)
            if len(factors) > 1 and self.terms[0][1] < 0:
                return f"−{-self}"
            if len(factors) > 1:
                return "·".join(_wrap(part) if isinstance(part, Extent) else f"{part:,}" for part in factors)
        return self._sum()

    def _sum(self) -> str:
        parts: list[str] = []
        terms = list(self.terms)
        floors = [m[0][0] for m, c in terms if c == 1 and len(m) == 1 and m[0][1] == 1 and isinstance(m[0][0], Floor)]
        if len(floors) == 1 and self.constant:
            floor = floors[0]
            parts.append(floor.shifted(self.constant))
            terms = [(m, c) for m, c in terms if m and m != ((floor, 1),)]
        for monomial, coefficient in terms:
            size = abs(coefficient)
            factors = [_power(atom, power) for atom, power in monomial]
            text = "·".join(([f"{size:,}"] if size != 1 or not factors else []) + factors)
            sign = "−" if coefficient < 0 else "+"
            parts.append(f" {sign} {text}" if parts else text if coefficient > 0 else f"−{text}")
        return "".join(parts) or "0"


def _terms(value: int | Extent) -> tuple[tuple[Monomial, int], ...]:
    return value.terms if isinstance(value, Extent) else (((), int(value)),)


def _make(terms: Mapping[Monomial, int]) -> int | Extent:
    kept = [(m, c) for m, c in terms.items() if c]
    if not any(m for m, _ in kept):
        return kept[0][1] if kept else 0
    if len(kept) > 1:
        kept.sort(key=lambda term: _order(term[0]))
    return Extent(tuple(kept))


@lru_cache(maxsize=4096)
def _order(monomial: Monomial) -> tuple[int, int, list[str]]:
    """High powers first, then what grows fast: h·w before ⌊h/2⌋·⌊w/2⌋ before ⌊h/16⌋·⌊w/16⌋."""
    degree, divisor = 0, 1
    for atom, power in monomial:
        degree += power
        divisor *= _divisor(atom) ** power
    return -degree, divisor, [str(atom) for atom, _ in monomial]


def _divisor(atom: Atom) -> int:
    """What its first symbol is divided by."""
    if isinstance(atom, Symbol):
        return 1
    return atom.divisor * _divisor(_head(atom)) if isinstance(atom, Floor) else _divisor(_head(atom))


def _first_symbol(atom: Atom) -> str:
    return atom.name if isinstance(atom, Symbol) else _first_symbol(_head(atom))


def _head(atom: Floor | Maximum) -> Atom:
    """The first atom inside."""
    return (atom.dividend if isinstance(atom, Floor) else atom.value).terms[0][0][0][0]


def _atom(atom: Atom) -> Extent:
    return Extent(((((atom, 1),), 1),))


def _merge_floors(inside: Extent, divisor: int) -> int | Extent | None:
    """⌊(⌊x/a⌋ + c)/b⌋ = ⌊(x + a·c)/(a·b)⌋."""
    head, coefficient = inside.terms[0]
    if coefficient != 1 or len(head) != 1 or head[0][1] != 1 or len([m for m, _ in inside.terms if m]) != 1:
        return None
    atom = head[0][0]
    if not isinstance(atom, Floor):
        return None
    return (atom.dividend + atom.divisor * inside.constant) // (atom.divisor * divisor)  # type: ignore[operator]


def _evaluate(atom: Atom, values: Mapping[str, int]) -> int:
    match atom:
        case Symbol(name):
            return values[name]
        case Floor(dividend, divisor):
            return dividend.evaluate(values) // divisor
        case Maximum(value, bound):
            return max(value.evaluate(values), bound)


def _wrap(extent: int | Extent) -> str:
    text = str(extent)
    return f"({text})" if is_sum(text) else text


def is_sum(text: str) -> bool:
    """Whether a formula is a sum: it has a blank outside all brackets."""
    depth = 0
    for character in text:
        depth += (character in "(⌊⌈") - (character in ")⌋⌉")
        if character == " " and not depth:
            return True
    return False


_SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def _power(atom: Atom, power: int) -> str:
    return str(atom) if power == 1 else f"{atom}{str(power).translate(_SUPERSCRIPTS)}"
