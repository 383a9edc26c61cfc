"""The clock of a benchmark's arm: a process that trains only while it is told to, and says how many images it took.

The process prints ``ready`` when its first steps are done, waits for ``go SECONDS`` on standard input, trains on for as
long, and prints the images and seconds as JSON; then it waits again. ``stop`` ends it.
"""

from __future__ import annotations

import json
import os
import sys
import time

#: Steps before a process is ready: compilers and caches have done their work by then.
WARM_UP = 40


class Pacer:
    """Call :meth:`step` after every training step; it blocks while another process has the turn."""

    def __init__(self, batch: int) -> None:
        self.batch, self.steps = batch, 0
        self.started = self.until = 0.0
        # What a framework prints must not reach the one who measures.
        self.out = os.fdopen(os.dup(1), "w", buffering=1)
        os.dup2(2, 1)

    def step(self) -> None:
        """One more step was taken."""
        self.steps += 1
        if not self.until:
            if self.steps == WARM_UP:
                print("ready", file=self.out, flush=True)
                self.wait()
            return
        now = time.perf_counter()
        if now >= self.until:
            print(json.dumps({"images": self.steps * self.batch, "seconds": now - self.started}), file=self.out, flush=True)
            self.wait()

    def wait(self) -> None:
        """Until the next turn."""
        command = sys.stdin.readline().split()
        if not command or command[0] == "stop":
            # At once: no framework's end of a run belongs to the measurement.
            os._exit(0)
        self.steps, self.started = 0, time.perf_counter()
        self.until = self.started + float(command[1])
