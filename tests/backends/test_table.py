"""Every layer of the registry has a Torch form, and what the NumPy reference lacks is known."""

from __future__ import annotations

import pytest

from cnnspec.backends import numpy_activations, numpy_reference
from cnnspec.backends.torch_modules import NotLowered, build_module, lowered_kinds, lowers
from cnnspec.backends.torch_modules.functions import known_words
from cnnspec.layers.activations import ACTIVATIONS
from cnnspec.layers.base import Facts, Layer
from cnnspec.layers.registry import all_kinds
from cnnspec.layers.shape import Shape
from support.networks import make, sequence

#: Layers whose values are tested by other means than the NumPy reference.
WITHOUT_REFERENCE: set[str] = set()


def test_every_kind_has_a_torch_form() -> None:
    kinds = set(all_kinds())
    assert len(kinds) >= 45
    assert {
        "Conv2D",
        "Conv3DTranspose",
        "DepthwiseConv1D",
        "MaxPool3D",
        "BatchNorm",
        "LRN",
        "Concat",
        "Filter2D",
        "PReLU",
    } <= kinds
    assert kinds - lowered_kinds() == set()
    assert lowered_kinds() - kinds == set(), "a Torch form of a layer that does not exist"


def test_the_reference_covers_all_but_the_list() -> None:
    assert set(all_kinds()) - numpy_reference.covered_kinds() == WITHOUT_REFERENCE


def test_every_activation_has_both_forms() -> None:
    words = {activation.word for activation in ACTIVATIONS.values()}
    assert len(words) >= 25
    assert words == known_words() == numpy_activations.known_words()


class Foreign(Layer):
    """A layer of another package."""

    kind = "Foreign"

    def facts(self, *inputs: Shape) -> Facts:
        return Facts(inputs[0])


def test_a_layer_without_a_form_is_named() -> None:
    network = sequence((4,), Foreign())
    with pytest.raises(NotLowered, match="Foreign has no Torch form"):
        build_module(network)
    assert [layer.kind for layer in numpy_reference.covers(network)] == ["Foreign"]
    with pytest.raises(NotImplementedError, match="Foreign"):
        numpy_reference.forward(network, {}, [[1.0, 2, 3, 4]])  # type: ignore[arg-type]


def test_a_layer_derived_from_another_has_its_form() -> None:
    class Mine(type(make("Dense", 1))):  # type: ignore[misc]
        kind = "Mine"

    assert build_module(sequence((4,), Mine.bind((3,)))).state_dict()["mine_1.weight"].shape == (3, 4)


def test_a_kind_is_entered_once() -> None:
    with pytest.raises(ValueError, match="Conv2D has a Torch form already"):
        lowers("Conv2D")(lambda layer, place: None)  # type: ignore[arg-type, return-value]
