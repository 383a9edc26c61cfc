"""The loop: what a run learns, that it can be repeated, what it reports, and how it ends."""

from __future__ import annotations

import csv
import json
import os
import signal
import socket
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch.nn import functional

from cnnspec.api import load
from cnnspec.backends.torch_modules import build_module
from cnnspec.diagnostics import MachineError, SpecError
from cnnspec.ir import Network
from cnnspec.resources import library_root
from cnnspec.schema.values import Quoted, Word
from cnnspec.train import run_folder
from cnnspec.train.batches import Preparer, epoch_order, mix
from cnnspec.train.callbacks import Callback, Logs
from cnnspec.train.data.dataset import Dataset
from cnnspec.train.data.load import load_dataset
from cnnspec.train.data.prepare import prepare
from cnnspec.train.devices import choose_device
from cnnspec.train.interruption import TrainingInterrupted
from cnnspec.train.progress import Progress
from cnnspec.train.training import train
from support.training import SMALL, bars, call, network_of, recipe_of, save_after_every_epoch


def weights(result: Any) -> dict[str, torch.Tensor]:
    return {name: tensor.clone() for name, tensor in result.module.state_dict().items()}


def same(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> bool:
    return one.keys() == other.keys() and all(torch.equal(tensor, other[name]) for name, tensor in one.items())


# --- learning -------------------------------------------------------------------------------------------------------


def test_lenet_learns_digits_in_two_epochs() -> None:
    spec = load(library_root() / "lenet5.cnn")
    recipe = spec.recipe().recipe
    assert recipe is not None
    data = load_dataset(recipe_of().data)
    result = train(spec.resolved("LeNet5").network, recipe, data, epochs=2)
    assert result.test["accuracy"] > 0.8
    assert result.epochs == 2
    assert len(result.history) == 2
    assert result.history[1]["loss"] < result.history[0]["loss"]
    assert not result.module.training


def test_lenet_reaches_its_accuracy_on_the_digits() -> None:
    """Its own recipe to the end, as the command of the README runs it: 97.8 to 98.9 % over eight seeds."""
    spec = load(library_root() / "lenet5.cnn")
    recipe = spec.recipe("LeNet5").recipe
    assert recipe is not None
    assert recipe.epochs == 20
    result = train(spec.resolved("LeNet5").network, recipe, load_dataset(recipe_of().data))
    assert result.epochs == 20
    assert result.test["accuracy"] >= 0.97


def test_same_seed_same_weights_bit_by_bit(small: Network, data: Dataset) -> None:
    noisy = network_of(SMALL.replace("Flatten", "Flatten -> Dropout(0.3)"))
    first = weights(train(noisy, recipe_of(), data))
    torch.manual_seed(99)
    np.random.seed(99)
    assert same(first, weights(train(noisy, recipe_of(), data)))
    assert same(first, weights(train(noisy, recipe_of(seed=5), data, seed=0)))
    assert not same(first, weights(train(noisy, recipe_of(seed=1), data)))


def test_torchs_own_generator_is_left_alone(small: Network, data: Dataset) -> None:
    torch.manual_seed(1)
    expected = torch.rand(3)
    torch.manual_seed(1)
    train(small, recipe_of(epochs=1), data)
    assert torch.equal(torch.rand(3), expected)


def test_the_order_is_a_permutation_of_seed_and_epoch_alone() -> None:
    cpu = torch.device("cpu")
    order = epoch_order(1000, 3, 0, cpu)
    assert torch.equal(order.sort().values, torch.arange(1000))
    threads = torch.get_num_threads()
    torch.set_num_threads(threads + 1)
    torch.rand(5)
    assert torch.equal(order, epoch_order(1000, 3, 0, cpu))
    torch.set_num_threads(threads)
    for seed, epoch in ((3, 1), (4, 0), (2, 1)):
        assert not torch.equal(order, epoch_order(1000, seed, epoch, cpu))
    assert len({mix(seed, epoch) for seed in range(50) for epoch in range(50)}) == 2500


def test_steps_are_those_of_a_plain_loop(small: Network) -> None:
    """The whole epoch once more by hand: order, last smaller batch, fused loss, Keras's means."""
    data = bars(train=50)
    result = train(small, recipe_of(epochs=1), data)
    module = build_module(small, seed=0)
    module.pool_first()
    module.to(memory_format=torch.channels_last)
    images = torch.from_numpy(data.train_images).permute(0, 3, 1, 2).float() / 255
    labels = torch.from_numpy(data.train_labels)
    order = epoch_order(50, 0, 0, torch.device("cpu"))
    losses, right = [], 0
    for start in range(0, 50, 16):
        index = order[start : start + 16]
        probabilities = module(images[index])
        loss = functional.nll_loss(probabilities.log(), labels[index])
        right += int((probabilities.argmax(1) == labels[index]).sum())
        losses += [loss.item()] * len(index)
        module.zero_grad()
        loss.backward()
        with torch.no_grad():
            for parameter in module.parameters():
                assert parameter.grad is not None
                parameter -= 0.1 * parameter.grad
    assert len(losses) == 50
    assert result.train["loss"] == pytest.approx(np.mean(losses), rel=1e-5)
    assert result.train["accuracy"] == right / 50
    for name, tensor in module.state_dict().items():
        assert torch.allclose(result.module.state_dict()[name], tensor, atol=1e-5)


def test_validation_is_the_end_of_the_training_set(small: Network) -> None:
    data = bars(train=120)
    result = train(small, recipe_of(validation=40, epochs=1), data)
    module = result.module
    with torch.no_grad():
        images = torch.from_numpy(data.train_images[80:]).permute(0, 3, 1, 2).float() / 255
        outputs = module(images)
    labels = torch.from_numpy(data.train_labels[80:])
    assert result.train["val_accuracy"] == float((outputs.argmax(1) == labels).float().mean())
    assert result.train["val_loss"] == pytest.approx(float(functional.nll_loss(outputs.log(), labels)), rel=1e-5)
    changed = bars(train=120)
    changed.train_images[80:] = 0
    assert same(weights(result), weights(train(small, recipe_of(validation=40, epochs=1), changed)))


# --- losses and metrics ---------------------------------------------------------------------------------------------

LINEAR = SMALL.replace("Dense(4, activation=softmax)", "Dense(4)")
SIGMOID = SMALL.replace("softmax", "sigmoid")
ONE = SMALL.replace("Dense(4, activation=softmax)", "Dense(1, activation=sigmoid)")


def shares(values: np.ndarray) -> np.ndarray:
    return np.exp(values) / np.exp(values).sum(1, keepdims=True)


def binary(p: np.ndarray, t: np.ndarray) -> float:
    p = p.clip(1e-7, 1 - 1e-7)
    return float(-(t * np.log(p) + (1 - t) * np.log(1 - p)).mean())


@pytest.mark.parametrize(
    ("body", "loss", "expected"),
    [
        (SMALL, Word("categorical_crossentropy"), lambda p, t: -(t * np.log(p)).sum(1).mean()),
        (SMALL, Word("sparse_categorical_crossentropy"), lambda p, t: -(t * np.log(p)).sum(1).mean()),
        (LINEAR, Word("categorical_crossentropy"), lambda z, t: -(t * np.log(shares(z))).sum(1).mean()),
        (LINEAR, call("categorical_crossentropy", from_logits=True), lambda z, t: -(t * np.log(shares(z))).sum(1).mean()),
        (SMALL, call("categorical_crossentropy", from_logits=True), lambda p, t: -(t * np.log(shares(p))).sum(1).mean()),
        (SIGMOID, Word("categorical_crossentropy"), lambda p, t: -(t * np.log(p / p.sum(1, keepdims=True))).sum(1).mean()),
        (SIGMOID, Word("binary_crossentropy"), binary),
        (SMALL, Word("binary_crossentropy"), binary),
        (LINEAR, Word("binary_crossentropy"), lambda z, t: binary(1 / (1 + np.exp(-z)), t)),
        (SMALL, Word("mean_squared_error"), lambda p, t: ((p - t) ** 2).mean()),
    ],
)
def test_losses_are_keras_s(body: str, loss: object, expected: Any) -> None:
    data = bars()
    result = train(network_of(body), recipe_of(loss=loss, epochs=1), data)
    with torch.no_grad():
        images = torch.from_numpy(data.test_images).permute(0, 3, 1, 2).float() / 255
        outputs = result.module(images).double().numpy()
    assert result.test["loss"] == pytest.approx(expected(outputs, np.eye(4)[data.test_labels]), rel=1e-4)
    assert result.test["accuracy"] == pytest.approx((outputs.argmax(1) == data.test_labels).mean())


def test_one_unit_tells_two_classes_apart() -> None:
    data = bars(classes=2)
    result = train(network_of(ONE), recipe_of(loss=Word("binary_crossentropy"), epochs=8), data)
    assert result.test["accuracy"] > 0.95


def test_top_k(small: Network, data: Dataset) -> None:
    metrics = (Word("accuracy"), call("top_k", k=2), call("top_k", k=4))
    result = train(small, recipe_of(metrics=metrics, epochs=1), data)
    assert result.test["accuracy"] <= result.test["top_2"] <= result.test["top_4"] == 1.0


def test_penalties_are_in_the_loss_and_act(data: Dataset) -> None:
    plain = train(network_of(SMALL), recipe_of(), data)
    regular = train(network_of(SMALL.replace("3x3,", "3x3, kernel_regularizer=l2(0.3),")), recipe_of(), data)
    kernel = regular.module.state_dict()["conv2d_1.weight"]
    assert kernel.norm() < 0.5 * plain.module.state_dict()["conv2d_1.weight"].norm()
    with torch.no_grad():
        images = torch.from_numpy(data.test_images).permute(0, 3, 1, 2).float() / 255
        bare = functional.nll_loss(regular.module(images).log(), torch.from_numpy(data.test_labels))
    assert regular.test["loss"] == pytest.approx(float(bare + 0.3 * kernel.square().sum()), rel=1e-4)


def test_constraints_hold_after_every_step(data: Dataset) -> None:
    class Watch(Callback):
        seen = 0

        def on_train_batch_end(self, batch: int, logs: Logs) -> None:
            kernel = self.session.module.state_dict()["conv2d_1.weight"]
            assert kernel.min() >= 0
            self.seen += 1

    watch = Watch()
    train(network_of(SMALL.replace("3x3,", "3x3, kernel_constraint=non_neg,")), recipe_of(epochs=1), data, callbacks=[watch])
    assert watch.seen == 13
    free = train(network_of(SMALL), recipe_of(epochs=1), data)
    assert free.module.state_dict()["conv2d_1.weight"].min() < 0


def test_frozen_layers_stay(data: Dataset) -> None:
    network = network_of(SMALL.replace("3x3,", "3x3, trainable=false,"))
    result = train(network, recipe_of(), data)
    before = build_module(network, seed=0).state_dict()
    assert torch.equal(result.module.state_dict()["conv2d_1.weight"], before["conv2d_1.weight"])
    assert not torch.equal(result.module.state_dict()["dense_1.weight"], before["dense_1.weight"])


# --- inputs ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "shape"),
    [
        ({}, (8, 8, 1)),
        ({"normalize": None}, (8, 8, 1)),
        ({"normalize": Word("standard")}, (8, 8, 1)),
        ({"pad": 2}, (12, 12, 1)),
        ({"resize": (13, 11), "pad": 1, "normalize": Word("standard")}, (15, 13, 1)),
        ({}, (64,)),
        ({"pad": 1}, (100,)),
        ({}, (8, 8)),
    ],
)
def test_the_device_prepares_images_as_numpy_does(data: Dataset, values: dict[str, object], shape: tuple[int, ...]) -> None:
    preparation = prepare(recipe_of(**values), data, shape)
    expected = preparation.apply(data.train_images[:20])
    found = Preparer(preparation, torch.device("cpu"))(torch.from_numpy(data.train_images[:20]))
    if len(shape) > 1:
        found = found.movedim(1, -1)
    assert found.shape == expected.shape
    assert np.abs(found.numpy() - expected).max() < 1e-4 * max(1, np.abs(expected).max())


