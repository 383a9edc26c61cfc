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


def test_names_of_a_file_used_under_another_name(folder: Path) -> None:
    (folder / "blocks" / "far.cnn").write_text('use "inner.cnn" as n\nblock Far {\n  n.Inner(n.k)\n}\n')
    path = folder / "m.cnn"
    path.write_text(
        'use "blocks/inner.cnn" as i\nuse "blocks/far.cnn" as f  # i.Inner\n\n'
        "model M {\n  input 9x9x1\n  i.Inner(i.k) -> f.Far\n}\n"
        'train M {\n  data = npz("i.k")\n  loss = mean_squared_error\n  optimizer = SGD\n  epochs = i.k\n}\n'
    )
    spec = cnnspec.load(path)
    text = bundle(spec.resolution)
    assert "\nuse " not in f"\n{text}"
    assert "  Inner(k) -> Far\n" in text
    assert 'npz("i.k")' in text
    assert "epochs = k\n" in text
    again = cnnspec.load(text)
    assert again.check().ok, again.check().diagnostics
    assert again.resolved().network.nodes == spec.resolved().network.nodes


def test_a_clash_under_another_name_stays_as_it_is(folder: Path) -> None:
    path = folder / "m.cnn"
    path.write_text('use "blocks/inner.cnn" as i\nlet k = 1\n\nmodel M {\n  input 9x9x1\n  i.Inner(k)\n}\n')
    spec = cnnspec.load(path)
    assert spec.check().ok, spec.check().diagnostics
    assert bundle(spec.resolution) == spec.text


def test_a_clash_of_names_stays_as_it_is(folder: Path) -> None:
    path = folder / "m.cnn"
    path.write_text('use "blocks/outer.cnn"\nlet k = 1\nmodel M {\n  input 9x9x1\n  Outer(4) -> Conv2D(2, k)\n}\n')
    spec = cnnspec.load(path)
    assert spec.check().ok, spec.check().diagnostics
    assert bundle(spec.resolution) == spec.text
