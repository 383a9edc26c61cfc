"""``cnnspec diff``: statuses, operands, and what goes where."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from cnnspec.api import read_operand
from support.command import BROKEN, SOUND, finish, run
from support.markdown import ROOT

OTHER = SOUND.replace("3x3", "5x5")


@pytest.fixture
def pair(tmp_path: Path) -> tuple[str, str]:
    """Two specs that differ in a kernel."""
    paths = tmp_path / "a.cnn", tmp_path / "b.cnn"
    for path, text in zip(paths, (SOUND, OTHER), strict=True):
        path.write_text(text, encoding="utf-8")
    return str(paths[0]), str(paths[1])


def test_a_difference_is_status_1(pair):
    done = run("diff", *pair)
    assert done.status == 1
    assert "kernel_size 3×3 → 5×5" in done.out
    assert done.err == ""


def test_no_difference_is_status_0(pair):
    assert run("diff", pair[0], pair[0]).status == 0
    formatted = Path(pair[0]).with_name("c.cnn")
    formatted.write_text(
        "# the same\nmodel Tiny{\ninput 8x8x1\nfirst=Conv2D( 2,[3,3] )\nFlatten->Dense(10,activation=softmax)}\n"
    )
    done = run("diff", pair[0], str(formatted))
    assert done.status == 0
    assert done.out.endswith("same architecture, other names\nOther names: conv2d_1 → first.\n")


def test_quiet_says_it_by_the_status_alone(pair):
    done = run("diff", "-q", *pair)
    assert (done.status, done.out, done.err) == (1, "", "")


def test_json(pair):
    done = run("diff", *pair, "--format", "json")
    data = json.loads(done.out)
    assert done.status == 1
    assert (data["schema"], data["same"]) == (1, False)
    # A kernel of 5×5 has 16 weights more for each of 2 filters; its map of 4×4 has 20 values less, of 2 channels each.
    assert data["models"][0]["totals"]["params"]["difference"] == 2 * 16 - 2 * 20 * 10
    assert json.loads(run("diff", pair[0], pair[0], "--format", "json").out)["same"] is True


def test_models_of_files(tmp_path):
    path = tmp_path / "two.cnn"
    path.write_text(SOUND + OTHER.replace("model M", "model N"), encoding="utf-8")
    done = run("diff", f"{path}:M", f"{path}:N")
    assert done.status == 1
    assert done.out.startswith(f"M → N ({path})\n")
    assert run("diff", f"{path}:N", f"{path}:N").status == 0
    assert run("diff", str(path), str(path), "--model", "N").out.count("same architecture") == 1
    assert run("diff", str(path), str(path)).out.count("same architecture") == 2
    assert run("diff", str(path), f"{path}:N").out.startswith("M → N"), "the first of the other file"


def test_a_name_that_is_not_there(pair):
    done = run("diff", f"{pair[0]}:Mm", pair[1])
    assert done.status == 2
    assert "there is no model Mm" in done.err
    assert run("diff", *pair, "--model", "X").status == 2


def test_a_model_is_named_once(pair):
    done = run("diff", f"{pair[0]}:M", pair[1], "--model", "M")
    assert done.status == 2
    assert "leave out --model" in done.err


def test_usage(pair):
    assert run("diff", pair[0]).status == 2
    done = run("diff", "-", "-")
    assert done.status == 2
    assert "only one of the two can be standard input" in done.err


def test_standard_input(pair):
    assert run("diff", "-", pair[1], given=SOUND).status == 1
    assert run("diff", pair[0], "-", given=SOUND).status == 0
    assert run("diff", "--", "-:M", pair[0], given=SOUND).status == 0


def test_settings_are_those_of_both(tmp_path):
    path, other = tmp_path / "a.cnn", tmp_path / "b.cnn"
    text = "model M(width = {}) {{\n  input 8x8x1\n  Conv2D(width, 3x3)\n}}\n"
    path.write_text(text.format(2), encoding="utf-8")
    other.write_text(text.format(4), encoding="utf-8")
    assert run("diff", str(path), str(other)).status == 1
    assert run("diff", str(path), str(other), "--set", "width=3").status == 0


def test_sizes_are_those_of_both(tmp_path):
    path = tmp_path / "a.cnn"
    path.write_text("model M {\n  input ?x?x1\n  Conv2D(2, 3x3)\n}\n", encoding="utf-8")
    other = tmp_path / "b.cnn"
    other.write_text("model M {\n  input ?x?x1\n  Conv2D(2, 3x3)\n  ReLU\n}\n", encoding="utf-8")
    assert "9x9" not in run("diff", str(path), str(other)).out
    assert json.loads(run("diff", str(path), str(other), "--input", "10x10", "--format", "json").out)["models"][0]["totals"][
        "activation_elements"
    ] == {"before": 128, "after": 256, "difference": 128}


def test_what_cannot_be_compared_is_said_once(tmp_path, pair):
    broken = tmp_path / "broken.cnn"
    broken.write_text(BROKEN, encoding="utf-8")
    done = run("diff", pair[0], str(broken))
    assert (done.status, done.out) == (1, "")
    assert done.err.count("error[kernel-exceeds-input]") == 1
    assert run("diff", str(broken), str(broken)).err.count("error[") == 1
    missing = run("diff", pair[0], str(tmp_path / "none.cnn"))
    assert missing.status == 1
    assert "file-not-found" in missing.err


def test_a_file_without_models(tmp_path, pair):
    blocks = tmp_path / "blocks.cnn"
    blocks.write_text("block B { Flatten }\n", encoding="utf-8")
    done = run("diff", str(blocks), pair[0])
    assert done.status == 1
    assert "no-model" in done.err


def test_a_false_claim_does_not_hinder(tmp_path, pair):
    claimed = tmp_path / "claimed.cnn"
    claimed.write_text(SOUND.replace("}\n", "  expect params == 3\n}\n"), encoding="utf-8")
    done = run("diff", pair[0], str(claimed))
    assert done.status == 1
    assert "same architecture, other claims" in done.out
    assert "is false: 750" in done.out
    assert run("diff", str(claimed), str(claimed)).status == 0


@pytest.mark.parametrize(
    ("text", "path", "name"),
    [
        ("a.cnn", "a.cnn", None),
        ("a.cnn:M", "a.cnn", "M"),
        ("C:\\specs\\a.cnn", "C:\\specs\\a.cnn", None),
        ("C:a", "C:a", None),
        ("C:\\specs\\a.cnn:M", "C:\\specs\\a.cnn", "M"),
        ("-:M", "-", "M"),
        ("-", "-", None),
        ("dir:x/a.cnn", "dir:x/a.cnn", None),
        ("a.cnn:", "a.cnn:", None),
    ],
)
def test_operands(text, path, name):
    assert read_operand(text) == (path, name)


def test_a_path_that_exists_is_one(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("odd:M").write_text(SOUND, encoding="utf-8")
    assert read_operand("odd:M") == ("odd:M", None)


def test_the_same_whatever_the_seed_of_hashes():
    """What sets and dictionaries are ordered by differs from run to run; the comparison must not."""
    arguments = ["diff", "specs/resnet18.cnn", "specs/unet.cnn", "--format", "json"]
    found = {finish(arguments, cwd=ROOT, PYTHONHASHSEED=seed).out for seed in ("0", "1", "2")}
    assert len(found) == 1
    assert len(found.pop()) > 1000


def test_networkx_is_not_imported_for_a_check_or_a_common_comparison():
    program = "import sys; from cnnspec.cli import main; main({!r}); print('networkx' in sys.modules, file=sys.stderr)"
    for arguments in (["check", "specs/lenet5.cnn"], ["diff", "specs/lenet5.cnn", "specs/lenet5_1998.cnn"]):
        command = [sys.executable, "-c", program.format(arguments)]
        done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=True)
        assert done.stderr.strip().endswith("False")
