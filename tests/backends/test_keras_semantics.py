"""What Keras does and Torch does not, by numbers that were worked out by hand or by a few lines of NumPy."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch

from cnnspec.backends import numpy_reference
from cnnspec.backends.torch_modules import build_module, load_keras_weights, weights_keras
from cnnspec.layers.activations import ACTIVATIONS
from cnnspec.layers.base import Layer
from support.networks import Builder, call, make, sequence


def run(layer: Layer, values: Any, weights: dict[str, Any] | None = None) -> np.ndarray:
    """A layer's values on one channels-last sample, through Torch in float64; the NumPy reference must agree."""
    x = np.asarray(values, dtype=float)
    network = sequence(x.shape, layer)
    module = build_module(network, seed=0).double().eval()
    arrays = weights_keras(module)
    for name, array in (weights or {}).items():
        key = next(k for k in arrays if k.endswith("/" + name))
        arrays[key] = np.asarray(array, dtype=float).reshape(arrays[key].shape)
    load_keras_weights(module, arrays)
    y = module(torch.from_numpy(np.ascontiguousarray(np.moveaxis(x[None], -1, 1))))
    found = np.moveaxis(y.detach().numpy(), 1, -1)[0]
    np.testing.assert_allclose(found, numpy_reference.forward(network, arrays, x[None])[network.nodes[1].path][0], atol=1e-12)
    return found


def row(values: np.ndarray) -> list[float]:
    return [float(v) for v in values.reshape(-1)]


def line(*values: float) -> np.ndarray:
    """A sequence of one channel."""
    return np.array(values)[:, None]


def bits(*rows: str) -> np.ndarray:
    """An image of zeros and ones, of one channel."""
    return np.array([[float(value) for value in text] for text in rows])[..., None]


ONES = {"kernel": np.ones((3, 1, 1)), "bias": [0]}


class TestPadding:
    def test_same_with_a_stride_pads_an_even_input_at_the_end_alone(self) -> None:
        layer = make("Conv1D", 1, 3, strides=2, padding="same")
        assert row(run(layer, line(1, 2, 4, 8), ONES)) == [1 + 2 + 4, 4 + 8]

    def test_same_with_a_stride_pads_an_odd_input_on_both_sides(self) -> None:
        layer = make("Conv1D", 1, 3, strides=2, padding="same")
        assert row(run(layer, line(1, 2, 4, 8, 16), ONES)) == [1 + 2, 2 + 4 + 8, 8 + 16]

    def test_an_even_kernel_has_the_odd_padding_at_the_end(self) -> None:
        layer = make("Conv1D", 1, 2, padding="same")
        assert row(run(layer, line(1, 2, 4), {"kernel": np.ones((2, 1, 1)), "bias": [0]})) == [3, 6, 4]

    def test_causal_padding_stands_before(self) -> None:
        layer = make("Conv1D", 1, 3, padding="causal", dilation_rate=2)
        weights = {"kernel": np.array([1, 10, 100.0]), "bias": [0]}
        assert row(run(layer, line(1, 2, 3, 4, 5), weights)) == [100, 200, 310, 420, 531]

    @pytest.mark.parametrize(
        ("mode", "expected"),
        [
            ("zeros", [3, 6, 5]),
            ("replicate", [1 + 1 + 2, 6, 2 + 3 + 3]),
            ("reflect", [2 + 1 + 2, 6, 2 + 3 + 2]),
            ("circular", [6, 6, 6]),
        ],
    )
    def test_padding_modes(self, mode: str, expected: list[float]) -> None:
        assert row(run(make("Conv1D", 1, 3, padding=1, padding_mode=mode), line(1, 2, 3), ONES)) == expected

    def test_max_pooling_pads_with_minus_infinity(self) -> None:
        assert row(run(make("MaxPool1D", 3, strides=1, padding="same"), line(-5, -7, -9))) == [-5, -5, -7]
        assert row(run(make("MaxPool1D", 2, padding="same"), line(-5, -7, -9))) == [-5, -9]

    def test_average_pooling_leaves_padding_out_of_its_divisor(self) -> None:
        assert row(run(make("AvgPool1D", 3, strides=1, padding="same"), line(3, 6, 9))) == [4.5, 6, 7.5]
        assert row(run(make("AvgPool1D", 2, padding="same"), line(3, 6, 9))) == [4.5, 9]
        assert row(run(make("AvgPool1D", 2, strides=1, padding="same"), line(3, 6, 9))) == [4.5, 7.5, 9]

    def test_average_pooling_may_count_padding(self) -> None:
        layer = make("AvgPool1D", 3, strides=1, padding="same", count_include_pad=True)
        assert row(run(layer, line(3, 6, 9))) == [3, 6, 5]
        assert row(run(make("AvgPool1D", 2, padding="same", count_include_pad=True), line(3, 6, 9))) == [4.5, 4.5]

    def test_ceil_mode_keeps_the_rest(self) -> None:
        assert row(run(make("MaxPool1D", 2), line(1, 2, 3))) == [2]
        assert row(run(make("MaxPool1D", 2, ceil_mode=True), line(1, 2, 3))) == [2, 3]
        assert row(run(make("AvgPool1D", 2, ceil_mode=True, count_include_pad=True), line(1, 2, 3))) == [1.5, 3]


