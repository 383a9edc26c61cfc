"""What is said while training runs, on standard error: a bar on a terminal, else one line an epoch."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from cnnspec.diagnostics import Diagnostic

Figures = Mapping[str, float]

#: Seconds between two looks at the device: each of them waits for it.
PERIOD = 0.2

#: The most columns that a line takes.
WIDEST = 120


class Progress:
    """Base: says nothing. The loop asks :meth:`due` after every step, and only then reads figures from the device."""

    def begin(self, model: str, samples: int, epochs: int, device: str) -> None:
        """Training starts."""

    def begin_epoch(self, epoch: int, done: int = 0) -> None:
        """An epoch (from 1) starts, or goes on after so many samples."""

    def due(self) -> bool:
        """Whether it wants to show something now."""
        return False

    def show(self, done: int, read: Callable[[], Figures]) -> None:
        """``done`` samples of the epoch are through; ``read`` gives the figures so far."""

    def end_epoch(self, epoch: int, figures: Figures) -> None:
        """An epoch and its validation are done."""

    def say(self, text: str) -> None:
        """A line of its own."""

    def warn(self, warning: Diagnostic) -> None:
        """Something that is not as it should be, while training goes on."""
        help = f"; {warning.help}" if warning.help else ""
        self.say(f"{warning.severity}: {warning.message}{help}")

    def close(self) -> None:
        """Training is over, or broken off: leave the terminal at the start of a line."""


def shows(progress: Progress | None) -> bool:
    """Whether anything is shown: the base says nothing."""
    return progress is not None and type(progress) is not Progress


class LineProgress(Progress):
    """One line an epoch, for logs and pipes."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self.stream = stream if stream is not None else sys.stderr
        self.epochs = 0

    def begin(self, model: str, samples: int, epochs: int, device: str) -> None:
        self.epochs = epochs
        plural = "s" if epochs != 1 else ""
        self.say(f"{model}: {epochs:,} epoch{plural} of {samples:,} images on {device}")

    def end_epoch(self, epoch: int, figures: Figures) -> None:
        self.say(f"{epoch_label(epoch, self.epochs)}  {describe(figures)}")

    def say(self, text: str) -> None:
        self.stream.write(text + "\n")
        self.stream.flush()


class BarProgress(LineProgress):
    """A bar that is written over itself, with images/s, loss, accuracy and the time that remains."""

    def __init__(
        self, stream: TextIO | None = None, width: int | None = None, clock: Callable[[], float] = time.perf_counter
    ) -> None:
        super().__init__(stream)
        self.width = width
        self.clock = clock
        self.samples, self.epoch, self.done = 0, 0, 0
        #: How many samples were through when this process began: a run that goes on did those in another one.
        self.before: int | None = None
        self.started = self.epoch_started = self.shown = 0.0
        self.drawn = False

    def begin(self, model: str, samples: int, epochs: int, device: str) -> None:
        super().begin(model, samples, epochs, device)
        self.samples, self.before = samples, None
        self.started = self.clock()

    def begin_epoch(self, epoch: int, done: int = 0) -> None:
        self.epoch, self.done = epoch, done
        if self.before is None:
            self.before = (epoch - 1) * self.samples + done
        self.epoch_started = self.shown = self.clock()

    def due(self) -> bool:
        return self.clock() - self.shown >= PERIOD

    def show(self, done: int, read: Callable[[], Figures]) -> None:
        figures = read()
        self.shown = self.clock()
        rate = (done - self.done) / max(self.shown - self.epoch_started, 1e-9)
        through = (self.epoch - 1) * self.samples + done
        # Of all that this process did so far: that counts the time of validation too.
        here = max(through - (self.before or 0), 1)
        left = (self.epochs * self.samples - through) * (self.shown - self.started) / here
        text = f"{describe(figures)}  {rate:,.0f} images/s  {duration(left)} left"
        self._draw(f"{epoch_label(self.epoch, self.epochs)} ", f" {text}", done / self.samples)

    def _columns(self) -> int:
        """How long a line may be: one less than the terminal is wide, which keeps the cursor in it."""
        return min(self.width or shutil.get_terminal_size().columns, WIDEST) - 1

    def _draw(self, before: str, after: str, share: float) -> None:
        columns = self._columns()
        room = columns - len(before) - len(after)
        if room >= 6:
            full = round(share * (room - 2))
            line = f"{before}[{'=' * full}{' ' * (room - 2 - full)}]{after}"
        else:
            line = f"{before}{share:4.0%}{after}"
        self.stream.write("\r" + line[:columns].ljust(columns))
        self.stream.flush()
        self.drawn = True

    def end_epoch(self, epoch: int, figures: Figures) -> None:
        self._erase()
        for left_out in ((), ("images_per_second",), ("images_per_second", "seconds")):
            shown = {name: value for name, value in figures.items() if name not in left_out}
            line = f"{epoch_label(epoch, self.epochs)}  {describe(shown)}"
            if len(line) <= self._columns():
                break
        self.say(line)

    def say(self, text: str) -> None:
        self._erase()
        super().say(text)

    def close(self) -> None:
        self._erase()

    def _erase(self) -> None:
        if self.drawn:
            self.stream.write("\r" + " " * self._columns() + "\r")
            self.stream.flush()
            self.drawn = False


def progress_for(stream: TextIO | None = None) -> Progress:
    """A bar where the stream is a terminal, else lines."""
    shown: TextIO = sys.stderr if stream is None else stream
    return BarProgress(shown) if shown.isatty() else LineProgress(shown)


def epoch_label(epoch: int, epochs: int) -> str:
    """``epoch  3/20``: the numbers stand under each other."""
    return f"epoch {epoch:>{len(str(epochs))}}/{epochs}"


def describe(figures: Figures) -> str:
    """The figures of an epoch in one line of at most some 70 columns."""
    parts = [
        f"{name} {_figure(value)}"
        for name, value in figures.items()
        if name not in ("seconds", "images_per_second", "learning_rate")
    ]
    if "images_per_second" in figures:
        parts.append(f"{figures['images_per_second']:,.0f} images/s")
    if "seconds" in figures:
        parts.append(duration(figures["seconds"]))
    return "  ".join(parts)


def _figure(value: float) -> str:
    return f"{value:.4f}" if abs(value) < 100 else f"{value:.4g}"


def duration(seconds: float) -> str:
    """``0.4 s``, ``12 s``, ``3:05``, ``1:02:07``."""
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    hours, rest = divmod(whole, 3600)
    minutes, whole = divmod(rest, 60)
    return f"{hours}:{minutes:02d}:{whole:02d}" if hours else f"{minutes}:{whole:02d}"
