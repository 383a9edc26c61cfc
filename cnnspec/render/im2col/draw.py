"""A convolution as one product: a patch becomes a column of X_col, a filter a row of W_row, and where they meet is a unit.

The matrices stand as in Falk's scheme: X_col above the product and W_row left of it, so that rows and columns line up.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

from cnnspec.analysis.reading import Interval
from cnnspec.analysis.report import ModelReport, Row
from cnnspec.layers.arithmetic import group_digits
from cnnspec.layers.window import Axis
from cnnspec.render.conv.draw import lay_out, layer_lines, notes, title_of
from cnnspec.render.conv.pair import Pair
from cnnspec.render.conv.sheet import Ruler, Sheet, boxes_of, lines_of
from cnnspec.render.conv.slices import BUS, Slices
from cnnspec.render.conv.steps import Slide, cut, known_input, show_stretch, slide_of
from cnnspec.render.display import Box, Group, Item, Paint, Path, Picture, Polygon, Rectangle, Text, arrow_head
from cnnspec.render.errors import RenderError
from cnnspec.render.figure import around_all, shifted
from cnnspec.render.flow.operations import drawn_axes
from cnnspec.render.fonts import text_width
from cnnspec.render.graph.faces import describe
from cnnspec.render.graph.view import inner_path
from cnnspec.render.palette import family_role
from cnnspec.render.receptive_field.pyramid import find_layer

#: Font sizes, the distance of lines, a cell of a matrix.
TITLE, HEAD, SMALL, LINE, CELL = 12.0, 11.0, 10.0, 14.0, 12.0
#: Between maps and matrices, above the lower row, between labels, around the picture; the widest heading.
ACROSS, DOWN, BESIDE, MARGIN, HEADING = 76.0, 52.0, 20.0, 12.0, 640.0
SWATCH = 10.0


@dataclass(frozen=True, slots=True)
class Product:
    """A convolution as W_row · X_col.

    Attributes:
        slide: the layer, and the unit whose patch is shown.
        values, positions: rows and columns of X_col, as the report has them.
        filters: channels of the output.
    """

    slide: Slide
    values: int
    positions: int
    filters: int

    @property
    def unit(self) -> tuple[int, ...]:
        return self.slide.steps[0]

    @property
    def column(self) -> int:
        """The column of X_col that holds the unit's patch, from 0."""
        return self.slide.number_of(self.unit) - 1

    @property
    def kernel(self) -> tuple[int, ...]:
        return tuple(len(taps) for taps in self.slide.taps(self.unit))

    @property
    def depth(self) -> int:
        """The channels that one filter reads."""
        return self.values // prod(self.kernel)

    @property
    def groups(self) -> int:
        """How many products there are: channels read in groups are multiplied apart."""
        return int(self.slide.given.channels) // self.depth  # type: ignore[arg-type]

    @property
    def rows(self) -> int:
        """The rows of W_row: the filters of one group."""
        return self.filters // self.groups


def build_product(report: ModelReport, layer: str | None = None, unit: Sequence[int] | None = None) -> Product:
    """The two matrices of a convolution.

    Args:
        report: the model.
        layer: the end of a layer's path; the first that is one product, unless named.
        unit: whose patch is shown; the second of the first row, unless named.

    Raises:
        RenderError: there is no such layer or unit, or the layer is no product of a kernel with patches.
    """
    if layer is None:
        found = [row for row in report.rows if row.im2col is not None and _slides(row)]
        if not found:
            _require_sizes(report)
            raise RenderError(f"no layer of {report.name} is a kernel times patches", "--style graph draws every network")
        row = found[0]
    else:
        row = report.rows[find_layer(report, layer)]
    known_input(row)
    if row.im2col is None or not _slides(row):
        raise RenderError(
            f"{inner_path(row)} ({row.kind}) is no product of one kernel with patches", "name a convolution: --layer"
        )
    assert row.output_shape is not None
    if unit is None:
        extents = [int(n) for n in row.output_shape.extents]  # type: ignore[arg-type]
        unit = [*(0 for _ in extents[1:]), min(1, extents[-1] - 1)]
    return Product(slide_of(row, unit), *row.im2col, int(row.output_shape.channels))  # type: ignore[arg-type]


def _require_sizes(report: ModelReport) -> None:
    """Whether a layer is a product is known with its sizes only: the first that may be one has to have them.

    Raises:
        RenderError: a size of it is not known.
    """
    for row in report.rows:
        if row.layer.family == "convolution" and drawn_axes(row) and _slides(row):
            known_input(row)


def _slides(row: Row) -> bool:
    """Whether patches are cut out of the input itself: a transposed kernel meets one that is spread out with zeros."""
    return all(isinstance(axis, Axis) for axis in drawn_axes(row))


