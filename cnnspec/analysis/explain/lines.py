"""What an explanation is made of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import floor, log10

from cnnspec.analysis.report import Row
from cnnspec.layers.arithmetic import Size, Traced, group_digits, lift, show_size
from cnnspec.layers.base import Note
from cnnspec.layers.shape import AXIS_NAMES, Shape


@dataclass(frozen=True, slots=True)
class Equation:
    """A number with its arithmetic: ``⌊(28 + 2·0 − 3)/1⌋ + 1 = 26``; ``label`` says what it is.

    ``≈`` stands for ``=`` where the number is rounded. ``value`` is None where the number depends on an unknown extent.
    """

    text: str
    value: int | float | None
    label: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells under headings; a row of one cell is a heading of its own.

    ``numeric`` says which columns hold numbers; a ``stacked`` table that is too wide is written row below row, its cells
    from the third on under the names of their columns.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: tuple[bool, ...] = ()
    stacked: bool = False


@dataclass(frozen=True, slots=True)
class Grid:
    """Numbers in rows and columns under a title; an empty row stands between the slices of a volume."""

    title: str
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Grids:
    """Grids side by side."""

    grids: tuple[Grid, ...]


#: A sentence, an equation, a table, numbers side by side, or a line that the layer itself adds.
Line = str | Equation | Table | Grids | Note


@dataclass(frozen=True, slots=True)
class Section:
    """Lines under a heading; the first section of an explanation has none."""

    heading: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """The derivation of every number of a layer or a model."""

    title: str
    sections: tuple[Section, ...]

    def section(self, heading: str) -> Section:
        """The section of that heading.

        Raises:
            KeyError: there is none.
        """
        for section in self.sections:
            if section.heading == heading:
                return section
        raise KeyError(heading)

    @property
    def equations(self) -> Iterator[Equation]:
        """All equations, from the top."""
        for section in self.sections:
            yield from (line for line in section.lines if isinstance(line, Equation))


def equate(size: Size, label: str = "") -> Equation:
    """The equation of a traced number, the formula of a symbolic one."""
    if isinstance(size, Traced):
        return Equation(size.equation, int(size), label)
    return Equation(show_size(size), int(size) if isinstance(size, int) else None, label)


def local_path(row: Row) -> str:
    """The row's path inside its model."""
    return row.path.partition("/")[2]


def has_steps(size: Size) -> bool:
    """Whether there is arithmetic to show."""
    return isinstance(size, Traced) and size.equation != size.text


def trace_shape(shape: Shape) -> Shape:
    """The shape with traced dimensions, where all are known."""
    return Shape(tuple(lift(int(dim)) for dim in shape.dims if isinstance(dim, int))) if shape.known else shape


def multiply(factors: Iterable[int]) -> Traced:
    """The product with its factors written."""
    first, *others = map(lift, factors)
    for factor in others:
        first = first * factor
    return first


def add(terms: Iterable[int]) -> Traced:
    """The sum with its terms written."""
    first, *others = map(lift, terms)
    for term in others:
        first = first + term
    return first


def quotient(part: int, whole: int, label: str, *, percent: bool = False) -> Equation:
    """part/whole as a number or a percentage, ``=`` where it is exact and ``≈`` where it is rounded."""
    return _divide(lift(part), whole, label, percent=percent)


def share_lost(kept: int, whole: int, label: str) -> Equation:
    """(whole − kept)/whole as a percentage."""
    return _divide(lift(whole) - lift(kept), whole, label, percent=True)


def _divide(part: Traced, whole: int, label: str, *, percent: bool) -> Equation:
    dividend = f"({part.text})" if has_steps(part) else part.text
    ratio = int(part) / whole
    number = ratio * 100 if percent else ratio
    decimals = (2 if percent else 1) if number >= 0.1 or number <= 0 else 1 - floor(log10(number))
    shown = f"{number:,.{decimals}f}"
    exact = Fraction(shown.replace(",", "")) == Fraction(int(part) * (100 if percent else 1), whole)
    if exact:
        shown = shown.rstrip("0").removesuffix(".")
    return Equation(f"{dividend}/{show_size(whole)} {'=' if exact else '≈'} {shown}{' %' if percent else ''}", ratio, label)


def join_names(names: Sequence[str]) -> str:
    """``height and width``; ``depth, height and width``."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}" if names else ""


def name_some(names: Sequence[str], most: int = 4) -> str:
    """``a, b and c``; ``a, b, c, d and 12 more``."""
    return join_names([*names[:most], f"{group_digits(len(names) - most)} more"] if len(names) > most + 1 else names)


def name_axes(rank: int) -> tuple[str, ...]:
    """``height`` and ``width`` of two; numbers where there are more than have names."""
    return AXIS_NAMES.get(rank) or tuple(f"axis {at}" for at in range(1, rank + 1))


def per_axis(equations: Sequence[Equation]) -> list[Equation]:
    """One equation per axis, axes with the same arithmetic together: ``height and width``."""
    names = name_axes(len(equations))
    groups: dict[tuple[str, str], list[str]] = {}
    for name, equation in zip(names, equations, strict=True):
        groups.setdefault((equation.text, equation.label), []).append(name)
    values = {(equation.text, equation.label): equation.value for equation in equations}
    return [
        Equation(key[0], values[key], f"{key[1]} along {join_names(group)}" if key[1] else join_names(group))
        for key, group in groups.items()
    ]


def show_axes(values: Sequence[int | Fraction | None]) -> str:
    """One number where all axes agree, else ``3×1``."""
    texts = ["?" if value is None else show_size(int(value)) if isinstance(value, int) else str(value) for value in values]
    return texts[0] if len(set(texts)) == 1 else "×".join(texts)


def show_share(share: float) -> str:
    """``41.33 %``; a share that would round to nothing is ``<0.01 %``."""
    return "<0.01 %" if 0 < share < 0.00005 else f"{share * 100:.2f} %"
