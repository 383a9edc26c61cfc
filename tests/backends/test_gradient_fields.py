"""The measured receptive field against the lecture's figures and the forward recurrence."""

from __future__ import annotations

from random import Random

import pytest

from cnnspec.backends.torch_modules import facts_of
from cnnspec.ir import Network
from cnnspec.layers.base import LayerError
from cnnspec.layers.window import Axis
from support.gradient_fields import FieldMeter, linearised, measured_field
from support.networks import Builder, make, mnist_cnn, sequence


@pytest.mark.parametrize(
    ("path", "size"),
    [("conv2d_1", 3), ("max_pool2d_1", 4), ("conv2d_2", 8), ("max_pool2d_2", 10), ("conv2d_3", 18), ("dense_1", 26)],
)
def test_the_lecture_s_cnn(path: str, size: int) -> None:
    unit = () if path == "dense_1" else (0, 0)
    assert measured_field(mnist_cnn(), path, unit) == ((0, size - 1), (0, size - 1))


def test_the_last_map_leaves_two_rows_and_columns_unread() -> None:
    assert measured_field(mnist_cnn(), "conv2d_3", (2, 2)) == ((8, 25), (8, 25))


def test_upsampling_and_transposed_convolution() -> None:
    layers = (make("MaxPool1D"), make("UpSampling1D", 2), make("Conv1D", 1, 3), make("Conv1DTranspose", 1, 3, strides=2))
    network = sequence((12, 1), *layers)
    assert measured_field(network, "conv1d_1", (0,)) == ((0, 3),)
    assert measured_field(network, "conv1d_1", (1,)) == ((0, 3),)
    assert measured_field(network, "conv1d_transpose_1", (2,)) == ((0, 3),)


def test_a_gate_is_held_constant() -> None:
    builder = Builder()
    builder.input(9, 9, 2)
    conv = builder.add(make("Conv2D", 4, 3, activation="relu"))
    builder.add(make("GlobalAvgPool2D"))
    gate = builder.add(make("Dense", 4, activation="sigmoid"))
    builder.add(make("Multiply"), conv, gate)
    assert measured_field(builder.network(), "multiply_1", (3, 3)) == ((3, 5), (3, 5))


def test_the_other_input_is_not_seen() -> None:
    builder = Builder()
    builder.input(6, 1, name="a")
    builder.input(6, 1, name="b")
    builder.add(make("Conv1D", 1, 3), 0)
    builder.add(make("Conv1D", 1, 2), 1)
    builder.add(make("Flatten"), 2)
    network = builder.network()
    assert measured_field(network, "conv1d_1", (0,), of="a") == ((0, 2),)
    assert measured_field(network, "conv1d_1", (0,), of="b") is None


def test_linear_networks_keep_paths_and_shapes() -> None:
    network = mnist_cnn()
    linear = linearised(network)
    assert [node.path for node in linear.nodes] == [node.path for node in network.nodes]
    assert [f.output for f in facts_of(linear)] == [f.output for f in facts_of(network)]


def chain(random: Random) -> Network:
    builder = Builder()
    builder.input(random.randint(8, 30), 1)
    for _ in range(random.randint(1, 5)):
        sizes = {"strides": random.randint(1, 3), "padding": random.choice(("valid", "same", 1))}
        if random.random() < 0.6:
            layer = make("Conv1D", 1, random.randint(1, 4), dilation_rate=random.randint(1, 2), activation="relu", **sizes)
        else:
            layer = make(random.choice(("MaxPool1D", "AvgPool1D")), random.randint(2, 4), **sizes)
        try:
            builder.add(layer)
        except LayerError:
            break
    return builder.network()


def test_random_chains_follow_the_forward_recurrence() -> None:
    """R += (e − 1)·J, P += before·J, J ·= s; unit i sees [iJ − P, iJ − P + R − 1]."""
    inside = 0
    for seed in range(150):
        network = chain(Random(seed))
        facts, meter = facts_of(network), FieldMeter(network)
        size, jump, start = 1, 1, 0
        pixels = int(facts[0].output.extents[0])  # type: ignore[arg-type]
        for node, fact in zip(network.nodes[1:], facts[1:], strict=True):
            (axis,) = fact.window  # type: ignore[misc]
            assert isinstance(axis, Axis)
            size, start, jump = size + (axis.effective - 1) * jump, start + int(axis.before) * jump, jump * axis.stride  # type: ignore[arg-type]
            for unit in range(int(fact.output.extents[0])):  # type: ignore[arg-type]
                low = unit * jump - start
                field = meter.measure(node.path, (unit,))
                if low >= 0 and low + size <= pixels:
                    assert field == ((low, low + size - 1),), (seed, node.path, unit)
                    inside += 1
                elif field is not None:  # the rest is padding, in which dilated windows may have holes
                    assert max(low, 0) <= field[0][0] <= field[0][1] <= min(low + size, pixels) - 1
    assert inside > 1000
