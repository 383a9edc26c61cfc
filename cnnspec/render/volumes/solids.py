"""What a volumes picture shows of each card: a solid with its edge labels, and what is written below it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import log2, prod
from typing import Literal

from cnnspec.analysis.report import Row
from cnnspec.layers.shape import Shape
from cnnspec.render.display import Box
from cnnspec.render.errors import RenderError
from cnnspec.render.fonts import fit_text, text_width
from cnnspec.render.graph.faces import SIGNS, Faces, count_of, run_badge, run_label
from cnnspec.render.graph.view import Card, Frame, View, inner_path
from cnnspec.render.maps.stages import drawn_axes, operation_of
from cnnspec.render.palette import family_role
from cnnspec.render.svg import clean
from cnnspec.render.volumes.cuboid import BACKWARDS, Cuboid

#: The longest side of the largest volume and of the smallest, and how strongly size follows extents.
LARGEST, LARGEST_CUBE, SMALLEST, POWER = 112.0, 84.0, 12.0, 0.55
#: The depth of one channel, and what twice as many add.
THINNEST, DOUBLED = 6.0, 3.3
#: The sides of a vector's slab; how far a sequence's ribbon goes backwards.
SLAB, SLAB_BACK, TALLEST, RIBBON_BACK = 9.0, 5.0, 112.0, 4.0
#: Between nested cubes, and at most so many; between lanes, at most so many are drawn, and the room of what joins them.
NESTED, MOST_CUBES = 4.0, 8
LANE_GAP, MOST_LANES, BRACKET = 16.0, 4, 7.0
RADIUS = 10.0
#: Font size and line of all texts; the room of an edge's label; how wide the texts below become, and of how many lines a name.
SIZE, LINE, EDGE, WIDEST, MOST_NAMES = 9.0, 11.0, 12.0, 84.0, 3

Kind = Literal["volume", "ribbon", "cubes", "slab", "merge"]


@dataclass(slots=True)
class Solid:
    """One card as it is drawn.

    Attributes:
        card: what it stands for.
        row: the layer itself; of a closed block, its last.
        shape: its extents and channels.
        sides: of one cuboid, along the flow, upright and backwards on the page.
        count: how many cuboids: lanes below each other, or cubes in each other.
        lines: the texts below, with whether they are bold.
        x, axis: where its cuboids begin (of a merge the middle), and the height of its middle.
        below: how far below its middle the texts begin; ``middle``: where they stand along the flow.
    """

    card: Card
    row: Row
    shape: Shape
    kind: Kind
    role: str
    title: str
    lines: list[tuple[str, bool]]
    sides: tuple[float, float, float] = (0.0, 0.0, 0.0)
    count: int = 1
    sign: str = ""
    x: float = 0.0
    axis: float = 0.0
    below: float = 0.0
    middle: float = 0.0
    data: dict[str, str] = field(default_factory=dict[str, str])

    @property
    def path(self) -> str:
        return self.card.path

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
    def box(self) -> Box:
        return Box(self.x, self.axis - self.height / 2, self.x + self.width, self.axis + self.height / 2)

    @property
    def edge_labels(self) -> tuple[str, str, str]:
        """The numbers on the upright edge, on the one that goes backwards, and on the one along the flow."""
        extents, channels = [str(extent) for extent in self.shape.extents], int(self.shape.channels)  # type: ignore[arg-type]
        along = str(channels // self.lanes)
        if self.kind == "cubes":
            return extents[1], extents[2], extents[0]
        return extents[0] if extents else "", extents[1] if len(extents) > 1 else "", along

    @property
    def text_width(self) -> float:
        """The width of what is written below."""
        return max((text_width(text, SIZE, bold) for text, bold in self.lines), default=0.0)

    @property
    def lead(self) -> float:
        """The room before it: for the label of the upright edge, and for what joins lanes."""
        if self.kind == "merge":
            return 0.0
        return (text_width(self.edge_labels[0], SIZE) + 4 if self.shape.rank else 0.0) + self.joint

    @property
    def overhang(self) -> float:
        """How far it reaches on behind its back edge: the label of the edge that goes backwards, and what joins lanes."""
        if self.kind == "merge":
            return 0.0
        return max(0.0, text_width(self.edge_labels[1], SIZE) + 3 - self.sides[2] / 2) + self.joint

    @property
    def joint(self) -> float:
        return BRACKET if self.lanes > 1 else 0.0


class Solids:
    """Makes the solids of a view; what stands in one of the frames is named within it.

    Raises:
        RenderError: a size is unknown, or there are more than three spatial axes.
    """

    def __init__(self, view: View, frames: Sequence[Frame]) -> None:
        self.view = view
        self.faces = Faces(view)
        self.around = [""] * len(view.cards)
        for frame in frames:
            for card in frame.cards:
                self.around[card] = f"{frame.part.path}/"
        self.shapes = [_known_shape(card) for card in view.cards]
        self.largest: dict[int, int] = {}
        for shape in self.shapes:
            for extent in shape.extents:
                self.largest[shape.rank] = max(self.largest.get(shape.rank, 1), int(extent))  # type: ignore[arg-type]
        self.lanes = _lanes(view, self.shapes)

    def all(self) -> list[Solid]:
        return [self.of(at) for at in range(len(self.view.cards))]

    def of(self, at: int) -> Solid:
        """The solid of a card."""
        card, shape = self.view.cards[at], self.shapes[at]
        face = self.faces.of(at)
        row = card.rows[-1] if card.run is not None else card.rows[0]
        role = "plain" if card.run is not None else family_role(row.layer.family)
        lines = [*self._lines(at), *((clean(chip.text), False) for chip in face.chips if chip.text.startswith("output "))]
        data = {**face.data, "shape": str(shape)}
        if card.kind == "merge":
            return Solid(card, row, shape, "merge", "merging", face.title, lines, sign=SIGNS.get(row.kind, "•"), data=data)
        kind: Kind = ("slab", "ribbon", "volume", "cubes")[shape.rank]
        count = self.lanes[at] if shape.rank in (1, 2) else self._cubes(shape) if shape.rank == 3 else 1
        return Solid(card, row, shape, kind, role, face.title, lines, self._sides(shape, count), count, data=data)

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

    def _lines(self, at: int) -> list[tuple[str, bool]]:
        """A name and what leads to it; of a block what it is called, how often it is passed and what it holds."""
        card, shape = self.view.cards[at], self.shapes[at]
        row, channels = card.rows[0], [count_of(int(shape.channels), "channel")] if shape.rank == 3 else []  # type: ignore[arg-type]
        if card.run is not None:
            lines = [*_join_parts(self._passes(card)), *channels, count_of(len(card.members), "layer")]
        elif card.kind == "input":
            lines = channels
        elif card.kind == "merge":
            lines = wrap_text(f"{row.kind} {shape}")
        else:
            flattened = [self.view.report.rows[member] for member in card.members if member < row.index]
            noun, details = operation_of(row, [*flattened, *card.rows[1:]])
            if row.shared and row.facts is not None and row.facts.params:
                details.append("shared weights")
            lines = [*wrap_text(clean(noun)), *_join_parts([clean(detail) for detail in (*details, *channels)])]
        return [*_names(card.path.removeprefix(self.around[at])), *((line, False) for line in lines)]

    def _passes(self, card: Card) -> list[str]:
        """``Bottleneck ×2`` and ``own weights``; a flow is not called again as its path ends."""
        assert card.run is not None
        kind = clean(run_label(card.run).partition("(")[0])
        times, _, weights = run_badge(self.view, card.run).partition(", ")
        kind = "" if f"/{clean(card.path)}".endswith(f"/{kind}") else kind
        return [part for part in (f"{kind} {times}".strip(), weights) if part]


def _names(text: str) -> list[tuple[str, bool]]:
    """A name in a few bold lines, broken behind a / or a blank; a long part also behind a _."""
    lines: list[str] = [""]
    for part in re.findall(r"[^/ ]*[/ ]|[^/ ]+", clean(text)):
        pieces = [part] if text_width(part, SIZE, True) <= WIDEST else re.split(r"(?<=_)(?!\d+/?$)", part)
        for piece in pieces:
            if lines[-1] and text_width((lines[-1] + piece).rstrip(), SIZE, True) > WIDEST:
                lines.append("")
            lines[-1] += piece
    if len(lines) > MOST_NAMES:
        lines[MOST_NAMES - 1 :] = ["".join(lines[MOST_NAMES - 1 :])]
    return [(fit_text(line.rstrip(), SIZE, WIDEST, True), True) for line in lines]


def wrap_text(text: str, width: float = WIDEST) -> list[str]:
    """A text in lines, broken at blanks."""
    lines: list[str] = []
    for word in text.split():
        if lines and text_width(f"{lines[-1]} {word}", SIZE) <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return [fit_text(line, SIZE, width) for line in lines]


def _join_parts(parts: Sequence[str]) -> list[str]:
    """Parts with commas in lines, none of them broken."""
    lines: list[str] = []
    for at, part in enumerate(parts):
        text = part + ("," if at < len(parts) - 1 else "")
        if lines and text_width(f"{lines[-1]} {text}", SIZE) <= WIDEST:
            lines[-1] += f" {text}"
        else:
            lines.append(fit_text(text, SIZE, WIDEST))
    return lines


def _known_shape(card: Card) -> Shape:
    row = card.rows[-1]
    shape, name = row.output_shape, inner_path(row)
    if shape is None:
        raise RenderError(
            f"volumes needs every size, but that of {name} is unknown because of an error", "cnnspec check says which"
        )
    if not shape.known:
        raise RenderError(f"volumes needs every size, but {name} is {shape}", "give the input's size, as in --input 28x28")
    if shape.rank > 3:
        raise RenderError(
            f"volumes draws layers of up to three spatial axes, but {name} is {shape}", "--style graph draws every network"
        )
    return shape


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
