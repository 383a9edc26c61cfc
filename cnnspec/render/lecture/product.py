"""Convolve and multiply: at one unit products that are added up, over all units one product of two matrices.

The lecture's warning is drawn with it: what a filter does to a patch is not the matrix product of the two.
"""

from __future__ import annotations

from collections.abc import Sequence

from cnnspec.layers.arithmetic import group_digits
from cnnspec.render.display import Group, Item, Picture, Text
from cnnspec.render.figure import MARGIN, around_all, shifted
from cnnspec.render.fonts import fit_text, text_width
from cnnspec.render.lecture.cells import cell_size, matrix_group, show_number
from cnnspec.render.lecture.records import Matrix, Product

HEAD, SMALL, NUMBER, SIGN = 11.0, 10.0, 10.0, 16.0
#: Between a matrix and a sign, between rows of the figure, from a heading to what is below it; the longest line.
BESIDE, DOWN, UNDER, WIDEST = 10.0, 26.0, 12.0, 620.0
LINE = 14.0


def product_picture(name: str, product: Product) -> Picture:
    """Three rows: the sum of products at the unit, what the matrix product of the same two is, all sums at once."""
    rows = [_convolve(product), *_multiply(product), _at_once(product)]
    items: list[Item] = []
    top = 0.0
    for row in rows:
        box = around_all(row)
        items.append(shifted(row, -box.left, top - box.top))
        top += box.height + DOWN
    box = around_all(Group("all", "", "", "", tuple(items)))
    moved = tuple(shifted(item, MARGIN - box.left, MARGIN - box.top) for item in items)
    at = f"row {product.unit[0]}, column {product.unit[1]}"
    description = (
        f"The unit of {product.path} ({product.title}) at {at} is a sum of {len(product.filters[0])} products, "
        f"{show_number(unit_value(product))}; one matrix product, W_row times X_col, makes all {len(product.columns[0])} sums."
    )
    title = f"{name}: {product.path}, convolve and multiply"
    return Picture(product.path, box.width + 2 * MARGIN, box.height + 2 * MARGIN, title, description, moved)


def unit_value(product: Product) -> float:
    """What the unit comes to, with the bias."""
    return sum(_products(product)) + product.bias


def _products(product: Product) -> list[float]:
    """The products of the patch and the kernel, place by place."""
    return [
        a * b
        for patch, kernel in zip(product.patch, product.kernel, strict=True)
        for row, weights in zip(patch, kernel, strict=True)
        for a, b in zip(row, weights, strict=True)
    ]


def _convolve(product: Product) -> Group:
    """patch ⊙ kernel = products, which are added up; one such row for each channel."""
    lines: list[Item] = []
    for number, (patch, kernel) in enumerate(zip(product.patch, product.kernel, strict=True)):
        made = tuple(tuple(a * b for a, b in zip(x, w, strict=True)) for x, w in zip(patch, kernel, strict=True))
        of = f", channel {number}" if len(product.patch) > 1 else ""
        parts: list[Group | str] = [
            _matrix(product, f"patch{number}", f"the patch{of}", patch),
            "·",
            _matrix(product, f"kernel{number}", f"the kernel{of}", kernel, "convolution"),
            "=",
            _matrix(product, f"products{number}", f"the products{of}", made),
        ]
        if number == len(product.patch) - 1:
            parts.append(f"Σ = {show_number(sum(_products(product)))}")
        line = _in_a_row(parts)
        lines += [shifted(item, 0.0, _bottom(lines) + UNDER if lines else 0.0) for item in line]
    at = f"row {product.unit[0]}, column {product.unit[1]}"
    words = ["multiply place by place, then add up", *_wrapped(_sum_in_words(product))]
    return _section(product, "convolve", f"Convolve: the unit at {at}", words, lines)


def _sum_in_words(product: Product) -> list[str]:
    """``1·1``, ``+ 1·0`` … and the sum, as pieces that a line may break between."""
    pieces: list[str] = []
    for patch, kernel in zip(product.patch, product.kernel, strict=True):
        for row, weights in zip(patch, kernel, strict=True):
            for a, b in zip(row, weights, strict=True):
                factor = f"({show_number(b)})" if b < 0 else show_number(b)
                pieces.append(f"{'+ ' if pieces else ''}{show_number(a)}·{factor}")
    if product.bias:
        pieces.append(f"+ {show_number(product.bias)} (bias)" if product.bias > 0 else f"− {show_number(-product.bias)} (bias)")
    return [*pieces, f"= {show_number(unit_value(product))}"]


