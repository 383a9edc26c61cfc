"""The graph as text: a box per card from top to bottom, groups as rails on the left, skips as lanes on the right.

┌──────────────────────────┐
│ conv2d_1 · Conv2D 3×3, 8 │
└───┬──────────────────────┴─┐
    ▼                        │
┌──────────────────────────┐ │
│ conv2d_2 · Conv2D 3×3, 8 │ │
└───┬──────────────────────┘ │
    ▼                        │
┌──────────────────────────┐ │
│ (+) add_1 · Add 8×8×8    │◄┘
└──────────────────────────┘
"""

from __future__ import annotations

from collections.abc import Sequence

from cnnspec.analysis.report import ModelReport
from cnnspec.diagnostics.writers.columns import fit, pad, text_width, wrap
from cnnspec.layers.arithmetic import show_size
from cnnspec.render.boxes.lanes import Lane, find_lanes
from cnnspec.render.errors import RenderError
from cnnspec.render.graph.faces import Face, Faces, count_of, frame_lines
from cnnspec.render.graph.view import Frame, View, build_view
from cnnspec.render.svg import clean

#: The columns of a terminal, and those that a box has at least.
COLUMNS, NARROWEST = 80, 34
#: A rail, which moves what is in its group to the right; arrows run so far from the innermost border.
RAIL, ARROW = "╎ ", 4


def graph_text(report: ModelReport, *, expand: str | Sequence[str] | None = None, columns: int = COLUMNS) -> str:
    """The graph of a model as text.

    Args:
        report: the model with its figures.
        expand: ``"all"``, or blocks to open besides those that fit.
        columns: how wide lines may be.

    Raises:
        RenderError: there is no room for a box, or no block is called so.
    """
    return view_text(build_view(report, expand), columns)


def view_text(view: View, columns: int = COLUMNS) -> str:
    """The text of one view.

    Raises:
        RenderError: there is no room for a box.
    """
    lines = [fit(_title(view.report), columns), "", *_Boxes(view, columns).lines()]
    return "".join(f"{line.rstrip()}\n" for line in lines)


def frame_label(view: View, frame: Frame) -> str:
    """What is written on the rail where a group begins."""
    return " · ".join(frame_lines(view, frame))


def _title(report: ModelReport) -> str:
    totals = report.totals
    parts = [clean(report.name), count_of(sum(not row.is_input for row in report.rows), "layer")]
    if totals.params is not None:
        parts.append(count_of(totals.params, "parameter"))
    if totals.macs is not None:
        parts.append(f"{show_size(totals.macs)} MACs")
    return " · ".join(parts)


