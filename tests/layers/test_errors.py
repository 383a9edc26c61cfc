"""Inputs that layers refuse: every code of the topic is reached, and every repair that is offered holds."""

from __future__ import annotations

import pytest

from cnnspec.diagnostics import Source
from cnnspec.diagnostics.catalogue import REGISTERED
from cnnspec.diagnostics.catalogue import shapes as topic
from cnnspec.layers.base import LayerError
from cnnspec.layers.extent import Extent
from cnnspec.layers.registry import layer_class
from cnnspec.layers.shape import Shape
from cnnspec.schema.values import CallValue, Word

H, W = Extent.symbol("h"), Extent.symbol("w")

MIRRORED = {"filters": 1, "kernel_size": 7, "padding": 3, "padding_mode": Word("reflect")}
ROUND = {"filters": 1, "kernel_size": 9, "padding": 4, "padding_mode": Word("circular")}
BEYOND = {"units": 4, "kernel_constraint": CallValue("max_norm", (2, 3))}
TWICE = {"units": 4, "bias_constraint": CallValue("unit_norm", ((0, -1),))}
NO_MATRIX = {"filters": 4, "kernel_size": 3, "kernel_initializer": Word("identity")}
DILATED = {"filters": 4, "kernel_size": 3, "dilation_rate": 4}

PARTIAL = {"filters": 2, "kernel_size": 3, "connections": ((0, 1), (1, 2))}

