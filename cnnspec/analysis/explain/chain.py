"""The fields of all layers on the way from the input to one of them, and of a whole model."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby
from math import prod

from cnnspec.analysis.axis_field import AxisField, Field, as_sliding
from cnnspec.analysis.explain.lines import Table, local_path, show_axes, show_share
from cnnspec.analysis.receptive_field import Seen, Sight, Sights
from cnnspec.analysis.report import ModelReport, ReceptiveField, Row
from cnnspec.layers.shape import Shape
from cnnspec.layers.window import AnyAxis, Axis, Magnified, Rearranged, TransposedAxis
from cnnspec.resolve.result import ResolvedModel

#: A table of more layers than these leaves some out.
_MOST_ROWS = 30
#: Of a longer chain the middle is left out.
_LONGEST_CHAIN = 60


@dataclass(frozen=True, slots=True)
class _Stop:
    """A layer on the chain from the input, and its windows."""

    index: int
    axes: tuple[AnyAxis, ...]


def chain_table(model: ResolvedModel, sights: Sights, index: int) -> Table:
    """The layers with windows from the input to here, along the largest branch of every merge.

    Columns: kernel, stride and dilation, the jump and size behind the layer, and how many positions of that layer one
    unit here sees: the lecture's count from the top (left out where branches have met in
    between, or units take turns).
    """
    stops, merged = _chain(model, sights, index)
    dilated = any(getattr(axis, "dilation", 1) > 1 for stop in stops for axis in stop.axes)
    back = [] if merged else _from_the_top(stops, model.shapes[stops[0].index])
    from_top = ["one unit here sees"] if back else []
    heads = ["layer", "k", "s", *(["d"] if dilated else []), "jump J", "field R", "start S", *from_top]
    rows: list[tuple[str, ...]] = []
    left = len(stops) - 2 * (_LONGEST_CHAIN // 2) if len(stops) > _LONGEST_CHAIN else 0
    for at, stop in enumerate(stops):
        if left and _LONGEST_CHAIN // 2 <= at < len(stops) - _LONGEST_CHAIN // 2:
            continue
        field = sights.field(stop.index)
        assert field is not None
        cells = [model.network.nodes[stop.index].path, *show_window(stop.axes)]
        if dilated:
            cells.append(_show_each(stop.axes, lambda axis: str(getattr(axis, "dilation", 1))))
        cells += [show_axes(field.jump), show_sizes(field), show_axes(field.start)]
        rows.append((*cells, *([show_axes(back[at])] if back else [])))
    if left:
        rows.insert(_LONGEST_CHAIN // 2, (f"  … {left} more",))
    return Table(tuple(heads), tuple(rows), (False, *([True] * (len(heads) - 1))))


def _chain(model: ResolvedModel, sights: Sights, index: int) -> tuple[list[_Stop], bool]:
    """The chain, input first, and whether branches meet or axes change places on it."""
    stops: list[_Stop] = []
    merged = False
    at = index
    while True:
        inputs, facts = model.network.nodes[at].inputs, model.facts[at]
        if not inputs:
            stops.append(_Stop(at, ()))
            return stops[::-1], merged
        if facts is not None and isinstance(facts.window, tuple):
            stops.append(_Stop(at, facts.window))
        elif len(inputs) > 1 or at == index:
            stops.append(_Stop(at, ()))
        merged |= len(inputs) > 1 or (facts is not None and isinstance(facts.window, Rearranged))
        at = max(inputs, key=lambda source: _extent(sights.seen[source]))


def _extent(seen: Seen) -> int:
    """How large a field is; a branch without one is never followed where another has one."""
    return 0 if isinstance(seen, Sight) else prod(_largest(field) for field in seen)


def _largest(field: Field) -> int:
    return int(field.size) if isinstance(field, AxisField) else max(field.field.sizes(None), default=0)


def _from_the_top(stops: Sequence[_Stop], shape: Shape | None) -> list[list[int]]:
    """Per stop, the positions of its output that one unit of the last sees, by walking the windows backward."""
    rank = 0 if shape is None else shape.rank
    stretches = [(0, 0)] * rank
    sizes = [[1] * rank]
    for stop in reversed(stops[1:]):
        windows = [as_sliding(axis) for axis in stop.axes]
        if None in windows or len(windows) not in (0, rank):
            return []
        for at, axis in enumerate(windows):
            if axis is not None:
                stretches[at] = _plain(axis).reads(*stretches[at])
        sizes.append([last - first + 1 for first, last in stretches])
    return sizes[::-1]


def _plain(axis: Axis) -> Axis:
    """The axis with its padding left out: it moves a stretch, and its length stays."""
    return Axis(axis.kernel, axis.stride, axis.dilation)


def model_table(report: ModelReport) -> Table:
    """Kernel, stride, field, jump, start and coverage of every layer at which the field changes.

    Of many layers in a row with one jump the first and the last stand for all.
    """
    rows: list[tuple[str, ...]] = []
    for row in report.rows:
        before = [report.rows[source] for source in report.network.nodes[row.index].inputs]
        if before and all(other.field == row.field and other.sees_all == row.sees_all for other in before):
            continue
        if row.field is None:
            figures = ("all", "", "", "") if row.sees_all else ("?", "?", "?", "")
        else:
            covered = "" if row.coverage is None else show_share(row.coverage)
            figures = (show_sizes(row.field), show_axes(row.field.jump), show_axes(row.field.start), covered)
        rows.append((local_path(row), *_window(row), *figures))
    heads = ("layer", "k", "s", "field R", "jump J", "start S", "coverage")
    return Table(heads, tuple(_without_middles(rows) if len(rows) > _MOST_ROWS else rows), (False, *([True] * 6)))


def _without_middles(rows: Sequence[tuple[str, ...]]) -> Iterator[tuple[str, ...]]:
    for _, group in groupby(rows, key=lambda row: row[4]):
        alike = list(group)
        yield alike[0]
        if len(alike) > 3:
            yield (f"  … {len(alike) - 2} more with that jump",)
        yield from alike[1:-1] if len(alike) == 3 else ()
        yield from alike[-1:] if len(alike) > 1 else ()


def _window(row: Row) -> tuple[str, str]:
    if row.facts is None or not isinstance(row.facts.window, tuple):
        return "", ""
    return show_window(row.facts.window)


def show_window(axes: Sequence[AnyAxis]) -> tuple[str, str]:
    """Kernel and stride; a stride of 1/2 makes two outputs of each input."""
    return _show_each(axes, _kernel), _show_each(axes, _stride)


def _show_each(axes: Sequence[AnyAxis], show: Callable[[AnyAxis], str]) -> str:
    texts = [show(axis) for axis in axes]
    return texts[0] if len(set(texts)) == 1 else "×".join(texts)


def _kernel(axis: AnyAxis) -> str:
    if isinstance(axis, Axis | TransposedAxis):
        return str(axis.kernel)
    return "2" if isinstance(axis, Magnified) and axis.interpolation == "bilinear" else ""


def _stride(axis: AnyAxis) -> str:
    outputs, further = axis.period
    return str(Fraction(further, outputs))


def show_sizes(field: ReceptiveField) -> str:
    """``18``; ``188 or 204`` where units take turns; ``3 to 9`` where there are many."""
    if not field.sizes:
        return show_axes(field.size)
    texts = [_show_alternatives(sizes) for sizes in field.sizes]
    return texts[0] if len(set(texts)) == 1 else "×".join(f"({text})" if " " in text else text for text in texts)


def _show_alternatives(sizes: Sequence[int]) -> str:
    if len(sizes) > 2:
        return f"{sizes[0]} to {sizes[-1]}"
    return " or ".join(map(str, sizes)) or "0"