def test_colours_keep_their_channels() -> None:
    rng = np.random.default_rng(0)
    images = rng.integers(0, 255, (5, 6, 7, 3)).astype(np.uint8)
    data = Dataset("colours", images, np.zeros(5, np.int64), images, np.zeros(5, np.int64), ("a",), "")
    preparation = prepare(recipe_of(normalize=Word("standard")), data, (6, 7, 3))
    found = Preparer(preparation, torch.device("cpu"))(torch.from_numpy(images))
    assert found.is_contiguous(memory_format=torch.channels_last)
    assert np.allclose(found.movedim(1, -1).numpy(), preparation.apply(images), atol=1e-4)


def test_an_mlp_trains(data: Dataset) -> None:
    network = network_of("input 64\nDense(16, activation=relu)\nDense(4, activation=softmax)")
    assert train(network, recipe_of(epochs=4), data).test["accuracy"] > 0.7


# --- callbacks in the loop ------------------------------------------------------------------------------------------


def test_hooks_come_in_keras_s_order(small: Network) -> None:
    calls: list[str] = []

    class Recorder(Callback):
        def __getattribute__(self, name: str) -> Any:
            if name.startswith("on_"):
                return lambda *arguments: calls.append(name.removeprefix("on_"))
            return super().__getattribute__(name)

        def hooks_batches(self) -> bool:
            return True

    train(small, recipe_of(epochs=1, validation=10), bars(train=42), callbacks=[Recorder()])
    step = ["train_batch_begin", "train_batch_end"]
    validation = ["test_begin", "test_end"]
    assert calls == ["train_begin", "epoch_begin", *step, *step, *validation, "epoch_end", "train_end", *validation]


