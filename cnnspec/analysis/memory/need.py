"""Bytes as they grow with the batch."""

from __future__ import annotations

from cnnspec.layers.arithmetic import Size
from cnnspec.record import record


@record
class Need:
    """``fixed + batch·each`` bytes."""

    fixed: Size
    each: Size

    def at(self, batch: int) -> Size:
        """The bytes for a batch of this size."""
        return self.fixed + self.each * batch

    def largest_batch(self, limit: int) -> int | None:
        """The greatest batch that takes at most ``limit`` bytes, ⌊(limit − fixed)/each⌋, 0 where not even one sample fits.

        None where the bytes depend on a size that is open, or no batch is too large.
        """
        if not isinstance(self.fixed, int) or not isinstance(self.each, int) or self.each == 0:
            return None
        return max((limit - int(self.fixed)) // int(self.each), 0)
