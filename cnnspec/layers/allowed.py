"""The sizes of open inputs that are left by all that is asked of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import lcm

from cnnspec.layers.quasilinear import MOST_POINTS
from cnnspec.layers.requirement import Requirement, Verdict
from cnnspec.layers.size_set import ALL_SIZES, SizeSet
from cnnspec.record import record

#: How far a size that fits is looked for.
_MOST_STEPS = 4_096


@record
class Allowed:
    """The sizes that a model takes: for each unknown the sets it must lie in, and requirements that are left as they are.

    An unknown has several sets only where their common period is too long.
    """

    symbols: tuple[str, ...]
    sets: tuple[tuple[SizeSet, ...], ...]
    open: tuple[Requirement, ...] = ()

    @staticmethod
    def all(symbols: Sequence[str]) -> Allowed:
        """Every size of these unknowns."""
        return Allowed(tuple(symbols), ((ALL_SIZES,),) * len(symbols))

    def narrowed(self, requirement: Requirement, verdict: Verdict) -> Allowed:
        """With one requirement more."""
        if verdict.sizes is None:
            known = verdict.kind != "open" or requirement in self.open
            return self if known else Allowed(self.symbols, self.sets, (*self.open, requirement))
        at = self.symbols.index(verdict.symbol)
        sets = (*self.sets[:at], _narrow(self.sets[at], verdict.sizes), *self.sets[at + 1 :])
        return Allowed(self.symbols, sets, self.open)

    @property
    def is_empty(self) -> bool:
        """No size is left for some unknown."""
        return any(one.is_empty for sets in self.sets for one in sets)

    def describe(self) -> tuple[str, ...]:
        """Each condition as a text, unknowns with the same sets together: ``h, w multiples of 16``."""
        together: dict[SizeSet, list[str]] = {}
        for symbol, sets in zip(self.symbols, self.sets, strict=True):
            for one in sets:
                together.setdefault(one, []).append(symbol)
        known = [one.describe(symbols) for one, symbols in together.items() if not one.is_all]
        return (*known, *(str(requirement) for requirement in self.open))

    def takes(self, values: Mapping[str, int]) -> bool:
        """Whether these sizes are allowed."""
        sized = all(values[symbol] in one for symbol, sets in zip(self.symbols, self.sets, strict=True) for one in sets)
        return sized and all(requirement.holds(values) for requirement in self.open)

    def nearest(self, values: Mapping[str, int], *, tied: bool = False) -> list[dict[str, int]]:
        """Allowed sizes next to given ones: each unknown at least as large, then each at most; those that there are.

        ``tied``: unknowns of the same axis (``a.h`` and ``b.h``) have one size.
        """
        groups: dict[str, list[str]] = {}
        for symbol in self.symbols:
            groups.setdefault(symbol.rpartition(".")[2] if tied else symbol, []).append(symbol)
        found: list[dict[str, int]] = []
        for forward in (True, False):
            sizes: dict[str, int] = {}
            for symbols in groups.values():
                sizes |= self._next(symbols, values[symbols[0]], forward)
            if len(sizes) == len(self.symbols) and self.takes(sizes) and sizes not in found:
                found.append(sizes)
        return found

    def _next(self, symbols: Sequence[str], size: int, forward: bool) -> dict[str, int]:
        """The nearest size in one direction that these unknowns can have together; empty where it is far off."""
        sets = [one for symbol in symbols for one in self.sets[self.symbols.index(symbol)]]
        asked = [requirement for requirement in self.open if requirement.symbols() <= set(symbols)]
        for _ in range(_MOST_STEPS):
            found = [one.at_least(size) if forward else one.at_most(size) for one in sets]
            known = [n for n in found if n is not None]
            if len(known) < len(found):
                break
            values = dict.fromkeys(symbols, max(known) if forward else min(known))
            if values[symbols[0]] != size:
                size = values[symbols[0]]
            elif all(requirement.holds(values) for requirement in asked):
                return values
            else:
                size += 1 if forward else -1
        return {}


def _narrow(sets: tuple[SizeSet, ...], other: SizeSet) -> tuple[SizeSet, ...]:
    for at, one in enumerate(sets):
        if lcm(one.period, other.period) <= MOST_POINTS:
            return (*sets[:at], one.intersect(other), *sets[at + 1 :])
    return (*sets, other)
