"""Claims that are suggested: they hold where they are pasted, in the formatter's form, and are not suggested again."""

from __future__ import annotations

from pathlib import Path
from random import Random
from textwrap import dedent

import pytest

from cnnspec.analysis.check import check_source
from cnnspec.analysis.claims.suggest import Suggestion, paste, suggest_claims
from cnnspec.diagnostics import Source
from cnnspec.layers.registry import LONG_NAMES
from cnnspec.syntax.formatter import format_source
from support.markdown import ROOT
from support.random_files import RandomFiles

SPECS = sorted(
    ROOT / "specs" / f"{name}.cnn"
    for name in (
        "lenet5", "lenet5_1998_original", "alexnet", "googlenet", "resnet18", "unet", "unet_2015", "siamese", "tcn", "volume_3d",
        "mnist_examples", "sobel", "autoencoder", "signal_1d", "squeezenet", "fcn", "attention_resnet",
    )
)  # fmt: skip


def suggest(text: str, path: str = "net.cnn") -> tuple[Suggestion, ...]:
    return suggest_claims(check_source(Source(path, dedent(text))))


def verify(text: str, path: str) -> int:
    """Suggest claims, paste them, and check; how many there were."""
    before = check_source(Source(path, text))
    suggestions = suggest_claims(before)
    assert [one.model for one in suggestions] == [model.name for model in before.report.models]
    after = check_source(Source(path, paste(before.resolution.source, suggestions)))
    assert after.report.ok, [diagnostic.message for diagnostic in after.report.diagnostics]
    for suggestion, model in zip(suggestions, after.report.models, strict=True):
        results = [claim for claim in model.claims if claim.text in suggestion.claims]
        assert len(results) >= len(suggestion.claims)
        assert all(claim.holds for claim in results)
    formatted = format_source(after.resolution.source, LONG_NAMES)
    claims = [claim for suggestion in suggestions for claim in suggestion.claims]
    assert all(f"\n  expect {claim}\n" in formatted for claim in claims)
    assert all(not one.claims for one in suggest_claims(after))
    return len(claims)


@pytest.mark.parametrize("spec", SPECS, ids=lambda path: path.stem)
def test_specs(spec: Path) -> None:
    assert verify(spec.read_text(encoding="utf-8"), str(spec)) > 0


def test_random_files() -> None:
    suggested = 0
    for seed in range(50):
        file = RandomFiles(Random(seed)).draw()
        suggested += verify(file.text, "net.cnn")
        if check_source(Source("net.cnn", file.open_text)).report.ok:
            suggested += verify(file.open_text, "net.cnn")
    assert suggested > 300


def test_of_a_bare_model() -> None:
    text = """
        model Net {
          input 28x28x1
          Conv2D(8, 3x3, use_bias=false) -> BatchNorm -> ReLU
          last = Conv2D(16, 3x3)
          Flatten -> Dense(10)
        }
    """
    (suggestion,) = suggest(text)
    assert suggestion.claims == (
        "params.trainable == 93_426",
        "params == 93_442",
        "macs == 804_384",
        "depth == 3",
        "output == 10",
        "memory.inference <= 440 KB",
        "receptive_field(last) == 5x5",
        "coverage(last) ~= 0.0319",
    )


def test_what_is_claimed_is_not_suggested() -> None:
    text = """
        model Net {
          input 28x28x1
          a = Conv2D(8, 3x3)
          expect params < 100 and depth >= 1
          expect macs(a) > 0 and receptive_field("conv2d_1") == 3x3 or receptive_field(a) == 3
          expect memory.inference < 1 GiB and output == ?x?x8
        }
    """
    (suggestion,) = suggest(text)
    assert suggestion.claims == ("macs == 48_672", "coverage(a) ~= 0.0115")


def test_a_model_with_errors_has_none() -> None:
    text = "model Bad {\n input 8x8x1\n Conv2D(2, 9x9)\n}\nmodel Good {\n input 8\n Dense(2)\n}"
    assert [one.model for one in suggest(text)] == ["Good"]


def test_several_inputs_and_outputs() -> None:
    text = """
        model Two {
          input a: ?x?x1
          input b: ?x?x1
          p = a -> Conv2D(2, 3x3)
          q = b -> Conv2D(2, 3x3)
          output p, q
        }
    """
    (suggestion,) = suggest(text)
    assert suggestion.claims == ("params == 40", "depth == 1", "receptive_field(q) == 3x3")


def test_on_one_line() -> None:
    text = "model Net { input 4 }"
    (suggestion,) = suggest("model Net { input 4\n Dense(2) }")
    assert "params == 10" in suggestion.claims
    assert paste(Source("net.cnn", text), (Suggestion("Net", ("depth == 0",)),)) == "model Net { input 4 \n  expect depth == 0\n}"