def test_early_stopping_restores_and_the_test_is_of_the_best(small: Network, data: Dataset, tmp_path: Path) -> None:
    class Spoil(Callback):
        """After the second epoch the weights are turned round, so that the third is worse."""

        def on_epoch_begin(self, epoch: int, logs: Logs) -> None:
            if epoch == 2:
                with torch.no_grad():
                    for parameter in self.session.module.parameters():
                        parameter.neg_()

    stop = call("EarlyStopping", monitor=Word("loss"), patience=0, restore_best_weights=True)
    result = train(small, recipe_of(epochs=9, callbacks=(stop,)), data, callbacks=[Spoil()], out=tmp_path / "run")
    two = train(small, recipe_of(epochs=2), data)
    assert result.epochs == 3
    assert result.stopped.startswith("EarlyStopping: loss")
    assert same(weights(result), weights(two))
    assert result.test == two.test
    record = json.loads((tmp_path / "run/run.json").read_text())
    assert record["restored"] == 1
    assert record["stopped"] == result.stopped
    from cnnspec.train.run import load_run

    assert load_run(tmp_path / "run").epoch == 2  # whose weights they are, not how long it went on


def test_a_callback_can_stop_within_an_epoch(small: Network, data: Dataset) -> None:
    class Stop(Callback):
        def on_train_batch_end(self, batch: int, logs: Logs) -> None:
            if batch == 2:
                assert 0 < logs["loss"] < 5
                self.session.stop("enough")

    result = train(small, recipe_of(epochs=5), data, callbacks=[Stop()])
    assert result.epochs == 1
    assert result.stopped == "enough"


