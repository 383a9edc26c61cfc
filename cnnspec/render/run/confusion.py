"""A confusion matrix: counts, a row for each true class, shaded by its share of the row, with recall and precision."""

from __future__ import annotations

from cnnspec.layers.arithmetic import group_digits
from cnnspec.render.display import Box, Group, Item, Paint, Picture, Rectangle, Text
from cnnspec.render.fonts import fit_text, text_width
from cnnspec.render.graph.faces import count_of
from cnnspec.render.palette import SHADES
from cnnspec.render.run.layout import HEAD, SMALL, TINY, framed
from cnnspec.render.run.records import Confusion
from cnnspec.render.run.scales import show_share

#: The most classes that are drawn, the room of a name, the least side of a cell, the size of a swatch.
MOST_CLASSES, NAME, CELL, SWATCH = 30, 130.0, 30.0, 10.0
GAP = 8.0


def confusion_picture(model: str, confusion: Confusion, data: str) -> Picture:
    """The matrix of a run.

    Args:
        model: its name.
        confusion: at least one class.
        data: what it was tested on, for the title.
    """
    items = _Matrix(model, confusion, data).draw()
    right = f"{group_digits(confusion.right)} of {count_of(confusion.total, 'image')} right"
    description = f"How often {model} took each class of {data} for each: {right}."
    return framed(f"{model}.confusion", items, f"{model}: confusion matrix", description)


def drawn_classes(confusion: Confusion) -> list[int]:
    """The classes that are drawn: all, or those with the most mistakes, in their order."""
    count = len(confusion.names)
    if count <= MOST_CLASSES:
        return list(range(count))

    def wrong(at: int) -> int:
        return sum(confusion.counts[at]) + sum(row[at] for row in confusion.counts) - 2 * confusion.counts[at][at]

    return sorted(sorted(range(count), key=lambda at: (-wrong(at), at))[:MOST_CLASSES])


def worst_share(confusion: Confusion) -> float:
    """The greatest share of a class's samples that was taken for one other class."""
    found = [
        count / sum(row) for at, row in enumerate(confusion.counts) for other, count in enumerate(row) if other != at and sum(row)
    ]
    return max(found, default=0.0)


def shade(confusion: Confusion, true: int, predicted: int, worst: float) -> str:
    """The role that fills a cell: blue by its share of the row where it is right, orange by the greatest mistake's where not."""
    row = confusion.counts[true]
    share = row[predicted] / sum(row) if sum(row) else 0.0
    if true == predicted:
        return f"shade.{round(SHADES * share)}"
    # A single mistake is seen as one, however large the greatest is.
    step = 0 if not row[predicted] else max(1, round(SHADES * share / worst))
    return f"fault.{step}"