class TestTransposed:
    """Keras: valid n·s + max(e − s, 0), same n·s."""

    def ones(self, k: int, bias: float = 0) -> dict[str, Any]:
        return {"kernel": np.ones((k, 1, 1)), "bias": [bias]}

    def test_valid_writes_every_tap(self) -> None:
        assert row(run(make("Conv1DTranspose", 1, 3, strides=2), line(1, 10), self.ones(3))) == [1, 1, 11, 10, 10]

    def test_valid_appends_zeros_where_the_kernel_is_smaller_than_the_stride(self) -> None:
        layer = make("Conv1DTranspose", 1, 1, strides=3)
        assert row(run(layer, line(1, 10), self.ones(1, bias=5))) == [6, 5, 5, 15, 5, 5]

    def test_same_cuts_the_odd_one_at_the_end(self) -> None:
        layer = make("Conv1DTranspose", 1, 4, strides=1, padding="same")
        kernel = {"kernel": np.array([1, 10, 100, 1000.0]), "bias": [0]}
        # full: 1 10 100 1000 | + twice it a step later | + three times two steps later; three are cut, one at the start
        assert row(run(layer, line(1, 2, 3), kernel)) == [12, 123, 1230]

    def test_same_with_output_padding_is_nine_not_ten(self) -> None:
        layer = make("Conv1DTranspose", 1, 3, strides=2, padding="same", output_padding=0)
        assert run(layer, line(1, 2, 3, 4, 5), self.ones(3)).shape == (9, 1)
        assert run(make("Conv1DTranspose", 1, 3, strides=2, padding="same"), line(1, 2, 3, 4, 5)).shape == (10, 1)

    def test_the_kernel_is_not_flipped(self) -> None:
        kernel = {"kernel": np.array([1, 10, 100.0]), "bias": [0]}
        assert row(run(make("Conv1DTranspose", 1, 3), line(1, 0, 0), kernel)) == [1, 10, 100, 0, 0]


class TestOrder:
    def test_flatten_is_row_by_row_and_channels_last(self) -> None:
        x = np.arange(12.0).reshape(2, 3, 2)
        assert row(run(make("Flatten"), x)) == list(range(12))

    def test_reshape_reads_and_writes_channels_last(self) -> None:
        x = np.arange(12.0).reshape(2, 3, 2)
        np.testing.assert_array_equal(run(make("Reshape", (3, 2, 2)), x), x.reshape(3, 2, 2))
        np.testing.assert_array_equal(run(make("Reshape", (4, -1)), x), x.reshape(4, 3))
        np.testing.assert_array_equal(run(make("Reshape", (2, 2, 3)), np.arange(12.0)), np.arange(12.0).reshape(2, 2, 3))

    def test_permute_counts_channels_last(self) -> None:
        x = np.arange(24.0).reshape(2, 3, 4)
        for dims in ((2, 1, 3), (3, 1, 2), (2, 3, 1), (1, 3, 2)):
            np.testing.assert_array_equal(run(make("Permute", dims), x), x.transpose([d - 1 for d in dims]))

    def test_concat_along_height(self) -> None:
        builder = Builder()
        builder.input(2, 3, 1)
        builder.add(make("Concat", axis=1), 0, 0)
        assert build_module(builder.network())(torch.zeros(1, 1, 2, 3)).shape == (1, 1, 4, 3)

    def test_a_vector_joins_a_map_at_every_position(self) -> None:
        builder = Builder()
        builder.input(2, 2, 3)
        gate = builder.add(make("GlobalMaxPool2D"))
        builder.add(make("Multiply"), 0, gate)
        x = torch.rand(2, 3, 2, 2)
        assert torch.equal(build_module(builder.network())(x), x * x.amax((2, 3), keepdim=True))

    def test_depthwise_channels_stand_channel_by_multiplier(self) -> None:
        kernel = np.arange(1.0, 7).reshape(1, 3, 2)  # one tap, three channels, two kernels each
        layer = make("DepthwiseConv1D", 1, depth_multiplier=2, use_bias=False)
        assert row(run(layer, np.array([[1, 10, 100.0]]), {"kernel": kernel})) == [1, 2, 30, 40, 500, 600]


