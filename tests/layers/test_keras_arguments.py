"""Names, order and defaults of arguments, and what is refused, against Keras itself."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

from cnnspec.layers.activations import ACTIVATIONS
from cnnspec.layers.base import LayerError
from cnnspec.layers.registry import LONG_NAMES, all_kinds, layer_class
from cnnspec.layers.shape import Shape
from cnnspec.layers.weights import CONSTRAINTS, INITIALIZERS, REGULARIZERS
from cnnspec.schema.choice import plain_value
from cnnspec.schema.declaration import BindError, Declaration
from support.keras_live import keras
from support.networks import call, make

from .test_layers import CASES

#: Arguments that are no part of an architecture: adapters and quantisation of a layer that is trained already.
AFTERWARDS = {"lora_rank", "lora_alpha", "quantization_config"}
#: Where a default differs on purpose, and what ours is.
OWN_DEFAULTS = {(f"AvgPool{rank}D", "pool_size"): (2,) * rank for rank in (1, 2, 3)}
#: What Keras's base class takes, and what only its own files need.
COMMON = {"self", "name", "dtype", "kwargs", "trainable"}


def keras_name(kind: str) -> str | None:
    """Keras's spelling of a kind; None where Keras has no such layer."""
    layers = keras().layers
    names = (kind, *(long for long, short in LONG_NAMES.items() if short == kind))
    return next((name for name in names if hasattr(layers, name)), None)


def keras_defaults(kind: str) -> dict[str, Any]:
    """Keras's arguments in order, with their defaults; what is required has none (``...``)."""
    name = keras_name(kind)
    assert name is not None
    parameters = inspect.signature(getattr(keras().layers, name).__init__).parameters
    return {
        argument: ... if parameter.default is parameter.empty else parameter.default
        for argument, parameter in parameters.items()
        if argument not in COMMON | AFTERWARDS
    }


def our_defaults(kind: str) -> dict[str, Any]:
    cls = layer_class(kind)
    fields = {name: cls.model_fields[name] for name in cls.argument_names() if name not in COMMON}
    return {name: ... if info.is_required() else info.get_default(call_default_factory=True) for name, info in fields.items()}


def means(ours: Any, theirs: Any) -> bool:
    """Whether two defaults say the same: a word is Keras's text, and a number stands for all axes."""
    if ours is ... or theirs is ...:
        return ours is theirs
    ours = plain_value(ours)
    if isinstance(theirs, str):
        return str(ours).replace("_", "") == theirs.lower().replace("_", "")
    if isinstance(ours, tuple) and not isinstance(theirs, (tuple, list)):
        return all(means(item, theirs) for item in ours)
    if isinstance(ours, tuple) and isinstance(theirs, tuple) and len(ours) == len(theirs):
        return all(means(item, their) for item, their in zip(ours, theirs, strict=True))
    if isinstance(ours, tuple) and len(ours) == 1:
        ours = ours[0]
    return ours == (tuple(theirs) if isinstance(theirs, list) else theirs)


def of_keras() -> list[str]:
    return [kind for kind in all_kinds() if keras_name(kind) is not None]


@pytest.mark.parametrize("kind", all_kinds())
def test_arguments(kind: str) -> None:
    name = keras_name(kind)
    if name is None:
        pytest.skip(f"Keras has no {kind}")
    theirs, ours = keras_defaults(kind), our_defaults(kind)
    assert list(ours)[: len(theirs)] == list(theirs)
    expected = {argument: OWN_DEFAULTS.get((kind, argument), default) for argument, default in theirs.items()}
    assert {
        argument: (ours[argument], default) for argument, default in expected.items() if not means(ours[argument], default)
    } == {}
    extra = list(ours)[len(theirs) :]
    assert all(ours[argument] is not ... for argument in extra), "an extension must have a default"


MAP = (5, 4, 6)

