"""What the layers of a run give for one picture, as the numbers that pictures are drawn from.

The network runs as its file states it: nothing is pooled before the function that the file puts first.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from cnnspec.backends.torch_modules import BuiltNetwork
from cnnspec.ir import Network, Node
from cnnspec.layers.input import Input
from cnnspec.render.naming import find_node
from cnnspec.render.run.feature_maps import MOST_CURVES, MOST_MAPS, MOST_UNITS, MOST_VALUES
from cnnspec.render.run.records import Activations, Channel, Sample, Tile
from cnnspec.train.kernels import tile_of

Array = np.ndarray[Any, Any]

#: The most layers that are drawn unless they are named.
MOST_LAYERS = 12
#: Families whose layers only let values through when nothing is trained, or lay them out anew.
_QUIET = frozenset({"regularisation", "shape", "rearrangement"})


def trace(module: BuiltNetwork, sample: Array) -> dict[str, Array]:
    """The output of every layer for one sample (channels last, as the network takes it), channels last, by its path."""
    module.eval()
    batch = torch.as_tensor(np.ascontiguousarray(sample, dtype=np.float32))[None]
    batch = batch.to(next(module.parameters(), batch).device)
    with torch.no_grad():
        values = module.trace(batch.movedim(-1, 1) if batch.dim() > 2 else batch)
    return {path: _channels_last(value) for path, value in values.items()}


def _channels_last(value: Tensor) -> Array:
    return (value[0].movedim(0, -1) if value.dim() > 2 else value[0]).double().cpu().numpy()


def gather_activations(
    network: Network, values: dict[str, Array], names: Sequence[str] = (), class_names: Sequence[str] = ()
) -> tuple[list[Activations], int]:
    """What some layers give.

    Args:
        network: what ran.
        values: by the paths of its layers, as :func:`trace` gives them.
        names: of layers, by the ends of their paths; unless given all that change values, of a deep network the last one
            of each size.
        class_names: of the units of an output.

    Returns:
        the layers, and how many there are that change values.

    Raises:
        RenderError: there is no such layer.
    """
    changing = [at for at, node in enumerate(network.nodes) if node.layer.family not in _QUIET and not _is_input(node)]
    wanted = [find_node(network, name) for name in names] or _chosen(network, values, changing)
    found = [
        _activations(network.nodes[at], values[network.nodes[at].path], class_names if at in network.outputs else ())
        for at in dict.fromkeys(wanted)
    ]
    return found, len(changing)


def _is_input(node: Node) -> bool:
    return isinstance(node.layer, Input)


def _chosen(network: Network, values: dict[str, Array], changing: Sequence[int]) -> list[int]:
    """All layers, or of each stretch of one size the last, the last of them if even those are too many."""
    if len(changing) <= MOST_LAYERS:
        return list(changing) or list(network.outputs)
    ends = [
        at
        for at, after in zip(changing, [*changing[1:], None], strict=True)
        if after is None or _extents(network, values, at) != _extents(network, values, after)
    ]
    return [changing[0], *ends][-MOST_LAYERS:]


def _extents(network: Network, values: dict[str, Array], at: int) -> tuple[int, ...]:
    return values[network.nodes[at].path].shape[:-1]


def _activations(node: Node, value: Array, class_names: Sequence[str]) -> Activations:
    rank, channels = value.ndim - 1, value.shape[-1]
    flat = value.reshape(-1, channels)
    finite = flat[np.isfinite(flat)]
    silent: Array = (flat == 0).all(axis=0)
    notes: list[str] = []
    drawn = value if rank == 0 else _reduced(value, notes)
    return Activations(
        layer=node.path,
        title=f"{node.layer.kind} {node.layer.summary()}".strip(),
        shape="×".join(map(str, value.shape)),
        rank=rank,
        channels=channels,
        silent=int(silent.sum()),
        low=float(finite.min()) if finite.size else 0.0,
        high=float(finite.max()) if finite.size else 0.0,
        shown=_units(value) if rank == 0 else _channels(drawn, flat, silent, MOST_CURVES if rank == 1 else MOST_MAPS),
        notes=tuple(notes),
        names=tuple(class_names) if rank == 0 else (),
    )


def _units(value: Array) -> tuple[Channel, ...]:
    shown = value[:MOST_UNITS]
    tile = Tile(1, len(shown), tuple(shown.tolist()))
    return (Channel(0, tile, float(value.mean()), float(value.max()), not value.any()),)


def _channels(drawn: Array, flat: Array, silent: Array, most: int) -> tuple[Channel, ...]:
    """The channels with the greatest means, the greatest first; of equal ones the one with the smaller number."""
    means, peaks = flat.mean(axis=0), flat.max(axis=0)
    order = np.argsort(-np.nan_to_num(means, nan=-np.inf), kind="stable")[:most]
    return tuple(Channel(int(at), tile_of(drawn[..., at]), float(means[at]), float(peaks[at]), bool(silent[at])) for at in order)


def _reduced(value: Array, notes: list[str]) -> Array:
    """The middle slice of a volume, and means of squares where a map is larger than can be shown."""
    if value.ndim == 4:
        middle = (value.shape[0] - 1) // 2
        if value.shape[0] > 1:
            notes.append(f"slice {middle} of 0 to {value.shape[0] - 1} along the depth")
        value = value[middle]
    if value.ndim == 2:
        return value
    step = -(-max(value.shape[:2]) // MOST_VALUES)
    if step == 1:
        return value
    notes.append(f"each square is the mean of {step}×{step} values, at the right and the lower border of fewer")
    rows, columns = value.shape[:2]
    sums = np.add.reduceat(np.add.reduceat(value, range(0, rows, step), axis=0), range(0, columns, step), axis=1)
    counts = np.add.reduceat(
        np.add.reduceat(np.ones((rows, columns, 1)), range(0, rows, step), axis=0), range(0, columns, step), axis=1
    )
    return sums / counts


def sample_of(values: Array) -> Sample:
    """A picture as a network reads it: black its least value, white its greatest; more than three channels are averaged."""
    if values.ndim == 1:
        values = values[None, :, None]
    if values.ndim == 2:
        values = values.T[:, :, None]  # a sequence: a row for each channel
    if values.ndim == 4:
        values = values[(values.shape[0] - 1) // 2]
    low, high = float(values.min()), float(values.max())
    pixels = np.rint((values - low) * (255 / (high - low or 1.0))).astype(np.uint8)
    if pixels.shape[-1] not in (1, 3):
        pixels = np.rint(pixels.mean(axis=-1, keepdims=True)).astype(np.uint8)
    return Sample(pixels.shape[0], pixels.shape[1], pixels.tobytes())
