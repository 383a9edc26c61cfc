"""A run that broke off goes on as if nothing had happened: the same weights, the same rows, bit for bit."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import torch

from cnnspec.diagnostics import SpecError
from cnnspec.ir import Network
from cnnspec.recipe.recipe import Recipe
from cnnspec.recipe.schedules import Cosine, Exponential
from cnnspec.schema.values import Word
from cnnspec.train.callbacks import Callback, Logs
from cnnspec.train.checkpoint import Checkpoint, read_checkpoint, write_checkpoint
from cnnspec.train.run_folder import checkpoints_of
from cnnspec.train.training import train
from support.resuming import digest, require_equal, rows
from support.training import SMALL, bars, call, network_of, recipe_of, save_after_every_epoch

DROPOUT = """
  input 8x8x1
  GaussianNoise(0.1)
  Conv2D(4, 3x3, activation=relu)
  BatchNorm
  MaxPool2D
  Dropout(0.3)
  Flatten
  Dense(4, activation=softmax)
"""

STEPS = 13  # of an epoch of 200 samples by 16, the last of 8


class Broken(BaseException):
    """Nothing catches it: as good as a kill."""


class SaveAndBreak(Callback):
    """Asks for a checkpoint after one step, and breaks the run off some steps later."""

    def __init__(self, save: int, fall: int) -> None:
        self.save, self.fall = save, fall

    def on_train_batch_end(self, batch: int, logs: Logs) -> None:
        if self.session.step == self.fall:
            raise Broken
        if self.session.step == self.save:
            self.session.ask_to_save()


class Counter(Callback):
    """Counts its hooks, and draws a random number at each."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.drawn = torch.zeros(())

    def state(self) -> dict[str, Any]:
        return {"calls": self.calls, "drawn": self.drawn}

    def restore(self, state: Mapping[str, Any]) -> None:
        self.calls, self.drawn = list(state["calls"]), state["drawn"]

    def on_epoch_begin(self, epoch: int, logs: Logs) -> None:
        self.calls.append(f"epoch {epoch}")

    def on_train_batch_end(self, batch: int, logs: Logs) -> None:
        self.calls.append(f"batch {batch}")
        self.drawn = self.drawn + torch.rand(())

    def on_epoch_end(self, epoch: int, logs: Logs) -> None:
        self.calls.append(f"end {epoch} {sorted(logs)}")


RECIPES = {
    "rmsprop": {"optimizer": call("RMSprop", momentum=0.9), "validation": 0.1},
    "adam": {"optimizer": call("Adam", amsgrad=True)},
    "sgd": {"optimizer": call("SGD", momentum=0.9, nesterov=True)},
    "everything": {
        "optimizer": call("Nadam", weight_decay=0.01),
        "schedule": call("cosine", warmup=1),
        "augment": (call("RandomShift", pixels=1), call("ElasticDistortion", alpha=3, sigma=2), call("RandomErasing")),
        "metrics": (Word("accuracy"), Word("f1_score"), Word("mean_squared_error"), call("precision", class_id=2)),
        "clip_norm": 0.5,
        "label_smoothing": 0.1,
        "ema": 0.9,
        "validation": 0.1,
    },
    "one_cycle": {"optimizer": call("Lion", learning_rate=0.01), "schedule": Word("one_cycle"), "ema": 0.5},
}


@pytest.mark.parametrize("name", RECIPES)
@pytest.mark.parametrize(("save", "fall"), [(5, 8), (13, 20), (17, 18), (30, 31), (2, 13), (34, 35)])
def test_a_broken_run_goes_on_bit_by_bit(tmp_path: Path, name: str, save: int, fall: int) -> None:
    """Saved within an epoch, at its end, broken off steps or epochs later."""
    network, recipe, data = network_of(DROPOUT), recipe_of(epochs=3, **RECIPES[name]), bars()
    whole, counter = tmp_path / "whole", Counter()
    straight = train(network, recipe, data, out=whole, callbacks=[counter, SaveAndBreak(-1, -1)])
    out = tmp_path / "broken"
    with pytest.raises(Broken):
        train(network, recipe, data, out=out, callbacks=[Counter(), SaveAndBreak(save, fall)])
    torch.rand(7)  # whatever the process draws in between
    again = Counter()
    resumed = train(network, recipe, data, out=out, resume=True, callbacks=[again, SaveAndBreak(-1, -1)])
    require_equal(whole, straight, out, resumed)
    assert again.calls == counter.calls
    assert torch.equal(again.drawn, counter.drawn)
    record = json.loads((out / "run.json").read_text())
    assert record["status"] == "finished"
    assert len(record["resumed"]) == 1
    assert "message" not in {name for name, value in record.items() if value is not None}


