"""The keys of ``cnnspec check --format json``."""

from __future__ import annotations

import json

from cnnspec.analysis.report import ClaimResult, FileReport, RecipeReport, Report
from cnnspec.analysis.to_json import model_to_json, plain, report_to_json
from cnnspec.diagnostics import Diagnostic, Severity, Source
from cnnspec.layers.extent import Extent
from cnnspec.layers.shape import Shape
from cnnspec.record import replace
from support.hand_built import Build, layer, lenet, mnist_cnn

SPAN = Source("specs/lenet5.cnn", "expect params == 44_426\n").span(7, 13)


def test_the_example_of_the_contract() -> None:
    claim = ClaimResult("params == 44_426", True, 44_426, 13, SPAN)
    model = replace(lenet().report(), claims=(claim,))
    data = report_to_json(Report((FileReport("specs/lenet5.cnn", (), (model,), (RecipeReport("LeNet5", "LeNet5", True),)),)))
    assert data["schema"] == 1
    assert data["ok"] is True
    file = data["files"][0]
    assert file["path"] == "specs/lenet5.cnn"
    assert file["recipes"] == [{"name": "LeNet5", "model": "LeNet5", "ok": True, "claims": []}]
    found = file["models"][0]
    assert found["name"] == "LeNet5"
    assert found["claims"] == [{"text": "params == 44_426", "holds": True, "actual": 44_426, "line": 13}]
    assert found["totals"].items() >= {
        "params": 44426, "trainable": 44426, "non_trainable": 0, "macs": 281640, "activation_elements": 6070,
    }.items()  # fmt: skip
    layers = found["layers"]
    assert layers[0].items() >= {"name": "input", "kind": "Input", "inputs": [], "output_shape": [28, 28, 1], "macs": 0}.items()
    expected = {
        "name": "conv2d_1",
        "kind": "Conv2D",
        "path": "LeNet5/conv2d_1",
        "inputs": ["input"],
        "line": 2,
        "output_shape": [24, 24, 6],
        "params": {"trainable": 156, "non_trainable": 0},
        "macs": 86400,
        "receptive_field": {"size": [5, 5], "jump": [1, 1], "start": [0, 0]},
        "coverage": 25 / 784,
        "im2col": [25, 576],
        "activation_elements": 3456,
    }
    assert layers[1].items() >= expected.items()
    assert layers[5]["output_shape"] == [256]
    assert layers[5]["receptive_field"] == {"size": None, "jump": None, "start": None}
    assert layers[5]["coverage"] is None
    assert layers[1]["receptive_field_centre"] == [2, 2]
    assert layers[5]["receptive_field_centre"] is None
    assert json.loads(json.dumps(report_to_json(Report(())))) == {"schema": 1, "ok": True, "files": []}


def test_diagnostics_and_false_claims() -> None:
    error = Diagnostic("claim-false", Severity.ERROR, "params is 44,426, not 1", SPAN)
    claim = ClaimResult("accuracy >= 0.985", None, None, 13, SPAN, "known after training")
    recipe = RecipeReport("LeNet5", "LeNet5", True, (claim,))
    data = report_to_json(Report((FileReport("x.cnn", (error,), (), (recipe,)),)))
    assert data["ok"] is False
    assert data["files"][0]["diagnostics"][0]["code"] == "claim-false"
    assert data["files"][0]["recipes"][0]["claims"] == [
        {"text": "accuracy >= 0.985", "holds": None, "actual": None, "line": 13, "reason": "known after training"}
    ]


def test_symbolic_numbers_are_null_with_their_formula() -> None:
    build = Build()
    build.input("h", "w", 1)
    build.add(layer("Conv2D", 8, 3, strides=2, padding="same"))
    data = json.loads(json.dumps(model_to_json(build.report())))
    row = data["layers"][1]
    assert row["output_shape"] == [None, None, 8]
    assert row["output_shape_formula"] == "⌈h/2⌉×⌈w/2⌉×8"
    assert row["macs"] is None
    assert "⌈h/2⌉" in row["macs_formula"]
    assert data["totals"]["macs"] is None
    assert row["receptive_field"] == {"size": [3, 3], "jump": [2, 2], "start": [None, None]}
    assert row["coverage"] is None


def test_several_inputs_have_a_field_each() -> None:
    build = Build()
    a, b = build.input(28, 28, 1, name="a"), build.input(28, 28, 1, name="b")
    left, right = build.add(layer("Conv2D", 4, 3), a), build.add(layer("Conv2D", 4, 3), b)
    build.add("Add", left, right)
    data = model_to_json(build.report())
    merged = data["layers"][-1]
    one = {"size": [3, 3], "jump": [1, 1], "start": [0, 0]}
    none = {"size": None, "jump": None, "start": None}
    assert merged["receptive_fields"] == {"a": one, "b": one}
    assert data["layers"][left]["receptive_fields"] == {"a": one, "b": none}
    assert data["layers"][right]["receptive_fields"] == {"a": none, "b": one}


def test_units_that_take_turns_have_all_their_sizes() -> None:
    build = Build()
    build.input(16, 16, 1)
    build.chain(layer("UpSampling2D", (2, 1)), layer("Conv2D", 1, 3, padding="same"))
    rows = json.loads(json.dumps(model_to_json(build.report())))["layers"]
    assert rows[0]["receptive_field"] == {"size": [1, 1], "jump": [1, 1], "start": [0, 0]}
    assert rows[2]["receptive_field"] == {
        "size": [2, 3],
        "jump": [0.5, 1],
        "start": [-1, -1],
        "sizes": [[2], [3]],
        "period": [2, 1],
    }
    assert rows[2]["receptive_field_status"] == "exact"
    assert rows[2]["receptive_field_centre"] == [-0.5, 0]


def test_what_is_known_of_the_input_and_of_training() -> None:
    data = json.loads(json.dumps(model_to_json(mnist_cnn().report())))
    assert data["unread"] == {"input": [2, 2]}
    assert data["resolution"] == {"min": [18, 18], "max": [18, 18]}
    assert (data["totals"]["macs_backward"], data["totals"]["flops_backward"]) == (5_393_792, 10_787_584)
    assert [row["macs_backward"] for row in data["layers"][:4]] == [0, 194_688, 0, 2 * 2_230_272]
    assert all("unproductive" not in row for row in data["layers"])
    build = Build()
    build.input(6, 6, 1)
    build.chain(*[layer("Conv2D", 1, 5, padding="same")] * 2)
    assert [row.get("unproductive") for row in model_to_json(build.report())["layers"]] == [None, None, True]
    vector = Build()
    vector.input(6)
    vector.add(layer("Dense", 1))
    data = model_to_json(vector.report())
    assert data["resolution"] is None
    assert data["unread"] == {"input": []}


def test_values_of_claims_become_plain() -> None:
    assert plain(Shape((3, Extent.symbol("w"), 64))) == [3, None, 64]
    assert plain((18, 18)) == [18, 18]
    assert plain(Extent.symbol("h") + 2) == "h + 2"
    assert plain(True) is True
    assert plain(float("nan")) == "nan"
    assert plain({"a": (1, None)}) == {"a": [1, None]}
