"""Evaluates the arithmetic that derivations print, on its own: it shares no code with what printed it."""

from __future__ import annotations

import re
from fractions import Fraction

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
