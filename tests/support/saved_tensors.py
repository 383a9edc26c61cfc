"""What Torch's automatic differentiation saves in a forward pass, measured."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.graph import saved_tensors_hooks

from cnnspec.backends.torch_modules import build, build_module
from cnnspec.backends.torch_modules.network import BuiltNetwork
from cnnspec.ir import Network
from cnnspec.layers.base import Facts
from cnnspec.layers.shape import Shape


def build_without_memory(network: Network, facts: Sequence[Facts], monkeypatch: Any) -> BuiltNetwork:
    """The network on Torch's device without memory: it knows the shapes of everything and the values of nothing."""
    monkeypatch.setattr(build, "initialise", lambda module, seed=None: None)
    with torch.device("meta"):
        return build_module(network, facts=facts)


def make_batch(shape: Shape, batch: int, device: str = "meta") -> Tensor:
    """An input, channels first."""
    *extents, channels = (int(n) for n in shape.dims)
    return torch.ones(batch, channels, *extents, device=device)


def save_all(module: nn.Module, run: Callable[[], object]) -> dict[int, Tensor]:
    """What is saved while something runs, but for the module's own state: of each piece of memory the largest tensor in it."""
    state = {tensor.untyped_storage()._cdata for tensor in (*module.parameters(), *module.buffers())}
    saved: dict[int, Tensor] = {}

    def keep(tensor: Tensor) -> Tensor:
        number = tensor.untyped_storage()._cdata
        if number not in state and (number not in saved or saved[number].nbytes < tensor.nbytes):
            saved[number] = tensor.detach()  # held, so that no other gets its number
        return tensor

    with saved_tensors_hooks(keep, lambda tensor: tensor):
        run()
    return saved


def measure_network(module: BuiltNetwork, batch: int, device: str = "meta") -> int:
    """The bytes that a step of training saves, the loss being a mean squared error."""
    inputs = [make_batch(shape, batch, device) for shape in module.input_shapes]
    targets: list[Tensor] = []

    def step() -> None:
        outputs = module.forward_logits(*inputs)
        for output in outputs if isinstance(outputs, tuple) else (outputs,):
            if output.requires_grad:
                targets.append(torch.zeros_like(output))
                nn.functional.mse_loss(output, targets[-1])

    module.train()
    return sum(tensor.untyped_storage().nbytes() for tensor in save_all(module, step).values())
