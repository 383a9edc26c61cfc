"""Layers by the names that people give them."""

from __future__ import annotations

from cnnspec.diagnostics.suggest import closest, listing
from cnnspec.ir import Network
from cnnspec.render.errors import RenderError


def find_node(network: Network, name: str) -> int:
    """The index of the one node whose path ends in the name.

    Raises:
        RenderError: none does, or several do.
    """
    found = network.find(name)
    if len(found) == 1:
        return found[0]
    if found:
        raise RenderError(f"{name} could be {listing([network.nodes[at].path for at in found])}", "write more of its path")
    near = closest(name, [node.name for node in network.nodes])
    raise RenderError(f"{network.name} has no layer {name}", f"did you mean {near}?" if near else "cnnspec check lists them")
