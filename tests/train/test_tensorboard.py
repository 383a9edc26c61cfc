"""What TensorBoard's own reader finds in the event files."""

from __future__ import annotations

import importlib.util
import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cnnspec.diagnostics import MachineError
from cnnspec.ir import Network
from cnnspec.train.callbacks import Callback
from cnnspec.train.data.dataset import Dataset
from cnnspec.train.events import picture_of
from cnnspec.train.training import train
from support.training import call, recipe_of

INSTALLED = importlib.util.find_spec("tensorboard") is not None
needs_tensorboard = pytest.mark.skipif(not INSTALLED, reason="the extra cnnspec[tensorboard] is not installed")


def read(folder: Path) -> Any:
    """TensorBoard's reader, with every event."""
    reading = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    found = reading.EventAccumulator(str(folder), size_guidance=dict.fromkeys(("scalars", "histograms", "images"), 0))
    found.Reload()
    return found


def run(network: Network, data: Dataset, out: Path, *callbacks: Callback, **arguments: object) -> Any:
    recipe = recipe_of(validation=40, epochs=3, callbacks=(call("TensorBoard", **arguments),))
    return train(network, recipe, data, out=out, device="cpu", callbacks=callbacks)


def scalars(found: Any, tag: str) -> list[tuple[int, float]]:
    return [(event.step, event.value) for event in found.Scalars(tag)]


@needs_tensorboard
def test_figures_of_epochs_are_those_of_the_run(small: Network, data: Dataset, tmp_path: Path) -> None:
    result = run(small, data, tmp_path)
    trained, validated = read(tmp_path / "logs" / "train"), read(tmp_path / "logs" / "validation")
    assert set(trained.Tags()["scalars"]) == {"epoch_loss", "epoch_accuracy", "epoch_learning_rate"}
    for name in ("loss", "accuracy"):
        expected = [(epoch, pytest.approx(row[name], rel=1e-6)) for epoch, row in enumerate(result.history)]
        assert scalars(trained, f"epoch_{name}") == expected
        expected = [(epoch, pytest.approx(row[f"val_{name}"], rel=1e-6)) for epoch, row in enumerate(result.history)]
        assert scalars(validated, f"epoch_{name}") == expected
    assert [value for _, value in scalars(trained, "epoch_learning_rate")] == pytest.approx([0.1] * 3)
    # Of 160 images by 16: ten steps an epoch; the test comes after the last of them.
    tested = scalars(validated, "evaluation_loss_vs_iterations")
    assert [step for step, _ in tested] == [10, 20, 30, 30]
    assert tested[-1][1] == pytest.approx(result.test["loss"], rel=1e-6)


@needs_tensorboard
def test_the_graph_has_a_node_a_layer(small: Network, data: Dataset, tmp_path: Path) -> None:
    run(small, data, tmp_path / "with")
    nodes = read(tmp_path / "with" / "logs" / "train").Graph().node
    assert [(node.name, node.op) for node in nodes] == [(node.path, node.layer.kind) for node in small.nodes]
    assert [list(node.input) for node in nodes[1:]] == [[node.path] for node in small.nodes[:-1]]
    shape = nodes[1].attr["_output_shapes"].list.shape[0]
    assert [dim.size for dim in shape.dim] == [-1, 6, 6, 4]
    run(small, data, tmp_path / "without", write_graph=False)
    assert not read(tmp_path / "without" / "logs" / "train").Tags()["graph"]


