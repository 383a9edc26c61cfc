"""torchvision's models as a yardstick: importing them without their compiled operators, and taking over their weights."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import pytest
import torch
from torch import Tensor, library, nn

from cnnspec.backends.torch_modules import BuiltNetwork
from cnnspec.backends.torch_modules.module import LayerModule
from cnnspec.ir import Network
from cnnspec.layers.input import Input

_OPERATORS = (
    "nms", "qnms", "roi_align", "qroi_align", "_roi_align_backward", "roi_pool", "_roi_pool_backward", "ps_roi_align",
    "_ps_roi_align_backward", "ps_roi_pool", "_ps_roi_pool_backward", "deform_conv2d", "_deform_conv2d_backward",
)  # fmt: skip


@cache
def _declare_operators() -> library.Library:
    """Declare torchvision's compiled operators, which want CUDA and which no classifier runs; kept alive by the cache."""
    operators = library.Library("torchvision", "FRAGMENT")
    for name in _OPERATORS:
        operators.define(f"{name}() -> ()")
    return operators


def torchvision_models() -> Any:
    """``torchvision.models``; the test is skipped where torchvision is not installed."""
    from importlib.util import find_spec

    if find_spec("torchvision") is None:
        pytest.skip("needs torchvision: pip install --no-deps torchvision==0.28.0")
    _declare_operators()
    import torchvision

    return torchvision.models


def make(name: str, options: Mapping[str, object], seed: int = 0) -> nn.Module:
    """A model of torchvision, freshly initialised; the factors and offsets of its normalisations are drawn."""
    torch.manual_seed(seed)
    model: nn.Module = torchvision_models().get_model(name, weights=None, **options).eval()
    with torch.no_grad():
        for norm in _normalisations(model):
            norm.weight.uniform_(0.5, 1.5)
            norm.bias.normal_(0, 0.1)
    return model


def _normalisations(model: nn.Module) -> list[nn.modules.batchnorm._BatchNorm]:
    return [module for module in model.modules() if isinstance(module, nn.modules.batchnorm._BatchNorm)]


@torch.no_grad()
def copy_weights(source: nn.Module, target: BuiltNetwork, *inputs: Tensor) -> int:
    """Give ``target`` the arrays of ``source``, module for module in the order in which both run; how many modules.

    On the way the normalisations of ``source`` take on the statistics of the inputs. With any others a signal is lost in a few
    layers: all images give the same values, and nothing that is wrong in the first layers shows in the last.

    Raises:
        ValueError: the two do not have the same modules with the same arrays.
    """
    theirs, ours = _in_order_of_running(source, *inputs), _with_arrays(target)
    if len(theirs) != len(ours):
        raise ValueError(f"{len(theirs)} modules with arrays there, {len(ours)} here")
    for (name, module), (path, layer) in zip(theirs, ours, strict=True):
        arrays, wanted = _arrays(module), _arrays(layer)
        if len(arrays) != len(wanted):
            raise ValueError(f"{name} has {sorted(arrays)}, {path} has {sorted(wanted)}")
        for (attribute, array), (own, place) in zip(arrays.items(), _aligned(arrays, wanted), strict=True):
            if array.numel() != place.numel() or (array.dim() == place.dim() and array.shape != place.shape):
                raise ValueError(f"{name}.{attribute} is {tuple(array.shape)}, {path}.{own} is {tuple(place.shape)}")
            place.copy_(_channels_last(array, target.network, path).reshape(place.shape))
    return len(ours)


def _in_order_of_running(model: nn.Module, *inputs: Tensor) -> list[tuple[str, nn.Module]]:
    """The modules that hold arrays themselves, as they finish."""
    ran: list[tuple[str, nn.Module]] = []
    handles = [
        module.register_forward_hook(lambda done, _inputs, _output, name=name: ran.append((name, done)))
        for name, module in model.named_modules()
        if _arrays(module)
    ]
    norms = _normalisations(model)
    for norm in norms:
        norm.momentum, norm.training = 1.0, True
    model(*inputs)
    for norm in norms:
        norm.training = False
    for handle in handles:
        handle.remove()
    return ran


def _with_arrays(network: BuiltNetwork) -> list[tuple[str, LayerModule]]:
    nodes = network.network.nodes
    layers = [
        (node.path, network.layer(node.path)) for node in nodes if node.shares is None and not isinstance(node.layer, Input)
    ]
    return [(path, layer) for path, layer in layers if _arrays(layer)]


def _arrays(module: nn.Module) -> dict[str, Tensor]:
    own = {**dict(module.named_parameters(recurse=False)), **dict(module.named_buffers(recurse=False))}
    return {name: array for name, array in own.items() if name != "num_batches_tracked"}


def _aligned(theirs: Mapping[str, Tensor], ours: Mapping[str, Tensor]) -> list[tuple[str, Tensor]]:
    """Our arrays in the order of theirs: by name, a single one whatever it is called."""
    if len(theirs) == 1:
        return list(ours.items())
    return [(name, ours[name]) for name in theirs]


def _channels_last(array: Tensor, network: Network, path: str) -> Tensor:
    """The kernel of a dense layer behind Flatten, its columns in our order (height, width, channels)."""
    if array.dim() != 2:
        return array
    shape = _flattened(network, network.index[path])
    if shape is None:
        return array
    *extents, channels = shape
    moved = array.reshape(array.shape[0], channels, *extents).movedim(1, -1)
    return moved.reshape(array.shape)


def _flattened(network: Network, at: int) -> tuple[int, ...] | None:
    """The shape of the map whose Flatten a layer reads, with only such layers between as keep the order."""
    from cnnspec.backends.torch_modules.build import facts_of

    at = network.nodes[at].inputs[0]
    while network.nodes[at].layer.kind in ("Dropout", "ReLU", "Activation"):
        at = network.nodes[at].inputs[0]
    if network.nodes[at].layer.kind != "Flatten":
        return None
    dims = facts_of(network)[network.nodes[at].inputs[0]].output.dims
    return tuple(int(dim) for dim in dims)  # type: ignore[arg-type]
