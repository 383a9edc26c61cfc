"""The callbacks' decisions on short series, written out by hand; test_callbacks_keras.py holds them against Keras."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest

from cnnspec.diagnostics import SpecError
from cnnspec.recipe import callbacks as declared
from cnnspec.recipe.schedules import Exponential
from cnnspec.train.callbacks import Callback, LazyLogs, make_callbacks
from cnnspec.train.callbacks.csv_logger import CSVLogger
from cnnspec.train.callbacks.early_stopping import EarlyStopping
from cnnspec.train.callbacks.model_checkpoint import ModelCheckpoint, fill_path
from support.callback_sessions import FakeSession

NAN = math.nan


def play(callback: Callback, series: list[float], name: str, session: FakeSession) -> int:
    """Run a callback through the epochs of a series; the number of epochs that were run."""
    callback.session = session  # type: ignore[assignment]
    callback.on_train_begin({})
    for epoch, value in enumerate(series):
        session.epoch = epoch
        callback.on_epoch_begin(epoch, {})
        callback.on_epoch_end(epoch, {name: value})
        if session.stopped:
            break
    callback.on_train_end({})
    return session.epoch + 1


@pytest.mark.parametrize(
    ("arguments", "series", "epochs", "restored"),
    [
        # Without patience the first epoch that is not better is the last.
        ({}, [1.0, 0.9, 0.8, 0.85, 0.1], 4, None),
        # Equal is not better.
        ({}, [1.0, 1.0, 0.5], 2, None),
        # The first epoch never stops, even where it is no number.
        ({}, [NAN, NAN, 1.0], 2, None),
        ({"patience": 2}, [1.0, 0.9, 0.95, 0.92, 0.1], 4, None),
        ({"patience": 2}, [1.0, 0.9, 0.95, 0.89, 0.9, 0.91, 0.1], 6, None),
        # A change of less than min_delta does not count, and the best stays what it was.
        ({"min_delta": 0.1, "patience": 1}, [1.0, 0.95, 0.1], 2, None),
        ({"min_delta": 0.1, "patience": 2}, [1.0, 0.95, 0.85, 0.84, 0.83, 0.1], 5, None),
        ({"min_delta": -0.1, "patience": 1}, [1.0, 0.95, 0.1], 2, None),
        # Better epochs never stop, but as long as the baseline is not beaten they do not start the wait anew.
        ({"baseline": 0.5, "patience": 0}, [1.0, 0.9, 0.8, 0.85], 4, None),
        ({"baseline": 0.5, "patience": 3}, [1.0, 0.9, 0.95, 0.1], 3, None),
        ({"baseline": 0.95, "patience": 2}, [1.0, 0.9, 0.95, 0.1, 0.2, 0.3], 6, None),
        # Epochs before start_from_epoch are not looked at.
        ({"start_from_epoch": 2}, [0.1, 0.2, 1.0, 0.9, 0.95, 0.1], 5, None),
        # The best weights come back where it stopped and where it did not.
        ({"restore_best_weights": True, "patience": 1}, [1.0, 0.8, 0.9, 0.1], 3, 1),
        ({"restore_best_weights": True, "patience": 9}, [1.0, 0.8, 0.9], 3, 1),
        ({"restore_best_weights": True, "baseline": 0.1, "patience": 2}, [1.0, 0.8, 0.9, 0.05], 3, 1),
        ({"restore_best_weights": True, "start_from_epoch": 1, "patience": 1}, [0.1, 1.0, 1.1, 0.1], 3, 1),
        ({"restore_best_weights": True}, [NAN, NAN], 2, 0),
        # Of accuracies the greater is better; mode can turn that round.
        ({"monitor": "val_accuracy"}, [0.5, 0.6, 0.6, 0.9], 3, None),
        ({"monitor": "val_accuracy", "min_delta": 0.05}, [0.5, 0.54, 0.9], 2, None),
        ({"monitor": "val_accuracy", "mode": "min"}, [0.5, 0.6], 2, None),
        ({"monitor": "loss", "mode": "max"}, [0.5, 0.4], 2, None),
    ],
)
def test_early_stopping(arguments: dict[str, Any], series: list[float], epochs: int, restored: int | None) -> None:
    declaration = declared.EarlyStopping(**arguments)
    session = FakeSession()
    assert play(EarlyStopping(declaration), series, declaration.monitor, session) == epochs
    assert session.restored == restored


def test_early_stopping_can_be_used_again() -> None:
    callback = EarlyStopping(declared.EarlyStopping(patience=1))
    assert play(callback, [1.0, 2.0, 0.1], "val_loss", FakeSession()) == 2
    assert play(callback, [5.0, 6.0, 0.1], "val_loss", FakeSession()) == 2


def test_early_stopping_says_why() -> None:
    session = FakeSession()
    play(EarlyStopping(declared.EarlyStopping(patience=2)), [1.0, 1.0, 1.0], "val_loss", session)
    assert session.stopped == "EarlyStopping: val_loss has not improved for 2 epochs"


@pytest.mark.parametrize(
    ("arguments", "series", "saved"),
    [
        ({}, [1.0, 2.0, 0.5], ["w-1", "w-2", "w-3"]),
        ({"save_best_only": True}, [1.0, 2.0, 0.5, 0.5, NAN, 0.4], ["w-1", "w-3", "w-6"]),
        ({"save_best_only": True, "initial_value_threshold": 0.6}, [1.0, 2.0, 0.5, 0.55], ["w-3"]),
        ({"save_best_only": True, "monitor": "val_accuracy"}, [0.5, 0.4, 0.6], ["w-1", "w-3"]),
        ({"save_best_only": True, "mode": "max"}, [0.5, 0.4, 0.6], ["w-1", "w-3"]),
    ],
)
def test_model_checkpoint(tmp_path: Path, arguments: dict[str, Any], series: list[float], saved: list[str]) -> None:
    declaration = declared.ModelCheckpoint(path="w-{epoch}", **arguments)
    session = FakeSession(tmp_path)
    play(ModelCheckpoint(declaration), series, declaration.monitor, session)
    assert session.saved == [f"{name}.safetensors" for name in saved]


def test_model_checkpoint_counts_steps_across_epochs(tmp_path: Path) -> None:
    """Every 4 steps of epochs of 6: after steps 4, 8, 12 and 16. The best by a step frequency, where Keras crashes."""
    session = FakeSession(tmp_path)
    for best, expected in ((False, [1, 2, 2, 3]), (True, [1, 2])):
        session.saved.clear()
        declaration = declared.ModelCheckpoint(path="{epoch}", save_freq=4, save_best_only=best, monitor="loss")
        callback = ModelCheckpoint(declaration)
        callback.session = session  # type: ignore[assignment]
        callback.on_train_begin({})
        losses = iter([5.0] * 4 + [4.0] * 4 + [4.5] * 10)
        for epoch in range(3):
            session.epoch = epoch
            callback.on_epoch_begin(epoch, {})
            for batch in range(6):
                callback.on_train_batch_end(batch, {"loss": next(losses)})
            callback.on_epoch_end(epoch, {"loss": 1.0})
        assert session.saved == [f"{epoch}.safetensors" for epoch in expected]


def test_model_checkpoint_between_epochs_cannot_watch_validation(tmp_path: Path) -> None:
    callback = ModelCheckpoint(declared.ModelCheckpoint(path="best", save_freq=4, save_best_only=True))
    callback.session = FakeSession(tmp_path)  # type: ignore[assignment]
    with pytest.raises(SpecError) as caught:
        callback.on_train_begin({})
    assert [d.code for d in caught.value.diagnostics] == ["monitor-between-epochs"]


def test_a_missing_figure_is_refused_before_the_run() -> None:
    callback = EarlyStopping(declared.EarlyStopping(monitor="val_top_5"))
    callback.session = FakeSession()  # type: ignore[assignment]
    with pytest.raises(SpecError) as caught:
        callback.on_train_begin({})
    assert [d.code for d in caught.value.diagnostics] == ["monitor-unknown"]


def test_paths_are_filled_in() -> None:
    assert fill_path("best-{epoch:02d}-{val_loss:.2f}", 3, {"val_loss": 0.128}) == "best-03-0.13.safetensors"
    assert fill_path("a/b.safetensors", 3, {}) == "a/b.safetensors"
    with pytest.raises(ValueError, match="not"):
        fill_path("{epoch.__class__}", 1, {})


def test_csv_logger(tmp_path: Path) -> None:
    """Keras: epochs from 0, figures in alphabetical order, CRLF."""
    session = FakeSession(tmp_path)
    callback = CSVLogger(declared.CSVLogger(path="logs/log.csv", separator=";"))
    callback.session = session  # type: ignore[assignment]
    callback.on_train_begin({})
    for epoch in range(2):
        callback.on_epoch_end(epoch, {"loss": 0.5 - epoch / 4, "accuracy": 0.25})
    assert (tmp_path / "logs/log.csv").read_bytes() == b"epoch;accuracy;loss\r\n0;0.25;0.5\r\n1;0.25;0.25\r\n"


@pytest.mark.parametrize(("append", "lines"), [(True, ["epoch,loss", "0,1.0", "0,1.0"]), (False, ["epoch,loss", "0,1.0"])])
def test_csv_logger_appends(tmp_path: Path, append: bool, lines: list[str]) -> None:
    for _ in range(2):
        play(CSVLogger(declared.CSVLogger(path="log.csv", append=append)), [1.0], "loss", FakeSession(tmp_path))
    assert (tmp_path / "log.csv").read_text().splitlines() == lines


@pytest.mark.parametrize("path", ["../out.csv", "/tmp/out.csv", "a/../../out.csv"])
def test_files_stay_in_the_folder(tmp_path: Path, path: str) -> None:
    callback = CSVLogger(declared.CSVLogger(path=path))
    callback.session = FakeSession(tmp_path)  # type: ignore[assignment]
    with pytest.raises(SpecError) as caught:
        callback.on_train_begin({})
    assert [d.code for d in caught.value.diagnostics] == ["path-leaves-folder"]


@pytest.mark.parametrize("declaration", [declared.CSVLogger(path="log.csv"), declared.ModelCheckpoint(path="best")])
def test_writers_need_a_folder(declaration: declared.Callback) -> None:
    (callback,) = make_callbacks([declaration])
    callback.session = FakeSession()  # type: ignore[assignment]
    with pytest.raises(SpecError) as caught:
        callback.on_train_begin({})
    assert [d.code for d in caught.value.diagnostics] == ["callback-needs-folder"]


def test_hooks_of_batches_are_only_called_where_there_are_any() -> None:
    class Counting(Callback):
        def on_train_batch_end(self, batch: int, logs: Any) -> None:
            pass

    assert Counting().hooks_batches()
    assert not Callback().hooks_batches()
    assert not ModelCheckpoint(declared.ModelCheckpoint(path="a")).hooks_batches()
    assert ModelCheckpoint(declared.ModelCheckpoint(path="a", save_freq=3)).hooks_batches()


def test_logs_are_read_when_someone_looks() -> None:
    reads: list[int] = []
    logs = LazyLogs(lambda: reads.append(1) or {"loss": 1.0})
    assert not reads
    assert logs["loss"] == 1.0
    assert dict(logs) == {"loss": 1.0}
    assert len(logs) == 1
    assert len(reads) == 1


def test_every_declared_callback_has_a_form() -> None:
    required: dict[str, object] = {"path": "a", "schedule": Exponential(decay_rate=0.9)}
    for member in set(declared.KINDS) - {declared.TerminateOnNaN}:
        needed = [name for name, info in member.model_fields.items() if info.is_required()]
        (made,) = make_callbacks([member(**{name: required[name] for name in needed})])
        assert type(made).__name__ == member.word
    assert make_callbacks([declared.TerminateOnNaN()]) == []
