"""The kernel of one unit, at the arithmetically exact place in the volume that it reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cnnspec.layers.shape import Shape
from cnnspec.render.display import Group, Paint, Path, Point, Polygon, Step
from cnnspec.render.flow.cuboid import WHOLE, Cuboid, Region, Span, line
from cnnspec.render.flow.operations import DrawnAxis, cell_inside, sliding_axes
from cnnspec.render.flow.standing import Standing
from cnnspec.render.volumes.solids import Solid, groups_of

#: Which unit is shown, as a share of the output's axes: rows (of a sequence its positions), columns; depth last.
SHARES = {1: (0.3,), 2: (0.3, 0.5), 3: (0.5, 0.3, 0.5)}


def slides(target: Standing, source: Standing) -> tuple[DrawnAxis, ...]:
    """The axes of a layer whose units see a window of what stands before it; none where there is no window to draw."""
    card = target.card
    if card.run is not None or card.kind != "layer" or source.kind == "merge":
        return ()
    axes = sliding_axes(card.rows[0])
    rank = target.shape.rank
    read = card.rows[0].input_shapes
    fits = len(axes) == rank == source.shape.rank and rank > 0 and len(read) > 0 and read[0] == source.shape
    return axes if fits else ()


def share(reads: tuple[int, int], extent: int) -> Span:
    """Positions as shares of an axis."""
    return reads[0] / extent, (reads[1] + 1) / extent


def region_of(shape: Shape, reads: Sequence[tuple[int, int]], channels: Span) -> Region:
    """Where positions per spatial axis lie in a cuboid of that shape; cubes show their depth along the flow."""
    spans = [share(pair, int(extent)) for pair, extent in zip(reads, shape.extents, strict=True)]  # type: ignore[arg-type]
    if len(spans) == 1:
        return Region(channels, spans[0], WHOLE)
    return Region(channels, *spans) if len(spans) == 2 else Region(*spans)


def window(source: Standing, target: Standing) -> Group | None:
    """The window of a unit as a prism in each lane that it reads, and rays that converge on the unit.

    None where the layer slides no window over the solid before it.
    """
    axes = slides(target, source)
    if not axes or not isinstance(source, Solid) or not isinstance(target, Solid):
        return None
    cell = cell_inside(axes, source.shape, target.shape, SHARES[len(axes)])
    reads = [axis.reads(at, at) for axis, at in zip(axes, cell, strict=True)]
    sight = _Sight(source, target, cell, reads, _channels(source, target))
    return _group(sight)


@dataclass(frozen=True, slots=True)
class _Sight:
    """What the units shown read: one position, and the channels that each unit reads lane by lane."""

    source: Solid
    target: Solid
    cell: tuple[int, ...]
    reads: list[tuple[int, int]]
    channels: list[_Read]

    @property
    def fineness(self) -> float:
        """How thin lines must be for a small window to stay one: a share of the usual width."""
        axis = 0 if len(self.reads) == 1 else -2
        low, high = share(self.reads[axis], int(self.source.shape.extents[axis]))  # type: ignore[arg-type]
        return min(1.0, max(0.45, (high - low) * self.source.sides[1] / 10))


@dataclass(frozen=True, slots=True)
class _Read:
    """Channels low to high (exclusive) of ``count`` in a lane, read by a unit in the channels ``made`` of another lane."""

    lane: int
    low: int
    high: int
    count: int
    goal: int
    made: Span


def _rays(cuboid: Cuboid, seen: Region, goal: Cuboid, unit: Region) -> list[Step]:
    """From the corners of the window's near end to the middle of the unit."""
    tip = goal.point(unit.along[0], sum(unit.down) / 2, sum(unit.back) / 2)
    return [step for corner in cuboid.side(seen.along[1], seen) for step in line(corner, tip)]


def _channels(source: Solid, target: Solid) -> list[_Read]:
    """What the units shown read of the channels: a prism for each lane that one of them reaches into."""
    channels, made = int(source.shape.channels), int(target.shape.channels)  # type: ignore[arg-type]
    if source.kind == "cubes":
        return [_Read(0, 0, channels, channels, 0, WHOLE)]
    groups = groups_of(target.card, channels)
    count, size = channels // source.lanes, made // target.lanes
    found: list[_Read] = []
    for goal, unit in _units(groups, source, target):
        group = (goal * size + unit) * groups // made
        low, high = group * channels // groups, (group + 1) * channels // groups
        for lane in range(low // count, (high - 1) // count + 1):
            start, end = max(low - lane * count, 0), min(high - lane * count, count)
            found.append(_Read(lane, start, end, count, goal, (unit / size, (unit + 1) / size)))
    return found


def _units(groups: int, source: Solid, target: Solid) -> list[tuple[int, int]]:
    """(lane, channel in it) of the units shown: what reads everything is the first, what reads a few channels the last, where
    they can be seen."""
    last = int(target.shape.channels) // target.lanes - 1  # type: ignore[arg-type]
    if groups == 1:
        return [(0, 0)]
    if groups == target.lanes:
        return [(lane, 0) for lane in range(groups)]
    return [(lane, last) for lane in range(target.lanes) if source.lanes == target.lanes or lane == target.lanes - 1]


def _group(sight: _Sight) -> Group:
    source, target, path = sight.source, sight.target, sight.target.path
    prisms: list[Step] = []
    rays: list[Step] = []
    units: dict[tuple[Point, ...], None] = {}
    for read in sight.channels:
        cuboid, goal = source.lane(read.lane), target.lane(read.goal)
        seen = region_of(source.shape, sight.reads, (read.low / read.count, read.high / read.count))
        unit = region_of(target.shape, [(at, at) for at in sight.cell], read.made)
        prisms += cuboid.prism(seen)
        rays += _rays(cuboid, seen, goal, unit)
        units[goal.side(unit.along[0], unit)] = None
    where = " × ".join(f"{low} to {high}" for low, high in sight.reads)
    title = f"unit {'×'.join(map(str, sight.cell))} of {path} reads {where} of {source.path}"
    fine = sight.fineness
    items = (
        Path(tuple(prisms), Paint(None, "mark", 0.8 * fine), f"{path}.prism", path, title),
        Path(tuple(rays), Paint(None, "window", 0.7 * fine), f"{path}.rays", path, title),
        *(Polygon(unit, Paint("mark", "mark", 0.6 * fine), f"{path}.unit", path, title) for unit in units),
    )
    data = {
        "from": source.path,
        "cell": " ".join(map(str, sight.cell)),
        "reads": " ".join(f"{low}:{high}" for low, high in sight.reads),
        "channels": " ".join(f"{read.lane}:{read.low}-{read.high}/{read.count}" for read in sight.channels),
    }
    return Group("window", f"{path}.view", path, title, items, None, data)
