"""What a built network is as a Torch module: names, inputs and outputs, copies, memory, seeds."""

from __future__ import annotations

import copy
import pickle
import weakref

import pytest
import torch
from torch import nn

from cnnspec.backends.torch_modules import build_module, initialise, load_keras_weights, weights_keras
from cnnspec.ir import Network
from support.networks import Builder, lenet, make, mnist_cnn, sequence


def test_lenet_has_the_lecture_s_parameters_under_the_spec_s_names() -> None:
    module = build_module(lenet(), seed=0)
    assert sum(p.numel() for p in module.parameters()) == 44_426
    assert list(module.state_dict()) == [
        f"{layer}.{name}" for layer in ("conv2d_1", "conv2d_2", "dense_1", "dense_2", "dense_3") for name in ("weight", "bias")
    ]
    assert module.conv2d_2.weight.shape == (16, 6, 5, 5)
    assert module(torch.zeros(3, 1, 28, 28)).shape == (3, 10)


def test_batch_norm_has_no_counter() -> None:
    module = build_module(sequence((4, 4, 3), make("BatchNorm")))
    assert list(module.state_dict()) == [f"batch_norm_1.{n}" for n in ("weight", "bias", "running_mean", "running_var")]


def test_scopes_are_nested_modules() -> None:
    builder = Builder()
    builder.input(6, 6, 2)
    builder.add(make("Conv2D", 2, 3), scope="basic_1/")
    builder.add(make("Conv2D", 2, 3), scope="repeat_1/0/")
    module = build_module(builder.network())
    assert module.basic_1.conv2d_1.weight.shape == module.repeat_1.get_submodule("0").conv2d_1.weight.shape
    assert "repeat_1.0.conv2d_1.bias" in module.state_dict()
    assert module.layer("repeat_1/0/conv2d_1") is module.repeat_1.get_submodule("0").conv2d_1


def siamese() -> Network:
    builder = Builder("Siamese")
    a, b = builder.input(8, 8, 1, name="a"), builder.input(8, 8, 1, name="b")
    encoder = make("Conv2D", 4, 3)
    first = builder.add(encoder, a, name="encoder")
    second = builder.add(encoder, b, name="encoder_2", shares=first)
    difference = builder.add(make("Subtract"), first, second)
    return builder.network(difference, first)


def test_shared_weights_exist_once() -> None:
    module = build_module(siamese())
    assert list(module.state_dict()) == ["encoder.weight", "encoder.bias"]
    assert module.layer("encoder_2") is module.encoder


def test_several_inputs_come_by_position_or_name_and_outputs_in_the_file_s_order() -> None:
    module = build_module(siamese())
    assert (module.input_names, module.output_names) == (("a", "b"), ("subtract_1", "encoder"))
    a, b = torch.randn(2, 1, 8, 8), torch.randn(2, 1, 8, 8)
    difference, encoded = module(a, b)
    assert torch.equal(difference, module.encoder(a) - module.encoder(b))
    assert torch.equal(encoded, module.encoder(a))
    assert torch.equal(module({"b": b, "a": a})[0], difference)
    with pytest.raises(ValueError, match="takes a, b; got a"):
        module({"a": a})
    with pytest.raises(ValueError, match="takes 2 inputs; got 1"):
        module(a)


def test_an_input_of_another_shape_is_refused_with_both_shapes() -> None:
    module = build_module(lenet())
    with pytest.raises(ValueError, match=r"LeNet5 takes \(N, 1, 28, 28\), channels first; got \(2, 28, 28, 1\)"):
        module(torch.zeros(2, 28, 28, 1))


@pytest.mark.parametrize("padding", ["same", "valid", 1])
def test_an_unknown_extent_takes_any_size(padding: object) -> None:
    layers = [make("Conv2D", 4, 3, strides=2, padding=padding), make("MaxPool2D", 3, strides=2, padding=padding),
              make("AvgPool2D", 3, strides=2, padding=padding)]  # fmt: skip
    module = build_module(sequence(("h", "w", 3), *layers), seed=0)
    for h, w in ((32, 33), (41, 27)):
        fixed = build_module(sequence((h, w, 3), *layers), seed=0)
        x = torch.randn(2, 3, h, w)
        torch.testing.assert_close(module(x), fixed(x))


