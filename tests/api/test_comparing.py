"""``cnnspec.diff`` from Python."""

from __future__ import annotations

import pytest

import cnnspec
from cnnspec.api import UnknownNameError
from cnnspec.diagnostics import SpecError

TEXT = "model A {\n  input 8x8x1\n  Conv2D(2, 3x3)\n}\nmodel B(width = 4) {\n  input 8x8x1\n  Conv2D(width, 3x3)\n}\n"


def test_texts_paths_and_specs(tmp_path):
    path = tmp_path / "a.cnn"
    path.write_text(TEXT, encoding="utf-8")
    spec = cnnspec.load(TEXT)
    for other in (TEXT, path, str(path), spec):
        assert cnnspec.diff(spec, other).same


def test_models():
    found = cnnspec.diff(TEXT, TEXT, model=("A", "B"))
    assert found.models[0].totals.params.difference == 20
    assert cnnspec.diff(TEXT, TEXT, model="B").same
    assert len(cnnspec.diff(TEXT, TEXT).models) == 2
    with pytest.raises(UnknownNameError):
        cnnspec.diff(TEXT, TEXT, model=("A", "C"))
    with pytest.raises(ValueError, match="one of each, not 3"):
        cnnspec.diff(TEXT, TEXT, model=("A", "B", "A"))


def test_settings_hold_for_specs_too():
    spec = cnnspec.load(TEXT)
    assert cnnspec.diff(spec, spec, model=("A", "B"), settings={"width": 2}).models[0].same_architecture


def test_sizes():
    text = "model A {\n  input ?x?x1\n  Conv2D(2, 3x3)\n}\n"
    found = cnnspec.diff(text, cnnspec.load(text), input="9x9")
    assert found.models[0].totals.macs.after == 49 * 18
    assert cnnspec.diff(text, text, input=(9, 9)).models[0].totals.macs.after == 49 * 18


def test_what_is_unknown_is_not_compared():
    with pytest.raises(SpecError) as caught:
        cnnspec.diff(TEXT, TEXT.replace("3x3", "30x30", 1))
    assert [d.code for d in caught.value.diagnostics] == ["kernel-exceeds-input"]
    assert cnnspec.diff(TEXT, TEXT.replace("3x3", "30x30", 1), model="B").same, "the other model is whole"
