"""Facts of layer kinds: shapes against Torch, parameters and operations against figures, every argument taken."""

from __future__ import annotations

from itertools import product as combinations
from math import prod

import pytest

from cnnspec.layers.arithmetic import Traced
from cnnspec.layers.base import Facts, Layer
from cnnspec.layers.extent import Extent
from cnnspec.layers.registry import all_kinds, layer_class
from cnnspec.layers.shape import Shape
from cnnspec.layers.window import POINTWISE, WHOLE_INPUT
from cnnspec.schema.choice import plain_value
from cnnspec.schema.declaration import BindError
from cnnspec.schema.values import CallValue, Word

from .evaluate import sides


def make(kind: str, *positional: object, **named: object) -> Layer:
    return layer_class(kind).bind(positional, named)


def facts(layer: Layer, *shapes: tuple) -> Facts:
    return layer.facts(*(Shape(shape) for shape in shapes))


def counts(found: Facts) -> tuple[int, int]:
    trainable = sum(p.count for p in found.params if p.trainable)
    return trainable, sum(p.count for p in found.params) - trainable


#: One call of every kind, with shapes it accepts, its output, and its trainable and other parameters.
CASES = {
    "Conv1D": (("", 32, 7), [(1000, 12)], (994, 32), (2720, 0)),
    "Conv2D": (("", 32, (3, 3)), [(28, 28, 1)], (26, 26, 32), (320, 0)),
    "Conv3D": (("", 8, 3), [(16, 16, 16, 1)], (14, 14, 14, 8), (224, 0)),
    "DepthwiseConv1D": (("", 3), [(10, 4)], (8, 4), (16, 0)),
    "DepthwiseConv2D": (("", 3), [(10, 9, 4)], (8, 7, 4), (40, 0)),
    "SeparableConv1D": (("", 6, 3), [(10, 4)], (8, 6), (42, 0)),
    "SeparableConv2D": (("", 6, 3), [(10, 9, 4)], (8, 7, 6), (66, 0)),
    "Conv1DTranspose": (("", 8, 3, 2), [(10, 128)], (21, 8), (3080, 0)),
    "Conv2DTranspose": (("", 64, 2, 2), [(14, 14, 128)], (28, 28, 64), (32832, 0)),
    "Conv3DTranspose": (("", 2, 2, 2), [(3, 4, 5, 6)], (6, 8, 10, 2), (98, 0)),
    "MaxPool1D": (("",), [(11, 3)], (5, 3), (0, 0)),
    "MaxPool2D": (("",), [(11, 11, 3)], (5, 5, 3), (0, 0)),
    "MaxPool3D": (("", 3), [(11, 11, 11, 3)], (3, 3, 3, 3), (0, 0)),
    "AvgPool1D": (("",), [(11, 3)], (5, 3), (0, 0)),
    "AvgPool2D": (("",), [(11, 12, 3)], (5, 6, 3), (0, 0)),
    "AvgPool3D": (("",), [(4, 5, 6, 3)], (2, 2, 3, 3), (0, 0)),
    "GlobalMaxPool1D": (("",), [(11, 3)], (3,), (0, 0)),
    "GlobalMaxPool2D": (("", None, True), [(11, 11, 3)], (1, 1, 3), (0, 0)),
    "GlobalMaxPool3D": (("",), [(4, 4, 4, 3)], (3,), (0, 0)),
    "GlobalAvgPool1D": (("",), [(11, 3)], (3,), (0, 0)),
    "GlobalAvgPool2D": (("",), [(7, 7, 512)], (512,), (0, 0)),
    "GlobalAvgPool3D": (("",), [(4, 4, 4, 3)], (3,), (0, 0)),
    "AdaptiveMaxPool1D": (("", 4), [(11, 3)], (4, 3), (0, 0)),
    "AdaptiveMaxPool2D": (("", (4, 2)), [(11, 6, 3)], (4, 2, 3), (0, 0)),
    "AdaptiveMaxPool3D": (("", 2), [(4, 5, 6, 3)], (2, 2, 2, 3), (0, 0)),
    "AdaptiveAvgPool1D": (("", 4), [(11, 3)], (4, 3), (0, 0)),
    "AdaptiveAvgPool2D": (("", 7), [(9, 14, 512)], (7, 7, 512), (0, 0)),
    "AdaptiveAvgPool3D": (("", 1), [(4, 5, 6, 3)], (1, 1, 1, 3), (0, 0)),
    "Subsampling2D": (("",), [(28, 28, 6)], (14, 14, 6), (12, 0)),
    "RBF": (("", 10), [(84,)], (10,), (0, 0)),
    "Dense": (("", 10), [(784,)], (10,), (7850, 0)),
    "Flatten": (("",), [(3, 3, 64)], (576,), (0, 0)),
    "Reshape": (("", (-1, 64)), [(3, 3, 64)], (9, 64), (0, 0)),
    "Permute": (("", (2, 1, 3)), [(3, 4, 64)], (4, 3, 64), (0, 0)),
    "Identity": (("",), [(3, 4, 5)], (3, 4, 5), (0, 0)),
    "ReLU": (("", 6), [(3, 4)], (3, 4), (0, 0)),
    "LeakyReLU": (("",), [(3, 4)], (3, 4), (0, 0)),
    "PReLU": (("",), [(3, 4, 5)], (3, 4, 5), (60, 0)),
    "ELU": (("",), [(3, 4)], (3, 4), (0, 0)),
    "SELU": (("",), [(3, 4)], (3, 4), (0, 0)),
    "GELU": (("", True), [(3, 4)], (3, 4), (0, 0)),
    "SiLU": (("",), [(3, 4)], (3, 4), (0, 0)),
    "Mish": (("",), [(3, 4)], (3, 4), (0, 0)),
    "Sigmoid": (("",), [(3, 4)], (3, 4), (0, 0)),
    "HardSigmoid": (("",), [(3, 4)], (3, 4), (0, 0)),
    "HardSwish": (("",), [(3, 4)], (3, 4), (0, 0)),
    "Tanh": (("",), [(3, 4)], (3, 4), (0, 0)),
    "Softplus": (("",), [(3, 4)], (3, 4), (0, 0)),
    "Softmax": (("",), [(10,)], (10,), (0, 0)),
    "Activation": (("", Word("relu")), [(3, 4)], (3, 4), (0, 0)),
    "BatchNorm": (("",), [(7, 7, 64)], (7, 7, 64), (128, 128)),
    "LayerNorm": (("",), [(7, 7, 64)], (7, 7, 64), (128, 0)),
    "GroupNorm": (("", 8), [(7, 7, 64)], (7, 7, 64), (128, 0)),
    "InstanceNorm": (("",), [(7, 7, 64)], (7, 7, 64), (128, 0)),
    "LRN": (("",), [(55, 55, 96)], (55, 55, 96), (0, 0)),
    "Dropout": (("", 0.5), [(4096,)], (4096,), (0, 0)),
    "SpatialDropout1D": (("", 0.5), [(9, 4)], (9, 4), (0, 0)),
    "SpatialDropout2D": (("", 0.5), [(9, 9, 4)], (9, 9, 4), (0, 0)),
    "SpatialDropout3D": (("", 0.5), [(9, 9, 9, 4)], (9, 9, 9, 4), (0, 0)),
    "GaussianNoise": (("", 0.1), [(9, 4)], (9, 4), (0, 0)),
    "DropPath": (("", 0.1), [(9, 9, 4)], (9, 9, 4), (0, 0)),
    "ActivityRegularization": (("", 0.1), [(4096,)], (4096,), (0, 0)),
    "Add": (("",), [(8, 8, 4), (8, 8, 4), (8, 8, 4)], (8, 8, 4), (0, 0)),
    "Subtract": (("",), [(32,), (32,)], (32,), (0, 0)),
    "Multiply": (("",), [(8, 8, 4), (4,)], (8, 8, 4), (0, 0)),
    "Average": (("",), [(8, 4), (8, 4)], (8, 4), (0, 0)),
    "Maximum": (("",), [(8, 4), (8, 1)], (8, 4), (0, 0)),
    "Minimum": (("",), [(1, 4), (8, 4)], (8, 4), (0, 0)),
    "Concat": (("",), [(8, 8, 4), (8, 8, 3)], (8, 8, 7), (0, 0)),
    "Dot": (("", (3, 2)), [(5, 7, 4), (5, 4)], (5, 7, 5), (0, 0)),
    "ZeroPad1D": (("", (1, 2)), [(5, 3)], (8, 3), (0, 0)),
    "ZeroPad2D": (("", 2), [(32, 32, 3)], (36, 36, 3), (0, 0)),
    "ZeroPad3D": (("", ((0, 1), (2, 3), (4, 5))), [(5, 5, 5, 3)], (6, 10, 14, 3), (0, 0)),
    "UpSampling1D": (("",), [(5, 3)], (10, 3), (0, 0)),
    "UpSampling2D": (("", (2, 3)), [(5, 5, 3)], (10, 15, 3), (0, 0)),
    "UpSampling3D": (("",), [(5, 5, 5, 3)], (10, 10, 10, 3), (0, 0)),
    "Crop1D": (("", (1, 2)), [(8, 3)], (5, 3), (0, 0)),
    "Crop2D": (("", 2), [(36, 36, 3)], (32, 32, 3), (0, 0)),
    "Crop3D": (("",), [(5, 6, 7, 3)], (3, 4, 5, 3), (0, 0)),
    "PixelShuffle": (("", 2), [(9, 8, 24)], (18, 16, 6), (0, 0)),
    "Slice": (("", 4, -4), [(9, 9, 24)], (9, 9, 16), (0, 0)),
    "ChannelShuffle": (("", 4), [(9, 9, 24)], (9, 9, 24), (0, 0)),
    "Scale": (("", 1e-6, True), [(9, 9, 24)], (9, 9, 24), (48, 0)),
    "Rescaling": (("", 1 / 255), [(9, 9, 3)], (9, 9, 3), (0, 0)),
    "Normalization": (("",), [(9, 9, 3)], (9, 9, 3), (0, 7)),
    "Filter2D": (("", Word("sobel_x")), [(9, 9, 3)], (9, 9, 3), (0, 0)),
}


