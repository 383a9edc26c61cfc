"""Runs read back: testing, classifying, applying, and what is said about broken ones."""

from __future__ import annotations

import json
import random
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from cnnspec.api import explain_unit, load
from cnnspec.diagnostics import SpecError
from cnnspec.ir import Network
from cnnspec.recipe.recipe import Recipe
from cnnspec.schema.values import Quoted, Word
from cnnspec.train.apply import Applied, apply_file, apply_network, format_values, printable, write_values
from cnnspec.train.checkpoint import read_checkpoint, write_checkpoint
from cnnspec.train.data.dataset import Dataset
from cnnspec.train.data.errors import DataError
from cnnspec.train.evaluate import evaluate, load_own_data
from cnnspec.train.predict import predict, probabilities
from cnnspec.train.recipe_record import recipe_from_json, recipe_to_json
from cnnspec.train.run import load_run
from cnnspec.train.run_folder import checkpoints_of
from cnnspec.train.training import train
from support.training import SMALL, bars, call, network_of, recipe_of, save_after_every_epoch

TEXT = f"model Small {{{SMALL}}}\n"


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of two epochs with two checkpoints."""
    out = tmp_path_factory.mktemp("runs") / "run"
    with pytest.MonkeyPatch.context() as patch:
        save_after_every_epoch(patch)
        train(network_of(SMALL), recipe_of(epochs=6), bars(), out=out, source=TEXT)
    return out


@pytest.fixture
def run_path(trained: Path, tmp_path: Path) -> Path:
    """A copy of the run that a test may spoil."""
    return Path(shutil.copytree(trained, tmp_path / "run"))


def codes(error: pytest.ExceptionInfo[SpecError]) -> list[str]:
    return [d.code for d in error.value.diagnostics]


# --- reading back ---------------------------------------------------------------------------------------------------


def test_a_run_says_what_it_was(trained: Path) -> None:
    run = load_run(trained)
    assert run.epoch == 6
    assert run.source == TEXT
    assert run.network == network_of(SMALL)
    assert run.recipe == recipe_of(epochs=6)
    assert run.class_names == ("row 0", "row 1", "row 2", "row 3")
    assert not run.warnings
    assert not run.build().training


def test_the_test_gives_the_same_figures_again(trained: Path) -> None:
    found = evaluate(load_run(trained), bars(), device="cpu")
    record = json.loads((trained / "run.json").read_text())
    assert found.test == pytest.approx(record["test"])
    assert found.same_data
    assert found.samples == 40
    json.dumps(found.to_json(), allow_nan=False)
    assert not evaluate(load_run(trained), bars(seed=9), device="cpu").same_data


def test_data_is_looked_for_where_it_lay(run_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []

    def load(source: object, *, data_dir: object, base: object, **_: object) -> Dataset:
        asked.append((data_dir, base))
        return bars()

    monkeypatch.setattr("cnnspec.train.data.load.load_dataset", load)
    record = json.loads((run_path / "run.json").read_text())
    for origin in (str(tmp_path), str(tmp_path / "gone"), "", 3):
        record["data"] = {"origin": origin, "folder": "/project"}
        (run_path / "run.json").write_text(json.dumps(record))
        load_own_data(load_run(run_path))
    load_own_data(load_run(run_path), data_dir=tmp_path / "mine")
    project = Path("/project")
    assert asked == [(tmp_path, project), *[(None, project)] * 3, (tmp_path / "mine", project)]


def test_a_broken_newest_checkpoint_is_passed_over(run_path: Path) -> None:
    newest, before = checkpoints_of(run_path)
    data = bytearray(newest.read_bytes())
    data[len(data) // 2] ^= 1
    newest.write_bytes(data)
    run = load_run(run_path)
    assert run.checkpoint == before
    assert [d.code for d in run.warnings] == ["checkpoint-skipped"]
    assert newest.as_posix() in run.warnings[0].message
    before.write_bytes(before.read_bytes()[:-1])
    with pytest.raises(SpecError) as caught:
        load_run(run_path)
    assert codes(caught) == ["checkpoint-corrupt"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, ""),
        ({"status": "interrupted"}, "the run was interrupted; its weights are those after 78 steps"),
        ({"status": "failed", "message": "no room"}, "the run failed (no room); its weights are those after 78 steps"),
        ({"status": "running"}, "the run broke off; its weights are those after 78 steps"),
    ],
)
def test_a_run_says_that_it_did_not_finish(run_path: Path, changes: dict[str, str], said: str) -> None:
    record = json.loads((run_path / "run.json").read_text())
    (run_path / "run.json").write_text(json.dumps({**record, **changes}))
    assert load_run(run_path / "run.json").unfinished == said


def test_a_checkpoint_can_be_named(run_path: Path) -> None:
    older = checkpoints_of(run_path)[1]
    assert load_run(older).checkpoint == older
    best = shutil.copy(older, run_path / "best.safetensors")
    assert load_run(best).path.resolve() == run_path.resolve()


def test_folders_that_are_no_runs(tmp_path: Path, run_path: Path) -> None:
    for path in (tmp_path / "nothing", tmp_path):
        with pytest.raises(SpecError) as caught:
            load_run(path)
        assert codes(caught) == ["run-not-found"]
    shutil.rmtree(run_path / "checkpoints")
    with pytest.raises(SpecError) as caught:
        load_run(run_path)
    assert codes(caught) == ["run-not-found"]


@pytest.mark.parametrize(
    "text", ["{", "[1]", '{"recipe": 3}', "{}", "[" * 100_000, '{"recipe": {"data": "os.system", "loss": "x"}}', "\udcff"]
)
def test_a_broken_record_is_said_to_be(run_path: Path, text: str) -> None:
    (run_path / "run.json").write_text(text, encoding="utf-8", errors="surrogateescape")
    with pytest.raises(SpecError) as caught:
        load_run(run_path)
    assert codes(caught) == ["run-broken"]


def test_weights_of_another_network_are_refused(run_path: Path) -> None:
    newest = checkpoints_of(run_path)[0]
    checkpoint = read_checkpoint(newest)
    tensors = {**checkpoint.tensors, "weights/dense_1.bias": torch.zeros(5)}
    write_checkpoint(newest, type(checkpoint)(tensors, checkpoint.metadata))
    with pytest.raises(SpecError) as caught:
        load_run(run_path).build()
    assert codes(caught) == ["checkpoint-mismatch"]
    assert "holds 189 weights and the network has 188" in caught.value.diagnostics[0].message
    tensors["weights/dense_1.bias"] = torch.zeros(2, 2)
    write_checkpoint(newest, type(checkpoint)(tensors, checkpoint.metadata))
    with pytest.raises(SpecError) as caught:
        load_run(run_path).build()
    assert "dense_1.bias is 2×2 there and 4 here" in caught.value.diagnostics[0].message


def test_a_network_larger_than_its_weights_is_never_built(run_path: Path) -> None:
    newest = checkpoints_of(run_path)[0]
    checkpoint = read_checkpoint(newest)
    metadata = json.loads(json.dumps(checkpoint.metadata).replace('"units": 4', '"units": 4000000'))
    write_checkpoint(newest, type(checkpoint)(checkpoint.tensors, metadata))
    with pytest.raises(SpecError) as caught:
        load_run(run_path).build()
    assert codes(caught) == ["checkpoint-mismatch"]


JUNK = (None, -1, 0, 2**70, 1.5, float("nan"), "", "conv2d_1", "../x", [], [[]], {}, True, [1, 2, 3])


def spoil(value: object, rng: random.Random) -> object:
    """A copy of a JSON value with one part exchanged for junk, or left out."""
    if isinstance(value, dict) and value and rng.random() < 0.9:
        key = rng.choice(list(value))
        if rng.random() < 0.1:
            return {name: item for name, item in value.items() if name != key}
        return {**value, key: spoil(value[key], rng)}
    if isinstance(value, list) and value and rng.random() < 0.9:
        at = rng.randrange(len(value))
        return [*value[:at], spoil(value[at], rng), *value[at + 1 :]]
    return rng.choice(JUNK)


def test_spoiled_descriptions_are_refused_or_harmless(run_path: Path, tmp_path: Path) -> None:
    """Whatever a run's files describe, with their hashes right: a message or figures, and nothing else."""
    rng = random.Random(0)
    newest = checkpoints_of(run_path)[0]
    checkpoint = read_checkpoint(newest)
    record = json.loads((run_path / "run.json").read_text())
    Image.fromarray(bars().test_images[0, ..., 0]).save(tmp_path / "a.png")
    refused = 0
    for number in range(400):
        metadata, changed = checkpoint.metadata, record
        if number % 4:
            metadata = spoil(metadata, rng)
            if number % 2:
                part = rng.choice(["network", "preparation", "class_names"])
                metadata = {**checkpoint.metadata, part: spoil(checkpoint.metadata[part], rng)}
        else:
            changed = spoil(record, rng)
        if not isinstance(metadata, dict):
            continue
        write_checkpoint(newest, type(checkpoint)(checkpoint.tensors, metadata))
        (run_path / "run.json").write_text(json.dumps(changed))
        problems: set[str] = set()
        try:
            found = predict(load_run(newest), [tmp_path / "a.png"], device="cpu")
        except SpecError as error:
            problems = {d.code for d in error.diagnostics}
        assert problems <= {"run-broken", "checkpoint-mismatch", "checkpoint-corrupt"}
        assert problems or 0 <= found[0].index < 4
        refused += bool(problems)
    assert 150 < refused < 400


