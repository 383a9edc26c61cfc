"""Callbacks decide as Keras's do, on 33 recorded series each; where they do not, it is said here and in docs/callbacks.md."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
import torch

from cnnspec.recipe import callbacks as declared
from cnnspec.train.average import WeightAverage
from cnnspec.train.callbacks import Callback
from cnnspec.train.callbacks.averaging import SwapEMAWeights
from cnnspec.train.callbacks.backup import BackupAndRestore
from cnnspec.train.callbacks.csv_logger import CSVLogger
from cnnspec.train.callbacks.early_stopping import EarlyStopping
from cnnspec.train.callbacks.learning_rate import LearningRateScheduler, ReduceLROnPlateau
from cnnspec.train.callbacks.model_checkpoint import ModelCheckpoint
from cnnspec.train.callbacks.remote_monitor import RemoteMonitor
from support import callback_series as series
from support import keras_callbacks
from support.callback_sessions import FakeSession, attach
from support.keras_live import keras

RECORDED: dict[str, Any] = json.loads(keras_callbacks.FIGURES.read_text("utf-8"))


def keeps_nan(arguments: dict[str, Any], values: list[float]) -> bool:
    """Whether Keras keeps a NaN for the best, since it came first, though numbers follow."""
    watched = values[arguments.get("start_from_epoch", 0) :]
    return bool(watched) and math.isnan(watched[0]) and not all(math.isnan(value) for value in watched)


def play(callback: Callback, values: list[float], session: FakeSession) -> FakeSession:
    """Run a callback through a series, as :func:`support.keras_callbacks.play` does."""
    attach(callback, session)
    callback.on_train_begin({})
    for epoch, value in enumerate(values):
        session.epoch = epoch
        callback.on_epoch_begin(epoch, {})
        for batch in range(series.BATCHES if callback.hooks_batches() else 0):
            callback.on_train_batch_end(batch, {"accuracy": value, "loss": value})
        callback.on_epoch_end(epoch, series.logs_of(value))
        session.rates.append(session.optimizer.learning_rate)
        if session.stopped:
            break
    callback.on_train_end({})
    return session


def cases(table: str) -> Iterator[tuple[dict[str, Any], str, Any]]:
    for row in RECORDED[table]:
        for name, values in series.SERIES.items():
            if not keeps_nan(row["arguments"], values):
                yield row["arguments"], name, row["found"][name]


@pytest.mark.parametrize("name", series.SCHEDULES)
def test_learning_rate_scheduler_sets_the_rates_that_keras_sets(name: str) -> None:
    session = FakeSession(rate=series.RATE)
    play(LearningRateScheduler(series.SCHEDULES[name]), [0.5] * series.EPOCHS, session)
    assert session.rates == pytest.approx(RECORDED["schedule"][name], rel=1e-5)


@pytest.mark.parametrize("swap_on_epoch", [False, True])
def test_averages_are_swapped_in_when_keras_swaps_them_in(swap_on_epoch: bool) -> None:
    weight = torch.zeros(())
    session = FakeSession()
    session.average = WeightAverage(0.9, [("weight", weight)])
    session.average.averages[0].fill_(1.0)
    session.average.steps = 1
    callback = SwapEMAWeights(declared.SwapEMAWeights(swap_on_epoch=swap_on_epoch))
    attach(callback, session).on_train_begin({})
    found: list[list[str]] = []
    for epoch in range(2):
        for moment, hook in (
            (f"epoch {epoch} begins", lambda epoch=epoch: callback.on_epoch_begin(epoch, {})),
            (f"validation {epoch} begins", lambda: callback.on_test_begin({})),
            (f"validation {epoch} is over", lambda: callback.on_test_end({})),
            (f"epoch {epoch} is over", lambda epoch=epoch: callback.on_epoch_end(epoch, {})),
        ):
            hook()
            found.append([moment, "average" if weight == 1 else "own"])
    assert found == RECORDED["swaps"][str(swap_on_epoch)]
    # At the end of training the averages become the weights; what follows exchanges nothing.
    session.average.finish()
    callback.on_train_end({})
    session.average.averages[0].fill_(2.0)
    callback.on_test_begin({})
    assert weight == 1


def test_there_are_thirty_series() -> None:
    for table in ("early_stopping", "model_checkpoint", "reduce_rate"):
        rows = getattr(series, table.upper())
        assert [row["arguments"] for row in RECORDED[table]] == rows
        assert all(row["found"].keys() == series.SERIES.keys() for row in RECORDED[table])
        assert len(list(cases(table))) >= 30 * len(rows)


def test_early_stopping_stops_where_keras_stops_and_restores_what_it_restores() -> None:
    for arguments, name, expected in cases("early_stopping"):
        session = play(EarlyStopping(declared.EarlyStopping(**arguments)), series.SERIES[name], FakeSession())
        assert [session.epoch + 1, bool(session.stopped), session.restored] == expected, (arguments, name)


def test_model_checkpoint_writes_the_files_that_keras_writes(tmp_path: Path) -> None:
    crashed = 0
    for arguments, name, expected in cases("model_checkpoint"):
        session = play(ModelCheckpoint(declared.ModelCheckpoint(**arguments)), series.SERIES[name], FakeSession(tmp_path))
        if isinstance(expected, dict):
            # Keras does not know yet which way is better when the first epoch is not through; its page promises the best.
            crashed += 1
            expected = best_by_hand(series.SERIES[name], arguments["save_freq"])
        assert session.saved == [f"{path}.safetensors" for path in expected], (arguments, name)
    assert crashed > 25


def best_by_hand(losses: list[float], every: int) -> list[str]:
    """What ``{epoch}-{batch}`` comes to for the least loss so far, looked at every so many steps."""
    best: float | None = None
    found: list[str] = []
    steps = [(epoch, batch) for epoch in range(len(losses)) for batch in range(series.BATCHES)]
    for epoch, batch in steps[every - 1 :: every]:
        value = losses[epoch]
        if best is None or value < best:
            best = value
            found.append(f"{epoch + 1}-{batch + 1}")
    return found


def test_reduce_lr_on_plateau_sets_the_rates_that_keras_sets() -> None:
    for arguments, name, expected in cases("reduce_rate"):
        session = FakeSession(rate=series.RATE)
        play(ReduceLROnPlateau(declared.ReduceLROnPlateau(**arguments)), series.SERIES[name], session)
        assert session.rates == pytest.approx(expected, rel=1e-5), (arguments, name)


def test_any_number_is_better_than_none(tmp_path: Path) -> None:
    """Keras takes the first value whatever it is, and nothing beats a NaN: the good epochs after it count as failures."""
    values = series.SERIES["NaN first"]
    patient = next(row for row in RECORDED["early_stopping"] if row["arguments"] == {**series.LOSS, "patience": 5})
    assert patient["found"]["NaN first"][1], "Keras stops"
    assert not play(EarlyStopping(declared.EarlyStopping(patience=5)), values, FakeSession()).stopped

    restoring = declared.EarlyStopping(patience=9, restore_best_weights=True)
    assert play(EarlyStopping(restoring), values, FakeSession()).restored == len(values) - 1

    assert RECORDED["model_checkpoint"][1]["found"]["NaN first"] == ["01-nan"]
    kept = declared.ModelCheckpoint(path="{epoch}", save_best_only=True)
    saved = play(ModelCheckpoint(kept), values, FakeSession(tmp_path)).saved
    assert saved == [f"{epoch}.safetensors" for epoch in range(1, len(values) + 1)]

    eager = next(row for row in RECORDED["reduce_rate"] if row["arguments"] == {**series.LOSS, "patience": 1})
    assert eager["found"]["NaN first"][-1] < 1e-6
    reducing = ReduceLROnPlateau(declared.ReduceLROnPlateau(patience=1))
    assert play(reducing, values, FakeSession(rate=series.RATE)).rates == [series.RATE] * len(values)


def test_terminate_on_nan_stops_at_the_batch_where_keras_stops() -> None:
    from cnnspec.backends.torch_modules import build_module
    from cnnspec.train.objective import Means, Objective
    from support.training import SMALL, network_of, recipe_of

    objective = Objective(build_module(network_of(SMALL), seed=0), recipe_of().loss, ())
    for name, values in series.SERIES.items():
        means = Means(objective, len(values), torch.device("cpu"))
        for value in values:
            means.add(torch.tensor(value), [], 1)
        first = means.first_bad()
        expected = RECORDED["terminate"][name]
        # A loss that float32 has no number for is one for Keras too.
        assert first == expected, name


def rows_of(text: str, separator: str = ",") -> list[list[str]]:
    """The cells, without the columns that hold nothing but NA: those Keras adds for a validation that never comes."""
    rows = list(csv.reader(io.StringIO(text), delimiter=separator))
    kept = [at for at in range(len(rows[0])) if any(row[at] != "NA" for row in rows[1:])]
    return [[row[at] for at in kept] for row in rows]


def test_csv_logger_writes_what_keras_writes(tmp_path: Path) -> None:
    for name, values in series.SERIES.items():
        callback = CSVLogger(declared.CSVLogger(path="log.csv"))
        play(callback, values, FakeSession(tmp_path))
        assert (tmp_path / "log.csv").read_bytes().decode() == RECORDED["csv_logger"][name]


def test_csv_logger_adds_no_columns_for_a_validation_that_never_comes(tmp_path: Path) -> None:
    for name, values in series.SERIES.items():
        callback = attach(CSVLogger(declared.CSVLogger(path="log.csv", separator=";")), FakeSession(tmp_path))
        callback.on_train_begin({})
        for epoch, value in enumerate(values):
            callback.on_epoch_end(epoch, {"accuracy": value, "loss": value})
        recorded, written = RECORDED["csv_without_validation"][name], (tmp_path / "log.csv").read_bytes().decode()
        assert "val_loss" in recorded
        assert "val_loss" not in written
        assert list(csv.reader(io.StringIO(written), delimiter=";")) == rows_of(recorded, ";")


def test_csv_logger_appends_what_keras_appends(tmp_path: Path) -> None:
    for number, (name, values) in enumerate(series.SERIES.items()):
        for _ in range(2):
            play(CSVLogger(declared.CSVLogger(path=f"{number}.csv", append=True)), values[:3], FakeSession(tmp_path))
        assert (tmp_path / f"{number}.csv").read_bytes().decode() == RECORDED["csv_appended"][name]


@pytest.mark.parametrize("save_freq", series.BACKUPS)
def test_backups_are_asked_for_when_keras_writes_them(save_freq: Any) -> None:
    callback, session = BackupAndRestore(declared.BackupAndRestore(save_freq=save_freq)), FakeSession()
    attach(callback, session).on_train_begin({})
    found: list[list[int]] = []
    for epoch in range(series.EPOCHS):
        for batch in range(series.BATCHES if callback.hooks_batches() else 0):
            callback.on_train_batch_end(batch, {})
            found += [[epoch, batch + 1]] * session.wanted
            session.wanted = 0
        callback.on_epoch_end(epoch, {})
        found += [[epoch + 1, 0]] * session.wanted
        session.wanted = 0
    assert found == RECORDED["backups"][str(save_freq)]


def test_remote_monitor_sends_what_keras_sends() -> None:
    form = declared.RemoteMonitor(root="http://localhost:1", path="/figures/", field="field")
    plain = declared.RemoteMonitor(root="http://localhost:1", path="/figures/", send_as_json=True)
    for name, values in series.SERIES.items():
        for declaration, table in ((form, "remote_monitor"), (plain, "remote_monitor_json")):
            recorded = RECORDED[table][name]
            for epoch, (value, (url, body)) in enumerate(zip(values, recorded, strict=declaration is form)):
                sent = RemoteMonitor(declaration).body(epoch, series.logs_of(value)).decode()
                text = sent if declaration is plain else parse_qs(sent, strict_parsing=True)["field"][0]
                assert declaration.sends_to() == url
                # Keras writes NaN and Infinity, which no JSON has.
                expected = {key: item if math.isfinite(item) else None for key, item in json.loads(body).items()}
                assert json.loads(text, parse_constant=lambda word: pytest.fail(word)) == expected


def test_where_keras_is_at_fault() -> None:
    """What docs/callbacks.md says of Keras; ours are tested on the same in test_callbacks.py, test_loop.py and test_resume.py."""
    faults = RECORDED["faults"]
    assert faults["a figure that is not measured"] == {"warnings": 5, "epochs": 5}
    assert faults["after a loss that is no number"] == {"weights are numbers": False, "backup is there": False}
    assert faults["steps after a stop within an epoch"]["taken"] > faults["steps after a stop within an epoch"]["needed"]


def test_the_recorded_figures_are_those_of_keras() -> None:
    """Keras, where it is installed, decides once more what was recorded."""
    found = keras()
    if found.__version__ != RECORDED["keras"]:
        pytest.skip(f"Keras {found.__version__} is installed, and {RECORDED['keras']} was recorded")
    live = keras_callbacks.record()
    # NaN is not equal to itself, and both are JSON.
    assert keras_callbacks.write(live) == keras_callbacks.write(RECORDED)
