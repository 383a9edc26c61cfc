"""Training from Python: data and callbacks of one's own, and the built module in anyone's own loop."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader, TensorDataset

import cnnspec
from cnnspec.backends.torch_modules import build_module
from cnnspec.train.callbacks import Callback, Logs
from support.markdown import ROOT
from support.resuming import digest
from support.training import SMALL, bars, network_of, recipe_of

SPEC = (
    f"model Small {{\n{SMALL}\n}}\n"
    + """
train Small {
  data = images("bars")
  loss = categorical_crossentropy
  optimizer = SGD(learning_rate=0.1)
  epochs = 2
  batch_size = 16
  expect accuracy >= 0.5
}
"""
)


def tensors() -> tuple[tuple[torch.Tensor, torch.Tensor], tuple[torch.Tensor, torch.Tensor]]:
    """Bars as the module takes them."""
    data = bars()
    parts = [(data.train_images, data.train_labels), (data.test_images, data.test_labels)]
    first, second = ((torch.tensor(x).permute(0, 3, 1, 2) / 255, torch.tensor(y)) for x, y in parts)
    return first, second


def loaders() -> tuple[DataLoader[Any], DataLoader[Any]]:
    train, test = tensors()
    return DataLoader(TensorDataset(*train), batch_size=16, shuffle=True), DataLoader(TensorDataset(*test), batch_size=64)


# --- what is trained on ---------------------------------------------------------------------------------------------


def test_images_of_bytes_are_a_data_set() -> None:
    """As Keras's ``load_data`` gives them, without an axis of channels."""
    data = bars()
    given = ((data.train_images[..., 0], data.train_labels), (data.test_images[..., 0], data.test_labels))
    trained = cnnspec.train(cnnspec.load(SPEC), data=given)
    expected = cnnspec.train(network_of(SMALL), recipe_of(), data=given)
    assert digest(trained.result.module.state_dict()) == digest(expected.result.module.state_dict())
    assert trained.result.test["accuracy"] > 0.5
    (claim,) = trained.claims
    assert claim.holds is None


def test_inputs_are_taken_as_they_are() -> None:
    """Divided by 255 they are what the recipe makes of the bytes."""
    data = bars()
    own = cnnspec.train(network_of(SMALL), recipe_of(), data=tensors())
    prepared = cnnspec.train(
        network_of(SMALL), recipe_of(), data=((data.train_images, data.train_labels), (data.test_images, data.test_labels))
    )
    assert own.result.test == pytest.approx(prepared.result.test, abs=1e-5)
    assert list(own.result.history) == [pytest.approx(row, abs=1e-5) for row in prepared.result.history]


def test_any_loader_of_torch(tmp_path: Path) -> None:
    first = cnnspec.train(network_of(SMALL), recipe_of(), data=loaders(), out=tmp_path / "run")
    again = cnnspec.train(network_of(SMALL), recipe_of(), data=loaders())
    assert first.result.test["accuracy"] > 0.5
    assert digest(first.result.module.state_dict()) == digest(again.result.module.state_dict())
    assert (tmp_path / "run/metrics.csv").is_file()


@pytest.mark.parametrize(("part", "batch"), [("train", 2), ("test", 1)])
def test_a_loader_s_labels_that_no_output_stands_for(part: str, batch: int) -> None:
    (x, labels), (x_test, labels_test) = tensors()
    wrong = labels if part == "train" else labels_test
    wrong[20] = 12
    data = tuple(
        DataLoader(TensorDataset(*pair), batch_size=16 if pair[0] is x else 64) for pair in ((x, labels), (x_test, labels_test))
    )
    with pytest.raises(ValueError, match=rf"batch {batch}: labels run from 0 to 12; \w+ tells classes 0 to \d apart"):
        cnnspec.train(network_of(SMALL), recipe_of(), data=data)


class Break(Callback):
    def on_train_batch_end(self, batch: int, logs: Logs) -> None:
        if self.session.step == 18:
            raise KeyboardInterrupt
        if self.session.step == 17:
            self.session.ask_to_save()


class Watch(Break):
    """Only looks."""

    def on_train_batch_end(self, batch: int, logs: Logs) -> None:
        assert logs["loss"] > 0


Watch.__name__ = "Break"


