"""The example package, from the shell and from Python, as if it were installed; ``.ci/run`` installs it in earnest."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import pytest

from cnnspec.layers.base import Facts
from cnnspec.record import replace
from support.command import finish, run
from support.packages import BLUR_POOL, search_path, visible

SPEC = str(BLUR_POOL / "blurred_cnn.cnn")


@pytest.fixture
def installed(tmp_path: Path) -> Iterator[None]:
    with visible(BLUR_POOL, tmp_path):
        yield


def test_in_a_process_of_its_own(tmp_path: Path) -> None:
    path = os.pathsep.join([*search_path(BLUR_POOL, tmp_path), str(BLUR_POOL.parents[1])])
    done = finish(["check", SPEC], PYTHONPATH=path)
    assert done.status == 0, done.out + done.err
    assert "blur_pool2d_1" in done.out
    assert "✓ receptive_field(last) == 24x24" in done.out


def test_checking_imports_no_torch(tmp_path: Path) -> None:
    path = os.pathsep.join([*search_path(BLUR_POOL, tmp_path), str(BLUR_POOL.parents[1])])
    script = f"import sys, cnnspec; assert cnnspec.check({SPEC!r}).ok; print(*sys.modules)"
    environment = {**os.environ, "PYTHONPATH": path}
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True)
    modules = set(done.stdout.split())
    assert "cnnspec_blur_pool.layer" in modules
    assert not modules & {"torch", "numpy", "networkx"}


def test_without_the_package_the_file_says_what_is_missing() -> None:
    done = run("check", SPEC)
    assert done.status == 1
    assert "BlurPool2D" in done.out
    assert "unknown-layer" in done.out


def test_what_the_walk_shows_is_in_the_package() -> None:
    walk = (BLUR_POOL.parents[1] / "docs" / "third_party_layers.md").read_text(encoding="utf-8")
    files = [path.read_text(encoding="utf-8") for path in BLUR_POOL.rglob("*") if path.suffix in (".py", ".toml")]
    shown = re.findall(r"^```(?:python|toml)\n(.*?)^```", walk, re.DOTALL | re.MULTILINE)
    assert len(shown) >= 7
    assert [part for part in shown if not any(part in text for text in files)] == []


def test_the_walk_shows_what_the_kit_says_of_a_window_that_is_too_small(installed: None) -> None:
    pytest.importorskip("torch")
    from cnnspec.layers.registry import layer_class
    from cnnspec.testing import LayerCheckError, check_layer

    kind = layer_class("BlurPool2D")
    sound = kind.facts
    narrow = mock.patch.object(kind, "facts", lambda self, *inputs: _narrow(sound(self, *inputs)))
    with narrow, pytest.raises(LayerCheckError) as caught:
        check_layer(kind.bind((), {"padding": "valid"}), (8, 9, 3))
    walk = (BLUR_POOL.parents[1] / "docs" / "third_party_layers.md").read_text(encoding="utf-8")
    assert f"```text\n{caught.value}\n```" in walk


def _narrow(facts: Facts) -> Facts:
    """The same facts with windows of one position less; their paddings stay."""
    assert isinstance(facts.window, tuple)
    return replace(facts, window=tuple(replace(axis, kernel=2) for axis in facts.window))


@pytest.mark.usefixtures("installed")
class TestInstalled:
    def test_explain_shows_its_page_its_package_and_its_arguments(self) -> None:
        done = run("explain", "BlurPool2D")
        assert done.status == 0
        assert done.out.startswith("BlurPool2D\n\nBlurs each channel, then keeps every second position.")
        assert "Package\n\ncnnspec-blur-pool 0.1.0\n" in done.out
        assert "extent of the blur" in done.out

    def test_explain_derives_its_numbers(self) -> None:
        done = run("explain", SPEC, "blurred_max_pool_1/blur_pool2d_1")
        assert done.status == 0, done.err
        assert "⌊(25 + 2·1 − 3)/2⌋ + 1 = 13" in done.out
        assert "[1, 2, 1]/4" in done.out

    def test_layers_lists_it_under_its_package(self) -> None:
        assert "\ncnnspec-blur-pool 0.1.0\nBlurPool2D  " in run("layers").out
        rows = {row["kind"]: row for row in json.loads(run("layers", "--format", "json").out)}
        assert rows["BlurPool2D"]["package"] == "cnnspec-blur-pool 0.1.0"
        assert rows["BlurPool2D"]["family"] == "pooling"
        assert rows["Conv2D"]["package"] == "cnnspec"

    def test_its_spec_is_formatted(self) -> None:
        done = run("fmt", "--check", SPEC)
        assert done.status == 0, done.out + done.err

    def test_check_says_what_keras_lacks(self) -> None:
        assert "keras-incompatible" in run("check", "-v", SPEC).out

    def test_a_misspelt_name_leads_to_it(self) -> None:
        done = run("check", "-", given="model M {\n  input 8x8x3\n  BlurPol2D\n}\n")
        assert done.status == 1
        assert "BlurPool2D" in done.out

    def test_it_trains(self, tmp_path: Path) -> None:
        pytest.importorskip("torch")
        pytest.importorskip("sklearn")
        done = run("train", SPEC, "--threads", "1", "--out", str(tmp_path / "run"), "--format", "json")
        assert done.status == 0, done.err
        assert json.loads(done.out)["epochs"] == 1

    def test_its_own_tests_pass(self) -> None:
        pytest.importorskip("torch")
        code = pytest.main([str(BLUR_POOL / "tests"), "-q", "-c", str(BLUR_POOL / "pyproject.toml"), "-p", "no:cacheprovider"])
        assert code == 0


class TestBrokenPackages:
    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        """A package whose layer cannot be imported."""
        (tmp_path / "src").mkdir()
        (tmp_path / "src" / "cnnspec_broken.py").write_text("raise RuntimeError('out of order')\n", encoding="utf-8")
        (tmp_path / "pyproject.toml").write_text(
            '[project]\nname = "cnnspec-broken"\nversion = "1"\n'
            '[project.entry-points."cnnspec.layers"]\nBroken = "cnnspec_broken:Broken"\n',
            encoding="utf-8",
        )
        (tmp_path / "site").mkdir()
        return tmp_path

    def test_a_file_that_uses_it_names_the_package(self, folder: Path) -> None:
        with visible(folder, folder / "site"):
            done = run("check", "-", given="model M {\n  input 8x8x3\n  Broken\n}\n")
        assert done.status == 4
        assert "the layer Broken of the package cnnspec-broken 1 cannot be imported: RuntimeError: out of order" in done.err

    def test_other_files_and_the_list_are_whole(self, folder: Path) -> None:
        with visible(folder, folder / "site"):
            assert run("check", "-", given="model M {\n  input 8x8x3\n  Flatten\n}\n").status == 0
            done = run("layers")
            assert done.status == 0
            assert "cannot be imported" in " ".join(done.out.split())
            rows = {row["kind"]: row for row in json.loads(run("layers", "--format", "json").out)}
        assert rows["Broken"]["family"] is None
        assert "out of order" in rows["Broken"]["description"]
