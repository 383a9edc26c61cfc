"""What is said of layers, claims, recipes and models that correspond."""

from __future__ import annotations

import json

from cnnspec.analysis.check import Checked
from cnnspec.analysis.diff.compare import compare_models
from cnnspec.analysis.diff.files import compare_files, compare_named_models
from cnnspec.analysis.diff.records import Amount, FileDiff
from cnnspec.analysis.diff.to_json import diff_to_json
from cnnspec.layers.extent import Extent
from support.checking import check


def files(before: str, after: str) -> FileDiff:
    return compare_files(check(before, "old.cnn"), check(after, "new.cnn"))


def checked(*parts: str) -> Checked:
    return check("".join(parts))


TINY = "model {name} {{\n  input 8x8x1\n  Conv2D({filters}, 3x3) -> Flatten -> Dense(10, activation=softmax)\n{claims}}}\n"


def tiny(name: str = "M", filters: int = 2, *claims: str) -> str:
    return TINY.format(name=name, filters=filters, claims="".join(f"  expect {claim}\n" for claim in claims))


RECIPE = """
train M as {name} {{
  data = mnist
  loss = categorical_crossentropy
  optimizer = {optimizer}
  epochs = {epochs}
  callbacks = [EarlyStopping(monitor=loss, patience={patience})]
  resize = 8x8
  expect accuracy >= {accuracy}
}}
"""


def recipe(name: str = "r", optimizer: str = "Adam", epochs: int = 5, patience: int = 3, accuracy: float = 0.9) -> str:
    return RECIPE.format(name=name, optimizer=optimizer, epochs=epochs, patience=patience, accuracy=accuracy)


def test_amounts():
    amount = Amount(40, 50)
    assert (amount.difference, amount.share, amount.differs) == (10, 0.25, True)
    assert Amount(0, 5).share is None
    assert Amount(None, 5).difference is None
    assert Amount(Extent.symbol("h"), Extent.symbol("h") * 3).difference == Extent.symbol("h") * 2


def test_arguments_shapes_and_fields_of_a_change():
    before = check("model M {\n  input 28x28x1\n  Conv2D(8, 5x5)\n  Conv2D(4, 3x3)\n}\n").report.models[0]
    after = check("model M {\n  input 28x28x1\n  Conv2D(16, 3x3, activation=relu)\n  Conv2D(4, 3x3)\n}\n").report.models[0]
    found = compare_models(before, after)
    (changed,) = found.changed
    assert [str(argument) for argument in changed.arguments] == [
        "filters 8 → 16",
        "kernel_size 5×5 → 3×3",
        "activation none → relu",
    ]
    assert [str(shape) for shape in changed.shape] == ["24×24×8", "26×26×16"]
    assert [field.size for field in changed.field if field] == [(5, 5), (3, 3)]
    (following,) = found.following
    assert following.params.difference == 8 * 9 * 4
    assert found.totals is not None
    assert found.totals.weight_bytes.difference == 4 * found.totals.params.difference  # type: ignore[operator]
    assert [row.field.size for row in found.last_fields if row and row.field] == [(7, 7), (5, 5)]


def test_open_sizes_differ_by_formulas():
    text = "model M {{\n  input ?x?x1\n  Conv2D({}, 3x3, padding=same)\n}}\n"
    found = compare_models(check(text.format(2)).report.models[0], check(text.format(5)).report.models[0])
    assert found.totals is not None
    assert str(found.totals.macs.difference) == "27·h·w"
    assert found.totals.macs.share is None


def test_claims_go_by_what_they_speak_of():
    found = files(tiny("M", 2, "params == 750", "depth == 2", "macs < 10_000"), tiny("M", 3, "params==1120", "macs < 10_000"))
    claims = [(c.before and c.before.text, c.after and c.after.text) for c in found.models[0].claims]
    assert claims == [("params == 750", "params==1120"), ("depth == 2", None), ("macs < 10_000", "macs < 10_000")]
    assert not files(tiny("M", 2, "params == 750"), tiny("M", 2, "params  ==  750")).models[0].claims


def test_a_claim_that_came_out_otherwise():
    found = files(tiny("M", 2, "params == 750"), tiny("M", 3, "params == 750"))
    (claim,) = found.models[0].claims
    assert claim.before is not None
    assert claim.after is not None
    assert (claim.before.holds, claim.after.holds) == (True, False)


def test_models_of_one_name_and_the_one_left_over():
    found = files(tiny("A") + tiny("B"), tiny("B", 3) + tiny("C"))
    assert [(m.before and m.before.name, m.after and m.after.name) for m in found.models] == [("A", "C"), ("B", "B")]
    assert [model.same for model in found.models] == [True, False]


def test_models_that_only_one_file_has():
    found = files(tiny("A") + tiny("B"), tiny("B") + tiny("C") + tiny("D"))
    names = [(m.before and m.before.name, m.after and m.after.name) for m in found.models]
    assert names == [("A", None), ("B", "B"), (None, "C"), (None, "D")]
    assert not found.same
    assert [model["status"] for model in diff_to_json(found)["models"]] == ["removed", "same", "added", "added"]  # type: ignore[union-attr, index]


