"""Layers that give channels another place."""

from typing import Annotated

from pydantic import Field
from typing_extensions import override

from cnnspec.layers.arguments import Count
from cnnspec.layers.arithmetic import divide, lift
from cnnspec.layers.base import Facts, Layer, LayerError, Note, Repair, size_unknown
from cnnspec.layers.shape import Shape
from cnnspec.layers.upkeep import NOTHING_KEPT, Kept
from cnnspec.layers.window import Magnified


def _channels(kind: str, shape: Shape) -> int:
    channels = shape.channels
    if not isinstance(channels, int):
        raise size_unknown(kind, "number of channels", channels)
    return channels


class ChannelShuffle(Layer):
    """Deals the channels out: the first of every group, then the second of every group, and so on.

    Source: Zhang et al. 2018 (ShuffleNet).
    """

    kind = "ChannelShuffle"
    linear = True

    groups: Annotated[Count, Field(description="groups of neighbouring channels that are dealt out, a divisor of the channels")]

    @override
    def facts(self, *inputs: Shape) -> Facts:
        shape = inputs[0]
        channels = _channels(self.kind, shape)
        if channels % self.groups:
            best = max(n for n in range(1, min(self.groups, channels) + 1) if channels % n == 0)
            repair = Repair(f"groups={best} divides {channels} channels", "groups", best)
            values = {"layer": self.kind, "groups": self.groups, "channels": int(channels)}
            raise LayerError("groups-mismatch", "groups", repairs=(repair,), **values)
        return Facts(shape)

    @override
    def keeps(self, facts: Facts, *inputs: Shape) -> Kept:
        return NOTHING_KEPT

    @override
    def is_view(self, *, training: bool) -> bool:
        return self.groups == 1

    @override
    def notes(self, *inputs: Shape) -> tuple[Note, ...]:
        channels = _channels(self.kind, inputs[0])
        order = [at % self.groups * (channels // self.groups) + at // self.groups for at in range(channels)]
        shown = ", ".join(map(str, order[:8])) + (", …" if channels > 8 else "")
        return (Note("order of the channels", shown),)

    @override
    def summary(self) -> str:
        return f"g{self.groups}"

    @override
    def incompatible(self) -> tuple[str, ...]:
        return ("ChannelShuffle",)


class PixelShuffle(Layer):
    """Makes a map larger by laying out channels beside each other: ``factor`` × ``factor`` of them become one.

    Source: Shi et al. 2016.
    """

    kind = "PixelShuffle"
    linear = True

    factor: Annotated[Count, Field(description="how many times larger along every spatial axis")]

    @override
    def facts(self, *inputs: Shape) -> Facts:
        shape = inputs[0]
        if not shape.rank:
            raise LayerError("wrong-rank", layer=self.kind, rank=0, shape=str(shape), actual=0)
        channels = _channels(self.kind, shape)
        cell = self.factor**shape.rank
        if channels % cell:
            raise LayerError(
                "factor-mismatch", "factor", layer=self.kind, factor=self.factor, rank=shape.rank, channels=int(channels)
            )
        window = tuple(Magnified(self.factor) for _ in shape.extents)
        positions = tuple(axis.positions(n) for axis, n in zip(window, shape.extents, strict=True))
        return Facts(Shape((*positions, divide(channels, cell))), (), window)

    @override
    def keeps(self, facts: Facts, *inputs: Shape) -> Kept:
        return NOTHING_KEPT

    @override
    def is_view(self, *, training: bool) -> bool:
        return self.factor == 1

    @override
    def notes(self, *inputs: Shape) -> tuple[Note, ...]:
        cell = lift(self.factor)
        for _ in range(inputs[0].rank - 1):
            cell = cell * self.factor
        return (Note("channels of a cell", cell.equation),)

    @override
    def summary(self) -> str:
        return f"·{self.factor}"

    @override
    def incompatible(self) -> tuple[str, ...]:
        return ("PixelShuffle",)
