"""Parameters, operations, activations, im2col and depth, with the lecture's figures."""

from __future__ import annotations

import pytest

from cnnspec.analysis.rows import add_up, analyse_model
from cnnspec.layers.extent import Extent
from cnnspec.record import replace
from support.hand_built import Build, alexnet, layer, lenet, mnist_cnn


def test_lenet() -> None:
    report = lenet().report()
    totals = report.totals
    assert (totals.params, totals.trainable, totals.non_trainable) == (44_426, 44_426, 0)
    assert (totals.macs, totals.flops, totals.activation_elements) == (281_640, 563_280, 6_070)
    assert (totals.input_elements, totals.depth) == (784, 5)
    assert report.ok
    first = report.rows[1]
    assert (first.name, first.path, first.kind, first.inputs) == ("conv2d_1", "LeNet5/conv2d_1", "Conv2D", ("input",))
    assert (first.params, first.macs, first.im2col, first.activation_elements) == (156, 86_400, (25, 576), 3_456)
    assert first.line == 2


@pytest.mark.parametrize(("pooling", "params"), [(True, 55_744), (False, 55_744)])
def test_convolutions_of_the_lectures_cnn(pooling: bool, params: int) -> None:
    rows = mnist_cnn(pooling).report().rows
    assert sum(row.params for row in rows if row.kind == "Conv2D") == params


def test_mnist_cnn() -> None:
    report = mnist_cnn().report()
    assert report.totals.params == 93_322
    assert [row.params for row in report.rows[1:]] == [320, 0, 18_496, 0, 36_928, 0, 36_928, 650]
    assert [str(row.output_shape) for row in report.rows[1:6]] == ["26×26×32", "13×13×32", "11×11×64", "5×5×64", "3×3×64"]


def test_alexnet() -> None:
    report = alexnet().report()
    assert report.totals.params == 60_965_224
    assert report.totals.depth == 8
    assert report.rows[1].im2col == (363, 3_025)
    assert report.rows[3].im2col == (5 * 5 * 48, 27 * 27)
    assert report.rows[9].im2col is None  # Flatten
    assert report.rows[10].im2col is None  # Dense
    assert report.rows[2].im2col is None  # pooling has no weights


def test_mlp_and_single_layers() -> None:
    build = Build()
    build.input(784)
    build.chain(layer("Dense", 8), layer("Dense", 10))
    assert build.report().totals.params == 6_370
    for shape, made, params in [
        ((200, 200, 3), layer("Dense", 300), 36_000_300),
        ((7, 9, 3), layer("Conv2D", 300, 3), 8_400),
        ((32, 32, 3), layer("Conv2D", 1, 5), 76),
    ]:
        build = Build()
        build.input(*shape)
        if made.kind == "Dense":
            build.add("Flatten")
        build.add(made)
        assert build.report().totals.params == params


def test_im2col_of_depthwise_and_transposed() -> None:
    build = Build()
    build.input(16, 16, 8)
    build.add(layer("DepthwiseConv2D", 3, depth_multiplier=2))
    build.add(layer("Conv2DTranspose", 4, 3, strides=2))
    rows = build.report().rows
    assert rows[1].im2col == (9, 14 * 14)
    assert rows[2].im2col == (3 * 3 * 16, 29 * 29)
    assert rows[2].macs == 14 * 14 * 3 * 3 * 4 * 16


def test_batch_norm_counts_as_keras_does() -> None:
    build = Build()
    build.input(8, 8, 3)
    build.chain(layer("Conv2D", 64, 3, use_bias=False), "BatchNorm")
    row = build.report().rows[2]
    assert (row.trainable, row.non_trainable, row.params) == (128, 128, 256)
    assert build.report().totals.depth == 1


def test_a_frozen_layer_is_not_trained() -> None:
    build = Build()
    build.input(4)
    build.add(layer("Dense", 2, trainable=False))
    assert (build.report().totals.trainable, build.report().totals.non_trainable) == (0, 10)


def test_shared_weights_count_once() -> None:
    build = Build()
    a, b = build.input(28, 28, 1, name="a"), build.input(28, 28, 1, name="b")
    encoder = layer("Conv2D", 16, 3)
    first = build.add(encoder, a)
    second = build.add(encoder, b, shares=first)
    build.add("Subtract", first, second)
    report = build.report()
    assert (report.rows[first].params, report.rows[first].shared) == (160, False)
    assert (report.rows[second].params, report.rows[second].shared) == (0, True)
    assert report.totals.params == 160
    assert report.totals.macs == 2 * 26 * 26 * 9 * 16
    assert report.totals.activation_elements == 3 * 26 * 26 * 16
    assert report.totals.input_elements == 2 * 784


def test_depth_is_the_longest_path() -> None:
    build = Build()
    start = build.input(8, 8, 4)
    left = build.add(layer("Conv2D", 4, 3, padding="same"), start)
    left = build.add(layer("Conv2D", 4, 3, padding="same"), left)
    right = build.add(layer("Conv2D", 4, 1), start)
    build.add("Add", left, right)
    build.chain("Flatten", layer("Dense", 2))
    assert build.report().totals.depth == 3


def test_symbolic_sizes_stay_formulas() -> None:
    build = Build()
    build.input("h", "w", 1)
    build.add(layer("Conv2D", 8, 3))
    report = build.report()
    assert report.totals.params == 80
    assert isinstance(report.totals.macs, Extent)
    assert report.totals.macs.evaluate({"h": 28, "w": 28}) == 26 * 26 * 9 * 8
    assert report.rows[1].im2col is None
    assert report.rows[1].coverage is None
    assert report.rows[1].field is not None
    assert report.rows[1].field.size == (3, 3)


def test_after_an_error_figures_are_unknown() -> None:
    report = lenet().report(first_unknown=3)
    assert not report.ok
    assert report.totals.params is None
    assert report.totals.flops is None
    assert report.rows[1].params == 156
    assert report.rows[3].macs is None
    assert report.rows[3].field_status == "unknown"
    broken = analyse_model(replace(lenet().model(), broken=True))
    assert broken.totals.params is None
    assert not broken.ok


def test_add_up_mixes_numbers_and_formulas() -> None:
    h = Extent.symbol("h")
    assert add_up([]) == 0
    assert add_up([1, 2]) == 3
    total = add_up([1, h, 2, h * 2, h])
    assert isinstance(total, Extent)
    assert total.evaluate({"h": 10}) == 43
