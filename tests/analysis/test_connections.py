"""Connections as LeCun counts them: every weight and bias at each of its places."""

from __future__ import annotations

import pytest

from cnnspec.analysis.explain import explain_layer, explain_model
from cnnspec.analysis.to_json import model_to_json
from cnnspec.resources import library_root
from support.checking import check
from support.hand_built import Build, layer

#: Of the layers of the paper: parameters, connections, and the arithmetic of these.
LENET5 = {
    "c1/conv2d_1": (156, 122_304, "28·28·5·5·1·6 + 28·28·6 = 122,304"),
    "s2/subsampling2d_1": (12, 5_880, "14·14·6·(2·2 + 1) = 5,880"),
    "c3/conv2d_1": (1_516, 151_600, "10·10·5·5·60 + 10·10·16 = 151,600"),
    "s4/subsampling2d_1": (32, 2_000, "5·5·16·(2·2 + 1) = 2,000"),
    "c5/conv2d_1": (48_120, 48_120, "1·1·5·5·16·120 + 1·1·120 = 48,120"),
    "f6/dense_1": (10_164, 10_164, "120·84 + 84 = 10,164"),
    "output_1/rbf_1": (0, 840, "84·10 = 840"),
}


@pytest.fixture(scope="module")
def lenet():
    checked = check((library_root() / "lenet5_1998_original.cnn").read_text(encoding="utf-8"))
    assert checked.report.ok
    return checked


def test_lenet_5_has_the_paper_s_parameters_and_connections(lenet):
    report = lenet.report.models[0]
    found = {report.network.nodes[row.index].path: (row.params, row.connections) for row in report.rows if row.connections}
    assert found == {path: figures[:2] for path, figures in LENET5.items()}
    assert (report.totals.params, report.totals.connections) == (60_000, 340_908)
    assert report.totals.non_trainable == 0


@pytest.mark.parametrize("path", LENET5)
def test_connections_are_written_out(lenet, path):
    model, report = lenet.model()
    section = explain_layer(model, report, report.network.index[path]).section("Connections")
    assert [line.text for line in section.lines] == [LENET5[path][2]]


def test_the_table_of_c3_is_written_out(lenet):
    model, report = lenet.model()
    found = explain_layer(model, report, report.network.index["c3/conv2d_1"])
    notes = [line.text for line in found.section("Output size").lines if getattr(line, "title", "") == "connections"]
    assert notes == ["filters × channels they read: 6·3 + 9·4 + 1·6 = 60 pairs, each with a kernel of its own"]
    assert [line.text for line in found.section("Parameters").lines] == ["5·5·60 = 1,500", "16", "5·5·60 + 16 = 1,516"]
    assert (
        "Weights as rows (W_row), 16×150, times patches as columns (X_col), 150×100, give 16×100: the output 10×10×16."
        in found.section("im2col").lines
    )


def test_the_model_s_sum_is_written_out(lenet):
    (line,) = explain_model(*lenet.model()).section("Connections").lines
    assert line.text == "122,304 + 5,880 + 151,600 + 2,000 + 48,120 + 10,164 + 840 = 340,908"


def test_json_has_them(lenet):
    data = model_to_json(lenet.report.models[0])
    assert data["totals"]["connections"] == 340_908
    assert sum(row["connections"] for row in data["layers"]) == 340_908


@pytest.mark.parametrize(
    ("made", "shape", "expected"),
    [
        (layer("Conv2D", 4, 3, use_bias=False), (6, 6, 2), 16 * 9 * 2 * 4),
        (layer("Conv2D", 4, 3, groups=2), (6, 6, 2), 16 * (9 + 1) * 4),
        (layer("DepthwiseConv2D", 3), (6, 6, 2), 16 * (9 + 1) * 2),
        (layer("SeparableConv2D", 4, 3), (6, 6, 2), 16 * 9 * 2 + 16 * (2 + 1) * 4),
        (layer("Conv2DTranspose", 4, 3), (6, 6, 2), 36 * 9 * 2 * 4 + 64 * 4),
        (layer("MaxPool2D"), (6, 6, 2), 0),
        (layer("BatchNorm"), (6, 6, 2), 0),
        (layer("Subsampling2D", 3), (6, 6, 2), 8 * 10),
    ],
)
def test_other_layers(made, shape, expected):
    build = Build()
    build.input(*shape)
    build.add(made)
    assert build.report().rows[-1].connections == expected


def test_shared_weights_connect_at_each_use():
    build = Build()
    build.input(6, 6, 3)
    first = build.add(layer("Conv2D", 3, 3, padding="same"))
    build.add(layer("Conv2D", 3, 3, padding="same"), shares=first)
    assert build.report().totals.connections == 2 * 36 * 28 * 3


def test_of_unknown_extents_they_are_a_formula():
    checked = check("model A {\n  input ?x?x3\n  Conv2D(4, 3x3, padding=same)\n  expect connections == 1\n}\n")
    data = model_to_json(checked.report.models[0])
    assert data["totals"]["connections"] is None
    assert data["totals"]["connections_formula"] == "112·h·w"


def test_claims_speak_of_them():
    text = "block B {{\n  Conv2D(4, 3x3)\n  expect connections == {}\n}}\nmodel A {{\n  input 8x8x1\n  B\n}}\n"
    assert check(text.format(36 * 40)).report.ok
    (problem,) = check(text.format(36 * 40 + 1)).report.diagnostics
    assert (problem.code, problem.here) == ("claim-false", "is 1,440")
