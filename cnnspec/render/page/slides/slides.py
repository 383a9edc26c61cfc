"""A deck: a title with the whole network, a slide for each layer and each repeated block, and at the end table and claims."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import pairwise
from math import ceil
from typing import Final, TypeVar

from cnnspec.analysis.report import Row
from cnnspec.render import text_values as values
from cnnspec.render.conv.steps import Slide, build_slide
from cnnspec.render.display import Picture
from cnnspec.render.errors import RenderError
from cnnspec.render.graph.faces import count_of
from cnnspec.render.graph.view import View, build_view
from cnnspec.render.page.document import Document, Model
from cnnspec.render.page.drawing import write_picture
from cnnspec.render.page.markup import Content, Markup, join, tag
from cnnspec.render.page.overview import claim_items, totals_of
from cnnspec.render.page.page import write_document, write_palette
from cnnspec.render.page.parts import asset
from cnnspec.render.page.slides.order import Block, Item, Layer, order_of
from cnnspec.render.page.slides.pictures import neighbours_picture, whole_picture
from cnnspec.render.page.slides.uses import (
    MOST_BESIDE,
    ends_of,
    listed,
    sum_macs,
    sum_params,
    why_uncovered,
    write_kinds,
    write_uses,
)
from cnnspec.render.page.slides.window import window_picture, write_caption
from cnnspec.render.page.slides.words import write_words
from cnnspec.render.palette import Palette, family_role
from cnnspec.render.text import show_total
from cnnspec.render.text_formulas import total_macs

T = TypeVar("T")
#: Rows of a table, and claims, that one slide has room for.
_TABLE: Final = 19
_CLAIMS: Final = 14
_USES: Final = 14
_PURPOSE: Final = 420


def write_slides(document: Document, colours: Palette, *, dark: bool | None = None) -> str:
    """The deck of all models of a document, as one file.

    Args:
        document: the file and its models.
        colours: of the pictures.
        dark: True and False fix light or dark on a screen; None follows the reader's setting.
    """
    slides = [slide for at, model in enumerate(document.models) for slide in _Deck(document, model, at).slides()]
    count = len(slides)
    numbered = [
        tag(
            "section",
            body,
            tag("footer", tag("span", name), tag("span", document.report.path), tag("span", f"{at} / {count}")),
            class_=f"slide {kind}",
            id=f"slide-{at}",
            tabindex=-1,
            aria_label=f"Slide {at} of {count}",
        )
        for at, (kind, name, body) in enumerate(slides, 1)
    ]
    style = write_palette(colours) + asset("slides.css")
    script = asset("slides.js")
    title = ", ".join(model.report.name for model in document.models)
    theme = None if dark is None else "dark" if dark else "light"
    return write_document(title, style, script, join(tag("main", numbered), Markup(f"<script>{script}</script>\n")), theme)


_Slide = tuple[str, str, Markup]


class _Deck:
    """The slides of one model: the kind of each, the model's name, and what stands on it."""

    def __init__(self, document: Document, model: Model, number: int) -> None:
        self.document = document
        self.model = model
        self.report = model.report
        self.number = number
        self.items = order_of(model.report)

    def slides(self) -> Iterator[_Slide]:
        """From the title to the claims."""
        whole = whole_picture(self.report)
        yield self._slide("title tall" if whole.height > whole.width else "title", self._title(whole))
        for at, item in enumerate(self.items):
            yield from map(self._as_layer, self._layer(item, at) if isinstance(item, Layer) else self._block(item, at))
        yield from self._table()
        yield from self._claims()

    def _slide(self, kind: str, body: Markup) -> _Slide:
        return kind, self.report.name, body

    def _as_layer(self, body: Markup) -> _Slide:
        return self._slide("layer", body)

    def _title(self, whole: Picture) -> Markup:
        purpose = " ".join(self.model.purpose)
        if len(purpose) > _PURPOSE:
            purpose = purpose[:_PURPOSE].rpartition(". ")[0] + "." if ". " in purpose[:_PURPOSE] else ""
        figures = [tag("div", tag("dt", name), tag("dd", figure)) for name, figure in totals_of(self.report)]
        words = (tag("h1", self.report.name), tag("p", purpose) if purpose else None, tag("dl", figures, class_="figures"))
        picture = write_picture(whole, f"whole-{self.number}")
        return join(tag("div", words, class_="words"), tag("div", picture, class_="drawn"))

    def _layer(self, item: Layer, at: int) -> Iterator[Markup]:
        """A layer, and behind it the figures of its uses where there are too many kinds for one slide."""
        row = item.row
        picture = self._picture(row, at)
        shapes = [values.show_shape(shape) for shape in row.input_shapes]
        change = (tag("b", " and ".join(shapes)), " → ") if shapes else ()
        big = tag("p", change, tag("b", values.show_shape(row.output_shape)), class_="change")
        kinds = list(write_kinds(item))
        beside = kinds if len(kinds) <= MOST_BESIDE else []
        words = list(write_words(self.model.explain(row.index), len(beside) + 6 if beside else 0))
        if beside:
            words.append(tag("section", tag("h3", f"In its {item.times} uses"), write_uses(beside)))
        drawn = tag("div", big, picture, class_="drawn")
        what = row.kind if row.is_input else f"{row.kind} {row.layer.summary()}".rstrip()
        head = self._head(at, self.report.network.nodes[row.index].path, what, family_role(row.layer.family), item)
        yield join(head, tag("div", words, class_="words"), drawn)
        for part in _batches(kinds if not beside else [], _USES):
            yield join(head, tag("div", write_uses(part), class_="wide"))

    def _picture(self, row: Row, at: int) -> Markup:
        """The window on one of its steps; of a layer that has none, its card between those that it reads and that read it."""
        name, slide = f"drawn-{self.number}-{at}", self._window(row)
        if slide is None:
            return write_picture(neighbours_picture(self.everything, row.index), name)
        return join(write_picture(window_picture(slide), name), write_caption(slide))

    def _window(self, row: Row) -> Slide | None:
        shape = row.output_shape
        if row.is_input or shape is None or not shape.known:
            return None
        unit = [min(1, int(extent) - 1) for extent in shape.extents]  # type: ignore[arg-type]
        try:
            return build_slide(self.report, self.report.network.nodes[row.index].path, unit)
        except RenderError:  # no window slides here
            return None

    @cached_property
    def everything(self) -> View:
        """The graph with every layer on a card of its own."""
        return build_view(self.report, "all")

    def _head(self, at: int, name: str, what: str, role: str, item: Layer | None = None) -> Markup:
        strip = [tag("span", class_=f"b-{_role(other)}{' here' if other is self.items[at] else ''}") for other in self.items]
        row = None if item is None else item.row
        told: list[Content] = [what]
        if item is not None and item.folded:
            told.append(f", then {', '.join(folded.kind for folded in item.folded)}")
        badge = tag("span", f"×{item.times}", class_="times") if item is not None and item.times > 1 else None
        near = None if row is None else tag("p", self._near(row), class_="near")
        place = tag(
            "div", strip, class_="strip", role="img", aria_label=f"Its place in the network: {at + 1} of {len(self.items)}"
        )
        return tag("header", place, tag("h2", tag("i", class_=f"b-{role}"), name, badge), tag("p", told, class_="what"), near)

    def _near(self, row: Row) -> str:
        readers = [self.report.network.nodes[reader].path for reader in self.report.network.readers[row.index]]
        reads = f"reads {_some(row.inputs)}" if row.inputs else "what flows in"
        return f"{reads} · read by {_some(readers)}" if readers else f"{reads} · an output"

    def _block(self, item: Block, at: int) -> Iterator[Markup]:
        """A block that is used several times: every use with its figures."""
        heads = [tag("th", name, scope="col") for name in ("use", "as")]
        heads += [tag("th", name, scope="col", class_="number") for name in ("output", "parameters", "MACs")]
        told = f"The slides that follow show {item.uses[0][0]}; all {len(item.uses)} uses have its structure."
        if item.others:
            told += f" {count_of(item.others, 'other use')} of {item.label} {_have(item.others)} another structure."
        what = f"a block, used ×{len(item.uses)}"
        for part in _batches(item.uses, _USES):
            body = (tag("p", told), tag("table", tag("thead", tag("tr", heads)), tag("tbody", [self._use(*use) for use in part])))
            yield join(self._head(at, item.label, what, "plain"), tag("div", body, class_="wide"))

    def _use(self, path: str, title: str, first: int, last: int) -> Markup:
        rows = self.report.rows[first:last]
        cells = (values.show_shape(rows[-1].output_shape), sum_params(rows), sum_macs(rows))
        return tag("tr", tag("th", path, scope="row"), tag("td", title), [tag("td", cell, class_="number") for cell in cells])

    def _table(self) -> Iterator[_Slide]:
        """Every layer with its figures; of a long network the layers that share a slide in one row, and their sums."""
        names = ["layer", "output", "parameters", "MACs", "receptive field", "coverage"]
        heads = [tag("th", name, scope="col", class_=None if name == "layer" else "number") for name in names]
        sums = ("", show_total(self.report), total_macs(self.report)[0], *("" for _ in names[4:]))
        foot = tag("tr", tag("th", "total", scope="row"), [tag("td", cell, class_="number") for cell in sums], class_="total")
        lines = [(self._figures(rows), rows) for rows in listed(self.report, self.items)]
        parts = list(_batches([*lines, (foot, ())], _TABLE))
        for number, part in enumerate(parts, 1):
            title = "All layers" if len(parts) == 1 else f"All layers, {number} of {len(parts)}"
            table = tag("table", tag("thead", tag("tr", heads)), tag("tbody", [line for line, _ in part]))
            why = why_uncovered([row for _, rows in part for row in rows])
            body = (table, tag("p", why) if why else None)
            yield self._slide("end", join(tag("h2", title), tag("div", body, class_="wide")))

    def _figures(self, rows: Sequence[Row]) -> Markup:
        """A row of the table: one layer, or those of equal structure with the sums of their figures."""
        shapes, fields = [values.show_shape(row.output_shape) for row in rows], [values.show_field(row) for row in rows]
        cells = [ends_of(shapes), sum_params(rows), sum_macs(rows), ends_of(fields)]
        cells.append(ends_of([values.show_percent(row.coverage) for row in rows]))
        name = (self.report.network.nodes[rows[0].index].path, tag("small", f" ×{len(rows)}") if len(rows) > 1 else None)
        return tag("tr", tag("th", name, scope="row"), [tag("td", cell, class_="number") for cell in cells])

    def _claims(self) -> Iterator[_Slide]:
        items = list(claim_items(self.report.claims, ""))
        for part in _batches(items, _CLAIMS):
            yield self._slide("end", join(tag("h2", "Claims"), tag("ul", list(part), class_="claims")))


def _have(count: int) -> str:
    return "has" if count == 1 else "have"


def _role(item: Item) -> str:
    return "plain" if isinstance(item, Block) else family_role(item.row.layer.family)


def _some(names: Sequence[str], most: int = 3) -> str:
    return ", ".join(names) if len(names) <= most else f"{', '.join(names[:most])} and {len(names) - most} more"


def _batches(items: Sequence[T], most: int) -> Iterator[Sequence[T]]:
    """As few parts as there can be, of nearly equal length."""
    parts = ceil(len(items) / most)
    ends = [len(items) * part // max(parts, 1) for part in range(parts + 1)]
    return (items[start:end] for start, end in pairwise(ends))
