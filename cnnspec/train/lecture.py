"""Networks at work on a picture, as the numbers that figures are drawn from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from cnnspec.analysis.report import ModelReport
from cnnspec.ir import Network, Node
from cnnspec.layers.filter import Filter2D
from cnnspec.layers.input import Input
from cnnspec.layers.shape import Shape
from cnnspec.render.errors import RenderError
from cnnspec.render.graph.faces import describe
from cnnspec.render.lecture.cells import show_number
from cnnspec.render.lecture.records import Filtered, Matrix, Peak, Product, Sheet, Stage
from cnnspec.render.receptive_field.pyramid import build_pyramid
from cnnspec.render.run.scales import viridis
from cnnspec.train.apply import Array, Prepared, run_layers

#: The longest side of a picture in a figure; a larger one is made smaller by the means of whole blocks.
LARGEST = 512
#: Maps up to this size are written in numbers, and so many of one layer.
MOST_NUMBERS, MOST_MAPS = 12, 8
#: A product is written in numbers up to this many values of a patch, positions and filters.
MOST_VALUES, MOST_POSITIONS, MOST_FILTERS = 27, 36, 8


# --- kernels at work --------------------------------------------------------------------------------------------------


def apply_kernels(networks: Sequence[tuple[str, Network, Prepared]]) -> tuple[Sheet, list[Filtered]]:
    """The picture, and what each network makes of it.

    Args:
        networks: name, network of fixed filters, and the picture as it reads it.

    Raises:
        RenderError: what comes out is no map.
    """
    found: list[Filtered] = []
    first: Sheet | None = None
    for name, network, prepared in networks:
        sample = prepared.sample
        first = first or _sheet(sample, *_ends(sample, prepared.picture))
        values = run_layers(network, sample, prepared.weights)[network.nodes[network.outputs[0]].path]
        if values.ndim != 3 or values.shape[-1] not in (1, 3):
            extents = "×".join(map(str, values.shape))
            raise RenderError(f"{name} makes {extents}, which is no picture", "--style values draws every map")
        kernels = kernels_on_input(network)
        found.append(Filtered(name, kernels, _result(values, sample, kernels, prepared.picture)))
    assert first is not None, "there is a network"
    return first, found


def kernels_on_input(network: Network) -> tuple[Matrix, ...]:
    """The kernels of constants that read the input itself, with their factors; one that only passes on or turns round is none."""
    found = [node.layer for node in network.nodes if isinstance(node.layer, Filter2D) and _reads_input(network, node)]
    return tuple(dict.fromkeys(constants(layer) for layer in found))


def constants(layer: Filter2D) -> Matrix:
    """The kernel as it multiplies: its rows times ``scale``."""
    return tuple(tuple(value * layer.scale for value in row) for row in layer.matrix)


def _reads_input(network: Network, node: Node) -> bool:
    return all(not network.nodes[at].inputs for at in node.inputs)


def make_smaller(network: Network, prepared: Prepared) -> Prepared:
    """A large picture as a figure shows it, where the network takes any size; it is said among the notes."""
    given = next(node.layer for node in network.nodes if isinstance(node.layer, Input)).facts().output
    sample = prepared.sample if given.known else shrink(prepared.sample)
    if sample is prepared.sample:
        return prepared
    before, after = (f"{one.shape[0]}×{one.shape[1]}" for one in (prepared.sample, sample))
    note = f"made smaller for the figure, from {before} to {after}, by the means of whole blocks"
    return replace(prepared, sample=sample, notes=(*prepared.notes, note))


def shrink(sample: Array, largest: int = LARGEST) -> Array:
    """The means of so large blocks that no side is longer than ``largest``; the sample itself where it fits."""
    if sample.ndim != 3:
        return sample
    height, width, channels = sample.shape
    block = -(-max(height, width) // largest)
    if block == 1:
        return sample
    rows, columns = height // block, width // block
    cut = sample[: rows * block, : columns * block]
    return cut.reshape(rows, block, columns, block, channels).mean(axis=(1, 3))


def _ends(sample: Array, picture: bool) -> tuple[float, float]:
    """What is black and what is white in the input."""
    return (0.0, 255.0) if picture else (float(sample.min()), float(sample.max()))


def _result(values: Array, sample: Array, kernels: Sequence[Matrix], picture: bool) -> Sheet:
    """A result in grey: as the input where the kernel's numbers add up to one, else with 0 in the middle, or at black.

    A kernel that adds up to one makes a picture again; one that adds up to nothing answers to differences, with a sign.
    """
    if len(kernels) == 1 and abs(sum(map(sum, kernels[0])) - 1) < 1e-9:
        low, high = _ends(sample, picture)
        return _sheet(values, low, high, cut=bool(values.min() < low or values.max() > high))
    return _grey(values)


def _grey(values: Array) -> Sheet:
    """Answers in grey: 0 in the middle where some are negative, else at black."""
    if values.min() < 0:
        bound = float(np.abs(values).max())
        return _sheet(values, -bound, bound)
    return _sheet(values, 0.0, float(values.max()))


def _sheet(values: Array, low: float, high: float, *, cut: bool = False) -> Sheet:
    """Values as bytes: ``low`` black, ``high`` white."""
    said = f"{show_number(low)} black, {show_number(high)} white"
    if low == -high != 0:
        said = f"0 grey, ±{show_number(high)}"
    shares = (np.asarray(values, dtype=np.float64) - low) / ((high - low) or 1.0)
    pixels = np.rint(shares.clip(0, 1) * 255).astype(np.uint8)
    return Sheet(values.shape[0], values.shape[1], pixels.tobytes(), said + (", cut" if cut else ""))


# --- one filter's map -------------------------------------------------------------------------------------------------


def find_peak(
    report: ModelReport,
    layer: int,
    filter: int,
    prepared: Prepared,
    *,
    unit: Sequence[int] | None = None,
    seed: int | None = None,
) -> Peak:
    """The map of one filter, and what one of its units sees of the input.

    Args:
        report: the model, all its sizes known.
        layer: index of a layer that makes maps.
        filter: the channel, from 0.
        prepared: the input.
        unit: its position; that of the strongest unless given.
        seed: of weights that are drawn.

    Raises:
        RenderError: the layer has no such map or unit, or what its units see is not known.
    """
    row = report.rows[layer]
    path = report.network.nodes[layer].path
    values = run_layers(report.network, prepared.sample, prepared.weights, seed)
    made, given = values[path], values[report.network.nodes[0].path]
    if made.ndim != 3 or given.ndim != 3:
        raise RenderError(f"{path} has no map of rows and columns", "name a convolution or a pooling: --layer")
    if not 0 <= filter < made.shape[-1]:
        last = made.shape[-1] - 1
        raise RenderError(f"{path} has no filter {filter}", f"filters: 0 to {last:,}")
    chosen = made[..., filter]
    at = _position(np.unravel_index(int(np.argmax(chosen)), chosen.shape) if unit is None else unit, made.shape, path)
    reaches = build_pyramid(report, path, at).input.reaches
    seen = ((reaches[0].first, reaches[0].last), (reaches[1].first, reaches[1].last))
    return Peak(
        path=path,
        title=describe(row),
        filter=filter,
        filters=made.shape[-1],
        given=_sheet(given if given.shape[-1] in (1, 3) else given[..., :1], *_ends(given, prepared.picture)),
        made=_coloured(chosen),
        unit=at,
        strongest=unit is None,
        value=float(chosen[at]),
        seen=seen,
        extents=(given.shape[0], given.shape[1]),
    )


def _position(unit: Sequence[Any], shape: Sequence[int], path: str) -> tuple[int, int]:
    """Row and column of a unit of a map.

    Raises:
        RenderError: the map has no such unit.
    """
    place = tuple(map(int, unit))
    if len(place) != 2 or not all(0 <= at < extent for at, extent in zip(place, shape, strict=False)):
        raise RenderError(f"{path} has no unit there", f"positions: 0 to {shape[0] - 1:,}, 0 to {shape[1] - 1:,}")
    return place[0], place[1]


def _coloured(values: Array) -> Sheet:
    """A map in viridis, from its smallest value to its greatest."""
    low, high = float(values.min()), float(values.max())
    table = np.array([viridis(at / 255) for at in range(256)], dtype=np.uint8)
    shares = (values - low) / ((high - low) or 1.0)
    pixels = table[np.rint(shares * 255).astype(np.uint8)]
    said = f"{show_number(low)} dark, {show_number(high)} light" if low < high else f"{show_number(low)} everywhere"
    return Sheet(values.shape[0], values.shape[1], pixels.tobytes(), said)


# --- every map in numbers ---------------------------------------------------------------------------------------------


def find_stages(report: ModelReport, prepared: Prepared, *, seed: int | None = None) -> list[Stage]:
    """The maps of every layer in numbers; a concatenation is not repeated, whoever reads it reads what it joins.

    Raises:
        RenderError: a map is too large to be written, or there are too many.
    """
    network = report.network
    values = run_layers(network, prepared.sample, prepared.weights, seed)
    joined: dict[str, tuple[str, ...]] = {}
    found: list[Stage] = []
    for node, row in zip(network.nodes, report.rows, strict=True):
        reads = tuple(name for at in node.inputs for name in joined.get(network.nodes[at].path, (network.nodes[at].path,)))
        if node.layer.kind == "Concat":
            joined[node.path] = reads
            continue
        kernel = constants(node.layer) if isinstance(node.layer, Filter2D) else None
        title = "" if row.is_input else describe(row)
        found.append(Stage(node.path, title, reads, kernel, _maps(node.path, values[node.path])))
    return found


def _maps(path: str, values: Array) -> tuple[Matrix, ...]:
    sheets = values if values.ndim == 3 else values.reshape(1, -1, 1) if values.ndim == 1 else values[None]
    height, width, channels = sheets.shape
    if max(height, width) > MOST_NUMBERS or channels > MOST_MAPS:
        extents = "×".join(map(str, values.shape))
        raise RenderError(
            f"{path} makes {extents}, too much to be written in numbers",
            f"give an input of up to {MOST_NUMBERS}×{MOST_NUMBERS}, or take --style kernels",
        )
    return tuple(to_matrix(sheets[..., channel]) for channel in range(channels))


def to_matrix(values: Any) -> Matrix:
    """An array of rows and columns as plain numbers."""
    return tuple(tuple(float(value) for value in row) for row in np.asarray(values))


# --- convolve and multiply --------------------------------------------------------------------------------------------


def find_product(
    report: ModelReport,
    layer: int,
    prepared: Prepared,
    *,
    filter: int = 0,
    unit: Sequence[int] | None = None,
    seed: int | None = None,
) -> Product:
    """A convolution at one unit, and all of it as W_row · X_col.

    Args:
        report: the model, all its sizes known.
        layer: index of a two-dimensional convolution in one group, or of a fixed filter on one channel.
        prepared: the input.
        filter: which filter, from 0.
        unit: where; the first position unless given.
        seed: of weights that are drawn.

    Raises:
        RenderError: the layer is another, has no such unit or filter, or is too large to be written.
    """
    node, row = report.network.nodes[layer], report.rows[layer]
    values = run_layers(report.network, prepared.sample, prepared.weights, seed)
    given, made = values[report.network.nodes[node.inputs[0]].path] if node.inputs else None, values[node.path]
    kernel, bias = _weights_of(report.network, node, given, prepared.weights, seed)
    if given is None or kernel is None or kernel.shape[2] != given.shape[-1]:
        raise RenderError(f"{node.path} is no kernel times patches", "name a Conv2D, or a Filter2D on one channel: --layer")
    shape = (made.shape[0], made.shape[1])
    place = _position((0, 0) if unit is None else unit, shape, node.path)
    if not 0 <= filter < kernel.shape[-1]:
        raise RenderError(f"{node.path} has no filter {filter}", f"filters: 0 to {kernel.shape[-1] - 1:,}")
    patches = _patches(node, given)
    flat = kernel.reshape(-1, kernel.shape[-1])
    sizes = (flat.shape[0], len(patches), flat.shape[1])
    if any(size > most for size, most in zip(sizes, (MOST_VALUES, MOST_POSITIONS, MOST_FILTERS), strict=True)):
        said = f"{sizes[2]:,} filters of {sizes[0]:,} values at {sizes[1]:,} positions"
        raise RenderError(f"{node.path} has {said}, too many to be written", "cnnspec render --style im2col draws it")
    columns = patches.reshape(len(patches), -1).T
    patch = patches[place[0] * shape[1] + place[1]]
    return Product(
        path=node.path,
        title=describe(row),
        unit=place,
        filter=filter,
        patch=tuple(to_matrix(patch[..., channel]) for channel in range(patch.shape[-1])),
        kernel=tuple(to_matrix(kernel[..., channel, filter]) for channel in range(kernel.shape[2])),
        bias=float(bias[filter]),
        filters=to_matrix(flat.T),
        columns=to_matrix(columns),
        sums=to_matrix(flat.T @ columns),
        shape=shape,
    )


def _patches(node: Node, given: Array) -> Array:
    """What lies under the window at every position: (positions, rows, columns, channels)."""
    from cnnspec.backends.numpy_reference import im2col

    window: Any = node.layer.facts(Shape(tuple(int(n) for n in given.shape))).window
    return im2col(given, window, mode=getattr(node.layer, "padding_mode", "zeros"))


def _weights_of(
    network: Network, node: Node, given: Array | None, weights: Mapping[str, Array] | None, seed: int | None
) -> tuple[Array | None, Array]:
    """The kernel, (rows, columns, channels, filters), and the bias; None where the layer has no such kernel."""
    none = np.zeros(1)
    if isinstance(node.layer, Filter2D) and given is not None and given.shape[-1] == 1:
        return np.array(constants(node.layer))[:, :, None, None], none
    sparse = getattr(node.layer, "groups", 1) != 1 or getattr(node.layer, "connections", None) is not None
    if node.layer.kind != "Conv2D" or sparse or given is None:
        return None, none
    if weights is None:
        from cnnspec.backends.torch_modules import build_module, weights_keras

        weights = weights_keras(build_module(network, seed=seed or 0))
    owner = node.path if node.shares is None else network.nodes[node.shares].path
    kernel = np.asarray(weights[f"{owner}/kernel"], dtype=np.float64)
    return kernel, np.asarray(weights.get(f"{owner}/bias", np.zeros(kernel.shape[-1])), dtype=np.float64)
