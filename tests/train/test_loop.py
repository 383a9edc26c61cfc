"""The loop: what a run learns, that it can be repeated, what it reports, and how it ends."""

from __future__ import annotations

import json
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
from cnnspec.train.batches import epoch_order, mix
from cnnspec.train.callbacks import Callback, Logs
from cnnspec.train.data.dataset import Dataset
from cnnspec.train.data.load import load_dataset
from cnnspec.train.devices import choose_device
from cnnspec.train.progress import Progress
from cnnspec.train.training import train
from support.training import SMALL, bars, call, network_of, recipe_of


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