def test_a_run_can_break_off_again_and_again(tmp_path: Path) -> None:
    network, recipe, data = network_of(DROPOUT), recipe_of(epochs=2), bars()
    straight = train(network, recipe, data, out=tmp_path / "whole", callbacks=[SaveAndBreak(-1, -1)])
    for turn, step in enumerate((3, 4, 9, 14, 22, 25)):
        with pytest.raises(Broken):
            train(network, recipe, data, out=tmp_path / "run", resume=turn > 0, callbacks=[SaveAndBreak(step, step + 1)])
    resumed = train(network, recipe, data, out=tmp_path / "run", resume=True, callbacks=[SaveAndBreak(-1, -1)])
    require_equal(tmp_path / "whole", straight, tmp_path / "run", resumed)
    assert len(json.loads((tmp_path / "run/run.json").read_text())["resumed"]) == 6


def test_a_run_that_broke_off_before_its_first_checkpoint_begins_again(small: Network, tmp_path: Path) -> None:
    straight = train(small, recipe_of(), bars(), out=tmp_path / "whole", callbacks=[SaveAndBreak(-1, -1)])
    with pytest.raises(Broken):
        train(small, recipe_of(), bars(), out=tmp_path / "run", callbacks=[SaveAndBreak(-1, 3)])
    assert not checkpoints_of(tmp_path / "run")
    resumed = train(small, recipe_of(), bars(), out=tmp_path / "run", resume=True, callbacks=[SaveAndBreak(-1, -1)])
    require_equal(tmp_path / "whole", straight, tmp_path / "run", resumed)


def test_epochs_may_be_added(tmp_path: Path) -> None:
    """Also after a callback changed the weights at the end: those are not what goes on."""

    class Forget(Callback):
        def on_train_end(self, logs: Logs) -> None:
            zeros = {name: torch.zeros_like(tensor) for name, tensor in self.session.weights().items()}
            self.session.restore(zeros, epoch=0)

    network, data = network_of(DROPOUT), bars()
    straight = train(network, recipe_of(), data, epochs=5, out=tmp_path / "whole")
    shorter = train(network, recipe_of(), data, epochs=2, out=tmp_path / "run", callbacks=[Forget()])
    assert not any(tensor.any() for tensor in shorter.module.state_dict().values())
    newest, older = (read_checkpoint(path) for path in checkpoints_of(tmp_path / "run"))
    assert not any(tensor.any() for tensor in newest.tensors.values())
    assert "state" not in newest.metadata
    assert older.metadata["step"] == 26
    longer = train(network, recipe_of(), data, epochs=5, out=tmp_path / "run", resume=True, callbacks=[])
    assert digest(longer.module.state_dict()) == digest(straight.module.state_dict())
    assert longer.history == straight.history


def test_more_epochs_of_a_schedule_over_all_of_them_are_warned_of(small: Network, tmp_path: Path) -> None:
    """The rate after two of two epochs is the lowest; after two of four it is half of the whole."""
    cosine, falling = {"schedule": Cosine()}, {"schedule": Exponential(decay_rate=0.5)}
    for name, schedule in (("cosine", cosine), ("falling", falling)):
        train(small, recipe_of(**schedule), bars(), epochs=2, out=tmp_path / name)
        again = train(small, recipe_of(**schedule), bars(), epochs=2, out=tmp_path / name, resume=True)
        assert again.warnings == ()
        longer = train(small, recipe_of(**schedule), bars(), epochs=4, out=tmp_path / name, resume=True)
        assert [warning.code for warning in longer.warnings] == (["schedule-stretched"] if name == "cosine" else [])
    (warning,) = train(small, recipe_of(**cosine), bars(), epochs=8, out=tmp_path / "cosine", resume=True).warnings
    rate = recipe_of().optimizer.learning_rate
    assert "with 8 in place of 4" in warning.message
    assert f"after 4 is {rate / 2:.3g}, and would have been 0" in warning.message


