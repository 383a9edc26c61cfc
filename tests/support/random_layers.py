"""Random layers of every kind, drawn for the shape of the value that they are applied to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random

from cnnspec.layers.base import Layer
from cnnspec.layers.registry import all_kinds, page_of
from cnnspec.layers.shape import Shape
from support.networks import call, make

#: Words of activations; a few take numbers.
ACTIVATIONS = (
    None, None, "relu", "tanh", "sigmoid", "gelu", "hard_sigmoid", "selu", "leaky_relu", "softmax", "mish", "relu6", "elu",
    "silu", "softplus", call("leaky_relu", 0.25), call("relu", max_value=3.0),
)  # fmt: skip
#: Merges of any number of values of one shape.
MERGES = ("Add", "Multiply", "Average", "Maximum", "Minimum", "Concat")
PAIRS = ("Subtract", "Dot")

#: Kinds, whatever their rank, with weights or windows.
HEAVY = (
    "Conv",
    "ConvTranspose",
    "DepthwiseConv",
    "SeparableConv",
    "MaxPool",
    "AvgPool",
    "Dense",
    "UpSampling",
    "Crop",
    "ZeroPad",
)

_BIAS = "random_normal"
_MODES = ("zeros", "zeros", "zeros", "reflect", "replicate", "circular")
_EPSILONS = (1e-3, 1e-5)

Draw = Callable[[Random, Shape], Layer]


def draw_layer(random: Random, shape: Shape) -> Layer:
    """A layer of one input, of a kind for values of this rank; its arguments may not suit it.

    Raises:
        BindError: the arguments contradict each other.
        LayerError: when its facts are asked for: it does not accept the shape.
    """
    kinds = kinds_for(shape.rank)
    # Half of them have weights or windows: most kinds are activations and the like, which have less to go wrong.
    heavy = [kind for kind in kinds if page_of(kind) in HEAVY]
    return DRAW[random.choice(heavy if heavy and random.random() < 0.5 else kinds)](random, shape)


def kinds_for(rank: int) -> list[str]:
    """The kinds for values with so many spatial axes, in the order of the registry."""
    marks = {"1D": 1, "2D": 2, "3D": 3}
    ranks = {kind: next((value for mark, value in marks.items() if mark in kind), None) for kind in DRAW}
    vectors = {"Flatten", "Dense", "RBF"}
    fits = {
        kind: (rank == stated) if stated is not None else (rank == 0) if kind in vectors - {"Flatten"} else True
        for kind, stated in ranks.items()
    }
    spatial = {"PixelShuffle", "InstanceNorm", "Flatten", "DropPath"}
    return [kind for kind in all_kinds() if fits.get(kind, False) and (rank > 0 or kind not in spatial)]


def _number(r: Random, low: float, high: float) -> float:
    """Exact in single precision, as which a module stores constants."""
    return round(64 * r.uniform(low, high)) / 64


def _kernel(r: Random, rank: int) -> object:
    return r.choice((r.randint(1, 3), tuple(r.randint(1, 3) for _ in range(rank))))


def _strides(r: Random, rank: int) -> object:
    return r.choice((1, 1, r.randint(1, 3), tuple(r.randint(1, 3) for _ in range(rank))))


def _padding(r: Random, rank: int) -> object:
    pairs = tuple((r.randint(0, 2), r.randint(0, 2)) for _ in range(rank))
    return r.choice(
        ("valid", "same", "same", r.randint(0, 2), tuple(r.randint(0, 2) for _ in range(rank)) if rank > 1 else 1, pairs)
    )


def _weights(r: Random) -> dict[str, object]:
    return {
        "use_bias": r.random() < 0.7,
        "bias_initializer": _BIAS,
        "activation": r.choice(ACTIVATIONS),
        "trainable": r.random() < 0.9,
    }


def _convolution(rank: int) -> Draw:
    def draw(r: Random, shape: Shape) -> Layer:
        groups = r.choice((1, 1, 1, 2))
        partial = rank == 2 and r.random() < 0.1
        channels = int(shape.channels)  # type: ignore[arg-type]
        filters = groups * r.randint(1, 4)
        tables = tuple(tuple(sorted(r.sample(range(channels), r.randint(1, channels)))) for _ in range(filters))
        return make(
            f"Conv{rank}D",
            filters,
            _kernel(r, rank),
            strides=_strides(r, rank),
            padding="causal" if rank == 1 and r.random() < 0.2 else _padding(r, rank),
            dilation_rate=r.choice((1, 1, 2)),
            padding_mode=r.choice(_MODES),
            **({"connections": tables} if partial else {"groups": groups}),
            **_weights(r),
        )

    return draw


def _depthwise(rank: int) -> Draw:
    def draw(r: Random, _: Shape) -> Layer:
        stride = r.randint(1, 2)
        sizes = {"strides": stride, "padding": _padding(r, rank), "dilation_rate": r.choice((1, 1, 2))}
        return make(f"DepthwiseConv{rank}D", _kernel(r, rank), depth_multiplier=r.randint(1, 3), **sizes, **_weights(r))

    return draw


def _separable(rank: int) -> Draw:
    def draw(r: Random, _: Shape) -> Layer:
        sizes = {"strides": r.randint(1, 2), "padding": _padding(r, rank), "dilation_rate": r.choice((1, 1, 2))}
        multiplier = r.randint(1, 2)
        return make(
            f"SeparableConv{rank}D", r.randint(1, 4), _kernel(r, rank), depth_multiplier=multiplier, **sizes, **_weights(r)
        )

    return draw


def _transposed(rank: int) -> Draw:
    def draw(r: Random, _: Shape) -> Layer:
        return make(
            f"Conv{rank}DTranspose",
            r.randint(1, 4),
            _kernel(r, rank),
            strides=_strides(r, rank),
            padding=_padding(r, rank),
            output_padding=r.choice((None, None, 0, 1)),
            dilation_rate=r.choice((1, 1, 2)),
            **_weights(r),
        )

    return draw


def _pooling(kind: str, rank: int) -> Draw:
    def draw(r: Random, _: Shape) -> Layer:
        sizes = {"strides": r.choice((None, _strides(r, rank))), "padding": _padding(r, rank), "ceil_mode": r.random() < 0.3}
        counted = {"count_include_pad": r.random() < 0.3} if kind == "AvgPool" else {}
        return make(f"{kind}{rank}D", _kernel(r, rank), **sizes, **counted)

    return draw


def _adaptive(kind: str, rank: int) -> Draw:
    return lambda r, _: make(f"{kind}{rank}D", r.choice((r.randint(1, 5), tuple(r.randint(1, 5) for _ in range(rank)))))


def _pairs(kind: str, rank: int) -> Draw:
    return lambda r, _: make(f"{kind}{rank}D", tuple((r.randint(0, 2), r.randint(0, 2)) for _ in range(rank)))


def _upsampling(rank: int) -> Draw:
    def draw(r: Random, _: Shape) -> Layer:
        size = r.choice((2, tuple(r.randint(1, 3) for _ in range(rank)))) if rank > 1 else r.randint(1, 3)
        modes = {"interpolation": r.choice(("nearest", "bilinear"))} if rank == 2 else {}
        return make(f"UpSampling{rank}D", size, **modes)

    return draw


def _plain(kind: str, *arguments: object, **named: object) -> Draw:
    return lambda _r, _shape: make(kind, *arguments, **named)


def _divisor(r: Random, shape: Shape) -> int:
    channels = int(shape.channels)  # type: ignore[arg-type]
    return r.choice([n for n in range(1, channels + 1) if channels % n == 0])


def _axis(r: Random, shape: Shape) -> int:
    return r.choice((-1, -1, -1, r.randint(1, shape.rank + 1)))


def _dims(shape: Shape) -> tuple[int, ...]:
    return tuple(int(dim) for dim in shape.dims)  # type: ignore[arg-type]


def _permute(r: Random, shape: Shape) -> Layer:
    return make("Permute", tuple(r.sample(range(1, shape.rank + 2), shape.rank + 1)))


def _reshape(r: Random, shape: Shape) -> Layer:
    dims = list(_dims(shape))
    r.shuffle(dims)
    dims[r.randrange(len(dims))] = r.choice((-1, dims[0])) if len(set(dims)) == 1 else -1
    return make("Reshape", tuple(dims))


def _slice(r: Random, shape: Shape) -> Layer:
    axis = r.choice(("channels", r.randint(1, shape.rank + 1)))
    size = _dims(shape)[-1 if axis == "channels" else int(axis) - 1]
    start = r.randint(0, size - 1)
    stop = r.choice((None, r.randint(start + 1, size)))
    return make("Slice", start, stop, axis=axis)


def _norm(r: Random) -> dict[str, object]:
    return {"epsilon": r.choice(_EPSILONS), "center": r.random() < 0.8, "scale": r.random() < 0.8}


def _filter(r: Random, _: Shape) -> Layer:
    kernel = r.choice(("sobel_x", "emboss", "gaussian_blur", ((1, 2), (3, 4)), ((1, 0, -1),)))
    return make("Filter2D", kernel, strides=r.randint(1, 2), padding=r.choice(("same", "valid")), scale=_number(r, 0.5, 2))


def _normalization(r: Random, shape: Shape) -> Layer:
    if r.random() < 0.5:
        return make("Normalization", mean=_number(r, -1, 1), variance=_number(r, 0.5, 2))
    return make("Normalization")


def _subsampling(r: Random, _: Shape) -> Layer:
    return make("Subsampling2D", r.randint(1, 3), strides=r.choice((None, 1, 2)), activation=r.choice(ACTIVATIONS))


_FIXED: Mapping[str, Draw] = {
    kind: _plain(kind)
    for kind in ("Identity", "ELU", "SELU", "SiLU", "Mish", "Sigmoid", "HardSigmoid", "HardSwish", "Tanh", "Softplus", "Flatten")
}

#: How to draw a layer of a kind for a shape.
DRAW: Mapping[str, Draw] = {
    **_FIXED,
    **{f"Conv{rank}D": _convolution(rank) for rank in (1, 2, 3)},
    **{f"DepthwiseConv{rank}D": _depthwise(rank) for rank in (1, 2)},
    **{f"SeparableConv{rank}D": _separable(rank) for rank in (1, 2)},
    **{f"Conv{rank}DTranspose": _transposed(rank) for rank in (1, 2, 3)},
    **{f"{kind}{rank}D": _pooling(kind, rank) for kind in ("MaxPool", "AvgPool") for rank in (1, 2, 3)},
    **{f"{kind}{rank}D": _adaptive(kind, rank) for kind in ("AdaptiveMaxPool", "AdaptiveAvgPool") for rank in (1, 2, 3)},
    **{f"{kind}{rank}D": _pairs(kind, rank) for kind in ("ZeroPad", "Crop") for rank in (1, 2, 3)},
    **{f"{kind}{rank}D": _plain(f"{kind}{rank}D") for kind in ("GlobalMaxPool", "GlobalAvgPool") for rank in (1, 2, 3)},
    **{f"UpSampling{rank}D": _upsampling(rank) for rank in (1, 2, 3)},
    **{f"SpatialDropout{rank}D": _plain(f"SpatialDropout{rank}D", 0.25) for rank in (1, 2, 3)},
    "Subsampling2D": _subsampling,
    "Filter2D": _filter,
    "Dense": lambda r, _: make("Dense", r.randint(1, 6), **_weights(r)),
    "RBF": lambda r, _: make("RBF", r.randint(1, 6)),
    "Permute": _permute,
    "Reshape": _reshape,
    "Slice": _slice,
    "PixelShuffle": lambda r, _: make("PixelShuffle", r.choice((1, 2, 2))),
    "ChannelShuffle": lambda r, shape: make("ChannelShuffle", _divisor(r, shape)),
    "Scale": lambda r, _: make("Scale", _number(r, 0.1, 2), use_bias=r.random() < 0.5),
    "Rescaling": lambda r, _: make("Rescaling", _number(r, 0.1, 2), _number(r, -1, 1)),
    "Normalization": _normalization,
    "ReLU": lambda r, _: make("ReLU", r.choice((None, 2.0)), r.choice((0.0, 0.1)), r.choice((0.0, 0.5))),
    "LeakyReLU": lambda r, _: make("LeakyReLU", _number(r, 0.01, 0.5)),
    "PReLU": lambda r, shape: make("PReLU", alpha_initializer=_BIAS, shared_axes=r.choice((None, (1,))) if shape.rank else None),
    "GELU": lambda r, _: make("GELU", r.random() < 0.5),
    "Softmax": lambda r, shape: make("Softmax", axis=_axis(r, shape)),
    "Activation": lambda r, _: make("Activation", r.choice(ACTIVATIONS[2:])),
    "BatchNorm": lambda r, shape: make("BatchNorm", axis=_axis(r, shape), **_norm(r)),
    "LayerNorm": lambda r, shape: make("LayerNorm", axis=_axis(r, shape), **_norm(r)),
    "GroupNorm": lambda r, shape: make("GroupNorm", _divisor(r, shape), **_norm(r)),
    "InstanceNorm": lambda r, _: make("InstanceNorm", **_norm(r)),
    "LRN": lambda r, _: make("LRN", r.choice((2, 3, 5)), alpha=0.1),
    "Dropout": _plain("Dropout", 0.5),
    "GaussianNoise": _plain("GaussianNoise", 0.1),
    "DropPath": _plain("DropPath", 0.2),
    "ActivityRegularization": _plain("ActivityRegularization", l2=0.01),
}
