"""What a layer asks of sizes that the file leaves open: two to be equal, one to be at least another.

A layer states a requirement where numbers would be compared at once. :func:`decide` finds out for which sizes of the
input it holds: for all, for none, for a set of them that is known exactly, or, where several unknowns meet or a period is
too long, for those that fulfil the requirement as it is written.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from typing_extensions import override

from cnnspec.layers.arithmetic import Size, group_digits, show_size
from cnnspec.layers.extent import Atom, Extent, Floor, Maximum, Symbol
from cnnspec.layers.quasilinear import Quasilinear, Unsolved, bounds, can_cancel, quasilinear, split
from cnnspec.layers.size_set import SizeSet
from cnnspec.record import record

if TYPE_CHECKING:
    from cnnspec.layers.base import LayerError

Relation = Literal["=", "≥"]
#: A size past this is looked for no further.
_LARGEST = 2**63

Kind = Literal["always", "never", "sizes", "open"]


@record
class Requirement:
    """``left`` = ``right`` or ``left`` ≥ ``right``, one of them with an unknown.

    ``axis`` is the axis it speaks of, ``refusal`` what the layer says where it can never hold.
    """

    left: Size
    relation: Relation
    right: Size
    axis: str = ""
    refusal: LayerError | None = None

    @property
    def written(self) -> str:
        """Both sides as the layer has them: ``2·⌊h/2⌋ = h``, ``⌊(h − 3)/2⌋ + 1 ≥ 1``."""
        return f"{show_size(self.left)} {self.relation} {show_size(self.right)}"

    @property
    def difference(self) -> Size:
        """left − right; of two equal sizes the way round that has its first term positive."""
        difference = self.left - self.right
        turned = self.relation == "=" and isinstance(difference, Extent) and difference.terms[0][1] < 0
        return -difference if turned else difference

    @override
    def __str__(self) -> str:
        """With the terms arranged so that none is negative: ``h = 2·⌊h/2⌋``, ``a.h = b.h + 2``."""
        difference = self.difference
        if not isinstance(difference, Extent):
            return self.written
        left = Extent.of({monomial: c for monomial, c in difference.terms if c > 0})
        right = Extent.of({monomial: -c for monomial, c in difference.terms if c < 0})
        return f"{show_size(left)} {self.relation} {show_size(right)}"

    def holds(self, values: Mapping[str, int]) -> bool:
        """Whether it holds for given sizes of the unknowns.

        Raises:
            KeyError: an unknown has no value.
        """
        left, right = evaluate(self.left, values), evaluate(self.right, values)
        return left == right if self.relation == "=" else left >= right

    def symbols(self) -> frozenset[str]:
        """The unknowns it depends on."""
        difference = self.difference
        return difference.symbols() if isinstance(difference, Extent) else frozenset()


@record
class Verdict:
    """Where a requirement holds: ``always``, ``never``, for the ``sizes`` of one ``symbol``, or as it is written (``open``).

    ``work`` is how many values were worked out to know it.
    """

    kind: Kind
    symbol: str = ""
    sizes: SizeSet | None = None
    work: int = 0


ALWAYS, NEVER, OPEN = Verdict("always"), Verdict("never"), Verdict("open")


def decide(requirement: Requirement) -> Verdict:
    """For which sizes of the unknowns, each at least 1, a requirement holds; exact, whatever it says."""
    difference = requirement.difference
    if isinstance(difference, int):
        return ALWAYS if difference == 0 or (difference > 0 and requirement.relation == "≥") else NEVER
    return _decide(difference, requirement.relation)


@lru_cache(maxsize=1024)
def _decide(difference: Extent, relation: Relation) -> Verdict:
    """Where the difference is 0, or at least 0."""
    if relation == "≥" and (rising := _decide_rising(difference)) is not None:
        return rising
    try:
        functions = {name: quasilinear(part) for name, part in split(difference).items()}
    except Unsolved:
        return _decide_product(difference) if relation == "=" else OPEN
    work = difference.weight() * sum(len(function.values) for function in functions.values())
    constant = difference.constant
    for name, function in list(functions.items()):
        if function.least is not None and function.least == function.greatest:
            constant += function.least
            del functions[name]
    if not functions:
        holds = constant == 0 or (constant > 0 and relation == "≥")
        return Verdict("always" if holds else "never", work=work)
    if len(functions) > 1:
        return Verdict(_decide_together(list(functions.values()), constant, relation), work=work)
    ((name, function),) = functions.items()
    return _decide_alone(name, function.plus(constant), relation, work)


def _decide_rising(difference: Extent) -> Verdict | None:
    """Where a function of one unknown that never falls is at least 0: from some size on, whatever its period."""
    symbols = difference.symbols()
    if len(symbols) != 1 or not _never_falls(difference):
        return None
    (name,) = symbols
    start, end = 0, 1
    while difference.evaluate({name: end}) < 0:
        start, end = end, 2 * end
        if end > _LARGEST:
            return None
    while end - start > 1:
        middle = (start + end) // 2
        start, end = (middle, end) if difference.evaluate({name: middle}) < 0 else (start, middle)
    return ALWAYS if end == 1 else Verdict("sizes", name, SizeSet.of(1, (0,), end))


def _never_falls(extent: Extent) -> bool:
    """Whether it is a sum of rising parts."""
    return all(
        coefficient > 0 and len(monomial) == 1 and monomial[0][1] == 1 and _atom_never_falls(monomial[0][0])
        for monomial, coefficient in extent.terms
        if monomial
    )


def _atom_never_falls(atom: Atom) -> bool:
    match atom:
        case Symbol():
            return True
        case Floor(Extent() as inner, _) | Maximum(Extent() as inner, _):
            return _never_falls(inner)


def _decide_product(difference: Extent) -> Verdict:
    """Where a product of functions of one unknown each is 0: where one of them is."""
    from cnnspec.layers.factoring import factor

    parts = [part for part in factor(difference) if isinstance(part, Extent)]
    try:
        zeros = [(next(iter(part.symbols())), quasilinear(part).zeros()) for part in parts]
    except Unsolved:
        return OPEN
    possible = [(name, sizes) for name, sizes in zeros if not sizes.is_empty]
    if not possible:
        return NEVER
    return Verdict("sizes", *possible[0]) if len(possible) == 1 else OPEN


def _decide_alone(name: str, function: Quasilinear, relation: Relation, work: int) -> Verdict:
    """The sizes of a single unknown."""
    try:
        sizes = function.zeros() if relation == "=" else function.not_negative()
    except Unsolved:
        return OPEN
    if sizes.is_empty or sizes.is_all:
        return Verdict("never" if sizes.is_empty else "always", work=work)
    return Verdict("sizes", name, sizes, work)


def _decide_together(functions: list[Quasilinear], constant: int, relation: Relation) -> Kind:
    """Several unknowns: what holds for all of their sizes, or for none."""
    if relation == "=":
        return "open" if can_cancel(functions, constant) else "never"
    least, greatest = [f.least for f in functions], [f.greatest for f in functions]
    if None not in least and sum(v for v in least if v is not None) + constant >= 0:
        return "always"
    if None not in greatest and sum(v for v in greatest if v is not None) + constant < 0:
        return "never"
    return "open"


def shorter(a: Size, b: Size) -> Size:
    """Of two sizes that are equal wherever they are legal the one that says it best: a number, else the shorter formula."""
    return min((a, b), key=_length)


def _length(size: Size) -> tuple[int, int]:
    return (0, 0) if isinstance(size, int) else (size.weight(), len(str(size)))


def evaluate(size: Size, values: Mapping[str, int]) -> int:
    """A size with numbers for its unknowns."""
    return size.evaluate(values) if isinstance(size, Extent) else int(size)


def insert(size: Size, values: Mapping[str, int]) -> str:
    """The arithmetic of a size with numbers for its unknowns: ``2·⌊31/2⌋ = 30``; of a plain number only the number."""
    value = group_digits(evaluate(size, values))
    text = show_size(size)
    for name, number in values.items():
        text = re.sub(rf"(?<![\w.]){re.escape(name)}(?![\w.])", group_digits(number), text)
    return value if text == value else f"{text} = {value}"


def difference_bounds(a: Size | None, b: Size | None) -> tuple[int, int] | None:
    """The least and the greatest value of a − b over all sizes; None where that is not known or has no end."""
    if a is None or b is None:
        return None
    difference = a - b
    if isinstance(difference, int):
        return difference, difference
    try:
        low, high = bounds(difference)
    except Unsolved:
        return None
    return None if low is None or high is None else (low, high)
