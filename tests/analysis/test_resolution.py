"""The sizes of input that a network is made for, and layers that come too late."""

from __future__ import annotations

import pytest

from cnnspec.analysis.report import ModelReport, Resolution
from support.checking import check
from support.hand_built import Build, layer, mnist_cnn


def vgg16(size: int) -> Build:
    """Its convolutions and pooling, with few filters."""
    build = Build()
    build.input(size, size, 3)
    for count in (2, 2, 3, 3, 3):
        build.chain(*[layer("Conv2D", 2, 3, padding="same", activation="relu")] * count, "MaxPool2D")
    build.chain("GlobalAvgPool2D", layer("Dense", 10))
    return build


def resnet(blocks: list[tuple[str, int]]) -> ModelReport:
    """The stem of ResNet, then blocks of a kind and stride, with few filters."""
    text = """
block Basic(strides) { Add {
  | Conv2D(2, 3x3, strides=strides, padding=1) -> BatchNorm -> ReLU -> Conv2D(2, 3x3, padding=1) -> BatchNorm
  | Conv2D(2, 1x1, strides=strides)
} }
block Bottleneck(strides) { Add {
  | Conv2D(2, 1x1) -> Conv2D(2, 3x3, strides=strides, padding=1) -> ReLU -> Conv2D(2, 1x1) -> BatchNorm
  | Conv2D(2, 1x1, strides=strides)
} }
model ResNet {
  input 224x224x3
  Conv2D(2, 7x7, strides=2, padding=3) -> MaxPool2D(3x3, strides=2, padding=1)
"""
    text += "".join(f"  {kind}({strides})\n" for kind, strides in blocks) + "}\n"
    checked = check(text)
    assert checked.report.ok
    return checked.report.models[0]


def test_ranges_of_the_toolbox() -> None:
    """Of rfa_toolbox for VGG-16 and ResNets 18 and 50: 196 to 212, 139 to 435, 96 to 427."""
    assert vgg16(224).report().resolution == Resolution((196, 196), (212, 212))
    basic = [("Basic", strides) for stage in (1, 2, 2, 2) for strides in (stage, 1)]
    assert resnet(basic).resolution == Resolution((139, 139), (435, 435))
    counts = ((3, 1), (4, 2), (6, 2), (3, 2))
    bottlenecks = [("Bottleneck", strides if at == 0 else 1) for count, strides in counts for at in range(count)]
    assert resnet(bottlenecks).resolution == Resolution((96, 96), (427, 427))


@pytest.mark.parametrize(("size", "late"), [(196, []), (195, ["conv2d_13"]), (163, ["conv2d_12", "conv2d_13"])])
def test_a_convolution_that_has_seen_everything_before_is_unproductive(size: int, late: list[str]) -> None:
    assert [row.name for row in vgg16(size).report().rows if row.unproductive] == late


def test_a_layer_that_still_grows_along_one_axis_is_not() -> None:
    build = Build()
    build.input(4, 40, 1)
    build.chain(layer("Conv2D", 1, 5, padding="same"), layer("Conv2D", 1, 5, padding="same"))
    report = build.report()
    assert not any(row.unproductive for row in report.rows)
    assert report.resolution == Resolution((9, 9), (9, 9))


def test_the_range_is_per_axis() -> None:
    build = Build()
    build.input(32, 32, 1)
    build.chain(layer("Conv2D", 1, (3, 5)), layer("MaxPool2D", (1, 2)), layer("Conv2D", 1, (3, 1)), layer("AvgPool2D", 2))
    assert build.report().resolution == Resolution((5, 6), (6, 8))


def test_a_window_may_be_wider_than_a_small_path() -> None:
    build = Build()
    start = build.input(32, 1)
    build.add(layer("Conv1D", 1, 1, strides=4), start)
    build.add(layer("Conv1D", 1, 3, padding="same", dilation_rate=2))
    assert build.report().resolution == Resolution((20,), (17,))  # 5 positions, 4 pixels apart; the field is 17


def test_behind_upsampling_the_span_is_rounded_up() -> None:
    build = Build()
    build.input(32, 1)
    build.chain(layer("UpSampling1D", 2), layer("Conv1D", 1, 5, padding="same"))
    assert build.report().resolution == Resolution((3,), (3,))


def test_without_convolutions_there_is_no_range() -> None:
    build = Build()
    build.input(8, 8, 1)
    build.chain("MaxPool2D", "Flatten", layer("Dense", 2))
    assert build.report().resolution is None
    vector = Build()
    vector.input(8)
    vector.add(layer("Dense", 2))
    assert vector.report().resolution is None


def test_unread_pixels_are_reported_by_input() -> None:
    report = mnist_cnn().report()
    assert report.unread == {"input": (((26, 27),), ((26, 27),))}
    build = Build()
    build.input("h", 8, 1)
    build.add(layer("Conv2D", 1, 3))
    assert build.report().unread == {}
