"""What is written on a card, and how much room it takes. Every number is read from the rows of the report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from cnnspec.analysis.report import Row
from cnnspec.layers.arithmetic import Size, group_digits, show_size, total
from cnnspec.render.fonts import fit_text, text_width, wrap_name
from cnnspec.render.graph.scopes import Run
from cnnspec.render.graph.view import Card, Frame, View, inner_path
from cnnspec.render.palette import family_role
from cnnspec.render.svg import clean
from cnnspec.render.text_values import UNKNOWN, show_field, show_percent, show_shape, writes_channels_first

HEAD, FACT, CHIP = 11.0, 10.0, 9.0  # font sizes
HEAD_LINE, FACT_LINE, CHIP_HEIGHT, INSET, CHIP_GAP = 15.0, 14.0, 15.0, 9.0, 4.0
NARROWEST, WIDEST = 150.0, 290.0
#: How wide the label of a frame may be, and how many such lines what it is called.
LABEL, MOST_LINES = 180.0, 6
RADIUS = 11.0
#: The signs in the circles of merges.
SIGNS = {
    "Add": "+",
    "Subtract": "−",
    "Multiply": "×",
    "Concat": "‖",
    "Average": "ø",
    "Maximum": "∨",
    "Minimum": "∧",
    "Dot": "·",
}


@dataclass(frozen=True, slots=True)
class Chip:
    """A small coloured label on a card: a folded layer, or the mark of an output."""

    text: str
    role: str
    path: str
    title: str

    @property
    def width(self) -> float:
        return text_width(self.text, CHIP) + 12


@dataclass(slots=True)
class Face:
    """The contents of one card.

    Attributes:
        head: lines of the header, each a bold part and a plain one.
        facts: lines of facts, each a left and a right part.
        chips: what folds into it.
        role: the header's colour.
        title: everything in one sentence, without cuts.
        sign: the sign in the circle of a merge.
        narrowest: how wide the card is at least.
    """

    head: list[tuple[str, str]]
    facts: list[tuple[str, str]]
    chips: list[Chip]
    role: str
    title: str
    path: str
    sign: str = ""
    error: bool = False
    block: bool = False
    data: dict[str, str] = field(default_factory=dict[str, str])
    narrowest: float = NARROWEST

    @property
    def natural_width(self) -> float:
        """The width that holds every line and the widest chip."""
        lines = [text_width(bold, HEAD, True) + text_width(plain, HEAD) for bold, plain in self.head]
        lines += [text_width(a, FACT) + text_width(b, FACT) + (18 if a and b else 0) for a, b in self.facts]
        chips = [chip.width for chip in self.chips]
        together = sum(chips) + CHIP_GAP * (len(chips) - 1)
        lines.append(together if together <= WIDEST else max(chips, default=0))
        return max(self.narrowest, max(lines) + 2 * INSET)

    @property
    def head_height(self) -> float:
        return HEAD_LINE * len(self.head) + 6

    def chip_rows(self, width: float) -> list[list[Chip]]:
        """The chips in rows no wider than the card."""
        rows: list[list[Chip]] = []
        room = 0.0
        for chip in self.chips:
            if not rows or chip.width > room + 1:  # boxes are rounded to half pixels
                rows.append([])
                room = width - 2 * INSET
            rows[-1].append(chip)
            room -= chip.width + CHIP_GAP
        return rows

    def height(self, width: float) -> float:
        """The height of the card at a width."""
        rows = len(self.chip_rows(width))
        body = FACT_LINE * len(self.facts) + (CHIP_HEIGHT + CHIP_GAP) * rows
        return self.head_height + (body + 8 if body else 0)

    def label_width(self) -> float:
        """The width of the texts beside the circle of a merge."""
        texts = [text_width(bold, FACT, True) + text_width(plain, FACT) for bold, plain in self.head]
        chips = sum(chip.width + CHIP_GAP for chip in self.chips)
        return max(*texts, chips)

    def label_height(self) -> float:
        """The height of the texts of a merge."""
        return 13.0 * len(self.head) + ((CHIP_HEIGHT + 2) if self.chips else 0)


class Faces:
    """Makes the faces of a view."""

    def __init__(self, view: View) -> None:
        self.view = view
        self.first = writes_channels_first(view.report.network)
        outputs = view.report.network.outputs
        self.outputs = {at: number for number, at in enumerate(outputs, 1)} if len(outputs) > 1 else {}
        self.frame_path = [""] * len(view.cards)
        for frame in view.frames:
            for card in frame.cards:
                self.frame_path[card] = frame.part.path

    def of(self, at: int) -> Face:
        """The face of a card."""
        card = self.view.cards[at]
        face = self._block(card, self.frame_path[at]) if card.run is not None else self._layer(card, self.frame_path[at])
        face.error = card.error
        face.chips += [
            Chip(f"output {self.outputs[member]}", "plain", face.path, f"output {self.outputs[member]}")
            for member in card.members
            if member in self.outputs
        ]
        face.data = {"members": str(len(card.members)), "parameters": str(self.parameters(card.members))}
        if card.error:
            face.head = [("✗ " + face.head[0][0], face.head[0][1]), *face.head[1:]]
        return face

    def parameters(self, members: Sequence[int]) -> int:
        return sum(self.view.report.rows[member].params for member in members)

    def _layer(self, card: Card, frame: str) -> Face:
        row, shown = card.rows[0], card.rows[-1]
        path = inner_path(row)
        name = clean(path.removeprefix(frame + "/") if frame else path)
        what = clean(describe(row))
        shape = show_shape(shown.output_shape, channels_first=self.first)
        chips = [self._chip(chip) for chip in card.rows[1:]]
        title = ", ".join([f"{path}: {what}", *self._sentences(card), *(f"then {chip.title}" for chip in chips)])
        if card.kind == "merge":
            head = [(fit_text(name, FACT, WIDEST / 2, True), ""), ("", fit_text(f"{row.kind} {shape}", FACT, WIDEST))]
            return Face(head, [], chips, "merging", title, path, SIGNS.get(row.kind, "•"))
        if card.kind == "input":
            head = [(fit_text(name, HEAD, WIDEST - 80, True), f" · {shape}")]
            return Face(head, [], chips, "plain", f"{path}: input {shape}", path)
        head = head_lines(name, what)
        return Face(head, self._facts(card, shape), chips, family_role(row.layer.family), title, path)

    def _block(self, card: Card, frame: str) -> Face:
        run = card.run
        assert run is not None
        label, badge = clean(run_label(run)), run_badge(self.view, run)
        last = self.view.report.rows[run.last - 1]
        shape = show_shape(last.output_shape, channels_first=self.first)
        facts = self._facts(card, shape)
        chips = [Chip(badge, "plain", run.passes[0].path, badge)] if badge else []
        chips.append(Chip(count_of(len(card.members), "layer"), "plain", run.passes[0].path, "closed"))
        merges = merges_inside(self.view, card)
        texts = [merges_text({kind: count}) for kind, count in merges.items()]
        chips += [Chip(text, "merging", run.passes[0].path, f"{text} inside") for text in texts]
        head = head_lines(*run_head(run, frame))
        names = run.passes[0].path + (f" to {run.passes[-1].path}" if len(run.passes) > 1 else "")
        held = [count_of(len(card.members), "layer"), *texts]
        title = ", ".join([f"{names}: {label} {badge}".strip(), *held, *self._sentences(card)])
        return Face(head, facts, chips, "plain", title, run.passes[0].path, block=True)

    def _facts(self, card: Card, shape: str) -> list[tuple[str, str]]:
        """Up to two lines: shape and parameters, field and MACs; what is zero is left out."""
        if card.error:
            return [("output unknown: check has an error here", "")]
        field_text = self._field(card)
        right = [text for text in (self._parameters(card), self._macs(card)) if text]
        left = [shape, *([field_text] if field_text else [])]
        if not right and len(left) == 2:
            return [(shape, field_text)]
        rows = max(len(left), len(right))
        left += [""] * (rows - len(left))
        right += [""] * (rows - len(right))
        return list(zip(left, right, strict=True))

    def _pass_members(self, card: Card) -> list[int]:
        """The members of what is drawn: of a layer only its own rows (of the first pass), of a block all."""
        return [row.index for row in card.rows]

    def _parameters(self, card: Card) -> str:
        rows = [self.view.report.rows[at] for at in self._pass_members(card)]
        if card.run is None:
            rows = rows[:1]  # a chip writes its own
        count = sum(row.params for row in rows)
        if not count and any(row.shared and row.facts is not None and row.facts.params for row in rows):
            return "shared weights"
        return count_of(count, "parameter") if count else ""

    def _macs(self, card: Card) -> str:
        known: list[Size] = [row.macs for row in card.rows if row.macs is not None]
        if len(known) < sum(1 for row in card.rows if not row.is_input):
            return f"{UNKNOWN} MACs"
        macs = total(known)
        return "" if isinstance(macs, int) and macs == 0 else fit_text(f"{show_size(macs)} MACs", FACT, WIDEST / 2)

    def _field(self, card: Card) -> str:
        rows = self.view.report.rows
        row = card.rows[-1] if card.run is None else rows[card.run.last - 1]
        if row.field is None or not row.field.size:
            return ""
        text = f"field {show_field(row)}"
        size = len(card.rows)
        final = rows[card.members[-1]] if card.run is None and len(card.members) > size else None
        if final is not None and final.field is not None and final.field != row.field:
            return f"{text} to {show_field(final)}"
        return text if row.coverage is None else f"{text} ({show_percent(row.coverage)})"

    def _sentences(self, card: Card) -> list[str]:
        last = card.rows[-1] if card.run is None else self.view.report.rows[card.run.last - 1]
        parts = [f"output {show_shape(last.output_shape, channels_first=self.first)}"]
        parts += [text for text in (self._field(card), self._parameters(card), self._macs(card)) if text]
        return parts

    def _chip(self, row: Row) -> Chip:
        what = clean(describe(row))
        short = what if len(what) <= len(row.kind) + 8 else row.kind
        if row.shared and row.facts is not None and row.facts.params:
            extra = ", shared weights"
        else:
            extra = f", {count_of(row.params, 'parameter')}" if row.params else ""
        return Chip(fit_text(short + extra, CHIP, WIDEST - 40), family_role(row.layer.family), inner_path(row), what + extra)


def describe(row: Row) -> str:
    """A layer's kind and arguments: ``Conv2D 3×3, 64, valid, relu``."""
    return f"{row.kind} {row.layer.summary()}".strip()


