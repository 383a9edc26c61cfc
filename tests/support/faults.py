"""What goes wrong with a machine: processes that are killed, disks that are full, several runs at once."""

from __future__ import annotations

import errno
import multiprocessing
import os
from collections.abc import Generator
from contextlib import contextmanager
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import pytest
import torch

from cnnspec.diagnostics import SpecError
from cnnspec.train.callbacks import Callback, Logs
from cnnspec.train.result import TrainingResult
from cnnspec.train.run_folder import RunFolder
from cnnspec.train.training import train
from support.training import bars, call, network_of, recipe_of

#: With all that has a state of its own: dropout, moving statistics, an optimizer's slots, validation.
BODY = """
  input 8x8x1
  Conv2D(4, 3x3, activation=relu)
  BatchNorm
  MaxPool2D
  Dropout(0.3)
  Flatten
  Dense(4, activation=softmax)
"""


class SaveEveryStep(Callback):
    """So that most of the time goes into writing."""

    def on_train_batch_end(self, batch: int, logs: Logs) -> None:
        self.session.ask_to_save()


def train_with_every_step_saved(out: Path, epochs: int, *, resume: bool = False, samples: int = 200) -> TrainingResult:
    """The training that is broken off in all ways."""
    recipe = recipe_of(epochs=epochs, optimizer=call("Adam"), validation=0.1)
    return train(network_of(BODY), recipe, bars(train=samples), out=out, resume=resume, threads=1, callbacks=[SaveEveryStep()])


# --- processes ------------------------------------------------------------------------------------------------------


def processes() -> Any:
    """Processes that are forked from one which has imported everything and done nothing."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["cnnspec.train.loop", "support.faults"])
    return context


def go_on(out: str, epochs: int) -> None:
    """Begin the run, or go on with it."""
    torch.set_num_threads(1)
    train_with_every_step_saved(Path(out), epochs, resume=(Path(out) / "run.json").exists())


def end(process: BaseProcess) -> None:
    """Wait for a process; one that hangs fails the test."""
    process.join(60)
    assert process.exitcode is not None


def race(folders: list[str], start: Any, told: Any, answers: Any) -> None:
    """Open each folder at the same time as another process; the winner keeps it until both have said what they met."""
    for folder in folders:
        start.wait(30)
        try:
            with RunFolder(Path(folder)) as opened:
                opened.begin({"model": "Small"})
                answers.put((folder, os.getpid(), "opened", ""))
                told.wait(30)
                opened.update(status="finished")
        except SpecError as error:
            answers.put((folder, os.getpid(), error.diagnostics[0].code, error.diagnostics[0].message))
            told.wait(30)


# --- disks ----------------------------------------------------------------------------------------------------------


@contextmanager
def disk_that_fills_up(patch: pytest.MonkeyPatch, after: int) -> Generator[list[int]]:
    """Only so many times can something be written that takes room: a longer file, a new folder. The count comes out."""
    taken = [0]
    real_write, real_mkdir = os.write, Path.mkdir

    def take() -> None:
        if taken[0] >= after:
            raise OSError(errno.ENOSPC, "No space left on device")
        taken[0] += 1

    def write(descriptor: int, data: Any) -> int:
        place = os.lseek(descriptor, 0, os.SEEK_CUR)
        length = os.fstat(descriptor).st_size
        if place + len(data) > length or _appends(descriptor):
            take()
        return real_write(descriptor, data)

    def mkdir(self: Path, *arguments: Any, **named: Any) -> None:
        if not self.exists():
            take()
        real_mkdir(self, *arguments, **named)

    with patch.context() as inner:
        inner.setattr(os, "write", write)
        inner.setattr(Path, "mkdir", mkdir)
        yield taken


def _appends(descriptor: int) -> bool:
    import fcntl

    return bool(fcntl.fcntl(descriptor, fcntl.F_GETFL) & os.O_APPEND)