#: Calls that Keras refuses, at once or on this input; so do we, with a sentence.
REFUSED = [
    ("GroupNorm", (0,), {}, [MAP]),
    ("GroupNorm", (-2,), {}, [MAP]),
    ("GroupNorm", (2.0,), {}, [MAP]),
    ("GroupNorm", (7,), {}, [MAP]),
    ("GroupNorm", (4,), {}, [MAP]),
    ("GroupNorm", (2, 4), {}, [MAP]),
    ("LayerNorm", (4,), {}, [MAP]),
    ("LayerNorm", ([1, 4],), {}, [MAP]),
    ("LayerNorm", ([],), {}, [MAP]),
    ("LayerNorm", (0,), {}, [MAP]),
    ("LayerNorm", ([3, 3],), {}, [MAP]),
    ("LayerNorm", ([-1, 3],), {}, [MAP]),
    ("LayerNorm", (1.5,), {}, [MAP]),
    ("BatchNorm", (4,), {}, [MAP]),
    ("BatchNorm", (), {"renorm": True, "renorm_clipping": {"rmax": 1.0, "rmin": 2.0}}, [MAP]),
    ("BatchNorm", (), {"renorm": True, "renorm_clipping": {"dmax": -1.0}}, [MAP]),
    ("BatchNorm", (), {"renorm": True, "renorm_clipping": {"rmid": 1.0}}, [MAP]),
    ("Dropout", (-0.1,), {}, [MAP]),
    ("Dropout", (1.1,), {}, [MAP]),
    ("Dropout", (), {}, [MAP]),
    ("Dropout", (0.5, "same"), {}, [MAP]),
    ("Dropout", (0.5, 3), {}, [MAP]),
    ("Dropout", (0.5, [None, 0, 1, 1]), {}, [MAP]),
    ("Dropout", (0.5, [None, 1.5, 1, 1]), {}, [MAP]),
    ("SpatialDropout2D", (1.5,), {}, [MAP]),
    ("SpatialDropout2D", (0.5, "channels"), {}, [MAP]),
    ("SpatialDropout2D", (0.5,), {}, [(6,)]),
    ("SpatialDropout1D", (0.5,), {}, [MAP]),
    ("GaussianNoise", (-0.5,), {}, [MAP]),
    ("GaussianNoise", (1.5,), {}, [MAP]),
    ("ActivityRegularization", (-1.0,), {}, [MAP]),
    ("ActivityRegularization", (0.0, float("inf")), {}, [MAP]),
    ("Crop1D", (-1,), {}, [(5, 6)]),
    ("Crop1D", ((1, 2, 3),), {}, [(5, 6)]),
    ("Crop1D", ((3, 2),), {}, [(5, 6)]),
    ("Crop1D", (1,), {}, [MAP]),
    ("Crop2D", (-1,), {}, [MAP]),
    ("Crop2D", ((1,),), {}, [MAP]),
    ("Crop2D", (((1, 2, 3), (1, 1)),), {}, [MAP]),
    ("Crop2D", (((1, -1), (1, 1)),), {}, [MAP]),
    ("Crop2D", (2,), {}, [MAP]),
    ("Crop2D", ("same",), {}, [MAP]),
    ("Crop3D", ((1, 1),), {}, [(5, 5, 5, 6)]),
    ("Crop3D", (((0, 0), (2, 3), (0, 0)),), {}, [(5, 5, 5, 6)]),
    ("ZeroPad1D", ((1, 2, 3),), {}, [(5, 6)]),
    ("ZeroPad1D", (-1,), {}, [(5, 6)]),
    ("ZeroPad2D", ((1, 2, 3),), {}, [MAP]),
    ("ZeroPad2D", (((1, -2), 1),), {}, [MAP]),
    ("ZeroPad2D", (1, "last"), {}, [MAP]),
    ("ZeroPad3D", ((1, 2),), {}, [(5, 5, 5, 6)]),
    ("UpSampling1D", (0,), {}, [(5, 6)]),
    ("UpSampling2D", ((1, 2, 3),), {}, [MAP]),
    ("UpSampling2D", (0,), {}, [MAP]),
    ("UpSampling2D", (2, None, "cubic"), {}, [MAP]),
    ("UpSampling3D", (-1,), {}, [(5, 5, 5, 6)]),
    ("Reshape", ((-1, -1),), {}, [MAP]),
    ("Reshape", ((7, -1),), {}, [MAP]),
    ("Reshape", ((5, 5),), {}, [MAP]),
    ("Reshape", ((-2, 6),), {}, [MAP]),
    ("Permute", ((0, 1),), {}, [(5, 6)]),
    ("Permute", ((1, 1),), {}, [(5, 6)]),
    ("Permute", ((2, 1),), {}, [MAP]),
    ("Normalization", (), {"mean": 1.0}, [MAP]),
    ("Normalization", (), {"variance": 1.0}, [MAP]),
    ("Normalization", (), {"mean": 1.0, "variance": [1.0]}, [MAP]),
    ("Normalization", (), {"mean": [[1.0]], "variance": [[1.0]]}, [MAP]),
    ("Normalization", (None,), {"mean": [1.0], "variance": [1.0]}, [MAP]),
    ("Normalization", (), {"mean": [1.0, 2.0], "variance": [1.0, 2.0]}, [MAP]),
    ("Normalization", (4,), {}, [MAP]),
    ("Normalization", ([3, 3],), {}, [MAP]),
    ("Rescaling", (), {}, [MAP]),
    ("Rescaling", ([1.0, 2.0],), {}, [MAP]),
    ("ReLU", (-1.0,), {}, [MAP]),
    ("ReLU", (None, -1.0), {}, [MAP]),
    ("ReLU", (None, 0.0, -1.0), {}, [MAP]),
    ("ReLU", (None, None), {}, [MAP]),
    ("LeakyReLU", (-0.1,), {}, [MAP]),
    ("LeakyReLU", (None,), {}, [MAP]),
    ("PReLU", (), {"shared_axes": [4]}, [MAP]),
    ("Softmax", (4,), {}, [MAP]),
    ("Softmax", ([1, 1],), {}, [MAP]),
    ("Softmax", ([],), {}, [MAP]),
    ("Activation", ("rely",), {}, [MAP]),
    ("Dot", (1.0,), {}, [MAP, MAP]),
    ("Dot", ([1, 2, 3],), {}, [MAP, MAP]),
    ("Dot", ([1],), {}, [MAP, MAP]),
    ("Dot", ([1.0, 2],), {}, [MAP, MAP]),
    ("Dot", ([1, 2],), {}, [MAP, MAP]),
    ("Dot", (0,), {}, [MAP, MAP]),
    ("Dot", (4,), {}, [MAP, MAP]),
    ("Add", (), {}, [MAP, (5, 3, 6)]),
    ("Multiply", (), {}, [MAP, (5, 4, 2)]),
    ("Concat", (), {}, [MAP, (5, 3, 6)]),
    ("Concat", (4,), {}, [MAP, MAP]),
    ("Concat", (), {}, [MAP, (6,)]),
]  # fmt: skip

