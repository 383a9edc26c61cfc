"""Ctrl-C and SIGTERM: the first asks training to stop after the step, the second stops it at once."""

from __future__ import annotations

import signal
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any, Self

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class TrainingInterrupted(KeyboardInterrupt):
    """A signal ended training after a whole step; what was reached is saved.

    Attributes:
        signal: its number.
        out: the run's folder, if it has one.
        epoch, step: whole epochs, and steps, that were done.
        exit_status: what a command exits with: 130 for Ctrl-C, 143 for SIGTERM.
    """

    def __init__(self, number: int, *, out: Path | None, epoch: int, step: int) -> None:
        self.signal, self.out, self.epoch, self.step = number, out, epoch, step
        saved = f"; saved in {out.as_posix()}" if out is not None else ""
        super().__init__(f"stopped by {signal.Signals(number).name} after {step:,} steps ({epoch:,} whole epochs){saved}")

    @property
    def exit_status(self) -> int:
        return 128 + self.signal


class Interruption:
    """While it is entered, the first signal is only noted in ``requested``, and the earlier handlers come back.

    Outside the main thread, where Python allows no handlers, it does nothing. One of several processes is patient: a launcher
    passes on the signal that its processes got already, and kills them itself when they take too long.
    """

    def __init__(self, *, patient: bool = False) -> None:
        self.requested: int | None = None
        self.patient = patient
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Self:
        try:
            for number in SIGNALS:
                self._before[number] = signal.signal(number, self._note)
        except ValueError:
            self._before.clear()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._restore()

    def _note(self, number: int, frame: FrameType | None) -> None:
        self.requested = number
        if not self.patient:
            self._restore()

    def _restore(self) -> None:
        while self._before:
            number, handler = self._before.popitem()
            # A handler that was not installed from Python reads as None; the default is all that can be put back.
            signal.signal(number, handler if handler is not None else signal.SIG_DFL)