WORDS = {activation.word: activation for activation in ACTIVATIONS.values()}


class TestFunctions:
    @pytest.mark.parametrize("word", WORDS)
    def test_every_word_has_the_formula_s_values(self, word: str) -> None:
        """``run`` compares with the NumPy formulas."""
        value = call(word, 0.5, -1.0) if word == "threshold" else word
        x = np.random.default_rng(0).normal(size=(40, 5)) * 3
        assert run(make("Activation", value), x).shape == x.shape

    @pytest.mark.parametrize(
        ("layer", "expected"),
        [
            (make("LeakyReLU"), [-0.6, 3]),
            (make("Activation", "leaky_relu"), [-0.4, 3]),
            (make("HardSigmoid"), [1 / 6, 1]),
            (make("HardSwish"), [-2 / 6, 3]),
            (make("GELU"), [-2 * 0.5 * (1 + math.erf(-2 / math.sqrt(2))), 3 * 0.5 * (1 + math.erf(3 / math.sqrt(2)))]),
            (make("ReLU", max_value=2.0), [0, 2]),
            (make("ReLU", negative_slope=0.5, threshold=1.0), [0.5 * (-2 - 1), 3]),
            (make("ReLU", max_value=2.0, negative_slope=0.5, threshold=1.0), [-1.5, 2]),
            (make("ELU", 2.0), [2 * (math.exp(-2) - 1), 3]),
            (make("SELU"), [1.0507009873554805 * 1.6732632423543772 * (math.exp(-2) - 1), 3 * 1.0507009873554805]),
            (make("Softplus"), [math.log1p(math.exp(-2)), math.log1p(math.exp(3))]),
        ],
    )
    def test_value(self, layer: Layer, expected: list[float]) -> None:
        assert row(run(layer, np.array([-2.0, 3.0]))) == pytest.approx(expected, abs=1e-15)

    def test_softplus_is_exact_for_large_values_too(self) -> None:
        assert run(make("Softplus"), np.array([21.0]))[0] == 21 + math.log1p(math.exp(-21))

    def test_softmax_of_a_map_is_over_the_channels(self) -> None:
        x = np.random.default_rng(0).normal(size=(2, 3, 4))
        np.testing.assert_allclose(run(make("Softmax"), x).sum(axis=-1), np.ones((2, 3)))
        np.testing.assert_allclose(run(make("Softmax", axis=1), x).sum(axis=0), np.ones((3, 4)))

    def test_prelu_has_a_weight_per_element_unless_shared(self) -> None:
        x = -np.ones((2, 3, 4))
        alpha = np.arange(24.0).reshape(2, 3, 4)
        np.testing.assert_array_equal(run(make("PReLU"), x, {"alpha": alpha}), -alpha)
        shared = run(make("PReLU", shared_axes=(1, 2)), x, {"alpha": np.arange(4.0)})
        np.testing.assert_array_equal(shared, np.broadcast_to(-np.arange(4.0), (2, 3, 4)))

    def test_bilinear_upsampling_is_at_half_pixel_centres(self) -> None:
        assert row(run(make("UpSampling1D", 2, interpolation="bilinear"), line(0, 4))) == [0, 1, 3, 4]

    def test_nearest_upsampling_repeats(self) -> None:
        assert row(run(make("UpSampling1D", 3), line(1, 2))) == [1, 1, 1, 2, 2, 2]

    def test_lrn_sums_neighbouring_channels(self) -> None:
        a = np.array([1.0, 2, 3, 4])
        sums = [1 + 4, 1 + 4 + 9, 4 + 9 + 16, 9 + 16]
        expected = [v / (2 + 0.1 * s) ** 0.75 for v, s in zip(a, sums, strict=True)]
        assert row(run(make("LRN", 3, alpha=0.1), a[None, None])) == pytest.approx(expected)
        assert row(run(make("LRN", 3, alpha=0.1), a)) == pytest.approx(expected)