def test_recipes_survive_json() -> None:
    stop = call("EarlyStopping", monitor=Word("loss"), min_delta=0.5, restore_best_weights=True)
    recipe = recipe_of(
        data=call("images", path=Quoted("photos")),
        optimizer=call("Adam", learning_rate=0.25, amsgrad=True),
        callbacks=(stop, call("CSVLogger", path=Quoted("a.csv"))),
        metrics=(Word("accuracy"), call("top_k", k=2)),
        resize=(32, 24),
        validation=0.25,
        normalize=None,
    )
    again = recipe_from_json(json.loads(json.dumps(recipe_to_json(recipe))))
    assert again == recipe
    assert isinstance(again, Recipe)


# --- predicting -----------------------------------------------------------------------------------------------------


def test_pictures_are_classified(trained: Path, tmp_path: Path) -> None:
    data = bars(seed=3)
    paths = []
    for number in range(10):
        paths.append(tmp_path / f"{number}.png")
        Image.fromarray(data.test_images[number, ..., 0]).save(paths[-1])
    found = predict(load_run(trained), paths, device="cpu")
    right = sum(item.index == label for item, label in zip(found, data.test_labels, strict=False))
    assert right >= 8
    first = found[0]
    assert first.label == f"row {first.index}"
    assert first.confidence == max(first.probabilities.values())
    assert sum(first.probabilities.values()) == pytest.approx(1, abs=1e-5)
    assert list(first.probabilities.values()) == sorted(first.probabilities.values(), reverse=True)
    json.dumps(first.to_json(), allow_nan=False)


