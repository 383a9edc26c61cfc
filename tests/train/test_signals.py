"""Ctrl-C and SIGTERM: the first finishes the step and saves, the second ends at once."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from cnnspec.ir import Network
from cnnspec.train.callbacks import Callback, Logs
from cnnspec.train.data.dataset import Dataset
from cnnspec.train.interruption import TrainingInterrupted
from cnnspec.train.training import train
from support.training import recipe_of


class Kill(Callback):
    """Sends this process a signal in the middle of an epoch."""

    def __init__(self, number: int, epoch: int, batch: int) -> None:
        self.number, self.at = number, (epoch, batch)
        self.epoch = 0

    def on_epoch_begin(self, epoch: int, logs: Logs) -> None:
        self.epoch = epoch

    def on_train_batch_begin(self, batch: int, logs: Logs) -> None:
        if (self.epoch, batch) == self.at:
            os.kill(os.getpid(), self.number)


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_the_first_signal_finishes_the_step_and_saves(
    small: Network, data: Dataset, tmp_path: Path, number: int, status: int
) -> None:
    before = signal.getsignal(number)
    with pytest.raises(TrainingInterrupted) as caught:
        train(small, recipe_of(epochs=5), data, out=tmp_path / "run", callbacks=[Kill(number, 1, 4)])
    assert caught.value.exit_status == status
    assert (caught.value.epoch, caught.value.step) == (1, 13 + 5)
    record = json.loads((tmp_path / "run/run.json").read_text())
    assert record["status"] == "interrupted"
    assert record["steps"] == 18
    from cnnspec.train.run import load_run

    saved = load_run(tmp_path / "run")
    assert saved.metadata["step"] == 18
    assert (tmp_path / "run/plots/curves.svg").is_file()
    assert signal.getsignal(number) == before


def test_the_second_signal_ends_at_once(small: Network, data: Dataset) -> None:
    class Twice(Callback):
        def on_train_batch_begin(self, batch: int, logs: Logs) -> None:
            os.kill(os.getpid(), signal.SIGINT)
            os.kill(os.getpid(), signal.SIGINT)
            for _ in range(1000):  # the second handler raises between two steps of Python
                pass
            raise AssertionError("not interrupted")

    with pytest.raises(KeyboardInterrupt) as caught:
        train(small, recipe_of(), data, callbacks=[Twice()])
    assert not isinstance(caught.value, TrainingInterrupted)


CHILD = """
import os, sys
sys.path.insert(0, sys.argv[2])
from pathlib import Path
from support.training import SMALL, bars, network_of, recipe_of
from cnnspec.train.callbacks import Callback
from cnnspec.train.interruption import TrainingInterrupted
from cnnspec.train.training import train

class Ready(Callback):
    def on_epoch_begin(self, epoch, logs):
        if epoch == 2:
            print("ready", flush=True)

try:
    train(network_of(SMALL), recipe_of(epochs=100_000), bars(), out=Path(sys.argv[1]), threads=1, callbacks=[Ready()])
except TrainingInterrupted as stopped:
    sys.exit(stopped.exit_status)
"""


@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 143), (signal.SIGKILL, -9)])
def test_a_process_can_be_ended_at_any_time(tmp_path: Path, number: int, status: int) -> None:
    here = str(Path(__file__).parent.parent)
    command = [sys.executable, "-c", CHILD, str(tmp_path / "run"), here]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
        child.send_signal(number)
        assert child.wait(20) == status
    from cnnspec.train.run import load_run

    run = load_run(tmp_path / "run")
    assert run.epoch >= 1
    assert run.record["status"] == ("interrupted" if number == signal.SIGTERM else "running")
