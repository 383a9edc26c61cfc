"""``cnnspec train --dry-run``: what it says, that it is right, and that it leaves nothing behind."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cnnspec.api import load, outline
from cnnspec.api.outline import Outline, explain_outline
from cnnspec.api.planning import plan
from cnnspec.recipe.optimizers import Adam
from support.command import run

SMALL = """
model Small {
  input 28x28x1
  Conv2D(4, 3x3, strides=2, activation=relu)
  Flatten -> Dense(10, activation=softmax)
}
train Small {
  data       = digits
  validation = 0.1
  loss       = categorical_crossentropy
  optimizer  = Adam(learning_rate=0.01)
  schedule   = step(2)
  epochs     = 6
  batch_size = 100
  callbacks  = [EarlyStopping(patience=3)]
}
train Small as slow {
  data      = digits
  loss      = categorical_crossentropy
  optimizer = SGD
  epochs    = 1
}
"""


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "small.cnn"
    path.write_text(SMALL, "utf-8")
    return path


def asked(*arguments: str) -> dict[str, Any]:
    done = run("train", "small.cnn", "--dry-run", "--format", "json", *arguments)
    assert done.status == 0, done.err
    return json.loads(done.out)


def test_its_figures(file: Path) -> None:
    found = asked()
    kept = round(0.1 * 1_437)
    assert (found["train"], found["validation"], found["test"]) == (1_437 - kept, kept, 360)
    assert (found["steps_per_epoch"], found["steps"], found["batch_size"], found["epochs"]) == (13, 78, 100, 6)
    assert found["learning_rates"] == pytest.approx([0.01, 0.01, 1e-3, 1e-3, 1e-4, 1e-4])
    assert found["callbacks"] == ["EarlyStopping(patience=3)"]
    spec = load(SMALL)
    assert found["parameters"] == found["trainable"] == spec.models["Small"].totals.params
    stated = spec.memory(batch=100, optimizer=Adam(learning_rate=0.01)).training.total
    assert found["memory"] == stated
    each = (spec.memory(batch=200, optimizer=Adam()).training.total - stated) // 100
    assert found["largest_batch"] == (found["memory_limit"] - stated) // each + 100
    assert found["seconds"] == pytest.approx(78 * found["step_seconds"] + (360 + 6 * kept) * found["image_seconds"])
    assert 0 < found["step_seconds"] < 1
    assert found["probed_steps"] >= 3
    assert list(file.parent.iterdir()) == [file], "a dry run writes nothing"


def test_what_is_replaced_counts(file: Path) -> None:
    found = asked("--set", "train.ema=0.9", "--epochs", "3", "--set", "train.schedule=constant", "--batch-size", "50")
    assert (found["epochs"], found["batch_size"], found["learning_rates"]) == (3, 50, [0.01] * 3)
    plain = asked("--epochs", "3", "--batch-size", "50")
    assert found["memory"] - plain["memory"] == 4 * found["trainable"], "the averages take a number for each weight"
    assert asked("--recipe", "slow")["recipe"] == "slow"


def test_its_text(file: Path) -> None:
    done = run("train", "small.cnn", "--dry-run")
    assert done.status == 0
    for part in ("Small on digits: 1,293 to train on, 144 to validate, 360 to test.", "13 steps of 100", "step(every=2)", "Time"):
        assert part in done.out
    assert list(file.parent.iterdir()) == [file]


def test_without_torch_nothing_is_timed(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outline, "find_spec", lambda _: None)
    found = outline.outline(plan(file))
    assert (found.seconds, found.probed_steps) == (None, 0)
    assert "Torch is not installed" in str(explain_outline(found).section("Time").lines[0])
    assert found.memory is not None


def test_data_of_ones_own(file: Path) -> None:
    x, y = np.zeros((30, 28, 28), np.uint8), np.arange(30) % 10
    np.savez(file.parent / "own.npz", x_train=x, y_train=y, x_test=x[:9], y_test=y[:9])
    found = outline.outline(plan(file, settings={"train.data": 'npz("own.npz")'}, batch_size=10), timed=False)
    assert (found.train, found.test, found.steps_per_epoch) == (27, 9, 3)
    assert found.reason == "no steps were taken"


def test_a_folder_of_pictures_is_looked_at(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    image = pytest.importorskip("PIL.Image")
    for name in "abcdefghij":
        (file.parent / "pictures" / name).mkdir(parents=True)
        for at in range(5):
            image.fromarray(np.full((28, 28), at, np.uint8)).save(file.parent / "pictures" / name / f"{at}.png")
    monkeypatch.setenv("XDG_CACHE_HOME", str(file.parent / "cache"))
    found = outline.outline(plan(file, settings={"train.data": 'images("pictures")', "train.batch_size": "4"}), timed=False)
    assert (found.data, found.train, found.test) == ('images("pictures")', 36, 10)
    assert not (file.parent / "cache").exists()


def test_an_open_size_and_a_long_run() -> None:
    rates = tuple(float(at) for at in range(100))
    found = Outline(
        model="M", recipe="M", data="d", train=None, validation=None, test=None, batch_size=1, epochs=100, steps_per_epoch=None,
        steps=None, parameters=None, trainable=None, optimizer="SGD", precision="float32", memory=None, memory_limit=None,
        largest_batch=None, schedule="x", learning_rates=rates, callbacks=(),
    )  # fmt: skip
    table = explain_outline(found).section("Learning rate").lines[1]
    assert not isinstance(table, str)
    assert [row[0] for row in table.rows] == [str(1 + at * 99 // 11) for at in range(12)]  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.12345, "0.12 s"), (9.4, "9.4 s"), (42.2, "42 s"), (90, "1.5 min"), (7_200, "2 h")]
)
def test_durations(seconds: float, text: str) -> None:
    assert outline.duration(seconds) == text


def test_it_is_not_mixed_with_resume(file: Path) -> None:
    done = run("train", "small.cnn", "--dry-run", "--resume", "x")
    assert done.status == 2
    assert "not both" in done.err
