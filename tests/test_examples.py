"""Every example runs, and every example spec is sound."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import cnnspec
import cnnspec.api
from cnnspec.diagnostics import Source

ROOT = Path(__file__).resolve().parents[1]
SCRIPTS = sorted((ROOT / "examples").glob("*.py"))
SPECS = sorted([*(ROOT / "examples").glob("*.cnn"), *(ROOT / "examples" / "lecture").glob("*.cnn")])
NEEDS_TORCH = {"apply_filters", "convolve_by_hand", "own_loop"}


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_a_script_runs(script: Path):
    if script.stem in NEEDS_TORCH:
        pytest.importorskip("torch")
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "error"}
    run = subprocess.run([sys.executable, str(script)], cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert run.stdout.strip()


@pytest.mark.parametrize("spec", SPECS, ids=lambda path: path.stem)
def test_a_spec_is_sound(spec: Path):
    report = cnnspec.check(spec)
    assert report.ok, report.diagnostics
    assert report.files[0].models


def test_the_list_names_every_example():
    text = (ROOT / "examples" / "README.md").read_text(encoding="utf-8")
    lecture = ROOT / "examples" / "lecture"
    named = [path.name if path.parent != lecture else lecture.name for path in (*SCRIPTS, *SPECS)]
    assert [name for name in named if f"({name})" not in text] == []
    assert len(SCRIPTS) >= 6


CANONICAL = sorted([*(ROOT / "specs").rglob("*.cnn"), *(ROOT / "examples").rglob("*.cnn")])


@pytest.mark.parametrize("spec", CANONICAL, ids=lambda path: path.stem)
def test_a_spec_is_in_canonical_form(spec: Path):
    text = spec.read_text(encoding="utf-8")
    assert cnnspec.api.format_text(Source(str(spec), text)) == text