def test_a_finished_run_that_goes_on_stays_as_it_is(small: Network, tmp_path: Path) -> None:
    first = train(small, recipe_of(), bars(), out=tmp_path / "run")
    before = (tmp_path / "run/metrics.csv").read_bytes()
    second = train(small, recipe_of(), bars(), out=tmp_path / "run", resume=True)
    assert (second.test, second.epochs) == (first.test, 2)
    assert (tmp_path / "run/metrics.csv").read_bytes() == before


def test_another_training_is_refused(small: Network, tmp_path: Path) -> None:
    out = tmp_path / "run"
    train(small, recipe_of(), bars(), out=out, threads=1)
    before = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    wider = network_of(SMALL.replace("Conv2D(4", "Conv2D(5"))
    cases: list[tuple[Network, Recipe, Any, dict[str, Any], str]] = [
        (wider, recipe_of(), bars(), {}, "the first layer that differs is conv2d_1"),
        (small, recipe_of(batch_size=8), bars(), {}, "batch_size is 16 there and 8 here"),
        (small, recipe_of(), bars(), {"seed": 7}, "seed is 0 there and 7 here"),
        (small, recipe_of(optimizer=call("SGD", learning_rate=0.2)), bars(), {}, "SGD(learning_rate=0.1) there and SGD(learning"),
        (small, recipe_of(), bars(seed=1), {}, "the data has the SHA-256"),
        (small, recipe_of(), bars(), {"threads": 2}, "it ran with --threads 1, and here it is 2"),
        (small, recipe_of(epochs=1), bars(), {}, "2 epochs are done there, and epochs is 1 here"),
    ]
    for network, recipe, data, more, text in cases:
        with pytest.raises(SpecError) as caught:
            train(network, recipe, data, out=out, resume=True, **more)
        (found,) = caught.value.diagnostics
        assert found.code == "resume-mismatch"
        assert text in found.message
        assert f"cnnspec train --resume {out.as_posix()}" in (found.help or "")
        assert {path: path.read_bytes() for path in out.rglob("*") if path.is_file()} == before


def test_everything_that_differs_is_said(small: Network, tmp_path: Path) -> None:
    train(small, recipe_of(), bars(), out=tmp_path / "run")
    with pytest.raises(SpecError) as caught:
        train(small, recipe_of(batch_size=8, seed=3), bars(seed=1), out=tmp_path / "run", resume=True)
    (found,) = caught.value.diagnostics
    assert [note.split()[0] for note in (found.message.partition("one: ")[2], *found.notes)] == ["batch_size", "seed", "the"]


def test_other_callbacks_are_refused(small: Network, tmp_path: Path) -> None:
    train(small, recipe_of(), bars(), out=tmp_path / "run")
    with pytest.raises(SpecError, match="it has no state of callback_0_Counter"):
        train(small, recipe_of(), bars(), out=tmp_path / "run", resume=True, callbacks=[Counter()])