def test_recipe_callbacks_write_into_the_folder(small: Network, data: Dataset, tmp_path: Path) -> None:
    callbacks = (
        call("CSVLogger", path=Quoted("logs/log.csv")),
        call("ModelCheckpoint", path=Quoted("best-{epoch}"), monitor=Word("loss"), save_best_only=True),
    )
    train(small, recipe_of(callbacks=callbacks), data, out=tmp_path / "run")
    assert (tmp_path / "run/best-2.safetensors").is_file()
    assert len((tmp_path / "run/logs/log.csv").read_text().splitlines()) == 3


# --- NaN ------------------------------------------------------------------------------------------------------------


def test_a_loss_that_is_no_number_ends_the_run(small: Network, data: Dataset, tmp_path: Path) -> None:
    wild = recipe_of(optimizer=call("SGD", learning_rate=1e30), epochs=3)
    with pytest.raises(SpecError) as caught:
        train(small, wild, data, out=tmp_path / "run")
    (found,) = caught.value.diagnostics
    assert found.code == "training-diverged"
    assert found.message.endswith("at step 2 of epoch 1; dense_1 is the first layer with an output that is not finite")
    assert found.help == "try a smaller learning rate, such as 1e+29"
    record = json.loads((tmp_path / "run/run.json").read_text())
    assert record["status"] == "failed"
    assert record["message"] == found.message
    # Kept are the weights it began with.
    from cnnspec.train.run import load_run

    kept = load_run(tmp_path / "run").weights
    assert same(dict(kept), dict(build_module(small, seed=0).state_dict()))