@needs_tensorboard
def test_weights_as_histograms_and_pictures(small: Network, data: Dataset, tmp_path: Path) -> None:
    from PIL import Image

    kernels: list[Any] = []

    class Keep(Callback):
        def on_epoch_end(self, epoch: int, logs: Any) -> None:
            from cnnspec.backends.torch_modules import weights_keras

            kernels.append(weights_keras(self.session.module)["conv2d_1/kernel"])

    run(small, data, tmp_path, Keep(), histogram_freq=2, write_images=True)
    found = read(tmp_path / "logs" / "train")
    names = {f"{layer}/{name}" for layer in ("conv2d_1", "dense_1") for name in ("kernel", "bias")}
    assert set(found.Tags()["histograms"]) == {f"{name}/histogram" for name in names}
    assert set(found.Tags()["images"]) == {f"{name}/image" for name in names}
    events = found.Histograms("conv2d_1/kernel/histogram")
    assert [event.step for event in events] == [0, 2]
    for event, kernel in zip(events, kernels[::2], strict=True):
        spread = event.histogram_value
        assert (spread.num, sum(spread.bucket)) == (36, 36)
        assert (spread.min, spread.max, spread.sum) == pytest.approx((kernel.min(), kernel.max(), kernel.sum()), rel=1e-5)
        counts = [int((kernel <= limit * (1 + 1e-12)).sum()) for limit in spread.bucket_limit]
        assert counts[-1] == 36
    picture = found.Images("conv2d_1/kernel/image")[-1]
    pixels = np.asarray(Image.open(io.BytesIO(picture.encoded_image_string)))
    assert pixels.shape == (picture.height, picture.width) == (7, 7)
    assert (pixels == picture_of(kernels[-1])).all()


@needs_tensorboard
def test_figures_of_batches(small: Network, data: Dataset, tmp_path: Path) -> None:
    run(small, data, tmp_path, update_freq=4, write_steps_per_second=True)
    found = read(tmp_path / "logs" / "train")
    assert [step for step, _ in scalars(found, "batch_loss")] == [4, 8, 12, 16, 20, 24, 28]
    assert all(value > 0 for _, value in scalars(found, "batch_steps_per_second"))
    assert all(value > 0 for _, value in scalars(found, "epoch_steps_per_second"))
    run(small, data, tmp_path / "each", update_freq="batch")
    assert len(scalars(read(tmp_path / "each" / "logs" / "train"), "batch_accuracy")) == 30


@needs_tensorboard
def test_a_run_that_goes_on_writes_nothing_twice(small: Network, data: Dataset, tmp_path: Path) -> None:
    class Break(Callback):
        def on_train_batch_end(self, batch: int, logs: Any) -> None:
            if self.session.step == 15:
                self.session.ask_to_save()
            if self.session.step == 18:
                raise RuntimeError("power cut")

    with pytest.raises(RuntimeError, match="power cut"):
        run(small, data, tmp_path, Break(), update_freq=1)

    class Whole(Callback):
        def on_train_batch_end(self, batch: int, logs: Any) -> None:
            pass

    whole = type("Break", (Whole,), {})()
    recipe = recipe_of(validation=40, epochs=3, callbacks=(call("TensorBoard", update_freq=1),))
    train(small, recipe, data, out=tmp_path, device="cpu", callbacks=[whole], resume=True)
    for part in ("train", "validation"):
        assert len(list((tmp_path / "logs" / part).iterdir())) == 1
    found = read(tmp_path / "logs" / "train")
    assert [step for step, _ in scalars(found, "batch_loss")] == list(range(1, 31))
    assert [step for step, _ in scalars(found, "epoch_loss")] == [0, 1, 2]


def test_without_the_package_it_says_how_to_get_it(
    small: Network, data: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cnnspec.train.callbacks.readiness.find_spec", lambda name: None)
    with pytest.raises(MachineError) as caught:
        run(small, data, tmp_path)
    (problem,) = caught.value.diagnostics
    assert problem.code == "extra-missing"
    assert "pip install 'cnnspec[tensorboard]'" in (problem.help or "")


def test_pictures_of_weights() -> None:
    row = picture_of(np.array([0.0, 1.0, -1.0, 0.5]))
    assert row is not None
    assert row.tolist() == [[128, 255, 0, 191]]
    assert picture_of(np.zeros((3, 2))).shape == (2, 3)  # type: ignore[union-attr]
    assert picture_of(np.ones((3, 5, 1, 4))).shape == (7, 11)  # type: ignore[union-attr]
    assert picture_of(np.ones((3, 3, 3, 5))).shape == (7, 11, 3)  # type: ignore[union-attr]
    assert picture_of(np.ones((2, 2, 100, 100))).shape == (23, 23)  # type: ignore[union-attr]
    assert picture_of(np.full((2, 2), np.nan)).tolist() == [[128, 128]] * 2  # type: ignore[union-attr]
    for none in (np.ones((2, 2, 2, 2, 2)), np.ones((2000, 2000)), np.ones((5, 0))):
        assert picture_of(none) is None
