"""Max pooling before the ReLU that it follows: the same outputs, gradients and trained weights, bit by bit."""

from __future__ import annotations

import pytest
import torch

from cnnspec.backends.torch_modules import BuiltNetwork, build_module
from cnnspec.ir import Network
from support.networks import Builder, lenet, make, mnist_cnn, sequence


def train(module: BuiltNetwork, shape: tuple[int, ...], *, channels_last: bool = False) -> list[torch.Tensor]:
    """The weights after a few steps on the same random batches."""
    generator = torch.Generator().manual_seed(0)
    optimizer = torch.optim.SGD(module.parameters(), lr=0.1, momentum=0.9)
    for _ in range(5):
        x = torch.randn(8, *shape, generator=generator)
        x = (x * 4).round() / 4  # values that are equal often, so that ties are met
        if channels_last:
            x = x.to(memory_format=torch.channels_last)
        logits = module.forward_logits(x).flatten(1)
        target = torch.randint(0, logits.shape[1], (8,), generator=generator)
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(logits, target).backward()
        optimizer.step()
    return [p.detach() for p in module.parameters()]


def ending(*layers: object) -> Network:
    return sequence((9, 9, 2), *layers, make("Flatten"), make("Dense", 4, activation="softmax"))  # type: ignore[arg-type]


NETWORKS = {
    "lenet": (lenet(), (1, 28, 28), 2),
    "mnist_cnn": (mnist_cnn(), (1, 28, 28), 2),
    "relu layer": (ending(make("Conv2D", 3, 3), make("BatchNorm"), make("ReLU"), make("MaxPool2D")), (2, 9, 9), 1),
    "relu6, overlapping, same": (
        ending(make("Conv2D", 3, 3, activation="relu6"), make("MaxPool2D", 3, strides=2, padding="same")),
        (2, 9, 9),
        1,
    ),
    "max_value": (ending(make("Conv2D", 3, 3), make("ReLU", max_value=0.5), make("MaxPool2D", 2, ceil_mode=True)), (2, 9, 9), 1),
    "twice": (
        ending(*[make("Conv2D", 3, 2, activation="relu"), make("MaxPool2D", 2)] * 2),
        (2, 9, 9),
        2,
    ),
}


@pytest.mark.parametrize("channels_last", [False, True])
@pytest.mark.parametrize("name", NETWORKS)
def test_trained_weights_are_the_same_bits(name: str, channels_last: bool) -> None:
    network, shape, places = NETWORKS[name]
    plain, pooled = (build_module(network, seed=0).train() for _ in range(2))
    if channels_last:
        plain, pooled = (module.to(memory_format=torch.channels_last) for module in (plain, pooled))
    assert pooled.pool_first() == places
    expected = train(plain, shape, channels_last=channels_last)
    found = train(pooled, shape, channels_last=channels_last)
    assert all(torch.equal(a, b) for a, b in zip(expected, found, strict=True))
    assert list(plain.state_dict()) == list(pooled.state_dict())
    assert pooled.pool_first(on=False) == 0


@pytest.mark.parametrize("word", ["tanh", "sigmoid", "leaky_relu", "gelu", "softmax", "elu"])
def test_functions_that_may_join_values_or_fall_stay_where_they_are(word: str) -> None:
    assert build_module(ending(make("Conv2D", 3, 3, activation=word), make("MaxPool2D"))).pool_first() == 0


def test_average_pooling_stays_where_it_is() -> None:
    assert build_module(ending(make("Conv2D", 3, 3, activation="relu"), make("AvgPool2D"))).pool_first() == 0


def test_a_map_that_is_read_twice_or_regularized_stays() -> None:
    builder = Builder()
    builder.input(8, 8, 1)
    conv = builder.add(make("Conv2D", 2, 3, padding="same", activation="relu"))
    builder.add(make("MaxPool2D", 2, strides=1, padding="same"))
    builder.add(make("Concat"), conv, len(builder.nodes) - 1)
    assert build_module(builder.network()).pool_first() == 0
    regularized = make("Conv2D", 3, 3, activation="relu", activity_regularizer="l2")
    assert build_module(ending(regularized, make("MaxPool2D"))).pool_first() == 0


def test_what_people_are_shown_stays_as_the_spec_says() -> None:
    module = build_module(lenet(), seed=0)
    x = torch.randn(2, 1, 28, 28)
    before = module.trace(x)
    module.pool_first()
    after = module.trace(x)
    assert all(torch.equal(before[path], after[path]) for path in before)
    assert after["conv2d_1"].shape == (2, 6, 24, 24)
    assert after["conv2d_1"].min() == 0
