"""What a test comes to: the matrix, the worst mistakes and the plots of a run say what the network does."""

from __future__ import annotations

import json
import time
from pathlib import Path

import numpy as np
import pytest
import torch

from cnnspec.api import load
from cnnspec.api.picturing import draw_evaluation
from cnnspec.backends.torch_modules import build_module
from cnnspec.ir import Network
from cnnspec.schema.values import Word
from cnnspec.train.batches import to_device
from cnnspec.train.data.dataset import Dataset
from cnnspec.train.data.errors import DataError
from cnnspec.train.data.prepare import prepare
from cnnspec.train.evaluate import evaluate
from cnnspec.train.objective import Means, Objective, measure
from cnnspec.train.plots import MOST_SNAPSHOTS, FirstFilters
from cnnspec.train.preparing import prepare_session
from cnnspec.train.run import load_run
from cnnspec.train.training import train
from cnnspec.train.verdicts import Gathering, Verdicts, stored_sample
from support.command import run as command
from support.training import SMALL, bars, call, network_of, recipe_of

CPU = torch.device("cpu")


def gather(network: Network, recipe: object, data: Dataset) -> tuple[Verdicts, np.ndarray, dict[str, float]]:
    """The verdicts, the network's own outputs, and the figures."""
    module = build_module(network, seed=0)
    preparation = prepare(recipe, data, tuple(module.input_shapes[0].to_json()))  # type: ignore[arg-type]
    samples = to_device(data.test_images, data.test_labels, preparation, CPU)
    objective = Objective(module, recipe.loss, recipe.metrics)  # type: ignore[attr-defined]
    gathering = Gathering(objective, recipe.loss)  # type: ignore[attr-defined]
    figures = measure(objective, samples.in_order(16), Means(objective, 3, CPU), gathering.add)
    with torch.no_grad():
        outputs = module.eval()(samples.prepare(samples.images)).numpy()
    return gathering.read(data.class_names), outputs, figures


@pytest.mark.parametrize(
    ("end", "loss", "shares"),
    [
        ("softmax", "categorical_crossentropy", lambda x: x),
        ("none", "categorical_crossentropy", lambda x: np.exp(x) / np.exp(x).sum(1, keepdims=True)),
        ("sigmoid", "binary_crossentropy", lambda x: x),
        ("none", "mse", lambda x: None),
    ],
)
def test_verdicts_are_the_network_s(end: str, loss: str, shares: object, data: Dataset) -> None:
    network = network_of(SMALL.replace("softmax", end))
    verdicts, outputs, figures = gather(network, recipe_of(loss=Word(loss)), data)
    assert np.array_equal(verdicts.labels, data.test_labels)
    assert np.array_equal(verdicts.predicted, outputs.argmax(1))
    expected = shares(outputs)  # type: ignore[operator]
    if expected is None:
        assert verdicts.confidence is None
    else:
        assert verdicts.confidence == pytest.approx(expected.max(1), abs=1e-5)
    assert verdicts.confusion().right / 40 == pytest.approx(figures["accuracy"])


def test_one_unit_is_two_classes() -> None:
    data = bars(classes=2)
    network = network_of(SMALL.replace("Dense(4, activation=softmax)", "Dense(1, activation=sigmoid)"))
    verdicts, outputs, figures = gather(network, recipe_of(loss=Word("binary_crossentropy")), data)
    assert np.array_equal(verdicts.predicted, (outputs[:, 0] > 0.5).astype(int))
    assert verdicts.confusion().right / 40 == pytest.approx(figures["accuracy"])


def test_the_worst_are_the_surest() -> None:
    names = ("a", "b", "c")
    labels, predicted = np.array([0, 1, 2, 0, 1]), np.array([0, 2, 2, 1, 0])
    verdicts = Verdicts(labels, predicted, np.array([0.9, 0.5, 0.8, 0.99, 0.7]), names)
    assert verdicts.worst == [3, 4, 1]
    assert verdicts.confusion().counts == ((1, 1, 0), (1, 0, 1), (0, 0, 1))
    found = verdicts.mistakes(np.arange(12, dtype=np.uint8).reshape(3, 2, 2, 1))
    assert [(one.number, one.label, one.predicted, one.confidence) for one in found] == [
        (3, "a", "b", 0.99), (4, "b", "a", 0.7), (1, "b", "c", 0.5)
    ]  # fmt: skip
    assert found[1].sample.pixels == bytes([4, 5, 6, 7])
    assert Verdicts(labels, predicted, None, names).worst == [1, 3, 4]


def test_more_units_than_classes_have_names(data: Dataset) -> None:
    verdicts, _, _ = gather(network_of(SMALL.replace("Dense(4", "Dense(40")), recipe_of(), data)
    assert len(verdicts.names) == max(verdicts.predicted.max(), 3) + 1
    assert verdicts.names[:5] == ("row 0", "row 1", "row 2", "row 3", "class 4")
    assert verdicts.confusion().total == 40


def test_pictures_with_two_channels_are_grey() -> None:
    sample = stored_sample(np.array([[[10, 20], [30, 50]]], np.uint8))
    assert (sample.rows, sample.columns, sample.pixels) == (1, 2, bytes([15, 40]))


# --- a run's plots --------------------------------------------------------------------------------------------------