class _Matrix:
    def __init__(self, model: str, confusion: Confusion, data: str) -> None:
        self.model, self.confusion, self.data = model, confusion, data
        self.classes = drawn_classes(confusion)
        self.worst = worst_share(confusion)
        texts = [group_digits(count) for row in confusion.counts for count in row]
        self.cell = max(CELL, max(text_width(text, SMALL, True) for text in texts) + 10)
        # Where a name does not fit above its column, the columns have numbers that stand before the rows' names too.
        self.numbered = any(text_width(confusion.names[at], SMALL) > self.cell - 2 for at in self.classes)
        names = [text_width(self.name(at), SMALL) for at in self.classes]
        self.named = max(*names, text_width("precision", SMALL, True))
        self.left = self.named + GAP
        self.right = self.left + len(self.classes) * self.cell + GAP

    def name(self, at: int) -> str:
        before = f"{at} · " if self.numbered else ""
        return before + fit_text(self.confusion.names[at], SMALL, NAME)

    def draw(self) -> list[Item]:
        top = 62.0
        items: list[Item] = [*self.heading(), *self.columns(top)]
        for row, true in enumerate(self.classes):
            items += self.row(true, top + row * self.cell)
        bottom = top + len(self.classes) * self.cell
        outline = Box(self.left, top, self.right - GAP, bottom)
        key = f"{self.model}.confusion"
        items.append(Rectangle(outline, Paint(None, "line", 1.0), f"{key}.outline", self.model, "the matrix"))
        return [*items, *self.precisions(bottom), *self.legend(bottom + 38)]

    def heading(self) -> list[Item]:
        confusion = self.confusion
        right, total = group_digits(confusion.right), count_of(confusion.total, "image")
        said = f"{right} of {total} of {self.data} right: {show_share(confusion.right / max(confusion.total, 1), 2)}"
        items: list[Item] = [Text(0.0, 0.0, f"· {said}", HEAD, lead=f"{fit_text(self.model, HEAD, 300, True)} ")]
        if len(self.classes) < len(confusion.names):
            line = f"shown: the {len(self.classes)} of {group_digits(len(confusion.names))} classes with the most mistakes"
            items.append(Text(0.0, 15.0, line, SMALL, fill="soft"))
        return items

    def columns(self, top: float) -> list[Item]:
        middle = self.left + len(self.classes) * self.cell / 2
        heads: list[tuple[str, float]] = [("recall", self.recall_at), ("images", self.images_at)]
        items: list[Item] = [
            Text(middle, top - 24, "predicted", SMALL, True, "middle"),
            Text(self.named, top - 8, "true", SMALL, True, "end"),
            *(Text(x, top - 8, name, SMALL, True, "end") for name, x in heads),
        ]
        for column, at in enumerate(self.classes):
            text = str(at) if self.numbered else self.confusion.names[at]
            items.append(Text(self.left + (column + 0.5) * self.cell, top - 8, text, SMALL, False, "middle"))
        return items

    @property
    def recall_at(self) -> float:
        """Where the column of recalls ends."""
        return self.right + max(text_width("recall", SMALL, True), text_width("100.0 %", SMALL))

    @property
    def images_at(self) -> float:
        """Where the column of numbers of images ends."""
        most = max(group_digits(sum(row)) for row in self.confusion.counts)
        return self.recall_at + 14 + max(text_width("images", SMALL, True), text_width(most, SMALL) + 8)

    def row(self, true: int, top: float) -> list[Item]:
        base = top + self.cell / 2 + SMALL * 0.36
        recall, total = self.confusion.recall(true), sum(self.confusion.counts[true])
        items: list[Item] = [Text(self.named, base, self.name(true), SMALL, False, "end")]
        items += [self.draw_cell(true, predicted, column, top, base) for column, predicted in enumerate(self.classes)]
        items.append(Text(self.recall_at, base, "–" if recall is None else show_share(recall), SMALL, False, "end"))
        items.append(Text(self.images_at, base, group_digits(total), SMALL, False, "end", "soft"))
        return items

    def draw_cell(self, true: int, predicted: int, column: int, top: float, base: float) -> Group:
        names, count = self.confusion.names, self.confusion.counts[true][predicted]
        box = Box(self.left + column * self.cell, top, self.left + (column + 1) * self.cell, top + self.cell)
        key = f"{self.model}.confusion.{true}.{predicted}"
        verb = "right" if true == predicted else f"taken for {names[predicted]}"
        title = f"{names[true]}: {group_digits(count)} of {group_digits(sum(self.confusion.counts[true]))} {verb}"
        fill = shade(self.confusion, true, predicted, self.worst)
        items: list[Item] = [Rectangle(box, Paint(fill, "paper", 1.0), f"{key}.ground", self.model, title)]
        if count:
            items.append(Text(box.centre[0], base, group_digits(count), SMALL, true == predicted, "middle"))
        data = {"true": str(true), "predicted": str(predicted)}
        return Group("cell", key, self.model, title, tuple(items), box, data)

    def precisions(self, bottom: float) -> list[Item]:
        """A line below the columns; without the sign where it would not fit."""
        items: list[Item] = [Text(self.named, bottom + 16, "precision", SMALL, True, "end")]
        for column, at in enumerate(self.classes):
            precision = self.confusion.precision(at)
            text = "–" if precision is None else show_share(precision).replace(" %", "")
            x = self.left + (column + 0.5) * self.cell
            items.append(Text(x, bottom + 16, text, TINY if text_width(text, SMALL) > self.cell - 3 else SMALL, False, "middle"))
        items.append(Text(self.right, bottom + 16, "%", SMALL, fill="soft"))
        return items

    def legend(self, top: float) -> list[Item]:
        worst = show_share(self.worst)
        lines = [
            (f"shade.{SHADES}", "right: the stronger, the greater its share of the row, up to 100 %"),
            (f"fault.{SHADES}", f"wrong: in the same way, up to {worst} of a row" if self.worst else "wrong: there is none"),
        ]
        items: list[Item] = []
        for number, (role, words) in enumerate(lines):
            box = Box(0.0, top + 16 * number, SWATCH, top + 16 * number + SWATCH)
            items.append(Rectangle(box, Paint(role, "frame", 0.5), f"{self.model}.{role}", self.model, words))
            items.append(Text(SWATCH + 6, box.bottom - 1, words, SMALL, fill="soft"))
        return items
