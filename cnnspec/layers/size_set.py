"""Sets of sizes: which values of an unknown extent are allowed, as conditions on it come out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import lcm

from cnnspec.record import record

#: Stretches of neighbouring numbers that a text lists; of more it says how many there are.
_MOST_LISTED = 6


@record
class SizeSet:
    """The sizes n ≥ 1 that are in ``extra``, or at least ``start`` with n mod ``period`` in ``residues``.

    Made by :meth:`of` in one form for one set, so that equal sets compare equal: the period and the start are the least
    there are, and what is extra lies below the start.
    """

    period: int
    residues: frozenset[int]
    start: int
    extra: frozenset[int]

    @staticmethod
    def of(period: int, residues: Iterable[int], start: int = 1, extra: Iterable[int] = ()) -> SizeSet:
        """The set in its one form."""
        kept = frozenset(residues)
        below = {n for n in extra if n >= 1}
        if not kept:
            return SizeSet(1, kept, max(below, default=0) + 1, frozenset(below))
        below = {n for n in below if n < start}
        period, kept = _shorten(period, kept)
        while start > 1 and ((start - 1) % period in kept) == (start - 1 in below):
            start -= 1
            below.discard(start)
        return SizeSet(period, kept, start, frozenset(below))

    def __contains__(self, size: int) -> bool:
        return size in self.extra or (size >= self.start and size % self.period in self.residues)

    @property
    def is_empty(self) -> bool:
        """No size is allowed."""
        return not self.residues and not self.extra

    @property
    def is_all(self) -> bool:
        """Every size is allowed."""
        return self.start == 1 and self.period == 1 and bool(self.residues)

    def intersect(self, other: SizeSet) -> SizeSet:
        """The sizes in both."""
        period = lcm(self.period, other.period)
        residues = [n for n in range(period) if n % self.period in self.residues and n % other.period in other.residues]
        later, earlier = (self, other) if self.start >= other.start else (other, self)
        return SizeSet.of(period, residues, later.start, [n for n in later.extra if n in earlier])

    def at_least(self, size: int) -> int | None:
        """The least allowed size from ``size`` on."""
        found = [n for n in self.extra if n >= size]
        first = max(size, self.start)
        found += [n for n in range(first, first + self.period) if n in self][:1]
        return min(found, default=None)

    def at_most(self, size: int) -> int | None:
        """The greatest allowed size up to ``size``."""
        last = max(size - self.period, self.start - 1)
        found = [n for n in range(size, last, -1) if n in self][:1]
        return max([*found, *(n for n in self.extra if n <= size)], default=None)

    def describe(self, symbols: Sequence[str]) -> str:
        """The set as a condition on one or more symbols: ``h, w multiples of 16``, ``h ≡ 0 or 1 (mod 4)``, ``h ≤ 5``."""
        names = ", ".join(symbols)
        parts = [_describe_finite(names, self.extra)] if self.extra else []
        if self.residues:
            parts.append(self._describe_periodic(names, len(symbols) > 1))
        return ", or ".join(parts) or f"no {names}"

    def _describe_periodic(self, names: str, several: bool) -> str:
        period, least = self.period, self.at_least(self.start)
        if period == 1:
            return f"{names} ≥ {self.start}"
        later = f", at least {least}" if least is not None and least > period else ""
        if self.residues == frozenset({0}):
            return f"{names} {'multiples' if several else 'a multiple'} of {period}{later}"
        if period == 2:
            return f"{names} odd{later}"
        missing = set(range(period)) - self.residues
        if len(missing) == 1 and period > 2:
            return f"{names} ≢ {missing.pop()} (mod {period}){later}"
        runs = _runs(self.residues)
        if len(runs) > _MOST_LISTED:
            return f"{names} mod {period} one of {len(self.residues)} numbers: {_list(runs[:_MOST_LISTED])}, …{later}"
        return f"{names} ≡ {_list(runs, 'or')} (mod {period}){later}"


ALL_SIZES = SizeSet(1, frozenset({0}), 1, frozenset())


def _shorten(period: int, residues: frozenset[int]) -> tuple[int, frozenset[int]]:
    """The same residues by their least period."""
    for prime in _primes(period):
        while period % prime == 0:
            shorter = period // prime
            kept = frozenset(n % shorter for n in residues)
            if len(kept) * prime != len(residues):
                break
            period, residues = shorter, kept
    return period, residues


def _primes(number: int) -> list[int]:
    """The primes that divide a number."""
    found: list[int] = []
    factor = 2
    while factor * factor <= number:
        if number % factor == 0:
            found.append(factor)
            while number % factor == 0:
                number //= factor
        factor += 1
    return [*found, number] if number > 1 else found


def _runs(numbers: Iterable[int]) -> list[tuple[int, int]]:
    """Neighbouring numbers as (first, last)."""
    runs: list[tuple[int, int]] = []
    for n in sorted(numbers):
        if runs and n == runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], n)
        else:
            runs.append((n, n))
    return runs


def _describe_finite(names: str, sizes: Iterable[int]) -> str:
    runs = _runs(sizes)
    if len(runs) == 1 and runs[0][1] > runs[0][0]:
        first, last = runs[0]
        return f"{names} ≤ {last}" if first == 1 else f"{first} ≤ {names} ≤ {last}"
    if len(runs) > _MOST_LISTED:
        return f"{names} one of {sum(b - a + 1 for a, b in runs)} sizes: {_list(runs[:_MOST_LISTED])}, …"
    return f"{names} = {_list(runs, 'or')}"


def _list(runs: Sequence[tuple[int, int]], last: str = "") -> str:
    """``0, 3 or 5 to 7``: two neighbours are named, three and more are a stretch."""
    texts: list[str] = []
    for a, b in runs:
        texts += [str(n) for n in range(a, b + 1)] if b - a < 2 else [f"{a} to {b}"]
    if not last or len(texts) == 1:
        return ", ".join(texts)
    return f"{', '.join(texts[:-1])} {last} {texts[-1]}"
