"""The least time that work takes on a device: that of its operations at the peak, or of its bytes at the bandwidth.

Source: Williams, Waterman and Patterson 2009.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from cnnspec.analysis.cost.devices import Device
from cnnspec.analysis.cost.work import Work
from cnnspec.record import record


@record
class Bound:
    """The time of one layer from below: ``seconds`` = max(operations/peak, bytes/bandwidth), and which of the two it is."""

    work: Work
    seconds: float
    by: Literal["compute", "memory"]


@record
class Roofline:
    """The times of all layers on a device in a precision; they cannot overlap, as each waits for the one before."""

    device: Device
    precision: str
    bounds: tuple[Bound, ...]

    @property
    def ridge(self) -> float:
        """The intensity from which the arithmetic is the bound: peak/bandwidth."""
        return self.device.peak(self.precision) / self.device.bandwidth

    @property
    def seconds(self) -> float:
        """The sum over the layers."""
        return sum(bound.seconds for bound in self.bounds)

    def seconds_by(self, by: str) -> float:
        """The part of it of layers that are bound so."""
        return sum(bound.seconds for bound in self.bounds if bound.by == by)


def bound(works: Sequence[Work], device: Device, precision: str) -> Roofline:
    """The roofline of work whose sizes are all known."""
    return Roofline(device, precision, tuple(_bound(work, device, precision) for work in works))


def _bound(work: Work, device: Device, precision: str) -> Bound:
    assert isinstance(work.operations, int)
    assert isinstance(work.bytes, int)
    computing, moving = int(work.operations) / device.peak(precision), int(work.bytes) / device.bandwidth
    return Bound(work, max(computing, moving), "compute" if computing > moving else "memory")