def head_lines(name: str, what: str) -> list[tuple[str, str]]:
    """``conv2d_2 · Conv2D 3×3, 64, valid, relu``, in two lines where one is too long."""
    width = WIDEST - 2 * INSET
    one = (name, f" · {what}" if what else "")
    if not what or text_width(one[0], HEAD, True) + text_width(one[1], HEAD) <= width:
        return [(fit_text(name, HEAD, width, True), one[1])]
    return [(fit_text(name, HEAD, width, True), ""), ("", fit_text(what, HEAD, width))]


def count_of(number: int, noun: str) -> str:
    """``1 layer``, ``18,496 parameters``."""
    return f"{group_digits(number)} {noun}{'' if number == 1 else 's'}"


def merges_inside(view: View, card: Card) -> dict[str, int]:
    """What comes together in a closed block: per kind of merge how many, in the order of the first ones."""
    if card.run is None:
        return {}
    rows = [view.report.rows[member] for member in card.members]
    return dict(Counter(row.kind for row in rows if row.layer.family == "merging"))


def merges_text(merges: Mapping[str, int]) -> str:
    """``5 Add``, ``1 Multiply, 1 Add``."""
    return ", ".join(f"{group_digits(count)} {kind}" for kind, count in merges.items())


def run_label(run: Run) -> str:
    """What a block is called: ``Basic(64)``, ``repeat``, a flow's name."""
    scope = run.passes[0].scope
    assert scope is not None
    return scope.title


