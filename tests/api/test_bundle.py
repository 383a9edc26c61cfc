from __future__ import annotations

from pathlib import Path

import pytest

import cnnspec
from cnnspec.api.bundle import bundle
from support.markdown import ROOT


def networks(text: str) -> list[object]:
    spec = cnnspec.load(text)
    assert spec.check().ok, spec.check().diagnostics
    return [model.network for model in spec.resolution.models]


def test_a_file_that_uses_nothing_stays_as_it_is() -> None:
    spec = cnnspec.load(ROOT / "specs" / "lenet5.cnn")
    assert bundle(spec.resolution) == spec.text


def test_the_library_is_brought_in() -> None:
    spec = cnnspec.load(ROOT / "specs" / "resnet18.cnn")
    text = bundle(spec.resolution)
    assert "\nuse " not in text
    assert "# --- from std/resnet.cnn" in text
    assert networks(text) == [model.network for model in spec.resolution.models]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "blocks").mkdir()
    (tmp_path / "blocks" / "inner.cnn").write_text("let k = 3\nblock Inner(n) {\n  Conv2D(n, k)\n}\n")
    (tmp_path / "blocks" / "outer.cnn").write_text('use "inner.cnn"\nblock Outer(n) {\n  Inner(n) -> ReLU  # twice\n}\n')
    return tmp_path


def test_files_that_use_files(folder: Path) -> None:
    path = folder / "m.cnn"
    path.write_text('use "blocks/outer.cnn"\nuse "blocks/inner.cnn"\n\nmodel M {\n  input 9x9x1\n  Outer(4) -> Inner(2)\n}\n')
    spec = cnnspec.load(path)
    assert spec.check().ok, spec.check().diagnostics
    text = bundle(spec.resolution)
    assert text.count("block Inner") == 1
    assert networks(text) == [model.network for model in spec.resolution.models]


def test_what_cannot_be_one_file_stays_as_it_is(folder: Path) -> None:
    path = folder / "m.cnn"
    path.write_text('use "blocks/inner.cnn" as i\n\nmodel M {\n  input 9x9x1\n  i.Inner(2)\n}\n')
    spec = cnnspec.load(path)
    assert spec.check().ok, spec.check().diagnostics
    assert bundle(spec.resolution) == spec.text


def test_a_clash_of_names_stays_as_it_is(folder: Path) -> None:
    path = folder / "m.cnn"
    path.write_text('use "blocks/outer.cnn"\nlet k = 1\nmodel M {\n  input 9x9x1\n  Outer(4) -> Conv2D(2, k)\n}\n')
    spec = cnnspec.load(path)
    assert spec.check().ok, spec.check().diagnostics
    assert bundle(spec.resolution) == spec.text
