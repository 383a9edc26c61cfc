"""The resolved network: layers in topological order, nothing left to look up.

A :class:`Network` is what a model of a file means once its blocks, repeats and names are worked out. It is immutable
and canonical, holds no positions in a text and no results, and survives a round trip through JSON.
"""

from collections.abc import Mapping
from functools import cached_property
from typing import Any, Literal, Self, cast

from pydantic import BaseModel, ConfigDict

from cnnspec.layers.base import Layer
from cnnspec.schema.choice import plain_value
from cnnspec.schema.values import CallValue, is_list

#: The version of the JSON form; raised when a reader of the older form would misread it.
VERSION = 1


class _Frozen(BaseModel):
    model_config = ConfigDict(
        frozen=True, strict=True, extra="forbid", defer_build=True, arbitrary_types_allowed=True, ignored_types=(cached_property,)
    )


class Node(_Frozen):
    """One application of a layer.

    Attributes:
        path: its name inside the model, scopes joined with ``/``: ``basic_1/conv2d_2``.
        layer: the declaration, an :class:`~cnnspec.layers.input.Input` for an input.
        inputs: indices of the nodes it reads, all smaller than its own.
        shares: index of the node whose weights it uses again (a later use of a ``share``), else None.
    """

    path: str
    layer: Layer
    inputs: tuple[int, ...] = ()
    shares: int | None = None

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rpartition("/")[2]


class Scope(_Frozen):
    """A stretch of nodes that the text states as one thing.

    Attributes:
        path: ``basic_1``, ``repeat_1/0``, a named flow.
        kind: what states it.
        label: what it is called in pictures: the block's name, the repeat's ``repeat``, the flow's name.
        first, last: indices of its first node and one past its last; its nodes are contiguous.
        group: scopes that repeat the same statement (``Basic(64) * 2``, passes of one ``repeat``) share a number.
        arguments: a block's arguments as written values, for its label.
    """

    path: str
    kind: Literal["block", "repeat", "flow"]
    label: str
    first: int
    last: int
    group: int | None = None
    arguments: str = ""

    @property
    def title(self) -> str:
        """A block as it is called: ``Basic(64, strides=2)``; the label of anything else."""
        return f"{self.label}({self.arguments})" if self.arguments else self.label


class Network(_Frozen):
    """A model: its nodes in topological order, the outputs, and the scopes the text gives them.

    Attributes:
        name: the model's name.
        nodes: inputs first, then layers; every node reads earlier ones.
        outputs: indices of the outputs.
        scopes: outer before inner, in order of their first node.
    """

    name: str
    nodes: tuple[Node, ...]
    outputs: tuple[int, ...]
    scopes: tuple[Scope, ...] = ()

    @cached_property
    def index(self) -> Mapping[str, int]:
        """Index of a node by its path."""
        return {node.path: at for at, node in enumerate(self.nodes)}

    @cached_property
    def readers(self) -> tuple[tuple[int, ...], ...]:
        """Per node, the nodes that read it."""
        found: list[list[int]] = [[] for _ in self.nodes]
        for at, node in enumerate(self.nodes):
            for source in node.inputs:
                found[source].append(at)
        return tuple(tuple(items) for items in found)

    def find(self, name: str) -> list[int]:
        """Indices of the nodes whose path ends in ``name``, at a ``/``; one that equals it stands alone."""
        exact = self.index.get(name)
        if exact is not None:
            return [exact]
        return [at for path, at in self.index.items() if path.endswith("/" + name)]

    def to_json(self) -> dict[str, object]:
        """A plain form for ``json.dumps``."""
        return {
            "version": VERSION,
            "name": self.name,
            "nodes": [
                {
                    "path": node.path,
                    "kind": node.layer.kind,
                    "arguments": {key: _encode(plain_value(value)) for key, value in node.layer.changed().items()},
                    "inputs": list(node.inputs),
                    **({"shares": node.shares} if node.shares is not None else {}),
                }
                for node in self.nodes
            ],
            "outputs": list(self.outputs),
            "scopes": [scope.model_dump(exclude_defaults=True) for scope in self.scopes],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """The network of :meth:`to_json`.

        Raises:
            ValueError: another version, or not the form of a network.
        """
        from cnnspec.layers.registry import layer_class

        if data.get("version") != VERSION:
            raise ValueError(f"a network of version {data.get('version')!r}; this release reads version {VERSION}")
        nodes = tuple(
            Node(
                path=item["path"],
                layer=layer_class(item["kind"]).bind((), {key: _decode(value) for key, value in item["arguments"].items()}),
                inputs=tuple(item["inputs"]),
                shares=item.get("shares"),
            )
            for item in data["nodes"]
        )
        for at, node in enumerate(nodes):
            if any(not 0 <= source < at for source in node.inputs):
                raise ValueError(f"node {node.path} reads a node that does not come before it")
        scopes = tuple(Scope.model_validate(item) for item in data["scopes"])
        return cls(name=data["name"], nodes=nodes, outputs=tuple(data["outputs"]), scopes=scopes)

    def to_networkx(self) -> Any:
        """A ``networkx.DiGraph`` with a node per layer (by path; attribute ``layer``) and an edge per connection."""
        import networkx

        new_graph: Any = networkx.DiGraph
        graph = new_graph(name=self.name)
        for node in self.nodes:
            graph.add_node(node.path, layer=node.layer, kind=node.layer.kind)
        for node in self.nodes:
            graph.add_edges_from((self.nodes[source].path, node.path) for source in node.inputs)
        return graph


def _encode(value: object) -> object:
    match value:
        case CallValue(name, positional, named):
            arguments = {"positional": [_encode(v) for v in positional], "named": {k: _encode(v) for k, v in named}}
            return {"call": name, **{key: part for key, part in arguments.items() if part}}
        case _ if is_list(value):
            return [_encode(item) for item in value]
        case str():
            return str(value)
        case _:
            return value


def _decode(value: Any) -> object:
    match value:
        case {"call": name}:
            positional = tuple(_decode(item) for item in value.get("positional", ()))
            return CallValue(name, positional, tuple((k, _decode(v)) for k, v in value.get("named", {}).items()))
        case list():
            return tuple(_decode(item) for item in cast("list[Any]", value))
        case _:
            return value