class _Boxes:
    """The boxes of a view line by line, and the lanes beside them."""

    def __init__(self, view: View, columns: int) -> None:
        self.view = view
        maker = Faces(view)
        self.faces = [maker.of(at) for at in range(len(view.cards))]
        self.depth = [0] * len(view.cards)
        for frame in view.frames:
            for card in frame.cards:
                self.depth[card] += 1
        self.inset = len(RAIL) * max(self.depth, default=0)
        edges = [(edge.source, edge.target) for edge in view.edges]
        most = (columns - NARROWEST - self.inset) // 2
        if most < 0:
            needed = NARROWEST + self.inset
            raise RenderError(f"{columns} columns are too few for these boxes", f"they take {needed}, as in --width {needed}ch")
        self.lanes, named = find_lanes(edges, most)
        self.named: dict[int, list[str]] = {}
        for source, target in named:
            self.named.setdefault(target, []).append(clean(self.faces[source].path))
        self.onward = {source for source, target in edges if target == source + 1}
        wanted = max(len(RAIL) * depth + 4 + _natural_width(face) for depth, face in zip(self.depth, self.faces, strict=True))
        labels = [text_width(frame_label(view, frame)) for frame in view.frames]
        wanted = max([wanted, *(self.inset + ARROW + 3 + label for label in labels)])
        beside = 2 * max((lane.column + 1 for lane in self.lanes), default=0)
        self.width = min(columns - beside, max(wanted, NARROWEST + self.inset))
        self.written: list[str] = []
        #: The lines at which the first texts and the lower borders of the boxes stand.
        self.heads: list[int] = []
        self.feet: list[int] = []

    def lines(self) -> list[str]:
        """All lines, from the first box to the last."""
        opened: list[Frame] = []
        first: dict[int, list[Frame]] = {}
        for frame in self.view.frames:
            first.setdefault(frame.cards[0], []).append(frame)
        for at in range(len(self.faces)):
            through = at - 1 in self.onward
            while opened and at > opened[-1].cards[-1]:
                opened.pop()
                self.written.append(self.rail(len(opened), "╰", through))
            for frame in first.get(at, ()):
                self.written.append(self.rail(len(opened), "╭", through, frame_label(self.view, frame)))
                opened.append(frame)
            if at:
                self.written.append(self.between(len(opened), "▼" if through else " "))
            self.box(at)
        self.written += [self.rail(depth, "╰", False) for depth in range(len(opened) - 1, -1, -1)]
        return self.with_lanes()

    def between(self, depth: int, sign: str) -> str:
        """The line between two boxes."""
        return pad(RAIL * depth, self.inset + ARROW) + sign

    def rail(self, depth: int, corner: str, through: bool, label: str = "") -> str:
        """The line at which a group begins or ends; an arrow may run through it."""
        line = RAIL * depth + corner
        line += "╌" * (self.inset + ARROW - len(line)) + ("│" if through else "╌")
        return fit(f"{line}╌ {label}", self.width) if label else line

    def box(self, at: int) -> None:
        """The lines of a box; its lower border has a tee above the arrow to the next."""
        start = RAIL * self.depth[at]
        room = self.width - len(start) - 4
        self.written.append(f"{start}┌{'─' * (room + 2)}┐")
        self.heads.append(len(self.written))
        self.written += [f"{start}│ {pad(fit(line, room), room)} │" for line in self.texts(at, room)]
        border = "─" * (room + 2)
        arrow = self.inset + ARROW - len(start) - 1
        if at in self.onward:
            border = f"{border[:arrow]}┬{border[arrow + 1 :]}"
        self.feet.append(len(self.written))
        self.written.append(f"{start}└{border}┘")

    def texts(self, at: int, room: int) -> list[str]:
        """What stands in a box: its head, its facts left and right, what is folded into it, and far sources."""
        face = self.faces[at]
        lines = _head(face)
        for left, right in face.facts:
            blanks = max(room - text_width(left) - text_width(right), 2)
            lines.append(f"{left}{' ' * blanks}{right}" if right else left)
        lines += _chips(face, room)
        if at in self.named:
            lines += wrap(f"reads {', '.join(self.named[at])}", room)
        return lines

    def with_lanes(self) -> list[str]:
        """The lines with the lanes drawn beside them."""
        columns = 2 * max((lane.column + 1 for lane in self.lanes), default=0)
        beside = [[" "] * columns for _ in self.written]
        for lane in self.lanes:  # what runs down first, so that what runs across leaves it whole
            for line in range(self.feet[lane.source] + 1, self.heads[lane.targets[-1]]):
                beside[line][2 * lane.column + 1] = "│"
        arriving: dict[int, list[Lane]] = {}
        for lane in self.lanes:
            _run_across(beside[self.feet[lane.source]], [2 * lane.column + 1], "┐")
            self.written[self.feet[lane.source]] = self.written[self.feet[lane.source]][:-1] + "┴"
            for target in lane.targets:
                arriving.setdefault(target, []).append(lane)
        for target, lanes in arriving.items():
            line = beside[self.heads[target]]
            ends = {2 * lane.column + 1: target == lane.targets[-1] for lane in lanes}
            _run_across(line, sorted(ends), "")
            for end, last in ends.items():
                line[end] = ("┘" if last else "┤") if end == max(ends) else ("┴" if last else "┼")
            line[0] = "◄"
        return [pad(line, self.width) + "".join(signs) for line, signs in zip(self.written, beside, strict=True)]


def _run_across(line: list[str], ends: Sequence[int], corner: str) -> None:
    """Draw from the boxes to the outermost end, below whatever runs down there."""
    for at in range(ends[-1]):
        if line[at] == " ":
            line[at] = "─"
    line[ends[-1]] = corner


def _head(face: Face) -> list[str]:
    heads = [bold + plain for bold, plain in face.head]
    return [f"({face.sign}) {' · '.join(heads)}"] if face.sign else heads


def _chips(face: Face, room: int) -> list[str]:
    """What is folded into it in lines, none broken that has room in one."""
    lines: list[str] = []
    for text in (f"[{chip.text}]" for chip in face.chips):
        if lines and text_width(f"{lines[-1]} {text}") <= room:
            lines[-1] += f" {text}"
        else:
            lines += wrap(text, room)
    return lines


def _natural_width(face: Face) -> int:
    """The columns of the widest line; chips may stand one below the other."""
    lines = [text_width(line) for line in _head(face)]
    lines += [text_width(left) + text_width(right) + (2 if right else 0) for left, right in face.facts]
    return max([*lines, *(text_width(f"[{chip.text}]") for chip in face.chips)])
