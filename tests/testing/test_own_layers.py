"""Every kind of this package keeps what the kit asks of other packages' layers."""

from __future__ import annotations

from random import Random

import pytest

pytest.importorskip("torch")

from cnnspec.layers.base import Layer, LayerError
from cnnspec.layers.registry import all_kinds
from cnnspec.layers.shape import Shape
from cnnspec.schema.declaration import BindError
from cnnspec.testing import check_layer
from support.networks import make
from support.random_layers import DRAW, MERGES, PAIRS, draw_layer, kinds_for

SHAPES = {0: (6,), 1: (9, 4), 2: (6, 7, 4), 3: (4, 5, 5, 4)}
#: Layers that Keras lacks.
KERAS_LACKS = {
    "ChannelShuffle", "DropPath", "Filter2D", "HardSwish", "InstanceNorm", "LRN", "Mish",
    "PixelShuffle", "RBF", "Scale", "Slice", "Subsampling2D",
}  # fmt: skip
#: Kernels of which the ends may be zeros.
ENDS_IN_ZEROS = {"Filter2D"}


def rank_of(kind: str) -> int:
    """The highest rank of values that a kind is drawn for; 3 only where it takes no other."""
    return max((rank for rank in (0, 1, 2) if kind in kinds_for(rank)), default=3)


def draw(kind: str, random: Random, shape: tuple[int, ...]) -> Layer:
    """A layer of the kind that takes the shape."""
    while True:
        try:
            layer = DRAW[kind](random, Shape(shape))
            layer.facts(Shape(shape))
        except (BindError, LayerError):
            continue
        return layer


@pytest.mark.parametrize("kind", [kind for kind in all_kinds() if kind not in (*MERGES, *PAIRS)])
def test_a_layer_of_one_input(kind: str) -> None:
    shape = SHAPES[rank_of(kind)]
    layer = draw(kind, Random(kind), shape)
    check_layer(layer, shape, exact=kind not in ENDS_IN_ZEROS, keras=not layer.incompatible())


@pytest.mark.parametrize("kind", [*MERGES, "Subtract"])
@pytest.mark.parametrize("shapes", [((5,), (5,)), ((4, 6, 2), (4, 6, 2)), ((4, 6, 2), (1, 1, 2))])
def test_a_merge(kind: str, shapes: tuple[tuple[int, ...], ...]) -> None:
    if kind == "Concat":
        shapes = (shapes[0], (*shapes[0][:-1], 3))
    check_layer(make(kind), *shapes, keras=True)


def test_a_merge_along_an_axis_of_the_map() -> None:
    check_layer(make("Concat", axis=1), (3, 5, 2), (4, 5, 2), (2, 5, 2), keras=True)
    check_layer(make("Dot", axes=(2, 1)), (4, 5), (5, 3), keras=True)


@pytest.mark.parametrize("layer", [make("GroupNorm", 2, scale=False), make("InstanceNorm", scale=False)])
def test_an_offset_alone_is_trained_on_an_input_that_is_not(layer: Layer) -> None:
    check_layer(layer, (5, 4), keras=not layer.incompatible())


def test_what_keras_lacks_says_so() -> None:
    random = Random(0)
    silent = {kind for kind in KERAS_LACKS if not draw(kind, random, SHAPES[rank_of(kind)]).incompatible()}
    assert silent == set()


@pytest.mark.slow
def test_many_layers() -> None:
    random = Random(1)
    checked = 0
    while checked < 1500:
        rank = random.choice((0, 1, 2, 2, 3))
        shape = (*(random.randint(3, 9) for _ in range(rank)), 4)
        try:
            layer = draw_layer(random, Shape(shape))
            layer.facts(Shape(shape))
        except (BindError, LayerError):
            continue
        check_layer(layer, shape, exact=layer.kind not in ENDS_IN_ZEROS, keras=not layer.incompatible(), seed=checked)
        checked += 1