def test_what_was_done_to_a_picture_is_said(trained: Path, tmp_path: Path) -> None:
    Image.fromarray(np.full((16, 16, 3), 250, np.uint8)).save(tmp_path / "big.png")
    (found,) = predict(load_run(trained), [tmp_path / "big.png"], device="cpu")
    text = "; ".join(found.done)
    assert "gray" in text
    assert "inverted" in text
    assert "resized from 16×16 to 8×8" in text
    with pytest.raises(DataError):
        predict(load_run(trained), [tmp_path / "nothing.png"], device="cpu")


def test_outputs_become_probabilities() -> None:
    crossentropy, logits = recipe_of().loss, recipe_of(loss=call("categorical_crossentropy", from_logits=True)).loss
    binary, squared = recipe_of(loss=Word("binary_crossentropy")).loss, recipe_of(loss=Word("mse")).loss
    shares = torch.tensor([0.25, 0.75])
    assert torch.equal(probabilities(shares, crossentropy), shares)  # type: ignore[arg-type]
    assert torch.allclose(probabilities(shares, logits), shares.softmax(0))  # type: ignore[arg-type]
    assert torch.allclose(probabilities(torch.tensor([3.0, 1.0]), crossentropy), torch.tensor([3.0, 1.0]).softmax(0))  # type: ignore[arg-type]
    assert torch.allclose(probabilities(torch.tensor([0.75]), binary), shares)  # type: ignore[arg-type]
    assert probabilities(torch.tensor([-3.0, 1.0]), squared) is None


