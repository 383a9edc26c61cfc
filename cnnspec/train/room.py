"""Whether a step of training has room in the memory of its device, before it is taken."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch

from cnnspec.diagnostics import Diagnostic
from cnnspec.diagnostics.catalogue.runs import memory_short, out_of_memory

#: Where Linux says what memory there is: all of it, and what a container may take and has taken.
MEMORY = Path("/proc/meminfo")
LIMIT, TAKEN = Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory.current")


@dataclass(frozen=True, slots=True)
class Room:
    """How a step stands to the memory that is free.

    Attributes:
        needed: bytes that a step takes, by the analysis of the network.
        free: bytes that are free on the device.
        largest: the greatest batch that fits, 0 where not one sample does.
        remedies: what else would help.
    """

    needed: int
    free: int
    largest: int
    remedies: tuple[str, ...] = ()

    @property
    def fits(self) -> bool:
        """Whether there is room."""
        return self.needed <= self.free

    def warning(self, model: str, batch_size: int) -> Diagnostic:
        """That there is not."""
        return memory_short(
            model, batch_size=batch_size, needed=self.needed, free=self.free, largest=self.largest, remedies=self.remedies
        )

    def error(self, model: str, batch_size: int, detail: str) -> Diagnostic:
        """That Torch found it so."""
        return out_of_memory(
            model, batch_size=batch_size, detail=detail, needed=self.needed, largest=self.largest, remedies=self.remedies
        )


def free_memory(device: torch.device) -> int | None:
    """The bytes that are free on a device, None where nobody says."""
    if device.type == "cuda":
        return int(torch.cuda.mem_get_info(device)[0])
    if device.type != "cpu" or not MEMORY.is_file():
        return None
    found = [line.split() for line in MEMORY.read_text().splitlines()]
    available = [1024 * int(words[1]) for words in found if words[:1] == ["MemAvailable:"]]
    return min([*available, *_left_in_container()], default=None)


def _left_in_container() -> list[int]:
    """What a container's limit leaves, where it has one."""
    try:
        limit, taken = LIMIT.read_text().strip(), TAKEN.read_text().strip()
    except OSError:
        return []
    return [max(int(limit) - int(taken), 0)] if limit.isdecimal() and taken.isdecimal() else []
