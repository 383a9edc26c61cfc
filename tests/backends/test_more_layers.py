"""Layers that Keras lacks against Torch's own, and what noise does in training."""

from __future__ import annotations

import math

import pytest
import torch
from torch import nn

from cnnspec.backends.torch_modules import build_module, has_penalty, penalty
from cnnspec.backends.torch_modules.network import BuiltNetwork
from cnnspec.layers.base import Layer
from support.networks import Builder, make, sequence

SHAPES = {1: (6, 8), 2: (5, 6, 8), 3: (3, 4, 5, 8)}


def build(shape: tuple[int | str, ...], *layers: Layer) -> BuiltNetwork:
    return build_module(sequence(shape, *layers), seed=0)


def values(shape: tuple[int, ...], count: int = 3) -> torch.Tensor:
    *extents, channels = shape
    return torch.randn(count, channels, *extents, generator=torch.Generator().manual_seed(1))


class TestAgainstTorch:
    @pytest.mark.parametrize("factor", [1, 2, 3])
    @pytest.mark.parametrize("memory", [torch.contiguous_format, torch.channels_last])
    def test_pixel_shuffle(self, factor: int, memory: torch.memory_format) -> None:
        x = values((5, 6, 2 * factor**2)).to(memory_format=memory)
        module = build((5, 6, 2 * factor**2), make("PixelShuffle", factor))
        assert torch.equal(module(x), nn.PixelShuffle(factor)(x))

    def test_pixel_shuffle_along_other_numbers_of_axes(self) -> None:
        """Along one of two axes at a time it is the same as along both."""
        x = values((4, 12))
        y = build((4, 12), make("PixelShuffle", 3))(x)
        assert torch.equal(y[:, 1, 3:6], x[:, 3:6, 1]), "output 3·1 + i of channel 1 is channel 3·1 + i at 1"
        volume = values((2, 3, 4, 16))
        z = build((2, 3, 4, 16), make("PixelShuffle", 2))(volume)
        assert z.shape == (3, 2, 4, 6, 8)
        for i, j, k in ((0, 0, 0), (1, 0, 1), (0, 1, 1)):
            assert torch.equal(z[:, 1, i::2, j::2, k::2], volume[:, 8 + 4 * i + 2 * j + k])

    @pytest.mark.parametrize("rank", SHAPES)
    @pytest.mark.parametrize("groups", [1, 2, 4, 8])
    def test_channel_shuffle(self, rank: int, groups: int) -> None:
        x = values(SHAPES[rank])
        assert torch.equal(build(SHAPES[rank], make("ChannelShuffle", groups))(x), nn.ChannelShuffle(groups)(x))

    def test_channel_shuffle_of_a_vector(self) -> None:
        x = torch.arange(6.0)[None]
        assert build((6,), make("ChannelShuffle", 2))(x).tolist() == [[0, 3, 1, 4, 2, 5]]

    @pytest.mark.parametrize("rank", SHAPES)
    @pytest.mark.parametrize("affine", [False, True])
    @pytest.mark.parametrize("training", [False, True])
    def test_instance_norm(self, rank: int, affine: bool, training: bool) -> None:
        theirs = (nn.InstanceNorm1d, nn.InstanceNorm2d, nn.InstanceNorm3d)[rank - 1](8, eps=1e-5, affine=affine)
        module = build(SHAPES[rank], make("InstanceNorm", 1e-5, affine, affine))
        _copy(theirs, module)
        _compare(theirs.train(training), module.train(training), values(SHAPES[rank]))

    @pytest.mark.parametrize("rank", SHAPES)
    @pytest.mark.parametrize("groups", [1, 2, 8])
    def test_group_norm(self, rank: int, groups: int) -> None:
        theirs, module = nn.GroupNorm(groups, 8), build(SHAPES[rank], make("GroupNorm", groups, epsilon=1e-5))
        _copy(theirs, module)
        _compare(theirs, module, values(SHAPES[rank]))

    def test_layer_norm(self) -> None:
        theirs, module = nn.LayerNorm(8), build((8,), make("LayerNorm", epsilon=1e-5))
        _copy(theirs, module)
        _compare(theirs, module, values((8,)))

    def test_layer_norm_over_the_channels_of_a_map(self) -> None:
        theirs, module = nn.LayerNorm(8), build(SHAPES[2], make("LayerNorm", epsilon=1e-5))
        _copy(theirs, module)
        x = values(SHAPES[2])
        torch.testing.assert_close(module(x), theirs(x.movedim(1, -1)).movedim(-1, 1))

    def test_normalisation_of_single_values(self) -> None:
        """Torch's functions refuse a group of one value; its normalised value is 0, as in Keras."""
        for layer in (make("InstanceNorm"), make("GroupNorm", 8)):
            module = build((1, 1, 8), layer)
            found = module.train()(values((1, 1, 8), count=1))
            torch.testing.assert_close(found, torch.zeros(1, 8, 1, 1), atol=1e-5, rtol=0)