@pytest.mark.parametrize("name", ["training", "half", "forward", "probabilities", "network", "weight", "parameters", "train"])
def test_a_layer_may_have_any_name(name: str) -> None:
    builder = Builder()
    builder.input(6, 6, 1)
    builder.add(make("Conv2D", 2, 3), name=name)
    builder.add(make("Dropout", 0.5), scope=f"{name}_2/", name=name)
    module = build_module(builder.network(), seed=0)
    x = torch.randn(2, 1, 6, 6)
    assert torch.equal(module.eval()(x), module.layer(name)(x))
    assert not torch.equal(module.train()(x), module.eval()(x))
    assert list(module.state_dict()) == [f"{name}.weight", f"{name}.bias"]
    torch.testing.assert_close(pickle.loads(pickle.dumps(module))(x), module(x))


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda module: pickle.loads(pickle.dumps(module))])
def test_copies_stand_alone(copied) -> None:  # type: ignore[no-untyped-def]
    module = build_module(mnist_cnn(), seed=0)
    x = torch.randn(2, 1, 28, 28)
    before = module(x)
    other = copied(module)
    assert torch.equal(other(x), before)
    with torch.no_grad():
        other.conv2d_1.weight.zero_()
    assert not torch.equal(other(x), before)
    assert torch.equal(module(x), before)


def test_a_layer_can_be_exchanged() -> None:
    module = build_module(lenet(), seed=0)
    module.dense_3 = nn.Linear(84, 3)
    assert module(torch.zeros(1, 1, 28, 28)).shape == (1, 3)


def test_it_moves_to_other_numbers_and_devices() -> None:
    builder = Builder()
    builder.input(6, 7, 2)
    for layer in (make("Filter2D", "sobel_x"), make("AvgPool2D", 2, strides=1, padding="same"), make("BatchNorm"), make("PReLU")):
        builder.add(layer)
    module = build_module(builder.network()).to(torch.float64)
    assert module(torch.zeros(1, 2, 6, 7, dtype=torch.float64)).dtype == torch.float64
    assert module.to("meta")(torch.zeros(1, 2, 6, 7, dtype=torch.float64, device="meta")).shape == (1, 2, 6, 7)


def test_a_fixed_filter_counts_nowhere() -> None:
    module = build_module(sequence((6, 6, 2), make("Filter2D", "sobel_x")))
    assert list(module.state_dict()) == []
    assert list(module.parameters()) == []


def test_values_are_let_go_once_their_last_reader_ran() -> None:
    builder = Builder()
    builder.input(8, 8, 1)
    start = builder.add(make("Conv2D", 2, 3, padding="same"), name="early")
    builder.add(make("Conv2D", 2, 3, padding="same"))
    builder.add(make("Add"), start, len(builder.nodes) - 1)
    builder.add(make("Conv2D", 2, 3), name="late")
    module = build_module(builder.network())
    seen: dict[str, object] = {}
    module.early.register_forward_hook(lambda m, args, out: seen.update(ref=weakref.ref(out)))
    module.add_1.register_forward_pre_hook(lambda m, args: seen.update(at_add=seen["ref"]() is not None))  # type: ignore[operator]
    module.late.register_forward_pre_hook(lambda m, args: seen.update(at_late=seen["ref"]() is not None))  # type: ignore[operator]
    with torch.no_grad():
        module(torch.zeros(1, 1, 8, 8))
    assert (seen["at_add"], seen["at_late"]) == (True, False)


def test_flatten_of_a_channels_last_map_copies_nothing() -> None:
    module = build_module(sequence((4, 5, 3), make("Flatten")))
    x = torch.randn(2, 3, 4, 5).to(memory_format=torch.channels_last)
    assert module(x).data_ptr() == x.data_ptr()


def test_channels_last_memory_stays_through_the_network() -> None:
    module = build_module(mnist_cnn(), seed=0).to(memory_format=torch.channels_last)
    formats: list[bool] = []
    for name in ("conv2d_1", "max_pool2d_1", "conv2d_2", "max_pool2d_2", "conv2d_3"):
        module.layer(name).register_forward_hook(
            lambda m, args, out: formats.append(out.is_contiguous(memory_format=torch.channels_last))
        )
    x = torch.randn(4, 1, 28, 28).to(memory_format=torch.channels_last)
    y = module(x)
    assert formats == [True] * 5
    torch.testing.assert_close(y, build_module(mnist_cnn(), seed=0)(x.contiguous()))