def run_head(run: Run, frame: str = "") -> tuple[str, str]:
    """Its name within a frame, ``basic_1`` or ``basic_1 to 6``, and how a block is called: ``Basic(64)``."""
    first, last = run.passes[0], run.passes[-1]
    assert first.scope is not None
    name = first.path.removeprefix(f"{frame}/") if frame else first.path
    if len(run.passes) > 1:
        name = name.rpartition("/")[0] if first.scope.kind == "repeat" else f"{name} to {_ending(first.path, last.path)}"
    return clean(name), clean(run_label(run)) if first.scope.kind == "block" else ""


def _ending(first: str, last: str) -> str:
    """What a last name adds to a first one: the number alone where both are counted alike."""
    (one, _, start), (other, _, end) = (path.rpartition("/")[2].rpartition("_") for path in (first, last))
    return end if one == other and start.isdecimal() and end.isdecimal() else last.rpartition("/")[2]


def run_badge(view: View, run: Run) -> str:
    """``×6, own weights`` or ``×6, shared weights``; empty for a single pass."""
    if len(run.passes) == 1:
        return ""
    rows = view.report.rows
    later = [rows[at] for part in run.passes[1:] for at in range(part.first, part.last)]
    weighted = [row.shared for row in later if row.facts is not None and row.facts.params]
    times = f"×{len(run.passes)}"
    if not weighted:
        return times
    return f"{times}, {'shared' if all(weighted) else 'own and shared' if any(weighted) else 'own'} weights"


def frame_lines(view: View, frame: Frame) -> tuple[str, str]:
    """What is said of a frame: what it is, and with its badge what it holds in total."""
    badge = run_badge(view, frame.run)
    rows = view.report.rows[frame.run.first : frame.run.last]
    name, call = run_head(frame.run, frame.around)
    label = fit_text(f"{name} · {call}" if call else name, FACT, MOST_LINES * LABEL, True)
    parameters = sum(row.params for row in rows)
    reused = any(row.shared and row.facts is not None and row.facts.params for row in rows)
    weights = "shared weights" if reused and not badge else count_of(len(rows), "layer")
    total_text = count_of(parameters, "parameter") if parameters else weights
    return label, f"{badge}, {total_text}" if badge else total_text


def frame_label(view: View, frame: Frame) -> list[tuple[str, bool]]:
    """The lines of a frame's label in a graph, with whether they are bold: nothing is cut that a further line can hold."""
    label, held = frame_lines(view, frame)
    return [*((line, True) for line in wrap_name(label, FACT, LABEL)), (held, False)]