#: (code, kind, arguments, input shapes, a piece of the message, repairs offered)
REFUSALS = [
    ("kernel-exceeds-input", "Conv2D", {"filters": 4, "kernel_size": 5}, [(4, 4, 3)], "needs 5×5, but its input is 4×4", 2),
    ("kernel-exceeds-input", "Conv2D", {"filters": 4, "kernel_size": 9, "padding": 1}, [(4, 6, 3)], "padded input is 6×8", 2),
    ("kernel-exceeds-input", "Conv1D", DILATED, [(7, 3)], "needs 9, but its input has", 2),
    ("kernel-exceeds-input", "MaxPool2D", {}, [(1, 8, 3)], "needs 2×2, but its input is 1×8", 2),
    ("kernel-exceeds-input", "Filter2D", {"kernel": Word("curve"), "padding": Word("valid")}, [(5, 5, 1)], "needs 7×7", 1),
    ("wrong-rank", "Conv2D", {"filters": 4, "kernel_size": 3}, [(784,)], "its input is the vector 784", 0),
    ("wrong-rank", "Conv1D", {"filters": 4, "kernel_size": 3}, [(9, 9, 3)], "its input is a map, 9×9×3", 0),
    ("wrong-rank", "GlobalAvgPool2D", {}, [(9, 3)], "its input is a sequence, 9×3", 0),
    ("wrong-rank", "Conv2D", {"filters": 4, "kernel_size": 3}, [(2, 2, 2, 2, 2)], "works on a map", 0),
    ("dense-needs-vector", "Dense", {"units": 10}, [(4, 4, 16)], "but its input is 4×4×16", 1),
    ("dense-needs-vector", "Dense", {"units": 10}, [(H, W, 16)], "but its input is h×w×16", 1),
    ("size-unknown", "Dense", {"units": 10}, [(H * W * 16,)], "depends on h and w", 0),
    ("size-unknown", "PReLU", {}, [(H, W, 16)], "depends on h and w", 1),
    ("size-unknown", "Reshape", {"target_shape": (7, 7)}, [(H,)], "depends on h", 0),
    ("size-unknown", "BatchNorm", {"axis": 1}, [(H, W, 16)], "extent of height", 0),
    ("size-unknown", "Conv1D", {"filters": 4, "kernel_size": 1}, [(4, H)], "number of channels", 0),
    ("groups-mismatch", "Conv2D", {"filters": 8, "kernel_size": 3, "groups": 4}, [(9, 9, 6)], "6 channels do not divide by 4", 1),
    ("connections-out-of-range", "Conv2D", PARTIAL, [(9, 9, 2)], "filter 1 of Conv2D read channel 2", 0),
    ("connections-out-of-range", "Conv2D", PARTIAL, [(9, 9, 1)], "has channel 0 alone", 0),
    ("codes-mismatch", "RBF", {"units": 5}, [(3,)], "4 different ones of 3 numbers, and 5 units", 0),
    ("codes-mismatch", "RBF", {"units": 1, "codes": ((1, -1),)}, [(3,)], "each has 2 numbers, and the input 3", 0),
    ("dense-needs-vector", "RBF", {"units": 10}, [(4, 4, 16)], "but its input is 4×4×16", 1),
    ("size-unknown", "RBF", {"units": 10}, [(H * W * 16,)], "depends on h and w", 0),
    ("size-unknown", "Subsampling2D", {}, [(4, 4, H)], "number of channels", 0),
    ("size-unknown", "SeparableConv2D", {"filters": 4, "kernel_size": 1}, [(4, 4, H)], "number of channels", 0),
    ("merge-shapes-differ", "Add", {}, [(8, 8, 4), (8, 7, 4)], "8×8×4 and 8×7×4", 0),
    ("merge-shapes-differ", "Concat", {}, [(8, 8, 4), (7, 8, 4)], "apart from its axis", 0),
    ("merge-shapes-differ", "Concat", {}, [(8, 8, 4), (4,)], "8×8×4 and 4", 0),
    ("reshape-mismatch", "Reshape", {"target_shape": (5, -1)}, [(3, 3, 64)], "576 values do not divide by 5", 0),
    ("reshape-mismatch", "Reshape", {"target_shape": (5, 5)}, [(24,)], "it has 24 values, not 25", 0),
    ("permutation-mismatch", "Permute", {"dims": (2, 1)}, [(3, 4, 5)], "all 3 axes", 0),
    ("axis-out-of-range", "Softmax", {"axis": 3}, [(4, 4)], "no axis 3", 1),
    ("axis-out-of-range", "Concat", {"axis": 0}, [(4,), (4,)], "that is the batch", 1),
    ("axis-out-of-range", "PReLU", {"shared_axes": (1, 4)}, [(4, 4)], "no axis 4", 0),
    ("axis-out-of-range", "Slice", {"start": 0, "stop": 1, "axis": Word("height")}, [(9, 4)], "no height to work along", 0),
    ("axis-repeated", "LayerNorm", {"axis": (1, -1, 3)}, [(9, 9, 4)], "names the channels of 9×9×4 twice", 0),
    ("size-unknown", "LayerNorm", {"axis": (1, 2)}, [(H, W, 4)], "extent of height", 0),
    ("size-unknown", "Normalization", {"axis": (1, 3)}, [(H, W, 4)], "extent of height", 0),
    ("size-unknown", "Rescaling", {"scale": ((1.0, 1.0), (2.0, 2.0))}, [(H, W, 2)], "extent of width", 0),
    ("size-unknown", "Scale", {}, [(4, H)], "number of channels", 0),
    ("size-unknown", "ChannelShuffle", {"groups": 2}, [(4, H)], "number of channels", 0),
    ("size-unknown", "InstanceNorm", {}, [(4, H)], "extent of channels", 0),
    ("groups-mismatch", "GroupNorm", {}, [(9, 9, 48)], "48 channels do not divide by 32", 1),
    ("groups-mismatch", "ChannelShuffle", {"groups": 4}, [(9, 9, 6)], "6 channels do not divide by 4", 1),
    ("wrong-rank", "InstanceNorm", {}, [(784,)], "works on sequences, maps and volumes", 0),
    ("slice-out-of-range", "Slice", {"start": 4, "stop": 12}, [(9, 9, 8)], "4:12 of the channels of 9×9×8, but there are 8", 1),
    ("slice-out-of-range", "Slice", {"start": -9, "stop": None}, [(8,)], "takes -9: of the units of 8", 0),
    ("slice-out-of-range", "Slice", {"start": 5, "stop": -4, "axis": 1}, [(8, 3)], "of the length of 8×3", 1),
    ("values-mismatch", "Rescaling", {"scale": (1.0, 2.0, 3.0)}, [(9, 9, 1)], "3 values of scale for 9×9×1", 0),
    ("values-mismatch", "Normalization", {"mean": (1.0, 2.0), "variance": (1.0, 2.0)}, [(9, 3)], "2 values of mean", 0),
    ("values-mismatch", "Normalization", {"axis": None, "mean": (1.0,), "variance": (1.0,)}, [(9, 3)], "takes one number", 0),
    ("padding-exceeds-input", "Conv2D", MIRRORED, [(3, 3, 1)], "only 2", 1),
    ("padding-exceeds-input", "Conv2D", ROUND, [(3, 3, 1)], "only 3", 1),
    ("noise-shape-mismatch", "Dropout", {"rate": 0.5, "noise_shape": (None, 1)}, [(9, 4)], "does not fit its input 9×4", 0),
    ("constraint-axis-out-of-range", "Dense", BEYOND, [(9,)], "over axis 3", 0),
    ("constraint-axis-out-of-range", "Dense", TWICE, [(9,)], "0, -1", 0),
    ("initializer-needs-matrix", "Conv2D", NO_MATRIX, [(9, 9, 4)], "3×3×4×4", 0),
    ("initializer-needs-matrix", "PReLU", {"alpha_initializer": Word("orthogonal")}, [(9,)], "alpha 9", 0),
    ("factor-mismatch", "PixelShuffle", {"factor": 2}, [(9, 9, 6)], "6 channels do not divide by 4", 0),
    ("wrong-rank", "PixelShuffle", {"factor": 2}, [(8,)], "works on sequences, maps and volumes", 0),
    ("dot-sizes-differ", "Dot", {"axes": (1, 2)}, [(9, 4), (4, 5)], "length of 9×4 and the channels of 4×5", 0),
    ("axis-out-of-range", "Dot", {"axes": 2}, [(9, 4), (4,)], "no axis 2", 0),
    ("output-empty", "Crop2D", {"cropping": ((1, 2), (2, 2))}, [(4, 4, 3)], "along width", 0),
    ("output-empty", "Conv2DTranspose", {"filters": 4, "kernel_size": 3, "padding": 3}, [(2, 9, 4)], "along height", 0),
]  # fmt: skip


