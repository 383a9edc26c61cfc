"""Kills, full disks, races, flipped bytes: what was whole stays whole, and the run goes on to the same weights."""

from __future__ import annotations

import json
import os
import random
import shutil
import time
from pathlib import Path

import pytest

import cnnspec
from cnnspec.api import UnknownNameError
from cnnspec.diagnostics import MachineError, SpecError
from cnnspec.train.checkpoint import read_checkpoint
from cnnspec.train.resuming import find_checkpoint
from cnnspec.train.run_folder import checkpoints_of, is_locked
from support.faults import disk_that_fills_up, end, go_on, processes, race, train_with_every_step_saved
from support.resuming import digest, rows

# --- kill -9 --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("kills", "epochs"), [(10, 6), pytest.param(100, 40, marks=pytest.mark.slow)])
def test_killed_at_random_moments(tmp_path: Path, kills: int, epochs: int) -> None:
    context, draw, out = processes(), random.Random(kills), tmp_path / "run"
    done = 0
    for _ in range(kills):
        process = context.Process(target=go_on, args=(str(out), epochs))
        process.start()
        wait_until_it_runs(out, process.pid)
        time.sleep(draw.uniform(0, 0.15))
        process.kill()
        end(process)
        if (out / "run.json").exists():
            assert json.loads((out / "run.json").read_text())["schema"] == 1
            assert not is_locked(out)
            _, warnings = find_checkpoint(out)
            assert not warnings, "a checkpoint with a name of its own is whole"
        done += process.exitcode == -9
    assert done >= kills // 2
    resumed = train_with_every_step_saved(out, epochs, resume=(out / "run.json").exists())
    straight = train_with_every_step_saved(tmp_path / "whole", epochs)
    assert digest(resumed.module.state_dict()) == digest(straight.module.state_dict())
    assert rows(out) == rows(tmp_path / "whole")
    assert len(checkpoints_of(out)) == 2
    assert not list(out.rglob(".*"))


def wait_until_it_runs(out: Path, number: int) -> None:
    """Until the process has written its number, or for a while."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            if json.loads((out / "run.json").read_text())["process"] == number:
                return
        except OSError:
            pass
        time.sleep(0.002)


# --- a full disk ----------------------------------------------------------------------------------------------------


def test_a_disk_that_is_full_at_any_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    straight = train_with_every_step_saved(tmp_path / "whole", 1, samples=50)
    expected = digest(straight.module.state_dict())
    with disk_that_fills_up(monkeypatch, 10**6) as taken:
        train_with_every_step_saved(tmp_path / "counted", 1, samples=50)
    assert taken[0] > 12
    for after in range(taken[0]):
        out = tmp_path / str(after)
        with disk_that_fills_up(monkeypatch, after), pytest.raises(MachineError) as caught:
            train_with_every_step_saved(out, 1, samples=50)
        (found,) = caught.value.diagnostics
        assert found.code == "disk-full"
        assert "bytes" in found.message
        resume = (out / "run.json").exists()
        if resume:
            record = json.loads((out / "run.json").read_text())
            assert record["status"] == "failed", after
            assert "there is no room" in record["message"]
            checkpoint, warnings = find_checkpoint(out)
            assert not warnings
            assert (checkpoint is not None) == ("last good checkpoint" in found.notes[0])
        assert not list(out.rglob(".*")), "nothing half-written stays"
        resumed = train_with_every_step_saved(out, 1, resume=resume, samples=50)
        assert digest(resumed.module.state_dict()) == expected
        shutil.rmtree(out)


def test_a_real_disk_that_is_full(tmp_path: Path) -> None:
    """A file system of its own in memory, where one may be mounted."""
    import subprocess

    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(disk)], capture_output=True, check=False)
    if mounted.returncode:
        pytest.skip("no file system may be mounted here")
    try:
        with (disk / "ballast").open("wb") as ballast:
            ballast.write(b"x" * 130_000)
        with pytest.raises(MachineError) as caught:
            train_with_every_step_saved(disk / "run", 3)
        assert caught.value.diagnostics[0].code == "disk-full"
        assert json.loads((disk / "run/run.json").read_text())["status"] == "failed"
        (disk / "ballast").unlink()
        resumed = train_with_every_step_saved(disk / "run", 3, resume=True)
    finally:
        subprocess.run(["umount", str(disk)], check=True)
    straight = train_with_every_step_saved(tmp_path / "whole", 3)
    assert digest(resumed.module.state_dict()) == digest(straight.module.state_dict())


# --- two at once ----------------------------------------------------------------------------------------------------


def test_twenty_races_for_a_folder(tmp_path: Path) -> None:
    context = processes()
    folders = [str(tmp_path / f"run {n}") for n in range(20)]
    start, told, answers = context.Barrier(2), context.Barrier(2), context.Queue()
    racers = [context.Process(target=race, args=(folders, start, told, answers)) for _ in range(2)]
    for racer in racers:
        racer.start()
    found: dict[str, list[tuple[int, str, str]]] = {}
    for _ in range(40):
        folder, number, code, message = answers.get(timeout=60)
        found.setdefault(folder, []).append((number, code, message))
    for racer in racers:
        end(racer)
    for folder, both in found.items():
        (winner, _, _), (_, code, message) = sorted(both, key=lambda answer: answer[1] != "opened")
        assert [answer[1] for answer in both].count("opened") == 1, folder
        assert code == "run-folder-locked"
        assert f"process {winner} on {os.uname().nodename}" in message
        assert not is_locked(Path(folder))


# --- bytes that change ----------------------------------------------------------------------------------------------


def test_a_hundred_flipped_bytes(tmp_path: Path) -> None:
    out, draw = tmp_path / "run", random.Random(0)
    train_with_every_step_saved(out, 2)
    newest, older = checkpoints_of(out)
    step = read_checkpoint(older).metadata["step"]
    data = newest.read_bytes()
    for _ in range(100):
        changed = bytearray(data)
        changed[draw.randrange(len(data))] ^= 1 << draw.randrange(8)
        newest.write_bytes(changed)
        checkpoint, (warning,) = find_checkpoint(out)
        assert checkpoint is not None
        assert checkpoint.metadata["step"] == step
        assert warning.code == "checkpoint-skipped"
        assert f"{older.name}, the one before, is used" in warning.message


SPEC = """model Small {
  input 28x28x1
  Conv2D(2, 5x5, strides=4, activation=relu)
  Flatten
  Dense(10, activation=softmax)
}
train Small {
  data = digits
  loss = categorical_crossentropy
  optimizer = SGD
  epochs = 1
  batch_size = 128
}
"""


@pytest.mark.parametrize("name", ["run.json", "spec.cnn", "metrics.csv"])
def test_other_files_with_flipped_bytes_are_refused_or_harmless(tmp_path: Path, name: str) -> None:
    out, draw = tmp_path / "run", random.Random(1)
    (tmp_path / "small.cnn").write_text(SPEC)
    cnnspec.train(tmp_path / "small.cnn", out=out)
    kept = tmp_path / "kept"
    shutil.copytree(out, kept)
    refused = 0
    for _ in range(12):
        shutil.rmtree(out)
        shutil.copytree(kept, out)
        data = bytearray((out / name).read_bytes())
        data[draw.randrange(len(data))] ^= 1 << draw.randrange(7)
        (out / name).write_bytes(data)
        try:
            cnnspec.train(resume=out)
        except (SpecError, UnknownNameError):
            refused += 1
    assert refused or name == "metrics.csv"
