"""The work of a backward pass, against what Torch counts while it takes one."""

from __future__ import annotations

import pytest

from cnnspec.analysis.backward import count_backward
from cnnspec.layers.extent import Extent
from support.hand_built import Build, alexnet, layer, lenet, mnist_cnn


def counted_by_torch(build: Build) -> tuple[int, int]:
    """FLOPs of a forward and a backward pass of the built network on one sample."""
    torch = pytest.importorskip("torch")
    from torch.utils.flop_counter import FlopCounterMode

    from cnnspec.backends.torch_modules import build_module

    module = build_module(build.network(), seed=0)
    inputs = {
        node.path: torch.rand(1, int(shape.channels), *map(int, shape.extents))
        for node, shape in zip(build.nodes, build.shapes, strict=True)
        if not node.inputs
    }
    with FlopCounterMode(display=False) as forward:
        result = module(*inputs.values())
    with FlopCounterMode(display=False) as backward:
        if result.requires_grad:
            result.sum().backward()
    return forward.get_total_flops(), backward.get_total_flops()


def chain(*layers: object, shape: tuple[int, ...] = (12, 10, 3)) -> Build:
    build = Build()
    build.input(*shape)
    for made in layers:
        build.add(made)  # type: ignore[arg-type]
    return build


def padded_first() -> Build:
    return chain(layer("ZeroPad2D", 1), "ReLU", layer("Conv2D", 4, 3), layer("Conv2D", 5, 3), "Flatten", layer("Dense", 2))


def normalised_first() -> Build:
    """What is trained before the first convolution asks for the gradient by its input."""
    return chain("BatchNorm", layer("Conv2D", 4, 3), "GlobalAvgPool2D", layer("Dense", 2))


def frozen() -> Build:
    return chain(layer("Conv2D", 4, 3, trainable=False), layer("Conv2D", 5, 3), layer("Conv2D", 6, 1, trainable=False))


def frozen_throughout() -> Build:
    return chain(layer("Conv2D", 4, 3, trainable=False), layer("Conv2D", 6, 1, trainable=False), "BatchNorm")


def transposed() -> Build:
    return chain(layer("Conv2DTranspose", 4, 3, strides=2), layer("Conv2DTranspose", 2, 2), "ReLU")


def branched() -> Build:
    build = Build()
    start = build.input(8, 8, 3)
    left, right = build.add(layer("Conv2D", 4, 3, padding="same"), start), build.add(layer("Conv2D", 4, 1), start)
    both = build.add("Add", left, right)
    build.add(layer("Conv2D", 2, 1), both)
    return build


def siamese() -> Build:
    build = Build()
    a, b = build.input(9, 9, 1, name="a"), build.input(9, 9, 1, name="b")
    encoder = layer("Conv2D", 4, 3)
    first = build.add(encoder, a)
    second = build.add(encoder, b, shares=first)
    build.add("Concat", first, second)
    build.add(layer("Conv2D", 2, 1))
    return build


NETWORKS = [
    lenet, mnist_cnn, padded_first, normalised_first, frozen, frozen_throughout, transposed, branched, siamese,
]  # fmt: skip


@pytest.mark.parametrize("make", NETWORKS, ids=lambda make: make.__name__)
def test_backward_is_what_torch_counts(make) -> None:  # type: ignore[no-untyped-def]
    build = make()
    totals = build.report().totals
    assert (totals.flops, totals.flops_backward) == counted_by_torch(build)


def test_backward_is_twice_forward_less_the_first_inputs_gradient() -> None:
    totals = mnist_cnn().report().totals
    assert totals.macs_backward == 2 * 2_794_240 - 194_688
    report = alexnet().report()
    assert report.totals.macs_backward == 2 * report.totals.macs - report.rows[1].macs  # type: ignore[operator]
    assert [row.macs_backward for row in report.rows[:4]] == [0, 105_415_200, 0, 2 * 223_948_800]


def test_the_pointwise_half_of_a_separable_convolution_asks_for_a_gradient_by_its_input() -> None:
    """Torch is no judge here: of a convolution in groups it counts the gradient by the weights as of one without."""
    build = chain(layer("SeparableConv2D", 4, 3), layer("SeparableConv2D", 5, 3, depth_multiplier=2))
    rows = build.report().rows
    depthwise, pointwise = 10 * 8 * 9 * 3, 10 * 8 * 3 * 4
    assert rows[1].macs == depthwise + pointwise
    assert rows[1].macs_backward == depthwise + 2 * pointwise
    assert rows[2].macs_backward == 2 * rows[2].macs  # type: ignore[operator]


def test_vectors_that_are_multiplied_ask_for_a_gradient_each() -> None:
    build = Build()
    a, b = build.input(6, name="a"), build.input(6, name="b")
    left = build.add(layer("Dense", 4), a)
    right = build.add(layer("Dense", 4), b)
    both = build.add(layer("Dot", -1), left, right)
    build.add(layer("Dot", -1), both, build.add(layer("Dense", 1), a))
    assert count_backward(build.model())[both] == 2 * 4
    untrained = Build()
    a, b = untrained.input(6, name="a"), untrained.input(6, name="b")
    both = untrained.add(layer("Dot", -1), a, b)
    assert count_backward(untrained.model())[both] == 0


def test_unknown_and_symbolic_work() -> None:
    report = lenet().report(first_unknown=3)
    assert report.totals.macs_backward is None
    assert report.totals.flops_backward is None
    assert report.rows[3].macs_backward is None
    build = Build()
    build.input("h", "w", 2)
    build.chain(layer("Conv2D", 4, 3), layer("Conv2D", 2, 3))
    backward = build.report().totals.macs_backward
    assert isinstance(backward, Extent)
    known = chain(layer("Conv2D", 4, 3), layer("Conv2D", 2, 3), shape=(20, 30, 2)).report().totals.macs_backward
    assert backward.evaluate({"h": 20, "w": 30}) == known
