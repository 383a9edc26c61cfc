"""What is written below what stands in a row: its name, what leads to it, of a block what it holds."""

from __future__ import annotations

from collections.abc import Sequence

from cnnspec.layers.shape import Shape
from cnnspec.render.flow.operations import operation_of
from cnnspec.render.flow.standing import SIZE
from cnnspec.render.fonts import fit_text, text_width, wrap_name
from cnnspec.render.graph.faces import Face, count_of, merges_inside, run_badge, run_head
from cnnspec.render.graph.view import Card, Frame, View
from cnnspec.render.svg import clean

#: How wide the texts become, and of how many lines a name is.
WIDEST, MOST_NAMES = 84.0, 8


class Captions:
    """The lines of a view's cards; what stands in one of the frames is named within it."""

    def __init__(self, view: View, frames: Sequence[Frame]) -> None:
        self.view = view
        self.around = [""] * len(view.cards)
        for frame in frames:
            for card in frame.cards:
                self.around[card] = frame.part.path

    def of(self, at: int, face: Face, shape: Shape, extra: Sequence[str] = ()) -> list[tuple[str, bool]]:
        """The lines of a card, with whether they are bold; ``extra`` stands among the details."""
        card = self.view.cards[at]
        lines = [*self._says(card, shape, extra), *(clean(chip.text) for chip in face.chips if chip.text.startswith("output "))]
        around = self.around[at]
        name = card.path.removeprefix(f"{around}/") if card.run is None else run_head(card.run, around)[0]
        return [*_names(name), *((line, False) for line in lines)]

    def _says(self, card: Card, shape: Shape, extra: Sequence[str]) -> list[str]:
        row = card.rows[0]
        if card.run is not None:
            joined = [f"{count} {kind}" for kind, count in merges_inside(self.view, card).items()]
            held = [count_of(len(card.members), "layer"), *_join_parts(joined)]
            return [*_join_parts(self._passes(card)), *extra, *held]
        if card.kind == "input":
            return list(extra)
        if card.kind == "merge":
            return wrap_text(f"{row.kind} {shape}")
        flattened = [self.view.report.rows[member] for member in card.members if member < row.index]
        noun, details = operation_of(row, [*flattened, *card.rows[1:]])
        if row.shared and row.facts is not None and row.facts.params:
            details.append("shared weights")
        return [*wrap_text(clean(noun)), *_join_parts([clean(detail) for detail in (*details, *extra)])]

    def _passes(self, card: Card) -> list[str]:
        """``Bottleneck ×2`` and ``own weights``; what is no block has no name but its own."""
        assert card.run is not None
        kind = run_head(card.run)[1].partition("(")[0]
        times, _, weights = run_badge(self.view, card.run).partition(", ")
        kind = "" if f"/{clean(card.path)}".endswith(f"/{kind}") else kind
        return [part for part in (f"{kind} {times}".strip(), weights) if part]


def _names(text: str) -> list[tuple[str, bool]]:
    """A name in a few bold lines."""
    lines = wrap_name(clean(text), SIZE, WIDEST)
    if len(lines) > MOST_NAMES:
        lines[MOST_NAMES - 1 :] = ["".join(lines[MOST_NAMES - 1 :])]
    return [(fit_text(line, SIZE, WIDEST, True), True) for line in lines]


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
    """Parts with commas in lines; only one that is longer than a line is broken."""
    lines: list[str] = []
    for at, part in enumerate(parts):
        text = part + ("," if at < len(parts) - 1 else "")
        if lines and text_width(f"{lines[-1]} {text}", SIZE) <= WIDEST:
            lines[-1] += f" {text}"
        else:
            lines += wrap_text(text)
    return lines