def test_every_kind_has_a_case():
    assert set(CASES) == set(all_kinds())
    assert len(CASES) >= 60


@pytest.mark.parametrize("kind", CASES)
def test_output_and_parameters(kind):
    (_, *arguments), shapes, output, parameters = CASES[kind]
    found = facts(make(kind, *arguments), *shapes)
    assert found.output.dims == output
    assert counts(found) == parameters


@pytest.mark.parametrize("kind", CASES)
def test_a_second_look_in_traced_and_symbolic_sizes(kind):
    (_, *arguments), shapes, _, _ = CASES[kind]
    layer = make(kind, *arguments)
    known = facts(layer, *shapes)
    traced = facts(layer, *(tuple(Traced(n) for n in shape) for shape in shapes))
    assert traced.output.dims == known.output.dims
    for size in (*traced.output.dims, traced.macs, *(p.arithmetic for p in traced.params)):
        if isinstance(size, Traced):
            assert sides(size.equation) == (int(size), int(size))
    assert int(traced.macs) == known.macs
    if kind in ("PReLU", "Reshape", "Dense") or len(shapes[0]) == 1:
        return
    names = "dhw"
    symbolic = layer.facts(
        *(Shape((*(Extent.symbol(names[i]) if n > 1 else n for i, n in enumerate(s[:-1])), s[-1])) for s in shapes)
    )
    values = {names[i]: max(s[i] for s in shapes if len(s) > i + 1) for i in range(len(shapes[0]) - 1)}
    for size, expected in zip((*symbolic.output.dims, symbolic.macs), (*known.output.dims, known.macs), strict=True):
        assert (size.evaluate(values) if isinstance(size, Extent) else size) == expected