def test_what_is_no_run_is_refused(small: Network, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for name in ("empty", "none"):
        with pytest.raises(SpecError) as caught:
            train(small, recipe_of(), bars(), out=tmp_path / name, resume=True)
        assert [d.code for d in caught.value.diagnostics] == ["run-not-found"]
    assert [path.name for path in tmp_path.iterdir()] == ["empty"]


def test_the_newest_checkpoint_that_is_whole_is_taken(small: Network, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save_after_every_epoch(monkeypatch)
    straight = train(small, recipe_of(epochs=4), bars(), out=tmp_path / "whole")
    train(small, recipe_of(epochs=3), bars(), out=tmp_path / "run")
    shutil.copytree(tmp_path / "run", tmp_path / "other")
    newest, older = checkpoints_of(tmp_path / "run")
    data = bytearray(newest.read_bytes())
    data[len(data) // 2] ^= 4
    newest.write_bytes(data)
    resumed = train(small, recipe_of(epochs=4), bars(), out=tmp_path / "run", resume=True)
    require_equal(tmp_path / "whole", straight, tmp_path / "run", resumed)
    (warning,) = resumed.warnings
    assert warning.code == "checkpoint-skipped"
    assert older.name in warning.message
    for path in checkpoints_of(tmp_path / "other"):
        path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(SpecError) as caught:
        train(small, recipe_of(epochs=4), bars(), out=tmp_path / "other", resume=True)
    assert [d.code for d in caught.value.diagnostics] == ["checkpoint-corrupt"]


@pytest.mark.parametrize(
    ("part", "name", "value"),
    [
        ("position", "epoch", -1),
        ("position", "epoch", "one"),
        ("position", "epoch", 10**30),
        ("position", "batch", 10**9),
        ("position", "history", [{"loss": "x"}]),
        ("position", "history", 7),
        ("optimizer", "iterations", None),
        ("optimizer", "velocity/conv2d_1.bias", torch.zeros(9)),
        ("random", "torch", torch.zeros(3, dtype=torch.uint8)),
        ("random", "python", [3, [1, 2], None]),
        ("random", "numpy", ["MT19937", [1], 5, 0, 0.0]),
        ("means", "sizes", [0, -4]),
        ("means", "losses", torch.zeros(99)),
        ("folder", "bytes", 10**9),
        ("folder", "columns", 3),
        ("weights", "conv2d_1.bias", torch.full((4,), torch.nan)),
    ],
)
def test_a_hostile_state_is_refused(small: Network, tmp_path: Path, part: str, name: str, value: Any) -> None:
    """A hash says that a file is whole, not who wrote it."""
    recipe = recipe_of(optimizer=call("SGD", momentum=0.9))
    train(small, recipe, bars(), out=tmp_path / "run")
    newest = checkpoints_of(tmp_path / "run")[0]
    checkpoint = read_checkpoint(newest)
    tensors, metadata = dict(checkpoint.tensors), json.loads(json.dumps(checkpoint.metadata))
    if isinstance(value, torch.Tensor):
        tensors[f"{part}/{name}"] = value
    else:
        metadata["state"][part][name] = value
    write_checkpoint(newest, Checkpoint(tensors, metadata))
    with pytest.raises(SpecError) as caught:
        train(small, recipe, bars(), out=tmp_path / "run", resume=True, epochs=3)
    code = "training-diverged" if part == "weights" else "checkpoint-mismatch"
    assert [found.code for found in caught.value.diagnostics] == [code]
    assert json.loads((tmp_path / "run/run.json").read_text())["status"] == "failed"


@pytest.mark.parametrize("fall", [9, 17, 30])
def test_everything_at_once_goes_on_bit_by_bit(tmp_path: Path, fall: int) -> None:
    """Augmentation, schedule, averaged and clipped weights, and the recipe's own callbacks."""
    recipe = recipe_of(
        epochs=3,
        validation=0.1,
        optimizer=call("AdamW", learning_rate=0.01),
        schedule=call("cosine", warmup=1),
        augment=(call("RandomShift", pixels=1), call("RandomErasing", probability=0.3)),
        clip_norm=1.0,
        ema=0.9,
        label_smoothing=0.1,
        metrics=("accuracy", call("top_k", k=2)),
        callbacks=(
            call("BackupAndRestore", save_freq=4),
            call("CSVLogger", path="log.csv"),
            call("EarlyStopping", monitor="val_loss", patience=5, restore_best_weights=True),
            call("ModelCheckpoint", path="best-{epoch}", monitor="val_loss", save_best_only=True),
        ),
    )
    network, data = network_of(DROPOUT), bars()
    straight = train(network, recipe, data, out=tmp_path / "whole", callbacks=[SaveAndBreak(-1, -1)])
    with pytest.raises(Broken):
        train(network, recipe, data, out=tmp_path / "run", callbacks=[SaveAndBreak(-1, fall)])
    resumed = train(network, recipe, data, out=tmp_path / "run", resume=True, callbacks=[SaveAndBreak(-1, -1)])
    assert digest(resumed.module.state_dict()) == digest(straight.module.state_dict())
    assert resumed.history == straight.history
    assert rows(tmp_path / "run") == rows(tmp_path / "whole")
    assert (tmp_path / "run/log.csv").read_bytes() == (tmp_path / "whole/log.csv").read_bytes()
    names = [sorted(path.name for path in (tmp_path / folder).glob("best-*")) for folder in ("run", "whole")]
    assert names[0] == names[1] != []