# --- applying -------------------------------------------------------------------------------------------------------


def test_lecture_s_convolution() -> None:
    network = network_of("input 6x6x1\nConv2D(1, 3x3, use_bias=false)")
    image = np.array([[int(c) for c in row] for row in ["100001", "010010", "001100", "100010", "010010", "001010"]])
    kernel = np.array([[1, -1, -1], [-1, 1, -1], [-1, -1, 1]], float)[:, :, None, None]
    found = apply_network(network, image, {"conv2d_1/kernel": kernel})
    assert " ".join(format_values(found).split()) == "3 -1 -3 -1 -3 1 0 -3 -3 -3 0 1 3 -2 -2 -1"


def test_numpy_and_torch_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    network = network_of(SMALL)
    image = bars().test_images[0] / 255.0
    slow = apply_network(network, image, seed=3)
    monkeypatch.setattr("cnnspec.train.apply.SLOW_FROM", 0)
    fast = apply_network(network, image, seed=3)
    assert slow.shape == fast.shape == (4,)
    assert np.allclose(slow, fast, atol=1e-5)
    assert not np.allclose(fast, apply_network(network, image, seed=4))


def test_a_filter_on_a_picture(tmp_path: Path) -> None:
    network = network_of("input [?, ?, 1]\nFilter2D(sobel_x, padding=valid) -> ReLU")
    picture = np.zeros((10, 10, 3), np.uint8)
    picture[:, 5:] = (40, 40, 40)
    Image.fromarray(picture).save(tmp_path / "step.png")
    applied = apply_file(network, tmp_path / "step.png")
    assert applied.notes == ("colours to gray (0.299 red + 0.587 green + 0.114 blue)",)
    assert applied.values.shape == (8, 8, 1)
    assert applied.values[:, 3:5].min() == pytest.approx(160)
    assert applied.values[:, :3].max() == 0
    assert write_values(applied, tmp_path / "edges.png") == ()
    assert np.array(Image.open(tmp_path / "edges.png")).max() == 160
    assert not list(tmp_path.glob("*.tmp"))


def test_results_by_suffix(tmp_path: Path) -> None:
    values = np.arange(2 * 3 * 5, dtype=float).reshape(2, 3, 5) - 7
    applied = Applied(values, False, ())
    done = write_values(applied, tmp_path / "maps.png")
    assert done == ("values from -7 (black) to 22 (white)", "5 channels side by side, row by row")
    assert np.array(Image.open(tmp_path / "maps.png")).ndim == 2
    write_values(applied, tmp_path / "maps.npy")
    assert np.array_equal(np.load(tmp_path / "maps.npy"), values)
    write_values(applied, tmp_path / "maps.txt")
    assert (tmp_path / "maps.txt").read_text().startswith("# channel 1\n-7 -2  3\n 8 13 18\n")
    write_values(Applied(np.zeros((4, 4, 3)), True, ()), tmp_path / "c.jpg")
    with Image.open(tmp_path / "c.jpg") as image:
        assert image.mode == "RGB"
    for name in ("maps.gif", "maps"):
        with pytest.raises(SpecError) as caught:
            write_values(applied, tmp_path / name)
        assert codes(caught) == ["output-not-picture"]
    with pytest.raises(SpecError) as caught:
        write_values(Applied(np.zeros(10), False, ()), tmp_path / "v.png")
    assert codes(caught) == ["output-not-picture"]


def test_numbers_are_printed_plainly() -> None:
    assert format_values(np.array([1.0, -0.0, 2.5])) == "  1   0 2.5"
    assert format_values(np.array([[[1.0], [20.0]], [[-3.0], [4.0]]])) == " 1 20\n-3  4"
    assert printable(np.zeros((32, 32, 4)))
    assert not printable(np.zeros((33, 32, 1)))


