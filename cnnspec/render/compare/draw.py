"""From rows to the display list: the first network left, the second right, what became of each layer beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cnnspec.analysis.diff.compare import compare_models
from cnnspec.analysis.diff.records import ModelDiff
from cnnspec.analysis.report import ModelReport, Row
from cnnspec.ir import Scope
from cnnspec.render.compare.alignment import Entry, align
from cnnspec.render.compare.faces import BESIDE, SIGNS, Card, band_lines, band_words, beside, card_of, names_of
from cnnspec.render.compare.totals import figures_table
from cnnspec.render.display import Box, Ellipse, Group, Item, Paint, Picture, Rectangle, Text
from cnnspec.render.errors import RenderError
from cnnspec.render.figure import around_all, ground_of_card
from cnnspec.render.fonts import fit_text, text_width, wrap_words
from cnnspec.render.graph.faces import FACT, FACT_LINE, HEAD, HEAD_LINE, INSET, RADIUS
from cnnspec.render.svg import clean
from cnnspec.render.text_diff import say_remarks, summarise

TITLE, LINE = 13.0, 13.0
#: Between rows, between the cards of a row, around what stands in a row, in a frame, and around the picture.
GAP, GUTTER, INNER, PAD, MARGIN = 7.0, 38.0, 6.0, 8.0, 12.0
BAND, LABEL = 22.0, 17.0

Sides = tuple[Card | None, Card | None]


@dataclass(frozen=True, slots=True)
class Columns:
    """Where the columns stand: the cards of both networks and the texts beside them, and the ends of the rows."""

    left: float
    width: float
    reach: float

    @property
    def before(self) -> float:
        return self.left + INNER

    @property
    def after(self) -> float:
        return self.before + self.width + GUTTER

    @property
    def sign(self) -> float:
        return self.before + self.width + GUTTER / 2

    @property
    def texts(self) -> float:
        return self.after + self.width + 12

    @property
    def right(self) -> float:
        return self.texts + self.reach + INNER


def compare_picture(before: ModelReport, after: ModelReport, *, expand: bool = False) -> Picture:
    """What changed from one model to another, as a display list.

    Args:
        before, after: the models with their figures.
        expand: every layer that is the same has a row of its own.

    Raises:
        RenderError: an error leaves a part of a model unknown.
    """
    for report in (before, after):
        if report.totals.params is None:
            raise RenderError(f"a part of {report.name} is unknown", "mend what cnnspec check says of it first")
    return draw_diff(compare_models(before, after), expand=expand)


def draw_diff(diff: ModelDiff, *, expand: bool = False) -> Picture:
    """The picture of a comparison of two models."""
    assert diff.before is not None
    assert diff.after is not None
    entries = align(diff, expand=expand)
    cards = [_cards(entry) for entry in entries]
    columns = _columns(entries, cards)
    heading, top = _heading(diff, columns)
    rows, bottom = _rows(entries, cards, columns, top)
    said = _remarks(diff, columns, bottom + 16)
    table = figures_table(diff, columns.left, columns.right, bottom + 16 if said is None else around_all(said).bottom + 10)
    assert table.box is not None
    names = clean(f"{diff.before.name} and {diff.after.name}")
    return Picture(
        diff.after.name,
        columns.right + MARGIN + PAD * _depth(entries),
        table.box.bottom + MARGIN,
        f"{names}: what changed from one to the other",
        f"The layers of {names} row by row: {clean(summarise(diff))}.",
        (heading, *rows, *([] if said is None else [said]), table),
    )


def _cards(entry: Entry) -> Sides:
    """The cards of both sides; none for layers that are the same."""
    before, after = (card_of(rows, entry) if rows and entry.mark != "same" else None for rows in (entry.before, entry.after))
    return before, after


def _depth(entries: Sequence[Entry]) -> int:
    return max((len(entry.blocks) for entry in entries), default=0)


def _columns(entries: Sequence[Entry], cards: Sequence[Sides]) -> Columns:
    width = max((card.natural_width for pair in cards for card in pair if card is not None), default=150.0)
    lines = [line for entry in entries for line in _lines(entry)]
    reach = max((text_width(bold, FACT, True) + text_width(plain, FACT) for bold, plain in lines), default=0.0)
    return Columns(MARGIN + PAD * _depth(entries), width, min(max(reach, 110.0), BESIDE))


def _lines(entry: Entry) -> list[tuple[str, str]]:
    return band_lines(entry) if entry.mark == "same" else beside(entry)


def _heading(diff: ModelDiff, columns: Columns) -> tuple[Group, float]:
    """What is compared, in one line what changed, and which column is whose."""
    assert diff.before is not None
    assert diff.after is not None
    room = columns.right - columns.left
    names = " → ".join(dict.fromkeys(clean(model.name) for model in (diff.before, diff.after)))
    said = clean(summarise(diff))
    middle, top = (columns.left + columns.right) / 2, MARGIN + TITLE
    texts = [
        Text(middle, top, fit_text(names, TITLE, room, True), TITLE, True, "middle"),
        Text(middle, top + 15, fit_text(said, FACT, room), FACT, False, "middle", "soft"),
    ]
    for left, model, word in ((columns.before, diff.before, " before"), (columns.after, diff.after, " after")):
        name = fit_text(clean(model.name), HEAD, columns.width + GUTTER / 2 - text_width(word, HEAD), True)
        texts.append(Text(left + columns.width / 2, top + 38, word, HEAD, False, "middle", "ink", name))
    return Group("heading", f"{diff.after.name}.heading", diff.after.name, f"{names}: {said}", tuple(texts)), top + 38 + GAP


def _rows(entries: Sequence[Entry], cards: Sequence[Sides], columns: Columns, top: float) -> tuple[list[Item], float]:
    """The rows below one another, frames around those of a block; and where they end."""
    frames: list[Item] = []
    rows: list[Item] = []
    opened: list[tuple[Scope, float]] = []
    for number, (entry, pair) in enumerate(zip(entries, cards, strict=True)):
        shared = _in_common([scope for scope, _ in opened], entry.blocks)
        top = _close(opened, shared, frames, columns, top)
        for scope in entry.blocks[shared:]:
            top += GAP
            opened.append((scope, top))
            top += LABEL - GAP / 2
        top += GAP
        row = _band(entry, number, columns, top) if entry.mark == "same" else _row(entry, number, pair, columns, top)
        assert row.box is not None
        rows.append(row)
        top = row.box.bottom
    bottom = _close(opened, 0, frames, columns, top)
    return [*frames, *rows], bottom


def _remarks(diff: ModelDiff, columns: Columns, top: float) -> Group | None:
    """Sentences on what no row speaks of, below the rows."""
    sentences = [clean(sentence) for sentence in say_remarks(diff)]
    lines = [line for sentence in sentences for line in wrap_words(sentence, FACT, columns.right - columns.left)]
    if not lines or diff.after is None:
        return None
    texts = tuple(Text(columns.left, top + LINE * at + 4, line, FACT, fill="soft") for at, line in enumerate(lines))
    return Group("remarks", f"{diff.after.name}.remarks", diff.after.name, " ".join(sentences), texts)


def _in_common(ours: Sequence[Scope], theirs: Sequence[Scope]) -> int:
    count = 0
    while count < min(len(ours), len(theirs)) and ours[count].path == theirs[count].path:
        count += 1
    return count


def _close(opened: list[tuple[Scope, float]], keep: int, frames: list[Item], columns: Columns, bottom: float) -> float:
    """Draw the frames that end here, all but the outer ``keep``; where the next row may begin."""
    while len(opened) > keep:
        scope, top = opened.pop()
        bottom += PAD
        out = columns.left - MARGIN - PAD * len(opened)
        box = Box(columns.left - out, top, columns.right + out, bottom)
        frames.append(_frame(scope, box))
    return bottom


def _frame(scope: Scope, box: Box) -> Group:
    path, title = scope.path, clean(scope.title)
    room = box.width - 2 * PAD
    lead = fit_text(path, FACT, room / 2, True)
    said = fit_text(f" · {title}", FACT, room / 2)
    outline = Rectangle(box, Paint(None, "frame", 1, "4 3"), f"{path}.frame", path, f"{path}: {title}", 6)
    text = Text(box.left + PAD, box.top + 12, said, FACT, lead=lead)
    return Group("frame", f"{path}.group", path, f"{path}: {title}", (outline, text), box)


def _data(entry: Entry) -> dict[str, str]:
    """The nodes of both networks that a row stands for, and what it does to the figures."""
    return {
        "mark": entry.mark,
        "before": _indices(entry.before),
        "after": _indices(entry.after),
        "parameters": str(entry.params),
        "macs": str(entry.macs),
    }


def _indices(rows: Sequence[Row]) -> str:
    return " ".join(str(row.index) for row in rows)


def _beside(lines: Sequence[tuple[str, str]], columns: Columns, top: float) -> list[Item]:
    return [Text(columns.texts, top + LINE * at, plain, FACT, lead=bold) for at, (bold, plain) in enumerate(lines)]


def _band(entry: Entry, number: int, columns: Columns, top: float) -> Group:
    """Layers that are the same, in one line."""
    lines = band_lines(entry)
    height = max(BAND, LINE * len(lines) + 4)
    box = Box(columns.left, top, columns.right, top + height)
    middle = top + height / 2
    band = Box(columns.before, middle - BAND / 2 + 1, columns.after + columns.width, middle + BAND / 2 - 1)
    path = entry.after[0].path.partition("/")[2]
    words = band_words(entry, band.width - 24)
    title = f"the same: {names_of(entry.after)}"
    items: list[Item] = [
        Rectangle(band, Paint("card", "frame", 0.8), f"row{number}.band", path, title, BAND / 2),
        Text(band.centre[0], middle + 3.5, words, FACT, False, "middle", "soft"),
        *_beside(lines, columns, middle - LINE * len(lines) / 2 + 10),
    ]
    return Group("same", f"row{number}", path, title, tuple(items), box, _data(entry))


def _row(entry: Entry, number: int, pair: Sides, columns: Columns, top: float) -> Group:
    """The cards of a row, the sign between them, and what became of the layers."""
    lines = beside(entry)
    head = max(len(card.head) for card in pair if card is not None)
    cards = max(_height(card, head) for card in pair if card is not None)
    height = max(cards, LINE * len(lines)) + 2 * INNER
    box = Box(columns.left, top, columns.right, top + height)
    path = next(card.path for card in reversed(pair) if card is not None)
    said = ", ".join(bold + plain for bold, plain in lines)
    title = f"{path}: {said}"
    ground = Paint("card", "frame", 0.8) if entry.mark == "follows" else Paint(f"{entry.mark}.ground", "line", 0.8, _dash(entry))
    items: list[Item] = [Rectangle(box, ground, f"row{number}.ground", path, title, 6)]
    middle = top + height / 2
    for left, card in zip((columns.before, columns.after), pair, strict=True):
        if card is not None:
            place = Box(left, middle - cards / 2, left + columns.width, middle + cards / 2)
            items.append(_card(card, place, head, f"row{number}.{'before' if left == columns.before else 'after'}", entry))
    items += _sign(entry, number, columns.sign, middle, path, title)
    items += _beside(lines, columns, middle - LINE * len(lines) / 2 + 10)
    return Group(entry.mark, f"row{number}", path, title, tuple(items), box, _data(entry))


def _dash(entry: Entry) -> str:
    return "4 3" if entry.mark == "removed" else ""


def _sign(entry: Entry, number: int, x: float, y: float, path: str, title: str) -> list[Item]:
    """The sign of what became of a layer, on a disc in its colour."""
    circle = Box(x - RADIUS, y - RADIUS, x + RADIUS, y + RADIUS)
    role = "plain" if entry.mark == "follows" else entry.mark
    disc = Ellipse(circle, Paint(role, "line", 1.0, _dash(entry)), f"row{number}.sign", path, title)
    return [disc, Text(x, y + 5, SIGNS[entry.mark], 15, True, "middle", "label")]


def _height(card: Card, head: int) -> float:
    return HEAD_LINE * head + 6 + FACT_LINE * len(card.facts) + (8 if card.facts else 0)


def _card(card: Card, box: Box, lines: int, key: str, entry: Entry) -> Group:
    """A card as in the graph: a coloured header of so many lines, the figures below."""
    dash = _dash(entry) or ("4 3" if card.block else "")
    head = Box(box.left, box.top, box.right, box.top + HEAD_LINE * lines + 6)
    items: list[Item] = [*ground_of_card(box, head, card.role, key, card.path, card.title, dash)]
    above = HEAD_LINE * (lines - len(card.head)) / 2
    for at, (bold, plain) in enumerate(card.head):
        items.append(Text(box.centre[0], box.top + 14.5 + above + HEAD_LINE * at, plain, HEAD, False, "middle", "label", bold))
    for at, (left, right) in enumerate(card.facts):
        y = head.bottom + 14 + FACT_LINE * at
        items += [Text(box.left + INSET, y, left, FACT)] if left else []
        items += [Text(box.right - INSET, y, right, FACT, anchor="end")] if right else []
    return Group("card", key, card.path, card.title, tuple(items), box)
