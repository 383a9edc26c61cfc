"""One card as something that stands in a row: how much room it takes, and where lines meet it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from cnnspec.analysis.report import Row
from cnnspec.layers.shape import Shape
from cnnspec.render.display import Box, Point, Step
from cnnspec.render.errors import RenderError
from cnnspec.render.fonts import text_width
from cnnspec.render.graph.faces import SIGNS, Face
from cnnspec.render.graph.view import Card, inner_path
from cnnspec.render.palette import family_role

#: Font size and line of all texts; the circle of a merge.
SIZE, LINE, RADIUS = 9.0, 11.0, 10.0
#: The room of tags: a circle and an arrow; how far apart the tags of one card stand.
TAG, TAG_APART = 26.0, 18.0
#: The room of the mark of merges in a closed block, the radius of its signs, and what is between two of them.
MARK, MARK_RADIUS, MARK_APART = 26.0, 6.5, 4.0
#: How far the arc of a mark bends.
BEND = 6.0


@dataclass(frozen=True, slots=True)
class Tag:
    """One end of a skip that is cut because its ends stand in different rows.

    Attributes:
        letter: which its two ends have in common.
        leaves: whether it leaves here, or comes in.
        other: the path of the other end.
    """

    letter: str
    leaves: bool
    other: str


@dataclass(slots=True, kw_only=True)
class Standing:
    """One card as it is drawn. A merge is a circle; what else there is says its own size.

    Attributes:
        card: what it stands for.
        row: the layer itself; of a closed block, its last.
        shape: its extents and channels.
        kind: its form: ``merge``, or one of the style's.
        lines: the texts below, with whether they are bold.
        sign: in the circle of a merge.
        x, axis: where it begins (of a merge the middle), and the height of its middle.
        below: how far below its middle the texts begin; ``middle``: where they stand along the flow.
        tags: its ends of skips to and from other rows.
        merges: of a closed block, per kind of merge how many are in it.
    """

    card: Card
    row: Row
    shape: Shape
    kind: str
    role: str
    title: str
    lines: list[tuple[str, bool]]
    sign: str = ""
    x: float = 0.0
    axis: float = 0.0
    below: float = 0.0
    middle: float = 0.0
    data: dict[str, str] = field(default_factory=dict[str, str])
    tags: list[Tag] = field(default_factory=lambda: list[Tag]())
    merges: dict[str, int] = field(default_factory=dict[str, int])

    @property
    def path(self) -> str:
        return self.card.path

    @property
    def text_width(self) -> float:
        """The width of what is written below."""
        return max((text_width(text, SIZE, bold) for text, bold in self.lines), default=0.0)

    @property
    def above(self) -> float:
        """The room of what stands above it."""
        return self.tag_room + self.mark_room

    @property
    def tag_room(self) -> float:
        """The room of its tags."""
        return TAG if self.tags else 0.0

    @property
    def mark_room(self) -> float:
        """The room of the mark of what comes together in it, above its tags."""
        return MARK if self.merges else 0.0

    @property
    def shoulders(self) -> tuple[Point, Point]:
        """Where an arc over it ends: near the left and the right end of its upper edges."""
        return (self.box.left, self.box.top), (self.box.right, self.box.top)

    @property
    def crown(self) -> Point:
        """Where tags are joined to it: in the middle of its upper edge."""
        return self.x, self.axis - RADIUS

    @property
    def edge(self) -> float:
        """The room of what is written at its lower edge."""
        return 0.0

    @property
    def lead(self) -> float:
        """The room before it."""
        return 0.0

    @property
    def overhang(self) -> float:
        """How far it reaches on behind its back edge."""
        return 0.0

    @property
    def width(self) -> float:
        return 2 * RADIUS

    @property
    def height(self) -> float:
        return 2 * RADIUS

    @property
    def box(self) -> Box:
        return Box(self.x, self.axis - self.height / 2, self.x + self.width, self.axis + self.height / 2)

    @property
    def length(self) -> float:
        """How long it is along the flow: with the labels beside it, or the texts below."""
        signs = marks_width(self.merges) + 2 * BEND + 2 + abs(self.lead - self.overhang) if self.merges else 0.0
        return max(self.lead + self.width + self.overhang, self.text_width, signs)

    def leaving(self, y: float) -> float:
        """Where a level line leaves it."""
        return self.box.right

    def entering(self, y: float) -> float:
        """Where a level line meets it."""
        return self.box.left

    def joint(self, x: float, inwards: float) -> list[tuple[Step, ...]]:
        """What is drawn where a line meets several parts of it at once."""
        return []


def mark_text(count: int) -> str:
    """``×4``, of a single merge nothing."""
    return f"×{count}" if count > 1 else ""


def marks_width(merges: Mapping[str, int]) -> float:
    """The width of the signs of some merges beside each other, with their numbers."""
    signs = [2 * MARK_RADIUS + (1 + text_width(mark_text(count), SIZE) if count > 1 else 0.0) for count in merges.values()]
    return sum(signs) + MARK_APART * max(len(signs) - 1, 0)


def shown_row(card: Card) -> Row:
    """The row that a card shows: of a layer its own, of a closed block its last."""
    return card.rows[-1] if card.run is not None else card.rows[0]


def role_of(card: Card) -> str:
    """The colour of a card."""
    return "plain" if card.run is not None else family_role(card.rows[0].layer.family)


def merge_of(card: Card, shape: Shape, face: Face, lines: list[tuple[str, bool]]) -> Standing:
    """The circle of a merge."""
    row, data = card.rows[0], {**face.data, "shape": str(shape)}
    sign = SIGNS.get(row.kind, "•")
    return Standing(
        card=card, row=row, shape=shape, kind="merge", role="merging", title=face.title, lines=lines, sign=sign, data=data
    )


def known_shape(row: Row, style: str) -> Shape:
    """The shape of what a layer makes.

    Raises:
        RenderError: it is not known in full, or has more than three spatial axes.
    """
    shape, name = row.output_shape, inner_path(row)
    if shape is None:
        raise RenderError(
            f"{style} needs every size, but that of {name} is unknown because of an error", "cnnspec check says which"
        )
    if not shape.known:
        raise RenderError(f"{style} needs every size, but {name} is {shape}", "give the input's size, as in --input 28x28")
    if shape.rank > 3:
        raise RenderError(
            f"{style} draws layers of up to three spatial axes, but {name} is {shape}", "--style graph draws every network"
        )
    return shape