def _copy(theirs: nn.Module, module: BuiltNetwork) -> None:
    random = torch.Generator().manual_seed(2)
    with torch.no_grad():
        for name, parameter in theirs.named_parameters():
            parameter.copy_(torch.randn(parameter.shape, generator=random))
            next(p for key, p in module.named_parameters() if key.endswith("." + name)).copy_(parameter)
    assert len(list(theirs.parameters())) == len(list(module.parameters()))


def _compare(theirs: nn.Module, ours: BuiltNetwork, x: torch.Tensor) -> None:
    first, second = x.clone().requires_grad_(), x.clone().requires_grad_()
    weight = torch.randn(x.shape, generator=torch.Generator().manual_seed(3))
    expected, found = theirs(first), ours(second)
    (expected * weight).sum().backward()
    (found * weight).sum().backward()
    torch.testing.assert_close(found, expected)
    torch.testing.assert_close(second.grad, first.grad)
    for name, parameter in theirs.named_parameters():
        gradient = next(p.grad for key, p in ours.named_parameters() if key.endswith("." + name))
        torch.testing.assert_close(gradient, parameter.grad)


def test_names_and_kinds_of_weights() -> None:
    layers = [make("LayerNorm"), make("GroupNorm", 2), make("InstanceNorm"), make("Scale", use_bias=True), make("Normalization")]
    module = build((5, 6, 8), *layers, make("Scale", 0.25, trainable=False), make("BatchNorm", renorm=True))
    assert {name: tuple(value.shape) for name, value in module.state_dict().items()} == {
        "layer_norm_1.weight": (8,),
        "layer_norm_1.bias": (8,),
        "group_norm_1.weight": (8,),
        "group_norm_1.bias": (8,),
        "instance_norm_1.weight": (8,),
        "instance_norm_1.bias": (8,),
        "scale_1.weight": (8, 1, 1),
        "scale_1.bias": (8, 1, 1),
        "normalization_1.mean": (8, 1, 1),
        "normalization_1.variance": (8, 1, 1),
        "normalization_1.count": (),
        "scale_2.weight": (8, 1, 1),
        "batch_norm_1.weight": (8,),
        "batch_norm_1.bias": (8,),
        **{
            f"batch_norm_1.{name}": (8,)
            for name in ("running_mean", "running_var", "moving_stddev", "renorm_mean", "renorm_stddev")
        },
    }
    fixed = {name for name, parameter in module.named_parameters() if not parameter.requires_grad}
    assert fixed == {"scale_2.weight"}
    assert {name.partition(".")[0] for name, _ in module.named_buffers()} == {"normalization_1", "batch_norm_1"}
    assert module.scale_2.weight.unique().tolist() == [0.25]


def test_constants_belong_to_no_state() -> None:
    module = build((5, 6, 3), make("Rescaling", (0.5, 1.0, 2.0), 1.0), make("Normalization", mean=(1, 2, 3), variance=(1, 4, 9)))
    assert list(module.state_dict()) == []
    x = torch.ones(1, 3, 5, 6)
    assert module(x)[0, :, 0, 0].tolist() == [0.5, 0.0, 0.0]
    assert module.double()(x.double()).dtype == torch.float64


def test_a_slice_is_a_view_along_any_axis() -> None:
    x = values(SHAPES[2])
    for axis, expected in (("channels", x[:, 1:4]), ("height", x[:, :, 1:4]), (2, x[..., 1:4]), (-1, x[:, 1:4])):
        y = build(SHAPES[2], make("Slice", 1, 4, axis))(x)
        assert torch.equal(y, expected)
        assert y.untyped_storage().data_ptr() == x.untyped_storage().data_ptr()


def test_open_sizes() -> None:
    module = build(
        ("h", "w", 8), make("Crop2D", ((1, 0), (2, 1))), make("Slice", -5, -1, axis=1), make("PixelShuffle", 2), make("LayerNorm")
    )
    for h, w in ((9, 7), (6, 12)):
        assert module(values((h, w, 8))).shape == (3, 2, 8, 2 * (w - 3))
    with pytest.raises(ValueError, match="Slice -5:-1, axis 1 takes more than the 4 positions there are"):
        module(values((5, 7, 8)))


def test_channels_last_memory_stays() -> None:
    layers = [make("LayerNorm"), make("GroupNorm", 2), make("Scale"), make("ChannelShuffle", 2), make("DropPath", 0.5)]
    module = build(SHAPES[2], *layers)
    kept: list[bool] = []
    for name in ("layer_norm_1", "group_norm_1", "scale_1", "channel_shuffle_1", "drop_path_1"):
        module.layer(name).register_forward_hook(
            lambda m, args, out: kept.append(out.is_contiguous(memory_format=torch.channels_last))
        )
    module.train()(values(SHAPES[2]).to(memory_format=torch.channels_last))
    assert kept == [True] * 5