def test_the_last_sound_epoch_is_kept(small: Network, data: Dataset, tmp_path: Path) -> None:
    class Poison(Callback):
        def on_epoch_begin(self, epoch: int, logs: Logs) -> None:
            if epoch == 2:
                with torch.no_grad():
                    self.session.module.state_dict()["dense_1.bias"][0] = torch.nan

    # The poison comes before the copy of the epoch's start: what is kept must still be sound.
    with pytest.raises(SpecError) as caught:
        train(small, recipe_of(epochs=5), data, callbacks=[Poison()], out=tmp_path / "run")
    (found,) = caught.value.diagnostics
    assert "at step 1 of epoch 3; dense_1 is the first layer with an output that is not finite" in found.message
    from cnnspec.train.run import load_run

    kept = load_run(tmp_path / "run")
    assert kept.epoch == 2
    assert same(dict(kept.weights), weights(train(small, recipe_of(epochs=2), data)))


# --- the folder -----------------------------------------------------------------------------------------------------


def test_the_folder_of_a_run(small: Network, data: Dataset, tmp_path: Path) -> None:
    out = tmp_path / "deep" / "run"
    text = f"model Small {{{SMALL}}}\n"
    result = train(small, recipe_of(validation=0.1), data, out=out, source=text, arguments={"--epochs": 2})
    assert sorted(path.name for path in out.iterdir()) == ["checkpoints", "metrics.csv", "plots", "run.json", "spec.cnn"]
    assert (out / "spec.cnn").read_text() == text
    record = json.loads((out / "run.json").read_text())
    assert record["status"] == "finished"
    assert record["data"]["sha256"] == data.checksum
    assert record["data"]["validation"] == 20
    assert record["arguments"] == {"--epochs": 2}
    assert record["test"] == result.test
    assert record["versions"]["torch"] == torch.__version__
    rows = list(csv.DictReader((out / "metrics.csv").read_text().splitlines()))
    assert list(rows[0]) == list(run_folder.COLUMNS)
    assert [row["epoch"] for row in rows] == ["1", "2"]
    assert float(rows[1]["val_loss"]) == result.train["val_loss"]
    assert ET.fromstring((out / "plots/curves.svg").read_text()).tag.endswith("svg")
    assert 1 <= len(list((out / "checkpoints").iterdir())) <= 2
    assert record["claims"] == []
    keys = {"model", "data", "epochs", "train", "test", "seconds", "images_per_second", "device", "out", "claims"}
    assert keys <= result.to_json().keys()
    json.dumps(result.to_json(), allow_nan=False)