@pytest.mark.parametrize("kind", CASES)
def test_summaries_and_notes_are_texts(kind):
    (_, *arguments), shapes, _, _ = CASES[kind]
    layer = make(kind, *arguments)
    assert "Annotated" not in layer.summary()
    assert len(layer.summary()) < 40
    for note in layer.notes(*(Shape(shape) for shape in shapes)):
        assert note.title
        assert note.text


def test_convolutions_against_torch():
    import torch

    sizes = combinations((5, 8), (1, 2, 3), (1, 2, 3), (1, 2), (1, 2), ("valid", 1))
    for n, k, s, d, groups, padding in sizes:
        layer = make("Conv2D", 4, (k, 2), strides=s, dilation_rate=d, groups=groups, padding=padding)
        theirs = torch.nn.Conv2d(2, 4, (k, 2), s, 0 if padding == "valid" else 1, d, groups)
        if n + 2 * (padding == 1) < d * (k - 1) + 1:
            continue
        found = facts(layer, (n, 9, 2))
        output = theirs(torch.zeros(1, 2, n, 9))
        assert found.output.dims == (*output.shape[2:], output.shape[1])
        assert counts(found)[0] == sum(p.numel() for p in theirs.parameters())
        assert found.macs == prod(output.shape[1:]) * k * 2 * 2 // groups


