"""How weights start: Keras's initializers, on Keras's layout, from a generator of their own for each array.

The generator's seed is derived from the run's seed and the array's name, so that the same seed gives the same weights
whatever else is in the network, and whatever was drawn before.
"""

from __future__ import annotations

from hashlib import blake2b
from math import erf, prod, sqrt

import torch
from torch import Generator, Tensor, nn

from cnnspec.layers.initializers import RootOf
from cnnspec.layers.weights import (
    Constant,
    IdentityMatrix,
    Initializer,
    Ones,
    Orthogonal,
    RandomNormal,
    RandomUniform,
    Scaled,
    TruncatedNormal,
    Zeros,
)

#: Standard deviation of a unit normal cut at ±2.
CUT_DEVIATION = 0.87962566103423978


def generator_for(seed: int, name: str) -> Generator:
    """A generator for one array of weights."""
    digest = blake2b(f"{seed}:{name}".encode(), digest_size=8).digest()
    return Generator().manual_seed(int.from_bytes(digest, "little") >> 1)


def draw(
    initializer: Initializer, shape: tuple[int, ...], generator: Generator, own_fans: tuple[float, float] | None = None
) -> Tensor:
    """An array in Keras's layout, float32.

    Args:
        initializer: how it starts.
        shape: its shape.
        generator: what is drawn from, unless the initializer has a seed of its own.
        own_fans: fan_in and fan_out, where they are not those of the shape.

    Raises:
        ValueError: the initializer has no meaning for this shape.
    """
    own_seed = getattr(initializer, "seed", None)
    if own_seed is not None:
        generator = Generator().manual_seed(own_seed)
    match initializer:
        case Zeros():
            return torch.zeros(shape)
        case Ones():
            return torch.ones(shape)
        case Constant(value=value):
            return torch.full(shape, value, dtype=torch.float32)
        case RandomNormal(mean=mean, stddev=deviation):
            return torch.randn(shape, generator=generator, dtype=torch.float32) * deviation + mean
        case TruncatedNormal(mean=mean, stddev=deviation):
            return cut_normal(shape, generator) * deviation + mean
        case RandomUniform(minval=least, maxval=most):
            return torch.rand(shape, generator=generator, dtype=torch.float32) * (most - least) + least
        case RootOf(of=square):
            return draw(square, shape, generator).sqrt()
        case Scaled():
            return _draw_scaled(initializer, shape, generator, own_fans or fans(shape))
        case Orthogonal(gain=gain):
            return gain * _draw_orthogonal(shape, generator)
        case IdentityMatrix(gain=gain):
            if len(shape) != 2:
                raise ValueError(f"identity starts kernels of two axes, not {shape}")
            return gain * torch.eye(*shape)
        case _:
            raise TypeError(f"no Torch form of the initializer {initializer!r}")


def cut_normal(shape: tuple[int, ...], generator: Generator) -> Tensor:
    """A unit normal distribution cut at ±2, by its quantiles."""
    edge = erf(2 / sqrt(2))
    uniform = torch.rand(shape, generator=generator, dtype=torch.float32) * (2 * edge) - edge
    return (torch.erfinv(uniform) * sqrt(2)).clamp(-2, 2)


def fans(shape: tuple[int, ...]) -> tuple[int, int]:
    """Keras's fan_in and fan_out: the last two axes times the positions of the kernel."""
    if len(shape) < 2:
        return (shape[0], shape[0]) if shape else (1, 1)
    positions = prod(shape[:-2])
    return shape[-2] * positions, shape[-1] * positions


def _draw_scaled(initializer: Scaled, shape: tuple[int, ...], generator: Generator, found: tuple[float, float]) -> Tensor:
    scale, mode, distribution = initializer.rule
    fan_in, fan_out = found
    fan = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}[mode]
    variance = scale / max(1.0, fan)
    match distribution:
        case "uniform":
            limit = sqrt(3 * variance)
            return torch.rand(shape, generator=generator, dtype=torch.float32) * (2 * limit) - limit
        case "truncated_normal":
            return cut_normal(shape, generator) * (sqrt(variance) / CUT_DEVIATION)
        case "untruncated_normal":
            return torch.randn(shape, generator=generator, dtype=torch.float32) * sqrt(variance)


def _draw_orthogonal(shape: tuple[int, ...], generator: Generator) -> Tensor:
    if len(shape) < 2:
        raise ValueError(f"orthogonal starts arrays of at least two axes, not {shape}")
    rows, columns = prod(shape[:-1]), shape[-1]
    return nn.init.orthogonal_(torch.empty(rows, columns), generator=generator).reshape(shape)