def test_layers_that_are_not_trainable_need_no_gradient() -> None:
    module = build_module(sequence((6, 6, 1), make("Conv2D", 2, 3, trainable=False), make("Flatten"), make("Dense", 3)))
    assert [p.requires_grad for p in module.parameters()] == [False, False, True, True]


def test_the_same_seed_gives_the_same_weights_whatever_else_there_is() -> None:
    module = build_module(lenet(), seed=7)
    torch.manual_seed(123)
    torch.rand(5)
    again = build_module(lenet(), seed=7)
    assert all(torch.equal(a, b) for a, b in zip(module.parameters(), again.parameters(), strict=True))
    other = build_module(lenet(), seed=8)
    assert not torch.equal(module.conv2d_1.weight, other.conv2d_1.weight)
    deeper = Builder()
    deeper.input(28, 28, 1)
    deeper.add(make("Dropout", 0.5))
    deeper.add(make("Conv2D", 6, 5, activation="relu"), name="conv2d_1")
    assert torch.equal(build_module(deeper.network(), seed=7).conv2d_1.weight, module.conv2d_1.weight)


def test_without_a_seed_torch_s_own_decides() -> None:
    first, second = build_module(lenet()), build_module(lenet())
    assert not torch.equal(first.conv2d_1.weight, second.conv2d_1.weight)
    torch.manual_seed(5)
    third = build_module(lenet())
    torch.manual_seed(5)
    assert torch.equal(build_module(lenet()).conv2d_1.weight, third.conv2d_1.weight)


def test_building_leaves_torch_s_random_state_alone_when_seeded() -> None:
    torch.manual_seed(1)
    expected = torch.rand(3)
    torch.manual_seed(1)
    initialise(build_module(lenet(), seed=3), 4)
    assert torch.equal(torch.rand(3), expected)


def test_keras_weights_go_round() -> None:
    builder = Builder()
    builder.input(8, 8, 4)
    builder.add(make("Conv2D", 6, 3, groups=2))
    builder.add(make("DepthwiseConv2D", 3, depth_multiplier=2))
    for layer in (make("BatchNorm"), make("PReLU"), make("Conv2DTranspose", 5, (2, 3)), make("Flatten"), make("Dense", 3)):
        builder.add(layer)
    module, other = (build_module(builder.network(), seed=seed) for seed in (0, 1))
    weights = weights_keras(module)
    assert {name: array.shape for name, array in weights.items() if "kernel" in name or "alpha" in name} == {
        "conv2d_1/kernel": (3, 3, 2, 6),
        "depthwise_conv2d_1/kernel": (3, 3, 6, 2),
        "prelu_1/alpha": (4, 4, 12),
        "conv2d_transpose_1/kernel": (2, 3, 5, 12),
        "dense_1/kernel": (5 * 6 * 5, 3),
    }
    assert weights["conv2d_1/kernel"][1, 2, 0, 5] == module.conv2d_1.weight[5, 0, 1, 2]
    load_keras_weights(other, weights)
    assert all(torch.equal(a, b) for a, b in zip(module.state_dict().values(), other.state_dict().values(), strict=True))


def test_keras_weights_that_do_not_fit_change_nothing() -> None:
    module = build_module(lenet(), seed=0)
    weights = weights_keras(module)
    before = copy.deepcopy(module.state_dict())
    bias = weights.pop("dense_3/bias")
    with pytest.raises(ValueError, match="missing: dense_3/bias; unknown: extra"):
        load_keras_weights(module, {**weights, "extra": bias})
    wrong = {"dense_3/bias": bias, "dense_3/kernel": weights["dense_3/kernel"].T, "conv2d_1/bias": weights["conv2d_1/bias"] + 1}
    with pytest.raises(ValueError, match=r"dense_3/kernel is \(10, 84\), the network has \(84, 10\)"):
        load_keras_weights(module, {**weights, **wrong})
    assert all(torch.equal(before[name], value) for name, value in module.state_dict().items())