@pytest.mark.parametrize(
    ("layer", "shape", "equation"),
    [
        (make("Conv2D", 64, 3), (13, 13, 32), "11·11·3·3·32·64 = 2,230,272"),
        (make("Conv2D", 64, 3, groups=2), (13, 13, 32), "11·11·3·3·(32/2)·64 = 1,115,136"),
        (make("Conv2DTranspose", 64, 2, 2), (14, 14, 128), "14·14·2·2·64·128 = 6,422,528"),
        (make("SeparableConv2D", 6, 3), (10, 10, 4), "8·8·3·3·4·1 + 8·8·4·6 = 3,840"),
        (make("Conv2D", 2, 3, connections=((0, 1), (2,))), (10, 10, 4), "8·8·3·3·3 = 1,728"),
        (make("Dense", 10), (64,), "64·10 = 640"),
        (make("DepthwiseConv2D", 3, depth_multiplier=2), (10, 10, 4), "8·8·3·3·4·2 = 4,608"),
    ],
)
def test_multiply_accumulates_are_written_out(layer, shape, equation):
    assert layer.facts(Shape(tuple(Traced(n) for n in shape))).macs.equation == equation


def test_the_lectures_figures():
    conv = [make("Conv2D", f, 3) for f in (32, 64, 64)]
    params = [counts(facts(layer, shape))[0] for layer, shape in zip(conv, [(28, 28, 1), (13, 13, 32), (5, 5, 64)], strict=True)]
    assert params == [320, 18_496, 36_928]
    assert facts(make("Conv2D", 96, 11, 4), (227, 227, 3)).output.dims == (55, 55, 96)
    assert counts(facts(make("Dense", 300), (200 * 200 * 3,)))[0] == 36_000_300
    assert facts(make("Conv2D", 6, 5, padding=2), (32, 32, 3)).output.dims == (32, 32, 6)
    assert facts(make("Conv2D", 1, 3), (7, 9, 1)).output.dims == (5, 7, 1)


def test_layouts_are_keras_layouts():
    shapes = {
        "kernel": facts(make("Conv2D", 64, (3, 5), groups=2), (9, 9, 32)).params[0].shape,
        "transposed": facts(make("Conv2DTranspose", 64, (3, 5)), (9, 9, 32)).params[0].shape,
        "depthwise": facts(make("DepthwiseConv2D", (3, 5), depth_multiplier=2), (9, 9, 32)).params[0].shape,
        "dense": facts(make("Dense", 7), (32,)).params[0].shape,
    }
    assert shapes == {
        "kernel": (3, 5, 16, 64),
        "transposed": (3, 5, 64, 32),
        "depthwise": (3, 5, 32, 2),
        "dense": (32, 7),
    }
    names = [p.name for p in facts(make("BatchNorm"), (4,)).params]
    assert names == ["gamma", "beta", "moving_mean", "moving_variance"]


def test_frozen_layers_train_nothing():
    for layer, shape in [(make("Conv2D", 4, 3, trainable=False), (9, 9, 3)), (make("BatchNorm", trainable=False), (9, 9, 3))]:
        assert counts(facts(layer, shape))[0] == 0


def test_an_integer_means_all_axes():
    assert make("Conv3D", 4, 3).kernel_size == (3, 3, 3)
    assert make("Conv2D", 4, [3, 5]).kernel_size == (3, 5)
    assert make("Conv2D", 4, 3, padding=[1, 2]).padding == ((1, 1), (2, 2))
    assert make("Conv2D", 4, 3, padding=[[0, 1], [2, 3]]).padding == ((0, 1), (2, 3))
    assert make("Conv1D", 4, 3, padding=[1, 2]).padding == ((1, 2),)
    assert make("MaxPool2D", 3).steps == (3, 3)


