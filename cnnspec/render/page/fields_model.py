"""What the page must know to fold receptive fields itself: per node and axis how it reads, as plain lists.

A way says how the positions of one map read those of another. ``routes`` has one entry for each axis of the map that is
read: along which axis of the reading map it is walked and how, or None where every unit reads all of it. So windows,
single positions, maps side by side and rearranged ones are all routes, and the page needs no more than one walk.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any, TypeVar

from cnnspec.analysis.axis_field import AxisField, Field
from cnnspec.analysis.receptive_field import Seen, Sight, Sights, see_input
from cnnspec.analysis.report import ModelReport, Row
from cnnspec.layers.base import Facts
from cnnspec.layers.shape import Shape
from cnnspec.layers.window import (
    Adaptive,
    AnyAxis,
    Apart,
    Axis,
    Digit,
    Joined,
    Magnified,
    Pointwise,
    Rearranged,
    Recounted,
    TransposedAxis,
    WholeInput,
)
from cnnspec.resolve.result import ResolvedModel

#: Patterns of fields with a longer period are left out: the page then draws what is read, without the field around it.
LONGEST_PATTERN = 256
#: Reading a position as it is.
_STAY = Axis()
_T = TypeVar("_T", bound=Hashable)

#: An axis: a letter for its kind and its numbers (:func:`axis_list`).
AxisList = list[Any]


def fields_model(report: ModelReport) -> dict[str, Any]:
    """The graph as the page folds fields over it.

    Returns:
        ``nodes``: per node its extents (``e``), what it reads (``f``) and how (``w``, into ``ways``); without extents
        where that is not known. ``inputs``: per input what the layers see of it: ``gates`` left out, by node, and ``seen``, per
        node a field (into ``fields``), or −1 for all of it by construction, −2 for nothing, −3 where it is not known.
        ``fields``: per axis of the input ``[along, stretches, shift]``: unit u along the axis ``along`` (−1: any) sees
        ``stretches[u mod period]``, padding included, ``shift`` further for each period before it.
    """
    ways, fields = _Table[tuple[Any, ...]](), _Table[tuple[Any, ...]]()
    model = as_model(report)
    nodes = [_node(report, row, ways) for row in report.rows]
    inputs = {str(row.index): _input(see_input(model, row.index), fields) for row in report.rows if row.is_input}
    return {"nodes": nodes, "ways": ways.items, "inputs": inputs, "fields": fields.items}


class _Table(list[_T]):
    """Values that repeat, each once."""

    def __init__(self) -> None:
        self.items: list[_T] = []
        self._places: dict[_T, int] = {}

    def place(self, value: _T) -> int:
        """Where the value stands; at the end, if it is new."""
        if value not in self._places:
            self._places[value] = len(self.items)
            self.items.append(value)
        return self._places[value]


def as_model(report: ModelReport) -> ResolvedModel:
    """The model as the analysis walks over it, from its rows alone."""
    shapes, facts = tuple(row.output_shape for row in report.rows), tuple(row.facts for row in report.rows)
    return ResolvedModel(report.name, report.network, shapes, facts, (), allowed=report.allowed)


def _node(report: ModelReport, row: Row, ways: _Table[tuple[Any, ...]]) -> dict[str, Any]:
    inputs = report.network.nodes[row.index].inputs
    given = [report.rows[at].output_shape for at in inputs]
    known = [shape for shape in (row.output_shape, *given) if shape is not None and _has_extents(shape)]
    reads: dict[str, Any] = {"f": list(inputs)} if inputs else {}
    if len(known) <= len(given) or (inputs and row.facts is None):
        return reads
    output, *before = known
    if row.facts is not None and inputs:
        reads["w"] = [ways.place(_frozen(way_of(row.facts, shape, number))) for number, shape in enumerate(before)]
    return {"e": _extents(output), **reads}


def _has_extents(shape: Shape) -> bool:
    return all(isinstance(n, int) for n in shape.extents)


def _extents(shape: Shape) -> list[int]:
    return [int(n) for n in shape.extents]  # type: ignore[arg-type]


def way_of(facts: Facts, given: Shape, number: int = 0) -> list[Any]:
    """How a layer reads its input of that number.

    Returns:
        ``["r", routes]``, or for values that are counted anew ``["n", channels of the output, channels of the input]``.
    """
    window = facts.window.ways[number] if isinstance(facts.window, Apart) else facts.window
    extents = _extents(given)
    match window:
        case WholeInput():
            return ["r", [None] * given.rank]
        case Recounted():
            return ["n", int(facts.output.channels), int(given.channels)]  # type: ignore[arg-type]
        case Pointwise():
            return ["r", [None if n == 1 else _route(at, _STAY) for at, n in enumerate(extents)]]
        case Rearranged():
            return ["r", [None if route is None else _route(route.along, route.steps) for route in window.routes]]
        case Joined():
            before = sum(int(n) for n in window.extents[:number])  # type: ignore[arg-type]
            return ["r", [_route(at, Axis(before=before) if at == window.axis else _STAY) for at in range(given.rank)]]
        case _:
            return ["r", [_route(at, axis) for at, axis in enumerate(window)]]


def _route(along: int, axis: AnyAxis) -> list[Any]:
    return [along, *axis_list(axis)]


def axis_list(axis: AnyAxis) -> AxisList:
    """The kind of an axis and its numbers, as ``taps`` of the page reads them."""
    match axis:
        case Axis():
            return ["c", axis.kernel, axis.stride, axis.dilation, int(axis.before)]  # type: ignore[arg-type]
        case TransposedAxis():
            return ["t", axis.kernel, axis.stride, axis.dilation, axis.before]
        case Magnified():
            return ["m" if axis.interpolation == "nearest" else "b", axis.factor]
        case Adaptive():
            return ["a", axis.count, int(axis.extent)]  # type: ignore[arg-type]
        case Digit():
            return ["d", axis.count, axis.repeat, axis.span]


def _frozen(value: Any) -> Any:
    return tuple(map(_frozen, value)) if isinstance(value, list) else value  # type: ignore[arg-type]


def _input(sights: Sights, fields: _Table[tuple[Any, ...]]) -> dict[str, Any]:
    gates = {str(at): sorted(branches) for at, branches in sorted(sights.gates.items())}
    return {"gates": gates, "seen": [_seen(seen, fields) for seen in sights.seen]}


def _seen(seen: Seen, fields: _Table[tuple[Any, ...]]) -> int:
    if isinstance(seen, Sight):
        return {Sight.WHOLE: -1, Sight.NOTHING: -2, Sight.UNKNOWN: -3}[seen]
    found = _fields(seen)
    return -3 if found is None else fields.place(found)


def _fields(seen: Sequence[Field]) -> tuple[Any, ...] | None:
    axes: list[tuple[Any, ...]] = []
    for field in seen:
        along = -1 if field.along is None else field.along
        if isinstance(field, AxisField):
            if not isinstance(field.start, int):
                return None
            axes.append((along, ((int(field.start), int(field.start) + field.size - 1),), int(field.jump)))
        elif field.field.period > LONGEST_PATTERN:
            return None
        else:
            axes.append((along, field.field.stretches, field.field.shift))
    return tuple(axes)
