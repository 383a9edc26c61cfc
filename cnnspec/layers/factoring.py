"""Products found again in polynomials of sizes, so that formulas stay short: 288·(h − 2)·(w − 2), not its four terms."""

from __future__ import annotations

from collections.abc import Mapping
from math import gcd

from cnnspec.layers.extent import Atom, Extent, Monomial

_Terms = Mapping[Monomial, int]


def factor(extent: Extent) -> list[int | Extent]:
    """A number and polynomials of one symbol each whose product the extent is; the extent alone where it is no product.

    Heights and widths are unknowns of their own, so the terms of h·w − 2·h − 2·w + 4 form a table over (h, 1) and (w, 1).
    The extent is a product of its symbols' parts when all rows of that table are multiples of one.
    """
    factors: list[int | Extent] = []
    rest: _Terms = dict(extent.terms)
    content = 1
    for name in sorted(extent.symbols()):
        separated = _separate(rest, name)
        if separated is None:
            return [extent]
        part, rest = separated
        common = gcd(*part.values())
        content *= common
        factors.append(Extent.of({m: c // common for m, c in part.items()}))
    content *= rest.get((), 1)
    return factors if content == 1 else [content, *factors]


def _separate(terms: _Terms, name: str) -> tuple[_Terms, _Terms] | None:
    """The terms as (part of one symbol) × (the others), None where they are no such product."""
    table: dict[Monomial, dict[Monomial, int]] = {}
    for monomial, coefficient in terms.items():
        own = tuple(pair for pair in monomial if name in _symbols(pair[0]))
        others = tuple(pair for pair in monomial if name not in _symbols(pair[0]))
        if any(len(_symbols(atom)) > 1 for atom, _ in own):
            return None
        table.setdefault(own, {})[others] = coefficient
    first = next(iter(table.values()))
    common = gcd(*first.values())
    if next(iter(first.values())) < 0:
        common = -common
    row = {monomial: coefficient // common for monomial, coefficient in first.items()}
    part: dict[Monomial, int] = {}
    for own, coefficients in table.items():
        times = _quotient(coefficients, row)
        if times is None:
            return None
        part[own] = times
    return part, row


def _quotient(coefficients: _Terms, row: _Terms) -> int | None:
    """How often a row is contained in coefficients; None where they are no whole multiple of it."""
    monomial, value = next(iter(row.items()))
    times, rest = divmod(coefficients.get(monomial, 0), value)
    if rest or not times or len(coefficients) != len(row):
        return None
    return times if all(coefficients.get(m) == times * c for m, c in row.items()) else None


def _symbols(atom: Atom) -> frozenset[str]:
    return Extent.alone(atom).symbols()
