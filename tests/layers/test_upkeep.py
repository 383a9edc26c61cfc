"""What every kind of layer says it keeps for its backward pass, against what Torch saves, to the byte."""

from __future__ import annotations

from random import Random

import pytest

pytest.importorskip("torch")

import torch

from cnnspec.backends.torch_modules import build_module
from cnnspec.ir import Network, Node
from cnnspec.layers.activations import ACTIVATIONS
from cnnspec.layers.base import Layer, LayerError
from cnnspec.layers.input import Input
from cnnspec.layers.registry import all_kinds
from cnnspec.layers.shape import Shape
from cnnspec.layers.upkeep import Array
from cnnspec.schema.declaration import BindError
from support.networks import call, make
from support.random_layers import DRAW, MERGES, PAIRS, kinds_for
from support.saved_tensors import save_all

#: Kinds whose penalty, which the network takes and not they, keeps their output.
PENALISED = {"ActivityRegularization"}
SHAPES = {0: (64,), 1: (19, 8), 2: (12, 14, 8), 3: (8, 9, 9, 8)}
BATCH = 3
BYTES = {"value": 4, "float32": 4, "int64": 8, "bool": 1}
ARGUMENTS = {"threshold": {"threshold": 0.5, "default_value": 0.25}}


def draw(kind: str, random: Random, shape: tuple[int, ...]) -> Layer:
    while True:
        try:
            layer = DRAW[kind](random, Shape(shape))
            layer.facts(Shape(shape))
        except (BindError, LayerError):
            continue
        return layer


def compare(layer: Layer, *shapes: tuple[int, ...]) -> None:
    """Which inputs and whether the output are saved, the bytes of all else, and whether the output is the input's memory."""
    nodes = [Node(path=f"in_{at}", layer=Input(shape=shape)) for at, shape in enumerate(shapes)]
    nodes.append(Node(path="layer", layer=layer, inputs=tuple(range(len(shapes)))))
    module = build_module(Network(name="Net", nodes=tuple(nodes), outputs=(len(shapes),)), seed=0)
    module.train()
    inputs = [channels_last(torch.rand(BATCH, shape[-1], *shape[:-1], requires_grad=True) * 1) for shape in shapes]
    found: list[torch.Tensor] = []
    saved = save_all(module, lambda: found.append(module(*inputs)))
    places = [number(tensor) for tensor in inputs]
    inputs_saved = {at for at, place in enumerate(places) if saved.pop(place, None) is not None}
    output_saved = saved.pop(number(found[0]), None) is not None
    kept = layer.keeps(layer.facts(*map(Shape, shapes)), *map(Shape, shapes))
    assert (set(kept.inputs), kept.output) == (inputs_saved, output_saved)
    assert sum(map(size, kept.arrays)) == sum(tensor.nbytes for tensor in saved.values())
    assert layer.is_view(training=True) == (number(found[0]) in places)


def channels_last(x: torch.Tensor) -> torch.Tensor:
    """A map as a network of 2-D convolutions hands it on."""
    return x.contiguous(memory_format=torch.channels_last) if x.dim() == 4 else x


def number(tensor: torch.Tensor) -> int:
    return tensor.untyped_storage()._cdata


def size(array: Array) -> int:
    return int(array.elements) * BYTES[array.kind] * (BATCH if array.batched else 1)  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", [kind for kind in all_kinds() if kind not in {*MERGES, *PAIRS, *PENALISED}])
def test_a_layer_of_one_input(kind: str) -> None:
    random = Random(kind)
    shape = SHAPES[max((rank for rank in (0, 1, 2) if kind in kinds_for(rank)), default=3)]
    for _ in range(12):
        layer = draw(kind, random, shape)
        if kind != "ChannelShuffle" or layer.changed()["groups"] != shape[-1]:  # groups of one channel stay where they are
            compare(layer, shape)


@pytest.mark.parametrize("kind", [*MERGES, "Subtract", "Dot"])
def test_merges(kind: str) -> None:
    layer = make(kind, -1) if kind == "Dot" else make(kind)
    for count in range(2, 5 if layer.inputs[1] is None else 3):
        compare(layer, *[(12, 14, 8)] * count)


@pytest.mark.parametrize("word", [word for word in ACTIVATIONS if word != "linear"])
def test_activations_alone_and_at_the_end_of_a_layer(word: str) -> None:
    function = call(word, **ARGUMENTS.get(word, {}))
    compare(make("Activation", function), (12, 14, 8))
    compare(make("Conv2D", 6, 3, activation=function), (12, 14, 8))


@pytest.mark.parametrize(
    "options", [{"negative_slope": 0.1}, {"max_value": 2.0}, {"threshold": 0.5}, {"negative_slope": 0.1, "max_value": 2.0}]
)
def test_the_relu_with_extras(options: dict[str, object]) -> None:
    compare(make("ReLU", **options), (12, 14, 8))
    compare(make("Dense", 6, activation=call("relu", **options)), (64,))


@pytest.mark.parametrize(
    "layer", [make("Dense", 6, trainable=False), make("Conv2D", 6, 3, trainable=False), make("BatchNorm", trainable=False)]
)
def test_frozen_layers(layer: Layer) -> None:
    compare(layer, (64,) if layer.kind == "Dense" else (12, 14, 8))


def test_a_kind_that_says_nothing_keeps_its_inputs_and_its_activation() -> None:
    class Silent(type(make("Concat"))):
        """Says nothing of what it keeps."""

        keeps = Layer.keeps

    kept = Silent().keeps(Silent().facts(Shape((4, 4, 2)), Shape((4, 4, 3))), Shape((4, 4, 2)), Shape((4, 4, 3)))
    assert (kept.inputs, kept.output, kept.arrays) == ((0, 1), False, ())
