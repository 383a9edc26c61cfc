"""Units written out one by one against the forward pass: every kind of window, strides, dilation, borders, groups."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest

from cnnspec.backends.numpy_reference import covered_kinds, forward
from cnnspec.backends.numpy_units import write_unit, written_kinds
from cnnspec.layers.base import Layer
from support.hand_built import Build, make

SAME = {"padding": "same", "activation": "relu"}
#: The input's shape, and the layer on it.
CASES: list[tuple[tuple[int, ...], Layer]] = [
    ((9, 4), make("Conv1D", 6, 3, strides=2, groups=2)),
    ((9, 2), make("Conv1D", 3, 3, padding="causal", dilation_rate=2, activation="tanh")),
    ((7, 6, 3), make("Conv2D", 4, (3, 2), strides=(2, 1), **SAME)),
    ((7, 6, 4), make("Conv2D", 4, 3, padding=[[1, 2], [0, 1]], padding_mode="reflect")),
    ((7, 6, 4), make("Conv2D", 4, 3, padding=2, padding_mode="circular", use_bias=False)),
    ((9, 9, 2), make("Conv2D", 3, 3, dilation_rate=2, padding="same", activation="softmax")),
    ((7, 6, 4), make("Conv2D", 3, 3, connections=[[0, 1], [3], [0, 2, 3]])),
    ((4, 5, 6, 2), make("Conv3D", 3, (2, 3, 3), padding="same", strides=(1, 2, 2))),
    ((8, 3), make("DepthwiseConv1D", 3, depth_multiplier=2, padding="same")),
    ((8, 7, 3), make("DepthwiseConv2D", 3, strides=2, depth_multiplier=2, activation="sigmoid")),
    ((8, 3), make("SeparableConv1D", 4, 3, **SAME)),
    ((8, 7, 3), make("SeparableConv2D", 4, 3, depth_multiplier=2, padding="same")),
    ((6, 3), make("Conv1DTranspose", 2, 3, strides=2)),
    ((5, 4, 3), make("Conv2DTranspose", 2, 3, strides=2, **SAME)),
    ((5, 4, 3), make("Conv2DTranspose", 2, 2, strides=3, dilation_rate=1)),
    ((5, 4, 3), make("Conv2DTranspose", 2, 3, dilation_rate=2, padding=1)),
    ((3, 4, 3, 2), make("Conv3DTranspose", 2, 2, strides=2)),
    ((7, 6, 2), make("Filter2D", "sobel_x", scale=0.5)),
    ((7, 6, 2), make("Filter2D", [[1, 2], [3, 4]], strides=2, padding="valid")),
    ((9, 2), make("MaxPool1D", 3, strides=2, padding="same")),
    ((7, 6, 2), make("MaxPool2D", 3, strides=2, ceil_mode=True, padding=1)),
    ((4, 6, 5, 2), make("MaxPool3D", 2, padding="same")),
    ((9, 2), make("AvgPool1D", 3, padding="same")),
    ((7, 6, 2), make("AvgPool2D", 3, strides=2, padding=1, count_include_pad=True, ceil_mode=True)),
    ((7, 6, 2), make("AvgPool2D", 3, strides=2, padding="same")),
    ((4, 6, 5, 2), make("AvgPool3D", 2)),
    ((7, 6, 2), make("Subsampling2D", 2, activation="tanh")),
    ((9, 2), make("GlobalMaxPool1D")),
    ((7, 6, 2), make("GlobalMaxPool2D", keepdims=True)),
    ((3, 6, 5, 2), make("GlobalMaxPool3D")),
    ((9, 2), make("GlobalAvgPool1D")),
    ((7, 6, 2), make("GlobalAvgPool2D")),
    ((3, 6, 5, 2), make("GlobalAvgPool3D", keepdims=True)),
    ((9, 2), make("AdaptiveMaxPool1D", 4)),
    ((7, 6, 2), make("AdaptiveMaxPool2D", (3, 4))),
    ((4, 6, 5, 2), make("AdaptiveMaxPool3D", 2)),
    ((9, 2), make("AdaptiveAvgPool1D", 4)),
    ((7, 6, 2), make("AdaptiveAvgPool2D", (3, 4))),
    ((4, 6, 5, 2), make("AdaptiveAvgPool3D", 2)),
    ((12,), make("Dense", 5, activation="softmax")),
    ((12,), make("Dense", 5, use_bias=False)),
]

#: Layers without a window, each on one or more inputs.
POINTWISE: list[tuple[tuple[tuple[int, ...], ...], Layer]] = [
    *((((5, 4, 3),), make(kind)) for kind in ("ReLU", "LeakyReLU", "ELU", "SELU", "GELU", "SiLU", "Mish", "Sigmoid")),
    *((((5, 4, 3),), make(kind)) for kind in ("HardSigmoid", "HardSwish", "Tanh", "Softplus", "Softmax", "PReLU")),
    (((5,),), make("Activation", "tanh")),
    (((5, 4, 3),), make("BatchNorm")),
    (((5,),), make("BatchNorm", center=False)),
    (((5, 4, 3),), make("Scale", use_bias=True)),
    *((((5, 4, 3), (5, 4, 3), (3,)), make(kind)) for kind in ("Add", "Average", "Multiply", "Maximum", "Minimum")),
    (((5, 4, 3), (5, 4, 3)), make("Subtract")),
    (((5, 4, 3), (5, 4, 2)), make("Concat")),
    (((5, 4, 3), (2, 4, 3)), make("Concat", axis=1)),
    (((5, 4, 3),), make("Flatten")),
    (((5, 4, 3),), make("Reshape", (10, 6))),
    (((5, 4, 3),), make("Permute", (2, 3, 1))),
    *((((5, 4, 3),), make(kind)) for kind in ("Identity", "ActivityRegularization")),
    *((((5, 4, 3),), make(kind, 0.5)) for kind in ("Dropout", "SpatialDropout2D", "DropPath", "GaussianNoise")),
    (((6, 3),), make("SpatialDropout1D", 0.5)),
    (((3, 4, 2, 2),), make("SpatialDropout3D", 0.5)),
    (((6, 3),), make("ZeroPad1D", 1)),
    (((5, 4, 3),), make("ZeroPad2D", ((1, 2), (0, 1)))),
    (((3, 4, 2, 2),), make("ZeroPad3D", 1)),
    (((6, 3),), make("Crop1D", 1)),
    (((5, 4, 3),), make("Crop2D", 1)),
    (((3, 4, 3, 2),), make("Crop3D", 1)),
    (((5, 4, 6),), make("Slice", 1, 4, axis=1)),
    (((5, 4, 6),), make("ChannelShuffle", 2)),
    (((3, 2, 8),), make("PixelShuffle", 2)),
]


def test_every_kind_is_here() -> None:
    assert {layer.kind for _, layer in (*CASES, *POINTWISE)} == written_kinds()
    assert written_kinds() <= covered_kinds()


@pytest.mark.parametrize(("shape", "layer"), CASES, ids=[f"{layer.kind} {layer.summary()}" for _, layer in CASES])
def test_every_unit_is_what_the_forward_pass_says(shape: tuple[int, ...], layer: Layer) -> None:
    build = Build()
    build.input(*shape)
    at = build.add(layer)
    facts, random = build.facts[at], np.random.default_rng(7)
    weights = {param.name: random.normal(size=param.shape) for param in facts.params}
    if "kernel" in weights and getattr(layer, "connections", None):
        read = np.array([[c in row for row in layer.connections] for c in range(shape[-1])])  # type: ignore[attr-defined]
        weights["kernel"] *= read
    x = random.normal(size=shape)
    path = build.nodes[at].path
    values = forward(build.network(), {f"{path}/{name}": array for name, array in weights.items()}, x[None])[path][0]
    places = list(np.ndindex(*values.shape))
    for place in Random(3).sample(places, min(len(places), 60)):
        unit = write_unit(layer, facts, weights, [x], place[:-1], place[-1])
        assert unit.result == pytest.approx(values[place], rel=1e-12, abs=1e-12)
        bias = 0.0 if unit.bias is None else unit.bias
        if unit.how == "sum":
            assert sum(patch.answer for patch in unit.patches) + bias == pytest.approx(unit.combined, rel=1e-9, abs=1e-12)
        for patch in unit.patches:
            weights_of = patch.weights or (1.0,) * len(patch.values)
            weighted = [v * w for v, w in zip(patch.values, weights_of, strict=True)]
            assert len(patch.values) == np.prod(patch.shape)
            if unit.how != "max":
                assert sum(weighted) == pytest.approx(patch.total, rel=1e-9, abs=1e-12)
            check_places(unit.reaches, patch, x, layer)


@pytest.mark.parametrize(("shapes", "layer"), POINTWISE, ids=[f"{layer.kind} {layer.summary()}" for _, layer in POINTWISE])
def test_units_without_a_window(shapes: tuple[tuple[int, ...], ...], layer: Layer) -> None:
    build = Build()
    sources = [build.input(*shape, name=f"x{number}") for number, shape in enumerate(shapes)]
    at = build.add(layer, *sources)
    facts, random = build.facts[at], np.random.default_rng(5)
    weights = {param.name: random.uniform(0.5, 2, size=param.shape) for param in facts.params}
    samples = [random.normal(size=shape) for shape in shapes]
    path = build.nodes[at].path
    named = {f"{path}/{name}": array for name, array in weights.items()}
    values = forward(build.network(), named, {f"x{n}": sample[None] for n, sample in enumerate(samples)})[path][0]
    for place in np.ndindex(*values.shape):
        unit = write_unit(layer, facts, weights, samples, place[:-1], place[-1])
        assert unit.result == pytest.approx(values[place], rel=1e-12, abs=1e-12)
        if unit.how == "sum":
            total = sum(patch.answer for patch in unit.patches) + (unit.bias or 0.0)
            assert total == pytest.approx(unit.combined, rel=1e-9, abs=1e-9)


def check_places(reaches: tuple[object, ...], patch: object, x: np.ndarray, layer: Layer) -> None:
    """The values are those of the input at the positions that the reaches name."""
    if not reaches:
        return
    channel = int(patch.label.split(",")[0].removeprefix("channel "))  # type: ignore[attr-defined]
    for place, value, outside in zip(
        np.ndindex(*patch.shape),  # type: ignore[attr-defined]
        patch.values,  # type: ignore[attr-defined]
        patch.outside,  # type: ignore[attr-defined]
        strict=True,
    ):
        at = tuple(reach.positions[n] for reach, n in zip(reaches, place, strict=True))  # type: ignore[attr-defined]
        inside = all(0 <= n < extent for n, extent in zip(at, x.shape, strict=False))
        assert inside is not outside
        if inside:
            assert x[(*at, channel)] == value
        elif getattr(layer, "padding_mode", "zeros") == "zeros":
            assert value == (-np.inf if "Max" in layer.kind else 0)