class TestFixedFilters:
    def test_the_lecture_s_filters(self) -> None:
        image = np.array([[int(v) for v in r] for r in ("100001", "010010", "001100", "100010", "010010", "001010")], float)[
            ..., None
        ]
        diagonal = make("Filter2D", ((1, -1, -1), (-1, 1, -1), (-1, -1, 1)), padding="valid")
        vertical = make("Filter2D", ((-1, 1, -1),) * 3, padding="valid")
        first, second = run(diagonal, image)[..., 0], run(vertical, image)[..., 0]
        assert first.tolist() == [[3, -1, -3, -1], [-3, 1, 0, -3], [-3, -3, 0, 1], [3, -2, -2, -1]]
        assert second.tolist() == [[-1, -1, -1, -1], [-1, -1, -2, 1], [-1, -1, -2, 1], [-1, 0, -4, 3]]
        assert run(make("MaxPool2D"), first[..., None])[..., 0].tolist() == [[3, 0], [3, 1]]
        assert run(make("MaxPool2D"), second[..., None])[..., 0].tolist() == [[-1, 1], [0, 3]]

    def test_the_lecture_s_pooling(self) -> None:
        values = np.array([[8, 7, 5, 3], [12, 9, 5, 7], [13, 2, 10, 3], [9, 4, 5, 14]], float)[..., None]
        assert run(make("MaxPool2D"), values)[..., 0].tolist() == [[12, 7], [13, 14]]
        assert run(make("AvgPool2D"), values)[..., 0].tolist() == [[9, 5], [7, 8]]

    def test_the_lecture_s_convolution(self) -> None:
        image = np.array([[int(v) for v in r] for r in ("11100", "01110", "00111", "00110", "01100")], float)[..., None]
        kernel = np.array([[1, 0, 1], [0, 1, 0], [1, 0, 1]], float)[..., None, None]
        assert run(make("Conv2D", 1, 3, use_bias=False), image, {"kernel": kernel})[..., 0].tolist() == [
            [4, 3, 4],
            [2, 4, 3],
            [2, 3, 4],
        ]

    def test_the_curve_answers_6600(self) -> None:
        patch = np.array(
            [[0, 0, 0, 0, 0, 0, 30], [0, 0, 0, 0, 50, 50, 50], [0, 0, 0, 20, 50, 0, 0]] + [[0, 0, 0, 50, 50, 0, 0]] * 4, float
        )
        assert row(run(make("Filter2D", "curve", padding="valid"), patch[..., None])) == [6600]

    def test_scale_and_strides_and_every_channel(self) -> None:
        x = np.random.default_rng(0).normal(size=(5, 6, 3))
        y = run(make("Filter2D", "sharpen", strides=2, scale=0.5), x)
        padded = np.pad(x, [(1, 1), (0, 1), (0, 0)])  # same, stride 2: 5 pads (1, 1), 6 pads (0, 1)
        centre = padded[3, 3]  # row 1, column 1 of the output covers rows and columns 2–4
        around = padded[2, 3] + padded[4, 3] + padded[3, 2] + padded[3, 4]
        np.testing.assert_allclose(y[1, 1], 0.5 * (5 * centre - around))


