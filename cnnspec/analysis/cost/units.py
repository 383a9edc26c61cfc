"""Amounts with units, as people write them: ``8GiB``, ``500 GB/s``, ``67 TFLOPS``."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Final

from cnnspec.record import record

_PREFIXES: Final = {"": 1, "k": 1000, "m": 1000**2, "g": 1000**3, "t": 1000**4, "p": 1000**5}
_BINARY: Final = {"ki": 1024, "mi": 1024**2, "gi": 1024**3, "ti": 1024**4}
_AMOUNT: Final = re.compile(r"\s*([0-9][0-9_]*(?:\.[0-9]+)?)\s*([a-z]*?)(b|b/s|flops?|flop/s)?\s*", re.IGNORECASE)


@record
class _Unit:
    """A unit that an amount may have: its spellings, what it measures, an example."""

    spellings: tuple[str, ...]
    what: str
    example: str


_BYTES: Final = _Unit(("b", ""), "memory", "8GiB or 80GB")
_RATE: Final = _Unit(("b/s",), "a bandwidth", "500GB/s")
_FLOPS: Final = _Unit(("flops", "flop/s", "flop"), "a peak", "10TFLOPS")


def read_bytes(text: str) -> int:
    """The bytes of ``8GiB`` (1 KiB = 1024) or ``80GB`` (1 KB = 1000).

    Raises:
        ValueError: it is no amount of memory.
    """
    return _read(text, _BYTES)


def read_bandwidth(text: str) -> int:
    """The bytes a second of ``500GB/s``.

    Raises:
        ValueError: it is no bandwidth.
    """
    return _read(text, _RATE)


def read_peak(text: str) -> int:
    """The operations a second of ``10TFLOPS``.

    Raises:
        ValueError: it is no rate of operations.
    """
    return _read(text, _FLOPS)


def _read(text: str, unit: _Unit) -> int:
    found = _AMOUNT.fullmatch(text)
    if found is not None:
        number, prefix, name = found[1].replace("_", ""), found[2].lower(), (found[3] or "").lower()
        factors = {**_PREFIXES, **_BINARY} if unit is not _FLOPS else _PREFIXES
        amount = int(Fraction(number) * factors[prefix]) if prefix in factors and name in unit.spellings else 0
        if amount > 0:
            return amount
    raise ValueError(f"{text!r} is not {unit.what} such as {unit.example}")
