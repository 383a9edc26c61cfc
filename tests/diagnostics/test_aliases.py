"""The table of other libraries' names: every entry leads somewhere, and every layer of Keras and Torch is accounted for."""

from __future__ import annotations

import inspect
import os
import re
from itertools import chain
from typing import Any

import pytest

from cnnspec.analysis.check import check_source
from cnnspec.diagnostics import Diagnostic, Severity, Source, apply_edits
from cnnspec.diagnostics.aliases import ABSENT, ARGUMENTS, KEYS, LAYERS, WORDS, argument_hint, is_superfluous, meant_argument
from cnnspec.layers.activations import ACTIVATIONS
from cnnspec.layers.registry import all_kinds, known_name, layer_class, own_name
from cnnspec.layers.weights import INITIALIZERS, REGULARIZERS
from cnnspec.recipe.augmentations import augmentations
from cnnspec.recipe.callback import PYTHON_CALLBACKS
from cnnspec.recipe.callbacks import callbacks
from cnnspec.recipe.data import data_sources
from cnnspec.recipe.losses import losses
from cnnspec.recipe.metrics import metrics
from cnnspec.recipe.optimizers import optimizers
from cnnspec.recipe.recipe import Recipe
from cnnspec.recipe.schedules import schedules
from cnnspec.schema.declaration import words_of

#: Every argument that a layer or something that a recipe names has.
CALLED = [*map(layer_class, all_kinds()), *optimizers().values(), *callbacks().values(), *losses().values()]
PARAMETERS = {name for declaration in CALLED for name in declaration.argument_names()}
TAKEN_WORDS = {
    *chain(
        ACTIVATIONS, INITIALIZERS, REGULARIZERS, losses(), optimizers(), metrics(), data_sources(), schedules(), augmentations()
    ),
    *chain.from_iterable(words_of(kind, name) for kind in map(layer_class, all_kinds()) for name in kind.argument_names()),
    *chain.from_iterable(words_of(Recipe, name) for name in Recipe.argument_names()),
    "val_accuracy",
}


def check(text: str) -> tuple[Diagnostic, ...]:
    found = check_source(Source("net.cnn", text)).report.diagnostics
    return tuple(item for item in found if item.severity is Severity.ERROR)


class TestTargets:
    @pytest.mark.parametrize("name", LAYERS)
    def test_a_layer(self, name: str) -> None:
        alias = LAYERS[name]
        for target in {alias.target, *alias.chosen_by[1].values()}:
            assert target in all_kinds()
        assert not known_name(name), "a name that is accepted needs no entry"
        assert name not in ABSENT
        assert not alias.complement or alias.complement in layer_class(alias.target).argument_names()

    def test_what_is_absent_is_not_there(self) -> None:
        assert not [name for name in ABSENT if known_name(name)]
        assert all(ABSENT.values())

    def test_arguments(self) -> None:
        for name, alias in ARGUMENTS.items():
            assert set(alias.targets) <= PARAMETERS, name
            assert alias.targets or alias.hint, name

    def test_keys(self) -> None:
        for name, alias in KEYS.items():
            assert name not in Recipe.model_fields
            assert set(alias.targets) <= set(Recipe.model_fields), name
            assert alias.targets or alias.hint, name

    def test_words(self) -> None:
        for word, targets in WORDS.items():
            assert word == word.lower()
            assert {target.partition("(")[0] for target in targets} <= TAKEN_WORDS, word


@pytest.mark.parametrize("name", LAYERS)
def test_the_suggestion_is_followed_by_a_network_that_knows_the_layer(name: str) -> None:
    """With the fix made, nothing is said of the name any more."""
    rank = next(iter(re.findall(r"([123])D", LAYERS[name].target)), "0")
    shape = {"0": "64", "1": "16x4", "2": "16x16x4", "3": "8x8x8x4"}[rank]
    text = f"model N {{\n  input {shape}\n  {name}\n}}\n"
    found = [item for item in check(text) if item.code == "unknown-layer"]
    assert len(found) == 1
    assert found[0].fix
    assert not [item for item in check(apply_edits(text, found[0].fix)) if item.code in ("unknown-layer", "unknown-name")]


