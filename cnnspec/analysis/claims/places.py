"""What ``x`` names in ``params(x)`` or ``shape(x)``: a value in scope, or an unambiguous end of a path."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from cnnspec.analysis.claims.subject import Undecided
from cnnspec.diagnostics.catalogue import claims as catalogue
from cnnspec.ir import Network
from cnnspec.resolve.operators import Rejected
from cnnspec.resolve.result import PendingClaim, ResolvedModel
from cnnspec.resolve.values import UnknownType, Value
from cnnspec.syntax import tree


class Places:
    """The layers and scopes of a model by their paths.

    A scope is a use of a block, a pass of a repeat or all of its passes, or a named flow of several layers.
    """

    def __init__(self, model: ResolvedModel) -> None:
        self.model = model

    @property
    def network(self) -> Network:
        return self.model.network

    @cached_property
    def scopes(self) -> Mapping[str, range]:
        """The nodes of every scope, by its path."""
        found = {scope.path: range(scope.first, scope.last) for scope in self.network.scopes}
        ends: dict[str, list[int]] = {}
        for at, node in enumerate(self.network.nodes):
            end = node.path.rfind("/")
            while end > 0:
                ends.setdefault(node.path[:end], [at, at])[1] = at + 1
                end = node.path.rfind("/", 0, end)
        return found | {path: range(first, last) for path, (first, last) in ends.items()}

    def nodes_of(self, prefix: str) -> range:
        """The nodes of the use of a block whose paths begin with a prefix, all without one."""
        return self.scopes.get(prefix[:-1], range(0)) if prefix else range(len(self.network.nodes))

    def find(self, expression: tree.Expression, claim: PendingClaim) -> range | None:
        """The nodes that an argument of a claim names: a layer's own, or those of a scope; None after an error.

        Raises:
            Rejected: it names nothing, or several things.
        """
        if isinstance(expression, tree.Name):
            binding = claim.scope.lookup(expression.text)
            content = None if binding is None else binding.content
            if binding is not None and isinstance(content, Value):
                return self._named(expression.text, content.node, binding.made)
            if isinstance(content, UnknownType):
                return None
            return self._search(expression.text, expression, claim.prefix)
        if isinstance(expression, tree.String):
            return self._search(expression.value, expression, claim.prefix)
        raise Rejected(
            catalogue.claim_invalid(
                expression.span,
                reason="a layer is named by a word or a path in quotes",
                way_out='write `shape("block_1/conv2d_2")`',
            )
        )

    def value(self, expression: tree.Expression, claim: PendingClaim) -> int | None:
        """The node whose value an argument names: a layer, or what a scope results in; None after an error.

        Raises:
            Rejected: it names nothing, or several things.
            Undecided: it names a scope without layers.
        """
        binding = claim.scope.lookup(expression.text) if isinstance(expression, tree.Name) else None
        if binding is not None and isinstance(binding.content, Value):
            return binding.content.node
        found = self.find(expression, claim)
        if found is not None and not found:
            raise Undecided(f"{expression.span.text} holds no layer")
        return None if found is None else self.result(found)

    def result(self, nodes: range) -> int:
        """The last of some nodes that something outside of them reads."""
        readers, results = self.network.readers, self.network.outputs
        read = (at for at in reversed(nodes) if at in results or any(reader not in nodes for reader in readers[at]))
        return next(read, nodes[-1])

    def _named(self, name: str, node: int, made: range | None) -> range:
        """The layer that a name was given to, else all that the flow of that name made; of an input itself."""
        path = self.network.nodes[node].path
        alone = made is None or path == name or path.endswith(f"/{name}")
        return range(node, node + 1) if alone or made is None else made

    def _search(self, name: str, expression: tree.Expression, prefix: str) -> range | None:
        path = name.removeprefix(f"{self.network.name}/")
        nodes, scopes = self.network.index, self.scopes
        for exact in (prefix + path, path):
            if exact.startswith(prefix) and exact in nodes:
                return range(nodes[exact], nodes[exact] + 1)
            if exact.startswith(prefix) and exact in scopes:
                return scopes[exact]
        ends = [known for known in (*nodes, *scopes) if known.startswith(prefix) and known.endswith(f"/{path}")]
        if len(ends) == 1:
            return range(nodes[ends[0]], nodes[ends[0]] + 1) if ends[0] in nodes else scopes[ends[0]]
        if ends:
            raise Rejected(catalogue.claim_layer_ambiguous(expression.span, name=name, choices=ends))
        if self.model.broken:
            return None
        choices = [known for known in (*nodes, *scopes) if known.startswith(prefix)]
        raise Rejected(catalogue.claim_layer_unknown(expression.span, name=name, choices=choices))
