"""Claims of recipes: what is known before training, and after."""

from __future__ import annotations

import pytest

from cnnspec.analysis.claims import judge_recipe_claims
from support.checking import check, codes

TEXT = """
model Net {
  input 784
  Dense(10, activation=softmax)
}
train Net {
  data       = mnist
  loss       = categorical_crossentropy
  optimizer  = SGD
  epochs     = 5
  validation = 0.1
  metrics    = [accuracy, top_k(3)]
  expect CLAIM
}
"""


@pytest.mark.parametrize(
    "claim",
    [
        "accuracy >= 0.9 and loss < 1 and val_accuracy > 0.8 and val_loss < train_loss",
        "top_3 > accuracy and train_top_3 > 0.5 and val_top_3 > 0.5",
        "epochs <= 5 and seconds < 60 and images_per_second > 100",
        "accuracy - train_accuracy > -0.1",
        "accuracy ~= 0.98",
        "accuracy != 98 or accuracy > 99",
        "min(accuracy, val_accuracy) > 0.5",
    ],
)
def test_what_is_known_after_training(claim: str) -> None:
    report = check(TEXT.replace("CLAIM", claim)).report
    assert [diagnostic.message for diagnostic in report.diagnostics if diagnostic.severity != "info"] == []
    (result,) = report.recipes[0].claims
    assert (result.holds, result.actual, result.reason) == (None, None, "known after training")


@pytest.mark.parametrize(
    ("claim", "code", "help_"),
    [
        ("accurracy > 0.9", "claim-unknown-quantity", "did you mean accuracy?"),
        ("val_acuracy > 0.9", "claim-unknown-quantity", "did you mean val_accuracy?"),
        ("top_5 > 0.9", "claim-unknown-quantity", "add top_k(5) to metrics"),
        ("params < 100", "claim-unknown-quantity", "params is a figure of the model"),
        ("params.trainable < 100", "claim-unknown-quantity", "figure of the model"),
        ("memory.training(batch=2) < 1 GiB", "claim-unknown-quantity", "figure of the model"),
        ("receptive_field(last) == 3", "claim-unknown-quantity", "figure of the model"),
        ("accuracy", "claim-invalid", "for example"),
        ("accuracy > 3 MB", "claim-invalid", "without MB"),
        ("accuracy == 3x3", "claim-invalid", "compare a number"),
    ],
)
def test_mistakes(claim: str, code: str, help_: str) -> None:
    (found,) = (d for d in check(TEXT.replace("CLAIM", claim)).report.diagnostics if d.severity == "error")
    assert found.code == code
    assert help_ in (found.help or "")


def test_what_validation_measures_needs_validation() -> None:
    without = TEXT.replace("  validation = 0.1\n", "")
    assert codes(without.replace("CLAIM", "val_accuracy > 0.9")) == ["monitor-needs-validation"]
    assert codes(without.replace("CLAIM", "accuracy > 0.9")) == []


@pytest.mark.parametrize(
    ("claim", "help_"),
    [
        ("accuracy >= 98", "98 % is written 0.98"),
        ("98.5 <= val_accuracy", "98.5 % is written 0.985"),
        ("top_3 > 1", "compare top_3"),
        ("train_accuracy < 0", "compare"),
        ("epochs > 5", "compare epochs"),
        ("epochs == 0", "compare epochs"),
        ("seconds < -1", "compare seconds"),
        ("loss < 1 and accuracy == 97", "97 % is written 0.97"),
    ],
)
def test_what_no_run_can_make_true(claim: str, help_: str) -> None:
    report = check(TEXT.replace("CLAIM", claim)).report
    (found,) = (d for d in report.diagnostics if d.severity == "warning")
    assert found.code == "claim-hopeless"
    assert help_ in (found.help or "")
    assert report.ok
    assert report.recipes[0].claims[0].holds is None


@pytest.mark.parametrize(
    "claim", ["accuracy <= 98", "accuracy >= 1", "epochs >= 5", "loss < -1", "not accuracy > 98", "accuracy > 98 or loss < 1"]
)
def test_what_some_run_can_make_true(claim: str) -> None:
    assert codes(TEXT.replace("CLAIM", claim)) == []


def test_epochs_that_were_replaced_are_no_limit() -> None:
    assert codes(TEXT.replace("CLAIM", "epochs == 5"), replace={"train.epochs": "2"}) == []


def test_with_results() -> None:
    claims = check(TEXT.replace("CLAIM", "accuracy > 0.9 and top_3 > accuracy")).resolution.recipes[0].claims
    found: list[str] = []
    figures = {"accuracy": 0.95, "top_3": 0.9, "loss": 0.1}
    (result,) = judge_recipe_claims(claims, ("loss", "accuracy", "top_3"), lambda d: found.append(d.message), figures)
    assert (result.holds, result.actual) == (False, 0.9)
    assert found == ["the claim accuracy > 0.9 and top_3 > accuracy is false: top_3 is 0.9 and accuracy is 0.95"]