def test_two_checkpoints_are_kept(small: Network, data: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save_after_every_epoch(monkeypatch)
    train(small, recipe_of(epochs=5), data, out=tmp_path / "run")
    names = [path.name for path in run_folder.checkpoints_of(tmp_path / "run")]
    assert names == ["000005.safetensors", "000004.safetensors"]


def test_a_folder_with_something_in_it_is_refused(small: Network, data: Dataset, tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(SpecError) as caught:
        train(small, recipe_of(), data, out=tmp_path)
    assert [d.code for d in caught.value.diagnostics] == ["run-folder-exists"]
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]
    for path in (tmp_path / "thesis.tex", tmp_path / "thesis.tex" / "run"):
        with pytest.raises(SpecError) as caught:
            train(small, recipe_of(), data, out=path)
        assert [d.code for d in caught.value.diagnostics] == ["run-folder-is-file"]
    assert (tmp_path / "thesis.tex").read_text() == "years of work"


def test_a_signal_while_the_folder_is_made_is_recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the first run.json and the loop that listens to signals."""
    update = run_folder.RunFolder.update

    def interrupted(self: run_folder.RunFolder, **values: object) -> None:
        update(self, **values)
        if not values:
            raise KeyboardInterrupt

    monkeypatch.setattr(run_folder.RunFolder, "update", interrupted)
    with pytest.raises(KeyboardInterrupt), run_folder.RunFolder(tmp_path / "run") as folder:
        folder.begin({}, "")
    assert json.loads((tmp_path / "run/run.json").read_text())["status"] == "interrupted"


def test_a_failing_write_names_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import errno

    from cnnspec.train import files

    def refuse(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(files, "write_all", refuse)
    for path in (tmp_path / "x.npy", tmp_path / "nowhere" / "x.npy"):
        with pytest.raises(OSError, match="No s") as caught:
            files.write_atomically(path, b"x")
        assert caught.value.filename == str(path)
    assert not list(tmp_path.iterdir())

    def refuse_too(*_: object, **__: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system", ".x.npy.tmp")

    monkeypatch.setattr(Path, "unlink", refuse_too)  # not even the temporary file can be removed
    with pytest.raises(OSError, match="No s") as caught:
        files.write_atomically(tmp_path / "x.npy", b"x")
    assert caught.value.filename == str(tmp_path / "x.npy")


def test_half_a_row_is_never_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that takes a part of a row and is full then."""
    import errno

    from cnnspec.train import files

    path = tmp_path / "metrics.csv"
    files.append_whole(path, b"1,2,3\n")

    def take_two(descriptor: int, data: bytes) -> None:
        os.write(descriptor, data[:2])
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(files, "write_all", take_two)
    with pytest.raises(OSError, match="No space"):
        files.append_whole(path, b"4,5,6\n")
    assert path.read_bytes() == b"1,2,3\n"


def test_two_runs_in_one_folder(small: Network, data: Dataset, tmp_path: Path) -> None:
    class Second(Callback):
        def on_epoch_end(self, epoch: int, logs: Logs) -> None:
            with pytest.raises(MachineError) as caught:
                train(small, recipe_of(), data, out=tmp_path / "run")
            (found,) = caught.value.diagnostics
            assert found.code == "run-folder-locked"
            assert f"process {os.getpid()} on {socket.gethostname()}, Small" in found.message

    train(small, recipe_of(epochs=1), data, out=tmp_path / "run", callbacks=[Second()])
    assert json.loads((tmp_path / "run/run.json").read_text())["status"] == "finished"


def test_default_folders_are_numbered(tmp_path: Path) -> None:
    names = [run_folder.default_run_folder("LeNet5", tmp_path / "runs").name for _ in range(3)]
    assert names == ["LeNet5-1", "LeNet5-2", "LeNet5-3"]


def test_a_full_disk_keeps_the_last_checkpoint(
    small: Network, data: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the third epoch on, nothing can be written any more."""
    import errno

    from cnnspec.train import files

    class Fill(Callback):
        def on_epoch_begin(self, epoch: int, logs: Logs) -> None:
            if epoch == 2:

                def refuse(*arguments: object) -> None:
                    raise OSError(errno.ENOSPC, "No space left on device")

                monkeypatch.setattr(files, "write_all", refuse)

    save_after_every_epoch(monkeypatch)
    with pytest.raises(MachineError) as caught:
        train(small, recipe_of(epochs=5), data, out=tmp_path / "run", callbacks=[Fill()])
    (found,) = caught.value.diagnostics
    assert found.code == "disk-full"
    assert "bytes" in found.message
    assert "000002.safetensors" in found.notes[0]
    from cnnspec.train.run import load_run

    assert load_run(tmp_path / "run").epoch == 2
    assert not list((tmp_path / "run").rglob("*.tmp"))


# --- signals --------------------------------------------------------------------------------------------------------


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


# --- devices and progress -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["quantum", "cpu:x"])
def test_a_device_that_nobody_knows(name: str) -> None:
    with pytest.raises(MachineError) as caught:
        choose_device(name)
    assert f"Torch knows no device {name}" in caught.value.diagnostics[0].message


def test_a_device_that_is_not_there() -> None:
    assert choose_device("cpu").type == "cpu"
    for name in ("cuda:99", "toaster"):
        with pytest.raises(MachineError) as caught:
            choose_device(name)
        assert [d.code for d in caught.value.diagnostics] == ["device-unavailable"]


def test_missing_memory_is_named(small: Network, data: Dataset) -> None:
    class Hog(Callback):
        def on_train_batch_begin(self, batch: int, logs: Logs) -> None:
            torch.empty(2**60, dtype=torch.uint8)

    with pytest.raises(MachineError) as caught:
        train(small, recipe_of(), data, callbacks=[Hog()])
    (found,) = caught.value.diagnostics
    assert found.code == "out-of-memory"
    assert found.help == "try --batch-size 8"


def test_other_errors_are_not_called_missing_memory(small: Network, data: Dataset) -> None:
    class Fault(Callback):
        def on_train_batch_begin(self, batch: int, logs: Logs) -> None:
            raise RuntimeError("a fault")

    with pytest.raises(RuntimeError, match="a fault"):
        train(small, recipe_of(), data, callbacks=[Fault()])


def test_figures_are_read_only_when_the_progress_is_due(small: Network, data: Dataset) -> None:
    shown: list[int] = []

    class Every(Progress):
        def due(self) -> bool:
            return True

        def show(self, done: int, read: Any) -> None:
            shown.append(done)
            assert set(read()) == {"loss", "accuracy"}

    train(small, recipe_of(epochs=1), data, progress=Every())
    assert shown == [*range(16, 200, 16), 200]


@pytest.mark.parametrize(("error", "status"), [(KeyboardInterrupt(), "interrupted"), (ValueError("x"), "failed")])
def test_the_record_says_how_it_ended(small: Network, data: Dataset, tmp_path: Path, error: BaseException, status: str) -> None:
    class Break(Callback):
        def on_epoch_begin(self, epoch: int, logs: Logs) -> None:
            raise error

    with pytest.raises(type(error)):
        train(small, recipe_of(), data, callbacks=[Break()], out=tmp_path / "run")
    assert json.loads((tmp_path / "run/run.json").read_text())["status"] == status


@pytest.mark.parametrize("name", ["SGD", "RMSprop", "Adam"])
def test_with_every_layer_frozen_nothing_moves(data: Dataset, name: str) -> None:
    network = network_of(SMALL.replace("3x3,", "3x3, trainable=false,").replace("Dense(4,", "Dense(4, trainable=false,"))
    result = train(network, recipe_of(optimizer=Word(name), epochs=1), data)
    assert same(weights(result), dict(build_module(network, seed=0).state_dict()))
    assert result.test["loss"] > 0