def im2col_picture(product: Product) -> Picture:
    """The input and X_col above, W_row, the product and the output below."""
    slide = product.slide
    parts, width = _parts(product)
    heading = _heading(product, max(width, HEADING))
    drop = around_all(heading).bottom + 20 - min(around_all(part).top for part in parts)
    body = [shifted(part, 0.0, drop) for part in parts]
    bottom = max(around_all(part).bottom for part in body)
    items = [heading, *body, _caption(product, bottom + 20)]
    box = around_all(Group("all", "", "", "", tuple(items)))
    moved = tuple(shifted(item, MARGIN - box.left, MARGIN - box.top) for item in items)
    title = f"{slide.path}: one product of matrices"
    description = f"{slide.path}, {describe(slide.row)}: {'; '.join(equations(product))}."
    return Picture(slide.path, box.width + 2 * MARGIN, box.height + 2 * MARGIN, title, description, moved)


def _parts(product: Product) -> tuple[list[Item], float]:
    """Everything below the heading, and how wide it is."""
    maps, column = lay_out(product.slide), product.column
    values = Ruler(cut((0, product.values - 1), _ends(product.values)), CELL)
    positions = Ruler(cut((0, product.positions - 1), [*_ends(product.positions), (column - 1, column + 1)]), CELL)
    filters = Ruler(cut((0, product.rows - 1), _ends(product.rows)), CELL)
    left = max(maps.given.box.right, values.length) + ACROSS
    top = max(maps.given.box.bottom, values.length) + DOWN
    patches = Sheet(values, positions, left, 0.0)
    weights = Sheet(filters, values, left - ACROSS / 2 - values.length, top)
    result = Sheet(filters, positions, left, top)
    label = text_width(_words("W_row·X_col", (product.rows, product.positions)), SMALL, True)
    maps = maps.with_output_at(max(result.box.right + ACROSS + maps.room, left + label + BESIDE), top)
    parts = [
        *_maps(product, maps),
        _matrix(product, "X_col", patches, (product.values, product.positions), None, column),
        _matrix(product, "W_row", weights, (product.rows, product.values), 0, None),
        _matrix(product, "W_row·X_col", result, (product.rows, product.positions), 0, column),
        _patch(product, maps, patches),
        _reshape(product, result, maps.made.box),
    ]
    return parts, maps.made.box.right


def _ends(count: int) -> list[Interval]:
    return [(0, 2), (count - 2, count - 1)]


def _maps(product: Product, maps: Pair | Slices) -> list[Item]:
    """The input with the patch, and the output with the unit."""
    path, unit = product.slide.path, product.unit
    title = title_of(product.slide, unit)
    made = maps.made.box
    return [
        maps.input_group(unit, path, title),
        _label(product, "input-label", f"input {product.slide.given}", 0.0, maps.head - 2),
        maps.output_group(unit, path, title),
        _label(product, "output-label", f"output {product.slide.output}", made.left, made.top + maps.label),
    ]


def _label(product: Product, key: str, words: str, x: float, y: float) -> Group:
    path = product.slide.path
    return Group("label", f"{path}.{key}", path, words, (Text(x, y, words, SMALL, True),))


def _words(name: str, size: tuple[int, int]) -> str:
    return f"{name} {group_digits(size[0])}×{group_digits(size[1])}"


def _matrix(product: Product, name: str, sheet: Sheet, size: tuple[int, int], row: int | None, column: int | None) -> Group:
    """A matrix with the row and the column that belong to the unit; where both are given, the unit where they meet."""
    path, key = product.slide.path, f"{product.slide.path}.{name}"
    words = _words(name, size)
    shown = sheet.rows.shown, sheet.columns.shown
    items: list[Item] = [Path(boxes_of(sheet.boxes(*shown)), Paint("card"), f"{key}.map", path, words)]
    rows = shown[0] if row is None else ((row, row),)
    columns = shown[1] if column is None else ((column, column),)
    role = family_role(product.slide.row.layer.family)
    fill = "field" if row is None else role if column is None else "mark.card"
    marked = Path(boxes_of(sheet.boxes(rows, columns)), Paint(fill), f"{key}.marked", path, words)
    items += [marked, Path(sheet.grid(), Paint(None, "frame", 0.5), f"{key}.grid", path, words)]
    items.append(Path(boxes_of(sheet.boxes(*shown)), Paint(None, "line", 1.0), f"{key}.edge", path, words))
    if dots := sheet.dots():
        items.append(Path(dots, Paint(None, "soft", 1.4), f"{key}.left-out", path, words))
    hull = sheet.hull((rows[0][0], rows[-1][1]), (columns[0][0], columns[-1][1]))
    stroke = Paint(None, "mark.card" if column is None else "window", 1.4)
    items.append(Rectangle(hull, stroke, f"{key}.window", path, words))
    meets = row is not None and column is not None
    if not meets:
        items += sheet.numbers(size, rows=row is not None)
    items.append(Text(sheet.left, sheet.top - (8 if meets else 18), words, SMALL, True))
    return Group("matrix", key, path, words, tuple(items), None, {"rows": str(size[0]), "columns": str(size[1])})


