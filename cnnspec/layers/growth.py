"""Long formulas of sizes in short: what they are on the sizes that are allowed, and what they grow like."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from math import lcm

from cnnspec.layers.allowed import Allowed
from cnnspec.layers.extent import Atom, Extent, Monomial, Symbol
from cnnspec.layers.quasilinear import MOST_POINTS, Unsolved, quasilinear, split

#: A polynomial in plain unknowns: coefficients by the unknowns that are multiplied, in alphabetical order.
_Polynomial = Mapping[tuple[str, ...], Fraction]


def on_allowed(extent: Extent, allowed: Allowed) -> Extent | None:
    """The extent without floors, where the allowed sizes leave every floor but one remainder.

    For multiples of 16, ⌊h/2⌋ is h/2: 148,160·h·w + … + 16,252,928·⌊h/16⌋·⌊w/16⌋ is 733,888·h·w. None where the
    sizes do not settle it, or the coefficients come out broken.
    """
    sums: dict[tuple[str, ...], Fraction] = {}
    for monomial, coefficient in extent.terms:
        product: _Polynomial = {(): Fraction(coefficient)}
        for atom, power in monomial:
            line = _line(atom, allowed)
            if line is None:
                return None
            for _ in range(power):
                product = _multiply(product, line)
        for names, value in product.items():
            sums[names] = sums.get(names, Fraction(0)) + value
    if any(value.denominator != 1 for value in sums.values()):
        return None
    found = Extent.of({_monomial(names): value.numerator for names, value in sums.items()})
    return found if isinstance(found, Extent) else None


def _line(atom: Atom, allowed: Allowed) -> _Polynomial | None:
    """slope·n + intercept for every allowed n."""
    name, *others = Extent.alone(atom).symbols()
    (sizes, *more) = allowed.sets[allowed.symbols.index(name)]
    if others or more or sizes.extra or len(sizes.residues) != 1:
        return None
    try:
        function = quasilinear(Extent.alone(atom))
    except Unsolved:
        return None
    first = sizes.at_least(sizes.start)
    if first is None or sizes.period % function.period or first < function.start:
        return None
    slope = Fraction(function.rise, function.period)
    intercept = Extent.alone(atom).evaluate({name: first}) - slope * first
    return {(name,): slope, (): intercept}


def constant_on(extent: Extent, allowed: Allowed) -> int | None:
    """The value that the extent has for every allowed size; None where it has several, or that is not known."""
    value = extent.constant
    try:
        for name, part in split(extent).items():
            function = quasilinear(part)
            (sizes, *_) = allowed.sets[allowed.symbols.index(name)]
            first, period = max(function.start, sizes.start), lcm(function.period, sizes.period)
            if function.rise or period > MOST_POINTS:
                return None
            tried = (*sizes.extra, *range(sizes.start, first + period))
            found = {function.at(n) for n in tried if n in sizes}
            if len(found) != 1:
                return None
            value += found.pop()
    except Unsolved:
        return None
    return value


def _multiply(a: _Polynomial, b: _Polynomial) -> _Polynomial:
    product: dict[tuple[str, ...], Fraction] = {}
    for left, x in a.items():
        for right, y in b.items():
            names = tuple(sorted(left + right))
            product[names] = product.get(names, Fraction(0)) + x * y
    return product


def _monomial(names: tuple[str, ...]) -> Monomial:
    return tuple((Symbol(name), names.count(name)) for name in dict.fromkeys(names))


def leading(extent: Extent) -> str | None:
    """What the extent grows like, every floor taken for its fraction: ``62,512·h·w``; None where that is not known."""
    sums: dict[tuple[str, ...], Fraction] = {}
    degree = sum(power for _, power in extent.terms[0][0])
    for monomial, coefficient in extent.terms:
        if sum(power for _, power in monomial) < degree:
            break
        scale, names = Fraction(coefficient), list[str]()
        for atom, power in monomial:
            try:
                function = quasilinear(Extent.alone(atom))
            except Unsolved:
                return None
            scale *= Fraction(function.rise, function.period) ** power
            names += list(Extent.alone(atom).symbols()) * power
        key = tuple(sorted(names))
        sums[key] = sums.get(key, Fraction(0)) + scale
    return " + ".join("·".join((_round(scale), *names)) for names, scale in sums.items() if scale)


def _round(value: Fraction) -> str:
    return f"{round(value):,}" if value >= 100 else f"{float(value):.3g}"
