"""Callbacks of one's own: the hooks in Keras's order, functions in their place, and those that other packages bring."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

import cnnspec
from cnnspec.analysis.check import check_source
from cnnspec.diagnostics import Source
from cnnspec.ir import Network
from cnnspec.recipe.callback import PYTHON_CALLBACKS
from cnnspec.recipe.callbacks import KINDS, EarlyStopping, callbacks
from cnnspec.recipe.schedules import Exponential
from cnnspec.train.callbacks import HOOKS, Callback, LambdaCallback, make_callbacks
from cnnspec.train.data.dataset import Dataset
from cnnspec.train.training import train
from support.callback_sessions import FakeSession
from support.keras_callbacks import FIGURES
from support.packages import TIME_LIMIT, forget, visible
from support.training import bars, call, recipe_of


def recorder(found: list[str]) -> Callback:
    """Notes every hook with its number."""

    def note(name: str) -> Any:
        def hook(self: Callback, *arguments: Any) -> None:
            found.append(" ".join([name, *(str(value) for value in arguments if isinstance(value, int))]))

        return hook

    names = [name for name in HOOKS if name not in ("on_batch_begin", "on_batch_end")]
    return type("Recorder", (Callback,), {name: note(name) for name in names})()


def test_hooks_come_in_the_order_of_keras(small: Network) -> None:
    """Two epochs of two batches, validation by one; the test at the end is our own."""
    found: list[str] = []
    data = bars(train=48, test=8)
    train(small, recipe_of(validation=16, epochs=2), data, device="cpu", callbacks=[recorder(found)])
    end = found.index("on_train_end") + 1
    assert found[:end] == json.loads(FIGURES.read_text("utf-8"))["hooks"]
    assert found[end:] == ["on_test_begin", "on_test_batch_begin 0", "on_test_batch_end 0", "on_test_end"]


def test_the_older_names_of_the_hooks_of_batches(small: Network, data: Dataset) -> None:
    class Old(Callback):
        seen = 0

        def on_batch_begin(self, batch: int, logs: Any = None) -> None:
            self.seen += 1

        def on_batch_end(self, batch: int, logs: Any = None) -> None:
            assert logs["loss"] > 0
            self.seen += 1

    old = Old()
    assert old.hooks_batches()
    train(small, recipe_of(epochs=1), data, device="cpu", callbacks=[old])
    assert old.seen == 26


def test_lambda_callback_calls_what_it_is_given(small: Network, data: Dataset) -> None:
    losses: list[float] = []
    batches: list[int] = []
    callback = LambdaCallback(
        on_epoch_end=lambda epoch, logs: losses.append(logs["loss"]), on_train_batch_end=lambda batch, logs: batches.append(batch)
    )
    result = train(small, recipe_of(epochs=2), data, device="cpu", callbacks=[callback])
    assert losses == [row["loss"] for row in result.history]
    assert batches == [*range(13)] * 2


def test_lambda_callback_asks_for_no_hook_of_batches_that_it_has_not() -> None:
    assert not LambdaCallback(on_epoch_end=print, on_batch_end=None).hooks_batches()
    assert LambdaCallback(on_batch_end=print).hooks_batches()
    assert LambdaCallback(on_test_batch_end=print).hooks_test_batches()
    assert not LambdaCallback(on_batch_end=print).hooks_test_batches()


def test_lambda_callback_refuses_what_it_would_never_call() -> None:
    with pytest.raises(TypeError, match="no hook on_epoch_ende; the hooks are on_train_begin"):
        LambdaCallback(on_epoch_ende=print)
    with pytest.raises(TypeError, match="takes a function"):
        LambdaCallback(on_epoch_end=3)  # type: ignore[arg-type]


def test_declared_callbacks_may_be_given_from_python(small: Network, data: Dataset) -> None:
    recipe = recipe_of(epochs=9, optimizer=call("SGD", learning_rate=1e-9))
    result = train(small, recipe, data, device="cpu", callbacks=[EarlyStopping(monitor="accuracy", patience=2)])
    assert result.epochs == 3
    assert result.stopped == "EarlyStopping: accuracy has not improved for 2 epochs"


def test_from_python_progress_is_shown_where_it_is_asked_for(
    small: Network, data: Dataset, capsys: pytest.CaptureFixture[str]
) -> None:
    train(small, recipe_of(), data, device="cpu")
    assert capsys.readouterr().err == ""
    train(small, recipe_of(callbacks=(call("ProgbarLogger"),)), data, device="cpu")
    lines = capsys.readouterr().err.splitlines()
    assert [line.split()[1] for line in lines[1:]] == ["1/2", "2/2"]


def test_all_of_them_have_one_home_in_python() -> None:
    from cnnspec import callbacks as home

    words = {kind.word for kind in KINDS}
    assert set(home.__all__) == {*words, *PYTHON_CALLBACKS, "Callback"}
    assert [getattr(home, name).__name__ for name in home.__all__] == home.__all__
    with pytest.raises(AttributeError):
        _ = home.Nothing  # type: ignore[attr-defined]
    (scheduler,) = make_callbacks([home.LearningRateScheduler(Exponential(decay_rate=0.5))])
    assert isinstance(scheduler, home.LearningRateScheduler)


# --- other packages -------------------------------------------------------------------------------------------------

SPEC = """
model Small {
  input 28x28x1
  Conv2D(2, 5x5, strides=4, activation=relu) -> Flatten -> Dense(10, activation=softmax)
}
train Small {
  data      = digits
  loss      = categorical_crossentropy
  optimizer = adam
  epochs    = 50
  callbacks = [TimeLimit(SECONDS)]
}
"""


def errors(callback: str) -> list[Any]:
    """What is wrong with the spec when it names this callback."""
    found = check_source(Source("limited.cnn", SPEC.replace("TimeLimit(SECONDS)", callback))).report.diagnostics
    return [d for d in found if d.severity == "error"]


def codes(seconds: str) -> list[str]:
    return [d.code for d in errors(f"TimeLimit({seconds})")]


def test_a_package_brings_a_callback(tmp_path: Path) -> None:
    assert codes("seconds=1") == ["unknown-word"]
    with visible(TIME_LIMIT, tmp_path):
        assert codes("seconds=1") == []
        assert codes("seconds=0") == ["argument-value"]
        assert set(codes("minutes=1")) == {"unknown-argument", "missing-argument"}
        spec = tmp_path / "limited.cnn"
        spec.write_text(SPEC.replace("SECONDS", "seconds=1e-6"), encoding="utf-8")
        trained: Any = cnnspec.train(spec, out=tmp_path / "run")
        assert trained.result.stopped == "TimeLimit: 1e-06 s are over"
        assert trained.result.epochs == 1


def announce(folder: Path, *entries: str) -> None:
    info = folder / "broken-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: broken\nVersion: 1.0\n", encoding="utf-8")
    (info / "entry_points.txt").write_text("[cnnspec.callbacks]\n" + "\n".join(entries) + "\n", encoding="utf-8")


def test_a_broken_package_breaks_only_the_files_that_use_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    announce(tmp_path, "TimeLimit = broken_package:TimeLimit", "EarlyStopping = broken_package:Evil", "Other = json:dumps")
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    forget()
    try:
        for name in ("TimeLimit(1)", "Other"):
            (found,) = errors(name)
            assert found.code == "argument-value"
            assert "broken 1.0" in found.help
        assert not errors("EarlyStopping(monitor=loss)")
        assert callbacks()["EarlyStopping"] is EarlyStopping
    finally:
        monkeypatch.undo()
        forget()


def test_a_package_without_a_form_is_named(tmp_path: Path) -> None:
    with visible(TIME_LIMIT, tmp_path):
        (tmp_path / "cnnspec_time_limit-0.1.0.dist-info" / "entry_points.txt").write_text(
            "[cnnspec.callbacks]\nTimeLimit = cnnspec_time_limit.declaration:TimeLimit\n", encoding="utf-8"
        )
        forget()
        declaration: Any = callbacks()["TimeLimit"].bind((), {"seconds": 1.0})
        with pytest.raises(TypeError, match=r"cnnspec-time-limit 0.1.0 of TimeLimit announces no form"):
            make_callbacks([declaration])


def test_a_time_limit_goes_on_where_it_was(tmp_path: Path) -> None:
    with visible(TIME_LIMIT, tmp_path):
        declaration: Any = callbacks()["TimeLimit"].bind((), {"seconds": 100.0})
        (callback,) = make_callbacks([declaration])
        session = FakeSession()
        callback.session = session  # type: ignore[assignment]
        callback.on_train_begin({})
        callback.restore({"spent": 101.0})
        callback.on_train_batch_end(0, {})
        assert session.stopped == "TimeLimit: 100 s are over"
        assert callback.state()["spent"] > 101
