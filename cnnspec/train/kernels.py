"""The learned kernels of a run, as the numbers that pictures are drawn from."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from math import prod
from typing import Any, TypeVar

import numpy as np
import torch
from torch import Tensor

from cnnspec.backends.torch_modules import BuiltNetwork, facts_of
from cnnspec.backends.torch_modules.keras_weights import named_slots
from cnnspec.ir import Network, Node
from cnnspec.layers.base import Facts
from cnnspec.layers.dense import Dense
from cnnspec.layers.input import Input
from cnnspec.layers.reshape import Flatten
from cnnspec.layers.transposed import ConvTranspose
from cnnspec.render.errors import RenderError
from cnnspec.render.naming import find_node
from cnnspec.render.run.records import Kernels, Tile

Array = np.ndarray[Any, Any]
AnyArray = TypeVar("AnyArray", Array, Tensor)

#: The most layers that are drawn unless they are named.
MOST_LAYERS = 6


def gather_kernels(
    network: Network, weights: Mapping[str, Array], names: Sequence[str] = (), image: tuple[int, int, int] | None = None
) -> tuple[list[Kernels], int]:
    """The kernels of some layers.

    Args:
        network: what the weights are of.
        weights: arrays in Keras's layout by layer and name, as :meth:`~cnnspec.train.run.Run.keras_weights` gives them.
        names: of layers, by the ends of their paths; the first six with kernels unless given.
        image: height, width and channels of the pictures that an input of one row is laid out from: dense units that read
            pixels are then pictures themselves.

    Returns:
        the kernels, and how many layers of the network have some.

    Raises:
        RenderError: there is no such layer, or nothing that could be drawn.
    """
    found = dict(_drawable(network, weights, image))
    if not found:
        raise RenderError(f"{network.name} has no layer with learned kernels", "feature maps need none: --style feature-maps")
    wanted = [_owner(network, find_node(network, name)) for name in names] or list(found)[:MOST_LAYERS]
    for at, name in zip(wanted, names, strict=False):
        if at not in found:
            paths = ", ".join(network.nodes[place].path for place in list(found)[:5])
            raise RenderError(
                f"{name} is {network.nodes[at].layer.kind}, which has no kernels to draw", f"layers that do: {paths}"
            )
    return [_kernels_of(network.nodes[at], found[at]) for at in dict.fromkeys(wanted)], len(found)


def _owner(network: Network, at: int) -> int:
    """Where the weights of a node are stated."""
    first = network.nodes[at].shares
    return at if first is None else first


def _drawable(network: Network, weights: Mapping[str, Array], image: tuple[int, int, int] | None) -> Iterator[tuple[int, Array]]:
    """The nodes with kernels over space, each as an array: spatial axes, input channels, filters."""
    for at, name, pixels in _places(network, image):
        yield at, _spatial(network.nodes[at], weights[name], pixels)


def first_kernel(
    network: Network, module: BuiltNetwork, image: tuple[int, int, int] | None
) -> tuple[str, Callable[[], Tensor]] | None:
    """The path of the first layer with kernels, and what reads them as they are now: a copy on the processor.

    None where no layer has kernels.
    """
    place = next(_places(network, image), None)
    if place is None:
        return None
    at, name, pixels = place
    layer, slot = next((layer, slot) for path, layer, slot in named_slots(module) if path == name)

    def read() -> Tensor:
        weights = slot.layout.to_keras(getattr(layer, slot.attribute).detach()).to("cpu", torch.float32, copy=True)
        return _spatial(network.nodes[at], weights, pixels)

    return network.nodes[at].path, read


def _places(network: Network, image: tuple[int, int, int] | None) -> Iterator[tuple[int, str, tuple[int, int, int] | None]]:
    """The nodes with kernels over space, the names of their arrays, and for dense layers the picture that they read."""
    facts = facts_of(network)
    for at, node in enumerate(network.nodes):
        kernel = None if node.shares is not None else _kernel_param(node, facts[at])
        if kernel is not None:
            yield at, f"{node.path}/{kernel}", None
        elif isinstance(node.layer, Dense) and (pixels := _pixels(network, facts, at, image)) is not None:
            yield at, f"{node.path}/kernel", pixels


def _kernel_param(node: Node, facts: Facts) -> str | None:
    """The first array of weights with the layer's spatial axes, an axis of inputs and one of filters."""
    rank = facts.output.rank
    return next(
        (param.name for param in facts.params if param.role == "kernel" and rank > 0 and len(param.shape) == rank + 2), None
    )


def _spatial(node: Node, kernel: AnyArray, pixels: tuple[int, int, int] | None) -> AnyArray:
    """A kernel with its spatial axes first, then its input channels and its filters."""
    if pixels is not None:
        return kernel.reshape(*pixels, -1)
    if isinstance(node.layer, ConvTranspose):
        return kernel.swapaxes(-1, -2)
    if node.layer.kind.startswith(("Depthwise", "Separable")):  # every filter reads one channel
        return kernel.reshape(*kernel.shape[:-2], 1, -1)
    return kernel


def _pixels(network: Network, facts: Sequence[Facts], at: int, image: tuple[int, int, int] | None) -> tuple[int, int, int] | None:
    """Height, width and channels of the picture whose pixels a dense layer reads one by one."""
    below = network.nodes[network.nodes[at].inputs[0]]
    if isinstance(below.layer, Flatten):
        below = network.nodes[below.inputs[0]]
    if not isinstance(below.layer, Input):
        return None
    dims = below.layer.facts().output.to_json()
    if len(dims) == 1 and image is not None and prod(image) == dims[0]:
        return image
    height, width, channels = dims if len(dims) == 3 else (None, None, None)
    return (height, width, channels) if height and width and channels else None


def _kernels_of(node: Node, kernel: Array) -> Kernels:
    from cnnspec.render.run.filters import shown_counts

    inputs, filters = kernel.shape[-2:]
    most_inputs, most_filters = shown_counts(inputs, filters)
    finite = kernel[np.isfinite(kernel)]
    return Kernels(
        layer=node.path,
        title=f"{node.layer.kind} {node.layer.summary()}".strip(),
        inputs=inputs,
        filters=filters,
        low=float(finite.min()) if finite.size else 0.0,
        high=float(finite.max()) if finite.size else 0.0,
        shown=tuple(
            tuple(tile_of(kernel[..., channel, number]) for channel in range(most_inputs)) for number in range(most_filters)
        ),
    )


def tile_of(values: Array) -> Tile:
    """Values over space as a sheet: a row for a line, the slices of a volume side by side with a gap between them."""
    if values.ndim == 1:
        values = values[None]
    if values.ndim == 3:
        gap: Array = np.full((values.shape[1], 1), None)
        parts: list[Array] = []
        for number, part in enumerate(values):
            parts += [gap, part.astype(object)] if number else [part.astype(object)]
        values = np.concatenate(parts, axis=1)
    rows, columns = values.shape
    return Tile(rows, columns, tuple(values.reshape(-1).tolist()))