def test_named_models():
    found = compare_named_models(checked(tiny("A") + tiny("B", 3)), "B", checked(tiny("A")), None)
    (model,) = found.models
    assert (model.before.name, model.after.name) == ("B", "A")  # type: ignore[union-attr]


def test_recipes_by_their_keys():
    found = files(tiny() + recipe(), tiny() + recipe(optimizer="SGD(learning_rate=0.1)", epochs=9, patience=4, accuracy=0.95))
    (changed,) = found.recipes
    assert [str(key) for key in changed.keys] == [
        "optimizer Adam → SGD(learning_rate=0.1)",
        "epochs 5 → 9",
        "callbacks [EarlyStopping(monitor=loss, patience=3)] → [EarlyStopping(monitor=loss, patience=4)]",
    ]
    assert [c.after and c.after.text for c in changed.claims] == ["accuracy >= 0.95"]
    assert found.models[0].same
    assert not found.same


def test_recipes_added_removed_and_the_same():
    assert files(tiny() + recipe(), tiny() + recipe()).same
    found = files(tiny() + recipe("x"), tiny() + recipe("y"))
    assert [(r.before, r.after, r.same) for r in found.recipes] == [("x", "y", True)]
    found = files(tiny() + recipe("x"), tiny())
    assert [(r.before, r.after, r.same) for r in found.recipes] == [("x", None, False)]


def test_json_keys_stay():
    """Outside checks read these keys: add freely, never rename."""
    data = json.loads(json.dumps(diff_to_json(files(tiny() + recipe(), tiny("M", 3, "depth == 2") + recipe(epochs=6)))))
    assert list(data) == ["schema", "same", "before", "after", "models", "recipes"]
    assert (data["schema"], data["same"], data["before"], data["after"]) == (1, False, "old.cnn", "new.cnn")
    (model,) = data["models"]
    assert {
        "name", "before", "after", "status", "same_architecture", "removed", "added", "changed", "following", "renamed",
        "outputs_changed", "totals", "receptive_field", "claims",
    } <= set(model)  # fmt: skip
    (changed,) = model["changed"]
    assert (changed["before"], changed["after"]) == ("conv2d_1", "conv2d_1")
    assert changed["arguments"] == [{"name": "filters", "before": 2, "after": 3}]
    assert changed["params"] == {"before": 20, "after": 30, "difference": 10}
    assert changed["output_shape"] == {"before": [6, 6, 2], "after": [6, 6, 3]}
    assert {"moved", "macs", "activation_elements", "receptive_field"} <= set(changed)
    (following,) = [item for item in model["following"] if item["after"] == "dense_1"]
    assert following["params"]["difference"] == 360
    assert model["totals"]["params"] == {"before": 750, "after": 1120, "difference": 370}
    assert set(model["totals"]) == {
        "layers", "params", "trainable", "macs", "activation_elements", "weight_bytes", "activation_bytes",
        "inference_bytes", "training_bytes", "depth",
    }  # fmt: skip
    assert model["claims"] == [{"before": None, "after": {"text": "depth == 2", "holds": True, "actual": 2, "line": 4}}]
    assert data["recipes"][0]["keys"] == [{"name": "epochs", "before": 5, "after": 6}]


def test_json_of_arguments():
    text = "model M {{\n  input 8x8x1\n  Conv2D(2, {}, activation={}, kernel_regularizer={})\n}}\n"
    data = diff_to_json(files(text.format("3x3", "none", "none"), text.format("[3, 5]", "relu", "l2(0.5)")))
    arguments = data["models"][0]["changed"][0]["arguments"]  # type: ignore[index]
    assert {item["name"]: [item["before"], item["after"]] for item in arguments} == {
        "kernel_size": [[3, 3], [3, 5]],
        "activation": [None, "relu"],
        "kernel_regularizer": [None, "l2(l2=0.5)"],
    }


def test_json_of_what_was_added_and_of_formulas():
    text = "model M {{\n  input ?x?x1\n  Conv2D(2, 3x3, padding=same)\n{}}}\n"
    data = diff_to_json(files(text.format(""), text.format("  ReLU\n")))
    (model,) = data["models"]  # type: ignore[misc]
    (group,) = model["added"]
    assert (group["title"], group["paths"], group["block"]) == ("ReLU", ["relu_1"], False)
    assert group["layers"][0]["kind"] == "ReLU"
    amount = model["totals"]["activation_elements"]
    assert (amount["before"], amount["difference"]) == (None, None)
    assert (amount["before_formula"], amount["difference_formula"]) == ("2·h·w", "2·h·w")


def test_what_is_asked_of_open_sizes():
    text = "model M {{\n  input ?x?x1\n  a = Conv2D(4, 3x3, padding=same)\n{}  [a, b] -> Add\n}}\n"
    halved = "  MaxPool2D\n  b = UpSampling2D\n"
    quartered = "  MaxPool2D(4)\n  b = UpSampling2D(4)\n"
    (model,) = files(text.format(halved), text.format(quartered)).models
    assert model.conditions == (("h, w multiples of 2",), ("h, w multiples of 4",))
    data = diff_to_json(files(text.format(halved), text.format(quartered)))
    assert data["models"][0]["conditions"] == {"before": ["h, w multiples of 2"], "after": ["h, w multiples of 4"]}  # type: ignore[index]
