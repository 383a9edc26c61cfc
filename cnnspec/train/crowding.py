"""Whether other work has the processors that Torch's threads count on.

The threads of an operation wait for each other at its end. Where one of them does not get a processor all of them stand
still, so that two jobs of two threads on two processors come to a third of two jobs of one thread. The number of threads
decides in which order sums are taken, and so the last bits of every weight: it is not changed by itself, but said.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path

import torch

#: The system's account of what its processors did.
ACCOUNT = Path("/proc/stat")

#: The steps that are not looked at (compilers and caches have work then), and the least seconds of those that are.
FIRST, SECONDS = 10, 1.0

#: So much of a processor may be missing before it is worth a word.
TOLERATED = 0.5


@dataclass(frozen=True, slots=True)
class Account:
    """What was used until a moment.

    Attributes:
        time: of a clock, seconds.
        used: by all processes, seconds of processors.
        own: by this process, seconds of processors.
        processors: how many there are.
    """

    time: float
    used: float
    own: float
    processors: int

    def others(self, later: Account) -> float:
        """How many processors other processes had between two moments."""
        elapsed = max(later.time - self.time, 1e-9)
        return max(0.0, (later.used - self.used) - (later.own - self.own)) / elapsed


def read_account(path: Path = ACCOUNT) -> Account | None:
    """What was used until now; None where the system has no such account."""
    try:
        lines = path.read_text("ascii").splitlines()
    except OSError:  # not Linux, or a sandbox without it
        return None
    whole, *each = [line.split() for line in lines if line.startswith("cpu")] or [[]]
    if not each:
        return None
    # user, nice, system; idle, waiting and interrupts are no processes.
    used = sum(map(int, whole[1:4])) / os.sysconf("SC_CLK_TCK")
    return Account(time.perf_counter(), used, time.process_time(), len(each))


class Crowding:
    """Looks at the first steps of a run, once.

    Args:
        threads: of Torch.
    """

    def __init__(self, threads: int) -> None:
        self.threads = threads
        self.steps = 0
        self.began: Account | None = None
        self.done = threads < 2

    @classmethod
    def of(cls, device: torch.device) -> Crowding:
        """Of this process; on a GPU there is nothing to look at."""
        return cls(torch.get_num_threads() if device.type == "cpu" else 1)

    def look(self) -> str | None:
        """After a step: what to say, if there is something."""
        self.steps += 1
        if self.done or self.steps < FIRST:
            return None
        if self.began is None:
            self.began = read_account()
            self.done = self.began is None
            return None
        if time.perf_counter() - self.began.time < SECONDS:
            return None
        self.done = True
        now = read_account()
        return advice(self.threads, now.processors, self.began.others(now)) if now is not None else None


def advice(threads: int, processors: int, others: float) -> str | None:
    """What to say to so many threads on so many processors of which others have a part; None if there are enough."""
    free = processors - others
    if threads <= free + TOLERATED:
        return None
    fitting = max(1, round(free))
    return (
        f"other work has {others:.1f} of {processors} processors, and threads wait for each other: "
        f"--threads {fitting} may be faster than {threads}"
    )
