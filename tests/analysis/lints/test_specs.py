"""No published network is warned of, but for what it has and a comment allows."""

import re
from pathlib import Path

import pytest

from cnnspec.analysis.check import check_source
from cnnspec.diagnostics import Severity, Source
from support.markdown import ROOT

FILES = sorted([*(ROOT / "specs").rglob("*.cnn"), *(ROOT / "examples").glob("*.cnn")])
#: What these networks have, each allowed where it is and nowhere else.
ALLOWED = {
    "attention_resnet": ["stride-exceeds-kernel"],
    "mnist_examples": ["activation-late"],
    "mnist_micro": ["learning-rate-unusual"],
    "mnist_tiny": ["learning-rate-unusual"],
    "resnet": ["bias-before-norm", "stride-exceeds-kernel"],
    "resnet_v2": ["stride-exceeds-kernel"],
    "unet_2015": ["bias-before-norm", "branches-misaligned", "branches-misaligned", "even-kernel-same"],
    "unet_3d": ["bias-before-norm"],
    "xception": ["branches-misaligned"],
}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_no_false_alarm(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    found = check_source(Source(str(path), text)).report.diagnostics
    assert [(d.code, d.span.line) for d in found if d.severity is not Severity.INFO] == []
    allowed = [code for codes in re.findall(r"# cnnspec: allow ([\w, -]+)", text) for code in codes.split(", ")]
    assert sorted(code.strip() for code in allowed) == ALLOWED.get(path.stem if path.parent.name != "std" else "", [])


def test_the_files_are_there() -> None:
    assert len(FILES) > 50
    assert {path.stem for path in FILES} > set(ALLOWED)


def test_a_bias_that_was_forgotten_would_be_seen() -> None:
    path = ROOT / "specs" / "densenet.cnn"
    text = path.read_text(encoding="utf-8").replace("use_bias=false", "use_bias=true", 1)
    found = check_source(Source(str(path), text)).report.diagnostics
    assert "bias-before-norm" in {d.code for d in found if d.severity is not Severity.INFO}