@pytest.mark.parametrize(
    ("kind", "positional", "named", "argument", "expected"),
    [
        ("Conv2D", (4, (3, 3, 3)), {}, "kernel_size", "an integer of at least 1 or 2 of them (height × width)"),
        ("Conv2D", (4, 0), {}, "kernel_size", "an integer of at least 1"),
        ("Conv2D", (4, True), {}, "kernel_size", "an integer"),
        ("Conv2D", (0, 3), {}, "filters", "at least 1"),
        ("Conv2D", (4.5, 3), {}, "filters", "an integer"),
        ("Conv2D", (4, 3), {"padding": Word("causal")}, "padding", "valid or same"),
        ("Conv2D", (4, 3), {"padding": -1}, "padding", "at least 0"),
        ("Conv2D", (5, 3), {"groups": 2}, "groups", "a divisor of filters, 5"),
        ("Conv2D", (4, 3), {"connections": ((0,), (1,))}, "connections", "a list for each of the 4 filters"),
        ("Conv2D", (2, 3), {"connections": ((0,), (1, 1))}, "connections", "the different channels it reads"),
        ("Conv2D", (2, 3), {"connections": ((0,), (-1,))}, "connections", "counted from 0"),
        ("Conv2D", (2, 3), {"connections": ((0,), ())}, "connections", "a list for each filter"),
        ("Conv2D", (2, 3), {"connections": (0, 1)}, "connections", "a list for each filter"),
        ("Conv2D", (2, 3), {"connections": ((0,), (1,)), "groups": 2}, "connections", "left out where groups split"),
        ("RBF", (2,), {"codes": ((1, -1), (1,))}, "codes", "all rows of one length"),
        ("RBF", (3,), {"codes": ((1, -1), (1, 1))}, "codes", "a row for each of the 3 units"),
        ("AdaptiveAvgPool2D", (0,), {}, "output_size", "an integer of at least 1 or 2 of them"),
        ("AdaptiveAvgPool2D", (None,), {}, "output_size", "an integer of at least 1 or 2 of them"),
        ("SeparableConv2D", (4, 3), {"depth_multiplier": 0}, "depth_multiplier", "at least 1"),
        ("Subsampling2D", (), {"coefficient_initializer": Word("hi_normal")}, "coefficient_initializer", "an initializer"),
        ("Conv2D", (4, 3), {"activation": Word("rlu")}, "activation", "an activation"),
        ("Conv2D", (4, 3), {"kernel_regularizer": Word("l1_l2")}, "kernel_regularizer", "l1_l2"),
        ("Conv2DTranspose", (4, 3), {"output_padding": 1}, "output_padding", "less than strides"),
        ("MaxPool2D", (2,), {"padding": 2}, "padding", "less than pool_size"),
        ("Dropout", (1.5,), {}, "rate", "at most 1"),
        ("Permute", ((1, 3),), {}, "dims", "1 to n"),
        ("Reshape", ((-1, -1),), {}, "target_shape", "one may be -1"),
        ("Filter2D", (((1, 2), (3,)),), {}, "kernel", "a matrix of numbers"),
        ("Filter2D", (Word("sobel"),), {}, "kernel", "matrix"),
        ("ZeroPad2D", (Word("same"),), {}, "padding", "an integer of at least 0"),
        ("Slice", (4, 4), {}, "stop", "greater than start, 4"),
        ("Slice", (-4, 0), {}, "stop", "none for all to the end"),
        ("Slice", (0, 4, True), {}, "axis", "its name"),
        ("GroupNorm", (0,), {}, "groups", "at least 1, or -1"),
        ("LayerNorm", ((),), {}, "axis", "a list of different axes"),
        ("Normalization", (), {"mean": 1.0}, "mean", "given together with variance"),
        ("Normalization", (), {"mean": 0.0, "variance": -1.0}, "variance", "of at least 0"),
        ("Rescaling", (((1.0,), (1.0, 2.0)),), {}, "scale", "a finite number"),
        ("Dot", ((1, 2, 3),), {}, "axes", "a list of two"),
        ("Crop2D", (-1,), {}, "cropping", "an integer of at least 0"),
        ("GaussianNoise", (2.0,), {}, "stddev", "at most 1"),
        ("BatchNorm", (), {"renorm_clipping": CallValue("clip", (1.0, 2.0))}, "renorm_clipping", "clip"),
        ("PReLU", (), {"shared_axes": (1, 1)}, "shared_axes", "different axes"),
        ("BatchNorm", (), {"epsilon": 0.0}, "epsilon", "greater than 0"),
    ],
)
def test_wrong_arguments_are_refused_with_a_sentence(kind, positional, named, argument, expected):
    with pytest.raises(BindError) as caught:
        make(kind, *positional, **named)
    (problem,) = caught.value.problems
    assert problem.argument == argument
    assert expected in problem.expected or problem.kind == "word"
    assert not problem.expected.startswith(",")