#: Calls at the edge of what Keras takes; so do we.
TAKEN = [
    ("GroupNorm", (-1,), {}, [MAP]),
    ("GroupNorm", (6,), {}, [MAP]),
    ("GroupNorm", (2, -2), {}, [MAP]),
    ("LayerNorm", ([3, 1],), {}, [MAP]),
    ("Dropout", (0,), {}, [MAP]),
    ("Dropout", (1,), {}, [MAP]),
    ("Dropout", (0.5, (None, 1, 1, 6)), {}, [MAP]),
    ("GaussianNoise", (0,), {}, [MAP]),
    ("GaussianNoise", (1,), {}, [MAP]),
    ("ActivityRegularization", (), {}, [MAP]),
    ("Crop1D", (0,), {}, [(5, 6)]),
    ("Crop2D", (((0, 4), (3, 0)),), {}, [MAP]),
    ("ZeroPad2D", (0,), {}, [MAP]),
    ("UpSampling2D", (1,), {}, [MAP]),
    ("Reshape", ((120,),), {}, [MAP]),
    ("Normalization", ([1, 3],), {}, [MAP]),
    ("Normalization", (None, 1, 2), {}, [MAP]),
    ("Normalization", (-1, 0, 0), {}, [MAP]),
    ("Rescaling", (0,), {}, [MAP]),
    ("ReLU", (0,), {}, [MAP]),
    ("LeakyReLU", (0,), {}, [MAP]),
    ("ELU", (-1.0,), {}, [MAP]),
    ("PReLU", (), {"shared_axes": 2}, [MAP]),
    ("Softmax", ([1, 2, 3],), {}, [MAP]),
    ("Dot", (-1,), {}, [(5, 6), (6,)]),
    ("Add", (), {}, [MAP, (1, 4, 1)]),
    ("Maximum", (), {}, [MAP, (6,)]),
]  # fmt: skip


