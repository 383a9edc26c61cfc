"""What is said while training runs, the curves it leaves, and the allocator."""

from __future__ import annotations

import io
import os
import subprocess
import sys

import pytest

from cnnspec.train.memory import SWITCH
from cnnspec.train.progress import BarProgress, LineProgress, duration, progress_for


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize(("width", "longest"), [(80, 79), (120, 119), (300, 119), (40, 39)])
def test_the_bar_keeps_to_the_terminal(width: int, longest: int) -> None:
    stream, clock = io.StringIO(), Clock()
    bar = BarProgress(stream, width, clock)
    bar.begin("MnistCNN", 60_000, 20, "cpu")
    bar.begin_epoch(3)
    assert not bar.due()
    clock.now += 4
    assert bar.due()
    figures = {"loss": 0.1234, "accuracy": 0.9876}
    bar.show(30_000, lambda: figures)
    assert not bar.due()
    line = stream.getvalue().rpartition("\r")[2]
    assert len(line) == longest
    if width >= 80:
        assert "epoch  3/20" in line
        assert "loss 0.1234  accuracy 0.9876" in line
        assert "7,500 images/s" in line
        assert "left" in line
    bar.end_epoch(3, figures)
    bar.close()
    assert stream.getvalue().endswith("epoch  3/20  loss 0.1234  accuracy 0.9876\n")


@pytest.mark.parametrize(
    ("width", "end"), [(120, "0.9024  1,506 images/s  0.7 s"), (88, "0.9024  0.7 s"), (80, "0.9024"), (40, "0.9024")]
)
def test_an_epoch_keeps_to_its_line_where_it_can(width: int, end: str) -> None:
    stream = io.StringIO()
    bar = BarProgress(stream, width, Clock())
    bar.begin("M", 1_150, 2, "cpu")
    figures = {"loss": 0.7858, "accuracy": 0.7591, "val_loss": 0.2981, "val_accuracy": 0.9024}
    bar.end_epoch(1, {**figures, "learning_rate": 0.01, "seconds": 0.7, "images_per_second": 1506.0})
    line = stream.getvalue().splitlines()[-1]
    assert line.endswith(f"val_accuracy {end}")
    assert width < 80 or len(line) < width


def test_the_time_that_remains() -> None:
    stream, clock = io.StringIO(), Clock()
    bar = BarProgress(stream, 120, clock)
    bar.begin("A", 1_000, 4, "cpu")
    bar.begin_epoch(1)
    clock.now += 10
    bar.show(500, dict)
    # An eighth took 10 seconds.
    assert "1:10 left" in stream.getvalue()


def test_a_run_that_goes_on_counts_what_it_does_itself() -> None:
    stream, clock = io.StringIO(), Clock()
    bar = BarProgress(stream, 120, clock)
    bar.begin("A", 1_000, 4, "cpu")
    bar.begin_epoch(3, 500)
    clock.now += 10
    bar.show(750, dict)
    # A quarter of an epoch took 10 seconds, five are left.
    assert "25 images/s  50 s left" in stream.getvalue()
    bar.begin_epoch(4)
    clock.now += 10
    bar.show(500, dict)
    assert "50 images/s  10 s left" in stream.getvalue()


def test_one_line_an_epoch_without_a_terminal() -> None:
    stream = io.StringIO()
    lines = progress_for(stream)
    assert type(lines) is LineProgress
    lines.begin("LeNet5", 1_437, 2, "cpu")
    assert not lines.due()
    for epoch in (1, 2):
        lines.begin_epoch(epoch)
        lines.end_epoch(
            epoch, {"loss": 0.5, "val_loss": 0.4, "learning_rate": 0.01, "seconds": 1.25, "images_per_second": 1149.6}
        )
    lines.close()
    assert stream.getvalue().splitlines() == [
        "LeNet5: 2 epochs of 1,437 images on cpu",
        "epoch 1/2  loss 0.5000  val_loss 0.4000  1,150 images/s  1.2 s",
        "epoch 2/2  loss 0.5000  val_loss 0.4000  1,150 images/s  1.2 s",
    ]


def test_durations() -> None:
    assert [duration(s) for s in (0.04, 9.9, 59.4, 59.6, 3599.4, 3600)] == ["0.0 s", "9.9 s", "59 s", "1:00", "59:59", "1:00:00"]


def run_memory(value: str) -> str:
    code = "import sys; from cnnspec.train.memory import keep_freed_memory as k; print(k()); assert 'torch' not in sys.modules"
    environment = {**os.environ, SWITCH: value}
    return subprocess.run([sys.executable, "-c", code], env=environment, text=True, capture_output=True, check=True).stdout


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="glibc is on Linux")
def test_the_allocator_is_told_or_left_alone() -> None:
    assert "M_MMAP_MAX, M_TRIM_THRESHOLD, M_TOP_PAD" in run_memory("")
    assert run_memory("0") == "memory: the allocator is left alone (CNNSPEC_MALLOPT=0)\n"
