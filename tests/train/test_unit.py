"""``explain_unit``: units of whole networks on files, against the forward pass; what is written of them is true."""

from __future__ import annotations

import json
import re
from pathlib import Path
from random import Random

import numpy as np
import pytest

import cnnspec
from cnnspec.analysis.explain import Equation, Explanation
from cnnspec.analysis.explain.lines import Grids
from cnnspec.api import UnknownNameError
from cnnspec.backends.numpy_units import written_kinds
from cnnspec.backends.torch_modules import build_module
from cnnspec.train.unit import find_units
from support.arithmetic_reader import check_equation, check_rounded
from support.command import run
from support.markdown import ROOT

IMAGE = "1 1 1 0 0\n0 1 1 1 0\n0 0 1 1 1\n0 0 1 1 0\n0 1 1 0 0\n"
FILTER = "model M {\n  input ?x?x1\n  Filter2D([[1, 0, 1], [0, 1, 0], [1, 0, 1]], padding=valid)\n}\n"


@pytest.fixture
def image(tmp_path: Path) -> Path:
    path = tmp_path / "image.txt"
    path.write_text(IMAGE)
    return path


def check_all(explanation: Explanation) -> int:
    """Evaluate every equation; how many there were."""
    equations = [line for line in explanation.equations if re.search("[=≈]", line.text)]
    for line in equations:
        if "≈" in line.text:
            check_rounded(line.text)
        else:
            check_equation(line.text)
    return len(equations)


def value_of(explanation: Explanation) -> float:
    """The number in the last line."""
    line = explanation.sections[-1].lines[-1]
    assert isinstance(line, Equation)
    assert line.value is not None
    return line.value


def test_the_lectures_convolution(image: Path) -> None:
    spec = cnnspec.load(FILTER)
    values = [[value_of(cnnspec.explain_unit(spec, "filter2d_1", (i, j), image)) for j in range(3)] for i in range(3)]
    assert values == [[4, 3, 4], [2, 4, 3], [2, 3, 4]]
    found = cnnspec.explain_unit(spec, "filter2d_1", (0, 0), image)
    (grids,) = [line for line in found.section("Channel 0").lines if isinstance(line, Grids)]
    assert [grid.title for grid in grids.grids] == ["values", "kernel", "products"]
    assert grids.grids[0].rows == (("1", "1", "1"), ("0", "1", "1"), ("0", "0", "1"))
    assert found.sections[0].lines[0].startswith("The kernel lies as it is written: mathematics would flip it")  # type: ignore[union-attr]


def test_the_curve_answers_6600(tmp_path: Path) -> None:
    patch = tmp_path / "patch.txt"
    rows = ["0 0 0 0 0 0 30", "0 0 0 0 50 50 50", "0 0 0 20 50 0 0", *["0 0 0 50 50 0 0"] * 4]
    patch.write_text("\n".join(rows))
    found = cnnspec.explain_unit(cnnspec.load(ROOT / "specs" / "filters" / "curve.cnn"), "filter2d_1", (0, 0), patch)
    texts = [line.text for line in found.equations]
    assert texts == ["50·30 + 20·30 + 50·30 + 50·30 + 50·30 = 6,600", "6,600"]


def test_padding_stands_in_brackets(image: Path) -> None:
    spec = cnnspec.load(FILTER.replace("valid", "same"))
    found = cnnspec.explain_unit(spec, "filter2d_1", (0, 4), image)
    (grids,) = [line for line in found.section("Channel 0").lines if isinstance(line, Grids)]
    assert grids.grids[0].rows == (("(0)", "(0)", "(0)"), ("0", "0", "(0)"), ("1", "0", "(0)"))
    assert "5 of 9 values are padding; they stand in brackets." in found.section("Window").lines


SPECS = ("mnist_cnn", "lenet5_1998_original", "autoencoder", "resnet_cifar", "tcn", "signal_1d", "dncnn")


@pytest.mark.parametrize("name", SPECS)
def test_units_of_networks_are_what_the_module_gives(name: str) -> None:
    spec = cnnspec.load(ROOT / "specs" / f"{name}.cnn", input=(16, 16) if name == "dncnn" else None)
    network = spec.resolved().network
    shape = tuple(int(n) for n in spec.model().rows[0].output_shape.dims)  # type: ignore[union-attr, arg-type]
    random, generator = Random(1), np.random.default_rng(1)
    sample = generator.normal(size=shape)
    module = build_module(network, seed=0).double().eval()
    import torch

    with torch.no_grad():
        batch = torch.as_tensor(sample)[None]
        traced = module.trace(batch.movedim(-1, 1) if batch.dim() > 2 else batch)
    indices = [at for at, node in enumerate(network.nodes) if node.layer.kind in written_kinds()]
    for index in random.sample(indices, min(4, len(indices))):
        found = traced[network.nodes[index].path][0]
        values = (found.movedim(0, -1) if found.dim() > 1 else found).numpy()
        place = tuple(random.randrange(n) for n in values.shape)
        (unit,) = find_units(network, index, sample, place[:-1], [place[-1]])
        assert unit.result == pytest.approx(values[place], rel=1e-9, abs=1e-12)


