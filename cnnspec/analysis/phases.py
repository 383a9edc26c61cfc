"""Fields of units that take turns: behind upsampling, a transposed convolution or adaptive pooling.

There neighbouring units see stretches of different sizes, but the same ones come again: of U-Net's output every
sixteenth unit stands alike, 16 pixels further. So along an axis it is enough to know the stretches of one period, and a
window turns one period into another; how many units the map has does not matter.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import gcd, lcm
from typing import Final

from cnnspec.layers.window import AnyAxis
from cnnspec.record import record

#: The first and the last pixel that a unit sees, padding included; None where it sees none.
Stretch = tuple[int, int] | None

#: Patterns with a longer period are given up.
LONGEST_PERIOD: Final = 4096
#: As many paths are followed to find the smallest, where none fits into another; with more, the smallest stays unknown.
MOST_PATHS: Final = 16


@record
class Pattern:
    """What the units of an axis see: unit u ``stretches[u]``, each next period the same ``shift`` pixels further."""

    stretches: tuple[Stretch, ...]
    shift: int

    @property
    def period(self) -> int:
        """After how many units it begins anew."""
        return len(self.stretches)

    def at(self, unit: int) -> Stretch:
        """What a unit sees; units before the first are those of padding."""
        turn, phase = divmod(unit, self.period)
        stretch = self.stretches[phase]
        return None if stretch is None else (stretch[0] + turn * self.shift, stretch[1] + turn * self.shift)

    def through(self, axis: AnyAxis) -> Pattern | None:
        """What the units behind a window see, by what each of its taps does; None where the period gets too long.

        The taps of u + t outputs lie s positions further, (t, s) being the window's period. So the pattern comes again
        after as many rounds m as bring m·s to a multiple of this period.
        """
        outputs, further = axis.period
        rounds = self.period // gcd(self.period, further)
        if outputs * rounds > LONGEST_PERIOD:
            return None
        shift = self.shift * (further * rounds // self.period)
        stretches = [self._behind(axis.taps(unit)) for unit in range(outputs * rounds)]
        return Pattern(tuple(stretches), shift).shortest()

    def _behind(self, taps: Sequence[int]) -> Stretch:
        """What taps see together; of many only those at both ends, as between them the same comes again."""
        ends = taps if len(taps) <= 2 * self.period else (*taps[: self.period], *taps[-self.period :])
        return hull_of(self.at(tap) for tap in ends)

    def shortest(self) -> Pattern:
        """The same with the shortest period."""
        if not any(self.stretches):
            return Pattern((None,), 0)
        pattern = self
        for factor in _prime_factors(self.period):
            period, left = pattern.period // factor, pattern.shift % factor
            shorter = Pattern(pattern.stretches[:period], pattern.shift // factor)
            if not left and all(shorter.at(unit) == pattern.stretches[unit] for unit in range(period, pattern.period)):
                pattern = shorter
        return pattern

    def over(self, period: int) -> tuple[Stretch, ...]:
        """The stretches of so many units."""
        return self.stretches if period == self.period else tuple(self.at(unit) for unit in range(period))

    def moved(self, units: int) -> Pattern:
        """The pattern of a map with so many units put before it."""
        return Pattern(tuple(self.at(unit - units) for unit in range(self.period)), self.shift)

    def together(self, count: int) -> Stretch:
        """What the first ``count`` units see together."""
        edge = min(count, self.period)
        return hull_of(self.at(unit) for unit in (*range(edge), *range(count - edge, count)))

    def sizes(self, count: int | None) -> list[int]:
        """The sizes of the stretches of so many units, each once, smallest first."""
        units = self.period if count is None else min(count, self.period)
        return sorted({stretch[1] - stretch[0] + 1 for stretch in self.stretches[:units] if stretch is not None})

    def fits_into(self, other: Pattern) -> bool:
        """Whether every stretch lies in the other's, once this pattern is moved by some number of pixels.

        Then it does so behind any window as well.
        """
        period = lcm(self.period, other.period)
        before, after = -float("inf"), float("inf")
        for mine, theirs in zip(self.over(period), other.over(period), strict=True):
            if mine is None:
                continue
            if theirs is None:
                return False
            before, after = max(before, theirs[0] - mine[0]), min(after, theirs[1] - mine[1])
        return before <= after


@record
class Phases:
    """The field along one axis of the input, where units take turns.

    Attributes:
        field: the pattern of what they see.
        paths: patterns of single paths from the input, without those that another fits into: one of them is the smallest.
            None of them where that are too many to follow.
        along: the axis of the map along which its units stand; None where all units see the same.
    """

    field: Pattern
    paths: tuple[Pattern, ...]
    along: int | None

    def through(self, axis: AnyAxis) -> Phases | None:
        """The field behind a window; None where its period gets too long."""
        field = self.field.through(axis)
        paths = [pattern for path in self.paths if (pattern := path.through(axis)) is not None]
        if field is None or len(paths) < len(self.paths):
            return None
        return Phases(field, smallest_of(paths), self.along)

    def smallest(self, count: int | None) -> int | None:
        """The size along the smallest path: the one whose largest stretch is the smallest."""
        return min((max(path.sizes(count), default=0) for path in self.paths), default=None)


def merge_phases(branches: Sequence[Phases]) -> Phases | None:
    """The hull of what branches of one jump see, unit by unit; None where the period gets too long."""
    period = lcm(*(branch.field.period for branch in branches))
    if period > LONGEST_PERIOD:
        return None
    rounds = zip(*(branch.field.over(period) for branch in branches), strict=True)
    first = branches[0].field
    field = Pattern(tuple(map(hull_of, rounds)), first.shift * (period // first.period)).shortest()
    paths = [path for branch in branches for path in branch.paths] if all(branch.paths for branch in branches) else []
    return Phases(field, smallest_of(paths), branches[0].along)


def hull_of(stretches: Iterable[Stretch]) -> Stretch:
    """From the first pixel of any to the last of any."""
    seen = [stretch for stretch in stretches if stretch is not None]
    return (min(first for first, _ in seen), max(last for _, last in seen)) if seen else None


def smallest_of(paths: Sequence[Pattern]) -> tuple[Pattern, ...]:
    """Those of which one will turn out the smallest, whatever follows; none where that are too many."""
    kept: list[Pattern] = []
    for path in paths:
        if not any(other.fits_into(path) for other in kept):
            kept = [*(other for other in kept if not path.fits_into(other)), path]
    return tuple(kept) if len(kept) <= MOST_PATHS else ()


def _prime_factors(number: int) -> list[int]:
    """2, 2, 3 of 12."""
    found: list[int] = []
    factor = 2
    while factor * factor <= number:
        while number % factor == 0:
            found.append(factor)
            number //= factor
        factor += 1
    return [*found, number] if number > 1 else found
