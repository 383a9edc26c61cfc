"""Activations as Torch functions."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from cnnspec.backends.torch_modules.layout import torch_axis
from cnnspec.backends.torch_modules.module import Function, LayerModule
from cnnspec.layers.activations import Activation, Softmax
from cnnspec.layers.more_activations import SoftmaxOver


def function_of(activation: Activation | None, rank: int) -> Function | None:
    """The function of an activation on values with this many spatial axes; None for the identity."""
    if activation is None or activation.word == "linear":
        return None
    return _TABLE[activation.word](activation, rank)


def equip(module: LayerModule, activation: Activation | None, rank: int, *, owned: bool = True) -> None:
    """Give a module its activation, and say what it allows.

    Args:
        module: the module.
        activation: the declaration, None for the identity.
        rank: the number of spatial axes of its output.
        owned: the core gives values that nothing else reads, so that they may be overwritten.
    """
    module.activation = function_of(activation, rank)
    if activation is None:
        return
    module.keeps_maximum = _cuts_at_zero(activation)
    if owned and module.activation is torch.relu:
        module.activation = torch.relu_
    if activation.word == "sigmoid":
        module.probabilities = "sigmoid"
    elif isinstance(activation, Softmax) and torch_axis(activation.axis, rank) == 1:
        module.probabilities = "softmax"


def _cuts_at_zero(activation: Activation) -> bool:
    match activation.word:
        case "relu":
            plain: Any = activation
            return plain.negative_slope == 0 and plain.threshold == 0
        case "relu6":
            return True
        case _:
            return False


def _plain(function: Function) -> Callable[[Any, int], Function]:
    return lambda activation, rank: function


def _relu(a: Any, rank: int) -> Function:
    if a.negative_slope == 0 and a.threshold == 0:
        return torch.relu if a.max_value is None else partial(F.hardtanh, min_val=0.0, max_val=a.max_value)
    if a.threshold == 0 and a.max_value is None:
        return partial(F.leaky_relu, negative_slope=a.negative_slope)
    return partial(_general_relu, slope=a.negative_slope, most=a.max_value, threshold=a.threshold)


def _general_relu(x: Tensor, slope: float, most: float | None, threshold: float) -> Tensor:
    y = torch.where(x >= threshold, x, slope * (x - threshold))
    return y if most is None else y.clamp(max=most)


def _hard_sigmoid(x: Tensor) -> Tensor:
    return F.relu6(x + 3) / 6


def _hard_silu(x: Tensor) -> Tensor:
    return x * F.relu6(x + 3) / 6


def _sparse_sigmoid(x: Tensor) -> Tensor:
    return ((x + 1) / 2).clamp(0, 1)


def _sparse_plus(x: Tensor) -> Tensor:
    return torch.where(x <= -1, torch.zeros_like(x), torch.where(x >= 1, x, (x + 1) ** 2 / 4))


def _squareplus(x: Tensor, b: float) -> Tensor:
    return (x + torch.sqrt(x * x + b)) / 2


def _softplus(x: Tensor) -> Tensor:
    return torch.logaddexp(x, torch.zeros_like(x))  # torch's softplus is x from 20 on


def _sparsemax(x: Tensor, dim: int) -> Tensor:
    """Martins and Astudillo 2016, algorithm 1."""
    ordered = x.sort(dim=dim, descending=True).values
    shape = [1] * x.dim()
    shape[dim] = x.shape[dim]
    count = torch.arange(1, x.shape[dim] + 1, dtype=x.dtype, device=x.device).reshape(shape)
    sums = ordered.cumsum(dim)
    support = ((1 + count * ordered) > sums).sum(dim, keepdim=True)
    threshold = (sums.gather(dim, support - 1) - 1) / support
    return (x - threshold).clamp(min=0)


def _softmax(a: Any, rank: int) -> Function:
    if isinstance(a, SoftmaxOver):
        return partial(_softmax_over, dims=[torch_axis(axis, rank) for axis in a.axes])
    return partial(F.softmax, dim=torch_axis(a.axis, rank))


def _softmax_over(x: Tensor, dims: list[int]) -> Tensor:
    return torch.exp(x - torch.logsumexp(x, dims, keepdim=True))


def _along(function: Callable[..., Tensor]) -> Callable[[Any, int], Function]:
    return lambda a, rank: partial(function, dim=torch_axis(a.axis, rank))


_TABLE: dict[str, Callable[[Any, int], Function]] = {
    "relu": _relu,
    "relu6": _plain(F.relu6),
    "leaky_relu": lambda a, rank: partial(F.leaky_relu, negative_slope=a.negative_slope),
    "elu": lambda a, rank: partial(F.elu, alpha=a.alpha),
    "celu": lambda a, rank: partial(F.celu, alpha=a.alpha),
    "selu": _plain(F.selu),
    "gelu": lambda a, rank: partial(F.gelu, approximate="tanh" if a.approximate else "none"),
    "silu": _plain(F.silu),
    "hard_silu": _plain(_hard_silu),
    "mish": _plain(F.mish),
    "sigmoid": _plain(torch.sigmoid),
    "log_sigmoid": _plain(F.logsigmoid),
    "hard_sigmoid": _plain(_hard_sigmoid),
    "sparse_sigmoid": _plain(_sparse_sigmoid),
    "tanh": _plain(torch.tanh),
    "hard_tanh": lambda a, rank: partial(torch.clamp, min=-1.0, max=1.0),
    "tanh_shrink": _plain(F.tanhshrink),
    "soft_shrink": lambda a, rank: partial(F.softshrink, lambd=a.threshold),
    "hard_shrink": lambda a, rank: partial(F.hardshrink, lambd=a.threshold),
    "threshold": lambda a, rank: partial(F.threshold, threshold=a.threshold, value=a.default_value),
    "softplus": _plain(_softplus),
    "squareplus": lambda a, rank: partial(_squareplus, b=a.b),
    "sparse_plus": _plain(_sparse_plus),
    "softsign": _plain(F.softsign),
    "exponential": _plain(torch.exp),
    "softmax": _softmax,
    "log_softmax": _along(F.log_softmax),
    "sparsemax": _along(_sparsemax),
}


def known_words() -> frozenset[str]:
    """The activations that have a Torch form."""
    return frozenset(_TABLE) | {"linear"}