def _patch(product: Product, maps: Pair | Slices, patches: Sheet) -> Group:
    """From the right side of the patch to the two ends of its column; from all slices of one to the end of the column."""
    path, unit = product.slide.path, product.unit
    title = f"the patch is column {group_digits(product.column)} of X_col"
    column = patches.hull((0, product.values - 1), (product.column, product.column))
    if isinstance(maps, Slices):
        low = max(maps.given.box.bottom, column.bottom) + BUS
        items = maps.lead(unit, (column.centre[0], column.bottom), low, path, title)
    else:
        window = maps.window(unit)
        assert window is not None
        lines = [
            ((window.right, window.top), (column.left, column.top)),
            ((window.right, window.bottom), (column.left, column.bottom)),
        ]
        items = [Path(lines_of(lines), Paint(None, "window", 0.7), f"{path}.rays", path, title)]
    return Group("patch", f"{path}.patch", path, title, tuple(items), None, {"column": str(product.column)})


def _reshape(product: Product, result: Sheet, made: Box) -> Group:
    """An arrow from the product to the output that it is."""
    path, words = product.slide.path, "reshape"
    y = result.top + min(result.box.height, made.height) / 2
    start, end = result.box.right + 8, result.box.right + ACROSS - 8
    items = (
        Path(lines_of([((start, y), (end - 5, y))]), Paint(None, "line", 1.0), f"{path}.arrow", path, words),
        Polygon(arrow_head((end, y), (start, y)), Paint("line"), f"{path}.head", path, words),
        Text((start + end) / 2, y + 13, words, SMALL, False, "middle", "soft"),
    )
    return Group("reshape", f"{path}.reshape", path, words, items)


def equations(product: Product) -> list[str]:
    """The sizes of the product, and of the products of all groups together."""
    rows, values, positions = map(group_digits, (product.rows, product.values, product.positions))
    one = f"{rows}×{values} times {values}×{positions} gives {rows}×{positions}"
    if product.groups == 1:
        return [f"{one}, reshaped to {product.slide.output}"]
    together = f"{group_digits(product.filters)}×{positions}"
    return [
        f"In each of {group_digits(product.groups)} groups {one}",
        f"All groups together: {together}, reshaped to {product.slide.output}",
    ]


def lines_above(product: Product) -> list[str]:
    """Where the sizes of the matrices come from, and what they cost."""
    slide = product.slide
    kernel = "·".join(map(group_digits, (*product.kernel, product.depth)))
    places = "·".join(group_digits(track.outputs) for track in slide.tracks)
    patches, given = product.values * product.positions * product.groups, slide.given.elements
    assert isinstance(given, int)
    lines = [
        f"One patch, one column: {kernel}{_equals(product.values, kernel)} values under the window",
        f"One column for each position: {places}{_equals(product.positions, places)}",
        *equations(product),
    ]
    share = f"{patches / given:,.1f}"
    lines.append(f"{group_digits(patches)} values in patches, {group_digits(given)} in the input: about {share} times as many")
    return lines


def _equals(number: int, words: str) -> str:
    return f" = {group_digits(number)}" if "·" in words else ""


def _heading(product: Product, width: float) -> Group:
    slide = product.slide
    items = layer_lines(slide, width)
    top = items[-1].y + LINE + 6
    for at, line in enumerate(lines_above(product)):
        items.append(Text(0.0, top + (LINE + 1) * at, line, HEAD))
    return Group("heading", f"{slide.path}.heading", slide.path, slide.path, tuple(items))


def _caption(product: Product, top: float) -> Group:
    """What the colours mean, and what is left out."""
    path = product.slide.path
    role = family_role(product.slide.row.layer.family)
    legend = [
        ("patch", Paint("field", "window"), "the patch, its column"),
        ("filter", Paint(role, "mark.card"), "one filter; units made before"),
        ("unit", Paint("mark.card", "mark.card"), "the unit that they make"),
    ]
    items: list[Item] = []
    x = 0.0
    for key, paint, words in legend:
        items.append(Rectangle(Box(x, top, x + SWATCH, top + SWATCH), paint, f"{path}.legend.{key}", path, words))
        items.append(Text(x + SWATCH + 5, top + SWATCH - 1, words, SMALL, False, "start", "soft"))
        x += SWATCH + 5 + text_width(words, SMALL) + 18
    for number, line in enumerate([*_left_out(product), *notes(product.slide)]):
        items.append(Text(0.0, top + SWATCH + 3 + LINE * (number + 1), line, SMALL, False, "start", "soft"))
    return Group("caption", f"{path}.caption", path, "what the colours mean", tuple(items))


def _left_out(product: Product) -> list[str]:
    """The rows and columns of the matrices that are not drawn."""
    column = product.column
    counted = (
        ("values", product.values, _ends(product.values)),
        ("positions", product.positions, [*_ends(product.positions), (column - 1, column + 1)]),
        ("filters", product.rows, _ends(product.rows)),
    )
    said: list[str] = []
    for noun, count, wanted in counted:
        hidden = Ruler(cut((0, count - 1), wanted), 1.0).left_out()
        if hidden:
            said.append(f"{noun} {', '.join(map(show_stretch, hidden))}")
    return [f"… in the matrices: {'; '.join(said)}"] if said else []
