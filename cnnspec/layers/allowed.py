"""The sizes of open inputs that are left by all that is asked of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import lcm

from cnnspec.layers.quasilinear import MOST_POINTS
from cnnspec.layers.requirement import Requirement, Verdict
from cnnspec.layers.size_set import ALL_SIZES, SizeSet
from cnnspec.record import record


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
        groups: dict[str, list[int]] = {}
        for at, symbol in enumerate(self.symbols):
            groups.setdefault(symbol.rpartition(".")[2] if tied else symbol, []).append(at)
        found: list[dict[str, int]] = []
        for step in (SizeSet.at_least, SizeSet.at_most):
            sizes: dict[str, int] = {}
            for members in groups.values():
                size = _next([one for at in members for one in self.sets[at]], values[self.symbols[members[0]]], step)
                sizes |= {self.symbols[at]: size for at in members if size is not None}
            if len(sizes) == len(self.symbols) and self.takes(sizes) and sizes not in found:
                found.append(sizes)
        return found


def _narrow(sets: tuple[SizeSet, ...], other: SizeSet) -> tuple[SizeSet, ...]:
    for at, one in enumerate(sets):
        if lcm(one.period, other.period) <= MOST_POINTS:
            return (*sets[:at], one.intersect(other), *sets[at + 1 :])
    return (*sets, other)


def _next(sets: Sequence[SizeSet], size: int, step: Callable[[SizeSet, int], int | None]) -> int | None:
    """The nearest size in one direction that is in all sets; None where it is far off."""
    for _ in range(MOST_POINTS):
        before = size
        for one in sets:
            found = step(one, size)
            if found is None:
                return None
            size = found
        if size == before:
            return size
    return None