@pytest.mark.parametrize(
    ("layer", "at", "count"),
    [("conv2d_1", (3, 0), 2), ("conv2d_2", (10, 4), 5), ("max_pool2d_1", (0, 0), 0), ("last", (2, 2), 5), ("dense_2", (7,), 2)],
)
def test_every_equation_is_true(layer: str, at: tuple[int, ...], count: int, tmp_path: Path) -> None:
    path = tmp_path / "digit.npy"
    np.save(path, np.random.default_rng(3).integers(0, 256, size=(28, 28)) / 255)
    spec = cnnspec.load(ROOT / "specs" / "mnist_cnn.cnn")
    for full in (False, True):
        found = cnnspec.explain_unit(spec, layer, at, path, full=full)
        assert check_all(found) >= count
    if layer in ("conv2d_2", "last"):
        assert len(found.sections) > 20
    assert any("seed 0" in str(line) for line in found.sections[0].lines) or layer == "max_pool2d_1"


def test_all_channels_where_they_are_few(image: Path) -> None:
    spec = cnnspec.load("model M {\n  input 5x5x1\n  Conv2D(2, 3x3, kernel_initializer=ones)\n}\n")
    found = cnnspec.explain_unit(spec, "conv2d_1", (1, 1), image)
    assert [section.heading for section in found.sections if section.heading.startswith("Value")] == [
        "Value of channel 0",
        "Value of channel 1",
    ]
    one = cnnspec.explain_unit(spec, "conv2d_1", (1, 1), image, channel=1)
    assert value_of(one) == 7
    with pytest.raises(UnknownNameError, match="channels 0 to 1, and no 2"):
        cnnspec.explain_unit(spec, "conv2d_1", (1, 1), image, channel=2)


def test_layers_without_a_window(tmp_path: Path) -> None:
    path = tmp_path / "colours.npy"
    np.save(path, np.random.default_rng(3).integers(0, 256, size=(32, 32, 3)) / 255)
    spec = cnnspec.load(ROOT / "specs" / "resnet_cifar.cnn")
    for layer, label in (
        ("features/conv_norm_1/batch_norm_1", "with the bias"),
        ("features/relu_1", "ReLU of −0.3633"),
        ("features/stage_1/basic_1/add_1", "sum of the inputs"),
    ):
        found = cnnspec.explain_unit(spec, layer, (3, 4), path, channel=1)
        check_all(found)
        assert label in [line.label for line in found.equations]
    moved = cnnspec.explain_unit(cnnspec.load("model M {\n  input 5x5x1\n  Flatten\n}"), "flatten_1", (13,), self_made(tmp_path))
    assert "It is the value at 2, 3, channel 0 of what it reads." in moved.sections[0].lines
    assert value_of(moved) == 1


def self_made(folder: Path) -> Path:
    path = folder / "image.txt"
    path.write_text(IMAGE)
    return path


class TestCommand:
    def test_text_and_json(self, image: Path) -> None:
        done = run("explain", "-", "filter2d_1", "--at", "0,0", "--input", str(image), given=FILTER)
        assert done.status == 0
        assert "1·1 + 1·0 + 1·1 + 0·0 + 1·1 + 1·0 + 0·1 + 0·0 + 1·1 = 4" in done.out
        done = run("explain", "-", "filter2d_1", "--at", "0,0", "--input", str(image), "--format", "json", given=FILTER)
        assert json.loads(done.out)["sections"][-1]["lines"][-1] == {"label": "value", "equation": "4", "value": 4.0}
        done = run("explain", "-", "filter2d_1", "--at", "0,0", "--input", str(image), "--format", "markdown", given=FILTER)
        assert "```text\nvalues   kernel   products\n1 1 1    1 0 1    1 0 1\n" in done.out

    @pytest.mark.parametrize(
        ("arguments", "words"),
        [
            (("filter2d_1", "--at", "3,0", "--input", "IMAGE"), "has no unit at 3,0: height 0 to 2, width 0 to 2"),
            (("filter2d_1", "--input", "IMAGE"), "--at names a unit of filter2d_1, which is 3×3×1"),
            (("filter2d_1", "--at", "1,1"), "--at needs an input"),
            (("filter2d_1", "--channel", "1"), "--channel needs an input"),
            (("--at", "1,1", "--input", "IMAGE"), "name a layer"),
            (("input", "--at", "1,1", "--input", "IMAGE"), "input is a layer of kind Input"),
            (("filter2d_1", "--at", "1,1", "--input", "huge"), "neither a size such as 256x256 nor a file"),
        ],
    )
    def test_what_cannot_be(self, arguments: tuple[str, ...], words: str, image: Path) -> None:
        done = run("explain", "-", *(str(image) if word == "IMAGE" else word for word in arguments), given=FILTER)
        assert done.status == 2
        assert words in done.err
        assert done.out == ""

    def test_an_input_that_is_not_there(self) -> None:
        done = run("explain", "-", "filter2d_1", "--at", "1,1", "--input", "no/such.png", given=FILTER)
        assert done.status == 1
        assert "no/such.png" in done.err