def test_it_exports_and_compiles() -> None:
    module = build_module(lenet(), seed=0).eval()
    x = torch.randn(2, 1, 28, 28)
    exported = torch.export.export(module, (x,), dynamic_shapes=(({0: torch.export.Dim("batch")},),))
    assert set(exported.state_dict) == set(module.state_dict())
    other = torch.randn(5, 1, 28, 28)
    torch.testing.assert_close(exported.module()(other), module(other))
    torch.testing.assert_close(torch.compile(module, backend="eager", fullgraph=True)(x), module(x))


def test_a_training_step_compiles() -> None:
    network = sequence((9, 9, 2), make("Conv2D", 3, 3), make("BatchNorm"), make("ReLU"), make("MaxPool2D", 3, padding="same"),
                       make("Dropout", 0.0), make("Flatten"), make("Dense", 3, activation="softmax"))  # fmt: skip
    plain, compiled = (build_module(network, seed=0).train() for _ in range(2))
    compiled.pool_first()
    step = torch.compile(compiled.forward_logits, backend="aot_eager", fullgraph=True)
    x = torch.randn(4, 2, 9, 9)
    plain.forward_logits(x).square().sum().backward()
    step(x).square().sum().backward()
    torch.testing.assert_close(compiled.conv2d_1.weight.grad, plain.conv2d_1.weight.grad)
    torch.testing.assert_close(compiled.batch_norm_1.running_var, plain.batch_norm_1.running_var)


@pytest.mark.parametrize(
    ("end", "expected"),
    [
        ([make("Dense", 3, activation="softmax")], "softmax"),
        ([make("Dense", 3), make("Softmax")], "softmax"),
        ([make("Dense", 3), make("Activation", "softmax")], "softmax"),
        ([make("Dense", 1, activation="sigmoid")], "sigmoid"),
        ([make("Dense", 3)], None),
        ([make("Dense", 3, activation="relu")], None),
    ],
)
def test_logits_are_the_values_before_the_end(end: list, expected: str | None) -> None:  # type: ignore[type-arg]
    module = build_module(sequence((4, 4, 2), make("Flatten"), *end), seed=0)
    x = torch.randn(5, 2, 4, 4)
    logits, output = module.forward_logits(x), module(x)
    assert module.probabilities == (expected,)
    function = {"softmax": lambda v: v.softmax(1), "sigmoid": torch.sigmoid, None: lambda v: v}[expected]
    assert torch.equal(function(logits), output)
    assert expected is None or not torch.equal(logits, output)


def test_softmax_over_a_map_is_over_its_channels_alone() -> None:
    over_channels = build_module(sequence((4, 4, 2), make("Softmax")))
    over_rows = build_module(sequence((4, 4, 2), make("Softmax", axis=1)))
    assert (over_channels.probabilities, over_rows.probabilities) == (("softmax",), (None,))


def test_an_output_that_is_also_read_is_read_after_its_activation() -> None:
    builder = Builder()
    builder.input(3)
    first = builder.add(make("Dense", 3, activation="softmax"), name="first")
    second = builder.add(make("Dense", 2, activation="sigmoid"), first, name="second")
    module = build_module(builder.network(first, second), seed=0)
    x = torch.randn(4, 3)
    (a, b), (p, q) = module.forward_logits(x), module(x)
    assert torch.equal(a.softmax(1), p)
    assert torch.equal(b.sigmoid(), q)


def test_kernels_of_2d_convolutions_lie_channels_last_also_with_one_channel():
    import torch

    from cnnspec.layers.registry import layer_class
    from support.networks import sequence

    layers = [layer_class("Conv2D").bind((4, 3)), layer_class("MaxPool2D").bind(()), layer_class("Flatten").bind(())]
    module = build_module(sequence((8, 8, 1), *layers), seed=0)
    values = module.trace(torch.zeros(2, 1, 8, 8))
    maps = [value for value in values.values() if value.dim() == 4 and value.shape[1] > 1]
    assert len(maps) == 2
    assert all(value.is_contiguous(memory_format=torch.channels_last) for value in maps)
