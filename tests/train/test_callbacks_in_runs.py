"""Callbacks in real runs: what they come to, that a run goes on with them bit for bit, and what a full disk says."""

from __future__ import annotations

import csv
import errno
import json
import math
from pathlib import Path
from typing import Any

import pytest

from cnnspec.diagnostics import MachineError, SpecError
from cnnspec.ir import Network
from cnnspec.recipe.recipe import Recipe
from cnnspec.schema.values import Quoted
from cnnspec.train.callbacks import Callback, Logs
from cnnspec.train.callbacks.learning_rate import LearningRateScheduler
from cnnspec.train.checkpoint import read_checkpoint
from cnnspec.train.data.dataset import Dataset
from cnnspec.train.run_folder import checkpoints_of
from cnnspec.train.training import train
from support.command import run
from support.resuming import digest, require_equal
from support.training import call, recipe_of

STEPS = 10  # of an epoch of 160 samples by 16, 40 more to validate


def everything(**changes: Any) -> Recipe:
    """A recipe with every callback that keeps something, watched closely enough that each of them acts."""
    callbacks = (
        call("SwapEMAWeights"),
        call("ReduceLROnPlateau", monitor="val_accuracy", patience=1, factor=0.5, cooldown=1, min_delta=0.2),
        call("EarlyStopping", monitor="val_loss", patience=3, min_delta=0.05, restore_best_weights=True),
        call("ModelCheckpoint", path=Quoted("best/{epoch}-{val_loss:.3f}"), save_best_only=True),
        call("ModelCheckpoint", path=Quoted("steps/{epoch}-{batch}"), save_freq=7, save_weights_only=True),
        call("CSVLogger", path=Quoted("log.csv")),
        call("BackupAndRestore", save_freq=4),
        call("TerminateOnNaN"),
    )
    base = {"validation": 40, "epochs": 7, "ema": 0.8, "optimizer": call("Adam", learning_rate=0.003)}
    return recipe_of(**{**base, "callbacks": callbacks, **changes})


class Fall(Callback):
    """Breaks the run off after a step."""

    def __init__(self, step: int | None = None) -> None:
        self.step = step

    def on_train_batch_end(self, batch: int, logs: Logs) -> None:
        if self.session.step == self.step:
            raise KeyboardInterrupt


def files(folder: Path) -> dict[str, bytes]:
    """The files of callbacks."""
    kept = [*(folder / "best").iterdir(), *(folder / "steps").iterdir(), folder / "log.csv"]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in kept}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any]:
    from support.training import SMALL, bars, network_of

    out = tmp_path_factory.mktemp("runs") / "whole"
    return out, train(network_of(SMALL), everything(), bars(), out=out, device="cpu", callbacks=[Fall()])


def test_every_callback_has_acted(whole: tuple[Path, Any]) -> None:
    """So that what follows says something of each."""
    out, result = whole
    rates = [float(row["learning_rate"]) for row in csv.DictReader((out / "metrics.csv").read_text().splitlines())]
    assert result.stopped.startswith("EarlyStopping") or result.epochs == 7
    assert rates[0] > rates[-1]
    kept = files(out)
    assert any(name.startswith("best/") for name in kept)
    steps = result.epochs * STEPS
    assert sum(name.startswith("steps/") for name in kept) == steps // 7
    assert len((out / "log.csv").read_text().splitlines()) == result.epochs + 1


@pytest.mark.parametrize("step", [6, 10, 11, 19, 25, 33, 41])
def test_a_run_with_every_callback_goes_on_bit_by_bit(
    small: Network, data: Dataset, tmp_path: Path, whole: tuple[Path, Any], step: int
) -> None:
    out = tmp_path / "broken"
    with pytest.raises(KeyboardInterrupt):
        train(small, everything(), data, out=out, device="cpu", callbacks=[Fall(step)])
    resumed = train(small, everything(), data, out=out, device="cpu", callbacks=[Fall()], resume=True)
    require_equal(whole[0], whole[1], out, resumed)
    assert resumed.stopped == whole[1].stopped
    ours, theirs = files(out), files(whole[0])
    assert ours.keys() == theirs.keys()
    assert ours["log.csv"] == theirs["log.csv"]
    for name in ours.keys() - {"log.csv"}:
        one, other = read_checkpoint(out / name), read_checkpoint(whole[0] / name)
        assert digest(one.tensors) == digest(other.tensors), name
        assert one.metadata["figures"] == other.metadata["figures"]