def test_words_with_arguments():
    layer = make(
        "Conv2D", 4, 3, activation=CallValue("leaky_relu", (0.1,)), kernel_regularizer=CallValue("l2", (1e-4,)),
        kernel_constraint=CallValue("max_norm", (2,), (("axis", (0, 1, 2)),)), kernel_initializer=Word("he_normal"),
    )  # fmt: skip
    kernel = facts(layer, (9, 9, 3)).params[0]
    assert layer.activation.negative_slope == 0.1
    assert kernel.regularizer.strengths == (0.0, 1e-4)
    assert kernel.constraint.axis == (0, 1, 2)
    assert kernel.initializer.rule == (2.0, "fan_in", "truncated_normal")


@pytest.mark.parametrize(
    ("layer", "phrases"),
    [
        (make("Conv2D", 4, 3), 0),
        (make("Conv2D", 4, 3, padding=1), 1),
        (make("Conv2D", 4, 3, padding=Word("same"), padding_mode=Word("reflect")), 1),
        (make("Conv2D", 4, 3, strides=2, dilation_rate=2), 1),
        (make("Conv2D", 2, 3, connections=((0,), (1,))), 1),
        (make("DepthwiseConv2D", 3, strides=2, dilation_rate=2), 0),
        (make("SeparableConv2D", 4, 3, strides=2, dilation_rate=2), 0),
        (make("SeparableConv2D", 4, 3, padding=1, padding_mode=Word("reflect")), 2),
        (make("Conv2DTranspose", 4, 3, strides=2, dilation_rate=2), 1),
        (make("MaxPool2D", 3, ceil_mode=True, padding=1), 2),
        (make("AvgPool2D", 3, count_include_pad=True), 1),
    ],
)
def test_extensions_are_named(layer, phrases):
    assert len(layer.incompatible()) == phrases


def test_windows():
    assert facts(make("Dense", 3), (4,)).window is WHOLE_INPUT
    assert facts(make("ReLU"), (4, 4, 4)).window is POINTWISE
    assert facts(make("MaxPool2D"), (11, 11, 3)).drops == (1, 1)
    assert facts(make("Conv2D", 4, 3, strides=2), (8, 9, 3)).drops == (1, 0)


def test_headers():
    assert make("Conv2D", 64, 3, activation=Word("relu")).summary() == "3×3, 64, valid, relu"
    assert make("Conv2D", 96, 11, 4).summary() == "11×11, 96, /4, valid"
    assert make("Conv2D", 32, 3, padding=1, groups=32, dilation_rate=2).summary() == "3×3, 32, d2, p1, g32"
    assert make("Conv2D", 2, 3, connections=((0,), (1,))).summary() == "3×3, 2, valid, partial"
    assert make("SeparableConv2D", 6, 3, 2, depth_multiplier=2).summary() == "3×3, 6, ×2, /2, valid"
    assert make("Subsampling2D", activation=Word("tanh")).summary() == "2×2, tanh"
    assert make("AdaptiveAvgPool2D", (7, 1)).summary() == "7×1"
    assert make("MaxPool2D").summary() == "2×2"
    assert make("MaxPool2D", 3, 2).summary() == "3×3, /2"
    assert make("Dense", 10, Word("softmax")).summary() == "10, softmax"


