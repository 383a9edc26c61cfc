"""The values of a layer's Torch form: their shape, that they are numbers, and whose they are."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from typing import Final, cast

import torch
from torch import Tensor

from cnnspec.backends.torch_modules import BuiltNetwork, build_module
from cnnspec.layers.base import LayerError
from cnnspec.layers.extent import Extent
from cnnspec.layers.shape import Shape
from cnnspec.testing.subject import Failure, Findings, Subject, network_of

#: Samples of a batch.
BATCH: Final = 3
#: Sums in another order differ by so much, relative to the greatest value.
_ROUNDING: Final = 1e-9


def draw_inputs(subject: Subject, dtype: torch.dtype, count: int = BATCH) -> list[Tensor]:
    """A batch for each input, channels first, of values around zero."""
    generator = torch.Generator().manual_seed(subject.seed)
    return [
        torch.randn(count, *channels_first(shape), generator=generator, dtype=torch.float64).to(dtype) for shape in subject.shapes
    ]


def gradients_of(answer: Tensor, values: Sequence[Tensor]) -> list[Tensor | None]:
    """Its gradient by each of the values; None of one that it does not depend on."""
    return [*cast("Sequence[Tensor | None]", torch.autograd.grad(answer, values, allow_unused=True))]


def channels_first(shape: Shape) -> tuple[int, ...]:
    """The dimensions in Torch's order."""
    *extents, channels = (int(n) for n in shape.dims)  # type: ignore[arg-type]
    return channels, *extents


@torch.no_grad()
def check_output(subject: Subject, module: BuiltNetwork) -> Findings:
    """The shape that was stated, finite values of the input's precision; the input stays as it was."""
    expected = (BATCH, *channels_first(subject.facts.output))
    for dtype in (torch.float32, torch.float64):
        inputs = draw_inputs(subject, dtype)
        before = deepcopy(inputs)
        output = module.to(dtype)(*inputs)
        if tuple(output.shape) != expected:
            stated, found = (
                f"facts() states {subject.facts.output}, so the Torch form gives {expected}",
                f"it gives {tuple(output.shape)}",
            )
            yield Failure("output shape", stated, found, "correct the formula of facts(), or the module: it takes (N, C, H, W)")
            break
        if output.dtype != dtype:
            help = "make constants in the input's dtype, or hold them as buffers"
            yield Failure("output", f"values of {dtype} as the input's", f"they are of {output.dtype}", help)
        if not bool(output.isfinite().all()):
            yield Failure(
                "output",
                "finite values",
                f"{int((~output.isfinite()).sum())} of {output.numel()} are not",
                "look for a division by 0",
            )
        if not all(torch.equal(one, two) for one, two in zip(inputs, before, strict=True)):
            yield Failure("output", "the input stays as it was", "the module writes into it", "use no operations that end in _")
    module.float()


@torch.no_grad()
def check_samples(subject: Subject, module: BuiltNetwork) -> Findings:
    """In evaluation a sample's values are the same each time, and the same alone as among others."""
    module = deepcopy(module).double()
    inputs = draw_inputs(subject, torch.float64)
    together = module(*inputs)
    if not torch.equal(together, module(*inputs)):
        help = "noise and dropout belong under `if self.training`"
        yield Failure("evaluation", "the same values each time", "a second call gives others", help)
        return
    for at in range(BATCH):
        alone = module(*(value[at : at + 1] for value in inputs))
        if alone.shape[1:] != together.shape[1:] or _distance(alone[0], together[at]) > _ROUNDING:
            help = "take sums and statistics over the axes of a sample alone, never over axis 0"
            yield Failure("evaluation", f"sample {at} has the same values alone and in a batch of {BATCH}", "it has others", help)
            return


@torch.no_grad()
def check_linearity(subject: Subject, module: BuiltNetwork) -> Findings:
    """f(x + y) − f(0) = (f(x) − f(0)) + (f(y) − f(0)), where the layer calls itself linear and has no activation."""
    layer = subject.layer
    if not layer.linear or layer.last_function not in (None, "linear"):
        return
    module = deepcopy(module).double()
    one = draw_inputs(subject, torch.float64)
    other = [3 * value.flip(0) for value in one]
    none = module(*(torch.zeros_like(value) for value in one))
    together = module(*(a + b for a, b in zip(one, other, strict=True)))
    if _distance(together - none, (module(*one) - none) + (module(*other) - none)) > _ROUNDING:
        help = "leave out `linear = True`: the checker takes such layers for weighted sums"
        yield Failure("linear", "the values of a sum are the sum of the values", "they differ", help)


@torch.no_grad()
def check_open_module(subject: Subject, module: BuiltNetwork) -> Findings:
    """Built for open sizes, with the same arrays, it gives the same values."""
    opened = [
        Shape((*(Extent.symbol(f"n{n}_{at}") if n != 1 else 1 for at, n in enumerate(shape.extents)), shape.channels))
        for shape in subject.shapes
    ]
    try:
        facts = subject.layer.facts(*opened)
    except LayerError:
        return  # it must know its sizes
    if facts.params != subject.facts.params:
        return  # said by the check of open sizes
    other = build_module(network_of(subject.layer, opened), seed=subject.seed).eval()
    other.load_state_dict(module.state_dict())
    inputs = draw_inputs(subject, torch.float64)
    one, two = module.double()(*inputs), other.double()(*inputs)
    module.float()
    if one.shape != two.shape or _distance(one, two) > _ROUNDING:
        found = f"it gives {tuple(two.shape)}" if one.shape != two.shape else f"they differ by {_distance(one, two):.3g}"
        yield Failure(
            "module for open sizes", f"the values of that for {subject.shapes[0]}", found, "take sizes from the tensor, in core()"
        )


def _distance(one: Tensor, two: Tensor) -> float:
    """The greatest difference, relative to the greatest value."""
    if one.numel() == 0:
        return 0.0
    return float((one - two).abs().max() / one.abs().max().clamp(min=1.0))