def test_a_run_over_a_loader_goes_on_bit_by_bit(tmp_path: Path) -> None:
    body = SMALL.replace("Flatten", "Dropout(0.2)\n  Flatten")
    straight = cnnspec.train(network_of(body), recipe_of(), data=loaders(), callbacks=[Watch()])
    with pytest.raises(KeyboardInterrupt):
        cnnspec.train(network_of(body), recipe_of(), data=loaders(), out=tmp_path / "run", callbacks=[Break()])
    resumed = cnnspec.train(network_of(body), recipe_of(), data=loaders(), resume=tmp_path / "run", callbacks=[Watch()])
    assert digest(resumed.result.module.state_dict()) == digest(straight.result.module.state_dict())
    assert resumed.result.history == straight.result.history


def test_data_that_does_not_fit_is_refused() -> None:
    (x, y), test = tensors()
    network = network_of(SMALL)
    for data, kind, text in (
        (((x, y[:-1]), test), ValueError, "200 inputs and 199 labels"),
        (x, TypeError, "data is a name, a folder, or a pair"),
        ((iter([(x, y)]), test), TypeError, "a loader has to know how many batches it has"),
    ):
        with pytest.raises(kind, match=text):
            cnnspec.train(network, recipe_of(), data=data)
    for wrong in (4, -1):
        labels = y.clone()
        labels[7] = wrong
        with pytest.raises(ValueError, match="Small tells classes 0 to 3 apart"):
            cnnspec.train(network, recipe_of(), data=((x, labels), test))
    with pytest.raises(ValueError, match=r"Small takes \(N, 1, 8, 8\), channels first; got \(16, 1, 7, 8\)"):
        cnnspec.train(network, recipe_of(), data=((x[:, :, 1:], y), test))
    with pytest.raises(ValueError, match="leave them out"):
        cnnspec.train(network, recipe_of(validation=0.1), data=loaders())
    with pytest.raises(TypeError, match="needs a recipe by itself"):
        cnnspec.train(network, "Small", data=loaders())
    with pytest.raises(TypeError, match="needs a spec"):
        cnnspec.train()


# --- the module elsewhere -------------------------------------------------------------------------------------------


def test_the_module_in_a_loop_of_ones_own() -> None:
    module = cnnspec.load(SPEC).build(seed=0)
    optimizer = torch.optim.SGD(module.parameters(), lr=0.1)
    (x, y), _ = tensors()
    losses: list[float] = []
    for _ in range(20):
        loss = torch.nn.functional.nll_loss(module(x).log(), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < losses[0]


@pytest.mark.parametrize("name", ["lenet5", "resnet18"])
def test_a_copy_is_independent(name: str) -> None:
    module = cnnspec.load(ROOT / f"specs/{name}.cnn").build(seed=0).eval()
    x = torch.randn(1, *((1, 28, 28) if name == "lenet5" else (3, 224, 224)))
    other = copy.deepcopy(module)
    with torch.no_grad():
        before = module(x)
        assert torch.equal(other(x), before)
        for parameter in other.parameters():
            parameter.zero_()
        assert torch.equal(module(x), before)


def test_the_module_can_be_exported() -> None:
    module = cnnspec.load(SPEC).build(seed=0).eval()
    x = torch.randn(3, 1, 8, 8)
    exported = torch.export.export(module, (x,))
    with torch.no_grad():
        assert torch.allclose(exported.module()(x), module(x), atol=1e-6)


@pytest.mark.slow
def test_the_module_can_be_compiled() -> None:
    module = cnnspec.load(SPEC).build(seed=0)
    compiled: Any = torch.compile(module)
    x = torch.randn(3, 1, 8, 8)
    assert torch.allclose(compiled(x), module(x), atol=1e-5)
    compiled(x).sum().backward()
    assert all(parameter.grad is not None for parameter in module.parameters())


# --- the names of the weights ---------------------------------------------------------------------------------------


def test_names_of_weights_are_paths_and_stay() -> None:
    """docs/training.md promises them: checkpoints of today are read tomorrow."""
    names = list(cnnspec.load(ROOT / "specs/lenet5.cnn").build(seed=0).state_dict())
    layers = ["conv2d_1", "conv2d_2", "dense_1", "dense_2", "dense_3"]
    assert sorted(names) == sorted(f"{layer}.{kind}" for layer in layers for kind in ("weight", "bias"))


def test_names_of_weights_in_blocks(tmp_path: Path) -> None:
    names = build_module(cnnspec.load(ROOT / "specs/resnet18.cnn").resolved().network, seed=0).state_dict()
    assert len(names) == 102  # torchvision's 122 without its 20 counters of batches
    expected = (ROOT / "tests/train/resnet18_names.txt").read_text().split()
    assert sorted(names) == expected
    assert all(isinstance(tensor.numpy(), np.ndarray) for tensor in names.values())