def _wrapped(pieces: Sequence[str]) -> list[str]:
    lines = [""]
    for piece in pieces:
        longer = f"{lines[-1]} {piece}".strip()
        if text_width(longer, SMALL) > WIDEST:
            lines.append(piece)
        else:
            lines[-1] = longer
    return lines


def _multiply(product: Product) -> list[Group]:
    """The matrix product of one patch and its kernel, where there is one."""
    patch, *others = product.patch
    kernel = product.kernel[0]
    if others or len(kernel) != len(kernel[0]):
        return []
    made = tuple(tuple(sum(a * w[at] for a, w in zip(x, kernel, strict=True)) for at in range(len(kernel))) for x in patch)
    parts: list[Group | str] = [
        _matrix(product, "left", "the patch", patch),
        "×",
        _matrix(product, "right", "the kernel", kernel, "convolution"),
        "=",
        _matrix(product, "other", "their matrix product", made),
    ]
    words = [f"rows times columns: {len(made) * len(made[0])} numbers where the filter answers with one"]
    return [
        _section(product, "multiply", "Multiply: the matrix product of the same two is another thing", words, _in_a_row(parts))
    ]


def _at_once(product: Product) -> Group:
    """W_row · X_col: a patch is a column, a filter a row, and where they meet is the sum from above."""
    column = product.unit[0] * product.shape[1] + product.unit[1]
    depth = len(product.columns)
    side = max(cell_size([product.columns, product.sums], NUMBER))
    marked = [(row, column) for row in range(depth)]
    w_row = _matrix(
        product, "w-row", "W_row: a filter a row", product.filters, "card", [(product.filter, at) for at in range(depth)]
    )
    x_col = _matrix(product, "x-col", "X_col: a patch a column", product.columns, "card", marked, side)
    sums = _matrix(product, "sums", "the sums of all units", product.sums, "card", [(product.filter, column)], side)
    positions, filters = len(product.columns[0]), len(product.filters)
    sizes = f"{filters}×{depth} times {depth}×{positions} gives {filters}×{positions}"
    height, width = product.shape
    words = [
        f"W_row · X_col: {sizes}, the {height}×{width} map row by row",
        f"the sum in row {product.filter}, column {group_digits(column)} is the one from above"
        + (", before the bias" if product.bias else ""),
    ]
    left = around_all(w_row).width + BESIDE * 2
    below = around_all(x_col).bottom + UNDER
    items = [
        shifted(x_col, left, 0.0),
        shifted(w_row, 0.0, below),
        shifted(sums, left, below),
        Text(left - BESIDE, below - UNDER, "X_col", SMALL, False, "end", "soft"),
        Text(0.0, below - 4, "W_row", SMALL, False, "start", "soft"),
    ]
    return _section(product, "at-once", "All at once: patches as columns, filters as rows", words, items)


def _matrix(
    product: Product,
    key: str,
    title: str,
    matrix: Matrix,
    role: str = "card",
    marked: Sequence[tuple[int, int]] = (),
    side: float | None = None,
) -> Group:
    side = max(cell_size([matrix], NUMBER)) if side is None else side
    return matrix_group(
        f"{product.path}.{key}", product.path, f"{product.path}: {title}", matrix, cell=(side, side), size=NUMBER, marked=marked,
        role=role,
    )  # fmt: skip


def _in_a_row(parts: Sequence[Group | str]) -> list[Item]:
    """Matrices with signs between them, their middles on one line."""
    high = max(around_all(part).height for part in parts if isinstance(part, Group))
    found: list[Item] = []
    left = 0.0
    for part in parts:
        if isinstance(part, str):
            found.append(Text(left, high / 2 + 0.36 * SIGN, part, SIGN))
            left += text_width(part, SIGN) + BESIDE
            continue
        box = around_all(part)
        found.append(shifted(part, left, (high - box.height) / 2))
        left += box.width + BESIDE
    return found


def _section(product: Product, key: str, head: str, words: Sequence[str], items: Sequence[Item]) -> Group:
    top = LINE * len(words) + UNDER
    texts: list[Item] = [Text(0.0, 0.0, head, HEAD, True)]
    texts += [Text(0.0, LINE * (at + 1), fit_text(line, SMALL, WIDEST), SMALL, fill="soft") for at, line in enumerate(words)]
    body = [shifted(item, 0.0, top - min(around_all(one).top for one in items)) for item in items]
    return Group("section", f"{product.path}.{key}", product.path, head, (*texts, *body))


def _bottom(items: Sequence[Item]) -> float:
    return max(around_all(item).bottom for item in items)
