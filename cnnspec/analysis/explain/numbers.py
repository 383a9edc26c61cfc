"""Numbers that were measured or drawn, and sums of them: whole ones exactly, others to four digits."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import inf

from cnnspec.layers.arithmetic import group_digits


def show_number(value: float) -> str:
    """``6,600``; ``−0.1234``; ``1.2e−7``; ``−∞``."""
    if value in (inf, -inf):
        return "∞" if value > 0 else "−∞"
    if abs(value) < 1e15 and value == round(value):
        return group_digits(round(value))
    text = f"{value:.4g}"
    if float(text) != value:  # rounded: all four digits stand, 124.0 for 123.96
        text = f"{value:,.2f}" if abs(value) >= 1000 else f"{value:#.4g}"
    mantissa, e, exponent = text.replace("-", "−").partition("e")
    return f"{mantissa}e{'−' if exponent.startswith('−') else ''}{exponent.lstrip('+−').lstrip('0')}" if e else mantissa


def show_sum(terms: Sequence[float], total: float, most: int | None) -> str:
    """``4 + 3 − 2 = 5``; ``0.1234 + 0.5 ≈ 0.6235``; past ``most`` terms one stands for all others."""
    if most is not None and len(terms) > most:
        terms = [*terms[: most - 1], sum(terms[most - 1 :])]
    texts = [show_number(terms[0])]
    texts += [f"− {show_number(-term)}" if term < 0 else f"+ {show_number(term)}" for term in terms[1:]]
    if len(terms) == 1 and texts[0] == show_number(total):
        return texts[0]
    return _equate(" ".join(texts), sum(map(_written, terms), Fraction(0)), total)


def show_weighted(terms: Sequence[tuple[float, float]], total: float) -> str:
    """``1·1 + 0·(−4) + 1·1 = 2``."""
    texts = [f"{_operand(value, first=not at)}·{_operand(weight)}" for at, (value, weight) in enumerate(terms)]
    return _equate(" + ".join(texts), sum((_written(a) * _written(b) for a, b in terms), Fraction(0)), total)


def show_quotient(dividend: float, divisor: int, result: float) -> str:
    """``36/4 = 9``; ``10/3 ≈ 3.333``."""
    return _equate(f"{_operand(dividend, first=True)}/{group_digits(divisor)}", _written(dividend) / divisor, result)


def _equate(text: str, value: Fraction, result: float) -> str:
    """``=`` where the numbers as they are written come out, ``≈`` where one is rounded."""
    return f"{text} {'=' if value == _written(result) else '≈'} {show_number(result)}"


def _written(value: float) -> Fraction:
    """The number that is written for a value."""
    return Fraction(show_number(value).replace(",", "").replace("−", "-"))


def _operand(value: float, *, first: bool = False) -> str:
    """A factor: a negative one in brackets, but at the start of a line."""
    text = show_number(value)
    return f"({text})" if text.startswith("−") and not first else text