def test_validation_sees_the_averages_and_training_does_not(small: Network, data: Dataset, tmp_path: Path) -> None:
    class Watch(Callback):
        """Notes the weights at the ends of epochs."""

        def __init__(self) -> None:
            self.ends: list[str] = []

        def on_epoch_end(self, epoch: int, logs: Logs) -> None:
            self.ends.append(digest(self.session.weights()))

    runs = []
    for callbacks in ((), (call("SwapEMAWeights"),)):
        watch = Watch()
        recipe = recipe_of(validation=40, epochs=3, ema=0.9, callbacks=callbacks)
        runs.append((train(small, recipe, data, device="cpu", callbacks=[watch]), watch.ends))
    (plain, ends), (swapped, same) = runs
    assert ends == same
    assert [row["loss"] for row in plain.history] == [row["loss"] for row in swapped.history]
    assert all(one["val_loss"] != other["val_loss"] for one, other in zip(plain.history, swapped.history, strict=True))
    assert plain.test == swapped.test


def test_a_checkpoint_after_the_swap_holds_the_averages(small: Network, data: Dataset, tmp_path: Path) -> None:
    """As Keras's page says of swap_on_epoch; in the end the averages are the weights, with or without it."""
    results = {}
    for swap in (False, True):
        kept = call("ModelCheckpoint", path=Quoted("{epoch}"), save_weights_only=True)
        recipe = recipe_of(epochs=2, ema=0.9, callbacks=(call("SwapEMAWeights", swap_on_epoch=swap), kept))
        out = tmp_path / str(swap)
        result = train(small, recipe, data, out=out, device="cpu")
        saved = read_checkpoint(out / "2.safetensors").part("weights")
        results[swap] = digest(result.module.state_dict()), digest(saved)
    assert results[True][0] == results[False][0] == results[True][1]
    assert results[False][1] != results[False][0]


def test_averages_need_the_key(small: Network, data: Dataset) -> None:
    with pytest.raises(SpecError) as caught:
        train(small, recipe_of(callbacks=(call("SwapEMAWeights"),)), data, device="cpu")
    assert [d.code for d in caught.value.diagnostics] == ["recipe-conflict"]


def test_the_rate_of_every_epoch_is_the_schedule_s(small: Network, data: Dataset, tmp_path: Path) -> None:
    recipe = recipe_of(epochs=4, callbacks=(call("LearningRateScheduler", schedule=call("exponential", decay_rate=0.5)),))
    train(small, recipe, data, out=tmp_path / "declared", device="cpu")
    own = LearningRateScheduler(lambda epoch, rate: 0.1 * 0.5**epoch)
    train(small, recipe_of(epochs=4), data, out=tmp_path / "function", device="cpu", callbacks=[own])
    for name in ("declared", "function"):
        rows = csv.DictReader((tmp_path / name / "metrics.csv").read_text().splitlines())
        assert [float(row["learning_rate"]) for row in rows] == pytest.approx([0.1, 0.05, 0.025, 0.0125])


@pytest.mark.parametrize("rate", [math.nan, -1.0, math.inf, None, "0.1"])
def test_a_schedule_that_gives_no_rate(small: Network, data: Dataset, rate: Any) -> None:
    with pytest.raises(ValueError, match="for epoch 0, which is no learning rate"):
        train(small, recipe_of(), data, device="cpu", callbacks=[LearningRateScheduler(lambda epoch, before: rate)])


def test_backups_come_as_often_as_asked(small: Network, data: Dataset, tmp_path: Path) -> None:
    for save_freq, saves in (("epoch", 2), (5, 5), (1, 26)):
        out = tmp_path / str(save_freq)
        recipe = recipe_of(epochs=2, callbacks=(call("BackupAndRestore", save_freq=save_freq),))
        train(small, recipe, data, out=out, device="cpu")
        names = [int(path.stem) for path in checkpoints_of(out)]
        assert len(names) == 2
        assert names[0] in (saves, saves + 1)  # one more at the end, where the last was before it