class TestTraining:
    @pytest.mark.parametrize("seed", [None, 7])
    @pytest.mark.parametrize("rate", [0.0, 0.25, 1.0])
    def test_paths_are_dropped_whole(self, rate: float, seed: int | None) -> None:
        torch.manual_seed(0)
        module = build((2, 2, 3), make("DropPath", rate, seed))
        x = torch.rand(4000, 3, 2, 2) + 1
        factors = (module.train()(x) / x).flatten(1)
        assert torch.all((factors - factors[:, :1]).abs() < 1e-6), "one decision for each sample"
        kept = factors[:, 0] != 0
        assert kept.float().mean().item() == pytest.approx(1 - rate, abs=0.03)
        if rate < 1:
            torch.testing.assert_close(factors[kept], torch.full_like(factors[kept], 1 / (1 - rate)))
        assert torch.equal(module.eval()(x), x)

    @pytest.mark.parametrize("seed", [None, 7])
    def test_noise_is_normal(self, seed: int | None) -> None:
        torch.manual_seed(0)
        module = build((10, 10, 3), make("GaussianNoise", 0.5, seed)).train()
        x = torch.full((100, 3, 10, 10), 2.0)
        noise = module(x) - x
        assert noise.mean().item() == pytest.approx(0, abs=0.02)
        assert noise.std().item() == pytest.approx(0.5, abs=0.02)
        assert (noise.abs() < 0.5).float().mean().item() == pytest.approx(math.erf(1 / math.sqrt(2)), abs=0.02)
        assert not torch.equal(module(x) - x, noise), "every call draws anew"
        assert torch.equal(module.eval()(x), x)
        assert torch.equal(build((10, 10, 3), make("GaussianNoise", 0.0)).train()(x), x)

    @pytest.mark.parametrize("layer", [make("DropPath", 0.5, 7), make("GaussianNoise", 0.5, 7)])
    def test_a_seed_of_its_own_repeats(self, layer: Layer) -> None:
        x = torch.rand(50, 3, 2, 2)
        first, second = build((2, 2, 3), layer).train(), build((2, 2, 3), layer).train()
        torch.manual_seed(1)
        calls = [first(x), first(x)]
        torch.manual_seed(2)
        assert all(torch.equal(second(x), expected) for expected in calls)
        assert not torch.equal(*calls)

    def test_the_penalty_of_an_activity_is_divided_by_the_batch(self) -> None:
        builder = Builder()
        builder.input(2)
        builder.add(make("ActivityRegularization", 0.5, 0.25))
        builder.add(make("ActivityRegularization"))
        module = build_module(builder.network())
        x = torch.tensor([[1.0, -2.0], [3.0, 0.0]])
        assert torch.equal(module(x), x)
        assert penalty(module).item() == (0.5 * 6 + 0.25 * 14) / 2
        assert has_penalty(module)
        assert not has_penalty(build((2,), make("ActivityRegularization")))


def test_half_precision() -> None:
    layers = [make("Conv2D", 8, 3), make("BatchNorm", renorm=True), make("LayerNorm"), make("GroupNorm", 2), make("InstanceNorm"),
              make("Scale"), make("Rescaling", (0.5,) * 8), make("Normalization"),
              make("GaussianNoise", 0.1, 3), make("DropPath", 0.5, 3)]  # fmt: skip
    plain, half = (build((7, 8, 3), *layers).train() for _ in range(2))
    x = values((7, 8, 3))
    with torch.autocast("cpu", torch.bfloat16):
        found = half(x)
    torch.testing.assert_close(found.float(), plain(x), atol=0.1, rtol=0.05)
    torch.testing.assert_close(half.batch_norm_1.moving_stddev, plain.batch_norm_1.moving_stddev, atol=1e-3, rtol=1e-2)


def test_they_export_and_compile() -> None:
    layers = [make("Crop2D", 1), make("Slice", 0, 4), make("LayerNorm"), make("GroupNorm", 2), make("ChannelShuffle", 2),
              make("PixelShuffle", 2), make("InstanceNorm"), make("Scale"), make("Rescaling", 2.0), make("Normalization"),
              make("BatchNorm", renorm=True), make("DropPath", 0.5)]  # fmt: skip
    module = build((7, 8, 8), *layers).eval()
    x = values((7, 8, 8))
    exported = torch.export.export(module, (x,), dynamic_shapes=(({0: torch.export.Dim("batch")},),))
    other = values((7, 8, 8), count=5)
    torch.testing.assert_close(exported.module()(other), module(other))
    torch.testing.assert_close(torch.compile(module, backend="eager", fullgraph=True)(x), module(x))
