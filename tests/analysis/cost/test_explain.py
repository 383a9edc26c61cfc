"""The cost on a page: every equation holds, tables fit, and the same figures stand in JSON."""

from __future__ import annotations

import json

import pytest

from cnnspec.analysis.cost.devices import DEVICES
from cnnspec.analysis.cost.explain import MOST_ROWS, explain_cost
from cnnspec.analysis.cost.to_json import cost_to_json
from cnnspec.analysis.explain.lines import Table
from cnnspec.api import Spec, load
from cnnspec.diagnostics.writers.columns import Style
from cnnspec.render.text_explain import write_explanation
from cnnspec.resources import library_root
from support.arithmetic_reader import check_equation

FILES = ["mnist_cnn", "lenet5_1998_original", "resnet18", "siamese", "unet_2015", "convnext", "signal_1d", "autoencoder"]


def spec_of(file: str) -> Spec:
    return load(library_root() / f"{file}.cnn")


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_every_equation_holds(file: str, precision: str) -> None:
    cost = spec_of(file).cost(batch=64, optimizer="adam", precision=precision, memory=10**7, device="h200")
    equations = list(explain_cost(cost).equations)
    assert len(equations) > 12
    for equation in equations:
        check_equation(equation.text)


@pytest.mark.parametrize("width", [80, 120])
def test_it_fits_the_terminal(width: int) -> None:
    cost = spec_of("mnist_cnn").cost(memory=10**7, device="h200")
    lines = write_explanation(explain_cost(cost, full=True), Style(width, False, True)).splitlines()
    assert max(map(len, lines)) <= width


def test_all_rows_only_when_asked_for() -> None:
    cost = spec_of("resnet18").cost(device="a100")
    for full in (False, True):
        tables = [line for section in explain_cost(cost, full=full).sections for line in section.lines if isinstance(line, Table)]
        assert all((len(table.rows) > MOST_ROWS) == full for table in tables)


def test_json_has_the_same_and_all_of_it() -> None:
    cost = spec_of("mnist_cnn").cost(memory=4 << 20, device=DEVICES["h200"])
    data = json.loads(json.dumps(cost_to_json(cost, "a.cnn", ["why"])))
    training = data["training"]
    parts = ("parameters", "copies", "gradients", "slots", "activations")
    assert training["total"] == sum(training[part] for part in parts)
    kinds = {"value": 4, "float32": 4, "int64": 8, "bool": 1}
    assert training["activations"] == 64 * sum(item["elements"] * kinds[item["kind"]] for item in training["kept"])
    assert training["fit"]["largest_batch"] == (data["memory"] - training["fit"]["fixed"]) // training["fit"]["each"]
    assert data["inference"]["values"] == sum(item["bytes"] for item in data["inference"]["alive"])
    assert training["seconds"] == pytest.approx(sum(layer["seconds"] for layer in training["layers"]))
    assert [layer["name"] for layer in training["layers"]][-1] == "optimizer"
    assert {remedy["what"] for remedy in training["fit"]["remedies"]} >= {"16 bits (bfloat16)"}
    assert data["device"]["name"] == "h200"
    assert (data["path"], data["sources"]) == ("a.cnn", ["why"])


def test_open_sizes_are_null_in_json_and_formulas_in_text() -> None:
    cost = spec_of("unet").cost(memory=10**9, device="h200")
    data = cost_to_json(cost)
    training = data["training"]
    assert isinstance(training, dict)
    assert (training["total"], training["fit"], training["seconds"]) == (None, None, None)
    assert "h·w" in training["total_formula"]
    text = write_explanation(explain_cost(cost))
    assert "h·w" in text
    assert "Sizes are open" in text


def test_of_what_is_not_trained_only_inference_is_told() -> None:
    cost = load("model A {\n  input 8x8x1\n  Filter2D(sobel_x)\n}\n").cost(device="t4", precision="bfloat16", memory=10**6)
    text = write_explanation(explain_cost(cost))
    assert "Inference of one sample in bfloat16; nothing is trained." in text
    assert text.count("raining") == 0
    assert "NVIDIA T4 has no figure for bfloat16: the peak is that of float32." in text
