"""Networks made in Python, by hand."""

from __future__ import annotations

from collections.abc import Sequence

from cnnspec.ir import Network, Node
from cnnspec.layers.base import Facts, Layer
from cnnspec.layers.input import Input
from cnnspec.layers.registry import layer_class, snake_name
from cnnspec.layers.shape import Shape
from cnnspec.schema import CallValue, Word


def make(kind: str, *positional: object, **named: object) -> Layer:
    """A layer as a file would call it; strings are words."""
    return layer_class(kind).bind(tuple(map(_word, positional)), {name: _word(value) for name, value in named.items()})


def call(name: str, *positional: object, **named: object) -> CallValue:
    """A word with arguments: ``call("l2", 0.1)``."""
    return CallValue(name, tuple(map(_word, positional)), tuple((key, _word(value)) for key, value in named.items()))


def _word(value: object) -> object:
    return Word(value) if type(value) is str else value


class Builder:
    """Adds nodes one by one and knows their facts; names count as in a file."""

    def __init__(self, name: str = "Net") -> None:
        self.name = name
        self.nodes: list[Node] = []
        self.facts: list[Facts] = []
        self._counts: dict[str, int] = {}

    def input(self, *shape: int | str, name: str = "input") -> int:
        return self._add(Node(path=name, layer=Input(shape=shape)))

    def add(self, layer: Layer, *inputs: int, name: str | None = None, scope: str = "", shares: int | None = None) -> int:
        """The index of the new node; it reads the last one unless told otherwise.

        Raises:
            LayerError: the layer does not accept its inputs.
        """
        sources = inputs or (len(self.nodes) - 1,)
        layer.facts(*(self.facts[at].output for at in sources))
        path = scope + (name or self.number(scope, layer.kind))
        return self._add(Node(path=path, layer=layer, inputs=sources, shares=shares))

    def number(self, scope: str, kind: str) -> str:
        base = snake_name(kind)
        self._counts[scope + base] = self._counts.get(scope + base, 0) + 1
        return f"{base}_{self._counts[scope + base]}"

    def _add(self, node: Node) -> int:
        self.facts.append(node.layer.facts(*(self.facts[at].output for at in node.inputs)))
        self.nodes.append(node)
        return len(self.nodes) - 1

    def shape(self, at: int = -1) -> Shape:
        return self.facts[at].output

    def network(self, *outputs: int) -> Network:
        return Network(name=self.name, nodes=tuple(self.nodes), outputs=outputs or (len(self.nodes) - 1,))


def sequence(shape: Sequence[int | str], *layers: Layer, name: str = "Net") -> Network:
    """One layer after the other."""
    builder = Builder(name)
    builder.input(*shape)
    for layer in layers:
        builder.add(layer)
    return builder.network()


def lenet() -> Network:
    """The lecture's LeNet-5."""
    return sequence(
        (28, 28, 1),
        make("Conv2D", 6, (5, 5), activation="relu"),
        make("MaxPool2D"),
        make("Conv2D", 16, (5, 5), activation="relu"),
        make("MaxPool2D"),
        make("Flatten"),
        make("Dense", 120, activation="relu"),
        make("Dense", 84, activation="relu"),
        make("Dense", 10, activation="softmax"),
        name="LeNet5",
    )


def mnist_cnn() -> Network:
    """The lecture's second network."""
    return sequence(
        (28, 28, 1),
        make("Conv2D", 32, (3, 3), activation="relu"),
        make("MaxPool2D"),
        make("Conv2D", 64, (3, 3), activation="relu"),
        make("MaxPool2D"),
        make("Conv2D", 64, (3, 3), activation="relu"),
        make("Flatten"),
        make("Dense", 64, activation="relu"),
        make("Dense", 10, activation="softmax"),
        name="MnistCNN",
    )
