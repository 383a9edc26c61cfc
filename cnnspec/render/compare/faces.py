"""What is written in a row of a comparison: its cards, and beside them what became of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile, zip_longest

from cnnspec.analysis.report import Row
from cnnspec.layers.arithmetic import Size, group_digits, show_size, total
from cnnspec.render.compare.alignment import Entry
from cnnspec.render.fonts import ELLIPSIS, fit_text, text_width, wrap_words
from cnnspec.render.graph.faces import FACT, HEAD, INSET, count_of, describe
from cnnspec.render.graph.view import inner_path
from cnnspec.render.palette import family_role
from cnnspec.render.svg import clean
from cnnspec.render.text_diff import changed_lines
from cnnspec.render.text_diff_figures import show_difference
from cnnspec.render.text_values import show_field, show_shape

#: How wide cards and the texts beside them may be.
NARROWEST, WIDEST, BESIDE = 150.0, 232.0, 216.0
SIGNS = {"added": "+", "removed": "−", "changed": "~", "follows": "·"}


@dataclass(frozen=True, slots=True)
class Card:
    """One side of a row: lines of the header (a bold and a plain part), lines of facts (left and right)."""

    head: tuple[tuple[str, str], ...]
    facts: tuple[tuple[str, str], ...]
    role: str
    path: str
    title: str
    block: bool = False

    @property
    def natural_width(self) -> float:
        lines = [text_width(bold, HEAD, True) + text_width(plain, HEAD) for bold, plain in self.head]
        lines += [text_width(a, FACT) + text_width(b, FACT) + (14 if a and b else 0) for a, b in self.facts]
        return min(max(NARROWEST, max(lines) + 2 * INSET), WIDEST)


def card_of(rows: Sequence[Row], entry: Entry) -> Card:
    """The card of one side of an entry: a layer, or layers that came, went, changed or moved together."""
    name, what = _names(rows, entry)
    facts = _facts(rows)
    said = [text for line in facts for text in line if text]
    plain = len({row.kind for row in rows}) > 1
    role = "plain" if plain else family_role(rows[0].layer.family)
    title = ", ".join([f"{names_of(rows)}: {what}" if what else name, *said])
    fitted = tuple(_fitted(left, right) for left, right in facts)
    return Card(tuple(_head(name, what)), fitted, role, inner_path(rows[0]), title, len(rows) > 1)


def _names(rows: Sequence[Row], entry: Entry) -> tuple[str, str]:
    """``basic_3 … basic_6`` and ``4 × Basic(64)``; of one layer its name and what it is."""
    within = entry.blocks[-1].path if entry.blocks else ""
    if entry.group is not None:
        times = f"{len(entry.group.paths)} × " if len(entry.group.paths) > 1 else ""
        return span_of(entry.group.paths, within), clean(times + entry.group.title)
    name = span_of([inner_path(row) for row in rows], within)
    if len(rows) == 1:
        return name, "" if rows[0].is_input else clean(describe(rows[0]))
    if entry.changes[0].moved:
        return _inside(clean(entry.changes[0].moved_with), within), count_of(len(rows), "layer")
    return name, clean(f"{len(rows)} × {describe(rows[0])}")


def span_of(paths: Sequence[str], within: str = "") -> str:
    """``conv3/basic_1 … basic_4``: the first and the last path, what both begin with once, the block around them never."""
    first, last = (clean(path).split("/") for path in (paths[0], paths[-1]))
    shared = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(first[:-1], last[:-1], strict=False)))
    name = _inside("/".join(first), clean(within))
    return name if len(paths) == 1 else f"{name} {ELLIPSIS} {'/'.join(last[shared:])}"


def _inside(path: str, within: str) -> str:
    return path.removeprefix(f"{within}/") if within else path


def _head(name: str, what: str) -> Iterator[tuple[str, str]]:
    """Name and kind, in lines of their own where one is too long."""
    room = WIDEST - 2 * INSET
    one = f" · {what}" if what else ""
    if text_width(name, HEAD, True) + text_width(one, HEAD) <= room:
        yield name, one
        return
    names = [name]
    if text_width(name, HEAD, True) > room and f" {ELLIPSIS} " in name:
        first, last = name.split(f" {ELLIPSIS} ", 1)
        names = [f"{shorten(first, HEAD, room - 15, bold=True)} {ELLIPSIS}", last]
    yield from ((shorten(one, HEAD, room, bold=True), "") for one in names)
    lines = list(wrap_words(what, HEAD, room)) if what else []
    if len(lines) > 2:
        lines = [lines[0], fit_text(" ".join(lines[1:]), HEAD, room)]
    yield from (("", line) for line in lines)


def shorten(path: str, size: float, room: float, *, bold: bool = False) -> str:
    """A path with as much of its end as there is room for."""
    parts = path.split("/")
    ways = [path, *(f"{ELLIPSIS}/{'/'.join(parts[at:])}" for at in range(1, len(parts)))]
    return next((way for way in ways if text_width(way, size, bold) <= room), fit_text(ways[-1], size, room, bold))


def _facts(rows: Sequence[Row]) -> list[tuple[str, str]]:
    """Shape and parameters, field and multiply-accumulates; what is zero is left out."""
    last = rows[-1]
    params = sum(row.params for row in rows)
    macs = total([row.macs for row in rows if row.macs is not None])
    left = [show_shape(last.output_shape)]
    left += [] if last.field is None or last.is_input else [f"field {show_field(last)}"]
    right = [count_of(params, "parameter")] if params else []
    right += [f"{show_size(macs)} MACs"] if macs != 0 else []
    if len(left) == 2 and not right:
        return [(left[0], left[1])]
    return list(zip_longest(left, right, fillvalue=""))


def _fitted(left: str, right: str) -> tuple[str, str]:
    room = WIDEST - 2 * INSET - 8
    right = fit_text(right, FACT, room * 0.6 if left else room)
    return fit_text(left, FACT, room - text_width(right, FACT)), right


def beside(entry: Entry) -> list[tuple[str, str]]:
    """The lines beside an entry, each a bold and a plain part: what became of it and what that costs."""
    texts: list[str] = []
    if entry.mark == "changed":
        texts += changed_lines(entry.changes)
    if entry.mark == "follows":
        shapes = (", ".join(map(show_shape, row.input_shapes)) for row in (entry.before[0], entry.after[0]))
        texts.append(f"on {' → '.join(shapes)}")
    texts += differences(entry)
    return [_word(entry), *(("", line) for text in texts for line in wrap_words(clean(text), FACT, BESIDE))]


def _word(entry: Entry) -> tuple[str, str]:
    """``added``, and how many layers where they are several."""
    count = len(entry.after or entry.before)
    many = f", {count_of(count, 'layer')}" if count > 1 else ""
    if entry.mark == "follows":
        return "the same, on other inputs", ""
    moved = entry.mark == "changed" and entry.changes[0].moved and not entry.changes[0].changed_in_itself
    return ("moved" if moved else entry.mark), many


def differences(entry: Entry) -> list[str]:
    """``+73,984 parameters`` and ``+231,211,008 MACs``, where there are any."""
    return [text for text in (_difference(entry.params, "parameter"), _difference(entry.macs, "MAC")) if text]


def _difference(size: Size, noun: str) -> str:
    if size == 0:
        return ""
    return f"{show_difference(size)} {noun}{'' if size in (1, -1) else 's'}"


def band_words(entry: Entry, room: float) -> str:
    """``… 3 layers unchanged: conv2d_1 … relu_1``; of one layer its name."""
    layers = [row for row in entry.after if not row.is_input]
    names = span_of([inner_path(row) for row in entry.after], entry.blocks[-1].path if entry.blocks else "")
    if len(entry.after) == 1:
        return fit_text(shorten(names, FACT, room - 100) + " unchanged", FACT, room)
    inputs = len(entry.after) - len(layers)
    counted = [count_of(inputs, "input")] if inputs > 1 else ["input"] if inputs else []
    counted += [count_of(len(layers), "layer")] if layers else []
    said = f"{ELLIPSIS} {' and '.join(counted)} unchanged: "
    return said + shorten(names, FACT, room - text_width(said, FACT))


def band_lines(entry: Entry) -> list[tuple[str, str]]:
    """Beside layers that are the same: how many have other figures on other inputs, and by how much."""
    following = sum(change.follows for change in entry.changes)
    if not following:
        return []
    count = "" if following == len(entry.changes) else f"{group_digits(following)} "
    return [("", f"{count}on other inputs"), *(("", text) for text in differences(entry))]


def names_of(rows: Iterable[Row]) -> str:
    """The first names of rows, and how many follow."""
    names = [clean(inner_path(row)) for row in rows]
    more = f" and {len(names) - 12} more" if len(names) > 12 else ""
    return ", ".join(names[:12]) + more
