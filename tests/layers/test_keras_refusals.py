"""What Keras refuses is refused here too, or named as an extension; what it takes is taken, in its order, with its defaults.

Every argument of convolutions, pooling and dense layers is tried with sound and unsound values, on Keras itself.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest
import torch

from cnnspec.layers.base import LayerError
from cnnspec.layers.registry import layer_class
from cnnspec.layers.shape import Shape
from cnnspec.schema import Word
from cnnspec.schema.declaration import BindError
from support.keras_live import keras_class

KINDS = (
    "Dense",
    *(f"{stem}{rank}D" for stem in ("DepthwiseConv", "SeparableConv") for rank in (1, 2)),
    *(f"{stem}{rank}D{end}" for stem, end in (("Conv", ""), ("Conv", "Transpose")) for rank in (1, 2, 3)),
    *(f"{stem}{what}Pool{rank}D" for stem in ("", "Global", "Adaptive") for what in ("Max", "Avg") for rank in (1, 2, 3)),
)
SHAPES = {0: (7,), 1: (13, 4), 2: (11, 10, 4), 3: (6, 7, 5, 4)}
#: Arguments of Keras that are no part of this language: adapters and quantisation of weights that are there already.
LEFT_OUT = {"lora_rank", "lora_alpha", "quantization_config"}

SIZES = [-1, 0, 1, 3, 2.0, 2.5, True, None, "3", [3], [3, 3], [3, 3, 3], [2, 0], [1, -1], [2, 2.0], [True, 2], [], 10**12]
COUNTS = [-1, 0, 1, 2, 3, 4, 4.0, 2.5, True, None, "4", [4]]
TRUTHS = [True, False, None, 1, 0, "true"]
VALUES: dict[str, list[Any]] = {
    **dict.fromkeys(("filters", "units", "depth_multiplier", "groups"), COUNTS),
    **dict.fromkeys(("kernel_size", "strides", "dilation_rate", "pool_size", "output_size", "output_padding"), SIZES),
    **dict.fromkeys(("use_bias", "keepdims"), TRUTHS),
    "padding": ["valid", "same", "causal", "full", "SAME", None, 1, [1, 1], [[0, 1], [1, 0]]],
    "data_format": ["channels_last", "channels_first", "channels_middle", None],
    "activation": [None, "relu", "rlu", "softmax", 3],
    "initializer": ["zeros", "he_normal", "hi_normal", "identity", "orthogonal", None, 3],
    "regularizer": [None, "l2", "l3", 0.1],
    "constraint": [None, "non_neg", "max_norm", "least_norm"],
}


def rank_of(kind: str) -> int:
    return next((int(letter) for letter in kind if letter.isdigit()), 0)


def least(kind: str) -> dict[str, Any]:
    """The arguments that a layer cannot do without."""
    fields = layer_class(kind).model_fields
    needed = {"units": 5, "filters": 6, "kernel_size": 3, "pool_size": 2, "output_size": 3}
    return {name: value for name, value in needed.items() if name in fields}


def ask_keras(kind: str, shape: tuple[int, ...], arguments: dict[str, Any]) -> tuple[int, ...] | None:
    """The shape that comes out, None where Keras refuses."""
    try:
        layer = keras_class(kind)(**arguments)
        found = layer.compute_output_shape((2, *shape))
        layer.build((2, *shape))
    except Exception:  # whatever it says: that it refuses is what counts
        return None
    return tuple(found[1:])


def ask_us(kind: str, shape: tuple[int, ...], arguments: dict[str, Any]) -> tuple[tuple[Any, ...], tuple[str, ...]] | str:
    """The shape and what Keras does not have, or why not."""
    words = {name: Word(value) if isinstance(value, str) else value for name, value in arguments.items()}
    try:
        layer = layer_class(kind).bind((), words)
        return layer.facts(Shape(shape)).output.dims, layer.incompatible()
    except (BindError, LayerError) as error:
        return str(error)


def why_stricter(argument: str, value: Any) -> str:
    """Why something that Keras takes is refused here; empty where there is no reason."""
    items = value if isinstance(value, list) else [value]
    if argument in ("use_bias", "keepdims") and not isinstance(value, bool):
        return "what Python takes for true is not written true"
    if any(isinstance(item, bool) for item in items):
        return "a truth value is no number"
    if any(isinstance(item, float) for item in items):
        return "a size is an integer, not a number that happens to be one"
    if any(isinstance(item, int) and item >= 2**31 for item in items):
        return "larger than anything that can be built"
    if argument.endswith("initializer") and value is None:
        return "none is no way to start; left out, it is Keras's default"
    if argument == "output_size" and any(isinstance(item, int) and item < 1 for item in items):
        return "Keras fails only when it runs"
    return "a file may write it so, and is told how it is written" if value == "SAME" else ""


def judge(kind: str, shape: tuple[int, ...], arguments: dict[str, Any], stricter: str = "") -> bool:
    """Compare one call; whether Keras refused it."""
    theirs, ours = ask_keras(kind, shape, arguments), ask_us(kind, shape, arguments)
    if isinstance(ours, str):
        assert "Input should" not in ours, "a sentence of pydantic"
        assert theirs is None or stricter, f"{kind} {arguments} on {shape}: Keras gives {theirs}, here {ours}"
    elif theirs is None:
        assert ours[1], f"{kind} {arguments} on {shape}: Keras refuses, here {ours[0]} and no word of an extension"
    elif arguments.get("data_format") != "channels_first":  # which here only says how shapes are written
        assert ours == (theirs, ()), f"{kind} {arguments} on {shape}"
    return theirs is None


def positional(kind: str) -> dict[str, Any]:
    parameters = list(inspect.signature(keras_class(kind).__init__).parameters.values())[1:]
    named = [p for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD and p.name != "name" and p.name not in LEFT_OUT]
    return {p.name: p.default for p in named}


@pytest.mark.parametrize("kind", KINDS)
def test_arguments_stand_in_keras_s_order(kind: str) -> None:
    theirs = list(positional(kind))
    assert theirs
    assert list(layer_class(kind).argument_names())[: len(theirs)] == theirs


@pytest.mark.parametrize("kind", KINDS)
def test_defaults_are_keras_s(kind: str) -> None:
    for name, theirs in positional(kind).items():
        field = layer_class(kind).model_fields[name]
        if theirs is inspect.Parameter.empty:
            left_out = {key: value for key, value in least(kind).items() if key != name}
            assert field.is_required() or layer_class(kind).bind((), left_out).incompatible(), name
            continue
        ours = getattr(field.get_default(), "word", field.get_default())
        same_everywhere = isinstance(ours, tuple) and set(ours) == {theirs}
        assert same_everywhere or ours == theirs, name


def tries(kind: str) -> Iterator[tuple[str, Any]]:
    for argument in positional(kind):
        values = VALUES.get(argument, VALUES.get(argument.rpartition("_")[2]))
        assert values, f"nothing to try for {argument}"
        for value in values:
            yield argument, value


@pytest.mark.parametrize("kind", KINDS)
def test_every_argument(kind: str) -> None:
    shape = SHAPES[rank_of(kind)]
    refused = 0
    for argument, value in tries(kind):
        refused += judge(kind, shape, {**least(kind), argument: value}, why_stricter(argument, value))
    assert refused >= (1 if "Global" in kind else 5)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "Dense"])
def test_inputs_of_every_rank(kind: str) -> None:
    """Keras looks at some inputs only when it is called."""
    for rank, shape in SHAPES.items():
        layer = keras_class(kind)(**least(kind))
        if rank == rank_of(kind):
            layer(torch.zeros(2, *shape))
            assert not isinstance(ask_us(kind, shape, least(kind)), str)
        else:
            with pytest.raises(Exception):  # noqa: B017  # of many kinds
                layer(torch.zeros(2, *shape))
            assert "wrong-rank" in ask_us(kind, shape, least(kind))


def test_a_dense_layer_takes_vectors_alone() -> None:
    """Keras takes a map in silence and applies the layer to its channels, which a 1×1 convolution would say."""
    assert ask_keras("Dense", (11, 10, 4), {"units": 5}) == (11, 10, 5)
    assert "dense-needs-vector" in ask_us("Dense", (11, 10, 4), {"units": 5})


WINDOWS = list(product((1, 2), (1, 2, 3), ("valid", "same"), (1, 4, 9)))


@pytest.mark.parametrize("kind", [kind for kind in KINDS if "Conv" in kind])
def test_strides_dilation_and_inputs_smaller_than_the_window(kind: str) -> None:
    refused = 0
    for strides, dilation, padding, n in WINDOWS:
        shape = (*[n] * rank_of(kind), 4)
        named = {"strides": strides, "dilation_rate": dilation, "padding": padding}
        refused += judge(kind, shape, {**least(kind), **named})
    assert refused


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind[:3] in ("Max", "Avg")])
def test_pools_larger_than_their_input(kind: str) -> None:
    sizes = product((1, 2, 3), (None, 1, 2), ("valid", "same"), (1, 2, 5))
    found = [
        judge(kind, (*[n] * rank_of(kind), 4), {"pool_size": k, "strides": s, "padding": padding}) for k, s, padding, n in sizes
    ]
    assert 0 < sum(found) < len(found)


@pytest.mark.parametrize("kind", ["Conv1D", "Conv2D", "Conv3D"])
def test_groups_filters_and_channels(kind: str) -> None:
    found = [
        judge(kind, (*[3] * rank_of(kind), channels), {**least(kind), "filters": filters, "groups": groups})
        for filters, groups, channels in product((3, 4, 6), (1, 2, 3, 4), (1, 4, 6))
    ]
    assert 0 < sum(found) < len(found)


@pytest.mark.parametrize("kind", ["Conv1DTranspose", "Conv2DTranspose", "Conv3DTranspose"])
def test_output_padding(kind: str) -> None:
    sizes = product((1, 2, 3), (1, 2, 3), (None, 0, 1, 2), ("valid", "same"))
    found = [
        judge(
            kind,
            (*[3] * rank_of(kind), 2),
            {**least(kind), "kernel_size": k, "strides": s, "output_padding": added, "padding": padding},
        )
        for k, s, added, padding in sizes
    ]
    assert 0 < sum(found) < len(found)


def test_causal_padding_is_for_sequences() -> None:
    for kind in (kind for kind in KINDS if "Conv" in kind):
        judge(kind, SHAPES[rank_of(kind)], {**least(kind), "padding": "causal"})
        judge(kind, SHAPES[rank_of(kind)], {**least(kind), "padding": "causal", "strides": 2})
