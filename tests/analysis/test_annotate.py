"""Shapes that ``fmt --annotate`` adds: they hold, the networks stay what they are, and a second time adds nothing."""

from __future__ import annotations

from pathlib import Path
from random import Random
from textwrap import dedent

import pytest

from cnnspec.analysis.annotate import annotate_source, find_claims
from cnnspec.diagnostics import Source, SpecError
from cnnspec.layers.registry import LONG_NAMES
from cnnspec.resolve.resolve import resolve_source
from cnnspec.syntax.formatter import format_source
from support.markdown import ROOT
from support.programs import draw_program
from support.random_files import RandomFiles
from support.scrambler import Scrambler

#: The largest files take seconds; others of their families stand for them.
LARGE = ("efficientnet", "densenet", "resnet", "convnext", "inception_v3", "mobilenet_v3")
SPECS = sorted(path for path in (ROOT / "specs").rglob("*.cnn") if path.stem not in LARGE or path.parent.stem == "std")


def annotated(text: str, path: str = "net.cnn") -> str:
    return annotate_source(Source(path, text))


def verify(text: str, path: str = "net.cnn") -> int:
    """Annotate a text; how many claims were added."""
    after = annotated(text, path)
    found, before = (resolve_source(Source(path, t)) for t in (after, text))
    assert [model.network for model in found.models] == [model.network for model in before.models]
    assert [diagnostic.message for diagnostic in found.diagnostics] == [diagnostic.message for diagnostic in before.diagnostics]
    assert all(claim.holds for model in found.models for claim in model.shape_claims)
    assert format_source(Source(path, after), LONG_NAMES) == after
    assert annotated(after, path) == after
    left = find_claims(Source(path, after))
    assert all("{" in line_of(after, start) for start, _ in left), "a statement on a line of its own has its shape"
    return after.count("::") - text.count("::")


def line_of(text: str, at: int) -> str:
    return text[text.rfind("\n", 0, at) + 1 : text.find("\n", at)]


@pytest.mark.parametrize("spec", SPECS, ids=lambda path: path.stem)
def test_specs(spec: Path) -> None:
    text = spec.read_text(encoding="utf-8")
    assert verify(text, str(spec)) > 0 or "model " not in text or "::" in text


def test_random_files() -> None:
    added = 0
    for seed in range(40):
        file = RandomFiles(Random(seed)).draw()
        added += verify(file.text)
        verify(file.open_text)
    assert added > 100


def test_random_programs_in_any_layout() -> None:
    for seed in range(25):
        verify(Scrambler(Random(seed)).scramble(draw_program(Random(seed)).text))


def test_what_is_written() -> None:
    text = """
        block Part(n) {
          Conv2D(n, 3x3)  # of n filters
          ReLU
        }

        block Halve(n) {
          MaxPool2D -> Conv2D(n, 1x1)
        }

        block Unused {
          ReLU
        }

        block Any {
          Flatten -> Dense(4)
        }

        model Net(classes = 10) {
          input 32x32x3
          stem = Part(4)
          repeat 2 {
            Halve(8)
            ReLU
          }
          Add {
            | Conv2D(8, 1x1) -> ReLU -> BatchNorm
            | Conv2D(8, 1x1)
          }
          Multiply { | | GlobalAvgPool2D -> Dense(8) }
          GlobalAvgPool2D :: ?
          if classes > 0 { Dense(classes) }
        }

        model Other {
          input ?x?x1
          a = Part(4)
          Halve(8)
          a -> Crop2D(1)
        }
    """
    assert annotated(dedent(text)) == dedent("""\
        block Part(n) {
          Conv2D(n, 3x3)  :: ?x?x4  # of n filters
          ReLU            :: ?x?x4
        }

        block Halve(n) {
          MaxPool2D -> Conv2D(n, 1x1)  :: ?x?x8
        }

        block Unused {
          ReLU
        }

        block Any {
          Flatten -> Dense(4)
        }

        model Net(classes = 10) {
          input 32x32x3
          stem = Part(4)  :: 30x30x4
          repeat 2 {
            Halve(8)  :: ?x?x8
            ReLU      :: ?x?x8
          }
          Add {
            | Conv2D(8, 1x1) -> ReLU -> BatchNorm  :: 7x7x8
            | Conv2D(8, 1x1)                       :: 7x7x8
          }                                             :: 7x7x8
          Multiply { | | GlobalAvgPool2D -> Dense(8) }  :: 7x7x8
          GlobalAvgPool2D                               :: ?
          if classes > 0 { Dense(classes) }
        }

        model Other {
          input ?x?x1
          a = Part(4)     :: ?x?x4
          Halve(8)        :: ?x?x8
          a -> Crop2D(1)  :: ?x?x4
        }
    """)


def test_a_claim_that_is_false_stays() -> None:
    text = "model Net {\n  input 8x8x1\n  Conv2D(2, 3x3)  :: 8x8x2\n  ReLU\n}\n"
    assert annotated(text) == text.replace("  ReLU\n", "  ReLU            :: 6x6x2\n")


def test_behind_an_error_nothing_is_known() -> None:
    text = "model Net {\n  input 8x8x1\n  Conv2D(2, 3x3)\n  Conv2D(2, 9x9)\n  ReLU\n}\n"
    assert annotated(text) == text.replace("3x3)\n", "3x3)  :: 6x6x2\n")
    with pytest.raises(SpecError):
        annotated("model Net {\n  input 8x8x1\n  Conv2D(2, 3x3\n}\n")


def test_uses_of_other_ranks_have_nothing_in_common() -> None:
    text = "block Same {\n  ReLU\n}\n\nmodel Net {\n  input 8x8x1\n  Same\n  Flatten\n  Same\n}\n"
    assert annotated(text) == text.replace(
        "  Same\n  Flatten\n  Same\n", "  Same     :: 8x8x1\n  Flatten  :: 64\n  Same     :: 64\n"
    )
