"""What a volumes picture shows of each card: a solid with its edge labels, and what is written below it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log2, prod

from cnnspec.layers.shape import Shape
from cnnspec.render.display import Point, Step
from cnnspec.render.flow.captions import Captions
from cnnspec.render.flow.cuboid import BACKWARDS, Cuboid
from cnnspec.render.flow.operations import drawn_axes
from cnnspec.render.flow.standing import SIZE, Standing, known_shape, merge_of, role_of, shown_row
from cnnspec.render.fonts import text_width
from cnnspec.render.graph.faces import Faces, count_of, merges_inside
from cnnspec.render.graph.view import Card, Frame, View

#: The longest side of the largest volume and of the smallest, and how strongly size follows extents.
LARGEST, LARGEST_CUBE, SMALLEST, POWER = 112.0, 84.0, 12.0, 0.55
#: The depth of one channel, and what twice as many add.
THINNEST, DOUBLED = 6.0, 3.3
#: The sides of a vector's slab; how far a sequence's ribbon goes backwards.
SLAB, SLAB_BACK, TALLEST, RIBBON_BACK = 9.0, 5.0, 112.0, 4.0
#: Between nested cubes, and at most so many; between lanes, at most so many are drawn, and the room of what joins them.
NESTED, MOST_CUBES = 4.0, 8
LANE_GAP, MOST_LANES, BRACKET = 16.0, 4, 7.0
#: The room of an edge's label.
EDGE = 12.0


@dataclass(slots=True, kw_only=True)
class Solid(Standing):
    """A cuboid or several.

    Attributes:
        sides: of one cuboid, along the flow, upright and backwards on the page.
        count: how many cuboids: lanes below each other, or cubes in each other.
    """

    sides: tuple[float, float, float] = (0.0, 0.0, 0.0)
    count: int = 1

    @property
    def lanes(self) -> int:
        return self.count if self.kind in ("volume", "ribbon") else 1

    @property
    def stretch(self) -> float:
        """What further cubes add along the flow."""
        return NESTED * (self.count - 1) if self.kind == "cubes" else 0.0

    @property
    def width(self) -> float:
        along, _, across = self.sides
        return along + across + self.stretch

    @property
    def height(self) -> float:
        _, height, across = self.sides
        return self.lanes * (height + across) + (self.lanes - 1) * LANE_GAP

    @property
    def cuboids(self) -> list[Cuboid]:
        """Where they are drawn, back to front; lanes from top to bottom."""
        along, height, across = self.sides
        top = self.axis - self.height / 2 + across
        if self.kind == "cubes":
            return [Cuboid(self.x + NESTED * at, top, along, height, across) for at in range(self.count)]
        step = height + across + LANE_GAP
        return [Cuboid(self.x, top + step * at, along, height, across) for at in range(self.count)]

    def lane(self, number: int) -> Cuboid:
        """The cuboid of a lane; of nested cubes the last, which hides the others."""
        return self.cuboids[-1 if self.kind == "cubes" else number]

    @property
    def edge_labels(self) -> tuple[str, str, str]:
        """The numbers on the upright edge, on the one that goes backwards, and on the one along the flow."""
        extents, channels = [str(extent) for extent in self.shape.extents], int(self.shape.channels)  # type: ignore[arg-type]
        along = str(channels // self.lanes)
        if self.kind == "cubes":
            return extents[1], extents[2], extents[0]
        return extents[0] if extents else "", extents[1] if len(extents) > 1 else "", along

    @property
    def crown(self) -> Point:
        first, last = self.cuboids[0], self.cuboids[-1]
        return (first.left + last.left + last.along) / 2 + first.across, self.box.top

    @property
    def shoulders(self) -> tuple[Point, Point]:
        return self.cuboids[0].point(0, 0, 0.5), self.cuboids[-1].point(1, 0, 0.5)

    @property
    def edge(self) -> float:
        """The room of the labels below its edges."""
        return EDGE

    @property
    def lead(self) -> float:
        """The room before it: for the label of the upright edge, and for what joins lanes."""
        return (text_width(self.edge_labels[0], SIZE) + 4 if self.shape.rank else 0.0) + self.bracket

    @property
    def overhang(self) -> float:
        """How far it reaches on behind its back edge: the label of the edge that goes backwards, and what joins lanes."""
        return max(0.0, text_width(self.edge_labels[1], SIZE) + 3 - self.sides[2] / 2) + self.bracket

    @property
    def bracket(self) -> float:
        return BRACKET if self.lanes > 1 else 0.0

    def leaving(self, y: float) -> float:
        if self.lanes > 1:
            return self.box.right + self.overhang
        last = self.cuboids[-1]
        return last.box.right - max(0.0, y - (last.top + last.height - last.across))

    def entering(self, y: float) -> float:
        if self.lanes > 1:
            return self.x - self.lead
        first = self.cuboids[0]
        return first.left + max(0.0, first.top - y)

    def joint(self, x: float, inwards: float) -> list[tuple[Step, ...]]:
        """A bracket that joins its lanes."""
        if self.lanes == 1:
            return []
        top, bottom = self.box.top, self.box.bottom
        corners = [(x + inwards, top), (x, top), (x, bottom), (x + inwards, bottom)]
        return [(("M", (corners[0],)), *(("L", (corner,)) for corner in corners[1:]))]


class Solids:
    """Makes the solids of a view; what stands in one of the frames is named within it.

    Raises:
        RenderError: a size is unknown, or there are more than three spatial axes.
    """

    def __init__(self, view: View, frames: Sequence[Frame]) -> None:
        self.view = view
        self.faces = Faces(view)
        self.captions = Captions(view, frames)
        self.shapes = [known_shape(card.rows[-1], "volumes") for card in view.cards]
        self.largest: dict[int, int] = {}
        for shape in self.shapes:
            for extent in shape.extents:
                self.largest[shape.rank] = max(self.largest.get(shape.rank, 1), int(extent))  # type: ignore[arg-type]
        self.lanes = _lanes(view, self.shapes)

    def all(self) -> list[Standing]:
        return [self.of(at) for at in range(len(self.view.cards))]

    def of(self, at: int) -> Standing:
        """What a card is drawn as."""
        card, shape = self.view.cards[at], self.shapes[at]
        face = self.faces.of(at)
        if card.kind == "merge":
            return merge_of(card, shape, face, self.captions.of(at, face, shape))
        count = self.lanes[at] if shape.rank in (1, 2) else self._cubes(shape) if shape.rank == 3 else 1
        return Solid(
            card=card,
            row=shown_row(card),
            shape=shape,
            kind=("slab", "ribbon", "volume", "cubes")[shape.rank],
            role=role_of(card),
            title=face.title,
            lines=self.captions.of(at, face, shape, [count_of(int(shape.channels), "channel")] if shape.rank == 3 else []),  # type: ignore[arg-type]
            data={**face.data, "shape": str(shape)},
            sides=self._sides(shape, count),
            count=count,
            merges=merges_inside(self.view, card),
        )

    def _cubes(self, shape: Shape) -> int:
        return min(MOST_CUBES, 1 + int(log2(int(shape.channels))))  # type: ignore[arg-type]

    def _sides(self, shape: Shape, lanes: int) -> tuple[float, float, float]:
        channels, extents = int(shape.channels), [int(extent) for extent in shape.extents]  # type: ignore[arg-type]
        depth = THINNEST + DOUBLED * log2(max(channels // lanes if shape.rank in (1, 2) else channels, 1))
        if not extents:
            return SLAB, min(TALLEST, 14 + 8.2 * log2(channels)), SLAB_BACK
        longest = max(extents)
        largest = LARGEST_CUBE if shape.rank == 3 else LARGEST
        scale = max(SMALLEST, largest * (longest / self.largest[shape.rank]) ** POWER) / longest
        if len(extents) == 1:
            return depth, extents[0] * scale, RIBBON_BACK
        if len(extents) == 2:
            return depth, extents[0] * scale, extents[1] * scale * BACKWARDS
        return extents[0] * scale, extents[1] * scale, extents[2] * scale * BACKWARDS


def groups_of(card: Card, channels: int) -> int:
    """In how many groups a layer that slides a window reads the channels of its input; as many as these where each is read
    alone, as by pooling; 1 for what reads all of them, and for blocks."""
    axes = drawn_axes(card.rows[0]) if card.run is None and card.kind == "layer" else ()
    row = card.rows[0]
    if not axes or row.facts is None:
        return 1
    if row.im2col is not None:  # rows of the matrix: the kernel's taps on the channels of one group
        return channels // (row.im2col[0] // prod(axis.kernel for axis in axes))  # type: ignore[union-attr]
    return 1 if any(param.role == "kernel" for param in row.facts.params) else channels


def _groups_read(view: View, shapes: Sequence[Shape]) -> list[int]:
    """Per card, in how many groups it reads the channels of the card before it."""
    before = {edge.target: edge.source for edge in view.edges}
    channels = [int(shape.channels) for shape in shapes]  # type: ignore[arg-type]
    return [groups_of(card, channels[before[at]]) if at in before else 1 for at, card in enumerate(view.cards)]


def _lanes(view: View, shapes: Sequence[Shape]) -> list[int]:
    """In how many lanes each card is drawn: those of groups, on both sides of what keeps channels apart."""
    cards, read = view.cards, _groups_read(view, shapes)
    pairs = [(edge.source, edge.target) for edge in view.edges]

    alone = {target: read[target] == int(shapes[source].channels) > 1 for source, target in pairs}  # type: ignore[arg-type]
    lanes = [groups if 1 < groups <= MOST_LANES and not alone[at] else 1 for at, groups in enumerate(read)]

    def share(at: int, other: int) -> None:
        known = cards[at].kind == "layer" and shapes[at].rank in (1, 2) and int(shapes[at].channels) % lanes[other] == 0  # type: ignore[arg-type]
        if lanes[at] == 1 and known:
            lanes[at] = lanes[other]

    for source, target in reversed(pairs):
        if read[target] > 1:
            share(source, target)
    for source, target in pairs:
        if alone[target]:
            share(target, source)
    return lanes