def test_derivation_notes():
    notes = {note.title: note.text for note in make("Conv2D", 4, 3, 2, Word("same")).notes(Shape((8, 8, 1)))}
    assert notes["padding"].endswith("max((⌈8/2⌉ − 1)·2 + 3 − 8, 0) = 1: 0 before, 1 after")
    (opened,) = make("Conv2D", 4, 3, 2, Word("same")).notes(Shape((Extent.symbol("h"), Extent.symbol("w"), 1)))
    assert opened.text.endswith(": 1 before, 1 after for n mod 2 = 1; 0 before, 1 after for n mod 2 = 0")
    dropped = make("MaxPool2D").notes(Shape((11, 11, 3)))[0]
    assert dropped.text == "the last row and column of 11×11 reach no window"
    assert make("Conv2D", 1, 2, 3).notes(Shape((7, 9, 1)))[0].text == "the last 2 rows and column of 7×9 reach no window"
    windows = [note.text for note in make("AdaptiveAvgPool2D", (7, 2)).notes(Shape((10, 10, 1)))]
    assert windows[0] == "output a reads from ⌊a·10/7⌋ to ⌈(a + 1)·10/7⌉ − 1: ⌈10/7⌉ = 2 positions or 3"
    assert windows[1] == "n/o = 10/2 = 5 positions each, side by side"
    steps = [note.text for note in make("SeparableConv2D", 8, 3, depth_multiplier=2).notes(Shape((9, 9, 4)))]
    assert steps == ["3·3·4·2 = 72", "4·2·8 = 64", "3·3·4·8 = 288"]
    dilated = make("Conv2D", 4, 3, dilation_rate=2).notes(Shape((8, 8, 1)))[0]
    assert dilated.text == "e = d·(k − 1) + 1 = 2·(3 − 1) + 1 = 5"


def test_the_curve_detector_of_the_lecture():
    patch = [[0] * 6 + [30], [0] * 4 + [50] * 3, [0, 0, 0, 20, 50, 0, 0], *[[0, 0, 0, 50, 50, 0, 0]] * 4]
    matrix = make("Filter2D", Word("curve")).matrix
    assert sum(a * b for x, y in zip(patch, matrix, strict=True) for a, b in zip(x, y, strict=True)) == 6600


def test_named_kernels():
    from cnnspec.layers.filter import KERNELS

    assert sum(map(sum, KERNELS["box_blur"])) == pytest.approx(1)
    assert sum(map(sum, KERNELS["gaussian_blur"])) == 1
    assert KERNELS["sobel_y"] == ((-1, -2, -1), (0, 0, 0), (1, 2, 1))
    assert all(len(rows) in (3, 7) for rows in KERNELS.values())
    assert len(KERNELS) == 13


@pytest.mark.parametrize("kind", CASES)
def test_a_layer_survives_being_written_and_read(kind):
    (_, *arguments), _, _, _ = CASES[kind]
    layer = make(kind, *arguments)
    written = {name: plain_value(value) for name, value in layer.changed().items()}
    assert layer_class(kind).bind((), written) == layer
    assert hash(layer_class(kind).bind((), written)) == hash(layer)


def test_tables_survive_being_written_and_read():
    for layer in (make("Conv2D", 2, 3, connections=((2, 0), (1,))), make("RBF", 2, codes=((1, -1, 0.5), (1, 1, 1)))):
        written = {name: plain_value(value) for name, value in layer.changed().items()}
        assert type(layer).bind((), written) == layer
    assert make("Conv2D", 2, 3, connections=((2, 0), (1,))).connections == ((0, 2), (1,))


def test_unknown_extents_stay_cheap():
    extent = Extent.symbol("h")
    for _ in range(60):
        extent = make("Conv2D", 4, 3, padding=Word("same")).facts(Shape((extent, extent, 4))).output.dims[0]
        extent = make("Conv2D", 4, 3).facts(Shape((extent, extent, 4))).output.dims[0]
    assert str(extent) == "h − 120"
    for _ in range(20):
        extent = make("MaxPool2D").facts(Shape((extent, extent, 4))).output.dims[0]
    assert len(str(extent)) < 60


def test_batch_renormalisation_keeps_three_statistics_more():
    renorm = make("BatchNorm", renorm=True, renorm_clipping=CallValue("clip", (3.0,), (("dmax", 5.0),)))
    names = [p.name for p in facts(renorm, (9, 9, 4)).params]
    assert names[4:] == ["moving_stddev", "renorm_mean", "renorm_stddev"]
    assert counts(facts(renorm, (9, 9, 4))) == (8, 20)
    assert (renorm.renorm_clipping.rmax, renorm.renorm_clipping.rmin, renorm.renorm_clipping.dmax) == (3.0, None, 5.0)