class TestWholeCalls:
    """A call as another library writes it becomes sound by one repair."""

    @pytest.mark.parametrize(
        ("shape", "wrong", "right"),
        [
            ("28x28x1", "nn.Conv2d(1, 32, 3)", "Conv2D(32, 3)"),
            (
                "28x28x1",
                "nn.Conv2d(1, 32, 3, stride=2, padding=1, bias=false)",
                "Conv2D(32, 3, strides=2, padding=1, use_bias=false)",
            ),
            ("28x28x1", "nn.Conv2d(in_channels=1, out_channels=32, kernel_size=3)", "Conv2D(filters=32, kernel_size=3)"),
            (
                "28x28x4",
                "nn.Conv2d(in_channels=4, out_channels=4, groups=2, kernel_size=3, device=cpu)",
                "Conv2D(filters=4, groups=2, kernel_size=3)",
            ),
            ("28x28x1", "nn.MaxPool2d(kernel_size=2, stride=2)", "MaxPool2D(pool_size=2, strides=2)"),
            ("28x28x4", "nn.BatchNorm2d(4)", "BatchNorm"),
            ("28x28x4", "nn.BatchNorm2d(4, eps=1e-3, momentum=0.1)", "BatchNorm(epsilon=1e-3, momentum=0.9)"),
            ("28x28x4", "nn.BatchNorm2d(num_features=4, momentum=0.01)", "BatchNorm(momentum=0.99)"),
            ("784", "nn.Linear(784, 10)", "Dense(10)"),
            ("784", "nn.Linear(in_features=784, out_features=10, bias=false)", "Dense(units=10, use_bias=false)"),
            ("784", "ReLU6", "ReLU(max_value=6)"),
            ("784", "ReLU6()", "ReLU(max_value=6)"),
            ("784", "nn.LogSoftmax(dim=1)", "Activation(log_softmax)"),
            ("16x16x4", "nn.Upsample(scale_factor=2, mode=bilinear)", "UpSampling2D(size=2, interpolation=bilinear)"),
            ("16x16x4", "nn.UpsamplingBilinear2d(scale_factor=2)", "UpSampling2D(interpolation=bilinear, size=2)"),
            (
                "28x28x1",
                "Convolution(num_output=20, kernel_size=5, stride=1, pad=2)",
                "Conv2D(filters=20, kernel_size=5, strides=1, padding=2)",
            ),
            ("784", "InnerProduct(num_output=10)", "Dense(units=10)"),
            ("28x28x1", "Pooling(pool=MAX, kernel_size=2, stride=2)", "MaxPool2D(pool_size=2, strides=2)"),
            ("28x28x1", "Pooling(pool=AVE, kernel_size=2, stride=2)", "AvgPool2D(pool_size=2, strides=2)"),
            ("28x28x1", "tf.layers.conv2d(32, 5, padding=same)", "Conv2D(32, 5, padding=same)"),
            (
                "28x28x1",
                "Deconvolution(num_output=4, kernel_size=4, stride=2)",
                "Conv2DTranspose(filters=4, kernel_size=4, strides=2)",
            ),
        ],
    )
    def test_repair(self, shape: str, wrong: str, right: str) -> None:
        text = f"model N {{\n  input {shape}\n  {wrong}\n}}\n"
        (found,) = check(text)
        repaired = apply_edits(text, found.fix)
        assert repaired == text.replace(wrong, right) or repaired == text.replace(wrong, f"{right}()")
        assert check(repaired) == ()
        assert right.split("(")[0] in (found.help or "")


class TestArguments:
    def test_the_first_target_there_is_is_meant(self) -> None:
        assert meant_argument("num_output", ["filters", "kernel_size"]) == "filters"
        assert meant_argument("num_output", ["units"]) == "units"
        assert meant_argument("kernel_size", ["pool_size", "strides"]) == "pool_size"

    def test_where_the_value_changes_the_name_alone_is_not_suggested(self) -> None:
        assert "1 − keep_prob" in argument_hint("keep_prob", ["rate"])
        assert argument_hint("keep_prob", ["units"]) == ""
        assert meant_argument("keep_prob", ["rate"]) == "rate"

    def test_what_follows_from_elsewhere(self) -> None:
        assert is_superfluous("in_channels")
        assert not is_superfluous("stride")


def keras_layers() -> list[str]:
    os.environ.setdefault("KERAS_BACKEND", "torch")
    keras: Any = pytest.importorskip("keras", reason="Keras is not installed")
    return [n for n, cls in vars(keras.layers).items() if inspect.isclass(cls) and issubclass(cls, keras.layers.Layer)]


def torch_layers() -> list[str]:
    nn: Any = pytest.importorskip("torch", reason="Torch is not installed").nn
    return [n for n, cls in vars(nn).items() if inspect.isclass(cls) and issubclass(cls, nn.Module)]


def is_accounted_for(name: str) -> bool:
    return own_name(name) or name in LAYERS or name in ABSENT or name == "InputLayer"


def test_every_layer_of_keras_is_accepted_or_in_the_table() -> None:
    assert [name for name in keras_layers() if not is_accounted_for(name)] == []


def test_every_layer_of_torch_is_in_the_table() -> None:
    assert [name for name in torch_layers() if not is_accounted_for(name)] == []


def test_every_argument_of_a_keras_layer_is_accepted_or_in_the_table() -> None:
    keras: Any = pytest.importorskip("keras", reason="Keras is not installed")
    of_python = {"self", "args", "kwargs", "name", "dtype", "trainable", "activity_regularizer"}
    unknown: dict[str, set[str]] = {}
    for name in filter(own_name, keras_layers()):
        kind = layer_class(name)
        known = {*kind.argument_names(), *kind.aliases, *of_python, *ARGUMENTS}
        if left := {*inspect.signature(getattr(keras.layers, name).__init__).parameters} - known:
            unknown[name] = left
    # Adapters and quantisation change how a layer is trained and stored, not what it computes.
    assert unknown == {"Dense": {"lora_rank", "lora_alpha", "quantization_config"}}


def test_every_optimizer_and_callback_of_keras_is_known() -> None:
    keras: Any = pytest.importorskip("keras", reason="Keras is not installed")
    bases = {"Optimizer", "Callback", "CallbackList", "History"}
    for family, known in (
        (keras.optimizers, {*optimizers()}),
        (keras.callbacks, {*callbacks(), *PYTHON_CALLBACKS}),
    ):
        classes = {name for name, value in vars(family).items() if inspect.isclass(value)} - bases
        assert known & classes, "the comparison compares nothing"
        rarer = {
            "Adafactor", "Ftrl", "Lamb", "LossScaleOptimizer", "MultiOptimizer", "OptimizerMap", "Muon", "ScheduleFreeAdamW",
            "OrbaxCheckpoint",
        }  # fmt: skip
        assert classes - known <= rarer
