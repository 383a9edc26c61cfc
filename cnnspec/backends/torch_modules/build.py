"""From a network to a Torch module."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module

import torch
from torch import nn

from cnnspec.backends.torch_modules.initialisation import draw, generator_for
from cnnspec.backends.torch_modules.keras_weights import named_slots
from cnnspec.backends.torch_modules.module import Scope, child_of
from cnnspec.backends.torch_modules.network import BuiltNetwork
from cnnspec.backends.torch_modules.plan import make_plan
from cnnspec.backends.torch_modules.table import Place, lowering_of
from cnnspec.ir import Network
from cnnspec.layers.base import Facts, LayerError
from cnnspec.layers.extent import Extent
from cnnspec.layers.input import Input
from cnnspec.layers.shape import Shape
from cnnspec.layers.weights import Initializer

_FAMILIES = (
    "activations", "convolution", "dense", "merging", "normalisation", "pooling", "rearrangement", "regularisation", "scaling",
    "shapes",
)  # fmt: skip
for _family in _FAMILIES:  # each enters its layers into the table
    import_module(f"cnnspec.backends.torch_modules.{_family}")


def facts_of(network: Network) -> tuple[Facts, ...]:
    """The facts of every node, from the inputs on.

    Raises:
        LayerError: a layer does not accept its inputs.
    """
    found: list[Facts] = []
    for node in network.nodes:
        inputs = [found[at].output for at in node.inputs]
        found.append(node.layer.facts(*inputs))
    return tuple(found)


def build_module(network: Network, *, seed: int | None = None, facts: Sequence[Facts] | None = None) -> BuiltNetwork:
    """Build a network: its layers as Torch modules, with weights to start from.

    Args:
        network: what to build.
        seed: the seed of the weights, the same ones wherever and whenever they are drawn; None draws one from Torch's
            own generator (``torch.manual_seed``).
        facts: the facts of every node, if they are known already.

    Raises:
        LayerError: a layer does not accept its inputs.
        NotLowered: a layer has no Torch form.
    """
    known = facts_of(network) if facts is None else tuple(facts)
    shapes = tuple(known[at].output for at, node in enumerate(network.nodes) if isinstance(node.layer, Input))
    module = BuiltNetwork(network, shapes)
    module.finish(make_plan(network, _place_layers(module, network, known)))
    initialise(module, seed)
    _store_channels_last(module)
    return module


def _store_channels_last(module: nn.Module) -> None:
    """Keep the kernels of 2-D convolutions in ``channels_last`` memory.

    Torch then runs them on maps in the same order, whatever order comes in, which its CPU kernels are quicker at and which
    makes ``Flatten``, channels last by meaning, a view. Shapes and values are what they were.
    """
    for param in module.parameters():
        if param.dim() == 4:
            # Not contiguous(): where there is one input channel it sees nothing to do.
            param.data = param.data.to(memory_format=torch.channels_last)


def _place_layers(module: BuiltNetwork, network: Network, facts: Sequence[Facts]) -> list[tuple[nn.Module, str] | None]:
    places: list[tuple[nn.Module, str] | None] = []
    uses = _other_uses(network)
    for at, node in enumerate(network.nodes):
        if isinstance(node.layer, Input):
            places.append(None)
        elif node.shares is not None:
            places.append(places[node.shares])
        else:
            scope, name = _enter(module, node.path)
            scope.place(name, lowering_of(node.layer)(node.layer, _place(network, facts, at, uses.get(at, []))))
            places.append((scope, name))
    return places


def _other_uses(network: Network) -> dict[int, list[int]]:
    """The later uses of the weights of a node."""
    found: dict[int, list[int]] = {}
    for at, node in enumerate(network.nodes):
        if node.shares is not None:
            found.setdefault(node.shares, []).append(at)
    return found


def _place(network: Network, facts: Sequence[Facts], at: int, others: Sequence[int]) -> Place:
    """Where a layer stands; extents that differ from use to use are open, so that its module takes all of them.

    A layer that has to know its extents gives the same result for all uses, or none would be allowed: it stands at the first.
    """
    node = network.nodes[at]
    inputs = first = tuple(facts[source].output for source in node.inputs)
    for other in others:
        given = [facts[source].output for source in network.nodes[other].inputs]
        inputs = tuple(_open_where_they_differ(first, second) for first, second in zip(inputs, given, strict=True))
    if inputs != first:
        try:
            return Place(node.layer.facts(*inputs), inputs)
        except LayerError as error:
            if error.code != "size-unknown":
                raise
    return Place(facts[at], first)


def _open_where_they_differ(first: Shape, second: Shape) -> Shape:
    pairs = enumerate(zip(first.dims, second.dims, strict=True))
    return Shape(tuple(a if a == b else Extent.symbol(f"n{axis}") for axis, (a, b) in pairs))


def _enter(root: Scope, path: str) -> tuple[Scope, str]:
    *scopes, name = path.split("/")
    for part in scopes:
        inner = child_of(root, part) if root.holds(part) else None
        if inner is None:
            inner = Scope()
            root.place(part, inner)
        if not isinstance(inner, Scope):
            raise ValueError(f"{path}: {part} is a layer and a scope")  # noqa: TRY004
        root = inner
    return root, name


@torch.no_grad()
def initialise(module: BuiltNetwork, seed: int | None = None) -> None:
    """Draw all weights anew; moving statistics start as their initializers say.

    Args:
        module: the network.
        seed: as in :func:`build_module`.
    """
    with torch.device("cpu"):  # the same numbers wherever the weights are
        start = int(torch.randint(2**62, ()).item()) if seed is None else seed
        for name, layer, slot in named_slots(module):
            param = slot.param
            if not isinstance(param.initializer, Initializer):
                raise TypeError(f"{name} has no initializer")
            array = draw(param.initializer, param.shape, generator_for(start, name), param.fans)
            getattr(layer, slot.attribute).copy_(slot.layout.to_torch(array))