@pytest.mark.parametrize("name", ["log.csv", "best/1.safetensors"])
def test_a_full_disk_names_the_file_and_the_bytes(
    small: Network, data: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    from cnnspec.train import run_folder

    for writer in ("append_whole", "write_atomically"):
        real = getattr(run_folder, writer)

        def write(path: Path, content: bytes, real: Any = real) -> None:
            if path.as_posix().endswith(name) and content:
                raise OSError(errno.ENOSPC, "No space left on device", str(path))
            real(path, content)

        monkeypatch.setattr(run_folder, writer, write)
    recipe = recipe_of(
        callbacks=(call("CSVLogger", path=Quoted("log.csv")), call("ModelCheckpoint", path=Quoted("best/{epoch}")))
    )
    with pytest.raises(MachineError) as caught:
        train(small, recipe, data, out=tmp_path / "run", device="cpu")
    (problem,) = caught.value.diagnostics
    assert problem.code == "disk-full"
    assert name in problem.message
    assert "needs " in problem.message
    assert not [path for path in (tmp_path / "run").rglob("*") if path.name.endswith(".tmp")]


def test_figures_in_a_table_are_no_formulas(small: Network, data: Dataset, tmp_path: Path) -> None:
    from cnnspec.recipe import callbacks as declared
    from cnnspec.train.callbacks.csv_logger import CSVLogger
    from support.callback_sessions import FakeSession, attach

    callback = attach(CSVLogger(declared.CSVLogger(path="log.csv")), FakeSession(tmp_path))
    callback.on_train_begin({})
    callback.on_epoch_end(0, {"=cmd|' /C calc'!A0": 1.0, "+1": -2.5, "@x": 0.0, "loss": -1.0})
    rows = list(csv.reader((tmp_path / "log.csv").read_text().splitlines()))
    assert rows == [["epoch", "'+1", "'=cmd|' /C calc'!A0", "'@x", "loss"], ["0", "-2.5", "1.0", "0.0", "-1.0"]]


def test_a_callback_that_asks_for_nothing_costs_no_look_at_the_device(
    small: Network, data: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The means of an epoch are read once, however many callbacks there are."""
    from cnnspec.train.objective import Means

    reads: list[int] = []
    real = Means.read
    monkeypatch.setattr(Means, "read", lambda self: reads.append(1) or real(self))

    class Idle(Callback):
        def on_train_batch_end(self, batch: int, logs: Logs) -> None:
            pass

    train(small, recipe_of(epochs=2), data, device="cpu", callbacks=[Idle(), Idle()])
    assert len(reads) == 3  # two epochs and the test


def test_a_recipe_with_every_callback_comes_back_from_its_record() -> None:
    from cnnspec.train.recipe_record import recipe_from_json, recipe_to_json

    more = (
        call("TensorBoard", log_dir=Quoted("tb"), update_freq="batch", histogram_freq=2),
        call("RemoteMonitor", root=Quoted("https://example.org"), send_as_json=True),
        call("ProgbarLogger"),
    )
    paced = recipe_of(callbacks=(call("LearningRateScheduler", schedule=call("step", every=1, by=0.5)),))
    for recipe in (everything(), everything(callbacks=more), paced):
        assert recipe_from_json(json.loads(json.dumps(recipe_to_json(recipe)))) == recipe


SPEC = """
model Small {
  input 28x28x1
  Conv2D(2, 5x5, strides=4, activation=relu) -> Flatten -> Dense(10, activation=softmax)
}
train Small {
  data      = digits
  loss      = categorical_crossentropy
  optimizer = adam
  epochs    = 1
  callbacks = [CALLBACK, ProgbarLogger]
}
"""


def test_the_command_sends_only_where_it_may(tmp_path: Path) -> None:
    spec, out = tmp_path / "small.cnn", tmp_path / "run"
    spec.write_text(SPEC.replace("CALLBACK", 'RemoteMonitor(root="http://127.0.0.1:9")'))
    refused = run("train", str(spec), "--out", str(out))
    assert refused.status == 1
    assert "--allow-network 127.0.0.1" in refused.err
    assert not out.exists()
    done = run("train", str(spec), "--out", str(out), "--allow-network", "127.0.0.1")
    assert done.status == 0
    assert "was not reached" in done.err


def test_the_command_says_which_extra_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spec, out = tmp_path / "small.cnn", tmp_path / "run"
    spec.write_text(SPEC.replace("CALLBACK", "TensorBoard"))
    monkeypatch.setattr("cnnspec.train.callbacks.readiness.find_spec", lambda name: None)
    refused = run("train", str(spec), "--out", str(out))
    assert refused.status == 4
    assert "pip install 'cnnspec[tensorboard]'" in refused.err
    assert not out.exists()


def test_a_quiet_command_shows_no_progress_whatever_the_file_says(tmp_path: Path) -> None:
    spec = tmp_path / "small.cnn"
    spec.write_text(SPEC.replace("CALLBACK", "TerminateOnNaN"))
    assert run("train", str(spec), "-q", "--out", str(tmp_path / "run")).err == ""
    shown = run("train", str(spec), "--out", str(tmp_path / "other")).err
    assert shown.count("epoch 1/1") == 1
