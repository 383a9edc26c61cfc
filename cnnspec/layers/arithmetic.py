"""One formula, three kinds of number.

Every formula of the analysis is written once, over operands that know ``+ - * //``. Run on integers it computes; run on
:class:`Traced` integers it computes and writes down what it did; run on symbolic extents
(:mod:`cnnspec.layers.extent`) it stays a formula. So a printed derivation cannot drift from the number it explains.
"""

from __future__ import annotations

from typing import TypeVar

from typing_extensions import override

from cnnspec.layers.extent import Extent

#: A number of positions, channels, parameters or operations: known, traced or symbolic.
Size = int | Extent

S = TypeVar("S", int, Extent, Size)

_SUM, _QUOTIENT, _PRODUCT, _ATOM = 1, 2, 3, 4


class Traced(int):
    """An integer that remembers the arithmetic it came from: ``text`` is ``⌊(28 + 2·0 − 3)/1⌋ + 1``, its value 26."""

    text: str
    rank: int

    def __new__(cls, value: int, text: str | None = None, rank: int = _ATOM) -> Traced:
        self = super().__new__(cls, value)
        self.text = group_digits(value) if text is None else text
        self.rank = rank if value >= 0 or text is not None else _SUM
        return self

    @property
    def equation(self) -> str:
        """The arithmetic and its result: ``3·3·32·64 + 64 = 18,496``; of a plain number only the number."""
        value = group_digits(int(self))
        return value if self.text == value else f"{self.text} = {value}"

    def __add__(self, other: int) -> Traced:
        if isinstance(other, Extent):
            return NotImplemented
        other = lift(other)
        if other.text.startswith("−") and other.rank == _SUM and " " not in other.text:
            return Traced(int(self) + int(other), f"{self.text} − {other.text[1:]}", _SUM)
        return Traced(int(self) + int(other), f"{self.text} + {other.text}", _SUM)

    def __radd__(self, other: int) -> Traced:
        return lift(other) + self

    def __sub__(self, other: int) -> Traced:
        if isinstance(other, Extent):
            return NotImplemented
        other = lift(other)
        return Traced(int(self) - int(other), f"{self.text} − {other.within(_PRODUCT)}", _SUM)

    def __rsub__(self, other: int) -> Traced:
        return lift(other) - self

    def __mul__(self, other: int) -> Traced:
        if isinstance(other, Extent):
            return NotImplemented
        other = lift(other)
        return Traced(int(self) * int(other), f"{self.within(_PRODUCT)}·{other.within(_PRODUCT)}", _PRODUCT)

    def __rmul__(self, other: int) -> Traced:
        return lift(other) * self

    def __floordiv__(self, other: int) -> Traced:
        if isinstance(other, Extent):
            return NotImplemented
        other = lift(other)
        return Traced(int(self) // int(other), f"⌊{self.within(_PRODUCT)}/{other.within(_ATOM)}⌋")

    def __rfloordiv__(self, other: int) -> Traced:
        return lift(other) // self

    def __neg__(self) -> Traced:
        return Traced(-int(self), f"−{self.within(_ATOM)}", _SUM)

    __hash__ = int.__hash__

    def within(self, rank: int) -> str:
        """The text as an operand of something that binds as tightly as ``rank``."""
        return f"({self.text})" if self.rank < rank else self.text

    @override
    def __repr__(self) -> str:
        return f"Traced({int(self)}, {self.text!r})"


def lift(value: int) -> Traced:
    """The number as a traced one."""
    return value if isinstance(value, Traced) else Traced(value)


def like(value: int, example: Size) -> Size:
    """The number in the kind of the example, so that it shows in the example's arithmetic."""
    return lift(value) if isinstance(example, Traced) else value


def group_digits(value: int) -> str:
    """``18,496``; a minus sign for negative numbers."""
    return f"{value:,}" if value >= 0 else f"−{-value:,}"


def settle(size: Size) -> Size:
    """The size without the steps it came from: a traced number begins a new derivation."""
    return Traced(int(size)) if isinstance(size, Traced) else size


def divide(value: int, divisor: int) -> int:
    """value/divisor where it is known to come out whole; by 1 it is the value itself."""
    if divisor == 1:
        return value
    if isinstance(value, Traced):
        return Traced(int(value) // divisor, f"{value.within(_PRODUCT)}/{group_digits(divisor)}", _QUOTIENT)
    return value // divisor


def ceil_div(a: Size, b: int) -> Size:
    """⌈a/b⌉ for positive b."""
    if isinstance(a, Traced):
        return Traced(-(-int(a) // b), f"⌈{a.within(_PRODUCT)}/{b}⌉")
    if isinstance(a, Extent):
        return (a + (b - 1)) // b
    return -(-a // b)


def at_least(a: Size, bound: int) -> Size:
    """max(a, bound)."""
    if isinstance(a, Traced):
        return Traced(max(int(a), bound), f"max({a.text}, {bound})")
    if isinstance(a, Extent):
        return a.at_least(bound)
    return max(a, bound)


def product(factors: tuple[Size, ...] | list[Size]) -> Size:
    """The product, 1 for none; factors of a traced product are all written."""
    result: Size | None = None
    for factor in factors:
        result = factor if result is None else result * factor
    return 1 if result is None else result


def total(terms: tuple[Size, ...] | list[Size]) -> Size:
    """The sum, 0 for none."""
    result: Size | None = None
    for term in terms:
        result = term if result is None else result + term
    return 0 if result is None else result


def show_size(size: Size | None) -> str:
    """A size for people: ``18,496``, ``⌊(h − 2)/2⌋``, ``?`` for None."""
    if size is None:
        return "?"
    return group_digits(int(size)) if isinstance(size, int) else str(size)
