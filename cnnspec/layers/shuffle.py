"""Layers that give channels another place."""

from typing import Annotated

from pydantic import Field
from typing_extensions import override

from cnnspec.layers.arguments import Count
from cnnspec.layers.base import Facts, Layer, LayerError, Note, Repair, size_unknown
from cnnspec.layers.shape import Shape


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