def ask_keras(kind: str, positional: tuple[Any, ...], named: dict[str, Any], shapes: list[tuple[int, ...]]) -> None:
    import numpy as np

    name = keras_name(kind)
    assert name is not None
    inputs = [np.zeros((2, *shape), "float32") for shape in shapes]
    getattr(keras().layers, name)(*positional, **named)(inputs if len(inputs) > 1 else inputs[0])


def ask_us(kind: str, positional: tuple[Any, ...], named: dict[str, Any], shapes: list[tuple[int, ...]]) -> None:
    named = {name: call("clip", **value) if isinstance(value, dict) else value for name, value in named.items()}
    make(kind, *positional, **named).facts(*map(Shape, shapes))


@pytest.mark.parametrize("asked", REFUSED, ids=str)
def test_what_keras_refuses(asked: tuple[Any, ...]) -> None:
    with pytest.raises(Exception):  # noqa: B017  # Keras has one of its own for every backend
        ask_keras(*asked)
    with pytest.raises((BindError, LayerError)):
        ask_us(*asked)


@pytest.mark.parametrize("asked", TAKEN, ids=str)
def test_what_keras_takes(asked: tuple[Any, ...]) -> None:
    ask_keras(*asked)
    ask_us(*asked)


@pytest.mark.parametrize("kind", all_kinds())
def test_layers_that_keras_lacks_say_so(kind: str) -> None:
    """Each of them is an extension by its name alone, and no other layer is."""
    _, *arguments = CASES[kind][0]
    assert (kind in make(kind, *arguments).incompatible()) is (keras_name(kind) is None)


#: Which axes of a kernel count as its inputs and outputs: for layouts that no layer here has.
OF_OTHER_LAYOUTS = {"input_axes", "output_axes"}
#: The functions of one value; the others of ``keras.activations`` change the shape or are its base.
NO_WORDS = {"glu", "deserialize", "get", "serialize"}


def word_defaults(cls: type[Declaration]) -> dict[str, Any]:
    fields = cls.model_fields
    return {name: ... if info.is_required() else info.get_default(call_default_factory=True) for name, info in fields.items()}


def compare_words(word: str, cls: type[Declaration], theirs: dict[str, Any]) -> None:
    ours = word_defaults(cls)
    assert list(ours) == list(theirs), word
    assert all(means(ours[name], default) for name, default in theirs.items()), word


def parameters_of(function: Any, skip: int) -> dict[str, Any]:
    parameters = list(inspect.signature(function).parameters.values())[skip:]
    return {p.name: ... if p.default is p.empty else p.default for p in parameters if p.name not in ("args", "kwargs", "name")}


def test_activations_are_keras_s() -> None:
    functions = {name: function for name, function in vars(keras().activations).items() if inspect.isfunction(function)}
    assert set(functions) - NO_WORDS == set(ACTIVATIONS)
    for word, cls in ACTIVATIONS.items():
        compare_words(word, cls, parameters_of(functions[word], 1))


@pytest.mark.parametrize(
    ("module", "family"), [("initializers", INITIALIZERS), ("regularizers", REGULARIZERS), ("constraints", CONSTRAINTS)]
)
def test_words_of_weights_are_keras_s(module: str, family: Any) -> None:
    assert len(family) >= 3
    for word, cls in family.items():
        if word != "l1_l2":  # Keras's defaults of 0 and 0 would do nothing, so ours must be stated
            theirs = parameters_of(getattr(getattr(keras(), module), word).__init__, 1)
            compare_words(word, cls, {name: value for name, value in theirs.items() if name not in OF_OTHER_LAYOUTS})
