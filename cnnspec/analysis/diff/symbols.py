"""Unknown sizes under the names of the other network, so that an input with another name gives the same formulas."""

from __future__ import annotations

from collections.abc import Mapping

from cnnspec.analysis.report import Row
from cnnspec.layers.arithmetic import Size, at_least
from cnnspec.layers.extent import Atom, Extent, Floor, Maximum, Symbol
from cnnspec.layers.shape import Shape
from cnnspec.record import replace


def rename_row(row: Row, names: Mapping[str, str]) -> Row:
    """The row with the unknowns in its figures renamed."""
    if row.output_shape is None or not names:
        return row
    macs = None if row.macs is None else rename(row.macs, names)
    return replace(row, output_shape=Shape(tuple(rename(dim, names) for dim in row.output_shape.dims)), macs=macs)


def rename(size: Size, names: Mapping[str, str]) -> Size:
    """The formula with its unknowns renamed; those without another name keep theirs."""
    if not isinstance(size, Extent):
        return size
    result: Size = 0
    for monomial, coefficient in size.terms:
        term: Size = coefficient
        for atom, power in monomial:
            for _ in range(power):
                term = _rename_atom(atom, names) * term
        result = term + result
    return result


def _rename_atom(atom: Atom, names: Mapping[str, str]) -> Size:
    match atom:
        case Symbol(name):
            return Extent.symbol(names.get(name, name))
        case Floor(dividend, divisor):
            return rename(dividend, names) // divisor
        case Maximum(value, bound):
            return at_least(rename(value, names), bound)