def test_random_weights_are_said_to_be(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", bars().test_images[0, ..., 0] / 255)
    applied = apply_file(network_of(SMALL), tmp_path / "x.npy", seed=5)
    assert applied.notes == ("the weights of conv2d_1 to dense_1 are drawn at random with seed 5: nothing was trained",)


def test_a_run_s_weights_are_applied(trained: Path, tmp_path: Path) -> None:
    data = bars()
    Image.fromarray(data.test_images[0, ..., 0]).save(tmp_path / "a.png")
    run = load_run(trained)
    applied = apply_file(run.network, tmp_path / "a.png", run=run)
    with torch.no_grad():
        expected = run.build()(torch.from_numpy(data.test_images[:1]).permute(0, 3, 1, 2) / 255)
    assert np.allclose(applied.values, expected[0].numpy(), atol=1e-5)
    assert "epoch 6" in applied.notes[-1]


def test_a_unit_of_a_run_is_written_out(trained: Path, tmp_path: Path) -> None:
    data = bars()
    Image.fromarray(data.test_images[0, ..., 0]).save(tmp_path / "a.png")
    run = load_run(trained)
    with torch.no_grad():
        values = run.build().trace(torch.from_numpy(data.test_images[:1]).permute(0, 3, 1, 2) / 255)
    for layer, at, expected in (
        ("conv2d_1", (2, 3), values["conv2d_1"][0, 1, 2, 3]),
        ("max_pool2d_1", (1, 2), values["max_pool2d_1"][0, 1, 1, 2]),
    ):
        found = explain_unit(load(TEXT), layer, at, tmp_path / "a.png", channel=1, run=trained)
        assert [line.value for line in found.equations][-1] == pytest.approx(float(expected), abs=1e-5)
        assert "epoch 6." in str(found.sections[0].lines[-1])


def test_a_run_s_weights_are_not_those_of_another_network(trained: Path, tmp_path: Path) -> None:
    """The network is the file's, never the run's own in its place."""
    np.save(tmp_path / "x.npy", bars().test_images[0, ..., 0])
    other = network_of(SMALL.replace("MaxPool2D", "AvgPool2D"))
    run = load_run(trained)
    applied = apply_file(other, tmp_path / "x.npy", run=run)
    assert not np.allclose(applied.values, apply_file(run.network, tmp_path / "x.npy", run=run).values)
    with pytest.raises(SpecError) as caught:
        apply_file(network_of("input 8x8x1\nFlatten\nDense(4)"), tmp_path / "x.npy", run=run)
    assert codes(caught) == ["checkpoint-mismatch"]


def test_the_first_of_several_outputs_is_said_to_be(tmp_path: Path) -> None:
    network = network_of("input 3x3x1\na = Filter2D(identity)\nb = a -> Filter2D(sobel_x)\noutput a, b")
    (tmp_path / "m.txt").write_text("1 2 3\n4 5 6\n7 8 9\n")
    applied = apply_file(network, tmp_path / "m.txt")
    assert applied.values[..., 0].tolist() == [[1, 2, 3], [4, 5, 6], [7, 8, 9]]
    assert applied.notes == ("the network has 2 outputs; this is the first, a",)


@pytest.mark.parametrize("shape", [(7, 8), (8, 8, 2), (8,), (8, 8, 1, 1)])
def test_other_shapes_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(SpecError) as caught:
        apply_network(network_of(SMALL), np.zeros(shape))
    assert codes(caught) == ["input-shape-mismatch"]
    assert "8×8×1" in caught.value.diagnostics[0].message


def test_a_vector_is_laid_out_row_by_row() -> None:
    network = network_of("input 4\nDense(1, use_bias=false)")
    kernel = np.array([[1.0], [10.0], [100.0], [1000.0]])
    assert apply_network(network, np.array([[1, 2], [3, 4]]), {"dense_1/kernel": kernel})[0] == 4321


def test_several_inputs_are_refused() -> None:
    network: Network = load("model Two {\n input a: 2\n input b: 2\n [a, b] -> Add\n}\n").resolved().network
    with pytest.raises(SpecError) as caught:
        apply_network(network, np.zeros(2))
    assert codes(caught) == ["input-shape-mismatch"]
