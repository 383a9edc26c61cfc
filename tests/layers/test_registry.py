"""Names of layers: complete, lazy, and helpful when wrong."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from importlib.metadata import EntryPoint

import pytest

import cnnspec
from cnnspec import resources
from cnnspec.layers import registry
from cnnspec.layers.base import Layer
from cnnspec.layers.registry import (
    APART,
    FAMILIES,
    LONG_NAMES,
    UnknownLayer,
    all_kinds,
    known_name,
    layer_class,
    page_of,
    short_name,
    snake_name,
    suggest,
)


def concrete(cls):
    found = {cls} if cls.kind else set()
    for child in cls.__subclasses__():
        found |= concrete(child)
    return {c for c in found if c.__module__.startswith("cnnspec.")}


def test_every_class_is_listed_and_every_listed_class_exists():
    for module in (*FAMILIES, *APART):
        import_module(f"cnnspec.layers.{module}")
    assert {cls.kind for cls in concrete(Layer)} - {"Unresolved"} == {*all_kinds(), "Input"}
    for kind in all_kinds():
        cls = layer_class(kind)
        assert cls.kind == cls.__name__ == kind
        assert cls.__doc__
        assert cls.__doc__ != Layer.__doc__


def test_every_argument_is_described():
    for kind in all_kinds():
        for name, field in layer_class(kind).model_fields.items():
            assert field.description, (kind, name)


def test_long_names_lead_to_kinds():
    assert set(LONG_NAMES.values()) <= set(all_kinds())
    assert not set(LONG_NAMES) & set(all_kinds())


def test_long_names_are_accepted():
    assert layer_class("MaxPooling2D") is layer_class("MaxPool2D")
    assert short_name("BatchNormalization") == "BatchNorm"
    assert known_name("ZeroPadding3D")
    assert not known_name("Conv4D")


@pytest.mark.parametrize(
    ("wrong", "first"),
    [("nn.Conv2d", "Conv2D"), ("Linear", "Dense"), ("Conv2", "Conv2D"), ("maxpool2d", "MaxPool2D"), ("Denze", "Dense")],
)
def test_suggestions(wrong, first):
    assert suggest(wrong)[0] == first
    with pytest.raises(UnknownLayer) as caught:
        layer_class(wrong)
    assert caught.value.suggestions[0] == first


def test_automatic_names():
    expected = {
        "Conv2D": "conv2d", "MaxPool2D": "max_pool2d", "AvgPool2D": "avg_pool2d", "GlobalAvgPool2D": "global_avg_pool2d",
        "BatchNorm": "batch_norm", "ReLU": "relu", "LeakyReLU": "leaky_relu", "DepthwiseConv2D": "depthwise_conv2d",
        "Conv2DTranspose": "conv2d_transpose", "LRN": "lrn", "PReLU": "prelu", "Basic": "basic", "ConvBN": "conv_bn",
        "SEBlock": "se_block", "ELU": "elu", "SiLU": "silu", "SpatialDropout1D": "spatial_dropout1d", "HardSwish": "hard_swish",
    }  # fmt: skip
    assert {kind: snake_name(kind) for kind in expected} == expected
    assert len({snake_name(kind) for kind in all_kinds()}) == len(all_kinds())


def test_every_kind_has_a_page():
    for kind in all_kinds():
        page = resources.package_file("layers", "pages", f"{page_of(kind)}.md")
        assert page.is_file(), page
        assert kind in page.read_text(encoding="utf-8")


def test_no_page_without_a_kind():
    pages = {path.stem for path in resources.package_file("layers", "pages").glob("*.md")}
    assert pages == {page_of(kind) for kind in all_kinds()}


class Doubled(Layer):
    """A layer of another package."""

    kind = "Doubled"

    def facts(self, *inputs):
        raise NotImplementedError


def test_layers_of_other_packages(monkeypatch):
    entry = EntryPoint("Doubled", f"{__name__}:Doubled", registry.ENTRY_POINTS)
    wrong = EntryPoint("Wrong", "os:path", registry.ENTRY_POINTS)
    monkeypatch.setattr(registry, "_announced", lambda: {"Doubled": entry, "Wrong": wrong})
    layer_class.cache_clear()
    assert known_name("Doubled")
    assert layer_class("Doubled") is Doubled
    assert suggest("Doublet") == ("Doubled",)
    with pytest.raises(TypeError, match="not a class of layers"):
        layer_class("Wrong")
    layer_class.cache_clear()


def test_an_installed_package_breaks_no_file(monkeypatch):
    """A block may have the name of another package's layer, and is what the file means."""
    entry = EntryPoint("Doubled", f"{__name__}:Doubled", registry.ENTRY_POINTS)
    monkeypatch.setattr(registry, "_announced", lambda: {"Doubled": entry})
    report = cnnspec.load("block Doubled {\n  ReLU\n}\nmodel Net {\n  input 4x4x1\n  Doubled\n}\n").model()
    assert report.ok
    assert [row.kind for row in report.rows] == ["Input", "ReLU"]


def imported(code: str) -> set[str]:
    script = f"{code}\nimport sys; print('\\n'.join(sys.modules))"
    return set(subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split())


def test_a_family_is_imported_when_it_is_used():
    modules = imported("from cnnspec.layers.registry import layer_class; layer_class('Flatten')")
    assert "cnnspec.layers.reshape" in modules
    assert not modules & {"cnnspec.layers.conv", "cnnspec.layers.merging", "torch", "numpy", "importlib.metadata"}