def refuse(kind, arguments, shapes):
    layer = layer_class(kind).bind((), arguments)
    inputs = [Shape(shape) for shape in shapes]
    with pytest.raises(LayerError) as caught:
        layer.facts(*inputs)
    return layer, inputs, caught.value


@pytest.mark.parametrize(("code", "kind", "arguments", "shapes", "message", "repairs"), REFUSALS)
def test_refusals(code, kind, arguments, shapes, message, repairs):
    layer, inputs, error = refuse(kind, arguments, shapes)
    assert error.code == code
    assert error.argument is None or error.argument in type(layer).model_fields
    diagnostic = REGISTERED[code][1](Source("a.cnn", "Layer").span(0, 5), **error.values)
    assert diagnostic.code == code
    assert message in diagnostic.message
    assert "\n" not in diagnostic.message
    assert len(error.repairs) == repairs
    for repair in error.repairs:
        assert repair.text
        if repair.insert is not None:
            layer.facts(repair.insert.facts(*inputs).output)
        else:
            fields = {name: getattr(layer, name) for name in type(layer).model_fields}
            type(layer).bind((), {**fields, repair.argument: repair.value}).facts(*inputs)


def test_every_code_is_reached():
    own = {code for code, (_, factory) in REGISTERED.items() if factory.__module__ == topic.__name__}
    assert own - {row[0] for row in REFUSALS} == {"layer-rejects-input"}  # for layers of other packages
    diagnostic = topic.layer_rejects_input(Source("a.cnn", "X").span(0, 1), layer="X", shape="3×3", reason="too small")
    assert diagnostic.message == "X does not accept 3×3: too small"