def test_a_run_leaves_its_pictures(small: Network, data: Dataset, tmp_path: Path) -> None:
    result = train(small, recipe_of(epochs=3), data, out=tmp_path / "run")
    assert {path.name for path in (tmp_path / "run/plots").iterdir()} == {
        "curves.svg", "filters.svg", "confusion.svg", "mistakes.svg"
    }  # fmt: skip
    right = round(result.test["accuracy"] * 40)
    assert f"{right} of 40 images of bars right" in (tmp_path / "run/plots/confusion.svg").read_text()
    assert f"{40 - right} of 40 images of bars wrong" in (tmp_path / "run/plots/mistakes.svg").read_text()
    grown = (tmp_path / "run/plots/filters.svg").read_text()
    assert all(f"conv2d_1, filter 2 after epoch {epoch}<" in grown for epoch in (1, 2, 3))
    assert "conv2d_1, filter 2 before training<" in grown


def test_a_network_without_kernels_has_no_picture_of_them(data: Dataset, tmp_path: Path) -> None:
    body = "input 8x8x1\nMaxPool2D\nFlatten\nDense(4, activation=softmax)"
    train(network_of(body), recipe_of(), data, out=tmp_path / "run")
    assert not (tmp_path / "run/plots/filters.svg").exists()


def test_snapshots_stay_few_and_survive_a_checkpoint(small: Network, data: Dataset) -> None:
    session, _ = prepare_session(small, recipe_of(), data, CPU)
    filters = FirstFilters(session)
    for epoch in range(200):
        filters.take(epoch)
    assert filters.epochs[0] == 0
    assert MOST_SNAPSHOTS / 2 <= len(filters.epochs) <= MOST_SNAPSHOTS
    assert len({b - a for a, b in zip(filters.epochs, filters.epochs[1:], strict=False)}) == 1
    again = FirstFilters(session)
    again.restore(filters.state())
    assert again.epochs == filters.epochs
    assert all(torch.equal(a, b) for a, b in zip(again.taken, filters.taken, strict=True))
    with pytest.raises(ValueError, match="snapshots"):
        again.restore({"epochs": [0, 1], "every": 1, "filters": torch.zeros(3, 1)})


def test_a_snapshot_is_a_copy_and_takes_no_time(small: Network, data: Dataset) -> None:
    session, _ = prepare_session(small, recipe_of(), data, CPU)
    filters = FirstFilters(session)
    filters.take(0)
    before = filters.taken[0].clone()
    with torch.no_grad():
        session.module.layer("conv2d_1").weight.add_(1)  # type: ignore[operator, union-attr]
    assert torch.equal(filters.taken[0], before)
    started = time.perf_counter()
    for epoch in range(1, 21):
        filters.take(epoch)
    assert (time.perf_counter() - started) / 20 < 0.005


# --- evaluate -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("runs") / "run"
    train(network_of(SMALL), recipe_of(epochs=2), bars(), out=out, source=f"model Small {{{SMALL}}}\n")
    return out


def test_an_evaluation_says_what_each_class_is_taken_for(trained: Path, data: Dataset) -> None:
    found = evaluate(load_run(trained), data, device="cpu")
    assert found.confusion.total == found.samples == 40
    assert found.confusion.right / 40 == pytest.approx(found.test["accuracy"])
    written = json.loads(json.dumps(found.to_json(), allow_nan=False))
    assert [row["images"] for row in written["classes"]] == np.bincount(data.test_labels).tolist()
    assert written["confusion"] == [list(row) for row in found.confusion.counts]
    assert len(written["mistakes"]) == 40 - found.confusion.right
    assert set(draw_evaluation(found)) == {"confusion", "mistakes"}


def test_data_that_the_network_does_not_take_is_refused(trained: Path) -> None:
    with pytest.raises(DataError, match="holds images of 10×10×1, and the run was trained on 8×8×1"):
        evaluate(load_run(trained), bars(side=10), device="cpu")
    with pytest.raises(DataError, match="has 5 classes, and the network tells 4 apart"):
        evaluate(load_run(trained), bars(side=10, classes=5).__class__(**{**vars(bars()), "class_names": tuple("abcde")}))


def test_the_command(tmp_path: Path) -> None:
    spec = tmp_path / "lenet.cnn"
    spec.write_text(
        "model M {\n input 28x28x1\n Conv2D(4, 5x5, strides=2, activation=relu) -> Flatten -> Dense(10, activation=softmax)\n}\n"
        "train M {\n data = digits\n loss = categorical_crossentropy\n optimizer = Adam\n epochs = 2\n}\n"
    )
    assert load(spec).check().ok
    assert command("train", str(spec), "--out", str(tmp_path / "run"), "-q").status == 0
    done = command("evaluate", str(tmp_path / "run"), "-o", str(tmp_path / "pictures"))
    assert done.status == 0
    lines = done.out.splitlines()
    assert lines[4].split() == ["class", "images", "recall", "precision", "most", "often", "taken", "for"]
    assert sum(int(line.split()[1]) for line in lines[5:]) == 360
    for name in ("confusion", "mistakes"):
        again = (tmp_path / f"pictures/{name}.svg").read_text()
        assert again == (tmp_path / f"run/plots/{name}.svg").read_text()


def test_a_call_in_a_recipe_is_gathered(data: Dataset) -> None:
    logits = recipe_of(loss=call("categorical_crossentropy", from_logits=True))
    verdicts, outputs, _ = gather(network_of(SMALL.replace("softmax", "none")), logits, data)
    expected = np.exp(outputs) / np.exp(outputs).sum(1, keepdims=True)
    assert verdicts.confidence == pytest.approx(expected.max(1), abs=1e-5)