class TestBatchNorm:
    def build(self, **arguments: Any) -> Any:
        return build_module(sequence((2, 2, 3), make("BatchNorm", **arguments))).double()

    def test_moving_statistics_are_the_biased_ones_at_keras_s_momentum(self) -> None:
        module = self.build()
        x = torch.randn(4, 3, 2, 2, dtype=torch.float64) * 3 + 1
        y = module.train()(x)
        mean, variance = x.mean((0, 2, 3)), x.var((0, 2, 3), unbiased=False)
        norm = module.batch_norm_1
        torch.testing.assert_close(norm.running_mean, 0.01 * mean)
        torch.testing.assert_close(norm.running_var, 0.99 + 0.01 * variance)
        shape = (1, 3, 1, 1)
        torch.testing.assert_close(y, (x - mean.reshape(shape)) / (variance.reshape(shape) + 1e-3).sqrt())

    def test_inference_uses_the_moving_ones(self) -> None:
        module = self.build(epsilon=1e-5, momentum=0.9)
        for _ in range(3):
            module.train()(torch.randn(4, 3, 2, 2, dtype=torch.float64))
        norm = module.batch_norm_1
        x = torch.randn(1, 3, 2, 2, dtype=torch.float64)
        shape = (1, 3, 1, 1)
        expected = (x - norm.running_mean.reshape(shape)) / (norm.running_var.reshape(shape) + 1e-5).sqrt()
        torch.testing.assert_close(module.eval()(x), expected)

    def test_not_trainable_means_inference(self) -> None:
        module = self.build(trainable=False).train()
        x = torch.randn(4, 3, 2, 2, dtype=torch.float64)
        torch.testing.assert_close(module(x), x / math.sqrt(1.001))
        assert module.batch_norm_1.running_mean.tolist() == [0, 0, 0]
        assert not any(p.requires_grad for p in module.parameters())

    def test_one_value_per_channel_has_variance_zero(self) -> None:
        module = build_module(sequence((3,), make("BatchNorm", momentum=0.5))).train()
        x = torch.tensor([[1.0, 2, 3]], requires_grad=True)
        assert module(x).tolist() == [[0, 0, 0]]
        assert module.batch_norm_1.running_mean.tolist() == [0.5, 1, 1.5]
        assert module.batch_norm_1.running_var.tolist() == [0.5, 0.5, 0.5]

    def test_a_shared_one_can_be_used_twice_before_the_gradient(self) -> None:
        builder = Builder()
        builder.input(2, 2, 3)
        layer = make("BatchNorm")
        first = builder.add(layer)
        builder.add(layer, shares=first)
        module = build_module(builder.network()).train()
        module(torch.randn(4, 3, 2, 2)).sum().backward()
        assert module.batch_norm_1.weight.grad is not None

    def test_another_axis(self) -> None:
        module = build_module(sequence((5, 2, 3), make("BatchNorm", axis=1))).double().train()
        x = torch.randn(4, 3, 5, 2, dtype=torch.float64)
        module(x)
        torch.testing.assert_close(module.batch_norm_1.running_mean, 0.01 * x.mean((0, 1, 3)))


class TestDropout:
    def test_it_scales_what_it_keeps_and_acts_in_training_alone(self) -> None:
        module = build_module(sequence((1000,), make("Dropout", 0.25)))
        x = torch.ones(4, 1000)
        y = module.train()(x)
        torch.testing.assert_close(y.unique(), torch.tensor([0, 1 / 0.75]))
        assert 0.7 < (y > 0).double().mean() < 0.8
        assert torch.equal(module.eval()(x), x)

    @pytest.mark.parametrize("rank", [1, 2, 3])
    def test_spatial_dropout_drops_channels(self, rank: int) -> None:
        module = build_module(sequence((*[4] * rank, 64), make(f"SpatialDropout{rank}D", 0.5))).train()
        y = module(torch.ones(2, 64, *[4] * rank)).flatten(2)
        kept = y.amax(2)
        assert torch.equal(kept, y.amin(2))
        assert set(kept.unique().tolist()) == {0.0, 2.0}

    def test_a_noise_shape_is_in_keras_s_order(self) -> None:
        module = build_module(sequence((50, 4, 3), make("Dropout", 0.5, noise_shape=(None, None, 1, 1)))).train()
        y = module(torch.ones(2, 3, 50, 4))
        assert torch.equal(y, y[:, :1, :, :1].expand_as(y))
        assert 0 < (y[:, 0, :, 0] > 0).double().mean() < 1

    def test_a_seed_of_its_own_draws_the_same_each_time(self) -> None:
        runs = []
        for _ in range(2):
            module = build_module(sequence((100,), make("Dropout", 0.5, seed=3))).train()
            runs.append([module(torch.ones(1, 100)) for _ in range(2)])
        assert torch.equal(runs[0][0], runs[1][0])
        assert torch.equal(runs[0][1], runs[1][1])
        assert not torch.equal(runs[0][0], runs[0][1])


def test_words_with_arguments_reach_the_module() -> None:
    layer = make("Dense", 1, activation=call("leaky_relu", 0.5), use_bias=False)
    assert row(run(layer, np.array([-4.0]), {"kernel": [[1.0]]})) == [-2]
