"""Pictures of a run: their numbers are the run's own, for networks of every kind."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image as Pillow

from cnnspec.api import load, render_run
from cnnspec.backends.torch_modules import build_module, weights_keras
from cnnspec.diagnostics import SpecError
from cnnspec.ir import Network
from cnnspec.render.display import Group, Rectangle, Text
from cnnspec.render.errors import RenderError
from cnnspec.render.run.feature_maps import BAR_WIDTH, MOST_MAPS, MOST_VALUES, feature_maps_picture
from cnnspec.render.run.filters import filters_picture
from cnnspec.render.run.records import Kernels, Sample, Subject
from cnnspec.render.run.scales import show_share
from cnnspec.train.activations import gather_activations, sample_of, trace
from cnnspec.train.history import read_history
from cnnspec.train.kernels import gather_kernels
from cnnspec.train.picturing import draw_feature_maps, draw_filters
from cnnspec.train.run import Run, load_run
from cnnspec.train.training import train
from support.command import run as command
from support.geometry import assert_fits
from support.training import SMALL, bars, network_of, recipe_of

TEXT = f"model Small {{{SMALL}}}\n"
KINDS = {
    "colour": "input 16x16x3\nConv2D(8, 5x5, activation=relu)\nMaxPool2D\nFlatten\nDense(3, activation=softmax)",
    "vector": "input 64\nDense(5, activation=relu)\nDense(3, activation=softmax)",
    "sequence": "input [20, 2]\nConv1D(40, 3, activation=relu)\nGlobalAvgPool1D\nDense(3)",
    "volume": "input [6, 8, 8, 1]\nConv3D(4, 3x3x3)\nMaxPool3D\nFlatten\nDense(3)",
    "odd": "input 12x12x4\nConv2DTranspose(6, 2x2, strides=2)\nDepthwiseConv2D(3x3)\nSeparableConv2D(6, 3x3)\nBatchNorm\n"
    "Conv2D(8, 3x3, groups=2)\nGlobalMaxPool2D\nDense(3)",
    "shared": "input 8x8x1\nshare c = Conv2D(1, 3x3, padding=same)\nc\nc\nFlatten\nDense(2)",
    "large": "input 150x150x1\nConv2D(40, 3x3, activation=relu)\nGlobalAvgPool2D\nDense(3)",
}


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("runs") / "run"
    train(network_of(SMALL), recipe_of(epochs=3), bars(), out=out, source=TEXT)
    return out


@pytest.fixture
def run(trained: Path) -> Run:
    return load_run(trained)


def random_run(body: str) -> tuple[Network, dict[str, np.ndarray], np.ndarray, dict[str, np.ndarray]]:
    """A network, random weights, a sample, and what all layers give for it."""
    network = network_of(body)
    module = build_module(network, seed=1)
    sample = np.random.default_rng(0).normal(size=[int(n) for n in module.input_shapes[0].to_json() if n is not None])
    return network, weights_keras(module), sample, trace(module, sample)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_network_is_drawn(kind: str) -> None:
    network, weights, sample, values = random_run(KINDS[kind])
    kernels, count = gather_kernels(network, weights, image=(8, 8, 1))
    assert count == len(kernels)
    assert_fits(filters_picture("Net", kernels, "Net"))
    found, _ = gather_activations(network, values, (), ("a", "b", "c" * 200))
    assert_fits(feature_maps_picture("Net", Subject(sample_of(sample), "noise " * 50, ("x",)), found, "Net"))


def test_kernels_are_the_weights(run: Run) -> None:
    weights = run.keras_weights()["conv2d_1/kernel"]
    (kernels,), count = gather_kernels(run.network, run.keras_weights())
    assert (count, kernels.inputs, kernels.filters) == (1, 1, 4)
    assert (kernels.low, kernels.high) == (weights.min(), weights.max())
    for number in range(4):
        assert kernels.shown[number][0].values == tuple(weights[:, :, 0, number].reshape(-1).tolist())


def shown(kernels: Kernels, filter: int, channel: int) -> list[float | None]:
    return list(kernels.shown[filter][channel].values)


def test_layouts_of_kernels() -> None:
    network, weights, _, _ = random_run(KINDS["odd"])
    up, depthwise, separable, grouped = gather_kernels(network, weights)[0]
    assert (up.inputs, up.filters) == (4, 6)
    assert shown(up, 5, 3) == weights["conv2d_transpose_1/kernel"][:, :, 5, 3].reshape(-1).tolist()
    assert (depthwise.inputs, depthwise.filters) == (1, 6)
    assert shown(depthwise, 4, 0) == weights[f"{depthwise.layer}/kernel"][:, :, 4, 0].reshape(-1).tolist()
    assert (separable.inputs, separable.filters) == (1, 6)
    assert (grouped.inputs, grouped.filters) == (3, 8)


def test_units_on_pixels_are_pictures() -> None:
    network, weights, _, _ = random_run(KINDS["vector"])
    (kernels,), _ = gather_kernels(network, weights, image=(8, 8, 1))
    assert (kernels.layer, kernels.filters) == ("dense_1", 5)
    assert shown(kernels, 2, 0) == weights["dense_1/kernel"][:, 2].tolist()
    with pytest.raises(RenderError, match="no layer with learned kernels"):
        gather_kernels(network, weights)


def test_later_uses_of_shared_weights_are_the_first() -> None:
    network, weights, _, _ = random_run(KINDS["shared"])
    paths = [node.path for node in network.nodes if node.layer.kind == "Conv2D"]
    assert gather_kernels(network, weights, paths)[0] == gather_kernels(network, weights)[0]
    assert len(gather_kernels(network, weights)[0]) == 1


def test_maps_are_what_the_file_states_not_what_training_runs(run: Run) -> None:
    sample = run.preparation.apply(bars().test_images[:1])[0]
    module = run.build()
    module.pool_first()
    values = trace(module, sample)
    kernel, bias = run.keras_weights()["conv2d_1/kernel"], run.keras_weights()["conv2d_1/bias"]
    by_hand = np.array([
        [[np.sum(sample[y : y + 3, x : x + 3, 0] * kernel[:, :, 0, c]) + bias[c] for c in range(4)] for x in range(6)]
        for y in range(6)
    ])  # fmt: skip
    assert np.allclose(values["conv2d_1"], np.maximum(by_hand, 0), atol=1e-5)


def test_channels_stand_by_their_means_with_the_silent_ones_said(run: Run) -> None:
    values = trace(run.build(), run.preparation.apply(bars().test_images[:1])[0])
    values["conv2d_1"][..., 2] = 0
    (found,), _ = gather_activations(run.network, values, ["conv2d_1"])
    means = values["conv2d_1"].mean(axis=(0, 1))
    assert [channel.number for channel in found.shown] == sorted(range(4), key=lambda at: -means[at])
    assert [channel.mean for channel in found.shown] == pytest.approx(sorted(means, reverse=True))
    assert found.silent == (means == 0).sum() >= 1
    assert next(channel for channel in found.shown if channel.number == 2).silent
    picture = feature_maps_picture("Net", Subject(Sample(1, 1, b"0"), "x", ()), [found], "Net")
    assert re.search(r"of 4 maps (is|are) 0 everywhere on this picture, crossed out", " ".join(texts_of(picture)))


def texts_of(picture: object) -> list[str]:
    return [item.text for item, _ in picture.walk() if hasattr(item, "text")]  # type: ignore[attr-defined]


def test_probabilities_are_shares_of_a_whole(run: Run) -> None:
    values = trace(run.build(), run.preparation.apply(bars().test_images[:1])[0])
    (found,), _ = gather_activations(run.network, values, ["dense_1"], run.class_names)
    (group,) = feature_maps_picture("Net", Subject(Sample(1, 1, b"0"), "x", ()), [found], "Net").groups("feature-maps")
    drawn = [item.box.width for item in group.items if isinstance(item, Rectangle) and ".unit" in item.key]
    assert drawn == pytest.approx([BAR_WIDTH * value for value in values["dense_1"]])
    assert [show_share(value) for value in values["dense_1"]] == [t for t in texts_of_group(group) if t.endswith("%")]


def texts_of_group(group: Group) -> list[str]:
    return [item.text for item in group.items if isinstance(item, Text)]


def test_large_maps_are_means_and_say_so() -> None:
    network, _, _, values = random_run(KINDS["large"])
    (found,), _ = gather_activations(network, values, ["conv2d_1"])
    assert len(found.shown) == MOST_MAPS
    tile, full = found.shown[0].tile, values["conv2d_1"][..., found.shown[0].number]
    assert max(tile.rows, tile.columns) <= MOST_VALUES
    assert found.notes[0].startswith("each square is the mean of 3×3 values")
    assert tile.values[0] == pytest.approx(full[:3, :3].mean())
    assert tile.values[-1] == pytest.approx(full[147:, 147:].mean())
    assert found.high == full.max() or found.high == values["conv2d_1"].max()


def test_values_that_are_not_finite_are_drawn() -> None:
    network, weights, sample, values = random_run(KINDS["colour"])
    values["conv2d_1"][0, 0, 0] = np.nan
    values["conv2d_1"][0, 0, 1] = np.inf
    weights["conv2d_1/kernel"][0] = np.nan
    assert_fits(filters_picture("Net", gather_kernels(network, weights)[0], "Net"))
    found, _ = gather_activations(network, values)
    assert_fits(feature_maps_picture("Net", Subject(sample_of(sample), "x", ()), found, "Net"))


def test_a_test_image_and_a_picture_from_a_file(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = bars()
    monkeypatch.setattr("cnnspec.train.picturing.load_own_data", lambda run, data_dir=None: data)
    with torch.no_grad():
        outputs = run.build()(torch.from_numpy(data.test_images[:1]).permute(0, 3, 1, 2) / 255)[0]
    predicted, label = int(outputs.argmax()), data.test_labels[0]
    said = texts_of(draw_feature_maps(run))
    assert {"test image 0 of bars", f"class row {label}"} <= set(said)
    assert any(line.startswith(f"predicted row {predicted} with ") for line in said)
    Pillow.fromarray(np.full((16, 16), 250, np.uint8)).save(tmp_path / "light.png")
    said = texts_of(draw_feature_maps(run, tmp_path / "light.png"))
    assert any(line.startswith("inverted, because") for line in said)


def test_a_file_s_network_takes_the_weights(trained: Path, run: Run) -> None:
    spec = load(TEXT.replace("Conv2D(4", "first = Conv2D(4").replace("MaxPool2D", "AvgPool2D"))
    with pytest.raises(SpecError):
        render_run(trained, spec=spec)
    assert "Filters" not in str(render_run(trained, spec=load(TEXT)))
    assert draw_filters(run).groups("filter")


def test_the_commands(trained: Path, tmp_path: Path) -> None:
    spec = tmp_path / "small.cnn"
    spec.write_text(TEXT)
    picture = tmp_path / "a.png"
    Pillow.fromarray(bars().test_images[0, ..., 0]).save(picture)
    for arguments in (
        ["render", str(trained), "-o", str(tmp_path / "a.svg")],
        ["render", str(spec), "--run", str(trained), "-o", str(tmp_path / "b.svg"), "--style", "filters"],
        ["render", str(trained), "--style", "feature-maps", "--image", str(picture), "-o", str(tmp_path / "c.svg")],
        ["features", str(trained), str(picture), "-o", str(tmp_path / "d.svg")],
        ["features", str(trained), str(picture), "-o", str(tmp_path / "folder")],
    ):
        assert command(*arguments).status == 0, arguments
    same = [(tmp_path / name).read_text() for name in ("a.svg", "b.svg", "folder/filters.svg")]
    assert len(set(same)) == 1
    assert (tmp_path / "c.svg").read_text() == (tmp_path / "d.svg").read_text()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--style", "feature-maps", "--layer", "conv2d_9"], "has no layer conv2d_9"),
        (["--layer", "dense_1"], "dense_1 is Dense, which has no kernels to draw; layers that do: conv2d_1"),
        (["--style", "graph"], "'graph' is no picture of a run"),
        (["--style", "curves", "--layer", "conv2d_1"], "curves are of the whole network"),
        (["--style", "mistakes", "--image", "x.png"], "mistakes are the same for every picture"),
        (["--compare", "x.cnn"], "takes no --compare"),
        (["--run", "x"], "is a run itself"),
    ],
)
def test_what_cannot_be_drawn_is_said(trained: Path, tmp_path: Path, arguments: list[str], message: str) -> None:
    done = command("render", str(trained), "-o", str(tmp_path / "a.svg"), *arguments)
    assert done.status == 2
    assert message in done.err
    assert not (tmp_path / "a.svg").exists()


def test_curves_are_those_of_the_epochs(trained: Path, tmp_path: Path) -> None:
    assert command("render", str(trained), "--style", "curves", "-o", str(tmp_path / "c.svg")).status == 0
    assert (tmp_path / "c.svg").read_text() == (trained / "plots/curves.svg").read_text()


def test_tests_are_drawn_again(trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cnnspec.train.evaluate.load_own_data", lambda run, data_dir=None: bars())
    for style in ("confusion", "mistakes"):
        assert str(render_run(trained, style=style)) == (trained / f"plots/{style}.svg").read_text()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (
            "epoch,loss,accuracy\n1,0.5,\n2,nan,0.25\n",
            [{"loss": 0.5}, {"loss": pytest.approx(np.nan, nan_ok=True), "accuracy": 0.25}],
        ),
        ("", []),
        ("epoch,loss\n1,x\n", []),
        ("loss\n1,2,3\n1e300\n", [{"loss": 1.0}, {"loss": np.inf}]),
        ("\x00\udcff\n,,\n", []),
        ("learning_rate,seconds\n1,2\n", []),
        (f"loss\n1\n{'9' * 200_000}\n2\n", [{"loss": 1.0}]),
    ],
)
def test_figures_are_read_from_any_text(tmp_path: Path, text: str, found: list[dict[str, float]]) -> None:
    (tmp_path / "metrics.csv").write_text(text, encoding="utf-8", errors="surrogateescape")
    assert read_history(tmp_path / "metrics.csv") == found
    assert read_history(tmp_path / "nothing.csv") == []
