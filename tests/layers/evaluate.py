"""A second, independent reader of the arithmetic that derivations print."""

from __future__ import annotations

import math
import re
from fractions import Fraction


def evaluate(text: str) -> int:
    """The value of ``⌊(28 + 2·0 − 3)/1⌋ + 1``; digits, signs and brackets are read from the text alone, in fractions."""
    python = re.sub(r"(?<=\d),(?=\d{3})", "", text).replace("·", "*").replace("−", "-")
    python = python.replace("⌊", "floor(").replace("⌈", "ceil(").replace("⌋", ")").replace("⌉", ")")
    assert re.fullmatch(r"(\d+|floor|ceil|max|[\s()*+\-/,])*", python), python
    python = re.sub(r"\d+", r"Fraction(\g<0>)", python)
    value = eval(python, {"__builtins__": {}, "max": max, "floor": math.floor, "ceil": math.ceil, "Fraction": Fraction})
    assert value == int(value), text
    return int(value)


def sides(equation: str) -> tuple[int, int]:
    """Both sides of ``3·3·32·64 = 18,432``."""
    left, right = equation.rsplit(" = ", 1) if " = " in equation else (equation, equation)
    return evaluate(left), evaluate(right)
