"""``cnnspec check --claims-only`` and ``--suggest-claims``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from support.command import run

TRUE = "model A {\n  input 8x8x1\n  Conv2D(2, 3x3)  :: 6x6x2\n  expect params == 20\n}\n"
FALSE = "model B {\n  input 8x8x1\n  Conv2D(2, 3x3)  :: 8x8x2\n  expect params == 21\n  expect macs > 3\n}\n"
BROKEN = "model C {\n  input 8x8x1\n  Conv2D(2, 9x9)\n  expect params == 20\n}\n"
BARE = "model D {\n  input 8x8x1\n  Conv2D(2, 3x3)\n}\n"
RECIPE = """train A {
  data      = mnist
  loss      = mse
  optimizer = SGD
  epochs    = 1
  expect loss < 1
}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name, text in (("true", TRUE), ("false", FALSE), ("broken", BROKEN), ("bare", BARE)):
        Path(f"{name}.cnn").write_text(text)
    return tmp_path


class TestClaimsOnly:
    def test_all_hold(self, folder: Path) -> None:
        done = run("check", "--claims-only", "true.cnn")
        assert (done.status, done.err) == (0, "")
        assert done.out == "A (true.cnn)\n  ✓ :: 6x6x2      is 6×6×2\n  ✓ params == 20  is 20\n\n2 claims: 2 hold\n"

    def test_false_ones_are_placed(self, folder: Path) -> None:
        done = run("check", "--claims-only", "false.cnn")
        assert done.status == 1
        assert "✗ :: 8x8x2      is 6×6×2 (line 3)" in done.out
        assert "✗ params == 21  is 20 (line 4)" in done.out
        assert done.out.endswith("\n3 claims: 1 holds, 2 are false\n")

    def test_quiet_leaves_the_false_ones(self, folder: Path) -> None:
        assert "macs" not in run("check", "-q", "--claims-only", "false.cnn").out
        assert run("check", "-q", "--claims-only", "true.cnn").out == "2 claims: 2 hold\n"

    def test_other_errors_are_counted(self, folder: Path) -> None:
        done = run("check", "--claims-only", "broken.cnn", "true.cnn")
        assert done.status == 1
        assert "broken.cnn has another error: cnnspec check broken.cnn shows it" in done.out
        assert "– params == 20  not checked: an error above leaves it unknown" in done.out
        assert run("check", "--claims-only", "nowhere.cnn").status == 1

    def test_recipes(self, folder: Path) -> None:
        Path("recipe.cnn").write_text(TRUE + RECIPE)
        out = run("check", "--claims-only", "recipe.cnn").out
        assert "recipe A (recipe.cnn)\n  – loss < 1  not checked: known after training" in out

    def test_nothing_is_claimed(self, folder: Path) -> None:
        done = run("check", "--claims-only", "bare.cnn")
        assert (done.status, done.out) == (0, "no claims\n")

    def test_json(self, folder: Path) -> None:
        done = run("check", "--claims-only", "--format", "json", "false.cnn", "true.cnn")
        data = json.loads(done.out)
        assert (done.status, data["ok"], [file["ok"] for file in data["files"]]) == (1, False, [False, True])
        (model,) = data["files"][0]["models"]
        assert set(model) == {"name", "ok", "claims", "shape_claims"}
        assert [(claim["holds"], claim["actual"]) for claim in model["claims"]] == [(False, 20), (True, 648)]

    def test_one_model(self, folder: Path) -> None:
        assert run("check", "--claims-only", "--model", "A", "true.cnn", "false.cnn").out.startswith("A (true.cnn)")


class TestSuggest:
    def test_text_to_paste(self, folder: Path) -> None:
        done = run("check", "--suggest-claims", "bare.cnn")
        assert (done.status, done.err) == (0, "")
        title, *claims = done.out.splitlines()
        assert title == "# D (bare.cnn)"
        assert "  expect params == 20" in claims
        Path("bare.cnn").write_text(BARE.removesuffix("}\n") + done.out + "}\n")
        assert run("check", "bare.cnn").status == 0
        assert run("check", "--suggest-claims", "bare.cnn").out == "# D (bare.cnn): nothing to add\n"

    def test_of_a_file_with_errors(self, folder: Path) -> None:
        done = run("check", "--suggest-claims", "broken.cnn")
        assert (done.status, done.out) == (1, "")
        assert "kernel-exceeds-input" in done.err
        assert run("check", "--suggest-claims", "nowhere.cnn").status == 1

    def test_json(self, folder: Path) -> None:
        data = json.loads(run("check", "--suggest-claims", "--format", "json", "bare.cnn").out)
        assert data["files"][0]["models"][0]["name"] == "D"
        assert "params == 20" in data["files"][0]["models"][0]["claims"]

    def test_one_model(self, folder: Path) -> None:
        Path("two.cnn").write_text(BARE + TRUE)
        assert "# A" not in run("check", "--suggest-claims", "--model", "D", "two.cnn").out
        assert run("check", "--suggest-claims", "--model", "Nowhere", "two.cnn").status == 2


@pytest.mark.parametrize(
    "options",
    [
        ("--claims-only", "--suggest-claims"),
        ("--claims-only", "--fix"),
        ("--suggest-claims", "--watch"),
        ("--suggest-claims", "--set", "n=3"),
        ("--suggest-claims", "--input", "8x8"),
        ("--claims-only", "--format", "sarif"),
    ],
)
def test_what_does_not_go_together(folder: Path, options: tuple[str, ...]) -> None:
    assert run("check", *options, "true.cnn").status == 2
