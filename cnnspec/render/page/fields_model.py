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
#: More units than any axis has.
_ALL = 1 << 40
_NOTE = (
    "Point at a unit or a pixel, or go there by arrow keys (with shift 8 at a time). "
    "Dashed is a unit's whole field; hatched, what of it is padding."
)
_GATES = " Branches that have seen everything and are spread over a map, gates, are left out."
#: Why a node has no fields, by what stands for it in ``u``.
_UNKNOWN = (
    "What its units see depends on sizes that are not known: give them with --input, as in 28x28.",
    "What its units see is unknown because of an error: cnnspec check says which.",
)
_OPEN, _BROKEN = range(len(_UNKNOWN))
_T = TypeVar("_T", bound=Hashable)

#: An axis: a letter for its kind and its numbers (:func:`axis_list`).
AxisList = list[Any]


def fields_model(report: ModelReport) -> dict[str, Any]:
    """The graph as the page folds fields over it.

    Returns:
        ``nodes``: per node its extents (``e``), what it reads (``f``) and how (``w``, into ``ways``); where something of
        that is not known, why (``u``, into ``unknown``) alone. What only looks at single positions is passed by.
        ``inputs``: per input what the layers see of it: ``gates`` left out, by node, and ``seen``, per node a field (into
        ``fields``), or −1 for all of it by construction, −2 for nothing, −3 where it is not known.
        ``fields``: per axis of the input ``[along, stretches, shift]``: unit u along the axis ``along`` (−1: any) sees
        ``stretches[u mod period]``, padding included, ``shift`` further for each period before it. ``note`` and
        ``unknown`` are texts.
    """
    ways, fields = _Table[tuple[Any, ...]](), _Table[tuple[Any, ...]]()
    model = as_model(report)
    nodes, stands = list[dict[str, Any]](), list[int]()
    for row in report.rows:
        nodes.append(_node(report, row, ways, stands, nodes))
        stands.append(_stands_for(nodes, ways, len(nodes) - 1))
    inputs = {str(row.index): _input(see_input(model, row.index), fields, stands) for row in report.rows if row.is_input}
    note = _NOTE + (_GATES if any(found["gates"] for found in inputs.values()) else "")
    texts = {"note": note, **({"unknown": _UNKNOWN} if any("u" in node for node in nodes) else {})}
    return {"nodes": nodes, "ways": ways.items, "inputs": inputs, "fields": fields.items, **texts}


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


def _node(
    report: ModelReport, row: Row, ways: _Table[tuple[Any, ...]], stands: Sequence[int], before: Sequence[dict[str, Any]]
) -> dict[str, Any]:
    """One node; why it has no fields, where its extents, or those of anything below it, are not known."""
    inputs = report.network.nodes[row.index].inputs
    shapes = [report.rows[at].output_shape for at in inputs]
    if row.output_shape is None or (inputs and row.facts is None) or any(before[at].get("u") == _BROKEN for at in inputs):
        return {"u": _BROKEN}
    if not _has_extents(row.output_shape) or any("u" in before[at] for at in inputs):
        return {"u": _OPEN}
    if not inputs:
        return {"e": _extents(row.output_shape)}
    assert row.facts is not None
    read = [ways.place(_frozen(way_of(row.facts, shape, at))) for at, shape in enumerate(shapes) if shape is not None]
    return {"e": _extents(row.output_shape), "f": [stands[at] for at in inputs], "w": read}


def _stands_for(nodes: Sequence[dict[str, Any]], ways: _Table[tuple[Any, ...]], index: int) -> int:
    """The node whose positions it reads one for one, or itself: activations and normalisation need no walk."""
    node = nodes[index]
    inputs: Sequence[int] = node.get("f", ())
    if len(inputs) != 1 or node["e"] != nodes[inputs[0]]["e"]:
        return index
    routes = [None if n == 1 else _route(at, _STAY) for at, n in enumerate(node["e"])]
    return inputs[0] if ways.items[node["w"][0]] == _frozen(["r", routes]) else index


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
    """What unit u reads along an axis, as numbers ``a b c e g``: from ⌊(u·a + b)/c⌋ to ⌊(u·a + e)/c⌋ in steps of g.

    Two more, ``r m``, take ⌊u/r⌋ mod m for u; three more, ``s p d``, keep the positions i for which d divides u + p − i·s.
    """
    match axis:
        case Axis():
            first = -int(axis.before)  # type: ignore[arg-type]
            return [axis.stride, first, 1, first + axis.effective - 1, axis.dilation]
        case TransposedAxis():  # ⌈x/s⌉ = ⌊(x + s − 1)/s⌋
            stretch = [1, axis.before - axis.effective + axis.stride, axis.stride, axis.before, 1]
            return stretch if axis.dilation == 1 else [*stretch, 1, _ALL, axis.stride, axis.before, axis.dilation]
        case Magnified(factor, "nearest"):
            return [1, 0, factor, 0, 1]
        case Magnified(factor):
            return [2, 1 - factor, 2 * factor, factor, 1]
        case Adaptive():
            extent = int(axis.extent)  # type: ignore[arg-type]
            return [extent, 0, axis.count, extent - 1, 1]
        case Digit():
            return [axis.span, 0, 1, axis.span - 1, 1, axis.repeat, axis.count]


def _frozen(value: Any) -> Any:
    return tuple(map(_frozen, value)) if isinstance(value, list) else value  # type: ignore[arg-type]


def _input(sights: Sights, fields: _Table[tuple[Any, ...]], stands: Sequence[int]) -> dict[str, Any]:
    gates = {str(at): sorted(stands[branch] for branch in branches) for at, branches in sorted(sights.gates.items())}
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
