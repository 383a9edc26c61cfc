"""What does the work of TimeLimit."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from cnnspec.train.callbacks import Callback, Logs
from cnnspec_time_limit.declaration import TimeLimit


class TimeLimitForm(Callback):
    """Looks at the clock after every step; a run that goes on has spent what it had spent before."""

    def __init__(self, declaration: TimeLimit) -> None:
        self.seconds = declaration.seconds
        self.spent, self.started = 0.0, 0.0

    def on_train_begin(self, logs: Logs) -> None:
        self.spent, self.started = 0.0, time.monotonic()

    def on_train_batch_end(self, batch: int, logs: Logs) -> None:
        if self.spent + time.monotonic() - self.started > self.seconds:
            self.session.stop(f"TimeLimit: {self.seconds:g} s are over")

    def state(self) -> Mapping[str, Any]:
        return {"spent": self.spent + time.monotonic() - self.started}

    def restore(self, state: Mapping[str, Any]) -> None:
        self.spent = float(state["spent"])
