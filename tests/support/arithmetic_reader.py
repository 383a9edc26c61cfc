"""Evaluates the arithmetic that derivations print, on its own: it shares no code with what printed it."""

from __future__ import annotations

import re
from fractions import Fraction
from itertools import pairwise

TOKEN = re.compile(r"\s*(?:(?P<number>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?(?:e[-−]\d+)?)|(?P<sign>max|[⌊⌋⌈⌉()+−·×/,]))")


def read(text: str) -> Fraction:
    """The value of an expression over + − · × / ⌊⌋ ⌈⌉ max( , )."""
    reader = _Reader(text)
    value = reader.sum()
    assert reader.at == len(reader.tokens), f"{text!r}: {reader.tokens[reader.at :]} is left over"
    return value


class _Reader:
    def __init__(self, text: str) -> None:
        self.tokens: list[str] = []
        self.at = 0
        at = 0
        while text[at:].strip():
            match = TOKEN.match(text, at)
            assert match, f"no arithmetic: {text[at:]!r} in {text!r}"
            self.tokens.append(match.group("number") or match.group("sign"))
            at = match.end()

    def peek(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def take(self, *wanted: str) -> str:
        token = self.peek()
        assert not wanted or token in wanted, f"{wanted} expected, {token!r} found in {self.tokens}"
        self.at += 1
        return token

    def sum(self) -> Fraction:
        value = self.product()
        while self.peek() in ("+", "−"):
            value = value + self.product() if self.take() == "+" else value - self.product()
        return value

    def product(self) -> Fraction:
        value = self.factor()
        while self.peek() in ("·", "×", "/"):
            value = value / self.factor() if self.take() == "/" else value * self.factor()
        return value

    def factor(self) -> Fraction:
        token = self.take()
        if token == "−":
            return -self.factor()
        if token == "max":
            self.take("(")
            values = [self.sum()]
            while self.peek() == ",":
                self.take()
                values.append(self.sum())
            self.take(")")
            return max(values)
        if token in ("(", "⌊", "⌈"):
            value = self.sum()
            self.take({"(": ")", "⌊": "⌋", "⌈": "⌉"}[token])
            return value if token == "(" else Fraction(value.__floor__() if token == "⌊" else value.__ceil__())
        return Fraction(token.replace(",", "").replace("−", "-"))


def check_equation(text: str) -> Fraction:
    """Assert that all sides of ``a = b ≈ c %`` are the same (≈: to the digits written) and return the first.

    Raises:
        AssertionError: two sides differ, or there is something that is no arithmetic.
    """
    sides = re.split(r"([=≈])", text)
    values: list[Fraction] = []
    for at in range(0, len(sides), 2):
        side = sides[at].strip()
        percent = side.endswith("%")
        value = read(side.removesuffix("%"))
        value = value / 100 if percent else value
        if at and sides[at - 1] == "=":
            assert value == values[-1], f"{text!r}: {values[-1]} is not {value}"
        elif at:
            step = _last_digit(side.removesuffix("%").strip()) / (100 if percent else 1)
            assert value != values[-1], f"{text!r} is exact"
            assert abs(value - values[-1]) <= step / 2, f"{text!r}: {float(values[-1])} is not about {float(value)}"
        values.append(value)
    return values[0]


def _last_digit(number: str) -> Fraction:
    mantissa, _, exponent = number.replace("−", "-").partition("e")
    digits = len(mantissa.partition(".")[2])
    return Fraction(10) ** (int(exponent or 0) - digits)


def check_rounded(text: str) -> None:
    """Assert that all sides of ``0.12·3.4 + 1 ≈ 1.41`` can be the same, each decimal number being a rounded one.

    A number stands for all that are rounded to it, so a side for an interval; the intervals have to meet. Where all
    numbers are whole this is equality.

    Raises:
        AssertionError: two sides cannot be the same.
    """
    sides = re.split(r" [=≈] ", text)
    intervals = [_IntervalReader(side).interval() for side in sides]
    for (low, high), (other_low, other_high) in pairwise(intervals):
        assert low <= other_high, f"{text!r}: at least {float(low)}, and at most {float(other_high)}"
        assert other_low <= high, f"{text!r}: at most {float(high)}, and at least {float(other_low)}"


class _IntervalReader(_Reader):
    """The same grammar over intervals, for + − · and / by a whole number."""

    def interval(self) -> tuple[Fraction, Fraction]:
        value = self.sums()
        assert self.at == len(self.tokens), f"{self.tokens[self.at :]} is left over"
        return value

    def sums(self) -> tuple[Fraction, Fraction]:
        low, high = self.products()
        while self.peek() in ("+", "−"):
            sign = self.take()
            a, b = self.products()
            low, high = (low + a, high + b) if sign == "+" else (low - b, high - a)
        return low, high

    def products(self) -> tuple[Fraction, Fraction]:
        low, high = self.operand()
        while self.peek() in ("·", "/"):
            sign = self.take()
            a, b = self.operand()
            ends = [x * y if sign == "·" else x / y for x in (low, high) for y in (a, b)]
            low, high = min(ends), max(ends)
        return low, high

    def operand(self) -> tuple[Fraction, Fraction]:
        token = self.take()
        if token == "−":
            low, high = self.operand()
            return -high, -low
        if token == "(":
            value = self.sums()
            self.take(")")
            return value
        number = token.replace(",", "").replace("−", "-")
        half = _last_digit(number) / 2 if "." in number or "e" in number else Fraction(0)
        return Fraction(number) - half, Fraction(number) + half
