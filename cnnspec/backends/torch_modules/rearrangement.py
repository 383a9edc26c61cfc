"""Layers that keep a part of their input, or give channels another place."""

from __future__ import annotations

from typing import Any

from torch import Tensor
from typing_extensions import override

from cnnspec.backends.torch_modules.layout import to_channels_first, to_channels_last, torch_axis
from cnnspec.backends.torch_modules.module import LayerModule
from cnnspec.backends.torch_modules.table import Place, lowers
from cnnspec.layers.axes import resolve_axis


class Slice(LayerModule):
    """The part from ``start`` to ``stop`` along one axis, a view."""

    def __init__(self, layer: Any, dim: int) -> None:
        super().__init__(layer)
        self.dim = dim
        self.edges = layer.edges

    @override
    def core(self, x: Tensor) -> Tensor:
        size = x.shape[self.dim]
        first, last = self.edges(size)
        if not 0 <= first < last <= size:  # an extent that the file leaves open
            raise ValueError(f"{self.layer.kind} {self.layer.summary()} takes more than the {size} positions there are")
        return x.narrow(self.dim, first, last - first)


@lowers("Slice")
def lower_slice(layer: Any, place: Place) -> LayerModule:
    """The file's axis, mapped to the module's order."""
    at = resolve_axis(layer.kind, "axis", layer.axis, place.inputs[0])
    return Slice(layer, torch_axis(at + 1, place.rank))


class ChannelShuffle(LayerModule):
    """The channels dealt out from ``groups`` groups; done channels last, which keeps that order in memory."""

    def __init__(self, layer: Any) -> None:
        super().__init__(layer)
        self.groups = layer.groups

    @override
    def core(self, x: Tensor) -> Tensor:
        last = to_channels_last(x)
        dealt = last.reshape(*last.shape[:-1], self.groups, -1).transpose(-1, -2)
        return to_channels_first(dealt.reshape(last.shape))


@lowers("ChannelShuffle")
def lower_channel_shuffle(layer: Any, place: Place) -> LayerModule:
    """As torch.nn.ChannelShuffle, and for vectors too."""
    return ChannelShuffle(layer)


class PixelShuffle(LayerModule):
    """(N, C·f·f, H, W) → (N, C, H·f, W·f), and so along any number of spatial axes."""

    def __init__(self, layer: Any, rank: int, channels: int) -> None:
        super().__init__(layer)
        self.factor = layer.factor
        self.cells = (channels, *[layer.factor] * rank)
        # (N, C, f…, S…) → (N, C, S, f, S, f, …): every extent beside the part of it that comes from the channels.
        self.order = (0, 1, *(axis for at in range(rank) for axis in (2 + rank + at, 2 + at)))

    @override
    def core(self, x: Tensor) -> Tensor:
        cells = x.reshape(x.shape[0], *self.cells, *x.shape[2:]).permute(self.order)
        return cells.reshape(x.shape[0], self.cells[0], *(n * self.factor for n in x.shape[2:]))


@lowers("PixelShuffle")
def lower_pixel_shuffle(layer: Any, place: Place) -> LayerModule:
    """Channels stand in Torch's order: c·f·f + row·f + column."""
    return PixelShuffle(layer, place.rank, int(place.facts.output.channels))  # type: ignore[arg-type]
