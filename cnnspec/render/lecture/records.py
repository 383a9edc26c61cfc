"""What these pictures are drawn from: plain numbers, rows and columns counted from 0."""

from __future__ import annotations

from cnnspec.record import record

#: Rows of numbers, all equally long.
Matrix = tuple[tuple[float, ...], ...]


@record
class Sheet:
    """A map as pixels.

    Attributes:
        rows, columns: its size.
        pixels: row by row, one byte each for grey, three for colours.
        said: what the colours stand for, ``0 to 255``.
    """

    rows: int
    columns: int
    pixels: bytes
    said: str


@record
class Filtered:
    """What a network of fixed filters makes of a picture.

    Attributes:
        name: the network's.
        kernels: of the layers that read the picture itself, each with its factor in it.
        sheet: the result.
    """

    name: str
    kernels: tuple[Matrix, ...]
    sheet: Sheet


@record
class Stage:
    """A layer with the maps that it makes.

    Attributes:
        path: its own.
        title: the layer in words, ``Filter2D 3×3, valid``.
        reads: paths of the stages that it reads.
        kernel: the kernel, where it has one of constants.
        maps: one for each channel.
    """

    path: str
    title: str
    reads: tuple[str, ...]
    kernel: Matrix | None
    maps: tuple[Matrix, ...]


@record
class Product:
    """A convolution in numbers: at one unit, and as a matrix product at all.

    Attributes:
        path, title: of the layer.
        unit: the position of the unit.
        filter: which of the filters is shown at the unit, of how many.
        patch, kernel: what the unit reads and what it multiplies that with, one matrix for each channel.
        bias: what is added to the sums.
        filters: the rows of W_row.
        columns: the rows of X_col, one column for each position.
        sums: the rows of W_row · X_col, without the bias.
        shape: rows and columns of the output.
    """

    path: str
    title: str
    unit: tuple[int, int]
    filter: int
    patch: tuple[Matrix, ...]
    kernel: tuple[Matrix, ...]
    bias: float
    filters: Matrix
    columns: Matrix
    sums: Matrix
    shape: tuple[int, int]


@record
class Peak:
    """The map of one filter, and one of its units.

    Attributes:
        path, title: of the layer.
        filter, filters: which, of how many.
        given, made: the input and the map.
        unit: the position of the unit.
        strongest: it is the unit that answers most.
        value: what the unit answers.
        seen: the first and the last row, then column, of the input that the unit sees, padding included.
        extents: rows and columns of the input.
    """

    path: str
    title: str
    filter: int
    filters: int
    given: Sheet
    made: Sheet
    unit: tuple[int, int]
    strongest: bool
    value: float
    seen: tuple[tuple[int, int], tuple[int, int]]
    extents: tuple[int, int]
