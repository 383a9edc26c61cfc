"""One formula, three kinds of number: whatever a layer states of numbers it must state of open sizes and traced numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, TypeVar

from cnnspec.layers.arithmetic import Size, lift
from cnnspec.layers.base import Facts, Layer, LayerError
from cnnspec.layers.extent import Extent
from cnnspec.layers.requirement import evaluate
from cnnspec.layers.shape import AXIS_NAMES, Shape
from cnnspec.schema.values import is_list
from cnnspec.testing.region import read_regions
from cnnspec.testing.subject import Failure, Findings, Subject

T = TypeVar("T")

#: The open sizes are compared at those given and at so many larger ones: what is rounded comes out even in some.
SHIFTS: Final = range(7)
_ONE_FORMULA: Final = (
    "use + − * // on what the shape holds, ceil_div and at_least of cnnspec.layers.arithmetic; never int() or math"
)


def check_traced(subject: Subject) -> Findings:
    """The facts on traced numbers, from which ``explain`` prints its derivations, are the same."""
    traced = subject.layer.facts(*(Shape(tuple(lift(int(n)) for n in shape.dims)) for shape in subject.shapes))  # type: ignore[arg-type]
    yield from _compare(subject.layer, "derivation", subject.facts, traced, {})


def check_open_sizes(subject: Subject) -> Findings:
    """The facts on open sizes, at some sizes, are those of these sizes; with all of them open, and with each alone."""
    names = _name_sizes(subject.shapes)
    alone = [{key: name} for key, name in names.items()] if len(names) > 1 else []
    for opened in [names, *alone] if names else []:
        try:
            facts = subject.layer.facts(*_open(subject.shapes, opened))
        except LayerError as error:
            if error.code == "size-unknown":
                continue  # it must know this size, and says so
            help = "state a Requirement for what must hold of open sizes, or raise size_unknown() of cnnspec.layers.base"
            yield Failure("open sizes", "it takes them, or says size-unknown", f"it refuses: {error}", help)
        else:
            failures = [failure for shift in SHIFTS for failure in _check_at(subject, facts, opened, shift)]
            yield from failures[:1]  # the others say the same of other sizes
            if failures:
                return


#: An extent of an input, by its axis and its size: extents that agree stay equal when they grow.
_Key = tuple[int, int]


def _name_sizes(shapes: Sequence[Shape]) -> Mapping[_Key, str]:
    """A symbol for each extent; those of 1 that others are not stay, because they may be broadcast."""
    found: dict[_Key, str] = {}
    for shape in shapes:
        for axis, extent in enumerate(shape.extents):
            n = int(extent)  # type: ignore[arg-type]
            if n > 1 or len(shapes) == 1:
                names = AXIS_NAMES.get(shape.rank)
                found[axis, n] = f"{names[axis] if names else f'axis{axis}'}{n if len(shapes) > 1 else ''}"
    return found


def _open(shapes: Sequence[Shape], names: Mapping[_Key, str]) -> tuple[Shape, ...]:
    return tuple(
        Shape(
            tuple(
                Extent.symbol(names[axis, int(n)]) if axis < shape.rank and (axis, int(n)) in names else n  # type: ignore[arg-type]
                for axis, n in enumerate(shape.dims)
            )
        )
        for shape in shapes
    )


def _check_at(subject: Subject, facts: Facts, names: Mapping[_Key, str], shift: int) -> Findings:
    """The open facts at the sizes given plus ``shift`` against those of the numbers."""
    values = {name: size + shift for (_, size), name in names.items()}
    shapes = tuple(insert(shape, values) for shape in _open(subject.shapes, names))
    where = f" at {' and '.join(map(str, shapes))}"
    broken = [requirement for requirement in facts.requires if not requirement.holds(values)]
    try:
        known = subject.layer.facts(*shapes)
    except LayerError as error:
        if not broken:
            help = "state it for open sizes too: Facts(…, requires=(Requirement(…),))"
            yield Failure(f"open sizes{where}", "they ask all that the numbers ask", f"the numbers are refused: {error}", help)
        return
    if broken:
        help = "correct the Requirement: it refuses what the layer takes"
        yield Failure(f"open sizes{where}", f"{broken[0].written}", "the layer takes these numbers", help)
        return
    yield from _compare(subject.layer, f"open sizes{where}", known, facts, values, shapes)


def _compare(
    layer: Layer, what: str, known: Facts, other: Facts, values: Mapping[str, int], shapes: Sequence[Shape] = ()
) -> Findings:
    """The first figure that differs, and the first unit that reads other positions."""
    for (name, one), (_, two) in zip(_figures(known), _figures(other), strict=True):
        found = insert(two, values)
        if found != one:
            yield Failure(what, f"the {name} is {_show(one)}", f"there it is {_show(found)}, from {_show(two)}", _ONE_FORMULA)
            return
    if shapes:
        moved = Facts(known.output, window=insert(other.window, values))
        for (unit, one), (_, two) in zip(read_regions(layer, known, shapes), read_regions(layer, moved, shapes), strict=True):
            if one != two:
                stated = f"the window of unit {unit} is {one[0].hull}"
                yield Failure(what, stated, f"there it is {two[0].hull}", _ONE_FORMULA)
                return


def _figures(facts: Facts) -> Iterator[tuple[str, Any]]:
    yield "output shape", facts.output.dims
    yield "count of multiply-accumulates", facts.macs
    yield "count of connections", facts.connections
    yield "list of arrays", tuple((param.name, param.shape, param.role, param.trainable) for param in facts.params)


def insert(value: T, values: Mapping[str, int]) -> T:
    """A value with numbers for the unknowns in it, whatever holds them: tuples and records of sizes."""
    found: Any = value
    match value:
        case bool():
            pass
        case int() | Extent():
            found = evaluate(value, values)
        case _ if is_list(value):
            found = tuple(insert(item, values) for item in value)
        case _ if hasattr(type(value), "__match_args__"):
            cls: Any = type(value)
            found = cls(*(insert(getattr(value, name), values) for name in cls.__match_args__))
        case _:
            pass
    return found


def _show(value: object) -> str:
    if is_list(value):
        return "×".join(map(str, value)) if all(isinstance(n, Size) for n in value) else str(value)
    return str(value)
