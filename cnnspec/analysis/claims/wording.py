"""Figures as messages and claims write them: ``44,426`` and ``44_426``, ``18×18`` and ``18x18``, ``1.22 MiB``."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Final

from cnnspec.analysis.claims.registry import BYTES, UNITS
from cnnspec.analysis.report import Figure
from cnnspec.diagnostics.suggest import listing
from cnnspec.layers.arithmetic import show_size
from cnnspec.layers.extent import Extent, is_sum
from cnnspec.layers.shape import Shape
from cnnspec.schema.values import is_list, show

#: Digits of a number behind ``~=``, and arithmetic that rounds none of them, nor of a float.
MOST_DIGITS: Final = 300
EXACT: Final = Context(prec=2 * 1100)


def show_figure(figure: Figure) -> str:
    """A figure for a reader, in its unit."""
    if figure.unit and isinstance(figure.value, (int, float)) and not isinstance(figure.value, bool):
        return show_bytes(figure.value, figure.unit)
    return show_actual(figure.value)


def say_figures(figures: tuple[Figure, ...]) -> str:
    """``44,426``; of several ``macs(a) is 6,084 and macs(b) is 4,356``."""
    if len(figures) == 1:
        return show_figure(figures[0])
    return listing((f"{figure.text} is {show_figure(figure)}" for figure in figures), len(figures))


def show_actual(value: object) -> str:
    """What a claim found, in the spelling of the tables: ``44,426``, ``18×18``, ``0.41326``."""
    match value:
        case None:
            return "–"
        case bool():
            return "true" if value else "false"
        case int() | Extent():
            return show_size(value)
        case float():
            return f"{value:.6g}" if abs(value) < 1_000_000 else f"{value:,.0f}"
        case _ if is_list(value):
            return _show_axes(value)
        case Shape():
            return str(value)
        case _:
            return show(value)


def _show_axes(parts: Sequence[object]) -> str:
    """A figure per axis; a list where one is negative."""
    if any(isinstance(part, int) and part < 0 for part in parts):
        return f"[{', '.join(map(str, parts))}]"
    texts = ["?" if part is None else str(part) for part in parts]
    return "×".join(f"({text})" if is_sum(text) else text for text in texts)


def show_bytes(size: float, unit: str = BYTES) -> str:
    """``1.22 MiB``: in a unit, or in the largest one of its kind of which there is at least one."""
    if unit == BYTES or abs(size) < UNITS[unit]:
        kind = ("TiB", "GiB", "MiB", "KiB") if "i" in unit else ("TB", "GB", "MB", "KB")
        unit = next((name for name in kind if abs(size) >= UNITS[name]), "B")
    count = size / UNITS[unit]
    return f"{count:,.4g} {unit}" if abs(count) < 1000 else f"{count:,.0f} {unit}"


def write_value(value: object) -> str | None:
    """A figure as a claim states it, numbers by thousands; None where no literal says it."""
    match value:
        case bool() | None:
            return None
        case int():
            return f"{int(value):_}"
        case _ if is_list(value) and value and all(isinstance(part, int) or part is None for part in value):
            return _write_dims(value)
        case _:
            return None


def _write_dims(parts: tuple[object, ...] | list[object]) -> str:
    written = ["?" if part is None else str(part) for part in parts]
    if len(written) == 1:
        return written[0]
    return f"[{', '.join(written)}]" if any(isinstance(part, int) and part < 0 for part in parts) else "x".join(written)


def write_nearly(value: float, exponent: int) -> str:
    """A number rounded to the digit that stands for ten to the power of ``exponent``."""
    if exponent == 0:
        return write_value(round(value)) or "0"
    if exponent < 0:
        return f"{Decimal(value).quantize(Decimal(1).scaleb(exponent), rounding=ROUND_HALF_EVEN, context=EXACT):f}"
    steps = Decimal(value).scaleb(-exponent, EXACT).to_integral_value(rounding=ROUND_HALF_EVEN, context=EXACT)
    digits, leading = str(steps).lstrip("-").rstrip(), exponent + steps.adjusted()
    number = digits if len(digits) == 1 else f"{digits[0]}.{digits[1:]}"
    return f"{'-' if steps < 0 else ''}{number}e{leading}"


def write_digits(value: float, digits: int = 3) -> str:
    """A share with so many digits that say something: ``0.413``, ``0.00128``."""
    if value == 0:
        return "0.0"
    exponent = Decimal(value).adjusted() - digits + 1
    return write_nearly(value, min(exponent, -1))


def is_symbolic(value: object) -> bool:
    """Whether a value depends on a size that an input leaves open."""
    return isinstance(value, Extent) or (is_list(value) and any(isinstance(part, Extent) for part in value))