def test_the_example_of_the_design():
    _, _, error = refuse("Conv2D", {"filters": 16, "kernel_size": 5}, [(4, 4, 6)])
    diagnostic = topic.kernel_exceeds_input(Source("a.cnn", "5x5").span(0, 3), **error.values)
    assert diagnostic.message == "Conv2D needs 5×5, but its input is 4×4"
    assert diagnostic.here == "kernel_size 5×5"
    assert diagnostic.notes == ("⌊(4 + 2·0 − 5)/1⌋ + 1 = 0 positions along height and width",)
    help_text = "; ".join(repair.text for repair in error.repairs)
    assert help_text == "padding=same keeps 4×4; a kernel_size of 4×4 or less also fits"


def test_merging_rules():
    def add(*shapes):
        return layer_class("Add")().facts(*(Shape(shape) for shape in shapes)).output.dims

    assert add((8, 8, 4), (4,)) == (8, 8, 4)
    assert add((4,), (8, 8, 4)) == (8, 8, 4)
    assert add((8, 1, 4), (1, 6, 1)) == (8, 6, 4)
    assert add((8, 4), (8, 6, 4)) == (8, 6, 4)
    assert add((H, W, 4), (H, W, 4)) == (H, W, 4)
    assert add((H, 4), (1, 4)) == (H, 4)
    assert add((H // 2 * 2, 4), (H, 4)) == (H, 4), "the shorter formula, where they are equal"
    assert add((H, 4), (8, 4)) == (8, 4)


def test_what_a_merge_asks_of_open_sizes():
    def asked(kind, *shapes):
        facts = layer_class(kind)().facts(*(Shape(shape) for shape in shapes))
        return [(str(requirement), requirement.axis) for requirement in facts.requires]

    assert asked("Add", (H // 2 * 2, W, 4), (H, W, 4)) == [("h = 2·⌊h/2⌋", "height")]
    assert asked("Concat", (8, W, 4), (H, W - 2, 4)) == [("h = 8", "height"), ("w = w − 2", "width")]
    assert asked("Multiply", (H, W, 4), (1, 1, 4)) == []
    assert asked("Add", (H, 4), (4,)) == []


def test_what_other_layers_ask_of_open_sizes():
    def asked(layer, *shapes):
        return [str(requirement) for requirement in layer.facts(*(Shape(shape) for shape in shapes)).requires]

    def part(start, stop, axis=1):
        return layer_class("Slice").bind((start, stop, axis))

    assert asked(part(2, 9), (H, 4)) == ["h ≥ 9"]
    assert asked(part(2, None), (H, 4)) == ["h ≥ 3"]
    assert asked(part(None, -3), (H, 4)) == ["h ≥ 4"]
    assert asked(part(-5, -2), (H, 4)) == ["h ≥ 5"]
    assert asked(part(-5, 3), (H, 4)) == ["h ≥ 5", "h ≥ 3", "7 ≥ h"]
    assert asked(part(0, 4, -1), (H, 4)) == []
    dot = layer_class("Dot").bind((1,))
    assert asked(dot, (H, 4), (W, 4)) == ["h = w"]
    assert asked(dot, (H, 4), (9, 4)) == ["h = 9"]
    assert asked(dot, (H, 4), (H, 5)) == []


def test_slices_of_open_sizes():
    def extent(start, stop):
        return str(layer_class("Slice").bind((start, stop, 1)).facts(Shape((H, 4))).output.dims[0])

    found = [extent(2, 9), extent(2, None), extent(None, -3), extent(-5, -2), extent(-5, 3)]
    assert found == ["7", "h − 2", "h − 3", "3", "−h + 8"]


def test_concatenation_along_other_axes():
    concat = layer_class("Concat").bind((), {"axis": 1})
    assert concat.facts(Shape((3, 8, 4)), Shape((2, 8, 4))).output.dims == (5, 8, 4)
    assert layer_class("Concat")().facts(Shape((H, W, 4)), Shape((H, W, 3))).output.dims == (H, W, 7)
